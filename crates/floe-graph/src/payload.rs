//! [`Payload`]: where a tensor's elements are, and in what coding.

use crate::{Result, Strings};
use core::fmt;

/// Elements that must be put together, decoded or byte-swapped before they are raw: a sliced
/// variable, a TensorProto's repeated field, a big-endian shard.
pub trait Decode: fmt::Debug {
    /// Fills `out` with the raw form (little-endian, row-major, unpacked) from byte `at` on.
    ///
    /// # Errors
    /// When the coded data are damaged, or `at + out.len()` is beyond the raw form.
    fn decode(&self, at: usize, out: &mut [u8]) -> Result<()>;
}

/// A tensor's elements. The *raw form* is little-endian, row-major, one byte for each sub-byte
/// element (sign-extended).
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub enum Payload<'data> {
    /// The file holds no data for this tensor: an activation, a placeholder.
    #[default]
    Absent,
    /// The raw form, in one piece.
    Raw(&'data [u8]),
    /// Sub-byte elements sharing bytes, the first in the low bits.
    Packed(&'data [u8]),
    /// One element's raw form, which stands for all. Stays symbolic: the file may claim 2^40 of it.
    Fill(&'data [u8]),
    /// Raw only after decoding.
    Coded(&'data dyn Decode),
    /// Strings.
    Strings(Strings<'data>),
}

impl Payload<'_> {
    /// Whether the file holds no data for the tensor.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}
