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
/// but those that the selected jobs have.
const MOST_COMBINATIONS: usize = 1 << 24;

/// Leaves of a definition the labels of its cells for which the condition holds, and those of the
/// selected jobs. It stays a product where these cells fill at least half of their grid.
pub fn restrict(
    query: &Query,
    definition: &mut Definition,
    parameters: &Parameters,
    selected: &[bool],
) {
    let (lists, unlisted) = lists(query, |name| Some(definition.get(name)?.values.as_slice()));
    let listed = definition.is_product || unlisted == 0;
    let mut marks: Vec<Vec<bool>> = lists.iter().map(|(_, it)| vec![false; it.len()]).collect();
    let count = combinations(&lists).filter(|count| listed && *count <= MOST_COMBINATIONS);
    let mut holding = 0_usize;
    if count.is_some() {
        each_combination(&lists, |places| {
            if !holds(query, &lists, places, |_| None) {
                return;
            }
            holding += 1;
            for (marks, place) in marks.iter_mut().zip(places) {
                if let Some(mark) = marks.get_mut(*place) {
                    *mark = true;
                }
            }
        });
    }
    let kept: Vec<(String, HashSet<Value>)> = lists
        .iter()
        .zip(&marks)
        .map(|((name, list), marks)| {
            let marked = list.iter().zip(marks).filter(|(_, mark)| **mark);
            ((*name).to_owned(), marked.map(|(label, _)| label.clone()).collect())
        })
        .collect();
    let grid: usize = kept.iter().map(|(_, labels)| labels.len()).product();
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
}

/// How many cells of the selected jobs' grid the condition holds for. `cells` are those of the jobs.
/// What is no axis, all of them have in common.
pub fn holding(query: &Query, axes: &[Axis], parameters: &Parameters, cells: &[u32]) -> usize {
    let placed = cells.iter().position(|cell| *cell != MISSING);
    let fixed = |name: &str| parameters.list.iter().find(|it| it.name == name)?.label_of(placed?);
    let axis = |name: &str| Some(axes.iter().find(|axis| axis.name == name)?.labels.as_slice());
    let (lists, _) = lists(query, axis);
    let mut count = 0_usize;
    each_combination(&lists, |places| {
        count = count.saturating_add(usize::from(holds(query, &lists, places, fixed)));
    });
    let others = axes.iter().filter(|axis| lists.iter().all(|(name, _)| *name != axis.name));
    others.fold(count, |count, axis| count.saturating_mul(axis.labels.len()))
}

type Lists<'v> = Vec<(&'v str, &'v [Value])>;

/// The labels of the parameters that the condition names, and how many of them have no list.
fn lists<'v>(query: &'v Query, labels: impl Fn(&str) -> Option<&'v [Value]>) -> (Lists<'v>, usize) {
    let names = query.names();
    let lists: Lists = names.iter().filter_map(|name| Some((*name, labels(name)?))).collect();
    let unlisted = names.len().saturating_sub(lists.len());
    (lists, unlisted)
}

fn combinations(lists: &Lists<'_>) -> Option<usize> {
    lists.iter().try_fold(1_usize, |count, (_, list)| count.checked_mul(list.len()))
}

fn holds<'v>(
    query: &'v Query,
    lists: &Lists<'v>,
    places: &[usize],
    other: impl Fn(&str) -> Option<&'v Value>,
) -> bool {
    query.holds(|name| {
        let mut listed = lists.iter().zip(places);
        match listed.find(|((known, _), _)| *known == name) {
            Some(((_, labels), place)) => labels.get(*place),
            None => other(name),
        }
    })
}

/// Calls `each` with the places of every combination of the lists' elements.
fn each_combination(lists: &Lists<'_>, mut each: impl FnMut(&[usize])) {
    if lists.iter().any(|(_, list)| list.is_empty()) {
        return;
    }
    let mut places = vec![0_usize; lists.len()];
    loop {
        each(&places);
        let mut carried = true;
        for (place, (_, list)) in places.iter_mut().zip(lists).rev() {
            *place += 1;
            carried = *place >= list.len();
            if !carried {
                break;
            }
            *place = 0;
        }
        if carried {
            return;
        }
    }
}
