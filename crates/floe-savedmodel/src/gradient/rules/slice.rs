//! Ops that take tensors apart, put them together, or pick elements.

use super::super::site::Site;
use super::Rule;
use crate::build::Tensor;
use floe_graph::DType;

pub(super) const RULES: &[(&str, Rule)] = &[
    ("ConcatV2", concat),
    ("Pack", pack),
    ("Unpack", unpack),
    ("Split", |s| join(s, 1, 0)),
    ("SplitV", |s| join(s, 0, 2)),
    ("Slice", slice),
    ("StridedSlice", strided),
    ("Pad", pad),
    ("PadV2", pad),
    ("MirrorPad", mirror_pad),
    ("GatherV2", gather),
    ("Gather", gather),
    ("GatherNd", gather_nd),
];

/// The part of `dy` that each input became.
fn concat(s: &mut Site<'_>) {
    let (g, dy) = (s.g, s.dy(0));
    let Some((&axis, parts)) = s.inputs.split_last() else { return };
    let shapes: Vec<Tensor<'_>> = parts.iter().map(|x| x.shape()).collect();
    let rank = dy.unary("Rank");
    let axis = axis.cast(DType::Int32).binary("FloorMod", rank);
    let offsets = g.op("ConcatOffset").input(axis).inputs(shapes.iter().copied()).outputs();
    for (i, (offset, shape)) in offsets.into_iter().zip(shapes).enumerate() {
        s.give(i, || g.op("Slice").inputs([dy, offset, shape]).output());
    }
}

fn pack(s: &mut Site<'_>) {
    let count = i64::try_from(s.inputs.len()).unwrap_or(i64::MAX);
    let call = s.op("Unpack").input(s.dy(0)).attr("num", count).attrs_of(&s.node, &["axis"]);
    for (i, dx) in call.outputs().into_iter().enumerate() {
        s.give(i, || dx);
    }
}

fn unpack(s: &mut Site<'_>) {
    let call = s.op("Pack").inputs(s.dys()).attrs_of(&s.node, &["axis"]);
    s.give(0, || call.output());
}

/// What came back to the parts of input `value`, split along the axis in input `axis`, as one.
fn join(s: &mut Site<'_>, value: usize, axis: usize) {
    let call = s.op("ConcatV2").inputs(s.dys()).input(s.x(axis));
    s.give(value, || call.output());
}

/// `dy` with zeros around it.
fn slice(s: &mut Site<'_>) {
    let (g, x, y, dy, begin) = (s.g, s.x(0), s.y(0), s.dy(0), s.x(1).cast(DType::Int32));
    s.give(0, || {
        let behind = x.shape() - begin - y.shape();
        let around = g.op("Pack").inputs([begin, behind]).attr("axis", 1i64).output();
        dy.binary("Pad", around)
    });
}

fn strided(s: &mut Site<'_>) {
    let masks = ["begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"];
    let (g, x, dy, node) = (s.g, s.x(0), s.dy(0), s.node.clone());
    let slices = [s.x(1), s.x(2), s.x(3)];
    s.give(0, || {
        let shape = x.shape().cast(slices[0].dtype().unwrap_or(DType::Int32));
        let call = g.op("StridedSliceGrad").input(shape).inputs(slices).input(dy);
        call.attrs_of(&node, &masks).output()
    });
}

/// The middle of `dy`; to a padding that is not zero what lies around it.
fn pad(s: &mut Site<'_>) {
    let (g, x, dy) = (s.g, s.x(0), s.dy(0));
    let paddings = s.x(1).cast(DType::Int32);
    let before =
        g.op("Slice").inputs([paddings, g.ints("begin", &[0, 0]), g.ints("size", &[-1, 1])]);
    let before = before.output().reshape(g.ints("flat", &[-1]));
    let middle = g.op("Slice").inputs([dy, before, x.shape()]).output();
    let (from, by) = (s.index(0), s.index(1));
    s.give(0, || middle);
    s.give(2, || {
        let all = g.op("Range").inputs([from, dy.unary("Rank"), by]).output();
        dy.sum(all, false) - middle.sum(all, false)
    });
}

fn mirror_pad(s: &mut Site<'_>) {
    let call = s.op("MirrorPadGrad").inputs([s.dy(0), s.x(1)]).attrs_of(&s.node, &["mode"]);
    s.give(0, || call.output());
}

/// What came back to each row, added to the row that it was taken from.
fn gather(s: &mut Site<'_>) {
    let (g, x, rows, dy) = (s.g, s.x(0), s.x(1), s.dy(0));
    let first = s.inputs.len() < 3 || g.is_zero(s.x(2));
    if !first || s.int("batch_dims") != 0 {
        return s.refuse("rows are gathered along an axis that is not known to be the first");
    }
    let behind = [g.ints("from", &[1]), g.ints("to", &[0]), g.ints("by", &[1])];
    let one_row = [g.ints("from", &[0]), g.ints("to", &[1]), g.ints("by", &[1])];
    s.give(0, || {
        let shape = x.shape();
        let call = g.op("StridedSlice").input(shape).inputs(behind).attr("end_mask", 1i64);
        let one = g.ints("all", &[-1]);
        let axis = g.constant("axis", crate::build::number(DType::Int32, 0.0));
        let whole = g.op("ConcatV2").inputs([one, call.output()]).input(axis).output();
        let count = g
            .op("StridedSlice")
            .input(shape)
            .inputs(one_row)
            .attr("shrink_axis_mask", 1i64)
            .output();
        let sums = g.op("UnsortedSegmentSum");
        sums.inputs([dy.reshape(whole), rows.reshape(one), count]).output().reshape(shape)
    });
}

fn gather_nd(s: &mut Site<'_>) {
    let (g, x, places, dy) = (s.g, s.x(0), s.x(1), s.dy(0));
    s.give(0, || {
        let shape = x.shape().cast(places.dtype().unwrap_or(DType::Int32));
        g.op("ScatterNd").inputs([places, dy, shape]).output()
    });
}
