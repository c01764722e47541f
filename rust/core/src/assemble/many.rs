//! Several sweeps under one path: which of their parameters are axes of all, and the further axis
//! that tells the sweeps apart.
//!
//! ```text
//! each sweep's own axes ──► the same in all: `sweep` × axes, where half of the cells are filled
//!                      └──► not the same, or single runs: one job after the other
//! ```

use std::collections::BTreeSet;

use super::MISSING;
use super::axes::{Draft, axes};
use super::definition::{Definition, Swept};
use super::identity::{Parameter, Parameters};
use super::metric::free_name;
use crate::codes::code;
use crate::metric::Column;
use crate::value::Value;

/// The sweeps of one path, each with its jobs.
#[derive(Clone, Debug)]
pub struct Sweeps {
    /// The sweep of each job: named `sweep`, labelled by the relative paths.
    pub parameter: Parameter,
    /// The axes of every sweep, where they have the same; `None` where they do not.
    pub axes: Option<Vec<String>>,
    /// Whether all of them are single runs, which have no axes.
    pub are_runs: bool,
}

/// One of the sweeps.
#[derive(Clone, Debug)]
pub struct Member<'m> {
    /// Its path.
    pub path: String,
    /// Whether it is a single run.
    pub is_run: bool,
    /// What it set out to run.
    pub definition: Option<&'m Definition>,
}

impl Sweeps {
    /// Compares the sweeps. `group_of` says for each job to which it belongs; `placed`, whether it
    /// has a place at all.
    #[must_use]
    pub fn compare(
        members: &[Member<'_>],
        group_of: &[usize],
        placed: &[bool],
        parameters: &Parameters,
        columns: &[Column],
    ) -> Self {
        let taken = |name: &str| {
            parameters.list.iter().any(|it| it.name == name)
                || columns.iter().any(|it| it.name == name)
        };
        let present: BTreeSet<usize> = group_of
            .iter()
            .zip(placed)
            .filter(|(_, placed)| **placed)
            .map(|(group, _)| *group)
            .collect();
        let parameter = Parameter {
            name: free_name("sweep", &taken),
            labels: members.iter().map(|it| Value::text(it.path.as_str())).collect(),
            codes: group_of.iter().map(|group| code(*group)).collect(),
            aliases: Vec::new(),
        };
        let mut all: Vec<Vec<String>> = Vec::new();
        for group in &present {
            let own: Vec<bool> =
                group_of.iter().zip(placed).map(|(it, placed)| *placed && it == group).collect();
            let definition = members.get(*group).and_then(|it| it.definition);
            let axes = axes(parameters, definition, &own, false);
            all.push(axes.into_iter().map(|axis| axis.name).collect());
        }
        let set = |names: &Vec<String>| names.iter().cloned().collect::<BTreeSet<String>>();
        let is_list = members.iter().any(|it| it.definition.is_some_and(|it| it.is_list));
        let same = all.windows(2).all(|pair| matches!(pair, [a, b] if set(a) == set(b)));
        let any_run = members.iter().any(|it| it.is_run);
        Self {
            parameter,
            axes: all.into_iter().next().filter(|_| same && !is_list && !any_run),
            are_runs: members.iter().all(|it| it.is_run),
        }
    }

    /// The axis that tells the sweeps apart, of those that have a job with a place.
    pub(super) fn axis(&self, placed: &[bool]) -> Draft<'_> {
        let used: BTreeSet<u32> = self
            .parameter
            .codes
            .iter()
            .zip(placed)
            .filter(|(code, placed)| **placed && **code != MISSING)
            .map(|(code, _)| *code)
            .collect();
        Draft::listed(&self.parameter, &used)
    }

    /// Whether a parameter is an axis of every sweep.
    pub(super) fn shares(&self, name: &str) -> bool {
        self.axes.as_ref().is_some_and(|axes| axes.iter().any(|it| it == name))
    }
}

impl Definition {
    /// What several sweeps set out to run, for the order of axes and labels alone.
    #[must_use]
    pub fn joined<'d>(all: impl Iterator<Item = &'d Self>) -> Option<Self> {
        let mut joined: Option<Self> = None;
        for definition in all {
            let known = joined.get_or_insert_with(Self::default);
            for swept in &definition.parameters {
                let same = known.parameters.iter_mut().find(|it| it.name == swept.name);
                match same {
                    None => known.parameters.push(swept.clone()),
                    Some(Swept { values, is_axis, ordered, .. }) => {
                        for value in &swept.values {
                            if !values.contains(value) {
                                values.push(value.clone());
                            }
                        }
                        *is_axis |= swept.is_axis;
                        *ordered &= swept.ordered;
                    }
                }
            }
        }
        joined
    }
}
