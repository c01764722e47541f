//! `Value`: the plain data that overrides and JSON texts hold, with the equality that labels need.
//!
//! Two values are equal if a researcher would call them the same label: of the same type and of
//! the same value, where `NaN` is one label and `-0.0` is `0.0`. So `1`, `1.0`, `"1"` and `true`
//! are four labels.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// Plain data: what an override's text or a JSON document can say.
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer of at most 64 bits, signed.
    Int(i64),
    /// An integer beyond 64 bits: its decimal digits, with a `-` where negative, without
    /// underscores or leading zeros.
    BigInt(Box<str>),
    /// A floating point number; `NaN` and infinities included.
    Float(f64),
    /// Text.
    Str(Box<str>),
    /// An ordered list.
    List(Vec<Value>),
    /// A mapping, in the order in which it was written. Keys are scalars.
    Map(Vec<(Value, Value)>),
}

impl Value {
    /// A text value.
    #[must_use]
    pub fn text(text: impl Into<Box<str>>) -> Self {
        Self::Str(text.into())
    }

    /// An integer value from its decimal digits, of any length: `digits` may hold a sign and
    /// leading zeros, no underscores. `None` where it is no integer.
    #[must_use]
    pub fn integer(digits: &str) -> Option<Self> {
        if let Ok(small) = digits.parse::<i64>() {
            return Some(Self::Int(small));
        }
        let (sign, digits) = match digits.as_bytes().first()? {
            b'-' => ("-", digits.get(1..)?),
            b'+' => ("", digits.get(1..)?),
            _ => ("", digits),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = digits.trim_start_matches('0');
        let whole = format!("{sign}{digits}");
        Some(match whole.parse::<i64>() {
            Ok(small) => Self::Int(small),
            Err(_) if digits.is_empty() => Self::Int(0),
            Err(_) => Self::BigInt(whole.into()),
        })
    }

    /// Rank of the type, so that values of different types have a total order.
    const fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Int(_) => 2,
            Self::BigInt(_) => 3,
            Self::Float(_) => 4,
            Self::Str(_) => 5,
            Self::List(_) => 6,
            Self::Map(_) => 7,
        }
    }
}

/// A float as the bits of its label: one `NaN`, one zero.
fn label_bits(float: f64) -> u64 {
    if float.is_nan() {
        f64::NAN.to_bits()
    } else if float == 0.0 {
        0
    } else {
        float.to_bits()
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::BigInt(a), Self::BigInt(b)) => {
                let key = |text: &str| (!text.starts_with('-'), text.len());
                match (key(a), key(b)) {
                    (x, y) if x == y && x.0 => a.cmp(b),
                    (x, y) if x == y => b.cmp(a),
                    ((true, x), (true, y)) => x.cmp(&y),
                    ((false, x), (false, y)) => y.cmp(&x),
                    (x, y) => x.0.cmp(&y.0),
                }
            }
            (Self::Float(a), Self::Float(b)) => {
                if label_bits(*a) == label_bits(*b) {
                    Ordering::Equal
                } else {
                    a.total_cmp(b)
                }
            }
            (Self::Str(a), Self::Str(b)) => a.cmp(b),
            (Self::List(a), Self::List(b)) => a.cmp(b),
            (Self::Map(a), Self::Map(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        match self {
            Self::Null => {}
            Self::Bool(value) => value.hash(state),
            Self::Int(value) => value.hash(state),
            Self::BigInt(value) | Self::Str(value) => value.hash(state),
            Self::Float(value) => label_bits(*value).hash(state),
            Self::List(values) => values.hash(state),
            Self::Map(entries) => entries.hash(state),
        }
    }
}

/// Python's `str` of the value: how lists and mappings become labels (`['val']`, `{'a': 1}`).
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str(text) => f.write_str(text),
            other => python_repr(other, f),
        }
    }
}

fn python_repr(value: &Value, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::Null => f.write_str("None"),
        Value::Bool(true) => f.write_str("True"),
        Value::Bool(false) => f.write_str("False"),
        Value::Int(value) => write!(f, "{value}"),
        Value::BigInt(digits) => f.write_str(digits),
        Value::Float(value) => f.write_str(&python_float(*value)),
        Value::Str(text) => python_string(text, f),
        Value::List(values) => {
            f.write_str("[")?;
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    f.write_str(", ")?;
                }
                python_repr(value, f)?;
            }
            f.write_str("]")
        }
        Value::Map(entries) => {
            f.write_str("{")?;
            for (at, (key, value)) in entries.iter().enumerate() {
                if at > 0 {
                    f.write_str(", ")?;
                }
                python_repr(key, f)?;
                f.write_str(": ")?;
                python_repr(value, f)?;
            }
            f.write_str("}")
        }
    }
}

/// Python's `repr` of a float: the shortest digits that read back, exponents from 1e16 and below
/// 1e-4 written `1e+16` and `1e-05`.
#[must_use]
pub fn python_float(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let magnitude = value.abs();
    if value != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, digits) = match exponent.strip_prefix('-') {
            Some(digits) => ('-', digits),
            None => ('+', exponent),
        };
        return format!("{mantissa}e{sign}{digits:0>2}");
    }
    let text = format!("{value}");
    if text.contains('.') { text } else { format!("{text}.0") }
}

/// The float of exactly this value, where there is one.
#[must_use]
#[expect(clippy::as_conversions, reason = "the conversion back shows whether anything was lost")]
pub fn exact_float(int: i128) -> Option<f64> {
    let float = int as f64;
    (float as i128 == int).then_some(float)
}

/// Python's `repr` of a string: single quotes unless only those occur inside.
fn python_string(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    write!(f, "{quote}")?;
    for character in text.chars() {
        match character {
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            _ if character == quote => write!(f, "\\{quote}")?,
            _ if is_printable(character) => write!(f, "{character}")?,
            _ => match u32::from(character) {
                point @ ..0x100 => write!(f, "\\x{point:02x}")?,
                point @ ..0x1_0000 => write!(f, "\\u{point:04x}")?,
                point => write!(f, "\\U{point:08x}")?,
            },
        }
    }
    write!(f, "{quote}")
}

/// Whether Python and Rust alike print the character as it is: it is in none of Unicode's
/// categories "other" and "separator", the blank excepted. Rust tells by what its `Debug` escapes
/// behind a first character (as a first one it escapes combining marks too).
fn is_printable(character: char) -> bool {
    matches!(character, '"' | '\'')
        || ['a', character].iter().collect::<String>().escape_debug().count() == 2
}
