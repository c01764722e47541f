//! Where the jobs go: axes with their labels, and a cell for each job.

use std::borrow::Cow;

use super::axes::{Axis, Draft, axes};
use super::definition::Definition;
use super::identity::{MISSING, Parameters};
use super::many::Sweeps;
use super::share::share;
use crate::codes::{code, index};
use crate::error::{Error, ErrorKind, Result};

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

/// What the jobs are called.
pub trait Names: std::fmt::Debug {
    /// The name of a job: its directory, relative to the path that was opened.
    fn name(&self, job: usize) -> Cow<'_, str>;
}

/// What a layout is decided from. The slices have an entry for each job.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'b> {
    /// The jobs' parameters.
    pub parameters: &'b Parameters,
    /// What the sweep set out to run.
    pub definition: Option<&'b Definition>,
    /// Whether the definition produces every job that belongs.
    pub produces_all: bool,
    /// Which jobs belong to the sweep.
    pub belongs: &'b [bool],
    /// Which jobs recorded any metric.
    pub has_metrics: &'b [bool],
    /// The sweeps that the jobs come from, where they lie below the path that was opened.
    pub sweeps: Option<&'b Sweeps>,
    /// The repetition that each job recorded.
    pub repetitions: &'b [Option<i64>],
    /// The repetitions that were planned, whether their jobs ran or not.
    pub planned: &'b [i64],
    /// What the jobs are called in messages.
    pub names: &'b dyn Names,
    /// About how many bytes the metrics take in one cell.
    pub cell_bytes: usize,
}

/// The layout that was chosen.
#[derive(Clone, Debug)]
pub struct LayoutKind {
    /// The axes of the grid, or `None` for the jobs layout.
    pub axes: Option<Vec<Axis>>,
    /// The parameters that vary or are swept, in the order of the axes, whatever the layout.
    pub swept: Vec<String>,
    /// The repetitions that a further dimension holds, where there are several.
    pub repeats: Option<Vec<i64>>,
    /// The cell of each job, or [`MISSING`] where it has none.
    pub cells: Vec<u32>,
    /// How many cells there are.
    pub cell_count: usize,
    /// Jobs without metrics that gave way to one with the same parameters.
    pub gave_way: Vec<usize>,
}

/// Most cells of a grid: what a researcher's machine holds of one `float64` metric.
const MOST_CELLS: usize = 1 << 28;
/// Bytes beyond which a grid must be filled to a quarter.
const MOST_BYTES: usize = 1 << 31;
/// Cells for each job beyond which a large grid is mostly holes.
const MOST_CELLS_A_JOB: usize = 4;

/// Lays out the jobs.
///
/// # Errors
///
/// `Invalid` where a grid is asked for and a job misses an axis's label, `Limit` where one is asked
/// for and is beyond the bound; `Conflict` where jobs share a cell and that is asked to be an error.
pub fn plan(basis: Basis<'_>, options: Options) -> Result<LayoutKind> {
    let explicit = options.layout == Layout::Grid;
    let is_list = basis.produces_all && basis.definition.is_some_and(|it| it.is_list);
    let placed = placed(basis.belongs, basis.parameters);
    let all = options.singleton_dimensions && options.layout != Layout::Jobs;
    let mut axes = axes(basis.parameters, basis.definition, &placed, all);
    let swept: Vec<String> = axes.iter().map(|axis| axis.name.clone()).collect();
    let by_jobs = || Ok(jobs_layout(basis.belongs, swept.clone()));
    if options.layout == Layout::Jobs || (is_list && !explicit) {
        return by_jobs();
    }
    if let Some(sweeps) = basis.sweeps {
        match &sweeps.axes {
            Some(_) => {
                let single = |it: &Draft<'_>| {
                    options.singleton_dimensions
                        && it.labels.len() == 1
                        && it.lacking(&placed).is_none()
                };
                axes.retain(|axis| sweeps.shares(&axis.name) || single(axis));
                axes.insert(0, sweeps.axis(&placed));
            }
            // What single runs were given may be a grid; they tell nobody so.
            None if explicit && sweeps.are_runs => {}
            None if explicit => {
                return Err(Error::new(
                    ErrorKind::Invalid,
                    "a grid needs the same axes in each sweep, and these have different ones; use \
                     `layout=\"jobs\"`, or open one of them",
                ));
            }
            None => return by_jobs(),
        }
    }
    if let Some((name, job)) =
        axes.iter().find_map(|axis| Some((&axis.name, axis.lacking(&placed)?)))
    {
        if explicit {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "a grid needs a label on each axis from each job, and the job {} has no \
                     `{name}`; use `layout=\"jobs\"`",
                    basis.names.name(job)
                ),
            ));
        }
        return by_jobs();
    }
    let jobs = placed.iter().filter(|it| **it).count();
    let count = match cell_count(&axes, jobs, basis.cell_bytes) {
        Ok(count) => count,
        Err(error) if explicit => return Err(error),
        Err(_) => return by_jobs(),
    };
    let mut cells = cells(&axes, &placed);
    let whole = basis.produces_all && basis.definition.is_some_and(|it| it.is_product);
    if !explicit && !whole {
        let mut filled = vec![false; count];
        for cell in &cells {
            if let Some(slot) = filled.get_mut(index(*cell)) {
                *slot = true;
            }
        }
        if filled.iter().filter(|it| **it).count() * 2 < count {
            return by_jobs();
        }
    }
    let shared = share(&mut cells, count, basis, options.duplicates)?;
    let repeats = shared.labels.as_ref().map_or(1, Vec::len);
    let cell_count = count.saturating_mul(repeats);
    if cell_count > MOST_CELLS {
        return match explicit {
            true => Err(too_large(&axes, &format!("with {repeats} repetitions"))),
            false => by_jobs(),
        };
    }
    let axes = axes.into_iter().map(|it| Axis { name: it.name, labels: it.labels }).collect();
    Ok(LayoutKind {
        axes: Some(axes),
        swept,
        repeats: shared.labels,
        cells,
        cell_count,
        gave_way: shared.gave_way,
    })
}

/// Whether any jobs have the same parameters, on the axes of the sweep.
#[must_use]
pub fn is_shared(basis: Basis<'_>) -> bool {
    let placed = placed(basis.belongs, basis.parameters);
    let mut axes = axes(basis.parameters, basis.definition, &placed, false);
    axes.extend(basis.sweeps.map(|it| it.axis(&placed)));
    if axes.iter().any(|axis| axis.lacking(&placed).is_some()) {
        return false;
    }
    let Ok(count) = cell_count(&axes, placed.len(), 0) else { return false };
    let mut taken = vec![false; count];
    cells(&axes, &placed)
        .iter()
        .filter_map(|cell| taken.get_mut(index(*cell)).map(|slot| std::mem::replace(slot, true)))
        .any(|was_taken| was_taken)
}

/// Which jobs have a place: they belong, and their identity is known.
#[must_use]
pub fn placed(belongs: &[bool], parameters: &Parameters) -> Vec<bool> {
    belongs.iter().zip(&parameters.identified).map(|(a, b)| *a && *b).collect()
}

fn jobs_layout(belongs: &[bool], swept: Vec<String>) -> LayoutKind {
    let mut next = 0;
    let cells = belongs
        .iter()
        .map(|belongs| {
            next += u32::from(*belongs);
            if *belongs { next - 1 } else { MISSING }
        })
        .collect();
    let cell_count = index(next);
    LayoutKind { axes: None, swept, repeats: None, cells, cell_count, gave_way: Vec::new() }
}

/// How many cells the grid has, where that is within the bounds.
fn cell_count(axes: &[Draft<'_>], jobs: usize, cell_bytes: usize) -> Result<usize> {
    let count = axes.iter().try_fold(1_usize, |count, axis| count.checked_mul(axis.labels.len()));
    let Some(count) = count.filter(|count| *count <= MOST_CELLS) else {
        return Err(too_large(axes, &format!("more than {MOST_CELLS} cells")));
    };
    let bytes = count.saturating_mul(cell_bytes);
    if bytes > MOST_BYTES && count > jobs.saturating_mul(MOST_CELLS_A_JOB) {
        let gibibytes = bytes >> 30;
        return Err(too_large(
            axes,
            &format!("{count} cells, about {gibibytes} GiB, for {jobs} jobs"),
        ));
    }
    Ok(count)
}

fn too_large(axes: &[Draft<'_>], what: &str) -> Error {
    let lengths: Vec<String> =
        axes.iter().map(|it| format!("{} {}", it.labels.len(), it.name)).collect();
    Error::new(
        ErrorKind::Limit,
        format!("the grid {} is too large: {what}; use `layout=\"jobs\"`", lengths.join(" × ")),
    )
}

/// The cell of each placed job, in C order.
fn cells(axes: &[Draft<'_>], placed: &[bool]) -> Vec<u32> {
    placed
        .iter()
        .enumerate()
        .map(|(job, placed)| match placed {
            false => MISSING,
            true => code(axes.iter().fold(0_usize, |place, axis| {
                place * axis.labels.len() + axis.place(job).unwrap_or(0)
            })),
        })
        .collect()
}
