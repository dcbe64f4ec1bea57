//! Writes a table byte for byte as TensorFlow does: blocks of 256 KiB, restart points every 16
//! entries (1 in the index block), shortened index keys, no compression.

use super::{FOOTER, Handle, MAGIC};
use crate::crc::Crc;
use crate::wire::put_varint;
use std::io::{self, Write};

/// A data block is closed when it holds so many bytes.
const BLOCK: usize = 262_144;
const RESTART_INTERVAL: usize = 16;

/// Writes a table to `out`. Keys must come in increasing order.
#[derive(Debug)]
pub(crate) struct TableWriter<W> {
    out: W,
    written: u64,
    block: BlockBuilder,
    index: BlockBuilder,
    /// A finished block that waits for the next key, to be given a short separator.
    pending: Option<Handle>,
    last: Vec<u8>,
}

impl<W: Write> TableWriter<W> {
    pub(crate) fn new(out: W) -> Self {
        let (block, index) = (BlockBuilder::new(RESTART_INTERVAL), BlockBuilder::new(1));
        Self { out, written: 0, block, index, pending: None, last: Vec::new() }
    }

    /// Appends an entry.
    pub(crate) fn add(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        let size = key.len().saturating_add(value.len());
        if size >= BLOCK.saturating_mul(2) {
            self.flush()?;
        }
        if let Some(handle) = self.pending.take() {
            self.index.add(&separator(&self.last, key), &handle.encode());
        }
        self.last.clear();
        self.last.extend_from_slice(key);
        self.block.add(key, value);
        if self.block.size() >= BLOCK {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes what is left and the footer; gives back the output.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        let meta = self.write_block(&BlockBuilder::new(RESTART_INTERVAL).finish())?;
        if let Some(handle) = self.pending.take() {
            self.index.add(&successor(&self.last), &handle.encode());
        }
        let index = self.index.finish();
        let index = self.write_block(&index)?;
        let mut footer = meta.encode();
        footer.extend(index.encode());
        footer.resize(FOOTER.saturating_sub(MAGIC.len()), 0);
        footer.extend(MAGIC);
        self.out.write_all(&footer)?;
        Ok(self.out)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        let payload = self.block.finish();
        self.pending = Some(self.write_block(&payload)?);
        Ok(())
    }

    fn write_block(&mut self, payload: &[u8]) -> io::Result<Handle> {
        let handle = Handle { at: self.written, size: payload.len() as u64 };
        let mut crc = Crc::default();
        crc.extend(payload);
        crc.extend(&[0]);
        self.out.write_all(payload)?;
        self.out.write_all(&[0])?;
        self.out.write_all(&crc.masked().to_le_bytes())?;
        self.written = self.written.saturating_add(handle.size).saturating_add(5);
        Ok(handle)
    }
}

impl Handle {
    fn encode(self) -> Vec<u8> {
        let mut out = Vec::new();
        put_varint(&mut out, self.at);
        put_varint(&mut out, self.size);
        out
    }
}

/// Puts one block together.
#[derive(Debug)]
struct BlockBuilder {
    interval: usize,
    entries: Vec<u8>,
    restarts: Vec<u32>,
    since_restart: usize,
    last: Vec<u8>,
}

impl BlockBuilder {
    fn new(interval: usize) -> Self {
        let (entries, last) = (Vec::new(), Vec::new());
        Self { interval, entries, restarts: vec![0], since_restart: 0, last }
    }

    fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of the block if it were finished now.
    fn size(&self) -> usize {
        let restarts = self.restarts.len().saturating_add(1).saturating_mul(4);
        self.entries.len().saturating_add(restarts)
    }

    fn add(&mut self, key: &[u8], value: &[u8]) {
        let mut shared = 0;
        if self.since_restart < self.interval {
            shared = self.last.iter().zip(key).take_while(|(a, b)| a == b).count();
        } else {
            self.restarts.push(self.entries.len() as u32);
            self.since_restart = 0;
        }
        let own = key.get(shared..).unwrap_or_default();
        put_varint(&mut self.entries, shared as u64);
        put_varint(&mut self.entries, own.len() as u64);
        put_varint(&mut self.entries, value.len() as u64);
        self.entries.extend_from_slice(own);
        self.entries.extend_from_slice(value);
        self.last.clear();
        self.last.extend_from_slice(key);
        self.since_restart = self.since_restart.saturating_add(1);
    }

    /// The block's bytes; the builder starts anew.
    fn finish(&mut self) -> Vec<u8> {
        let Self { entries: mut block, restarts, .. } =
            std::mem::replace(self, Self::new(self.interval));
        block.extend(restarts.iter().flat_map(|r| r.to_le_bytes()));
        block.extend((restarts.len() as u32).to_le_bytes());
        block
    }
}

/// A short key in `low ..< high`: the first byte that differs, one more, where that stays below.
fn separator(low: &[u8], high: &[u8]) -> Vec<u8> {
    let shared = low.iter().zip(high).take_while(|(a, b)| a == b).count();
    if let (Some(&a), Some(&b)) = (low.get(shared), high.get(shared))
        && let Some(next) = a.checked_add(1).filter(|&n| n < b)
    {
        let mut key = low.get(..shared).unwrap_or_default().to_vec();
        key.push(next);
        return key;
    }
    low.to_vec()
}

/// A short key not less than `key`: the first byte that is not ff, one more.
fn successor(key: &[u8]) -> Vec<u8> {
    let Some(at) = key.iter().position(|&b| b != 0xff) else { return key.to_vec() };
    let mut short = key.get(..=at).unwrap_or_default().to_vec();
    if let Some(last) = short.last_mut() {
        *last = last.saturating_add(1);
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_short_and_in_between() {
        assert_eq!(separator(b"abc", b"abq"), b"abd");
        assert_eq!(separator(b"abc", b"abd"), b"abc", "no room: the key itself");
        assert_eq!(separator(b"ab", b"abc"), b"ab", "a prefix is its own separator");
        assert_eq!(separator(b"a\xff", b"b"), b"a\xff");
        assert_eq!(successor(b"v_float32"), b"w");
        assert_eq!(successor(b"\xff\xffa"), b"\xff\xffb");
        assert_eq!(successor(b"\xff"), b"\xff");
    }
}
