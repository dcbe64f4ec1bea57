//! [`Session`]: an interpreter with memory of its own, for machines that have an allocator.
//!
//! It plans when it must: at the start, after a change of shapes, and when a tensor whose size depends
//! on data outgrows its room, in which case the run is repeated from the state it began with.
//! Invariant: the plan and the kernels are those of [`Interpreter`].

use crate::error::{Error, Kind, Result};
use crate::interpreter::{Interpreter, Probe};
use crate::kernel::OpDef;
use crate::kernels;
use crate::num::Numerics;
use crate::op::Cap;
use crate::plan::{self, Options, Plan};
use crate::shape::Shape;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use floe_graph::{DType, Quant};
use floe_tflite::fields::{signature_def, tensor_map};
use floe_tflite::{Subgraph, Tensor, TfLite};

/// How a [`Session`] runs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionOptions {
    /// Whose integers to reproduce.
    pub numerics: Numerics,
    /// The signature to run, by key; `None` for the main subgraph.
    pub signature: Option<String>,
    /// As [`Options::apart`].
    pub apart: bool,
    /// As [`Options::threads`].
    pub threads: usize,
    /// The most bytes that the arena may take.
    pub max_arena: usize,
    /// The ops to run with.
    pub ops: &'static [&'static OpDef],
}

impl Default for SessionOptions {
    fn default() -> Self {
        let numerics = Numerics::default();
        let (apart, threads) = (false, 1);
        Self { numerics, signature: None, apart, threads, max_arena: 1 << 31, ops: kernels::ALL }
    }
}

/// One input or output of a session.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Port<'d> {
    /// The signature's key for it, else the tensor's name.
    pub name: String,
    /// The tensor's index in its subgraph.
    pub tensor: usize,
    /// The element type.
    pub dtype: DType,
    /// The dimensions, as they are now.
    pub shape: Shape,
    /// The dimensions that the file gives: -1 for those that the caller may set.
    pub signature: Vec<i32>,
    /// How integers stand for real numbers, where they do.
    pub quant: Option<Quant<'d>>,
}

/// A model with memory of its own.
pub struct Session<'d> {
    model: TfLite<'d>,
    graph: usize,
    inputs: Vec<(String, usize)>,
    outputs: Vec<(String, usize)>,
    options: SessionOptions,
    arena: Vec<u8>,
    shapes: Vec<(usize, Shape)>,
    caps: Vec<Cap>,
    plan: Option<Plan>,
    values: Vec<Vec<u8>>,
}

impl<'d> Session<'d> {
    /// A session for the model in `bytes`, a `.tflite` file.
    ///
    /// # Errors
    /// [`Kind::File`]; [`Kind::NoSuchIndex`] when there is no such signature. What is wrong with
    /// operators shows in [`allocate`](Self::allocate), when shapes are known.
    pub fn new(bytes: &'d [u8], options: SessionOptions) -> Result<Self> {
        Self::of(TfLite::parse(bytes)?, options)
    }

    /// A session for a model that is already open.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of(model: TfLite<'d>, options: SessionOptions) -> Result<Self> {
        let (graph, inputs, outputs) = match &options.signature {
            None => main_ports(&model)?,
            Some(key) => signature_ports(&model, key)?,
        };
        let values = vec![Vec::new(); inputs.len()];
        let (arena, shapes, caps) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { model, graph, inputs, outputs, options, arena, shapes, caps, plan: None, values })
    }

    /// The model.
    #[must_use]
    pub const fn model(&self) -> TfLite<'d> {
        self.model
    }

    /// The inputs, in the order of the signature, or of the subgraph.
    ///
    /// # Errors
    /// What is wrong with a tensor in the file.
    pub fn inputs(&mut self) -> Result<Vec<Port<'d>>> {
        self.inputs.clone().into_iter().map(|p| self.port(p)).collect()
    }

    /// The outputs, in the order of the signature, or of the subgraph.
    ///
    /// # Errors
    /// What is wrong with a tensor in the file.
    pub fn outputs(&mut self) -> Result<Vec<Port<'d>>> {
        self.outputs.clone().into_iter().map(|p| self.port(p)).collect()
    }

    fn port(&mut self, (name, tensor): (String, usize)) -> Result<Port<'d>> {
        let view = self.view()?.tensor(tensor)?;
        let (shape, dtype) = match self.plan {
            Some(_) => self.with(|it| Ok((it.shape_of(tensor)?, it.dtype_of(tensor)?)))?,
            None => (self.wanted_shape(tensor, &view)?, view.dtype()?),
        };
        Ok(Port {
            name,
            tensor,
            dtype,
            shape,
            signature: view.shape_signature().unwrap_or_else(|| view.shape()).iter().collect(),
            quant: view.quant(),
        })
    }

    fn wanted_shape(&self, tensor: usize, view: &Tensor<'_>) -> Result<Shape> {
        let number = self.number(tensor);
        let set = self.shapes.iter().find(|(i, _)| Some(*i) == number).map(|&(_, shape)| shape);
        let shape = set.or_else(|| Shape::new(view.shape().iter()));
        shape.ok_or(Error::new(Kind::Shape, tensor))
    }

    fn view(&self) -> Result<Subgraph<'d>> {
        Ok(self.model.subgraph(self.graph)?)
    }

    /// The number of the subgraph's input that is this tensor.
    fn number(&self, tensor: usize) -> Option<usize> {
        let inputs = self.view().ok()?.inputs();
        inputs.iter().position(|t| usize::try_from(t) == Ok(tensor))
    }

    fn input(&self, i: usize) -> Result<usize> {
        self.inputs.get(i).map(|p| p.1).ok_or(Error::new(Kind::NoSuchIndex, i))
    }

    /// Gives input `i` these dimensions from the next run on.
    ///
    /// # Errors
    /// [`Kind::NoSuchIndex`], [`Kind::Shape`].
    pub fn resize_input(&mut self, i: usize, dims: &[i32]) -> Result<()> {
        let tensor = self.input(i)?;
        let bad = Error::new(Kind::Shape, tensor);
        let shape = Shape::new(dims.iter().copied()).ok_or(bad)?;
        let number = self.number(tensor).ok_or(Error::new(Kind::NoSuchIndex, i))?;
        let view = self.view()?.tensor(tensor)?;
        if self.wanted_shape(tensor, &view)? != shape {
            self.shapes.retain(|(n, _)| *n != number);
            self.shapes.push((number, shape));
            self.plan = None;
        }
        Ok(())
    }

    /// Sets what input `i` holds in the next runs: raw little-endian elements, row-major; for strings
    /// TFLite's own buffer.
    ///
    /// # Errors
    /// [`Kind::NoSuchIndex`]; [`Kind::Length`] when that is not what the input takes.
    pub fn set_input(&mut self, i: usize, bytes: &[u8]) -> Result<()> {
        let tensor = self.input(i)?;
        let view = self.view()?.tensor(tensor)?;
        let dtype = view.dtype()?;
        let shape = self.wanted_shape(tensor, &view)?;
        let elements = shape.len();
        if dtype == DType::String {
            self.reserve(self.graph, false, tensor, bytes.len());
            // The planner gives room to inputs whose shape it is told.
            let number = self.number(tensor).ok_or(Error::new(Kind::NoSuchIndex, i))?;
            if !self.shapes.iter().any(|(n, _)| *n == number) {
                self.shapes.push((number, shape));
                self.plan = None;
            }
        } else if crate::op::bytes_of(dtype, elements) != Some(bytes.len()) {
            return Err(Error::new(
                Kind::Length,
                crate::op::bytes_of(dtype, elements).unwrap_or(0),
            ));
        }
        let value = self.values.get_mut(i).ok_or(Error::new(Kind::NoSuchIndex, i))?;
        value.clear();
        value.extend_from_slice(bytes);
        Ok(())
    }

    /// Plans the memory for the shapes as they are now, unless that is done.
    ///
    /// # Errors
    /// As [`Interpreter::new`]; [`Kind::Arena`] beyond [`SessionOptions::max_arena`].
    pub fn allocate(&mut self) -> Result<()> {
        if self.plan.is_none() {
            self.replan(None)?;
        }
        Ok(())
    }

    /// Exactly the bytes of arena that the model takes with the shapes as they are now.
    ///
    /// # Errors
    /// As [`allocate`](Self::allocate).
    pub fn arena_bytes(&mut self) -> Result<usize> {
        self.allocate()?;
        Ok(self.plan.map_or(0, |p| p.bytes))
    }

    /// Runs the model once. Variables keep their values from run to run.
    ///
    /// # Errors
    /// As [`allocate`](Self::allocate) and [`Interpreter::invoke`].
    pub fn invoke(&mut self) -> Result<()> {
        self.invoke_with(&mut ())
    }

    /// As [`invoke`](Self::invoke), with a probe. A run that is repeated for more room is seen twice.
    ///
    /// # Errors
    /// As [`invoke`](Self::invoke).
    pub fn invoke_with(&mut self, probe: &mut impl Probe) -> Result<()> {
        self.allocate()?;
        let state = self.with(|it| Ok(it.state().to_vec()))?;
        loop {
            self.write_inputs()?;
            match self.with(|it| it.invoke_with(probe)) {
                Err(e) if e.kind == Kind::Grow => self.grow(e, &state)?,
                outcome => return outcome,
            }
        }
    }

    /// What output `i` holds after a run: its shape, and its raw elements.
    ///
    /// # Errors
    /// [`Kind::NoSuchIndex`]; [`Kind::Order`] before the first run.
    pub fn output(&mut self, i: usize) -> Result<(Shape, &[u8])> {
        let tensor = self.outputs.get(i).ok_or(Error::new(Kind::NoSuchIndex, i))?.1;
        if self.plan.is_none() {
            return Err(Error::new(Kind::Order, tensor));
        }
        let (shape, range) = self.with(|it| Ok((it.shape_of(tensor)?, it.range_of(tensor)?)))?;
        let bytes = match range {
            Some(range) => self.arena.get(range),
            None => self.view()?.tensor(tensor)?.data()?,
        };
        Ok((shape, bytes.ok_or(Error::new(Kind::Contract, tensor))?))
    }

    /// As [`Interpreter::range_of`].
    ///
    /// # Errors
    /// As [`allocate`](Self::allocate) and [`Interpreter::range_of`].
    pub fn range_of(&mut self, tensor: usize) -> Result<Option<core::ops::Range<usize>>> {
        self.allocate()?;
        self.with(|it| it.range_of(tensor))
    }

    /// Zeroes the variable tensors, not the resource variables.
    ///
    /// # Errors
    /// As [`allocate`](Self::allocate).
    pub fn reset_variables(&mut self) -> Result<()> {
        self.allocate()?;
        self.with(|it| {
            it.reset_variables();
            Ok(())
        })
    }

    /// The planned interpreter in this session's memory.
    fn with<R>(&mut self, f: impl FnOnce(&mut Interpreter<'_>) -> Result<R>) -> Result<R> {
        let plan = self.plan.ok_or(Error::new(Kind::Order, 0))?;
        let options = plan_options(&self.options, self.graph, &self.shapes, &self.caps);
        f(&mut Interpreter::resume(self.model, &mut self.arena, self.options.ops, options, plan)?)
    }

    /// Plans, with as much memory as it takes, and puts `state` back.
    fn replan(&mut self, state: Option<&[u8]>) -> Result<()> {
        self.plan = None;
        let options = plan_options(&self.options, self.graph, &self.shapes, &self.caps);
        let plan = plan_in(
            self.model,
            &mut self.arena,
            self.options.ops,
            &options,
            self.options.max_arena,
        )?;
        self.plan = Some(plan);
        self.with(|it| {
            it.reset_variables();
            if let Some(state) = state {
                for (to, from) in it.state_mut().iter_mut().zip(state) {
                    *to = *from;
                }
            }
            Ok(())
        })
    }

    /// Writes the inputs' values into the arena; those never set are zero.
    fn write_inputs(&mut self) -> Result<()> {
        for (i, (_, tensor)) in self.inputs.clone().into_iter().enumerate() {
            let value = self.values.get(i).cloned().unwrap_or_default();
            self.with(|it| {
                let Ok(to) = it.bytes_mut(tensor) else { return Ok(()) };
                to.fill(0);
                for (to, from) in to.iter_mut().zip(&value) {
                    *to = *from;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Makes room for what outgrew the plan.
    fn grow(&mut self, e: Error, state: &[u8]) -> Result<()> {
        let graph = usize::from(e.graph);
        let scratch = e.at == u32::MAX;
        let index = if scratch { usize::from(e.op) } else { e.at as usize };
        let had =
            self.caps.iter().filter(|c| c.scratch == scratch && usize::from(c.graph) == graph);
        let had = had.filter(|c| c.index as usize == index).map(|c| c.bytes).max().unwrap_or(0);
        let bytes = (had as usize * 4).max(1024);
        if bytes > self.options.max_arena {
            return Err(e);
        }
        self.reserve(graph, scratch, index, bytes);
        self.replan(Some(state))
    }

    /// Asks the next plan for this much room.
    fn reserve(&mut self, graph: usize, scratch: bool, index: usize, bytes: usize) {
        let (graph, index) = (graph as u16, index as u32);
        let bytes = bytes.min(u32::MAX as usize) as u32;
        let same = |c: &&mut Cap| (c.graph, c.scratch, c.index) == (graph, scratch, index);
        match self.caps.iter_mut().find(same) {
            Some(cap) if cap.bytes >= bytes => return,
            Some(cap) => cap.bytes = bytes,
            None => self.caps.push(Cap { graph, scratch, index, bytes }),
        }
        self.plan = None;
    }
}

/// What to plan for.
fn plan_options<'s>(
    options: &SessionOptions,
    graph: usize,
    shapes: &'s [(usize, Shape)],
    caps: &'s [Cap],
) -> Options<'s> {
    let &SessionOptions { numerics, apart, threads, .. } = options;
    Options { numerics, graph, shapes, apart, threads, caps }
}

/// Plans in an arena that grows as it must, up to `most` bytes.
pub(crate) fn plan_in(
    model: TfLite<'_>,
    arena: &mut Vec<u8>,
    ops: &[&OpDef],
    options: &Options<'_>,
    most: usize,
) -> Result<Plan> {
    loop {
        match plan::plan(model, ops, arena, options) {
            Err(e) if e.kind == Kind::Arena => {
                let need = (e.at as usize).max(arena.len() + 1);
                if need > most {
                    return Err(e);
                }
                // Half as much again, so that a planner that asks for little at a time ends soon.
                *arena = vec![0; (need + need / 2).max(4096).min(most)];
            }
            outcome => return outcome,
        }
    }
}

type Ports = Vec<(String, usize)>;

/// The main subgraph's inputs and outputs, by their tensors' names.
fn main_ports(model: &TfLite<'_>) -> Result<(usize, Ports, Ports)> {
    let graph = model.subgraph(0)?;
    let named = |list: floe_graph::LeSlice<'_, i32>| -> Result<Ports> {
        plan::indices(&list)
            .map(|i| Ok((String::from_utf8_lossy(graph.tensor(i)?.name_bytes()).into_owned(), i)))
            .collect()
    };
    Ok((0, named(graph.inputs())?, named(graph.outputs())?))
}

/// A signature's inputs and outputs, by its names for them.
fn signature_ports(model: &TfLite<'_>, key: &str) -> Result<(usize, Ports, Ports)> {
    let signature = model.find_signature(key).ok_or(Error::new(Kind::NoSuchIndex, 0))?;
    let graph = signature.get(signature_def::SUBGRAPH_INDEX) as usize;
    let view = model.subgraph(graph)?;
    let list = |field| -> Result<Ports> {
        let maps = signature.tables(field).iter().map(|map| {
            let tensor = map.get(tensor_map::TENSOR_INDEX) as usize;
            view.tensor(tensor)?;
            let name = map.bytes(tensor_map::NAME).unwrap_or_default();
            Ok((String::from_utf8_lossy(name).into_owned(), tensor))
        });
        maps.collect()
    };
    Ok((graph, list(signature_def::INPUTS)?, list(signature_def::OUTPUTS)?))
}
