//! One sweep, from its directory to a cube: the only module that knows all the others.
//!
//! ```text
//! scan ──► source ──► gather (threads: read, parse, intern) ──► identities, scope ──► Sweep
//!             └─► select (with a condition: which jobs) ─┘
//!                                                                                       │
//!                                                     layout, place, promote ◄── cube() ┘
//! ```

mod gather;
mod open;
mod restrict;
mod select;
mod source;

pub use gather::Loader;
pub use open::{Job, OpenOptions, Sweep};
pub use source::Source;
