//! What does nothing, or the same as something simpler: gone.

use super::view::View;
use super::{Pass, Rule};
use crate::ir::{Attrs, Builtin as B, Dim, Op, Patch, Scope};

pub(super) const PASS: Pass = Pass { name: "tidy", rules: RULES };

const RULES: &[Rule] = &[
    subtract,
    neutral,
    reshape,
    transpose,
    transpose_as_reshape,
    negated,
    cast_twice,
    divide,
    whole_slice,
    same_twice,
];

/// `x - c` as `x + (-c)`, so that later rules know one form.
fn subtract<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    if !at.is(B::Sub) || !at.is_plain() {
        return None;
    }
    let (x, c) = (at.input(0)?, at.input(1)?);
    let t = at.tensor(c)?;
    if at.tensor(x).is_some() || t.dtype() != floe_graph::DType::Float32 {
        return None;
    }
    let negative: Vec<f32> = t.to_f32()?.iter().map(|v| -v).collect();
    let mut patch = at.patch(&[]);
    let c = patch.constant(crate::ir::Tensor::f32(t.shape(), &negative)?);
    let new = patch.op_with(B::Add, &[x, c], at.node.attrs.clone()).ok()?;
    Some(patch.replacing(at.result()?, new))
}

/// `x / c` as `x × (1 / c)` where that is exact: `c` is a power of two.
fn divide<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    if !at.is(B::Div) || !at.is_plain() {
        return None;
    }
    let (x, c) = (at.input(0)?, at.input(1)?);
    let t = at.tensor(c)?;
    let values = t.to_f32().filter(|_| at.tensor(x).is_none())?;
    let power =
        |v: &f32| v.is_normal() && v.to_bits().trailing_zeros() >= 23 && (1.0 / v).is_normal();
    if !values.iter().all(power) {
        return None;
    }
    let inverse: Vec<f32> = values.iter().map(|v| 1.0 / v).collect();
    let mut patch = at.patch(&[]);
    let c = patch.constant(crate::ir::Tensor::f32(t.shape(), &inverse)?);
    let new = patch.op_with(B::Mul, &[x, c], at.node.attrs.clone()).ok()?;
    Some(patch.replacing(at.result()?, new))
}

/// `x + 0`, `x × 1`, `x / 1`, `x ^ 1`.
fn neutral<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    let Op::Builtin(op) = at.node.op else { return None };
    if !at.is_plain() {
        return None;
    }
    let (x, c) = match op {
        B::Add | B::Mul => at.with_constant()?,
        B::Div | B::Pow | B::Sub => (at.input(0)?, at.input(1)?),
        _ => return None,
    };
    let t = at.tensor(c)?;
    let want = if matches!(op, B::Add | B::Sub) { 0.0 } else { 1.0 };
    let all = match t.dtype() {
        floe_graph::DType::Float32 => t.to_f32()?.iter().all(|v| *v == want),
        _ => t.to_ints()?.iter().all(|v| *v == want as i64),
    };
    if !all {
        return None;
    }
    at.bypass(x)
}

/// A reshape of a reshape, and one to the shape that is there.
fn reshape<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    if !matches!(at.node.op, Op::Builtin(B::Reshape | B::Squeeze | B::ExpandDims)) {
        return None;
    }
    let (x, out) = (at.input(0)?, at.result()?);
    if let Some(p) = at.bypass(x) {
        return Some(p);
    }
    let before = at.maker(x)?;
    if !matches!(before.node.op, Op::Builtin(B::Reshape | B::Squeeze | B::ExpandDims)) {
        return None;
    }
    let dims = &at.value(out).shape;
    if dims.iter().filter(|d| d.get().is_none()).count() > 1 {
        return None;
    }
    let known: Vec<i64> = dims.iter().map(Dim::signature).collect();
    let mut patch = at.patch(&[before.node]);
    let shape = patch.i32s(&known).ok()?;
    let from = before.input(0)?;
    if at.value(from).shape == *dims && !at.graph.is_output(out) {
        return Some(patch.replacing(out, from));
    }
    let new = patch.op(B::Reshape, &[from, shape]).ok()?;
    Some(patch.replacing(out, new))
}

fn permutation(at: &View<'_>) -> Option<Vec<usize>> {
    if !at.is(B::Transpose) {
        return None;
    }
    let perm = at.value(at.input(1)?).ints()?;
    perm.into_iter().map(|p| usize::try_from(p).ok()).collect()
}

/// A transpose of a transpose.
fn transpose<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    let outer = permutation(at)?;
    let x = at.input(0)?;
    if outer.iter().enumerate().all(|(i, &p)| i == p) {
        return at.bypass(x);
    }
    let before = at.maker(x)?;
    let inner = permutation(&before)?;
    let both: Vec<i64> =
        outer.iter().map(|&p| inner.get(p).map(|&i| i as i64)).collect::<Option<_>>()?;
    let mut patch = at.patch(&[before.node]);
    let perm = patch.i32s(&both).ok()?;
    let new = patch.op(B::Transpose, &[before.input(0)?, perm]).ok()?;
    Some(patch.replacing(at.result()?, new))
}

/// A transpose that only moves dimensions of 1.
fn transpose_as_reshape<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    let perm = permutation(at)?;
    let x = at.value(at.input(0)?);
    let moved: Vec<usize> =
        perm.iter().copied().filter(|&p| x.shape.get(p).is_some_and(|d| !d.is(1))).collect();
    let dims = &at.value(at.result()?).shape;
    if !moved.is_sorted() || dims.iter().filter(|d| d.get().is_none()).count() > 1 {
        return None;
    }
    let known: Vec<i64> = dims.iter().map(Dim::signature).collect();
    let mut patch = at.patch(&[]);
    let shape = patch.i32s(&known).ok()?;
    let new = patch.op(B::Reshape, &[at.input(0)?, shape]).ok()?;
    Some(patch.replacing(at.result()?, new))
}

/// `-(-x)`, and `a + (-b)` as `a - b`.
fn negated<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    if at.is(B::Neg) {
        let before = at.made_by(at.input(0)?, B::Neg)?;
        return at.bypass(before.input(0)?);
    }
    if !at.is(B::Add) {
        return None;
    }
    at.either_order()?.into_iter().find_map(|(x, y)| {
        let neg = at.made_by(y, B::Neg).filter(View::is_read_once)?;
        at.become_op(&[neg.node], B::Sub, &[x, neg.input(0)?], at.node.attrs.clone())
    })
}

/// A cast to bool or a wider type and back.
fn cast_twice<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    if !at.is(B::Cast) {
        return None;
    }
    let (x, out) = (at.input(0)?, at.result()?);
    let before = at.made_by(x, B::Cast)?;
    let from = before.input(0)?;
    let (a, b, c) = (at.value(from).dtype, at.value(x).dtype, at.value(out).dtype);
    use floe_graph::DType::{Bool, Int32, Int64};
    let widens = matches!((a, b), (Int32, Int64) | (Bool, Int32 | Int64));
    if !widens {
        return None;
    }
    if a == c {
        return at.bypass(from);
    }
    let attrs = Attrs::new().with("in_data_type", a).with("out_data_type", c);
    at.become_op(&[before.node], B::Cast, &[from], attrs)
}

/// A strided slice that takes everything, dropping at most dimensions of 1.
fn whole_slice<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    if !at.is(B::StridedSlice) {
        return None;
    }
    let (x, out) = (at.input(0)?, at.result()?);
    let (from, to) = (at.value(x), at.value(out));
    let ints = |i| at.value(at.input(i)?).ints();
    let (begin, steps) = (ints(1)?, ints(3)?);
    let shrink = at.node.attrs.int("shrink_axis_mask");
    let mask = at.node.attrs.int("begin_mask");
    let mut kept = Vec::new();
    for (i, d) in from.shape.iter().enumerate() {
        let starts = (mask >> i) & 1 == 1 || begin.get(i).is_none_or(|&b| b == 0);
        if (shrink >> i) & 1 == 1 {
            d.is(1).then_some(())?;
        } else {
            (starts && steps.get(i).is_none_or(|&s| s == 1)).then_some(())?;
            kept.push(d.clone());
        }
    }
    // Same lengths from the first element on: the same elements.
    let unknown = kept.iter().filter(|d| d.get().is_none()).count();
    if kept != to.shape || unknown > 1 {
        return None;
    }
    let known: Vec<i64> = kept.iter().map(Dim::signature).collect();
    let mut patch = at.patch(&[]);
    let shape = patch.i32s(&known).ok()?;
    let new = patch.op(B::Reshape, &[x, shape]).ok()?;
    Some(patch.replacing(out, new))
}

/// `x and x`, `x or x`, the larger or smaller of `x` and `x`.
fn same_twice<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    let lattice = [B::LogicalAnd, B::LogicalOr, B::Maximum, B::Minimum];
    let is_one = lattice.iter().any(|&op| at.is(op));
    if !is_one || at.input(0)? != at.input(1)? {
        return None;
    }
    at.bypass(at.input(0)?)
}
