//! Files that torch writes, and pickles.
//!
//! ```text
//! zip      name/data.pkl   name/byteorder   name/data/0   name/data/1   …   name/version
//! legacy   pickles: magic number, version, system, data, keys │ count ▒▒▒▒ │ count ▒▒▒▒ │ …
//! plain    pickle
//! ```
//!
//! The pickle describes tensors as views of storages; the elements (▒) of these lie behind it. Of a
//! file the first bytes tell which of the three it is, whatever its name says.

mod archive;
mod legacy;
mod read;
mod view;

pub use read::parse;
