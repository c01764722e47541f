//! Numbers that JSON lacks, as mappings that name them.

use crate::value::Value;

/// The one name in such a mapping.
const MARKER: &str = "__mushin_nonfinite__";

/// The value with each such mapping replaced by its number; `text` is where it was read from.
pub fn restored(mut value: Value, text: &str) -> Value {
    if text.contains(MARKER) {
        restore(&mut value);
    }
    value
}

fn restore(value: &mut Value) {
    if let Some(number) = number(value) {
        *value = Value::Float(number);
        return;
    }
    match value {
        Value::List(items) => items.iter_mut().for_each(restore),
        Value::Map(entries) => entries.iter_mut().for_each(|(_, item)| restore(item)),
        _ => {}
    }
}

fn number(value: &Value) -> Option<f64> {
    let Value::Map(entries) = value else { return None };
    let [(Value::Str(name), Value::Str(text))] = entries.as_slice() else { return None };
    if name.as_ref() != MARKER {
        return None;
    }
    let (sign, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    match magnitude.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => Some(sign * f64::INFINITY),
        "nan" => Some(f64::NAN),
        _ => None,
    }
}
