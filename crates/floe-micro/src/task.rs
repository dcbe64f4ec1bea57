//! [`Task`]: what an operator does once everything about it is worked out: its sizes, its numbers, no file.
//!
//! The interpreter makes the task of an operator anew for each run; a [`Program`](crate::Program) has all of them
//! in flash, made where the program was compiled. Invariant: both run the same code.

use crate::error::{Fault, Operand};
use crate::io::Io;
use crate::kernel::Kernel;
use crate::op::{Done, Op};
use core::fmt::Debug;

/// The most operands that a task reads, and that it writes.
pub const READS: usize = 4;
/// See [`READS`].
pub const WRITES: usize = 2;

/// The memory that a task runs in.
pub type Memory<'s> = Io<'s, READS, WRITES>;

/// The operands that a task reads and writes, in order; [`Operand::None`] where there is none.
pub type Operands = ([Operand; READS], [Operand; WRITES]);

/// The operands of a task that reads one and writes output 0.
pub(crate) const fn one_to_one(input: Operand) -> Operands {
    let none = Operand::None;
    ([input, none, none, none], [Operand::Out(0), none])
}

/// An operator about which everything is known.
pub trait Task: Sync {
    /// Runs it.
    ///
    /// # Errors
    /// What the data makes impossible; [`Kind::Contract`](crate::Kind::Contract) for memory that overlaps.
    fn run(&self, memory: Memory<'_>) -> Done;
}

/// How an operator of a model becomes a task, whose `Debug` text is the Rust expression that makes it.
pub(crate) trait Prepare: Task + Debug + Sized + 'static {
    /// The task of an operator that was prepared.
    fn of(op: &Op<'_>) -> Result<Self, Fault>;

    /// What it reads and writes.
    fn operands(&self) -> Operands;
}

/// Makes the task and runs it.
fn eval<T: Prepare>(op: &mut Op<'_>) -> Done {
    let task = T::of(op)?;
    let (reads, writes) = task.operands();
    task.run(op.memory_of(reads, writes)?)
}

/// A task, its text, and what it reads and writes.
#[cfg(feature = "alloc")]
pub(crate) type Made = (alloc::boxed::Box<dyn Task>, alloc::string::String, Operands);

/// Makes the task of an operator that was prepared.
#[cfg(feature = "alloc")]
pub(crate) type Make = fn(&Op<'_>) -> Result<Made, Fault>;

#[cfg(feature = "alloc")]
fn make<T: Prepare>(op: &Op<'_>) -> Result<Made, Fault> {
    let task = T::of(op)?;
    let (text, operands) = (alloc::format!("{task:?}"), task.operands());
    Ok((alloc::boxed::Box::new(task), text, operands))
}

impl Kernel {
    /// A kernel whose operators are tasks.
    #[must_use]
    pub(crate) const fn task<T: Prepare>(prepare: fn(&mut Op<'_>) -> Done) -> Self {
        Self {
            #[cfg(feature = "alloc")]
            make: Some(make::<T>),
            ..Self::new(prepare, eval::<T>)
        }
    }
}
