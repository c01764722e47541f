//! The reader: one pass over the bytes of a text, to a depth that no stack minds.
//!
//! Source of the grammar: RFC 8259, with Python's three names of numbers.

use std::collections::HashMap;

use crate::error::{Error, ErrorKind};
use crate::value::Value;

/// Levels of lists and mappings in each other.
const DEEPEST: usize = 128;
/// Digits of an integer: as many as Python turns into one.
const MOST_DIGITS: usize = 4300;
/// Entries up to which names are compared one by one.
const FEW: usize = 16;

/// Why a text is no JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The byte at which it shows.
    pub at: usize,
    /// What is wrong there.
    pub message: &'static str,
    /// What kind of fault it is.
    pub kind: FaultKind,
}

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The text ends, and with more behind it might have been well formed.
    Cut,
    /// No text goes on like this.
    Wrong,
    /// It is well formed so far, and beyond a bound.
    Limit,
}

impl Fault {
    /// The error that the fault of this text amounts to; `kind` for all but a bound.
    #[must_use]
    pub fn error(&self, kind: ErrorKind, text: &str) -> Error {
        let before = text.get(..self.at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let kind = if self.kind == FaultKind::Limit { ErrorKind::Limit } else { kind };
        Error::new(kind, format!("no JSON: {} at line {line} column {column}", self.message))
    }
}

/// Reads a text that is one document.
///
/// # Errors
///
/// The first fault.
pub fn document(text: &str) -> Result<Value, Fault> {
    let (value, end) = first(text)?;
    if end < text.len() {
        return Err(Fault {
            at: end,
            message: "the document ends, and the text goes on",
            kind: FaultKind::Wrong,
        });
    }
    Ok(value)
}

/// Reads the first document of a text, and says where what follows it starts.
///
/// # Errors
///
/// The first fault in that document.
pub fn first(text: &str) -> Result<(Value, usize), Fault> {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0 };
    reader.blanks();
    let value = reader.value(0)?;
    reader.blanks();
    Ok((value, reader.at))
}

type Read<T> = Result<T, Fault>;

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// A fault here; a cut where the text ends here.
    fn fault<T>(&self, message: &'static str) -> Read<T> {
        let kind = if self.at < self.bytes.len() { FaultKind::Wrong } else { FaultKind::Cut };
        Err(Fault { at: self.at, message, kind })
    }

    fn slice(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn value(&mut self, depth: usize) -> Read<Value> {
        match self.peek() {
            Some(b'"') => Ok(Value::Str(self.string()?)),
            Some(b'{' | b'[') if depth >= DEEPEST => Err(Fault {
                at: self.at,
                message: "lists and mappings are nested deeper than 128 levels",
                kind: FaultKind::Limit,
            }),
            Some(b'{') => self.mapping(depth),
            Some(b'[') => self.list(depth),
            Some(b'-') if self.bytes.get(self.at + 1) == Some(&b'I') => {
                self.literal("-Infinity", Value::Float(f64::NEG_INFINITY))
            }
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true", Value::Bool(true)),
            Some(b'f') => self.literal("false", Value::Bool(false)),
            Some(b'n') => self.literal("null", Value::Null),
            Some(b'N') => self.literal("NaN", Value::Float(f64::NAN)),
            Some(b'I') => self.literal("Infinity", Value::Float(f64::INFINITY)),
            _ => self.fault("expected a value"),
        }
    }

    fn literal(&mut self, name: &str, value: Value) -> Read<Value> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.starts_with(name.as_bytes()) {
            self.at += name.len();
            return Ok(value);
        }
        if name.as_bytes().starts_with(rest) {
            self.at = self.bytes.len();
        }
        self.fault("expected a value")
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Read<Value> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let digits = self.digits();
        if digits == 0 {
            return self.fault("expected a digit");
        }
        if leading_zero && digits > 1 {
            self.at = start;
            return self.fault("a number has leading zeros");
        }
        let mut is_integer = true;
        if self.peek() == Some(b'.') {
            is_integer = false;
            self.at += 1;
            if self.digits() == 0 {
                return self.fault("expected a digit after the point");
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            is_integer = false;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return self.fault("expected a digit of the exponent");
            }
        }
        let text = self.slice(start);
        let value = match is_integer {
            true if digits > MOST_DIGITS => {
                return Err(Fault {
                    at: start,
                    message: "an integer has more than 4300 digits",
                    kind: FaultKind::Limit,
                });
            }
            true => Value::integer(text),
            // Rounds correctly, and beyond the largest number to infinity, as Python does.
            false => text.parse().ok().map(Value::Float),
        };
        value.map_or_else(|| self.fault("expected a number"), Ok)
    }

    fn string(&mut self) -> Read<Box<str>> {
        self.at += 1;
        let start = self.at;
        self.plain_characters();
        if self.peek() == Some(b'"') {
            let text = self.slice(start);
            self.at += 1;
            return Ok(text.into());
        }
        let mut text = self.slice(start).to_owned();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text.into());
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return self.fault("a control character stands in a string"),
                None => return self.fault("the string is not closed"),
            }
            let start = self.at;
            self.plain_characters();
            text.push_str(self.slice(start));
        }
    }

    /// Passes what stands for itself in a string.
    fn plain_characters(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += rest
            .iter()
            .position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))
            .unwrap_or(rest.len());
    }

    fn escape(&mut self) -> Read<char> {
        self.at += 1;
        let simple = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.code_point();
            }
            _ => return self.fault("an escape in a string is none of JSON's"),
        };
        self.at += 1;
        Ok(simple)
    }

    fn code_point(&mut self) -> Read<char> {
        const LONE: &str = "half of a surrogate pair stands alone, which is no character";
        let start = self.at;
        let unit = self.code_unit()?;
        let mut units = vec![unit];
        if (0xd800..0xdc00).contains(&unit) {
            for expected in [b'\\', b'u'] {
                if self.peek() != Some(expected) {
                    return self.fault(LONE);
                }
                self.at += 1;
            }
            units.push(self.code_unit()?);
        }
        match char::decode_utf16(units).next() {
            Some(Ok(character)) => Ok(character),
            _ => {
                self.at = start;
                self.fault(LONE)
            }
        }
    }

    fn code_unit(&mut self) -> Read<u16> {
        let mut unit = 0_u16;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            match digit.and_then(|digit| u16::try_from(digit).ok()) {
                Some(digit) => unit = unit << 4 | digit,
                None => return self.fault("expected four hexadecimal digits after `\\u`"),
            }
            self.at += 1;
        }
        Ok(unit)
    }

    fn list(&mut self, depth: usize) -> Read<Value> {
        self.at += 1;
        self.blanks();
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::List(items));
                }
                _ => return self.fault("expected `,` or `]`"),
            }
            self.blanks();
        }
    }

    fn mapping(&mut self, depth: usize) -> Read<Value> {
        self.at += 1;
        self.blanks();
        let mut entries = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Map(entries));
        }
        loop {
            if self.peek() != Some(b'"') {
                return self.fault("expected a name in double quotes");
            }
            let name = self.string()?;
            self.blanks();
            if self.peek() != Some(b':') {
                return self.fault("expected `:`");
            }
            self.at += 1;
            self.blanks();
            entries.push((Value::Str(name), self.value(depth + 1)?));
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Map(last_of_each(entries)));
                }
                _ => return self.fault("expected `,` or `}`"),
            }
            self.blanks();
        }
    }
}

/// Of equal names the last value, in the first one's place, as in a mapping of Python.
fn last_of_each(entries: Vec<(Value, Value)>) -> Vec<(Value, Value)> {
    let few = entries.len() <= FEW;
    let distinct = few
        && entries
            .iter()
            .enumerate()
            .all(|(at, (name, _))| entries.iter().take(at).all(|(other, _)| other != name));
    if distinct {
        return entries;
    }
    let mut places: HashMap<Value, usize> = HashMap::with_capacity(entries.len());
    let mut kept: Vec<(Value, Value)> = Vec::with_capacity(entries.len());
    for (name, value) in entries {
        match places.get(&name).and_then(|at| kept.get_mut(*at)) {
            Some(slot) => slot.1 = value,
            None => {
                places.insert(name.clone(), kept.len());
                kept.push((name, value));
            }
        }
    }
    kept
}
