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

/// An appended archive as it lies in the file, to be put behind another model.
#[derive(Clone, Copy, Debug)]
pub struct Archive<'d> {
    bytes: &'d [u8],
    /// Where the records that list its files begin in `bytes`.
    directory: usize,
    /// Where the archive begins in the file, and the place that its offsets count from.
    start: u64,
    base: u64,
}

impl<'d> Archive<'d> {
    /// The archive behind `model`, when there is one.
    ///
    /// # Errors
    /// When the end of the file says that there is an archive, and it cannot be read.
    pub fn of(model: &TfLite<'d>) -> io::Result<Option<Self>> {
        let file = model.file();
        let Some(mut archive) = open(file)? else { return Ok(None) };
        let directory = archive.central_directory_start();
        let mut start = directory;
        for i in 0..archive.len() {
            start = start.min(archive.by_index_raw(i)?.header_start());
        }
        let length = directory.saturating_sub(start);
        let bytes = usize::try_from(start).ok().and_then(|at| file.get(at..)).unwrap_or_default();
        let directory = usize::try_from(length).unwrap_or(usize::MAX);
        Ok(Some(Self { bytes, directory, start, base: archive.offset() }))
    }

    /// Where it begins in its file.
    #[must_use]
    pub const fn start(&self) -> u64 {
        self.start
    }

    /// Writes it as the end of a file of which `at` bytes are written: its offsets then count from
    /// the start of that file.
    ///
    /// # Errors
    /// What `out` returns; [`io::ErrorKind::Unsupported`] where the offsets take more than 32 bits.
    pub fn write_at(&self, at: u64, out: &mut dyn Write) -> io::Result<()> {
        let (files, directory) = self.bytes.split_at_checked(self.directory).ok_or(CUT)?;
        let mut directory = directory.to_vec();
        let mut place = 0;
        // The list: a record for each file, then the end, which says where the list begins.
        while let Some(record) = directory.get_mut(place..) {
            let (offset, length) = match record.first_chunk() {
                Some(b"PK\x01\x02") => {
                    let extra: usize = [28, 30, 32].into_iter().map(|i| half(record, i)).sum();
                    (42, ENTRY.saturating_add(extra))
                }
                Some(b"PK\x05\x06") => (16, record.len()),
                _ => return Err(CUT.into()),
            };
            let word = record.get_mut(offset..).and_then(<[u8]>::first_chunk_mut).ok_or(CUT)?;
            let moved = u64::from(u32::from_le_bytes(*word))
                .saturating_add(self.base)
                .checked_sub(self.start)
                .and_then(|inside| u32::try_from(inside.saturating_add(at)).ok());
            *word = moved.ok_or(io::ErrorKind::Unsupported)?.to_le_bytes();
            if offset == 16 {
                break;
            }
            place = place.saturating_add(length);
        }
        out.write_all(files)?;
        out.write_all(&directory)
    }
}

/// Bytes of a list's record without its name, extra field and comment.
const ENTRY: usize = 46;
/// A list that does not end as one.
const CUT: io::ErrorKind = io::ErrorKind::InvalidData;

/// The 16-bit number at byte `at`.
fn half(bytes: &[u8], at: usize) -> usize {
    let number = bytes.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
    u16::from_le_bytes(number).into()
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
    use super::{Archive, append, list, read};
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

    /// However the archive counts, behind another model it is found, by readers of either kind.
    #[test]
    fn an_archive_moves_with_its_model() {
        let files: [(&str, &[u8]); 2] = [("labels.txt", b"cat"), ("vocab.bin", &[7; 100])];
        let apart = [model(), append(&[], &files).unwrap()].concat();
        let mut longer = ModelBuilder::new();
        longer.add_subgraph("a graph with a long name, so that the archive lies elsewhere");
        let longer = encode(&longer.finish()).unwrap();
        let whole = append(&longer, &files).unwrap();
        for from in [append(&model(), &files).unwrap(), apart, whole.clone()] {
            let archive = Archive::of(&TfLite::parse(&from).unwrap()).unwrap().unwrap();
            let mut moved = longer.clone();
            archive.write_at(moved.len() as u64, &mut moved).unwrap();
            assert_eq!(moved, whole, "as if it had been appended there");
        }
        assert!(Archive::of(&TfLite::parse(&longer).unwrap()).unwrap().is_none());
    }

    #[test]
    fn a_damaged_archive_is_an_error() {
        let mut whole = append(&model(), &[("labels.txt", b"cat")]).unwrap();
        let end = whole.len();
        whole[end - 6] ^= 0xff;
        assert!(list(&TfLite::parse(&whole).unwrap()).is_err());
    }
}
