//! What `eval` uses: the bytes of tensors, scratch memory and state, cut out of the arena.
//!
//! Invariant: what is written is disjoint from everything else that is asked for in the same call.

use super::{Done, Op, Slices, Span};
use crate::data::{Scalar, View, copy};
use crate::error::{Fault, Kind, Operand};
use crate::sweep::{Strips, Sweep};
use crate::tables::{self, Place};
use Operand::{In, Out, Scratch, State};

/// Where what is read and what is written lies.
type Spans<'a, const I: usize, const O: usize> = ([Span<'a>; I], [(usize, usize); O]);

/// What `eval` uses.
impl<'a> Op<'a> {
    /// The bytes of `inputs`, to read (an absent one is empty), and of `outputs`, to write: outputs,
    /// variable inputs, [`Scratch`], [`State`]. Nothing that is written may overlap anything else that
    /// is asked for.
    ///
    /// # Errors
    /// [`Kind::Contract`] when they overlap, or while planning.
    #[inline]
    pub fn io<const I: usize, const O: usize>(
        &mut self,
        inputs: [Operand; I],
        outputs: [Operand; O],
    ) -> Result<Slices<'_, I, O>, Fault> {
        let (ins, outs) = self.spans(&inputs, &outputs)?;
        self.slices(ins, outs)
    }

    /// As [`io`](Self::io) for a kernel that sweeps from input 0, the first of `inputs`, to output 0, the first
    /// of `outputs`: these two come as [`Strips`], because they may overlap, and are left empty in the slices.
    ///
    /// # Errors
    /// As [`io`](Self::io).
    pub fn sweep<const I: usize, const O: usize>(
        &mut self,
        sweep: Sweep,
        inputs: [Operand; I],
        outputs: [Operand; O],
    ) -> Result<(Strips<'_>, Slices<'_, I, O>), Fault> {
        let threads = self.site.threads;
        let (mut ins, mut outs) = self.spans(&inputs, &outputs)?;
        let overlap = match (ins.first_mut(), outs.first_mut()) {
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
        let (mut reads, mut writes) = self.slices(ins, outs)?;
        let input = reads.first_mut().map(core::mem::take).unwrap_or_default();
        let output = writes.first_mut().map(core::mem::take).unwrap_or_default();
        let strips = match overlap {
            Some((from, to)) => Strips::joined(sweep, output, from, to),
            None => Some(Strips::apart(sweep, input, output)),
        };
        let strips = strips.ok_or(Kind::Contract.at(Out(0)))?;
        Ok((strips.on(threads), (reads, writes)))
    }

    /// Where operands lie.
    fn spans<const I: usize, const O: usize>(
        &self,
        inputs: &[Operand; I],
        outputs: &[Operand; O],
    ) -> Result<Spans<'a, I, O>, Fault> {
        let mut ins = [Span::File(&[]); I];
        for (span, &operand) in ins.iter_mut().zip(inputs) {
            *span = self.input_span(operand)?;
        }
        let mut outs = [(0, 0); O];
        for (range, &operand) in outs.iter_mut().zip(outputs) {
            *range = self.output_range(operand)?;
        }
        Ok((ins, outs))
    }

    /// The slices of what lies there.
    fn slices<const I: usize, const O: usize>(
        &mut self,
        ins: [Span<'a>; I],
        outs: [(usize, usize); O],
    ) -> Result<Slices<'_, I, O>, Fault> {
        let mut writes: [&mut [u8]; O] = core::array::from_fn(|_| &mut [][..]);
        let mut gaps: [(usize, &[u8]); O] = [(0, &[]); O];
        let rest = part(self.heap, &outs, &mut writes, &mut gaps)
            .ok_or(Kind::Contract.at(Operand::None))?;
        let low: &[u8] = self.low;
        let mut reads: [&[u8]; I] = [&[]; I];
        for (read, span) in reads.iter_mut().zip(ins) {
            *read = resolve(span, low, &gaps, rest).ok_or(Kind::Contract.at(Operand::None))?;
        }
        Ok((reads, writes))
    }

    fn input_span(&self, operand: Operand) -> Result<Span<'a>, Fault> {
        match self.tensor_index(operand) {
            Some(index) => self.span(operand, index),
            None if matches!(operand, Scratch | State | Operand::Resource(_)) => {
                let (start, end) = self.output_range(operand)?;
                Ok(Span::Heap(start, end))
            }
            None => Ok(Span::File(&[])),
        }
    }

    fn output_range(&self, operand: Operand) -> Result<(usize, usize), Fault> {
        if let Operand::Resource(i) = operand {
            let record = self.resource(In(i))?;
            let field = |at: usize| tables::word(self.low, record.wrapping_add(at)) as usize;
            let start = self.layout.state.wrapping_add(field(tables::RESOURCE_STATE));
            let start = start.wrapping_sub(self.layout.split);
            return Ok((start, start.wrapping_add(field(tables::RESOURCE_BYTES))));
        }
        let base = match operand {
            Scratch => Some((tables::SCRATCH, self.layout.base)),
            State => Some((tables::STATE, self.layout.state)),
            _ => None,
        };
        if let Some((which, base)) = base {
            let (offset, bytes) = self.memory(which);
            let start = base.wrapping_add(offset).wrapping_sub(self.layout.split);
            return Ok(if bytes == 0 { (0, 0) } else { (start, start.wrapping_add(bytes)) });
        }
        match self.span(operand, self.required(operand)?)? {
            Span::Heap(start, end) => Ok((start, end)),
            Span::Low(start, end) if start >= self.layout.split => {
                Ok((start.wrapping_sub(self.layout.split), end.wrapping_sub(self.layout.split)))
            }
            Span::File([]) => Ok((0, 0)),
            _ => Err(Kind::Contract.at(operand)),
        }
    }

    /// Whether output 0 lies where input 0 does, which a kernel allows by
    /// [`Kernel::in_place`](crate::Kernel::in_place).
    #[must_use]
    pub fn in_place(&self) -> bool {
        self.in_place_of(1).is_some()
    }

    /// The one of the first `inputs` inputs where output 0 lies, which a kernel allows by
    /// [`Kernel::in_place_of`](crate::Kernel::in_place_of).
    #[must_use]
    pub fn in_place_of(&self, inputs: u16) -> Option<u16> {
        let own = self.place_of(Out(0));
        let here = |&i: &u16| self.place_of(In(i)) == own;
        (0..inputs).filter(|_| matches!(own, Place::Frame(_))).find(here)
    }

    /// The numbers of one input, copied nowhere.
    ///
    /// # Errors
    /// As [`io`](Self::io).
    pub fn read<T: Scalar>(&self, operand: Operand) -> Result<View<'_, T>, Fault> {
        self.known(operand).map(View::new)
    }

    /// Copies the input's bytes to the output, as far as both go; nothing when they are the same.
    ///
    /// # Errors
    /// As [`io`](Self::io).
    pub fn copy(&mut self, from: Operand, to: Operand) -> Done {
        if (from, to) == (In(0), Out(0)) && self.in_place() {
            return Ok(());
        }
        let ([from], [to]) = self.io([from], [to])?;
        copy(to, from);
        Ok(())
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
