//! The lowest version of an operator that expresses what a node does.
//!
//! Facts: the versions that LiteRT assigns by operand types and options; a file with a version that a
//! runtime does not know is refused by it, so a lower one is worth having.

use crate::ir::{Builtin as B, Graph, Node, ValueId};
use floe_graph::DType;

/// A node as its version depends on it.
struct Operands<'a> {
    graph: &'a Graph,
    node: &'a Node,
}

impl Operands<'_> {
    fn value(&self, i: usize) -> Option<ValueId> {
        self.node.input(i)
    }

    fn dtype(&self, i: usize) -> Option<DType> {
        self.value(i).map(|v| self.graph.value(v).dtype)
    }

    fn rank(&self, i: usize) -> usize {
        self.value(i).map_or(0, |v| self.graph.value(v).rank())
    }

    fn is(&self, i: usize, dtype: DType) -> bool {
        self.dtype(i) == Some(dtype)
    }

    /// Whether two operands with more than four dimensions broadcast.
    fn broadcasts_wide(&self) -> bool {
        let shape = |i| self.value(i).map(|v| self.graph.value(v).shape.clone());
        shape(0) != shape(1) && self.rank(0).max(self.rank(1)) > 4
    }

    /// float32 activations with integer weights.
    fn is_hybrid(&self) -> bool {
        self.is(0, DType::Float32) && matches!(self.dtype(1), Some(DType::Int8 | DType::Int4))
    }

    fn has_axis_scales(&self, i: usize) -> bool {
        let quant = self.value(i).and_then(|v| self.graph.value(v).quant.as_ref());
        quant.is_some_and(|q| q.scales.len() > 1)
    }
}

/// Operators whose int8 form is version 2 (and whose int16 form is version 3).
const INT8_IS_2: &[B] = &[
    B::Add,
    B::Sub,
    B::Mul,
    B::AveragePool2d,
    B::MaxPool2d,
    B::Concatenation,
    B::Pad,
    B::Padv2,
    B::Softmax,
    B::LogSoftmax,
    B::Logistic,
    B::Tanh,
    B::Relu,
    B::Relu6,
    B::Mean,
    B::Sum,
    B::ReduceMax,
    B::ReduceMin,
    B::Maximum,
    B::Minimum,
    B::L2Normalization,
    B::LeakyRelu,
    B::Equal,
    B::NotEqual,
    B::Greater,
    B::GreaterEqual,
    B::Less,
    B::LessEqual,
    B::Split,
    B::SplitV,
    B::Slice,
    B::StridedSlice,
    B::Transpose,
    B::Gather,
    B::Pack,
    B::Unpack,
    B::BatchToSpaceNd,
    B::SpaceToBatchNd,
    B::SpaceToDepth,
    B::DepthToSpace,
    B::ResizeBilinear,
    B::ResizeNearestNeighbor,
    B::ArgMax,
    B::ArgMin,
    B::BatchMatmul,
    B::SquaredDifference,
    B::Abs,
    B::Rsqrt,
    B::Exp,
    B::Log,
    B::Gelu,
    B::Dequantize,
    B::MirrorPad,
    B::TopkV2,
    B::Select,
    B::ReduceProd,
];

/// The version of `op` for `node`.
pub(super) fn version(graph: &Graph, node: &Node, op: B) -> i32 {
    let o = Operands { graph, node };
    let special = special(&o, op);
    if special > 1 {
        return special;
    }
    let data = usize::from(matches!(op, B::Split));
    match o.dtype(data) {
        Some(DType::Int8) if INT8_IS_2.contains(&op) => 2,
        Some(DType::Int16) if INT8_IS_2.contains(&op) => 3,
        _ => 1,
    }
}

/// The versions that depend on more than the dtype of the first operand; 1 where nothing applies.
fn special(o: &Operands<'_>, op: B) -> i32 {
    let node = o.node;
    let rank = o.rank(0);
    match op {
        B::Conv2d => conv(o),
        B::DepthwiseConv2d => depthwise(o),
        B::FullyConnected => dense(o),
        B::TransposeConv => transpose_conv(o),
        B::Add | B::Sub if o.is(0, DType::Int64) => 4,
        B::Sub | B::Maximum | B::Minimum if o.broadcasts_wide() => 3,
        B::Div if o.broadcasts_wide() => 2,
        B::Mul if o.is(0, DType::Int64) => 5,
        B::Mul if o.is(0, DType::Complex64) => 6,
        B::BroadcastTo => {
            if rank > 4 {
                3
            } else {
                2
            }
        }
        B::BatchMatmul if o.is_hybrid() => 4,
        B::Equal | B::NotEqual if o.is(0, DType::String) => 3,
        B::FloorDiv if o.is(0, DType::Float32) => 2,
        B::Gather if node.attrs.int("batch_dims") != 0 => 5,
        B::Gather if o.is(0, DType::Bool) => 3,
        B::Fill if matches!(o.dtype(1), Some(DType::Bool | DType::String)) => 2,
        B::Fill if matches!(o.dtype(1), Some(DType::Int8 | DType::Int16)) => 3,
        B::ResizeBilinear if node.attrs.bool("half_pixel_centers") => 3,
        B::ResizeNearestNeighbor
            if node.attrs.bool("half_pixel_centers") || node.attrs.bool("align_corners") =>
        {
            3
        }
        B::Slice | B::Pad | B::Padv2 if rank > 4 => 3,
        B::StridedSlice if rank > 4 => 4,
        B::StridedSlice | B::Transpose | B::Tile if o.is(0, DType::Bool) => 3,
        B::Transpose if rank > 5 => 6,
        B::Transpose if rank > 4 => 4,
        B::SpaceToBatchNd | B::BatchToSpaceNd if rank != 4 => 3,
        B::ReverseV2 if o.is(0, DType::Bool) => 2,
        B::Dequantize if o.is(0, DType::Float16) => 3,
        B::Cast if o.is(0, DType::Float16) => 3,
        B::Quantize if !o.is(0, DType::Float32) => 2,
        B::Select if rank > 5 => 3,
        _ => 1,
    }
}

fn conv(o: &Operands<'_>) -> i32 {
    let channels = |i: usize| o.value(i).and_then(|v| o.graph.value(v).shape.get(3)?.get());
    match (o.dtype(0), o.dtype(1)) {
        (_, Some(DType::Int4)) => 7,
        (Some(DType::Int16), Some(DType::Int8)) => 4,
        _ if o.is_hybrid() && o.has_axis_scales(1) => 5,
        _ if channels(0).zip(channels(1)).is_some_and(|(a, b)| a != b) => 6,
        (Some(DType::Int8), _) => 3,
        _ if o.is_hybrid() => 2,
        _ => 1,
    }
}

fn depthwise(o: &Operands<'_>) -> i32 {
    let dilated =
        ["dilation_w_factor", "dilation_h_factor"].iter().any(|n| o.node.attrs.int(n) > 1);
    match (o.dtype(0), o.dtype(1)) {
        (_, Some(DType::Int4)) => 7,
        (Some(DType::Int16), Some(DType::Int8)) => 5,
        _ if o.is_hybrid() && o.has_axis_scales(1) => 6,
        (Some(DType::Int8), _) => 3,
        _ if o.is_hybrid() => 4,
        _ if dilated => 2,
        _ => 1,
    }
}

fn dense(o: &Operands<'_>) -> i32 {
    match (o.dtype(0), o.dtype(1)) {
        _ if o.has_axis_scales(1) && !o.is_hybrid() => 12,
        (_, Some(DType::Int4)) => 10,
        (Some(DType::Int16), Some(DType::Int8)) => 7,
        _ if o.is_hybrid() && o.has_axis_scales(1) => 12,
        _ if o.is_hybrid() && o.node.attrs.bool("asymmetric_quantize_inputs") => 9,
        _ if o.node.attrs.bool("keep_num_dims") => 5,
        (Some(DType::Int8), Some(DType::Int8)) => 4,
        _ if o.is_hybrid() => 3,
        _ => 1,
    }
}

fn transpose_conv(o: &Operands<'_>) -> i32 {
    if o.node.attrs.int("fused_activation_function") != 0 {
        4
    } else if o.value(3).is_some() {
        3
    } else if o.is(2, DType::Int8) {
        2
    } else {
        1
    }
}
