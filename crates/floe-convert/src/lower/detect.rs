//! Non-maximum suppression.

use super::site::one;
use super::{Bound, Cx, Family, Lowered, Site};
use crate::ir::{Attrs, Builtin as B, Reason, Scope, ValueId};

pub(super) const OPS: Family = &[
    ("NonMaxSuppression", |cx, s| trimmed(cx, s, false)),
    ("NonMaxSuppressionV2", |cx, s| trimmed(cx, s, false)),
    ("NonMaxSuppressionV3", |cx, s| trimmed(cx, s, true)),
    ("NonMaxSuppressionV4", v4),
    ("NonMaxSuppressionV5", v5),
];

/// boxes, scores, max, iou, score threshold (and sigma): TFLite's inputs in TensorFlow's order.
fn inputs(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Result<Vec<Option<ValueId>>, Reason> {
    let mut all = s.all()?;
    if let Some(max) = all.get_mut(2) {
        *max = cx.index32(*max)?;
    }
    Ok(all.into_iter().map(Some).collect())
}

fn bind(values: Vec<ValueId>) -> Lowered {
    Ok(values.into_iter().map(Bound::Value).collect())
}

fn v4(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let inputs = inputs(cx, s)?;
    let all = cx.op_all(B::NonMaxSuppressionV4, &inputs, Attrs::new())?;
    let [at, n] = all.as_slice() else { return Err("it has no results".into()) };
    if s.node.bool("pad_to_max_output_size", false) {
        return bind(all);
    }
    Ok(vec![head(cx, *at, *n)?.into(), (*n).into()])
}

fn v5(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let inputs = inputs(cx, s)?;
    let all = cx.op_all(B::NonMaxSuppressionV5, &inputs, Attrs::new())?;
    let [at, scores, n] = all.as_slice() else { return Err("it has no results".into()) };
    if s.node.bool("pad_to_max_output_size", false) {
        return bind(all);
    }
    let (a, b) = (head(cx, *at, *n)?, head(cx, *scores, *n)?);
    Ok(vec![a.into(), b.into(), (*n).into()])
}

/// The older forms, which give the selected boxes alone.
fn trimmed(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, threshold: bool) -> Lowered {
    let mut inputs = inputs(cx, s)?;
    if inputs.len() == 3 {
        let iou = cx.f32(s.node.float("iou_threshold", 0.5))?;
        inputs.push(Some(iou));
    }
    if !threshold {
        let all = cx.f32(f32::MIN)?;
        inputs.push(Some(all));
    }
    let all = cx.op_all(B::NonMaxSuppressionV4, &inputs, Attrs::new())?;
    let [at, n] = all.as_slice() else { return Err("it has no results".into()) };
    one(head(cx, *at, *n))
}

/// The first `n` elements of the vector `v`.
fn head(cx: &mut Cx<'_, '_>, v: ValueId, n: ValueId) -> Result<ValueId, Reason> {
    let begin = cx.i32s(&[0])?;
    let size = cx.reshape(n, &[1.into()])?;
    cx.op(B::Slice, &[v, begin, size])
}
