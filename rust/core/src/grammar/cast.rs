//! Casts: Python's `int`, `float`, `str`, `bool` and `json.dumps` as Hydra applies them, to each
//! item of a list, value of a mapping and value of a sweep.

use std::fmt::Write;

use crate::error::Result;
use crate::value::{Value, python_float};

use super::ast::{Cast, Choice, Dialect, Element, Interval};
use super::bind::{is_plain, kind_name, refuse};
use super::digit::ascii_digit;
use super::number::{to_float, truncate};
use super::range::cast_range;

/// A cast, by the type that it gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Float,
    Str,
    Bool,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Float => "float",
            Self::Str => "str",
            Self::Bool => "bool",
        }
    }
}

/// The cast of an element.
pub(crate) fn cast(kind: Kind, element: Element, dialect: Dialect) -> Result<Element> {
    let each = |items: Vec<Element>| -> Result<Vec<Element>> {
        items.into_iter().map(|item| cast(kind, item, dialect)).collect()
    };
    let refused = |element: &Element| {
        refuse(format!("{} cannot be cast to {}", kind_name(element), kind.name()))
    };
    match element {
        Element::Scalar(value) => scalar(kind, value).map(Element::Scalar),
        Element::Quoted { text, .. } => scalar(kind, Value::Str(text)).map(Element::Scalar),
        Element::List { items, shuffled } => Ok(Element::List { items: each(items)?, shuffled }),
        Element::Map(entries) => entries
            .into_iter()
            .map(|(key, value)| Ok((key, cast(kind, value, dialect)?)))
            .collect::<Result<_>>()
            .map(Element::Map),
        Element::Choice(choice) => {
            let items = each(choice.items)?;
            if let Some(sweep) = items.iter().find(|item| !is_plain(item)) {
                return Err(refused(sweep));
            }
            let base = Choice { items, ..choice };
            Ok(Element::Choice(match dialect {
                // Hydra 1.3 forgets the tags, and that the values were to be shuffled.
                Dialect::Hydra13 => Choice { shuffle: false, tags: Default::default(), ..base },
                Dialect::Hydra14 => base,
            }))
        }
        Element::Range(range) => match kind {
            Kind::Int => cast_range(range, Cast::Int, dialect).map(Element::Range),
            Kind::Float => cast_range(range, Cast::Float, dialect).map(Element::Range),
            Kind::Str | Kind::Bool => Err(refused(&Element::Range(range))),
        },
        Element::Interval(interval) => match kind {
            Kind::Int | Kind::Float => Ok(Element::Interval(Interval {
                start: scalar(kind, interval.start)?,
                end: scalar(kind, interval.end)?,
                tags: interval.tags,
            })),
            Kind::Str | Kind::Bool => Err(refused(&Element::Interval(interval))),
        },
        // Python calls any object true, and Hydra asks no further.
        Element::Glob(_) | Element::Extend(_) if kind == Kind::Bool => {
            Ok(Element::Scalar(Value::Bool(true)))
        }
        other => Err(refused(&other)),
    }
}

fn scalar(kind: Kind, value: Value) -> Result<Value> {
    match (kind, &value) {
        (Kind::Bool, Value::Null) => Ok(Value::Bool(false)),
        (_, Value::Null) => Err(refuse(format!("null cannot be cast to {}", kind.name()))),
        (Kind::Bool, Value::Bool(_)) => Ok(value),
        (Kind::Bool, Value::Int(number)) => Ok(Value::Bool(*number != 0)),
        (Kind::Bool, Value::Float(number)) => Ok(Value::Bool(*number != 0.0)),
        (Kind::Bool, Value::Str(text)) if text.eq_ignore_ascii_case("true") => {
            Ok(Value::Bool(true))
        }
        (Kind::Bool, Value::Str(text)) if text.eq_ignore_ascii_case("false") => {
            Ok(Value::Bool(false))
        }
        (Kind::Bool, Value::Str(text)) => Err(refuse(format!("`{text}` cannot be cast to bool"))),
        (Kind::Bool, _) => Ok(Value::Bool(true)),
        (Kind::Str, Value::Bool(flag)) => Ok(Value::text(if *flag { "true" } else { "false" })),
        (Kind::Str, other) => Ok(Value::text(other.to_string())),
        (Kind::Int, Value::Bool(flag)) => Ok(Value::Int(i64::from(*flag))),
        (Kind::Int, Value::Float(number)) => truncate(*number),
        (Kind::Int, Value::Str(text)) => {
            int_of_text(text).ok_or_else(|| refuse(format!("`{text}` cannot be cast to int")))
        }
        (Kind::Int, _) => Ok(value),
        (Kind::Float, Value::Str(text)) => float_of_text(text)
            .map(Value::Float)
            .ok_or_else(|| refuse(format!("`{text}` cannot be cast to float"))),
        (Kind::Float, _) => to_float(&Element::Scalar(value)).map(Value::Float),
    }
}

/// The text without the blanks that Python strips, its digits those of ASCII, its underscores
/// between digits dropped.
fn digits_of_text(text: &str) -> Option<String> {
    let blank = |c: char| c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}');
    let text = text.trim_matches(blank);
    let mut plain = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text.chars().map(ascii_digit).peekable();
    while let Some(character) = rest.next() {
        let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        if character == '_' {
            if !is_digit(before) || !is_digit(rest.peek().copied()) {
                return None;
            }
        } else {
            plain.push(character);
        }
        before = Some(character);
    }
    Some(plain)
}

/// Python's `int(text)`.
fn int_of_text(text: &str) -> Option<Value> {
    let plain = digits_of_text(text)?;
    // Python refuses to read more digits.
    if plain.trim_start_matches(['+', '-']).len() > 4300 { None } else { Value::integer(&plain) }
}

/// Python's `float(text)`.
fn float_of_text(text: &str) -> Option<f64> {
    let plain = digits_of_text(text)?;
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let word = ["inf", "infinity", "nan"].iter().any(|word| unsigned.eq_ignore_ascii_case(word));
    let number = unsigned
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if word || number { plain.parse().ok() } else { None }
}

/// `json_str`: the element as JSON, which is a bare string.
pub(crate) fn json_str(element: Element) -> Result<Element> {
    match element {
        Element::Choice(choice) => {
            let mut items = Vec::with_capacity(choice.items.len());
            for item in choice.items {
                if matches!(item, Element::Scalar(Value::Null)) {
                    return Err(refuse("null among several values cannot be cast to json_str"));
                }
                let mut text = String::new();
                dump(&item, &mut text)?;
                items.push(Element::bare(text));
            }
            Ok(Element::Choice(Choice { items, ..choice }))
        }
        other => {
            let mut text = String::new();
            dump(&other, &mut text)?;
            Ok(Element::bare(text))
        }
    }
}

/// Appends what Python's `json.dumps` writes.
fn dump(element: &Element, to: &mut String) -> Result<()> {
    match element {
        Element::Scalar(value) => dump_scalar(value, to),
        Element::Quoted { text, .. } => dump_text(text, to),
        Element::List { items, .. } => {
            to.push('[');
            for (at, item) in items.iter().enumerate() {
                to.push_str(if at > 0 { ", " } else { "" });
                dump(item, to)?;
            }
            to.push(']');
        }
        Element::Map(entries) => {
            to.push('{');
            for (at, (key, value)) in entries.iter().enumerate() {
                to.push_str(if at > 0 { ", " } else { "" });
                match key {
                    Value::Str(text) => dump_text(text, to),
                    other => {
                        to.push('"');
                        dump_scalar(other, to);
                        to.push('"');
                    }
                }
                to.push_str(": ");
                dump(value, to)?;
            }
            to.push('}');
        }
        other => return Err(refuse(format!("{} cannot be cast to json_str", kind_name(other)))),
    }
    Ok(())
}

fn dump_scalar(value: &Value, to: &mut String) {
    match value {
        Value::Null => to.push_str("null"),
        Value::Bool(flag) => to.push_str(if *flag { "true" } else { "false" }),
        Value::Float(number) if number.is_nan() => to.push_str("NaN"),
        Value::Float(number) if number.is_infinite() => {
            to.push_str(if *number > 0.0 { "Infinity" } else { "-Infinity" });
        }
        Value::Float(number) => to.push_str(&python_float(*number)),
        Value::Str(text) => dump_text(text, to),
        other => to.push_str(&other.to_string()),
    }
}

fn dump_text(text: &str, to: &mut String) {
    to.push('"');
    for character in text.chars() {
        match character {
            '"' => to.push_str("\\\""),
            '\\' => to.push_str("\\\\"),
            '\n' => to.push_str("\\n"),
            '\r' => to.push_str("\\r"),
            '\t' => to.push_str("\\t"),
            '\u{8}' => to.push_str("\\b"),
            '\u{c}' => to.push_str("\\f"),
            ' '..='~' => to.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(to, "\\u{unit:04x}");
                }
            }
        }
    }
    to.push('"');
}
