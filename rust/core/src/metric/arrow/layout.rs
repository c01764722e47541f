//! How element types stand in Arrow's.

use arrow_schema::{DataType, TimeUnit as ArrowUnit};

use crate::array::{DType, TimeUnit};
use crate::error::{Error, ErrorKind, Result};

/// The Arrow type of one element.
///
/// # Errors
///
/// `Unsupported` for complex numbers and fixed-width text, which have no Arrow type of their own,
/// and for times coarser than a second.
pub fn arrow_type(dtype: DType) -> Result<DataType> {
    Ok(match dtype {
        DType::Bool => DataType::Boolean,
        DType::Int(1) => DataType::Int8,
        DType::Int(2) => DataType::Int16,
        DType::Int(4) => DataType::Int32,
        DType::Int(_) => DataType::Int64,
        DType::UInt(1) => DataType::UInt8,
        DType::UInt(2) => DataType::UInt16,
        DType::UInt(4) => DataType::UInt32,
        DType::UInt(_) => DataType::UInt64,
        DType::Float(2) => DataType::Float16,
        DType::Float(4) => DataType::Float32,
        DType::Float(_) => DataType::Float64,
        DType::Datetime(unit) => DataType::Timestamp(arrow_unit(unit)?, None),
        DType::Timedelta(unit) => DataType::Duration(arrow_unit(unit)?),
        DType::Complex(_) | DType::Unicode(_) => return Err(no_arrow_type(dtype)),
    })
}

/// The element type that an Arrow type stands for; `None` where it is no number, bool or time.
/// Dates are [`TimeUnit::Day`] in 64 bits and have to be widened.
pub fn element_type(arrow: &DataType) -> Option<DType> {
    Some(match arrow {
        DataType::Boolean => DType::Bool,
        DataType::Int8 => DType::Int(1),
        DataType::Int16 => DType::Int(2),
        DataType::Int32 => DType::Int(4),
        DataType::Int64 => DType::Int(8),
        DataType::UInt8 => DType::UInt(1),
        DataType::UInt16 => DType::UInt(2),
        DataType::UInt32 => DType::UInt(4),
        DataType::UInt64 => DType::UInt(8),
        DataType::Float16 => DType::Float(2),
        DataType::Float32 => DType::Float(4),
        DataType::Float64 => DType::Float(8),
        DataType::Timestamp(unit, _) => DType::Datetime(time_unit(*unit)),
        DataType::Duration(unit) => DType::Timedelta(time_unit(*unit)),
        _ => return None,
    })
}

/// The complex type that a mark in a field's metadata names.
pub fn complex_type(mark: Option<&str>) -> Option<DType> {
    match mark {
        Some("complex64") => Some(DType::Complex(8)),
        Some("complex128") => Some(DType::Complex(16)),
        _ => None,
    }
}

fn no_arrow_type(dtype: DType) -> Error {
    Error::new(ErrorKind::Unsupported, format!("`{dtype}` has no Arrow type"))
}

fn arrow_unit(unit: TimeUnit) -> Result<ArrowUnit> {
    Ok(match unit {
        TimeUnit::Second => ArrowUnit::Second,
        TimeUnit::Millisecond => ArrowUnit::Millisecond,
        TimeUnit::Microsecond => ArrowUnit::Microsecond,
        TimeUnit::Nanosecond => ArrowUnit::Nanosecond,
        _ => return Err(no_arrow_type(DType::Datetime(unit))),
    })
}

const fn time_unit(unit: ArrowUnit) -> TimeUnit {
    match unit {
        ArrowUnit::Second => TimeUnit::Second,
        ArrowUnit::Millisecond => TimeUnit::Millisecond,
        ArrowUnit::Microsecond => TimeUnit::Microsecond,
        ArrowUnit::Nanosecond => TimeUnit::Nanosecond,
    }
}
