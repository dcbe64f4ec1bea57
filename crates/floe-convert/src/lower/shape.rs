//! Shapes, and ops that give a tensor another one. What a shape holds is tracked by symbols, so most
//! of these vanish: `Reshape` with at most one unknown dimension gets a constant with -1.

use super::site::one;
use super::{Bound, Cx, Family, Lowered, Site};
use crate::infer::need_axis;
use crate::ir::{Attrs, Builtin as B, Dim, Reason, Scope, ValueId};
use floe_graph::DType;

pub(super) const OPS: Family = &[
    ("BroadcastArgs", broadcast_args),
    ("BroadcastTo", broadcast_to),
    ("ExpandDims", expand_dims),
    ("Fill", fill),
    ("InvertPermutation", invert_permutation),
    ("LinSpace", lin_space),
    ("MirrorPad", mirror_pad),
    ("Pad", pad),
    ("PadV2", pad),
    ("Range", range),
    ("Rank", |cx, s| {
        let n = cx.get(s.x(0)?).rank();
        one(cx.i32(n as i64))
    }),
    ("Reshape", reshape),
    ("Shape", shape),
    ("ShapeN", shape_n),
    ("Size", size),
    ("Squeeze", squeeze),
    ("Tile", tile),
    ("Transpose", transpose),
];

/// The shape of `x` as an int32 vector.
pub(super) fn shape_of(cx: &mut Cx<'_, '_>, x: ValueId) -> Result<ValueId, Reason> {
    shape_as(cx, x, DType::Int32)
}

fn shape_as(cx: &mut Cx<'_, '_>, x: ValueId, dtype: DType) -> Result<ValueId, Reason> {
    cx.op_with(B::Shape, &[x], Attrs::new().with("out_type", dtype))
}

fn shape(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let dtype = s.node.dtype("out_type").unwrap_or(DType::Int32);
    let x = s.x(0)?;
    one(shape_as(cx, x, dtype))
}

fn shape_n(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let dtype = s.node.dtype("out_type").unwrap_or(DType::Int32);
    s.all()?.into_iter().map(|x| Ok(Bound::Value(shape_as(cx, x, dtype)?))).collect()
}

fn size(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let dtype = s.node.dtype("out_type").unwrap_or(DType::Int32);
    let x = s.x(0)?;
    let dims = shape_as(cx, x, dtype)?;
    let axis = cx.i32s(&[0])?;
    one(cx.op_with(B::ReduceProd, &[dims, axis], Attrs::new().with("keep_dims", false)))
}

fn reshape(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let shape = cx.index32(s.x(1)?)?;
    let Some(want) = cx.get(shape).content.clone() else {
        return one(cx.op(B::Reshape, &[x, shape]));
    };
    // What RESHAPE gives names its dimensions; at most one unknown can be left to it as -1.
    let types = crate::infer::infer(
        cx.symbols(),
        B::Reshape,
        &[Some(cx.get(x)), Some(cx.get(shape))],
        &Attrs::new(),
    )?;
    let dims = types.into_iter().next().map(|t| t.shape).unwrap_or_default();
    let unknown = want.iter().filter(|d| d.get().is_none_or(|n| n < 0)).count();
    let shape = if unknown <= 1 { cx.shape_vector(&dims, Some(shape))? } else { shape };
    one(cx.reshape_to(x, shape, Some(&dims)))
}

fn squeeze(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let given = s.node.ints("squeeze_dims");
    let given = if given.is_empty() { s.node.ints("axis") } else { given };
    let rank = cx.get(x).rank();
    let axes: Vec<usize> = given.iter().map(|&a| need_axis(a, rank)).collect::<Result<_, _>>()?;
    let keep = |i: usize, d: &Dim| if axes.is_empty() { !d.is(1) } else { !axes.contains(&i) };
    let dims: Vec<Dim> = cx
        .get(x)
        .shape
        .iter()
        .enumerate()
        .filter(|(i, d)| keep(*i, d))
        .map(|(_, d)| d.clone())
        .collect();
    if dims.iter().filter(|d| d.get().is_none()).count() <= 1 {
        return one(cx.reshape(x, &dims));
    }
    let axes: Vec<i64> = axes.into_iter().map(|a| a as i64).collect();
    one(cx.op_with(B::Squeeze, &[x], Attrs::new().with("squeeze_dims", axes)))
}

fn expand_dims(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let axis = s.int(cx, 1)?;
    one(insert_dim(cx, x, axis))
}

/// `x` with a dimension of 1 at `axis`.
pub(super) fn insert_dim(cx: &mut Cx<'_, '_>, x: ValueId, axis: i64) -> Result<ValueId, Reason> {
    let mut dims = cx.get(x).shape.clone();
    dims.insert(need_axis(axis, dims.len() + 1)?, Dim::known(1));
    if dims.iter().filter(|d| d.get().is_none()).count() <= 1 {
        return cx.reshape(x, &dims);
    }
    let axis = cx.i32(axis)?;
    cx.op(B::ExpandDims, &[x, axis])
}

fn broadcast_to(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let shape = cx.index32(s.x(1)?)?;
    if cx.get(shape).content.as_deref() == Some(cx.get(x).shape.as_slice()) {
        return one(Ok(x));
    }
    one(cx.op(B::BroadcastTo, &[x, shape]))
}

fn broadcast_args(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (a, b) = (s.x(0)?, s.x(1)?);
    one(cx.op(B::BroadcastArgs, &[a, b]))
}

fn fill(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let shape = cx.index32(s.x(0)?)?;
    let value = s.x(1)?;
    one(cx.op(B::Fill, &[shape, value]))
}

fn range(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (a, b, c) = (s.x(0)?, s.x(1)?, s.x(2)?);
    one(cx.op(B::Range, &[a, b, c]))
}

/// start + (stop - start) / (n - 1) × [0, n).
fn lin_space(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let of = |i: usize| cx.get(s.x(i).ok()?).tensor()?.scalar_f32();
    let (Some(a), Some(b)) = (of(0), of(1)) else {
        return Err("its ends must be constants".into());
    };
    let n = usize::try_from(s.int(cx, 2)?).ok().filter(|&n| n <= 1 << 24);
    let n = n.ok_or("its number of points is out of range")?;
    let step = if n > 1 { (b - a) / (n - 1) as f32 } else { 0.0 };
    let values: Vec<f32> =
        (0..n).map(|i| if i + 1 == n && n > 1 { b } else { a + step * i as f32 }).collect();
    let t = crate::ir::Tensor::f32(&[n], &values).ok_or("it is too long")?;
    one(Ok(cx.constant(t)))
}

fn tile(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let times = cx.index32(s.x(1)?)?;
    if cx.get(times).ints().is_some_and(|t| t.iter().all(|&t| t == 1)) {
        return one(Ok(x));
    }
    one(cx.op(B::Tile, &[x, times]))
}

fn pad(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let pads = cx.index32(s.x(1)?)?;
    if cx.get(pads).ints().is_some_and(|p| p.iter().all(|&p| p == 0)) {
        return one(Ok(x));
    }
    match s.x(2) {
        Ok(fill)
            if cx
                .get(fill)
                .tensor()
                .is_none_or(|t| t.splat().is_none_or(|b| b.iter().any(|&b| b != 0))) =>
        {
            one(cx.op(B::Padv2, &[x, pads, fill]))
        }
        _ => one(cx.op(B::Pad, &[x, pads])),
    }
}

fn mirror_pad(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let pads = cx.index32(s.x(1)?)?;
    let mode = i64::from(s.node.text("mode", "REFLECT") == "SYMMETRIC");
    one(cx.op_with(B::MirrorPad, &[x, pads], Attrs::new().with("mode", mode)))
}

fn transpose(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let perm = s.ints(cx, 1)?;
    if perm.iter().enumerate().all(|(i, &p)| p == i as i64) {
        return one(Ok(x));
    }
    one(cx.transpose(x, &perm))
}

fn invert_permutation(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let perm = s.ints(cx, 0)?;
    let mut inverse = vec![0i64; perm.len()];
    for (i, &p) in perm.iter().enumerate() {
        let slot = usize::try_from(p).ok().and_then(|p| inverse.get_mut(p));
        *slot.ok_or("it is not a permutation")? = i as i64;
    }
    one(cx.i32s(&inverse))
}
