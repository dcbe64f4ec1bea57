//! Matrix products: FULLY_CONNECTED where the right side is a constant matrix, else BATCH_MATMUL.

use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::ir::{Attrs, Builtin as B, Reason, Scope, ValueId};

pub(super) const OPS: Family = &[
    ("BatchMatMul", |cx, s| batched(cx, s, "adj_x", "adj_y")),
    ("BatchMatMulV2", |cx, s| batched(cx, s, "adj_x", "adj_y")),
    ("BatchMatMulV3", |cx, s| batched(cx, s, "adj_x", "adj_y")),
    ("MatMul", |cx, s| batched(cx, s, "transpose_a", "transpose_b")),
];

fn batched(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, left: &str, right: &str) -> Lowered {
    let (x, y) = (s.x(0)?, s.x(1)?);
    one(product(cx, x, y, s.node.bool(left, false), s.node.bool(right, false)))
}

/// `x` times `y`, over their last two dimensions, each transposed first where so said.
pub(super) fn product(
    cx: &mut Cx<'_, '_>,
    x: ValueId,
    y: ValueId,
    adj_x: bool,
    adj_y: bool,
) -> Result<ValueId, Reason> {
    let (xr, yr) = (cx.get(x).rank(), cx.get(y).rank());
    if xr < 2 || yr < 2 {
        return Err("a matrix product needs at least 2 dimensions on both sides".into());
    }
    let constant = cx.get(y).tensor().is_some() && cx.get(y).dtype.is_float();
    if constant && yr == 2 {
        let x = if adj_x { swap_last(cx, x)? } else { x };
        let weights = if adj_y { y } else { cx.transpose(y, &[1, 0])? };
        return dense(cx, x, weights);
    }
    let attrs = Attrs::new().with("adj_x", adj_x).with("adj_y", adj_y);
    cx.op_with(B::BatchMatmul, &[x, y], attrs)
}

/// A dense layer: `weights` are `[units, depth]`.
fn dense(cx: &mut Cx<'_, '_>, x: ValueId, weights: ValueId) -> Result<ValueId, Reason> {
    let attrs = Attrs::new()
        .with("fused_activation_function", 0i64)
        .with("keep_num_dims", cx.get(x).rank() > 2);
    let all = cx.op_all(B::FullyConnected, &[Some(x), Some(weights), None], attrs)?;
    all.first().copied().ok_or_else(|| "a dense layer has no result".into())
}

/// `x` with its last two dimensions exchanged.
pub(super) fn swap_last(cx: &mut Cx<'_, '_>, x: ValueId) -> Result<ValueId, Reason> {
    let rank = cx.get(x).rank() as i64;
    let mut perm: Vec<i64> = (0..rank).collect();
    perm.swap((rank - 1) as usize, (rank - 2) as usize);
    cx.transpose(x, &perm)
}
