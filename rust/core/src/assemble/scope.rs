//! Which jobs belong to the sweep, where its directories are numbered and may have been reused.
//!
//! A product of Hydra's basic sweeper says exactly which overrides its jobs have, and which number
//! each has. What it cannot have produced is a leftover of an earlier sweep, or half-written.

use std::collections::{HashMap, HashSet};

use super::definition::{Definition, Swept};
use super::identity::{Parameter, Parameters};
use crate::codes::{code, index};
use crate::value::Value;

/// Why a job does not belong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// The job.
    pub job: usize,
    /// What the definition says otherwise.
    pub reason: String,
}

/// Whether the definition, a product, gives every placed job its values.
#[must_use]
pub fn produces_all(parameters: &Parameters, definition: &Definition, placed: &[bool]) -> bool {
    let nobody = vec![None; placed.len()];
    definition.is_product
        && leftovers(parameters, definition, &nobody, |_| true)
            .iter()
            .all(|leftover| placed.get(leftover.job) != Some(&true))
}

/// The jobs of `members` that the definition cannot have produced. `numbers` are the jobs' own.
#[must_use]
pub fn leftovers(
    parameters: &Parameters,
    definition: &Definition,
    numbers: &[Option<u64>],
    members: impl Fn(usize) -> bool,
) -> Vec<Leftover> {
    if !definition.is_product {
        return Vec::new();
    }
    let absent: Vec<&str> = definition
        .parameters
        .iter()
        .map(|swept| swept.name.as_str())
        .filter(|name| !parameters.list.iter().any(|parameter| parameter.name == *name))
        .collect();
    // Where a key is given twice, or in an order that is drawn, a number stands for no values.
    let numbered = definition.parameters.iter().all(|swept| {
        swept.ordered
            && definition.parameters.iter().filter(|it| it.name == swept.name).count() == 1
    });
    let product = Product::of(parameters, definition, numbered);
    let mut known: Option<Vec<_>> = None;
    let mut leftovers = Vec::new();
    for (job, number) in numbers.iter().enumerate() {
        let is_judged = members(job) && parameters.identified.get(job) == Some(&true);
        if !is_judged || product.as_ref().is_some_and(|it| it.has(job, *number)) {
            continue;
        }
        let known = known.get_or_insert_with(|| {
            let given = |it| (it, given(it, definition));
            parameters.list.iter().map(given).collect()
        });
        let reason = reason(job, *number, known, &absent, definition, numbered);
        leftovers.extend(reason.map(|reason| Leftover { job, reason }));
    }
    leftovers
}

/// For each label of a parameter whether the definition has it.
fn given(parameter: &Parameter, definition: &Definition) -> Vec<bool> {
    let values = definition.get(&parameter.name).map_or(&[][..], |swept| &swept.values);
    let known: HashSet<&Value> = values.iter().collect();
    parameter.labels.iter().map(|label| known.contains(label)).collect()
}

/// A product whose parameters are those of the jobs: what it has is seen from codes alone.
struct Product<'p> {
    /// In the order of the definition.
    parameters: Vec<Expected<'p>>,
    /// Whether a number stands for values.
    numbered: bool,
}

struct Expected<'p> {
    /// The label of each job.
    codes: &'p [u32],
    /// For each value of the definition the code of that label, or [`super::MISSING`].
    values: Vec<u32>,
    /// For each label whether it is one of the values.
    given: Vec<bool>,
}

impl<'p> Product<'p> {
    /// `None` where the definition and the jobs have other parameters, or one is given twice.
    fn of(parameters: &'p Parameters, definition: &Definition, numbered: bool) -> Option<Self> {
        let expected = |swept: &Swept| {
            let parameter = parameters.list.iter().find(|it| it.name == swept.name)?;
            // Labels come in the order of the first job, which mostly is that of the values.
            let values: Vec<u32> = if parameter.labels == swept.values {
                (0..code(swept.values.len())).collect()
            } else {
                let codes: HashMap<&Value, u32> = parameter.labels.iter().zip(0..).collect();
                let value = |value| codes.get(value).copied().unwrap_or(super::MISSING);
                swept.values.iter().map(value).collect()
            };
            let mut given = vec![false; parameter.labels.len()];
            for code in &values {
                if let Some(slot) = given.get_mut(index(*code)) {
                    *slot = true;
                }
            }
            Some(Expected { codes: &parameter.codes, values, given })
        };
        let names: HashSet<&str> =
            definition.parameters.iter().map(|it| it.name.as_str()).collect();
        let count = definition.parameters.len();
        (names.len() == count && parameters.list.len() == count)
            .then(|| definition.parameters.iter().map(expected).collect::<Option<_>>())?
            .map(|parameters| Self { parameters, numbered })
    }

    /// Whether the product has this job, and has it at its number, where that says anything.
    fn has(&self, job: usize, number: Option<u64>) -> bool {
        let label = |it: &Expected<'_>| it.codes.get(job).copied().unwrap_or(super::MISSING);
        let Some(number) = number.filter(|_| self.numbered) else {
            let mut all = self.parameters.iter();
            return all.all(|it| it.given.get(index(label(it))) == Some(&true));
        };
        let Ok(mut rest) = usize::try_from(number) else { return false };
        for expected in self.parameters.iter().rev() {
            let Some(place) = rest.checked_rem(expected.values.len()) else { return false };
            rest /= expected.values.len();
            let found = label(expected);
            if found == super::MISSING || expected.values.get(place) != Some(&found) {
                return false;
            }
        }
        rest == 0
    }
}

fn reason(
    job: usize,
    number: Option<u64>,
    known: &[(&Parameter, Vec<bool>)],
    absent: &[&str],
    definition: &Definition,
    numbered: bool,
) -> Option<String> {
    let expected = number
        .filter(|_| numbered)
        .and_then(|number| usize::try_from(number).ok())
        .map(|number| (number, definition.places(number)));
    if let Some((number, None)) = expected {
        return Some(format!("the sweep's definition has no job {number}"));
    }
    if let Some(name) = absent.first() {
        return Some(format!("it has no `{name}`, which the sweep's definition gives"));
    }
    for (parameter, given) in known {
        let name = &parameter.name;
        let at = definition.parameters.iter().position(|swept| swept.name == *name);
        let Some(label) = parameter.label_of(job) else {
            if at.is_some() {
                return Some(format!("it has no `{name}`, which the sweep's definition gives"));
            }
            continue;
        };
        let Some(at) = at else {
            return Some(format!("the sweep's definition has no `{name}`"));
        };
        let code = parameter.codes.get(job).copied().unwrap_or(super::MISSING);
        if given.get(index(code)) != Some(&true) {
            return Some(format!("the sweep's definition has no `{name}={label}`"));
        }
        if let Some((number, Some(expected))) = &expected {
            let value = expected
                .get(at)
                .and_then(|place| definition.parameters.get(at)?.values.get(*place));
            if value != Some(label) {
                return Some(format!(
                    "it has `{name}={label}`, and job {number} of the sweep's definition has \
                     `{name}={}`",
                    value.map(ToString::to_string).unwrap_or_default()
                ));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assemble::MISSING;

    /// Every job that two parameters can make, at every number, is judged from codes as it is from
    /// labels; by names that differ, or are given twice, too.
    #[test]
    fn what_is_seen_from_codes_is_what_the_labels_say() {
        let values = |of: &[i64]| of.iter().map(|it| Value::Int(*it)).collect::<Vec<_>>();
        let swept = |name: &str, of: &[i64]| Swept {
            name: name.to_owned(),
            values: values(of),
            is_axis: true,
            ordered: true,
        };
        let both = [swept("a", &[1, 2, 2]), swept("b", &[5, 6])];
        let jobs: Vec<(u32, u32, Option<u64>)> = (0..4)
            .flat_map(|a| (0..3).map(move |b| (a, b)))
            .flat_map(|(a, b)| (0..8).map(move |number| (a, b, number)))
            .map(|(a, b, number)| (a, b, (number < 7).then_some(number)))
            .collect();
        let code = |code: u32, most: u32| if code < most { code } else { MISSING };
        let parameter = |name: &str, labels: &[i64], codes: Vec<u32>| Parameter {
            name: name.to_owned(),
            labels: values(labels),
            codes,
            aliases: Vec::new(),
        };
        let numbers: Vec<Option<u64>> = jobs.iter().map(|job| job.2).collect();
        let list = vec![
            parameter("b", &[6, 5], jobs.iter().map(|job| code(job.1, 2)).collect()),
            parameter("a", &[2, 9, 1], jobs.iter().map(|job| code(job.0, 3)).collect()),
        ];
        let parameters = Parameters { list, identified: vec![true; jobs.len()] };
        let mut kept = 0;
        for (name, numbered) in [("b", true), ("b", false), ("c", true), ("a", false)] {
            let [a, b] = both.clone();
            let b = Swept { name: name.to_owned(), ordered: numbered, ..b };
            let definition =
                Definition { parameters: vec![a, b], is_product: true, ..Definition::default() };
            let found: Vec<usize> = leftovers(&parameters, &definition, &numbers, |_| true)
                .iter()
                .map(|it| it.job)
                .collect();
            let slowly = by_labels(&parameters, &definition, &numbers, numbered && name != "a");
            kept += jobs.len() - found.len();
            assert_eq!(found, slowly, "{name} {numbered}");
        }
        assert!(kept > 6, "{kept}");
    }

    fn by_labels(
        parameters: &Parameters,
        definition: &Definition,
        numbers: &[Option<u64>],
        numbered: bool,
    ) -> Vec<usize> {
        let value_of = |job: usize, swept: &Swept| {
            let parameter = parameters.list.iter().find(|it| it.name == swept.name)?;
            parameter.label_of(job).filter(|label| swept.values.contains(label)).cloned()
        };
        let belongs = |job: usize, number: Option<u64>| {
            let own: Option<Vec<Value>> =
                definition.parameters.iter().map(|swept| value_of(job, swept)).collect();
            let known = |it: &Parameter| definition.get(&it.name).is_some();
            let Some(own) = own.filter(|_| parameters.list.iter().all(known)) else { return false };
            let Some(number) = number.filter(|_| numbered) else { return true };
            let Some(places) = definition.places(usize::try_from(number).unwrap()) else {
                return false;
            };
            let expected = definition.parameters.iter().zip(places);
            expected.map(|(swept, place)| swept.values[place].clone()).eq(own)
        };
        let all = numbers.iter().enumerate();
        all.filter(|(job, number)| !belongs(*job, **number)).map(|(job, _)| job).collect()
    }
}
