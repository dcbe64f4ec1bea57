//! Operators that only move elements.

use super::{Call, Type, Types, broadcast, need_axis, overflow};
use crate::ir::{Builtin as B, Dim, Reason};
use floe_graph::DType;

pub(super) fn reshape(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let Some(want) = c.dims(1)? else {
        let rank = c.x(1)?.shape.first().and_then(Dim::size);
        return c.like(c.unknowns(rank.ok_or("the rank of the new shape is unknown")?));
    };
    c.like(resolve(c, &x.shape, want)?)
}

/// Replaces the one -1 in `want` by what the elements of `from` leave for it.
fn resolve(c: Call<'_>, from: &[Dim], mut want: Vec<Dim>) -> Result<Vec<Dim>, Reason> {
    let total = c.symbols.product(from).ok_or_else(overflow)?;
    let hole = want.iter().position(|d| d.is(-1));
    let Some(hole) = hole else {
        let got = c.symbols.product(&want).ok_or_else(overflow)?;
        return match (total.get(), got.get()) {
            (Some(a), Some(b)) if a != b => {
                Err(format!("{a} elements cannot take a shape of {b}").into())
            }
            _ => Ok(want),
        };
    };
    let known: Vec<Dim> =
        want.iter().enumerate().filter(|(i, _)| *i != hole).map(|(_, d)| d.clone()).collect();
    let rest = c.symbols.product(&known).ok_or_else(overflow)?;
    let fill = match (total.exact_div(&rest), total.get(), rest.get()) {
        (Some(d), ..) => d,
        (None, _, Some(0)) => Dim::known(0),
        (None, Some(a), Some(b)) => {
            return Err(format!("{a} elements cannot take a shape of {b} × something").into());
        }
        _ => c.symbols.floor_div(&total, &rest).ok_or_else(overflow)?,
    };
    if let Some(slot) = want.get_mut(hole) {
        *slot = fill;
    }
    Ok(want)
}

pub(super) fn squeeze(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let dims = c.attrs.ints("squeeze_dims");
    let axes: Vec<usize> =
        dims.iter().map(|&a| need_axis(a, x.rank())).collect::<Result<_, _>>()?;
    let gone = |i: usize, d: &Dim| if axes.is_empty() { d.is(1) } else { axes.contains(&i) };
    let left = x.shape.iter().enumerate().filter(|(i, d)| !gone(*i, d));
    c.like(left.map(|(_, d)| d.clone()).collect())
}

pub(super) fn expand_dims(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let first = c.ints(1)?.first().copied().ok_or("the axis is missing")?;
    let at = need_axis(first, x.rank() + 1)?;
    let mut shape = x.shape.clone();
    shape.insert(at, Dim::known(1));
    c.like(shape)
}

pub(super) fn transpose(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let perm = c.ints(1)?;
    if perm.len() != x.rank() {
        return Err("the permutation has another length than the shape".into());
    }
    let shape = perm
        .iter()
        .map(|&p| x.shape.get(need_axis(p, x.rank())?).cloned().ok_or_else(overflow))
        .collect::<Result<_, Reason>>()?;
    c.like(shape)
}

pub(super) fn concatenation(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let at = need_axis(c.attrs.int("axis"), x.rank())?;
    let mut shape = x.shape.clone();
    for i in 1..c.inputs.len() {
        let y = c.x(i)?;
        if y.rank() != shape.len() {
            return Err("the parts have different ranks".into());
        }
        for (k, (a, b)) in shape.iter_mut().zip(&y.shape).enumerate() {
            if k == at {
                *a = c.symbols.add(a, b).ok_or_else(overflow)?;
            } else if a.get().is_none() {
                *a = b.clone();
            }
        }
    }
    c.like(shape)
}

pub(super) fn pack(c: Call<'_>) -> Types {
    let mut shape = c.x(0)?.shape.clone();
    let at = need_axis(c.attrs.int("axis"), shape.len() + 1)?;
    shape.insert(at, c.inputs.len().into());
    c.like(shape)
}

pub(super) fn unpack(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let mut shape = x.shape.clone();
    shape.remove(need_axis(c.attrs.int("axis"), shape.len())?);
    let n = usize::try_from(c.attrs.int("num")).ok().filter(|&n| n <= 1 << 16);
    let n = n.ok_or("the number of parts is out of range")?;
    Ok(vec![Type::new(x.dtype, shape); n])
}

/// SPLIT (axis, value) and SPLIT_V (value, sizes, axis).
pub(super) fn split(c: Call<'_>) -> Types {
    let (value, axis) = if c.op == B::Split { (1, 0) } else { (0, 2) };
    let x = c.x(value)?;
    let first = c.ints(axis)?.first().copied().ok_or("the axis is missing")?;
    let at = need_axis(first, x.rank())?;
    let n = usize::try_from(c.attrs.int("num_splits")).ok().filter(|&n| n > 0 && n <= 1 << 16);
    let n = n.ok_or("the number of parts is out of range")?;
    let whole = x.shape.get(at).cloned().ok_or_else(overflow)?;
    let sizes = if c.op == B::Split {
        if whole.get().is_some_and(|w| w % n as i64 != 0) {
            return Err("the axis does not divide into equal parts".into());
        }
        vec![c.symbols.floor_div(&whole, &n.into()).ok_or_else(overflow)?; n]
    } else {
        part_sizes(c, &whole)?
    };
    let part = |d: Dim| {
        let mut shape = x.shape.clone();
        if let Some(slot) = shape.get_mut(at) {
            *slot = d;
        }
        Type::new(x.dtype, shape)
    };
    Ok(sizes.into_iter().map(part).collect())
}

fn part_sizes(c: Call<'_>, whole: &Dim) -> Result<Vec<Dim>, Reason> {
    let sizes = c.ints(1)?;
    let known: i64 = sizes.iter().filter(|&&s| s >= 0).sum();
    let rest = c.symbols.sub(whole, &known.into()).ok_or_else(overflow)?;
    Ok(sizes.into_iter().map(|s| if s < 0 { rest.clone() } else { s.into() }).collect())
}

pub(super) fn slice(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let (begin, size) = (c.dims(1)?, c.dims(2)?);
    let Some(size) = size else { return c.like(c.unknowns(x.rank())) };
    let mut shape = Vec::with_capacity(x.rank());
    for (i, d) in x.shape.iter().enumerate() {
        let want = size.get(i).ok_or("the size is shorter than the shape")?;
        let start = begin.as_ref().and_then(|b| b.get(i));
        shape.push(match (want.is(-1), start) {
            (false, _) => want.clone(),
            (true, Some(s)) => c.symbols.sub(d, s).ok_or_else(overflow)?,
            (true, None) => c.unknown(),
        });
    }
    c.like(shape)
}

/// One dimension of a strided slice, with its masks applied.
pub(crate) struct Cut {
    /// First index, normalised to the dimension; `None` when unknown.
    pub(crate) begin: Option<i64>,
    /// Length.
    pub(crate) len: Dim,
    /// Whether the dimension is dropped.
    pub(crate) shrink: bool,
}

pub(super) fn strided_slice(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let ends = |i: usize| -> Result<Vec<Dim>, Reason> {
        let given = c.x(1)?.shape.first().and_then(Dim::size);
        // Unknown ends matter only where no mask covers them.
        Ok(c.dims(i)?.unwrap_or_else(|| c.unknowns(given.unwrap_or(x.rank()))))
    };
    let strides = c.ints(3)?;
    let cuts = cuts(c, &x.shape, &ends(1)?, &ends(2)?, &strides)?;
    c.like(cuts.into_iter().filter(|k| !k.shrink).map(|k| k.len).collect())
}

/// The cuts of a strided slice without ellipsis and new axes, one for each dimension of `shape`.
fn cuts(
    c: Call<'_>,
    shape: &[Dim],
    begin: &[Dim],
    end: &[Dim],
    strides: &[i64],
) -> Result<Vec<Cut>, Reason> {
    let bit = |name: &str, i: usize| i < 32 && (c.attrs.int(name) >> i) & 1 == 1;
    let mut out = Vec::with_capacity(shape.len());
    for (i, d) in shape.iter().enumerate() {
        let (Some(b), Some(e), Some(&s)) = (begin.get(i), end.get(i), strides.get(i)) else {
            out.push(Cut { begin: Some(0), len: d.clone(), shrink: false });
            continue;
        };
        let shrink = bit("shrink_axis_mask", i);
        let b = (!bit("begin_mask", i) || shrink).then_some(b);
        let e = (!bit("end_mask", i)).then_some(e);
        out.push(if shrink { one(d, b) } else { cut(c, d, b, e, s)? });
    }
    Ok(out)
}

fn one(d: &Dim, b: Option<&Dim>) -> Cut {
    let begin = match (b.and_then(Dim::get), d.get()) {
        (Some(b), Some(n)) if b < 0 => Some(b.saturating_add(n)),
        (Some(b), _) => Some(b),
        _ => None,
    };
    Cut { begin, len: Dim::known(1), shrink: true }
}

fn cut(c: Call<'_>, d: &Dim, b: Option<&Dim>, e: Option<&Dim>, stride: i64) -> Result<Cut, Reason> {
    if stride == 0 {
        return Err("a stride of a strided slice is 0".into());
    }
    let (first, last) = (b.map(Dim::get), e.map(Dim::get));
    if let (Some(n), Some(first), Some(last)) =
        (d.get(), first.unwrap_or(Some(0)), last.unwrap_or(Some(0)))
    {
        return Ok(known_cut(n, b.map(|_| first), e.map(|_| last), stride));
    }
    let s = c.symbols;
    let whole = Cut { begin: Some(0), len: d.clone(), shrink: false };
    let end = match e {
        Some(e) if e.get().is_some_and(|e| e < 0) => s.add(d, e).ok_or_else(overflow)?,
        Some(e) if e.is(i64::from(i32::MAX)) || e.is(i64::MAX) => d.clone(),
        // A start within an unknown dimension: assumed to lie inside, as the graph's author did.
        Some(e) => e.clone(),
        None => d.clone(),
    };
    match (first.unwrap_or(Some(0)), stride) {
        (Some(0), 1) if e.is_none() => Ok(whole),
        (Some(n), 1) if n >= 0 => {
            let len = s.sub(&end, &n.into()).ok_or_else(overflow)?;
            Ok(Cut { begin: Some(n), len, ..whole })
        }
        (Some(n), 1) if e.is_none() => Ok(Cut { begin: None, len: (-n).into(), ..whole }),
        (Some(0), k) if k > 1 => {
            let len = s.ceil_div(&end, &k.into()).ok_or_else(overflow)?;
            Ok(Cut { len, ..whole })
        }
        (_, -1) if b.is_none() && e.is_none() => Ok(Cut { begin: None, ..whole }),
        (None, 1) => {
            let from = b.cloned().unwrap_or(Dim::known(0));
            let len = s.sub(&end, &from).ok_or_else(overflow)?;
            Ok(Cut { begin: None, len, ..whole })
        }
        _ => Ok(Cut { begin: None, len: c.unknown(), ..whole }),
    }
}

/// The cut of a dimension of `n`, as the format clamps it.
pub(crate) fn known_cut(n: i64, begin: Option<i64>, end: Option<i64>, stride: i64) -> Cut {
    let back = stride < 0;
    let (low, high) = if back { (-1, n - 1) } else { (0, n) };
    let clamp = |i: i64| if i < 0 { i.saturating_add(n) } else { i }.clamp(low, high);
    let first = begin.map_or(if back { n - 1 } else { 0 }, clamp);
    let last = end.map_or(if back { -1 } else { n }, clamp);
    let span = if back { first - last } else { last - first };
    let step = stride.unsigned_abs().min(i64::MAX as u64) as i64;
    let len = if span <= 0 { 0 } else { (span - 1) / step + 1 };
    Cut { begin: Some(first), len: len.into(), shrink: false }
}

pub(super) fn tile(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let Some(times) = c.dims(1)? else { return c.like(c.unknowns(x.rank())) };
    let shape = x.shape.iter().zip(&times).map(|(d, t)| d.mul(t).ok_or_else(overflow));
    c.like(shape.collect::<Result<_, _>>()?)
}

/// BROADCAST_TO (value, shape), FILL (shape, value), RANDOM_* (shape).
pub(super) fn to_shape(c: Call<'_>) -> Types {
    let (shape, dtype) = match c.op {
        B::BroadcastTo => (1, c.x(0)?.dtype),
        B::Fill => (0, c.x(1)?.dtype),
        _ => (0, DType::Float32),
    };
    let dims = match c.dims(shape)? {
        Some(d) => d,
        None => {
            let rank = c.x(shape)?.shape.first().and_then(Dim::size);
            c.unknowns(rank.ok_or("the rank of the result is unknown")?)
        }
    };
    if dims.iter().any(|d| d.get().is_some_and(|n| n < 0)) {
        return Err("a dimension is negative".into());
    }
    Ok(vec![Type::new(dtype, dims)])
}

pub(super) fn broadcast_args(c: Call<'_>) -> Types {
    let rank = |i| -> Result<usize, Reason> {
        Ok(c.x(i)?.shape.first().and_then(Dim::size).ok_or("the rank of a shape is unknown")?)
    };
    let n = rank(0)?.max(rank(1)?);
    if let (Some(a), Some(b)) = (c.dims(0)?, c.dims(1)?) {
        broadcast(c.symbols, &a, &b)?;
    }
    c.like(vec![n.into()])
}

pub(super) fn pad(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let Some(pads) = c.dims(1)? else { return c.like(c.unknowns(x.rank())) };
    let shape = x.shape.iter().zip(pads.chunks(2)).map(|(d, p)| {
        let [before, after] = p else { return Err(overflow()) };
        let all = c.symbols.add(before, after).and_then(|p| c.symbols.add(d, &p));
        all.ok_or_else(overflow)
    });
    let shape: Vec<Dim> = shape.collect::<Result<_, _>>()?;
    if shape.len() != x.rank() {
        return Err("the paddings are fewer than the dimensions".into());
    }
    c.like(shape)
}
