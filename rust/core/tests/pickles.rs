//! The pickle machine and the readers above it: hostile bytes end in an error, and never in a panic,
//! an overflow or a number that the file does not say.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Cursor, Write};

use proptest::prelude::*;
use runcube_core::array::DType;
use runcube_core::error::ErrorKind;
use runcube_core::metric::arrow::Record;
use runcube_core::metric::torch::Shape;
use runcube_core::metric::{self, Cell, Cells, Columns, Container};
use zip::write::SimpleFileOptions;

/// `{"a": tensor of two floats}`, over the storage `0`.
const ALONE: &[u8] =
    b"\x80\x02}X\x01\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storage\
ctorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x02tQK\0K\x02\x85K\x01\x85\x89\
ccollections\nOrderedDict\n)RtRs.";

/// `{"a": tensor of the floats 1 and 2, "n": 3}`, over the storage `0`.
const TENSOR: &[u8] =
    b"\x80\x02}(X\x01\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storage\
ctorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x02tQK\0K\x02\x85K\x01\x85\x89\
ccollections\nOrderedDict\n)RtRX\x01\0\0\0nK\x03u.";

fn read(bytes: &[u8]) -> Result<Record, ErrorKind> {
    metric::parse("metrics.pkl", bytes).map_err(|error| error.kind)
}

fn int(name: &str, value: i64) -> (String, Cell) {
    let bytes = value.to_ne_bytes().to_vec();
    (name.to_owned(), Cell::numbers(DType::Int(8), vec![], Container::Scalar, bytes))
}

/// A pickle of `{"a": value}`, whose value the opcodes push.
fn mapping(opcodes: &[u8]) -> Vec<u8> {
    [b"\x80\x04}\x8c\x01a", opcodes, b"s."].concat()
}

fn archive(data: &[u8], storage: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in [
        ("archive/data.pkl", data),
        ("archive/byteorder", b"little"),
        ("archive/data/0", storage),
        ("archive/version", b"3\n"),
    ] {
        writer.start_file(name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The same tensor in the format before the archives.
fn legacy(storage: &[u8]) -> Vec<u8> {
    [
        b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}.".as_slice(),
        TENSOR,
        b"\x80\x02]X\x01\0\0\x000a.",
        &2_u64.to_le_bytes(),
        storage,
    ]
    .concat()
}

fn floats() -> Vec<u8> {
    [1_f32, 2.0].iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn expected() -> Vec<(String, Cell)> {
    let native = [1_f32, 2.0].iter().flat_map(|value| value.to_ne_bytes()).collect();
    let tensor = Cell::numbers(DType::Float(4), vec![2], Container::Array, native);
    vec![("a".to_owned(), tensor), int("n", 3)]
}

#[test]
fn a_tensor_is_read_from_either_format() {
    assert_eq!(read(&archive(TENSOR, &floats())).unwrap().cells, expected());
    assert_eq!(read(&legacy(&floats())).unwrap().cells, expected());
}

#[test]
fn every_bit_flip_of_an_archive_gives_the_same_or_an_error() {
    let whole = archive(TENSOR, &floats());
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << bit;
            if let Ok(record) = read(&flipped) {
                assert_eq!(record.cells, expected(), "byte {at}, bit {bit}");
                assert!(record.left_out.is_empty(), "byte {at}, bit {bit}");
            }
        }
    }
}

/// What columns hold, job by job.
fn gathered(columns: Columns) -> Vec<(String, Vec<u32>, metric::Data)> {
    Columns::merge([columns])
        .into_iter()
        .flat_map(|column| {
            let name = column.name;
            column.segments.into_iter().map(move |it| (name.clone(), it.jobs, it.data))
        })
        .collect()
}

/// The columns after two files, of which the second is tried with the first one's shape.
fn by_shape(first: &[u8], second: &[u8]) -> Option<Vec<(String, Vec<u32>, metric::Data)>> {
    let mut columns = Columns::default();
    let record = metric::parse("metrics.pt", first).unwrap();
    let shape = Shape::learn(first, &record, &mut columns, 0)?;
    shape.read(second, &mut columns, 1).then(|| gathered(columns))
}

fn by_parser(second: &[u8]) -> Option<Vec<(String, Vec<u32>, metric::Data)>> {
    let mut columns = Columns::default();
    let cells: Cells = metric::parse("metrics.pt", second).ok()?.cells;
    for (place, (name, cell)) in cells.into_iter().enumerate() {
        columns.push(1, u32::try_from(place).unwrap(), &name, cell);
    }
    Some(gathered(columns))
}

#[test]
fn the_shape_reads_what_the_full_parser_reads_and_no_damaged_file() {
    let first = archive(ALONE, &floats());
    let other: Vec<u8> = [-0.5_f32, f32::NAN].iter().flat_map(|it| it.to_le_bytes()).collect();
    let second = archive(ALONE, &other);
    assert_eq!(by_shape(&first, &second).unwrap(), by_parser(&second).unwrap());
    let mut read = 0;
    for at in 0..second.len() * 8 {
        let mut flipped = second.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        if let Some(found) = by_shape(&first, &flipped) {
            assert_eq!(Some(found), by_parser(&flipped), "bit {at}");
            read += 1;
        }
    }
    assert!(read > 0);
    for end in 0..second.len() {
        assert_eq!(by_shape(&first, &second[..end]), None);
    }
}

#[test]
fn the_shape_recognises_what_torch_writes() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/pickles");
    for version in ["1.12.1", "2.4.1", "2.15.0"] {
        let file = |at| std::fs::read(format!("{folder}/torch{version}-tensors{at}.pt")).unwrap();
        let second = file(1);
        assert_eq!(by_shape(&file(0), &second).unwrap(), by_parser(&second).unwrap());
    }
}

#[test]
fn the_shape_takes_no_file_with_other_values_than_tensors() {
    assert_eq!(by_shape(&archive(TENSOR, &floats()), &archive(TENSOR, &floats())), None);
}

#[test]
fn every_truncation_is_an_error() {
    for whole in [archive(TENSOR, &floats()), legacy(&floats()), mapping(b"(K\x01\x8c\x01bt")] {
        for end in 0..whole.len() {
            assert!(read(&whole[..end]).is_err(), "{end} of {} bytes", whole.len());
        }
    }
}

#[test]
fn every_bit_flip_without_a_checksum_ends_in_a_value_or_an_error() {
    let plain = mapping(b"(K\x01\x8c\x01b\x94]h\0aG\0\0\0\0\0\0\0\0t");
    for whole in [legacy(&floats()), plain] {
        let flips = (0..whole.len() * 8).map(|at| {
            let mut flipped = whole.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            read(&flipped).is_ok()
        });
        let read = flips.filter(|read| *read).count();
        assert!(read > 0 && read < whole.len() * 8);
    }
}

#[test]
fn opcodes_in_any_order_are_errors() {
    let empty_stack: [&[u8]; 11] =
        [b".", b"0", b"2", b"a", b"s", b"e", b"u", b"R", b"b", b"\x93", b"\x87"];
    for opcodes in empty_stack {
        assert_eq!(read(opcodes), Err(ErrorKind::Corrupt), "{opcodes:?}");
    }
    let corrupt: [&[u8]; 10] = [
        b"K\x01K\x01a",
        b"]K\x01K\x02s",
        b"}(K\x01u",
        b"(K\x01d",
        b"h\x09",
        b"K\x01)R",
        b"cbuiltins\nset\nK\x01R",
        b"K\x01K\x01\x93",
        b"\xff",
        b"(t(K\x01\x85",
    ];
    for opcodes in corrupt {
        let result = read(&mapping(opcodes));
        assert_eq!(result, Err(ErrorKind::Corrupt), "{opcodes:?}");
    }
    let unsupported: [&[u8]; 9] = [
        b"\x82\x01",
        b"(cos\nsystem\no",
        b"(ios\nsystem\n",
        b"\x97",
        b"Pname\n",
        b"K\x01Q",
        b"cos\nsystem\n(X\x02\0\0\0lstR",
        b"\x8c\x02os\x8c\x06system\x93",
        b"\x80\x09",
    ];
    for opcodes in unsupported {
        let result = read(&mapping(opcodes));
        assert_eq!(result, Err(ErrorKind::Unsupported), "{opcodes:?}");
    }
}

#[test]
fn what_is_refused_is_named() {
    let error = metric::parse("metrics.pkl", &mapping(b"cos\nsystem\n")).unwrap_err();
    assert!(error.message.starts_with("the pickle names `os.system` (byte 6)"), "{error}");
}

#[test]
fn a_mark_guards_what_lies_below_it() {
    assert_eq!(read(&mapping(b"K\x01(0t")), Err(ErrorKind::Corrupt));
    assert_eq!(read(&mapping(b"K\x01(0")).unwrap().cells, [int("a", 1)]);
    assert_eq!(read(&mapping(b"K\x01(K\x02K\x031")).unwrap().cells, [int("a", 1)]);
}

#[test]
fn a_key_that_comes_twice_is_an_error() {
    let twice = b"\x80\x04}(\x8c\x01aK\x01\x8c\x01aK\x02u.";
    assert_eq!(read(twice), Err(ErrorKind::Corrupt));
}

#[test]
fn storages_of_the_legacy_format_must_agree_with_the_data() {
    let whole = legacy(&floats());
    let longer = [whole.as_slice(), b"\0"].concat();
    assert_eq!(read(&longer), Err(ErrorKind::Corrupt));
    let mut other = whole.clone();
    let count = whole.len() - 16;
    other[count] = 1;
    assert_eq!(read(&other), Err(ErrorKind::Corrupt));
    other[count..count + 8].fill(0xff);
    assert_eq!(read(&other), Err(ErrorKind::Corrupt));
}

proptest! {
    #[test]
    fn any_bytes_end_in_a_value_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = read(&bytes);
    }

    #[test]
    fn any_opcodes_end_in_a_value_or_an_error(
        opcodes in prop::collection::vec(prop::sample::select(OPCODES.to_vec()), 0..40),
    ) {
        let _ = read(&[opcodes.concat().as_slice(), b"."].concat());
    }
}

/// Opcodes with arguments, of which random ones make pickles that go on for long.
const OPCODES: [&[u8]; 24] = [
    b"K\x01",
    b"N",
    b"]",
    b"}",
    b")",
    b"(",
    b"t",
    b"l",
    b"a",
    b"e",
    b"s",
    b"u",
    b"2",
    b"\x85",
    b"\x86",
    b"\x94",
    b"h\0",
    b"h\x01",
    b"\x8c\x01a",
    b"R",
    b"b",
    b"cnumpy\ndtype\n",
    b"cnumpy.core.multiarray\n_reconstruct\n",
    b"ccollections\nOrderedDict\n",
];
