//! One block of a table: entries whose keys share prefixes, and restart points where none is shared.

use crate::wire::{take, varint};
use bytes::Bytes;
use floe_graph::{Error, ErrorKind, LeSlice, Result};

/// A block whose restart array lies inside it.
#[derive(Debug, Default)]
pub(crate) struct Block {
    payload: Bytes,
    /// Where the entries end and the restart array begins.
    end: usize,
    /// How many restart points there are.
    restarts: usize,
    /// Where the block lies in its file, for errors.
    base: usize,
}

impl Block {
    pub(super) fn new(payload: Bytes, base: usize) -> Result<Self> {
        let bad = Error::new(ErrorKind::Malformed, base);
        let count_at = payload.len().checked_sub(4).ok_or(bad)?;
        let count = LeSlice::<u32>::new(payload.get(count_at..).unwrap_or_default()).get(0);
        let restarts = count.ok_or(bad)? as usize;
        let end = restarts.checked_mul(4).and_then(|n| count_at.checked_sub(n)).ok_or(bad)?;
        let end = if restarts == 0 { 0 } else { end };
        Ok(Self { payload, end, restarts, base })
    }

    /// A part of this block's bytes that shares its memory.
    pub(crate) fn share(&self, part: &[u8]) -> Bytes {
        self.payload.slice_ref(part)
    }

    /// A cursor before the first entry.
    pub(crate) const fn cursor(&self) -> Cursor<'_> {
        Cursor { block: self, at: 0, key: Vec::new() }
    }

    /// The first entry whose key is not less than `key`.
    pub(super) fn seek(&self, key: &[u8]) -> Result<Option<(Vec<u8>, &[u8])>> {
        let (mut low, mut high) = (0, self.restarts);
        while high.saturating_sub(low) > 1 {
            let middle = low.midpoint(high);
            if self.key_at_restart(middle)? < key { low = middle } else { high = middle }
        }
        let mut cursor = self.cursor();
        cursor.at = self.restart(low)?;
        while let Some((found, value)) = cursor.step()? {
            if found >= key {
                return Ok(Some((found.to_vec(), value)));
            }
        }
        Ok(None)
    }

    fn restart(&self, index: usize) -> Result<usize> {
        if self.restarts == 0 {
            return Ok(0);
        }
        let words = LeSlice::<u32>::new(self.payload.get(self.end..).unwrap_or_default());
        let at = words.get(index).map(|w| w as usize);
        at.filter(|&at| at <= self.end).ok_or(Error::new(ErrorKind::Malformed, self.base))
    }

    fn key_at_restart(&self, index: usize) -> Result<&[u8]> {
        let at = self.restart(index)?;
        let bad = Error::new(ErrorKind::Malformed, self.base.saturating_add(at));
        let mut rest = self.payload.get(at..self.end).ok_or(bad)?;
        let header = Header::take(&mut rest).filter(|h| h.shared == 0).ok_or(bad)?;
        take(&mut rest, header.own).ok_or(bad)
    }
}

/// The three lengths before each entry.
struct Header {
    shared: usize,
    own: usize,
    value: usize,
}

impl Header {
    #[inline(always)]
    fn take(rest: &mut &[u8]) -> Option<Self> {
        let [shared, own, value] = [varint(rest)?, varint(rest)?, varint(rest)?];
        let length = |n: u64| usize::try_from(n).ok();
        Some(Self { shared: length(shared)?, own: length(own)?, value: length(value)? })
    }
}

/// Walks a block's entries in order. The key is never longer than the block: it is put together from
/// bytes that the block holds.
#[derive(Debug)]
pub(crate) struct Cursor<'block> {
    block: &'block Block,
    at: usize,
    key: Vec<u8>,
}

impl<'block> Cursor<'block> {
    /// The next entry's key and value; `None` after the last.
    #[inline(always)]
    pub(crate) fn step(&mut self) -> Result<Option<(&[u8], &'block [u8])>> {
        if self.at >= self.block.end {
            return Ok(None);
        }
        let bad = Error::new(ErrorKind::Malformed, self.at());
        let area = self.block.payload.get(self.at..self.block.end).ok_or(bad)?;
        let mut rest = area;
        let header = Header::take(&mut rest).ok_or(bad)?;
        if header.shared > self.key.len() {
            return Err(bad);
        }
        self.key.truncate(header.shared);
        self.key.extend_from_slice(take(&mut rest, header.own).ok_or(bad)?);
        let value = take(&mut rest, header.value).ok_or(bad)?;
        self.at = self.block.end.saturating_sub(rest.len());
        Ok(Some((&self.key, value)))
    }

    /// Where the next entry lies in the file.
    pub(crate) const fn at(&self) -> usize {
        self.block.base.saturating_add(self.at)
    }

    /// Checks what reading does not need: the restart points, one for one.
    pub(crate) fn check_restarts(&self) -> Result<()> {
        (0..self.block.restarts).try_for_each(|i| {
            let at = self.block.restart(i)?;
            if at < self.block.end { self.block.key_at_restart(i).map(drop) } else { Ok(()) }
        })
    }
}
