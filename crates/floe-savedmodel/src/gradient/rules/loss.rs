//! Softmax, and the losses that are made of it.

use super::super::site::Site;
use super::Rule;
use crate::build::Tensor;

pub(super) const RULES: &[(&str, Rule)] = &[
    ("Softmax", softmax),
    ("LogSoftmax", log_softmax),
    ("SoftmaxCrossEntropyWithLogits", cross_entropy),
    ("SparseSoftmaxCrossEntropyWithLogits", sparse_cross_entropy),
];

/// The sum over the last dimension, which stays with size 1.
fn over_classes(x: Tensor<'_>) -> Tensor<'_> {
    x.sum(x.builder().ints("axes", &[-1]), true)
}

fn softmax(s: &mut Site<'_>) {
    let (y, dy) = (s.y(0), s.dy(0));
    s.give(0, || (dy - over_classes(dy * y)) * y);
}

fn log_softmax(s: &mut Site<'_>) {
    let (y, dy) = (s.y(0), s.dy(0));
    s.give(0, || dy - over_classes(dy) * y.unary("Exp"));
}

/// What came back to each loss, as a column beside the classes.
fn column<'b>(s: &Site<'b>) -> Tensor<'b> {
    s.dy(0).binary("ExpandDims", s.index(-1))
}

fn cross_entropy(s: &mut Site<'_>) {
    let (logits, slope, dy) = (s.x(0), s.y(1), column(s));
    s.give(0, || dy * slope);
    s.give(1, || -(dy * logits.unary("LogSoftmax")));
}

fn sparse_cross_entropy(s: &mut Site<'_>) {
    let (slope, dy) = (s.y(1), column(s));
    s.give(0, || dy * slope);
}
