//! [`Compiled`]: what a plan becomes as a [`Program`].
//!
//! Invariant: a model is compiled only when nothing about it is left to the run: no subgraphs, no state, no shape
//! that depends on data, and only ops that are tasks.

use super::Interpreter;
use crate::error::Result;
use crate::io::Span;
use crate::op::{Layout, Op};
use crate::program::{Program, Range, Read, Runner, Slot, Step, part};
use crate::tables::{Choice, Entry, narrow};
use crate::task::Task;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Where an operand lies that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Bytes of the model's file.
    File(Range),
    /// Bytes of the arena.
    Arena(Range),
}

/// An operator, and where its operands lie.
pub struct CompiledStep {
    /// What it does.
    pub task: Box<dyn Task>,
    /// The same as a Rust expression, in the terms of [`tasks`](crate::program::tasks).
    pub text: String,
    /// What it reads.
    pub reads: Vec<Source>,
    /// What it writes.
    pub writes: Vec<Range>,
}

impl fmt::Debug for CompiledStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?} to {:?}", self.text, self.reads, self.writes)
    }
}

/// A model of which everything is known ahead.
#[derive(Debug)]
pub struct Compiled {
    /// Bytes of arena, exactly.
    pub arena: usize,
    /// The operators in the order in which they run.
    pub steps: Vec<CompiledStep>,
    /// The model's inputs.
    pub inputs: Vec<Slot>,
    /// The model's outputs.
    pub outputs: Vec<Slot>,
}

impl Compiled {
    /// Runs it in `arena`: `f` is given the runner. `file` is the model's.
    pub fn run_in<T>(
        &self,
        file: &[u8],
        arena: &mut [u8],
        f: impl FnOnce(&mut Runner<'_>) -> T,
    ) -> T {
        let read = |source: &Source| match *source {
            Source::File((start, end)) => {
                Read::File(part(file, start as usize, end.wrapping_sub(start) as usize))
            }
            Source::Arena(range) => Read::Arena(range),
        };
        let reads: Vec<Vec<_>> =
            self.steps.iter().map(|step| step.reads.iter().map(read).collect()).collect();
        let steps = self.steps.iter().zip(&reads);
        let steps =
            steps.map(|(step, reads)| Step { task: &*step.task, reads, writes: &step.writes });
        let steps: Vec<_> = steps.collect();
        let program = Program { steps: &steps, inputs: &self.inputs, outputs: &self.outputs };
        f(&mut Runner::new(&program, arena))
    }
}

impl<'a> Interpreter<'a> {
    /// The model in `file` as the constants of a [`Program`]; `None` when something about it is only known when it
    /// runs, or an op of it is not a task.
    ///
    /// # Errors
    /// None after a successful plan.
    pub fn compile(&mut self, file: &[u8]) -> Result<Option<Compiled>> {
        if self.plan.state != self.plan.heap || self.plan.resources != 0 {
            return Ok(None);
        }
        self.rewind()?;
        let mut steps = Vec::new();
        while self.frame.op < self.graph.operator_count() {
            let at = Entry::operator(self.arena, self.frame.graph, self.frame.op);
            let choice = at.choice(self.arena);
            if !choice.has(Choice::KNOWN) {
                let Some(step) = self.compile_step(choice, file)? else { return Ok(None) };
                steps.push(step);
            }
            self.frame.op = self.frame.op.wrapping_add(1);
        }
        self.rewind()?;
        let (inputs, outputs) = (self.root()?.inputs(), self.root()?.outputs());
        let (inputs, outputs) = (self.slots(&inputs)?, self.slots(&outputs)?);
        let (Some(inputs), Some(outputs)) = (inputs, outputs) else { return Ok(None) };
        let ends = steps.iter().flat_map(CompiledStep::ends);
        let arena = ends.chain(inputs.iter().chain(&outputs).map(|s| s.at.1)).max().unwrap_or(0);
        Ok(Some(Compiled { arena: arena as usize, steps, inputs, outputs }))
    }

    fn compile_step(&mut self, choice: Choice, file: &[u8]) -> Result<Option<CompiledStep>> {
        let site = self.site()?;
        let kernel = self.ops.get(choice.op()).and_then(|o| o.kernels.get(choice.kernel()));
        let Some(make) = kernel.and_then(|kernel| kernel.make) else { return Ok(None) };
        if choice.has(Choice::DYNAMIC) {
            return Ok(None);
        }
        let heap = self.plan.heap;
        let layout = Layout { base: heap, state: heap, split: heap, resources: 0 };
        let (low, heap) = self.arena.split_at_mut_checked(heap).unwrap_or_default();
        let op = Op { site, layout, low, heap, planning: None };
        let (task, text, (reads, writes)) = make(&op).map_err(|f| site.error(f, 0))?;
        let (ins, outs) = op.places(reads, writes).map_err(|f| site.error(f, 0))?;
        let writes = outs.map(|(start, end)| (narrow(start), narrow(end)));
        let mut list = Vec::new();
        for span in ins {
            list.push(match span {
                Span::File([]) => Source::File((0, 0)),
                Span::File(bytes) => {
                    let start = bytes.as_ptr().addr().wrapping_sub(file.as_ptr().addr());
                    Source::File((narrow(start), narrow(start.wrapping_add(bytes.len()))))
                }
                Span::Heap(start, end) => Source::Arena((narrow(start), narrow(end))),
                // Among the tables, which a program does not have.
                Span::Low(..) => return Ok(None),
            });
        }
        while list.last() == Some(&Source::File((0, 0))) {
            list.pop();
        }
        let used = writes.iter().rposition(|&(start, end)| start != end).map_or(0, |last| last + 1);
        let writes = writes.into_iter().take(used).collect();
        Ok(Some(CompiledStep { task, text, reads: list, writes }))
    }

    /// Inputs or outputs that lie in the frame; `None` when one does not.
    fn slots(&self, list: &floe_graph::LeSlice<'a, i32>) -> Result<Option<Vec<Slot>>> {
        let mut slots = Vec::new();
        for i in 0..list.len() {
            let index = self.port(list, i)?;
            let range = self.range_of(index)?;
            let heap = self.plan.heap;
            let Some(range) = range.filter(|range| range.start >= heap) else { return Ok(None) };
            let at = (narrow(range.start - heap), narrow(range.end - heap));
            slots.push(Slot { dtype: self.dtype_of(index)?, at });
        }
        Ok(Some(slots))
    }
}

impl CompiledStep {
    /// Where its operands in the arena end.
    fn ends(&self) -> impl Iterator<Item = u32> {
        let reads = self.reads.iter().filter_map(|read| match read {
            Source::Arena(range) => Some(range.1),
            Source::File(_) => None,
        });
        reads.chain(self.writes.iter().map(|range| range.1))
    }
}
