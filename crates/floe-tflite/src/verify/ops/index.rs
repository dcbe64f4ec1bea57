//! Operators that take elements by index: constants' indices lie in the dimension.

use super::super::context::{Dims, OpCheck, number};
use super::super::fault::Rule;
use crate::schema::fields::{gather_options, one_hot_options};
use floe_graph::DType;

/// Begin and size of each dimension; a size of -1 goes to the end.
pub(super) fn slice(op: &mut OpCheck<'_, '_, '_>) {
    let Some(dims) = op.dims(0) else { return };
    let (begin, size) = (op.integers(1), op.integers(2));
    for i in [1, 2] {
        if let Some(n) = op.dims(i).and_then(|d| d.elements()) {
            op.dimension(i, Some(n), Some(number(dims.rank())));
        }
    }
    for (axis, &dim) in dims.as_slice().iter().enumerate() {
        let begin = begin.and_then(|b| b.get(axis));
        if let Some(begin) = begin
            && !(0..=dim).contains(&begin)
        {
            op.bad_input(1, Rule::IndexRange, [begin, dim]);
        }
        if let Some(size) = size.and_then(|s| s.get(axis))
            && (size < -1 || size.saturating_add(begin.unwrap_or(0)) > dim)
        {
            op.bad_input(2, Rule::IndexRange, [size, dim]);
        }
    }
}

/// Begin, end and strides have one length; no stride is 0.
pub(super) fn strided_slice(op: &mut OpCheck<'_, '_, '_>) {
    let strides = op.integers(3);
    if strides.is_some_and(|s| s.iter().any(|stride| stride == 0)) {
        op.bad_input(3, Rule::NotPositive, [0, 0]);
    }
    let lengths = [1, 2, 3].map(|i| op.dims(i).and_then(|d| d.elements()));
    for (i, length) in [(2, lengths[1]), (3, lengths[2])] {
        op.dimension(i, length, lengths[0]);
    }
    op.rank(0, 0, 8);
    op.rank(1, 1, 1);
}

/// Indices lie in the gathered dimension.
pub(super) fn gather(op: &mut OpCheck<'_, '_, '_>) {
    let Some(dims) = op.dims(0) else { return };
    let axis = i64::from(op.option(gather_options::AXIS));
    let Some(size) = dims.axis(axis).and_then(|a| dims.get(a)) else {
        return op.bad_option(gather_options::AXIS, Rule::Axis, [axis, number(dims.rank())]);
    };
    in_range(op, 1, size);
    let batch = i64::from(op.option(gather_options::BATCH_DIMS));
    if let Some(rank) = op.dims(1).map(|d| number(d.rank()))
        && batch.saturating_abs() > rank
    {
        return op.bad_option(gather_options::BATCH_DIMS, Rule::Axis, [batch, rank]);
    }
    let from_front = if axis < 0 { axis.saturating_add(number(dims.rank())) } else { axis };
    if batch > from_front {
        op.bad_option(gather_options::BATCH_DIMS, Rule::Axis, [batch, from_front]);
    }
}

/// Input `i`'s elements lie in `0..size`.
fn in_range(op: &mut OpCheck<'_, '_, '_>, i: usize, size: i64) {
    let bad = op.integers(i).and_then(|all| all.iter().find(|n| !(0..size).contains(n)));
    if let Some(bad) = bad {
        op.bad_input(i, Rule::IndexRange, [bad, size]);
    }
}

/// The last dimension of the indices names as many dimensions of the data.
pub(super) fn gather_nd(op: &mut OpCheck<'_, '_, '_>) {
    let (Some(dims), Some(indices)) = (op.dims(0), op.rank(1, 1, 8)) else { return };
    tuples(op, 1, &dims, &indices);
}

/// Each tuple of the last dimension of input `i` lies in `dims`.
fn tuples(op: &mut OpCheck<'_, '_, '_>, i: usize, dims: &Dims, indices: &Dims) {
    let Some(length) = indices.last(0).and_then(|n| usize::try_from(n).ok()) else { return };
    if length > dims.rank() {
        return op.bad_input(i, Rule::OperandShape, [number(length), number(dims.rank())]);
    }
    let Some(all) = op.integers(i).filter(|_| length > 0) else { return };
    for (n, index) in all.iter().enumerate() {
        let size = n.checked_rem(length).and_then(|axis| dims.get(axis)).unwrap_or(0);
        if !(0..size).contains(&index) {
            return op.bad_input(i, Rule::IndexRange, [index, size]);
        }
    }
}

/// Indices, updates, and the shape that they are put into.
pub(super) fn scatter_nd(op: &mut OpCheck<'_, '_, '_>) {
    let (Some(indices), Some(shape)) = (op.rank(0, 1, 8), op.integers(2)) else { return };
    if let Some(bad) = shape.iter().find(|d| *d < 0) {
        return op.bad_input(2, Rule::Negative, [bad, 0]);
    }
    let Some(dims) = Dims::from_iter(shape.iter()) else { return };
    tuples(op, 0, &dims, &indices);
    updates(op, &indices, &dims);
}

/// One update for each tuple of indices: what is left of the shape behind the dimensions they name.
fn updates(op: &mut OpCheck<'_, '_, '_>, indices: &Dims, dims: &Dims) {
    let Some(named) = indices.last(0).and_then(|n| usize::try_from(n).ok()) else { return };
    let outer = indices.as_slice().split_last().map_or(&[][..], |(_, outer)| outer);
    let inner = dims.as_slice().get(named..).unwrap_or_default();
    let rank = outer.len().saturating_add(inner.len());
    let Some(updates) = op.rank(1, rank, rank) else { return };
    for (dim, want) in updates.as_slice().iter().zip(outer.iter().chain(inner)) {
        op.dimension(1, Some(*dim), Some(*want));
    }
}

pub(super) fn embedding_lookup(op: &mut OpCheck<'_, '_, '_>) {
    op.rank(0, 1, 1);
    if let Some(rows) = op.dims(1).and_then(|d| d.get(0)) {
        in_range(op, 0, rows);
    }
}

/// Ids rise from 0 on, one for each row.
pub(super) fn segment_sum(op: &mut OpCheck<'_, '_, '_>) {
    if let (Some(rows), Some(ids)) = (op.dims(0).and_then(|d| d.get(0)), op.rank(1, 1, 1)) {
        op.dimension(1, ids.get(0), Some(rows));
    }
    let Some(ids) = op.integers(1) else { return };
    let mut before = 0;
    for id in ids.iter() {
        if id < before {
            return op.bad_input(1, Rule::SegmentOrder, [id, before]);
        }
        before = id;
    }
    // As many rows come out as the last id says: more than there are ids is no honest file.
    if before > number(ids.len()).saturating_mul(1024) {
        op.bad_input(1, Rule::IndexRange, [before, number(ids.len())]);
    }
}

/// Ids lie below the number of segments; negative ones are left out.
pub(super) fn unsorted_segment(op: &mut OpCheck<'_, '_, '_>) {
    if let (Some(data), Some(ids)) = (op.dims(0), op.dims(1))
        && !data.as_slice().starts_with(ids.as_slice())
    {
        let numbers = [number(ids.rank()), number(data.rank())];
        return op.bad_input(1, Rule::OperandShape, numbers);
    }
    let (Some(ids), Some(count)) = (op.integers(1), op.integers(2).and_then(|n| n.get(0))) else {
        return;
    };
    if count < 0 {
        return op.bad_input(2, Rule::Negative, [count, 0]);
    }
    if let Some(bad) = ids.iter().find(|id| *id >= count) {
        op.bad_input(1, Rule::IndexRange, [bad, count]);
    }
}

/// The depth is not negative, and the axis lies in the result's rank.
pub(super) fn one_hot(op: &mut OpCheck<'_, '_, '_>) {
    if let Some(depth) = op.integers(1).and_then(|d| d.get(0))
        && depth < 0
    {
        op.bad_input(1, Rule::Negative, [depth, 0]);
    }
    let axis = i64::from(op.option(one_hot_options::AXIS));
    if let Some(rank) = op.dims(0).map(|d| number(d.rank()))
        && !(-1..=rank).contains(&axis)
    {
        op.bad_option(one_hot_options::AXIS, Rule::Axis, [axis, rank]);
    }
}

/// Boxes `[n, 4]`, as many scores, how many are wanted, thresholds, and the width of soft suppression.
pub(super) fn non_max_suppression(op: &mut OpCheck<'_, '_, '_>) {
    if let Some(boxes) = op.rank(0, 2, 2) {
        op.dimension(0, boxes.get(1), Some(4));
        if let Some(scores) = op.rank(1, 1, 1) {
            op.dimension(1, scores.get(0), boxes.get(0));
        }
    }
    for i in 2..op.inputs.len() {
        op.dimension(i, op.dims(i).and_then(|d| d.elements()), Some(1));
    }
    op.types(2, &[DType::Int32]);
    if let Some(most) = op.integers(2).and_then(|n| n.get(0)).filter(|n| *n < 0) {
        op.bad_input(2, Rule::Negative, [most, 0]);
    }
}

/// Indices into the shape that input 1 gives.
pub(super) fn sparse_to_dense(op: &mut OpCheck<'_, '_, '_>) {
    let (Some(shape), Some(indices)) = (op.integers(1), op.dims(0)) else { return };
    let Some(dims) = Dims::from_iter(shape.iter()) else {
        return op.bad_input(1, Rule::Negative, [shape.iter().min().unwrap_or(0), 0]);
    };
    // A vector of indices goes with a vector of values, a matrix has a row for each.
    if indices.rank() == 2 {
        tuples(op, 0, &dims, &indices);
    } else if dims.rank() == 1 {
        in_range(op, 0, dims.get(0).unwrap_or(0));
    }
}
