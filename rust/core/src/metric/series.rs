//! Series: rows of named values, which become one cell for each name.
//!
//! ```text
//! {"step": 1, "loss": 0.5}               step  int64   (3,)   1    2    3
//! {"step": 2, "val": 0.7}          ──►   loss  float64 (3,)   0.5  NaN  0.25
//! {"step": 3, "loss": 0.25}              val   float64 (3,)   NaN  0.7  NaN
//! ```
//!
//! Every cell is an array whose leading dimension is the rows, also where there is one row or none:
//! a list of one element might be taken for the element later, an array never is. A row that
//! lacks a name, or has a null there, is a hole: `NaN` among numbers where each of them is exact as
//! `float64`; else the values stay what they are, and the hole is a null among them.

use std::collections::HashMap;

use crate::array::element_count;
use crate::error::{Error, ErrorKind, Result};
use crate::metric::Cells;
use crate::metric::bounds;
use crate::metric::cell::{Cell, Container, Data, Element, Form};
use crate::metric::plain::{self, add_leaves, kind_of, shape_of};
use crate::value::Value;

/// How many holes a series may have for each of its values, beyond [`FREE_HOLES`]: a bound on what
/// a small file can make of itself.
const MOST_HOLES: usize = 64;
/// Holes that need no values beside them.
const FREE_HOLES: usize = 1 << 20;

/// Rows, by name.
#[derive(Default)]
pub struct Series {
    rows: usize,
    columns: Vec<(String, Column)>,
    places: HashMap<String, usize>,
}

/// The values of one name, nulls left out, each with its row.
pub type Column = Vec<(usize, Value)>;

impl Series {
    /// How many rows there are.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a row, whose mappings are flattened.
    ///
    /// # Errors
    ///
    /// `Limit` for more names than a file may have.
    pub fn push(&mut self, entries: Vec<(Value, Value)>) -> Result<()> {
        for (name, value) in plain::flatten(entries)? {
            let at = match self.places.get(&name) {
                Some(at) => *at,
                None => {
                    let at = self.columns.len();
                    self.places.insert(name.clone(), at);
                    self.columns.push((name, Column::new()));
                    at
                }
            };
            if let (Some((_, column)), false) = (self.columns.get_mut(at), value == Value::Null) {
                column.push((self.rows, value));
            }
        }
        self.rows += 1;
        bounds::metrics(self.columns.len())
    }

    /// The cells, in the order in which the names were first met.
    ///
    /// # Errors
    ///
    /// `Limit` where holes outnumber values beyond reason.
    pub fn cells(self) -> Result<Cells> {
        let values: usize = self.columns.iter().map(|(_, column)| column.len()).sum();
        let holes = self.rows.saturating_mul(self.columns.len()).saturating_sub(values);
        bound(holes, values)?;
        let rows = self.rows;
        self.columns
            .into_iter()
            .map(|(name, column)| match cell(rows, column) {
                Ok(cell) => Ok((name, cell)),
                Err(error) => {
                    Err(Error { message: format!("`{name}`: {}", error.message), ..error })
                }
            })
            .collect()
    }
}

/// Refuses more holes than so many values may have.
///
/// # Errors
///
/// `Limit`, saying how many.
pub fn bound(holes: usize, values: usize) -> Result<()> {
    if holes <= values.saturating_mul(MOST_HOLES).saturating_add(FREE_HOLES) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Limit,
        format!(
            "the series has {holes} holes for {values} values; write only what belongs together"
        ),
    ))
}

/// The cell of a column of so many rows.
///
/// # Errors
///
/// `Limit` where holes outnumber values beyond reason.
pub fn cell(rows: usize, column: Column) -> Result<Cell> {
    let Some((_, first)) = column.first() else { return Ok(nulls(vec![rows])) };
    let is_even = |inner: &Vec<usize>| {
        column.iter().all(|(_, value)| shape_of(value, 1).as_ref() == Some(inner))
    };
    let Some(inner) = shape_of(first, 1).filter(is_even) else { return Ok(whole(rows, column)) };
    let size = element_count(&inner).unwrap_or(usize::MAX);
    let values = size.saturating_mul(column.len());
    bound(size.saturating_mul(rows).saturating_sub(values), values)?;
    let mut leaves: Vec<Option<&Value>> = Vec::with_capacity(size.saturating_mul(rows));
    for (row, value) in &column {
        leaves.resize(size.saturating_mul(*row), None);
        add_leaves(value, inner.len(), &mut leaves);
    }
    leaves.resize(size.saturating_mul(rows), None);
    let mut shape = vec![rows];
    shape.extend(&inner);
    if let Some((dtype, bytes)) = plain::numbers(&leaves) {
        return Ok(Cell::numbers(dtype, shape, Container::Array, bytes));
    }
    if let Some(texts) = plain::texts(&leaves) {
        return Ok(Cell::texts(shape, Container::Array, texts));
    }
    if kind_of(leaves.iter().flatten().copied()).is_some() {
        let values = leaves.iter().map(|leaf| leaf.cloned().unwrap_or(Value::Null)).collect();
        return Ok(objects(shape, values));
    }
    Ok(whole(rows, column))
}

/// Values of which each stays as it is.
fn whole(rows: usize, column: Column) -> Cell {
    let mut values = Vec::with_capacity(rows);
    for (row, value) in column {
        values.resize(row, Value::Null);
        values.push(value);
    }
    values.resize(rows, Value::Null);
    objects(vec![rows], values)
}

/// Nothing in an array of a shape.
pub const fn nulls(shape: Vec<usize>) -> Cell {
    let form = Form { element: Element::Null, shape, container: Container::Array };
    Cell { form, data: Data::Nulls }
}

const fn objects(shape: Vec<usize>, values: Vec<Value>) -> Cell {
    let form = Form { element: Element::Plain, shape, container: Container::Array };
    Cell { form, data: Data::Plain(values) }
}
