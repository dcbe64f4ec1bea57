//! The symbolic elements of small integer tensors: how a chain of Shape, StridedSlice, Pack and
//! arithmetic becomes a list of dimensions.
//!
//! Invariant: content has as many elements as the value's shape, which is static.

use super::moves::{self, Source};
use crate::infer::Type;
use crate::ir::{Attrs, Builtin as B, Dim, Symbols, Tensor, Value, count};
use floe_graph::DType;
use std::sync::Arc;

/// Elements above which content is not tracked.
const LIMIT: usize = 256;

fn is_tracked(dtype: DType) -> bool {
    matches!(dtype, DType::Int32 | DType::Int64 | DType::Bool)
}

/// The elements of a small integer constant.
pub(crate) fn content_of(t: &Tensor) -> Option<Arc<[Dim]>> {
    if !is_tracked(t.dtype()) || t.len() > LIMIT {
        return None;
    }
    Some(t.to_ints()?.into_iter().map(Dim::known).collect())
}

/// The elements of what `op` gives, as far as symbols express them.
pub(crate) fn content(
    s: &Symbols,
    op: B,
    inputs: &[Option<&Value>],
    attrs: &Attrs,
    result: &Type,
) -> Option<Arc<[Dim]>> {
    let shape: Vec<usize> = result.shape.iter().map(Dim::size).collect::<Option<_>>()?;
    if !is_tracked(result.dtype) || count(&shape)? > LIMIT {
        return None;
    }
    let x = inputs.first().copied().flatten()?;
    let all: Option<Vec<Dim>> = match op {
        B::Shape => Some(x.shape.clone()),
        B::Rank => Some(vec![x.rank().into()]),
        B::Range => range(inputs, count(&shape)?),
        B::Cast => is_tracked(x.dtype).then(|| x.content.as_deref().map(<[Dim]>::to_vec)).flatten(),
        B::ReduceProd | B::Sum | B::ReduceMax | B::ReduceMin | B::ReduceAll | B::ReduceAny => {
            reduce(s, op, x, inputs.get(1).copied().flatten()?, attrs, &shape)
        }
        B::LogicalNot | B::Neg | B::Abs => unary(op, x),
        B::SelectV2 | B::Select => select(inputs, &shape),
        B::BroadcastArgs => broadcast_args(s, inputs, *shape.first()?),
        _ if crate::ops::is_binary(op) => binary(s, op, inputs, &shape),
        _ => moved(op, inputs, attrs, &shape),
    };
    all.filter(|a| Some(a.len()) == count(&shape)).map(Arc::from)
}

fn of(inputs: &[Option<&Value>], i: usize) -> Option<Arc<[Dim]>> {
    inputs.get(i).copied().flatten()?.content.clone()
}

fn range(inputs: &[Option<&Value>], n: usize) -> Option<Vec<Dim>> {
    let first = of(inputs, 0)?.first()?.get()?;
    let step = of(inputs, 2)?.first()?.get()?;
    (0..n)
        .map(|i| Some(first.checked_add(step.checked_mul(i64::try_from(i).ok()?)?)?.into()))
        .collect()
}

fn unary(op: B, x: &Value) -> Option<Vec<Dim>> {
    let one = |d: &Dim| match op {
        B::LogicalNot => d.get().map(|n| Dim::known(i64::from(n == 0))),
        B::Neg => d.mul(&Dim::known(-1)),
        _ => d.get().and_then(i64::checked_abs).map(Dim::known),
    };
    x.content.as_ref()?.iter().map(one).collect()
}

fn select(inputs: &[Option<&Value>], shape: &[usize]) -> Option<Vec<Dim>> {
    let pick = of(inputs, 0)?;
    let (yes, no) = (spread(inputs, 1, shape)?, spread(inputs, 2, shape)?);
    let n = pick.len();
    yes.into_iter()
        .zip(no)
        .enumerate()
        .map(|(i, (y, n_))| {
            let at = if n == 1 { 0 } else { i };
            Some(if pick.get(at)?.get()? != 0 { y } else { n_ })
        })
        .collect()
}

fn broadcast_args(s: &Symbols, inputs: &[Option<&Value>], n: usize) -> Option<Vec<Dim>> {
    let (a, b) = (of(inputs, 0)?, of(inputs, 1)?);
    let all = crate::infer::broadcast(s, &a, &b).ok()?;
    (all.len() == n).then_some(all)
}

/// Input `i` broadcast to `shape`.
fn spread(inputs: &[Option<&Value>], i: usize, shape: &[usize]) -> Option<Vec<Dim>> {
    let from = inputs.get(i).copied().flatten()?.static_shape()?;
    let content = of(inputs, i)?;
    let plan = moves::plan(B::BroadcastTo, &[&from], &Attrs::new(), shape, 0, &|_| None)?;
    plan.into_iter()
        .map(|p| if let Source::Of(_, at) = p { content.get(at).cloned() } else { None })
        .collect()
}

fn binary(s: &Symbols, op: B, inputs: &[Option<&Value>], shape: &[usize]) -> Option<Vec<Dim>> {
    let (a, b) = (spread(inputs, 0, shape)?, spread(inputs, 1, shape)?);
    a.iter().zip(&b).map(|(a, b)| pair(s, op, a, b)).collect()
}

fn pair(s: &Symbols, op: B, a: &Dim, b: &Dim) -> Option<Dim> {
    let known = a.get().zip(b.get());
    let truth = |f: fn(&i64, &i64) -> bool| known.map(|(a, b)| Dim::known(f(&a, &b).into()));
    match op {
        B::Add => s.add(a, b),
        B::Sub => s.sub(a, b),
        B::Mul => a.mul(b),
        B::FloorDiv => s.floor_div(a, b),
        B::Div => match known {
            Some((a, b)) => a.checked_div(b).map(Dim::known),
            None => a.exact_div(b),
        },
        B::FloorMod => s.floor_mod(a, b),
        B::Minimum => Some(s.min(a, b)),
        B::Maximum => Some(s.max(a, b)),
        B::Equal if a == b => Some(Dim::known(1)),
        B::NotEqual if a == b => Some(Dim::known(0)),
        B::Equal => truth(i64::eq),
        B::NotEqual => truth(i64::ne),
        B::Less => truth(i64::lt),
        B::LessEqual => truth(i64::le),
        B::Greater => truth(i64::gt),
        B::GreaterEqual => truth(i64::ge),
        B::LogicalAnd => truth(|a, b| *a != 0 && *b != 0),
        B::LogicalOr => truth(|a, b| *a != 0 || *b != 0),
        _ => None,
    }
}

fn reduce(
    s: &Symbols,
    op: B,
    x: &Value,
    axes: &Value,
    attrs: &Attrs,
    out: &[usize],
) -> Option<Vec<Dim>> {
    let shape = x.static_shape()?;
    let axes: Vec<usize> = axes
        .ints()?
        .into_iter()
        .map(|a| crate::infer::axis(a, shape.len()))
        .collect::<Option<_>>()?;
    let content = x.content.as_ref()?;
    let start = match op {
        B::ReduceProd | B::ReduceAll => Some(Dim::known(1)),
        B::Sum | B::ReduceAny => Some(Dim::known(0)),
        _ => None,
    };
    let mut sums: Vec<Option<Dim>> = vec![start; count(out)?];
    let (own, strides) = (crate::ir::strides(&shape), crate::ir::strides(out));
    for (i, d) in content.iter().enumerate() {
        let mut at = 0;
        let mut k = 0;
        for (axis, (&n, &step)) in shape.iter().zip(&own).enumerate() {
            let here = i.checked_div(step)?.checked_rem(n)?;
            let reduced = axes.contains(&axis);
            if !reduced {
                at += here * strides.get(k)?;
            }
            k += usize::from(!reduced || attrs.bool("keep_dims"));
        }
        let sum = sums.get_mut(at)?;
        *sum = Some(match sum.take() {
            None => d.clone(),
            Some(a) => accumulate(s, op, &a, d)?,
        });
    }
    sums.into_iter().collect()
}

fn accumulate(s: &Symbols, op: B, a: &Dim, b: &Dim) -> Option<Dim> {
    match op {
        B::ReduceProd => a.mul(b),
        B::Sum => s.add(a, b),
        B::ReduceMax => Some(s.max(a, b)),
        B::ReduceMin => Some(s.min(a, b)),
        B::ReduceAll => pair(s, B::LogicalAnd, a, b),
        B::ReduceAny => pair(s, B::LogicalOr, a, b),
        _ => None,
    }
}

fn moved(op: B, inputs: &[Option<&Value>], attrs: &Attrs, shape: &[usize]) -> Option<Vec<Dim>> {
    let shapes: Vec<Vec<usize>> =
        inputs.iter().map(|v| (*v)?.static_shape()).collect::<Option<_>>()?;
    let shapes: Vec<&[usize]> = shapes.iter().map(Vec::as_slice).collect();
    let ints = |i: usize| inputs.get(i).copied().flatten()?.ints();
    let plan = moves::plan(op, &shapes, attrs, shape, 0, &ints)?;
    plan.into_iter()
        .map(|p| match p {
            Source::Zero => Some(Dim::known(0)),
            Source::Of(i, at) => of(inputs, i)?.get(at).cloned(),
        })
        .collect()
}
