//! `Harvest`: what one thread read of the jobs, and what that rests on.

use crate::codes::LineTable;
use crate::error::Problem;
use crate::files::Witness;
use crate::metric::{Columns, Data};

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

impl Harvest {
    /// The harvest of about so many jobs.
    #[must_use]
    pub fn expecting(jobs: usize) -> Self {
        Self {
            lines: LineTable::expecting(jobs),
            columns: Columns::expecting(jobs),
            ..Self::default()
        }
    }

    /// About how many bytes the metrics take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let segments = self.columns.list().iter().flat_map(|column| &column.segments);
        let bytes = segments.map(|segment| match &segment.data {
            Data::Numbers(bytes) => bytes.len(),
            Data::Texts(texts) => texts.iter().map(|it| it.len()).sum(),
            Data::Bytes(strings) => strings.iter().map(|it| it.len()).sum(),
            Data::Plain(_) | Data::Nulls => 0,
        });
        bytes.fold(0, usize::saturating_add)
    }
}
