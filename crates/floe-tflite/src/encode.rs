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

use crate::owned::{Object, Value};
use crate::schema::fields::buffer;
use crate::schema::{IDENTIFIER, Kind, Scalar, TableId};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

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
        let mut writer = Writer { offsets, ..Writer::default() };
        writer.out.extend_from_slice(&[0; 4]);
        writer.out.extend_from_slice(&IDENTIFIER);
        writer.object(0, model)?;
        let tables = writer.out.len() as u64;
        if tables >= FLATBUFFER_LIMIT {
            return Err(EncodeError::TooLarge { bytes: tables });
        }
        Ok(writer.place_constants(layout.align.into()))
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
        let mut all = Vec::with_capacity(usize::try_from(self.length).unwrap_or(0));
        let done: Result<(), core::convert::Infallible> = self.pieces(|piece| {
            all.extend_from_slice(piece);
            Ok(())
        });
        match done {
            Ok(()) => all,
            Err(never) => match never {},
        }
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

#[derive(Default)]
struct Writer<'a> {
    out: Vec<u8>,
    /// Where each vtable lies, by its bytes.
    vtables: BTreeMap<Vec<u8>, usize>,
    /// The constants, and where the tables refer to them.
    constants: Vec<(usize, &'a [u8])>,
    offsets: bool,
}

/// A field inside its table.
struct Inline<'v, 'a> {
    slot: u8,
    kind: Kind,
    value: Content<'v, 'a>,
    offset: usize,
}

/// What a field is filled with: a number now, or an offset later.
enum Content<'v, 'a> {
    Bits(u64),
    Later(&'v Value<'a>),
    /// A buffer's constant.
    Constant(&'v [u8]),
}

impl<'v> Writer<'v> {
    fn pad(&mut self, align: usize, before: usize) {
        // Counted so that what follows the `before` bytes lies on the boundary.
        let end = self.out.len().saturating_add(before);
        let padded = end.next_multiple_of(align).saturating_sub(before);
        self.out.resize(padded, 0);
    }

    /// Makes the offset at `place` point to the end of what is written so far.
    fn point_here(&mut self, place: usize) {
        let distance = self.out.len().saturating_sub(place);
        self.patch(place, &(distance as u32).to_le_bytes());
    }

    fn patch(&mut self, place: usize, bytes: &[u8]) {
        let end = place.saturating_add(bytes.len());
        if let Some(target) = self.out.get_mut(place..end) {
            target.copy_from_slice(bytes);
        }
    }

    /// Writes `object` and all below it, and points `place` to it.
    fn object(&mut self, place: usize, object: &'v Object<'_>) -> Result<(), EncodeError> {
        let mut fields = self.inline(object)?;
        let size = arrange(&mut fields);
        let vtable = self.vtable(&fields, size);
        let has_words = fields.iter().any(|f| f.kind.inline_size() == 8);
        if has_words {
            self.pad(8, 4);
        } else {
            self.pad(4, 0);
        }
        self.point_here(place);
        let start = self.out.len();
        let back = (start as i64).wrapping_sub(vtable as i64) as i32;
        self.out.resize(start.saturating_add(size), 0);
        self.patch(start, &back.to_le_bytes());
        for field in &fields {
            let at = start.saturating_add(field.offset);
            match field.value {
                Content::Bits(bits) => {
                    let bytes = bits.to_le_bytes();
                    self.patch(at, bytes.get(..field.kind.inline_size()).unwrap_or(&bytes));
                }
                Content::Constant(bytes) => self.constants.push((at, bytes)),
                Content::Later(_) => {}
            }
        }
        fields.sort_by_key(|f| f.slot);
        for field in fields {
            if let Content::Later(value) = field.value {
                self.refer(start.saturating_add(field.offset), field.kind, value)?;
            }
        }
        Ok(())
    }

    /// Decides for each field what its table holds.
    fn inline<'o, 'a>(&self, object: &'o Object<'a>) -> Result<Vec<Inline<'o, 'a>>, EncodeError>
    where
        'o: 'v,
        'v: 'o,
    {
        let table = object.table_id();
        let mut fields: Vec<Inline<'o, 'a>> = Vec::with_capacity(object.fields().len());
        for (slot, value) in object.fields() {
            let wrong = EncodeError::WrongValue { table, slot: *slot };
            let kind = table.field(*slot).ok_or(wrong)?.kind;
            let mut push = |slot, kind, value| fields.push(Inline { slot, kind, value, offset: 0 });
            match (kind, value) {
                (Kind::Vector(..), Value::Vector(bytes))
                    if table == TableId::BUFFER && !bytes.is_empty() =>
                {
                    if self.offsets {
                        let offset = Kind::Scalar(Scalar::U64, None);
                        push(buffer::OFFSET.slot(), offset, Content::Constant(bytes));
                        let size = Content::Bits(bytes.len() as u64);
                        push(buffer::SIZE.slot(), offset, size);
                    } else {
                        push(*slot, kind, Content::Constant(bytes));
                    }
                }
                (Kind::Union(union), Value::Table(member)) => {
                    let tag = union.tag_of(member.table_id()).ok_or(wrong)?;
                    let before = slot.saturating_sub(1);
                    fields.retain(|f| f.slot != before);
                    let tag = Content::Bits(tag.into());
                    fields.push(Inline {
                        slot: before,
                        kind: Kind::Tag(union),
                        value: tag,
                        offset: 0,
                    });
                    fields.push(Inline {
                        slot: *slot,
                        kind,
                        value: Content::Later(value),
                        offset: 0,
                    });
                }
                _ => push(*slot, kind, content(kind, value).ok_or(wrong)?),
            }
        }
        Ok(fields)
    }

    /// The place of the vtable for `fields`, written now when there is no such yet.
    fn vtable(&mut self, fields: &[Inline<'_, '_>], size: usize) -> usize {
        let slots = fields.iter().map(|f| usize::from(f.slot).saturating_add(1)).max().unwrap_or(0);
        let mut entries = alloc::vec![0u16; slots.saturating_add(2)];
        let length = entries.len().saturating_mul(2) as u16;
        let fixed = [(0, length), (1, size as u16)];
        let offsets =
            fields.iter().map(|f| (usize::from(f.slot).saturating_add(2), f.offset as u16));
        for (index, number) in fixed.into_iter().chain(offsets) {
            if let Some(entry) = entries.get_mut(index) {
                *entry = number;
            }
        }
        let bytes: Vec<u8> = entries.into_iter().flat_map(u16::to_le_bytes).collect();
        if let Some(&at) = self.vtables.get(&bytes) {
            return at;
        }
        self.pad(2, 0);
        let at = self.out.len();
        self.out.extend_from_slice(&bytes);
        self.vtables.insert(bytes, at);
        at
    }

    /// Writes what the offset at `place` refers to.
    fn refer(&mut self, place: usize, kind: Kind, value: &'v Value<'_>) -> Result<(), EncodeError> {
        match (kind, value) {
            (Kind::Vector(scalar, _, align), Value::Vector(bytes)) => {
                self.pad(scalar.size().max(align.into()).max(4), 4);
                self.point_here(place);
                let count = bytes.len().checked_div(scalar.size()).unwrap_or(0);
                self.out.extend_from_slice(&(count as u32).to_le_bytes());
                self.out.extend_from_slice(bytes);
            }
            (_, Value::String(bytes)) => {
                self.pad(4, 0);
                self.point_here(place);
                self.out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
                self.out.extend_from_slice(bytes);
                self.out.push(0);
            }
            (_, Value::Table(object)) => self.object(place, object)?,
            (_, Value::Tables(objects)) => {
                self.pad(4, 0);
                self.point_here(place);
                self.out.extend_from_slice(&(objects.len() as u32).to_le_bytes());
                let first = self.out.len();
                self.out.resize(first.saturating_add(objects.len().saturating_mul(4)), 0);
                for (i, object) in objects.iter().enumerate() {
                    self.object(first.saturating_add(i.saturating_mul(4)), object)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Gives every constant its place behind the tables, equal ones the same.
    fn place_constants(mut self, align: u64) -> Encoded<'v> {
        let mut placed: Vec<Constant<'v>> = Vec::new();
        let mut known: BTreeMap<(usize, u64), Vec<usize>> = BTreeMap::new();
        let prefix = if self.offsets { 0 } else { 4 };
        let mut end = self.out.len() as u64;
        for (place, bytes) in core::mem::take(&mut self.constants) {
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
            if self.offsets {
                self.patch(place, &at.to_le_bytes());
            } else {
                let distance = at.saturating_sub(prefix).saturating_sub(place as u64);
                self.patch(place, &(distance as u32).to_le_bytes());
            }
        }
        let tail = if self.offsets { TAIL.len() as u64 } else { 0 };
        let length = end.saturating_add(tail);
        Encoded { tables: self.out, constants: placed, length, offsets: self.offsets }
    }
}

/// What a field that needs no special care is filled with; `None` when the value is of another kind.
fn content<'v, 'a>(kind: Kind, value: &'v Value<'a>) -> Option<Content<'v, 'a>> {
    Some(match (kind, value) {
        (Kind::Scalar(Scalar::F32, _), Value::Float(number)) => {
            Content::Bits(number.to_bits().into())
        }
        (Kind::Scalar(Scalar::F32, _), _) => return None,
        (Kind::Scalar(..) | Kind::Tag(_), Value::Int(number)) => {
            Content::Bits(number.cast_unsigned())
        }
        (Kind::Vector(scalar, ..), Value::Vector(bytes))
            if bytes.len().checked_rem(scalar.size()) == Some(0) =>
        {
            Content::Later(value)
        }
        (Kind::String, Value::String(_)) => Content::Later(value),
        (Kind::Table(id), Value::Table(object)) if object.table_id() == id => Content::Later(value),
        (Kind::Tables(id), Value::Tables(objects))
            if objects.iter().all(|o| o.table_id() == id) =>
        {
            Content::Later(value)
        }
        _ => return None,
    })
}

/// Gives each field its place in the table, the widest first, and returns the table's size.
fn arrange(fields: &mut [Inline<'_, '_>]) -> usize {
    fields.sort_by_key(|f| (core::cmp::Reverse(f.kind.inline_size()), f.slot));
    let mut size = 4usize;
    for field in fields {
        field.offset = size;
        size = size.saturating_add(field.kind.inline_size());
    }
    size
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
