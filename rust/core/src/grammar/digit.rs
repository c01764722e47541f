//! Decimal digits of all scripts, which Python's `int` and `float` read as those of ASCII.

/// The zeros beyond ASCII of Unicode 14 (the property `Nd`), which Python 3.11 has; the other nine
/// digits of a script follow its zero.
const ZEROS: [u32; 65] = [
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
    0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650,
    0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50,
    0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

/// The digit of ASCII that a digit of any script stands for; other characters as they are.
pub(crate) fn ascii_digit(character: char) -> char {
    let code = u32::from(character);
    let before = ZEROS.partition_point(|zero| *zero <= code);
    let zero = before.checked_sub(1).and_then(|at| ZEROS.get(at));
    zero.and_then(|zero| char::from_digit(code.saturating_sub(*zero), 10)).unwrap_or(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_all_scripts_are_read_and_nothing_else() {
        for (written, read) in [
            ('0', '0'),
            ('9', '9'),
            ('\u{660}', '0'),
            ('\u{669}', '9'),
            ('\u{66a}', '\u{66a}'),
            ('\u{1d7ff}', '9'),
            ('\u{1fbf9}', '9'),
            ('\u{b2}', '\u{b2}'),
            ('a', 'a'),
        ] {
            assert_eq!(ascii_digit(written), read);
        }
    }

    #[test]
    fn the_zeros_are_in_order_and_ten_apart() {
        assert!(ZEROS.windows(2).all(|pair| pair[0].checked_add(10) <= Some(pair[1])));
    }
}
