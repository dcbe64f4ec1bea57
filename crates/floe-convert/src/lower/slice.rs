//! Taking tensors apart and putting them together.

use super::site::one;
use super::{Bound, Cx, Family, Lowered, Site};
use crate::infer::need_axis;
use crate::ir::{Attrs, Builtin as B, Dim, Reason, Scope, ValueId};

pub(super) const OPS: Family = &[
    ("Concat", |cx, s| concat(cx, s, true)),
    ("ConcatV2", |cx, s| concat(cx, s, false)),
    ("Gather", gather),
    ("GatherNd", gather_nd),
    ("GatherV2", gather),
    ("OneHot", one_hot),
    ("Pack", pack),
    ("ReverseSequence", reverse_sequence),
    ("ReverseV2", reverse),
    ("Roll", roll),
    ("Slice", slice),
    ("Split", split),
    ("SplitV", split_v),
    ("StridedSlice", strided_slice),
    ("Unpack", unpack),
];

fn concat(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, axis_first: bool) -> Lowered {
    let mut parts = s.all()?;
    let at = if axis_first { 0 } else { parts.len().saturating_sub(1) };
    if parts.len() < 2 {
        return Err("it has nothing to join".into());
    }
    let axis_value = parts.remove(at);
    let axis = cx.get(axis_value).ints().and_then(|a| a.first().copied());
    let axis = axis.ok_or("its axis must be a constant")?;
    one(join(cx, &parts, axis))
}

/// `parts` joined along `axis`.
pub(super) fn join(cx: &mut Cx<'_, '_>, parts: &[ValueId], axis: i64) -> Result<ValueId, Reason> {
    let first = *parts.first().ok_or("it has nothing to join")?;
    let axis = need_axis(axis, cx.get(first).rank())?;
    // Empty parts add nothing; one part is itself.
    let full: Vec<ValueId> = parts
        .iter()
        .copied()
        .filter(|&p| !cx.get(p).shape.get(axis).is_some_and(|d| d.is(0)))
        .collect();
    match full.as_slice() {
        [] => Ok(first),
        [only] => Ok(*only),
        all => {
            let attrs =
                Attrs::new().with("axis", axis as i64).with("fused_activation_function", 0i64);
            cx.op_with(B::Concatenation, all, attrs)
        }
    }
}

fn gather(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (x, at) = (s.x(0)?, s.x(1)?);
    let axis = if s.inputs.len() > 2 { s.int(cx, 2)? } else { 0 };
    let axis = need_axis(axis, cx.get(x).rank())? as i64;
    let batch = s.node.int("batch_dims", 0);
    let batch = if batch < 0 { batch + cx.get(at).rank() as i64 } else { batch };
    let attrs = Attrs::new().with("axis", axis).with("batch_dims", batch);
    one(cx.op_with(B::Gather, &[x, at], attrs))
}

fn gather_nd(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (x, at) = (s.x(0)?, s.x(1)?);
    one(cx.op(B::GatherNd, &[x, at]))
}

/// Inputs: indices, depth, on, off.
fn one_hot(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (at, depth, on, off) = (s.x(0)?, s.x(1)?, s.x(2)?, s.x(3)?);
    let depth = cx.index32(depth)?;
    let attrs = Attrs::new().with("axis", s.node.int("axis", -1));
    one(cx.op_with(B::OneHot, &[at, depth, on, off], attrs))
}

fn pack(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let parts = s.all()?;
    one(stack(cx, &parts, s.node.int("axis", 0)))
}

/// `parts` stacked along a new dimension `axis`.
pub(super) fn stack(cx: &mut Cx<'_, '_>, parts: &[ValueId], axis: i64) -> Result<ValueId, Reason> {
    if let [only] = parts {
        return super::shape::insert_dim(cx, *only, axis);
    }
    let attrs = Attrs::new().with("values_count", parts.len() as i64).with("axis", axis);
    cx.op_with(B::Pack, parts, attrs)
}

fn unpack(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let attrs = Attrs::new().with("num", s.node.int("num", 0)).with("axis", s.node.int("axis", 0));
    bind_all(cx.op_all(B::Unpack, &[Some(x)], attrs))
}

fn bind_all(all: Result<Vec<ValueId>, Reason>) -> Lowered {
    Ok(all?.into_iter().map(Bound::Value).collect())
}

/// Inputs: axis, value.
fn split(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (axis, x) = (cx.index32(s.x(0)?)?, s.x(1)?);
    let attrs = Attrs::new().with("num_splits", s.node.int("num_split", 1));
    bind_all(cx.op_all(B::Split, &[Some(axis), Some(x)], attrs))
}

/// Inputs: value, sizes, axis.
fn split_v(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let (sizes, axis) = (cx.index32(s.x(1)?)?, cx.index32(s.x(2)?)?);
    let attrs = Attrs::new().with("num_splits", s.node.int("num_split", 1));
    bind_all(cx.op_all(B::SplitV, &[Some(x), Some(sizes), Some(axis)], attrs))
}

fn slice(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let (begin, size) = (cx.index32(s.x(1)?)?, cx.index32(s.x(2)?)?);
    one(cx.op(B::Slice, &[x, begin, size]))
}

fn reverse(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let mut x = s.x(0)?;
    let rank = cx.get(x).rank();
    let mut axes: Vec<usize> =
        s.ints(cx, 1)?.iter().map(|&a| need_axis(a, rank)).collect::<Result<_, _>>()?;
    axes.sort_unstable();
    // The kernel takes neighbouring axes only.
    for run in axes.chunk_by(|a, b| a + 1 == *b) {
        let run: Vec<i64> = run.iter().map(|&a| a as i64).collect();
        let run = cx.i32s(&run)?;
        x = cx.op(B::ReverseV2, &[x, run])?;
    }
    one(Ok(x))
}

fn reverse_sequence(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (x, lengths) = (s.x(0)?, s.x(1)?);
    let attrs = Attrs::new()
        .with("seq_dim", s.node.int("seq_dim", 0))
        .with("batch_dim", s.node.int("batch_dim", 0));
    one(cx.op_with(B::ReverseSequence, &[x, lengths], attrs))
}

/// The tail before the head, along each axis in turn. Inputs: value, shifts, axes.
fn roll(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let mut x = s.x(0)?;
    for (shift, axis) in s.ints(cx, 1)?.into_iter().zip(s.ints(cx, 2)?) {
        let rank = cx.get(x).rank();
        let axis = need_axis(axis, rank)?;
        let n = cx.get(x).shape.get(axis).and_then(Dim::get).ok_or("the rolled axis is unknown")?;
        let shift = shift.checked_rem_euclid(n).ok_or("the rolled axis is empty")?;
        if shift == 0 {
            continue;
        }
        let at = cx.i32(axis as i64)?;
        let sizes = cx.i32s(&[n - shift, shift])?;
        let attrs = Attrs::new().with("num_splits", 2i64);
        let parts = cx.op_all(B::SplitV, &[Some(x), Some(sizes), Some(at)], attrs)?;
        let turned: Vec<ValueId> = parts.into_iter().rev().collect();
        x = join(cx, &turned, axis as i64)?;
    }
    one(Ok(x))
}

/// A strided slice with its ellipsis and new axes resolved.
#[derive(Default)]
struct Spec {
    begin_mask: i64,
    end_mask: i64,
    shrink_mask: i64,
    /// For each dimension that the slice names: the index into begin, end and strides.
    picks: Vec<Option<usize>>,
    /// Where dimensions of 1 go into the result.
    new_axes: Vec<usize>,
}

fn resolve(s: &Site<'_, '_>, given: usize, rank: usize) -> Result<Spec, Reason> {
    let mask = |name: &str, i: usize| i < 63 && (s.node.int(name, 0) >> i) & 1 == 1;
    let named =
        (0..given).filter(|&i| !mask("ellipsis_mask", i) && !mask("new_axis_mask", i)).count();
    let skipped = rank.checked_sub(named).ok_or("it slices more dimensions than there are")?;
    let mut spec = Spec::default();
    let mut out = 0;
    for i in 0..given {
        if mask("ellipsis_mask", i) {
            spec.picks.extend(std::iter::repeat_n(None, skipped));
            out += skipped;
        } else if mask("new_axis_mask", i) {
            spec.new_axes.push(out);
            out += 1;
        } else {
            let bit = 1i64.checked_shl(spec.picks.len() as u32).unwrap_or(0);
            let set = |name: &str| if mask(name, i) { bit } else { 0 };
            spec.begin_mask |= set("begin_mask");
            spec.end_mask |= set("end_mask");
            spec.shrink_mask |= set("shrink_axis_mask");
            out += usize::from(set("shrink_axis_mask") == 0);
            spec.picks.push(Some(i));
        }
    }
    for (k, p) in spec.picks.iter().enumerate() {
        if p.is_none() {
            let bit = 1i64.checked_shl(k as u32).unwrap_or(0);
            spec.begin_mask |= bit;
            spec.end_mask |= bit;
        }
    }
    Ok(spec)
}

fn strided_slice(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let x = s.x(0)?;
    let (begin, end, stride) = (s.x(1)?, s.x(2)?, s.x(3)?);
    let given = cx.get(begin).shape.first().and_then(Dim::size).ok_or("its begin has no length")?;
    let spec = resolve(s, given, cx.get(x).rank())?;
    let simple =
        spec.picks.iter().enumerate().all(|(i, p)| *p == Some(i)) && spec.picks.len() == given;
    let mut ends = [begin, end, stride];
    for (v, fill) in ends.iter_mut().zip([0, 0, 1]) {
        *v = cx.index32(*v)?;
        if !simple {
            *v = spread(cx, *v, &spec.picks, fill)?;
        }
    }
    let [begin, end, stride] = ends;
    let attrs = Attrs::new()
        .with("begin_mask", spec.begin_mask)
        .with("end_mask", spec.end_mask)
        .with("shrink_axis_mask", spec.shrink_mask)
        .with("ellipsis_mask", 0i64)
        .with("new_axis_mask", 0i64);
    let mut y = if is_whole(cx, x, stride, &spec) {
        x
    } else {
        cx.op_with(B::StridedSlice, &[x, begin, end, stride], attrs)?
    };
    for &at in &spec.new_axes {
        y = super::shape::insert_dim(cx, y, at as i64)?;
    }
    one(Ok(y))
}

/// Whether the slice takes everything: all masks set, all steps 1.
fn is_whole(cx: &Cx<'_, '_>, x: ValueId, stride: ValueId, spec: &Spec) -> bool {
    let all = 1i64.checked_shl(spec.picks.len() as u32).map_or(-1, |b| b - 1);
    spec.shrink_mask == 0
        && spec.begin_mask == all
        && spec.end_mask == all
        && spec.picks.len() <= cx.get(x).rank()
        && cx.get(stride).ints().is_some_and(|s| s.iter().all(|&s| s == 1))
}

/// The elements of `v` at `picks`, `fill` where there is none.
fn spread(
    cx: &mut Cx<'_, '_>,
    v: ValueId,
    picks: &[Option<usize>],
    fill: i64,
) -> Result<ValueId, Reason> {
    if let Some(ints) = cx.get(v).ints() {
        let all: Option<Vec<i64>> =
            picks.iter().map(|p| p.map_or(Some(fill), |i| ints.get(i).copied())).collect();
        return cx.i32s(&all.ok_or("its ends have different lengths")?);
    }
    let lone = cx.i32s(&[fill])?;
    let table = join(cx, &[v, lone], 0)?;
    let n = cx.get(v).shape.first().and_then(Dim::get).ok_or("its ends have no length")?;
    let at: Vec<i64> = picks.iter().map(|p| p.map_or(n, |i| i as i64)).collect();
    let at = cx.i32s(&at)?;
    cx.op(B::Gather, &[table, at])
}
