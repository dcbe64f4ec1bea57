//! [`Sampled`]: items of varying length one after the other, found by number.
//!
//! Invariant: only every 64th position is kept, so that a run of one-byte items costs an eighth of
//! itself, not eight times.

use bytes::Bytes;
use floe_graph::{Error, ErrorKind, Result, StringList};

const EVERY: usize = 64;

/// Takes one item off the front.
pub(crate) type Step = for<'a> fn(&mut &'a [u8]) -> Option<&'a [u8]>;

/// Items one after the other.
#[derive(Debug)]
pub(crate) struct Sampled {
    bytes: Bytes,
    /// Where items 0, 64, 128 … begin.
    marks: Vec<usize>,
    count: usize,
    step: Step,
}

impl Sampled {
    /// Walks all of `bytes`, which must hold whole items and nothing else.
    pub(crate) fn new(bytes: Bytes, step: Step) -> Result<Self> {
        let (mut marks, mut count) = (Vec::new(), 0usize);
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let at = bytes.len().saturating_sub(rest.len());
            if count.is_multiple_of(EVERY) {
                marks.push(at);
            }
            step(&mut rest).ok_or(Error::new(ErrorKind::Malformed, at))?;
            count = count.saturating_add(1);
        }
        Ok(Self { bytes, marks, count, step })
    }

    /// How many items there are.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    /// Item `index` and all after it.
    pub(crate) fn from(&self, index: usize) -> impl Iterator<Item = &[u8]> {
        let start = self.marks.get(index / EVERY).and_then(|&at| self.bytes.get(at..));
        let mut rest = start.unwrap_or_default();
        for _ in 0..index % EVERY {
            let _ = (self.step)(&mut rest);
        }
        std::iter::from_fn(move || if rest.is_empty() { None } else { (self.step)(&mut rest) })
    }
}

impl StringList for Sampled {
    fn len(&self) -> usize {
        self.count
    }

    fn get(&self, index: usize) -> Option<&[u8]> {
        self.from(index).next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{put_varint, take, varint};

    fn item<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
        let n = varint(rest)?;
        take(rest, n as usize)
    }

    #[test]
    fn every_item_is_found_by_number() {
        let items: Vec<Vec<u8>> = (0..200).map(|i| vec![i as u8; i % 5]).collect();
        let mut bytes = Vec::new();
        for i in &items {
            put_varint(&mut bytes, i.len() as u64);
            bytes.extend(i);
        }
        let sampled = Sampled::new(bytes.into(), item).unwrap();
        assert_eq!(sampled.count(), 200);
        for (i, want) in items.iter().enumerate() {
            assert_eq!(sampled.get(i), Some(&want[..]));
        }
        assert_eq!(sampled.get(200), None);
        assert!(Sampled::new(Bytes::from_static(&[3, 1]), item).is_err());
    }
}
