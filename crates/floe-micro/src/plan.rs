//! Planning: one walk over the operators in the order in which they would run computes every shape,
//! chooses every kernel, evaluates what follows from shapes alone, and lays out the arena.
//!
//! Invariant: nothing that runs has not been prepared here. Subgraphs are entered by a stack of fixed
//! depth in the arena, never by recursion.

use crate::error::{Error, Fault, Kind, Operand, Result};
use crate::kernel::{Callee, Code, Control, Kernel, OpDef, Run};
use crate::num::Numerics;
use crate::op::{Cap, Done, Layout, Op, Planning, Site, Target, bytes_of};
use crate::place::{self, ITEM, Item};
use crate::shape::Shape;
use crate::tables::{
    self, Choice, ENTRY, Entry, GRAPH, Place, RESOURCE_BYTES, RESOURCE_STATE, align, narrow,
    set_word, word,
};
use Operand::Out;
use floe_graph::DType;
use floe_tflite::{OpCode, Subgraph, Tensor, TfLite};

/// Subgraphs may be nested this deep.
const MAX_DEPTH: usize = 32;
/// Bytes of one entry of the stack of subgraphs.
pub(crate) const FRAME: usize = 16;
/// What follows from shapes and constants is computed ahead up to this many bytes an operator.
const FOLD_LIMIT: usize = 256;

/// Marks of a graph's entry.
const PREPARED: u32 = 1;
const ACTIVE: u32 = 2;

/// Where the walk, or a run, stands in one subgraph.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Frame {
    /// The subgraph.
    pub(crate) graph: usize,
    /// The next operator.
    pub(crate) op: usize,
    /// Where its memory begins.
    pub(crate) base: usize,
    /// The operator's turn.
    pub(crate) turn: u32,
}

impl Frame {
    pub(crate) fn load(bytes: &[u8], at: usize) -> Self {
        let field = |i: usize| word(bytes, at.wrapping_add(i.wrapping_mul(4)));
        Self {
            graph: field(0) as usize,
            op: field(1) as usize,
            base: field(2) as usize,
            turn: field(3),
        }
    }

    pub(crate) fn store(self, bytes: &mut [u8], at: usize) {
        let fields = [narrow(self.graph), narrow(self.op), narrow(self.base), self.turn];
        for (i, f) in fields.into_iter().enumerate() {
            set_word(bytes, at.wrapping_add(i.wrapping_mul(4)), f);
        }
    }
}

/// What to plan for, besides the model.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// Whose integers to reproduce.
    pub numerics: Numerics,
    /// The subgraph to run.
    pub graph: usize,
    /// Shapes of inputs by their number, where they are not the file's.
    pub shapes: &'a [(usize, Shape)],
    /// Tensors that need more room than their planned shape takes.
    pub caps: &'a [Cap],
}

/// What a plan comes to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Plan {
    /// Where the state begins.
    pub(crate) state: usize,
    /// Where frames begin.
    pub(crate) heap: usize,
    /// Where the stack of subgraphs begins.
    pub(crate) frames: usize,
    /// The first resource record; 0 for none.
    pub(crate) resources: usize,
    /// All bytes of arena that planning and running take.
    pub(crate) bytes: usize,
}

/// Plans `model` into `arena`.
pub(crate) fn plan(
    model: TfLite<'_>,
    ops: &[&OpDef],
    arena: &mut [u8],
    options: &Options<'_>,
) -> Result<Plan> {
    let graphs = model.subgraph_count();
    let frames = graphs.saturating_mul(GRAPH);
    let depth = graphs.saturating_sub(1).min(MAX_DEPTH);
    let bump = align(frames.saturating_add(depth.saturating_mul(FRAME)));
    arena.get_mut(..bump).ok_or(Error::new(Kind::Arena, bump))?.fill(0);
    let planning = Planning { bump, ..Planning::default() };
    let mut planner = Planner { model, ops, arena, planning, options, frames, depth, peak: 0 };
    let root = planner.walk()?;
    planner.finish(root)
}

struct Planner<'p> {
    model: TfLite<'p>,
    ops: &'p [&'p OpDef],
    arena: &'p mut [u8],
    planning: Planning,
    options: &'p Options<'p>,
    /// Where the stack begins, and how many entries it has.
    frames: usize,
    depth: usize,
    /// The most that laying out a frame needed.
    peak: usize,
}

/// What the walk does next.
enum Visit {
    Next,
    Enter(usize),
}

impl<'p> Planner<'p> {
    /// Prepares everything that subgraph `options.graph` reaches; gives the bytes of its frame.
    fn walk(&mut self) -> Result<usize> {
        let mut frame = Frame { graph: self.options.graph, ..Frame::default() };
        let mut level = 0usize;
        self.enter(frame.graph)?;
        for &(input, shape) in self.options.shapes {
            self.set_input(frame.graph, input, &shape)?;
        }
        loop {
            let graph = self.model.subgraph(frame.graph)?;
            if frame.op < graph.operator_count() {
                match self.visit(&mut frame, graph)? {
                    Visit::Next => frame = Frame { op: frame.op.wrapping_add(1), turn: 0, ..frame },
                    Visit::Enter(callee) => {
                        if level >= self.depth {
                            return Err(at(Kind::Depth, &frame, usize::MAX));
                        }
                        frame.store(self.arena, self.slot(level));
                        level = level.wrapping_add(1);
                        frame = Frame { graph: callee, ..Frame::default() };
                        self.enter(callee)?;
                    }
                }
                continue;
            }
            let bytes = self.leave(&frame, graph)?;
            let Some(below) = level.checked_sub(1) else { return Ok(bytes) };
            level = below;
            frame = Frame::load(self.arena, self.slot(level));
        }
    }

    const fn slot(&self, level: usize) -> usize {
        self.frames.wrapping_add(level.wrapping_mul(FRAME))
    }

    /// Takes `bytes` zeroed bytes for the tables.
    fn allocate(&mut self, bytes: usize) -> Result<usize> {
        let start = self.planning.allocate(self.arena, bytes);
        start.ok_or(Error::new(Kind::Arena, self.planning.bump))
    }

    /// The whole need: tables, state, and the frame of the subgraph that is run.
    fn finish(mut self, frame: usize) -> Result<Plan> {
        let mut resource = self.planning.resources;
        while resource != 0 {
            let bytes = word(self.arena, resource.wrapping_add(RESOURCE_BYTES)) as usize;
            set_word(
                self.arena,
                resource.wrapping_add(RESOURCE_STATE),
                narrow(self.planning.state),
            );
            self.planning.state = self.planning.state.saturating_add(align(bytes));
            resource = word(self.arena, resource) as usize;
        }
        let state = self.planning.bump;
        let heap = state.saturating_add(self.planning.state);
        let bytes = heap.saturating_add(frame).max(self.peak);
        if self.arena.len() < bytes {
            return Err(Error::new(Kind::Arena, bytes));
        }
        self.arena.get_mut(state..heap).unwrap_or_default().fill(0);
        Ok(Plan { state, heap, frames: self.frames, resources: self.planning.resources, bytes })
    }

    /// Makes the tables of `graph`, and marks what is there before its first operator.
    fn enter(&mut self, graph: usize) -> Result<()> {
        let view = self.model.subgraph(graph)?;
        // The entry of a port that is not there would be read from what lies behind the table.
        for index in indices(&view.inputs()).chain(indices(&view.outputs())) {
            view.tensor(index)?;
        }
        let position = graph.wrapping_mul(GRAPH);
        if word(self.arena, position) == 0 {
            let tensors = self.allocate(view.tensor_count().saturating_mul(ENTRY))?;
            set_word(self.arena, position, narrow(tensors));
            let operators = self.allocate(view.operator_count().saturating_mul(ENTRY))?;
            set_word(self.arena, position.wrapping_add(4), narrow(operators));
        }
        for (i, tensor) in view.tensors().enumerate().filter(|(_, t)| t.is_variable()) {
            let entry = Entry::tensor(self.arena, graph, i);
            if entry.place(self.arena) == Place::File {
                let shape = Shape::new(tensor.shape().iter());
                let bytes = shape.and_then(|s| bytes_of(tensor.dtype().ok()?, s.len()));
                entry.set_place(self.arena, Place::State(narrow(self.planning.state)));
                let bytes = bytes.ok_or(Error::new(Kind::Size, i))?;
                self.planning.state = self.planning.state.saturating_add(align(bytes));
            }
        }
        for i in indices(&view.inputs()) {
            let entry = Entry::tensor(self.arena, graph, i);
            if entry.place(self.arena) == Place::File && view.tensor(i)?.data()?.is_none() {
                entry.set_place(self.arena, Place::PENDING);
            }
        }
        self.mark(graph, ACTIVE);
        Ok(())
    }

    fn mark(&mut self, graph: usize, marks: u32) {
        set_word(self.arena, graph.wrapping_mul(GRAPH).wrapping_add(12), marks);
    }

    fn marks(&self, graph: usize) -> u32 {
        word(self.arena, graph.wrapping_mul(GRAPH).wrapping_add(12))
    }

    /// Forgets what was prepared in `graph`, all but its state and its inputs.
    fn forget(&mut self, graph: usize) -> Result<()> {
        let view = self.model.subgraph(graph)?;
        for i in 0..view.tensor_count() {
            let entry = Entry::tensor(self.arena, graph, i);
            let input = indices(&view.inputs()).any(|t| t == i);
            if !input && !matches!(entry.place(self.arena), Place::State(_)) {
                entry.clear(self.arena);
            }
        }
        for i in 0..view.operator_count() {
            Entry::operator(self.arena, graph, i).clear(self.arena);
        }
        self.mark(graph, 0);
        Ok(())
    }

    /// Gives input number `input` of `graph` another shape than the file's.
    fn set_input(&mut self, graph: usize, input: usize, shape: &Shape) -> Result<()> {
        let view = self.model.subgraph(graph)?;
        let index = view.inputs().get(input).and_then(|i| usize::try_from(i).ok());
        self.assign(graph, &view, index.ok_or(Error::new(Kind::NoSuchIndex, input))?, shape, false)
    }

    /// Sets the shape of tensor `index` from outside its operator.
    fn assign(
        &mut self,
        graph: usize,
        view: &Subgraph<'p>,
        index: usize,
        shape: &Shape,
        dynamic: bool,
    ) -> Result<()> {
        let tensor = view.tensor(index)?;
        let record = Entry::tensor(self.arena, graph, index).record(self.arena);
        let dtype = match tables::read_dtype(self.arena, record) {
            Some(dtype) => dtype,
            None => tensor.dtype()?,
        };
        let bytes = bytes_of(dtype, shape.len()).ok_or(Error::new(Kind::Size, index))?;
        if dynamic {
            Entry::tensor(self.arena, graph, index).set_dynamic(self.arena);
        }
        let target = Target { graph, index, tensor, caps: self.options.caps };
        let outcome = target.assign(self.arena, &mut self.planning, shape, bytes);
        outcome.map_err(|kind| {
            Error::new(kind, if kind == Kind::Arena { self.planning.bump } else { index })
        })
    }

    /// The operator `frame` stands at, as the file has it.
    fn site(&self, frame: &Frame, graph: Subgraph<'p>) -> Result<Site<'p>> {
        let operator = graph.operator(frame.op)?;
        Ok(Site {
            model: self.model,
            graph,
            graph_index: frame.graph,
            index: frame.op,
            operator,
            inputs: operator.inputs(),
            outputs: operator.outputs(),
            numerics: self.options.numerics,
            caps: self.options.caps,
        })
    }

    /// The same as its kernel sees it while planning.
    fn op(&mut self, site: Site<'p>) -> Op<'_> {
        let planning = Some(&mut self.planning);
        Op { site, layout: Layout::default(), low: self.arena, heap: &mut [], planning }
    }

    /// Prepares one operator, or goes on with one that runs subgraphs.
    fn visit(&mut self, frame: &mut Frame, graph: Subgraph<'p>) -> Result<Visit> {
        let site = self.site(frame, graph)?;
        if frame.turn == 0 {
            self.prepare(frame, site)?;
            frame.turn = 1;
        }
        let choice = Entry::operator(self.arena, frame.graph, frame.op).choice(self.arena);
        let kernel = self.ops.get(choice.op()).and_then(|o| o.kernels.get(choice.kernel()));
        match kernel.map(|k| (k, k.run)) {
            Some((_, Run::Control(control))) => self.callees(frame, site, control),
            Some((kernel, Run::Eval(eval))) => self.fold(site, kernel, eval).map(|()| Visit::Next),
            None => Ok(Visit::Next),
        }
    }

    /// Chooses a kernel and prepares it.
    fn prepare(&mut self, frame: &Frame, site: Site<'p>) -> Result<()> {
        let (number, def) = find(self.ops, frame, &site.operator.code()?)?;
        let dynamic = self.check_tensors(frame, &site)?;
        let mut refused = Kind::Type.at(Operand::None);
        for (k, kernel) in (0u8..).zip(def.kernels) {
            let mut op = self.op(site);
            let deferred = match (kernel.prepare)(&mut op) {
                Ok(()) => false,
                Err(fault) if fault.kind == Kind::Type => {
                    refused = fault;
                    continue;
                }
                Err(fault) if can_wait(fault, dynamic) => {
                    op.defer().map_err(|f| self.fault(f, &site))?;
                    true
                }
                Err(fault) => return Err(self.fault(fault, &site)),
            };
            let mut op = self.op(site);
            op.place_outputs(0);
            let mut choice = Choice::new(number, k);
            if deferred || dynamic {
                choice = choice.with(Choice::DYNAMIC);
            }
            Entry::operator(self.arena, frame.graph, frame.op).set_choice(self.arena, choice);
            return Ok(());
        }
        Err(self.fault(refused, &site))
    }

    /// That inputs are there and outputs are not yet. Whether an input's shape may change; then all
    /// outputs' may.
    fn check_tensors(&mut self, frame: &Frame, site: &Site<'p>) -> Result<bool> {
        let mut dynamic = false;
        let missing = |i: usize| at(Kind::Missing, frame, i);
        for i in indices(&site.inputs) {
            let tensor = site.graph.tensor(i).map_err(|_| missing(i))?;
            let entry = Entry::tensor(self.arena, frame.graph, i);
            dynamic |= entry.is_dynamic(self.arena);
            let there = entry.place(self.arena) != Place::File || tensor.data()?.is_some();
            if !there && Shape::new(tensor.shape().iter()).is_none_or(|s| !s.is_empty()) {
                return Err(at(Kind::Order, frame, i));
            }
        }
        for i in indices(&site.outputs) {
            let tensor = site.graph.tensor(i).map_err(|_| missing(i))?;
            let entry = Entry::tensor(self.arena, frame.graph, i);
            // Variables may be written by operators, too.
            let free = matches!(entry.place(self.arena), Place::File | Place::State(_));
            if !free || tensor.data()?.is_some() {
                return Err(at(Kind::Order, frame, i));
            }
            if dynamic {
                entry.set_dynamic(self.arena);
            }
        }
        Ok(dynamic)
    }

    /// A kernel's fault as the interpreter's error.
    fn fault(&self, fault: Fault, site: &Site<'_>) -> Error {
        site.error(fault, self.planning.bump)
    }

    /// Computes small outputs now when they follow from what is known.
    fn fold(
        &mut self,
        site: Site<'p>,
        kernel: &Kernel,
        eval: fn(&mut Op<'_>) -> Done,
    ) -> Result<()> {
        if kernel.has(Kernel::IMPURE) {
            return Ok(());
        }
        let bytes = self.op(site).fold_bytes(kernel.has(Kernel::SHAPES_ONLY));
        let Some(bytes) = bytes.filter(|&b| b <= FOLD_LIMIT) else { return Ok(()) };
        let start = self.allocate(bytes)?;
        self.op(site).place_outputs(start);
        let Some((low, heap)) = self.arena.split_at_mut_checked(start) else { return Ok(()) };
        let heap = heap.get_mut(..bytes).unwrap_or_default();
        let resources = self.planning.resources;
        let layout = Layout { split: start, resources, ..Layout::default() };
        if eval(&mut Op { site, layout, low, heap, planning: None }).is_ok() {
            let entry = Entry::operator(self.arena, site.graph_index, site.index);
            let choice = entry.choice(self.arena).with(Choice::KNOWN);
            entry.set_choice(self.arena, choice);
        } else {
            self.op(site).place_outputs(0);
        }
        Ok(())
    }

    /// Goes on with an operator that runs subgraphs: prepares the next one that needs it.
    fn callees(&mut self, frame: &mut Frame, site: Site<'p>, control: &Control) -> Result<Visit> {
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

    /// Lays out the frame of a subgraph whose operators are all prepared; gives its bytes.
    fn leave(&mut self, frame: &Frame, graph: Subgraph<'p>) -> Result<usize> {
        let free = self.planning.bump;
        let count = graph.tensor_count();
        let items = count.saturating_add(graph.operator_count());
        let end = free.saturating_add(items.saturating_mul(ITEM));
        self.peak = self.peak.max(end);
        let Some((low, temporary)) = self.arena.split_at_mut_checked(free) else {
            return Err(Error::new(Kind::Arena, end));
        };
        let room = temporary.get_mut(..end.wrapping_sub(free));
        let (items, _) = room.ok_or(Error::new(Kind::Arena, end))?.as_chunks_mut::<ITEM>();
        lives(&graph, items);
        share(self.ops, low, frame.graph, &graph, items);
        let listed = list(low, frame.graph, &graph, items);
        let items = items.get_mut(..listed).unwrap_or_default();
        let bytes = place::place(items);
        for item in items.iter().map(Item::load) {
            let id = item.id as usize;
            match id.checked_sub(count) {
                None => {
                    Entry::tensor(low, frame.graph, id).set_place(low, Place::Frame(item.offset));
                }
                Some(op) => {
                    let record = Entry::operator(low, frame.graph, op).record(low);
                    set_word(low, record.wrapping_add(tables::SCRATCH), item.offset);
                }
            }
        }
        for index in 0..count {
            let entry = Entry::tensor(low, frame.graph, index);
            if let Some(other) = entry.alias(low) {
                entry.set_alias(low, None);
                let place = Entry::tensor(low, frame.graph, other).place(low);
                entry.set_place(low, place);
            }
        }
        set_word(low, frame.graph.wrapping_mul(GRAPH).wrapping_add(8), narrow(bytes));
        self.mark(frame.graph, PREPARED);
        Ok(bytes)
    }
}

/// Writes to item `i` the first and the last operator of tensor `i`'s life.
fn lives(view: &Subgraph<'_>, items: &mut [[u8; ITEM]]) {
    let count = view.tensor_count();
    for (id, item) in (0u32..).zip(items.iter_mut()) {
        Item { id, first: u32::MAX, ..Item::default() }.store(item);
    }
    let mut live = |index: usize, at: usize| {
        if let Some(slot) = items.get_mut(index).filter(|_| index < count) {
            let mut item = Item::load(slot);
            item.first = item.first.min(narrow(at));
            item.last = item.last.max(narrow(at));
            item.store(slot);
        }
    };
    indices(&view.inputs()).for_each(|i| live(i, 0));
    for (at, operator) in view.operators().enumerate() {
        indices(&operator.inputs()).for_each(|i| live(i, at));
        indices(&operator.outputs()).for_each(|i| live(i, at));
    }
    indices(&view.outputs()).for_each(|i| live(i, view.operator_count()));
}

/// Lays outputs in the place of inputs that die with the operator, where its kernel allows it.
fn share(
    ops: &[&OpDef],
    low: &mut [u8],
    graph: usize,
    view: &Subgraph<'_>,
    items: &mut [[u8; ITEM]],
) {
    for (at, operator) in view.operators().enumerate() {
        let choice = Entry::operator(low, graph, at).choice(low);
        let kernel = ops.get(choice.op()).and_then(|o| o.kernels.get(choice.kernel()));
        let allowed =
            kernel.is_some_and(|k| k.has(Kernel::IN_PLACE)) && !choice.has(Choice::DYNAMIC);
        let first =
            |list: floe_graph::LeSlice<'_, i32>| list.get(0).and_then(|i| usize::try_from(i).ok());
        let (Some(input), Some(output)) = (first(operator.inputs()), first(operator.outputs()))
        else {
            continue;
        };
        let (from, to) = (Entry::tensor(low, graph, input), Entry::tensor(low, graph, output));
        let in_frame = |e: Entry| matches!(e.place(low), Place::Frame(_));
        if !allowed
            || !in_frame(from)
            || !in_frame(to)
            || size(low, graph, view, input) != size(low, graph, view, output)
        {
            continue;
        }
        let root = from.alias(low).unwrap_or(input);
        let last =
            |items: &[[u8; ITEM]], i: usize| items.get(i).map(Item::load).unwrap_or_default();
        // Others may read the input only before this operator, and it must not be read twice by it.
        let dies = last(items, input).last == narrow(at) && last(items, root).last == narrow(at);
        let once = indices(&operator.inputs()).filter(|&i| i == input).count() == 1;
        if !dies || !once {
            continue;
        }
        let longer = last(items, output).last;
        for index in [root, input] {
            if let Some(slot) = items.get_mut(index) {
                let mut item = Item::load(slot);
                item.last = longer;
                item.store(slot);
            }
        }
        to.set_alias(low, Some(root));
    }
}

/// Aligned bytes that a tensor takes in its frame.
fn size(low: &[u8], graph: usize, view: &Subgraph<'_>, index: usize) -> u32 {
    narrow(align(match Entry::tensor(low, graph, index).record(low) {
        0 => view.tensor(index).ok().and_then(|t| file_bytes(&t)).unwrap_or(0),
        record => word(low, record) as usize,
    }))
}

/// Keeps the items of what lies in the frame, with their sizes, and adds scratch memory; gives how many.
fn list(low: &[u8], graph: usize, view: &Subgraph<'_>, items: &mut [[u8; ITEM]]) -> usize {
    let count = view.tensor_count();
    let mut kept = 0usize;
    for index in 0..items.len() {
        let Some(mut item) = items.get(index).map(Item::load) else { break };
        if let Some(at) = index.checked_sub(count) {
            let record = Entry::operator(low, graph, at).record(low);
            if record == 0 {
                continue;
            }
            let bytes = word(low, record.wrapping_add(tables::SCRATCH + 4));
            item = Item {
                id: item.id,
                size: narrow(align(bytes as usize)),
                first: narrow(at),
                last: narrow(at),
                offset: 0,
            };
        } else {
            let entry = Entry::tensor(low, graph, index);
            if !matches!(entry.place(low), Place::Frame(_)) || entry.alias(low).is_some() {
                continue;
            }
            item.size = size(low, graph, view, index);
        }
        if let Some(slot) = items.get_mut(kept) {
            item.store(slot);
            kept = kept.wrapping_add(1);
        }
    }
    kept
}

/// Bytes of a tensor of the file's shape.
fn file_bytes(tensor: &Tensor<'_>) -> Option<usize> {
    bytes_of(tensor.dtype().ok()?, Shape::new(tensor.shape().iter())?.len())
}

/// The shape that a tensor has now.
fn current(low: &[u8], entry: Entry, view: &Subgraph<'_>, index: usize) -> Option<Shape> {
    match entry.record(low) {
        0 => Shape::new(view.tensor(index).ok()?.shape().iter()),
        record => tables::read_shape(low, record),
    }
}

/// The bytes that a tensor with a record has room for.
fn capacity(low: &[u8], entry: Entry) -> usize {
    word(low, entry.record(low)) as usize
}

/// The tensors that a list of indices names; absent ones left out.
pub(crate) fn indices<'a>(
    list: &floe_graph::LeSlice<'a, i32>,
) -> impl Iterator<Item = usize> + use<'a> {
    list.iter().filter_map(|i| usize::try_from(i).ok())
}

/// Whether an operator that cannot be prepared now can be when the model runs.
const fn can_wait(fault: Fault, dynamic: bool) -> bool {
    match fault.kind {
        Kind::NotConstant => true,
        Kind::Shape | Kind::Value | Kind::Size => dynamic,
        _ => false,
    }
}

/// The op of this code in the caller's list.
fn find<'o>(ops: &'o [&'o OpDef], frame: &Frame, code: &OpCode<'_>) -> Result<(u8, &'o OpDef)> {
    let wanted = |def: &OpDef| match def.code {
        Code::Builtin(number) => code.custom.is_none() && number == code.code,
        Code::Custom(name) => code.custom == Some(name),
    };
    let found = (0u8..=u8::MAX).zip(ops).find(|(_, def)| wanted(def));
    let Some((number, def)) = found else {
        return Err(at(Kind::Op, frame, code.code.unsigned_abs() as usize));
    };
    if code.version > i32::from(def.version) {
        return Err(at(Kind::Version, frame, code.version.unsigned_abs() as usize));
    }
    Ok((number, def))
}

/// An error at the operator `frame` stands at.
fn at(kind: Kind, frame: &Frame, at: usize) -> Error {
    Error::new(kind, at).of(frame.graph, frame.op)
}
