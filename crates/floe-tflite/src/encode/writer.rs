//! [`Writer`]: tables front to back, each before what it refers to.
//!
//! Invariant: the same tree gives the same bytes.

use super::EncodeError;
use crate::owned::{Object, Value};
use crate::schema::fields::buffer;
use crate::schema::{Kind, Scalar, TableId};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

/// Where the constants of buffers go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Constants {
    /// Behind the tables, as vectors.
    #[default]
    Inside,
    /// Behind the FlatBuffer, found by 64-bit offsets.
    Behind,
    /// Among the tables, as other vectors.
    Among,
}

/// What has been written, and what is still to be referred to.
#[derive(Default)]
pub(crate) struct Writer<'a> {
    pub(crate) out: Vec<u8>,
    /// Where each vtable lies, by its bytes.
    vtables: BTreeMap<Vec<u8>, usize>,
    place: Constants,
    /// The constants that are not among the tables, and where these refer to them.
    pub(crate) constants: Vec<(usize, &'a [u8])>,
    /// Tables by their place in the file that they come from: they stay there and are not written.
    pub(crate) kept: BTreeSet<usize>,
    /// The offsets that are to point to such, and those tables' places.
    pub(crate) outward: Vec<(usize, usize)>,
}

/// A field inside its table.
struct Inline<'v, 'a> {
    slot: u8,
    kind: Kind,
    value: Content<'v, 'a>,
    offset: usize,
}

/// What a field is filled with: a number now, or an offset later.
pub(crate) enum Content<'v, 'a> {
    Bits(u64),
    Later(&'v Value<'a>),
    /// A buffer's constant.
    Constant(&'v [u8]),
}

impl<'v> Writer<'v> {
    pub(crate) fn new(place: Constants) -> Self {
        Self { place, ..Self::default() }
    }

    fn pad(&mut self, align: usize, before: usize) {
        // Counted so that what follows the `before` bytes lies on the boundary.
        let end = self.out.len().saturating_add(before);
        let padded = end.next_multiple_of(align).saturating_sub(before);
        self.out.resize(padded, 0);
    }

    /// Writes `value` and points nothing to it but a word of its own; gives its place.
    pub(crate) fn append(
        &mut self,
        kind: Kind,
        value: &'v Value<'_>,
    ) -> Result<usize, EncodeError> {
        let place = self.word();
        self.refer(place, kind, value)?;
        Ok(self.pointed(place))
    }

    /// The same of a table.
    pub(crate) fn append_table(&mut self, object: &'v Object<'_>) -> Result<usize, EncodeError> {
        let place = self.word();
        self.object(place, object)?;
        Ok(self.pointed(place))
    }

    fn word(&mut self) -> usize {
        self.pad(4, 0);
        let place = self.out.len();
        self.out.extend_from_slice(&[0; 4]);
        place
    }

    fn pointed(&self, place: usize) -> usize {
        crate::table::target(&self.out, place).unwrap_or(place)
    }

    /// Makes the offset at `place` point to the end of what is written so far.
    fn point_here(&mut self, place: usize) {
        let distance = self.out.len().saturating_sub(place);
        self.patch(place, &(distance as u32).to_le_bytes());
    }

    pub(crate) fn patch(&mut self, place: usize, bytes: &[u8]) {
        let end = place.saturating_add(bytes.len());
        if let Some(target) = self.out.get_mut(place..end) {
            target.copy_from_slice(bytes);
        }
    }

    /// Writes `object` and all below it, and points `place` to it.
    pub(crate) fn object(
        &mut self,
        place: usize,
        object: &'v Object<'_>,
    ) -> Result<(), EncodeError> {
        if let Some(origin) = object.origin().filter(|origin| self.kept.contains(origin)) {
            self.outward.push((place, origin));
            return Ok(());
        }
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
                    if table == TableId::BUFFER
                        && self.place != Constants::Among
                        && !bytes.is_empty() =>
                {
                    if self.place == Constants::Behind {
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
        self.vtable_of(entries)
    }

    /// The place of the vtable with these entries.
    pub(crate) fn vtable_of(&mut self, entries: Vec<u16>) -> usize {
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
}

/// What a field that needs no special care is filled with; `None` when the value is of another kind.
pub(crate) fn content<'v, 'a>(kind: Kind, value: &'v Value<'a>) -> Option<Content<'v, 'a>> {
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
