//! Labels as an array: one dtype where nothing is lost by it, else the original values.

use std::collections::HashSet;

use super::cube::{Array, Content, Item};
use crate::array::DType;
use crate::value::{Value, exact_float};

/// The labels of an axis, or of the jobs one by one (where one may lack its label), as an array.
///
/// Bools, ints, floats and texts keep their own dtype; ints beyond 64 bits and everything else are
/// objects. Ints and floats mix to `float64` only if every int is exact there and all labels stay
/// distinct. Lists and mappings become Python's `str` of them. A missing label is `NaN` among
/// floats, and makes ints `float64` where that is exact; else it is `None` among objects.
#[must_use]
pub fn label_array(labels: &[Option<&Value>]) -> Array {
    let shape = vec![labels.len()];
    let plain: Vec<Option<Value>> = labels.iter().map(|label| label.map(as_label)).collect();
    let known = || plain.iter().flatten();
    let holes = plain.iter().any(Option::is_none);
    let all = |test: fn(&Value) -> bool| known().next().is_some() && known().all(test);
    if all(|it| matches!(it, Value::Bool(_))) && !holes {
        let bytes: Vec<u8> = known().map(|it| u8::from(*it == Value::Bool(true))).collect();
        return Array::dense(DType::Bool, shape, &bytes);
    }
    if all(|it| matches!(it, Value::Int(_))) && !holes {
        let bytes: Vec<u8> = known().filter_map(small).flat_map(i64::to_ne_bytes).collect();
        return Array::dense(DType::Int(8), shape, &bytes);
    }
    if all(is_integer) && !holes {
        let wide: Option<Vec<u64>> = known().map(unsigned).collect();
        if let Some(wide) = wide {
            let bytes: Vec<u8> = wide.into_iter().flat_map(u64::to_ne_bytes).collect();
            return Array::dense(DType::UInt(8), shape, &bytes);
        }
    }
    let is_one_dtype = all(|it| matches!(it, Value::Int(_))) || all(|it| unsigned(it).is_some());
    let has_float = known().any(|it| matches!(it, Value::Float(_)));
    if all(|it| is_integer(it) || matches!(it, Value::Float(_)))
        && (is_one_dtype || has_float)
        && let Some(bytes) = as_floats(&plain)
    {
        return Array::dense(DType::Float(8), shape, &bytes);
    }
    if all(|it| matches!(it, Value::Str(_))) && !holes {
        let texts: Vec<&str> = known()
            .filter_map(|it| if let Value::Str(text) = it { Some(text.as_ref()) } else { None })
            .collect();
        return Array::texts(shape, &texts);
    }
    let items = plain.into_iter().map(|it| it.map_or(Item::Missing, Item::Value)).collect();
    Array { shape, content: Content::Objects(items) }
}

/// The label that a value gives: itself, or the text of a list or mapping.
#[must_use]
pub fn as_label(value: &Value) -> Value {
    match value {
        Value::List(_) | Value::Map(_) => Value::text(value.to_string()),
        other => other.clone(),
    }
}

fn small(value: &Value) -> Option<i64> {
    if let Value::Int(int) = value { Some(*int) } else { None }
}

const fn is_integer(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::BigInt(_))
}

fn unsigned(value: &Value) -> Option<u64> {
    match value {
        Value::Int(int) => u64::try_from(*int).ok(),
        Value::BigInt(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// The labels as floats, `NaN` where one is missing; `None` where that would lose anything.
fn as_floats(labels: &[Option<Value>]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(labels.len() * 8);
    let mut distinct = HashSet::new();
    let mut floats = HashSet::new();
    for label in labels {
        let float = match label {
            None => f64::NAN,
            Some(Value::Int(int)) => exact_float(i128::from(*int))?,
            Some(Value::BigInt(digits)) => exact_float(digits.parse().ok()?)?,
            Some(Value::Float(float)) => *float,
            Some(_) => return None,
        };
        if let Some(label) = label {
            distinct.insert(label);
            floats.insert(Value::Float(float));
        }
        bytes.extend(float.to_ne_bytes());
    }
    (distinct.len() == floats.len()).then_some(bytes)
}
