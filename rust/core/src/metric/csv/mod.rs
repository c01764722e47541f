//! CSV files: a row of names, then rows of values, which become a [`series`](super::series).
//!
//! Values are separated by commas, and quoted where they hold commas, quotes or line breaks. The
//! type of a column is decided from all of its values, and none of them is changed by it:
//!
//! | values of a column, blanks aside | elements |
//! |---|---|
//! | `True`, `true`, `TRUE`, `False`, … | bools |
//! | integers | `int64`, `uint64`, or objects beyond 64 bits |
//! | integers and floats (`1e5`, `nan`, `-inf`) | `float64` where every integer is exact, else objects |
//! | anything else | the texts as they are written |
//!
//! A blank is a hole, and a row of nothing but blanks is passed. A first column without a name that
//! counts 0, 1, 2, … is the index that pandas wrote, and is left out; any other column without a
//! name is called `Unnamed: 2` by its place, as pandas calls it.

mod column;
mod rows;

pub use rows::parse;
