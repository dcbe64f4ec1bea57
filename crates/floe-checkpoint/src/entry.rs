//! One line of an index: what a `BundleEntryProto` says, in a struct of fixed size.
//!
//! Invariant: decoding never fails as a whole. What is wrong with an entry is kept in it, so that it
//! blocks its own tensor and no other.

use crate::slices::Slice;
use crate::store::{Arena, Span};
use crate::wire::{Fields, Value};
use floe_graph::{DType, Error, ErrorKind, Result};
use std::sync::atomic::AtomicBool;

/// TensorFlow's own limit on the rank of a tensor.
const MAX_RANK: usize = 254;

/// What an index says of one tensor.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: Span,
    /// `None` for an unknown rank.
    pub(crate) dims: Option<Span>,
    /// The number in the file, known or not.
    pub(crate) dtype: i32,
    /// Which of the checkpoint's cells holds the loaded form, where one is needed.
    pub(crate) cell: Option<u32>,
    pub(crate) place: Place,
    /// Set once the checksum was found right.
    pub(crate) checked: AtomicBool,
}

/// Where an entry's elements are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// In one region of a data shard.
    Region(Region),
    /// In slices: the number of the checkpoint's list of them.
    Parts(u32),
    /// Nowhere: the entry itself is wrong.
    Bad(Error),
}

/// A region of a data shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) shard: u32,
    pub(crate) at: u64,
    pub(crate) size: u64,
    pub(crate) crc: Option<u32>,
}

impl Region {
    /// Sorts as regions lie in the shards; empty ones before what begins at the same byte.
    pub(crate) const fn order(&self) -> (u32, u64, u64) {
        (self.shard, self.at, self.size)
    }
}

impl Entry {
    /// The dtype, if the family knows it and it can be stored.
    pub(crate) fn dtype(&self) -> Result<DType> {
        let unknown = Error::new(ErrorKind::UnknownDType, usize::try_from(self.dtype).unwrap_or(0));
        DType::from_tensorflow(self.dtype).ok_or(unknown)
    }
}

/// What a `BundleEntryProto` says.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    pub(crate) dtype: i32,
    pub(crate) dims: Option<Span>,
    pub(crate) region: Region,
    pub(crate) sliced: bool,
}

impl Decoded {
    /// Decodes `message`; dimensions go to `dims`, by way of `scratch`.
    pub(crate) fn parse(
        message: &[u8],
        dims: &mut Arena<i64>,
        scratch: &mut Vec<i64>,
    ) -> Result<Self> {
        let mut entry = Self { dims: Some(Span::default()), ..Self::default() };
        for field in Fields::new(message) {
            match field? {
                (1, v) => entry.dtype = v.int32()?,
                (2, v) => {
                    let known = shape_into(v.bytes()?, scratch)?;
                    entry.dims = if known { Some(dims.push(scratch)?) } else { None };
                }
                (3, v) => entry.region.shard = unsigned(v)?,
                (4, v) => entry.region.at = unsigned(v)?,
                (5, v) => entry.region.size = unsigned(v)?,
                (6, Value::Fixed32(crc)) => entry.region.crc = Some(crc),
                (7, _) => entry.sliced = true,
                _ => {}
            }
        }
        Ok(entry)
    }
}

/// The slices that a `BundleEntryProto` lists, each once, in order.
pub(crate) fn parse_slices(message: &[u8], rank: usize, number: u32) -> Result<Vec<Slice>> {
    let mut slices = Vec::new();
    for field in Fields::new(message) {
        if let (n, value) = field?
            && n == number
        {
            let slice = Slice::from_message(value.bytes()?)?;
            if slice.extents().len() != rank {
                return Err(Error::new(ErrorKind::UnknownShape, slice.extents().len()));
            }
            slices.push(slice);
        }
    }
    slices.sort_unstable();
    slices.dedup();
    Ok(slices)
}

/// The dimensions of a `TensorShapeProto`; `None` for an unknown rank.
pub(crate) fn parse_shape(message: &[u8]) -> Result<Option<Vec<i64>>> {
    let mut dims = Vec::new();
    Ok(shape_into(message, &mut dims)?.then_some(dims))
}

/// Puts the dimensions of a `TensorShapeProto` into `dims`; false for an unknown rank.
fn shape_into(message: &[u8], dims: &mut Vec<i64>) -> Result<bool> {
    let mut unknown = false;
    dims.clear();
    for field in Fields::new(message) {
        match field? {
            (2, v) if dims.len() < MAX_RANK => dims.push(dimension(v.bytes()?)?),
            (2, _) => return Err(Error::new(ErrorKind::Limit, MAX_RANK)),
            (3, v) => unknown = v.int()? != 0,
            _ => {}
        }
    }
    Ok(!unknown)
}

fn dimension(message: &[u8]) -> Result<i64> {
    let mut size = 0;
    for field in Fields::new(message) {
        if let (1, v) = field? {
            size = v.int()?;
        }
    }
    Ok(size)
}

fn unsigned<T: TryFrom<i64>>(value: Value<'_>) -> Result<T> {
    T::try_from(value.int()?).map_err(|_| Error::new(ErrorKind::OutOfBounds, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_fields_are_zero() {
        let mut arena = Arena::new(100);
        let entry =
            Decoded::parse(&[8, 1, 0x12, 6, 0x12, 2, 8, 3, 0x12, 0], &mut arena, &mut Vec::new())
                .unwrap();
        assert_eq!(entry.region, Region::default());
        assert_eq!(arena.get(entry.dims.unwrap()), [3, 0]);
        assert_eq!(
            Decoded::parse(&[0x12, 2, 0x18, 1], &mut arena, &mut Vec::new()).unwrap().dims,
            None
        );
    }

    #[test]
    fn negative_places_are_refused() {
        let mut message = vec![0x20];
        crate::wire::put_varint(&mut message, (-1i64).cast_unsigned());
        let e = Decoded::parse(&message, &mut Arena::new(9), &mut Vec::new()).unwrap_err();
        assert_eq!(e.kind, ErrorKind::OutOfBounds);
    }

    #[test]
    fn slices_are_listed_once_and_have_the_tensors_rank() {
        let message = [0x3a, 4, 0x0a, 2, 16, 1, 0x3a, 4, 0x0a, 2, 16, 1];
        assert_eq!(parse_slices(&message, 1, 7).unwrap().len(), 1);
        assert_eq!(parse_slices(&message, 2, 7).unwrap_err().kind, ErrorKind::UnknownShape);
    }
}
