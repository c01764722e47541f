//! `Harvest`: what one thread read of the jobs, and what that rests on.

use crate::assemble::LineTable;
use crate::error::Problem;
use crate::files::Witness;
use crate::metric::Columns;

/// What was read of some jobs.
#[derive(Debug, Default)]
pub struct Harvest {
    /// The override lines of each.
    pub lines: LineTable,
    /// What they recorded.
    pub columns: Columns,
    /// What was unusable, with its job.
    pub problems: Vec<(u32, Problem)>,
    /// The jobs from which a file that was asked for was read, or found and refused.
    pub matched: Vec<u32>,
    /// What all of this rests on.
    pub witness: Witness,
}
