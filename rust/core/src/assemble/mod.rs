//! From what was read to dense arrays: labels, places, dtypes, fill. Touches no disk.
//!
//! ```text
//! override lines ──► parameters (a label code for each job)
//!                        │  definition: order of axes and labels
//!                        ▼
//!                    layout: a cell for each job ──► every metric: promote, place, fill ──► cube
//! ```

mod axes;
mod build;
mod coordinate;
mod cube;
mod definition;
mod identity;
mod labels;
mod layout;
mod many;
mod metric;
mod promote;
mod scope;
mod share;
mod spread;
mod table;

pub use axes::{Axis, axes_of};
pub use build::{Parts, build, fixed};
pub use cube::{Array, Content, Cube, Item, Variable};
pub use definition::{Definition, Swept};
pub use identity::{Dialects, Identities, Known, MISSING, Parameter, Parameters, same_identity};
pub use labels::{as_label, label_array};
pub use layout::{Basis, Duplicates, Layout, LayoutKind, Names, Options, is_shared, placed, plan};
pub use many::{Member, Sweeps};
pub use scope::{Leftover, leftovers, produces_all};
pub use table::{TableParts, table};
