//! What an event says, by the field numbers of TensorFlow's `event.proto`, `summary.proto` and
//! `tensor.proto`.

use super::message::{Content, for_each, varint};
use crate::error::Result;
use crate::metric::text::corrupt;
use crate::value::exact_float;

/// A scalar of a tag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scalar {
    /// Its value.
    pub value: f64,
    /// Whether it is a `float32` or narrower.
    pub is_single: bool,
}

/// A tag's part of an event.
#[derive(Debug, Default)]
pub struct Value<'b> {
    /// The tag.
    pub tag: &'b str,
    /// The plugin that the tag is for, where the event says it: the first of a tag does.
    pub plugin: Option<&'b str>,
    /// Its value, where it is a scalar.
    pub scalar: Option<Scalar>,
}

/// Reads an event: calls `each` with the step and every tag's part.
///
/// # Errors
///
/// `Corrupt` where the event is none.
pub fn read<'b>(event: &'b [u8], mut each: impl FnMut(i64, Value<'b>)) -> Result<()> {
    let mut step = 0_i64;
    let mut summaries = Vec::new();
    for_each(event, |number, content| {
        match (number, content) {
            (2, Content::Varint(bits)) => step = i64::from_ne_bytes(bits.to_ne_bytes()),
            (5, Content::Bytes(summary)) => summaries.push(summary),
            _ => {}
        }
        Ok(())
    })?;
    for summary in summaries {
        for_each(summary, |number, content| {
            if let (1, Content::Bytes(part)) = (number, content) {
                each(step, value(part)?);
            }
            Ok(())
        })?;
    }
    Ok(())
}

fn value(part: &[u8]) -> Result<Value<'_>> {
    let mut value = Value::default();
    for_each(part, |number, content| {
        match (number, content) {
            (1, Content::Bytes(tag)) => value.tag = text(tag)?,
            (2, Content::Fixed32(bits)) => value.scalar = Some(single(f32::from_le_bytes(bits))),
            (8, Content::Bytes(content)) => value.scalar = tensor(content)?,
            (9, Content::Bytes(metadata)) => value.plugin = plugin(metadata)?.or(value.plugin),
            _ => {}
        }
        Ok(())
    })?;
    Ok(value)
}

fn text(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| corrupt("a tag is not UTF-8"))
}

fn plugin(metadata: &[u8]) -> Result<Option<&str>> {
    let mut name = None;
    for_each(metadata, |number, content| {
        let (1, Content::Bytes(data)) = (number, content) else { return Ok(()) };
        for_each(data, |number, content| {
            if let (1, Content::Bytes(text)) = (number, content) {
                name = Some(self::text(text)?);
            }
            Ok(())
        })
    })?;
    Ok(name)
}

fn single(value: f32) -> Scalar {
    Scalar { value: value.into(), is_single: true }
}

const fn double(value: f64) -> Scalar {
    Scalar { value, is_single: false }
}

/// The scalar that a tensor without dimensions holds; `None` for any other.
fn tensor(tensor: &[u8]) -> Result<Option<Scalar>> {
    let mut kind = 0;
    let mut dimensions = 0;
    let mut raw: &[u8] = &[];
    let mut scalar = None;
    for_each(tensor, |number, content| {
        match (number, content) {
            (1, Content::Varint(code)) => kind = code,
            (2, Content::Bytes(shape)) => for_each(shape, |number, _| {
                dimensions += usize::from(number == 2);
                Ok(())
            })?,
            (4, Content::Bytes(bytes)) => raw = bytes,
            (5, Content::Bytes(bytes)) => {
                scalar = bytes.try_into().ok().map(f32::from_le_bytes).map(single);
            }
            (5, Content::Fixed32(bits)) => scalar = Some(single(f32::from_le_bytes(bits))),
            (6, Content::Bytes(bytes)) => {
                scalar = bytes.try_into().ok().map(f64::from_le_bytes).map(double);
            }
            (6, Content::Fixed64(bits)) => scalar = Some(double(f64::from_le_bytes(bits))),
            (7 | 10, Content::Varint(bits)) => scalar = integer(bits),
            (7 | 10, Content::Bytes(mut bytes)) => {
                scalar = varint(&mut bytes).filter(|_| bytes.is_empty()).and_then(integer);
            }
            _ => {}
        }
        Ok(())
    })?;
    let raw = match kind {
        1 => raw.try_into().ok().map(f32::from_le_bytes).map(single),
        2 => raw.try_into().ok().map(f64::from_le_bytes).map(double),
        3 => raw.try_into().ok().map(i32::from_le_bytes).map(|it| double(it.into())),
        9 => raw.try_into().ok().map(u64::from_le_bytes).and_then(integer),
        _ => return Ok(None),
    };
    Ok(scalar.or(raw).filter(|_| dimensions == 0))
}

/// An integer that a float holds exactly.
fn integer(bits: u64) -> Option<Scalar> {
    exact_float(i64::from_ne_bytes(bits.to_ne_bytes()).into()).map(double)
}
