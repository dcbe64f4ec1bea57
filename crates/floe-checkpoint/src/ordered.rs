//! The ordered code: keys that sort as the tuples they encode. TensorFlow names a slice of a
//! variable by it, in both versions of the checkpoint format.
//!
//! A slice key is `num(0) string(name) num(rank)` and for each dimension `snum(start) snum(length)`,
//! a whole dimension being `(0, -1)`. Invariant: [`encode_slice`] and [`decode_slice`] are inverse
//! to each other on everything `encode_slice` can produce.

use crate::slices::{Extent, Slice};

/// The key of slice `slice` of the variable `name`.
#[must_use]
pub fn encode_slice(name: &[u8], slice: &Slice) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len().saturating_add(16));
    put_num(&mut out, 0);
    put_string(&mut out, name);
    put_num(&mut out, slice.extents().len() as u64);
    for extent in slice.extents() {
        let (start, length) = match *extent {
            Extent::Whole => (0, -1),
            Extent::Range { start, length } => (start, length),
        };
        put_signed(&mut out, start);
        put_signed(&mut out, length);
    }
    out
}

/// The variable's name and the slice that `key` stands for; `None` when it is no slice key.
#[must_use]
pub fn decode_slice(key: &[u8]) -> Option<(Vec<u8>, Slice)> {
    let mut rest = key;
    if take_num(&mut rest)? != 0 {
        return None;
    }
    let name = take_string(&mut rest)?;
    let rank = take_num(&mut rest)?;
    // Each dimension takes two bytes at least.
    if rank > (rest.len() / 2) as u64 {
        return None;
    }
    let mut extents = Vec::new();
    for _ in 0..rank {
        let (start, length) = (take_signed(&mut rest)?, take_signed(&mut rest)?);
        let whole = (start, length) == (0, -1);
        extents.push(if whole { Extent::Whole } else { Extent::Range { start, length } });
    }
    rest.is_empty().then_some((name, Slice::new(extents)))
}

/// A count byte, then the value in as few big-endian bytes as hold it.
fn put_num(out: &mut Vec<u8>, value: u64) {
    let bytes = value.to_be_bytes();
    let skip = (value.leading_zeros() / 8) as usize;
    let used = bytes.get(skip..).unwrap_or_default();
    out.push(used.len() as u8);
    out.extend_from_slice(used);
}

fn take_num(rest: &mut &[u8]) -> Option<u64> {
    let count = usize::from(*crate::wire::take(rest, 1)?.first()?);
    let used = crate::wire::take(rest, count)?;
    let mut bytes = [0; 8];
    bytes.get_mut(8usize.checked_sub(count)?..)?.copy_from_slice(used);
    Some(u64::from_be_bytes(bytes))
}

/// The bytes with 00 as `00 ff` and ff as `ff 00`, ended by `00 01`.
fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    for &b in bytes {
        match b {
            0x00 => out.extend_from_slice(&[0x00, 0xff]),
            0xff => out.extend_from_slice(&[0xff, 0x00]),
            _ => out.push(b),
        }
    }
    out.extend_from_slice(&[0x00, 0x01]);
}

fn take_string(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    loop {
        let b = *crate::wire::take(rest, 1)?.first()?;
        let second =
            if matches!(b, 0x00 | 0xff) { crate::wire::take(rest, 1)?.first() } else { None };
        match (b, second.copied()) {
            (0x00, Some(0x01)) => return Some(out),
            (0x00, Some(0xff)) | (0xff, Some(0x00)) | (_, None) => out.push(b),
            _ => return None,
        }
    }
}

/// The fewest bytes n whose 7n - 1 bits hold the value and its sign: n leading one bits (for
/// v >= 0), then the value; a negative value is the complement of the code of its complement.
fn put_signed(out: &mut Vec<u8>, value: i64) {
    let magnitude = if value < 0 { !value } else { value }.cast_unsigned();
    let bits = 64u32.saturating_sub(magnitude.leading_zeros());
    let count = (1..=9u32).find(|n| bits <= n.saturating_mul(7).saturating_sub(1)).unwrap_or(10);
    let code = u128::from(magnitude) | header(count);
    let bytes = code.to_be_bytes();
    let used = bytes.get(16usize.saturating_sub(count as usize)..).unwrap_or_default();
    let flip = if value < 0 { 0xff } else { 0 };
    out.extend(used.iter().map(|b| b ^ flip));
}

/// `count` one bits at the top of `count` bytes, a zero bit below them.
fn header(count: u32) -> u128 {
    let ones = 1u128.checked_shl(count).unwrap_or(0).wrapping_sub(1);
    ones.checked_shl(count.saturating_mul(7)).unwrap_or(0)
}

fn take_signed(rest: &mut &[u8]) -> Option<i64> {
    let first = *rest.first()?;
    let flip = if first & 0x80 == 0 { 0xff } else { 0 };
    let second = rest.get(1).map_or(0, |b| b ^ flip);
    let count = match first ^ flip {
        0xff if second & 0x80 == 0 => 8,
        0xff if second & 0xc0 == 0x80 => 9,
        0xff if second & 0xe0 == 0xc0 => 10,
        0xff => return None,
        f => f.leading_ones(),
    };
    let mut code = 0u128;
    for b in crate::wire::take(rest, count as usize)? {
        code = (code << 8) | u128::from(b ^ flip);
    }
    let magnitude = i64::try_from(code ^ header(count)).ok()?;
    Some(if flip == 0 { magnitude } else { !magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn signed(v: i64) -> Vec<u8> {
        let mut out = Vec::new();
        put_signed(&mut out, v);
        out
    }

    #[test]
    fn signed_numbers_as_tensorflow_writes_them() {
        for (v, code) in [
            (0, &[0x80][..]),
            (3, &[0x83]),
            (63, &[0xbf]),
            (64, &[0xc0, 0x40]),
            (100, &[0xc0, 0x64]),
            (8191, &[0xdf, 0xff]),
            (16384, &[0xe0, 0x40, 0x00]),
            (-1, &[0x7f]),
            (-64, &[0x40]),
            (-65, &[0x3f, 0xbf]),
        ] {
            assert_eq!(signed(v), code, "{v}");
        }
    }

    #[test]
    fn a_key_as_tensorflow_writes_it() {
        let slice = Slice::new(vec![Extent::Whole, Extent::Range { start: 3, length: 3 }]);
        let key = encode_slice(b"part", &slice);
        assert_eq!(key, *b"\0part\0\x01\x01\x02\x80\x7f\x83\x83");
        assert_eq!(decode_slice(&key), Some((b"part".to_vec(), slice)));
        assert_eq!(decode_slice(b"part"), None);
        assert_eq!(decode_slice(b"\0part\0\x01\x01\xff"), None, "a rank that cannot be there");
    }

    proptest! {
        #[test]
        fn keys_go_both_ways(name: Vec<u8>, dims: Vec<(i64, i64)>) {
            let extents = dims.iter().map(|&(start, length)| match (start, length) {
                (0, -1) => Extent::Whole,
                _ => Extent::Range { start, length },
            });
            let slice = Slice::new(extents.collect());
            prop_assert_eq!(decode_slice(&encode_slice(&name, &slice)), Some((name, slice)));
        }

        #[test]
        fn codes_sort_as_the_numbers_do(a: i64, b: i64) {
            prop_assert_eq!(signed(a).cmp(&signed(b)), a.cmp(&b));
        }

        #[test]
        fn any_bytes_decode_to_something_or_nothing(bytes: Vec<u8>) {
            let _ = decode_slice(&bytes);
        }
    }
}
