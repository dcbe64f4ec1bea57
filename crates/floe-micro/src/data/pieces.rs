//! [`Pieces`] and [`PiecesMut`]: a slice in equal parts.
//!
//! What `chunks_exact` is, without its length: that is a division by a number which the compiler does not
//! always see to be above zero, and then links a panic. Invariant: the parts have one length, above zero.

use core::num::NonZeroUsize;

/// Equal parts of a slice, in order.
#[derive(Clone, Debug)]
pub struct Pieces<'a, E> {
    rest: &'a [E],
    len: NonZeroUsize,
}

/// Equal parts of a slice to write, in order.
#[derive(Debug)]
pub struct PiecesMut<'a, E> {
    rest: &'a mut [E],
    len: NonZeroUsize,
}

/// Parts of `len` elements of `all` (`len` 0 counts as 1); a last, incomplete one is left out.
#[must_use]
#[inline]
pub fn pieces<E>(all: &[E], len: usize) -> Pieces<'_, E> {
    Pieces { rest: all, len: NonZeroUsize::new(len).unwrap_or(NonZeroUsize::MIN) }
}

/// As [`pieces`], to write.
#[must_use]
#[inline]
pub fn pieces_mut<E>(all: &mut [E], len: usize) -> PiecesMut<'_, E> {
    PiecesMut { rest: all, len: NonZeroUsize::new(len).unwrap_or(NonZeroUsize::MIN) }
}

impl<'a, E> Iterator for Pieces<'a, E> {
    type Item = &'a [E];

    #[inline]
    fn next(&mut self) -> Option<&'a [E]> {
        let (piece, rest) = self.rest.split_at_checked(self.len.get())?;
        self.rest = rest;
        Some(piece)
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<&'a [E]> {
        self.rest = self.rest.get(n.saturating_mul(self.len.get())..).unwrap_or_default();
        self.next()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let n = self.rest.len() / self.len;
        (n, Some(n))
    }
}

impl<E> ExactSizeIterator for Pieces<'_, E> {
    #[inline]
    fn len(&self) -> usize {
        self.rest.len() / self.len
    }
}

impl<'a, E> Iterator for PiecesMut<'a, E> {
    type Item = &'a mut [E];

    #[inline]
    fn next(&mut self) -> Option<&'a mut [E]> {
        let (piece, rest) = core::mem::take(&mut self.rest).split_at_mut_checked(self.len.get())?;
        self.rest = rest;
        Some(piece)
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<&'a mut [E]> {
        let all = core::mem::take(&mut self.rest);
        self.rest = all.get_mut(n.saturating_mul(self.len.get())..).unwrap_or_default();
        self.next()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let n = self.rest.len() / self.len;
        (n, Some(n))
    }
}

impl<E> ExactSizeIterator for PiecesMut<'_, E> {
    #[inline]
    fn len(&self) -> usize {
        self.rest.len() / self.len
    }
}

#[cfg(test)]
mod tests {
    use super::{pieces, pieces_mut};

    #[test]
    fn they_are_those_of_the_standard_library() {
        let mut all = [0u8, 1, 2, 3, 4, 5, 6];
        for len in 1..9 {
            assert!(pieces(&all, len).eq(all.chunks_exact(len)));
            assert_eq!(pieces(&all, len).len(), all.chunks_exact(len).len());
            for n in 0..8 {
                let want = all.chunks_exact(len).nth(n).map(<[u8]>::to_vec);
                assert_eq!(pieces(&all, len).nth(n), want.as_deref());
                assert_eq!(pieces_mut(&mut all, len).nth(n).map(|p| &*p), want.as_deref());
            }
            let mut copy = all;
            assert!(pieces_mut(&mut copy, len).eq(all.clone().chunks_exact_mut(len)));
        }
    }

    #[test]
    fn no_length_counts_as_one() {
        assert_eq!(pieces(&[1, 2], 0).len(), 2);
        assert_eq!(pieces_mut(&mut [1, 2], 0).len(), 2);
    }
}
