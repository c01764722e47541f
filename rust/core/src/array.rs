//! `DType` and `Buffer`: what numbers are made of, and where they lie.
//!
//! A number is its bytes in native order. The core moves bytes; it looks at a number only where
//! types must be joined ([`crate::assemble`]).

use std::fmt;

use crate::pages;

/// The NaN that stands in a series of floats where a row has no value; to everybody else it is NaN
/// as any other. Its bits tell it from one that a task recorded.
pub const HOLE: f64 = f64::from_bits(0x7ff8_7275_6e63_7562);
/// The same, in 32 bits.
pub const HOLE_32: f32 = f32::from_bits(0x7fc0_7275);

/// Whether the bytes of a float are those of a hole.
#[must_use]
pub fn is_hole_bytes(item: &[u8]) -> bool {
    item == HOLE.to_bits().to_ne_bytes() || item == HOLE_32.to_bits().to_ne_bytes()
}

/// The type of one element of an array, in numpy's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DType {
    /// One byte, 0 or 1.
    Bool,
    /// Signed integer of 1, 2, 4 or 8 bytes.
    Int(u8),
    /// Unsigned integer of 1, 2, 4 or 8 bytes.
    UInt(u8),
    /// IEEE 754 floating point of 2, 4 or 8 bytes.
    Float(u8),
    /// A pair of floats: 8 or 16 bytes in all.
    Complex(u8),
    /// A point in time: 64-bit count of units since 1970-01-01.
    Datetime(TimeUnit),
    /// A span of time: 64-bit count of units.
    Timedelta(TimeUnit),
    /// Text of at most so many code points, four bytes each, padded with zeros.
    Unicode(u32),
}

/// The unit of a time, from the coarsest to the finest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimeUnit {
    /// `D`
    Day,
    /// `h`
    Hour,
    /// `m`
    Minute,
    /// `s`
    Second,
    /// `ms`
    Millisecond,
    /// `us`
    Microsecond,
    /// `ns`
    Nanosecond,
}

impl TimeUnit {
    const ALL: [(Self, &'static str, i64); 7] = [
        (Self::Day, "D", 24),
        (Self::Hour, "h", 60),
        (Self::Minute, "m", 60),
        (Self::Second, "s", 1000),
        (Self::Millisecond, "ms", 1000),
        (Self::Microsecond, "us", 1000),
        (Self::Nanosecond, "ns", 1),
    ];

    /// numpy's name of the unit.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("s", |row| row.1)
    }

    /// The unit that numpy calls so.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// Counts of a coarser unit as counts of seconds, in native order; `None` where 64 bits do not
    /// hold one.
    #[must_use]
    pub fn in_seconds(self, counts: &[u8]) -> Option<Vec<u8>> {
        let ratio = self.ratio_to(Self::Second)?;
        let mut seconds = Vec::with_capacity(counts.len());
        for item in counts.chunks_exact(8) {
            let count = i64::from_ne_bytes(item.try_into().ok()?);
            let is_missing = count == i64::MIN;
            let scaled = if is_missing { count } else { count.checked_mul(ratio)? };
            seconds.extend(scaled.to_ne_bytes());
        }
        Some(seconds)
    }

    /// How many of `finer` one unit is; `None` where `finer` is coarser.
    #[must_use]
    pub fn ratio_to(self, finer: Self) -> Option<i64> {
        (self <= finer).then(|| {
            Self::ALL
                .iter()
                .filter(|row| row.0 >= self && row.0 < finer)
                .fold(1_i64, |ratio, row| ratio.saturating_mul(row.2))
        })
    }
}

impl DType {
    /// Bytes of one element.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::Bool => 1,
            Self::Int(bytes) | Self::UInt(bytes) | Self::Float(bytes) | Self::Complex(bytes) => {
                usize::from(bytes)
            }
            Self::Datetime(_) | Self::Timedelta(_) => 8,
            Self::Unicode(width) => usize::try_from(width).unwrap_or(usize::MAX).saturating_mul(4),
        }
    }

    /// The integer in an element's bytes; `None` for a type that holds none.
    #[must_use]
    pub fn integer(self, item: &[u8]) -> Option<i128> {
        Some(match self {
            Self::Int(1) => i128::from(i8::from_ne_bytes(item.try_into().ok()?)),
            Self::Int(2) => i128::from(i16::from_ne_bytes(item.try_into().ok()?)),
            Self::Int(4) => i128::from(i32::from_ne_bytes(item.try_into().ok()?)),
            Self::Int(8) => i128::from(i64::from_ne_bytes(item.try_into().ok()?)),
            Self::UInt(1) => i128::from(u8::from_ne_bytes(item.try_into().ok()?)),
            Self::UInt(2) => i128::from(u16::from_ne_bytes(item.try_into().ok()?)),
            Self::UInt(4) => i128::from(u32::from_ne_bytes(item.try_into().ok()?)),
            Self::UInt(8) => i128::from(u64::from_ne_bytes(item.try_into().ok()?)),
            _ => return None,
        })
    }

    /// Whether the type has a value that means "missing" (`NaN`, `NaT`).
    #[must_use]
    pub const fn has_missing(self) -> bool {
        matches!(self, Self::Float(_) | Self::Complex(_) | Self::Datetime(_) | Self::Timedelta(_))
    }

    /// The bytes of "missing" (`NaN`, `NaN+NaNj`, `NaT`), where the type has one.
    #[must_use]
    pub fn missing(self) -> Option<Vec<u8>> {
        Some(match self {
            Self::Float(2) => half::f16::NAN.to_ne_bytes().to_vec(),
            Self::Float(4) => f32::NAN.to_ne_bytes().to_vec(),
            Self::Float(_) => f64::NAN.to_ne_bytes().to_vec(),
            Self::Complex(8) => f32::NAN.to_ne_bytes().repeat(2),
            Self::Complex(_) => f64::NAN.to_ne_bytes().repeat(2),
            Self::Datetime(_) | Self::Timedelta(_) => i64::MIN.to_ne_bytes().to_vec(),
            _ => return None,
        })
    }
}

/// numpy's name of the type (`float64`, `datetime64[us]`, `<U5`).
impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = |bytes: u8| u32::from(bytes).saturating_mul(8);
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int(bytes) => write!(f, "int{}", bits(*bytes)),
            Self::UInt(bytes) => write!(f, "uint{}", bits(*bytes)),
            Self::Float(bytes) => write!(f, "float{}", bits(*bytes)),
            Self::Complex(bytes) => write!(f, "complex{}", bits(*bytes)),
            Self::Datetime(unit) => write!(f, "datetime64[{}]", unit.name()),
            Self::Timedelta(unit) => write!(f, "timedelta64[{}]", unit.name()),
            Self::Unicode(width) => write!(f, "<U{width}"),
        }
    }
}

impl std::str::FromStr for DType {
    type Err = crate::error::Error;

    /// Reads numpy's name of a type, as [`fmt::Display`] writes it.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let unit = |prefix: &str| {
            name.strip_prefix(prefix)
                .and_then(|rest| rest.strip_suffix(']'))
                .and_then(TimeUnit::from_name)
        };
        let found = match name {
            "bool" => Some(Self::Bool),
            "int8" => Some(Self::Int(1)),
            "int16" => Some(Self::Int(2)),
            "int32" => Some(Self::Int(4)),
            "int64" => Some(Self::Int(8)),
            "uint8" => Some(Self::UInt(1)),
            "uint16" => Some(Self::UInt(2)),
            "uint32" => Some(Self::UInt(4)),
            "uint64" => Some(Self::UInt(8)),
            "float16" => Some(Self::Float(2)),
            "float32" => Some(Self::Float(4)),
            "float64" => Some(Self::Float(8)),
            "complex64" => Some(Self::Complex(8)),
            "complex128" => Some(Self::Complex(16)),
            _ => unit("datetime64[")
                .map(Self::Datetime)
                .or_else(|| unit("timedelta64[").map(Self::Timedelta)),
        };
        found.ok_or_else(|| {
            crate::error::Error::new(
                crate::error::ErrorKind::Unsupported,
                format!("arrays of dtype `{name}` are not supported"),
            )
        })
    }
}

/// Bytes that start at an address fit for every [`DType`], and can change hands without a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buffer {
    words: Vec<u64>,
    len: usize,
}

impl Buffer {
    /// `len` zero bytes.
    #[must_use]
    pub fn zeroed(len: usize) -> Self {
        let mut words = vec![0; len.div_ceil(8)];
        pages::ask_large(&mut words);
        Self { words, len }
    }

    /// A copy of these bytes.
    #[must_use]
    pub fn copied(bytes: &[u8]) -> Self {
        let (words, rest) = bytes.as_chunks();
        let mut copy = Vec::with_capacity(bytes.len().div_ceil(8));
        pages::ask_large(&mut copy);
        copy.extend(words.iter().map(|word| u64::from_ne_bytes(*word)));
        if !rest.is_empty() {
            let mut last = [0; 8];
            last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            copy.push(u64::from_ne_bytes(last));
        }
        Self { words: copy, len: bytes.len() }
    }

    /// `len` bytes in which `pattern` repeats.
    #[must_use]
    pub fn filled(len: usize, pattern: &[u8]) -> Self {
        let mut buffer = Self::zeroed(len);
        if !pattern.is_empty() {
            for chunk in buffer.bytes_mut().chunks_exact_mut(pattern.len()) {
                chunk.copy_from_slice(pattern);
            }
        }
        buffer
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        bytemuck::cast_slice(&self.words).get(..self.len).unwrap_or_default()
    }

    /// The bytes, to be written.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(&mut self.words).get_mut(..self.len).unwrap_or_default()
    }

    /// How many bytes there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The words that hold the bytes; the last one may be filled up with zeros.
    #[must_use]
    pub fn into_words(self) -> Vec<u64> {
        self.words
    }
}

/// The number of elements of an array of this shape; `None` beyond what memory could hold.
#[must_use]
pub fn element_count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1_usize, |count, length| count.checked_mul(*length))
}
