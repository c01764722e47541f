//! Writing elements: as Hydra writes them into a job's overrides, and so that they read back.
//!
//! The two differ. Hydra drops what functions were called, so the string that `str(1)` gives is
//! written `1`, and the job that reads it has an integer. [`Display`](fmt::Display) writes a text
//! that means the same again.

use std::fmt;

use crate::value::{Value, python_float};

use super::ast::{Cast, Choice, Element, Number, Override, Quote, Range};
use super::cursor::{is_escapable, is_unquoted, is_word};
use super::primitive::typed;

/// The scalar as Hydra writes it.
fn write_scalar(value: &Value, to: &mut String) {
    match value {
        Value::Null => to.push_str("null"),
        Value::Str(text) => {
            for character in text.chars() {
                if u8::try_from(character).is_ok_and(is_escapable) {
                    to.push('\\');
                }
                to.push(character);
            }
        }
        Value::Float(number) => to.push_str(&python_float(*number)),
        other => to.push_str(&other.to_string()),
    }
}

/// The string in quotes; backslashes are doubled before a quote and at the end only.
fn write_quoted(text: &str, quote: Quote, to: &mut String) {
    let mark = quote.as_char();
    to.push(mark);
    let mut backslashes: usize = 0;
    for character in text.chars() {
        if character == mark {
            to.extend(std::iter::repeat_n('\\', backslashes.saturating_add(1)));
        }
        backslashes = if character == '\\' { backslashes.saturating_add(1) } else { 0 };
        to.push(character);
    }
    to.extend(std::iter::repeat_n('\\', backslashes));
    to.push(mark);
}

/// Appends what Hydra writes; false where it cannot (most sweeps inside a container).
pub(crate) fn write_hydra(element: &Element, to: &mut String) -> bool {
    match element {
        Element::Scalar(value) => write_scalar(value, to),
        Element::Quoted { text, quote } => write_quoted(text, *quote, to),
        Element::List { items, .. } => {
            to.push('[');
            for (at, item) in items.iter().enumerate() {
                to.push_str(if at > 0 { "," } else { "" });
                if !write_hydra(item, to) {
                    return false;
                }
            }
            to.push(']');
        }
        Element::Map(entries) => {
            to.push('{');
            for (at, (key, value)) in entries.iter().enumerate() {
                to.push_str(if at > 0 { "," } else { "" });
                write_scalar(key, to);
                to.push(':');
                if !write_hydra(value, to) {
                    return false;
                }
            }
            to.push('}');
        }
        // Where they are no value of their own, Hydra takes these for objects with fields.
        Element::Extend(items) => {
            to.push_str("{values:");
            let list = Element::List { items: items.clone(), shuffled: false };
            // The field takes scalars, and of lists only those whose leaves are null, `???`,
            // interpolations and objects, by a whim of OmegaConf 2.4: those are refused here.
            if !items.iter().all(|item| matches!(item, Element::Scalar(_))) {
                return false;
            }
            write_hydra(&list, to);
            to.push('}');
        }
        Element::Glob(glob) => {
            to.push_str("{include:");
            if !write_patterns(&glob.include, to) {
                return false;
            }
            to.push_str(",exclude:");
            if !write_patterns(&glob.exclude, to) {
                return false;
            }
            to.push('}');
        }
        _ => return false,
    }
    true
}

/// A field of strings: scalars become strings, and nothing else is taken.
fn write_patterns(patterns: &[Element], to: &mut String) -> bool {
    to.push('[');
    for (at, pattern) in patterns.iter().enumerate() {
        to.push_str(if at > 0 { "," } else { "" });
        match pattern {
            Element::Scalar(Value::Null) => return false,
            Element::Scalar(value) => write_scalar(&Value::text(value.to_string()), to),
            _ => return false,
        }
    }
    to.push(']');
    true
}

/// Where an element is written.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// After the `=` of the override.
    Top,
    /// In a list or mapping.
    Inner,
    /// As the argument of a function, which drops quotes.
    Argument,
}

/// Whether a bare string, written with escapes, is read as the same string.
fn reads_bare(text: &str) -> bool {
    let mut special = false;
    for character in text.chars() {
        let Ok(byte) = u8::try_from(character) else { return false };
        special |= is_escapable(byte);
        if !is_word(byte) && !is_unquoted(byte) && !is_escapable(byte) {
            return false;
        }
    }
    !text.is_empty() && (special || matches!(typed(text), Some(Value::Str(_))))
}

fn write_element(element: &Element, place: Place, to: &mut String) {
    match element {
        Element::Scalar(Value::Str(text)) if !reads_bare(text) => match place {
            Place::Top if text.is_empty() => {}
            Place::Argument => write_quoted(text, Quote::Single, to),
            Place::Top | Place::Inner => {
                to.push_str("str(");
                write_quoted(text, Quote::Single, to);
                to.push(')');
            }
        },
        Element::Scalar(value) => write_scalar(value, to),
        Element::Quoted { text, quote } => write_quoted(text, *quote, to),
        Element::List { items, shuffled } => {
            to.push_str(if *shuffled { "shuffle([" } else { "[" });
            write_items(items, Place::Inner, to);
            to.push_str(if *shuffled { "])" } else { "]" });
        }
        Element::Map(entries) => {
            to.push('{');
            for (at, (key, value)) in entries.iter().enumerate() {
                to.push_str(if at > 0 { "," } else { "" });
                write_scalar(key, to);
                to.push(':');
                write_element(value, Place::Inner, to);
            }
            to.push('}');
        }
        Element::Extend(items) => {
            to.push_str("extend_list(");
            write_items(items, Place::Argument, to);
            to.push(')');
        }
        Element::Choice(choice) => write_choice(choice, place, to),
        Element::Range(range) => write_range(range, to),
        Element::Interval(interval) => {
            let is_int = matches!(interval.start, Value::Int(_) | Value::BigInt(_));
            let open = open_tags(&interval.tags, to);
            to.push_str(if is_int { "int(interval(" } else { "interval(" });
            write_scalar(&interval.start, to);
            to.push(',');
            write_scalar(&interval.end, to);
            to.push_str(if is_int { "))" } else { ")" });
            to.push_str(open);
        }
        Element::Glob(glob) => {
            to.push_str("glob([");
            write_items(&glob.include, Place::Inner, to);
            to.push_str("],[");
            write_items(&glob.exclude, Place::Inner, to);
            to.push_str("])");
        }
    }
}

fn write_items(items: &[Element], place: Place, to: &mut String) {
    for (at, item) in items.iter().enumerate() {
        to.push_str(if at > 0 { "," } else { "" });
        write_element(item, place, to);
    }
}

/// Opens a call of `tag`, if there are tags; returns what closes it.
fn open_tags(tags: &std::collections::BTreeSet<Box<str>>, to: &mut String) -> &'static str {
    if tags.is_empty() {
        return "";
    }
    to.push_str("tag(");
    for tag in tags {
        write_element(&Element::bare(tag.clone()), Place::Argument, to);
        to.push(',');
    }
    ")"
}

fn write_choice(choice: &Choice, place: Place, to: &mut String) {
    let comma_list = choice.simple && !choice.shuffle && choice.tags.is_empty();
    if comma_list && place == Place::Top && choice.items.len() > 1 {
        return write_items(&choice.items, Place::Inner, to);
    }
    let open = open_tags(&choice.tags, to);
    let (call, close) = match (choice.simple, choice.shuffle) {
        (true, true) => ("shuffle(", ")"),
        (true, false) => comma_call(&choice.items),
        (false, true) => ("shuffle(choice(", "))"),
        (false, false) => ("choice(", ")"),
    };
    // Only `shuffle()` gives a choice without values.
    let (call, close) = match (choice.items.is_empty(), choice.simple) {
        (true, true) => ("shuffle(", ")"),
        (true, false) => ("choice(shuffle(", "))"),
        (false, _) => (call, close),
    };
    to.push_str(call);
    write_items(&choice.items, Place::Argument, to);
    to.push_str(close);
    to.push_str(open);
}

/// The call that makes a comma list of these values: the cast to the type that all have, or a
/// sort of values that are in order.
fn comma_call(items: &[Element]) -> (&'static str, &'static str) {
    fn leaves<'a>(element: &'a Element, to: &mut Vec<&'a Value>) {
        match element {
            Element::Scalar(value) => to.push(value),
            Element::List { items, .. } => items.iter().for_each(|item| leaves(item, to)),
            Element::Map(entries) => entries.iter().for_each(|(_, value)| leaves(value, to)),
            _ => {}
        }
    }
    let mut values = Vec::new();
    items.iter().for_each(|item| leaves(item, &mut values));
    if values.iter().all(|value| matches!(value, Value::Str(_))) {
        ("str(", ")")
    } else if values.iter().all(|value| matches!(value, Value::Int(_) | Value::BigInt(_))) {
        ("int(", ")")
    } else if values.iter().all(|value| matches!(value, Value::Float(_))) {
        ("float(", ")")
    } else if values.iter().all(|value| matches!(value, Value::Bool(_))) {
        ("bool(", ")")
    } else if super::order::sorted(items.to_vec(), false).is_ok_and(|sorted| sorted == items) {
        ("sort(", ")")
    } else {
        ("sort(", ",reverse=true)")
    }
}

fn write_range(range: &Range, to: &mut String) {
    let tags = open_tags(&range.tags, to);
    to.push_str(if range.shuffle { "shuffle(" } else { "" });
    for cast in range.casts.iter().rev() {
        to.push_str(match cast {
            Cast::Int => "int(",
            Cast::Float => "float(",
        });
    }
    to.push_str("range(");
    for (at, number) in [&range.start, &range.stop, &range.step].into_iter().enumerate() {
        to.push_str(if at > 0 { "," } else { "" });
        match number {
            Number::Bool(value) => to.push_str(if *value { "true" } else { "false" }),
            Number::Int(value) => to.push_str(&value.to_string()),
            Number::Float(value) => to.push_str(&python_float(*value)),
            Number::Decimal(value) => to.push_str(&value.to_text()),
        }
    }
    to.push(')');
    to.extend(range.casts.iter().map(|_| ')'));
    to.push_str(if range.shuffle { ")" } else { "" });
    to.push_str(tags);
}

/// A text that means the same override again, in the same dialect.
///
/// A range that was sorted by Hydra 1.4 may hold decimals of more digits than a float has; those
/// alone come back rounded.
///
/// # Examples
///
/// ```
/// use runcube_core::grammar::{Dialect, parse};
///
/// let parsed = parse("+x=[ 1e-3, 'a b' , {k: a b}]", Dialect::default())?;
/// assert_eq!(parsed.to_string(), r"+x=[0.001,'a b',{k:a\ b}]");
/// assert_eq!(parse(&parsed.to_string(), Dialect::default())?, parsed);
/// # Ok::<(), runcube_core::error::Error>(())
/// ```
impl fmt::Display for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.prefix.as_str(), self.key_text())?;
        match &self.value {
            Some(value) => write!(f, "={value}"),
            None => Ok(()),
        }
    }
}

/// The text after the `=` that means the same element again.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        write_element(self, Place::Top, &mut text);
        f.write_str(&text)
    }
}
