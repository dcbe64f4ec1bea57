//! Where activations lie in a frame: the largest first, each at the lowest place that is free for as
//! long as it lives.
//!
//! TensorFlow Lite Micro's planner has the same rule; here an output may also run over the rows of its
//! input that are no longer needed. Invariant: two items whose lives meet do not overlap but by such a
//! contract; the result depends on nothing but sizes, lives and contracts.

use crate::tables::align;

/// Bytes of one item in the planner's memory.
pub(crate) const ITEM: usize = 32;

/// Something that takes memory for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// What it is, to the caller.
    pub(crate) id: u32,
    /// Bytes, aligned.
    pub(crate) size: u32,
    /// The first operator during which it lives.
    pub(crate) first: u32,
    /// The last one.
    pub(crate) last: u32,
    /// Where it lies; [`UNPLACED`] until [`place`] says.
    pub(crate) offset: u32,
    /// The number of the item that it may run over, or [`UNPLACED`].
    pub(crate) donor: u32,
    /// By how many bytes it must then begin before the donor, at least,
    pub(crate) below: i32,
    /// or behind the donor's beginning.
    pub(crate) above: i32,
}

/// No place yet, or no item.
pub(crate) const UNPLACED: u32 = u32::MAX;

impl Item {
    /// An item that nobody has used yet.
    pub(crate) const fn new(id: u32, size: u32) -> Self {
        let (first, last, offset, donor) = (u32::MAX, 0, UNPLACED, UNPLACED);
        Self { id, size, first, last, offset, donor, below: 0, above: 0 }
    }

    pub(crate) fn load(b: &[u8; ITEM]) -> Self {
        let mut words = b.as_chunks::<4>().0.iter().map(|w| u32::from_le_bytes(*w));
        let mut next = || words.next().unwrap_or_default();
        Self {
            id: next(),
            size: next(),
            first: next(),
            last: next(),
            offset: next(),
            donor: next(),
            below: next().cast_signed(),
            above: next().cast_signed(),
        }
    }

    pub(crate) fn store(self, b: &mut [u8; ITEM]) {
        let gaps = [self.below.cast_unsigned(), self.above.cast_unsigned()];
        let words = [self.id, self.size, self.first, self.last, self.offset, self.donor];
        for (to, w) in b.as_chunks_mut::<4>().0.iter_mut().zip(words.into_iter().chain(gaps)) {
            *to = w.to_le_bytes();
        }
    }

    /// It lives while operator `at` runs.
    pub(crate) fn live(&mut self, at: u32) {
        self.first = self.first.min(at);
        self.last = self.last.max(at);
    }

    const fn meets(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last && self.size > 0 && other.size > 0
    }
}

/// Item `number`.
pub(crate) fn get(items: &[[u8; ITEM]], number: usize) -> Option<Item> {
    items.get(number).map(Item::load)
}

/// Changes item `number`.
pub(crate) fn update(items: &mut [[u8; ITEM]], number: usize, f: impl FnOnce(&mut Item)) {
    if let Some(slot) = items.get_mut(number) {
        let mut item = Item::load(slot);
        f(&mut item);
        item.store(slot);
    }
}

/// Gives every item that has none its offset, and gives the bytes that all take together.
pub(crate) fn place(items: &mut [[u8; ITEM]]) -> usize {
    let mut total = 0;
    loop {
        // The largest of the rest; among equals the first listed.
        let mut next: Option<(usize, Item)> = None;
        for (number, item) in items.iter().map(Item::load).enumerate() {
            if item.offset != UNPLACED {
                total = total.max((item.offset as usize).saturating_add(item.size as usize));
            } else if next.is_none_or(|(_, n)| item.size > n.size) {
                next = Some((number, item));
            }
        }
        let Some((number, item)) = next else { return align(total) };
        let offset = lowest(items, number, &item);
        update(items, number, |item| item.offset = offset);
    }
}

/// The lowest offset at which item `number` is apart from all that are placed.
fn lowest(items: &[[u8; ITEM]], number: usize, item: &Item) -> u32 {
    let mut offset = 0u32;
    loop {
        let mut free = offset;
        for (other, placed) in items.iter().map(Item::load).enumerate() {
            if placed.offset != UNPLACED && placed.meets(item) {
                let (low, high) = excluded((number, item), (other, &placed));
                if low < signed(offset) && signed(offset) < high {
                    free = free.max(u32::try_from(high).unwrap_or(UNPLACED - 1));
                }
            }
        }
        if free == offset {
            return offset;
        }
        offset = u32::try_from(align(free as usize)).unwrap_or(UNPLACED - 1);
    }
}

/// Between which two offsets an item must not begin, for another that is placed.
fn excluded((number, item): (usize, &Item), (other, placed): (usize, &Item)) -> (isize, isize) {
    let (below, above) = if item.donor as usize == other {
        (item.below as isize, item.above as isize)
    } else if placed.donor as usize == number {
        (placed.above as isize, placed.below as isize)
    } else {
        (signed(item.size), signed(placed.size))
    };
    let at = signed(placed.offset);
    (at.saturating_sub(below), at.saturating_add(above))
}

/// An offset or a size, for differences. Arenas of machines with 32 bits stay below 2 GiB.
const fn signed(bytes: u32) -> isize {
    (bytes as usize).cast_signed()
}

/// Whether the items that are placed begin at multiples of the alignment, none in the way of another.
pub(crate) fn sound(items: &[[u8; ITEM]]) -> bool {
    items.iter().map(Item::load).enumerate().all(|(number, item)| {
        item.offset == UNPLACED
            || align(item.offset as usize) == item.offset as usize
                && items.iter().map(Item::load).enumerate().take(number).all(|(other, placed)| {
                    let (low, high) = excluded((number, &item), (other, &placed));
                    let at = signed(item.offset);
                    placed.offset == UNPLACED || !placed.meets(&item) || at <= low || at >= high
                })
    })
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    fn run(items: &[Item]) -> (usize, Vec<Item>) {
        let mut raw: Vec<[u8; ITEM]> = Vec::new();
        for item in items {
            let mut b = [0; ITEM];
            item.store(&mut b);
            assert_eq!(Item::load(&b), *item);
            raw.push(b);
        }
        let total = place(&mut raw);
        assert!(sound(&raw));
        (total, raw.iter().map(Item::load).collect())
    }

    fn item(size: u32, first: u32, last: u32) -> Item {
        Item { first, last, ..Item::new(0, size) }
    }

    #[test]
    fn a_chain_takes_its_widest_pair() {
        let (total, _) = run(&[item(64, 0, 0), item(32, 0, 1), item(48, 1, 2), item(8, 2, 3)]);
        assert_eq!(total, 96);
    }

    #[test]
    fn an_output_runs_over_its_input_by_its_contract() {
        // The output may begin 16 bytes before its input, or 24 behind its beginning.
        let output = Item { donor: 0, below: 16, above: 24, ..item(64, 1, 2) };
        let (total, placed) = run(&[item(80, 0, 1), output, item(8, 2, 2)]);
        assert_eq!((total, placed[0].offset, placed[1].offset), (88, 0, 24));
        // A larger one is placed first, and its input behind it.
        let output = Item { donor: 0, below: 16, above: 24, ..item(96, 1, 2) };
        let (total, placed) = run(&[item(80, 0, 1), output, item(8, 2, 2)]);
        assert_eq!((total, placed[0].offset, placed[1].offset), (104, 16, 0));
    }

    #[test]
    fn a_plan_that_is_given_is_held_against_the_lives() {
        let sound_at = |a: u32, b: u32| {
            let mut raw = [[0; ITEM]; 2];
            for (slot, offset) in raw.iter_mut().zip([a, b]) {
                Item { offset, ..item(16, 0, 1) }.store(slot);
            }
            sound(&raw)
        };
        assert!(sound_at(0, 16) && sound_at(16, 0) && sound_at(0, UNPLACED));
        assert!(!sound_at(0, 8) && !sound_at(8, 0) && !sound_at(0, 0));
    }

    #[test]
    fn lives_that_meet_never_overlap() {
        let mut s = 7u32;
        let mut next = |n: u32| {
            s = s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (s >> 16) % n
        };
        for _ in 0..200 {
            let items: Vec<_> = (0..next(30) + 1)
                .map(|_| {
                    let first = next(20);
                    item(next(9) * 8, first, first + next(5))
                })
                .collect();
            let (total, placed) = run(&items);
            for (i, a) in placed.iter().enumerate() {
                assert!((a.offset + a.size) as usize <= total);
                for b in &placed[..i] {
                    let apart = a.offset >= b.offset + b.size || b.offset >= a.offset + a.size;
                    assert!(!a.meets(b) || apart, "{a:?} {b:?}");
                }
            }
        }
    }
}
