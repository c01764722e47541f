//! One sweep, from its directory to a cube: the only module that knows all the others.
//!
//! ```text
//! glance (is there an index?) ─► unchanged ───────────────────────────────────────────► Sweep
//!   └─► scan ──► source ──► gather (threads: read, parse, intern) ──► identities, scope ──┘
//!                   ├─► select (with a condition: which jobs) ─┤                          │
//!                   └─► remember (from the index: what has not changed) ─┘                │
//!                                                       layout, place, promote ◄── cube() ┘
//! ```

mod belong;
mod checkpoint;
mod conclude;
mod defined;
mod events;
mod gather;
mod glance;
mod jobs;
mod known;
mod open;
mod options;
mod reader;
mod reap;
mod remember;
mod repetition;
mod restrict;
mod select;
mod source;
mod standing;
mod summary;
mod together;
mod unchanged;
mod view;

pub use options::{Cache, CacheMode, OpenOptions};
pub use reader::Loader;
pub use source::Source;
pub use summary::{Summary, When, summaries};
pub use view::Sweep;
