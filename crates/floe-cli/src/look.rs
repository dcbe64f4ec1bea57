//! What several verbs say of a model in the same words: shapes, quantization, ports.

use floe::graph::{Quant, Shape, TensorView};

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
