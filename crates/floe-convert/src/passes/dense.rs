//! Dense layers and matrix products among reshapes and transposes.

use super::view::View;
use super::{Pass, Rule};
use crate::ir::{Builtin as B, Patch, Scope, ValueId};

pub(super) const PASS: Pass = Pass { name: "dense", rules: RULES };

const RULES: &[Rule] = &[between_reshapes, transposed_operand];

/// `reshape → dense → reshape`, where the last dimension is the depth all the way, keeps the shape.
fn between_reshapes<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    if !at.is(B::Reshape) {
        return None;
    }
    let dense = at.made_by(at.input(0)?, B::FullyConnected).filter(View::is_read_once)?;
    let before = at.made_by(dense.input(0)?, B::Reshape)?;
    let x = before.input(0)?;
    let out = at.result()?;
    let (from, to) = (&at.value(x).shape, &at.value(out).shape);
    let ((depth, lead), (units, out_lead)) = (from.split_last()?, to.split_last()?);
    let weights = at.value(dense.input(1)?);
    if lead != out_lead || from.len() < 3 || weights.shape != [units.clone(), depth.clone()] {
        return None;
    }
    let mut patch = at.patch(&[dense.node, before.node]);
    let mut inputs = dense.node.inputs.clone();
    *inputs.first_mut()? = Some(x);
    let attrs = dense.node.attrs.clone().with("keep_num_dims", true);
    let new = patch.op_all(B::FullyConnected, &inputs, attrs).ok()?;
    Some(patch.replacing(out, *new.first()?))
}

/// Whether `perm` exchanges the last two dimensions and nothing else.
fn swaps_last(at: &View<'_>, v: ValueId) -> Option<ValueId> {
    let t = at.made_by(v, B::Transpose)?;
    let perm = at.value(t.input(1)?).ints()?;
    let n = perm.len() as i64;
    let want: Vec<i64> = (0..n - 2).chain([n - 1, n - 2]).collect();
    (n >= 2 && perm == want).then(|| t.input(0))?
}

/// A transposed operand of a matrix product is read the other way round instead.
fn transposed_operand<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    if !at.is(B::BatchMatmul) {
        return None;
    }
    let (x, y) = (at.input(0)?, at.input(1)?);
    let (sx, sy) = (swaps_last(at, x), swaps_last(at, y));
    if sx.is_none() && sy.is_none() {
        return None;
    }
    let flip = |name: &str, s: Option<ValueId>| at.node.attrs.bool(name) ^ s.is_some();
    let attrs =
        at.node.attrs.clone().with("adj_x", flip("adj_x", sx)).with("adj_y", flip("adj_y", sy));
    let others: Vec<_> = [sx.map(|_| x), sy.map(|_| y)]
        .into_iter()
        .flatten()
        .filter_map(|v| at.maker(v).map(|m| m.node))
        .collect();
    at.become_op(&others, B::BatchMatmul, &[sx.unwrap_or(x), sy.unwrap_or(y)], attrs)
}
