//! Which jobs belong to the sweep, where its directories are numbered and may have been reused.
//!
//! A product of Hydra's basic sweeper says exactly which overrides its jobs have, and which number
//! each has. What it cannot have produced is a leftover of an earlier sweep, or half-written.

use std::collections::HashSet;

use super::definition::Definition;
use super::identity::Parameters;
use super::index;
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
    let known: Vec<_> = parameters
        .list
        .iter()
        .map(|parameter| {
            let values = definition.get(&parameter.name).map_or(&[][..], |swept| &swept.values);
            let known: HashSet<&Value> = values.iter().collect();
            let given = parameter.labels.iter().map(|label| known.contains(label)).collect();
            (parameter, given)
        })
        .collect();
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
    let mut leftovers = Vec::new();
    for (job, number) in numbers.iter().enumerate() {
        if !members(job) || parameters.identified.get(job) != Some(&true) {
            continue;
        }
        let reason = reason(job, *number, &known, &absent, definition, numbered);
        leftovers.extend(reason.map(|reason| Leftover { job, reason }));
    }
    leftovers
}

fn reason(
    job: usize,
    number: Option<u64>,
    known: &[(&super::Parameter, Vec<bool>)],
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
