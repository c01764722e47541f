//! The fast path reads what the full parser reads, and nothing else: on well-formed files, and on
//! every single bit flip and every truncation of one.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::io::{Cursor, Write};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::MetadataVersion;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use proptest::prelude::*;
use runcube_core::array::DType;
use runcube_core::metric::{Cell, Cells, Columns, Container, arrow, npz};
use zip::write::SimpleFileOptions;

/// The bytes of an NPY file of version 1, as numpy writes it.
fn npy(descr: &str, shape: &[usize], data: &[u8]) -> Vec<u8> {
    let lengths: Vec<String> = shape.iter().map(ToString::to_string).collect();
    let shape = match lengths.as_slice() {
        [one] => format!("({one},)"),
        several => format!("({})", several.join(", ")),
    };
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(header.len()).unwrap().to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

fn archive(loss: f64, curve: &[f32], done: bool) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let curve_bytes: Vec<u8> = curve.iter().flat_map(|value| value.to_le_bytes()).collect();
    for (name, content) in [
        ("loss.npy", npy("<f8", &[], &loss.to_le_bytes())),
        ("curve.npy", npy("<f4", &[curve.len()], &curve_bytes)),
        ("done.npy", npy("|b1", &[1], &[u8::from(done)])),
    ] {
        writer.start_file(name, options).unwrap();
        writer.write_all(&content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn record(loss: f64, curve: &[f64], done: bool, note: &str, overrides: &[String]) -> Vec<u8> {
    let floats =
        |values: &[f64]| values.iter().flat_map(|it| it.to_ne_bytes()).collect::<Vec<u8>>();
    let cells: Cells = vec![
        ("loss".into(), Cell::numbers(DType::Float(8), vec![], Container::Scalar, floats(&[loss]))),
        (
            "curve".into(),
            Cell::numbers(DType::Float(8), vec![curve.len()], Container::Array, floats(curve)),
        ),
        (
            "history".into(),
            Cell::numbers(DType::Float(8), vec![curve.len()], Container::List, floats(curve)),
        ),
        ("done".into(), Cell::numbers(DType::Bool, vec![], Container::Scalar, vec![done.into()])),
        (
            "mask".into(),
            Cell::numbers(DType::Bool, vec![3], Container::Array, vec![1, done.into(), 0]),
        ),
        ("note".into(), Cell::texts(vec![], Container::Scalar, vec![note.into()])),
    ];
    arrow::encode(&cells, Some(overrides)).unwrap()
}

/// An Arrow file of one row as another tool writes it, without a checksum.
fn foreign(loss: f64, curve: &[f32], done: bool, note: &str, steps: i32) -> Vec<u8> {
    use arrow_array::types::Float32Type;
    use arrow_array::{
        ArrayRef, BooleanArray, FixedSizeListArray, Float64Array, Int32Array, ListArray,
        StringArray,
    };

    let values = || curve.iter().map(|it| Some(*it));
    let width = i32::try_from(curve.len()).unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("loss", Arc::new(Float64Array::from(vec![loss]))),
        ("done", Arc::new(BooleanArray::from(vec![done]))),
        ("curve", Arc::new(ListArray::from_iter_primitive::<Float32Type, _, _>([Some(values())]))),
        ("note", Arc::new(StringArray::from(vec![note]))),
        (
            "fixed",
            Arc::new(FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(
                [Some(values())],
                width,
            )),
        ),
        ("steps", Arc::new(Int32Array::from(vec![steps]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    // As pyarrow pads it.
    let options = IpcWriteOptions::try_new(8, false, MetadataVersion::V5).unwrap();
    let schema = batch.schema();
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &schema, options).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// The cells that a shape put into columns for job 1, by name.
fn taken(columns: Columns) -> Vec<(String, Cell)> {
    let mut cells = Vec::new();
    for column in Columns::merge([columns]) {
        for segment in &column.segments {
            for (at, _) in segment.jobs.iter().enumerate().filter(|(_, job)| **job == 1) {
                cells.push((column.name.clone(), segment.cell(at)));
            }
        }
    }
    cells
}

fn same_cells(a: &Cells, b: &Cells) -> bool {
    // As bytes, so that a NaN equals itself.
    format!("{a:?}") == format!("{b:?}")
}

/// What the npz shape of `template` takes from `bytes`; `None` where it does not know the shape.
fn npz_fast(template: &[u8], bytes: &[u8]) -> Option<Cells> {
    let mut columns = Columns::default();
    let shape = npz::Shape::learn(template, &mut columns, 0).unwrap();
    shape.read(bytes, &mut columns, 1).then(|| taken(columns))
}

/// What the Arrow shape of `template` takes from `bytes`, with the override lines.
fn arrow_fast(template: &[u8], bytes: &[u8]) -> Option<(Cells, Vec<String>)> {
    let mut columns = Columns::default();
    let known = arrow::parse(template).unwrap();
    let shape = arrow::Shape::learn(template, &known, &mut columns, 0).unwrap();
    let lines = shape.read(bytes, &mut columns, 1)?;
    let lines = lines
        .iter()
        .flat_map(|lines| lines.iter())
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect();
    Some((taken(columns), lines))
}

proptest! {
    #[test]
    fn npz_files_of_one_shape_are_recognised_and_read_alike(
        loss in any::<f64>(), other in any::<f64>(),
        curve in prop::array::uniform5(any::<f32>()), done in any::<bool>(),
    ) {
        let file = archive(loss, &curve, done);
        let fast = npz_fast(&archive(other, &[0.0; 5], true), &file).expect("recognised");
        prop_assert!(same_cells(&fast, &npz::parse(&file).unwrap()));
    }

    #[test]
    fn records_of_one_shape_are_recognised_and_read_alike(
        loss in any::<f64>(), curve in prop::array::uniform3(any::<f64>()), done in any::<bool>(),
        note in ".{0,12}", lines in prop::collection::vec("[a-z=0-9é]{0,20}", 0..5),
    ) {
        let template = record(0.5, &[0.0; 3], false, "a note", &["lr=0.1".into(), "seed=3".into()]);
        let file = record(loss, &curve, done, &note, &lines);
        let (cells, found) = arrow_fast(&template, &file).expect("recognised");
        let full = arrow::parse(&file).unwrap();
        prop_assert!(same_cells(&cells, &full.cells));
        prop_assert_eq!(&found, &lines);
        prop_assert_eq!(full.overrides.unwrap(), lines);
    }
}

proptest! {
    #[test]
    fn files_of_others_of_one_shape_are_recognised_and_read_alike(
        loss in any::<f64>(), curve in prop::array::uniform3(any::<f32>()), done in any::<bool>(),
        note in "[a-z]{3}", steps in any::<i32>(),
    ) {
        let template = foreign(0.5, &[0.0; 3], false, "abc", 7);
        let file = foreign(loss, &curve, done, &note, steps);
        let (cells, lines) = arrow_fast(&template, &file).expect("recognised");
        let full = arrow::parse(&file).unwrap();
        prop_assert!(same_cells(&cells, &full.cells));
        prop_assert!(lines.is_empty() && full.overrides.is_none() && full.left_out.is_empty());
    }
}

#[test]
fn other_shapes_are_left_to_the_full_parser() {
    let template = archive(0.0, &[0.0; 5], true);
    assert!(npz_fast(&template, &archive(0.0, &[0.0; 4], true)).is_none());
    let template = record(0.5, &[0.0; 3], false, "", &[]);
    assert!(arrow_fast(&template, &record(0.5, &[0.0; 4], false, "", &[])).is_none());
    let template = foreign(0.5, &[0.0; 3], false, "abc", 7);
    assert!(arrow_fast(&template, &foreign(0.5, &[0.0; 4], false, "abc", 7)).is_none());
    assert!(arrow_fast(&template, &foreign(0.5, &[0.0; 3], false, "a longer one", 7)).is_none());
    assert!(arrow_fast(&template, &record(0.5, &[0.0; 3], false, "", &[])).is_none());
}

/// Every version of the bytes with one bit flipped, and every beginning of them.
fn damaged(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let flips = (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    });
    flips.chain((0..bytes.len()).map(|end| bytes[..end].to_vec()))
}

#[test]
fn no_damage_to_an_npz_file_gives_another_number() {
    let file = archive(0.25, &[1.0, 2.0, 3.0, 4.0, 5.0], true);
    let truth = npz::parse(&file).unwrap();
    let mut unnoticed = 0;
    for bytes in damaged(&file) {
        if let Some(fast) = npz_fast(&file, &bytes) {
            assert!(same_cells(&fast, &truth));
        }
        if let Ok(full) = npz::parse(&bytes) {
            unnoticed += 1;
            assert_eq!(full.len(), truth.len(), "no member is lost");
            for (name, cell) in &full {
                let known = truth.iter().find(|(other, _)| other == name);
                // A flip in a directory's name gives another name, never another number.
                assert!(known.is_none_or(|(_, it)| format!("{it:?}") == format!("{cell:?}")));
            }
        }
    }
    assert!(unnoticed > 0, "some bytes, such as the time of a member, mean nothing");
}

#[test]
fn no_damage_to_a_record_goes_unnoticed_or_changes_it() {
    let file = record(0.25, &[1.0, 2.0], true, "fine", &["lr=0.1".into(), "seed=3".into()]);
    let truth = arrow::parse(&file).unwrap();
    for bytes in damaged(&file) {
        if let Some((fast, lines)) = arrow_fast(&file, &bytes) {
            assert!(same_cells(&fast, &truth.cells));
            assert_eq!(Some(lines), truth.overrides);
        }
        if let Ok(full) = arrow::parse(&bytes) {
            assert!(same_cells(&full.cells, &truth.cells));
            assert_eq!(full.overrides, truth.overrides);
        }
    }
}

#[test]
fn a_damaged_file_of_another_tool_is_read_as_by_the_full_parser() {
    let file = foreign(0.25, &[1.0, 2.0], true, "fine", 3);
    let mut recognised = 0;
    for bytes in damaged(&file) {
        if let Some((fast, _)) = arrow_fast(&file, &bytes) {
            recognised += 1;
            assert!(same_cells(&fast, &arrow::parse(&bytes).unwrap().cells));
        }
    }
    assert!(recognised > 0, "without a checksum a flip in a number is a number");
}
