//! Plain data as JSON text, in Python's dialect: `NaN`, `Infinity` and `-Infinity` are numbers, and
//! integers have any length.

use serde_json::Value as Json;

use crate::error::{Error, ErrorKind, Result};
use crate::value::{Value, python_float};

/// What stands for a number that JSON lacks while `serde_json` reads the text; no text that Python
/// writes holds it, since it is written with an escape.
const NOT_FINITE: &str = "\u{0}runcube";

/// Reads a JSON text.
///
/// # Errors
///
/// `Syntax`, pointing at the line and column; texts nested deeper than 128 levels are refused.
pub fn parse(text: &str) -> Result<Value> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let read = serde_json::from_str(text).or_else(|error| match name_non_finite(text) {
        Some(named) => serde_json::from_str(&named),
        None => Err(error),
    });
    match read {
        Ok(json) => Ok(plain(json)),
        Err(error) => Err(Error::new(ErrorKind::Syntax, format!("no JSON: {error}"))),
    }
}

/// The text with `NaN`, `Infinity` and `-Infinity` outside of strings written in another way;
/// `None` where there is none of them.
fn name_non_finite(text: &str) -> Option<String> {
    let mut named = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some(at) = rest.find(['"', 'N', 'I', '-']) {
        let (before, from) = rest.split_at(at);
        named.push_str(before);
        let number = ["NaN", "Infinity", "-Infinity"].into_iter().find(|it| from.starts_with(it));
        let taken = if let Some(number) = number {
            found = true;
            named.push_str(&format!("{{\"\\u0000runcube\":\"{number}\"}}"));
            number.len()
        } else {
            let taken = if from.starts_with('"') { string_length(from) } else { 1 };
            named.push_str(from.get(..taken).unwrap_or(from));
            taken
        };
        rest = from.get(taken..).unwrap_or_default();
    }
    named.push_str(rest);
    found.then_some(named)
}

/// Bytes of the string literal at the start of the text, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at.saturating_add(1),
            _ => {}
        }
    }
    text.len()
}

fn plain(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => {
            let text = number.as_str();
            Value::integer(text)
                .or_else(|| text.parse().ok().map(Value::Float))
                .unwrap_or_else(|| Value::text(text))
        }
        Json::String(text) => Value::text(text),
        Json::Array(items) => Value::List(items.into_iter().map(plain).collect()),
        Json::Object(entries) => match entries.get(NOT_FINITE).and_then(Json::as_str) {
            Some("NaN") => Value::Float(f64::NAN),
            Some("Infinity") => Value::Float(f64::INFINITY),
            Some("-Infinity") => Value::Float(f64::NEG_INFINITY),
            _ => Value::Map(
                entries.into_iter().map(|(key, value)| (Value::text(key), plain(value))).collect(),
            ),
        },
    }
}

/// Writes a JSON text, as `json.dumps` of Python would; keys become text.
#[must_use]
pub fn to_text(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::BigInt(digits) => digits.to_string(),
        Value::Float(value) if value.is_nan() => "NaN".to_owned(),
        Value::Float(value) if value.is_infinite() => {
            if *value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
        }
        Value::Float(value) => python_float(*value),
        Value::Str(text) => Json::from(text.as_ref()).to_string(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(to_text).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", Json::from(key.to_string()), to_text(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_type_and_every_digit() {
        let text = "[1, 1.0, 123456789012345678901234567890, -Infinity, 1e3, \"NaN\"]";
        let value = parse(text).unwrap();
        let Value::List(items) = &value else { panic!("a list") };
        assert_eq!(items[0], Value::Int(1));
        assert_eq!(items[1], Value::Float(1.0));
        assert_eq!(items[2], Value::BigInt("123456789012345678901234567890".into()));
        assert_eq!(items[3], Value::Float(f64::NEG_INFINITY));
        assert_eq!(items[4], Value::Float(1000.0));
        assert_eq!(items[5], Value::text("NaN"));
        assert_eq!(parse(&to_text(&value)).unwrap(), value);
    }

    #[test]
    fn a_cut_text_is_an_error_that_names_the_place() {
        let error = parse("{\"a\": [1, 2").unwrap_err();
        assert!(error.message.contains("line 1 column 11"), "{error}");
    }
}
