//! What lies where in a file.

use super::PatchError;
use crate::Slot;
use crate::table::{Table, target};
use alloc::collections::{BTreeMap, BTreeSet};

/// What the schema knows of in a file. Invariant: no two of these overlap.
pub(super) struct Layout {
    /// Start and end of each.
    extents: BTreeSet<(usize, usize)>,
    /// How many fields point to a vector or string, by its place.
    vectors: BTreeMap<usize, usize>,
}

impl Layout {
    /// As deep as the schema nests, as much as the structural check walked.
    pub(super) fn of(root: &Table<'_>) -> Result<Self, PatchError> {
        let mut layout = Self { extents: BTreeSet::new(), vectors: BTreeMap::new() };
        layout.table(root);
        let mut end = 0;
        for &(start, next) in &layout.extents {
            if start < end {
                return Err(PatchError::Overlap { at: start });
            }
            end = next;
        }
        Ok(layout)
    }

    /// Whether one field alone points to the vector at `place`.
    pub(super) fn is_single(&self, place: usize) -> bool {
        self.vectors.get(&place) == Some(&1)
    }

    fn table(&mut self, table: &Table<'_>) {
        let Some((vtable, length)) = table.vtable() else { return };
        let end = table.offset().saturating_add(table.size().unwrap_or(4));
        self.extents.insert((vtable, vtable.saturating_add(length)));
        if !self.extents.insert((table.offset(), end)) {
            return;
        }
        for (slot, _, value) in table.slots() {
            let Some(place) = table.find(slot) else { continue };
            match value {
                Slot::Vector(_, bytes) | Slot::String(bytes) => {
                    self.vector(table, place, bytes.len());
                }
                Slot::Table(child) => self.table(&child),
                Slot::Tables(children) => {
                    self.vector(table, place, children.len().saturating_mul(4));
                    children.iter().for_each(|child| self.table(&child));
                }
                _ => {}
            }
        }
    }

    /// The vector of so many bytes that `place` points to.
    fn vector(&mut self, table: &Table<'_>, place: usize, bytes: usize) {
        let Some(start) = target(table.file(), place) else { return };
        self.extents.insert((start, start.saturating_add(4).saturating_add(bytes)));
        let count = self.vectors.entry(start).or_default();
        *count = count.saturating_add(1);
    }
}
