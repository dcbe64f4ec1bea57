//! String tensors of a V2 bundle: all lengths as varints, a checksum of the lengths, all bytes.
//!
//! The checksum of the lengths is taken over fixed-width integers (of the writer's byte order), not
//! over the varints, and the entry's checksum continues from it. Invariant: what is handed out are two
//! parts of the region whose lengths add up to it exactly.

use crate::Checksums;
use crate::crc::Crc;
use crate::load::{Context, Loaded, check};
use crate::wire::{take, varint};
use bytes::Bytes;
use floe_graph::{Error, ErrorKind, Result};

/// Bytes of the checksum between lengths and strings.
const SUM: usize = 4;

/// Finds the `count` strings in a region.
pub(crate) fn load(region: &Bytes, crc: Option<u32>, count: u64, cx: Context) -> Result<Loaded> {
    let bad = Error::new(ErrorKind::LengthMismatch, region.len());
    // Each length takes a byte at least.
    let count = usize::try_from(count).ok().filter(|&n| n <= region.len()).ok_or(bad)?;
    let mut rest = &region[..];
    let (mut running, mut total) = (Crc::default(), 0u64);
    for _ in 0..count {
        let length = varint(&mut rest).ok_or(bad)?;
        total = total.checked_add(length).ok_or(bad)?;
        extend_length(&mut running, length, cx.big_endian);
    }
    let lengths = region.slice(..region.len().saturating_sub(rest.len()));
    let sum = take(&mut rest, SUM).ok_or(bad)?;
    if rest.len() as u64 != total {
        return Err(bad);
    }
    if cx.checksums != Checksums::Never {
        let stored = integer(sum, cx.big_endian);
        if stored != Some(running.masked()) {
            return Err(Error::new(ErrorKind::Checksum, lengths.len()));
        }
        check(crc, cx.checksums, || {
            running.extend(sum);
            running.extend(rest);
            running.masked()
        })?;
    }
    Ok(Loaded::Lengths { count, lengths, bytes: region.slice_ref(rest) })
}

/// Takes a length into a checksum: 32 bits, or 64 where it does not fit them.
pub(crate) fn extend_length(crc: &mut Crc, length: u64, big_endian: bool) {
    match (u32::try_from(length), big_endian) {
        (Ok(n), false) => crc.extend(&n.to_le_bytes()),
        (Ok(n), true) => crc.extend(&n.to_be_bytes()),
        (Err(_), false) => crc.extend(&length.to_le_bytes()),
        (Err(_), true) => crc.extend(&length.to_be_bytes()),
    }
}

fn integer(bytes: &[u8], big_endian: bool) -> Option<u32> {
    let bytes = bytes.try_into().ok()?;
    Some(if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use floe_graph::{Payload, Strings};

    const CX: Context = Context { checksums: Checksums::Always, big_endian: false };

    fn region() -> (Bytes, u32) {
        let mut crc = Crc::default();
        extend_length(&mut crc, 2, false);
        extend_length(&mut crc, 0, false);
        let mut bytes = vec![2, 0];
        bytes.extend(crc.masked().to_le_bytes());
        crc.extend(&bytes[2..]);
        crc.extend(b"ab");
        bytes.extend(b"ab");
        (bytes.into(), crc.masked())
    }

    fn values(l: &Loaded) -> Vec<Vec<u8>> {
        let Payload::Strings(s) = l.payload() else { panic!("not strings") };
        assert!(matches!(s, Strings::Lengths { .. }));
        s.iter().map(|v| v.unwrap().to_vec()).collect()
    }

    #[test]
    fn lengths_and_bytes_are_found_and_checked() {
        let (bytes, crc) = region();
        assert_eq!(values(&load(&bytes, Some(crc), 2, CX).unwrap()), [&b"ab"[..], b""]);
        for at in 0..bytes.len() {
            let mut bad = bytes.to_vec();
            bad[at] ^= 1;
            assert!(load(&bad.into(), Some(crc), 2, CX).is_err(), "byte {at}");
        }
        assert!(load(&bytes, None, 2, CX).is_err(), "no checksum is a wrong one by default");
        let lenient = Context { checksums: Checksums::IfPresent, ..CX };
        assert!(load(&bytes, None, 2, lenient).is_ok());
    }

    #[test]
    fn counts_that_cannot_be_are_refused() {
        let (bytes, crc) = region();
        for count in [0, 1, 3, u64::MAX] {
            let e = load(&bytes, Some(crc), count, CX).unwrap_err();
            assert_eq!(e.kind, ErrorKind::LengthMismatch);
        }
        let empty = Bytes::from_static(&[0xd8, 0xea, 0x82, 0xa2]);
        let crc = crate::crc::masked(&empty);
        assert!(load(&empty, Some(crc), 0, CX).is_ok());
    }
}
