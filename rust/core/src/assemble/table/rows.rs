//! The columns side by side, with names that do not clash.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{ArrowError, Field, Schema};

use super::{labels, metrics, nested};
use crate::assemble::build::stored_names;
use crate::assemble::metric::free_name;
use crate::assemble::{Names, Parameters, Sweeps};
use crate::codes::index;
use crate::error::{Error, ErrorKind, Result};
use crate::metric::arrow::{DTYPE_KEY, EXTENSION_METADATA, EXTENSION_NAME, ROLE_KEY, TENSOR};
use crate::metric::{Column, Segment};
use crate::value::Value;

/// What a table is built from.
#[derive(Clone, Copy, Debug)]
pub struct TableParts<'p> {
    /// The jobs that have a row, in order.
    pub jobs: &'p [usize],
    /// What the jobs are called, those without a row too.
    pub job_names: &'p dyn Names,
    /// The sweeps that the jobs come from, where there may be several.
    pub sweeps: Option<&'p Sweeps>,
    /// The jobs' parameters.
    pub parameters: &'p Parameters,
    /// The metrics.
    pub columns: &'p [Column],
}

/// A column without its name.
pub struct Values {
    /// The values.
    pub array: ArrayRef,
    /// What Arrow's type alone does not say.
    pub dtype: Option<&'static str>,
    /// The lengths of its dimensions, where it is a tensor.
    pub tensor: Option<Vec<usize>>,
}

impl Values {
    /// Values of which Arrow's type says everything.
    pub const fn plain(array: ArrayRef) -> Self {
        Self { array, dtype: None, tensor: None }
    }
}

/// The cell of a row: the segment that holds it, and its position there.
pub type Place<'c> = Option<(&'c Segment, usize)>;

/// The table: `job`, then the parameters, then the metrics. Each field's metadata say which of
/// these it is (`runcube.role`).
///
/// # Errors
///
/// `Limit` where the lists or texts of one column have more than 2³¹ elements or bytes.
pub fn table(parts: TableParts<'_>) -> Result<RecordBatch> {
    let keys: HashSet<&str> = parts.parameters.list.iter().map(|it| it.name.as_str()).collect();
    let stored = stored_names(parts.columns, &keys);
    let taken = |name: &str| keys.contains(name) || stored.iter().any(|it| it == name);
    let job = free_name("job", &taken);

    let mut fields = Vec::new();
    let mut columns = Vec::new();
    let mut push = |name: &str, role: &str, values: Values| {
        fields.push(field(name, role, &values));
        columns.push(values.array);
    };
    let names: Vec<_> = parts.jobs.iter().map(|job| parts.job_names.name(*job)).collect();
    let names = names.iter().map(|name| Some(name.as_ref()));
    push(&job, "job", Values::plain(nested::texts(names)?));
    if let Some(sweeps) = parts.sweeps {
        let labels: Vec<Option<&Value>> =
            parts.jobs.iter().map(|job| sweeps.parameter.label_of(*job)).collect();
        push(&sweeps.parameter.name, "sweep", labels::column(&labels)?);
    }
    for parameter in &parts.parameters.list {
        let labels: Vec<Option<&Value>> =
            parts.jobs.iter().map(|job| parameter.label_of(*job)).collect();
        push(&parameter.name, "parameter", named(&parameter.name, labels::column(&labels))?);
    }
    for (column, name) in parts.columns.iter().zip(&stored) {
        push(name, "metric", named(name, metrics::column(&places(column, parts.jobs)))?);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(parts.jobs.len()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
        .map_err(|error| refused(&error))
}

/// What Arrow's own checks refuse, which our columns keep.
pub fn refused(error: &ArrowError) -> Error {
    Error::new(ErrorKind::Internal, format!("no Arrow table: {error}"))
}

fn named(name: &str, values: Result<Values>) -> Result<Values> {
    values.map_err(|error| Error {
        message: format!("the column `{name}`: {}", error.message),
        ..error
    })
}

fn field(name: &str, role: &str, values: &Values) -> Field {
    let mut metadata = HashMap::from([(ROLE_KEY.to_owned(), role.to_owned())]);
    if let Some(dtype) = values.dtype {
        metadata.insert(DTYPE_KEY.to_owned(), dtype.to_owned());
    }
    if let Some(shape) = &values.tensor {
        let lengths: Vec<String> = shape.iter().map(ToString::to_string).collect();
        metadata.insert(EXTENSION_NAME.to_owned(), TENSOR.to_owned());
        metadata.insert(
            EXTENSION_METADATA.to_owned(),
            format!("{{\"shape\":[{}]}}", lengths.join(",")),
        );
    }
    Field::new(name, values.array.data_type().clone(), true).with_metadata(metadata)
}

/// The cell of each row.
fn places<'c>(column: &'c Column, jobs: &[usize]) -> Vec<Place<'c>> {
    let mut row_of = vec![None; jobs.iter().max().map_or(0, |last| last.saturating_add(1))];
    for (row, job) in jobs.iter().enumerate() {
        if let Some(slot) = row_of.get_mut(*job) {
            *slot = Some(row);
        }
    }
    let mut places: Vec<Place<'c>> = vec![None; jobs.len()];
    for segment in &column.segments {
        for (at, job) in segment.jobs.iter().enumerate() {
            let row = row_of.get(index(*job)).copied().flatten();
            if let Some(slot) = row.and_then(|row| places.get_mut(row)) {
                *slot = Some((segment, at));
            }
        }
    }
    places
}
