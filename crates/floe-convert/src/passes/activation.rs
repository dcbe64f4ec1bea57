//! Activations that the operator before them can apply itself.

use super::view::{ACTIVATION, View};
use super::{Pass, Rule};
use crate::ir::{Attrs, Builtin as B, Op, Patch, Scope};
use crate::ops;

pub(super) const PASS: Pass = Pass { name: "activation", rules: RULES };

const RULES: &[Rule] = &[fuse];

/// The number of the node's activation in the schema's `ActivationFunctionType`.
pub(super) fn code(at: &View<'_>) -> Option<i64> {
    match at.node.op {
        Op::Builtin(B::Relu) => Some(1),
        Op::Builtin(B::ReluN1To1) => Some(2),
        Op::Builtin(B::Relu6) => Some(3),
        _ => None,
    }
}

fn fuse<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    let code = code(at)?;
    let x = at.input(0)?;
    let before = at.maker(x)?;
    if !ops::fuses_activation(&before.node.op) || !before.is_plain() || !before.is_read_once() {
        return None;
    }
    if at.value(x).dtype != floe_graph::DType::Float32 {
        return None;
    }
    let Op::Builtin(op) = before.node.op else { return None };
    let mut patch = at.patch(&[before.node]);
    let attrs = before.node.attrs.clone().with(ACTIVATION, code);
    let new = patch.op_all(op, &before.node.inputs, attrs).ok()?;
    Some(patch.replacing(at.result()?, *new.first()?))
}

/// A maximum of a minimum (in either order) with the ends of an activation.
pub(super) fn clip<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    let (outer, x, k) = bound(at)?;
    if k == 0.0 && outer == B::Maximum {
        return at.become_op(&[], B::Relu, &[x], Attrs::new());
    }
    let inner = at.maker(x).filter(View::is_read_once)?;
    let (low, high, x) = match (outer, bound(&inner)) {
        (B::Minimum, Some((B::Maximum, x, low))) => (low, k, x),
        (B::Maximum, Some((B::Minimum, x, high))) => (k, high, x),
        (B::Minimum, None) if inner.is(B::Relu) => (0.0, k, inner.input(0)?),
        _ => return None,
    };
    let op = match (low, high) {
        (0.0, 6.0) => B::Relu6,
        (-1.0, 1.0) => B::ReluN1To1,
        (0.0, 1.0) => B::Relu0To1,
        _ => return None,
    };
    at.become_op(&[inner.node], op, &[x], Attrs::new())
}

/// A minimum or maximum with a number that does not widen the operand.
fn bound(at: &View<'_>) -> Option<(B, crate::ir::ValueId, f32)> {
    let op = [B::Minimum, B::Maximum].into_iter().find(|&op| at.is(op))?;
    let (x, c) = at.with_constant()?;
    let same = at.value(x).shape == at.value(at.result()?).shape;
    same.then_some((op, x, at.number(c)?))
}

/// max(x, alpha × x) with 0 < alpha < 1.
pub(super) fn leaky<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    if !at.is(B::Maximum) {
        return None;
    }
    at.either_order()?.into_iter().find_map(|(x, y)| {
        let mul = at.made_by(y, B::Mul).filter(|m| m.is_plain() && m.is_read_once())?;
        let (inner, alpha) = mul.with_constant()?;
        let alpha = at.number(alpha).filter(|a| *a > 0.0 && *a < 1.0)?;
        (inner == x).then_some(())?;
        at.become_op(&[mul.node], B::LeakyRelu, &[x], Attrs::new().with("alpha", alpha))
    })
}
