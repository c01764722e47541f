//! What shapes of every format need.

use std::ops::Range;

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
