//! Many bytes to their places, by several threads: the first touch of fresh memory takes longer
//! than the copy, and each thread has its own.

use crate::error::Result;
use crate::pool;

/// Fewer bytes are copied as fast by one thread.
pub const WORTH_THREADS: usize = 1 << 24;
/// The largest piece that one thread takes at a time.
const LARGEST_PART: usize = 1 << 20;

/// Bytes, and where they go.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'p> {
    /// The place of the first of them.
    pub place: usize,
    /// What goes there.
    pub bytes: &'p [u8],
}

/// Copies all pieces; none where one lies outside, or two overlap.
///
/// # Errors
///
/// As [`pool::each`].
pub fn spread(out: &mut [u8], mut pieces: Vec<Piece<'_>>) -> Result<bool> {
    pieces.sort_unstable_by_key(|piece| piece.place);
    match parts(out, &pieces) {
        Some(parts) => {
            pool::each(parts, |(place, bytes)| place.copy_from_slice(bytes))?;
            Ok(true)
        }
        None => Ok(false),
    }
}

/// Each part of the pieces, which are in order, with the memory where it goes.
fn parts<'o, 'p>(out: &'o mut [u8], pieces: &[Piece<'p>]) -> Option<Vec<(&'o mut [u8], &'p [u8])>> {
    let mut parts = Vec::with_capacity(pieces.len());
    let (mut rest, mut start) = (out, 0_usize);
    for Piece { place, bytes } in pieces {
        let (_, behind) = rest.split_at_mut_checked(place.checked_sub(start)?)?;
        let (here, behind) = behind.split_at_mut_checked(bytes.len())?;
        parts.extend(here.chunks_mut(LARGEST_PART).zip(bytes.chunks(LARGEST_PART)));
        (rest, start) = (behind, place.checked_add(bytes.len())?);
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_gets_to_its_place() {
        let bytes: Vec<u8> = (0..=250).cycle().take(3 * LARGEST_PART).collect();
        let lengths = [5, 2 * LARGEST_PART, 0, 70_001, 1];
        let (mut pieces, mut place) = (Vec::new(), 3);
        for length in lengths {
            pieces.push(Piece { place, bytes: bytes.get(..length).unwrap() });
            place += length + 2;
        }
        let mut expected = vec![0; place];
        for Piece { place, bytes } in &pieces {
            expected[*place..place + bytes.len()].copy_from_slice(bytes);
        }
        let mut out = vec![0; place];
        pieces.reverse();
        assert!(spread(&mut out, pieces).unwrap());
        assert!(out == expected);
    }

    #[test]
    fn nothing_is_copied_where_a_piece_has_no_place_of_its_own() {
        let piece = |place| Piece { place, bytes: &[1, 2, 3] };
        for pieces in [vec![piece(0), piece(2)], vec![piece(6)], vec![piece(usize::MAX)]] {
            let mut out = [0; 8];
            assert!(!spread(&mut out, pieces).unwrap());
            assert_eq!(out, [0; 8]);
        }
    }
}
