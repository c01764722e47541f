//! A condition as text that parses to the same condition.

use std::fmt::{self, Display, Formatter};

use super::ast::{Condition, Operand};
use super::token::is_bare_name;
use crate::value::{Value, python_float};

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any(parts) => joined(f, parts, " or ", |it| matches!(it, Self::Any(_))),
            Self::All(parts) => joined(f, parts, " and ", Self::is_joined),
            Self::Not(inner) => {
                f.write_str("not ")?;
                enclosed(f, inner, inner.is_joined())
            }
            Self::Compare(first, rest) => {
                write!(f, "{first}")?;
                for (operator, operand) in rest {
                    write!(f, " {} {operand}", operator.text())?;
                }
                Ok(())
            }
        }
    }
}

impl Condition {
    const fn is_joined(&self) -> bool {
        matches!(self, Self::Any(_) | Self::All(_))
    }
}

fn joined(
    f: &mut Formatter<'_>,
    parts: &[Condition],
    between: &str,
    enclose: impl Fn(&Condition) -> bool,
) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        enclosed(f, part, enclose(part))?;
    }
    Ok(())
}

fn enclosed(f: &mut Formatter<'_>, part: &Condition, enclose: bool) -> fmt::Result {
    if enclose { write!(f, "({part})") } else { write!(f, "{part}") }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(&written_name(name)),
            Self::Literal(value) => f.write_str(&written_value(value)),
        }
    }
}

/// A name as it is written in a condition.
pub(super) fn written_name(name: &str) -> String {
    if is_bare_name(name) { name.to_owned() } else { format!("`{}`", name.replace('`', "``")) }
}

/// A value as it is written in a condition. A mapping, which none can hold, is Python's text of it.
pub(super) fn written_value(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Float(value) => python_float(*value),
        Value::Str(text) => {
            format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
        }
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(written_value).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Int(_) | Value::BigInt(_) | Value::Map(_) => value.to_string(),
    }
}
