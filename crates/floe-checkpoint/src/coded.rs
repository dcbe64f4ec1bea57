//! Numbers that are not stored in raw form, and the way to it.

use bytes::Bytes;
use floe_graph::{Decode, Error, ErrorKind, Result};

/// Sub-byte integers, one a byte, of which only the low bits count.
#[derive(Debug)]
pub(crate) struct LowBits {
    pub(crate) bytes: Bytes,
    pub(crate) bits: u8,
    pub(crate) signed: bool,
}

impl Decode for LowBits {
    fn decode(&self, at: usize, out: &mut [u8]) -> Result<()> {
        let stored = crate::wire::cut(&self.bytes, at, out.len());
        let stored = stored.ok_or(Error::new(ErrorKind::WrongDestination, at))?;
        for (o, &b) in out.iter_mut().zip(stored) {
            *o = low_bits(b, self.bits, self.signed);
        }
        Ok(())
    }
}

/// The number in the low `bits` of `byte`, sign-extended if `signed`.
pub(crate) fn low_bits(byte: u8, bits: u8, signed: bool) -> u8 {
    let unused = 8u32.saturating_sub(bits.into());
    let top = byte.checked_shl(unused).unwrap_or(byte);
    if signed {
        top.cast_signed().checked_shr(unused).unwrap_or(0).cast_unsigned()
    } else {
        top.checked_shr(unused).unwrap_or(0)
    }
}

/// Numbers whose bytes come in the order of a big-endian machine.
#[derive(Debug)]
pub(crate) struct Swapped {
    pub(crate) bytes: Bytes,
    pub(crate) unit: usize,
}

impl Decode for Swapped {
    fn decode(&self, at: usize, out: &mut [u8]) -> Result<()> {
        by_unit(at, out, self.unit, |i, number| {
            let stored = i.checked_mul(self.unit);
            let stored = stored.and_then(|at| crate::wire::cut(&self.bytes, at, self.unit));
            let stored = stored.ok_or(Error::new(ErrorKind::WrongDestination, at))?;
            for (o, &b) in number.iter_mut().zip(stored.iter().rev()) {
                *o = b;
            }
            Ok(())
        })
    }
}

/// Fills `out`, which begins at byte `at` of a run of numbers of `unit` bytes (16 at most), by asking
/// `number` for each number that it touches.
pub(crate) fn by_unit(
    at: usize,
    out: &mut [u8],
    unit: usize,
    mut number: impl FnMut(usize, &mut [u8]) -> Result<()>,
) -> Result<()> {
    let bad = Error::new(ErrorKind::Overflow, at);
    let mut index = at.checked_div(unit).ok_or(bad)?;
    let mut skip = at.checked_rem(unit).ok_or(bad)?;
    let mut buffer = [0; 16];
    let mut rest = out;
    while !rest.is_empty() {
        let whole = skip == 0 && rest.len() >= unit;
        let step = unit.saturating_sub(skip).min(rest.len());
        let (piece, tail) = rest.split_at_mut_checked(step).ok_or(bad)?;
        if whole {
            number(index, piece)?;
        } else {
            let scratch = buffer.get_mut(..unit).ok_or(bad)?;
            number(index, scratch)?;
            piece.copy_from_slice(crate::wire::cut(scratch, skip, step).ok_or(bad)?);
        }
        (rest, skip) = (tail, 0);
        index = index.checked_add(1).ok_or(bad)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_bits_are_sign_extended() {
        assert_eq!([0x0f, 0x07, 0x08, 0xf1].map(|b| low_bits(b, 4, true)), [0xff, 7, 0xf8, 1]);
        assert_eq!([0x03, 0x01, 0xfe].map(|b| low_bits(b, 2, true)), [0xff, 1, 0xfe]);
        assert_eq!([0x0f, 0xf7].map(|b| low_bits(b, 4, false)), [15, 7]);
    }

    #[test]
    fn swapped_numbers_at_any_byte() {
        let bytes = Bytes::from_static(&[1, 2, 3, 4, 5, 6, 7, 8]);
        let swapped = Swapped { bytes, unit: 4 };
        let want = [4, 3, 2, 1, 8, 7, 6, 5];
        for from in 0..8 {
            for to in from..=8 {
                let mut out = vec![0; to - from];
                swapped.decode(from, &mut out).unwrap();
                assert_eq!(out, want[from..to]);
            }
        }
        assert!(swapped.decode(6, &mut [0; 4]).is_err());
    }
}
