//! Labels as bytes, each as it is: a tag, then what the tag says.

use crate::value::Value;

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INT: u8 = 3;
const BIG_INT: u8 = 4;
const FLOAT: u8 = 5;
const TEXT: u8 = 6;
const LIST: u8 = 7;
const MAP: u8 = 8;

/// Lists and maps in each other, at most.
const DEEPEST: usize = 128;

/// The bytes of a label.
pub fn bytes(label: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    add(label, &mut bytes);
    bytes
}

/// The label that bytes say; `None` where they say none, or more.
pub fn parse(bytes: &[u8]) -> Option<Value> {
    let mut rest = Rest(bytes);
    let label = rest.label(DEEPEST)?;
    rest.0.is_empty().then_some(label)
}

fn add(label: &Value, bytes: &mut Vec<u8>) {
    match label {
        Value::Null => bytes.push(NULL),
        Value::Bool(false) => bytes.push(FALSE),
        Value::Bool(true) => bytes.push(TRUE),
        Value::Int(number) => {
            bytes.push(INT);
            bytes.extend(number.to_le_bytes());
        }
        Value::BigInt(digits) => add_text(BIG_INT, digits, bytes),
        Value::Float(number) => {
            bytes.push(FLOAT);
            bytes.extend(number.to_bits().to_le_bytes());
        }
        Value::Str(text) => add_text(TEXT, text, bytes),
        Value::List(items) => {
            add_length(LIST, items.len(), bytes);
            items.iter().for_each(|item| add(item, bytes));
        }
        Value::Map(entries) => {
            add_length(MAP, entries.len(), bytes);
            for (key, value) in entries {
                add(key, bytes);
                add(value, bytes);
            }
        }
    }
}

fn add_text(tag: u8, text: &str, bytes: &mut Vec<u8>) {
    add_length(tag, text.len(), bytes);
    bytes.extend(text.as_bytes());
}

fn add_length(tag: u8, length: usize, bytes: &mut Vec<u8>) {
    bytes.push(tag);
    bytes.extend(u64::try_from(length).unwrap_or(u64::MAX).to_le_bytes());
}

/// What is left of the bytes.
struct Rest<'b>(&'b [u8]);

impl<'b> Rest<'b> {
    fn label(&mut self, depth: usize) -> Option<Value> {
        let below = depth.checked_sub(1)?;
        let [tag] = self.array()?;
        Some(match tag {
            NULL => Value::Null,
            FALSE => Value::Bool(false),
            TRUE => Value::Bool(true),
            INT => Value::Int(i64::from_le_bytes(self.array()?)),
            BIG_INT => Value::BigInt(self.text()?.into()),
            FLOAT => Value::Float(f64::from_bits(u64::from_le_bytes(self.array()?))),
            TEXT => Value::Str(self.text()?.into()),
            LIST => {
                let count = self.length()?;
                Value::List((0..count).map(|_| self.label(below)).collect::<Option<_>>()?)
            }
            MAP => {
                let count = self.length()?;
                let mut entry = || Some((self.label(below)?, self.label(below)?));
                Value::Map((0..count).map(|_| entry()).collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (found, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*found)
    }

    /// A number of bytes, or of labels of at least one byte each, that may follow.
    fn length(&mut self) -> Option<usize> {
        let length = usize::try_from(u64::from_le_bytes(self.array()?)).ok()?;
        (length <= self.0.len()).then_some(length)
    }

    fn text(&mut self) -> Option<&'b str> {
        let length = self.length()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn label() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            "-?[1-9][0-9]{19,30}".prop_map(|digits| Value::BigInt(digits.into())),
            any::<f64>().prop_map(Value::Float),
            ".{0,8}".prop_map(Value::text),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
                prop::collection::vec((inner.clone(), inner), 0..4).prop_map(Value::Map),
            ]
        })
    }

    proptest! {
        /// By the text too, which tells `-0.0` from `0.0`.
        #[test]
        fn a_label_is_read_back_as_it_was(label in label()) {
            let read = parse(&bytes(&label)).unwrap();
            prop_assert_eq!(format!("{read:?}"), format!("{label:?}"));
        }

        #[test]
        fn what_is_cut_off_or_goes_on_is_none(label in label(), more in any::<u8>()) {
            let mut whole = bytes(&label);
            prop_assert_eq!(parse(whole.get(..whole.len() - 1).unwrap()), None);
            whole.push(more);
            prop_assert_eq!(parse(&whole), None);
        }

        #[test]
        fn any_bytes_are_a_label_or_none(bytes in prop::collection::vec(0_u8..12, 0..40)) {
            parse(&bytes);
        }
    }
}
