//! The values in a document that is known to be well formed, and single values at a known place.

use std::ops::Range;

/// What the text of a value says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number with a point or an exponent, or one that JSON lacks.
    Float,
    /// An integer of at most 18 digits.
    Int,
    /// `true` or `false`.
    Bool,
    /// A text without escapes.
    Text,
    /// `null`.
    Null,
}

/// A value that is neither a list nor a mapping.
#[derive(Clone, Debug)]
pub struct Token {
    /// Where it stands, quotes included.
    pub place: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// How many names a well-formed document holds, and its values in order; `None` where one of these
/// is left to the full parser.
pub fn tokens(bytes: &[u8]) -> Option<(usize, Vec<Token>)> {
    let mut names = 0_usize;
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = bytes.get(at..)?;
        let (kind, length) = match byte {
            b'"' => {
                let length = string_length(rest)?;
                let behind = rest.get(length..)?.trim_ascii_start();
                if behind.first() == Some(&b':') {
                    names = names.checked_add(1)?;
                    at = at.checked_add(length)?;
                    continue;
                }
                (Kind::Text, text(rest)?)
            }
            b' ' | b'\t' | b'\n' | b'\r' | b'{' | b'}' | b'[' | b']' | b',' | b':' => {
                at = at.checked_add(1)?;
                continue;
            }
            b't' | b'f' => (Kind::Bool, bool(rest)?.1),
            b'n' => (Kind::Null, 4),
            _ => match float(rest) {
                Some((_, length)) => (Kind::Float, length),
                None => (Kind::Int, int(rest)?.1),
            },
        };
        let end = at.checked_add(length)?;
        tokens.push(Token { place: at..end, kind });
        at = end;
    }
    Some((names, tokens))
}

/// Bytes of the string at the start, quotes included.
fn string_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 1_usize;
    loop {
        match bytes.get(at)? {
            b'"' => return at.checked_add(1),
            b'\\' => at = at.checked_add(2)?,
            _ => at = at.checked_add(1)?,
        }
    }
}

/// Bytes of the text at the start, quotes included; `None` for one with escapes.
pub fn text(bytes: &[u8]) -> Option<usize> {
    let inner = bytes.strip_prefix(b"\"")?;
    let length = inner.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))?;
    let is_closed = inner.get(length) == Some(&b'"');
    let is_text = is_closed && std::str::from_utf8(inner.get(..length)?).is_ok();
    is_text.then(|| length.saturating_add(2))
}

/// The bool at the start, and its length.
pub fn bool(bytes: &[u8]) -> Option<(bool, usize)> {
    if bytes.starts_with(b"true") {
        return Some((true, 4));
    }
    bytes.starts_with(b"false").then_some((false, 5))
}

/// Digits at a place.
fn digits(bytes: &[u8], from: usize) -> usize {
    bytes.get(from..).unwrap_or_default().iter().take_while(|it| it.is_ascii_digit()).count()
}

/// Bytes of the sign and the integer digits at the start.
fn whole_length(bytes: &[u8]) -> Option<usize> {
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let count = digits(bytes, sign);
    let has_leading_zero = count > 1 && bytes.get(sign) == Some(&b'0');
    (count > 0 && !has_leading_zero).then(|| sign.saturating_add(count))
}

/// The integer at the start, and its length; `None` for one of more than 18 digits, and for what
/// goes on as a float.
pub fn int(bytes: &[u8]) -> Option<(i64, usize)> {
    const MOST: usize = 18;
    let length = whole_length(bytes)?;
    let is_float = matches!(bytes.get(length), Some(b'.' | b'e' | b'E'));
    let (negative, digits) = match bytes.get(..length)?.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, bytes.get(..length)?),
    };
    if is_float || digits.len() > MOST {
        return None;
    }
    let int = digits.iter().try_fold(0_i64, |int, digit| {
        int.checked_mul(10)?.checked_add(i64::from(digit.checked_sub(b'0')?))
    })?;
    Some((if negative { int.checked_neg()? } else { int }, length))
}

/// The float at the start, and its length; `None` for what is written as an integer.
pub fn float(bytes: &[u8]) -> Option<(f64, usize)> {
    const NAMED: [(&[u8], f64); 3] =
        [(b"NaN", f64::NAN), (b"Infinity", f64::INFINITY), (b"-Infinity", f64::NEG_INFINITY)];
    let Some(whole) = whole_length(bytes) else {
        let named = NAMED.iter().find(|(name, _)| bytes.starts_with(name));
        return named.map(|(name, float)| (*float, name.len()));
    };
    let mut length = whole;
    if bytes.get(length) == Some(&b'.') {
        let count = digits(bytes, length.checked_add(1)?);
        (count > 0).then_some(())?;
        length = length.checked_add(1)?.checked_add(count)?;
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length.checked_add(1)?), Some(b'+' | b'-')));
        let start = length.checked_add(1)?.checked_add(sign)?;
        let count = digits(bytes, start);
        (count > 0).then_some(())?;
        length = start.checked_add(count)?;
    }
    if length == whole {
        return None;
    }
    let text = std::str::from_utf8(bytes.get(..length)?).ok()?;
    Some((text.parse().ok()?, length))
}
