//! What gradients are made of: derivatives of activations, and losses with their derivatives.

use super::arith::{Arith, Made, formula2};
use super::conv::channels_first;
use super::{Bound, Cx, Family, Lowered, Site};
use crate::infer::broadcast;
use crate::ir::{Attrs, Builtin as B, Dim, Reason, Scope, ValueId};
use floe_graph::DType;

/// Of an activation's derivative the inputs are the incoming gradient and the features, or the result and
/// the incoming gradient, as TensorFlow's op has them.
pub(super) const OPS: Family = &[
    ("BiasAddGrad", bias_add_grad),
    ("BroadcastGradientArgs", broadcast_axes),
    ("EluGrad", |cx, s| {
        formula2(cx, s, |m, g, y| {
            let (low, slope) = (m.is(B::Less, y, 0.0)?, m.plus(y, 1.0)?);
            let bent = m.mul(g, slope)?;
            m.pick(low, bent, g)
        })
    }),
    ("InvGrad", |cx, s| formula2(cx, s, reciprocal_grad)),
    ("LeakyReluGrad", leaky_relu_grad),
    ("ReciprocalGrad", |cx, s| formula2(cx, s, reciprocal_grad)),
    ("Relu6Grad", |cx, s| {
        formula2(cx, s, |m, g, x| {
            let (above, below) = (m.is(B::Greater, x, 0.0)?, m.is(B::Less, x, 6.0)?);
            let inside = m.cx.op(B::LogicalAnd, &[above, below])?;
            let zero = m.k(0.0)?;
            m.pick(inside, g, zero)
        })
    }),
    ("ReluGrad", |cx, s| {
        formula2(cx, s, |m, g, x| {
            let (above, zero) = (m.is(B::Greater, x, 0.0)?, m.k(0.0)?);
            m.pick(above, g, zero)
        })
    }),
    ("RsqrtGrad", |cx, s| {
        formula2(cx, s, |m, y, g| {
            let square = m.mul(y, y)?;
            let cube = m.mul(square, y)?;
            let scaled = m.times(g, -0.5)?;
            m.mul(scaled, cube)
        })
    }),
    ("SigmoidGrad", |cx, s| {
        formula2(cx, s, |m, y, g| {
            let rest = m.from(1.0, y)?;
            let slope = m.mul(y, rest)?;
            m.mul(g, slope)
        })
    }),
    ("SoftmaxCrossEntropyWithLogits", |cx, s| cross_entropy(cx, s, false)),
    ("SoftplusGrad", |cx, s| {
        formula2(cx, s, |m, g, x| {
            let slope = m.of(B::Logistic, x)?;
            m.mul(g, slope)
        })
    }),
    ("SoftsignGrad", |cx, s| {
        formula2(cx, s, |m, g, x| {
            let a = m.of(B::Abs, x)?;
            let d = m.plus(a, 1.0)?;
            let square = m.mul(d, d)?;
            m.div(g, square)
        })
    }),
    ("SparseSoftmaxCrossEntropyWithLogits", |cx, s| cross_entropy(cx, s, true)),
    ("SqrtGrad", |cx, s| {
        formula2(cx, s, |m, y, g| {
            let half = m.times(g, 0.5)?;
            m.div(half, y)
        })
    }),
    ("TanhGrad", |cx, s| {
        formula2(cx, s, |m, y, g| {
            let square = m.mul(y, y)?;
            let slope = m.from(1.0, square)?;
            m.mul(g, slope)
        })
    }),
];

fn reciprocal_grad(m: &mut Arith<'_, '_, '_>, y: ValueId, g: ValueId) -> Made {
    let square = m.mul(y, y)?;
    let slope = m.times(square, -1.0)?;
    m.mul(g, slope)
}

fn leaky_relu_grad(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (g, x) = (s.x(0)?, s.x(1)?);
    let mut m = Arith::on(cx, x)?;
    let above = m.is(B::Greater, x, 0.0)?;
    let bent = m.times(g, s.node.float("alpha", 0.2).into())?;
    Ok(vec![m.pick(above, g, bent)?.into()])
}

/// The sum over everything but the channels.
fn bias_add_grad(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let rank = cx.get(x).rank();
    let channels = if channels_first(s.node)? { 1 } else { rank.saturating_sub(1) };
    let axes: Vec<i64> = (0..rank).filter(|&i| i != channels).map(|i| i as i64).collect();
    let axes = cx.i32s(&axes)?;
    Ok(vec![cx.op_with(B::Sum, &[x, axes], Attrs::new().with("keep_dims", false))?.into()])
}

/// The axes along which each of two shapes was broadcast to the common one.
fn broadcast_axes(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let dims = |i: usize| -> Result<Vec<Dim>, Reason> {
        let known = cx.get(s.x(i)?).content.as_deref().map(<[Dim]>::to_vec);
        known.ok_or_else(|| "the shapes must be known at conversion".into())
    };
    let (a, b) = (dims(0)?, dims(1)?);
    let all = broadcast(cx.symbols(), &a, &b)?;
    let axes = |own: &[Dim]| -> Vec<i64> {
        let missing = all.len() - own.len().min(all.len());
        let stretched =
            |i: usize| i.checked_sub(missing).is_none_or(|k| own.get(k).is_some_and(|d| d.is(1)));
        let alone = |i: usize| all.get(i).is_some_and(|d| d.is(1));
        (0..all.len())
            .filter(|&i| stretched(i) && !(alone(i) && i >= missing))
            .map(|i| i as i64)
            .collect()
    };
    let (p, q) = (axes(&a), axes(&b));
    Ok(vec![cx.i32s(&p)?.into(), cx.i32s(&q)?.into()])
}

/// Inputs: logits `[N, classes]`, labels: a class each when `sparse`, else its distribution. Gives the loss
/// of each row, and the logits' gradient.
fn cross_entropy(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, sparse: bool) -> Lowered {
    let (logits, labels) = (s.x(0)?, s.x(1)?);
    let dtype = cx.get(logits).dtype;
    let labels = if sparse {
        let classes = cx.get(logits).shape.last().and_then(Dim::get);
        let classes = cx.i32(classes.ok_or("the number of classes is unknown")?)?;
        let (on, off) = (cx.scalar(dtype, 1.0)?, cx.scalar(dtype, 0.0)?);
        let at = cx.index32(labels)?;
        cx.op_with(B::OneHot, &[at, classes, on, off], Attrs::new().with("axis", -1i64))?
    } else {
        labels
    };
    if dtype != DType::Float32 {
        return Err("TFLite has a softmax of float32 only".into());
    }
    let logs = cx.op(B::LogSoftmax, &[logits])?;
    let terms = cx.op(B::Mul, &[labels, logs])?;
    let axis = cx.i32s(&[-1])?;
    let sum = cx.op_with(B::Sum, &[terms, axis], Attrs::new().with("keep_dims", false))?;
    let loss = cx.op(B::Neg, &[sum])?;
    let p = cx.op_with(B::Softmax, &[logits], Attrs::new().with("beta", 1.0f32))?;
    let slope = cx.op(B::Sub, &[p, labels])?;
    Ok(vec![Bound::Value(loss), Bound::Value(slope)])
}
