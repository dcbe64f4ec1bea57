//! [`Site`]: one node as a rule sees it: its inputs, its outputs, and what came back to them.

use crate::Result;
use crate::build::{Builder, Call, Tensor, node_fault};
use floe_graph::DType;
use floe_proto::tensorflow::{NodeDef, attr_value::Value};

/// A node on the way back.
pub(super) struct Site<'b> {
    /// Where nodes are added.
    pub(super) g: &'b Builder,
    /// The node.
    pub(super) node: NodeDef,
    /// Its inputs.
    pub(super) inputs: Vec<Tensor<'b>>,
    outputs: Vec<Tensor<'b>>,
    dy: Vec<Option<Tensor<'b>>>,
    wanted: Vec<bool>,
    given: Vec<(usize, Tensor<'b>)>,
    fault: Option<&'static str>,
}

impl<'b> Site<'b> {
    pub(super) fn new(
        g: &'b Builder,
        node: NodeDef,
        inputs: Vec<Tensor<'b>>,
        outputs: Vec<Tensor<'b>>,
        dy: Vec<Option<Tensor<'b>>>,
        wanted: Vec<bool>,
    ) -> Self {
        Self { g, node, inputs, outputs, dy, wanted, given: Vec::new(), fault: None }
    }

    /// Input `i`.
    pub(super) fn x(&self, i: usize) -> Tensor<'b> {
        self.inputs.get(i).copied().unwrap_or_else(|| self.g.nothing())
    }

    /// Output `k`.
    pub(super) fn y(&self, k: usize) -> Tensor<'b> {
        self.outputs.get(k).copied().unwrap_or_else(|| self.g.nothing())
    }

    /// What came back to output `k`; zeros for nothing.
    pub(super) fn dy(&self, k: usize) -> Tensor<'b> {
        self.dy.get(k).copied().flatten().unwrap_or_else(|| self.y(k).unary("ZerosLike"))
    }

    /// What came back to each output; zeros for nothing.
    pub(super) fn dys(&self) -> Vec<Tensor<'b>> {
        (0..self.outputs.len()).map(|k| self.dy(k)).collect()
    }

    /// Whether something behind input `i` wants its derivative.
    pub(super) fn wants(&self, i: usize) -> bool {
        self.wanted.get(i) == Some(&true)
    }

    /// Hands `dx` on to input `i`, if something behind it wants it.
    pub(super) fn give(&mut self, i: usize, dx: impl FnOnce() -> Tensor<'b>) {
        if self.wants(i) {
            self.given.push((i, dx()));
        }
    }

    /// A node of `op`.
    pub(super) fn op(&self, op: &str) -> Call<'b> {
        self.g.op(op)
    }

    /// An attribute of the node, or its default.
    pub(super) fn attr(&self, name: &str) -> Option<Value> {
        self.g.attr(&self.node, name)
    }

    /// Whether the attribute `name` is set.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.attr(name) == Some(Value::B(true))
    }

    /// The attribute `name`, a whole number.
    pub(super) fn int(&self, name: &str) -> i64 {
        if let Some(Value::I(n)) = self.attr(name) { n } else { 0 }
    }

    /// The attribute `name`, text.
    pub(super) fn text(&self, name: &str) -> String {
        match self.attr(name) {
            Some(Value::S(s)) => String::from_utf8_lossy(&s).into_owned(),
            _ => String::new(),
        }
    }

    /// Whether channels come before positions.
    pub(super) fn channels_first(&self) -> bool {
        self.text("data_format").starts_with("NC")
    }

    /// Says why the rule does not hold for this node.
    pub(super) fn refuse(&mut self, reason: &'static str) {
        self.fault.get_or_insert(reason);
    }

    /// The sum of `dx`, whose shape is that of the node's output, over what input `i` was repeated along.
    pub(super) fn unbroadcast(&self, dx: Tensor<'b>, i: usize) -> Tensor<'b> {
        let (own, whole) = (self.x(i).shape(), dx.shape());
        let axes = self.op("BroadcastGradientArgs").input(own).input(whole).output();
        dx.sum(axes, false).reshape(own)
    }

    /// What goes to each input.
    pub(super) fn finish(self) -> Result<Vec<((u32, u32), Tensor<'b>)>> {
        if let Some(fault) = self.fault {
            return Err(node_fault(&self.node, format!("its gradient is not supported: {fault}")));
        }
        let place = |i: usize| self.inputs.get(i).map(Tensor::place);
        Ok(self.given.iter().filter_map(|&(i, dx)| Some((place(i)?, dx))).collect())
    }

    /// A constant int32.
    pub(super) fn index(&self, value: i32) -> Tensor<'b> {
        self.g.constant("Const", crate::build::number(DType::Int32, value.into()))
    }
}
