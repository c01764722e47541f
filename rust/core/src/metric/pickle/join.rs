//! Values of one kind joined into an array, without rounding any.

use crate::array::DType;
use crate::error::Result;
use crate::metric::cell::{Cell, Container, Data, Element};
use crate::metric::pickle::encode::{Encoder, foreign};
use crate::metric::pickle::object::{Id, Object};

/// Beyond this, a float64 does not hold every integer.
const EXACT: i128 = 1 << 53;

impl Encoder<'_, '_> {
    /// The values along a first dimension; `None` where they do not go together.
    pub fn join(&self, leaves: &[Id]) -> Result<Option<Cell>> {
        let objects = || leaves.iter().map(|leaf| self.heap.get(*leaf));
        let joined = |dtype, bytes| {
            Ok(Some(Cell::numbers(dtype, vec![leaves.len()], Container::Array, bytes)))
        };
        if objects().all(|it| matches!(it, Object::Float(_))) {
            let floats = objects().filter_map(|it| match it {
                Object::Float(value) => Some(value.to_ne_bytes()),
                _ => None,
            });
            return joined(DType::Float(8), floats.flatten().collect());
        }
        if objects().all(|it| matches!(it, Object::Int(_) | Object::BigInt(_))) {
            return Ok(self.integers(leaves));
        }
        if objects().all(|it| matches!(it, Object::Bool(_))) {
            let bools =
                leaves.iter().filter_map(|leaf| self.heap.int(*leaf)).map(|it| u8::from(it != 0));
            return joined(DType::Bool, bools.collect());
        }
        if objects().all(|it| matches!(it, Object::Text(_) | Object::Element(..)))
            && let Some(texts) = self.texts(leaves)?
        {
            return Ok(Some(Cell::texts(vec![leaves.len()], Container::Array, texts)));
        }
        let arrays = objects().any(|it| matches!(it, Object::Array(_) | Object::Tensor(_)));
        if !arrays && objects().all(is_number) {
            self.check_elements(leaves)?;
        }
        let mut cells = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            let fits = match self.heap.get(*leaf) {
                Object::Bool(_) | Object::Int(_) | Object::Float(_) | Object::Element(..) => true,
                Object::Array(_) | Object::Tensor(_) | Object::Complex(..) => true,
                Object::BigInt(digits) => digits.parse::<u64>().is_ok(),
                Object::Time(..) => !arrays,
                _ => false,
            };
            if !fits {
                return Ok(None);
            }
            cells.push(self.cell(*leaf)?);
        }
        Ok(stack(&cells))
    }

    /// Refuses texts and bytes that stand as elements of arrays among numbers.
    fn check_elements(&self, leaves: &[Id]) -> Result<()> {
        for leaf in leaves {
            if matches!(self.heap.get(*leaf), Object::Element(..))
                && !matches!(self.cell(*leaf)?.form.element, Element::Number(_))
            {
                return Err(foreign(&Object::Foreign("a text of an array among numbers")));
            }
        }
        Ok(())
    }

    fn integers(&self, leaves: &[Id]) -> Option<Cell> {
        let shape = vec![leaves.len()];
        let signed: Option<Vec<_>> = leaves
            .iter()
            .map(|leaf| match self.heap.get(*leaf) {
                Object::Int(value) => Some(value.to_ne_bytes()),
                _ => None,
            })
            .collect();
        if let Some(signed) = signed {
            return Some(Cell::numbers(DType::Int(8), shape, Container::Array, signed.concat()));
        }
        let unsigned: Option<Vec<_>> = leaves
            .iter()
            .map(|leaf| match self.heap.get(*leaf) {
                Object::Int(value) => u64::try_from(*value).ok().map(u64::to_ne_bytes),
                Object::BigInt(digits) => digits.parse::<u64>().ok().map(u64::to_ne_bytes),
                _ => None,
            })
            .collect();
        let unsigned = unsigned?.concat();
        Some(Cell::numbers(DType::UInt(8), shape, Container::Array, unsigned))
    }

    fn texts(&self, leaves: &[Id]) -> Result<Option<Vec<Box<str>>>> {
        let mut texts = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            match self.cell(*leaf)?.data {
                Data::Texts(found) => texts.extend(found),
                _ => return Ok(None),
            }
        }
        Ok(Some(texts))
    }
}

fn is_number(object: &Object<'_>) -> bool {
    matches!(
        object,
        Object::Bool(_)
            | Object::Int(_)
            | Object::BigInt(_)
            | Object::Float(_)
            | Object::Complex(..)
            | Object::Time(..)
            | Object::Element(..)
    )
}

/// Cells of one shape along a new first dimension, in the type that holds each of them.
fn stack(cells: &[Cell]) -> Option<Cell> {
    let first = cells.first()?;
    let mut dtypes: Vec<DType> = Vec::new();
    for cell in cells {
        let Element::Number(dtype) = cell.form.element else { return None };
        if cell.form.shape != first.form.shape {
            return None;
        }
        if !dtypes.contains(&dtype) {
            dtypes.push(dtype);
        }
    }
    let target = common(&dtypes)?;
    let mut bytes = Vec::new();
    for cell in cells {
        let (Data::Numbers(content), Element::Number(dtype)) = (&cell.data, cell.form.element)
        else {
            return None;
        };
        if dtype == target {
            bytes.extend_from_slice(content);
            continue;
        }
        for item in content.chunks_exact(dtype.size()) {
            convert(item, dtype, target, &mut bytes)?;
        }
    }
    let mut shape = vec![cells.len()];
    shape.extend(&first.form.shape);
    Some(Cell::numbers(target, shape, Container::Array, bytes))
}

/// The type that numpy joins these to; `None` where it would round every integer or mix kinds.
fn common(dtypes: &[DType]) -> Option<DType> {
    let mut rest = dtypes.iter().copied();
    let first = rest.next()?;
    let whole = |dtype: &DType| matches!(dtype, DType::Int(_) | DType::UInt(_));
    // The widest type with a fraction first: integers widen it each by itself.
    let start =
        dtypes.iter().copied().filter(|dtype| !whole(dtype)).try_fold(None, |found, it| {
            Some(Some(match found {
                None => it,
                Some(found) => promoted(found, it)?,
            }))
        })?;
    match start {
        None => rest.try_fold(first, promoted),
        Some(start) => {
            let widened = dtypes.iter().map(|dtype| promoted(start, *dtype));
            widened.collect::<Option<Vec<_>>>()?.into_iter().try_fold(start, promoted)
        }
    }
}

fn promoted(a: DType, b: DType) -> Option<DType> {
    use DType::{Complex, Float, Int, UInt};
    Some(match (a, b) {
        _ if a == b => a,
        (Int(x), Int(y)) => Int(x.max(y)),
        (UInt(x), UInt(y)) => UInt(x.max(y)),
        (Int(signed), UInt(unsigned)) | (UInt(unsigned), Int(signed)) => {
            if signed > unsigned {
                Int(signed)
            } else if unsigned < 8 {
                Int(unsigned * 2)
            } else {
                return None;
            }
        }
        (Float(x), Float(y)) => Float(x.max(y)),
        (Float(float), Int(whole) | UInt(whole)) | (Int(whole) | UInt(whole), Float(float)) => {
            Float(float.max(float_for(whole)))
        }
        (Complex(x), Complex(y)) => Complex(x.max(y)),
        (Complex(size), Float(part)) | (Float(part), Complex(size)) => {
            Complex(size.max(part.saturating_mul(2)))
        }
        (Complex(size), Int(whole) | UInt(whole)) | (Int(whole) | UInt(whole), Complex(size)) => {
            Complex(size.max(float_for(whole).saturating_mul(2)))
        }
        _ => return None,
    })
}

/// The float that holds integers of so many bytes, as numpy has it.
const fn float_for(whole: u8) -> u8 {
    match whole {
        1 => 2,
        2 => 4,
        _ => 8,
    }
}

/// One element in another type; `None` where an integer would be rounded.
#[expect(clippy::as_conversions, reason = "integers are checked before, floats are widened")]
fn convert(item: &[u8], from: DType, to: DType, bytes: &mut Vec<u8>) -> Option<()> {
    match (from.integer(item), to) {
        (Some(value), DType::Int(_) | DType::UInt(_)) => {
            let size = to.size();
            if cfg!(target_endian = "big") {
                bytes.extend(value.to_be_bytes().get(16 - size..)?);
            } else {
                bytes.extend(value.to_le_bytes().get(..size)?);
            }
        }
        (Some(value), _) => {
            let float = value as f64;
            if value.abs() > EXACT && float as i128 != value {
                return None;
            }
            push_float(float, 0.0, to, bytes)?;
        }
        (None, _) => {
            let (real, imaginary) = parts(item, from)?;
            push_float(real, imaginary, to, bytes)?;
        }
    }
    Some(())
}

fn push_float(real: f64, imaginary: f64, to: DType, bytes: &mut Vec<u8>) -> Option<()> {
    match to {
        DType::Float(2) => bytes.extend(half::f16::from_f64(real).to_ne_bytes()),
        DType::Float(4) => bytes.extend(narrow(real).to_ne_bytes()),
        DType::Float(_) => bytes.extend(real.to_ne_bytes()),
        DType::Complex(8) => {
            bytes.extend(narrow(real).to_ne_bytes());
            bytes.extend(narrow(imaginary).to_ne_bytes());
        }
        DType::Complex(_) => {
            bytes.extend(real.to_ne_bytes());
            bytes.extend(imaginary.to_ne_bytes());
        }
        _ => return None,
    }
    Some(())
}

#[expect(clippy::as_conversions, reason = "the value comes from a type that a float32 holds")]
const fn narrow(value: f64) -> f32 {
    value as f32
}

/// The float in these bytes, where the type has floats, with its imaginary part.
pub fn parts(item: &[u8], dtype: DType) -> Option<(f64, f64)> {
    Some(match dtype {
        DType::Float(2) => (half::f16::from_ne_bytes(item.try_into().ok()?).to_f64(), 0.0),
        DType::Float(4) => (f64::from(f32::from_ne_bytes(item.try_into().ok()?)), 0.0),
        DType::Float(8) => (f64::from_ne_bytes(item.try_into().ok()?), 0.0),
        DType::Complex(size) => {
            let (real, imaginary) = item.split_at_checked(usize::from(size / 2))?;
            let part = DType::Float(size / 2);
            (parts(real, part)?.0, parts(imaginary, part)?.0)
        }
        _ => return None,
    })
}
