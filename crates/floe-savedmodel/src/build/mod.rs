//! [`Builder`]: a graph put together from expressions, or added to one that is there.
//!
//! A [`Tensor`] is a place in the graph, not numbers: `a + b` adds a node and gives its output. Which
//! dtypes and counts a node's attributes must state follows from its op's definition and its inputs.
//!
//! ```
//! use floe_savedmodel::Builder;
//!
//! let g = Builder::new();
//! let (a, b) = (g.scalar("a", 6.0), g.scalar("b", 2.0));
//! let sum = a + b;
//! assert_eq!(sum.name(), "AddV2:0");
//! assert_eq!(g.finish()?.node.len(), 3);
//! # Ok::<(), floe_savedmodel::Error>(())
//! ```
//!
//! Invariant: every node that [`Builder::finish`] hands out fits its op's definition and reads only
//! nodes that come before it; the first thing that did not fit is its error.

mod call;
mod math;
mod value;

pub use call::Call;
pub use value::Attr;
pub(crate) use value::number;

use crate::names::{Reference, full_tensor};
use crate::ops::{self, Ops};
use crate::tensor::Held;
use crate::{Error, Result};
use floe_graph::DType;
use floe_proto::tensorflow::{GraphDef, NodeDef, TensorProto, VersionDef, attr_value::Value};
use std::cell::RefCell;
use std::collections::HashMap;

/// The version of graphs that this crate's op definitions belong to.
const PRODUCER: i32 = 1987;
const MIN_CONSUMER: i32 = 12;

/// A graph that grows.
#[derive(Debug, Default)]
pub struct Builder {
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    graph: GraphDef,
    ops: Ops,
    /// Nodes by name.
    names: HashMap<String, u32>,
    /// How many nodes asked for a name that was taken.
    taken: HashMap<String, u32>,
    /// What new names begin with.
    prefix: String,
    fault: Option<Error>,
}

/// One output of a node of a [`Builder`].
#[derive(Clone, Copy)]
pub struct Tensor<'b> {
    builder: &'b Builder,
    node: u32,
    port: u32,
    dtype: i32,
}

impl Builder {
    /// An empty graph.
    #[must_use]
    pub fn new() -> Self {
        let versions =
            VersionDef { producer: PRODUCER, min_consumer: MIN_CONSUMER, bad_consumers: vec![] };
        Self::over(GraphDef { versions: Some(versions), ..GraphDef::default() })
    }

    /// A graph to add to.
    #[must_use]
    pub fn over(graph: GraphDef) -> Self {
        let mut ops = Ops::default();
        ops.load(graph.node.iter().map(|n| n.op.as_str()));
        let mut names = HashMap::with_capacity(graph.node.len());
        for (i, node) in (0..).zip(&graph.node) {
            names.entry(node.name.clone()).or_insert(i);
        }
        Self { state: RefCell::new(State { graph, ops, names, ..State::default() }) }
    }

    /// Lets the names of what is added from now on begin with `prefix` and a slash; nothing for none.
    pub fn enter(&self, prefix: &str) {
        let slash = if prefix.is_empty() { "" } else { "/" };
        self.state.borrow_mut().prefix = format!("{prefix}{slash}");
    }

    /// The tensor called `name`, `node` or `node:1`.
    ///
    /// # Errors
    /// [`Error::NoSuch`].
    pub fn tensor(&self, name: &str) -> Result<Tensor<'_>> {
        let state = self.state.borrow();
        let have = || state.graph.node.iter().map(|n| n.name.as_str());
        let missing = || Error::no_such("tensor", name, have());
        let Some(Reference::Tensor { node, index }) = Reference::parse(name) else {
            return Err(missing());
        };
        let &at = state.names.get(node).ok_or_else(missing)?;
        let def = state.graph.node.get(at as usize).ok_or_else(missing)?;
        let outputs = state.dtypes(def).ok_or_else(missing)?;
        let &dtype = outputs.get(index as usize).ok_or_else(missing)?;
        Ok(Tensor { builder: self, node: at, port: index, dtype })
    }

    /// Node number `at`, copied; `None` beyond the last.
    #[must_use]
    pub(crate) fn node(&self, at: u32) -> Option<NodeDef> {
        self.state.borrow().graph.node.get(at as usize).cloned()
    }

    /// The attribute `name` of `node`, or its op's default.
    pub(crate) fn attr(&self, node: &NodeDef, name: &str) -> Option<Value> {
        let state = self.state.borrow();
        let definition = state.ops.get(&node.op);
        ops::attr(node, definition.as_deref(), name).cloned()
    }

    /// Whether `tensor` is a constant whose elements are all zero.
    pub(crate) fn is_zero(&self, tensor: Tensor<'_>) -> bool {
        let Some(node) = self.node(tensor.node) else { return false };
        let value = node.attr.get("value").and_then(|a| a.value.as_ref());
        let Some(Value::Tensor(proto)) = value.filter(|_| node.op == "Const") else { return false };
        let Ok(held) = Held::new(proto) else { return false };
        let bytes = held.view().bytes(1 << 10);
        bytes.is_ok_and(|raw| raw.iter().all(|&b| b == 0))
    }

    /// Every output of node number `at`.
    pub(crate) fn outputs_of(&self, at: u32) -> Vec<Tensor<'_>> {
        let state = self.state.borrow();
        let dtypes = state.graph.node.get(at as usize).and_then(|def| state.dtypes(def));
        let dtypes = (0..).zip(dtypes.unwrap_or_default());
        dtypes.map(|(port, dtype)| Tensor { builder: self, node: at, port, dtype }).collect()
    }

    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.state.borrow().graph.node.len() as u32
    }

    /// Whether there is no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A node of `op`, to be given inputs and attributes.
    pub fn op(&self, op: &str) -> Call<'_> {
        Call::new(self, op)
    }

    /// What is fed when the graph runs; -1 for a dimension that is open.
    #[must_use]
    pub fn input(&self, name: &str, dtype: DType, shape: &[i64]) -> Tensor<'_> {
        self.op("Placeholder")
            .named(name)
            .attr("dtype", dtype)
            .attr("shape", Attr::shape(shape))
            .output()
    }

    /// A constant.
    #[must_use]
    pub fn constant(&self, name: &str, value: TensorProto) -> Tensor<'_> {
        let dtype = Attr::from(Value::Type(value.dtype));
        self.op("Const").named(name).attr("dtype", dtype).attr("value", value).output()
    }

    /// A float32 constant with no dimensions.
    #[must_use]
    pub fn scalar(&self, name: &str, value: f32) -> Tensor<'_> {
        self.constant(name, number(DType::Float32, value.into()))
    }

    /// A float32 constant of the given dimensions, row-major.
    #[must_use]
    pub fn floats(&self, name: &str, shape: &[i64], values: &[f32]) -> Tensor<'_> {
        self.constant(name, value::floats(shape, values))
    }

    /// An int32 constant with one dimension.
    #[must_use]
    pub fn ints(&self, name: &str, values: &[i32]) -> Tensor<'_> {
        self.constant(name, value::ints(values))
    }

    /// The graph.
    ///
    /// # Errors
    /// The first node that did not fit its op's definition.
    pub fn finish(self) -> Result<GraphDef> {
        let state = self.state.into_inner();
        state.fault.map_or(Ok(state.graph), Err)
    }

    /// Appends `node` under a free name; `dtypes` of its outputs.
    fn push(&self, mut node: NodeDef) -> Vec<Tensor<'_>> {
        let mut state = self.state.borrow_mut();
        let wanted = format!("{}{}", state.prefix, node.name);
        node.name = state.unique(wanted);
        let Some(dtypes) = state.dtypes(&node) else {
            let fault = node_fault(&node, "its outputs are not known: an attribute is missing");
            state.fault.get_or_insert(fault);
            return Vec::new();
        };
        let at = state.graph.node.len() as u32;
        state.names.insert(node.name.clone(), at);
        state.graph.node.push(node);
        let dtypes = (0..).zip(dtypes);
        dtypes.map(|(port, dtype)| Tensor { builder: self, node: at, port, dtype }).collect()
    }

    /// Keeps the first fault.
    pub(crate) fn fail(&self, fault: Error) {
        self.state.borrow_mut().fault.get_or_insert(fault);
    }

    /// What stands for a tensor that could not be made.
    pub(crate) fn nothing(&self) -> Tensor<'_> {
        Tensor { builder: self, node: u32::MAX, port: 0, dtype: 0 }
    }
}

impl State {
    /// The `DataType` numbers of the outputs of `node`.
    fn dtypes(&self, node: &NodeDef) -> Option<Vec<i32>> {
        let Some(definition) = self.ops.get(&node.op) else { return self.results(&node.op) };
        let arguments = ops::outputs(node, &definition)?;
        let mut all = Vec::new();
        for argument in &arguments {
            all.extend((0..argument.count).map(|i| argument.dtype(i).unwrap_or(0)));
        }
        Some(all)
    }

    /// The dtypes of the results of a function of the library.
    fn results(&self, name: &str) -> Option<Vec<i32>> {
        let functions = self.graph.library.iter().flat_map(|l| &l.function);
        let mut signatures = functions.filter_map(|f| f.signature.as_ref());
        let signature = signatures.find(|s| s.name == name)?;
        Some(signature.output_arg.iter().map(|a| a.r#type).collect())
    }

    /// `wanted`, or with a number when that is taken.
    fn unique(&mut self, wanted: String) -> String {
        if !self.names.contains_key(&wanted) {
            return wanted;
        }
        let count = self.taken.entry(wanted.clone()).or_default();
        loop {
            *count = count.saturating_add(1);
            let name = format!("{wanted}_{count}");
            if !self.names.contains_key(&name) {
                return name;
            }
        }
    }
}

impl<'b> Tensor<'b> {
    /// `node:0`.
    #[must_use]
    pub fn name(&self) -> String {
        full_tensor(&self.node_name(), self.port)
    }

    /// The name of the node that makes it; empty for what could not be made.
    #[must_use]
    pub fn node_name(&self) -> String {
        let state = self.builder.state.borrow();
        state.graph.node.get(self.node as usize).map_or(String::new(), |n| n.name.clone())
    }

    /// The element type; `None` for what could not be made.
    #[must_use]
    pub fn dtype(&self) -> Option<DType> {
        DType::from_tensorflow(self.dtype)
    }

    /// The builder that it is a tensor of.
    #[must_use]
    pub const fn builder(&self) -> &'b Builder {
        self.builder
    }

    /// The number of the node that makes it, and of the output.
    pub(crate) const fn place(&self) -> (u32, u32) {
        (self.node, self.port)
    }
}

impl std::fmt::Debug for Tensor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}

pub(crate) fn node_fault(node: &NodeDef, reason: impl Into<String>) -> Error {
    Error::Node {
        node: node.name.clone(),
        op: node.op.clone(),
        function: String::new(),
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests;
