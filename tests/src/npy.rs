//! Just enough of NPY 1.0 to read goldens.

use std::path::Path;

/// The dtype text and the raw bytes of an `.npy` file in C order.
///
/// # Panics
/// When the file is not there or not NPY 1.0.
#[must_use]
pub fn read(path: &Path) -> (String, Vec<u8>) {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00", "{}", path.display());
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = String::from_utf8_lossy(&bytes[10..start]);
    assert!(header.contains("'fortran_order': False"), "{header}");
    let (descr, _) = parts(&header);
    (descr, bytes[start..].to_vec())
}

/// The same with the dimensions.
///
/// # Panics
/// As [`read`].
#[must_use]
pub fn array(path: &Path) -> (String, Vec<usize>, Vec<u8>) {
    let (descr, elements) = read(path);
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let header = String::from_utf8_lossy(&bytes[..bytes.len() - elements.len()]);
    (descr, parts(&header).1, elements)
}

/// The dtype text and the dimensions that a header has.
fn parts(header: &str) -> (String, Vec<usize>) {
    let descr = header.split("'descr': '").nth(1).and_then(|s| s.split('\'').next());
    let dims = header.split("'shape': (").nth(1).and_then(|s| s.split(')').next());
    let dims = dims.unwrap_or_default().split(',').filter_map(|d| d.trim().parse().ok()).collect();
    (descr.unwrap_or_default().to_owned(), dims)
}
