//! [`Program`]: a model that was planned where it was compiled, and [`Runner`], which runs it.
//!
//! The interpreter plans a file on the chip. When the model is known where the firmware is built, that has been
//! done there: a program is the list of the operators as [`Task`]s, with the places of their operands in the arena,
//! as constants in flash. Neither the reader of files nor the planner is linked, and there is nothing to do before
//! the first run. `floe_micro::model!` and `floe embed` write programs; nobody writes one by hand.
//!
//! Invariant: a runner computes what the interpreter does, by the same code.

use crate::data::{Scalar, View, ViewMut};
use crate::error::{Error, Kind, Result};
use crate::io::{Io, Span};
pub use crate::kernels::tasks;
use crate::task::{READS, Task, WRITES};
use floe_graph::DType;

/// A piece of the arena: its first byte, and the one behind its last.
pub type Range = (u32, u32);

/// Where an operand lies that is read.
#[derive(Clone, Copy, Debug)]
pub enum Read<'p> {
    /// In flash.
    File(&'p [u8]),
    /// In the arena.
    Arena(Range),
}

/// An operator, and where its operands lie.
#[derive(Clone, Copy)]
pub struct Step<'p> {
    /// What it does.
    pub task: &'p dyn Task,
    /// What it reads, at most [`READS`].
    pub reads: &'p [Read<'p>],
    /// What it writes, at most [`WRITES`].
    pub writes: &'p [Range],
}

/// An input or output.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// Its element type.
    pub dtype: DType,
    /// Where it lies.
    pub at: Range,
}

/// A model as constants.
#[derive(Clone, Copy)]
pub struct Program<'p> {
    /// The operators in the order in which they run.
    pub steps: &'p [Step<'p>],
    /// The model's inputs.
    pub inputs: &'p [Slot],
    /// The model's outputs.
    pub outputs: &'p [Slot],
}

/// The bytes of a file from `at` on; none when they are not there.
#[must_use]
pub const fn part(file: &[u8], at: usize, len: usize) -> &[u8] {
    if let Some((_, rest)) = file.split_at_checked(at)
        && let Some((part, _)) = rest.split_at_checked(len)
    {
        part
    } else {
        &[]
    }
}

/// A program in its arena.
pub struct Runner<'a> {
    program: &'a Program<'a>,
    arena: &'a mut [u8],
    next: usize,
}

impl<'a> Runner<'a> {
    /// The program in an arena of the bytes that it was planned for.
    #[must_use]
    pub const fn new(program: &'a Program<'a>, arena: &'a mut [u8]) -> Self {
        Self { program, arena, next: 0 }
    }

    /// The bytes of input `i`, to write. Running may overwrite them: write all inputs before each run.
    ///
    /// # Errors
    /// [`Kind::NoSuchIndex`]; [`Kind::Arena`] when the arena is too small.
    pub fn input_bytes(&mut self, i: usize) -> Result<&mut [u8]> {
        let slot = slot(self.program.inputs, i)?;
        let (start, end) = bounds(slot.at);
        self.arena.get_mut(start..end).ok_or(Error::new(Kind::Arena, end))
    }

    /// The numbers of input `i`, to write; see [`input_bytes`](Self::input_bytes).
    ///
    /// # Errors
    /// As [`input_bytes`](Self::input_bytes); [`Kind::Type`] when its elements are not `T`.
    pub fn input<T: Scalar>(&mut self, i: usize) -> Result<ViewMut<'_, T>> {
        of_type::<T>(slot(self.program.inputs, i)?, i)?;
        self.input_bytes(i).map(ViewMut::new)
    }

    /// The bytes of output `i`, as the last run left them.
    ///
    /// # Errors
    /// As [`input_bytes`](Self::input_bytes).
    pub fn output_bytes(&self, i: usize) -> Result<&[u8]> {
        let slot = slot(self.program.outputs, i)?;
        let (start, end) = bounds(slot.at);
        self.arena.get(start..end).ok_or(Error::new(Kind::Arena, end))
    }

    /// The numbers of output `i`, as the last run left them.
    ///
    /// # Errors
    /// As [`input`](Self::input).
    pub fn output<T: Scalar>(&self, i: usize) -> Result<View<'_, T>> {
        of_type::<T>(slot(self.program.outputs, i)?, i)?;
        self.output_bytes(i).map(View::new)
    }

    /// Runs the model once.
    ///
    /// # Errors
    /// For data that an op refuses.
    pub fn invoke(&mut self) -> Result<()> {
        self.next = 0;
        while self.step()? {}
        Ok(())
    }

    /// Runs the next operator, for schedulers that share the processor. False after the last one, and the next
    /// step begins anew.
    ///
    /// # Errors
    /// As [`invoke`](Self::invoke).
    pub fn step(&mut self) -> Result<bool> {
        let Some(step) = self.program.steps.get(self.next) else {
            self.next = 0;
            return Ok(false);
        };
        let mut ins = [Span::File(&[]); READS];
        for (span, read) in ins.iter_mut().zip(step.reads) {
            *span = match *read {
                Read::File(bytes) => Span::File(bytes),
                Read::Arena(range) => {
                    let (start, end) = bounds(range);
                    Span::Heap(start, end)
                }
            };
        }
        let mut outs = [(0, 0); WRITES];
        for (out, range) in outs.iter_mut().zip(step.writes) {
            *out = bounds(*range);
        }
        let memory = Io { ins, outs, low: &[], heap: self.arena, threads: 1 };
        step.task
            .run(memory)
            .map_err(|fault| Error::new(fault.kind, usize::MAX).of(0, self.next))?;
        self.next = self.next.wrapping_add(1);
        Ok(true)
    }
}

const fn bounds((start, end): Range) -> (usize, usize) {
    (start as usize, end as usize)
}

fn slot(slots: &[Slot], i: usize) -> Result<&Slot> {
    slots.get(i).ok_or(Error::new(Kind::NoSuchIndex, i))
}

fn of_type<T: Scalar>(slot: &Slot, i: usize) -> Result<()> {
    if slot.dtype == T::DTYPE { Ok(()) } else { Err(Error::new(Kind::Type, i)) }
}
