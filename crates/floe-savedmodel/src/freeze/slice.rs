//! A part of a tensor: how partitioned variables are cut from the tensor that the checkpoint holds.
//!
//! Fact: the text is `3 8 0,3:6,2`: the whole tensor's dimensions, then `start,length` for each of
//! them, `-` for a whole dimension.

use crate::{Error, Result};
use floe_graph::{Shape, TensorView};

/// Start and length for each dimension.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Part(Vec<Option<(u64, u64)>>);

impl Part {
    /// Parses the text that a restore graph holds; `None` when it names the whole tensor.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let spec = text.rsplit(' ').next().filter(|s| !s.is_empty())?;
        let extent = |part: &str| {
            if part == "-" {
                return Some(None);
            }
            let (start, length) = part.split_once(',')?;
            Some(Some((start.parse().ok()?, length.parse().ok()?)))
        };
        let extents = spec.split(':').map(extent).collect::<Option<Vec<_>>>()?;
        extents.iter().any(Option::is_some).then_some(Self(extents))
    }

    /// The part from `start` of `length` rows along dimension `axis` of `rank`.
    pub(super) fn along(axis: usize, rank: usize, start: u64, length: u64) -> Self {
        Self((0..rank).map(|d| (d == axis).then_some((start, length))).collect())
    }

    /// Dimensions and raw form of the part of `view`.
    ///
    /// # Errors
    /// When the part does not lie in the tensor, or the tensor cannot be read.
    pub(super) fn cut(&self, name: &str, view: &TensorView<'_>) -> Result<(Vec<i64>, Vec<u8>)> {
        let fault = |reason: &str| Error::variable(name, reason);
        let whole: Vec<u64> = view
            .shape
            .iter()
            .map(|d| u64::try_from(d).map_err(|_| fault("its tensor's shape is not known")))
            .collect::<Result<_>>()?;
        if whole.len() != self.0.len() {
            return Err(fault("its part and its tensor differ in rank"));
        }
        let width = view.dtype.bytes().ok_or_else(|| fault("its dtype cannot be cut"))?;
        let extents: Vec<(u64, u64)> =
            self.0.iter().zip(&whole).map(|(e, &d)| e.unwrap_or((0, d))).collect();
        let inside = |(&(start, length), &d): (&(u64, u64), &u64)| {
            start.checked_add(length).is_some_and(|end| end <= d)
        };
        if !extents.iter().zip(&whole).all(inside) {
            return Err(fault("its part does not lie in its tensor"));
        }
        let bytes = copy(view, &whole, &extents, width)
            .map_err(|source| Error::Tensor { name: name.to_owned(), source })?;
        let dims = extents.iter().map(|(_, length)| i64::try_from(*length).unwrap_or(i64::MAX));
        Ok((dims.collect(), bytes))
    }
}

/// Copies the rows of the last dimension one after the other.
fn copy(
    view: &TensorView<'_>,
    whole: &[u64],
    extents: &[(u64, u64)],
    width: usize,
) -> floe_graph::Result<Vec<u8>> {
    use floe_graph::{Error, ErrorKind};
    let overflow = Error::new(ErrorKind::Overflow, 0);
    let lengths: Vec<i64> = extents
        .iter()
        .map(|(_, n)| i64::try_from(*n))
        .collect::<Result<_, _>>()
        .map_err(|_| overflow)?;
    let count = Shape::I64(&lengths).elements()?.unwrap_or(0);
    let len = usize::try_from(count).ok().and_then(|n| n.checked_mul(width));
    // The part is no larger than the tensor, whose raw form the file holds.
    let len = len.filter(|len| view.raw_len().is_ok_and(|whole| *len <= whole)).ok_or(overflow)?;
    if len > crate::tensor::LARGEST {
        return Err(Error::new(ErrorKind::Limit, len));
    }
    let mut out = vec![0; len];
    let row = extents.last().map_or(Some(1), |(_, n)| usize::try_from(*n).ok());
    let row = row.and_then(|n| n.checked_mul(width)).filter(|n| *n > 0);
    let Some(row) = row else { return Ok(out) };
    let mut index: Vec<u64> = vec![0; extents.len().saturating_sub(1)];
    for piece in out.chunks_mut(row) {
        let mut at = 0u64;
        for (d, (&size, &(start, _))) in whole.iter().zip(extents).enumerate() {
            let i = index.get(d).copied().unwrap_or(0).checked_add(start).ok_or(overflow)?;
            at = at.checked_mul(size).and_then(|at| at.checked_add(i)).ok_or(overflow)?;
        }
        let at = usize::try_from(at).ok().and_then(|at| at.checked_mul(width)).ok_or(overflow)?;
        view.read_at(at, piece)?;
        advance(&mut index, extents);
    }
    Ok(out)
}

/// The next row-major index.
fn advance(index: &mut [u64], extents: &[(u64, u64)]) {
    for (i, (_, length)) in index.iter_mut().zip(extents).rev() {
        *i = i.saturating_add(1);
        if *i < *length {
            return;
        }
        *i = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use floe_graph::{DType, Payload};

    #[test]
    fn parts_are_cut_row_by_row() {
        let bytes: Vec<u8> = (0..24).collect();
        let view = TensorView::new(DType::Uint8, Shape::I64(&[2, 3, 4]), Payload::Raw(&bytes));
        let part = Part::parse("2 3 4 -:1,2:2,2").unwrap();
        let (dims, cut) = part.cut("v", &view).unwrap();
        assert_eq!(dims, [2, 2, 2]);
        assert_eq!(cut, [6, 7, 10, 11, 18, 19, 22, 23]);
        let (dims, cut) = Part::along(0, 3, 1, 1).cut("v", &view).unwrap();
        assert_eq!((dims, cut), (vec![1, 3, 4], (12..24).collect()));
    }

    #[test]
    fn the_whole_tensor_is_no_part() {
        for text in ["", "2 3 -:-", "junk", "3 1,x"] {
            assert_eq!(Part::parse(text), None, "{text}");
        }
    }

    #[test]
    fn parts_beyond_the_tensor_are_refused() {
        let view = TensorView::new(DType::Uint8, Shape::I64(&[2]), Payload::Raw(&[1, 2]));
        for text in ["2 1,2", "2 0,1:0,1", "2 18446744073709551615,2"] {
            assert!(Part::parse(text).unwrap().cut("v", &view).is_err(), "{text}");
        }
    }
}
