//! The dtype that holds the numbers of several jobs without loss.

use crate::array::DType;
use crate::value::exact_float;

/// The type in which numbers of both types lie side by side; `None` where only objects do.
///
/// Widths promote as in numpy. Ints with floats, and `uint64` with a signed type, are `float64`,
/// which holds if every int is exact there ([`is_exact`] tells for one number).
#[must_use]
pub fn promote(a: DType, b: DType) -> Option<DType> {
    use DType::{Complex, Datetime, Float, Int, Timedelta, UInt};
    Some(match (a, b) {
        _ if a == b => a,
        (Int(x), Int(y)) => Int(x.max(y)),
        (UInt(x), UInt(y)) => UInt(x.max(y)),
        (Int(signed), UInt(unsigned)) | (UInt(unsigned), Int(signed)) => {
            if unsigned < signed {
                Int(signed)
            } else if unsigned < 8 {
                Int(unsigned.saturating_mul(2))
            } else {
                Float(8)
            }
        }
        (Int(_) | UInt(_), Float(_)) | (Float(_), Int(_) | UInt(_)) => Float(8),
        (Float(x), Float(y)) => Float(x.max(y)),
        (Complex(x), Complex(y)) => Complex(x.max(y)),
        (Complex(x), Float(y)) | (Float(y), Complex(x)) => Complex(if y == 8 { 16 } else { x }),
        (Complex(_), Int(_) | UInt(_)) | (Int(_) | UInt(_), Complex(_)) => Complex(16),
        (Datetime(x), Datetime(y)) => Datetime(x.max(y)),
        (Timedelta(x), Timedelta(y)) => Timedelta(x.max(y)),
        _ => return None,
    })
}

fn float(dtype: DType, item: &[u8]) -> Option<f64> {
    Some(match dtype {
        DType::Float(2) => half::f16::from_ne_bytes(item.try_into().ok()?).to_f64(),
        DType::Float(4) => f64::from(f32::from_ne_bytes(item.try_into().ok()?)),
        DType::Float(8) => f64::from_ne_bytes(item.try_into().ok()?),
        _ => return exact_float(dtype.integer(item)?),
    })
}

/// Writes a number in another type; `None` where it would not be the same number.
#[must_use]
pub fn convert(from: DType, item: &[u8], to: DType, out: &mut [u8]) -> Option<()> {
    use DType::{Complex, Datetime, Float, Int, Timedelta};
    match (from, to) {
        _ if from == to => out.copy_from_slice(item),
        (_, Int(size)) => {
            let bytes = i64::try_from(from.integer(item)?).ok()?.to_ne_bytes();
            let size = usize::from(size);
            // The narrow integer is the low bytes of the wide one.
            let low = if cfg!(target_endian = "little") { 0..size } else { 8 - size..8 };
            out.copy_from_slice(bytes.get(low)?);
        }
        (_, DType::UInt(size)) => {
            let bytes = u64::try_from(from.integer(item)?).ok()?.to_ne_bytes();
            let size = usize::from(size);
            let low = if cfg!(target_endian = "little") { 0..size } else { 8 - size..8 };
            out.copy_from_slice(bytes.get(low)?);
        }
        (Complex(size), Complex(_)) => {
            let half = usize::from(size / 2);
            let parts = [item.get(..half)?, item.get(half..)?];
            for (part, out) in parts.into_iter().zip(out.chunks_exact_mut(8)) {
                out.copy_from_slice(&float(Float(size / 2), part)?.to_ne_bytes());
            }
        }
        (_, Complex(size)) => {
            let half = usize::from(size / 2);
            write_float(float(from, item)?, out.get_mut(..half)?);
            write_float(0.0, out.get_mut(half..)?);
        }
        (_, Float(_)) => write_float(float(from, item)?, out),
        (Datetime(x), Datetime(y)) | (Timedelta(x), Timedelta(y)) => {
            let count = i64::from_ne_bytes(item.try_into().ok()?);
            let scaled = match count {
                i64::MIN => count,
                _ => count.checked_mul(x.ratio_to(y)?).filter(|it| *it != i64::MIN)?,
            };
            out.copy_from_slice(&scaled.to_ne_bytes());
        }
        _ => return None,
    }
    Some(())
}

/// Writes a float of 4 or 8 bytes, which holds the value exactly because its type was promoted.
#[expect(clippy::as_conversions, reason = "a float32 comes from a float of at most its width")]
fn write_float(value: f64, out: &mut [u8]) {
    match out.len() {
        2 => out.copy_from_slice(&half::f16::from_f64(value).to_ne_bytes()),
        4 => out.copy_from_slice(&(value as f32).to_ne_bytes()),
        _ => out.copy_from_slice(&value.to_ne_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_promote_as_in_numpy() {
        let name = |a: &str, b: &str| {
            let both = promote(a.parse().unwrap(), b.parse().unwrap());
            assert_eq!(both, promote(b.parse().unwrap(), a.parse().unwrap()));
            both.map_or("object".to_owned(), |dtype| dtype.to_string())
        };
        for (a, b, expected) in [
            ("int8", "int64", "int64"),
            ("uint8", "int8", "int16"),
            ("uint32", "int8", "int64"),
            ("uint64", "int8", "float64"),
            ("uint8", "int32", "int32"),
            ("float16", "float32", "float32"),
            ("float32", "int8", "float64"),
            ("complex64", "float32", "complex64"),
            ("complex64", "float64", "complex128"),
            ("bool", "int8", "object"),
            ("datetime64[s]", "datetime64[us]", "datetime64[us]"),
            ("datetime64[s]", "timedelta64[s]", "object"),
        ] {
            assert_eq!(name(a, b), expected, "{a} with {b}");
        }
    }

    #[test]
    fn a_number_that_would_change_is_not_converted() {
        let mut out = [0; 8];
        let big = (2_i64.pow(53) + 1).to_ne_bytes();
        assert!(convert(DType::Int(8), &big, DType::Float(8), &mut out).is_none());
        let fits = 2_i64.pow(53).to_ne_bytes();
        assert!(convert(DType::Int(8), &fits, DType::Float(8), &mut out).is_some());
        assert_eq!(f64::from_ne_bytes(out), 2_f64.powi(53));
        assert!(convert(DType::UInt(8), &[255; 8], DType::Float(8), &mut out).is_none());
    }
}
