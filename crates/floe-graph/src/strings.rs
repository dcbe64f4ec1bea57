//! [`Strings`]: the elements of a string tensor, in each of the ways that files hold them.

use crate::{Error, ErrorKind, LeScalar, Result};
use core::fmt;

/// Strings that a decoded message holds one by one.
pub trait StringList: fmt::Debug {
    /// How many there are.
    fn len(&self) -> usize;
    /// The one at `index`.
    fn get(&self, index: usize) -> Option<&[u8]>;
    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The elements of a string tensor, row-major.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Strings<'data> {
    /// TFLite's buffer: a count, count + 1 offsets from the buffer's start (all 32-bit), the bytes.
    Offsets(&'data [u8]),
    /// A tensor bundle's: `lengths` holds `count` varints, `bytes` the strings one after the other.
    Lengths {
        /// How many strings there are.
        count: usize,
        /// Their lengths, as varints.
        lengths: &'data [u8],
        /// Their bytes, without anything between them.
        bytes: &'data [u8],
    },
    /// A decoded message's.
    List(&'data dyn StringList),
    /// The same string for every element.
    Fill(&'data [u8], u64),
}

impl<'data> Strings<'data> {
    /// How many strings there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::Offsets(b) => b.get(..4).and_then(u32::read_le).unwrap_or(0).into(),
            Self::Lengths { count, .. } => *count as u64,
            Self::List(list) => list.len() as u64,
            Self::Fill(_, n) => *n,
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All strings in order.
    #[must_use]
    pub const fn iter(&self) -> StringIter<'data> {
        StringIter { strings: *self, index: 0, at: 0, failed: false }
    }
}

/// The strings of a tensor, in order; ends after the first error.
#[derive(Clone, Debug)]
pub struct StringIter<'data> {
    strings: Strings<'data>,
    index: u64,
    at: usize,
    failed: bool,
}

impl<'data> Iterator for StringIter<'data> {
    type Item = Result<&'data [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.index >= self.strings.len() {
            return None;
        }
        let item = self.read();
        self.failed = item.is_err();
        self.index = self.index.saturating_add(1);
        Some(item)
    }
}

impl<'data> StringIter<'data> {
    fn read(&mut self) -> Result<&'data [u8]> {
        let index = usize::try_from(self.index).map_err(|_| Error::new(ErrorKind::Overflow, 0))?;
        match &mut self.strings {
            Strings::Offsets(buffer) => by_offset(buffer, index),
            Strings::Lengths { lengths, bytes, .. } => {
                let short = Error::new(ErrorKind::Truncated, self.at);
                let (length, rest) = varint(lengths).ok_or(short)?;
                let length = usize::try_from(length).map_err(|_| short)?;
                let (head, tail) = bytes.split_at_checked(length).ok_or(short)?;
                (*lengths, *bytes) = (rest, tail);
                self.at = self.at.saturating_add(length);
                Ok(head)
            }
            Strings::List(list) => list.get(index).ok_or(Error::new(ErrorKind::NoSuchIndex, index)),
            Strings::Fill(one, _) => Ok(one),
        }
    }
}

/// String `index` of a TFLite string buffer.
fn by_offset(buffer: &[u8], index: usize) -> Result<&[u8]> {
    let header = index.checked_add(1).and_then(|i| i.checked_mul(4)).unwrap_or(usize::MAX);
    let bad = Error::new(ErrorKind::OutOfBounds, header);
    let word = |at: usize| Some(u32::read_le(buffer.get(at..at.checked_add(4)?)?)? as usize);
    let start = word(header).ok_or(bad)?;
    let end = header.checked_add(4).and_then(word).ok_or(bad)?;
    buffer.get(start..end).ok_or(bad)
}

/// A LEB128 number of at most 64 bits, and the bytes after it.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (i, &b) in bytes.iter().enumerate().take(10) {
        let shift = u32::try_from(i).ok()?.checked_mul(7)?;
        value |= u64::from(b & 0x7f).checked_shl(shift)?;
        if b < 0x80 {
            return Some((value, bytes.get(i.checked_add(1)?..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    fn all<'a>(s: &Strings<'a>) -> Result<Vec<&'a [u8]>> {
        s.iter().collect()
    }

    #[test]
    fn every_form_gives_the_same_strings() {
        let want: Vec<&[u8]> = std::vec![b"ab", b"", b"c"];
        let mut lite = Vec::new();
        for n in [3u32, 20, 22, 22, 23] {
            lite.extend(n.to_le_bytes());
        }
        lite.extend(b"abc");
        assert_eq!(all(&Strings::Offsets(&lite)).unwrap(), want);
        assert_eq!(
            all(&Strings::Lengths { count: 3, lengths: &[2, 0, 1], bytes: b"abc" }).unwrap(),
            want
        );
        assert_eq!(all(&Strings::Fill(b"x", 2)).unwrap(), [b"x", b"x"]);
    }

    #[test]
    fn a_lying_table_ends_in_one_error() {
        let lying = Strings::Lengths { count: usize::MAX, lengths: &[200, 1], bytes: b"abc" };
        let mut it = lying.iter();
        assert!(it.next().unwrap().is_err());
        assert!(it.next().is_none());
        assert!(all(&Strings::Offsets(&[255; 9])).is_err());
    }
}
