//! A sweep's table, handed over through Arrow's C stream interface.

use arrow_array::{RecordBatch, RecordBatchIterator};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_arrow::PyRecordBatchReader;

/// The capsule of a stream with one batch.
pub fn to_python<'py>(
    py: Python<'py>,
    batch: RecordBatch,
    requested_schema: Option<Bound<'py, PyCapsule>>,
) -> PyResult<Bound<'py, PyAny>> {
    let schema = batch.schema();
    let reader = RecordBatchIterator::new([Ok(batch)], schema);
    let reader = PyRecordBatchReader::new(Box::new(reader)).into_pyobject(py)?;
    reader.call_method1("__arrow_c_stream__", (requested_schema,))
}
