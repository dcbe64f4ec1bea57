//! [`Object`]: the file as a tree of tables that can be changed and written again.
//!
//! Invariant: it is driven by the schema alone, so it holds every field there is, and holds it once
//! (fields are sorted by slot). Weights are not copied: what was decoded borrows the file.

use crate::TfLite;
use crate::schema::fields::{buffer, operator};
use crate::schema::{Field, FieldType, Kind, Scalar, Sub, TableId};
use crate::table::{Number, Slot, Table};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use floe_graph::{Error, ErrorKind, LeScalar, LeSlice, Result};

/// What one field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A whole number, a truth value, an enumeration's number. A `u64` keeps its bits.
    Int(i64),
    /// A real number.
    Float(f32),
    /// A vector of numbers, as their little-endian bytes.
    Vector(Cow<'a, [u8]>),
    /// A string's bytes.
    String(Cow<'a, [u8]>),
    /// A table, or a union's: the object says which.
    Table(Object<'a>),
    /// Tables.
    Tables(Vec<Object<'a>>),
}

/// A table with the fields that are given. Two are equal when these are.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    table: TableId,
    fields: Vec<(u8, Value<'a>)>,
    /// Where the table lies in the file that it was decoded from.
    origin: Option<usize>,
}

impl PartialEq for Object<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.table == other.table && self.fields == other.fields
    }
}

impl<'a> Object<'a> {
    /// A table in which every field has its default.
    #[must_use]
    pub const fn new(table: TableId) -> Self {
        Self { table, fields: Vec::new(), origin: None }
    }

    /// Decodes a whole file. Constants from the file's end become ordinary ones: where bytes lie is
    /// the writer's business.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`], with its place, for a table that holds a field or a union type
    /// beyond the schema: written again it would be lost. [`decode_known`](Self::decode_known) leaves
    /// it out.
    pub fn decode(model: &TfLite<'a>) -> Result<Self> {
        decode(&model.table(), false)
    }

    /// Decodes a whole file without what lies beyond the schema. [`Patched`](crate::Patched) keeps that
    /// in the file.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfBounds`] when a constant's offset leads out of the file.
    pub fn decode_known(model: &TfLite<'a>) -> Result<Self> {
        decode(&model.table(), true)
    }

    /// Which table it is.
    #[must_use]
    pub const fn table_id(&self) -> TableId {
        self.table
    }

    /// Where the table lies in the file that it was decoded from; `None` for one that was made.
    pub(crate) const fn origin(&self) -> Option<usize> {
        self.origin
    }

    /// The fields that are given, by slot.
    #[must_use]
    pub fn fields(&self) -> &[(u8, Value<'a>)] {
        &self.fields
    }

    /// What slot `slot` holds.
    #[must_use]
    pub fn value(&self, slot: u8) -> Option<&Value<'a>> {
        self.fields.get(self.position(slot).ok()?).map(|(_, value)| value)
    }

    /// What slot `slot` holds, to change.
    pub fn value_mut(&mut self, slot: u8) -> Option<&mut Value<'a>> {
        let at = self.position(slot).ok()?;
        self.fields.get_mut(at).map(|(_, value)| value)
    }

    /// Gives slot `slot` a value, whatever it held.
    pub fn insert(&mut self, slot: u8, value: Value<'a>) {
        match self.position(slot) {
            Ok(at) => {
                if let Some(field) = self.fields.get_mut(at) {
                    field.1 = value;
                }
            }
            Err(at) => self.fields.insert(at, (slot, value)),
        }
    }

    /// Takes the value out of slot `slot`.
    pub fn remove(&mut self, slot: u8) -> Option<Value<'a>> {
        self.position(slot).ok().map(|at| self.fields.remove(at).1)
    }

    /// Takes `field` out; a union loses its type too.
    pub fn clear<T: FieldType + ?Sized>(&mut self, field: Field<T>) {
        self.belongs(field);
        self.remove(field.slot());
        if matches!(self.kind(field.slot()), Some(Kind::Union(_))) {
            self.remove(field.slot().saturating_sub(1));
        }
    }

    /// A number; its default when it is not given.
    #[must_use]
    pub fn get<T: Number>(&self, field: Field<T>) -> T {
        match self.value_of(field) {
            Some(Value::Int(number)) => T::from_int(*number),
            Some(Value::Float(number)) => T::from_float(*number),
            _ => field.default(),
        }
    }

    /// Sets a number; the default is not written.
    pub fn set<T: Number + PartialEq>(&mut self, field: Field<T>, number: T) {
        self.belongs(field);
        if number == field.default() {
            self.remove(field.slot());
        } else {
            let value = match self.kind(field.slot()) {
                Some(Kind::Scalar(Scalar::F32, _)) => {
                    Value::Float(f32::from_bits(number.bits() as u32))
                }
                _ => Value::Int(number.bits().cast_signed()),
            };
            self.insert(field.slot(), value);
        }
    }

    /// [`set`](Self::set), for chains.
    #[must_use]
    pub fn with<T: Number + PartialEq>(mut self, field: Field<T>, number: T) -> Self {
        self.set(field, number);
        self
    }

    /// A vector of numbers; empty when it is not given.
    #[must_use]
    pub fn vector<T: LeScalar>(&self, field: Field<[T]>) -> LeSlice<'_, T> {
        match self.value_of(field) {
            Some(Value::Vector(bytes)) => LeSlice::new(bytes),
            _ => LeSlice::default(),
        }
    }

    /// Sets a vector of numbers; an empty one is written as such.
    pub fn set_vector<T: Number + LeScalar>(&mut self, field: Field<[T]>, numbers: &[T]) {
        self.belongs(field);
        let mut bytes = Vec::with_capacity(numbers.len().saturating_mul(T::SIZE));
        for number in numbers {
            let all = number.bits().to_le_bytes();
            bytes.extend_from_slice(all.get(..T::SIZE).unwrap_or(&all));
        }
        self.insert(field.slot(), Value::Vector(bytes.into()));
    }

    /// [`set_vector`](Self::set_vector), for chains.
    #[must_use]
    pub fn with_vector<T: Number + LeScalar>(mut self, field: Field<[T]>, numbers: &[T]) -> Self {
        self.set_vector(field, numbers);
        self
    }

    /// Sets a vector of bytes without copying it.
    pub fn set_bytes(&mut self, field: Field<[u8]>, bytes: Cow<'a, [u8]>) {
        self.belongs(field);
        self.insert(field.slot(), Value::Vector(bytes));
    }

    /// A string's bytes; empty when it is not given.
    #[must_use]
    pub fn string(&self, field: Field<str>) -> &[u8] {
        match self.value_of(field) {
            Some(Value::String(bytes)) => bytes,
            _ => &[],
        }
    }

    /// Sets a string.
    pub fn set_string(&mut self, field: Field<str>, text: impl Into<Cow<'a, str>>) {
        self.belongs(field);
        let bytes = match text.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        self.insert(field.slot(), Value::String(bytes));
    }

    /// A table, or the union's.
    #[must_use]
    pub fn table(&self, field: Field<Sub>) -> Option<&Self> {
        match self.value_of(field) {
            Some(Value::Table(object)) => Some(object),
            _ => None,
        }
    }

    /// A table, or the union's, to change.
    pub fn table_mut(&mut self, field: Field<Sub>) -> Option<&mut Self> {
        self.belongs(field);
        match self.value_mut(field.slot()) {
            Some(Value::Table(object)) => Some(object),
            _ => None,
        }
    }

    /// Sets a table, or a union: its type follows from the object.
    pub fn set_table(&mut self, field: Field<Sub>, object: Self) {
        self.belongs(field);
        self.insert(field.slot(), Value::Table(object));
    }

    /// A vector of tables; empty when it is not given.
    #[must_use]
    pub fn tables(&self, field: Field<[Sub]>) -> &[Self] {
        match self.value_of(field) {
            Some(Value::Tables(objects)) => objects,
            _ => &[],
        }
    }

    /// A vector of tables to change; made when it is not given.
    ///
    /// # Panics
    /// Never: a slot that holds anything else is replaced.
    pub fn tables_mut(&mut self, field: Field<[Sub]>) -> &mut Vec<Self> {
        self.belongs(field);
        if !matches!(self.value(field.slot()), Some(Value::Tables(_))) {
            self.insert(field.slot(), Value::Tables(Vec::new()));
        }
        match self.value_mut(field.slot()) {
            Some(Value::Tables(objects)) => objects,
            _ => unreachable!("the slot was just filled"),
        }
    }

    fn value_of<T: FieldType + ?Sized>(&self, field: Field<T>) -> Option<&Value<'a>> {
        if field.table() == self.table { self.value(field.slot()) } else { None }
    }

    fn kind(&self, slot: u8) -> Option<Kind> {
        self.table.field(slot).map(|f| f.kind)
    }

    fn position(&self, slot: u8) -> core::result::Result<usize, usize> {
        self.fields.binary_search_by_key(&slot, |(s, _)| *s)
    }

    /// A field of another table is a mistake of the program.
    fn belongs<T: FieldType + ?Sized>(&self, field: Field<T>) {
        debug_assert_eq!(field.table(), self.table, "a field of another table");
    }
}

/// Decodes `table` and all below it. As deep as the schema nests, as much as the structural check
/// walked.
fn decode<'a>(table: &Table<'a>, lossy: bool) -> Result<Object<'a>> {
    let mut object = Object { origin: Some(table.offset()), ..Object::new(table.id()) };
    if !lossy && table.unknown_slot().is_some() {
        return Err(Error::new(ErrorKind::Unsupported, table.offset()));
    }
    for (slot, field, found) in table.slots() {
        let value = match found {
            // A union's type follows from its table; without a table it is kept as a number.
            Slot::Int(_) if tag_of_present(table, slot, field.kind) => continue,
            Slot::Int(number) => Value::Int(number),
            Slot::Float(number) => Value::Float(number),
            Slot::Vector(_, bytes) => Value::Vector(Cow::Borrowed(bytes)),
            Slot::String(bytes) => Value::String(Cow::Borrowed(bytes)),
            Slot::Table(child) => Value::Table(decode(&child, lossy)?),
            Slot::Tables(children) => Value::Tables(
                children.iter().map(|child| decode(&child, lossy)).collect::<Result<_>>()?,
            ),
        };
        object.fields.push((slot, value));
    }
    gather(table, &mut object)?;
    Ok(object)
}

fn tag_of_present(table: &Table<'_>, slot: u8, kind: Kind) -> bool {
    matches!(kind, Kind::Tag(_)) && table.slot(slot.saturating_add(1)).is_some()
}

/// Puts bytes that lie behind the FlatBuffer where they belong.
fn gather<'a>(table: &Table<'a>, object: &mut Object<'a>) -> Result<()> {
    let places = [
        (buffer::DATA, buffer::OFFSET, buffer::SIZE),
        (
            operator::CUSTOM_OPTIONS,
            operator::LARGE_CUSTOM_OPTIONS_OFFSET,
            operator::LARGE_CUSTOM_OPTIONS_SIZE,
        ),
    ];
    for (data, offset, size) in places.into_iter().filter(|p| p.0.table() == table.id()) {
        let bytes = crate::model::range(table.file(), table.get(offset), table.get(size))
            .ok_or(Error::new(ErrorKind::OutOfBounds, table.offset()))?;
        object.clear(offset);
        object.clear(size);
        if !bytes.is_empty() && object.vector(data).is_empty() {
            object.set_bytes(data, Cow::Borrowed(bytes));
        }
    }
    Ok(())
}
