//! [`Graph`]: nodes over values, with who reads what kept current.
//!
//! Invariant: `users` of a value lists a node once for each of its inputs that reads the value.

use super::{Attrs, Dim, NodeId, Op, Tensor, ValueId};
use floe_graph::DType;
use std::sync::Arc;

/// How integers stand for real numbers: `real = scale × (integer − zero point)`.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantParams {
    /// One scale, or one for each slice along `axis`.
    pub scales: Vec<f32>,
    /// The integers that stand for zero, as many as scales.
    pub zero_points: Vec<i64>,
    /// The dimension that several scales belong to.
    pub axis: usize,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub enum Def {
    /// An output of a node.
    Node(NodeId, u32),
    /// An input of the graph.
    Input,
    /// A constant.
    Const(Arc<Tensor>),
    /// A state that an operator keeps from one run to the next; zero at first.
    State,
}

/// What flows along an edge.
#[derive(Clone, Debug)]
pub struct Value {
    /// The element type.
    pub dtype: DType,
    /// The dimensions.
    pub shape: Vec<Dim>,
    /// Where it comes from.
    pub def: Def,
    /// The elements of a small integer tensor, row-major, as far as symbols express them.
    pub content: Option<Arc<[Dim]>>,
    /// How its integers stand for real numbers, where they do.
    pub quant: Option<QuantParams>,
    /// The name in the file: that of the user's node.
    pub name: Arc<str>,
    pub(crate) users: Vec<NodeId>,
}

impl Value {
    pub(crate) fn new(dtype: DType, shape: Vec<Dim>, def: Def, name: Arc<str>) -> Self {
        Self { dtype, shape, def, content: None, quant: None, name, users: Vec::new() }
    }

    /// The constant, when it is one.
    #[must_use]
    pub fn tensor(&self) -> Option<&Arc<Tensor>> {
        match &self.def {
            Def::Const(t) => Some(t),
            _ => None,
        }
    }

    /// The number of dimensions.
    #[must_use]
    pub const fn rank(&self) -> usize {
        self.shape.len()
    }

    /// The dimensions when all are known.
    #[must_use]
    pub fn static_shape(&self) -> Option<Vec<usize>> {
        self.shape.iter().map(Dim::size).collect()
    }

    /// The elements as known integers: of a constant, or of a computed shape.
    #[must_use]
    pub fn ints(&self) -> Option<Vec<i64>> {
        if let Some(c) = &self.content {
            return c.iter().map(Dim::get).collect();
        }
        self.tensor().and_then(|t| t.to_ints())
    }
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it does.
    pub op: Op,
    /// What it reads; `None` for an optional input that is not given.
    pub inputs: Vec<Option<ValueId>>,
    /// What it makes.
    pub outputs: Vec<ValueId>,
    /// Its options.
    pub attrs: Attrs,
    /// The user's nodes that it does the work of.
    pub origin: Vec<Arc<str>>,
}

impl Node {
    /// Input `i`, when it is given.
    #[must_use]
    pub fn input(&self, i: usize) -> Option<ValueId> {
        self.inputs.get(i).copied().flatten()
    }

    /// Output `i`.
    #[must_use]
    pub fn output(&self, i: usize) -> Option<ValueId> {
        self.outputs.get(i).copied()
    }
}

/// Nodes over values.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// The graph's name in the file.
    pub name: String,
    /// The values that go in.
    pub inputs: Vec<ValueId>,
    /// The values that come out.
    pub outputs: Vec<ValueId>,
    pub(crate) order: Vec<NodeId>,
    nodes: Vec<Option<Node>>,
    values: Vec<Value>,
}

impl Graph {
    /// Value `id`. Ids come from this graph alone.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "an id is made by the graph that holds the value")]
    pub fn value(&self, id: ValueId) -> &Value {
        &self.values[id.0 as usize]
    }

    /// Value `id`, to change.
    #[expect(clippy::indexing_slicing, reason = "an id is made by the graph that holds the value")]
    pub fn value_mut(&mut self, id: ValueId) -> &mut Value {
        &mut self.values[id.0 as usize]
    }

    /// The name of a value whose integers stand for real numbers, when there is one.
    #[must_use]
    pub fn quantized(&self) -> Option<&str> {
        self.values.iter().find(|v| v.quant.is_some()).map(|v| &*v.name)
    }

    /// The number of values, also of those that nothing uses any more.
    #[must_use]
    pub const fn value_count(&self) -> usize {
        self.values.len()
    }

    /// Node `id`; `None` when it was removed.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)?.as_ref()
    }

    /// Node `id`, to change its options. Its inputs are changed by [`set_input`](Self::set_input).
    pub fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(id.0 as usize)?.as_mut()
    }

    /// The nodes in running order.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = (NodeId, &Node)> {
        self.order.iter().filter_map(|&id| Some((id, self.node(id)?)))
    }

    /// The nodes' ids in running order.
    #[must_use]
    pub fn node_ids(&self) -> Vec<NodeId> {
        self.nodes().map(|(id, _)| id).collect()
    }

    /// The node that makes `v`, and which of its outputs `v` is.
    #[must_use]
    pub fn producer(&self, v: ValueId) -> Option<(NodeId, &Node)> {
        match self.value(v).def {
            Def::Node(id, _) => Some((id, self.node(id)?)),
            _ => None,
        }
    }

    /// How often `v` is read: by nodes, and as an output of the graph.
    #[must_use]
    pub fn use_count(&self, v: ValueId) -> usize {
        let as_output = self.outputs.iter().filter(|&&o| o == v).count();
        self.value(v).users.len() + as_output
    }

    /// The nodes that read `v`.
    #[must_use]
    pub fn users(&self, v: ValueId) -> &[NodeId] {
        &self.value(v).users
    }

    /// Whether `v` is an output of the graph.
    #[must_use]
    pub fn is_output(&self, v: ValueId) -> bool {
        self.outputs.contains(&v)
    }

    /// Adds a value.
    pub fn add_value(&mut self, value: Value) -> ValueId {
        let id = ValueId(u32::try_from(self.values.len()).unwrap_or(u32::MAX));
        self.values.push(value);
        id
    }

    /// Adds an input of the graph.
    pub fn add_input(&mut self, dtype: DType, shape: Vec<Dim>, name: Arc<str>) -> ValueId {
        let id = self.add_value(Value::new(dtype, shape, Def::Input, name));
        self.inputs.push(id);
        id
    }

    /// Adds `node` at the end of the running order.
    pub fn add_node(&mut self, node: Node) -> NodeId {
        let at = self.order.len();
        self.insert_node(at, node)
    }

    /// Adds `node` so that it runs as number `at`.
    pub(crate) fn insert_node(&mut self, at: usize, node: Node) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        for &v in node.inputs.iter().flatten() {
            self.value_mut(v).users.push(id);
        }
        for (i, &v) in (0u32..).zip(&node.outputs) {
            self.value_mut(v).def = Def::Node(id, i);
        }
        self.nodes.push(Some(node));
        self.order.insert(at.min(self.order.len()), id);
        id
    }

    /// Lets input `i` of node `id` read `v`.
    pub fn set_input(&mut self, id: NodeId, i: usize, v: Option<ValueId>) {
        let Some(slot) = self.node_mut(id).and_then(|n| n.inputs.get_mut(i)) else { return };
        let old = std::mem::replace(slot, v);
        if let Some(old) = old {
            self.forget_user(old, id);
        }
        if let Some(v) = v {
            self.value_mut(v).users.push(id);
        }
    }

    fn forget_user(&mut self, v: ValueId, id: NodeId) {
        let users = &mut self.value_mut(v).users;
        if let Some(at) = users.iter().position(|&u| u == id) {
            users.remove(at);
        }
    }

    /// Lets everything that reads `old` read `new`.
    pub fn replace(&mut self, old: ValueId, new: ValueId) {
        if old == new {
            return;
        }
        let users = std::mem::take(&mut self.value_mut(old).users);
        for &id in &users {
            let Some(node) = self.node_mut(id) else { continue };
            for slot in &mut node.inputs {
                if *slot == Some(old) {
                    *slot = Some(new);
                }
            }
        }
        self.value_mut(new).users.extend(users);
        for o in &mut self.outputs {
            if *o == old {
                *o = new;
            }
        }
    }

    /// Removes input `k` of the graph, which nothing reads.
    pub(crate) fn remove_input(&mut self, k: usize) {
        if k < self.inputs.len() {
            self.inputs.remove(k);
        }
    }

    /// Removes input `k` and output `k` of node `id`; nothing reads the output.
    pub(crate) fn remove_port(&mut self, id: NodeId, k: usize) {
        self.set_input(id, k, None);
        let Some(node) = self.node_mut(id) else { return };
        if k < node.inputs.len() && k < node.outputs.len() {
            node.inputs.remove(k);
            node.outputs.remove(k);
        }
        let outputs = node.outputs.clone();
        for (i, v) in (0u32..).zip(outputs) {
            self.value_mut(v).def = Def::Node(id, i);
        }
    }

    /// Removes node `id`, and then what only it used, when nothing reads its outputs.
    pub fn remove_if_dead(&mut self, id: NodeId) {
        let mut stack = vec![id];
        while let Some(id) = stack.pop() {
            let Some(node) = self.node(id) else { continue };
            let used = node.outputs.iter().any(|&v| self.use_count(v) > 0);
            if used || crate::ops::has_effect(node) {
                continue;
            }
            let inputs = node.inputs.clone();
            if let Some(slot) = self.nodes.get_mut(id.0 as usize) {
                *slot = None;
            }
            for v in inputs.into_iter().flatten() {
                self.forget_user(v, id);
                match self.value(v).def {
                    Def::Node(p, _) => stack.push(p),
                    Def::Const(_) if self.use_count(v) == 0 => self.release(v),
                    _ => {}
                }
            }
        }
    }

    /// Lets go of the elements of a constant that nothing reads any more.
    fn release(&mut self, v: ValueId) {
        if let Some(nothing) = Tensor::f32(&[0], &[]) {
            self.value_mut(v).def = Def::Const(Arc::new(nothing));
        }
    }

    /// Removes every node that nothing needs.
    pub fn sweep(&mut self) {
        for id in self.order.clone().into_iter().rev() {
            self.remove_if_dead(id);
        }
        self.order.retain(|id| self.nodes.get(id.0 as usize).is_some_and(Option::is_some));
    }
}
