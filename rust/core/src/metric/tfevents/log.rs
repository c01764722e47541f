//! The events of one directory, as one table.

use std::collections::{BTreeMap, HashMap};

use super::event::{self, Scalar};
use super::frames;
use crate::array::{DType, HOLE, HOLE_32};
use crate::error::Result;
use crate::metric::cell::{Cell, Container};
use crate::metric::text::Names;
use crate::metric::{Cells, series};

/// The name of the series of steps.
const STEP: &str = "step";
/// The plugin of scalars.
const SCALARS: &str = "scalars";

/// The scalars of one or more event files.
#[derive(Debug, Default)]
pub struct Log {
    tags: Vec<Tag>,
    places: HashMap<String, usize>,
}

#[derive(Debug)]
struct Tag {
    name: String,
    is_scalar: bool,
    values: BTreeMap<i64, Scalar>,
}

/// Reads one event file by itself.
///
/// # Errors
///
/// As [`Log::add`] and [`Log::cells`].
pub fn parse(bytes: &[u8]) -> Result<Cells> {
    let mut log = Log::default();
    log.add(bytes)?;
    log.cells()
}

impl Log {
    /// Adds the events of a file, which come after those that were added before. A damaged file
    /// adds nothing.
    ///
    /// # Errors
    ///
    /// `Corrupt` where a record is damaged.
    pub fn add(&mut self, bytes: &[u8]) -> Result<()> {
        let mut events = Vec::new();
        frames::for_each(bytes, |record| event::read(record, |step, it| events.push((step, it))))?;
        for (step, value) in events {
            let at = match self.places.get(value.tag) {
                Some(at) => *at,
                None => {
                    let at = self.tags.len();
                    self.places.insert(value.tag.to_owned(), at);
                    let name = value.tag.to_owned();
                    self.tags.push(Tag { name, is_scalar: true, values: BTreeMap::new() });
                    at
                }
            };
            let Some(tag) = self.tags.get_mut(at) else { continue };
            if let Some(plugin) = value.plugin {
                tag.is_scalar = plugin.is_empty() || plugin == SCALARS;
            }
            if let (Some(scalar), true) = (value.scalar, tag.is_scalar) {
                tag.values.insert(step, scalar);
            }
        }
        Ok(())
    }

    /// The table: `step`, and each tag that has a value, in the order in which they were met.
    ///
    /// # Errors
    ///
    /// `Limit` where holes outnumber values beyond reason.
    pub fn cells(self) -> Result<Cells> {
        let tags: Vec<Tag> = self.tags.into_iter().filter(|tag| !tag.values.is_empty()).collect();
        let mut steps: Vec<i64> = tags.iter().flat_map(|tag| tag.values.keys().copied()).collect();
        let values = steps.len();
        steps.sort_unstable();
        steps.dedup();
        series::bound(steps.len().saturating_mul(tags.len()).saturating_sub(values), values)?;
        let mut names = Names::default();
        let mut cells = Cells::new();
        for tag in tags {
            let is_single = tag.values.values().all(|scalar| scalar.is_single);
            let mut bytes = Vec::new();
            for step in &steps {
                match tag.values.get(step) {
                    Some(scalar) if is_single => bytes.extend(narrow(scalar.value).to_ne_bytes()),
                    None if is_single => bytes.extend(HOLE_32.to_ne_bytes()),
                    Some(scalar) => bytes.extend(scalar.value.to_ne_bytes()),
                    None => bytes.extend(HOLE.to_ne_bytes()),
                }
            }
            let dtype = DType::Float(if is_single { 4 } else { 8 });
            let cell = Cell::numbers(dtype, vec![steps.len()], Container::Array, bytes);
            cells.push((names.take(tag.name)?, cell));
        }
        if !cells.is_empty() {
            let bytes = steps.iter().flat_map(|step| step.to_ne_bytes()).collect();
            let cell = Cell::numbers(DType::Int(8), vec![steps.len()], Container::Array, bytes);
            cells.insert(0, (names.take(STEP.to_owned())?, cell));
        }
        Ok(cells)
    }
}

/// The `float32` that a value was.
#[expect(clippy::as_conversions, reason = "exact: the value was widened from `f32`")]
const fn narrow(value: f64) -> f32 {
    value as f32
}
