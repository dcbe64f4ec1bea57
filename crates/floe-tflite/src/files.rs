//! Associated files: labels and vocabularies in a zip archive that is appended to the model.
//!
//! Invariant: the FlatBuffer is left as it is, and the archive is read where it lies. Format fact:
//! a tool that appends to the file counts the archive's offsets from the file's start, another that
//! concatenates two files from the archive's; the zip reader finds out which.

use crate::TfLite;
use std::io::{self, Cursor, Read, Write};
use std::string::String;
use std::vec::Vec;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// One associated file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// Its name in the archive.
    pub name: String,
    /// Its bytes when unpacked.
    pub size: u64,
}

/// The files that are appended to a model; none for a model without an archive.
///
/// # Errors
/// When the end of the file says that there is an archive, and it cannot be read.
pub fn list(model: &TfLite<'_>) -> io::Result<Vec<File>> {
    let Some(mut archive) = open(model.file())? else { return Ok(Vec::new()) };
    (0..archive.len())
        .map(|i| {
            let file = archive.by_index_raw(i)?;
            Ok(File { name: file.name()?.into_owned(), size: file.size() })
        })
        .collect()
}

/// The bytes of the appended file `name`, when there is one, at most `limit` of them.
///
/// # Errors
/// When it cannot be unpacked, or is larger than `limit` whatever the archive claims.
pub fn read(model: &TfLite<'_>, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let Some(mut archive) = open(model.file())? else { return Ok(None) };
    let Some(index) = archive.index_for_name(name) else { return Ok(None) };
    let mut bytes = Vec::new();
    let mut file = archive.by_index(index)?.take(limit.saturating_add(1));
    file.read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is larger than allowed"));
    }
    Ok(Some(bytes))
}

/// Writes `model`, a file without an archive, with `files` appended, stored as they are, so that
/// runtimes can map them. The archive's offsets count from the start of the whole file.
///
/// # Errors
/// What writing returns; names that zip cannot hold.
pub fn append(model: &[u8], files: &[(&str, &[u8])]) -> io::Result<Vec<u8>> {
    let mut out = Cursor::new(model.to_vec());
    out.set_position(model.len() as u64);
    let mut archive = ZipWriter::new(out);
    // Always the same time: equal files make equal archives.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default());
    for (name, bytes) in files {
        archive.start_file(*name, options)?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// Bytes of the record that ends an archive, and the most that may follow it.
const END: usize = 22;
const MOST_COMMENT: usize = 65_535;

/// The archive at the end of `bytes`; `None` when nothing there looks like one.
fn open(bytes: &[u8]) -> io::Result<Option<ZipArchive<Cursor<&[u8]>>>> {
    let tail = bytes.len().saturating_sub(END.saturating_add(MOST_COMMENT));
    let tail = bytes.get(tail..).unwrap_or_default();
    if !tail.windows(4).any(|window| window == b"PK\x05\x06") {
        return Ok(None);
    }
    Ok(Some(ZipArchive::new(Cursor::new(bytes))?))
}

#[cfg(test)]
mod tests {
    use super::{append, list, read};
    use crate::build::ModelBuilder;
    use crate::verify::{Options, faults};
    use crate::{TfLite, encode};
    use std::vec::Vec;

    fn model() -> Vec<u8> {
        let mut builder = ModelBuilder::new();
        builder.add_subgraph("main");
        encode(&builder.finish()).unwrap()
    }

    #[test]
    fn what_is_appended_is_read_and_the_model_stays() {
        let bare = model();
        assert_eq!(list(&TfLite::parse(&bare).unwrap()).unwrap(), []);
        let files: [(&str, &[u8]); 2] = [("labels.txt", b"cat\ndog\n"), ("vocab.bin", &[0; 100])];
        let whole = append(&bare, &files).unwrap();
        assert_eq!(whole[..bare.len()], bare);
        assert_eq!(append(&bare, &files).unwrap(), whole, "no time stamps");
        assert_eq!(faults(&whole, &Options::default()), []);
        let file = TfLite::parse(&whole).unwrap();
        let names: Vec<_> = list(&file).unwrap().into_iter().map(|f| (f.name, f.size)).collect();
        assert_eq!(names, [("labels.txt".into(), 8), ("vocab.bin".into(), 100)]);
        assert_eq!(read(&file, "labels.txt", 8).unwrap().unwrap(), b"cat\ndog\n");
        assert!(read(&file, "labels.txt", 7).is_err());
        assert_eq!(read(&file, "none", 8).unwrap(), None);
    }

    /// The other way to count: an archive made apart and then joined.
    #[test]
    fn an_archive_that_counts_from_its_own_start_is_read_too() {
        let archive = append(&[], &[("labels.txt", b"cat")]).unwrap();
        let whole = [model(), archive].concat();
        let file = TfLite::parse(&whole).unwrap();
        assert_eq!(read(&file, "labels.txt", 9).unwrap().unwrap(), b"cat");
    }

    #[test]
    fn a_damaged_archive_is_an_error() {
        let mut whole = append(&model(), &[("labels.txt", b"cat")]).unwrap();
        let end = whole.len();
        whole[end - 6] ^= 0xff;
        assert!(list(&TfLite::parse(&whole).unwrap()).is_err());
    }
}
