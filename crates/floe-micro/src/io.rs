//! [`Io`]: the memory of one operator's operands, and how slices are cut out of it.
//!
//! Invariant: what is written is disjoint from everything else that is asked for.

use crate::error::{Fault, Kind, Operand};
use crate::op::Slices;
use crate::sweep::{Strips, Sweep};
use Operand::Out;

/// Where a tensor's bytes are.
#[derive(Clone, Copy)]
pub(crate) enum Span<'a> {
    File(&'a [u8]),
    Low(usize, usize),
    Heap(usize, usize),
}

/// The memory of `I` operands that are read and `O` that are written.
pub struct Io<'s, const I: usize, const O: usize> {
    pub(crate) ins: [Span<'s>; I],
    pub(crate) outs: [(usize, usize); O],
    pub(crate) low: &'s [u8],
    pub(crate) heap: &'s mut [u8],
    pub(crate) threads: usize,
}

impl<'s, const I: usize, const O: usize> Io<'s, I, O> {
    /// What is read, and what is written. Once: the memory is gone then.
    ///
    /// # Errors
    /// [`Kind::Contract`] when what is written overlaps anything else.
    #[inline(never)]
    pub fn slices(&mut self) -> Result<Slices<'s, I, O>, Fault> {
        let mut writes: [&mut [u8]; O] = core::array::from_fn(|_| &mut [][..]);
        let mut gaps: [(usize, &[u8]); O] = [(0, &[]); O];
        let heap = core::mem::take(&mut self.heap);
        let rest = part(heap, &self.outs, &mut writes, &mut gaps)
            .ok_or(Kind::Contract.at(Operand::None))?;
        let mut reads: [&[u8]; I] = [&[]; I];
        for (read, span) in reads.iter_mut().zip(&self.ins) {
            *read =
                resolve(*span, self.low, &gaps, rest).ok_or(Kind::Contract.at(Operand::None))?;
        }
        Ok((reads, writes))
    }

    /// The same for a kernel that sweeps from the first that is read to the first that is written: these two
    /// come as [`Strips`], because they may overlap, and are left empty in the slices.
    ///
    /// # Errors
    /// As [`slices`](Self::slices).
    pub fn sweep(&mut self, sweep: Sweep) -> Result<(Strips<'s>, Slices<'s, I, O>), Fault> {
        let threads = self.threads;
        let overlap = match (self.ins.first_mut(), self.outs.first_mut()) {
            (Some(input @ &mut Span::Heap(start, end)), Some(out))
                if start < out.1 && out.0 < end =>
            {
                let (first, at) = (start.min(out.0), out.0);
                *out = (first, end.max(out.1));
                *input = Span::File(&[]);
                Some((start.wrapping_sub(first), at.wrapping_sub(first)))
            }
            _ => None,
        };
        let (mut reads, mut writes) = self.slices()?;
        let input = reads.first_mut().map(core::mem::take).unwrap_or_default();
        let output = writes.first_mut().map(core::mem::take).unwrap_or_default();
        let strips = match overlap {
            Some((from, to)) => Strips::joined(sweep, output, from, to),
            None => Some(Strips::apart(sweep, input, output)),
        };
        let strips = strips.ok_or(Kind::Contract.at(Out(0)))?;
        Ok((strips.on(threads), (reads, writes)))
    }
}

/// Cuts the ranges `outs` out of `heap`: each into its place in `writes`, what lies before it into
/// `gaps` with its start. Gives what is left behind the last. `None` when ranges overlap.
fn part<'s>(
    heap: &'s mut [u8],
    outs: &[(usize, usize)],
    writes: &mut [&'s mut [u8]],
    gaps: &mut [(usize, &'s [u8])],
) -> Option<(usize, &'s [u8])> {
    let mut rest = heap;
    let mut at = 0usize;
    let mut before = None;
    for gap in gaps.iter_mut() {
        // The next range by start, then by number; empty ones are nowhere.
        let next = outs
            .iter()
            .enumerate()
            .filter(|&(i, &(start, end))| start != end && before.is_none_or(|b| (start, i) > b))
            .min_by_key(|&(i, &(start, _))| (start, i));
        let Some((i, &(start, end))) = next else { break };
        before = Some((start, i));
        let (head, tail) = rest.split_at_mut_checked(start.checked_sub(at)?)?;
        let (own, tail) = tail.split_at_mut_checked(end.checked_sub(start)?)?;
        *gap = (at, head);
        *writes.get_mut(i)? = own;
        rest = tail;
        at = end;
    }
    Some((at, rest))
}

/// The bytes of `span`, which must lie in the tables or in one gap.
fn resolve<'s>(
    span: Span<'s>,
    low: &'s [u8],
    gaps: &[(usize, &'s [u8])],
    rest: (usize, &'s [u8]),
) -> Option<&'s [u8]> {
    match span {
        Span::File(bytes) => Some(bytes),
        Span::Low(start, end) => low.get(start..end),
        Span::Heap(start, end) if start == end => Some(&[]),
        Span::Heap(start, end) => gaps
            .iter()
            .chain([&rest])
            .find_map(|&(at, gap)| gap.get(start.checked_sub(at)?..end.checked_sub(at)?)),
    }
}
