//! The protocol buffer wire format, walked field by field without building messages.
//!
//! Invariant: nothing is allocated. A two-byte submessage would otherwise cost a struct of a hundred
//! bytes, and a hostile file could ask for fifty times its own size.

use floe_graph::{Error, ErrorKind, Result};

/// One field's value as the wire holds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    /// The value of a varint field, as the signed number it stands for.
    pub(crate) fn int(self) -> Result<i64> {
        match self {
            Value::Varint(v) => Ok(v.cast_signed()),
            _ => Err(Error::new(ErrorKind::Malformed, 0)),
        }
    }

    /// The value of an `int32` or enum field: the low 32 bits, as protocol buffers truncate.
    #[expect(clippy::cast_possible_truncation, reason = "int32 fields are the low 32 bits")]
    pub(crate) fn int32(self) -> Result<i32> {
        self.int().map(|v| v as i32)
    }

    /// The bytes of a string, bytes or message field.
    pub(crate) fn bytes(self) -> Result<&'a [u8]> {
        match self {
            Value::Bytes(b) => Ok(b),
            _ => Err(Error::new(ErrorKind::Malformed, 0)),
        }
    }
}

/// The fields of a message, in the order of the bytes; ends after the first error.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
    total: usize,
}

impl<'a> Fields<'a> {
    pub(crate) const fn new(message: &'a [u8]) -> Self {
        Self { rest: message, total: message.len() }
    }

    /// Where in the message the next field begins.
    pub(crate) const fn reached(&self) -> usize {
        self.total.saturating_sub(self.rest.len())
    }

    #[inline]
    fn read(&mut self) -> Option<(u32, Value<'a>)> {
        let tag = varint(&mut self.rest)?;
        let number = u32::try_from(tag >> 3).ok().filter(|&n| n > 0)?;
        let value = match tag & 7 {
            0 => Value::Varint(varint(&mut self.rest)?),
            1 => Value::Fixed64(u64::from_le_bytes(take(&mut self.rest, 8)?.try_into().ok()?)),
            2 => {
                let length = usize::try_from(varint(&mut self.rest)?).ok()?;
                Value::Bytes(take(&mut self.rest, length)?)
            }
            5 => Value::Fixed32(u32::from_le_bytes(take(&mut self.rest, 4)?.try_into().ok()?)),
            _ => return None,
        };
        Some((number, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Value<'a>)>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let at = self.reached();
        let field = self.read();
        if field.is_none() {
            self.rest = &[];
        }
        Some(field.ok_or(Error::new(ErrorKind::Malformed, at)))
    }
}

/// Takes a LEB128 number of at most ten bytes off the front.
#[inline(always)]
pub(crate) fn varint(rest: &mut &[u8]) -> Option<u64> {
    match rest.split_first() {
        Some((&first, tail)) if first < 0x80 => {
            *rest = tail;
            Some(first.into())
        }
        _ => long_varint(rest),
    }
}

fn long_varint(rest: &mut &[u8]) -> Option<u64> {
    let (mut value, mut shift, mut left) = (0, 0, *rest);
    while shift < 70 {
        let (&b, tail) = left.split_first()?;
        // Of the tenth byte one bit is left.
        value |= u64::from(b & 0x7f).wrapping_shl(shift);
        if b < 0x80 {
            *rest = tail;
            return Some(value);
        }
        (shift, left) = (shift.wrapping_add(7), tail);
    }
    None
}

/// Appends `value` as a LEB128 number.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes `count` bytes off the front.
#[inline]
pub(crate) fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(count)?;
    *rest = tail;
    Some(head)
}

/// The `len` bytes of `bytes` from `at` on.
pub(crate) fn cut(bytes: &[u8], at: usize, len: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(len)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_of_every_length_go_both_ways() {
        for shift in 0..64 {
            for v in [1u64 << shift, (1u64 << shift) - 1, u64::MAX >> shift] {
                let mut out = Vec::new();
                put_varint(&mut out, v);
                let mut rest = &out[..];
                assert_eq!(varint(&mut rest), Some(v));
                assert!(rest.is_empty());
            }
        }
        assert_eq!(varint(&mut &[0x80; 11][..]), None, "eleven bytes are no varint");
        assert_eq!(varint(&mut &[0x80][..]), None, "an unfinished varint");
    }

    #[test]
    fn fields_of_every_wire_type() {
        let bytes = [8, 5, 0x11, 1, 0, 0, 0, 0, 0, 0, 0, 0x1a, 1, 7, 0x25, 2, 0, 0, 0];
        let fields: Vec<_> = Fields::new(&bytes).map(Result::unwrap).collect();
        assert_eq!(
            fields,
            [
                (1, Value::Varint(5)),
                (2, Value::Fixed64(1)),
                (3, Value::Bytes(&[7])),
                (4, Value::Fixed32(2))
            ]
        );
    }

    #[test]
    fn a_damaged_message_ends_in_one_error() {
        for bytes in [&[0x0a, 5, 1][..], &[0x0b][..], &[0][..], &[8][..]] {
            let all: Vec<_> = Fields::new(bytes).collect();
            assert_eq!(all, [Err(Error::new(ErrorKind::Malformed, 0))]);
        }
    }
}
