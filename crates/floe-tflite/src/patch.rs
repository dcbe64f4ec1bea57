//! [`Patched`]: an edited model as the file that it came from, with only what changed written anew.
//!
//! Numbers, and offsets to what is new, are overwritten where they stand; new strings, vectors and
//! tables go behind the old bytes, since offsets point forward. Fields that the schema does not know
//! stay as they are: their tables do not move. Only the root moves to the front, when one of its
//! vectors grows or appears; a table below it that cannot be overwritten is written anew as a whole.
//!
//! Invariant: every old byte but those overwritten is in the new file, in the old order; what a reader
//! of a newer schema sees in a table that was not edited is what it saw before.

mod layout;
mod plan;

use crate::encode::{EncodeError, gathered};
use crate::owned::Object;
use crate::schema::TableId;
use crate::table::Table;
use crate::verify::Path;
use crate::{Slot, TfLite};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

/// A field of a file that the schema does not know: a later one, or a union of a later type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The table that has it.
    pub path: Path,
    /// Which table of the schema that is.
    pub table: TableId,
    /// The field's slot.
    pub slot: u16,
    /// Where the table lies in the file.
    pub at: usize,
}

impl Unknown {
    /// The first one of `model`, when there is one.
    #[must_use]
    pub fn first(model: &TfLite<'_>) -> Option<Self> {
        Self::below(&model.table(), Path::default())
    }

    /// As deep as the schema nests, as much as the structural check walked.
    fn below(table: &Table<'_>, path: Path) -> Option<Self> {
        Self::of(table, path).or_else(|| {
            table.slots().find_map(|(slot, _, value)| match value {
                Slot::Table(child) => Self::below(&child, path.then(table.id(), slot, None)),
                Slot::Tables(children) => (0..).zip(children.iter()).find_map(|(i, child)| {
                    Self::below(&child, path.then(table.id(), slot, Some(i)))
                }),
                _ => None,
            })
        })
    }

    fn of(table: &Table<'_>, path: Path) -> Option<Self> {
        let slot = table.unknown_slot()?;
        Some(Self { path, table: table.id(), slot, at: table.offset() })
    }
}

/// `PATH: field N of TABLE is newer than this schema (byte N)`.
impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, table, slot, at } = self;
        write!(f, "{path}: field {slot} of {} is newer than this schema (byte {at})", table.name())
    }
}

/// Why a file cannot be patched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatchError {
    /// A table that the edit moves holds a field that the schema does not know.
    Unknown(Unknown),
    /// Parts of the file overlap, so that what is written into one would change another.
    Overlap {
        /// Where the second of them starts.
        at: usize,
    },
    /// What is new would lie further than 32-bit offsets reach.
    TooLarge,
    /// The edited model cannot be written.
    Encode(EncodeError),
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(unknown) => write!(f, "{unknown}, and its table would have to move"),
            Self::Overlap { at } => write!(f, "parts of the file overlap at byte {at}"),
            Self::TooLarge => f.write_str("what is new lies further than 32-bit offsets reach"),
            Self::Encode(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for PatchError {}

impl From<EncodeError> for PatchError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

/// A patched file, ready to be written.
#[derive(Debug)]
pub struct Patched<'a> {
    /// A new header and root; empty when the old ones stay.
    front: Vec<u8>,
    file: &'a [u8],
    /// What is overwritten in the old bytes, by place.
    writes: BTreeMap<usize, Vec<u8>>,
    /// What lies behind them, on a 16-byte boundary.
    tail: Vec<u8>,
}

impl<'a> Patched<'a> {
    /// `edited` as `model` with what differs. `edited` is to be decoded from `model` by
    /// [`Object::decode_known`] and then changed; tables that come from elsewhere are new.
    ///
    /// # Errors
    /// [`PatchError`]; the file can then only be written anew, by [`Encoded`](crate::Encoded), which
    /// loses fields that the schema does not know.
    pub fn new(model: &TfLite<'a>, edited: &Object<'_>) -> Result<Self, PatchError> {
        plan::plan(model, edited)
    }

    /// Bytes of the whole file.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a file is never empty")]
    pub const fn len(&self) -> u64 {
        let tail = match self.tail.len() {
            0 => 0,
            tail => tail.saturating_add(gap(self.file.len())),
        };
        self.front.len().saturating_add(self.file.len()).saturating_add(tail) as u64
    }

    /// Hands the file out piece by piece, in order.
    ///
    /// # Errors
    /// What `write` returns.
    pub fn pieces<E>(&self, mut write: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        write(&self.front)?;
        let mut at = 0;
        for (&place, bytes) in &self.writes {
            write(self.file.get(at..place).unwrap_or_default())?;
            write(bytes)?;
            at = place.saturating_add(bytes.len());
        }
        write(self.file.get(at..).unwrap_or_default())?;
        if self.tail.is_empty() {
            return Ok(());
        }
        write([0; TAIL_ALIGN].get(..gap(self.file.len())).unwrap_or_default())?;
        write(&self.tail)
    }

    /// The file in memory.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        gathered(self.len(), |each| self.pieces(each))
    }

    /// Writes the file.
    ///
    /// # Errors
    /// What `out` returns.
    #[cfg(feature = "std")]
    pub fn write_to(&self, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        self.pieces(|piece| out.write_all(piece))
    }
}

/// The boundary that the tail starts on.
const TAIL_ALIGN: usize = 16;
/// The boundary that the old bytes start on behind a front: that of their own constants stays.
const FRONT_ALIGN: usize = 64;

/// Zeros between `length` old bytes and the tail.
const fn gap(length: usize) -> usize {
    length.next_multiple_of(TAIL_ALIGN).saturating_sub(length)
}

#[cfg(test)]
mod tests;
