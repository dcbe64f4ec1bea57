//! [`Slice`]: a rectangular part of a tensor, as TensorFlow writes it in text and in messages.
//!
//! Invariant: a whole dimension that is written as such ([`Extent::Whole`]) and one that is written
//! as `0, length` are different keys in a checkpoint; both forms are kept as they are.

use crate::wire::Fields;
use floe_graph::{Error as ReadError, ErrorKind, Payload, Result as ReadResult, Shape, TensorView};
use std::fmt;

/// What a slice of a splat may take, which no file backs.
const FILL_LIMIT: usize = 1 << 30;
const PIECE: usize = 1 << 20;

/// The part of one dimension that a slice takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Extent {
    /// All of it, whatever its size.
    Whole,
    /// `length` indices from `start` on.
    Range {
        /// The first index.
        start: i64,
        /// How many indices.
        length: i64,
    },
}

/// A rectangular part of a tensor: one [`Extent`] for each dimension.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slice {
    extents: Vec<Extent>,
}

impl Slice {
    /// A slice of these extents, the outermost dimension first.
    #[must_use]
    pub const fn new(extents: Vec<Extent>) -> Self {
        Self { extents }
    }

    /// The extents, the outermost dimension first.
    #[must_use]
    pub fn extents(&self) -> &[Extent] {
        &self.extents
    }

    /// Reads TensorFlow's slice text: `start,length` for each dimension joined by `:`, `-` for a whole
    /// one; the empty text is the slice of a scalar. `None` when it is no slice text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::new(Vec::new()));
        }
        let extents = text.split(':').map(parse_extent).collect::<Option<_>>()?;
        Some(Self { extents })
    }

    /// Reads the text of a `shape_and_slices` input, `3 8 0,3:6,2`: the full shape's dimensions, then
    /// the slice. `None` when it is none, or when ranks differ.
    #[must_use]
    pub fn parse_with_shape(text: &str) -> Option<(Vec<i64>, Self)> {
        let (dims, slice) = text.trim().rsplit_once(' ')?;
        let dims: Vec<i64> = dims.split(' ').map(|d| d.parse().ok()).collect::<Option<_>>()?;
        let slice = Self::parse(slice).filter(|s| s.extents.len() == dims.len())?;
        Some((dims, slice))
    }

    /// Reads a serialised `TensorSliceProto`.
    pub(crate) fn from_message(message: &[u8]) -> ReadResult<Self> {
        let mut extents = Vec::new();
        for field in Fields::new(message) {
            if let (1, value) = field? {
                extents.push(extent_from_message(value.bytes()?)?);
            }
        }
        Ok(Self { extents })
    }

    /// The slice's start and length in each dimension of `shape`.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownShape`] when ranks differ; [`ErrorKind::OutOfBounds`], at the dimension, when
    /// the slice reaches beyond it.
    pub fn resolve(&self, shape: Shape<'_>) -> ReadResult<Vec<(u64, u64)>> {
        if shape.rank() != Some(self.extents.len()) {
            return Err(ReadError::new(ErrorKind::UnknownShape, self.extents.len()));
        }
        let ranges = self.extents.iter().zip(shape.iter()).enumerate();
        ranges
            .map(|(i, (extent, dim))| {
                resolve_extent(*extent, dim).ok_or(ReadError::new(ErrorKind::OutOfBounds, i))
            })
            .collect()
    }
}

impl Slice {
    /// Reads this part of `view`, row by row: of a tensor that lies in slices only those that it
    /// touches, of one in raw form only its own bytes. Gives the raw form.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve) and [`TensorView::read_at`]; [`ErrorKind::DTypeHasNoBytes`] for
    /// strings.
    pub fn read(&self, view: &TensorView<'_>) -> ReadResult<Vec<u8>> {
        let ranges = self.resolve(view.shape)?;
        let overflow = ReadError::new(ErrorKind::Overflow, 0);
        let width = view.raw_len().map(|_| view.dtype.bytes().unwrap_or(1) as u64)?;
        let total = ranges.iter().try_fold(width, |n, &(_, length)| n.checked_mul(length));
        let total = usize::try_from(total.ok_or(overflow)?).map_err(|_| overflow)?;
        if matches!(view.payload, Payload::Fill(_)) && total > FILL_LIMIT {
            return Err(ReadError::new(ErrorKind::Limit, total));
        }
        let dims: Vec<u64> = view.shape.iter().map(|d| u64::try_from(d).unwrap_or(0)).collect();
        // Grown piece by piece: a slice that only claims to be large ends at its first gap.
        let mut out = Vec::with_capacity(total.min(PIECE));
        for (at, length) in runs(&dims, &ranges).ok_or(overflow)? {
            let bytes = |n: u64| n.checked_mul(width).and_then(|n| usize::try_from(n).ok());
            let (mut at, end) = bytes(at).zip(bytes(at.wrapping_add(length))).ok_or(overflow)?;
            while at < end {
                let step = end.saturating_sub(at).min(PIECE);
                let begin = out.len();
                out.resize(begin.saturating_add(step), 0);
                view.read_at(at, out.get_mut(begin..).unwrap_or_default())?;
                at = at.saturating_add(step);
            }
        }
        Ok(out)
    }
}

/// The runs of elements that `ranges` takes from a tensor of dimensions `dims`: where each begins and
/// how long it is, in order.
fn runs(dims: &[u64], ranges: &[(u64, u64)]) -> Option<impl Iterator<Item = (u64, u64)>> {
    // The last axis that is not taken whole; after it everything is contiguous.
    let partial = |axis: &usize| ranges.get(*axis) != dims.get(*axis).map(|&d| (0, d)).as_ref();
    let axis = (0..dims.len()).rev().find(partial).unwrap_or(0);
    let inner = dims.get(axis.checked_add(1)?..).unwrap_or_default();
    let inner = inner.iter().try_fold(1u64, |n, &d| n.checked_mul(d))?;
    let (start, length) = ranges.get(axis).copied().unwrap_or((0, 1));
    let (start, length) = (start.checked_mul(inner)?, length.checked_mul(inner)?);
    let row = dims.get(axis).copied().unwrap_or(1).checked_mul(inner)?;
    let outer: Vec<(u64, u64, u64)> = dims
        .iter()
        .zip(ranges)
        .take(axis)
        .map(|(&dim, &(start, length))| (dim, start, length))
        .collect();
    let mut count = outer.iter().try_fold(1u64, |n, &(_, _, length)| n.checked_mul(length))?;
    count = if length == 0 { 0 } else { count };
    Some((0..count).map(move |run| {
        let (mut rest, mut at, mut stride) = (run, start, row);
        for &(dim, start, length) in outer.iter().rev() {
            let coordinate = start.wrapping_add(rest.checked_rem(length).unwrap_or(0));
            at = at.wrapping_add(coordinate.wrapping_mul(stride));
            stride = stride.wrapping_mul(dim);
            rest = rest.checked_div(length).unwrap_or(0);
        }
        (at, length)
    }))
}

/// The text that [`Slice::parse`] reads.
impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, extent) in self.extents.iter().enumerate() {
            if i > 0 {
                f.write_str(":")?;
            }
            match extent {
                Extent::Whole => f.write_str("-")?,
                Extent::Range { start, length } => write!(f, "{start},{length}")?,
            }
        }
        Ok(())
    }
}

fn parse_extent(text: &str) -> Option<Extent> {
    if text == "-" {
        return Some(Extent::Whole);
    }
    let (start, length) = text.split_once(',')?;
    let (start, length) = (start.parse().ok()?, length.parse().ok()?);
    (start >= 0 && length >= 0).then_some(Extent::Range { start, length })
}

/// An absent length stands for the whole dimension.
fn extent_from_message(message: &[u8]) -> ReadResult<Extent> {
    let (mut start, mut length) = (0, None);
    for field in Fields::new(message) {
        match field? {
            (1, value) => start = value.int()?,
            (2, value) => length = Some(value.int()?),
            _ => {}
        }
    }
    Ok(length.map_or(Extent::Whole, |length| Extent::Range { start, length }))
}

fn resolve_extent(extent: Extent, dim: i64) -> Option<(u64, u64)> {
    let dim = u64::try_from(dim).ok()?;
    let Extent::Range { start, length } = extent else { return Some((0, dim)) };
    let (start, length) = (u64::try_from(start).ok()?, u64::try_from(length).ok()?);
    (start.checked_add(length)? <= dim).then_some((start, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_both_ways() {
        for text in ["", "-", "0,3:6,2", "-:4,3:-"] {
            assert_eq!(Slice::parse(text).unwrap().to_string(), text);
        }
        for text in [":", "1", "1,", "a,b", "0,3:", "-1,3", "0,-1"] {
            assert_eq!(Slice::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn shape_and_slice_text() {
        let (dims, slice) = Slice::parse_with_shape("3 8 0,3:6,2").unwrap();
        assert_eq!((dims, slice.to_string()), (vec![3, 8], "0,3:6,2".into()));
        assert_eq!(Slice::parse_with_shape("3 0,3:6,2"), None);
    }

    #[test]
    fn slices_are_held_against_the_shape() {
        let slice = Slice::parse("1,2:-").unwrap();
        assert_eq!(slice.resolve(Shape::I64(&[3, 4])).unwrap(), [(1, 2), (0, 4)]);
        assert_eq!(
            slice.resolve(Shape::I64(&[2, 4])).unwrap_err(),
            ReadError::new(ErrorKind::OutOfBounds, 0)
        );
        assert_eq!(slice.resolve(Shape::I64(&[3])).unwrap_err().kind, ErrorKind::UnknownShape);
    }

    #[test]
    fn messages_tell_whole_from_explicit() {
        let slice = Slice::from_message(&[0x0a, 0, 0x0a, 4, 8, 3, 16, 2, 0x0a, 2, 16, 0]).unwrap();
        let zero = Extent::Range { start: 0, length: 0 };
        assert_eq!(slice.extents(), [Extent::Whole, Extent::Range { start: 3, length: 2 }, zero]);
    }
}
