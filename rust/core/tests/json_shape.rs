//! The fast path of JSON reads what the full parser reads, and nothing else: on documents of one
//! shape, and on every single bit flip and every truncation of one.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use runcube_core::json;
use runcube_core::metric::json::{Shape, parse};
use runcube_core::metric::{Cells, Columns};
use runcube_core::value::Value;

/// A shape learned from a file for job 0, where there is one.
fn learned(template: &str) -> Option<(Shape, Columns)> {
    let mut columns = Columns::default();
    let cells = parse(template.as_bytes()).unwrap().cells;
    let shape = Shape::learn(template.as_bytes(), &cells, &mut columns, 0)?;
    Some((shape, columns))
}

/// What the shape takes from a file; `None` where it does not know it.
fn taken((shape, columns): &mut (Shape, Columns), bytes: &[u8]) -> Option<Cells> {
    let mut columns = columns.clone();
    shape.read(bytes, &mut columns, 1).then(|| {
        let mut cells = Cells::new();
        for column in Columns::merge([columns]) {
            for segment in &column.segments {
                for (at, _) in segment.jobs.iter().enumerate().filter(|(_, job)| **job == 1) {
                    cells.push((column.name.clone(), segment.cell(at)));
                }
            }
        }
        cells
    })
}

/// Compares the two ways on a file; whether the shape knew it.
fn agree(known: &mut (Shape, Columns), bytes: &[u8]) -> bool {
    let Some(fast) = taken(known, bytes) else { return false };
    let full = parse(bytes).expect("what the shape knows is well formed").cells;
    // As text, so that a NaN equals itself.
    assert_eq!(format!("{fast:?}"), format!("{full:?}"), "{}", String::from_utf8_lossy(bytes));
    true
}

fn float() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), -1e3..1e3, Just(f64::NAN), Just(f64::INFINITY), Just(-0.0)]
}

prop_compose! {
    fn document()(
        loss in float(), curve in prop::array::uniform3(float()), step in -10_i64.pow(18) + 1..10_i64.pow(18),
        done in any::<bool>(), note in "[^\"\\\\\\p{C}]{0,9}", grid in prop::array::uniform4(0..9_i64),
    ) -> String {
        let float = |value: f64| json::to_text(&Value::Float(value));
        let curve: Vec<String> = curve.into_iter().map(float).collect();
        format!(
            "{{\"loss\": {}, \"n\": {{\"curve\": [{}], \"step\": {step}}}, \"none\": null, \"done\": {done},\n \
             \"note\": \"{note}\", \"empty\": [], \"grid\": [[{}, {}], [{}, {}]], \"flags\": [{done}, false]}}\n",
            float(loss), curve.join(", "), grid[0], grid[1], grid[2], grid[3],
        )
    }
}

proptest! {
    #[test]
    fn documents_of_one_shape_are_recognised_and_read_alike(
        template in document(), file in document(),
    ) {
        prop_assert!(agree(&mut learned(&template).expect("learned"), file.as_bytes()));
    }

    #[test]
    fn what_is_recognised_in_other_documents_is_read_alike(
        template in document(), file in document(), at in any::<prop::sample::Index>(),
        marks in r#"[\[\]{}",:0-9.eE+\-aNI\\u ]{0,4}"#,
    ) {
        let start = at.index(file.len());
        let changed = format!("{}{marks}{}", &file.get(..start).unwrap_or(""), &file.get(start + 1..).unwrap_or(""));
        agree(&mut learned(&template).expect("learned"), changed.as_bytes());
    }
}

const FILE: &str = "{\"loss\": 0.25, \"curve\": [1.5, -2e-3], \"note\": \"fé\", \"k\": {\"n\": 17}, \
                    \"done\": true, \"no\": null}";

#[test]
fn no_damage_makes_the_two_ways_differ() {
    let mut known = learned(FILE).unwrap();
    let bytes = FILE.as_bytes();
    let mut recognised = 0;
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        recognised += usize::from(agree(&mut known, &flipped));
    }
    assert!(recognised > 0, "a flip may make another digit of a digit");
    for end in 0..bytes.len() {
        assert!(!agree(&mut known, &bytes[..end]));
    }
}

#[test]
fn a_value_of_another_kind_is_left_to_the_full_parser() {
    let mut known = learned(FILE).unwrap();
    for (from, to) in [
        ("0.25", "1"),
        ("0.25", "null"),
        ("0.25", "\"x\""),
        ("17", "17.0"),
        ("17", "123456789012345678901"),
        ("17", "017"),
        ("true", "1"),
        ("null", "0"),
        ("fé", "\\u00e9"),
        ("-2e-3", "-2e-3, 1.5"),
        ("\"no\"", "\"na\""),
        ("null}", "null} "),
    ] {
        let changed = FILE.replace(from, to);
        assert_ne!(changed, FILE);
        assert!(taken(&mut known, changed.as_bytes()).is_none(), "{changed}");
    }
}

#[test]
fn what_a_shape_cannot_place_is_not_learned() {
    for text in [
        "[{\"a\": 1}]",
        "{\"a\": 1}\n{\"a\": 2}\n",
        "{\"log_history\": [], \"a\": 1}",
        "{\"a\": {\"__mushin_nonfinite__\": \"inf\"}}",
        "{\"a\": {}, \"b\": 1, \"a\": 5}",
        "{\"a\": [1, 2.5]}",
        "{\"a\": [1, [2]]}",
        "{\"a\": [\"x\", \"y\"]}",
        "{\"a\": [{\"b\": 1}]}",
        "{\"a\": 9223372036854775808}",
        "{\"a\": \"\\n\"}",
        "\u{feff}{\"a\": 1}",
    ] {
        assert!(learned(text).is_none(), "{text}");
    }
    assert!(learned("{}").is_some());
}
