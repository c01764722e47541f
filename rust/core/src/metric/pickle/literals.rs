//! Numbers and texts as the opcodes spell them.

use std::borrow::Cow;

use crate::error::{Error, ErrorKind, Result};
use crate::metric::pickle::input::corrupt;
use crate::metric::pickle::object::Object;
use crate::value::Value;

/// Longest integer, in bytes of two's complement; none longer is plain data to anyone.
const LONGEST_INTEGER: usize = 1024;

/// An integer in decimal digits; a trailing `L` may stand behind it.
pub fn decimal(text: &str, at: usize) -> Result<Object<'static>> {
    let digits = text.trim();
    let digits = digits.strip_suffix('L').unwrap_or(digits);
    from_value(Value::integer(digits)).ok_or_else(|| corrupt(at, "an integer is none"))
}

fn from_value(value: Option<Value>) -> Option<Object<'static>> {
    match value? {
        Value::Int(value) => Some(Object::Int(value)),
        Value::BigInt(digits) => Some(Object::BigInt(digits)),
        _ => None,
    }
}

/// An integer in two's complement, the lowest byte first.
pub fn two_complement(bytes: &[u8], at: usize) -> Result<Object<'static>> {
    if bytes.len() > LONGEST_INTEGER {
        return Err(Error::new(
            ErrorKind::Limit,
            format!(
                "an integer of {} bytes; at most {LONGEST_INTEGER} are read (byte {at})",
                bytes.len()
            ),
        ));
    }
    let negative = bytes.last().is_some_and(|last| *last >= 0x80);
    // The magnitude, highest byte first.
    let mut magnitude: Vec<u8> = bytes.iter().rev().copied().collect();
    if negative {
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            let (sum, over) = (!*byte).overflowing_add(u8::from(carry));
            *byte = sum;
            carry = over;
        }
    }
    let mut digits = Vec::new();
    while magnitude.iter().any(|byte| *byte != 0) {
        let mut rest = 0_u16;
        for byte in &mut magnitude {
            let part = rest << 8 | u16::from(*byte);
            *byte = u8::try_from(part / 10).unwrap_or(0);
            rest = part % 10;
        }
        digits.push(b'0'.saturating_add(u8::try_from(rest).unwrap_or(0)));
    }
    if negative {
        digits.push(b'-');
    }
    digits.reverse();
    let text = String::from_utf8(digits).unwrap_or_default();
    if text.is_empty() {
        return Ok(Object::Int(0));
    }
    decimal(&text, at)
}

/// A float in decimal digits.
pub fn float(text: &str, at: usize) -> Result<Object<'static>> {
    text.trim().parse().map(Object::Float).map_err(|_| corrupt(at, "a float is none"))
}

/// Text in UTF-8; surrogates that stand alone make it something that no metric holds.
pub fn text(bytes: &[u8]) -> Object<'_> {
    std::str::from_utf8(bytes)
        .map_or(Object::Foreign("a text that is not valid UTF-8"), |text| Object::Text(text.into()))
}

/// A byte string that old writers meant as text: text where it is ASCII.
pub fn old_text(bytes: Cow<'_, [u8]>) -> Object<'_> {
    match bytes {
        Cow::Borrowed(bytes) if bytes.is_ascii() => text(bytes),
        Cow::Owned(bytes) if bytes.is_ascii() => {
            Object::Text(String::from_utf8(bytes).unwrap_or_default().into())
        }
        other => Object::Bytes(other),
    }
}

/// Text in which `\uXXXX` and `\UXXXXXXXX` are escapes and every other byte is its own character.
pub fn raw_unicode(line: &[u8], at: usize) -> Result<Object<'static>> {
    let mut text = String::with_capacity(line.len());
    let mut bytes = line.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let width = match (byte, bytes.peek()) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            _ => {
                text.push(char::from(byte));
                continue;
            }
        };
        bytes.next();
        let mut point = 0_u32;
        for _ in 0..width {
            let digit = bytes.next().and_then(|byte| char::from(byte).to_digit(16));
            let digit = digit.ok_or_else(|| corrupt(at, "an escape of a text is none"))?;
            point = point << 4 | digit;
        }
        match char::from_u32(point) {
            Some(character) => text.push(character),
            None => return Ok(Object::Foreign("a text that is not valid UTF-8")),
        }
    }
    Ok(Object::Text(text.into()))
}

/// A byte string as a literal in quotes.
pub fn quoted(line: &[u8], at: usize) -> Result<Object<'static>> {
    let bad = || corrupt(at, "a quoted string is none");
    let line = line.trim_ascii();
    let inner = match line {
        [quote @ (b'"' | b'\''), inner @ .., end] if quote == end => inner,
        _ => return Err(bad()),
    };
    let mut found = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            found.push(byte);
            continue;
        }
        match bytes.next().ok_or_else(bad)? {
            b'n' => found.push(b'\n'),
            b't' => found.push(b'\t'),
            b'r' => found.push(b'\r'),
            b'a' => found.push(7),
            b'b' => found.push(8),
            b'f' => found.push(12),
            b'v' => found.push(11),
            same @ (b'\\' | b'\'' | b'"') => found.push(same),
            b'x' => {
                let mut digit = || {
                    let digit = bytes.next().and_then(|byte| char::from(byte).to_digit(16));
                    digit.and_then(|digit| u8::try_from(digit).ok()).ok_or_else(bad)
                };
                found.push(digit()? << 4 | digit()?);
            }
            first @ b'0'..=b'7' => {
                let mut value = u32::from(first - b'0');
                for _ in 0..2 {
                    let Some(next @ b'0'..=b'7') = bytes.peek().copied() else { break };
                    value = value << 3 | u32::from(next - b'0');
                    bytes.next();
                }
                found.push(u8::try_from(value).map_err(|_| bad())?);
            }
            _ => return Err(bad()),
        }
    }
    Ok(old_text(Cow::Owned(found)))
}
