//! The zip format: every member is stored as it is, so that an archive holds no more than its bytes.

use std::collections::HashMap;
use std::ops::Range;

use crate::error::{Error, ErrorKind, Result};
use crate::metric::arrow::Record;
use crate::metric::cell::Cell;
use crate::metric::npz;
use crate::metric::pickle::{self, Tensor, Tensors};
use crate::metric::torch::view::{self, Order};

/// The member that holds the pickle.
const DATA: &str = "data.pkl";

/// Reads an archive.
pub fn parse(stem: &str, bytes: &[u8]) -> Result<Record> {
    let members = Members::list(bytes)?;
    let (folder, _) = members.folder()?;
    let data = members.content(&format!("{folder}{DATA}"))?;
    if members.places.contains_key(&format!("{folder}constants.pkl")) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "the file is a compiled model; metrics are plain data",
        ));
    }
    // Files of the first years lack the record, and are of little-endian machines.
    let byte_order = format!("{folder}byteorder");
    let order = match members.places.contains_key(&byte_order) {
        false => Order::Little,
        true => match members.content(&byte_order)? {
            b"little" => Order::Little,
            b"big" => Order::Big,
            _ => return Err(Error::new(ErrorKind::Corrupt, "the byte order is unknown")),
        },
    };
    let loaded = pickle::load(data, 0)?;
    if loaded.end != data.len() {
        return Err(Error::new(
            ErrorKind::Corrupt,
            format!("the pickle in the file ends at its byte {} of {}", loaded.end, data.len()),
        ));
    }
    let storages = Storages { members: &members, folder, order };
    pickle::record(stem, &loaded, &storages, bytes.len())
}

struct Storages<'m, 'b> {
    members: &'m Members<'b>,
    folder: &'m str,
    order: Order,
}

impl Tensors for Storages<'_, '_> {
    fn cell(&self, tensor: &Tensor) -> Result<Cell> {
        let name = format!("{}data/{}", self.folder, tensor.storage.key);
        let content = self.members.content(&name)?;
        view::cell(tensor, content, self.order)
    }
}

/// Where the members of an archive lie.
struct Members<'b> {
    bytes: &'b [u8],
    /// The content and its checksum.
    places: HashMap<String, (Range<usize>, u32)>,
    checked: std::cell::RefCell<std::collections::HashSet<String>>,
}

impl<'b> Members<'b> {
    fn list(bytes: &'b [u8]) -> Result<Self> {
        let mut archive = npz::open(bytes)?;
        let mut places = HashMap::new();
        for at in 0..archive.len() {
            let member = archive.by_index_raw(at).map_err(|error| damaged(&error.to_string()))?;
            let name = member.name().map_err(|error| damaged(&error.to_string()))?.into_owned();
            let start = member.data_start().and_then(|start| usize::try_from(start).ok());
            let end = usize::try_from(member.size())
                .ok()
                .and_then(|size| start?.checked_add(size))
                .filter(|end| *end <= bytes.len());
            let (Some(start), Some(end)) = (start, end) else {
                return Err(damaged(&format!("the member `{name}` passes its end")));
            };
            let stored = member.compression() == zip::CompressionMethod::Stored;
            if !stored || member.encrypted() || member.compressed_size() != member.size() {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!(
                        "the member `{name}` is compressed or encrypted, which torch never does"
                    ),
                ));
            }
            places.insert(name, (start..end, member.crc32()));
        }
        Ok(Self { bytes, places, checked: std::cell::RefCell::default() })
    }

    /// The folder that holds everything, with a `/` at its end.
    fn folder(&self) -> Result<(&str, usize)> {
        let folders = self.places.keys().filter_map(|name| {
            let folder = name.strip_suffix(DATA)?;
            (folder.ends_with('/') && folder.matches('/').count() == 1)
                .then_some((folder, folder.len()))
        });
        match folders.collect::<Vec<_>>().as_slice() {
            [one] => Ok(*one),
            _ => Err(Error::new(
                ErrorKind::Unsupported,
                format!("the zip archive is not torch's: it holds no `{DATA}` in one folder"),
            )),
        }
    }

    /// The content of a member, whose checksum is right.
    fn content(&self, name: &str) -> Result<&'b [u8]> {
        let Some((range, checksum)) = self.places.get(name) else {
            return Err(damaged(&format!("it lacks the member `{name}`")));
        };
        let content = self.bytes.get(range.clone()).unwrap_or_default();
        if !self.checked.borrow().contains(name) {
            if crc32fast::hash(content) != *checksum {
                return Err(damaged(&format!(
                    "the checksum of the member `{name}` (byte {}) differs",
                    range.start
                )));
            }
            self.checked.borrow_mut().insert(name.to_owned());
        }
        Ok(content)
    }
}

fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("the zip archive is damaged: {what}"))
}
