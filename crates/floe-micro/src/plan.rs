//! Planning: one walk over the operators in the order in which they would run computes every shape,
//! chooses every kernel, evaluates what follows from shapes alone, and lays out the arena.
//!
//! Invariant: nothing that runs has not been prepared here. Subgraphs are entered by a stack of fixed
//! depth in the arena, never by recursion.

use crate::error::{Error, Fault, Kind, Operand, Result};
use crate::kernel::{Code, Kernel, OpDef, Run};
use crate::num::Numerics;
use crate::op::{Cap, Done, Layout, Op, Planning, Site, Target, bytes_of};
use crate::shape::Shape;
use crate::tables::{
    self, Choice, ENTRY, Entry, GRAPH, Place, RESOURCE_BYTES, RESOURCE_STATE, align, narrow,
    set_word, word,
};
use floe_tflite::{OpCode, Subgraph, TfLite};

mod callees;
mod layout;

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
    /// Lay no tensor over another that is still needed by the same operator, at the cost of memory: for probes
    /// that look at an operator's inputs after it.
    pub apart: bool,
    /// Up to so many threads share the rows of one operator, with the feature `std`; more than one lays tensors
    /// [`apart`](Self::apart).
    pub threads: usize,
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

pub(crate) struct Planner<'p> {
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
pub(crate) enum Visit {
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
            options: operator.options(),
            inputs: operator.inputs(),
            outputs: operator.outputs(),
            numerics: self.options.numerics,
            threads: self.options.threads,
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
            Some((_, Run::Control(control, subgraphs))) => {
                (subgraphs.callees)(self, frame, site, control)
            }
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
