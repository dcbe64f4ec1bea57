//! Bias and batch normalisation.

use super::conv::{channels_first, from_last, to_last};
use super::site::one;
use super::{Bound, Cx, Family, Lowered, Site};
use crate::ir::{Attrs, Builtin as B, Dim, Reason, Scope, ValueId};
use floe_graph::DType;

pub(super) const OPS: Family = &[
    ("BiasAdd", bias_add),
    ("BiasAddV1", bias_add),
    ("FusedBatchNorm", batch_norm),
    ("FusedBatchNormV2", batch_norm),
    ("FusedBatchNormV3", batch_norm),
    ("L2Loss", l2_loss),
];

fn bias_add(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (x, mut bias) = (s.x(0)?, s.x(1)?);
    if channels_first(s.node)? && cx.get(x).rank() > 2 {
        let mut shape = cx.get(bias).shape.clone();
        shape.resize(cx.get(x).rank() - 1, Dim::known(1));
        bias = cx.reshape(bias, &shape)?;
    }
    one(cx.op(B::Add, &[x, bias]))
}

/// Inputs: x, scale, offset, mean, variance. The result is x × m + (offset - mean × m) with
/// m = scale / sqrt(variance + epsilon), whose parts are constants at inference.
fn batch_norm(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let first = channels_first(s.node)?;
    let x = to_last(cx, s.x(0)?, first)?;
    let (scale, offset) = (s.x(1)?, s.x(2)?);
    let training = s.node.bool("is_training", true);
    let (mean, variance) = if training { moments(cx, x)? } else { (s.x(3)?, s.x(4)?) };
    let epsilon = cx.f32(s.node.float("epsilon", 1e-4))?;
    let v = cx.op(B::Add, &[variance, epsilon])?;
    let r = cx.op(B::Rsqrt, &[v])?;
    let m = cx.op(B::Mul, &[r, scale])?;
    let y = cx.op(B::Mul, &[x, m])?;
    let mm = cx.op(B::Mul, &[mean, m])?;
    let shift = cx.op(B::Sub, &[offset, mm])?;
    let y = cx.op(B::Add, &[y, shift])?;
    let y = from_last(cx, y, first)?;
    Ok([y, mean, variance, mean, variance, variance].map(Bound::Value).to_vec())
}

/// Mean and variance of each channel.
fn moments(cx: &mut Cx<'_, '_>, x: ValueId) -> Result<(ValueId, ValueId), Reason> {
    let axes = cx.i32s(&[0, 1, 2])?;
    let attrs = Attrs::new().with("keep_dims", false);
    let mean = cx.op_with(B::Mean, &[x, axes], attrs.clone())?;
    let d = cx.op(B::SquaredDifference, &[x, mean])?;
    Ok((mean, cx.op_with(B::Mean, &[d, axes], attrs)?))
}

fn l2_loss(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let sq = cx.op(B::Mul, &[x, x])?;
    let axes: Vec<i64> = (0..cx.get(x).rank() as i64).collect();
    let axes = cx.i32s(&axes)?;
    let sum = cx.op_with(B::Sum, &[sq, axes], Attrs::new().with("keep_dims", false))?;
    let half = cx.scalar(DType::Float32, 0.5)?;
    one(cx.op(B::Mul, &[sum, half]))
}
