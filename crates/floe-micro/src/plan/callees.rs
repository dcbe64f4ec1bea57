//! Operators that run subgraphs: their callees are prepared for the shapes of their arguments, as often as
//! shapes turn out to change.
//!
//! Invariant: a subgraph that is being prepared is not entered again.

use super::{ACTIVE, Frame, PREPARED, Planner, Visit, at, capacity, current, indices};
use crate::error::{Fault, Kind, Operand, Result};
use crate::kernel::{Callee, Control};
use crate::op::{Site, bytes_of};
use crate::tables::{Choice, Entry, GRAPH, Place, word};
use Operand::Out;
use floe_graph::DType;

impl<'p> Planner<'p> {
    /// Goes on with an operator that runs subgraphs: prepares the next one that needs it.
    pub(crate) fn callees(
        &mut self,
        frame: &mut Frame,
        site: Site<'p>,
        control: &Control,
    ) -> Result<Visit> {
        loop {
            let number = (frame.turn as usize).saturating_sub(1);
            let callee =
                (control.callee)(&self.op(site), number).map_err(|f| self.fault(f, &site))?;
            let Some(callee) = callee else { return Ok(Visit::Next) };
            if self.marks(callee.graph) & ACTIVE != 0 {
                return Err(at(Kind::Depth, frame, usize::MAX));
            }
            let changed = self.bind(&site, &callee)?;
            if changed || self.marks(callee.graph) & PREPARED == 0 {
                self.forget(callee.graph)?;
                return Ok(Visit::Enter(callee.graph));
            }
            if self.merge(&site, &callee, number == 0)? {
                // A loop's variables change their shape: prepare all again for shapes that may change.
                frame.turn = 1;
            } else {
                frame.turn = frame.turn.wrapping_add(1);
            }
        }
    }

    /// Gives the inputs of `callee` the shapes of its arguments. Whether that changes anything.
    fn bind(&mut self, site: &Site<'p>, callee: &Callee) -> Result<bool> {
        let view = self.model.subgraph(callee.graph)?;
        let fault = |kind| site.error(Fault { kind, operand: Operand::None }, 0);
        if word(self.arena, callee.graph.wrapping_mul(GRAPH)) == 0 {
            self.enter(callee.graph)?;
            self.mark(callee.graph, 0);
        }
        let prepared = self.marks(callee.graph) & PREPARED != 0;
        let mut changed = false;
        for (i, index) in indices(&view.inputs()).enumerate() {
            let Some(arg) = callee.arg(i) else { return Err(fault(Kind::Missing)) };
            let op = self.op(*site);
            let (shape, dtype) = (op.shape(arg), op.dtype(arg));
            let (Ok(shape), Ok(dtype)) = (shape, dtype) else { return Err(fault(Kind::Missing)) };
            let dynamic = op.is_dynamic(arg);
            let place = op.place_of(arg);
            if view.tensor(index)?.dtype()? != dtype {
                return Err(fault(Kind::Type));
            }
            let entry = Entry::tensor(self.arena, callee.graph, index);
            if dtype == DType::Resource && matches!(place, Place::Known(_)) {
                entry.set_place(self.arena, place);
            }
            let now = current(self.arena, entry, &view, index);
            let was = entry.is_dynamic(self.arena);
            let larger =
                was && capacity(self.arena, entry) < bytes_of(dtype, shape.len()).unwrap_or(0);
            let differs = now != Some(shape) && !was;
            if differs || larger || (dynamic && !was) {
                self.assign(callee.graph, &view, index, &shape, dynamic || prepared)?;
                changed = true;
            }
        }
        Ok(changed)
    }

    /// Gives the op's outputs the shapes of the callee's, and room for its frame. Whether an output
    /// turns out to have no one shape.
    fn merge(&mut self, site: &Site<'p>, callee: &Callee, first: bool) -> Result<bool> {
        let view = self.model.subgraph(callee.graph)?;
        let frame = word(self.arena, callee.graph.wrapping_mul(GRAPH).wrapping_add(8));
        let mut op = self.op(*site);
        let room = op.scratch_bytes().max(frame as usize);
        op.scratch(room).map_err(|f| self.fault(f, site))?;
        let mut changed = false;
        if !callee.results {
            return Ok(false);
        }
        for (i, index) in (0u16..).zip(indices(&view.outputs())) {
            let Some(own) = self.op(*site).tensor_index(Out(i)) else { continue };
            let theirs = Entry::tensor(self.arena, callee.graph, index);
            let ours = Entry::tensor(self.arena, site.graph_index, own);
            let Some(shape) = current(self.arena, theirs, &view, index) else { continue };
            let was = ours.is_dynamic(self.arena);
            let same = current(self.arena, ours, &site.graph, own) == Some(shape);
            let becomes = theirs.is_dynamic(self.arena) || (!first && !same);
            if (first && !same) || (becomes && !was) {
                self.assign(site.graph_index, &site.graph, own, &shape, becomes)?;
            }
            changed |= becomes && !was && !first;
            if becomes {
                let entry = Entry::operator(self.arena, site.graph_index, site.index);
                let choice = entry.choice(self.arena).with(Choice::DYNAMIC);
                entry.set_choice(self.arena, choice);
            }
        }
        Ok(changed)
    }
}
