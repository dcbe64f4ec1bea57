//! Which piece goes to which part.
//!
//! The order of the pieces is cut where the fewest tensors cross, within a window around each even cut;
//! then pieces move to the part before or behind while that saves traffic and keeps the balance.

use super::atoms::Atoms;
use std::collections::BTreeSet;

/// A cut may be off by this part of a part's load, and a part larger than its share by twice that.
const SLACK: u64 = 10;
/// Rounds of moves; they end earlier when one finds nothing.
const ROUNDS: usize = 16;

/// The part of each piece.
pub(super) fn assign(atoms: &Atoms, count: usize) -> Vec<usize> {
    let mut parts = cut(atoms, count);
    let mut moves = Moves::new(atoms, count, &parts);
    for _ in 0..ROUNDS {
        if !moves.round(atoms, &mut parts) {
            break;
        }
    }
    parts
}

fn cut(atoms: &Atoms, count: usize) -> Vec<usize> {
    let crossing = crossing(atoms);
    let total: u64 = atoms.loads.iter().sum();
    let share = total.checked_div(count as u64).unwrap_or(0);
    let slack = share / SLACK;
    let mut before = Vec::with_capacity(atoms.loads.len());
    let mut sum = 0u64;
    for load in &atoms.loads {
        before.push(sum);
        sum = sum.saturating_add(*load);
    }
    let mut cuts = Vec::new();
    let mut last = 0usize;
    for part in 1..count {
        let even = total.saturating_mul(part as u64).checked_div(count as u64).unwrap_or(0);
        // Each part keeps a piece at least, this one and those behind.
        let behind = count.saturating_sub(part);
        let most = before.len().saturating_sub(behind);
        let range = last.saturating_add(1)..=most.max(last.saturating_add(1));
        let distance = |at: usize| before.get(at).map_or(u64::MAX, |&b| b.abs_diff(even));
        let near = range.clone().filter(|&at| distance(at) <= slack);
        let fewest = near.min_by_key(|&at| (crossing.get(at).copied().unwrap_or(0), distance(at)));
        let at = fewest.or_else(|| range.min_by_key(|&at| distance(at))).unwrap_or(last);
        cuts.push(at);
        last = at;
    }
    (0..atoms.loads.len()).map(|at| cuts.iter().filter(|&&c| c <= at).count()).collect()
}

/// How many tensors are on their way before each piece.
fn crossing(atoms: &Atoms) -> Vec<i64> {
    let mut steps = vec![0i64; atoms.loads.len().saturating_add(1)];
    let mut step = |at: usize, by: i64| {
        if let Some(slot) = steps.get_mut(at) {
            *slot = slot.saturating_add(by);
        }
    };
    for (from, to) in &atoms.tensors {
        let last = to.last().copied().unwrap_or(*from);
        step(from.saturating_add(1), 1);
        step(last.saturating_add(1), -1);
    }
    let mut now = 0i64;
    steps
        .into_iter()
        .map(|by| {
            now = now.saturating_add(by);
            now
        })
        .collect()
}

/// What is needed to judge a move.
struct Moves {
    /// The tensors that each piece makes or reads.
    touched: Vec<Vec<usize>>,
    loads: Vec<u64>,
    sizes: Vec<usize>,
    most: u64,
}

impl Moves {
    fn new(atoms: &Atoms, count: usize, parts: &[usize]) -> Self {
        let mut touched = vec![Vec::new(); atoms.loads.len()];
        for (i, (from, to)) in atoms.tensors.iter().enumerate() {
            for at in to.iter().chain([from]) {
                if let Some(list) = touched.get_mut(*at) {
                    list.push(i);
                }
            }
        }
        let (mut loads, mut sizes) = (vec![0u64; count], vec![0usize; count]);
        for (part, load) in parts.iter().zip(&atoms.loads) {
            if let (Some(sum), Some(size)) = (loads.get_mut(*part), sizes.get_mut(*part)) {
                *sum = sum.saturating_add(*load);
                *size = size.saturating_add(1);
            }
        }
        let total: u64 = loads.iter().sum();
        let share = total.checked_div(count as u64).unwrap_or(0);
        let most = share
            .saturating_add(share.saturating_mul(2) / SLACK)
            .max(loads.iter().copied().max().unwrap_or(0));
        Self { touched, loads, sizes, most }
    }

    /// Moves what saves traffic; whether anything moved.
    fn round(&mut self, atoms: &Atoms, parts: &mut [usize]) -> bool {
        let mut moved = false;
        for at in 0..parts.len() {
            let Some(&part) = parts.get(at) else { continue };
            for to in [part.wrapping_sub(1), part.wrapping_add(1)] {
                if self.may(atoms, parts, at, to) && self.saves(atoms, parts, at, to) {
                    self.shift(atoms, at, part, to);
                    if let Some(slot) = parts.get_mut(at) {
                        *slot = to;
                    }
                    moved = true;
                    break;
                }
            }
        }
        moved
    }

    /// Whether piece `at` may go to part `to`: behind all that it reads, before all that reads it.
    fn may(&self, atoms: &Atoms, parts: &[usize], at: usize, to: usize) -> bool {
        let part = |p: usize| parts.get(p).copied().unwrap_or(0);
        let load = atoms.loads.get(at).copied().unwrap_or(0);
        let room = self.loads.get(to).is_some_and(|l| l.saturating_add(load) <= self.most);
        let stays = self.sizes.get(part(at)).is_some_and(|&n| n > 1);
        let mut touched = self.tensors(atoms, at);
        room && stays
            && touched.all(|(from, readers)| {
                if *from == at { readers.iter().all(|&r| part(r) >= to) } else { part(*from) <= to }
            })
    }

    fn saves(&self, atoms: &Atoms, parts: &[usize], at: usize, to: usize) -> bool {
        let traffic = |place: usize| -> usize {
            let part = |p: usize| if p == at { place } else { parts.get(p).copied().unwrap_or(0) };
            let sent = self.tensors(atoms, at).map(|(from, readers)| {
                let mut others: BTreeSet<usize> = readers.iter().map(|&r| part(r)).collect();
                others.remove(&part(*from));
                others.len()
            });
            sent.sum()
        };
        traffic(to) < traffic(parts.get(at).copied().unwrap_or(0))
    }

    fn tensors<'a>(
        &'a self,
        atoms: &'a Atoms,
        at: usize,
    ) -> impl Iterator<Item = &'a (usize, BTreeSet<usize>)> {
        self.touched.get(at).into_iter().flatten().filter_map(|&i| atoms.tensors.get(i))
    }

    fn shift(&mut self, atoms: &Atoms, at: usize, from: usize, to: usize) {
        let load = atoms.loads.get(at).copied().unwrap_or(0);
        if let (Some(sum), Some(size)) = (self.loads.get_mut(from), self.sizes.get_mut(from)) {
            *sum = sum.saturating_sub(load);
            *size = size.saturating_sub(1);
        }
        if let (Some(sum), Some(size)) = (self.loads.get_mut(to), self.sizes.get_mut(to)) {
            *sum = sum.saturating_add(load);
            *size = size.saturating_add(1);
        }
    }
}
