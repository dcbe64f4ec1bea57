//! [`Slice`]: a rectangular part of a tensor, as TensorFlow writes it in text and in messages.
//!
//! Invariant: a whole dimension that is written as such ([`Extent::Whole`]) and one that is written
//! as `0, length` are different keys in a checkpoint; both forms are kept as they are.

use crate::wire::Fields;
use floe_graph::{Error as ReadError, ErrorKind, Result as ReadResult, Shape};
use std::fmt;

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

    /// Whether this is all of a tensor of this shape.
    #[must_use]
    pub fn covers(&self, shape: Shape<'_>) -> bool {
        let whole = |(extent, dim): (&Extent, i64)| match *extent {
            Extent::Whole => true,
            Extent::Range { start, length } => (start, length) == (0, dim),
        };
        shape.rank() == Some(self.extents.len()) && self.extents.iter().zip(shape.iter()).all(whole)
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
    fn the_whole_is_known_in_either_form() {
        let covers = |text, dims: &[i64]| Slice::parse(text).unwrap().covers(Shape::I64(dims));
        assert!(covers("-:0,4", &[3, 4]) && covers("", &[]));
        assert!(!covers("-:0,3", &[3, 4]) && !covers("-", &[3, 4]));
    }

    #[test]
    fn messages_tell_whole_from_explicit() {
        let slice = Slice::from_message(&[0x0a, 0, 0x0a, 4, 8, 3, 16, 2, 0x0a, 2, 16, 0]).unwrap();
        let zero = Extent::Range { start: 0, length: 0 };
        assert_eq!(slice.extents(), [Extent::Whole, Extent::Range { start: 3, length: 2 }, zero]);
    }
}
