//! Values that no array holds, as plain data: what a JSON text would say of them.

use crate::array::DType;
use crate::error::{Error, ErrorKind, Result};
use crate::metric::cell::{Cell, Data, Element};
use crate::metric::pickle::encode::{Encoder, ITEM, foreign};
use crate::metric::pickle::join::parts;
use crate::metric::pickle::object::{Id, Object};
use crate::value::{Value, python_float};

impl Encoder<'_, '_> {
    /// The value as plain data.
    pub fn plain(&self, id: Id) -> Result<Value> {
        Ok(match self.heap.get(id) {
            Object::None => Value::Null,
            Object::Bool(value) => Value::Bool(*value),
            Object::Int(value) => Value::Int(*value),
            Object::BigInt(digits) => {
                self.spend(digits.len())?;
                Value::BigInt(digits.clone())
            }
            Object::Float(value) => Value::Float(*value),
            Object::Text(text) => {
                self.spend(text.len())?;
                Value::text(text.as_ref())
            }
            Object::List(items) => self.plain_list(items)?,
            Object::Tuple(items) => self.plain_list(items)?,
            Object::Mapping(entries) => {
                let mut found: Vec<(Value, Value)> = Vec::new();
                for (key, value) in entries {
                    let key = self.key(*key)?;
                    self.spend(key.len().saturating_add(ITEM))?;
                    found.push((Value::text(key), self.plain(*value)?));
                }
                Value::Map(found)
            }
            Object::Array(_) | Object::Tensor(_) | Object::Element(..) => nested(&self.cell(id)?)?,
            other => return Err(foreign(other)),
        })
    }

    /// A list as plain data.
    pub fn plain_list(&self, items: &[Id]) -> Result<Value> {
        let plain = |item: &Id| {
            self.spend(ITEM)?;
            self.plain(*item)
        };
        Ok(Value::List(items.iter().map(plain).collect::<Result<_>>()?))
    }

    /// The key of a mapping as text: Python's `str` of it.
    pub fn key(&self, id: Id) -> Result<String> {
        Ok(match self.heap.get(id) {
            Object::Text(text) => text.clone().into_owned(),
            Object::None => "None".to_owned(),
            Object::Bool(true) => "True".to_owned(),
            Object::Bool(false) => "False".to_owned(),
            Object::Int(value) => value.to_string(),
            Object::BigInt(digits) => digits.to_string(),
            Object::Float(value) => python_float(*value),
            Object::Element(..) => match nested(&self.cell(id)?)? {
                Value::Str(text) => text.into(),
                Value::Int(value) => value.to_string(),
                Value::BigInt(digits) => digits.into(),
                Value::Bool(value) => if value { "True" } else { "False" }.to_owned(),
                _ => return Err(unnamed()),
            },
            Object::Tuple(items) => {
                let items = items
                    .iter()
                    .map(|item| match self.heap.get(*item) {
                        Object::Tuple(_) | Object::Element(..) => Err(unnamed()),
                        Object::Text(text) => Ok(Value::List(vec![Value::text(text.as_ref())])
                            .to_string()
                            .trim_start_matches('[')
                            .trim_end_matches(']')
                            .to_owned()),
                        _ => self.key(*item),
                    })
                    .collect::<Result<Vec<_>>>()?;
                match items.as_slice() {
                    [one] => format!("({one},)"),
                    several => format!("({})", several.join(", ")),
                }
            }
            _ => return Err(unnamed()),
        })
    }
}

fn unnamed() -> Error {
    Error::new(ErrorKind::Unsupported, "a key of a mapping is neither text nor a number")
}

/// The elements of a cell as lists in lists.
fn nested(cell: &Cell) -> Result<Value> {
    let items: Vec<Value> = match (&cell.data, cell.form.element) {
        (Data::Texts(texts), _) => texts.iter().map(|text| Value::text(text.clone())).collect(),
        (Data::Numbers(bytes), Element::Number(dtype)) => bytes
            .chunks_exact(dtype.size())
            .map(|item| number(item, dtype).ok_or_else(|| foreign(&Object::Complex(0.0, 0.0))))
            .collect::<Result<_>>()?,
        _ => return Err(foreign(&Object::Foreign("bytes"))),
    };
    let mut items = items;
    for length in cell.form.shape.iter().rev() {
        if *length == 0 {
            return empty(&cell.form.shape);
        }
        items = items.chunks(*length).map(|chunk| Value::List(chunk.to_vec())).collect();
    }
    Ok(items.into_iter().next().unwrap_or(Value::Null))
}

/// Lists in lists where no dimension holds an element.
fn empty(shape: &[usize]) -> Result<Value> {
    match shape.split_first() {
        Some((0, _)) => Ok(Value::List(Vec::new())),
        Some((length, rest)) if *length <= MOST_EMPTY => {
            Ok(Value::List(vec![empty(rest)?; *length]))
        }
        _ => Err(Error::new(ErrorKind::Unsupported, "it is an empty array of a vast shape")),
    }
}

/// Longest dimension of an empty array among other values.
const MOST_EMPTY: usize = 64;

fn number(item: &[u8], dtype: DType) -> Option<Value> {
    if let Some(whole) = dtype.integer(item) {
        return Value::integer(&whole.to_string());
    }
    match dtype {
        DType::Bool => Some(Value::Bool(item.first().is_some_and(|byte| *byte != 0))),
        DType::Float(_) => parts(item, dtype).map(|(real, _)| Value::Float(real)),
        _ => None,
    }
}
