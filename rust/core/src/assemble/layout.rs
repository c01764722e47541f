//! Where the jobs go: axes with their labels, and a cell for each job.

use std::collections::HashMap;

use super::definition::Definition;
use super::identity::{MISSING, Parameter, Parameters};
use super::{code, index};
use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

/// Which layout is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// A grid where the sweep is one, else the jobs layout.
    #[default]
    Auto,
    /// One dimension for each axis.
    Grid,
    /// One `job` dimension, with the parameters as its coordinates.
    Jobs,
}

/// What becomes of several jobs on one cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// A further dimension holds them all.
    #[default]
    Repeat,
    /// The last in job order counts.
    Last,
    /// The first in job order counts.
    First,
    /// They are an error.
    Error,
}

/// How a sweep is to be laid out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Which layout.
    pub layout: Layout,
    /// What becomes of several jobs on one cell.
    pub duplicates: Duplicates,
    /// Whether what all jobs have in common becomes dimensions of length one.
    pub singleton_dimensions: bool,
}

/// A dimension of the grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The name of the parameter.
    pub name: String,
    /// Its labels.
    pub labels: Vec<Value>,
}

/// The layout that was chosen.
#[derive(Clone, Debug)]
pub struct LayoutKind {
    /// The axes of the grid, or `None` for the jobs layout.
    pub axes: Option<Vec<Axis>>,
    /// How many jobs share a cell at most, where several do and a dimension holds them.
    pub repeats: Option<usize>,
    /// The cell of each job, or [`MISSING`] where it has none.
    pub cells: Vec<u32>,
    /// How many cells there are.
    pub cell_count: usize,
}

/// Most cells of a grid that is not asked for: what a researcher's machine holds of one `float64`
/// metric. A sparser sweep is no grid.
const MOST_CELLS: usize = 1 << 28;

/// Lays out the jobs. `has_metrics` says for each job whether it recorded any.
///
/// # Errors
///
/// `Invalid` where a grid is asked for and a job misses an axis's label or the grid is beyond the
/// bound; `Conflict` where jobs share a cell and that is asked to be an error.
pub fn plan(
    parameters: &Parameters,
    definition: Option<&Definition>,
    belongs: &[bool],
    has_metrics: &[bool],
    options: Options,
) -> Result<LayoutKind> {
    let jobs_layout = || {
        let mut next = 0;
        let cells = belongs
            .iter()
            .map(|belongs| {
                next += u32::from(*belongs);
                if *belongs { next - 1 } else { MISSING }
            })
            .collect();
        LayoutKind { axes: None, repeats: None, cells, cell_count: index(next) }
    };
    if options.layout == Layout::Jobs {
        return Ok(jobs_layout());
    }
    let explicit = options.layout == Layout::Grid;
    let placed: Vec<bool> =
        belongs.iter().zip(&parameters.identified).map(|(a, b)| *a && *b).collect();
    let axes = axes(parameters, definition, &placed, options.singleton_dimensions);
    if let Some((name, job)) =
        axes.iter().find_map(|axis| Some((&axis.name, axis.lacking(&placed)?)))
    {
        if explicit {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "a grid needs a label on each axis from each job, and job {job} has no \
                     `{name}`; use `layout=\"jobs\"`"
                ),
            ));
        }
        return Ok(jobs_layout());
    }
    let count = axes.iter().try_fold(1_usize, |count, axis| count.checked_mul(axis.labels.len()));
    let count = match count.filter(|count| *count <= MOST_CELLS) {
        Some(count) => count,
        None if explicit => {
            let lengths: Vec<String> =
                axes.iter().map(|it| format!("{} {}", it.labels.len(), it.name)).collect();
            return Err(Error::new(
                ErrorKind::Limit,
                format!(
                    "the grid {} has more than {MOST_CELLS} cells; use `layout=\"jobs\"`",
                    lengths.join(" × ")
                ),
            ));
        }
        None => return Ok(jobs_layout()),
    };
    let mut cells = vec![MISSING; placed.len()];
    for (job, cell) in
        cells.iter_mut().enumerate().filter(|(job, _)| placed.get(*job) == Some(&true))
    {
        let place = axes
            .iter()
            .fold(0_usize, |place, axis| place * axis.labels.len() + axis.place(job).unwrap_or(0));
        *cell = code(place);
    }
    let whole = definition.is_some_and(|it| it.is_product);
    if !explicit && !whole {
        let mut filled = vec![false; count];
        for cell in &cells {
            if let Some(slot) = filled.get_mut(index(*cell)) {
                *slot = true;
            }
        }
        if filled.iter().filter(|it| **it).count() * 2 < count {
            return Ok(jobs_layout());
        }
    }
    let repeats = share(&mut cells, count, has_metrics, options.duplicates)?;
    let cell_count = count.saturating_mul(repeats.unwrap_or(1));
    let axes = axes.into_iter().map(|it| Axis { name: it.name, labels: it.labels }).collect();
    Ok(LayoutKind { axes: Some(axes), repeats, cells, cell_count })
}

/// The axes of the sweep with their labels, whatever its layout: what the definition sweeps, and
/// what varies between the jobs that belong.
#[must_use]
pub fn axes_of(
    parameters: &Parameters,
    definition: Option<&Definition>,
    belongs: &[bool],
) -> Vec<Axis> {
    let placed: Vec<bool> =
        belongs.iter().zip(&parameters.identified).map(|(a, b)| *a && *b).collect();
    axes(parameters, definition, &placed, false)
        .into_iter()
        .map(|draft| Axis { name: draft.name, labels: draft.labels })
        .collect()
}

/// An axis while jobs are placed on it.
struct Draft<'p> {
    name: String,
    labels: Vec<Value>,
    parameter: Option<&'p Parameter>,
    /// For each label code of the parameter its place among the labels.
    places: Vec<usize>,
}

impl Draft<'_> {
    fn place(&self, job: usize) -> Option<usize> {
        let code = *self.parameter?.codes.get(job)?;
        self.places.get(index(code)).copied()
    }

    /// The first placed job without a label.
    fn lacking(&self, placed: &[bool]) -> Option<usize> {
        (0..placed.len()).find(|job| placed.get(*job) == Some(&true) && self.place(*job).is_none())
    }
}

/// The axes: what the definition sweeps and what varies, in the definition's order, then in that of
/// the first job; with `all`, every parameter.
fn axes<'p>(
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
        let is_axis = all || varies || swept.is_some_and(|it| it.is_axis);
        // A definition may name what no job has: its jobs never started, or it is another's.
        if !is_axis || (parameter.is_none() && (swept.is_none() || placed.contains(&true))) {
            continue;
        }
        let mut labels: Vec<Value> = Vec::new();
        let mut known: HashMap<Value, usize> = HashMap::new();
        let mut add = |label: &Value| -> usize {
            *known.entry(label.clone()).or_insert_with(|| {
                labels.push(label.clone());
                labels.len() - 1
            })
        };
        let listed = swept.map(|it| it.values.as_slice()).unwrap_or_default();
        if swept.is_some_and(|it| it.ordered) {
            listed.iter().for_each(|label| {
                add(label);
            });
        }
        let places = parameter
            .map(|it| it.labels.as_slice())
            .unwrap_or_default()
            .iter()
            .zip(used)
            .map(|(label, used)| if used { add(label) } else { usize::MAX })
            .collect();
        listed.iter().for_each(|label| {
            add(label);
        });
        drafts.push(Draft { name: name.to_owned(), labels, parameter, places });
    }
    drafts
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

/// Decides between jobs that share a cell, and makes the cells of the repeat dimension where it
/// holds them; gives its length then.
fn share(
    cells: &mut [u32],
    count: usize,
    has_metrics: &[bool],
    policy: Duplicates,
) -> Result<Option<usize>> {
    let mut sharing = vec![0_u32; count];
    for cell in cells.iter() {
        if let Some(slot) = sharing.get_mut(index(*cell)) {
            *slot += 1;
        }
    }
    if sharing.iter().all(|jobs| *jobs <= 1) {
        return Ok(None);
    }
    let mut jobs_of: HashMap<u32, Vec<usize>> = HashMap::new();
    for (job, cell) in cells.iter().enumerate() {
        if sharing.get(index(*cell)).is_some_and(|jobs| *jobs > 1) {
            jobs_of.entry(*cell).or_default().push(job);
        }
    }
    let mut longest = 1;
    let mut repetition = vec![0_usize; cells.len()];
    for jobs in jobs_of.values_mut() {
        // A job without metrics gives way to one that has them.
        let with = |job: &usize| has_metrics.get(*job) == Some(&true);
        let keep: Vec<usize> = match (jobs.iter().any(with), policy) {
            (true, _) => jobs.iter().copied().filter(with).collect(),
            (false, _) => jobs.clone(),
        };
        let keep = match policy {
            Duplicates::Repeat => keep,
            Duplicates::First => keep.into_iter().take(1).collect(),
            Duplicates::Last => keep.into_iter().next_back().into_iter().collect(),
            Duplicates::Error if keep.len() > 1 => {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!(
                        "the jobs {keep:?} (counted from 0) have the same parameters; \
                         `duplicates` may be \"repeat\", \"last\" or \"first\""
                    ),
                ));
            }
            Duplicates::Error => keep,
        };
        for job in jobs.iter().filter(|job| !keep.contains(job)) {
            if let Some(cell) = cells.get_mut(*job) {
                *cell = MISSING;
            }
        }
        for (at, job) in keep.iter().enumerate() {
            if let Some(slot) = repetition.get_mut(*job) {
                *slot = at;
            }
        }
        longest = longest.max(keep.len());
    }
    if longest == 1 {
        return Ok(None);
    }
    for (cell, at) in cells.iter_mut().zip(repetition).filter(|(cell, _)| **cell != MISSING) {
        *cell = code(index(*cell).saturating_mul(longest).saturating_add(at));
    }
    Ok(Some(longest))
}
