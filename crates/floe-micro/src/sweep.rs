//! [`Sweep`]: how an op goes over its input row by row, so that its output may run over the rows that it no
//! longer needs.
//!
//! A kernel that declares a sweep is planned to write over a dying input: the planner keeps the two apart by
//! the [`gaps`](Sweep::gaps) of the sweep instead of a whole tensor, and the kernel gets its memory in
//! [`Strip`]s, runs of rows whose input and output are disjoint.
//!
//! Invariant: strips cover every output row once, and none is written before all rows that need its place
//! as input are computed.

use core::ops::Range;

/// How an op's output rows follow from the rows of its input 0: by windows of `reach` rows that move by
/// `stride`, the first of which begins `pad` rows before the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// Batches, each of which is swept by itself.
    pub batches: usize,
    /// Rows of a batch of the input, and bytes of one.
    pub input: (usize, usize),
    /// Rows of a batch of the output, and bytes of one.
    pub output: (usize, usize),
    /// Input rows from one window to the next.
    pub stride: usize,
    /// Rows by which the first window begins before the input.
    pub pad: usize,
    /// Input rows that a window covers.
    pub reach: usize,
}

/// Rows to compute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// The output rows, counted over all batches. The output slice at hand holds just these.
    pub range: Range<usize>,
    /// The input row, counted over all batches, that the input slice at hand begins with.
    pub skipped: usize,
}

impl Rows {
    /// All of so many rows, of the whole input.
    #[must_use]
    pub const fn all(rows: usize) -> Self {
        Self { range: 0..rows, skipped: 0 }
    }
}

/// Some rows, and the memory for them.
pub struct Strip<'s> {
    /// Which rows.
    pub rows: Rows,
    /// The input from [`Rows::skipped`] on, at least as far as these rows need it.
    pub input: &'s [u8],
    /// These rows of the output.
    pub output: &'s mut [u8],
}

impl Sweep {
    /// Output rows of all batches.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.batches.wrapping_mul(self.output.0)
    }

    /// The first input row that output row `row` needs, and the one behind the last.
    #[must_use]
    pub fn needs(&self, row: usize) -> (usize, usize) {
        let each = self.output.0.max(1);
        let (batch, y) = (row / each, row % each);
        let start = y.wrapping_mul(self.stride);
        let first = start.saturating_sub(self.pad).min(self.input.0);
        let end = start.wrapping_add(self.reach).saturating_sub(self.pad).min(self.input.0);
        let base = batch.wrapping_mul(self.input.0);
        (base.wrapping_add(first), base.wrapping_add(end.max(first)))
    }

    /// By how many bytes the output must begin before the input, at least, to be written from its first row to
    /// its last; and behind the input's beginning, to be written from its last row to its first. Negative when
    /// it may begin on the other side.
    #[must_use]
    pub fn gaps(&self) -> (isize, isize) {
        let bytes = |rows: usize, each: usize| rows.wrapping_mul(each).cast_signed();
        let last = self.output.0.saturating_sub(1);
        let lowest = self.batches.saturating_sub(1).wrapping_mul(self.output.0);
        // Linear in the row but for where windows begin to leave the padding, or the input, and in the batch.
        let whole = self.input.0.wrapping_add(self.pad).saturating_sub(self.reach);
        let [enter, leave] = [self.pad, whole].map(|row| row.checked_div(self.stride).unwrap_or(0));
        let turns = [0, enter, enter.wrapping_add(1), leave, leave.wrapping_add(1), last];
        let (mut below, mut above) = (isize::MIN, isize::MIN);
        for turn in turns {
            for row in [turn.min(last), lowest.wrapping_add(turn.min(last))] {
                let (first, end) = self.needs(row);
                let (start, behind) =
                    (bytes(row, self.output.1), bytes(row.wrapping_add(1), self.output.1));
                below = below.max(behind.wrapping_sub(bytes(first, self.input.1)));
                above = above.max(bytes(end, self.input.1).wrapping_sub(start));
            }
        }
        (below, above)
    }
}

/// The memory of a sweep, handed out strip by strip.
pub struct Strips<'s> {
    sweep: Sweep,
    memory: Memory<'s>,
    /// The rows that are still to be computed.
    left: Range<usize>,
    /// How many threads may share them.
    #[cfg_attr(not(feature = "std"), expect(dead_code, reason = "there are no threads"))]
    threads: usize,
}

enum Memory<'s> {
    Apart(&'s [u8], &'s mut [u8]),
    Joined(Joined<'s>),
}

/// An input and an output that overlap.
struct Joined<'s> {
    bytes: &'s mut [u8],
    /// Where each begins in the bytes.
    input: usize,
    output: usize,
    /// Whether the rows are written from the first to the last.
    upward: bool,
}

impl<'s> Strips<'s> {
    /// Of an input and an output that do not overlap: one strip.
    #[must_use]
    pub fn apart(sweep: Sweep, input: &'s [u8], output: &'s mut [u8]) -> Self {
        Self { sweep, memory: Memory::Apart(input, output), left: 0..sweep.rows(), threads: 1 }
    }

    /// Of an input that begins at `input` of `bytes` and an output that begins at `output`; `None` when the
    /// output would run over rows that are still needed.
    #[must_use]
    pub fn joined(sweep: Sweep, bytes: &'s mut [u8], input: usize, output: usize) -> Option<Self> {
        let ahead = input.wrapping_sub(output).cast_signed();
        let (below, above) = sweep.gaps();
        let upward = ahead >= below;
        if !upward && ahead.wrapping_neg() < above {
            return None;
        }
        let memory = Memory::Joined(Joined { bytes, input, output, upward });
        Some(Self { sweep, memory, left: 0..sweep.rows(), threads: 1 })
    }

    /// The same, computed by up to so many threads.
    #[must_use]
    pub(crate) const fn on(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// Computes all rows: `f` is given strip after strip, or on several threads some rows each.
    #[inline(always)]
    pub fn each(mut self, f: impl Fn(Strip<'_>) + Sync) {
        #[cfg(feature = "std")]
        if self.threads > 1 {
            return self.share(&f);
        }
        while let Some(strip) = self.strip() {
            f(strip);
        }
    }

    /// The next rows; `None` after the last.
    fn strip(&mut self) -> Option<Strip<'_>> {
        if self.left.is_empty() {
            return None;
        }
        match &mut self.memory {
            Memory::Apart(input, output) => {
                let rows = Rows { range: core::mem::take(&mut self.left), skipped: 0 };
                Some(Strip { rows, input, output })
            }
            Memory::Joined(memory) => match memory.upward {
                true => memory.up(&self.sweep, &mut self.left),
                false => memory.down(&self.sweep, &mut self.left),
            },
        }
    }
}

/// Fewer bytes of output are not worth a thread.
#[cfg(feature = "std")]
const SHARE: usize = 4096;

#[cfg(feature = "std")]
impl Strips<'_> {
    /// Computes all rows on several threads, as far as they are worth it and lie apart.
    fn share(mut self, f: &(dyn Fn(Strip<'_>) + Sync)) {
        if let Memory::Apart(input, output) = &mut self.memory {
            let threads = self.threads.min(output.len() / SHARE).min(self.left.len()).max(1);
            let (input, mut rest): (&[u8], &mut [u8]) = (input, output);
            std::thread::scope(|scope| {
                let mut from = 0;
                for part in 1..=threads {
                    let to = self.left.len() * part / threads;
                    let bytes = (to - from).wrapping_mul(self.sweep.output.1);
                    let Some((output, behind)) = rest.split_at_mut_checked(bytes) else { return };
                    let rows = Rows { range: from..to, skipped: 0 };
                    let strip = Strip { rows, input, output };
                    if part == threads {
                        f(strip);
                    } else {
                        scope.spawn(move || f(strip));
                    }
                    (from, rest) = (to, behind);
                }
            });
            return;
        }
        while let Some(strip) = self.strip() {
            f(strip);
        }
    }
}

impl Joined<'_> {
    /// The next rows from the first on: as many as fit before the input rows that they need.
    fn up(&mut self, sweep: &Sweep, left: &mut Range<usize>) -> Option<Strip<'_>> {
        let (each_in, each_out) = (sweep.input.1, sweep.output.1);
        let from = left.start;
        let skipped = sweep.needs(from).0;
        let cut = self.input.wrapping_add(skipped.wrapping_mul(each_in));
        let to = cut.checked_sub(self.output)?.checked_div(each_out).unwrap_or(usize::MAX);
        let to = to.min(left.end);
        left.start = to;
        let (low, high) = self.bytes.split_at_mut_checked(cut)?;
        let start = self.output.wrapping_add(from.wrapping_mul(each_out));
        let end = self.output.wrapping_add(to.wrapping_mul(each_out));
        let rows = Rows { range: from..to, skipped };
        Some(Strip { rows, input: high, output: low.get_mut(start..end)? })
    }

    /// The next rows from the last on: as many as fit behind the input rows that they need.
    fn down(&mut self, sweep: &Sweep, left: &mut Range<usize>) -> Option<Strip<'_>> {
        let (each_in, each_out) = (sweep.input.1, sweep.output.1);
        let to = left.end;
        let needed = sweep.needs(to.wrapping_sub(1)).1;
        let cut = self.input.wrapping_add(needed.wrapping_mul(each_in));
        let before = cut.saturating_sub(self.output).saturating_add(each_out).saturating_sub(1);
        let from = before.checked_div(each_out).unwrap_or(0).max(left.start);
        left.end = from;
        let (low, high) = self.bytes.split_at_mut_checked(cut)?;
        let at = |row: usize| self.output.wrapping_add(row.wrapping_mul(each_out)).checked_sub(cut);
        let output = high.get_mut(at(from)?..at(to)?)?;
        Some(Strip {
            rows: Rows { range: from..to, skipped: 0 },
            input: low.get(self.input..)?,
            output,
        })
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::{Strip, Strips, Sweep};
    use std::vec;
    use std::vec::Vec;

    /// Numbers that look random, below `n`.
    fn numbers(mut seed: u32) -> impl FnMut(usize) -> usize {
        move |n| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) as usize % n
        }
    }

    fn any(next: &mut impl FnMut(usize) -> usize) -> Sweep {
        let (input, reach, stride) = (next(7) + 1, next(5) + 1, next(4) + 1);
        let pad = next(reach);
        let output = ((input + stride).saturating_sub(reach) + next(3) * pad) / stride;
        let (a, b) = (next(4) + 1, next(4) + 1);
        Sweep {
            batches: next(3) + 1,
            input: (input, a),
            output: (output + 1, b),
            stride,
            pad,
            reach,
        }
    }

    /// The needs of every row one by one, as the definition has them.
    fn window(s: &Sweep, row: usize) -> Vec<usize> {
        let (batch, y) = (row / s.output.0, row % s.output.0);
        let taps = (0..s.reach).filter_map(|t| (y * s.stride + t).checked_sub(s.pad));
        taps.filter(|&i| i < s.input.0).map(|i| batch * s.input.0 + i).collect()
    }

    #[test]
    fn gaps_hold_for_every_row() {
        let mut next = numbers(1);
        for _ in 0..3000 {
            let s = any(&mut next);
            let at = |row: usize, each: usize| (row * each) as isize;
            let below = (0..s.rows()).map(|r| at(r + 1, s.output.1) - at(s.needs(r).0, s.input.1));
            let (gap_below, gap_above) = s.gaps();
            assert_eq!(Some(gap_below), below.max(), "{s:?}");
            let above = (0..s.rows()).map(|r| at(s.needs(r).1, s.input.1) - at(r, s.output.1));
            assert_eq!(Some(gap_above), above.max(), "{s:?}");
            for row in 0..s.rows() {
                let (first, end) = s.needs(row);
                assert!(window(&s, row).iter().all(|i| (first..end).contains(i)), "{s:?} {row}");
            }
        }
    }

    /// Each byte of an output row: its place in the row plus the bytes of its window.
    fn run(s: &Sweep, strips: Strips<'_>) {
        strips.each(|Strip { rows, input, output }| {
            assert_eq!(output.len(), rows.range.len() * s.output.1);
            for (row, to) in rows.range.zip(output.chunks_mut(s.output.1)) {
                let read = |i: usize| &input[(i - rows.skipped) * s.input.1..][..s.input.1];
                let bytes = window(s, row).into_iter().flat_map(read);
                let sum = bytes.fold(0u8, |sum, &b| sum.wrapping_mul(3).wrapping_add(b));
                to.iter_mut().zip(0u8..).for_each(|(to, i)| *to = sum.wrapping_add(i));
            }
        });
    }

    #[test]
    fn overlapping_rows_are_what_disjoint_ones_are() {
        let mut next = numbers(2);
        for _ in 0..2000 {
            let s = any(&mut next);
            let (a, b) = (s.batches * s.input.0 * s.input.1, s.rows() * s.output.1);
            let input: Vec<u8> = (0..a).map(|_| next(256) as u8).collect();
            let mut want = vec![0; b];
            run(&s, Strips::apart(s, &input, &mut want));
            let mut shared = vec![0; b];
            run(&s, Strips::apart(s, &input, &mut shared).on(3));
            assert_eq!(shared, want);
            let (below, above) = s.gaps();
            for ahead in -(a as isize) - 2..=b as isize + 2 {
                let (from, to) = (ahead.max(0) as usize, (-ahead).max(0) as usize);
                let mut memory = vec![0xa5; (from + a).max(to + b)];
                memory[from..from + a].copy_from_slice(&input);
                let legal = ahead >= below || -ahead >= above;
                match Strips::joined(s, &mut memory, from, to) {
                    None => assert!(!legal),
                    Some(strips) => {
                        assert!(legal);
                        run(&s, strips);
                        assert_eq!(&memory[to..to + b], want, "{s:?} {ahead}");
                    }
                }
            }
        }
    }
}
