//! Normalisations.

use super::super::site::Site;
use super::Rule;
use crate::build::Tensor;

pub(super) const RULES: &[(&str, Rule)] = &[
    ("FusedBatchNorm", |s| batch(s, "FusedBatchNormGrad")),
    ("FusedBatchNormV2", |s| batch(s, "FusedBatchNormGradV2")),
    ("FusedBatchNormV3", |s| batch(s, "FusedBatchNormGradV3")),
    ("LRN", local_response),
];

/// In training by the statistics that it took, else by those that it was given. For the latter the
/// gradient's kernels have channels behind positions only.
fn batch(s: &mut Site<'_>, op: &'static str) {
    let training = s.flag("is_training");
    let turn = !training && s.channels_first();
    let (x, dy) = if turn { (last(s.x(0)), last(s.dy(0))) } else { (s.x(0), s.dy(0)) };
    let statistics = if training { [s.y(3), s.y(4)] } else { [s.x(3), s.x(4)] };
    let mut call = s.op(op).inputs([dy, x, s.x(1)]).inputs(statistics);
    if op == "FusedBatchNormGradV3" {
        call = call.input(s.y(5));
    }
    call = call.attrs_of(&s.node, &["epsilon", "is_training"]);
    call = if turn {
        call.attr("data_format", "NHWC")
    } else {
        call.attrs_of(&s.node, &["data_format"])
    };
    let made = call.outputs();
    let [dx, scale, offset, ..] = made.as_slice() else { return };
    s.give(0, || if turn { first(*dx) } else { *dx });
    s.give(1, || *scale);
    s.give(2, || *offset);
}

/// Channels behind positions.
fn last(x: Tensor<'_>) -> Tensor<'_> {
    x.binary("Transpose", x.builder().ints("perm", &[0, 2, 3, 1]))
}

/// Channels before positions.
fn first(x: Tensor<'_>) -> Tensor<'_> {
    x.binary("Transpose", x.builder().ints("perm", &[0, 3, 1, 2]))
}

fn local_response(s: &mut Site<'_>) {
    let attrs = &["depth_radius", "bias", "alpha", "beta"];
    let call = s.op("LRNGrad").inputs([s.dy(0), s.x(0), s.y(0)]).attrs_of(&s.node, attrs);
    s.give(0, || call.output());
}
