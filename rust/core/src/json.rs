//! Plain data as JSON text, in Python's dialect: `NaN`, `Infinity` and `-Infinity` are numbers, and
//! integers have any length.

mod read;

use serde_json::Value as Json;

use crate::error::{ErrorKind, Result};
use crate::value::{Value, python_float};

pub use read::{Fault, FaultKind, document, first};

/// Reads a JSON text. Of equal names in a mapping the last counts.
///
/// # Errors
///
/// `Syntax`, pointing at the line and column; `Limit` for texts nested deeper than 128 levels and
/// integers of more than 4300 digits.
pub fn parse(text: &str) -> Result<Value> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    document(text).map_err(|fault| fault.error(ErrorKind::Syntax, text))
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
        assert!(error.message.contains("line 1 column 12"), "{error}");
    }

    #[test]
    fn every_beginning_of_a_text_is_a_cut() {
        let text = r#"{"a\u00e9\ud83d\ude00": [1, -2.5e-3, true, null, NaN, -Infinity], "b": {}}"#;
        assert!(document(text).is_ok());
        for end in 1..text.len() {
            let fault = document(&text[..end]).unwrap_err();
            assert_eq!(fault.kind, FaultKind::Cut, "{}", &text[..end]);
        }
    }

    #[test]
    fn what_no_reader_of_json_takes_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "-NaN",
            "nan",
            "tru",
            "\"a",
            "\"\t\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "[1] 2",
            "'a'",
            "--1",
            "1_0",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn of_equal_names_the_last_counts_in_the_place_of_the_first() {
        let many: Vec<String> = (0..40).map(|at| format!("\"k{}\": {at}", at % 20)).collect();
        let Value::Map(entries) = parse(&format!("{{{}}}", many.join(","))).unwrap() else {
            panic!("a mapping")
        };
        let expected: Vec<_> =
            (0..20).map(|at| (Value::text(format!("k{at}")), Value::Int(at + 20))).collect();
        assert_eq!(entries, expected);
        let two = parse("{\"a\": 1, \"b\": 2, \"a\": 3}").unwrap();
        assert_eq!(to_text(&two), "{\"a\": 3, \"b\": 2}");
    }

    #[test]
    fn a_text_without_bottom_ends_in_an_error() {
        for open in ["[", "{\"a\":"] {
            let error = parse(&open.repeat(1_000_000)).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Limit);
            assert!(error.message.contains("deeper than 128"), "{error}");
        }
    }
}
