//! The sorted table of strings that TensorFlow keeps an index in: the `.index` file of a V2 bundle,
//! and the whole of a V1 checkpoint.
//!
//! Data blocks, one metaindex block (empty, ignored), one index block that names the data blocks, a
//! 48-byte footer that names the last two. Invariant: a block is handed out only after its checksum
//! was found right (unless the reader asked for none) and its restart array lies inside it.

mod block;
mod writer;

pub(crate) use block::Block;
pub(crate) use writer::TableWriter;

use crate::wire::{cut, varint};
use crate::{Checksums, crc};
use bytes::Bytes;
use floe_graph::{Error, ErrorKind, Result};
use std::collections::BTreeSet;
use std::sync::Mutex;

pub(crate) const FOOTER: usize = 48;
pub(crate) const MAGIC: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();
/// A block's type byte and checksum, which its handle does not count.
const TRAILER: usize = 5;
/// What a compressed block may grow beyond the file that holds it.
const EXPANSION: usize = 16 << 20;

/// Where a block lies: its first byte, and its bytes without the trailer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Handle {
    pub(crate) at: u64,
    pub(crate) size: u64,
}

impl Handle {
    /// The handle at the front of `bytes`; what follows it is left there.
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self { at: varint(bytes)?, size: varint(bytes)? })
    }
}

/// An open table.
#[derive(Debug)]
pub(crate) struct Table {
    file: Bytes,
    index: Block,
    checksums: Checksums,
    /// Offsets of the blocks whose checksum was found right.
    checked: Mutex<BTreeSet<u64>>,
}

impl Table {
    /// Reads footer and index block.
    pub(crate) fn open(file: Bytes, checksums: Checksums) -> Result<Self> {
        let start = file.len().checked_sub(FOOTER).ok_or(Error::new(ErrorKind::Truncated, 0))?;
        let footer = file.get(start..).unwrap_or_default();
        let (mut handles, magic) = footer.split_at_checked(40).unwrap_or_default();
        if magic != MAGIC {
            return Err(Error::new(ErrorKind::BadMagic, start.saturating_add(40)));
        }
        let bad = Error::new(ErrorKind::Malformed, start);
        Handle::take(&mut handles).ok_or(bad)?;
        let index = Handle::take(&mut handles).ok_or(bad)?;
        let checked = Mutex::default();
        let mut table = Self { file, index: Block::default(), checksums, checked };
        table.index = table.block(index)?;
        Ok(table)
    }

    /// The whole file.
    pub(crate) const fn file(&self) -> &Bytes {
        &self.file
    }

    /// The data blocks in the file's order.
    pub(crate) fn handles(&self) -> impl Iterator<Item = Result<Handle>> {
        let mut cursor = self.index.cursor();
        std::iter::from_fn(move || {
            let bad = Error::new(ErrorKind::Malformed, cursor.at());
            let entry = cursor.step().transpose()?;
            Some(entry.and_then(|(_, mut value)| Handle::take(&mut value).ok_or(bad)))
        })
    }

    /// Reads one block.
    pub(crate) fn block(&self, handle: Handle) -> Result<Block> {
        let bad = Error::new(ErrorKind::OutOfBounds, at_most(handle.at));
        let (at, size) = (usize::try_from(handle.at), usize::try_from(handle.size));
        let (Ok(at), Ok(size)) = (at, size) else { return Err(bad) };
        let end = self.file.len().saturating_sub(FOOTER);
        let with_trailer = size.checked_add(TRAILER).ok_or(bad)?;
        let area = self.file.get(..end).ok_or(bad)?;
        let stored = cut(area, at, with_trailer).ok_or(bad)?;
        let (summed, sum) = stored.split_at_checked(size.saturating_add(1)).ok_or(bad)?;
        self.check(handle.at, summed, sum)?;
        let (payload, kind) = summed.split_at_checked(size).ok_or(bad)?;
        match kind.first() {
            Some(0) => Block::new(self.file.slice_ref(payload), at),
            Some(1) => Block::new(self.unsnap(payload, at)?, at),
            _ => Err(Error::new(ErrorKind::Unsupported, at.saturating_add(size))),
        }
    }

    /// The value of `key`, and where it lies in the file.
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Bytes>> {
        let Some((_, mut value)) = self.index.seek(key)? else { return Ok(None) };
        let bad = Error::new(ErrorKind::Malformed, 0);
        let block = self.block(Handle::take(&mut value).ok_or(bad)?)?;
        Ok(match block.seek(key)? {
            Some((found, value)) if found == key => Some(block.share(value)),
            _ => None,
        })
    }

    fn check(&self, at: u64, summed: &[u8], sum: &[u8]) -> Result<()> {
        if self.checksums == Checksums::Never {
            return Ok(());
        }
        let Ok(mut checked) = self.checked.lock() else {
            return Err(Error::new(ErrorKind::Checksum, at_most(at)));
        };
        if checked.contains(&at) {
            return Ok(());
        }
        let sum = sum.try_into().map(u32::from_le_bytes).unwrap_or_default();
        if !crc::matches(summed, sum) {
            return Err(Error::new(ErrorKind::Checksum, at_most(at)));
        }
        checked.insert(at);
        Ok(())
    }

    fn unsnap(&self, payload: &[u8], at: usize) -> Result<Bytes> {
        let bad = Error::new(ErrorKind::Malformed, at);
        let claimed = snap::raw::decompress_len(payload).map_err(|_| bad)?;
        // A copy element of three bytes gives 64 bytes at most.
        if claimed > payload.len().saturating_mul(32)
            || claimed > self.file.len().saturating_add(EXPANSION)
        {
            return Err(Error::new(ErrorKind::Limit, at));
        }
        snap::raw::Decoder::new().decompress_vec(payload).map(Bytes::from).map_err(|_| bad)
    }
}

/// A file offset as the place of an error.
fn at_most(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
