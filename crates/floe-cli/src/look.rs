//! What several verbs say of a model in the same words: shapes, quantization, ports.

use floe::graph::{AttrValue, List, Quant, Shape, TensorView};

/// The dimensions as JSON has them: -1 for an unknown one, `None` for an unknown rank.
pub(crate) fn shape_dims(shape: &Shape<'_>) -> Option<Vec<i64>> {
    shape.rank().map(|_| shape.iter().collect())
}

/// The dimensions of a tensor, as [`shape_dims`].
pub(crate) fn dims(view: &TensorView<'_>) -> Option<Vec<i64>> {
    shape_dims(&view.shape)
}

/// `[?, 28, 28]`.
pub(crate) fn shape_text(dims: &[i64]) -> String {
    let dims: Vec<_> =
        dims.iter().map(|&d| if d < 0 { "?".to_owned() } else { d.to_string() }).collect();
    format!("[{}]", dims.join(", "))
}

/// `0.0039216, zero point -128`, or how many there are along which axis.
pub(crate) fn quant_text(quant: &Quant<'_>) -> String {
    let Some((scale, zero)) = quant.pair(0) else { return "none".into() };
    let scale = crate::numbers::show(scale.into());
    if quant.is_per_axis() {
        format!("{} scales along axis {}, the first {scale}", quant.scales.len(), quant.axis)
    } else {
        format!("{scale}, zero point {zero}")
    }
}

/// An attribute's value as text. Of a tensor only what it is: its numbers are compared elsewhere.
pub(crate) fn attribute(value: &AttrValue<'_>) -> String {
    match value {
        AttrValue::Unset => "unset".into(),
        AttrValue::Int(n) => n.to_string(),
        AttrValue::Enum(_, name) => (*name).into(),
        AttrValue::Float(x) => x.to_string(),
        AttrValue::Bool(b) => b.to_string(),
        AttrValue::Bytes(b) => format!("\"{}\"", b.escape_ascii()),
        AttrValue::Type(d) => d.name().into(),
        AttrValue::Shape(s) => s.to_string(),
        AttrValue::Tensor(t) => format!("{} {}", t.dtype, t.shape),
        AttrValue::Graph(g) => format!("graph {}", g.0),
        AttrValue::Function(name) => (*name).into(),
        AttrValue::List(list) => list_text(list),
        other => format!("{other:?}"),
    }
}

/// `[1, 2, 2, 1]`, or how many there are of what cannot be shown.
fn list_text(list: &List<'_>) -> String {
    const SHOWN: usize = 16;
    let text = |items: Vec<String>, len: usize| {
        let more = if len > SHOWN { ", …" } else { "" };
        format!("[{}{more}]", items.join(", "))
    };
    match list {
        List::I32(s) => text(s.iter().take(SHOWN).map(|x| x.to_string()).collect(), s.len()),
        List::I64(s) => text(s.iter().take(SHOWN).map(ToString::to_string).collect(), s.len()),
        List::F32(s) => text(s.iter().take(SHOWN).map(ToString::to_string).collect(), s.len()),
        List::Bools(s) => text(s.iter().take(SHOWN).map(ToString::to_string).collect(), s.len()),
        List::Other(n) => format!("{n} values"),
        other => format!("{other:?}"),
    }
}
