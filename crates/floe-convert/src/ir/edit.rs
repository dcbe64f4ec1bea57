//! Making nodes: [`Scope`], the one interface by which the lowering and the passes build, and
//! [`Patch`], a change that a pass proposes and the engine applies.
//!
//! Invariant: [`Scope::op`] infers the results and folds what is constant, so a node that only
//! computes a constant is never made.

use super::{Attrs, Builtin, Def, Dim, Graph, Node, NodeId, Op, Symbols, Tensor, Value, ValueId};
use crate::{fold, infer};
use floe_graph::DType;
use std::fmt;
use std::sync::Arc;

/// Why something cannot be converted, for the person whose model it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(pub String);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Reason {
    fn from(s: &str) -> Self {
        Self(s.to_owned())
    }
}

impl From<String> for Reason {
    fn from(s: String) -> Self {
        Self(s)
    }
}

/// A place where nodes can be made.
pub trait Scope {
    /// The module's symbols.
    fn symbols(&self) -> &Symbols;
    /// Value `v`.
    fn get(&self, v: ValueId) -> &Value;
    /// Adds a value.
    fn put_value(&mut self, value: Value) -> ValueId;
    /// Adds a node after those that are there.
    fn put_node(&mut self, node: Node);
    /// The user's nodes whose work is being done; the first gives values their name.
    fn origin(&self) -> &[Arc<str>];

    /// The name for a new value.
    fn name(&self) -> Arc<str> {
        self.origin().first().cloned().unwrap_or_else(|| "value".into())
    }

    /// Adds the constant `t`.
    fn constant(&mut self, t: impl Into<Arc<Tensor>>) -> ValueId
    where
        Self: Sized,
    {
        let t: Arc<Tensor> = t.into();
        let shape = t.shape().iter().map(|&n| Dim::from(n)).collect();
        let content = fold::content_of(&t);
        let name = self.name();
        let mut value = Value::new(t.dtype(), shape, Def::Const(t), name);
        value.content = content;
        self.put_value(value)
    }

    /// Adds a vector of int32; `None` when one is out of range.
    fn i32s(&mut self, values: &[i64]) -> Result<ValueId, Reason>
    where
        Self: Sized,
    {
        let t = Tensor::ints(DType::Int32, &[values.len()], values);
        Ok(self.constant(t.ok_or("a number does not fit 32 bits")?))
    }

    /// Adds an int32 scalar.
    fn i32(&mut self, value: i64) -> Result<ValueId, Reason>
    where
        Self: Sized,
    {
        let t = Tensor::ints(DType::Int32, &[], &[value]);
        Ok(self.constant(t.ok_or("a number does not fit 32 bits")?))
    }

    /// Adds a float32 scalar.
    fn f32(&mut self, value: f32) -> Result<ValueId, Reason>
    where
        Self: Sized,
    {
        Ok(self.constant(Tensor::f32(&[], &[value]).ok_or("not a scalar")?))
    }

    /// A node with results that the caller states: control flow, custom operators.
    fn raw(
        &mut self,
        op: Op,
        inputs: &[Option<ValueId>],
        attrs: Attrs,
        results: Vec<infer::Type>,
    ) -> Vec<ValueId>
    where
        Self: Sized,
    {
        let base = self.name();
        let unset = Def::State;
        let outputs: Vec<ValueId> = results
            .into_iter()
            .enumerate()
            .map(|(i, t)| {
                let name = if i == 0 { base.clone() } else { format!("{base}:{i}").into() };
                let mut value = Value::new(t.dtype, t.shape, unset.clone(), name);
                value.content = t.content;
                self.put_value(value)
            })
            .collect();
        let origin = self.origin().to_vec();
        let node = Node { op, inputs: inputs.to_vec(), outputs: outputs.clone(), attrs, origin };
        self.put_node(node);
        outputs
    }

    /// The results of `op` on `inputs`: constants when they can be computed now, else of a new node.
    ///
    /// # Errors
    /// When the operator does not take such inputs.
    fn op_all(
        &mut self,
        op: Builtin,
        inputs: &[Option<ValueId>],
        attrs: Attrs,
    ) -> Result<Vec<ValueId>, Reason>
    where
        Self: Sized,
    {
        let values: Vec<Option<&Value>> = inputs.iter().map(|v| v.map(|v| self.get(v))).collect();
        let results = infer::infer(self.symbols(), op, &values, &attrs)?;
        if let Some(tensors) = fold::fold(op, &values, &attrs, &results) {
            return Ok(tensors.into_iter().map(|t| self.constant(t)).collect());
        }
        Ok(self.raw(Op::Builtin(op), inputs, attrs, results))
    }

    /// The one result of `op` on `inputs` with options.
    ///
    /// # Errors
    /// When the operator does not take such inputs.
    fn op_with(&mut self, op: Builtin, inputs: &[ValueId], attrs: Attrs) -> Result<ValueId, Reason>
    where
        Self: Sized,
    {
        let inputs: Vec<_> = inputs.iter().copied().map(Some).collect();
        let all = self.op_all(op, &inputs, attrs)?;
        all.first().copied().ok_or_else(|| "the operator has no result".into())
    }

    /// The one result of `op` on `inputs`.
    ///
    /// # Errors
    /// When the operator does not take such inputs.
    fn op(&mut self, op: Builtin, inputs: &[ValueId]) -> Result<ValueId, Reason>
    where
        Self: Sized,
    {
        self.op_with(op, inputs, Attrs::new())
    }
}

/// A change of a graph: nodes to add before a given one, and values to read instead of others.
#[derive(Debug)]
pub struct Patch<'g> {
    graph: &'g Graph,
    symbols: &'g Symbols,
    origin: Vec<Arc<str>>,
    change: Change,
}

/// A patch without its hold on the graph.
#[derive(Debug, Default)]
pub(crate) struct Change {
    values: Vec<Value>,
    nodes: Vec<Node>,
    replace: Vec<(ValueId, ValueId)>,
}

impl<'g> Patch<'g> {
    /// An empty patch that does the work of `covers`.
    #[must_use]
    pub fn new(graph: &'g Graph, symbols: &'g Symbols, covers: &[&Node]) -> Self {
        let mut origin: Vec<Arc<str>> = Vec::new();
        for name in covers.iter().flat_map(|n| &n.origin) {
            if !origin.contains(name) {
                origin.push(name.clone());
            }
        }
        Self { graph, symbols, origin, change: Change::default() }
    }

    /// Lets everything that reads `old` read `new`.
    #[must_use]
    pub fn replacing(mut self, old: ValueId, new: ValueId) -> Self {
        self.change.replace.push((old, new));
        self
    }

    /// How many nodes the patch adds.
    #[must_use]
    pub fn added(&self) -> usize {
        self.change.nodes.len()
    }

    pub(crate) fn into_change(self) -> Change {
        self.change
    }
}

impl Scope for Patch<'_> {
    fn symbols(&self) -> &Symbols {
        self.symbols
    }

    #[expect(clippy::indexing_slicing, reason = "an id is made by the graph or by this patch")]
    fn get(&self, v: ValueId) -> &Value {
        match (v.0 as usize).checked_sub(self.graph.value_count()) {
            Some(own) => &self.change.values[own],
            None => self.graph.value(v),
        }
    }

    fn put_value(&mut self, value: Value) -> ValueId {
        let id = self.graph.value_count() + self.change.values.len();
        self.change.values.push(value);
        ValueId(u32::try_from(id).unwrap_or(u32::MAX))
    }

    fn put_node(&mut self, node: Node) {
        self.change.nodes.push(node);
    }

    fn origin(&self) -> &[Arc<str>] {
        &self.origin
    }
}

impl Change {
    /// Applies the change to the graph that it was made for; new nodes run just before `root`.
    pub(crate) fn apply(self, graph: &mut Graph, root: NodeId) {
        let first_new = graph.value_count();
        for value in self.values {
            graph.add_value(value);
        }
        let at = graph.order.iter().position(|&id| id == root).unwrap_or(graph.order.len());
        for (i, node) in self.nodes.into_iter().enumerate() {
            graph.insert_node(at + i, node);
        }
        let mut dead = vec![root];
        for (old, new) in self.replace {
            if new.0 as usize >= first_new {
                graph.value_mut(new).name = graph.value(old).name.clone();
            }
            if let Def::Node(id, _) = graph.value(old).def {
                dead.push(id);
            }
            graph.replace(old, new);
        }
        for id in dead {
            graph.remove_if_dead(id);
        }
    }
}
