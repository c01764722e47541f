//! What the fuzz targets call, one function for each: it takes any bytes, and must come back. Where
//! there is a law, it is asserted. `tests/corpus.rs` calls the same functions on the kept inputs.
#![allow(dead_code, reason = "every target takes its own function, and the test all of them")]

use runcube_core::grammar::{self, Dialect};
use runcube_core::metric::{self, Columns};
use runcube_core::query::Query;
use runcube_core::yaml;

/// An entry function.
pub type Entry = fn(&[u8]);

/// Every target, by name.
pub const ALL: [(&str, Entry); 14] = [
    ("arrow", arrow),
    ("condition", condition),
    ("csv", csv),
    ("events", events),
    ("grammar", grammar),
    ("json", json),
    ("jsonlines", jsonlines),
    ("npy", npy),
    ("npz", npz),
    ("parquet", parquet),
    ("pickle", pickle),
    ("safetensors", safetensors),
    ("torch", torch),
    ("yaml", yaml),
];

/// An override: what is printed is parsed as the same.
pub fn grammar(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for dialect in [Dialect::Hydra13, Dialect::Hydra14] {
        let Ok(parsed) = grammar::parse(text, dialect) else { continue };
        let printed = parsed.to_string();
        let again = grammar::parse(&printed, dialect).map(|it| it.to_string());
        assert!(again.as_ref() == Ok(&printed), "{text:?} is printed as {printed:?}: {again:?}");
    }
}

/// A condition on jobs: what is printed is parsed as the same.
pub fn condition(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(query) = Query::parse(text) else { return };
    let printed = query.condition().to_string();
    let again = Query::parse(&printed).map(|it| it.condition().to_string());
    assert!(again.as_ref() == Ok(&printed), "{text:?} is printed as {printed:?}: {again:?}");
    query.holds(|_| None);
}

/// A list of overrides, a sweep's record, and metrics.
pub fn yaml(bytes: &[u8]) {
    if let Ok(lines) = yaml::lines(bytes) {
        let mut all = Vec::new();
        lines.for_each(|line| all.extend_from_slice(line));
    }
    drop(yaml::multirun(bytes));
    drop(metric::parse("metrics.yaml", bytes));
}

/// A table.
pub fn csv(bytes: &[u8]) {
    drop(metric::parse("metrics.csv", bytes));
}

/// A mapping on each line.
pub fn jsonlines(bytes: &[u8]) {
    drop(metric::parse("metrics.jsonl", bytes));
}

/// A log of TensorBoard.
pub fn events(bytes: &[u8]) {
    drop(metric::parse("events.out.tfevents.1", bytes));
}

/// A file of Parquet.
pub fn parquet(bytes: &[u8]) {
    drop(metric::parse("metrics.parquet", bytes));
}

/// Arrays behind a header.
pub fn safetensors(bytes: &[u8]) {
    drop(metric::parse("metrics.safetensors", bytes));
}

/// One array.
pub fn npy(bytes: &[u8]) {
    drop(metric::parse("metrics.npy", bytes));
}

/// A pickle; a file of torch by another name.
pub fn pickle(bytes: &[u8]) {
    drop(metric::parse("metrics.pkl", bytes));
}

/// A document: whose shape is learnt recognises it.
pub fn json(bytes: &[u8]) {
    let Ok(record) = metric::parse("metrics.json", bytes) else { return };
    let mut columns = Columns::default();
    if let Some(mut shape) = metric::json::Shape::learn(bytes, &record.cells, &mut columns, 0) {
        assert!(shape.read(bytes, &mut columns, 1), "its own shape does not recognise it");
    }
}

/// An archive of arrays: whose shape is learnt recognises it.
pub fn npz(bytes: &[u8]) {
    if metric::parse("metrics.npz", bytes).is_err() {
        return;
    }
    let mut columns = Columns::default();
    if let Some(shape) = metric::npz::Shape::learn(bytes, &mut columns, 0) {
        assert!(shape.read(bytes, &mut columns, 1), "its own shape does not recognise it");
    }
}

/// A file of torch: whose shape is learnt recognises it.
pub fn torch(bytes: &[u8]) {
    let Ok(record) = metric::parse("metrics.pt", bytes) else { return };
    let mut columns = Columns::default();
    if let Some(shape) = metric::torch::Shape::learn(bytes, &record, &mut columns, 0) {
        assert!(shape.read(bytes, &mut columns, 1), "its own shape does not recognise it");
    }
}

/// A file of Arrow: whose shape is learnt recognises it.
pub fn arrow(bytes: &[u8]) {
    let Ok(record) = metric::parse("metrics.arrow", bytes) else { return };
    drop(metric::arrow::overrides(bytes));
    let mut columns = Columns::default();
    if let Some(shape) = metric::arrow::Shape::learn(bytes, &record, &mut columns, 0) {
        let read = shape.read(bytes, &mut columns, 1);
        assert!(read.is_some(), "its own shape does not recognise it");
        let mut cells: Vec<(String, metric::Cell)> = Vec::new();
        for column in Columns::merge([columns]) {
            for segment in &column.segments {
                let own = segment.jobs.iter().enumerate().filter(|(_, job)| **job == 1);
                cells.extend(own.map(|(at, _)| (column.name.clone(), segment.cell(at))));
            }
        }
        let (mut found, mut known) = (format!("{cells:?}"), format!("{:?}", record.cells));
        if cells.len() == record.cells.len() && found != known {
            cells.sort_by(|a, b| a.0.cmp(&b.0));
            let mut all = record.cells;
            all.sort_by(|a, b| a.0.cmp(&b.0));
            (found, known) = (format!("{cells:?}"), format!("{all:?}"));
        }
        assert_eq!(found, known, "its own shape reads something else");
    }
}
