//! The format before the archives: several pickles in a row, and the storages behind them.

use std::collections::HashMap;

use crate::error::{Error, ErrorKind, Result};
use crate::metric::arrow::Record;
use crate::metric::cell::Cell;
use crate::metric::pickle::{self, Heap, Object, Tensor, Tensors};
use crate::metric::torch::view::{self, Order};

/// The number that the first pickle of a file is: 0x1950a86a20f9469cfc6c.
pub const MAGIC: &str = "119547037146038801333356";
/// The only version of the format that there was.
const VERSION: i64 = 1001;

/// Reads a file, whose first pickle ends at a byte.
pub fn parse(stem: &str, bytes: &[u8], start: usize) -> Result<Record> {
    let version = pickle::load(bytes, start)?;
    if version.heap.int(version.top) != Some(VERSION) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!("a version of torch's legacy format other than {VERSION} (byte {start})"),
        ));
    }
    // Sizes of the writer's types: the storages do not depend on them.
    let system = pickle::load(bytes, version.end)?;
    let data = pickle::load(bytes, system.end)?;
    let keys = pickle::load(bytes, data.end)?;
    let storages = Storages::place(bytes, &data.heap, &keys)?;
    pickle::record(stem, &data, &storages, bytes.len())
}

struct Storages<'b> {
    content: HashMap<Box<str>, &'b [u8]>,
}

impl<'b> Storages<'b> {
    /// Walks over the storages, whose order the keys give and whose types the data.
    fn place(bytes: &'b [u8], heap: &Heap<'_>, keys: &pickle::Loaded<'_>) -> Result<Self> {
        let mut described = HashMap::new();
        for object in heap.objects() {
            if let Object::Storage(storage) = object {
                described.insert(storage.key.as_ref(), storage.as_ref());
            }
        }
        let keys_list = keys.heap.items(keys.top).unwrap_or_default();
        let mut at = keys.end;
        let mut content = HashMap::new();
        for key in keys_list {
            let storage = keys.heap.text(*key).and_then(|key| described.get(key));
            let Some(storage) = storage else {
                return Err(corrupt(at, "a storage is listed that the data do not name"));
            };
            let count = at.checked_add(8).and_then(|end| bytes.get(at..end));
            let count = count.and_then(|count| count.try_into().ok()).map(u64::from_le_bytes);
            if count.and_then(|count| usize::try_from(count).ok()) != Some(storage.count) {
                return Err(corrupt(at, "the length of a storage differs from the data's"));
            }
            let start = at.saturating_add(8);
            let end = storage
                .count
                .checked_mul(storage.element.size())
                .and_then(|length| start.checked_add(length));
            let found = end.and_then(|end| bytes.get(start..end));
            let (Some(found), Some(end)) = (found, end) else {
                return Err(corrupt(bytes.len(), "the file ends within a storage"));
            };
            if content.insert(storage.key.clone(), found).is_some() {
                return Err(corrupt(at, "a storage is listed twice"));
            }
            at = end;
        }
        if at != bytes.len() {
            return Err(corrupt(at, "something follows the last storage"));
        }
        Ok(Self { content })
    }
}

impl Tensors for Storages<'_> {
    fn cell(&self, tensor: &Tensor) -> Result<Cell> {
        let key = tensor.storage.key.as_ref();
        let content = self.content.get(key).ok_or_else(|| {
            Error::new(ErrorKind::Corrupt, format!("the file lacks the storage `{key}`"))
        })?;
        view::cell(tensor, content, Order::Little)
    }
}

fn corrupt(byte: usize, what: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("{what} (byte {byte})"))
}
