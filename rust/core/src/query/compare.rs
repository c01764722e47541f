//! How two labels compare.

use std::cmp::Ordering;

use super::ast::{Condition, Operand, Operator};
use crate::grammar::compare_numbers;
use crate::value::Value;

impl Condition {
    /// Whether the condition holds for labels; `label` gives that of a parameter, where there is
    /// one.
    pub fn holds<'v>(&'v self, label: &impl Fn(&str) -> Option<&'v Value>) -> bool {
        match self {
            Self::Any(parts) => parts.iter().any(|part| part.holds(label)),
            Self::All(parts) => parts.iter().all(|part| part.holds(label)),
            Self::Not(inner) => !inner.holds(label),
            Self::Compare(first, rest) => {
                let value = |operand: &'v Operand| match operand {
                    Operand::Name(name) => label(name),
                    Operand::Literal(value) => Some(value),
                };
                let mut left = value(first);
                rest.iter().all(|(operator, operand)| {
                    let right = value(operand);
                    let holds = compare(*operator, left, right);
                    left = right;
                    holds
                })
            }
        }
    }
}

impl Condition {
    /// Whether it can hold where a parameter has a label, as far as its parts say that speak of
    /// this parameter alone.
    pub(super) fn may_hold(&self, name: &str, label: &Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.may_hold(name, label)),
            part if part.names_only(name) => part.holds(&|_: &str| Some(label)),
            _ => true,
        }
    }

    fn names_only(&self, name: &str) -> bool {
        let fits = |operand: &Operand| !matches!(operand, Operand::Name(other) if other != name);
        match self {
            Self::Any(parts) | Self::All(parts) => parts.iter().all(|it| it.names_only(name)),
            Self::Not(inner) => inner.names_only(name),
            Self::Compare(first, rest) => fits(first) && rest.iter().all(|(_, it)| fits(it)),
        }
    }
}

fn compare(operator: Operator, left: Option<&Value>, right: Option<&Value>) -> bool {
    let both = left.zip(right);
    let ordered = |fits: fn(Ordering) -> bool| {
        both.and_then(|(left, right)| order(left, right)).is_some_and(fits)
    };
    match operator {
        Operator::Equal => both.is_some_and(|(left, right)| equal(left, right)),
        Operator::NotEqual => !both.is_some_and(|(left, right)| equal(left, right)),
        Operator::Less => ordered(Ordering::is_lt),
        Operator::LessOrEqual => ordered(Ordering::is_le),
        Operator::Greater => ordered(Ordering::is_gt),
        Operator::GreaterOrEqual => ordered(Ordering::is_ge),
        Operator::In => both.is_some_and(|(left, right)| contains(right, left)),
        Operator::NotIn => !both.is_some_and(|(left, right)| contains(right, left)),
    }
}

fn contains(list: &Value, value: &Value) -> bool {
    matches!(list, Value::List(items) if items.iter().any(|item| equal(value, item)))
}

/// Whether two labels are the same: numbers by value, everything else within its own type.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(a, b)| equal(a, b))
        }
        (Value::Map(left), Value::Map(right)) => {
            let same = |((a, x), (b, y)): (&(Value, Value), &(Value, Value))| a == b && equal(x, y);
            left.len() == right.len() && left.iter().zip(right).all(same)
        }
        (Value::Null, Value::Null) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        _ => order(left, right).is_some_and(Ordering::is_eq),
    }
}

/// The order of two numbers, or of two texts; of others, and with NaN, there is none.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Str(left), Value::Str(right)) => Some(left.cmp(right)),
        (Value::Bool(_), _) | (_, Value::Bool(_)) => None,
        (Value::Int(int), Value::Float(float)) => {
            exact_float(*int).map_or_else(|| compare_numbers(left, right), |a| a.partial_cmp(float))
        }
        (Value::Float(float), Value::Int(int)) => exact_float(*int)
            .map_or_else(|| compare_numbers(left, right), |b| float.partial_cmp(&b)),
        _ => compare_numbers(left, right),
    }
}

/// A small integer as a float, which holds it exactly.
fn exact_float(int: i64) -> Option<f64> {
    i32::try_from(int).ok().map(f64::from)
}
