//! What differs between a file and the edited model, as writes into the file.

use super::layout::Layout;
use super::{FRONT_ALIGN, PatchError, Patched, Unknown, gap};
use crate::encode::EncodeError;
use crate::encode::writer::{Constants, Writer, content};
use crate::owned::{Object, Value};
use crate::schema::fields::{buffer, operator};
use crate::schema::{IDENTIFIER, Kind, TableId};
use crate::table::{Table, target};
use crate::verify::Path;
use crate::{Slot, TfLite};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

pub(super) fn plan<'a>(model: &TfLite<'a>, edited: &Object<'_>) -> Result<Patched<'a>, PatchError> {
    let root = model.table();
    let old = Object::decode_known(model).map_err(|e| PatchError::Overlap { at: e.at })?;
    let mut plan = Plan {
        file: model.file(),
        layout: Layout::of(&root)?,
        exact: Unknown::first(model).is_some(),
        before: BTreeMap::new(),
        uses: BTreeMap::new(),
        writes: BTreeMap::new(),
        tail: Writer::new(Constants::Among),
        path: Path::default(),
    };
    each(&old, &mut |object, origin| {
        plan.before.insert(origin, object);
    });
    each(edited, &mut |_, origin| {
        let uses = plan.uses.entry(origin).or_default();
        *uses = uses.saturating_add(1);
    });
    let front = match plan.keep(edited, 0)? {
        Some(_) => Vec::new(),
        None => plan.front(edited)?,
    };
    Ok(Patched { front, file: model.file(), writes: plan.writes, tail: plan.tail.out })
}

/// Calls `f` with every table that was decoded from a file, and its place there.
fn each<'o, 'a>(object: &'o Object<'a>, f: &mut dyn FnMut(&'o Object<'a>, usize)) {
    if let Some(origin) = object.origin() {
        f(object, origin);
    }
    for (_, value) in object.fields() {
        match value {
            Value::Table(child) => each(child, f),
            Value::Tables(children) => children.iter().for_each(|child| each(child, f)),
            _ => {}
        }
    }
}

/// The slot of the 64-bit offset to bytes behind the FlatBuffer, and the offset, where `table` has one.
fn far(table: &Table<'_>) -> Option<(u8, u64)> {
    let field = match table.id() {
        TableId::BUFFER => buffer::OFFSET,
        TableId::OPERATOR => operator::LARGE_CUSTOM_OPTIONS_OFFSET,
        _ => return None,
    };
    Some((field.slot(), table.get(field))).filter(|(_, offset)| *offset > 1)
}

/// How far `to` is from `from`.
fn distance(from: usize, to: usize) -> Result<i32, PatchError> {
    to.checked_sub(from).and_then(|d| i32::try_from(d).ok()).ok_or(PatchError::TooLarge)
}

struct Plan<'p, 'o, 'e> {
    file: &'p [u8],
    layout: Layout,
    /// Whether fields that the schema does not know may share what known ones point to.
    exact: bool,
    /// The tables of the file as they were, by place.
    before: BTreeMap<usize, &'p Object<'o>>,
    /// How often the edited model has each of them.
    uses: BTreeMap<usize, usize>,
    writes: BTreeMap<usize, Vec<u8>>,
    tail: Writer<'e>,
    path: Path,
}

impl<'e> Plan<'_, '_, 'e> {
    /// Makes the table that `new` was, `new`, and gives its place; `None` when it must be written
    /// elsewhere: it was none, does not lie behind `place`, or cannot be overwritten.
    fn keep(&mut self, new: &'e Object<'_>, place: usize) -> Result<Option<usize>, PatchError> {
        let known = new.origin().filter(|&at| at > place).and_then(|at| {
            let old = *self.before.get(&at)?;
            (old.table_id() == new.table_id()).then_some((at, old))
        });
        let Some((at, old)) = known else { return Ok(None) };
        if old == new {
            return Ok(Some(at));
        }
        let table = Table::at(self.file, at, new.table_id());
        if self.uses.get(&at) != Some(&1) || !self.fits(&table, new, old) {
            return Ok(None);
        }
        self.update(&table, new, old)?;
        Ok(Some(at))
    }

    /// Whether `table` can become `new` where it is: no field appears, no vector of tables grows.
    fn fits(&self, table: &Table<'_>, new: &Object<'_>, old: &Object<'_>) -> bool {
        // Which of a buffer's fields tell where its bytes are would change.
        far(table).is_none()
            && new.fields().iter().all(|(slot, value)| {
                old.value(*slot) == Some(value)
                    || match (table.slot(*slot), value) {
                        (Some(Slot::Tables(there)), Value::Tables(wanted)) => {
                            let vector = table.find(*slot).and_then(|at| target(self.file, at));
                            let single = vector.is_some_and(|at| self.layout.is_single(at));
                            single && wanted.len() <= there.len()
                        }
                        (there, _) => there.is_some(),
                    }
            })
    }

    /// Makes `table`, which fits, `new`.
    fn update(
        &mut self,
        table: &Table<'_>,
        new: &'e Object<'_>,
        old: &Object<'_>,
    ) -> Result<(), PatchError> {
        let mut gone = Vec::new();
        for (slot, field) in table.id().fields() {
            match (new.value(slot), old.value(slot)) {
                (None, Some(_)) => {
                    gone.push(slot);
                    if matches!(field.kind, Kind::Union(_)) {
                        gone.push(slot.saturating_sub(1));
                    }
                }
                (Some(value), before) if before != Some(value) => {
                    self.field(table, slot, field.kind, value)?;
                }
                _ => {}
            }
        }
        if gone.is_empty() { Ok(()) } else { self.without(table, &gone) }
    }

    /// Gives `table` a vtable of its own that lacks `slots`.
    fn without(&mut self, table: &Table<'_>, slots: &[u8]) -> Result<(), PatchError> {
        let Some((vtable, length)) = table.vtable() else { return Ok(()) };
        let bytes = self.file.get(vtable..vtable.saturating_add(length)).unwrap_or_default();
        let entries = bytes.as_chunks().0.iter().map(|&entry| u16::from_le_bytes(entry));
        let mut entries: Vec<u16> = entries.collect();
        for &slot in slots {
            if let Some(entry) = entries.get_mut(usize::from(slot).saturating_add(2)) {
                *entry = 0;
            }
        }
        let vtable = self.tail.vtable_of(entries);
        let back = distance(table.offset(), self.behind(vtable))?.wrapping_neg();
        self.write(table.offset(), &back.to_le_bytes());
        Ok(())
    }

    /// Gives slot `slot` of `table`, which holds something, another value.
    fn field(
        &mut self,
        table: &Table<'_>,
        slot: u8,
        kind: Kind,
        value: &'e Value<'_>,
    ) -> Result<(), PatchError> {
        let Some(place) = table.find(slot) else { return Ok(()) };
        let wrong = EncodeError::WrongValue { table: table.id(), slot };
        match (kind, value) {
            (Kind::Union(union), Value::Table(child)) => {
                let tag = union.tag_of(child.table_id()).ok_or(wrong)?;
                if let Some(place) = table.find(slot.saturating_sub(1)) {
                    self.write(place, &[tag]);
                }
                return self.child((table.id(), slot, None), place, child);
            }
            _ if content(kind, value).is_none() => return Err(wrong.into()),
            _ => {}
        }
        match value {
            Value::Int(number) => self.number(place, kind, number.cast_unsigned()),
            Value::Float(number) => self.number(place, kind, number.to_bits().into()),
            Value::Table(child) => self.child((table.id(), slot, None), place, child)?,
            Value::Tables(children) => self.children(table.id(), slot, place, children)?,
            Value::Vector(bytes) | Value::String(bytes) => {
                let vector = target(self.file, place).unwrap_or(0);
                let same = match table.slot(slot) {
                    Some(Slot::Vector(_, old) | Slot::String(old)) => old.len() == bytes.len(),
                    _ => false,
                };
                if same && !self.exact && self.layout.is_single(vector) {
                    self.write(vector.saturating_add(4), bytes);
                } else {
                    let at = self.tail.append(kind, value)?;
                    self.point(place, self.behind(at))?;
                }
            }
        }
        Ok(())
    }

    fn number(&mut self, place: usize, kind: Kind, bits: u64) {
        let bytes = bits.to_le_bytes();
        self.write(place, bytes.get(..kind.inline_size()).unwrap_or(&bytes));
    }

    /// Makes the vector that `place` points to, which is long enough, one of `children`.
    fn children(
        &mut self,
        id: TableId,
        slot: u8,
        place: usize,
        children: &'e [Object<'_>],
    ) -> Result<(), PatchError> {
        let Some(vector) = target(self.file, place) else { return Ok(()) };
        self.write(vector, &(children.len() as u32).to_le_bytes());
        let mut place = vector;
        for (index, child) in (0..).zip(children) {
            place = place.saturating_add(4);
            self.child((id, slot, Some(index)), place, child)?;
        }
        Ok(())
    }

    /// Points `place` to `child`: to the table that it was, or to a new one.
    fn child(
        &mut self,
        (id, slot, index): (TableId, u8, Option<u32>),
        place: usize,
        child: &'e Object<'_>,
    ) -> Result<(), PatchError> {
        self.path.push(id, slot, index);
        let at = match self.keep(child, place)? {
            Some(at) => at,
            None => {
                self.movable(child, self.path)?;
                let at = self.tail.append_table(child)?;
                self.behind(at)
            }
        };
        self.path.pop();
        self.point(place, at)
    }

    /// Refuses to write `object`, and all below it, elsewhere when that would lose something.
    fn movable(&self, object: &Object<'_>, path: Path) -> Result<(), PatchError> {
        self.shallow(object, path)?;
        let id = object.table_id();
        object.fields().iter().try_for_each(|(slot, value)| match value {
            Value::Table(child) => self.movable(child, path.then(id, *slot, None)),
            Value::Tables(children) => (0..).zip(children).try_for_each(|(index, child)| {
                self.movable(child, path.then(id, *slot, Some(index)))
            }),
            _ => Ok(()),
        })
    }

    fn shallow(&self, object: &Object<'_>, path: Path) -> Result<(), PatchError> {
        let known = object.origin().filter(|at| self.before.contains_key(at));
        let table = known.map(|at| Table::at(self.file, at, object.table_id()));
        match table.and_then(|table| Unknown::of(&table, path)) {
            Some(unknown) => Err(PatchError::Unknown(unknown)),
            None => Ok(()),
        }
    }

    /// A header and the root `new`, to stand before the file.
    fn front(&mut self, new: &'e Object<'_>) -> Result<Vec<u8>, PatchError> {
        self.shallow(new, self.path)?;
        let mut front = Writer::new(Constants::Among);
        front.out.extend_from_slice(&[0; 4]);
        front.out.extend_from_slice(&IDENTIFIER);
        let mut moved = Vec::new();
        for (slot, value) in new.fields() {
            let Value::Tables(children) = value else { continue };
            for (index, child) in (0..).zip(children) {
                self.path.push(new.table_id(), *slot, Some(index));
                match self.keep(child, 0)? {
                    Some(at) => {
                        front.kept.insert(at);
                    }
                    None => {
                        self.movable(child, self.path)?;
                        moved.extend(child.origin());
                    }
                }
                self.path.pop();
            }
        }
        // A table that stands in two places and changes in one of them cannot both stay and move.
        if let Some(&at) = moved.iter().find(|at| front.kept.contains(at)) {
            return Err(PatchError::Overlap { at });
        }
        front.object(0, new)?;
        front.out.resize(front.out.len().next_multiple_of(FRONT_ALIGN), 0);
        let shift = front.out.len();
        for (place, at) in core::mem::take(&mut front.outward) {
            let offset = distance(place, at.saturating_add(shift))?;
            front.patch(place, &offset.to_le_bytes());
        }
        self.shift_far(shift as u64);
        Ok(front.out)
    }

    /// Moves what lies behind the FlatBuffer by `shift` bytes.
    fn shift_far(&mut self, shift: u64) {
        let tables: Vec<_> = self.before.iter().map(|(&at, old)| (at, old.table_id())).collect();
        for (at, id) in tables {
            let table = Table::at(self.file, at, id);
            if let Some((slot, offset)) = far(&table)
                && let Some(place) = table.find(slot)
            {
                self.write(place, &offset.saturating_add(shift).to_le_bytes());
            }
        }
    }

    /// Where byte `at` of the tail will be, counted as the old bytes are.
    const fn behind(&self, at: usize) -> usize {
        self.file.len().saturating_add(gap(self.file.len())).saturating_add(at)
    }

    fn point(&mut self, place: usize, at: usize) -> Result<(), PatchError> {
        let offset = distance(place, at)?;
        self.write(place, &offset.to_le_bytes());
        Ok(())
    }

    /// Overwrites the bytes at `place`, where they differ.
    fn write(&mut self, place: usize, bytes: &[u8]) {
        let end = place.saturating_add(bytes.len());
        if self.file.get(place..end) != Some(bytes) {
            self.writes.insert(place, bytes.to_vec());
        }
    }
}
