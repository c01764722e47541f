//! Numbers as Python has them: integers of any size, exact comparison, `int` and `float`.

use std::cmp::Ordering;

use crate::error::{Error, ErrorKind, Result};
use crate::value::{Value, python_float};

use super::ast::{Element, Number};
use super::bind::refuse;
use super::decimal::Decimal;

/// The bound of a range that a scalar stands for.
pub(crate) fn number(value: &Element) -> Result<Number> {
    match value {
        Element::Scalar(Value::Bool(value)) => Ok(Number::Bool(*value)),
        Element::Scalar(Value::Int(value)) => Ok(Number::Int(i128::from(*value))),
        Element::Scalar(Value::BigInt(digits)) => digits.parse().map(Number::Int).map_err(|_| {
            Error::new(ErrorKind::Limit, format!("`{digits}` is beyond the bounds of a range"))
        }),
        Element::Scalar(Value::Float(value)) => Ok(Number::Float(*value)),
        _ => Err(refuse("expected a number")),
    }
}

impl Number {
    /// The integer that Python takes it for, if it is one.
    pub(crate) fn as_int(&self) -> Option<i128> {
        match self {
            Self::Bool(value) => Some(i128::from(*value)),
            Self::Int(value) => Some(*value),
            Self::Float(_) | Self::Decimal(_) => None,
        }
    }

    /// The nearest float.
    pub(crate) fn as_float(&self) -> f64 {
        match self {
            Self::Bool(value) => f64::from(u8::from(*value)),
            Self::Int(value) => int_to_float(*value),
            Self::Float(value) => *value,
            Self::Decimal(value) => value.to_float(),
        }
    }

    /// The exact value.
    pub(crate) fn exact(&self) -> Decimal {
        match (self, self.as_int()) {
            (Self::Decimal(value), _) => value.clone(),
            (_, Some(value)) => Decimal::from_text(&value.to_string()),
            _ => Decimal::from_float(self.as_float()),
        }
    }

    /// The value that its `str` says, where that is a number: not for a bool.
    pub(crate) fn shortest(&self) -> Option<Decimal> {
        match self {
            Self::Bool(_) => None,
            Self::Int(value) => Some(Decimal::from_text(&value.to_string())),
            Self::Float(value) => Some(Decimal::from_text(&python_float(*value))),
            Self::Decimal(value) => Some(value.clone()),
        }
    }

    /// A decimal, as a float where that says the same.
    pub(crate) fn from_decimal(value: Decimal) -> Self {
        let float = value.to_float();
        if Decimal::from_text(&python_float(float)).compare(&value) == Some(Ordering::Equal) {
            Self::Float(float)
        } else {
            Self::Decimal(value)
        }
    }

    /// Exact comparison; `None` with a NaN.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self.as_int(), other.as_int()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => self.exact().compare(&other.exact()),
        }
    }
}

/// The nearest float of an integer.
pub(crate) fn int_to_float(value: i128) -> f64 {
    value.to_string().parse().unwrap_or(f64::NAN)
}

/// An integer as a value.
pub(crate) fn int_value(value: i128) -> Value {
    match i64::try_from(value) {
        Ok(small) => Value::Int(small),
        Err(_) => Value::BigInt(value.to_string().into()),
    }
}

/// The integer part of a float.
pub(crate) fn truncate(value: f64) -> Result<Value> {
    if !value.is_finite() {
        return Err(refuse(format!("`{}` cannot be cast to int", python_float(value))));
    }
    let digits = format!("{:.0}", value.trunc());
    Value::integer(&digits).ok_or_else(|| refuse("no integer"))
}

/// Python's `float` of a number.
pub(crate) fn to_float(value: &Element) -> Result<f64> {
    match value {
        Element::Scalar(Value::BigInt(digits)) => match digits.parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(float),
            _ => Err(refuse("an integer too large for a float")),
        },
        _ => number(value).map(|number| number.as_float()),
    }
}

/// The one value that stands for all that Python takes for the same key of a dict (`1`, `1.0`
/// and `true`); `None` for NaN, which equals nothing.
pub(crate) fn canonical(key: &Value) -> Option<Value> {
    match key {
        Value::Bool(value) => Some(Value::Int(i64::from(*value))),
        Value::Float(value) if value.is_nan() => None,
        Value::Float(value) if value.is_finite() && value.fract() == 0.0 => truncate(*value).ok(),
        other => Some(other.clone()),
    }
}

/// Exact comparison of two scalars that are numbers (bools included): the outer `None` where one
/// is no number, the inner where one is NaN.
pub(crate) fn compare_scalars(a: &Value, b: &Value) -> Option<Option<Ordering>> {
    let is_number = |v: &Value| {
        matches!(v, Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_))
    };
    if !is_number(a) || !is_number(b) {
        return None;
    }
    Some(match (a, b) {
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        _ => exact_scalar(a).compare(&exact_scalar(b)),
    })
}

/// Exact comparison of two numbers (bools are 0 and 1); `None` where one is none, or is NaN.
#[must_use]
pub fn compare_numbers(a: &Value, b: &Value) -> Option<Ordering> {
    compare_scalars(a, b).flatten()
}

fn exact_scalar(value: &Value) -> Decimal {
    match value {
        Value::Bool(value) => Decimal::from_text(if *value { "1" } else { "0" }),
        Value::Int(value) => Decimal::from_text(&value.to_string()),
        Value::BigInt(digits) => Decimal::from_text(digits),
        Value::Float(value) => Decimal::from_float(*value),
        _ => Decimal::Nan,
    }
}
