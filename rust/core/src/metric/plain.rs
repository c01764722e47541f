//! From plain data to cells, without rounding anything.
//!
//! | value | cell |
//! |---|---|
//! | null, bool, number, text | scalar |
//! | integer beyond 64 bits | plain |
//! | lists of equal lengths, of one kind of value | list |
//! | ints and floats in one list | list of `float64` where every int is exact there, else plain |
//! | any other list, and what it holds | plain |
//!
//! A file then gives what [`arrow`](crate::metric::arrow) gives of the same values recorded.

use crate::array::{DType, HOLE, element_count};
use crate::error::Result;
use crate::metric::Cells;
use crate::metric::bounds;
use crate::metric::cell::{Cell, Container, Data, Element, Form};
use crate::metric::text::Names;
use crate::value::{Value, exact_float};

/// Entries of mappings, nested ones flattened with `.`, in order; a later equal name gets a
/// trailing `_`.
///
/// # Errors
///
/// `Limit` for more names than a file may have.
pub fn flatten(entries: Vec<(Value, Value)>) -> Result<Vec<(String, Value)>> {
    let mut flat = Vec::with_capacity(entries.len());
    flatten_into(entries, "", &mut flat);
    bounds::metrics(flat.len())?;
    let mut names = Names::default();
    flat.into_iter().map(|(name, value)| Ok((names.take(name)?, value))).collect()
}

fn flatten_into(entries: Vec<(Value, Value)>, prefix: &str, flat: &mut Vec<(String, Value)>) {
    for (key, value) in entries {
        let name = match key {
            Value::Str(key) if prefix.is_empty() => key.into(),
            key => format!("{prefix}{key}"),
        };
        match value {
            Value::Map(inner) => flatten_into(inner, &format!("{name}."), flat),
            value => flat.push((name, value)),
        }
    }
}

/// One row: each value a cell of its own.
///
/// # Errors
///
/// As [`flatten`].
pub fn row(entries: Vec<(Value, Value)>) -> Result<Cells> {
    Ok(flatten(entries)?.into_iter().map(|(name, value)| (name, cell(value))).collect())
}

/// The cell of one value.
pub fn cell(value: Value) -> Cell {
    let cell = match &value {
        Value::Null => Some(Cell::null()),
        Value::Str(text) => Some(Cell::texts(Vec::new(), Container::Scalar, vec![text.clone()])),
        Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_) => {
            numbers(&[Some(&value)])
                .map(|(dtype, bytes)| Cell::numbers(dtype, Vec::new(), Container::Scalar, bytes))
        }
        Value::List(items) if items.is_empty() => Some(empty_list()),
        Value::List(_) => list(&value),
        Value::Map(_) => None,
    };
    cell.unwrap_or_else(|| Cell::plain(value))
}

fn empty_list() -> Cell {
    let form = Form { element: Element::Null, shape: vec![0], container: Container::List };
    Cell { form, data: Data::Nulls }
}

fn list(value: &Value) -> Option<Cell> {
    let shape = shape_of(value, 0)?;
    let mut leaves = Vec::with_capacity(element_count(&shape)?);
    add_leaves(value, shape.len(), &mut leaves);
    if let Some((dtype, bytes)) = numbers(&leaves) {
        return Some(Cell::numbers(dtype, shape, Container::List, bytes));
    }
    texts(&leaves).map(|texts| Cell::texts(shape, Container::List, texts))
}

/// The lengths of lists in each other; `None` where they differ, and where an inner list is empty.
pub fn shape_of(value: &Value, depth: usize) -> Option<Vec<usize>> {
    let Value::List(items) = value else { return Some(Vec::new()) };
    let mut inner: Option<Vec<usize>> = None;
    for item in items {
        let shape = shape_of(item, depth + 1)?;
        if inner.as_ref().is_some_and(|inner| *inner != shape) {
            return None;
        }
        inner = Some(shape);
    }
    if inner.is_none() && depth > 0 {
        return None;
    }
    let mut shape = vec![items.len()];
    shape.extend(inner.unwrap_or_default());
    Some(shape)
}

/// Adds what lies so many levels of lists below the value.
pub fn add_leaves<'v>(value: &'v Value, depth: usize, leaves: &mut Vec<Option<&'v Value>>) {
    match value {
        Value::List(items) if depth > 0 => {
            items.iter().for_each(|item| add_leaves(item, depth - 1, leaves));
        }
        leaf => leaves.push(Some(leaf)),
    }
}

/// What values are, so that they lie in one array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bools.
    Bools,
    /// Ints, floats or both.
    Numbers,
    /// Texts.
    Texts,
}

/// The one kind of all values; `None` where they have none, and where there is no value.
pub fn kind_of<'v>(values: impl IntoIterator<Item = &'v Value>) -> Option<Kind> {
    let mut kinds = values.into_iter().map(|value| match value {
        Value::Bool(_) => Some(Kind::Bools),
        Value::Int(_) | Value::BigInt(_) | Value::Float(_) => Some(Kind::Numbers),
        Value::Str(_) => Some(Kind::Texts),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    });
    let first = kinds.next()??;
    kinds.all(|kind| kind == Some(first)).then_some(first)
}

/// The values as numbers of one type that holds each of them exactly, `NaN` in a hole.
pub fn numbers(values: &[Option<&Value>]) -> Option<(DType, Vec<u8>)> {
    let known = || values.iter().flatten();
    let has_holes = values.iter().any(Option::is_none);
    match kind_of(known().copied())? {
        Kind::Texts => None,
        Kind::Bools if has_holes => None,
        Kind::Bools => {
            let bytes = known().map(|value| u8::from(**value == Value::Bool(true))).collect();
            Some((DType::Bool, bytes))
        }
        Kind::Numbers => {
            if has_holes || known().any(|value| matches!(value, Value::Float(_))) {
                return floats(values).map(|bytes| (DType::Float(8), bytes));
            }
            let signed: Option<Vec<[u8; 8]>> = known()
                .map(
                    |value| {
                        if let Value::Int(int) = value { Some(int.to_ne_bytes()) } else { None }
                    },
                )
                .collect();
            if let Some(signed) = signed {
                return Some((DType::Int(8), signed.concat()));
            }
            let unsigned: Option<Vec<[u8; 8]>> = known()
                .map(|value| u64::try_from(wide(value)?).ok().map(u64::to_ne_bytes))
                .collect();
            unsigned.map(|unsigned| (DType::UInt(8), unsigned.concat()))
        }
    }
}

fn floats(values: &[Option<&Value>]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(values.len().saturating_mul(8));
    for value in values {
        let float = match value {
            None => HOLE,
            Some(Value::Float(float)) => *float,
            Some(value) => exact_float(wide(value)?)?,
        };
        bytes.extend(float.to_ne_bytes());
    }
    Some(bytes)
}

/// An integer of at most 64 bits, signed or not.
fn wide(value: &Value) -> Option<i128> {
    match value {
        Value::Int(int) => Some(i128::from(*int)),
        Value::BigInt(digits) => digits.parse::<u64>().ok().map(i128::from),
        _ => None,
    }
}

/// The values as texts, where all are and none is missing.
pub fn texts(values: &[Option<&Value>]) -> Option<Vec<Box<str>>> {
    values
        .iter()
        .map(|value| if let Some(Value::Str(text)) = value { Some(text.clone()) } else { None })
        .collect()
}
