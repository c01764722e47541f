//! A view of a storage as an array of its own.

use crate::array::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::metric::cell::{Cell, Container};
use crate::metric::pickle::{StorageType, Tensor};
use crate::metric::strides;

/// The order of the bytes of an element in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The lowest first.
    Little,
    /// The highest first.
    Big,
}

impl Order {
    const NATIVE: Self = if cfg!(target_endian = "big") { Self::Big } else { Self::Little };
}

/// The elements of a tensor, out of the content of its storage.
///
/// # Errors
///
/// `Corrupt` where the storage has another length than the tensor says, or a bool is neither 0 nor
/// 1.
pub fn cell(tensor: &Tensor, content: &[u8], order: Order) -> Result<Cell> {
    let Tensor { storage, element, offset, shape, strides, .. } = tensor;
    if storage.count.checked_mul(storage.element.size()) != Some(content.len()) {
        return Err(Error::new(
            ErrorKind::Corrupt,
            format!(
                "the storage `{}` has {} bytes, and {} elements are said to lie there",
                storage.key,
                content.len(),
                storage.count
            ),
        ));
    }
    let mut data = strides::in_c_order(content, element.size(), *offset, shape, strides);
    if order != Order::NATIVE {
        data.chunks_exact_mut(part_size(*element)).for_each(<[u8]>::reverse);
    }
    let (dtype, mut data) = match element {
        StorageType::Number(dtype) => (*dtype, data),
        StorageType::BFloat16 => {
            let widened = data.as_chunks::<2>().0.iter().flat_map(|bytes| {
                let high = u32::from(u16::from_ne_bytes(*bytes)) << 16;
                f32::from_bits(high).to_ne_bytes()
            });
            (DType::Float(4), widened.collect())
        }
        StorageType::ComplexHalf => {
            let widened = data.as_chunks::<2>().0.iter();
            let widened =
                widened.flat_map(|bytes| half::f16::from_ne_bytes(*bytes).to_f32().to_ne_bytes());
            (DType::Complex(8), widened.collect())
        }
        StorageType::Untyped => {
            return Err(Error::new(ErrorKind::Unsupported, "a tensor of bytes without a type"));
        }
    };
    if dtype == DType::Bool && data.iter().any(|byte| *byte > 1) {
        return Err(Error::new(ErrorKind::Corrupt, "a bool of a tensor is neither 0 nor 1"));
    }
    if tensor.conjugate || tensor.negative {
        negate(&mut data, dtype, tensor)?;
    }
    Ok(Cell::numbers(dtype, shape.clone(), Container::Array, data))
}

/// Does what torch left undone: imaginary parts or all parts change their sign.
fn negate(data: &mut [u8], dtype: DType, tensor: &Tensor) -> Result<()> {
    let (part, complex) = match dtype {
        DType::Complex(size) => (usize::from(size / 2), true),
        DType::Float(size) if !tensor.conjugate => (usize::from(size), false),
        _ => {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("a conjugate or negative view of `{dtype}`"),
            ));
        }
    };
    for (at, bytes) in data.chunks_exact_mut(part).enumerate() {
        let imaginary = complex && at % 2 == 1;
        if tensor.negative != (tensor.conjugate && imaginary) {
            let sign =
                if cfg!(target_endian = "big") { bytes.first_mut() } else { bytes.last_mut() };
            if let Some(sign) = sign {
                *sign ^= 0x80;
            }
        }
    }
    Ok(())
}

/// Bytes of one number: a complex element has two.
fn part_size(element: StorageType) -> usize {
    match element {
        StorageType::Number(DType::Complex(size)) => usize::from(size / 2),
        StorageType::ComplexHalf => 2,
        other => other.size(),
    }
}
