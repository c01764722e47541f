//! The conditions of `where`: which jobs are selected, by their parameters alone.
//!
//! ```text
//! condition  : all ('or' all)*                    model == 'a' or lr < 0.1
//! all        : one ('and' one)*                   `and` binds closer than `or`
//! one        : 'not' one | '(' condition ')' | comparison
//! comparison : operand (operator operand)+        0.1 <= lr < 1: every pair must hold
//! operator   : '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not' 'in'
//! operand    : name | literal | '[' (literal (',' literal)* ','?)? ']'
//! name       : (letter | '_') (letter | digit | one of _ . / @ -)*     lr, model.width, db/name
//!            | '`' any text, a backtick doubled '`'                    `db@a:b`, `in`
//! literal    : int | float | string | 'true' | 'True' | 'false' | 'False' | 'null' | 'None'
//! int        : [+-]? digits, as in 1_000, of any length
//! float      : [+-]? as in 0.1, .5, 5., 1e-3, inf; and nan
//! string     : 'text' or "text"; a backslash stands before a quote or a backslash
//! ```
//!
//! Blanks and line ends separate. What a comparison says:
//!
//! - ints and floats are compared exactly, and are numbers together: `1 == 1.0`;
//! - texts are ordered by code point;
//! - numbers, texts, bools, null and lists are never equal to one another, so `x == 1` selects
//!   neither `"1"` nor `true`; other values than numbers and texts have no order;
//! - a job that lacks the parameter has no label to compare: every comparison with it is false;
//! - NaN equals nothing, itself included;
//! - `!=` is what `==` is not, and `not in` what `in` is not: true across types, for NaN and for a
//!   missing label.
//!
//! [`Query::parse`] reads a text, [`Query::holds`] asks it of one job's labels.

mod ast;
mod compare;
mod names;
mod parse;
mod print;
mod text;
mod token;

pub use ast::{Condition, Operand, Operator};
pub use text::Query;
