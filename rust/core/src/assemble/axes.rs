//! The axes of a sweep: which parameters vary, their labels, and the place of each job on them.

use std::collections::{BTreeSet, HashMap};

use super::definition::{Definition, Swept};
use super::identity::{MISSING, Parameter, Parameters};
use super::many::Sweeps;
use crate::codes::index;
use crate::value::Value;

/// A dimension of the grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The name of the parameter.
    pub name: String,
    /// Its labels.
    pub labels: Vec<Value>,
}

/// The axes of the sweep with their labels, whatever its layout: what the definition sweeps, and
/// what varies between the jobs that belong. Of several sweeps with the same axes the first is that
/// which tells them apart.
#[must_use]
pub fn axes_of(
    parameters: &Parameters,
    definition: Option<&Definition>,
    belongs: &[bool],
    sweeps: Option<&Sweeps>,
) -> Vec<Axis> {
    let placed: Vec<bool> =
        belongs.iter().zip(&parameters.identified).map(|(a, b)| *a && *b).collect();
    let mut all = axes(parameters, definition, &placed, false);
    if let Some(sweeps) = sweeps.filter(|it| it.axes.is_some()) {
        all.retain(|axis| sweeps.shares(&axis.name));
        all.insert(0, sweeps.axis(&placed));
    }
    all.into_iter().map(|draft| Axis { name: draft.name, labels: draft.labels }).collect()
}

/// An axis while jobs are placed on it.
pub struct Draft<'p> {
    /// The name of the parameter.
    pub name: String,
    /// Its labels.
    pub labels: Vec<Value>,
    parameter: Option<&'p Parameter>,
    /// For each label code of the parameter its place among the labels.
    places: Vec<usize>,
}

impl<'p> Draft<'p> {
    /// An axis of the labels of these codes, in the order of the codes.
    pub fn listed(parameter: &'p Parameter, used: &BTreeSet<u32>) -> Self {
        let labels =
            used.iter().filter_map(|it| parameter.labels.get(index(*it)).cloned()).collect();
        let mut places = vec![usize::MAX; parameter.labels.len()];
        for (place, code) in used.iter().enumerate() {
            if let Some(slot) = places.get_mut(index(*code)) {
                *slot = place;
            }
        }
        Self { name: parameter.name.clone(), labels, parameter: Some(parameter), places }
    }

    /// The place of a job's label.
    pub fn place(&self, job: usize) -> Option<usize> {
        let code = *self.parameter?.codes.get(job)?;
        self.places.get(index(code)).copied()
    }

    /// The first placed job without a label.
    pub fn lacking(&self, placed: &[bool]) -> Option<usize> {
        (0..placed.len()).find(|job| placed.get(*job) == Some(&true) && self.place(*job).is_none())
    }
}

/// The axes: what the definition sweeps and what varies, in the definition's order, then in that of
/// the first job; with `all`, every parameter.
pub fn axes<'p>(
    parameters: &'p Parameters,
    definition: Option<&Definition>,
    placed: &[bool],
    all: bool,
) -> Vec<Draft<'p>> {
    let find = |name: &str| parameters.list.iter().find(|it| it.name == name);
    let mut drafts: Vec<Draft> = Vec::new();
    let defined = definition.into_iter().flat_map(|it| &it.parameters);
    let undefined = parameters.list.iter().map(|it| it.name.as_str());
    for name in defined.map(|it| it.name.as_str()).chain(undefined) {
        if drafts.iter().any(|draft| draft.name == name) {
            continue;
        }
        let swept = definition.and_then(|it| it.get(name));
        let used = used_labels(find(name), placed);
        // What only jobs without a place have is nothing that the others lack.
        let parameter = find(name).filter(|_| used.contains(&true));
        let varies = used.iter().filter(|it| **it).count() > 1
            || parameter.is_some_and(|it| lacks_some(it, placed));
        let counts = definition.is_none_or(|it| it.counts(name));
        let tells = if varies { counts } else { all };
        let is_axis = tells || swept.is_some_and(|it| it.is_axis);
        // A definition may name what no job has: its jobs never started, or it is another's.
        if !is_axis || (parameter.is_none() && (swept.is_none() || placed.contains(&true))) {
            continue;
        }
        let (mut labels, places) = placed_labels(swept, parameter, &used);
        if let Some(shown) = parameter.and_then(|it| it.shown(&labels)) {
            labels = shown;
        }
        drafts.push(Draft { name: name.to_owned(), labels, parameter, places });
    }
    drafts
}

/// The labels of an axis, and for each of the parameter's its place among them: those that the
/// definition has in order, then those of the jobs, then what else it has.
fn placed_labels(
    swept: Option<&Swept>,
    parameter: Option<&Parameter>,
    used: &[bool],
) -> (Vec<Value>, Vec<usize>) {
    let listed = swept.map(|it| it.values.as_slice()).unwrap_or_default();
    let own = parameter.map(|it| it.labels.as_slice()).unwrap_or_default();
    // Mostly they are the same, in the same order.
    if listed == own && !used.contains(&false) {
        return (own.to_vec(), (0..own.len()).collect());
    }
    let mut labels: Vec<Value> = Vec::new();
    let mut known: HashMap<&Value, usize> = HashMap::new();
    let mut add = |label| -> usize {
        *known.entry(label).or_insert_with(|| {
            labels.push(label.clone());
            labels.len() - 1
        })
    };
    if swept.is_some_and(|it| it.ordered) {
        listed.iter().for_each(|label| {
            add(label);
        });
    }
    let place = |(label, used): (_, &bool)| if *used { add(label) } else { usize::MAX };
    let places = own.iter().zip(used).map(place).collect();
    listed.iter().for_each(|label| {
        add(label);
    });
    (labels, places)
}

fn lacks_some(parameter: &Parameter, placed: &[bool]) -> bool {
    parameter.codes.iter().zip(placed).any(|(code, placed)| *placed && *code == MISSING)
}

/// For each label whether a placed job has it.
fn used_labels(parameter: Option<&Parameter>, placed: &[bool]) -> Vec<bool> {
    let Some(parameter) = parameter else { return Vec::new() };
    let mut used = vec![false; parameter.labels.len()];
    for (code, _) in parameter.codes.iter().zip(placed).filter(|(_, placed)| **placed) {
        if let Some(slot) = used.get_mut(index(*code)) {
            *slot = true;
        }
    }
    used
}
