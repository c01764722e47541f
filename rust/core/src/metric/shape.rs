//! What shapes of every format need.

use std::ops::Range;

use super::column::{Columns, Slot};

/// A file that was read before, and the parts of it that the next one has as well.
#[derive(Debug)]
pub struct Template {
    bytes: Vec<u8>,
    constant: Vec<Range<usize>>,
}

/// Where numbers lie in a file, beside copies of the checksum of what they lie in.
#[derive(Debug)]
pub struct Numbers {
    /// CRC-32 of what stands before the elements under the same checksum, to go on from.
    pub crc_before: u32,
    /// The elements.
    pub elements: Range<usize>,
    /// The copies of the checksum, in little-endian order.
    pub checksums: Vec<Range<usize>>,
    /// Whether they are bools, of which a byte is 0 or 1.
    pub bools: bool,
    /// Where they go.
    pub slot: Slot,
}

impl Template {
    /// What a file has in common with the next one: all but the parts that vary. `None` where
    /// these overlap or pass the end, and where a copy of a checksum is wrong: a full parser may
    /// compare another copy alone.
    pub fn new(bytes: &[u8], variable: Vec<Range<usize>>, all: &[Numbers]) -> Option<Self> {
        let constant = complement(variable, bytes.len())?;
        let intact = all.iter().all(|numbers| numbers.are_intact(bytes));
        intact.then(|| Self { bytes: bytes.to_vec(), constant })
    }

    /// Whether a file is one of these, with right checksums; if so, its numbers are added.
    pub fn read(&self, bytes: &[u8], all: &[Numbers], columns: &mut Columns, job: u32) -> bool {
        let same = bytes.len() == self.bytes.len()
            && self
                .constant
                .iter()
                .all(|range| bytes.get(range.clone()) == self.bytes.get(range.clone()));
        if !same || !all.iter().all(|numbers| numbers.are_intact(bytes)) {
            return false;
        }
        for numbers in all {
            let elements = bytes.get(numbers.elements.clone()).unwrap_or_default();
            columns.push_numbers(numbers.slot, job, elements);
        }
        true
    }
}

impl Numbers {
    fn are_intact(&self, bytes: &[u8]) -> bool {
        let elements = bytes.get(self.elements.clone()).unwrap_or_default();
        if self.bools && elements.iter().any(|byte| *byte > 1) {
            return false;
        }
        let mut hasher = crc32fast::Hasher::new_with_initial(self.crc_before);
        hasher.update(elements);
        let crc = hasher.finalize().to_le_bytes();
        self.checksums.iter().all(|range| bytes.get(range.clone()) == Some(crc.as_slice()))
    }
}

/// The parts of `0..len` outside of the ranges; `None` where ranges overlap or pass the end.
pub fn complement(mut ranges: Vec<Range<usize>>, len: usize) -> Option<Vec<Range<usize>>> {
    ranges.sort_by_key(|range| range.start);
    let mut rest = Vec::new();
    let mut from = 0;
    for range in ranges {
        if range.start < from || range.end > len {
            return None;
        }
        rest.push(from..range.start);
        from = range.end;
    }
    rest.push(from..len);
    rest.retain(|range| !range.is_empty());
    Some(rest)
}
