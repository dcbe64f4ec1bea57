//! Multiply-accumulates of a `.tflite`: what its convolutions and matrix products cost, the customary
//! measure of a model's work.
//!
//! Invariant: counted from shapes alone; an operator whose shapes are open, and every other operator,
//! counts as none.

use floe::graph::{GraphId, Input, Model, NodeId, Result, ValueId, walk};

/// Multiply-accumulates of one run of the main graph.
pub(crate) fn of_model(model: &dyn Model<'_>) -> Result<u64> {
    walk::nodes(model, GraphId(0))?
        .try_fold(0u64, |sum, node| Ok(sum.saturating_add(of_node(model, node)?)))
}

/// Multiply-accumulates of one operator.
pub(crate) fn of_node(model: &dyn Model<'_>, node: NodeId) -> Result<u64> {
    let info = model.node(node)?;
    if info.inputs < 2 || info.outputs == 0 {
        return Ok(0);
    }
    let output = dims(model, model.output(node, 0)?)?;
    let input = |i: u32| match model.input(node, i)? {
        Input::Value(value) if i < info.inputs => dims(model, value),
        _ => Ok(Vec::new()),
    };
    // How many products make one element, and the elements that are made of them.
    let (elements, products) = match info.op.name() {
        // Filters are [out, height, width, in]; of a depthwise convolution [1, height, width, out].
        "CONV_2D" => (output, input(1)?.split_off_first()),
        "CONV_3D" => (output, input(1)?.without_last()),
        "DEPTHWISE_CONV_2D" => (output, input(1)?.split_off_first().without_last()),
        // Each element of the input meets each of the filter's taps for each output channel.
        "TRANSPOSE_CONV" => (input(2)?, input(1)?.without_last()),
        "FULLY_CONNECTED" => (output, input(1)?.split_off_first()),
        "BATCH_MATMUL" => (output, input(0)?.last_only()),
        _ => return Ok(0),
    };
    Ok(product(&elements).saturating_mul(product(&products)))
}

/// The dimensions, with the one sample that an open batch stands for.
fn dims(model: &dyn Model<'_>, value: ValueId) -> Result<Vec<u64>> {
    let shape = model.value(value)?.shape;
    Ok(shape
        .iter()
        .enumerate()
        .map(|(i, d)| if i == 0 { d.unsigned_abs() } else { u64::try_from(d).unwrap_or(0) })
        .collect())
}

fn product(dims: &[u64]) -> u64 {
    if dims.is_empty() { 0 } else { dims.iter().fold(1, |n, d| n.saturating_mul(*d)) }
}

trait Dims {
    fn split_off_first(self) -> Self;
    fn without_last(self) -> Self;
    fn last_only(self) -> Self;
}

impl Dims for Vec<u64> {
    fn split_off_first(mut self) -> Self {
        if self.is_empty() { self } else { self.split_off(1) }
    }

    fn without_last(mut self) -> Self {
        self.pop();
        self
    }

    fn last_only(self) -> Self {
        self.last().copied().into_iter().collect()
    }
}
