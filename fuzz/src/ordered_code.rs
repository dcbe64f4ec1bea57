//! The keys of slices.

use floe_checkpoint::{decode_slice, encode_slice};

/// Decodes `data` as a key.
///
/// # Panics
/// When what it stands for is not what its own key stands for.
pub fn run(data: &[u8]) {
    if let Some((name, slice)) = decode_slice(data) {
        assert_eq!(decode_slice(&encode_slice(&name, &slice)), Some((name, slice)));
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn survives_damaged_keys() {
        crate::smoke::smoke(super::run, "ordered_code", |_| false);
    }
}
