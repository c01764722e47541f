//! What a condition leaves of a sweep's definition: its cells for which the condition holds.
//!
//! A label that is in none of these cells is no label of the selection, so that the grid of
//! `seed == 0` has one seed. A cell for which the condition holds stays, whether or not its job ever
//! ran: it is a hole.

use std::collections::HashSet;

use crate::assemble::{Axis, Definition, MISSING, Parameters};
use crate::query::Query;
use crate::value::Value;

/// Combinations of labels for which a condition is asked. A definition with more lends no labels
/// but those that the selected jobs have, and its selection is never called complete.
const MOST_COMBINATIONS: usize = 1 << 22;

/// The cells of a product for which the condition holds.
#[derive(Debug)]
pub struct Promised {
    /// The names of the definition's parameters.
    names: Vec<String>,
    /// The distinct values of each.
    values: Vec<HashSet<Value>>,
    /// How many cells; `None` where they are too many to be counted.
    count: Option<usize>,
}

/// Leaves of a definition the labels of its cells for which the condition holds, and those of the
/// selected jobs. It stays a product where these cells fill at least half of their grid. Gives the
/// cells, where the definition was a product.
pub fn restrict(
    query: &Query,
    definition: &mut Definition,
    parameters: &Parameters,
    selected: &[bool],
) -> Option<Promised> {
    let promised = definition.is_product.then(|| Promised::of(definition));
    let (mut lists, unlisted) = lists(query, |name| Some(definition.get(name)?.values.as_slice()));
    for (name, list) in &mut lists {
        let mut known = HashSet::new();
        list.retain(|label| query.may_hold(name, label) && known.insert(*label));
    }
    let listed = definition.is_product || unlisted == 0;
    let countable = listed && combinations(&lists).is_some_and(|it| it <= MOST_COMBINATIONS);
    let mut kept: Vec<HashSet<&Value>> = vec![HashSet::new(); lists.len()];
    let mut holding = 0_usize;
    if countable {
        each_combination(&lists, |labels| {
            if holds(query, &lists, labels, |_| None) {
                holding += 1;
                kept.iter_mut().zip(labels).for_each(|(kept, label)| {
                    kept.insert(label);
                });
            }
        });
    }
    let grid: usize = kept.iter().map(HashSet::len).product();
    let kept: Vec<(String, HashSet<Value>)> = lists
        .iter()
        .zip(kept)
        .map(|((name, _), kept)| ((*name).to_owned(), kept.into_iter().cloned().collect()))
        .collect();
    definition.is_product &= holding > 0 && holding.saturating_mul(2) >= grid;
    for swept in &mut definition.parameters {
        let parameter = parameters.list.iter().find(|it| it.name == swept.name);
        let jobs = selected.iter().enumerate().filter(|(_, selected)| **selected);
        let used: HashSet<&Value> = jobs.filter_map(|(job, _)| parameter?.label_of(job)).collect();
        let kept = kept.iter().find(|(name, _)| *name == swept.name).map(|(_, labels)| labels);
        swept.values.retain(|label| {
            kept.map_or(holding > 0, |labels| labels.contains(label)) || used.contains(label)
        });
    }
    promised.map(|mut promised| {
        let others = promised.names.iter().zip(&promised.values);
        let others = others.filter(|(name, _)| kept.iter().all(|(known, _)| known != *name));
        let count = others.fold(holding, |count, (_, values)| count.saturating_mul(values.len()));
        promised.count = countable.then_some(count);
        promised
    })
}

impl Promised {
    /// All cells of a product.
    pub fn all(definition: &Definition) -> Self {
        let all = Self::of(definition);
        let count = all.values.iter().try_fold(1_usize, |count, it| count.checked_mul(it.len()));
        Self { count, ..all }
    }

    fn of(definition: &Definition) -> Self {
        let mut names: Vec<String> = Vec::new();
        for swept in &definition.parameters {
            if !names.contains(&swept.name) {
                names.push(swept.name.clone());
            }
        }
        let values = names.iter().filter_map(|name| definition.get(name));
        let values = values.map(|swept| swept.values.iter().cloned().collect()).collect();
        Self { names, values, count: None }
    }

    /// Whether each of the cells is that of one of the jobs, which are among the selected ones.
    pub fn all_filled(&self, parameters: &Parameters, jobs: impl Iterator<Item = usize>) -> bool {
        self.unfilled(parameters, jobs) == Some(0)
    }

    /// How many of the cells are that of none of the jobs, which are among the selected ones;
    /// `None` where they are too many to be counted.
    pub fn unfilled(
        &self,
        parameters: &Parameters,
        jobs: impl Iterator<Item = usize>,
    ) -> Option<usize> {
        let count = self.count?;
        let find = |name: &String| parameters.list.iter().find(|it| it.name == *name);
        let axes: Vec<_> = self.names.iter().map(find).zip(&self.values).collect();
        let foreign = parameters.list.iter().filter(|it| !self.names.contains(&it.name));
        let foreign: Vec<_> = foreign.collect();
        let cell = |job: usize| -> Option<Vec<&Value>> {
            if foreign.iter().any(|parameter| parameter.label_of(job).is_some()) {
                return None;
            }
            let labels = axes.iter().map(|(parameter, values)| {
                (*parameter)?.label_of(job).filter(|label| values.contains(*label))
            });
            labels.collect()
        };
        let filled: HashSet<Vec<&Value>> = jobs.filter_map(cell).collect();
        count.checked_sub(filled.len())
    }
}

/// How many cells of the selected jobs' grid the condition holds for. `cells` are those of the jobs.
/// What is no axis, all of them have in common.
pub fn holding(query: &Query, axes: &[Axis], parameters: &Parameters, cells: &[u32]) -> usize {
    let placed = cells.iter().position(|cell| *cell != MISSING);
    let fixed = |name: &str| parameters.list.iter().find(|it| it.name == name)?.label_of(placed?);
    let axis = |name: &str| Some(axes.iter().find(|axis| axis.name == name)?.labels.as_slice());
    let (lists, _) = lists(query, axis);
    let mut count = 0_usize;
    each_combination(&lists, |labels| {
        count = count.saturating_add(usize::from(holds(query, &lists, labels, fixed)));
    });
    let others = axes.iter().filter(|axis| lists.iter().all(|(name, _)| *name != axis.name));
    others.fold(count, |count, axis| count.saturating_mul(axis.labels.len()))
}

type Lists<'v> = Vec<(&'v str, Vec<&'v Value>)>;

/// The labels of the parameters that the condition names, and how many of them have no list.
fn lists<'v>(query: &'v Query, labels: impl Fn(&str) -> Option<&'v [Value]>) -> (Lists<'v>, usize) {
    let names = query.names();
    let list = |name: &&'v str| Some((*name, labels(name)?.iter().collect()));
    let lists: Lists = names.iter().filter_map(list).collect();
    let unlisted = names.len().saturating_sub(lists.len());
    (lists, unlisted)
}

fn combinations(lists: &Lists<'_>) -> Option<usize> {
    lists.iter().try_fold(1_usize, |count, (_, list)| count.checked_mul(list.len()))
}

fn holds<'v>(
    query: &'v Query,
    lists: &Lists<'v>,
    labels: &[&'v Value],
    other: impl Fn(&str) -> Option<&'v Value>,
) -> bool {
    query.holds(|name| {
        let mut listed = lists.iter().zip(labels);
        match listed.find(|((known, _), _)| *known == name) {
            Some((_, label)) => Some(*label),
            None => other(name),
        }
    })
}

/// Calls `each` with every combination of the lists' elements.
fn each_combination<'v>(lists: &Lists<'v>, mut each: impl FnMut(&[&'v Value])) {
    let firsts: Option<Vec<&Value>> = lists.iter().map(|(_, list)| list.first().copied()).collect();
    let Some(mut labels) = firsts else { return };
    let mut places = vec![0_usize; lists.len()];
    loop {
        each(&labels);
        let mut carried = true;
        for ((place, label), (_, list)) in places.iter_mut().zip(&mut labels).zip(lists).rev() {
            let next = place.saturating_add(1);
            carried = next >= list.len();
            *place = if carried { 0 } else { next };
            *label = list.get(*place).copied().unwrap_or(label);
            if !carried {
                break;
            }
        }
        if carried {
            return;
        }
    }
}
