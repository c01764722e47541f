//! The shape of a file of one row: what those of one sweep have in common, byte for byte.
//!
//! ```text
//! magic schema │ batch header              │ body              │ end │ footer
//! ═════════════╪═══ nodes ─── buffers ─════╪───────────────────╪═════╪═══ block ── crc ═══
//!              │    lengths    places      │ overrides, values │
//! ```
//!
//! What is drawn double equals the first file's bytes; the rest is read at places known from it.
//! The checksum covers all but the footer, so a recognised record is an intact one. A file that is
//! no record of ours has none: all but its body equals the first one's.

use std::ops::Range;

use arrow_ipc::convert::fb_to_schema;
use arrow_ipc::{Block, root_as_message};
use arrow_schema::{DataType, Field, Schema};

use super::layout::element_type;
use super::read::{Record, footer_start};
use super::{CHECKSUM_KEY, OVERRIDES_ROLE, ROLE_KEY, STREAM_START, TAIL};
use crate::array::{DType, element_count};
use crate::metric::cell::{Container, Element};
use crate::metric::column::{Columns, Slot};

/// Bytes before the flatbuffer of a message: a marker and the length.
const MESSAGE_PREFIX: usize = 8;
/// Bytes of the marker that ends the stream.
const END_OF_STREAM: usize = 8;
/// Bytes of a `FieldNode` and of a `Buffer` in a batch header: two 64-bit integers.
const PAIR: usize = 16;

/// A file of one row, and where its values lie.
#[derive(Debug)]
pub struct Shape {
    /// The bytes before the body.
    head: Vec<u8>,
    head_constant: Vec<Range<usize>>,
    body_length: usize,
    nodes: Vec<usize>,
    buffers: Vec<usize>,
    /// The bytes from the footer on.
    foot: Vec<u8>,
    foot_constant: Vec<Range<usize>>,
    /// Where the checksum lies in these; `None` for a file that is no record of ours.
    checksum: Option<Range<usize>>,
    overrides: Option<Place>,
    plans: Vec<Plan>,
}

/// Where a column starts among the nodes and buffers of the batch.
#[derive(Clone, Copy, Debug)]
struct Place {
    node: usize,
    buffer: usize,
}

#[derive(Debug)]
struct Plan {
    slot: Slot,
    kind: PlanKind,
}

#[derive(Debug)]
enum PlanKind {
    /// So many bytes in one buffer.
    Numbers { buffer: usize, size: usize },
    /// So many bits in one buffer.
    Bits { buffer: usize, count: usize },
    /// One text: a buffer of two offsets, and one of bytes.
    Text { offsets: usize },
    /// Numbers in a list of so many elements: a buffer of two offsets, and one of numbers.
    List { offsets: usize, buffer: usize, count: usize, size: usize },
}

/// The override lines of one record, as they lie in the file.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'b> {
    offsets: &'b [u8],
    text: &'b [u8],
}

impl<'b> Lines<'b> {
    /// The lines, in order.
    pub fn iter(self) -> impl Iterator<Item = &'b [u8]> {
        let bounds = self.offsets.chunks_exact(4).map(number32);
        bounds.clone().zip(bounds.skip(1)).filter_map(move |(from, to)| self.text.get(from?..to?))
    }
}

fn number32(bytes: &[u8]) -> Option<usize> {
    usize::try_from(i32::from_le_bytes(bytes.try_into().ok()?)).ok()
}

fn number64(bytes: &[u8], at: usize) -> Option<usize> {
    let raw = bytes.get(at..at.checked_add(8)?)?;
    usize::try_from(i64::from_le_bytes(raw.try_into().ok()?)).ok()
}

impl Shape {
    /// The shape of a file that was read as `record` by [`super::parse`]; `None` where it holds
    /// more than one row, or what only the full parser reads. `job` is the one whose file it is.
    #[must_use]
    pub fn learn(bytes: &[u8], record: &Record, columns: &mut Columns, job: u32) -> Option<Self> {
        let footer_at = footer_start(bytes).ok()?;
        let (schema_message, batch_at) = message(bytes, STREAM_START)?;
        let (batch_message, body_at) = message(bytes, batch_at)?;
        let parsed = root_as_message(batch_message).ok()?;
        let batch = parsed.header_as_record_batch()?;
        if batch.compression().is_some() {
            return None;
        }
        let place = |inner: &[u8]| inner.as_ptr().addr().checked_sub(bytes.as_ptr().addr());
        let node_bytes = batch.nodes()?.bytes();
        let buffer_bytes = batch.buffers()?.bytes();
        let places = |slice: &[u8]| -> Option<Vec<usize>> {
            let start = place(slice)?;
            Some((0..slice.len() / PAIR).map(|at| start + at * PAIR).collect())
        };
        let nodes = places(node_bytes)?;
        let buffers = places(buffer_bytes)?;
        // The field of the body's length lies where the message's table says.
        let table = parsed._tab;
        let offset = table.vtable().get(arrow_ipc::Message::VT_BODYLENGTH);
        let body_length =
            place(batch_message)?.checked_add(table.loc())?.checked_add(usize::from(offset))?;
        if offset == 0
            || body_at.checked_add(number64(bytes, body_length)?)?.checked_add(END_OF_STREAM)?
                != footer_at
        {
            return None;
        }
        let range = |slice: &[u8]| Some(place(slice)?..place(slice)?.checked_add(slice.len())?);
        let foot = bytes.get(footer_at..)?.to_vec();
        let (schema, head_variable, foot_variable, checksum) = if record.recorded {
            let schema = root_as_message(schema_message).ok()?.header_as_schema()?;
            let (checksum, block) = footer_places(&foot)?;
            let lengths = body_length..body_length.checked_add(8)?;
            let head = vec![range(node_bytes)?, range(buffer_bytes)?, lengths];
            (fb_to_schema(schema), head, vec![checksum.clone(), block], Some(checksum))
        } else {
            let block = (batch_at, body_at, number64(bytes, body_length)?);
            let schema = schema_alone(&foot, block).filter(|_| record.left_out.is_empty())?;
            (schema, Vec::new(), Vec::new(), None)
        };

        let mut shape = Self {
            head: bytes.get(..body_at)?.to_vec(),
            head_constant: crate::metric::complement(head_variable, body_at)?,
            body_length,
            nodes,
            buffers,
            foot_constant: crate::metric::complement(foot_variable, foot.len())?,
            foot,
            checksum,
            overrides: None,
            plans: Vec::new(),
        };
        let mut at = Place { node: 0, buffer: 0 };
        let mut cells = record.cells.iter();
        for field in schema.fields() {
            let role = field.metadata().get(ROLE_KEY).map(String::as_str);
            if record.recorded && role == Some(OVERRIDES_ROLE) {
                shape.overrides = Some(at);
                at = Place { node: at.node + 2, buffer: at.buffer + 5 };
                continue;
            }
            let (_, cell) = cells.next().filter(|(name, _)| name == field.name())?;
            let index = u32::try_from(shape.plans.len()).ok()?;
            let kind = plan(field, cell, &mut at)?;
            let slot = columns.slot(job, index, field.name(), &cell.form);
            shape.plans.push(Plan { slot, kind });
        }
        (cells.next().is_none() && shape.recognise(bytes).is_some()).then_some(shape)
    }

    /// Whether the file has this shape and the right checksum; if so, its values are added. Gives
    /// the override lines, where the shape has them.
    #[must_use]
    pub fn read<'b>(
        &self,
        bytes: &'b [u8],
        columns: &mut Columns,
        job: u32,
    ) -> Option<Option<Lines<'b>>> {
        let (file, lines) = self.recognise(bytes)?;
        for plan in &self.plans {
            match (file.value(plan)?, &plan.kind) {
                (value, PlanKind::Bits { count, .. }) => columns.push_bits(
                    plan.slot,
                    job,
                    (0..*count)
                        .map(|at| value.get(at / 8).is_some_and(|it| it >> (at % 8) & 1 == 1)),
                ),
                (value, PlanKind::Text { .. }) => {
                    columns.push_text(plan.slot, job, std::str::from_utf8(value).ok()?);
                }
                (value, _) => columns.push_numbers(plan.slot, job, value),
            }
        }
        Some(lines)
    }

    /// The override lines of a file that has this shape and the right checksum, where the shape has
    /// them; its values are left alone.
    #[must_use]
    pub fn lines<'b>(&self, bytes: &'b [u8]) -> Option<Option<Lines<'b>>> {
        self.recognise(bytes).map(|(_, lines)| lines)
    }

    fn recognise<'s, 'b>(&'s self, bytes: &'b [u8]) -> Option<(File<'s, 'b>, Option<Lines<'b>>)> {
        let footer_at = bytes.len().checked_sub(self.foot.len())?;
        let foot = bytes.get(footer_at..)?;
        let same = |template: &[u8], bytes: &[u8], ranges: &[Range<usize>]| {
            ranges.iter().all(|range| bytes.get(range.clone()) == template.get(range.clone()))
        };
        if !same(&self.head, bytes, &self.head_constant)
            || !same(&self.foot, foot, &self.foot_constant)
        {
            return None;
        }
        if let Some(checksum) = &self.checksum {
            let covered = bytes.get(..footer_at)?;
            let stored = std::str::from_utf8(foot.get(checksum.clone())?).ok()?;
            let is_hex = stored.len() == 8;
            if !is_hex || u32::from_str_radix(stored, 16).ok()? != crc32fast::hash(covered) {
                return None;
            }
        }
        let body_end = self.head.len().checked_add(number64(bytes, self.body_length)?)?;
        if body_end.checked_add(END_OF_STREAM)? != footer_at || !self.is_one_row(bytes) {
            return None;
        }
        let file = File { shape: self, bytes, body: bytes.get(self.head.len()..body_end)? };
        let lines = match self.overrides {
            Some(place) => Some(file.lines(place)?),
            None => None,
        };
        self.plans.iter().all(|plan| file.value(plan).is_some()).then_some((file, lines))
    }

    /// No column holds a null, and each top-level one that is used holds one row (its buffers say).
    fn is_one_row(&self, bytes: &[u8]) -> bool {
        self.nodes.iter().all(|at| number64(bytes, at + 8) == Some(0))
            && self.nodes.first().is_none_or(|at| number64(bytes, *at) == Some(1))
    }
}

struct File<'s, 'b> {
    shape: &'s Shape,
    bytes: &'b [u8],
    body: &'b [u8],
}

impl<'b> File<'_, 'b> {
    fn buffer(&self, index: usize) -> Option<&'b [u8]> {
        let at = *self.shape.buffers.get(index)?;
        let start = number64(self.bytes, at)?;
        let length = number64(self.bytes, at + 8)?;
        self.body.get(start..start.checked_add(length)?)
    }

    fn lines(&self, place: Place) -> Option<Lines<'b>> {
        let count = number64(self.bytes, *self.shape.nodes.get(place.node + 1)?)?;
        let bounds = self.buffer(place.buffer + 1)?;
        if bounds.get(..4).and_then(number32) != Some(0)
            || bounds.get(4..8).and_then(number32) != Some(count)
        {
            return None;
        }
        let text = self.buffer(place.buffer + 4)?;
        if count == 0 {
            return Some(Lines { offsets: &[], text });
        }
        let offsets = self.buffer(place.buffer + 3)?.get(..(count + 1).checked_mul(4)?)?;
        let mut last = 0;
        for offset in offsets.chunks_exact(4) {
            let offset = number32(offset)?;
            if offset < last || offset > text.len() {
                return None;
            }
            last = offset;
        }
        Some(Lines { offsets, text })
    }

    fn bounds(&self, offsets: usize) -> Option<Range<usize>> {
        let raw = self.buffer(offsets)?;
        Some(number32(raw.get(..4)?)?..number32(raw.get(4..8)?)?)
    }

    fn value(&self, plan: &Plan) -> Option<&'b [u8]> {
        match plan.kind {
            PlanKind::Numbers { buffer, size } => self.buffer(buffer)?.get(..size),
            PlanKind::Bits { buffer, count } => self.buffer(buffer)?.get(..count.div_ceil(8)),
            PlanKind::Text { offsets } => {
                let text = self.buffer(offsets + 1)?.get(self.bounds(offsets)?)?;
                std::str::from_utf8(text).ok().map(|_| text)
            }
            PlanKind::List { offsets, buffer, count, size } => {
                (self.bounds(offsets)? == (0..count)).then_some(())?;
                self.buffer(buffer)?.get(..size)
            }
        }
    }
}

/// The flatbuffer of the message at a place, and where the bytes after it start.
fn message(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let length = number32(bytes.get(at.checked_add(4)?..at.checked_add(MESSAGE_PREFIX)?)?)?;
    let start = at.checked_add(MESSAGE_PREFIX)?;
    let end = start.checked_add(length)?;
    Some((bytes.get(start..end)?, end))
}

/// Where the checksum's digits and the batch's block lie in the bytes from the footer on.
fn footer_places(foot: &[u8]) -> Option<(Range<usize>, Range<usize>)> {
    let footer = arrow_ipc::root_as_footer(foot.get(..foot.len().checked_sub(TAIL)?)?).ok()?;
    let place = |inner: &[u8]| {
        let start = inner.as_ptr().addr().checked_sub(foot.as_ptr().addr())?;
        Some(start..start.checked_add(inner.len())?)
    };
    let entries = footer.custom_metadata()?;
    let entry = entries.iter().find(|entry| entry.key() == Some(CHECKSUM_KEY))?;
    Some((place(entry.value()?.as_bytes())?, place(footer.recordBatches()?.bytes())?))
}

/// The schema of a footer without a checksum that names the batch at this place, its only one. The
/// full parser believes the footer, not the stream before it.
fn schema_alone(foot: &[u8], (start, body, length): (usize, usize, usize)) -> Option<Schema> {
    let footer = arrow_ipc::root_as_footer(foot.get(..foot.len().checked_sub(TAIL)?)?).ok()?;
    let mut keys = footer.custom_metadata().into_iter().flatten();
    let blocks: Vec<_> = footer.recordBatches().into_iter().flatten().collect();
    let expected = |block: &Block| {
        i64::try_from(start) == Ok(block.offset())
            && i32::try_from(body.saturating_sub(start)) == Ok(block.metaDataLength())
            && i64::try_from(length) == Ok(block.bodyLength())
    };
    let alone = matches!(blocks.as_slice(), [block] if expected(block))
        && footer.dictionaries().is_none_or(|it| it.is_empty())
        && keys.all(|it| it.key() != Some(CHECKSUM_KEY));
    footer.schema().filter(|_| alone).map(fb_to_schema)
}

/// How a column's value is read, for the forms that sweeps are full of; moves `at` behind it.
fn plan(field: &Field, cell: &crate::metric::Cell, at: &mut Place) -> Option<PlanKind> {
    let count = element_count(&cell.form.shape)?;
    let size = |dtype: DType| count.checked_mul(dtype.size());
    let start = *at;
    // Every node comes with a buffer for nulls, which the shape does not have.
    let (nodes, buffers, kind) = match (field.data_type(), cell.form.element) {
        (DataType::Utf8, Element::Text) => (1, 3, PlanKind::Text { offsets: start.buffer + 1 }),
        (DataType::FixedSizeList(item, _), Element::Number(dtype))
            if element_type(item.data_type()).is_some() =>
        {
            let buffer = start.buffer + 2;
            (
                2,
                3,
                if dtype == DType::Bool {
                    PlanKind::Bits { buffer, count }
                } else {
                    PlanKind::Numbers { buffer, size: size(dtype)? }
                },
            )
        }
        (DataType::List(item), Element::Number(dtype))
            if element_type(item.data_type()) == Some(dtype)
                && dtype != DType::Bool
                && cell.form.container == Container::List =>
        {
            let (offsets, buffer) = (start.buffer + 1, start.buffer + 3);
            (2, 4, PlanKind::List { offsets, buffer, count, size: size(dtype)? })
        }
        (other, Element::Number(dtype)) if element_type(other) == Some(dtype) => {
            let buffer = start.buffer + 1;
            (
                1,
                2,
                if dtype == DType::Bool {
                    PlanKind::Bits { buffer, count: 1 }
                } else {
                    PlanKind::Numbers { buffer, size: dtype.size() }
                },
            )
        }
        _ => return None,
    };
    *at = Place { node: start.node + nodes, buffer: start.buffer + buffers };
    Some(kind)
}
