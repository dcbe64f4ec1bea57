//! Running: operator by operator, subgraphs by a stack in the arena.
//!
//! Invariant: the machine's own stack stays as it is, however deep subgraphs are nested.

use super::{Interpreter, Probe, Span};
use crate::error::{Error, Kind, Operand, Result};
use crate::kernel::{Callee, Control, Flow, Run, Subgraphs, Turn};
use crate::op::{Layout, Op, Site};
use crate::plan::{FRAME, Frame, indices};
use crate::tables::{self, Choice, Entry, Place, narrow, word};
use Operand::Out;
use floe_tflite::Subgraph;

impl<'a> Interpreter<'a> {
    /// Runs the model once.
    ///
    /// # Errors
    /// [`Kind::Grow`] when a tensor whose size depends on data needs more than was planned for;
    /// [`Kind::Value`] for data that an op refuses.
    pub fn invoke(&mut self) -> Result<()> {
        self.invoke_with(&mut ())
    }

    /// As [`invoke`](Self::invoke), with a probe.
    ///
    /// # Errors
    /// As [`invoke`](Self::invoke).
    pub fn invoke_with(&mut self, probe: &mut impl Probe) -> Result<()> {
        self.rewind()?;
        loop {
            let Frame { graph, op, .. } = self.frame;
            probe.before(graph, op);
            let more = self.step()?;
            probe.after(self, graph, op);
            if !more {
                return Ok(());
            }
        }
    }

    /// Goes back to the first operator, whatever was run so far.
    ///
    /// # Errors
    /// None after a successful plan.
    pub fn rewind(&mut self) -> Result<()> {
        self.graph = self.root()?;
        self.frame = Frame { graph: self.options.graph, base: self.plan.heap, ..Frame::default() };
        self.level = 0;
        Ok(())
    }

    /// Runs the next operator, for schedulers that share the processor. False after the last one, and
    /// the next step begins anew.
    ///
    /// # Errors
    /// As [`invoke`](Self::invoke).
    pub fn step(&mut self) -> Result<bool> {
        if self.frame.op >= self.graph.operator_count() {
            return self.leave();
        }
        let choice =
            Entry::operator(self.arena, self.frame.graph, self.frame.op).choice(self.arena);
        if !choice.has(Choice::KNOWN) {
            let flow = self.run(choice)?;
            if let Flow::Call(callee) = flow {
                let (control, subgraphs) = self.control(choice)?;
                return (subgraphs.call)(self, control, callee).map(|()| true);
            }
        }
        self.frame.op = self.frame.op.wrapping_add(1);
        self.frame.turn = 0;
        Ok(true)
    }

    pub(super) fn control(&self, choice: Choice) -> Result<(&'static Control, &'static Subgraphs)> {
        let kernel = self.ops.get(choice.op()).and_then(|o| o.kernels.get(choice.kernel()));
        match kernel.map(|k| k.run) {
            Some(Run::Control(control, subgraphs)) => Ok((control, subgraphs)),
            _ => Err(self.error(Kind::Contract, usize::MAX)),
        }
    }

    #[cold]
    fn error(&self, kind: Kind, at: usize) -> Error {
        Error::new(kind, at).of(self.frame.graph, self.frame.op)
    }

    pub(super) fn site(&self) -> Result<Site<'a>> {
        let operator = self.graph.operator(self.frame.op)?;
        Ok(Site {
            model: self.model,
            graph: self.graph,
            graph_index: self.frame.graph,
            index: self.frame.op,
            operator,
            options: operator.options(),
            inputs: operator.inputs(),
            outputs: operator.outputs(),
            numerics: self.options.numerics,
            threads: self.options.threads,
            caps: self.options.caps,
        })
    }

    /// Runs the kernel of the operator at hand.
    fn run(&mut self, choice: Choice) -> Result<Flow> {
        let site = self.site()?;
        let kernel = self.ops.get(choice.op()).and_then(|o| o.kernels.get(choice.kernel()));
        let kernel = kernel.ok_or(self.error(Kind::Contract, usize::MAX))?;
        let turn = Turn { number: self.frame.turn, ..self.turn };
        let split = self.plan.state;
        let resources = self.plan.resources;
        let layout = Layout { base: self.frame.base, state: split, split, resources };
        let parts = self.arena.split_at_mut_checked(split);
        let (low, heap) = parts.unwrap_or_default();
        let mut op = Op { site, layout, low, heap, planning: None };
        let outcome = if choice.has(Choice::DYNAMIC) && turn.number == 0 {
            (kernel.prepare)(&mut op)
        } else {
            Ok(())
        };
        let outcome = outcome.and_then(|()| match kernel.run {
            Run::Eval(eval) => eval(&mut op).map(|()| Flow::Done),
            Run::Control(control, _) => (control.step)(&mut op, turn),
        });
        outcome.map_err(|f| site.error(f, 0))
    }

    /// Begins the subgraph that the operator asks for.
    pub(crate) fn call(&mut self, control: &Control, number: usize) -> Result<()> {
        let callee = self.callee(control, number)?;
        let base = self.scratch().wrapping_add(self.frame.base);
        let view = self.model.subgraph(callee.graph)?;
        let site = self.site()?;
        for (i, index) in indices(&view.inputs()).enumerate() {
            let own = callee.arg(i).and_then(|arg| site.tensor_index(arg));
            let own = own.ok_or(self.error(Kind::Missing, usize::MAX))?;
            let from = (self.frame.graph, self.graph, own, self.frame.base);
            self.transfer(from, (callee.graph, view, index, base))?;
        }
        let slot = self.plan.frames.wrapping_add(self.level.wrapping_mul(FRAME));
        self.frame.turn = self.frame.turn.wrapping_add(1);
        let saved = Frame { turn: self.frame.turn << 8 | narrow(number) & 0xff, ..self.frame };
        saved.store(self.arena, slot);
        self.level = self.level.wrapping_add(1);
        self.frame = Frame { graph: callee.graph, base, ..Frame::default() };
        self.graph = view;
        Ok(())
    }

    fn callee(&mut self, control: &Control, number: usize) -> Result<Callee> {
        let site = self.site()?;
        let layout = Layout::default();
        let op = Op { site, layout, low: self.arena, heap: &mut [], planning: None };
        let callee = (control.callee)(&op, number).map_err(|f| site.error(f, 0))?;
        callee.ok_or(self.error(Kind::Contract, usize::MAX))
    }

    /// Where the operator's scratch memory begins in its frame.
    fn scratch(&self) -> usize {
        let entry = Entry::operator(self.arena, self.frame.graph, self.frame.op);
        match entry.record(self.arena) {
            0 => 0,
            record => word(self.arena, record) as usize,
        }
    }

    /// Ends a subgraph. False at the end of all.
    fn leave(&mut self) -> Result<bool> {
        let Some(level) = self.level.checked_sub(1) else {
            self.rewind()?;
            return Ok(false);
        };
        self.level = level;
        let slot = self.plan.frames.wrapping_add(level.wrapping_mul(FRAME));
        let caller = Frame::load(self.arena, slot);
        let choice = Entry::operator(self.arena, caller.graph, caller.op).choice(self.arena);
        let (_, subgraphs) = self.control(choice)?;
        (subgraphs.leave)(self, caller)?;
        Ok(true)
    }

    /// Goes back to the operator that asked for the subgraph, which gets its outputs.
    pub(crate) fn end_call(&mut self, caller: Frame) -> Result<()> {
        let (ended, view) = (self.frame, self.graph);
        self.frame = Frame { turn: caller.turn >> 8, ..caller };
        self.graph = self.model.subgraph(caller.graph)?;
        let number = (caller.turn & 0xff) as usize;
        let choice = Entry::operator(self.arena, caller.graph, caller.op).choice(self.arena);
        let (control, _) = self.control(choice)?;
        let callee = self.callee(control, number)?;
        let first = indices(&view.outputs()).next();
        let flag = match first {
            Some(index) => {
                self.read(ended.graph, &view, index, ended.base)?.first().is_some_and(|&b| b != 0)
            }
            None => false,
        };
        self.turn = Turn { number: self.frame.turn, last: number, flag };
        if callee.results {
            let site = self.site()?;
            for (i, index) in (0u16..).zip(indices(&view.outputs())) {
                let Some(own) = site.tensor_index(Out(i)) else { continue };
                let to = (self.frame.graph, self.graph, own, self.frame.base);
                self.transfer((ended.graph, view, index, ended.base), to)?;
            }
        }
        Ok(())
    }

    /// Copies one tensor's shape and bytes to another.
    fn transfer(&mut self, from: At<'a>, to: At<'a>) -> Result<()> {
        let (graph, view, index, base) = to;
        let entry = Entry::tensor(self.arena, graph, index);
        if matches!(entry.place(self.arena), Place::Known(_)) {
            return Ok(());
        }
        let shape = self.shape_in(from.0, &from.1, from.2)?;
        let from = self.span(from.0, &from.1, from.2, from.3)?;
        let record = entry.record(self.arena);
        if entry.is_dynamic(self.arena) {
            if from.len() > word(self.arena, record) as usize {
                return Err(Error { graph: graph.min(255) as u8, ..Error::new(Kind::Grow, index) });
            }
            tables::write_shape(self.arena, record, &shape);
        }
        let Span::Arena(start, end) = self.span(graph, &view, index, base)? else {
            return Err(self.error(Kind::Order, index));
        };
        copy(self.arena, from, start, end).ok_or(self.error(Kind::Contract, index))
    }
}

/// A tensor: its graph's index and view, its index, the base of its graph's frame.
type At<'a> = (usize, Subgraph<'a>, usize, usize);

/// Copies `from` to `start .. end` of the arena; `None` when the two overlap or differ in length.
fn copy(arena: &mut [u8], from: Span<'_>, start: usize, end: usize) -> Option<()> {
    let (from, to) = match from {
        Span::File(bytes) => (bytes, arena.get_mut(start..end)?),
        Span::Arena(a, b) if (a, b) == (start, end) => return Some(()),
        Span::Arena(a, b) if a < start => {
            let (head, tail) = arena.split_at_mut_checked(start)?;
            (head.get(a..b)? as &[u8], tail.get_mut(..end.checked_sub(start)?)?)
        }
        Span::Arena(a, b) => {
            let (head, tail) = arena.split_at_mut_checked(a)?;
            (tail.get(..b.checked_sub(a)?)? as &[u8], head.get_mut(start..end)?)
        }
    };
    if from.len() != to.len() {
        return None;
    }
    to.copy_from_slice(from);
    Some(())
}
