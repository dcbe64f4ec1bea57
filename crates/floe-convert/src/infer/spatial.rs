//! Convolutions, pools, matrix products and what else works on pictures and sequences.

use super::{Call, Type, Types, broadcast, overflow};
use crate::ir::{Builtin as B, Dim, Reason};
use floe_graph::DType;

/// SAME in the schema's `Padding`.
pub(crate) const SAME: i64 = 0;
/// VALID in the schema's `Padding`.
pub(crate) const VALID: i64 = 1;

/// The length that a window leaves of a dimension `d`.
fn windowed(c: Call<'_>, d: &Dim, window: i64, stride: i64, dilation: i64) -> Result<Dim, Reason> {
    if window < 1 || stride < 1 || dilation < 1 {
        return Err("a window, stride or dilation is below 1".into());
    }
    let reach =
        (window - 1).checked_mul(dilation).and_then(|r| r.checked_add(1)).ok_or_else(overflow)?;
    let span = if c.attrs.int("padding") == SAME {
        d.clone()
    } else {
        c.symbols.sub(d, &(reach - 1).into()).ok_or_else(overflow)?
    };
    let n = c.symbols.ceil_div(&span, &stride.into()).ok_or_else(overflow)?;
    if n.get().is_some_and(|n| n < 0) {
        return Err("the window is larger than its input".into());
    }
    Ok(n)
}

/// Stride and dilation names, by spatial dimension.
const STEPS_2D: &[(&str, &str)] =
    &[("stride_h", "dilation_h_factor"), ("stride_w", "dilation_w_factor")];
const STEPS_3D: &[(&str, &str)] = &[
    ("stride_d", "dilation_d_factor"),
    ("stride_h", "dilation_h_factor"),
    ("stride_w", "dilation_w_factor"),
];

/// CONV_2D (filter OHWI), DEPTHWISE_CONV_2D (filter 1HWO), CONV_3D (filter DHWIO).
pub(super) fn conv(c: Call<'_>) -> Types {
    let (x, f) = (c.x(0)?, c.x(1)?);
    let steps = if c.op == B::Conv3d { STEPS_3D } else { STEPS_2D };
    let rank = steps.len() + 2;
    if x.rank() != rank || f.rank() != rank {
        return Err(format!("a convolution needs {rank} dimensions").into());
    }
    let (window_at, out_at) = match c.op {
        B::Conv2d => (1, 0),
        B::DepthwiseConv2d => (1, 3),
        _ => (0, 4),
    };
    let mut shape = vec![x.shape.first().cloned().ok_or_else(overflow)?];
    for (i, (stride, dilation)) in steps.iter().enumerate() {
        let d = x.shape.get(i + 1).ok_or_else(overflow)?;
        let window = f.shape.get(i + window_at).and_then(Dim::get);
        let window = window.ok_or("the filter's size is unknown")?;
        let dilation = c.attrs.int(dilation).max(1);
        shape.push(windowed(c, d, window, c.attrs.int(stride), dilation)?);
    }
    shape.push(f.shape.get(out_at).cloned().ok_or_else(overflow)?);
    c.like(shape)
}

/// TRANSPOSE_CONV and CONV_3D_TRANSPOSE (output shape, filter, input).
pub(super) fn transpose_conv(c: Call<'_>) -> Types {
    let x = c.x(2)?;
    let shape = match c.dims(0)? {
        Some(d) => d,
        None => c.unknowns(x.rank()),
    };
    Ok(vec![Type::new(x.dtype, shape)])
}

pub(super) fn pool(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let [n, h, w, ch] = x.shape.as_slice() else {
        return Err("a pool needs 4 dimensions".into());
    };
    let h = windowed(c, h, c.attrs.int("filter_height"), c.attrs.int("stride_h"), 1)?;
    let w = windowed(c, w, c.attrs.int("filter_width"), c.attrs.int("stride_w"), 1)?;
    c.like(vec![n.clone(), h, w, ch.clone()])
}

/// FULLY_CONNECTED (input, weights `[units, depth]`, bias).
pub(super) fn fully_connected(c: Call<'_>) -> Types {
    let (x, w) = (c.x(0)?, c.x(1)?);
    let [units, depth] = w.shape.as_slice() else {
        return Err("dense weights need 2 dimensions".into());
    };
    let (last, lead) = x.shape.split_last().ok_or("a dense layer of a scalar")?;
    if c.attrs.bool("keep_num_dims") {
        if last.get().zip(depth.get()).is_some_and(|(a, b)| a != b) {
            return Err("the depth of input and weights differ".into());
        }
        let mut shape = lead.to_vec();
        shape.push(units.clone());
        return c.like(shape);
    }
    let total = c.symbols.product(&x.shape).ok_or_else(overflow)?;
    let rows = c.symbols.floor_div(&total, depth).ok_or("the weights have no depth")?;
    c.like(vec![rows, units.clone()])
}

pub(super) fn batch_matmul(c: Call<'_>) -> Types {
    let (x, y) = (c.x(0)?, c.x(1)?);
    let ([xl @ .., a, b], [yl @ .., p, q]) = (x.shape.as_slice(), y.shape.as_slice()) else {
        return Err("a matrix product needs at least 2 dimensions".into());
    };
    let (rows, depth) = if c.attrs.bool("adj_x") { (b, a) } else { (a, b) };
    let (deep, cols) = if c.attrs.bool("adj_y") { (q, p) } else { (p, q) };
    if depth.get().zip(deep.get()).is_some_and(|(a, b)| a != b) {
        return Err("the inner dimensions of a matrix product differ".into());
    }
    let mut shape = broadcast(c.symbols, xl, yl)?;
    shape.extend([rows.clone(), cols.clone()]);
    c.like(shape)
}

pub(super) fn resize(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let [n, _, _, ch] = x.shape.as_slice() else {
        return Err("a resize needs 4 dimensions".into());
    };
    let (h, w) = match c.dims(1)?.as_deref() {
        Some([h, w]) => (h.clone(), w.clone()),
        _ => (c.unknown(), c.unknown()),
    };
    c.like(vec![n.clone(), h, w, ch.clone()])
}

pub(super) fn depth_space(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let [n, h, w, ch] = x.shape.as_slice() else {
        return Err("depth and space need 4 dimensions".into());
    };
    let b = c.attrs.int("block_size");
    let block = Dim::known(b);
    let square = Dim::known(b.checked_mul(b).filter(|&s| s > 0).ok_or_else(overflow)?);
    let (up, down) = if c.op == B::DepthToSpace {
        (vec![h.mul(&block), w.mul(&block)], c.symbols.floor_div(ch, &square))
    } else {
        (vec![c.symbols.floor_div(h, &block), c.symbols.floor_div(w, &block)], ch.mul(&square))
    };
    let mut shape = vec![n.clone()];
    for d in up.into_iter().chain([down]) {
        shape.push(d.ok_or_else(overflow)?);
    }
    c.like(shape)
}

pub(super) fn batch_space(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let (Some(block), Some(edges)) = (c.dims(1)?, c.dims(2)?) else {
        return c.like(c.unknowns(x.rank()));
    };
    let all = c.symbols.product(&block).ok_or_else(overflow)?;
    let s = c.symbols;
    let mut shape = x.shape.clone();
    let inverse = c.op == B::BatchToSpaceNd;
    for (i, d) in shape.iter_mut().enumerate() {
        let new = if i == 0 {
            if inverse { s.floor_div(d, &all) } else { d.mul(&all) }
        } else if let (Some(b), Some([p, q])) = (block.get(i - 1), edges.chunks(2).nth(i - 1)) {
            let edge = s.add(p, q).ok_or_else(overflow)?;
            if inverse {
                d.mul(b).and_then(|d| s.sub(&d, &edge))
            } else {
                s.add(d, &edge).and_then(|d| s.floor_div(&d, b))
            }
        } else {
            Some(d.clone())
        };
        *d = new.ok_or_else(overflow)?;
    }
    c.like(shape)
}

pub(super) fn rfft2d(c: Call<'_>) -> Types {
    let mut shape = c.x(0)?.shape.clone();
    let size = c.dims(1)?;
    if let (Some([h, w]), Some([.., p, q])) = (size.as_deref(), shape.get_mut(..)) {
        let half = c.symbols.floor_div(w, &2.into()).ok_or_else(overflow)?;
        *p = h.clone();
        *q = c.symbols.add(&half, &1.into()).ok_or_else(overflow)?;
    }
    Ok(vec![Type::new(DType::Complex64, shape)])
}

/// UNIDIRECTIONAL_SEQUENCE_LSTM and _RNN: the input's first two dimensions, and the units.
pub(super) fn sequence(c: Call<'_>) -> Types {
    let x = c.x(0)?;
    let [a, b, _] = x.shape.as_slice() else {
        return Err("a sequence needs 3 dimensions".into());
    };
    let weights = if c.op == B::UnidirectionalSequenceLstm { 6 } else { 2 };
    let units = c.x(weights)?.shape.last().cloned().ok_or_else(overflow)?;
    c.like(vec![a.clone(), b.clone(), units])
}
