//! Whole files: a mapping of metrics, a list of such, or one array.

use std::collections::HashMap;

use crate::error::{Error, ErrorKind, Result};
use crate::metric::arrow::Record;
use crate::metric::cell::Cell;
use crate::metric::pickle::encode::{Encoder, Tensors, corrupt};
use crate::metric::pickle::machine::Loaded;
use crate::metric::pickle::named::Named;
use crate::metric::pickle::object::{Heap, Id, Object, Tensor};

/// The metrics of a file that holds one pickle and nothing else.
///
/// # Errors
///
/// As [`record`], and `Unsupported` where more follows behind the pickle.
pub fn parse(stem: &str, bytes: &[u8], loaded: &Loaded<'_>) -> Result<Record> {
    let rest = bytes.len().saturating_sub(loaded.end);
    if rest > 0 {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "{rest} bytes follow the end of the pickle (byte {}): a metric file holds one \
                 pickle",
                loaded.end
            ),
        ));
    }
    record(stem, loaded, &NoTensors, bytes.len())
}

/// The metrics that a pickle of a file of so many bytes says.
///
/// # Errors
///
/// `Unsupported` where it is neither a mapping, a list of mappings, an array nor a tensor, and for
/// cycles; `Limit` beyond a bound; `Corrupt` where arrays contradict themselves.
pub fn record(
    stem: &str,
    loaded: &Loaded<'_>,
    tensors: &dyn Tensors,
    bytes: usize,
) -> Result<Record> {
    let Loaded { heap, top, .. } = loaded;
    heap.check(*top)?;
    let encoder = Encoder::new(heap, tensors, bytes);
    let mut record = Record::default();
    match heap.get(*top) {
        Object::Mapping(entries) => {
            for (name, value) in encoder.named(entries)? {
                keep(&mut record, name, || encoder.cell(value))?;
            }
        }
        Object::Array(_) | Object::Tensor(_) => {
            keep(&mut record, stem.to_owned(), || encoder.cell(*top))?;
        }
        other => {
            let rows = heap.items(*top).and_then(|items| rows(&encoder, items).transpose());
            let Some(rows) = rows.transpose()? else { return Err(unexpected(heap, other)) };
            for (name, values) in columns(&encoder, &rows)? {
                keep(&mut record, name, || encoder.list(&values))?;
            }
        }
    }
    Ok(record)
}

/// Adds one metric; what no record holds costs only itself.
fn keep(record: &mut Record, name: String, cell: impl FnOnce() -> Result<Cell>) -> Result<()> {
    let cell = if name.is_empty() || name.contains('\0') {
        Err(Error::new(ErrorKind::Unsupported, "the name is empty or holds a NUL"))
    } else {
        cell()
    };
    match cell {
        Ok(cell) => record.cells.push((name, cell)),
        Err(error) => {
            let error = Error { message: format!("metric `{name}`: {}", error.message), ..error };
            if error.kind != ErrorKind::Unsupported {
                return Err(error);
            }
            record.left_out.push(error);
        }
    }
    Ok(())
}

/// The named values of each item, where every item is a mapping.
fn rows(encoder: &Encoder<'_, '_>, items: &[Id]) -> Result<Option<Vec<Named>>> {
    if items.is_empty() {
        return Ok(None);
    }
    let mut rows = Vec::with_capacity(items.len());
    for item in items {
        match encoder.heap.get(*item) {
            Object::Mapping(entries) => rows.push(encoder.named(entries)?),
            _ => return Ok(None),
        }
    }
    Ok(Some(rows))
}

/// The values of each name over the rows, nothing where a row lacks it.
fn columns(encoder: &Encoder<'_, '_>, rows: &[Named]) -> Result<Vec<(String, Vec<Id>)>> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut columns: Vec<(String, Vec<Id>)> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        for (name, value) in row {
            let place = match places.get(name.as_str()) {
                Some(place) => *place,
                None => {
                    encoder.spend(rows.len().saturating_mul(8))?;
                    places.insert(name, columns.len());
                    columns.push((name.clone(), vec![Heap::NONE; rows.len()]));
                    columns.len() - 1
                }
            };
            if let Some(slot) = columns.get_mut(place).and_then(|(_, values)| values.get_mut(at)) {
                *slot = *value;
            }
        }
    }
    Ok(columns)
}

fn unexpected(heap: &Heap<'_>, object: &Object<'_>) -> Error {
    let found = match object {
        Object::List(items) if items.is_empty() => "an empty list",
        Object::List(items) if items.iter().all(|it| heap.items(*it).is_some()) => "nested lists",
        Object::List(_) | Object::Tuple(_) => "a list of other things than mappings",
        Object::None => "nothing",
        Object::Text(_) => "a text",
        Object::Foreign(what) => what,
        _ => "a single value",
    };
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "the file holds {found}; expected a mapping of metric names to values, a list of such \
             mappings, or one array"
        ),
    )
}

/// A pickle by itself, which has no storages.
struct NoTensors;

impl Tensors for NoTensors {
    fn cell(&self, _: &Tensor) -> Result<Cell> {
        Err(corrupt("a tensor's elements are not in the file"))
    }
}
