//! A metric as a column.

use std::collections::HashSet;

use super::nested;
use super::rows::{Place, Values};
use crate::array::{DType, element_count};
use crate::assemble::promote::{convert, promote};
use crate::error::Result;
use crate::json;
use crate::metric::{Cell, Container, Data, Element, Form};
use crate::value::Value;

/// The cells of the rows: numbers in the type that holds all of them exactly, texts, byte strings,
/// arrays of one shape with elements as tensors, lists and ragged arrays as lists, else JSON. A null is no cell.
///
/// # Errors
///
/// `Limit`, as [`super::table`].
pub fn column(places: &[Place<'_>]) -> Result<Values> {
    let places: Vec<Place<'_>> =
        places.iter().map(|place| place.filter(|(segment, _)| !is_null(&segment.form))).collect();
    let present: Vec<bool> = places.iter().map(Option::is_some).collect();
    let mut met = HashSet::new();
    let forms: Vec<&Form> = places
        .iter()
        .flatten()
        .map(|(segment, _)| &segment.form)
        .filter(|form| met.insert(*form))
        .collect();
    let Some(first) = forms.first() else {
        return Ok(Values::plain(nested::nulls(places.len())));
    };
    let dimensions = first.shape.len();
    if forms.iter().all(|form| form.shape.len() == dimensions)
        && let Some(items) = Items::of(&forms)
        && let Some(values) = typed(&places, &present, &forms, items)?
    {
        return Ok(values);
    }
    let texts = places
        .iter()
        .map(|place| place.map(|(segment, at)| json::to_text(&plain(&segment.cell(at)))));
    Ok(Values { dtype: Some("json"), ..Values::plain(nested::texts(texts)?) })
}

/// What the elements of a column are.
#[derive(Clone, Copy)]
enum Items {
    Numbers(DType),
    Texts,
    Bytes,
    /// Nothing but empty lists.
    Nothing,
}

impl Items {
    /// What elements of these forms have in common.
    fn of(forms: &[&Form]) -> Option<Self> {
        forms.iter().map(|form| form.element).try_fold(Self::Nothing, |known, element| {
            Some(match (known, element) {
                // An empty list is a shape without a type.
                (known, Element::Null) => known,
                (Self::Nothing, Element::Number(dtype)) => Self::Numbers(dtype),
                (Self::Numbers(one), Element::Number(other)) => Self::Numbers(promote(one, other)?),
                (Self::Nothing | Self::Texts, Element::Text) => Self::Texts,
                (Self::Nothing | Self::Bytes, Element::Bytes) => Self::Bytes,
                _ => return None,
            })
        })
    }
}

/// The column in Arrow's types; `None` where a number would change.
fn typed(
    places: &[Place<'_>],
    present: &[bool],
    forms: &[&Form],
    items: Items,
) -> Result<Option<Values>> {
    let shape = forms.first().map(|form| form.shape.clone()).unwrap_or_default();
    let is_array = forms.iter().any(|form| form.container == Container::Array);
    let alike = forms.iter().all(|form| form.shape == shape);
    let dtype = match items {
        Items::Numbers(DType::Complex(8)) => Some("complex64"),
        Items::Numbers(DType::Complex(_)) => Some("complex128"),
        _ => None,
    };
    let count = element_count(&shape).unwrap_or(0);
    // Arrow's libraries disagree about tensors without elements, and not about empty lists.
    let is_block = alike && count > 0 && (shape.is_empty() || is_array);
    if let (Items::Numbers(number), true) = (items, is_block) {
        let Some(bytes) = bytes(places, number, count) else { return Ok(None) };
        let rows = Some(present).filter(|rows| rows.contains(&false));
        if shape.is_empty() {
            let array = nested::numbers(number, &bytes, rows)?;
            return Ok(Some(Values { dtype, ..Values::plain(array) }));
        }
        let mut tensor = shape;
        let (part, size) = match number {
            DType::Complex(size) => {
                tensor.push(2);
                (DType::Float(size / 2), count.saturating_mul(2))
            }
            other => (other, count),
        };
        let items = nested::numbers(part, &bytes, None)?;
        let array = nested::fixed_lists(items, size, places.len(), rows)?;
        return Ok(Some(Values { array, dtype, tensor: Some(tensor) }));
    }
    let array = match items {
        Items::Nothing => nested::nulls(0),
        Items::Numbers(number) => {
            let Some(bytes) = bytes(places, number, 0) else { return Ok(None) };
            nested::numbers(number, &bytes, None)?
        }
        Items::Texts => nested::texts(places.iter().flat_map(|place| {
            let all: &[Box<str>] = part(place, |data| match data {
                Data::Texts(texts) => texts,
                _ => &[],
            });
            hole(place, &shape).chain(all.iter().map(|text| Some(text.as_ref())))
        }))?,
        Items::Bytes => nested::byte_strings(places.iter().flat_map(|place| {
            let all: &[Box<[u8]>] = part(place, |data| match data {
                Data::Bytes(strings) => strings,
                _ => &[],
            });
            hole(place, &shape).chain(all.iter().map(|bytes| Some(bytes.as_ref())))
        }))?,
    };
    let mut array = array;
    for axis in (0..shape.len()).rev() {
        let lengths: Vec<usize> = places.iter().flat_map(|place| lengths(place, axis)).collect();
        let rows = Some(present).filter(|rows| axis == 0 && rows.contains(&false));
        array = nested::lists(array, &lengths, rows)?;
    }
    Ok(Some(Values { dtype, ..Values::plain(array) }))
}

/// One null where a scalar is missing; a missing list has no elements.
fn hole<T>(place: &Place<'_>, shape: &[usize]) -> impl Iterator<Item = Option<T>> + use<T> {
    let missing = place.is_none() && shape.is_empty();
    std::iter::repeat_with(|| None).take(usize::from(missing))
}

/// The elements of a row's cell.
fn part<'c, T>(place: &Place<'c>, all: impl FnOnce(&'c Data) -> &'c [T]) -> &'c [T] {
    let Some((segment, at)) = place else { return &[] };
    let count = element_count(&segment.form.shape).unwrap_or(0);
    let start = at.saturating_mul(count);
    all(&segment.data).get(start..start.saturating_add(count)).unwrap_or_default()
}

/// The lengths of a row's lists at a depth.
fn lengths(place: &Place<'_>, axis: usize) -> impl Iterator<Item = usize> + use<> {
    let (length, lists) = match place {
        Some((segment, _)) => {
            let shape = &segment.form.shape;
            let outer = shape.get(..axis).and_then(element_count).unwrap_or(0);
            (shape.get(axis).copied().unwrap_or(0), outer)
        }
        None => (0, usize::from(axis == 0)),
    };
    std::iter::repeat_n(length, lists)
}

/// The bytes of all rows in one type; a missing row is `hole` zeros. `None` where a number would
/// change.
fn bytes(places: &[Place<'_>], to: DType, hole: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for place in places {
        let Some((segment, at)) = place else {
            bytes.resize(bytes.len().checked_add(hole.checked_mul(to.size())?)?, 0);
            continue;
        };
        let (Data::Numbers(all), Element::Number(from)) = (&segment.data, segment.form.element)
        else {
            continue;
        };
        let size = element_count(&segment.form.shape)?.checked_mul(from.size())?;
        let start = at.checked_mul(size)?;
        let cell = all.get(start..start.checked_add(size)?)?;
        if from == to {
            bytes.extend_from_slice(cell);
            continue;
        }
        for item in cell.chunks_exact(from.size()) {
            let end = bytes.len();
            bytes.resize(end.checked_add(to.size())?, 0);
            convert(from, item, to, bytes.get_mut(end..)?)?;
        }
    }
    Some(bytes)
}

fn is_null(form: &Form) -> bool {
    form.element == Element::Null && form.container != Container::List
}

/// A cell as plain data, arrays as lists.
fn plain(cell: &Cell) -> Value {
    let elements: Vec<Value> = match (&cell.data, cell.form.element) {
        (Data::Numbers(bytes), Element::Number(dtype)) => {
            bytes.chunks_exact(dtype.size()).map(|item| number(dtype, item)).collect()
        }
        (Data::Texts(texts), _) => texts.iter().map(|text| Value::Str(text.clone())).collect(),
        (Data::Bytes(strings), _) => strings.iter().map(|bytes| hexadecimal(bytes)).collect(),
        (Data::Plain(values), _) => values.clone(),
        _ => Vec::new(),
    };
    listed(&mut elements.into_iter(), &cell.form.shape)
}

fn listed(elements: &mut impl Iterator<Item = Value>, shape: &[usize]) -> Value {
    match shape.split_first() {
        None => elements.next().unwrap_or(Value::Null),
        Some((length, inner)) => {
            Value::List((0..*length).map(|_| listed(elements, inner)).collect())
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> Value {
    Value::text(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// One element as plain data: a complex number as a list of two, a time as a text that names its
/// unit.
fn number(dtype: DType, item: &[u8]) -> Value {
    let mut wide = [0; 8];
    let float = |item: &[u8], size: u8| {
        let mut wide = [0; 8];
        convert(DType::Float(size), item, DType::Float(8), &mut wide)
            .map_or(Value::Null, |()| Value::Float(f64::from_ne_bytes(wide)))
    };
    match dtype {
        DType::Bool => Value::Bool(item.first() != Some(&0)),
        DType::Float(size) => float(item, size),
        DType::Complex(size) => {
            let half = size / 2;
            let parts = item.chunks_exact(usize::from(half));
            Value::List(parts.map(|part| float(part, half)).collect())
        }
        DType::Datetime(unit) | DType::Timedelta(unit) => {
            let count = i64::from_ne_bytes(item.try_into().unwrap_or_default());
            let since = if matches!(dtype, DType::Datetime(_)) { " since 1970-01-01" } else { "" };
            match count {
                i64::MIN => Value::Null,
                _ => Value::text(format!("{count} {}{since}", unit.name())),
            }
        }
        DType::UInt(_) => convert(dtype, item, DType::UInt(8), &mut wide)
            .and_then(|()| Value::integer(&u64::from_ne_bytes(wide).to_string()))
            .unwrap_or(Value::Null),
        _ => convert(dtype, item, DType::Int(8), &mut wide)
            .map_or(Value::Null, |()| Value::Int(i64::from_ne_bytes(wide))),
    }
}
