//! Padding and dilation that convolutions can do themselves.

use super::view::View;
use super::{Pass, Rule};
use crate::infer::{SAME, VALID};
use crate::ir::{Attrs, Builtin as B, Dim, Node, Op, Patch, Scope, Tensor, ValueId};
use floe_graph::DType;

pub(super) const PASS: Pass = Pass { name: "window", rules: RULES };

const RULES: &[Rule] = &[dilate, absorb_pad];

fn is_conv(node: &Node) -> Option<B> {
    match node.op {
        Op::Builtin(op @ (B::Conv2d | B::DepthwiseConv2d)) => Some(op),
        _ => None,
    }
}

/// Height and width of the filter.
fn filter(at: &View<'_>, conv: &Node) -> Option<[i64; 2]> {
    let f = &at.value(conv.input(1)?).shape;
    Some([f.get(1)?.get()?, f.get(2)?.get()?])
}

/// What SAME adds before and after a dimension of `n`.
fn same_pads(n: i64, window: i64, stride: i64, dilation: i64) -> Option<[i64; 2]> {
    let out = n.checked_add(stride)?.checked_sub(1)?.checked_div(stride)?;
    let reach = (window - 1).checked_mul(dilation)?.checked_add(1)?;
    let total = (out - 1).checked_mul(stride)?.checked_add(reach)?.checked_sub(n)?.max(0);
    Some([total / 2, total - total / 2])
}

/// A pad before a VALID convolution, where SAME pads the same.
fn absorb_pad<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    let op = is_conv(at.node)?;
    if at.node.attrs.int("padding") != VALID {
        return None;
    }
    let pad = at.made_by(at.input(0)?, B::Pad)?;
    let x = pad.input(0)?;
    let pads = at.value(pad.input(1)?).ints()?;
    let [0, 0, top, bottom, left, right, 0, 0] = pads.as_slice() else { return None };
    let window = filter(at, at.node)?;
    let shape = &at.value(x).shape;
    let attrs = &at.node.attrs;
    let want = |axis: usize, w: i64, stride: &str, dilation: &str| {
        let (stride, dilation) = (attrs.int(stride), attrs.int(dilation).max(1));
        match shape.get(axis)?.get() {
            Some(n) => same_pads(n, w, stride, dilation),
            // With stride 1 the padding does not depend on the size.
            None if stride == 1 => same_pads(1 << 20, w, 1, dilation),
            None => None,
        }
    };
    let h = want(1, window[0], "stride_h", "dilation_h_factor")?;
    let w = want(2, window[1], "stride_w", "dilation_w_factor")?;
    if h != [*top, *bottom] || w != [*left, *right] {
        return None;
    }
    let mut patch = at.patch(&[pad.node]);
    let mut inputs = at.node.inputs.clone();
    *inputs.first_mut()? = Some(x);
    let new = patch.op_all(op, &inputs, attrs.clone().with("padding", SAME)).ok()?;
    Some(patch.replacing(at.result()?, *new.first()?))
}

/// Blocks, then edges before and after, of a space-to-batch or batch-to-space node.
fn blocks(at: &View<'_>, node: &View<'_>) -> Option<(Vec<i64>, Vec<i64>)> {
    Some((at.value(node.input(1)?).ints()?, at.value(node.input(2)?).ints()?))
}

/// `space-to-batch → convolution → batch-to-space` is a dilated convolution.
///
/// With block d, the convolution sees every d-th element of the input padded by (p, q); what batch-to-
/// space crops at the end was padding for the block alone.
fn dilate<'g>(at: &View<'g>) -> Option<Patch<'g>> {
    if !at.is(B::BatchToSpaceNd) {
        return None;
    }
    let conv = at.maker(at.input(0)?).filter(|c| is_conv(c.node).is_some() && c.is_read_once())?;
    let op = is_conv(conv.node)?;
    let s2b = at.made_by(conv.input(0)?, B::SpaceToBatchNd)?;
    let (block, pads) = blocks(at, &s2b)?;
    let (block_out, crops) = blocks(at, at)?;
    let a = &conv.node.attrs;
    let simple = a.int("padding") == VALID
        && [("stride_h", 1), ("stride_w", 1)].iter().all(|(n, k)| a.int(n) == *k)
        && ["dilation_h_factor", "dilation_w_factor"].iter().all(|n| a.int(n) <= 1);
    let ([bh, bw], [p0, p1, p2, p3], [c0, c1, c2, c3]) =
        (block.as_slice(), pads.as_slice(), crops.as_slice())
    else {
        return None;
    };
    if !simple || block != block_out || *c0 != 0 || *c2 != 0 {
        return None;
    }
    let edges = [*p0, p1 - c1, *p2, p3 - c3];
    if edges.iter().any(|&e| e < 0) {
        return None;
    }
    let [kh, kw] = filter(at, conv.node)?;
    let is_same = same_pads(1 << 20, kh, 1, *bh)? == [edges[0], edges[1]]
        && same_pads(1 << 20, kw, 1, *bw)? == [edges[2], edges[3]];
    let mut patch = at.patch(&[conv.node, s2b.node]);
    let mut x = s2b.input(0)?;
    if !is_same && edges != [0; 4] {
        x = pad_plane(&mut patch, x, &edges)?;
    }
    let attrs: Attrs = a
        .clone()
        .with("padding", if is_same { SAME } else { VALID })
        .with("dilation_h_factor", *bh)
        .with("dilation_w_factor", *bw);
    let mut inputs = conv.node.inputs.clone();
    *inputs.first_mut()? = Some(x);
    let new = *patch.op_all(op, &inputs, attrs).ok()?.first()?;
    let agree = |(a, b): (&Dim, &Dim)| a.get().is_none() || b.get().is_none() || a == b;
    let out = at.result()?;
    patch.get(new).shape.iter().zip(&at.value(out).shape).all(agree).then_some(())?;
    Some(patch.replacing(out, new))
}

/// `x` padded by zeros around the plane.
fn pad_plane(patch: &mut Patch<'_>, x: ValueId, e: &[i64; 4]) -> Option<ValueId> {
    let all = [0, 0, e[0], e[1], e[2], e[3], 0, 0];
    let pads = patch.constant(Tensor::ints(DType::Int32, &[4, 2], &all)?);
    patch.op(B::Pad, &[x, pads]).ok()
}
