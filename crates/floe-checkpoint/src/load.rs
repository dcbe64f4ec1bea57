//! From a tensor's stored bytes to its elements: where they are, whether their checksum is right, and
//! what stands between them and the raw form.
//!
//! Invariant: the length is held against dtype and element count before anything is decoded, and
//! nothing is copied that the file holds in raw form.

use crate::coded::{LowBits, Swapped};
use crate::table::Table;
use crate::{Checksums, crc, strings, typed, variants};
use bytes::Bytes;
use floe_graph::{DType, Decode, Error, ErrorKind, Payload, Result, StringList, Strings, Width};
use std::sync::Arc;

/// How the bytes of a checkpoint are to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    pub(crate) checksums: Checksums,
    pub(crate) big_endian: bool,
}

/// Where one run of elements is stored.
#[derive(Debug)]
pub(crate) enum Source {
    /// A region of a V2 data shard and the checksum that its entry gives.
    Region { bytes: Result<Bytes>, crc: Option<u32> },
    /// A value in a V1 table.
    Key { table: Arc<Table>, key: Box<[u8]> },
}

/// A run of elements, ready to be looked at.
#[derive(Debug)]
pub(crate) enum Loaded {
    Raw(Bytes),
    Coded(Box<dyn Decode + Send + Sync>),
    Lengths { count: usize, lengths: Bytes, bytes: Bytes },
    List(Box<dyn StringList + Send + Sync>),
}

impl Source {
    /// Reads `count` elements of `dtype`.
    pub(crate) fn load(&self, dtype: DType, count: u64, cx: Context) -> Result<Loaded> {
        match self {
            Self::Region { bytes, crc } => {
                load_region(bytes.as_ref().map_err(|e| *e)?, *crc, dtype, count, cx)
            }
            Self::Key { table, key } => {
                let value = table.get(key)?.ok_or(Error::new(ErrorKind::NoData, 0))?;
                typed::load(&typed::slice_data(&value)?, dtype, count, false)
            }
        }
    }
}

impl Loaded {
    pub(crate) fn payload(&self) -> Payload<'_> {
        match self {
            Self::Raw(b) => Payload::Raw(b),
            Self::Coded(c) => Payload::Coded(&**c),
            Self::Lengths { count, lengths, bytes } => {
                Payload::Strings(Strings::Lengths { count: *count, lengths, bytes })
            }
            Self::List(list) => Payload::Strings(Strings::List(&**list)),
        }
    }

    /// Fills `out` with the raw form from byte `at` on.
    pub(crate) fn read_at(&self, at: usize, out: &mut [u8]) -> Result<()> {
        match self {
            Self::Raw(b) => {
                let part = crate::wire::cut(b, at, out.len());
                out.copy_from_slice(part.ok_or(Error::new(ErrorKind::LengthMismatch, at))?);
                Ok(())
            }
            Self::Coded(c) => c.decode(at, out),
            Self::Lengths { .. } | Self::List(_) => Err(Error::new(ErrorKind::DTypeHasNoBytes, 0)),
        }
    }
}

/// Whether a V2 entry of `dtype` lies in its shard in raw form.
pub(crate) fn is_plain(dtype: DType, big_endian: bool) -> bool {
    matches!(dtype.width(), Width::Bytes(_)) && !(big_endian && dtype.swap_unit() > 1)
}

/// Checks length and checksum of numbers.
pub(crate) fn check_numbers(
    bytes: &[u8],
    crc: Option<u32>,
    dtype: DType,
    count: u64,
    policy: Checksums,
) -> Result<()> {
    let width =
        dtype.bytes().ok_or(Error::new(ErrorKind::DTypeHasNoBytes, dtype.tensorflow().into()))?;
    if count.checked_mul(width as u64) != Some(bytes.len() as u64) {
        return Err(Error::new(ErrorKind::LengthMismatch, bytes.len()));
    }
    check(crc, policy, || crc::masked(bytes))
}

/// Holds a stored checksum against the one of the data, as the policy asks.
pub(crate) fn check(
    stored: Option<u32>,
    policy: Checksums,
    actual: impl FnOnce() -> u32,
) -> Result<()> {
    let wrong = match (policy, stored) {
        (Checksums::Never, _) | (Checksums::IfPresent, None) => false,
        (_, stored) => actual() != stored.unwrap_or(0),
    };
    if wrong { Err(Error::new(ErrorKind::Checksum, 0)) } else { Ok(()) }
}

fn load_region(
    bytes: &Bytes,
    crc: Option<u32>,
    dtype: DType,
    count: u64,
    cx: Context,
) -> Result<Loaded> {
    match dtype.width() {
        Width::Variable => strings::load(bytes, crc, count, cx),
        Width::Opaque if dtype == DType::Variant => variants::load(bytes, crc, count, cx),
        Width::Opaque => Err(Error::new(ErrorKind::DTypeHasNoBytes, dtype.tensorflow().into())),
        Width::Bits(bits) => {
            check_numbers(bytes, crc, dtype, count, cx.checksums)?;
            let signed = dtype.is_signed_subbyte();
            Ok(Loaded::Coded(Box::new(LowBits { bytes: bytes.clone(), bits, signed })))
        }
        Width::Bytes(_) => {
            check_numbers(bytes, crc, dtype, count, cx.checksums)?;
            let (bytes, unit) = (bytes.clone(), dtype.swap_unit());
            if cx.big_endian && unit > 1 {
                return Ok(Loaded::Coded(Box::new(Swapped { bytes, unit })));
            }
            Ok(Loaded::Raw(bytes))
        }
    }
}
