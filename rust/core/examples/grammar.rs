//! Parses override texts, one JSON string a line, and prints one JSON document a line: what
//! `tests/grammar_differential.py` compares with Hydra.
//!
//! ```text
//! grammar 1.3 < texts.jsonl
//! {"ok": {"prefix": "", "key": "x", "package": null, "value": ["i", "1"], …}}
//! {"err": "expected …"}
//! ```

use std::io::{BufRead, Write};

use runcube_core::grammar::{
    Choice, Dialect, Element, Number, Override, Range, parse, parse_value_quick,
};
use runcube_core::value::{Value, python_float};
use serde_json::{Value as Json, json};

/// How many texts of a sweep are printed.
const SHOWN_TEXTS: usize = 1000;

/// How many values of a sweep are printed.
const SHOWN_VALUES: usize = 50;

fn scalar(value: &Value) -> Json {
    match value {
        Value::Null => json!(["n"]),
        Value::Bool(flag) => json!(["b", flag]),
        Value::Int(_) | Value::BigInt(_) => json!(["i", value.to_string()]),
        Value::Float(number) => json!(["f", python_float(*number)]),
        Value::Str(text) => json!(["s", text]),
        Value::List(items) => json!(["l", items.iter().map(scalar).collect::<Vec<_>>()]),
        Value::Map(entries) => {
            json!(["m", entries.iter().map(|(k, v)| [scalar(k), scalar(v)]).collect::<Vec<_>>()])
        }
    }
}

fn number(number: &Number) -> Json {
    match number {
        Number::Bool(flag) => json!(["b", flag]),
        Number::Int(value) => json!(["i", value.to_string()]),
        Number::Float(value) => json!(["f", python_float(*value)]),
        Number::Decimal(value) => json!(["f", python_float(value.to_float())]),
    }
}

fn all(items: &[Element]) -> Vec<Json> {
    items.iter().map(element).collect()
}

fn element(value: &Element) -> Json {
    match value {
        Element::Scalar(value) => scalar(value),
        Element::Quoted { text, quote } => json!(["q", quote.as_char(), text]),
        Element::List { items, .. } => json!(["l", all(items)]),
        Element::Map(entries) => {
            json!(["m", entries.iter().map(|(k, v)| [scalar(k), element(v)]).collect::<Vec<_>>()])
        }
        Element::Extend(items) => json!(["extend", all(items)]),
        Element::Choice(Choice { items, simple, shuffle, tags }) => {
            json!(["choice", all(items), simple, shuffle, tags])
        }
        Element::Range(Range { start, stop, step, casts, shuffle, tags }) => {
            let bounds = [number(start), number(stop), number(step)];
            json!(["range", bounds, casts.len(), shuffle, tags])
        }
        Element::Interval(interval) => {
            json!(["interval", scalar(&interval.start), scalar(&interval.end), interval.tags])
        }
        Element::Glob(glob) => json!(["glob", all(&glob.include), all(&glob.exclude)]),
    }
}

fn report(text: &str, parsed: &Override) -> Json {
    let texts = parsed.sweep_texts().map(|mut texts| {
        texts.truncate(SHOWN_TEXTS);
        texts
    });
    let values = parsed.sweep_values().map(|mut values| {
        values.truncate(SHOWN_VALUES);
        values.iter().map(scalar).collect::<Vec<_>>()
    });
    let printed = parsed.to_string();
    // What Hydra cannot write need not come back the same.
    let writable =
        texts.is_ok() || matches!(&parsed.value, Some(Element::Interval(_) | Element::Glob(_)));
    let round = || parse(&printed, parsed.dialect).is_ok_and(|again| same(&again, parsed));
    let before = parsed.prefix.as_str().len() + parsed.key_text().len() + 1;
    let quick = text.get(before..).and_then(|text| parse_value_quick(text.as_bytes()));
    json!({
        "prefix": parsed.prefix.as_str(),
        "key": parsed.key,
        "package": parsed.package,
        "value": parsed.value.as_ref().map(element),
        "texts": texts.ok(),
        "values": values.ok(),
        "printed": printed,
        "round": !writable || round(),
        "quick": quick.is_none_or(|quick| Some(quick) == parsed.value()),
    })
}

/// Equality in which NaN equals itself.
fn same(a: &Override, b: &Override) -> bool {
    a == b || format!("{a:?}") == format!("{b:?}")
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dialect = Dialect::from_version(&std::env::args().nth(1).unwrap_or_default());
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let text: String = serde_json::from_str(&line?)?;
        let answer = match parse(&text, dialect) {
            Ok(parsed) => json!({ "ok": report(&text, &parsed) }),
            Err(error) => json!({ "err": error.to_string() }),
        };
        writeln!(out, "{answer}")?;
    }
    Ok(())
}
