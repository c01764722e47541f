//! `Packed`: numbers as bytes, in memory of their own or in that of a file that was read whole.

use std::ops::Deref;

use arrow_buffer::Buffer;

/// Numbers side by side, as bytes in native order.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    own: Vec<u8>,
    /// In place of its own: what others share too, and nobody changes.
    shared: Option<Buffer>,
}

impl Packed {
    /// Numbers in memory of their own.
    #[must_use]
    pub const fn of(own: Vec<u8>) -> Self {
        Self { own, shared: None }
    }

    /// Numbers that are a part of something else.
    #[must_use]
    pub const fn shared(part: Buffer) -> Self {
        Self { own: Vec::new(), shared: Some(part) }
    }

    /// Memory to which more may be added: what was shared is copied first.
    pub fn own(&mut self) -> &mut Vec<u8> {
        if let Some(shared) = self.shared.take() {
            self.own = shared.to_vec();
        }
        &mut self.own
    }
}

impl Deref for Packed {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.shared.as_deref().unwrap_or(&self.own)
    }
}

impl From<Vec<u8>> for Packed {
    fn from(own: Vec<u8>) -> Self {
        Self::of(own)
    }
}

impl PartialEq for Packed {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_is_equal_and_grows_without_the_others() {
        let whole = Buffer::from_vec(vec![1_u8, 2, 3, 4]);
        let mut part = Packed::shared(whole.slice_with_length(1, 2));
        assert_eq!(part, Packed::of(vec![2, 3]));
        part.own().push(9);
        assert_eq!(&*part, [2, 3, 9]);
        assert_eq!(whole.as_slice(), [1, 2, 3, 4]);
    }
}
