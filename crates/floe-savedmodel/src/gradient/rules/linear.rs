//! Matrix products, convolutions and biases.

use super::super::site::Site;
use super::Rule;
use crate::build::Tensor;
use std::collections::BTreeSet;

pub(super) const RULES: &[(&str, Rule)] = &[
    ("MatMul", |s| product(s, "MatMul", ["transpose_a", "transpose_b"])),
    ("BatchMatMul", |s| product(s, "BatchMatMul", ["adj_x", "adj_y"])),
    ("BatchMatMulV2", |s| product(s, "BatchMatMulV2", ["adj_x", "adj_y"])),
    ("BatchMatMulV3", |s| product(s, "BatchMatMulV2", ["adj_x", "adj_y"])),
    ("Einsum", einsum),
    ("BiasAdd", bias_add),
    ("Conv2D", |s| convolution(s, "Conv2DBackpropInput", "Conv2DBackpropFilter")),
    ("Conv3D", |s| convolution(s, "Conv3DBackpropInputV2", "Conv3DBackpropFilterV2")),
    ("DepthwiseConv2dNative", |s| {
        convolution(s, "DepthwiseConv2dNativeBackpropInput", "DepthwiseConv2dNativeBackpropFilter");
    }),
    ("Conv2DBackpropInput", |s| transposed(s, "Conv2D", "Conv2DBackpropFilter")),
    ("Conv3DBackpropInputV2", |s| transposed(s, "Conv3D", "Conv3DBackpropFilterV2")),
];

/// The attributes that a convolution shares with its gradients.
const WINDOW: &[&str] = &["strides", "padding", "explicit_paddings", "data_format", "dilations"];

/// `dy` by the one operand gives the other: with the transpositions that fit those of the product.
fn product(s: &mut Site<'_>, op: &'static str, flags: [&'static str; 2]) {
    let (a, b, dy) = (s.x(0), s.x(1), s.dy(0));
    let [ta, tb] = flags.map(|f| s.flag(f));
    let times = |x, tx: bool, y, ty: bool| {
        dy.builder().op(op).inputs([x, y]).attr(flags[0], tx).attr(flags[1], ty).output()
    };
    let batched = op != "MatMul";
    for i in 0..2 {
        if !s.wants(i) {
            continue;
        }
        let dx = match (i, ta, tb) {
            (0, false, _) => times(dy, false, b, !tb),
            (0, true, _) => times(b, tb, dy, true),
            (_, _, false) => times(a, !ta, dy, false),
            _ => times(dy, true, a, ta),
        };
        let dx = if batched { unbatch(s, dx, i) } else { dx };
        s.give(i, || dx);
    }
}

/// The sum of `dx` over the leading dimensions along which input `i` was repeated.
fn unbatch<'b>(s: &Site<'b>, dx: Tensor<'b>, i: usize) -> Tensor<'b> {
    let leading = |x: Tensor<'b>| {
        let call = s.op("StridedSlice").input(x.shape());
        let (begin, end, step) =
            (s.g.ints("from", &[0]), s.g.ints("to", &[-2]), s.g.ints("by", &[1]));
        call.inputs([begin, end, step]).output()
    };
    let (own, whole) = (leading(s.x(i)), leading(dx));
    let axes = s.op("BroadcastGradientArgs").input(own).input(whole).output();
    dx.sum(axes, false).reshape(s.x(i).shape())
}

/// Products of one or two tensors whose every dimension is in the result or in the other.
fn einsum(s: &mut Site<'_>) {
    let equation = s.text("equation").replace(' ', "");
    let Some((from, to)) = equation.split_once("->") else {
        return s.refuse("its equation has no `->`");
    };
    let terms: Vec<String> = from.split(',').map(str::to_owned).collect();
    let letters = |text: &str| text.chars().collect::<BTreeSet<_>>();
    let repeats = |text: &str| letters(text).len() < text.chars().count();
    if terms.len() > 2 || terms.iter().any(|t| repeats(t)) || repeats(to) || equation.contains('.')
    {
        return s.refuse("its equation repeats a letter, has dots or more than two terms");
    }
    let (g, dy) = (s.g, s.dy(0));
    for (i, term) in terms.iter().enumerate() {
        let other = terms.iter().zip(0..).find(|&(_, k)| k != i);
        let mut known = letters(to);
        known.extend(other.iter().flat_map(|(t, _)| t.chars()));
        if !letters(term).is_subset(&known) {
            return s.refuse("a dimension is in one term only");
        }
        let (inputs, equation) = match other {
            Some((text, k)) => (vec![dy, s.x(k)], format!("{to},{text}->{term}")),
            None => (vec![dy], format!("{to}->{term}")),
        };
        s.give(i, || g.op("Einsum").inputs(inputs).attr("equation", equation.as_str()).output());
    }
}

fn bias_add(s: &mut Site<'_>) {
    let dy = s.dy(0);
    let by_bias = s.op("BiasAddGrad").input(dy).attrs_of(&s.node, &["data_format"]);
    s.give(0, || dy);
    s.give(1, || by_bias.output());
}

fn convolution(s: &mut Site<'_>, by_input: &'static str, by_filter: &'static str) {
    let (g, x, filter, dy, node) = (s.g, s.x(0), s.x(1), s.dy(0), s.node.clone());
    s.give(0, || g.op(by_input).inputs([x.shape(), filter, dy]).attrs_of(&node, WINDOW).output());
    s.give(1, || g.op(by_filter).inputs([x, filter.shape(), dy]).attrs_of(&node, WINDOW).output());
}

/// A transposed convolution: of sizes, filter and input.
fn transposed(s: &mut Site<'_>, by_input: &'static str, by_filter: &'static str) {
    let (g, filter, x, dy, node) = (s.g, s.x(1), s.x(2), s.dy(0), s.node.clone());
    s.give(1, || g.op(by_filter).inputs([dy, filter.shape(), x]).attrs_of(&node, WINDOW).output());
    s.give(2, || g.op(by_input).inputs([dy, filter]).attrs_of(&node, WINDOW).output());
}
