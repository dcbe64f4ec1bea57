//! [`Loop`]: a WHILE with its condition and its body, and what rules ask about its variables.

use super::view::View;
use crate::ir::{Builtin as B, Def, Graph, Module, ValueId};

/// A WHILE.
pub(super) struct Loop<'m> {
    /// The node where it stands.
    pub(super) outer: View<'m>,
    pub(super) cond: &'m Graph,
    pub(super) body: &'m Graph,
}

impl<'m> Loop<'m> {
    pub(super) fn new(module: &'m Module, outer: View<'m>) -> Option<Self> {
        let graph = |name| module.graph(outer.node.attrs.graph(name)?);
        let (cond, body) = (graph("cond_subgraph_index")?, graph("body_subgraph_index")?);
        Some(Self { outer, cond, body })
    }

    /// A view of the body, standing at the node that makes `v`.
    pub(super) fn in_body(&self, v: ValueId) -> Option<View<'m>> {
        let (_, node) = self.body.producer(v)?;
        Some(View { graph: self.body, symbols: self.outer.symbols, node })
    }

    /// The variable that `v` of the body is.
    pub(super) fn variable(&self, v: ValueId) -> Option<usize> {
        self.body.inputs.iter().position(|&x| x == v)
    }

    /// Whether variable `k` keeps its value.
    pub(super) fn is_fixed(&self, k: usize) -> bool {
        self.body.inputs.get(k).is_some_and(|v| self.body.outputs.get(k) == Some(v))
    }

    /// Whether variable `k` starts at 0 and grows by 1 each turn.
    pub(super) fn counts(&self, k: usize) -> bool {
        let start = self.outer.input(k).and_then(|v| self.outer.value(v).ints());
        let step = || {
            let add = self.in_body(*self.body.outputs.get(k)?).filter(|a| a.is(B::Add))?;
            let (x, c) = add.with_constant()?;
            (self.variable(x) == Some(k)).then(|| self.body.value(c).ints())?
        };
        start == Some(vec![0]) && step() == Some(vec![1])
    }

    /// Whether the loop takes as many turns as variable `sequence` is long, `counter` counting them.
    pub(super) fn runs_over(&self, sequence: usize, counter: usize) -> Option<()> {
        let len = self.body.value(*self.body.inputs.get(sequence)?).shape.first()?;
        let mut stack = vec![*self.cond.outputs.first()?];
        let mut bounded = false;
        while let Some(v) = stack.pop() {
            let (_, node) = self.cond.producer(v)?;
            let (a, b) = (node.input(0)?, node.input(1)?);
            if node.op.is(B::LogicalAnd) {
                stack.extend([a, b]);
                continue;
            }
            if !node.op.is(B::Less) || stack.len() > 8 {
                return None;
            }
            let variable = self.cond.inputs.iter().position(|&x| x == a)?;
            if !self.counts(variable) {
                return None;
            }
            let bound = self.cond.value(b);
            let known = bound.content.as_ref().and_then(|c| c.first())?;
            if known != len {
                // Another bound must not end the loop before.
                let later = known.get().zip(len.get()).is_some_and(|(k, n)| k >= n);
                later.then_some(())?;
            } else {
                bounded |= variable == counter || self.counts(counter);
            }
        }
        bounded.then_some(())
    }

    /// The row of the fixed sequence that `v` is in this turn: the sequence's and the counter's number.
    pub(super) fn element(&self, v: ValueId) -> Option<(usize, usize)> {
        let gather = self.in_body(v).filter(|g| g.is(B::Gather))?;
        if gather.node.attrs.int("axis") != 0 || gather.node.attrs.int("batch_dims") != 0 {
            return None;
        }
        let sequence = self.variable(gather.input(0)?)?;
        let counter = self.variable(gather.input(1)?)?;
        (self.is_fixed(sequence) && self.counts(counter)).then_some((sequence, counter))
    }

    /// If variable `k` is a list into which `item` is written each turn: whether at the counter (else
    /// always at 0, into a list of one).
    pub(super) fn collects(&self, k: usize, item: ValueId) -> Option<bool> {
        let write = self.in_body(*self.body.outputs.get(k)?)?;
        if !write.is(B::DynamicUpdateSlice) || self.variable(write.input(0)?) != Some(k) {
            return None;
        }
        let row = self.in_body(write.input(1)?)?;
        let reshapes = row.is(B::Reshape) || row.is(B::ExpandDims);
        (reshapes && row.input(0) == Some(item)).then_some(())?;
        let start = write.input(2)?;
        let len = self.body.value(write.input(0)?).shape.first()?;
        if let Def::Const(t) = &self.body.value(start).def {
            return (t.to_ints()?.iter().all(|&i| i == 0) && len.is(1)).then_some(false);
        }
        let join = self.in_body(start).filter(|j| j.is(B::Concatenation) || j.is(B::Pack))?;
        let first = join.input(0)?;
        let first = match self.in_body(first) {
            Some(r) if r.is(B::Reshape) => r.input(0)?,
            _ => first,
        };
        self.counts(self.variable(first)?).then_some(true)
    }
}
