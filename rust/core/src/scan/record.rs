//! What `.runcube/sweep.json` says of the sweep's definition (version 1).
//!
//! ```json
//! {"v": 1, "definition": {"kind": "product", "axes": [{"name": "lr", "labels": ["0.1", "0.2"]}]}}
//! ```
//!
//! The labels are override texts. `signature_exclude` and `repeat_key` name keys by which no two jobs
//! are told apart. A `multirun.yaml` cannot say of a parameter with one value that
//! it was swept; this record does.

use std::path::Path;

use serde_json::Value as Json;

use crate::error::{Error, ErrorKind, Result};
use crate::files::Root;

/// Where the record stands, relative to the sweep.
pub const SWEEP_RECORD: &str = ".runcube/sweep.json";

/// The version of the contract that is read.
const VERSION: u64 = 1;

/// What a sweep was recorded to run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordedDefinition {
    /// Whether its jobs are the product of its axes; of any other kind they are a list.
    pub is_product: bool,
    /// The axes, in the sweep's order, with the texts of their labels.
    pub axes: Vec<(String, Vec<String>)>,
    /// When it was launched, in seconds since 1970.
    pub created: Option<f64>,
    /// Keys that make no job another one: their values are no axis, whatever they are.
    pub indifferent: Vec<String>,
}

/// Reads the record of the sweep in a directory below; `None` where there is none.
///
/// # Errors
///
/// `Syntax` where it is damaged, `Unsupported` for a later version.
pub fn recorded_definition(root: &Root, sweep: &Path) -> Result<Option<RecordedDefinition>> {
    let Some(bytes) = root.read_optional(sweep, SWEEP_RECORD)? else { return Ok(None) };
    let bad = |what: &str| Error::new(ErrorKind::Syntax, format!("no record of a sweep: {what}"));
    let record: Json = serde_json::from_slice(&bytes).map_err(|error| bad(&error.to_string()))?;
    if record.get("v").and_then(Json::as_u64) != Some(VERSION) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!("the record is of another version than {VERSION}: a newer runcube wrote it"),
        ));
    }
    let definition = record.get("definition").ok_or_else(|| bad("no `definition`"))?;
    let kind = definition.get("kind").and_then(Json::as_str).ok_or_else(|| bad("no `kind`"))?;
    let text = |json: &Json| json.as_str().map(str::to_owned);
    let axis = |axis: &Json| {
        let labels = axis.get("labels")?.as_array()?;
        Some((text(axis.get("name")?)?, labels.iter().map(text).collect::<Option<_>>()?))
    };
    let axes = match definition.get("axes") {
        None if kind != "product" => Some(Vec::new()),
        axes => axes.and_then(Json::as_array).and_then(|axes| axes.iter().map(axis).collect()),
    };
    let axes = axes.ok_or_else(|| bad("its axes are no list of names with labels"))?;
    let created = record.get("created").and_then(Json::as_f64);
    let excluded = record.get("signature_exclude").and_then(Json::as_array);
    let indifferent =
        excluded.into_iter().flatten().chain(record.get("repeat_key")).filter_map(text).collect();
    Ok(Some(RecordedDefinition { is_product: kind == "product", axes, created, indifferent }))
}
