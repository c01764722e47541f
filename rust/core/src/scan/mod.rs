//! Finding the jobs of one sweep.
//!
//! ```text
//! sweep/                 multirun.yaml says how the directories are named
//! ├── 0/ 1/ 2/ …         numbered: names of digits, listed once, none of them opened here
//! └── model=a/x=1/ …     otherwise: a walk that ends at each job and at each nested sweep
//! ```

mod below;
mod find;
mod order;
mod plan;
mod record;
mod status;

pub use below::no_jobs;
pub use find::{JobDirectory, Scan, scan};
pub use order::natural_order;
pub use plan::{PLAN, Plan, PlannedJob};
pub use record::{RecordedDefinition, SWEEP_RECORD, recorded_definition};
pub use status::{Status, status};
