//! The part before the value: prefix, key, package, `=`.
//!
//! ```text
//! key     : (package | ID ('/' ID)+) ('@' package)?   or, in Hydra 1.4, a value path
//! package : nothing | name | part ('.' part)+         part: a name or an unsigned int
//! name    : [A-Za-z_$][A-Za-z0-9_$-]*                 ID: the same without $
//! path    : segments joined by '.', with '[…]' behind them and '\.' '\[' '\]' '\=' in them
//! ```

use crate::error::Result;

use super::ast::{Dialect, Prefix};
use super::cursor::{Cursor, is_word};
use super::primitive::unsigned_length;

/// What stands before the value.
pub(crate) struct Head {
    pub(crate) prefix: Prefix,
    pub(crate) key: Box<str>,
    pub(crate) package: Option<Box<str>>,
    /// Whether an `=` follows; without one (`~key`) there is no value.
    pub(crate) equals: bool,
}

/// Reads up to and including the `=`.
pub(crate) fn head(cursor: &mut Cursor<'_>, dialect: Dialect) -> Result<Head> {
    let prefix = match (cursor.peek(), cursor.ahead(1)) {
        (Some(b'~'), _) => Prefix::Delete,
        (Some(b'+'), Some(b'+')) => Prefix::ForceAdd,
        (Some(b'+'), _) => Prefix::Add,
        _ => Prefix::None,
    };
    cursor.bump(prefix.as_str().len());
    let start = cursor.at();
    let length = key_length(cursor.rest(), dialect);
    let end = start.saturating_add(length.unwrap_or(cursor.rest().len()));
    let text = cursor.slice(start, end);
    let (key, package) = match text.split_once('@') {
        Some((key, package)) => (key, Some(package)),
        None => (text, None),
    };
    let is_path = dialect == Dialect::Hydra14 && package.is_none() && is_value_path(key);
    if !is_path {
        let key_end = start.saturating_add(key.len());
        if !is_package(key) && !is_group(key) {
            return Err(bad_key(cursor, start, key_end, "key"));
        }
        if let Some(package) = package
            && !is_package(package)
        {
            return Err(bad_key(cursor, key_end.saturating_add(1), end, "package"));
        }
    }
    cursor.jump(end);
    if length.is_none() && prefix != Prefix::Delete {
        return Err(cursor.fail(end, end, "expected `=` after the key, found the end"));
    }
    cursor.bump(1);
    Ok(Head { prefix, key: key.into(), package: package.map(Into::into), equals: length.is_some() })
}

/// The length of the key in bytes: what stands before the first `=` that is not escaped.
fn key_length(text: &str, dialect: Dialect) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'=' && !escaped;
        escaped = byte == b'\\' && dialect == Dialect::Hydra14;
        ends
    })
}

fn bad_key(cursor: &Cursor<'_>, start: usize, end: usize, what: &str) -> crate::error::Error {
    let text = cursor.slice(start, end);
    let bad = text.char_indices().find(|(_, character)| {
        !u8::try_from(*character)
            .is_ok_and(|byte| is_word(byte) || matches!(byte, b'$' | b'.' | b'/'))
    });
    match bad {
        Some((at, character)) => {
            let at = start.saturating_add(at);
            let message = format!("`{}` cannot stand in a {what}", character.escape_debug());
            cursor.fail(at, at.saturating_add(character.len_utf8()), message)
        }
        None => {
            let expected = "expected names joined by `.`, or by `/` for a config group";
            cursor.fail(start, end, format!("`{text}` is no {what}: {expected}"))
        }
    }
}

/// The rule `package`.
fn is_package(text: &str) -> bool {
    let mut parts = text.split('.');
    match (parts.next(), parts.next()) {
        (Some(""), None) => true,
        (Some(only), None) => is_name(only),
        _ => text.split('.').all(is_part),
    }
}

/// The rule `ID ('/' ID)+`.
fn is_group(text: &str) -> bool {
    text.contains('/') && text.split('/').all(|part| is_name(part) && !part.contains('$'))
}

/// `KEY_SPECIAL`.
fn is_name(text: &str) -> bool {
    text.bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$'))
        && text.bytes().all(|byte| is_word(byte) || byte == b'$')
}

fn is_part(text: &str) -> bool {
    is_name(text) || (!text.is_empty() && unsigned_length(text.as_bytes()) == text.len())
}

/// What kind of segment a value path has last.
#[derive(PartialEq)]
enum Segment {
    Plain,
    Escaped,
    Bracket,
}

/// The rule `VALUE_PATH`: at least one bracket or escape, and no bracket right behind a leading
/// integer.
fn is_value_path(text: &str) -> bool {
    let mut rest = text;
    let (mut special, mut first, mut before) = (false, true, true);
    while first || !rest.is_empty() {
        let kind = if !first && rest.starts_with('[') {
            let Some(length) = bracket_length(rest) else { return false };
            rest = rest.get(length..).unwrap_or_default();
            Segment::Bracket
        } else {
            if !first {
                let Some(after) = rest.strip_prefix('.') else { return false };
                rest = after;
            }
            let length = segment_length(rest);
            let segment = rest.get(..length).unwrap_or_default();
            rest = rest.get(length..).unwrap_or_default();
            if segment.contains('\\') {
                Segment::Escaped
            } else if is_part(segment) {
                Segment::Plain
            } else {
                return false;
            }
        };
        if kind == Segment::Bracket && !special && !before {
            return false;
        }
        special |= kind != Segment::Plain;
        // Whether a bracket may come next as the first special thing: not behind a lone integer.
        before = !(first && text.bytes().next().is_some_and(|byte| byte.is_ascii_digit()));
        first = false;
    }
    special
}

/// The bytes of `KEY_CHAR` and `KEY_ESCAPE` from the start on.
fn segment_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at: usize = 0;
    while let Some(byte) = bytes.get(at) {
        let next = bytes.get(at.saturating_add(1));
        if is_word(*byte) || *byte == b'$' {
            at = at.saturating_add(1);
        } else if *byte == b'\\' && matches!(next, Some(b'.' | b'[' | b']' | b'=')) {
            at = at.saturating_add(2);
        } else {
            break;
        }
    }
    at
}

fn bracket_length(text: &str) -> Option<usize> {
    let inner = segment_length(text.get(1..)?);
    let close = inner.checked_add(1)?;
    (inner > 0 && text.as_bytes().get(close) == Some(&b']')).then(|| close.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_paths_hold_a_bracket_or_an_escape() {
        for path in ["a[0]", "a.0[b][1].c", r"0\.1", r"-\.", r"0.a\.b", r"a[\.]", "0.1[2]"] {
            assert!(is_value_path(path), "{path}");
        }
        for text in
            ["", "a", "a.b", "0[1]", "a[]", "a[0]b", "a[0].1a", "a[0].", "[0]", r"a\b", "a.[0]"]
        {
            assert!(!is_value_path(text), "{text}");
        }
    }

    #[test]
    fn keys_end_at_the_first_equals_sign_that_is_not_escaped() {
        assert_eq!(key_length(r"a\=b=c", Dialect::Hydra14), Some(4));
        assert_eq!(key_length(r"a\=b=c", Dialect::Hydra13), Some(2));
        assert_eq!(key_length("a", Dialect::Hydra14), None);
    }
}
