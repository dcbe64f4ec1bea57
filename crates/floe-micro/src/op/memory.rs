//! What `eval` uses: the bytes of tensors, scratch memory and state, cut out of the arena.
//!
//! Invariant: what is written is disjoint from everything else that is asked for in the same call.

use super::{Done, Op, Slices};
use crate::data::{Scalar, View, copy};
use crate::error::{Fault, Kind, Operand};
use crate::io::{Io, Span};
use crate::sweep::{Strips, Sweep};
use crate::tables::{self, Place};
use Operand::{In, Out, Scales, Scratch, State};

/// Where what is read and what is written lies.
type Places<'a, const I: usize, const O: usize> = ([Span<'a>; I], [(usize, usize); O]);

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
        self.memory_of(inputs, outputs)?.slices()
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
        self.memory_of(inputs, outputs)?.sweep(sweep)
    }

    /// The memory of operands, of which nothing is cut out yet.
    #[inline]
    pub(crate) fn memory_of<const I: usize, const O: usize>(
        &mut self,
        inputs: [Operand; I],
        outputs: [Operand; O],
    ) -> Result<Io<'_, I, O>, Fault> {
        let (ins, outs) = self.places(inputs, outputs)?;
        Ok(Io { ins, outs, low: self.low, heap: self.heap, threads: self.site.threads })
    }

    /// Where operands lie.
    pub(crate) fn places<const I: usize, const O: usize>(
        &self,
        inputs: [Operand; I],
        outputs: [Operand; O],
    ) -> Result<Places<'a, I, O>, Fault> {
        let mut ins = [Span::File(&[]); I];
        for (span, &operand) in ins.iter_mut().zip(&inputs) {
            *span = self.input_span(operand)?;
        }
        let mut outs = [(0, 0); O];
        for (range, &operand) in outs.iter_mut().zip(&outputs) {
            *range = self.output_range(operand)?;
        }
        Ok((ins, outs))
    }

    fn input_span(&self, operand: Operand) -> Result<Span<'a>, Fault> {
        match self.tensor_index(operand) {
            Some(index) => self.span(operand, index),
            None if matches!(operand, Scratch | State | Operand::Resource(_)) => {
                let (start, end) = self.output_range(operand)?;
                Ok(Span::Heap(start, end))
            }
            None => match operand {
                Scales(i) => Ok(Span::File(self.quant(In(i))?.scales.as_bytes())),
                _ => Ok(Span::File(&[])),
            },
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
            Operand::None => return Ok((0, 0)),
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
