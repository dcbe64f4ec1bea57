//! Memory for what an index lists, in pieces of bounded size.
//!
//! Invariant: no single allocation is larger than a piece or than one value put in, so that an index
//! that lies about itself costs what it holds.

use floe_graph::{Error, ErrorKind, Result};
use std::num::NonZeroU32;

/// Values of one piece.
const PIECE: usize = 1 << 14;

/// Where a run lies in an [`Arena`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// One more than the number of the piece, so that an [`Option`] of a span is no larger.
    piece: NonZeroU32,
    start: u32,
    len: u32,
}

impl Default for Span {
    fn default() -> Self {
        Self { piece: NonZeroU32::MIN, start: 0, len: 0 }
    }
}

/// Runs of `T`, put in once and never moved.
#[derive(Debug)]
pub(crate) struct Arena<T> {
    pieces: Vec<Vec<T>>,
    left: usize,
}

impl<T: Copy> Arena<T> {
    /// An arena that takes `capacity` values in all.
    pub(crate) const fn new(capacity: usize) -> Self {
        Self { pieces: Vec::new(), left: capacity }
    }

    /// Copies `run` in.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] when the arena's capacity is used up.
    #[inline(always)]
    pub(crate) fn push(&mut self, run: &[T]) -> Result<Span> {
        let full = Error::new(ErrorKind::Limit, 0);
        if run.is_empty() {
            return Ok(Span::default());
        }
        self.left = self.left.checked_sub(run.len()).ok_or(full)?;
        let room = self.pieces.last().map_or(0, |p| p.capacity().saturating_sub(p.len()));
        if room < run.len() {
            // Small indexes stay small: a piece is twice the one before.
            let grown = self.pieces.last().map_or(64, |p| p.capacity().saturating_mul(2));
            self.pieces.push(Vec::with_capacity(grown.min(PIECE).max(run.len())));
        }
        let piece = NonZeroU32::new(to_u32(self.pieces.len())?).ok_or(full)?;
        let last = self.pieces.last_mut().ok_or(full)?;
        let (start, len) = (to_u32(last.len())?, to_u32(run.len())?);
        last.extend_from_slice(run);
        Ok(Span { piece, start, len })
    }

    /// The run at `span`.
    #[inline]
    pub(crate) fn get(&self, span: Span) -> &[T] {
        let (start, len) = (span.start as usize, span.len as usize);
        let piece = self.pieces.get((span.piece.get() as usize).saturating_sub(1));
        piece.and_then(|p| p.get(start..start.checked_add(len)?)).unwrap_or_default()
    }
}

/// Values by number.
#[derive(Debug)]
pub(crate) struct List<T> {
    pieces: Vec<Vec<T>>,
    len: usize,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { pieces: Vec::new(), len: 0 }
    }
}

impl<T> List<T> {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, value: T) {
        if self.len.is_multiple_of(PIECE) {
            // A short list stays small; a long one does not move what it has.
            let room = if self.len == 0 { 0 } else { PIECE };
            self.pieces.push(Vec::with_capacity(room));
        }
        if let Some(piece) = self.pieces.last_mut() {
            piece.push(value);
            self.len = self.len.saturating_add(1);
        }
    }

    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        self.pieces.get(index / PIECE)?.get(index % PIECE)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.pieces.iter().flatten()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.pieces.iter_mut().flatten()
    }

    pub(crate) fn into_iter(self) -> impl Iterator<Item = T> {
        self.pieces.into_iter().flatten()
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut list = Self::default();
        values.into_iter().for_each(|v| list.push(v));
        list
    }
}

fn to_u32(n: usize) -> Result<u32> {
    u32::try_from(n).map_err(|_| Error::new(ErrorKind::Limit, n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_stay_where_they_are_put() {
        let mut arena = Arena::new(200_000);
        let runs: Vec<Vec<u32>> = (0..600).map(|n| (0..n).collect()).collect();
        let spans: Vec<_> = runs.iter().map(|r| arena.push(r).unwrap()).collect();
        for (run, span) in runs.iter().zip(spans) {
            assert_eq!(arena.get(span), run);
        }
        let large = vec![7; PIECE * 3 / 4];
        assert!(arena.push(&large).is_ok());
        assert_eq!(arena.push(&large).unwrap_err().kind, ErrorKind::Limit);
    }

    #[test]
    fn a_list_counts_across_pieces() {
        let mut list = List::default();
        (0..PIECE * 2 + 3).for_each(|i| list.push(i));
        assert_eq!(list.len(), PIECE * 2 + 3);
        assert_eq!(list.get(PIECE + 1), Some(&(PIECE + 1)));
        assert_eq!(list.get(list.len()), None);
        assert!(list.iter().copied().eq(0..list.len()));
    }
}
