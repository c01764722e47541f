//! The shape of a document of one row: what the files of one sweep have in common, byte for byte.
//!
//! ```text
//! {"loss": 0.25, "curve": [1.5, 2.5], "note": "fine"}
//! ═════════════════════════════════════════════════════   names and marks: equal
//!          ────            ───  ───           ────        values: of the same kind
//! ```
//!
//! A value of another kind (`1` where `1.0` stood), of another number of elements, or with an
//! escape in its text, is left to the full parser.

use std::ops::Range;

use super::marker::MARKER;
use super::scan::{self, Kind, Token};
use crate::array::{DType, element_count};
use crate::json;
use crate::metric::cell::{Cell, Container, Element};
use crate::metric::column::{Columns, Slot};
use crate::metric::document::HISTORY;
use crate::metric::{Cells, complement};
use crate::value::Value;

/// A document of one row, and where its values lie.
#[derive(Debug)]
pub struct Shape {
    /// What stands before each value, and behind the last.
    marks: Vec<Vec<u8>>,
    /// The values.
    kinds: Vec<Kind>,
    cells: Vec<(Slot, Taken)>,
    /// The values of the file that is being read.
    numbers: Vec<u8>,
    texts: Vec<Range<usize>>,
}

/// What a cell takes of what was read.
#[derive(Clone, Copy, Debug)]
enum Taken {
    /// So many bytes of numbers.
    Numbers(usize),
    /// The next text.
    Text,
    /// Nothing: it is null, or an empty list.
    Nothing,
}

impl Shape {
    /// The shape of a file that was read as these cells by [`super::parse`]; `None` where it holds
    /// what only the full parser reads. `job` is the one whose file it is.
    #[must_use]
    pub fn learn(bytes: &[u8], cells: &Cells, columns: &mut Columns, job: u32) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        if text.contains(MARKER) || text.contains(HISTORY) {
            return None;
        }
        let document = json::document(text).ok()?;
        let Value::Map(_) = document else { return None };
        let (names, tokens) = scan::tokens(bytes)?;
        // A name that occurs twice has one entry: values and cells would not be in one order.
        if names != entry_count(&document) {
            return None;
        }
        let mut rest = tokens.as_slice();
        let mut taken = Vec::with_capacity(cells.len());
        for (_, cell) in cells {
            let count = match cell.form.element {
                Element::Null if cell.form.container == Container::Scalar => 1,
                _ => element_count(&cell.form.shape)?,
            };
            let (own, others) = rest.split_at_checked(count)?;
            rest = others;
            taken.push(takes(cell, own)?);
        }
        if !rest.is_empty() {
            return None;
        }
        let places = tokens.iter().map(|token| token.place.clone()).collect();
        let marks = marks(bytes, &tokens, places)?;
        let slots = cells.iter().zip(0_u32..).zip(taken);
        let cells = slots
            .map(|(((name, cell), place), taken)| {
                (columns.slot(job, place, name, &cell.form), taken)
            })
            .collect();
        let kinds = tokens.iter().map(|token| token.kind).collect();
        Some(Self { marks, kinds, cells, numbers: Vec::new(), texts: Vec::new() })
    }

    /// Whether the file has this shape; if so, its values are added.
    #[must_use]
    pub fn read(&mut self, bytes: &[u8], columns: &mut Columns, job: u32) -> bool {
        if self.take(bytes).is_none() {
            return false;
        }
        let mut numbers = self.numbers.as_slice();
        let mut texts = self.texts.iter();
        for (slot, taken) in &self.cells {
            match taken {
                Taken::Numbers(size) => {
                    let (own, rest) = numbers.split_at_checked(*size).unwrap_or_default();
                    columns.push_numbers(*slot, job, own);
                    numbers = rest;
                }
                Taken::Text => {
                    let text = texts.next().and_then(|place| bytes.get(place.clone()));
                    let text = text.and_then(|text| std::str::from_utf8(text).ok());
                    columns.push_text(*slot, job, text.unwrap_or_default());
                }
                Taken::Nothing => columns.push_numbers(*slot, job, &[]),
            }
        }
        true
    }

    /// Reads the values; `None` where the file has another shape.
    fn take(&mut self, bytes: &[u8]) -> Option<()> {
        self.numbers.clear();
        self.texts.clear();
        let mut rest = bytes;
        let mut marks = self.marks.iter();
        for kind in &self.kinds {
            rest = rest.strip_prefix(marks.next()?.as_slice())?;
            let length = match kind {
                Kind::Float => {
                    let (float, length) = scan::float(rest)?;
                    self.numbers.extend(float.to_ne_bytes());
                    length
                }
                Kind::Int => {
                    let (int, length) = scan::int(rest)?;
                    self.numbers.extend(int.to_ne_bytes());
                    length
                }
                Kind::Bool => {
                    let (bool, length) = scan::bool(rest)?;
                    self.numbers.push(bool.into());
                    length
                }
                Kind::Text => {
                    let length = scan::text(rest)?;
                    let start = bytes.len().checked_sub(rest.len())?;
                    self.texts
                        .push(start.checked_add(1)?..start.checked_add(length)?.checked_sub(1)?);
                    length
                }
                Kind::Null => rest.starts_with(b"null").then_some(4)?,
            };
            rest = rest.get(length..)?;
        }
        (rest == marks.next()?.as_slice()).then_some(())
    }
}

/// How many entries all mappings in the value have.
fn entry_count(value: &Value) -> usize {
    match value {
        Value::Map(entries) => {
            entries.iter().map(|(_, item)| entry_count(item).saturating_add(1)).sum()
        }
        Value::List(items) => items.iter().map(entry_count).sum(),
        _ => 0,
    }
}

/// What a cell takes of its values; `None` where they are not all of the kind that its form says.
fn takes(cell: &Cell, tokens: &[Token]) -> Option<Taken> {
    let (kind, taken) = match cell.form.element {
        Element::Number(dtype) => {
            let kind = match dtype {
                DType::Float(8) => Kind::Float,
                DType::Int(8) => Kind::Int,
                DType::Bool => Kind::Bool,
                _ => return None,
            };
            (kind, Taken::Numbers(tokens.len().checked_mul(dtype.size())?))
        }
        Element::Text if cell.form.container == Container::Scalar => (Kind::Text, Taken::Text),
        Element::Null => (Kind::Null, Taken::Nothing),
        Element::Text | Element::Bytes | Element::Plain => return None,
    };
    tokens.iter().all(|token| token.kind == kind).then_some(taken)
}

/// What stands before each value, and behind the last.
fn marks(bytes: &[u8], tokens: &[Token], places: Vec<Range<usize>>) -> Option<Vec<Vec<u8>>> {
    let between = complement(places, bytes.len())?;
    // No two values touch, and a mapping begins and ends with a mark.
    (between.len() == tokens.len().checked_add(1)?).then_some(())?;
    between.into_iter().map(|range| bytes.get(range).map(<[u8]>::to_vec)).collect()
}
