//! Pickles of plain data, read by a machine that builds data and calls nothing.
//!
//! ```text
//! bytes ──► Machine ──► Heap of Objects ──► check: no cycle, few levels ──► cells
//!           opcodes     addressed by Id     (`heap`)                        (`encode`)
//!           `machine`   `object`
//!              │
//!              └── a global is looked up in a list (`allowed`), and what a call of it would
//!                  have made is built as data (`calls`, `arrays`, `times`, `tensors`)
//! ```
//!
//! Nothing in a pickle names code of ours: a name is in the list, with its one meaning, or the file
//! is `Unsupported`. Objects lie side by side in a [`Heap`] and name each other by number, so that
//! depth costs no stack, and no count is believed before the bytes for it are there.
//!
//! Source: `pickletools` (protocols 0 to 5).

mod allowed;
mod arrays;
mod calls;
mod encode;
mod heap;
mod input;
mod join;
mod literals;
mod machine;
mod named;
mod object;
mod plain;
mod read;
mod tensors;
mod times;

pub use encode::Tensors;
pub use machine::{Loaded, load};
pub use object::{Heap, Id, Object, StorageType, Tensor};
pub use read::{parse, record};
