//! Where activations lie in a frame: the largest first, each at the lowest place that is free for as
//! long as it lives.
//!
//! The same rule as TensorFlow Lite Micro's planner, so never more than its plan. Invariant: two items
//! whose lives meet do not overlap; the result depends on nothing but sizes and lives.

use crate::tables::align;

/// Bytes of one item in the planner's memory.
pub(crate) const ITEM: usize = 20;

/// Something that takes memory for a while.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Item {
    /// What it is, to the caller.
    pub(crate) id: u32,
    /// Bytes, aligned.
    pub(crate) size: u32,
    /// The first operator during which it lives.
    pub(crate) first: u32,
    /// The last one.
    pub(crate) last: u32,
    /// Where it lies; set by [`place`].
    pub(crate) offset: u32,
}

impl Item {
    pub(crate) fn load(b: &[u8; ITEM]) -> Self {
        let mut words = b.as_chunks::<4>().0.iter().map(|w| u32::from_le_bytes(*w));
        let mut next = || words.next().unwrap_or_default();
        Self { id: next(), size: next(), first: next(), last: next(), offset: next() }
    }

    pub(crate) fn store(self, b: &mut [u8; ITEM]) {
        let words = [self.id, self.size, self.first, self.last, self.offset];
        for (to, w) in b.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *to = w.to_le_bytes();
        }
    }

    const fn meets(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// Sets every item's offset, and gives the bytes that all take together.
pub(crate) fn place(items: &mut [[u8; ITEM]]) -> usize {
    let mut total = 0;
    for placed in 0..items.len() {
        let Some((done, rest)) = items.split_at_mut_checked(placed) else { break };
        // The largest of the rest; among equals the first listed.
        let largest = rest
            .iter()
            .enumerate()
            .map(|(i, b)| (Item::load(b).size, usize::MAX.wrapping_sub(i)))
            .max()
            .map_or(0, |(_, i)| usize::MAX.wrapping_sub(i));
        // To the front, the others in their order; `rotate_right` would link a panic.
        let head = rest.get_mut(..=largest).unwrap_or_default();
        let mut carried = head.last().copied().unwrap_or_default();
        head.iter_mut().for_each(|slot| core::mem::swap(slot, &mut carried));
        let Some(slot) = rest.first_mut() else { break };
        let mut item = Item::load(slot);
        item.offset = lowest(done, &item);
        item.store(slot);
        total = total.max((item.offset as usize).saturating_add(item.size as usize));
    }
    align(total)
}

/// The lowest offset at which `item` meets none of those placed.
fn lowest(done: &[[u8; ITEM]], item: &Item) -> u32 {
    let mut offset = 0u32;
    loop {
        let end = offset.saturating_add(item.size);
        let blocked = done
            .iter()
            .map(Item::load)
            .filter(|d| d.size > 0 && item.size > 0 && d.meets(item))
            .filter(|d| d.offset < end && offset < d.offset.saturating_add(d.size))
            .map(|d| d.offset.saturating_add(d.size))
            .max();
        match blocked {
            Some(next) if next > offset => offset = next,
            _ => return offset,
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    fn run(items: &[(u32, u32, u32)]) -> (usize, Vec<Item>) {
        let mut raw: Vec<[u8; ITEM]> = Vec::new();
        for (id, &(size, first, last)) in (0..).zip(items) {
            let mut b = [0; ITEM];
            Item { id, size, first, last, offset: 0 }.store(&mut b);
            raw.push(b);
        }
        let total = place(&mut raw);
        let mut placed: Vec<Item> = raw.iter().map(Item::load).collect();
        placed.sort_by_key(|i| i.id);
        (total, placed)
    }

    #[test]
    fn a_chain_takes_its_widest_pair() {
        let (total, _) = run(&[(64, 0, 0), (32, 0, 1), (48, 1, 2), (8, 2, 3)]);
        assert_eq!(total, 96);
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
                    (next(9) * 8, first, first + next(5))
                })
                .collect();
            let (total, placed) = run(&items);
            for (i, a) in placed.iter().enumerate() {
                assert!((a.offset + a.size) as usize <= total);
                for b in &placed[..i] {
                    let apart = a.offset >= b.offset + b.size || b.offset >= a.offset + a.size;
                    assert!(!a.meets(b) || apart || a.size == 0 || b.size == 0, "{a:?} {b:?}");
                }
            }
        }
    }
}
