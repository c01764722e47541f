//! The shape of an archive: what the next one of the same program has in common with it.
//!
//! Two archives of the same mapping of tensors differ in the elements, in the copies of their
//! checksums, in times, and in the identity that torch derives from the checksums. The pickle is
//! the same to the byte, so that names, types and views are.

use std::collections::HashSet;
use std::ops::Range;

use crate::array::DType;
use crate::metric::arrow::Record;
use crate::metric::cell::{Container, Element, Form};
use crate::metric::column::Columns;
use crate::metric::npz;
use crate::metric::pickle::{self, Object, StorageType, Tensor};
use crate::metric::shape::{Numbers, Template};
use crate::metric::strides;

/// The member whose content says nothing of the metrics.
const IDENTITY: &str = ".data/serialization_id";

/// A well-formed archive of tensors, and where their elements lie.
#[derive(Debug)]
pub struct Shape {
    template: Template,
    tensors: Vec<Numbers>,
}

/// A member of the archive.
struct Member {
    name: String,
    content: Range<usize>,
    /// The copies of its checksum.
    checksums: Vec<Range<usize>>,
    /// Time and date, twice.
    times: [Range<usize>; 2],
}

impl Shape {
    /// The shape of an archive that the full parser reads as `record`: a mapping of tensors, each
    /// of them a whole storage of its own in C order and native byte order. `None` for any other.
    #[must_use]
    pub fn learn(bytes: &[u8], record: &Record, columns: &mut Columns, job: u32) -> Option<Self> {
        let members = members(bytes)?;
        let find = |name: &str| {
            members.iter().find(|it| it.name.split_once('/').is_some_and(|(_, rest)| rest == name))
        };
        let native: &[u8] = if cfg!(target_endian = "big") { b"big" } else { b"little" };
        // A file that does not say its order is of a little-endian machine.
        let order: &[u8] = match find("byteorder") {
            Some(member) => bytes.get(member.content.clone())?,
            None => b"little",
        };
        if order != native || !record.left_out.is_empty() {
            return None;
        }
        let loaded = pickle::load(bytes.get(find("data.pkl")?.content.clone())?, 0).ok()?;
        let Object::Mapping(entries) = loaded.heap.get(loaded.top) else { return None };
        if entries.len() != record.cells.len() {
            return None;
        }
        let mut storages = HashSet::new();
        let mut wholes = Vec::new();
        for ((key, value), (name, _)) in entries.iter().zip(&record.cells) {
            let Object::Tensor(tensor) = loaded.heap.get(*value) else { return None };
            let dtype = whole(tensor)?;
            let member = find(&format!("data/{}", tensor.storage.key))?;
            if loaded.heap.text(*key)? != name || !storages.insert(&member.name) {
                return None;
            }
            wholes.push((name, dtype, tensor, member));
        }
        let mut variable: Vec<Range<usize>> =
            members.iter().flat_map(|member| member.times.clone()).collect();
        for member in wholes.iter().map(|whole| whole.3).chain(find(IDENTITY)) {
            variable.extend(member.checksums.clone());
            variable.push(member.content.clone());
        }
        let mut tensors = Vec::new();
        for (at, (name, dtype, tensor, member)) in wholes.into_iter().enumerate() {
            let form = Form {
                element: Element::Number(dtype),
                shape: tensor.shape.clone(),
                container: Container::Array,
            };
            tensors.push(Numbers {
                crc_before: 0,
                elements: member.content.clone(),
                checksums: member.checksums.clone(),
                bools: dtype == DType::Bool,
                slot: columns.slot(job, u32::try_from(at).ok()?, name, &form),
            });
        }
        Some(Self { template: Template::new(bytes, variable, &tensors)?, tensors })
    }

    /// Whether the archive has this shape and right checksums; if so, its values are added.
    #[must_use]
    pub fn read(&self, bytes: &[u8], columns: &mut Columns, job: u32) -> bool {
        self.template.read(bytes, &self.tensors, columns, job)
    }
}

/// The type of a tensor that is its whole storage in C order.
fn whole(tensor: &Tensor) -> Option<DType> {
    let StorageType::Number(dtype) = tensor.element else { return None };
    let count = tensor.shape.iter().product::<usize>();
    let plain = tensor.storage.element == tensor.element
        && tensor.strides == strides::of_c_order(&tensor.shape)
        && !tensor.conjugate
        && !tensor.negative;
    (plain && tensor.offset == 0 && count == tensor.storage.count && count > 0).then_some(dtype)
}

/// Where everything of each member lies; `None` where an archive is not as torch writes it.
fn members(bytes: &[u8]) -> Option<Vec<Member>> {
    let mut archive = npz::open(bytes).ok()?;
    let mut members = Vec::new();
    for at in 0..archive.len() {
        let member = archive.by_index_raw(at).ok()?;
        let local = usize::try_from(member.header_start()).ok()?;
        let central = usize::try_from(member.central_header_start()).ok()?;
        let start = usize::try_from(member.data_start()?).ok()?;
        let end = start.checked_add(usize::try_from(member.size()).ok()?)?;
        let field = |base: usize, offset: usize| {
            let start = base.checked_add(offset)?;
            Some(start..start.checked_add(4)?)
        };
        let crc = member.crc32().to_le_bytes();
        // Offsets of the format (APPNOTE 4.3.7, 4.3.9 and 4.3.12). Beside the directory, the
        // checksum stands in front of the data or behind them.
        let mut checksums = vec![field(central, 16)?];
        for other in [field(local, 14)?, field(end, 4)?] {
            if bytes.get(other.clone()) == Some(crc.as_slice()) {
                checksums.push(other);
            }
        }
        let times = [field(local, 10)?, field(central, 12)?];
        let name = member.name().ok()?.into_owned();
        members.push(Member { name, content: start..end, checksums, times });
    }
    Some(members)
}
