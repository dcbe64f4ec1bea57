//! Fourier transforms and complex numbers. TFLite computes little on complex numbers, so one is bound as its
//! two parts, and becomes a tensor of complex64 only where something else takes it.
//!
//! Invariant: both parts of a [`Bound::Complex`] are real and of one shape.

use super::matmul::{product, swap_last};
use super::site::one;
use super::{Bound, Cx, Family, Lowered, Site, find};
use crate::ir::{Attrs, Builtin as B, Dim, Reason, Scope, Tensor, ValueId};
use floe_graph::DType;
use std::f64::consts::TAU;

pub(super) const OPS: Family = &[
    ("Angle", |cx, s| {
        let [re, im] = parts(cx, s, 0)?;
        one(cx.op(B::Atan2, &[im, re]))
    }),
    ("Complex", complex),
    ("ComplexAbs", length),
    ("Conj", |cx, s| {
        let [re, im] = parts(cx, s, 0)?;
        let im = cx.op(B::Neg, &[im])?;
        Ok(vec![Bound::Complex(re, im)])
    }),
    ("FFT", |cx, s| fourier(cx, s, 1, false)),
    ("FFT2D", |cx, s| fourier(cx, s, 2, false)),
    ("IFFT", |cx, s| fourier(cx, s, 1, true)),
    ("IFFT2D", |cx, s| fourier(cx, s, 2, true)),
    ("Imag", |cx, s| Ok(vec![parts(cx, s, 0)?[1].into()])),
    ("IRFFT", irfft),
    ("Real", |cx, s| Ok(vec![parts(cx, s, 0)?[0].into()])),
    ("RFFT", rfft),
    ("RFFT2D", rfft_2d),
];

/// Ops that do to a complex number what they do to each of its parts.
const LINEAR: &[&str] = &[
    "Add",
    "AddN",
    "AddV2",
    "BroadcastTo",
    "ConcatV2",
    "ExpandDims",
    "Gather",
    "GatherNd",
    "GatherV2",
    "Mean",
    "Neg",
    "Pack",
    "Pad",
    "Reshape",
    "ReverseV2",
    "Roll",
    "Slice",
    "Split",
    "SplitV",
    "Squeeze",
    "StridedSlice",
    "Sub",
    "Sum",
    "Tile",
    "Transpose",
    "Unpack",
    "ZerosLike",
];
/// Elements of the largest matrix that a transform is made of.
const MOST: i64 = 1 << 22;

/// An op of another family on complex numbers: `None` where it is to be lowered as any other.
pub(super) fn elsewhere(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Option<Lowered> {
    if !s.inputs.iter().any(|b| matches!(b, Bound::Complex(..))) {
        return None;
    }
    let op = s.node.def.op.as_str();
    match op {
        "Mul" => return Some(times(cx, s)),
        "Cast" => return Some(parts(cx, s, 0).map(|[re, _]| vec![re.into()])),
        "Abs" => return Some(length(cx, s)),
        _ => {}
    }
    if OPS.iter().any(|(name, _)| *name == op) {
        return None;
    }
    Some(if LINEAR.contains(&op) { each(cx, s) } else { whole(cx, s) })
}

/// The op on the real parts and on the imaginary ones.
fn each(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let lower = find(&s.node.def.op).ok_or("it has no lowering")?;
    let mut sides = Vec::new();
    for k in 0..2 {
        let side = |b: &Bound| match b {
            Bound::Complex(re, im) => Bound::Value(if k == 0 { *re } else { *im }),
            other => other.clone(),
        };
        let inputs: Vec<Bound> = s.inputs.iter().map(side).collect();
        sides.push(lower(cx, &Site { node: s.node, inputs: &inputs })?);
    }
    let pair = |(a, b): (&Bound, &Bound)| match (a, b) {
        (Bound::Value(a), Bound::Value(b)) => Bound::Complex(*a, *b),
        _ => Bound::Failed,
    };
    let [re, im] = sides.as_slice() else { return Err("it has no parts".into()) };
    Ok(re.iter().zip(im).map(pair).collect())
}

/// The op on tensors of complex64.
fn whole(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let lower = find(&s.node.def.op).ok_or("it has no lowering")?;
    let mut inputs = Vec::with_capacity(s.inputs.len());
    for b in s.inputs {
        inputs.push(match b {
            Bound::Complex(re, im) => Bound::Value(tensor(cx, *re, *im, DType::Complex64)?),
            other => other.clone(),
        });
    }
    lower(cx, &Site { node: s.node, inputs: &inputs })
}

/// One tensor of `dtype`, complex64 or complex128: the parts side by side, read as one element.
pub(crate) fn tensor(
    cx: &mut Cx<'_, '_>,
    re: ValueId,
    im: ValueId,
    dtype: DType,
) -> Result<ValueId, Reason> {
    let part = if dtype == DType::Complex128 { DType::Float64 } else { DType::Float32 };
    let (re, im) = (cx.cast(re, part)?, cx.cast(im, part)?);
    let both = super::slice::stack(cx, &[re, im], -1)?;
    cx.op_with(B::Bitcast, &[both], Attrs::new().with("to", dtype))
}

/// The real and the imaginary part of input `i`.
fn parts(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, i: usize) -> Result<[ValueId; 2], Reason> {
    if let Some(Bound::Complex(re, im)) = s.inputs.get(i) {
        return Ok([*re, *im]);
    }
    let x = s.x(i)?;
    if let Some(t) = cx.get(x).tensor().filter(|t| t.dtype() == DType::Complex64) {
        let (shape, bytes) = (t.shape().to_vec(), t.bytes().unwrap_or_default());
        let part = |k: usize| -> Option<Tensor> {
            let all: Vec<u8> =
                bytes.as_chunks::<4>().0.iter().skip(k).step_by(2).flatten().copied().collect();
            Tensor::new(DType::Float32, shape.clone(), all)
        };
        let (re, im) = part(0).zip(part(1)).ok_or("its constant is damaged")?;
        return Ok([cx.constant(re), cx.constant(im)]);
    }
    if cx.get(x).dtype.is_float() {
        let zero = cx.op(B::ZerosLike, &[x])?;
        return Ok([x, zero]);
    }
    Ok([cx.op(B::Real, &[x])?, cx.op(B::Imag, &[x])?])
}

fn complex(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (re, im) = (s.x(0)?, s.x(1)?);
    if cx.get(re).shape != cx.get(im).shape {
        return Err("its parts have different shapes".into());
    }
    Ok(vec![Bound::Complex(re, im)])
}

fn length(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    if !matches!(s.inputs.first(), Some(Bound::Complex(..))) {
        let x = s.x(0)?;
        return one(cx.op(B::ComplexAbs, &[x]));
    }
    let [re, im] = parts(cx, s, 0)?;
    let (a, b) = (cx.op(B::Mul, &[re, re])?, cx.op(B::Mul, &[im, im])?);
    let sum = cx.op(B::Add, &[a, b])?;
    one(cx.op(B::Sqrt, &[sum]))
}

fn times(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let ([a, b], [c, d]) = (parts(cx, s, 0)?, parts(cx, s, 1)?);
    let (ac, bd) = (cx.op(B::Mul, &[a, c])?, cx.op(B::Mul, &[b, d])?);
    let (ad, bc) = (cx.op(B::Mul, &[a, d])?, cx.op(B::Mul, &[b, c])?);
    Ok(vec![Bound::Complex(cx.op(B::Sub, &[ac, bd])?, cx.op(B::Add, &[ad, bc])?)])
}

/// A matrix `[rows, columns]` of the numbers that `f` gives.
fn matrix(
    cx: &mut Cx<'_, '_>,
    rows: i64,
    columns: i64,
    f: impl Fn(i64, i64) -> f64,
) -> Result<ValueId, Reason> {
    if rows.checked_mul(columns).is_none_or(|n| n > MOST) {
        return Err("the transform is too long to be a matrix product".into());
    }
    let all: Vec<f32> = (0..rows)
        .flat_map(|r| (0..columns).map(move |c| (r, c)))
        .map(|(r, c)| f(r, c) as f32)
        .collect();
    let t = Tensor::f32(&[rows as usize, columns as usize], &all);
    Ok(cx.constant(t.ok_or("the transform is too long")?))
}

/// The angle of element `j` of frequency `k` of `n`, reduced first so that it is exact.
fn angle(j: i64, k: i64, n: i64) -> f64 {
    TAU * (j.wrapping_mul(k).checked_rem(n).unwrap_or(0)) as f64 / n as f64
}

/// `x` times a matrix, along its last dimension.
fn along_last(cx: &mut Cx<'_, '_>, x: ValueId, m: ValueId) -> Result<ValueId, Reason> {
    if cx.get(x).rank() > 1 {
        return product(cx, x, m, false, false);
    }
    let row = super::shape::insert_dim(cx, x, 0)?;
    let y = product(cx, row, m, false, false)?;
    let n = cx.get(y).shape.last().cloned().ok_or("it has no dimension")?;
    cx.reshape(y, &[n])
}

fn last(cx: &Cx<'_, '_>, x: ValueId) -> Result<i64, Reason> {
    let n = cx.get(x).shape.last().and_then(Dim::get).filter(|&n| n > 0);
    n.ok_or_else(|| "the length of its last dimension is unknown".into())
}

/// The transform along the last dimension.
fn one_axis(
    cx: &mut Cx<'_, '_>,
    [re, im]: [ValueId; 2],
    inverse: bool,
) -> Result<[ValueId; 2], Reason> {
    let n = last(cx, re)?;
    let scale = if inverse { 1.0 / n as f64 } else { 1.0 };
    let sign = if inverse { -1.0 } else { 1.0 };
    let cosines = matrix(cx, n, n, |j, k| scale * angle(j, k, n).cos())?;
    let sines = matrix(cx, n, n, |j, k| sign * scale * angle(j, k, n).sin())?;
    let (rc, is) = (along_last(cx, re, cosines)?, along_last(cx, im, sines)?);
    let (ic, rs) = (along_last(cx, im, cosines)?, along_last(cx, re, sines)?);
    Ok([cx.op(B::Add, &[rc, is])?, cx.op(B::Sub, &[ic, rs])?])
}

fn fourier(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>, axes: usize, inverse: bool) -> Lowered {
    let x = parts(cx, s, 0)?;
    let mut y = one_axis(cx, x, inverse)?;
    if axes > 1 {
        for v in &mut y {
            *v = swap_last(cx, *v)?;
        }
        y = one_axis(cx, y, inverse)?;
        for v in &mut y {
            *v = swap_last(cx, *v)?;
        }
    }
    Ok(vec![Bound::Complex(y[0], y[1])])
}

fn rfft_2d(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (x, size) = (s.x(0)?, cx.index32(s.x(1)?)?);
    one(cx.op(B::Rfft2d, &[x, size]))
}

/// RFFT2D over one row: a dimension of 1 goes in before the last and out again. Its kernel takes powers of
/// two; other lengths are a matrix product.
fn rfft(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let (x, size) = (s.x(0)?, cx.index32(s.x(1)?)?);
    let n = cx.get(size).ints().and_then(|n| n.first().copied()).filter(|&n| n > 0);
    let n = n.ok_or("its length must be a constant")?;
    if cx.get(x).dtype != DType::Float32 {
        return Err("TFLite transforms float32 only".into());
    }
    if n.count_ones() != 1 && last(cx, x) == Ok(n) {
        let bins = n / 2 + 1;
        let cosines = matrix(cx, n, bins, |j, k| angle(j, k, n).cos())?;
        let sines = matrix(cx, n, bins, |j, k| -angle(j, k, n).sin())?;
        return Ok(vec![Bound::Complex(along_last(cx, x, cosines)?, along_last(cx, x, sines)?)]);
    }
    let wide = super::shape::insert_dim(cx, x, -2)?;
    let size = cx.i32s(&[1, n])?;
    let y = cx.op(B::Rfft2d, &[wide, size])?;
    let mut dims = cx.get(y).shape.clone();
    let at = dims.len().checked_sub(2).ok_or("it has no row")?;
    dims.remove(at);
    one(cx.reshape(y, &dims))
}

/// The real inverse: frequencies but the first and the middle one count twice.
fn irfft(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let [re, im] = parts(cx, s, 0)?;
    let n = s.int(cx, 1)?;
    let bins = last(cx, re)?;
    if n < 1 || bins != n / 2 + 1 {
        return Err(
            format!("it makes {n} numbers of {bins} frequencies: expected {}", n / 2 + 1).into()
        );
    }
    let weight = |k: i64| if k == 0 || 2 * k == n { 1.0 } else { 2.0 } / n as f64;
    let cosines = matrix(cx, bins, n, |k, j| weight(k) * angle(j, k, n).cos())?;
    let sines = matrix(cx, bins, n, |k, j| weight(k) * angle(j, k, n).sin())?;
    let (a, b) = (along_last(cx, re, cosines)?, along_last(cx, im, sines)?);
    one(cx.op(B::Sub, &[a, b]))
}
