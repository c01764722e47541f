//! The arguments of a call: binding them to names, and what kind of element each is.

use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

use super::ast::Element;

/// The arguments of a call.
#[derive(Default)]
pub(crate) struct Arguments {
    pub(crate) positional: Vec<Element>,
    named: Vec<(Box<str>, Element)>,
}

impl Arguments {
    /// Adds a named argument; of equal names the last counts.
    pub(crate) fn set(&mut self, name: &str, value: Element) {
        match self.named.iter_mut().find(|(known, _)| **known == *name) {
            Some(entry) => entry.1 = value,
            None => self.named.push((name.into(), value)),
        }
    }

    pub(crate) fn has_named(&self) -> bool {
        !self.named.is_empty()
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Element> {
        let at = self.named.iter().position(|(known, _)| **known == *name)?;
        Some(self.named.remove(at).1)
    }

    /// The argument `name`, which `null` leaves out.
    pub(crate) fn optional(&mut self, name: &str) -> Option<Element> {
        self.take(name).filter(|value| !is_null(value))
    }

    /// Moves positional arguments to the names that they stand for.
    pub(crate) fn bind(&mut self, call: &str, names: &[&str]) -> Result<()> {
        if self.positional.len() > names.len() {
            let most = names.len();
            return Err(refuse(format!("`{call}` takes at most {most} positional arguments")));
        }
        for (name, value) in names.iter().zip(std::mem::take(&mut self.positional)) {
            if self.named.iter().any(|(known, _)| **known == **name) {
                return Err(refuse(format!("`{call}` got `{name}` twice")));
            }
            self.set(name, value);
        }
        Ok(())
    }

    /// Refuses named arguments that the function does not have.
    pub(crate) fn only(&self, call: &str, names: &[&str]) -> Result<()> {
        match self.named.iter().find(|(name, _)| !names.contains(&&**name)) {
            None => Ok(()),
            Some((name, _)) if names.is_empty() => {
                Err(refuse(format!("`{call}` has no argument `{name}`: it takes no named ones")))
            }
            Some((name, _)) => {
                let names = names.join("`, `");
                Err(refuse(format!("`{call}` has no argument `{name}`: expected `{names}`")))
            }
        }
    }
}

/// A syntax error without its place.
pub(crate) fn refuse(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Syntax, message)
}

pub(crate) fn is_null(value: &Element) -> bool {
    matches!(value, Element::Scalar(Value::Null))
}

pub(crate) fn is_number(value: &Element) -> bool {
    use Value::{BigInt, Bool, Float, Int};
    matches!(value, Element::Scalar(Bool(_) | Int(_) | BigInt(_) | Float(_)))
}

pub(crate) fn is_list(value: &Element) -> bool {
    matches!(value, Element::List { .. })
}

/// What is no sweep and nothing that only a function makes.
pub(crate) fn is_plain(value: &Element) -> bool {
    !value.is_sweep() && !matches!(value, Element::Extend(_))
}

/// What the signatures of `choice`, `sort` and `shuffle` allow besides sweeps.
pub(crate) fn is_item(value: &Element) -> bool {
    is_plain(value) && !is_null(value)
}

pub(crate) fn is_listed(value: &Element) -> bool {
    matches!(value, Element::Choice(_) | Element::Range(_))
}

pub(crate) fn is_sweep(value: &Element) -> bool {
    is_listed(value) || matches!(value, Element::Interval(_))
}

pub(crate) fn check(call: &str, value: &Element, holds: bool, expected: &str) -> Result<()> {
    if holds {
        return Ok(());
    }
    let found = kind_name(value);
    Err(refuse(format!("`{call}` expected {expected}, found {found}")))
}

/// What an element is called in messages.
pub(crate) const fn kind_name(value: &Element) -> &'static str {
    match value {
        Element::Scalar(Value::Null) => "null",
        Element::Scalar(Value::Bool(_)) => "a bool",
        Element::Scalar(Value::Int(_) | Value::BigInt(_)) => "an integer",
        Element::Scalar(Value::Float(_)) => "a float",
        Element::Scalar(_) | Element::Quoted { .. } => "a string",
        Element::List { .. } => "a list",
        Element::Map(_) => "a mapping",
        Element::Extend(_) => "extend_list",
        Element::Choice(_) => "a choice",
        Element::Range(_) => "a range",
        Element::Interval(_) => "an interval",
        Element::Glob(_) => "a glob",
    }
}
