//! [`Table`]: any table of the file, read by its place and the schema.
//!
//! Invariant: every read is bounds-checked by the slice it goes through and falls back to the field's
//! default, so no file can make an accessor panic; after [`TfLite::parse`](crate::TfLite::parse) the
//! fallback is never taken for damage. FlatBuffers facts: a table starts with the signed distance to
//! its vtable (subtracted); a vtable is its length, the table's length, then 16-bit field offsets, 0
//! for absent; offsets to strings, vectors and tables are unsigned, forward, from where they stand.

use crate::schema::fields::operator;
use crate::schema::{Field, FieldInfo, FieldType, Kind, Scalar, Sub, TableId, UnionId};
use floe_graph::{LeScalar, LeSlice};

/// A number as a table holds it.
pub trait Number: FieldType<Default = Self> + Copy {
    /// The number at the start of `bytes`.
    #[doc(hidden)]
    fn read(bytes: &[u8]) -> Option<Self>;
    /// The number, from a whole one.
    #[doc(hidden)]
    fn from_int(number: i64) -> Self;
    /// The number, from a real one.
    #[doc(hidden)]
    fn from_float(number: f32) -> Self;
    /// The number's bytes, little-endian from the lowest on.
    #[doc(hidden)]
    fn bits(self) -> u64;
}

macro_rules! numbers {
    ($($t:ty: $bits:expr;)*) => {$(
        impl Number for $t {
            #[inline]
            fn read(bytes: &[u8]) -> Option<Self> {
                <$t>::read_le(bytes.get(..<$t as LeScalar>::SIZE)?)
            }
            fn from_int(number: i64) -> Self {
                number as Self
            }
            fn from_float(number: f32) -> Self {
                number as Self
            }
            fn bits(self) -> u64 {
                let bits: fn(Self) -> u64 = $bits;
                bits(self)
            }
        }
    )*};
}
numbers! {
    u8: u64::from;
    i8: |n| i64::from(n).cast_unsigned();
    u16: u64::from;
    i16: |n| i64::from(n).cast_unsigned();
    u32: u64::from;
    i32: |n| i64::from(n).cast_unsigned();
    u64: |n| n;
    i64: i64::cast_unsigned;
    f32: |n| n.to_bits().into();
}

impl Number for bool {
    #[inline]
    fn read(bytes: &[u8]) -> Option<Self> {
        Some(*bytes.first()? != 0)
    }
    fn from_int(number: i64) -> Self {
        number != 0
    }
    fn from_float(number: f32) -> Self {
        number != 0.0
    }
    fn bits(self) -> u64 {
        self.into()
    }
}

/// One table of the file.
#[derive(Clone, Copy)]
pub struct Table<'d> {
    data: &'d [u8],
    at: usize,
    id: TableId,
}

impl<'d> Table<'d> {
    /// The table that the file's first word points to.
    pub(crate) fn root(data: &'d [u8]) -> Option<Self> {
        let at = usize::try_from(u32::read(data)?).ok()?;
        Some(Self { data, at, id: TableId::MODEL })
    }

    /// The table `id` at byte `at`.
    #[cfg(feature = "alloc")]
    pub(crate) const fn at(data: &'d [u8], at: usize, id: TableId) -> Self {
        Self { data, at, id }
    }

    /// Which table of the schema it is.
    #[must_use]
    pub const fn id(&self) -> TableId {
        self.id
    }

    /// Where it starts in the file.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.at
    }

    /// The whole file.
    pub(crate) const fn file(&self) -> &'d [u8] {
        self.data
    }

    /// A number; its default when it is absent, or `field` belongs to another table.
    #[must_use]
    #[inline]
    pub fn get<T: Number>(&self, field: Field<T>) -> T {
        let read = || T::read(self.data.get(self.place(field)?..)?);
        read().unwrap_or(field.default())
    }

    /// Whether the field is in the file, default or not.
    #[must_use]
    pub fn has<T: FieldType + ?Sized>(&self, field: Field<T>) -> bool {
        self.place(field).is_some()
    }

    /// A vector of numbers; empty when it is absent.
    #[must_use]
    #[inline]
    pub fn vector<T: LeScalar>(&self, field: Field<[T]>) -> LeSlice<'d, T> {
        self.optional_vector(field).unwrap_or_default()
    }

    /// A vector of numbers.
    #[must_use]
    pub fn optional_vector<T: LeScalar>(&self, field: Field<[T]>) -> Option<LeSlice<'d, T>> {
        Some(LeSlice::new(self.span(self.place(field)?, T::SIZE)?))
    }

    /// A string's bytes, without the zero after them. The format does not promise UTF-8.
    #[must_use]
    pub fn bytes(&self, field: Field<str>) -> Option<&'d [u8]> {
        self.span(self.place(field)?, 1)
    }

    /// A string; `None` when it is absent or not UTF-8.
    #[must_use]
    pub fn string(&self, field: Field<str>) -> Option<&'d str> {
        core::str::from_utf8(self.bytes(field)?).ok()
    }

    /// A table, or the union's, whatever its type; `None` when absent or of a newer type.
    #[must_use]
    pub fn table(&self, field: Field<Sub>) -> Option<Self> {
        self.child(field.slot(), self.place(field)?)
    }

    /// A vector of tables; empty when it is absent.
    #[must_use]
    pub fn tables(&self, field: Field<[Sub]>) -> Tables<'d> {
        let vector = || self.tables_at(field.slot(), self.place(field)?);
        vector().unwrap_or(Tables { data: self.data, start: 0, len: 0, id: self.id })
    }

    /// What slot `slot` holds, decided by the schema; `None` when it is absent or beyond the schema.
    #[must_use]
    pub fn slot(&self, slot: u8) -> Option<Slot<'d>> {
        let kind = self.id.kind(slot)?;
        let at = self.find(slot)?;
        Some(match kind {
            Kind::Scalar(Scalar::F32, _) => Slot::Float(f32::read(self.data.get(at..)?)?),
            Kind::Scalar(scalar, _) => Slot::Int(int(self.data.get(at..)?, scalar)?),
            Kind::Tag(_) => Slot::Int(i64::from(u8::read(self.data.get(at..)?)?)),
            Kind::Vector(scalar, ..) => Slot::Vector(scalar, self.span(at, scalar.size())?),
            Kind::String => Slot::String(self.span(at, 1)?),
            Kind::Table(_) | Kind::Union(_) => Slot::Table(self.child(slot, at)?),
            Kind::Tables(_) => Slot::Tables(self.tables_at(slot, at)?),
        })
    }

    /// All fields of the schema that the file gives, in slot order.
    pub fn slots(&self) -> impl Iterator<Item = (u8, FieldInfo, Slot<'d>)> + use<'d> {
        let table = *self;
        self.id.fields().filter_map(move |(slot, field)| Some((slot, field, table.slot(slot)?)))
    }

    /// The first slot that it gives and the schema does not know: one beyond the schema's last, or a
    /// union of a newer type.
    #[cfg(feature = "alloc")]
    pub(crate) fn unknown_slot(&self) -> Option<u16> {
        let newer = self.id.fields().find_map(|(slot, field)| {
            let Kind::Union(union) = field.kind else { return None };
            let tag = *self.data.get(self.find(slot.checked_sub(1)?)?)?;
            let unknown = tag != 0 && union.member(tag).is_none() && self.find(slot).is_some();
            unknown.then_some(slot.into())
        });
        let (entries, known) = (self.entries()?, u16::from(self.id.slots()));
        let given = |&(_, offset): &(u16, u16)| offset != 0;
        newer.or_else(|| (0..).zip(entries).skip(known.into()).find(given).map(|(slot, _)| slot))
    }

    /// Where its fields lie in it, by slot, as its vtable says; 0 for absent ones.
    #[cfg(feature = "alloc")]
    fn entries(&self) -> Option<impl Iterator<Item = u16> + use<'d>> {
        let (vtable, length) = self.vtable()?;
        let bytes = self.data.get(vtable.checked_add(4)?..vtable.checked_add(length)?)?;
        Some(bytes.as_chunks().0.iter().map(|&entry| u16::from_le_bytes(entry)))
    }

    /// Where slot `slot`'s number or offset lies in the file.
    pub(crate) fn find(&self, slot: u8) -> Option<usize> {
        let (vtable, length) = self.vtable()?;
        let entry = usize::from(slot).wrapping_mul(2).wrapping_add(4);
        if entry >= length {
            return None;
        }
        let offset = u16::read(self.data.get(vtable.wrapping_add(entry)..)?)?;
        if offset == 0 { None } else { Some(self.at.wrapping_add(offset.into())) }
    }

    /// Where in the file slot `slot` is decided: element `index` of its vector, the number itself, or
    /// the table when the slot is not given.
    pub(crate) fn locate(&self, slot: u8, index: Option<u32>) -> usize {
        let Some(place) = self.find(slot) else { return self.at };
        let size = match self.id.kind(slot) {
            Some(Kind::Vector(scalar, ..)) => scalar.size(),
            Some(Kind::Tables(_)) => 4,
            _ => return place,
        };
        let element = || {
            let before = usize::try_from(index?).ok()?.checked_mul(size)?;
            target(self.data, place)?.checked_add(4)?.checked_add(before)
        };
        element().unwrap_or(place)
    }

    fn place<T: FieldType + ?Sized>(&self, field: Field<T>) -> Option<usize> {
        if field.table() == self.id { self.find(field.slot()) } else { None }
    }

    /// Bytes of the table itself.
    #[cfg(feature = "alloc")]
    pub(crate) fn size(&self) -> Option<usize> {
        Some(u16::read(self.data.get(self.vtable()?.0.checked_add(2)?..)?)?.into())
    }

    /// Where its vtable lies, and how long that is. Places may wrap here and below: what they are read
    /// through is the slice, and in a file that was checked none does.
    pub(crate) fn vtable(&self) -> Option<(usize, usize)> {
        let back = i32::read(self.data.get(self.at..)?)?;
        let vtable = self.at.wrapping_sub(back as usize);
        Some((vtable, u16::read(self.data.get(vtable..)?)?.into()))
    }

    /// The bytes of the vector that the offset at `at` points to, of `size`-byte elements.
    fn span(&self, at: usize, size: usize) -> Option<&'d [u8]> {
        let start = target(self.data, at)?;
        let count = usize::try_from(u32::read(self.data.get(start..)?)?).ok()?;
        let start = start.checked_add(4)?;
        self.data.get(start..start.checked_add(count.checked_mul(size)?)?)
    }

    fn child(&self, slot: u8, at: usize) -> Option<Self> {
        let id = match self.id.kind(slot)? {
            Kind::Table(id) => id,
            Kind::Union(union) => self.member(union, slot)?,
            _ => return None,
        };
        Some(Self { data: self.data, at: target(self.data, at)?, id })
    }

    /// The table that the type before union slot `slot` stands for.
    fn member(&self, union: UnionId, slot: u8) -> Option<TableId> {
        let tag = self.find(slot.checked_sub(1)?)?;
        union.member(*self.data.get(tag)?)
    }

    fn tables_at(&self, slot: u8, at: usize) -> Option<Tables<'d>> {
        let Kind::Tables(id) = self.id.kind(slot)? else { return None };
        let start = target(self.data, at)?;
        let len = usize::try_from(u32::read(self.data.get(start..)?)?).ok()?;
        Some(Tables { data: self.data, start: start.checked_add(4)?, len, id })
    }
}

/// Where the offset at `at` points.
pub(crate) fn target(data: &[u8], at: usize) -> Option<usize> {
    Some(at.wrapping_add(u32::read(data.get(at..)?)? as usize))
}

/// The whole number at the start of `bytes`; a `u64` keeps its bits.
fn int(bytes: &[u8], scalar: Scalar) -> Option<i64> {
    Some(match scalar {
        Scalar::Bool => bool::read(bytes)?.into(),
        Scalar::I8 => i8::read(bytes)?.into(),
        Scalar::U8 => u8::read(bytes)?.into(),
        Scalar::I16 => i16::read(bytes)?.into(),
        Scalar::U16 => u16::read(bytes)?.into(),
        Scalar::I32 => i32::read(bytes)?.into(),
        Scalar::U32 => u32::read(bytes)?.into(),
        Scalar::I64 => i64::read(bytes)?,
        Scalar::U64 => u64::read(bytes)?.cast_signed(),
        Scalar::F32 => return None,
    })
}

impl core::fmt::Debug for Table<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}@{}", self.id.name(), self.at)
    }
}

/// What one slot of a table holds.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Slot<'d> {
    /// A whole number, a truth value, an enumeration's number or a union's type. A `u64` keeps its bits.
    Int(i64),
    /// A real number.
    Float(f32),
    /// Numbers, as their little-endian bytes.
    Vector(Scalar, &'d [u8]),
    /// A string's bytes.
    String(&'d [u8]),
    /// A table.
    Table(Table<'d>),
    /// Tables.
    Tables(Tables<'d>),
}

/// A vector of tables.
#[derive(Clone, Copy)]
pub struct Tables<'d> {
    data: &'d [u8],
    start: usize,
    len: usize,
    id: TableId,
}

impl<'d> Tables<'d> {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The one at `index`.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Table<'d>> {
        if index >= self.len {
            return None;
        }
        let at = self.start.checked_add(index.checked_mul(4)?)?;
        Some(Table { data: self.data, at: target(self.data, at)?, id: self.id })
    }

    /// All of them in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Table<'d>> + Clone + use<'d> {
        let all = *self;
        (0..self.len).filter_map(move |i| all.get(i))
    }
}

impl core::fmt::Debug for Tables<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The union slots of an operator, which hold its options.
pub(crate) const OPTIONS: [Field<Sub>; 2] =
    [operator::BUILTIN_OPTIONS, operator::BUILTIN_OPTIONS_2];
