//! The writer: an [`Object`] tree as a file.
//!
//! All tables come first, the constants of the buffers after them, in the order of the buffers, each
//! on a 16-byte boundary. FlatBuffers' offsets to tables, vectors and strings only point forward, so
//! tables are written front to back, each before what it refers to, and an offset is filled in when
//! its target is placed. Nothing of the constants is needed for that but their lengths: they go
//! straight from where they lie to the file, and the memory needed is that of the tables.
//!
//! That is why this does not use the builder of the crate `flatbuffers`: it writes back to front into
//! one growing vector, which must hold the weights before the first table, cannot stream, knows no
//! `force_align`, and ends at 2 GiB. With the schema as data the whole writer is this file.
//!
//! Invariant: the same tree gives the same bytes; equal constants are stored once.

pub(crate) mod writer;

use crate::owned::Object;
use crate::schema::{IDENTIFIER, TableId};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::fmt;
use writer::{Constants, Writer};

/// Readers hold a FlatBuffer to signed 32-bit offsets.
const FLATBUFFER_LIMIT: u64 = 1 << 31;
/// Zeros that follow constants outside the FlatBuffer: kernels may read a little further.
const TAIL: [u8; 16] = [0; 16];

/// How a file is laid out.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Layout {
    /// The boundary in bytes that constants start on: a power of two, at least 16.
    pub align: u32,
    /// Whether constants lie behind the FlatBuffer, found by 64-bit file offsets. `None`: only when
    /// the file would not fit 32-bit ones. TFLM and older LiteRT do not read such files.
    pub offsets: Option<bool>,
}

impl Default for Layout {
    fn default() -> Self {
        Self { align: 16, offsets: None }
    }
}

impl Layout {
    /// The same with constants on `align`-byte boundaries.
    #[must_use]
    pub const fn with_align(mut self, align: u32) -> Self {
        self.align = align;
        self
    }

    /// The same with constants inside (`false`) or behind (`true`) the FlatBuffer.
    #[must_use]
    pub const fn with_offsets(mut self, offsets: bool) -> Self {
        self.offsets = Some(offsets);
        self
    }
}

/// Why a tree cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// A field holds another kind of value than the schema says.
    WrongValue {
        /// The table.
        table: TableId,
        /// The field's slot.
        slot: u8,
    },
    /// The tables alone are larger than 32-bit offsets reach, or the file is and was to hold its
    /// constants inside.
    TooLarge {
        /// Bytes needed.
        bytes: u64,
    },
    /// The alignment is not a power of two from 16 on.
    BadAlign(u32),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongValue { table, slot } => {
                let field = table.field(*slot).map_or("a slot beyond the schema", |f| f.name());
                write!(f, "{}.{field} holds a value that the schema does not allow", table.name())
            }
            Self::TooLarge { bytes } => {
                write!(f, "{bytes} bytes do not fit a FlatBuffer's 32-bit offsets")
            }
            Self::BadAlign(align) => {
                write!(f, "an alignment of {align} is not a power of two from 16 on")
            }
        }
    }
}

impl core::error::Error for EncodeError {}

/// A file ready to be written: its tables, and where its constants go.
#[derive(Debug)]
pub struct Encoded<'a> {
    tables: Vec<u8>,
    constants: Vec<Constant<'a>>,
    length: u64,
    offsets: bool,
}

/// One run of bytes behind the tables.
#[derive(Debug)]
struct Constant<'a> {
    bytes: &'a [u8],
    /// Where they start in the file.
    at: u64,
}

impl<'a> Encoded<'a> {
    /// Lays out `model`.
    ///
    /// # Errors
    /// [`EncodeError`].
    pub fn new(model: &'a Object<'_>, layout: Layout) -> Result<Self, EncodeError> {
        if layout.align < 16 || !layout.align.is_power_of_two() {
            return Err(EncodeError::BadAlign(layout.align));
        }
        let inside = Self::lay_out(model, layout, layout.offsets == Some(true))?;
        if inside.offsets || inside.length < FLATBUFFER_LIMIT {
            return Ok(inside);
        }
        match layout.offsets {
            Some(_) => Err(EncodeError::TooLarge { bytes: inside.length }),
            None => Self::lay_out(model, layout, true),
        }
    }

    fn lay_out(model: &'a Object<'_>, layout: Layout, offsets: bool) -> Result<Self, EncodeError> {
        let place = if offsets { Constants::Behind } else { Constants::Inside };
        let mut writer = Writer::new(place);
        writer.out.extend_from_slice(&[0; 4]);
        writer.out.extend_from_slice(&IDENTIFIER);
        writer.object(0, model)?;
        let tables = writer.out.len() as u64;
        if tables >= FLATBUFFER_LIMIT {
            return Err(EncodeError::TooLarge { bytes: tables });
        }
        Ok(place_constants(writer, offsets, layout.align.into()))
    }

    /// Bytes of the whole file.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a file is never empty")]
    pub const fn len(&self) -> u64 {
        self.length
    }

    /// Hands the file out piece by piece, in order.
    ///
    /// # Errors
    /// What `write` returns.
    pub fn pieces<E>(&self, mut write: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        write(&self.tables)?;
        let mut at = self.tables.len() as u64;
        for constant in &self.constants {
            // Inside the FlatBuffer a constant is a vector: its length stands right before it.
            let prefix: u64 = if self.offsets { 0 } else { 4 };
            let mut gap = constant.at.saturating_sub(prefix).saturating_sub(at);
            while gap > 0 {
                let piece = gap.min(TAIL.len() as u64);
                write(TAIL.get(..usize::try_from(piece).unwrap_or(0)).unwrap_or(&TAIL))?;
                gap = gap.saturating_sub(piece);
            }
            if !self.offsets {
                write(&(constant.bytes.len() as u32).to_le_bytes())?;
            }
            write(constant.bytes)?;
            at = constant.at.saturating_add(constant.bytes.len() as u64);
        }
        if self.offsets { write(&TAIL) } else { Ok(()) }
    }

    /// The file in memory.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        gathered(self.length, |each| self.pieces(each))
    }

    /// Writes the file, the constants straight from where they lie.
    ///
    /// # Errors
    /// What `out` returns.
    #[cfg(feature = "std")]
    pub fn write_to(&self, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        self.pieces(|piece| out.write_all(piece))
    }
}

/// `model` as a file in memory.
///
/// # Errors
/// [`EncodeError`].
pub fn encode(model: &Object<'_>) -> Result<Vec<u8>, EncodeError> {
    Ok(Encoded::new(model, Layout::default())?.to_vec())
}

/// A file of `len` bytes in memory, from all that `pieces` hands out.
pub(crate) fn gathered(
    len: u64,
    pieces: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<(), Infallible>) -> Result<(), Infallible>,
) -> Vec<u8> {
    let mut all = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
    match pieces(&mut |piece| {
        all.extend_from_slice(piece);
        Ok(())
    }) {
        Ok(()) => all,
        Err(never) => match never {},
    }
}

/// Gives every constant its place behind the tables, equal ones the same.
fn place_constants(mut writer: Writer<'_>, offsets: bool, align: u64) -> Encoded<'_> {
    let mut placed: Vec<Constant<'_>> = Vec::new();
    let mut known: BTreeMap<(usize, u64), Vec<usize>> = BTreeMap::new();
    let prefix = if offsets { 0 } else { 4 };
    let mut end = writer.out.len() as u64;
    for (place, bytes) in core::mem::take(&mut writer.constants) {
        let same = known.entry((bytes.len(), digest(bytes))).or_default();
        let twin = same.iter().filter_map(|&i| placed.get(i)).find(|c| c.bytes == bytes);
        let at = match twin {
            Some(twin) => twin.at,
            None => {
                let at = end.saturating_add(prefix).next_multiple_of(align);
                end = at.saturating_add(bytes.len() as u64);
                same.push(placed.len());
                placed.push(Constant { bytes, at });
                at
            }
        };
        if offsets {
            writer.patch(place, &at.to_le_bytes());
        } else {
            let distance = at.saturating_sub(prefix).saturating_sub(place as u64);
            writer.patch(place, &(distance as u32).to_le_bytes());
        }
    }
    let tail = if offsets { TAIL.len() as u64 } else { 0 };
    let length = end.saturating_add(tail);
    Encoded { tables: writer.out, constants: placed, length, offsets }
}

/// FNV-1a over 8-byte words: spreads equal lengths well enough, and equality is checked on the bytes.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        for (w, b) in word.iter_mut().zip(chunk) {
            *w = *b;
        }
        hash =
            (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    }
    hash
}
