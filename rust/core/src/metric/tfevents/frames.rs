//! The records of a file.

use super::checksum::masked;
use crate::error::Result;
use crate::metric::text::corrupt;

/// Calls `each` with every whole record of a file.
///
/// # Errors
///
/// `Corrupt` where a checksum differs, and what `each` refuses.
pub fn for_each<'b>(bytes: &'b [u8], mut each: impl FnMut(&'b [u8]) -> Result<()>) -> Result<()> {
    let mut rest = bytes;
    while let Some((head, body)) = rest.split_first_chunk::<12>() {
        let damaged = |what: &str| {
            let at = bytes.len() - rest.len();
            corrupt(format!("the checksum of {what} of the record at byte {at} differs"))
        };
        let (length, checksum) = head.split_at(8);
        if number(checksum) != masked(length) {
            return Err(damaged("the length"));
        }
        let length = u64::from_le_bytes(length.try_into().unwrap_or_default());
        let part = usize::try_from(length).ok().and_then(|length| body.split_at_checked(length));
        let Some((record, after)) = part else { return Ok(()) };
        let Some((checksum, after)) = after.split_first_chunk::<4>() else { return Ok(()) };
        if number(checksum) != masked(record) {
            return Err(damaged("the content"));
        }
        each(record)?;
        rest = after;
    }
    Ok(())
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes.try_into().unwrap_or_default())
}
