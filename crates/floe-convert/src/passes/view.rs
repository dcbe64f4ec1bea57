//! [`View`]: a node where it stands, and what rules ask about its neighbourhood.

use crate::ir::{Builtin as B, Graph, Node, Op, Patch, Scope, Symbols, Tensor, Value, ValueId};
use std::sync::Arc;

/// A node where it stands.
#[derive(Clone, Copy)]
pub(crate) struct View<'g> {
    pub(crate) graph: &'g Graph,
    pub(crate) symbols: &'g Symbols,
    pub(crate) node: &'g Node,
}

/// No activation, in the schema's `ActivationFunctionType`.
pub(crate) const NO_ACTIVATION: i64 = 0;
/// The option that holds one.
pub(crate) const ACTIVATION: &str = "fused_activation_function";

impl<'g> View<'g> {
    /// Whether the node is the builtin `op`.
    pub(crate) fn is(&self, op: B) -> bool {
        self.node.op.is(op)
    }

    /// Value `v`.
    pub(crate) fn value(&self, v: ValueId) -> &'g Value {
        self.graph.value(v)
    }

    /// Input `i` of the node.
    pub(crate) fn input(&self, i: usize) -> Option<ValueId> {
        self.node.input(i)
    }

    /// The node's first result.
    pub(crate) fn result(&self) -> Option<ValueId> {
        self.node.output(0)
    }

    /// The constant behind `v`.
    pub(crate) fn tensor(&self, v: ValueId) -> Option<&'g Arc<Tensor>> {
        self.value(v).tensor()
    }

    /// The one number that the constant `v` holds everywhere.
    pub(crate) fn number(&self, v: ValueId) -> Option<f32> {
        self.tensor(v)?.scalar_f32()
    }

    /// The node that makes `v`, when it is the builtin `op`.
    pub(crate) fn made_by(&self, v: ValueId, op: B) -> Option<Self> {
        let (_, node) = self.graph.producer(v)?;
        node.op.is(op).then_some(Self { node, ..*self })
    }

    /// The node that makes `v`, when it is the custom operator `name`.
    pub(crate) fn made_by_custom(&self, v: ValueId, name: &str) -> Option<Self> {
        let (_, node) = self.graph.producer(v)?;
        matches!(&node.op, Op::Custom(n) if n == name).then_some(Self { node, ..*self })
    }

    /// The node that makes `v`.
    pub(crate) fn maker(&self, v: ValueId) -> Option<Self> {
        let (_, node) = self.graph.producer(v)?;
        Some(Self { node, ..*self })
    }

    /// Whether the first result is read once, so that the node goes away when its reader does.
    pub(crate) fn is_read_once(&self) -> bool {
        self.result().is_some_and(|v| self.graph.use_count(v) == 1)
    }

    /// Whether the node applies an activation of its own.
    pub(crate) fn is_plain(&self) -> bool {
        self.node.attrs.int(ACTIVATION) == NO_ACTIVATION
    }

    /// The two inputs, the constant one second; only of operators for which order does not matter,
    /// and without a fused activation.
    pub(crate) fn with_constant(&self) -> Option<(ValueId, ValueId)> {
        let (a, b) = (self.input(0)?, self.input(1)?);
        match (self.tensor(a), self.tensor(b)) {
            (None, Some(_)) => Some((a, b)),
            (Some(_), None) => Some((b, a)),
            _ => None,
        }
    }

    /// The two inputs in either order.
    pub(crate) fn either_order(&self) -> Option<[(ValueId, ValueId); 2]> {
        let (a, b) = (self.input(0)?, self.input(1)?);
        Some([(a, b), (b, a)])
    }

    /// A patch that does the work of this node and of `others`.
    pub(crate) fn patch(&self, others: &[&Node]) -> Patch<'g> {
        let mut covers = others.to_vec();
        covers.push(self.node);
        Patch::new(self.graph, self.symbols, &covers)
    }

    /// A patch that only lets the node's result be read from `v`.
    pub(crate) fn bypass(&self, v: ValueId) -> Option<Patch<'g>> {
        let out = self.result()?;
        let (a, b) = (self.value(out), self.value(v));
        let same = a.dtype == b.dtype && a.shape == b.shape;
        // An output of the graph must not become one of its inputs or a constant by another name.
        let lone = self.graph.is_output(out)
            && (self.graph.producer(v).is_none() || self.graph.is_output(v));
        (same && !lone).then(|| self.patch(&[]).replacing(out, v))
    }

    /// A patch that replaces the node's result by that of `op`.
    pub(crate) fn become_op(
        &self,
        others: &[&Node],
        op: B,
        inputs: &[ValueId],
        attrs: crate::ir::Attrs,
    ) -> Option<Patch<'g>> {
        let mut patch = self.patch(others);
        let new = patch.op_with(op, inputs, attrs).ok()?;
        let out = self.result()?;
        (patch.get(new).shape.len() == self.value(out).rank()).then_some(())?;
        Some(patch.replacing(out, new))
    }
}

/// The elements of a constant as one number for each of `channels` along the last dimension; `None`
/// when they vary along another.
pub(crate) fn per_channel(t: &Tensor, channels: usize) -> Option<Vec<f32>> {
    let shape = t.shape();
    let (last, lead) = match shape.split_last() {
        Some((last, lead)) => (*last, lead),
        None => (1, shape),
    };
    if lead.iter().any(|&d| d != 1) {
        return None;
    }
    let values = t.to_f32()?;
    match last {
        1 => Some(vec![*values.first()?; channels]),
        n if n == channels => Some(values),
        _ => None,
    }
}
