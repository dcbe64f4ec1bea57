//! CRC32C as TensorFlow stores it: masked, so that the checksum of data that holds checksums stays
//! a good one.

const DELTA: u32 = 0xa282_ead8;

/// The stored form of checksum `crc`.
pub(crate) const fn mask(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(DELTA)
}

/// The checksum whose stored form is `masked`.
pub(crate) const fn unmask(masked: u32) -> u32 {
    masked.wrapping_sub(DELTA).rotate_left(15)
}

/// A running CRC32C.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Crc(u32);

impl Crc {
    /// Takes in more bytes.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.0 = crc32c::crc32c_append(self.0, bytes);
    }

    /// The stored form of the checksum so far.
    pub(crate) const fn masked(self) -> u32 {
        mask(self.0)
    }
}

/// The stored form of the checksum of `bytes`.
pub(crate) fn masked(bytes: &[u8]) -> u32 {
    mask(crc32c::crc32c(bytes))
}

/// Whether `stored` is the checksum of `bytes`.
pub(crate) fn matches(bytes: &[u8], stored: u32) -> bool {
    crc32c::crc32c(bytes) == unmask(stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masking_goes_both_ways_and_zero_is_the_known_constant() {
        assert_eq!(masked(&[]).to_le_bytes(), [0xd8, 0xea, 0x82, 0xa2]);
        for c in [0, 1, 0xffff_ffff, 0x1234_5678] {
            assert_eq!(unmask(mask(c)), c);
        }
    }

    #[test]
    fn the_standard_check_value_of_crc32c() {
        let mut crc = Crc::default();
        crc.extend(b"12345");
        crc.extend(b"6789");
        assert_eq!(unmask(crc.masked()), 0xe306_9283);
        assert!(matches(b"123456789", mask(0xe306_9283)));
    }
}
