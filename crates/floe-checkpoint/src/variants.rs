//! Variant tensors of a V2 bundle: each element a length, a serialised `VariantTensorDataProto` and a
//! running checksum.
//!
//! As a tensor, a variant's elements are strings: the serialised messages. [`Variant`] reads one,
//! [`TensorList`] the kind that loops leave behind.

use crate::Checksums;
use crate::crc::Crc;
use crate::load::{Context, Loaded, check};
use crate::sampled::Sampled;
use crate::wire::{Fields, take, varint};
use bytes::Bytes;
use floe_graph::{DType, Error, ErrorKind, Result};

const SUM: usize = 4;

/// Finds the `count` elements in a region.
pub(crate) fn load(region: &Bytes, crc: Option<u32>, count: u64, cx: Context) -> Result<Loaded> {
    if cx.big_endian {
        return Err(Error::new(ErrorKind::Unsupported, 0));
    }
    let list = Sampled::new(region.clone(), element)?;
    if list.count() as u64 != count {
        return Err(Error::new(ErrorKind::LengthMismatch, region.len()));
    }
    if cx.checksums != Checksums::Never {
        let running = check_elements(region)?;
        check(crc, cx.checksums, || running.masked())?;
    }
    Ok(Loaded::List(Box::new(list)))
}

/// Takes one element off the front: its message.
fn element<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(varint(rest)?).ok()?;
    let message = take(rest, length)?;
    take(rest, SUM)?;
    Some(message)
}

/// Holds each element's checksum against the running one, which takes in the length as 64 bits, the
/// message and the checksum itself.
fn check_elements(region: &[u8]) -> Result<Crc> {
    let mut running = Crc::default();
    let mut rest = region;
    while !rest.is_empty() {
        let at = region.len().saturating_sub(rest.len());
        let mut after = rest;
        let message = element(&mut after).ok_or(Error::new(ErrorKind::Malformed, at))?;
        running.extend(&(message.len() as u64).to_le_bytes());
        running.extend(message);
        let sum_at = rest.len().saturating_sub(after.len()).saturating_sub(SUM);
        let sum = crate::wire::cut(rest, sum_at, SUM).unwrap_or_default();
        if sum != running.masked().to_le_bytes() {
            return Err(Error::new(ErrorKind::Checksum, at));
        }
        running.extend(sum);
        rest = after;
    }
    Ok(running)
}

/// One element of a variant tensor, borrowed from its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Variant<'data> {
    /// The C++ type: `tensorflow::TensorList`.
    pub type_name: &'data str,
    /// What that type stores beside tensors.
    pub metadata: &'data [u8],
    message: &'data [u8],
}

impl<'data> Variant<'data> {
    /// Reads a serialised `VariantTensorDataProto`.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`], [`ErrorKind::NotUtf8`].
    pub fn parse(message: &'data [u8]) -> Result<Self> {
        let (mut type_name, mut metadata) = ("", &[][..]);
        for field in Fields::new(message) {
            match field? {
                (1, v) => {
                    let bytes = v.bytes()?;
                    let text = std::str::from_utf8(bytes);
                    type_name = text.map_err(|_| Error::new(ErrorKind::NotUtf8, 0))?;
                }
                (2, v) => metadata = v.bytes()?,
                _ => {}
            }
        }
        Ok(Self { type_name, metadata, message })
    }

    /// The tensors inside, each a serialised `TensorProto`.
    pub fn tensors(&self) -> impl Iterator<Item = Result<&'data [u8]>> + use<'data> {
        Fields::new(self.message).filter_map(|field| match field {
            Ok((3, v)) => Some(v.bytes()),
            Ok(_) => None,
            Err(e) => Some(Err(e)),
        })
    }
}

/// A list of tensors as loops and `TensorArray`s leave it, decoded from a [`Variant`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TensorList<'data> {
    /// The element type of all tensors.
    pub dtype: DType,
    /// The list's own bound on its length, -1 when there is none.
    pub max_elements: i64,
    /// The shape all tensors share as far as it is known: a serialised `TensorShapeProto`.
    pub shape: &'data [u8],
    /// The list: a serialised `TensorProto` each, `None` where the slot was never written.
    pub items: Vec<Option<&'data [u8]>>,
}

impl<'data> TensorList<'data> {
    /// Decodes a variant of type `tensorflow::TensorList`.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for another type; [`ErrorKind::Malformed`];
    /// [`ErrorKind::UnknownDType`].
    pub fn decode(variant: &Variant<'data>) -> Result<Self> {
        if variant.type_name != "tensorflow::TensorList" {
            return Err(Error::new(ErrorKind::Unsupported, 0));
        }
        let bad = Error::new(ErrorKind::Malformed, 0);
        let mut rest = variant.metadata;
        let empty = varint(&mut rest).ok_or(bad)?;
        let empty: Vec<u64> =
            (0..empty.min(rest.len() as u64)).map_while(|_| varint(&mut rest)).collect();
        let number = varint(&mut rest).ok_or(bad)?;
        let max_elements = varint(&mut rest).ok_or(bad)?.cast_signed();
        let dtype = i32::try_from(number).ok().and_then(DType::from_tensorflow);
        let dtype = dtype.ok_or(Error::new(ErrorKind::UnknownDType, 0))?;
        let mut items = Vec::new();
        let mut empty = empty.iter().peekable();
        let mut stored = variant.tensors();
        loop {
            if empty.next_if(|&&e| e == items.len() as u64).is_some() {
                items.push(None);
            } else if let Some(tensor) = stored.next() {
                items.push(Some(tensor?));
            } else {
                break;
            }
        }
        Ok(Self { dtype, max_elements, shape: rest, items })
    }
}
