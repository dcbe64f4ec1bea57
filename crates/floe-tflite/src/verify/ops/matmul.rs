//! Matrix products.

use super::super::context::{Dims, OpCheck, type_number};
use super::super::fault::Rule;
use super::conv::{BIASES, WEIGHTS, bias};
use super::general::clash;
use crate::schema::enums::activation_function_type;
use crate::schema::enums::fully_connected_options_weights_format as format;
use crate::schema::fields::{batch_mat_mul_options as batch, fully_connected_options as dense};
use floe_graph::DType;

/// Element types of weights for a quantized input; a real one takes real ones too.
const INTEGERS: &[DType] = &[DType::Int8, DType::Uint8, DType::Int4, DType::Int2, DType::Int16];

pub(super) fn fully_connected(op: &mut OpCheck<'_, '_, '_>) {
    let quantized = op.dtype(0).is_some_and(|d| !d.is_float());
    op.types(1, if quantized { INTEGERS } else { WEIGHTS });
    op.types(2, BIASES);
    // The kernels of integers clamp; other activations are not theirs.
    let fused = op.option(dense::FUSED_ACTIVATION_FUNCTION);
    if quantized && fused > activation_function_type::RELU6 {
        op.bad_option(dense::FUSED_ACTIVATION_FUNCTION, Rule::UnknownNumber, [fused.into(), 0]);
    }
    if let Some(input) = op.dtype(0)
        && let Some(result) = op.output(0).and_then(|t| t.dtype().ok())
        && input.is_float() != result.is_float()
        && !result.is_float()
    {
        let numbers = [result, input].map(type_number);
        op.bad_output(0, Rule::ResultType, numbers);
    }
    if op.option(dense::WEIGHTS_FORMAT) != format::DEFAULT {
        return;
    }
    let Some(weights) = op.rank(1, 2, 2) else { return };
    bias(op, 2, weights.get(0));
    if weights.elements() == Some(0) {
        return op.bad_input(1, Rule::NotPositive, [0, 0]);
    }
    let (Some(input), Some(depth)) = (op.dims(0), weights.get(1)) else { return };
    let fits = if op.option(dense::KEEP_NUM_DIMS) {
        input.last(0).is_none_or(|last| last == depth)
    } else {
        input.elements().is_none_or(|n| n.checked_rem(depth) == Some(0))
    };
    if !fits {
        let given = input.last(0).unwrap_or(1);
        op.bad_input(1, Rule::OperandShape, [depth, given]);
    }
}

pub(super) fn batch_matmul(op: &mut OpCheck<'_, '_, '_>) {
    match op.dtype(0) {
        Some(left) if left.is_float() => op.types(1, &[left, DType::Int8, DType::Int4]),
        Some(DType::Int16) => op.types(1, &[DType::Int16, DType::Int8]),
        Some(left) => op.types(1, &[left]),
        None => {}
    }
    let (Some(a), Some(b)) = (op.rank(0, 2, 5), op.rank(1, 2, 5)) else { return };
    let inner = (
        a.last(usize::from(op.option(batch::ADJ_X))),
        b.last(usize::from(!op.option(batch::ADJ_Y))),
    );
    if inner.0 != inner.1 {
        let numbers = [inner.1.unwrap_or(0), inner.0.unwrap_or(0)];
        return op.bad_input(1, Rule::OperandShape, numbers);
    }
    // The batch dimensions broadcast.
    let outer = |d: &Dims| {
        let batch = d.as_slice().get(..d.rank().saturating_sub(2)).unwrap_or_default();
        Dims::from_iter(batch.iter().copied())
    };
    if let (Some(a), Some(b)) = (outer(&a), outer(&b))
        && let Some(numbers) = clash(&a, &b)
    {
        op.bad_input(1, Rule::Broadcast, numbers);
    }
}
