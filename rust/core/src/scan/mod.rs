//! Finding sweeps, and the jobs of each.
//!
//! ```text
//! sweep/                 multirun.yaml says how the directories are named
//! ├── 0/ 1/ 2/ …         numbered: names of digits, listed once, none of them opened here
//! └── model=a/x=1/ …     otherwise: a walk that ends at each job and at each nested sweep
//! ```

mod below;
mod find;
mod group;
mod job;
mod log;
mod order;
mod plan;
mod planned;
mod record;
mod relative;
mod status;
mod submitit;
mod survey;
mod traces;
mod walk;

pub use below::no_jobs;
pub use find::{Scan, find_sweeps, scan};
use group::NUMBERED;
pub use group::{FRAME, Group, outline};
pub use job::JobDirectory;
pub use order::natural_order;
pub use plan::{PLAN, Plan, Plans};
pub use planned::PlannedJob;
pub use record::{RecordedDefinition, SWEEP_RECORD, recorded_definition};
pub use relative::Relative;
pub use status::{Status, UNKNOWN, status};
pub use traces::JobPlace;
