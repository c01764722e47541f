//! The NPY format: a magic string, a version, a Python dictionary literal, raw elements.
//!
//! ```text
//! \x93NUMPY  major minor  length  {'descr': '<f8', 'fortran_order': False, 'shape': (3,), }  data
//! ```
//!
//! Source: `numpy.lib.format` (versions 1, 2 and 3, which differ in the width of `length` and in
//! the encoding of the dictionary).

use crate::array::{DType, TimeUnit, element_count};
use crate::error::{Error, ErrorKind, Result};
use crate::metric::cell::{Cell, Container, Data, Element, Form};

const MAGIC: &[u8] = b"\x93NUMPY";

/// Longest header that is read; numpy itself refuses longer ones than 10,000 by default.
const LONGEST_HEADER: usize = 64 * 1024;

/// Most dimensions of an array, as in numpy.
const MOST_DIMENSIONS: usize = 64;

/// Most texts without a character, which take no bytes of the file.
const MOST_EMPTY: usize = 1 << 20;

/// What the elements are, as the `descr` of a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Numbers, bools or times.
    Number(DType),
    /// Text of so many code points each.
    Unicode(usize),
    /// Byte strings of so many bytes each.
    Bytes(usize),
}

impl Kind {
    /// The elements that a `descr` such as `<f8` names, and whether they are in the other byte order
    /// than this machine's.
    ///
    /// # Errors
    ///
    /// `Unsupported`, naming it.
    pub fn parse(descr: &str) -> Result<(Self, bool)> {
        parse_descr(descr)
    }
}

/// A parsed header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the elements are.
    pub kind: Kind,
    /// Whether the elements are in the other byte order than this machine's.
    pub swapped: bool,
    /// Whether the first axis varies fastest.
    pub fortran_order: bool,
    /// Lengths of the dimensions.
    pub shape: Vec<usize>,
    /// Where the elements start, in bytes.
    pub data_start: usize,
}

impl Header {
    /// Reads the header of an NPY file.
    ///
    /// # Errors
    ///
    /// `Corrupt` naming the byte where the header is none, `Unsupported` for object and
    /// structured arrays, `Limit` for a header beyond its bound.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        if bytes.get(..MAGIC.len()) != Some(MAGIC) {
            return Err(corrupt(0, "an NPY file starts with `\\x93NUMPY`"));
        }
        let field = |from: usize, to: usize| {
            bytes.get(from..to).ok_or_else(|| corrupt(bytes.len(), "the header is cut off"))
        };
        let (length, start) = match field(6, 8)? {
            [1, _] => {
                let raw = field(8, 10)?.try_into().unwrap_or_default();
                (usize::from(u16::from_le_bytes(raw)), 10_usize)
            }
            [2 | 3, _] => {
                let raw = field(8, 12)?.try_into().unwrap_or_default();
                (usize::try_from(u32::from_le_bytes(raw)).unwrap_or(usize::MAX), 12)
            }
            _ => return Err(corrupt(6, "NPY versions 1, 2 and 3 are known")),
        };
        if length > LONGEST_HEADER {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("the NPY header claims {length} bytes; at most {LONGEST_HEADER} are read"),
            ));
        }
        let data_start = start.saturating_add(length);
        let text = std::str::from_utf8(field(start, data_start)?)
            .map_err(|_| corrupt(start, "the NPY header is no text"))?;
        let bad = |what: &str| corrupt(start, &format!("the NPY header {what}: `{}`", text.trim()));
        let descr = entry(text, "descr").ok_or_else(|| bad("has no `descr`"))?;
        let descr = match descr.strip_prefix(['\'', '"']) {
            Some(rest) => rest.split(['\'', '"']).next().unwrap_or_default(),
            None => {
                return Err(Error::new(ErrorKind::Unsupported, "structured arrays are not read"));
            }
        };
        let (kind, swapped) = parse_descr(descr)?;
        let order = entry(text, "fortran_order").ok_or_else(|| bad("has no `fortran_order`"))?;
        let fortran_order = match order {
            _ if order.starts_with("True") => true,
            _ if order.starts_with("False") => false,
            _ => return Err(bad("has an odd `fortran_order`")),
        };
        let shape = entry(text, "shape")
            .and_then(|rest| rest.strip_prefix('('))
            .and_then(|rest| rest.split_once(')'))
            .ok_or_else(|| bad("has no `shape`"))?
            .0
            .split(',')
            .map(str::trim)
            .filter(|length| !length.is_empty())
            .map(|length| length.trim_end_matches('L').parse::<usize>())
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|_| bad("has an odd `shape`"))?;
        if shape.len() > MOST_DIMENSIONS {
            return Err(bad("has too many dimensions"));
        }
        Ok(Self { kind, swapped, fortran_order, shape, data_start })
    }

    /// Bytes of one element.
    #[must_use]
    pub fn item_size(&self) -> usize {
        match self.kind {
            Kind::Number(dtype) => dtype.size(),
            Kind::Unicode(width) => width.saturating_mul(4),
            Kind::Bytes(width) => width,
        }
    }

    /// Bytes of all elements.
    ///
    /// # Errors
    ///
    /// `Limit` where they are more than can be counted.
    pub fn data_len(&self) -> Result<usize> {
        element_count(&self.shape).and_then(|count| count.checked_mul(self.item_size())).ok_or_else(
            || {
                let shape = &self.shape;
                Error::new(ErrorKind::Limit, format!("the NPY header claims the shape {shape:?}"))
            },
        )
    }
}

/// Reads a whole NPY file as one cell.
///
/// # Errors
///
/// As [`Header::parse`], and `Corrupt` naming the byte where the data end too early or too late.
pub fn parse(bytes: &[u8]) -> Result<Cell> {
    let header = Header::parse(bytes)?;
    let expected = header.data_len()?;
    let data = bytes.get(header.data_start..).unwrap_or_default();
    if data.len() != expected {
        return Err(corrupt(
            bytes.len().min(header.data_start.saturating_add(expected)),
            &format!("the array takes {expected} bytes, and {} are there", data.len()),
        ));
    }
    header.cell(data.to_vec())
}

impl Header {
    /// The array whose elements are `data`, as many bytes as [`Header::data_len`] says.
    ///
    /// # Errors
    ///
    /// `Corrupt` where an element is none of its type, `Limit` for countless empty texts.
    pub fn cell(self, mut data: Vec<u8>) -> Result<Cell> {
        let size = self.item_size();
        if self.swapped {
            swap_bytes(&mut data, &self.kind);
        }
        if self.fortran_order && self.shape.len() > 1 {
            data = to_c_order(&data, size, &self.shape);
        }
        let Self { kind, shape, data_start, .. } = self;
        let count = element_count(&shape).unwrap_or(usize::MAX);
        if size == 0 && count > MOST_EMPTY {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("{count} empty texts; at most {MOST_EMPTY} are read"),
            ));
        }
        Ok(match kind {
            Kind::Number(DType::Bool) => {
                if let Some(at) = data.iter().position(|byte| *byte > 1) {
                    return Err(corrupt(data_start.saturating_add(at), "a bool is 0 or 1"));
                }
                Cell::numbers(DType::Bool, shape, Container::Array, data)
            }
            Kind::Number(dtype) => Cell::numbers(dtype, shape, Container::Array, data),
            Kind::Unicode(_) => {
                let texts = if size == 0 {
                    vec!["".into(); count]
                } else {
                    data.chunks_exact(size).map(unicode).collect::<Result<_>>()?
                };
                Cell::texts(shape, Container::Array, texts)
            }
            Kind::Bytes(_) => {
                let strings = if size == 0 {
                    vec![Box::default(); count]
                } else {
                    data.chunks_exact(size).map(|item| trim_zeros(item, 1).into()).collect()
                };
                Cell {
                    form: Form { element: Element::Bytes, shape, container: Container::Array },
                    data: Data::Bytes(strings),
                }
            }
        })
    }
}

fn corrupt(byte: usize, what: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("{what} (byte {byte})"))
}

/// What stands behind `'key':` in a dictionary literal.
fn entry<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("'{key}'"))?;
    Some(rest.trim_start().strip_prefix(':')?.trim_start())
}

fn parse_descr(descr: &str) -> Result<(Kind, bool)> {
    let unsupported =
        || Error::new(ErrorKind::Unsupported, format!("arrays of dtype `{descr}` are not read"));
    let (order, rest) = descr.split_at_checked(1).ok_or_else(unsupported)?;
    let (kind, size) = rest.split_at_checked(1).ok_or_else(unsupported)?;
    let native = if cfg!(target_endian = "big") { ">" } else { "<" };
    let swapped = match order {
        "|" | "=" => false,
        "<" | ">" => order != native,
        _ => return Err(unsupported()),
    };
    let width = || size.parse::<usize>().map_err(|_| unsupported());
    let time = || {
        let unit = size.strip_prefix("8[").and_then(|rest| rest.strip_suffix(']'));
        unit.and_then(TimeUnit::from_name).ok_or_else(unsupported)
    };
    let kind = match (kind, size) {
        ("b", "1") => Kind::Number(DType::Bool),
        ("i", "1") => Kind::Number(DType::Int(1)),
        ("i", "2") => Kind::Number(DType::Int(2)),
        ("i", "4") => Kind::Number(DType::Int(4)),
        ("i", "8") => Kind::Number(DType::Int(8)),
        ("u", "1") => Kind::Number(DType::UInt(1)),
        ("u", "2") => Kind::Number(DType::UInt(2)),
        ("u", "4") => Kind::Number(DType::UInt(4)),
        ("u", "8") => Kind::Number(DType::UInt(8)),
        ("f", "2") => Kind::Number(DType::Float(2)),
        ("f", "4") => Kind::Number(DType::Float(4)),
        ("f", "8") => Kind::Number(DType::Float(8)),
        ("c", "8") => Kind::Number(DType::Complex(8)),
        ("c", "16") => Kind::Number(DType::Complex(16)),
        ("M", _) => Kind::Number(DType::Datetime(time()?)),
        ("m", _) => Kind::Number(DType::Timedelta(time()?)),
        ("U", _) => Kind::Unicode(width()?),
        ("S", _) => Kind::Bytes(width()?),
        _ => return Err(unsupported()),
    };
    Ok((kind, swapped))
}

fn swap_bytes(data: &mut [u8], kind: &Kind) {
    let size = match kind {
        Kind::Number(DType::Complex(bytes)) => usize::from(bytes / 2),
        Kind::Number(dtype) => dtype.size(),
        Kind::Unicode(_) => 4,
        Kind::Bytes(_) => 1,
    };
    data.chunks_exact_mut(size).for_each(<[u8]>::reverse);
}

/// The items of an array whose first axis varies fastest, with the last one fastest.
fn to_c_order(data: &[u8], size: usize, shape: &[usize]) -> Vec<u8> {
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = size;
    for length in shape {
        strides.push(stride);
        stride = stride.saturating_mul(*length);
    }
    let mut index = vec![0_usize; shape.len()];
    let mut ordered = Vec::with_capacity(data.len());
    while ordered.len() < data.len() {
        let start: usize = index.iter().zip(&strides).map(|(at, stride)| at * stride).sum();
        ordered.extend_from_slice(data.get(start..start + size).unwrap_or_default());
        for (at, length) in index.iter_mut().zip(shape).rev() {
            *at += 1;
            if at < &mut length.clone() {
                break;
            }
            *at = 0;
        }
    }
    ordered
}

fn trim_zeros(item: &[u8], unit: usize) -> &[u8] {
    let used = item
        .chunks_exact(unit)
        .rposition(|chunk| chunk.iter().any(|byte| *byte != 0))
        .map_or(0, |last| last.saturating_add(1).saturating_mul(unit));
    item.get(..used).unwrap_or_default()
}

fn unicode(item: &[u8]) -> Result<Box<str>> {
    trim_zeros(item, 4)
        .chunks_exact(4)
        .map(|point| char::from_u32(u32::from_ne_bytes(point.try_into().unwrap_or_default())))
        .collect::<Option<String>>()
        .map(Into::into)
        .ok_or_else(|| Error::new(ErrorKind::Corrupt, "a string of the array is no valid Unicode"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(descr: &str, order: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header =
            format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn fortran_order_is_turned_into_c_order() {
        let cell = parse(&file("|u1", "True", "(2, 3)", &[1, 2, 3, 4, 5, 6])).unwrap();
        let expected = vec![1, 3, 5, 2, 4, 6];
        assert_eq!(cell, Cell::numbers(DType::UInt(1), vec![2, 3], Container::Array, expected));
    }

    #[test]
    fn foreign_byte_order_is_swapped() {
        let cell = parse(&file(">i2", "False", "()", &[1, 2])).unwrap();
        let expected = 0x0102_i16.to_ne_bytes().to_vec();
        assert_eq!(cell, Cell::numbers(DType::Int(2), vec![], Container::Array, expected));
    }

    #[test]
    fn every_truncation_is_an_error_that_names_a_byte() {
        let whole = file("<f8", "False", "(2,)", &[0; 16]);
        for end in 0..whole.len() {
            let error = parse(&whole[..end]).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Corrupt);
            assert!(error.message.contains("(byte "), "{error}");
        }
    }

    #[test]
    fn objects_and_impossible_shapes_are_refused() {
        let kind = |bytes: &[u8]| parse(bytes).unwrap_err().kind;
        assert_eq!(kind(&file("|O", "False", "(1,)", &[0; 8])), ErrorKind::Unsupported);
        let huge = "(1152921504606846976, 64)";
        assert_eq!(kind(&file("<f8", "False", huge, &[])), ErrorKind::Limit);
    }
}
