//! One line of an index: what a `BundleEntryProto` says, in a struct of fixed size.
//!
//! Invariant: decoding never fails as a whole. What is wrong with an entry is kept in it, so that it
//! blocks its own tensor and no other.

use crate::slices::Slice;
use crate::store::{Arena, Span};
use crate::wire::{Fields, Value, take, varint};
use floe_graph::{DType, Error, ErrorKind, Result};
use std::num::NonZeroU32;
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
    pub(crate) cell: Option<Cell>,
    pub(crate) place: Place,
    /// Set once the checksum was found right.
    pub(crate) checked: AtomicBool,
}

/// The number of one of a checkpoint's cells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell(NonZeroU32);

impl Cell {
    /// The cell number `number`; `None` beyond all numbers.
    pub(crate) fn new(number: u32) -> Option<Self> {
        number.checked_add(1).and_then(NonZeroU32::new).map(Self)
    }

    pub(crate) const fn number(self) -> usize {
        (self.0.get() as usize).saturating_sub(1)
    }
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
        if let Some((mut entry, shape)) = Self::usual(message)
            && usual_shape(shape, scratch).is_some()
        {
            entry.dims = Some(dims.push(scratch)?);
            return Ok(entry);
        }
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

    /// What `message` says if it is in the form in which writers leave it: each field once, in order, in
    /// one piece. Gives the shape's message apart. Indexes have a hundred thousand of these.
    #[inline]
    fn usual(message: &[u8]) -> Option<(Self, &[u8])> {
        let mut rest = message;
        let dtype = usual_number(&mut rest, 0x08)?;
        let shape = match rest.split_first()? {
            (0x12, tail) => {
                rest = tail;
                let length = varint(&mut rest)?;
                take(&mut rest, usize::try_from(length).ok()?)?
            }
            _ => &[],
        };
        let shard = usual_number(&mut rest, 0x18)?;
        let at = usual_number(&mut rest, 0x20)?;
        let size = usual_number(&mut rest, 0x28)?;
        let crc = match rest {
            [0x35, a, b, c, d] => Some(u32::from_le_bytes([*a, *b, *c, *d])),
            [] => None,
            _ => return None,
        };
        let region = Region { shard: shard.try_into().ok()?, at, size, crc };
        Some((Self { dtype: dtype.try_into().ok()?, region, ..Self::default() }, shape))
    }
}

/// A number that is not negative, under a tag of one byte; zero where the tag is another.
#[inline]
fn usual_number(rest: &mut &[u8], tag: u8) -> Option<u64> {
    match rest.split_first() {
        Some((&t, tail)) if t == tag => {
            *rest = tail;
            varint(rest).filter(|&n| i64::try_from(n).is_ok())
        }
        _ => Some(0),
    }
}

/// The dimensions of a shape whose dimensions have a size and no name.
#[inline]
fn usual_shape(message: &[u8], dims: &mut Vec<i64>) -> Option<()> {
    dims.clear();
    let mut rest = message;
    while let Some((&0x12, tail)) = rest.split_first() {
        let (&length, tail) = tail.split_first()?;
        rest = tail;
        let mut dim = take(&mut rest, length.into())?;
        dims.push(usual_number(&mut dim, 0x08)?.cast_signed());
        if !dim.is_empty() || length >= 0x80 || dims.len() > MAX_RANK {
            return None;
        }
    }
    rest.is_empty().then_some(())
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

    /// All that a message says, by the walk over its fields alone.
    fn walked(message: &[u8]) -> (i32, Vec<i64>, Region) {
        let mut arena = Arena::new(100);
        // A field that nothing knows ends the shorter way.
        let message = [message, &[0x78, 1]].concat();
        let entry = Decoded::parse(&message, &mut arena, &mut Vec::new()).unwrap();
        (entry.dtype, arena.get(entry.dims.unwrap()).to_vec(), entry.region)
    }

    #[test]
    fn the_usual_form_is_read_as_any_other() {
        let crc = [0x35, 1, 2, 3, 4];
        for message in [
            &[8, 1, 0x12, 0, 0x28, 4, 0x35, 1, 2, 3, 4][..],
            &[&[8, 9, 0x12, 8, 0x12, 3, 8, 0x80, 1, 0x12, 1, 8], &crc[..]].concat(),
            &[&[8, 1, 0x12, 7, 0x12, 3, 8, 0x80, 1, 0x12, 0, 0x18, 2, 0x20, 0x90, 1], &crc[..]]
                .concat(),
            &[8, 1],
            &[0x12, 4, 0x12, 2, 8, 0x7f],
            &[],
        ] {
            let mut arena = Arena::new(100);
            let Ok(entry) = Decoded::parse(message, &mut arena, &mut Vec::new()) else { continue };
            let dims = arena.get(entry.dims.unwrap()).to_vec();
            assert_eq!((entry.dtype, dims, entry.region), walked(message), "{message:?}");
        }
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
