//! [`Interpreter`]: a planned model that runs in the caller's memory.
//!
//! Invariant: after [`Interpreter::new`] nothing is allocated, and every operator that runs has been
//! prepared. Subgraphs run by a stack in the arena, so the machine's own stack stays as it is.

use crate::data::{Scalar, View, ViewMut, copy};
use crate::error::{Error, Kind, Result};
use crate::kernel::{OpDef, Turn};
use crate::op::bytes_of;
use crate::plan::{self, Frame, Options, Plan};
use crate::shape::Shape;
use crate::tables::{self, Entry, GRAPH, Place, word};

#[cfg(feature = "alloc")]
pub(crate) mod compile;
mod run;
#[cfg(test)]
mod tests;
use core::ops::Range;
use floe_graph::DType;
use floe_tflite::{Subgraph, Tensor, TfLite};

/// Called around each operator that runs: for timing, tracing, watchdogs.
pub trait Probe {
    /// Operator `op` of subgraph `graph` is about to run.
    fn before(&mut self, graph: usize, op: usize) {
        let _ = (graph, op);
    }
    /// It has run; its results are in `it`.
    fn after(&mut self, it: &Interpreter<'_>, graph: usize, op: usize) {
        let _ = (it, graph, op);
    }
}

impl Probe for () {}

/// A model that is ready to run.
pub struct Interpreter<'a> {
    model: TfLite<'a>,
    ops: &'a [&'a OpDef],
    arena: &'a mut [u8],
    options: Options<'a>,
    plan: Plan,
    /// The subgraph that runs now, and where it stands.
    graph: Subgraph<'a>,
    frame: Frame,
    level: usize,
    turn: Turn,
}

impl<'a> Interpreter<'a> {
    /// Plans the model in the file `model` for the ops in `ops`, in the memory `arena`: its tables,
    /// its state and its activations lie there, and nowhere else. An arena that starts at a multiple
    /// of 8 is the fastest.
    ///
    /// # Errors
    /// [`Kind::File`]; [`Kind::Op`] and [`Kind::Version`] for an operator that `ops` does not have;
    /// [`Kind::Arena`] with the bytes that are needed, which is the whole need as soon as the arena
    /// holds the planner's own tables; what a kernel refuses.
    pub fn new(model: &'a [u8], arena: &'a mut [u8], ops: &'a [&'a OpDef]) -> Result<Self> {
        Self::with_options(TfLite::parse(model)?, arena, ops, Options::default())
    }

    /// As [`new`](Self::new), with [`Options`].
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_options(
        model: TfLite<'a>,
        arena: &'a mut [u8],
        ops: &'a [&'a OpDef],
        options: Options<'a>,
    ) -> Result<Self> {
        let plan = plan::plan(model, ops, arena, &options)?;
        let mut it = Self::resume(model, arena, ops, options, plan)?;
        it.reset_variables();
        Ok(it)
    }

    /// The interpreter of a plan that was made in this arena.
    pub(crate) fn resume(
        model: TfLite<'a>,
        arena: &'a mut [u8],
        ops: &'a [&'a OpDef],
        options: Options<'a>,
        plan: Plan,
    ) -> Result<Self> {
        let graph = model.subgraph(options.graph)?;
        let frame = Frame { graph: options.graph, base: plan.heap, ..Frame::default() };
        Ok(Self { model, ops, arena, options, plan, graph, frame, level: 0, turn: Turn::default() })
    }

    /// Exactly the bytes of arena that this model takes with these inputs: [`new`](Self::new) works in
    /// so many, and not in one less.
    #[must_use]
    pub const fn arena_bytes(&self) -> usize {
        self.plan.bytes
    }

    /// What [`arena_bytes`](Self::arena_bytes) will be, from the model alone.
    ///
    /// # Errors
    /// As [`new`](Self::new), but for [`Kind::Arena`].
    #[cfg(feature = "alloc")]
    pub fn arena_size(model: &[u8], ops: &[&OpDef]) -> Result<usize> {
        let (model, options) = (TfLite::parse(model)?, Options::default());
        let mut arena = alloc::vec::Vec::new();
        Ok(crate::session::plan_in(model, &mut arena, ops, &options, usize::MAX)?.bytes)
    }

    /// The model.
    #[must_use]
    pub const fn model(&self) -> TfLite<'a> {
        self.model
    }

    fn root(&self) -> Result<Subgraph<'a>> {
        Ok(self.model.subgraph(self.options.graph)?)
    }

    /// How many inputs there are.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.root().map_or(0, |g| g.inputs().len())
    }

    /// How many outputs there are.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.root().map_or(0, |g| g.outputs().len())
    }

    fn port(&self, list: &floe_graph::LeSlice<'a, i32>, i: usize) -> Result<usize> {
        let index = list.get(i).and_then(|t| usize::try_from(t).ok());
        index.ok_or(Error::new(Kind::NoSuchIndex, i))
    }

    /// Input `i`: its index, and the tensor as the file has it.
    ///
    /// # Errors
    /// [`Kind::NoSuchIndex`].
    pub fn input_tensor(&self, i: usize) -> Result<(usize, Tensor<'a>)> {
        let graph = self.root()?;
        let index = self.port(&graph.inputs(), i)?;
        Ok((index, graph.tensor(index)?))
    }

    /// Output `i`: its index, and the tensor as the file has it.
    ///
    /// # Errors
    /// [`Kind::NoSuchIndex`].
    pub fn output_tensor(&self, i: usize) -> Result<(usize, Tensor<'a>)> {
        let graph = self.root()?;
        let index = self.port(&graph.outputs(), i)?;
        Ok((index, graph.tensor(index)?))
    }

    /// The shape of tensor `index` of the subgraph that is run, as it is now.
    ///
    /// # Errors
    /// [`Kind::NoSuchIndex`], [`Kind::Shape`].
    pub fn shape_of(&self, index: usize) -> Result<Shape> {
        self.shape_in(self.options.graph, &self.root()?, index)
    }

    /// The element type of tensor `index` of the subgraph that is run: the file's, unless a kernel
    /// changed it.
    ///
    /// # Errors
    /// [`Kind::NoSuchIndex`], [`Kind::Type`].
    pub fn dtype_of(&self, index: usize) -> Result<DType> {
        self.dtype_in(self.options.graph, &self.root()?, index)
    }

    fn dtype_in(&self, graph: usize, view: &Subgraph<'a>, index: usize) -> Result<DType> {
        let record = Entry::tensor(self.arena, graph, index).record(self.arena);
        match tables::read_dtype(self.arena, record) {
            Some(dtype) => Ok(dtype),
            None => view.tensor(index)?.dtype().map_err(|_| Error::new(Kind::Type, index)),
        }
    }

    fn shape_in(&self, graph: usize, view: &Subgraph<'a>, index: usize) -> Result<Shape> {
        let shape = match Entry::tensor(self.arena, graph, index).record(self.arena) {
            0 => Shape::new(view.tensor(index)?.shape().iter()),
            record => tables::read_shape(self.arena, record),
        };
        shape.ok_or(Error::new(Kind::Shape, index))
    }

    /// The bytes of input `i`, to write. Running may overwrite them: write all inputs before each run.
    ///
    /// # Errors
    /// [`Kind::NoSuchIndex`]; [`Kind::Order`] when the input is a constant.
    pub fn input_bytes(&mut self, i: usize) -> Result<&mut [u8]> {
        let (index, _) = self.input_tensor(i)?;
        self.bytes_mut(index)
    }

    /// The bytes of a tensor of the subgraph that is run, to write.
    pub(crate) fn bytes_mut(&mut self, index: usize) -> Result<&mut [u8]> {
        let at = self.span(self.options.graph, &self.root()?, index, self.plan.heap)?;
        match at {
            Span::Arena(start, end) => {
                self.arena.get_mut(start..end).ok_or(Error::new(Kind::Contract, index))
            }
            Span::File(_) => Err(Error::new(Kind::Order, index)),
        }
    }

    /// The bytes of the arena that tensor `index` of the subgraph that is run lies in; `None` for one in the
    /// file.
    ///
    /// # Errors
    /// [`Kind::NoSuchIndex`], [`Kind::Shape`].
    pub fn range_of(&self, index: usize) -> Result<Option<Range<usize>>> {
        Ok(match self.span(self.options.graph, &self.root()?, index, self.plan.heap)? {
            Span::File(_) => None,
            Span::Arena(start, end) => Some(start..end),
        })
    }

    /// The numbers of input `i`, to write; see [`input_bytes`](Self::input_bytes).
    ///
    /// # Errors
    /// As [`input_bytes`](Self::input_bytes); [`Kind::Type`] when its elements are not `T`.
    pub fn input<T: Scalar>(&mut self, i: usize) -> Result<ViewMut<'_, T>> {
        let (index, _) = self.input_tensor(i)?;
        if self.dtype_of(index)? != T::DTYPE {
            return Err(Error::new(Kind::Type, index));
        }
        self.input_bytes(i).map(ViewMut::new)
    }

    /// The bytes of output `i`, as the last run left them.
    ///
    /// # Errors
    /// [`Kind::NoSuchIndex`].
    pub fn output_bytes(&self, i: usize) -> Result<&[u8]> {
        let (index, _) = self.output_tensor(i)?;
        self.read(self.options.graph, &self.root()?, index, self.plan.heap)
    }

    /// The numbers of output `i`, as the last run left them.
    ///
    /// # Errors
    /// As [`output_bytes`](Self::output_bytes); [`Kind::Type`] when its elements are not `T`.
    pub fn output<T: Scalar>(&self, i: usize) -> Result<View<'_, T>> {
        let (index, _) = self.output_tensor(i)?;
        if self.dtype_of(index)? != T::DTYPE {
            return Err(Error::new(Kind::Type, index));
        }
        self.output_bytes(i).map(View::new)
    }

    /// The bytes of tensor `index` of subgraph `graph` while that runs, for probes; what it holds is
    /// only there between the operators that write and read it.
    ///
    /// # Errors
    /// [`Kind::NoSuchIndex`]; [`Kind::Order`] when the subgraph does not run now.
    pub fn tensor_bytes(&self, graph: usize, index: usize) -> Result<&[u8]> {
        if graph != self.frame.graph {
            return Err(Error::new(Kind::Order, index));
        }
        self.read(graph, &self.graph, index, self.frame.base)
    }

    /// The state: what variables keep from run to run. Copy it to take a snapshot.
    #[must_use]
    pub fn state(&self) -> &[u8] {
        self.arena.get(self.plan.state..self.plan.heap).unwrap_or_default()
    }

    /// The state, to put a snapshot back.
    pub fn state_mut(&mut self) -> &mut [u8] {
        self.arena.get_mut(self.plan.state..self.plan.heap).unwrap_or_default()
    }

    /// Puts a snapshot of [`state`](Self::state) back, of this interpreter or of another with the same model
    /// and options: several streams may so take turns on one arena.
    ///
    /// # Errors
    /// [`Kind::Length`] when it is not as long as the state.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<()> {
        let state = self.state_mut();
        if state.len() != snapshot.len() {
            return Err(Error::new(Kind::Length, state.len()));
        }
        copy(state, snapshot);
        Ok(())
    }

    /// Brings all state back to where it was before the first run: [`reset_variables`](Self::reset_variables),
    /// and no resource variable is assigned.
    pub fn reset(&mut self) {
        self.state_mut().fill(0);
        self.reset_variables();
    }

    /// Zeroes the variable tensors (the state of LSTM, SVDF and their like) and the ops' own state, not
    /// the resource variables.
    pub fn reset_variables(&mut self) {
        for (g, graph) in self.model.subgraphs().enumerate() {
            if word(self.arena, g.wrapping_mul(GRAPH)) == 0 {
                continue;
            }
            for (t, tensor) in graph.tensors().enumerate().filter(|(_, t)| t.is_variable()) {
                // Integers mean zero by their zero point.
                let zero = tensor.quant().and_then(|q| q.pair(0)).map_or(0, |(_, z)| z);
                let byte = if tensor.dtype() == Ok(DType::Int8) { zero as u8 } else { 0 };
                if let Ok(Span::Arena(start, end)) = self.span(g, &graph, t, 0)
                    && let Some(bytes) = self.arena.get_mut(start..end)
                {
                    bytes.fill(byte);
                }
            }
            for o in 0..graph.operator_count() {
                let entry = Entry::operator(self.arena, g, o);
                // That CALL_ONCE has run belongs to the resource variables.
                if self.control(entry.choice(self.arena)).is_ok() {
                    continue;
                }
                let record = entry.record(self.arena);
                let field =
                    |at: usize| word(self.arena, record.wrapping_add(tables::STATE + at)) as usize;
                let start = self.plan.state.wrapping_add(field(0));
                let end = start.wrapping_add(if record == 0 { 0 } else { field(4) });
                self.arena.get_mut(start..end).unwrap_or_default().fill(0);
            }
        }
    }

    /// Where a tensor's bytes are.
    fn span(
        &self,
        graph: usize,
        view: &Subgraph<'a>,
        index: usize,
        base: usize,
    ) -> Result<Span<'a>> {
        let tensor = view.tensor(index)?;
        let entry = Entry::tensor(self.arena, graph, index);
        let dtype = self.dtype_in(graph, view, index)?;
        let record = entry.record(self.arena);
        let len = match dtype {
            DType::String if record != 0 => word(self.arena, record) as usize,
            _ => bytes_of(dtype, self.shape_in(graph, view, index)?.len()).unwrap_or(0),
        };
        let start = match entry.place(self.arena) {
            Place::File => {
                let data = tensor.data()?.unwrap_or_default();
                let len = if dtype == DType::String { data.len() } else { len };
                return data.get(..len).map(Span::File).ok_or(Error::new(Kind::Length, len));
            }
            Place::Known(at) => at as usize,
            Place::Frame(at) => base.wrapping_add(at as usize),
            Place::State(at) => self.plan.state.wrapping_add(at as usize),
        };
        Ok(Span::Arena(start, start.wrapping_add(len)))
    }

    fn read(&self, graph: usize, view: &Subgraph<'a>, index: usize, base: usize) -> Result<&[u8]> {
        match self.span(graph, view, index, base)? {
            Span::File(bytes) => Ok(bytes),
            Span::Arena(start, end) => {
                self.arena.get(start..end).ok_or(Error::new(Kind::Contract, index))
            }
        }
    }
}

/// Where bytes are, in the whole arena.
#[derive(Clone, Copy)]
pub(crate) enum Span<'a> {
    File(&'a [u8]),
    Arena(usize, usize),
}

impl Span<'_> {
    const fn len(&self) -> usize {
        match self {
            Self::File(bytes) => bytes.len(),
            Self::Arena(start, end) => end.wrapping_sub(*start),
        }
    }
}
