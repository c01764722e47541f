//! Hydra's override grammar.
//!
//! ```text
//! override : key '=' value?                     change        lr=0.1
//!          | '+' key '=' value?                 add           +lr=0.1
//!          | '++' key '=' value?                add or change ++lr=0.1
//!          | '~' key ('=' value?)?              delete        ~lr
//! key      : name ('.' part)* ('@' package)?    a.b, a.0, db/mysql@backup, nothing at all
//!          | path with '[…]' or '\.'            items[0], a\.b      (Hydra 1.4)
//! value    : element (',' element)*             more than one: a sweep
//! element  : primitive | '[' elements ']' | '{' key ':' element, … '}' | function
//! function : name '(' (name '=')? element, … ')'
//! primitive: 'quoted' | "quoted" | (word | number | '${…}' | : / - \ + . $ % * @ ? '|' | escape)+
//! escape   : a backslash before one of \ ( ) [ ] { } : = , blank tab
//! ```
//!
//! Functions are evaluated while parsing, as in Hydra: `int(3.0)` is 3, `sort(2,1)` is the sweep
//! `1,2`, and `int(a)` is an error of the text. What comes out is an [`Override`] with an
//! [`Element`]; [`Override::value`] is its plain value, [`Override::sweep_values`] the values that
//! a sweep gives to its jobs, and [`label`] what the task sees.
//!
//! Hydra 1.3 and 1.4 differ in a few rules: [`Dialect`].

mod ast;
mod bind;
mod call;
mod cast;
mod cursor;
mod decimal;
mod digit;
mod key;
mod label;
mod number;
mod order;
mod parse;
mod primitive;
mod print;
mod range;
mod sweep;

pub use ast::{
    Cast, Choice, Dialect, Element, Glob, Interval, Number, Override, Prefix, Quote, Range,
};
pub use decimal::Decimal;
pub use label::label;
pub use number::compare_numbers;
pub use parse::parse;
pub use primitive::parse_value_quick;
