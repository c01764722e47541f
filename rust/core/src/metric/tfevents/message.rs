//! The fields of a protobuf message.

use crate::error::Result;
use crate::metric::text::corrupt;

/// The content of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Content<'b> {
    /// An integer, as it lies.
    Varint(u64),
    /// Eight bytes.
    Fixed64([u8; 8]),
    /// Four bytes.
    Fixed32([u8; 4]),
    /// A message, a text, bytes, or numbers one after the other.
    Bytes(&'b [u8]),
}

/// Calls `each` with the number and the content of every field.
///
/// # Errors
///
/// `Corrupt` where the message is none, and what `each` refuses.
pub fn for_each<'b>(
    mut rest: &'b [u8],
    mut each: impl FnMut(u64, Content<'b>) -> Result<()>,
) -> Result<()> {
    while !rest.is_empty() {
        let (number, content) = field(&mut rest).ok_or_else(|| corrupt("an event is damaged"))?;
        each(number, content)?;
    }
    Ok(())
}

fn field<'b>(rest: &mut &'b [u8]) -> Option<(u64, Content<'b>)> {
    let key = varint(rest)?;
    let content = match key & 7 {
        0 => Content::Varint(varint(rest)?),
        1 => Content::Fixed64(*take(rest, 8)?.first_chunk()?),
        2 => {
            let length = usize::try_from(varint(rest)?).ok()?;
            Content::Bytes(take(rest, length)?)
        }
        5 => Content::Fixed32(*take(rest, 4)?.first_chunk()?),
        _ => return None,
    };
    Some((key >> 3, content))
}

fn take<'b>(rest: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (part, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(part)
}

/// Takes an integer of up to ten bytes.
pub fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..70).step_by(7) {
        let [byte] = *take(rest, 1)?.first_chunk()?;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}
