//! What follows the opcodes that push a number, a text or a byte string.

use crate::error::Result;
use crate::metric::pickle::input::Input;
use crate::metric::pickle::literals;
use crate::metric::pickle::object::Object;

/// The number that an opcode is followed by.
pub fn number(input: &mut Input<'_>, opcode: u8, at: usize) -> Result<Object<'static>> {
    Ok(match opcode {
        b'I' => match input.short_line()? {
            "00" => Object::Bool(false),
            "01" => Object::Bool(true),
            digits => literals::decimal(digits, at)?,
        },
        b'J' => Object::Int(i64::from(i32::from_le_bytes(input.array()?))),
        b'K' => Object::Int(i64::from(input.byte()?)),
        b'M' => Object::Int(i64::from(u16::from_le_bytes(input.array()?))),
        b'L' => literals::decimal(input.short_line()?, at)?,
        0x8a => literals::two_complement(input.counted_1()?, at)?,
        0x8b => literals::two_complement(input.counted_4()?, at)?,
        b'F' => literals::float(input.short_line()?, at)?,
        _ => Object::Float(f64::from_be_bytes(input.array()?)),
    })
}

/// The text or byte string that an opcode is followed by.
pub fn text_or_bytes<'a>(input: &mut Input<'a>, opcode: u8, at: usize) -> Result<Object<'a>> {
    Ok(match opcode {
        b'S' => literals::quoted(input.line()?, at)?,
        b'T' => literals::old_text(input.counted_4()?.into()),
        b'U' => literals::old_text(input.counted_1()?.into()),
        b'V' => literals::raw_unicode(input.line()?, at)?,
        b'X' => literals::text(input.counted_4()?),
        0x8c => literals::text(input.counted_1()?),
        0x8d => literals::text(input.counted_8()?),
        b'B' => Object::Bytes(input.counted_4()?.into()),
        b'C' => Object::Bytes(input.counted_1()?.into()),
        _ => Object::Bytes(input.counted_8()?.into()),
    })
}
