//! Safetensors: named arrays behind a header in JSON.
//!
//! The crate `safetensors` compares the header with the length of the file before anything is
//! taken. `bfloat16` becomes `float32`, which holds each of its values; floats of eight bits and
//! fewer, which no array here has, are left out and named. Arrays come in the order in which they
//! lie in the file, and the header's metadata are no metrics.

use ::safetensors::tensor::{SafeTensorError, TensorView};
use ::safetensors::{Dtype, SafeTensors};

use crate::array::{DType, element_count};
use crate::error::{Error, ErrorKind, Result};
use crate::metric::arrow::Record;
use crate::metric::cell::{Cell, Container};
use crate::metric::text::corrupt;

/// Reads a safetensors file.
///
/// # Errors
///
/// `Corrupt` where it is cut off, or its header contradicts it.
pub fn parse(bytes: &[u8]) -> Result<Record> {
    if bytes.is_empty() {
        return Err(corrupt("the file is empty (byte 0)"));
    }
    let file = SafeTensors::deserialize(bytes).map_err(|error| refused(&error))?;
    let mut tensors = file.tensors();
    tensors.sort_by(|a, b| {
        let place = |view: &TensorView<'_>| (view.data().as_ptr().addr(), view.data().len());
        (place(&a.1), &a.0).cmp(&(place(&b.1), &b.0))
    });
    let mut record = Record::default();
    for (name, view) in tensors {
        match cell(&view) {
            Some(cell) => record.cells.push((name, cell)),
            None => record.left_out.push(Error::new(
                ErrorKind::Unsupported,
                format!("the array `{name}`: elements of type {:?}", view.dtype()),
            )),
        }
    }
    Ok(record)
}

fn cell(view: &TensorView<'_>) -> Option<Cell> {
    let dtype = match view.dtype() {
        Dtype::BOOL => DType::Bool,
        Dtype::I8 => DType::Int(1),
        Dtype::I16 => DType::Int(2),
        Dtype::I32 => DType::Int(4),
        Dtype::I64 => DType::Int(8),
        Dtype::U8 => DType::UInt(1),
        Dtype::U16 => DType::UInt(2),
        Dtype::U32 => DType::UInt(4),
        Dtype::U64 => DType::UInt(8),
        Dtype::F16 => DType::Float(2),
        Dtype::BF16 | Dtype::F32 => DType::Float(4),
        Dtype::F64 => DType::Float(8),
        Dtype::C64 => DType::Complex(8),
        _ => return None,
    };
    let shape = view.shape().to_vec();
    let native: Vec<u8> = match (view.dtype(), dtype) {
        (Dtype::BOOL, _) => view.data().iter().map(|byte| u8::from(*byte != 0)).collect(),
        (Dtype::BF16, _) => view
            .data()
            .chunks_exact(2)
            .flat_map(|it| {
                half::bf16::from_le_bytes(it.try_into().unwrap_or_default()).to_f32().to_ne_bytes()
            })
            .collect(),
        _ if cfg!(target_endian = "little") => view.data().to_vec(),
        (_, DType::Complex(size)) => reversed(view.data(), usize::from(size / 2)),
        (_, dtype) => reversed(view.data(), dtype.size()),
    };
    (element_count(&shape)?.checked_mul(dtype.size())? == native.len())
        .then(|| Cell::numbers(dtype, shape, Container::Array, native))
}

/// The bytes with those of each number the other way round.
fn reversed(bytes: &[u8], size: usize) -> Vec<u8> {
    bytes.chunks_exact(size.max(1)).flat_map(|item| item.iter().rev().copied()).collect()
}

fn refused(error: &SafeTensorError) -> Error {
    corrupt(format!("no whole safetensors file: {error}"))
}
