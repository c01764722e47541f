//! What an override says, once its functions are evaluated: Hydra evaluates them while it parses.

use std::collections::BTreeSet;

use crate::value::Value;

use super::decimal::Decimal;

/// Which Hydra reads the text. The two differ in functions, in keys and in the arithmetic of
/// ranges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Hydra 1.3 and older.
    Hydra13,
    /// Hydra 1.4: also `json_str`, `extend_list` and keys such as `items[0]` and `a\.b`.
    #[default]
    Hydra14,
}

impl Dialect {
    /// The dialect of a version of hydra-core; one that is not understood counts as the newest.
    ///
    /// # Examples
    ///
    /// ```
    /// use runcube_core::grammar::Dialect;
    ///
    /// assert_eq!(Dialect::from_version("1.3.8"), Dialect::Hydra13);
    /// assert_eq!(Dialect::from_version("1.4.0rc3"), Dialect::Hydra14);
    /// ```
    #[must_use]
    pub fn from_version(version: &str) -> Self {
        let mut parts = version.trim().split('.').map(|part| {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            part.get(..digits).and_then(|digits| digits.parse::<u32>().ok())
        });
        match (parts.next().flatten(), parts.next().flatten()) {
            (Some(0), _) | (Some(1), Some(0..=3)) => Self::Hydra13,
            _ => Self::Hydra14,
        }
    }
}

/// What stands before the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Prefix {
    /// Nothing: change what is there.
    #[default]
    None,
    /// `+`: add what is not there.
    Add,
    /// `++`: add or change.
    ForceAdd,
    /// `~`: delete.
    Delete,
}

impl Prefix {
    /// The prefix as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Add => "+",
            Self::ForceAdd => "++",
            Self::Delete => "~",
        }
    }
}

/// One override: prefix, key, package and value.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// What stands before the key.
    pub prefix: Prefix,
    /// The key, dotted or `group/sub`, without prefix and package.
    pub key: Box<str>,
    /// What follows the `@`, where there is one.
    pub package: Option<Box<str>>,
    /// What follows the `=`; `None` in `~key`. Nothing after the `=` is the empty string.
    pub value: Option<Element>,
    /// The Hydra that read it, and by whose rules it is expanded.
    pub dialect: Dialect,
}

/// The kind of quotes around a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quote {
    /// `'`
    Single,
    /// `"`
    Double,
}

impl Quote {
    /// The quote character.
    #[must_use]
    pub const fn as_char(self) -> char {
        match self {
            Self::Single => '\'',
            Self::Double => '"',
        }
    }
}

/// A value, or a sweep over values, with its functions evaluated.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    /// A scalar without quotes: null, bool, int, float or a bare string. Interpolations are bare
    /// strings, kept as their text.
    Scalar(Value),
    /// A quoted string.
    Quoted {
        /// The string, without quotes and escapes.
        text: Box<str>,
        /// The quotes that stood around it; Hydra writes the same again.
        quote: Quote,
    },
    /// `[a,b]`
    List {
        /// The items.
        items: Vec<Element>,
        /// Whether `shuffle` leaves the order to chance; `items` are then in written order.
        shuffled: bool,
    },
    /// `{a:1,b:2}`; the keys are scalars, each once (as Python tells keys apart).
    Map(Vec<(Value, Element)>),
    /// `extend_list(a,b)`: what is to be appended to a list of the config.
    Extend(Vec<Element>),
    /// A sweep over listed values.
    Choice(Choice),
    /// A sweep over a range of numbers.
    Range(Range),
    /// A continuous interval.
    Interval(Interval),
    /// A sweep over the options of a config group.
    Glob(Glob),
}

/// `a,b,c` or `choice(a,b,c)`, sorted already where `sort` was called.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The values; arguments of a function have lost their outermost quotes.
    pub items: Vec<Element>,
    /// Whether it is a comma list rather than a call of `choice`.
    pub simple: bool,
    /// Whether `shuffle` leaves the order to chance.
    pub shuffle: bool,
    /// The tags that `tag` gave it.
    pub tags: BTreeSet<Box<str>>,
}

/// `range(start,stop,step)`, half-open, turned round already where `sort` was called.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// The first number.
    pub start: Number,
    /// The number before which it ends.
    pub stop: Number,
    /// The distance of its numbers.
    pub step: Number,
    /// What is done to each number, first to last; Hydra 1.3 casts the bounds instead.
    pub casts: Vec<Cast>,
    /// Whether `shuffle` leaves the order to chance.
    pub shuffle: bool,
    /// The tags that `tag` gave it.
    pub tags: BTreeSet<Box<str>>,
}

/// A bound of a range.
#[derive(Clone, Debug, PartialEq)]
pub enum Number {
    /// `true` or `false`, which Python counts as integers.
    Bool(bool),
    /// An integer.
    Int(i128),
    /// A floating point number.
    Float(f64),
    /// A decimal that no float stands for; only sorting a range gives one.
    Decimal(Decimal),
}

/// A cast that is applied to each number of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cast {
    /// `int`
    Int,
    /// `float`
    Float,
}

/// `interval(start,end)`
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    /// The lower bound: a float, unless `int` was applied.
    pub start: Value,
    /// The upper bound: a float, unless `int` was applied.
    pub end: Value,
    /// The tags that `tag` gave it.
    pub tags: BTreeSet<Box<str>>,
}

/// `glob(include,exclude)`
#[derive(Clone, Debug, PartialEq)]
pub struct Glob {
    /// The patterns of which one must match.
    pub include: Vec<Element>,
    /// The patterns of which none may match.
    pub exclude: Vec<Element>,
}

impl Element {
    /// A bare string.
    pub(crate) fn bare(text: impl Into<Box<str>>) -> Self {
        Self::Scalar(Value::Str(text.into()))
    }

    /// Whether it is a sweep.
    #[must_use]
    pub const fn is_sweep(&self) -> bool {
        matches!(self, Self::Choice(_) | Self::Range(_) | Self::Interval(_) | Self::Glob(_))
    }

    /// The plain value, quotes dropped; `None` for a sweep and what holds one inside.
    #[must_use]
    pub fn to_value(&self) -> Option<Value> {
        match self {
            Self::Scalar(value) => Some(value.clone()),
            Self::Quoted { text, .. } => Some(Value::Str(text.clone())),
            Self::List { items, .. } | Self::Extend(items) => {
                items.iter().map(Self::to_value).collect::<Option<_>>().map(Value::List)
            }
            Self::Map(entries) => entries
                .iter()
                .map(|(key, value)| Some((key.clone(), value.to_value()?)))
                .collect::<Option<_>>()
                .map(Value::Map),
            Self::Choice(_) | Self::Range(_) | Self::Interval(_) | Self::Glob(_) => None,
        }
    }

    /// Whether `shuffle` leaves the order of something in it to chance.
    #[must_use]
    pub fn shuffled(&self) -> bool {
        match self {
            Self::List { items, shuffled } => *shuffled || items.iter().any(Self::shuffled),
            Self::Extend(items) => items.iter().any(Self::shuffled),
            Self::Map(entries) => entries.iter().any(|(_, value)| value.shuffled()),
            Self::Choice(choice) => choice.shuffle || choice.items.iter().any(Self::shuffled),
            Self::Range(range) => range.shuffle,
            Self::Scalar(_) | Self::Quoted { .. } | Self::Interval(_) | Self::Glob(_) => false,
        }
    }
}

impl Override {
    /// The key with its package, as Hydra writes it, without the prefix.
    ///
    /// # Examples
    ///
    /// ```
    /// use runcube_core::grammar::{Dialect, parse};
    ///
    /// let text = "+db/engine@src=mysql";
    /// assert_eq!(parse(text, Dialect::default())?.key_text(), "db/engine@src");
    /// # Ok::<(), runcube_core::error::Error>(())
    /// ```
    #[must_use]
    pub fn key_text(&self) -> String {
        match &self.package {
            Some(package) => format!("{}@{package}", self.key),
            None => self.key.to_string(),
        }
    }

    /// Whether it sweeps its key: a comma list, or a call of `choice`, `range`, `interval`,
    /// `glob` or what is made of them.
    #[must_use]
    pub fn is_sweep(&self) -> bool {
        self.value.as_ref().is_some_and(Element::is_sweep)
    }

    /// Whether `shuffle` leaves the order of its values to chance.
    #[must_use]
    pub fn shuffled(&self) -> bool {
        self.value.as_ref().is_some_and(Element::shuffled)
    }

    /// The value of an override that does not sweep, with casts applied; `None` for a sweep,
    /// for `~key`, and for a container that holds a sweep, which Hydra cannot use either.
    ///
    /// # Examples
    ///
    /// ```
    /// use runcube_core::grammar::{Dialect, parse};
    /// use runcube_core::value::Value;
    ///
    /// assert_eq!(parse("x=int(3.0)", Dialect::default())?.value(), Some(Value::Int(3)));
    /// assert_eq!(parse("x='3'", Dialect::default())?.value(), Some(Value::text("3")));
    /// assert_eq!(parse("x=3,4", Dialect::default())?.value(), None);
    /// # Ok::<(), runcube_core::error::Error>(())
    /// ```
    #[must_use]
    pub fn value(&self) -> Option<Value> {
        self.value.as_ref().and_then(Element::to_value)
    }
}
