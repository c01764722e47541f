//! Scalars: bare text and quoted strings, and the types of bare text.
//!
//! ```text
//! int   : [+-]? ('0' | [1-9] ('_'? [0-9])*)
//! float : [+-]? (int '.' | int? '.' digits | (either) [eE] [+-]? digits | inf | nan)
//! bool, null, inf, nan in any case
//! ```
//!
//! Bare text of several tokens is a string: `01`, `1_`, `a b`, `1:2`. Blanks around it are
//! dropped, except next to a colon, which takes them as its own.

use crate::error::Result;
use crate::value::Value;

use super::ast::{Element, Quote};
use super::cursor::{Cursor, is_blank, is_escapable, is_unquoted, is_word};

/// The most digits that Python turns into an integer.
const MAX_DIGITS: usize = 4300;

/// Reads bare text or a quoted string.
pub(crate) fn primitive(cursor: &mut Cursor<'_>) -> Result<Element> {
    match cursor.peek() {
        Some(b'\'') => quoted(cursor, Quote::Single),
        Some(b'"') => quoted(cursor, Quote::Double),
        _ => bare(cursor, false).map(Element::Scalar),
    }
}

/// Reads the key of a mapping: bare text without colons and interpolations.
pub(crate) fn map_key(cursor: &mut Cursor<'_>) -> Result<Value> {
    bare(cursor, true)
}

fn bare(cursor: &mut Cursor<'_>, in_key: bool) -> Result<Value> {
    let start = cursor.at();
    // Where the last token ended that is not blanks.
    let mut end = start;
    let mut text = String::new();
    let mut copied = start;
    let mut escaped = false;
    while let Some(byte) = cursor.peek() {
        match byte {
            b'\\' if cursor.ahead(1).is_some_and(is_escapable) => {
                text.push_str(cursor.slice(copied, cursor.at()));
                copied = cursor.at().saturating_add(1);
                escaped = true;
                cursor.bump(2);
            }
            b'$' if cursor.ahead(1) == Some(b'{') => {
                let length = interpolation_length(cursor.rest());
                if length > 0 && in_key {
                    let end = cursor.at().saturating_add(length);
                    let message = "an interpolation cannot stand in the key of a mapping";
                    return Err(cursor.fail(cursor.at(), end, message));
                }
                cursor.bump(length.max(1));
            }
            b':' if !in_key => {
                cursor.bump(1);
                cursor.skip_blanks();
            }
            _ if is_blank(byte) => {
                if matches!(cursor.after_blanks(), Some(b',' | b')' | b']' | b'}' | b'(' | b'=')) {
                    break;
                }
                cursor.skip_blanks();
                continue;
            }
            _ if is_word(byte) || is_unquoted(byte) => cursor.bump(1),
            _ => break,
        }
        end = cursor.at();
    }
    if end == start {
        let what = if in_key { "the key of a mapping" } else { "a value" };
        return Err(cursor.unexpected(what));
    }
    if escaped {
        text.push_str(cursor.slice(copied, end));
        return Ok(Value::text(text));
    }
    let text = cursor.slice(start, end);
    typed(text).ok_or_else(|| {
        let message = format!("an integer of more than {MAX_DIGITS} digits, which Hydra refuses");
        cursor.fail(start, end, message)
    })
}

/// The length of the interpolation that the text starts with, 0 without one: up to the first `}`,
/// as Hydra's lexer has it (nested ones must be quoted).
fn interpolation_length(text: &str) -> usize {
    match text.bytes().position(|byte| byte == b'}') {
        Some(at) if at > 2 => at.saturating_add(1),
        _ => 0,
    }
}

fn quoted(cursor: &mut Cursor<'_>, quote: Quote) -> Result<Element> {
    let start = cursor.at();
    cursor.bump(1);
    let mark = quote.as_char();
    let mut text = String::new();
    let mut backslashes: usize = 0;
    for (at, character) in cursor.rest().char_indices() {
        if character == '\\' {
            backslashes = backslashes.saturating_add(1);
            continue;
        }
        // Only backslashes right before the quote are escapes; elsewhere they are themselves.
        let kept = if character == mark { backslashes / 2 } else { backslashes };
        text.extend(std::iter::repeat_n('\\', kept));
        if character == mark && backslashes.is_multiple_of(2) {
            cursor.bump(at.saturating_add(1));
            return Ok(Element::Quoted { text: text.into(), quote });
        }
        backslashes = 0;
        text.push(character);
    }
    let end = cursor.text().len();
    Err(cursor.fail(start, end, format!("expected a closing `{mark}`")))
}

/// The typed value of bare text without escapes; `None` for an integer beyond Python's bound.
pub(crate) fn typed(text: &str) -> Option<Value> {
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(|first| {
        first.is_ascii_digit()
            || matches!(first, b'+' | b'-' | b'.' | b't' | b'T' | b'f' | b'F')
            || matches!(first, b'n' | b'N' | b'i' | b'I')
    }) {
        return Some(Value::text(text));
    }
    if text.eq_ignore_ascii_case("null") {
        return Some(Value::Null);
    }
    if text.eq_ignore_ascii_case("true") {
        return Some(Value::Bool(true));
    }
    if text.eq_ignore_ascii_case("false") {
        return Some(Value::Bool(false));
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text).as_bytes();
    let digits = unsigned_length(unsigned);
    if digits > 0 && digits == unsigned.len() {
        let text = text.replace('_', "");
        let count = text.trim_start_matches(['+', '-']).len();
        return if count > MAX_DIGITS { None } else { Value::integer(&text) };
    }
    if is_float(unsigned) {
        return Some(
            text.replace('_', "").parse().map_or_else(|_| Value::text(text), Value::Float),
        );
    }
    Some(Value::text(text))
}

/// The length of the unsigned integer (`INT_UNSIGNED`) that the bytes start with.
pub(crate) fn unsigned_length(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(b'0') => 1,
        Some(byte) if byte.is_ascii_digit() => digits_length(bytes),
        _ => 0,
    }
}

/// The length of `digit ('_'? digit)*` at the start of the bytes.
fn digits_length(bytes: &[u8]) -> usize {
    let mut end = 0;
    let mut under = true;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'_' if !under => under = true,
            _ if byte.is_ascii_digit() => {
                under = false;
                end = at.saturating_add(1);
            }
            _ => break,
        }
    }
    end
}

/// Whether the bytes are a float of the grammar, without its sign.
fn is_float(bytes: &[u8]) -> bool {
    if bytes.eq_ignore_ascii_case(b"inf") || bytes.eq_ignore_ascii_case(b"nan") {
        return true;
    }
    let whole = unsigned_length(bytes);
    let mut rest = bytes.get(whole..).unwrap_or_default();
    let mut point = false;
    if let Some((b'.', after)) = rest.split_first() {
        let digits = digits_length(after);
        if whole == 0 && digits == 0 {
            return false;
        }
        point = true;
        rest = after.get(digits..).unwrap_or_default();
    } else if whole == 0 {
        return false;
    }
    match rest.split_first() {
        None => point,
        Some((b'e' | b'E', exponent)) => {
            let digits = match exponent.split_first() {
                Some((b'+' | b'-', digits)) => digits,
                _ => exponent,
            };
            !digits.is_empty() && digits_length(digits) == digits.len()
        }
        Some(_) => false,
    }
}

/// The value of an override's text after the `=`, where it is one plain word or number without
/// blanks, escapes, quotes, colons or interpolations; `None` for everything else, which
/// [`parse`](super::parse) reads.
///
/// # Examples
///
/// ```
/// use runcube_core::grammar::parse_value_quick;
/// use runcube_core::value::Value;
///
/// assert_eq!(parse_value_quick(b"1e-3"), Some(Value::Float(1e-3)));
/// assert_eq!(parse_value_quick(b"resnet-50"), Some(Value::text("resnet-50")));
/// assert_eq!(parse_value_quick(b"[1]"), None);
/// ```
#[must_use]
pub fn parse_value_quick(bytes: &[u8]) -> Option<Value> {
    let quick = |byte: &u8| {
        is_word(*byte) || matches!(*byte, b'/' | b'+' | b'.' | b'%' | b'*' | b'@' | b'?' | b'|')
    };
    if bytes.is_empty() || !bytes.iter().all(quick) {
        return None;
    }
    typed(std::str::from_utf8(bytes).ok()?)
}
