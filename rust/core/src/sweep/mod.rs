//! One sweep, from its directory to a cube: the only module that knows all the others.
//!
//! ```text
//! scan ──► source ──► gather (threads: read, parse, intern) ──► identities, scope ──► Sweep
//!                                                                                       │
//!                                                     layout, place, promote ◄── cube() ┘
//! ```

mod checkpoint;
mod gather;
mod open;
mod source;

pub use gather::Loader;
pub use open::{Job, OpenOptions, Sweep};
pub use source::Source;
