//! Files as memory maps behind [`Bytes`]: what is cut from them shares the map and copies nothing.
//!
//! Invariant: this is the only place outside the SIMD kernels where the family uses `unsafe`.

use bytes::Bytes;
use std::fs::File;
use std::io;
use std::path::Path;

/// Maps the file at `path`. An empty file gives empty bytes.
///
/// A map shows later changes of the file, and a file that shrinks while it is mapped ends the
/// process when the lost pages are touched. Floe's own writers never do either: they write beside
/// the file and rename.
///
/// # Errors
/// When the file cannot be opened or mapped, or is a directory.
pub fn open(path: impl AsRef<Path>) -> io::Result<Bytes> {
    let path = path.as_ref();
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if meta.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
    }
    if !meta.is_file() {
        // A pipe cannot be mapped; what it carries is read whole.
        return std::fs::read(path).map(Bytes::from);
    }
    if meta.len() == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: the map is read-only and private to this process, and every use of it goes through
    // `&[u8]` reads that assume nothing of the bytes' values. That the file may be changed by someone
    // else while it is mapped cannot be ruled out on any system; the function's documentation says so.
    #[expect(unsafe_code, reason = "memory maps are unsafe by nature; this is the one wrapper")]
    let map = unsafe { memmap2::Mmap::map(&file)? };
    Ok(Bytes::from_owner(map))
}

#[cfg(test)]
mod tests {
    use super::open;
    use std::io::Write;

    #[test]
    fn maps_files_empty_ones_and_refuses_directories() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::File::create(&path).unwrap();
        assert!(open(&path).unwrap().is_empty());
        std::fs::File::create(&path).unwrap().write_all(b"abc").unwrap();
        assert_eq!(&*open(&path).unwrap(), b"abc");
        assert_eq!(open(dir.path()).unwrap_err().kind(), std::io::ErrorKind::IsADirectory);
        assert_eq!(open(dir.path().join("no")).unwrap_err().kind(), std::io::ErrorKind::NotFound);
    }
}
