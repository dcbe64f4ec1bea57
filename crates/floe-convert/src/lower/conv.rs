//! Convolutions. TensorFlow's filters are `[H, W, in, out]`; TFLite's are `[out, H, W, in]`, and
//! `[1, H, W, out]` when depthwise. NCHW is transposed around the operator; the layout pass removes
//! pairs of transposes.

use super::site::one;
use super::{Cx, Family, Lowered, Site};
use crate::import::TfNode;
use crate::infer::{SAME, VALID};
use crate::ir::{Attrs, Builtin as B, Dim, Reason, Scope, Tensor, ValueId};

pub(super) const OPS: Family = &[
    ("Conv2D", conv_2d),
    ("Conv2DBackpropInput", transpose_conv_2d),
    ("Conv3D", conv_3d),
    ("Conv3DBackpropInputV2", transpose_conv_3d),
    ("DepthwiseConv2dNative", depthwise),
];

/// To NHWC, and back.
const TO_LAST: &[i64] = &[0, 2, 3, 1];
const TO_FIRST: &[i64] = &[0, 3, 1, 2];

/// A layout: whether channels come before the picture.
pub(super) fn channels_first(node: &TfNode<'_>) -> Result<bool, Reason> {
    match node.text("data_format", "NHWC") {
        "NHWC" | "NDHWC" => Ok(false),
        "NCHW" | "NCDHW" => Ok(true),
        other => Err(format!("its data_format {other} is not one that TFLite knows").into()),
    }
}

/// `x` as NHWC.
pub(super) fn to_last(cx: &mut Cx<'_, '_>, x: ValueId, first: bool) -> Result<ValueId, Reason> {
    if first { cx.transpose(x, TO_LAST) } else { Ok(x) }
}

/// `y`, which is NHWC, in the node's layout.
pub(super) fn from_last(cx: &mut Cx<'_, '_>, y: ValueId, first: bool) -> Result<ValueId, Reason> {
    if first { cx.transpose(y, TO_FIRST) } else { Ok(y) }
}

/// The entries of a list over NHWC or NCHW that belong to height and width.
pub(super) fn plane(list: &[i64], first: bool) -> (i64, i64) {
    let at = if first { 2 } else { 1 };
    (list.get(at).copied().unwrap_or(1), list.get(at + 1).copied().unwrap_or(1))
}

/// The padding's number, and `x` padded first where the node says so entry by entry. `fill` is what
/// the border holds.
pub(super) fn padded(
    cx: &mut Cx<'_, '_>,
    node: &TfNode<'_>,
    x: ValueId,
    first: bool,
    fill: f32,
) -> Result<(ValueId, i64), Reason> {
    match node.text("padding", "VALID") {
        "SAME" => Ok((x, SAME)),
        "VALID" => Ok((x, VALID)),
        "EXPLICIT" => {
            let pads = node.ints("explicit_paddings");
            let [_, _, a, b, c, d, e, f] = pads else {
                return Err("its explicit_paddings are not 8 numbers".into());
            };
            let (h, w) = if first { ([c, d], [e, f]) } else { ([a, b], [c, d]) };
            let all: Vec<i64> =
                [&0, &0].into_iter().chain(h).chain(w).chain([&0, &0]).copied().collect();
            let t = Tensor::ints(floe_graph::DType::Int32, &[4, 2], &all);
            let pads = cx.constant(t.ok_or("its explicit_paddings are too large")?);
            if fill == 0.0 {
                return Ok((cx.op(B::Pad, &[x, pads])?, VALID));
            }
            let edge = cx.f32(fill)?;
            Ok((cx.op(B::Padv2, &[x, pads, edge])?, VALID))
        }
        other => Err(format!("its padding {other} is not one that TFLite knows").into()),
    }
}

/// Strides, dilations and padding as options.
fn window(node: &TfNode<'_>, first: bool, padding: i64) -> Attrs {
    let (sh, sw) = plane(node.ints("strides"), first);
    let (dh, dw) = plane(node.ints("dilations"), first);
    Attrs::new()
        .with("padding", padding)
        .with("stride_h", sh)
        .with("stride_w", sw)
        .with("dilation_h_factor", dh)
        .with("dilation_w_factor", dw)
        .with("fused_activation_function", 0i64)
}

/// A bias of zeros: XNNPACK and older runtimes want one.
fn zero_bias(cx: &mut Cx<'_, '_>, channels: &Dim) -> Result<ValueId, Reason> {
    let n = channels.size().ok_or("the number of output channels is unknown")?;
    cx.zeros(floe_graph::DType::Float32, &[n])
}

fn filter_dim(cx: &Cx<'_, '_>, f: ValueId, at: usize) -> Result<Dim, Reason> {
    cx.get(f).shape.get(at).cloned().ok_or_else(|| "its filter has too few dimensions".into())
}

fn conv_2d(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let first = channels_first(s.node)?;
    let x = to_last(cx, s.x(0)?, first)?;
    let (x, padding) = padded(cx, s.node, x, first, 0.0)?;
    let bias = zero_bias(cx, &filter_dim(cx, s.x(1)?, 3)?)?;
    let filter = cx.transpose(s.x(1)?, &[3, 0, 1, 2])?;
    check_channels(cx, x, filter)?;
    let y = cx.op_with(B::Conv2d, &[x, filter, bias], window(s.node, first, padding))?;
    one(from_last(cx, y, first))
}

/// The input's channels are a multiple of the filter's: TFLite takes the quotient as groups.
fn check_channels(cx: &Cx<'_, '_>, x: ValueId, filter: ValueId) -> Result<(), Reason> {
    let of = |v: ValueId| cx.get(v).shape.get(3).and_then(Dim::get);
    match (of(x), of(filter)) {
        (Some(a), Some(b)) if b < 1 || a % b != 0 => {
            Err(format!("its input has {a} channels, its filter {b}").into())
        }
        _ => Ok(()),
    }
}

fn depthwise(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let first = channels_first(s.node)?;
    let x = to_last(cx, s.x(0)?, first)?;
    let (x, padding) = padded(cx, s.node, x, first, 0.0)?;
    let f = s.x(1)?;
    let [h, w, channels, multiplier] = cx.get(f).shape.as_slice() else {
        return Err("its filter must have 4 dimensions".into());
    };
    let all = channels.mul(multiplier).ok_or("its filter is too large")?;
    let attrs = window(s.node, first, padding)
        .with("depth_multiplier", multiplier.get().ok_or("its filter's shape is unknown")?);
    let shape = [Dim::known(1), h.clone(), w.clone(), all.clone()];
    let filter = cx.reshape(f, &shape)?;
    let bias = zero_bias(cx, &all)?;
    let y = cx.op_with(B::DepthwiseConv2d, &[x, filter, bias], attrs)?;
    one(from_last(cx, y, first))
}

/// Inputs: the output's shape, the filter `[H, W, out, in]`, the gradient.
fn transpose_conv_2d(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let first = channels_first(s.node)?;
    if s.node.ints("dilations").iter().any(|&d| d != 1) {
        return Err("TFLite has no transposed convolution with dilations".into());
    }
    let padding = match s.node.text("padding", "VALID") {
        "SAME" => SAME,
        "VALID" => VALID,
        other => {
            return Err(format!("TFLite has no transposed convolution with padding {other}").into());
        }
    };
    let x = to_last(cx, s.x(2)?, first)?;
    let mut shape = cx.index32(s.x(0)?)?;
    if first {
        let order = cx.i32s(TO_LAST)?;
        shape = cx.op(B::Gather, &[shape, order])?;
    }
    let filter = cx.transpose(s.x(1)?, &[2, 0, 1, 3])?;
    let (sh, sw) = plane(s.node.ints("strides"), first);
    let attrs = Attrs::new()
        .with("padding", padding)
        .with("stride_h", sh)
        .with("stride_w", sw)
        .with("fused_activation_function", 0i64);
    let y = cx.op_with(B::TransposeConv, &[shape, filter, x], attrs)?;
    // The batch that the shape computes is the input's own.
    if let (Some(batch), crate::ir::Def::Node(..)) =
        (cx.get(x).shape.first().cloned(), &cx.get(y).def)
        && let Some(slot) = cx.graph.value_mut(y).shape.first_mut()
    {
        *slot = batch;
    }
    one(from_last(cx, y, first))
}

/// Strides and dilations of a volume as options.
fn volume(node: &TfNode<'_>) -> Result<Attrs, Reason> {
    if channels_first(node)? {
        return Err("TFLite's 3-D convolution is NDHWC only".into());
    }
    let padding = if node.text("padding", "VALID") == "SAME" { SAME } else { VALID };
    let at = |name: &str, i: usize| node.ints(name).get(i).copied().unwrap_or(1);
    Ok(Attrs::new()
        .with("padding", padding)
        .with("stride_d", at("strides", 1))
        .with("stride_h", at("strides", 2))
        .with("stride_w", at("strides", 3))
        .with("dilation_d_factor", at("dilations", 1))
        .with("dilation_h_factor", at("dilations", 2))
        .with("dilation_w_factor", at("dilations", 3))
        .with("fused_activation_function", 0i64))
}

fn conv_3d(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let attrs = volume(s.node)?;
    let (x, f) = (s.x(0)?, s.x(1)?);
    let bias = zero_bias(cx, &filter_dim(cx, f, 4)?)?;
    one(cx.op_with(B::Conv3d, &[x, f, bias], attrs))
}

fn transpose_conv_3d(cx: &mut Cx<'_, '_>, s: &Site<'_, '_>) -> Lowered {
    let attrs = volume(s.node)?;
    let shape = cx.index32(s.x(0)?)?;
    let (f, x) = (s.x(1)?, s.x(2)?);
    one(cx.op_with(B::Conv3dTranspose, &[shape, f, x], attrs))
}
