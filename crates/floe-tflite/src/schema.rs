//! The schema as data: which tables there are, what their fields hold, what the operators' options are.
//!
//! Invariant: nothing outside this module knows a slot number; the reader, the writer, the verifier
//! and the text form all ask it. Made of `schemas/tflite.fbs` (schema 3d).

#[rustfmt::skip]
pub mod enums;
#[rustfmt::skip]
pub mod fields;
#[rustfmt::skip]
mod tables;

use tables::{
    DEFAULTS, ENUMS, FIELD_NAMES, FIRST, KINDS, MARKS, OP_OPTIONS, OP_VERSIONS, TABLE_NAMES, UNIONS,
};

/// The four bytes at offset 4 of every file since version 3.
pub const IDENTIFIER: [u8; 4] = *b"TFL3";
/// The only value of `Model.version` in use.
pub const VERSION: u32 = 3;

/// A table of the schema; the constants are named as the tables are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableId(u8);

impl TableId {
    /// All tables, in the schema's order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=Self::MODEL.0).map(Self)
    }

    /// The table called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::all().find(|t| t.name() == name)
    }

    /// Its name in the schema, such as `Conv2DOptions`.
    #[must_use]
    pub fn name(self) -> &'static str {
        TABLE_NAMES.get(usize::from(self.0)).copied().unwrap_or_default()
    }

    /// How many slots it has.
    #[must_use]
    pub fn slots(self) -> u8 {
        let (first, end) = self.range();
        u8::try_from(end.saturating_sub(first)).unwrap_or(u8::MAX)
    }

    /// What slot `slot` holds; `None` beyond the last known one.
    #[must_use]
    pub fn field(self, slot: u8) -> Option<FieldInfo> {
        FieldInfo::at(self.index(slot)?)
    }

    /// What slot `slot` holds, where that is all there is to know.
    #[inline]
    pub(crate) fn kind(self, slot: u8) -> Option<Kind> {
        Some(Kind::decode(*KINDS.get(self.index(slot)?)?))
    }

    /// All fields in slot order.
    pub fn fields(self) -> impl Iterator<Item = (u8, FieldInfo)> {
        (0..self.slots()).filter_map(move |slot| Some((slot, self.field(slot)?)))
    }

    /// The fields whose numbers are indices of subgraphs, in slot order.
    pub fn subgraph_fields(self) -> impl Iterator<Item = (u8, FieldInfo)> {
        let (first, end) = self.range();
        let from = MARKS.partition_point(|(index, _)| usize::from(*index) < first);
        let marked = MARKS.iter().skip(from).map(|(index, _)| usize::from(*index));
        marked
            .take_while(move |index| *index < end)
            .filter_map(move |index| {
                let slot = u8::try_from(index.checked_sub(first)?).ok()?;
                Some((slot, FieldInfo::at(index)?))
            })
            .filter(|(_, field)| field.is_subgraph())
    }

    /// The field called `name`, and its slot.
    #[must_use]
    pub fn field_named(self, name: &str) -> Option<(u8, FieldInfo)> {
        self.fields().find(|(_, f)| f.name() == name)
    }

    /// The kinds of its fields in slot order, as coded, for walks that need nothing else.
    pub(crate) fn codes(self) -> impl Iterator<Item = KindCode> {
        let (first, end) = self.range();
        KINDS.get(first..end).unwrap_or_default().iter().map(|&code| KindCode(code))
    }

    #[inline]
    fn range(self) -> (usize, usize) {
        let table = usize::from(self.0);
        let at = |i: usize| FIRST.get(i).copied().unwrap_or_default().into();
        (at(table), at(table.saturating_add(1)))
    }

    #[inline]
    fn index(self, slot: u8) -> Option<usize> {
        let (first, end) = self.range();
        let index = first.checked_add(slot.into())?;
        (index < end).then_some(index)
    }
}

/// One field of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldInfo {
    index: u16,
    /// What it holds.
    pub kind: Kind,
}

impl FieldInfo {
    fn at(index: usize) -> Option<Self> {
        let kind = Kind::decode(*KINDS.get(index)?);
        Some(Self { index: u16::try_from(index).ok()?, kind })
    }

    /// Its name in the schema.
    #[must_use]
    pub fn name(&self) -> &'static str {
        FIELD_NAMES.get(usize::from(self.index)).copied().unwrap_or_default()
    }

    /// What a scalar field is when it is absent; every real default is 0.
    #[must_use]
    pub fn default_number(&self) -> i64 {
        look_up(&DEFAULTS, self.index).map_or(0, i64::from)
    }

    /// Whether its numbers are indices of subgraphs of the same model.
    #[must_use]
    pub fn is_subgraph(&self) -> bool {
        self.mark() & 1 != 0
    }

    /// Whether its numbers are indices of tensors of the same subgraph.
    #[must_use]
    pub fn is_tensor(&self) -> bool {
        self.mark() & 2 != 0
    }

    /// Whether nobody writes it any more.
    #[must_use]
    pub fn is_deprecated(&self) -> bool {
        self.mark() & 4 != 0
    }

    fn mark(&self) -> u8 {
        look_up(&MARKS, self.index).unwrap_or(0)
    }
}

fn look_up<T: Copy>(sorted: &[(u16, T)], key: u16) -> Option<T> {
    let at = sorted.binary_search_by_key(&key, |(k, _)| *k).ok()?;
    sorted.get(at).map(|(_, value)| *value)
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number in place; one of the enumeration's, where there is one.
    Scalar(Scalar, Option<EnumId>),
    /// A vector of numbers, and the alignment in bytes of its first element, where that is more than
    /// the element's.
    Vector(Scalar, Option<EnumId>, u8),
    /// A string: a vector of bytes with a zero after it.
    String,
    /// A table.
    Table(TableId),
    /// A vector of tables.
    Tables(TableId),
    /// The type of the union in the next slot.
    Tag(UnionId),
    /// A table whose kind the slot before says.
    Union(UnionId),
}

/// A [`Kind`] as the generator wrote it, which tells how much room a field takes without being decoded.
#[derive(Clone, Copy)]
pub(crate) struct KindCode(u16);

/// [`Kind::inline_size`] by bits 8–12 of the code: scalars, vectors of them, the rest.
static INLINE_SIZES: [u8; 32] = [
    1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 1, 4, 0, 0, 0, 0, 0, 0, 0,
];

impl KindCode {
    /// [`Kind::inline_size`].
    pub(crate) fn inline_size(self) -> usize {
        let kind = usize::from(self.0 >> 8 & 31);
        INLINE_SIZES.get(kind).copied().unwrap_or_default().into()
    }

    /// Whether the field is a number in place, so that nothing is behind it.
    pub(crate) const fn is_scalar(self) -> bool {
        self.0 >> 8 & 31 < 10
    }

    /// What the field holds.
    pub(crate) const fn decode(self) -> Kind {
        Kind::decode(self.0)
    }
}

impl Kind {
    /// Reads the code that the generator wrote: bits 0–7 the target, 8–12 the kind, 13–15 the alignment.
    #[inline]
    const fn decode(code: u16) -> Self {
        let [target, kind] = code.to_le_bytes();
        let enumeration = match target.checked_sub(1) {
            Some(index) => Some(EnumId(index)),
            None => None,
        };
        let align = match kind >> 5 {
            1 => 4,
            2 => 16,
            _ => 0,
        };
        match kind & 31 {
            20 => Self::String,
            21 => Self::Table(TableId(target)),
            22 => Self::Tables(TableId(target)),
            23 => Self::Tag(UnionId(target)),
            24 => Self::Union(UnionId(target)),
            scalar @ 10..=19 => {
                Self::Vector(Scalar::decode(scalar.saturating_sub(10)), enumeration, align)
            }
            scalar => Self::Scalar(Scalar::decode(scalar), enumeration),
        }
    }

    /// Bytes in the table itself: the number, or the offset to what lies elsewhere.
    #[must_use]
    pub const fn inline_size(self) -> usize {
        match self {
            Self::Scalar(scalar, _) => scalar.size(),
            Self::Tag(_) => 1,
            _ => 4,
        }
    }
}

/// The numbers that fields are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// One byte, 0 or 1.
    Bool,
    /// Signed, one byte.
    I8,
    /// Unsigned, one byte.
    U8,
    /// Signed, two bytes.
    I16,
    /// Unsigned, two bytes.
    U16,
    /// Signed, four bytes.
    I32,
    /// Unsigned, four bytes.
    U32,
    /// Signed, eight bytes.
    I64,
    /// Unsigned, eight bytes.
    U64,
    /// IEEE 754 binary32.
    F32,
}

impl Scalar {
    const fn decode(code: u8) -> Self {
        match code {
            0 => Self::Bool,
            1 => Self::I8,
            2 => Self::U8,
            3 => Self::I16,
            4 => Self::U16,
            5 => Self::I32,
            6 => Self::U32,
            7 => Self::I64,
            8 => Self::U64,
            _ => Self::F32,
        }
    }

    /// Bytes of one.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Bool | Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 => 8,
        }
    }
}

/// An enumeration of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EnumId(u8);

impl EnumId {
    /// Its name, such as `Padding`.
    #[must_use]
    pub fn name(self) -> &'static str {
        ENUMS.get(usize::from(self.0)).map_or("", |e| e.0)
    }

    /// The names of its numbers, from 0 on without a gap.
    #[must_use]
    pub fn variants(self) -> &'static [&'static str] {
        ENUMS.get(usize::from(self.0)).map_or(&[], |e| e.1)
    }

    /// The name of `number`; `None` for a newer one.
    #[must_use]
    pub fn name_of(self, number: i64) -> Option<&'static str> {
        self.variants().get(usize::try_from(number).ok()?).copied()
    }

    /// The number called `name`.
    #[must_use]
    pub fn number_of(self, name: &str) -> Option<i64> {
        self.variants().iter().position(|v| *v == name).and_then(|i| i64::try_from(i).ok())
    }
}

/// A union of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnionId(u8);

impl UnionId {
    /// The union that `field` holds, when it does.
    #[must_use]
    pub fn of(field: Field<Sub>) -> Option<Self> {
        match field.table().field(field.slot())?.kind {
            Kind::Union(union) => Some(union),
            _ => None,
        }
    }

    /// Its name, such as `BuiltinOptions`.
    #[must_use]
    pub fn name(self) -> &'static str {
        UNIONS.get(usize::from(self.0)).map_or("", |u| u.0)
    }

    /// The table that type `tag` stands for; `None` for 0 and for newer ones.
    #[must_use]
    pub fn member(self, tag: u8) -> Option<TableId> {
        let members = UNIONS.get(usize::from(self.0))?.1;
        members.get(usize::from(tag.checked_sub(1)?)).copied().map(TableId)
    }

    /// The type that stands for `table`.
    #[must_use]
    pub fn tag_of(self, table: TableId) -> Option<u8> {
        let at = UNIONS.get(usize::from(self.0))?.1.iter().position(|&m| m == table.0)?;
        u8::try_from(at).ok()?.checked_add(1)
    }
}

/// How many operators the schema has; their codes run from 0.
pub const OP_COUNT: i32 = OP_OPTIONS.len() as i32;

/// The name of operator `code`, such as `CONV_2D`; `None` for a newer one.
#[must_use]
pub fn op_name(code: i32) -> Option<&'static str> {
    op_enum()?.name_of(code.into())
}

/// The code of the operator called `name`.
#[must_use]
pub fn op_code(name: &str) -> Option<i32> {
    i32::try_from(op_enum()?.number_of(name)?).ok()
}

fn op_enum() -> Option<EnumId> {
    match TableId::OPERATOR_CODE.field(fields::operator_code::BUILTIN_CODE.slot())?.kind {
        Kind::Scalar(_, e) => e,
        _ => None,
    }
}

/// The table that operator `code` keeps its options in.
#[must_use]
pub fn op_options(code: i32) -> Option<TableId> {
    let id = *OP_OPTIONS.get(usize::try_from(code).ok()?)?;
    (id != u8::MAX).then_some(TableId(id))
}

/// The highest version of operator `code` that LiteRT knows; `None` where it has no kernel.
#[must_use]
pub fn op_max_version(code: i32) -> Option<i32> {
    let version = *OP_VERSIONS.get(usize::try_from(code).ok()?)?;
    (version != 0).then_some(version.into())
}

/// What a typed field's constant knows besides its place: the default of a number, nothing of the rest.
pub trait FieldType {
    /// The default's type.
    type Default: Copy;
}

macro_rules! field_types {
    ($($t:ty => $default:ty),*) => {$(impl FieldType for $t { type Default = $default; })*};
}
field_types!(bool => bool, i8 => i8, u8 => u8, i16 => i16, u16 => u16, i32 => i32, u32 => u32,
    i64 => i64, u64 => u64, f32 => f32, str => (), Sub => ());

impl<T> FieldType for [T] {
    type Default = ();
}

/// Stands for "a table" in a [`Field`]'s type.
#[derive(Clone, Copy, Debug)]
pub enum Sub {}

/// A field as a typed constant: `Field<i32>` a number, `Field<[i32]>` a vector, `Field<str>` a string,
/// `Field<Sub>` a table or union, `Field<[Sub]>` a vector of tables.
#[derive(Debug)]
pub struct Field<T: FieldType + ?Sized> {
    table: TableId,
    slot: u8,
    default: T::Default,
}

impl<T: FieldType + ?Sized> Clone for Field<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: FieldType + ?Sized> Copy for Field<T> {}

impl<T: FieldType + ?Sized> Field<T> {
    const fn new(table: TableId, slot: u8, default: T::Default) -> Self {
        Self { table, slot, default }
    }

    /// The table it belongs to.
    #[must_use]
    pub const fn table(&self) -> TableId {
        self.table
    }

    /// Its slot there.
    #[must_use]
    pub const fn slot(&self) -> u8 {
        self.slot
    }

    /// What it is when it is absent.
    #[must_use]
    pub const fn default(&self) -> T::Default {
        self.default
    }
}

#[cfg(test)]
mod tests;
