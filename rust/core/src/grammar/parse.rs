//! The parser: one function for each rule, one look ahead.

use std::collections::HashMap;

use crate::error::Result;
use crate::value::Value;

use super::ast::{Choice, Dialect, Element, Override, Prefix};
use super::bind::Arguments;
use super::call::evaluate;
use super::cursor::{Cursor, is_word};
use super::key::head;
use super::number::canonical;
use super::primitive::{map_key, primitive, typed};

/// Parses one override as the Hydra of `dialect` does, functions evaluated.
///
/// # Errors
///
/// [`Syntax`](crate::error::ErrorKind::Syntax), with the offending bytes underlined, for what
/// Hydra refuses; [`Limit`](crate::error::ErrorKind::Limit) for containers or calls nested more
/// than 256 deep and for bounds of a range beyond 128 bits.
///
/// # Examples
///
/// ```
/// use runcube_core::grammar::{Dialect, Prefix, parse};
/// use runcube_core::value::Value;
///
/// let parsed = parse("++optim.lr=1e-3", Dialect::Hydra13)?;
/// assert_eq!((parsed.prefix, &*parsed.key), (Prefix::ForceAdd, "optim.lr"));
/// assert_eq!(parsed.value(), Some(Value::Float(1e-3)));
///
/// assert!(parse("lr=0.1)", Dialect::Hydra13).is_err());
/// # Ok::<(), runcube_core::error::Error>(())
/// ```
pub fn parse(text: &str, dialect: Dialect) -> Result<Override> {
    let mut cursor = Cursor::new(text);
    let head = head(&mut cursor, dialect)?;
    let value = if head.equals { Some(value(&mut cursor, dialect)?) } else { None };
    if matches!(value, Some(Element::Extend(_))) && head.prefix != Prefix::None {
        let message = format!(
            "`extend_list` cannot be combined with `{}`: expected a key without a prefix",
            head.prefix.as_str()
        );
        return Err(cursor.fail(0, head.prefix.as_str().len(), message));
    }
    Ok(Override { prefix: head.prefix, key: head.key, package: head.package, value, dialect })
}

/// Everything after the `=`.
fn value(cursor: &mut Cursor<'_>, dialect: Dialect) -> Result<Element> {
    cursor.skip_blanks();
    if cursor.peek().is_none() {
        return Ok(Element::bare(""));
    }
    let first = element(cursor, dialect)?;
    let mut items = Vec::new();
    while cursor.eat(b',', true) {
        items.push(element(cursor, dialect)?);
    }
    if !cursor.rest().is_empty() {
        return Err(cursor.unexpected("`,` or the end"));
    }
    if items.is_empty() {
        return Ok(first);
    }
    items.insert(0, first);
    Ok(Element::Choice(Choice { items, simple: true, shuffle: false, tags: Default::default() }))
}

fn element(cursor: &mut Cursor<'_>, dialect: Dialect) -> Result<Element> {
    match cursor.peek() {
        Some(b'[') => {
            let items = list(cursor, dialect)?;
            Ok(Element::List { items, shuffled: false })
        }
        Some(b'{') => map(cursor, dialect).map(Element::Map),
        _ => match name_before(cursor, b'(') {
            0 => primitive(cursor),
            length => call(cursor, length, dialect),
        },
    }
}

/// The length of the name (`ID`) that stands here with `mark` behind it, 0 without one.
/// `true`, `null`, `inf` and their like are no names.
fn name_before(cursor: &Cursor<'_>, mark: u8) -> usize {
    let rest = cursor.rest();
    let length = rest.bytes().take_while(|byte| is_word(*byte)).count();
    let name = rest.get(..length).unwrap_or_default();
    let starts = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let after = rest.get(length..).unwrap_or_default().trim_start_matches([' ', '\t']);
    let is_name =
        starts && after.bytes().next() == Some(mark) && matches!(typed(name), Some(Value::Str(_)));
    if is_name { length } else { 0 }
}

fn list(cursor: &mut Cursor<'_>, dialect: Dialect) -> Result<Vec<Element>> {
    cursor.enter()?;
    cursor.eat(b'[', true);
    let mut items = Vec::new();
    if !cursor.eat(b']', false) {
        loop {
            items.push(element(cursor, dialect)?);
            if cursor.eat(b']', false) {
                break;
            }
            if !cursor.eat(b',', true) {
                return Err(cursor.unexpected("`,` or `]`"));
            }
        }
    }
    cursor.leave();
    Ok(items)
}

fn map(cursor: &mut Cursor<'_>, dialect: Dialect) -> Result<Vec<(Value, Element)>> {
    cursor.enter()?;
    cursor.eat(b'{', true);
    let mut entries: Vec<(Value, Element)> = Vec::new();
    let mut places = HashMap::new();
    if !cursor.eat(b'}', false) {
        loop {
            let key = map_key(cursor)?;
            if !cursor.eat(b':', true) {
                return Err(cursor.unexpected("`:` after the key of a mapping"));
            }
            let value = element(cursor, dialect)?;
            // As in a Python dict: the first spelling of equal keys stays, the last value counts.
            let place = canonical(&key).map(|key| *places.entry(key).or_insert(entries.len()));
            match place.and_then(|place| entries.get_mut(place)) {
                Some(entry) => entry.1 = value,
                None => entries.push((key, value)),
            }
            if cursor.eat(b'}', false) {
                break;
            }
            if !cursor.eat(b',', true) {
                return Err(cursor.unexpected("`,` or `}`"));
            }
        }
    }
    cursor.leave();
    Ok(entries)
}

fn call(cursor: &mut Cursor<'_>, length: usize, dialect: Dialect) -> Result<Element> {
    cursor.enter()?;
    let start = cursor.at();
    let name = cursor.slice(start, start.saturating_add(length));
    cursor.bump(length);
    cursor.eat(b'(', true);
    let mut arguments = Arguments::default();
    if !cursor.eat(b')', false) {
        loop {
            argument(cursor, &mut arguments, dialect)?;
            if cursor.eat(b')', false) {
                break;
            }
            if !cursor.eat(b',', true) {
                return Err(cursor.unexpected("`,` or `)`"));
            }
        }
    }
    cursor.leave();
    evaluate(name, arguments, dialect)
        .map_err(|error| error.spanned(cursor.text(), start, cursor.at()))
}

fn argument(cursor: &mut Cursor<'_>, to: &mut Arguments, dialect: Dialect) -> Result<()> {
    let start = cursor.at();
    let length = name_before(cursor, b'=');
    let name = cursor.slice(start, start.saturating_add(length));
    cursor.bump(length);
    if length > 0 {
        cursor.eat(b'=', true);
    }
    let value = match element(cursor, dialect)? {
        // A function sees what its arguments say, not how they are quoted.
        Element::Quoted { text, .. } => Element::bare(text),
        other => other,
    };
    if length > 0 {
        to.set(name, value);
    } else if to.has_named() {
        let message = "a positional argument after a named one; put it first";
        return Err(cursor.fail(start, cursor.at(), message));
    } else {
        to.positional.push(value);
    }
    Ok(())
}
