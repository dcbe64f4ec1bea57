//! Operators along axes.

use super::super::context::{MAX_RANK, OpCheck, number};
use super::super::fault::Rule;
use crate::schema::Field;
use crate::schema::enums::{activation_function_type, tensor_type};
use crate::schema::fields::{
    arg_max_options as arg_max, arg_min_options as arg_min, l2_norm_options,
    reverse_sequence_options as sequence, shape_options,
};

/// The axes in input 1 lie in the shape of input 0.
pub(super) fn reduce(op: &mut OpCheck<'_, '_, '_>) {
    let (Some(dims), Some(axes)) = (op.dims(0), op.integers(1)) else { return };
    // A scalar has no axis, and kernels ignore what is asked of it.
    if let Some(axis) = axes.iter().find(|a| dims.rank() > 0 && dims.axis(*a).is_none()) {
        op.bad_input(1, Rule::Axis, [axis, number(dims.rank())]);
    }
}

pub(super) fn arg(op: &mut OpCheck<'_, '_, '_>) {
    reduce(op);
    op.dimension(1, op.dims(1).and_then(|d| d.elements()), Some(1));
    // Either table; the other gives its default, which is no index type.
    let types = [arg_max::OUTPUT_TYPE, arg_min::OUTPUT_TYPE];
    let which = types.into_iter().find(|f| op.options.is_some_and(|o| o.id() == f.table()));
    if let Some(field) = which {
        index_type(op, field);
    }
}

/// The option names a type of indices.
fn index_type(op: &mut OpCheck<'_, '_, '_>, field: Field<i8>) {
    let dtype = op.option(field);
    if !matches!(dtype, tensor_type::INT32 | tensor_type::INT64) {
        op.bad_option(field, Rule::ResultType, [dtype.into(), tensor_type::INT32.into()]);
    }
}

/// The dimensions are given as numbers of an index type.
pub(super) fn shape(op: &mut OpCheck<'_, '_, '_>) {
    index_type(op, shape_options::OUT_TYPE);
}

/// As [`reduce`], by a vector of axes.
pub(super) fn reverse(op: &mut OpCheck<'_, '_, '_>) {
    op.rank(1, 1, 1);
    reduce(op);
}

/// A constant whole divisor has no 0.
pub(super) fn divide(op: &mut OpCheck<'_, '_, '_>) {
    if let Some(at) = op.integers(1).and_then(|all| all.iter().position(|n| n == 0)) {
        op.bad_input(1, Rule::ZeroDivisor, [number(at), 0]);
    }
}

/// The lengths are one for each element of the batch dimension, and not longer than the sequence.
pub(super) fn reverse_sequence(op: &mut OpCheck<'_, '_, '_>) {
    let Some(dims) = op.dims(0) else { return };
    let rank = number(dims.rank());
    let fields = [sequence::SEQ_DIM, sequence::BATCH_DIM];
    let mut found = [None; 2];
    for (field, size) in fields.into_iter().zip(&mut found) {
        let axis = i64::from(op.option(field));
        *size = dims.axis(axis).filter(|_| axis >= 0).and_then(|a| dims.get(a));
        if size.is_none() {
            op.bad_option(field, Rule::Axis, [axis, rank]);
        }
    }
    if let (Some(lengths), Some(batch)) = (op.dims(1), found[1]) {
        op.dimension(1, lengths.elements(), Some(batch));
    }
    if let (Some(lengths), Some(longest)) = (op.integers(1), found[0])
        && let Some(bad) = lengths.iter().find(|n| *n < 0 || *n > longest)
    {
        op.bad_input(1, Rule::IndexRange, [bad, longest]);
    }
}

/// Nothing is fused into it.
pub(super) fn l2_normalization(op: &mut OpCheck<'_, '_, '_>) {
    let fused = op.option(l2_norm_options::FUSED_ACTIVATION_FUNCTION);
    if fused != activation_function_type::NONE {
        let field = l2_norm_options::FUSED_ACTIVATION_FUNCTION;
        op.bad_option(field, Rule::UnknownNumber, [fused.into(), 0]);
    }
}

/// `k` is at most the last dimension.
pub(super) fn top_k(op: &mut OpCheck<'_, '_, '_>) {
    let Some(dims) = op.rank(0, 1, MAX_RANK) else { return };
    if let (Some(k), Some(last)) = (op.integers(1).and_then(|k| k.get(0)), dims.last(0))
        && (k < 0 || k > last)
    {
        op.bad_input(1, Rule::IndexRange, [k, last]);
    }
}
