//! JSON, JSON lines and CSV: what is written is read, and no damage makes another number of it.
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use proptest::prelude::*;
use runcube_core::array::DType;
use runcube_core::error::{ErrorKind, Result};
use runcube_core::json;
use runcube_core::metric::{Cell, Cells, Container, Data, Element, parse};
use runcube_core::value::Value;

fn read(name: &str, text: &str) -> Result<Cells> {
    parse(name, text.as_bytes()).map(|record| record.cells)
}

fn floats(values: &[f64]) -> Cell {
    let bytes = values.iter().flat_map(|value| value.to_ne_bytes()).collect();
    Cell::numbers(DType::Float(8), vec![values.len()], Container::Array, bytes)
}

fn plain() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Float),
        "[0-9]{20,30}".prop_filter_map("an integer", |digits| Value::integer(&digits)),
        ".{0,6}".prop_map(Value::text),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::btree_map(".{0,3}", inner, 0..4).prop_map(|entries| {
                Value::Map(entries.into_iter().map(|(k, v)| (Value::text(k), v)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn plain_data_is_read_as_it_was_written(value in plain()) {
        let text = json::to_text(&value);
        // As text, so that a NaN equals itself and 0.0 does not equal -0.0.
        prop_assert_eq!(format!("{:?}", json::parse(&text).unwrap()), format!("{value:?}"));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for name in ["m.json", "m.jsonl", "m.csv"] {
            let _ = parse(name, &bytes);
        }
    }

    #[test]
    fn any_marks_of_the_formats_are_read_or_refused(text in r#"[\[\]{}",:0-9.eE+\-aNI\\u \r\n]{0,60}"#) {
        for name in ["m.json", "m.jsonl", "m.csv"] {
            let _ = read(name, &text);
        }
    }

    #[test]
    fn a_csv_file_holds_the_floats_that_were_written(
        values in prop::collection::vec((any::<f64>(), any::<f64>()), 0..12), ending in "\r?\n",
    ) {
        let rows: String = values.iter().map(|(a, b)| format!("{a:e},{b}{ending}")).collect();
        let cells = read("m.csv", &format!("a,b{ending}{rows}")).unwrap();
        if values.is_empty() {
            prop_assert!(cells.iter().all(|(_, cell)| cell.form.element == Element::Null));
        } else if values.iter().all(|(a, b)| a.fract() != 0.0 && b.fract() != 0.0) {
            let (a, b): (Vec<f64>, Vec<f64>) = values.into_iter().unzip();
            let expected = [("a", floats(&a)), ("b", floats(&b))];
            for ((name, cell), (expected_name, expected)) in cells.iter().zip(expected) {
                prop_assert_eq!(name, expected_name);
                prop_assert_eq!(format!("{cell:?}"), format!("{expected:?}"));
            }
        }
    }
}

const DOCUMENT: &str = r#"{"loss": 0.25, "curve": [1.5, 2.5, 3.5], "note": "é\n", "n": {"k": 17}}"#;
const LINES: &str = "{\"step\": 10, \"loss\": 0.125}\n{\"step\": 20, \"note\": \"é\"}\n\
                     {\"step\": 30, \"loss\": 0.0625}\n";
const TABLE: &str = "step,note,loss,end\n10,é,0.125,x\n20,\"a,\nb\",,x\n30,c,0.0625,x\n";

fn damaged(text: &str) -> impl Iterator<Item = Vec<u8>> {
    let bytes = text.as_bytes();
    (0..bytes.len() * 8).map(|bit| {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    })
}

#[test]
fn flipped_bits_are_read_or_refused() {
    for (name, text) in [("m.json", DOCUMENT), ("m.jsonl", LINES), ("m.csv", TABLE)] {
        for bytes in damaged(text) {
            let _ = parse(name, &bytes);
        }
    }
}

#[test]
fn a_cut_document_is_corrupt_wherever_it_is_cut() {
    assert_eq!(read("m.json", DOCUMENT).unwrap().len(), 4);
    for end in 0..DOCUMENT.len() {
        let error = parse("m.json", &DOCUMENT.as_bytes()[..end]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Corrupt, "cut at byte {end}: {error}");
    }
}

/// The first rows of a series, as they would be read alone.
fn first_rows(name: &str, text: &str, header: usize) -> Vec<Cells> {
    let mut ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
    // The quoted line break is no end of a row.
    ends.retain(|end| !text[..*end].ends_with("\"a,\n"));
    ends.iter().skip(header).filter_map(|end| read(name, &text[..*end]).ok()).collect()
}

#[test]
fn cut_lines_and_rows_leave_the_whole_ones() {
    for (name, text, header) in [("m.jsonl", LINES, 0), ("m.csv", TABLE, 0)] {
        let known = first_rows(name, text, header);
        let mut read_anyway = 0;
        for end in 0..text.len() {
            match parse(name, &text.as_bytes()[..end]) {
                Ok(record) => {
                    read_anyway += 1;
                    let found = format!("{:?}", record.cells);
                    // Names that are cut stand above no row yet.
                    let is_header = name == "m.csv" && end < text.find('\n').unwrap();
                    let is_known = known.iter().any(|cells| format!("{cells:?}") == found);
                    assert!(is_known || is_header, "{name} cut at byte {end}: {found}");
                }
                Err(error) => assert_eq!(error.kind, ErrorKind::Corrupt, "byte {end}: {error}"),
            }
        }
        assert!(read_anyway > text.len() / 2, "{name}: {read_anyway}");
    }
}

#[test]
fn a_small_file_cannot_make_a_large_series() {
    let wide: String = (0..5000).map(|at| format!("{{\"k{at}\": 1}}\n")).collect();
    assert_eq!(read("m.jsonl", &wide).unwrap_err().kind, ErrorKind::Limit);
    let list = vec!["1"; 5000].join(",");
    let long = format!("{{\"a\": [{list}], \"b\": 1}}\n{}", "{\"b\": 1}\n".repeat(5000));
    let error = read("m.jsonl", &long).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Limit);
    assert!(error.message.starts_with("`a`: the series has"), "{error}");
}

#[test]
fn a_series_of_one_row_keeps_its_dimension() {
    for (name, text) in
        [("m.jsonl", "{\"a\": 0.5}"), ("m.csv", "a\n0.5\n"), ("m.json", "[{\"a\": 0.5}]")]
    {
        assert_eq!(read(name, text).unwrap(), [("a".to_owned(), floats(&[0.5]))]);
    }
}

#[test]
fn holes_among_what_is_no_float_stay_nulls_of_the_same_shape() {
    let cells = read("m.jsonl", "{\"a\": [true, false]}\n{\"b\": 1}\n").unwrap();
    assert_eq!(cells[0].1.form.shape, [2, 2]);
    let expected = [Value::Bool(true), Value::Bool(false), Value::Null, Value::Null];
    assert_eq!(cells[0].1.data, Data::Plain(expected.to_vec()));
}
