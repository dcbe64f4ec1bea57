//! Operators that move elements: counts, axes, pads and blocks.

use super::super::context::{Dims, Integers, MAX_RANK, OpCheck, number};
use super::super::fault::Rule;
use super::general::clash;
use crate::schema::Field;
use crate::schema::enums::{activation_function_type, mirror_pad_mode};
use crate::schema::fields::{
    concatenation_options, depth_to_space_options, mirror_pad_options, operator, pack_options,
    reshape_options, resize_bilinear_options as bilinear,
    resize_nearest_neighbor_options as nearest, space_to_depth_options, split_options,
    split_v_options, squeeze_options, unpack_options,
};
use floe_graph::DType;

/// The new shape, from input 1 or the options: at most one -1, and the same number of elements.
pub(super) fn reshape(op: &mut OpCheck<'_, '_, '_>) {
    let elements = op.dims(0).and_then(|d| d.elements());
    if let Some(shape) = op.integers(1) {
        if let Some((rule, numbers)) = new_shape(elements, shape.iter()) {
            op.bad_input(1, rule, numbers);
        }
    } else if op.inputs.len() < 2 {
        let shape = op.options.map(|o| o.vector(reshape_options::NEW_SHAPE)).unwrap_or_default();
        // Old converters wrote [0] for a scalar.
        let scalar = shape.len() == 1 && shape.get(0) == Some(0);
        if let Some((rule, numbers)) = new_shape(elements, shape.iter().map(i64::from))
            && !scalar
        {
            op.bad_option(reshape_options::NEW_SHAPE, rule, numbers);
        }
    }
}

fn new_shape(
    elements: Option<i64>,
    shape: impl Iterator<Item = i64> + Clone,
) -> Option<(Rule, [i64; 2])> {
    if let Some(bad) = shape.clone().find(|d| *d < -1) {
        return Some((Rule::Negative, [bad, 0]));
    }
    let open = shape.clone().filter(|d| *d == -1).count();
    let known = shape.filter(|d| *d != -1).try_fold(1i64, i64::checked_mul);
    let (elements, known) = (elements?, known.unwrap_or(i64::MAX));
    let fits = match open {
        0 => elements == known,
        1 => elements == 0 || elements.checked_rem(known) == Some(0),
        _ => false,
    };
    (!fits).then_some((Rule::ReshapeCount, [elements, known]))
}

pub(super) fn squeeze(op: &mut OpCheck<'_, '_, '_>) {
    let field = squeeze_options::SQUEEZE_DIMS;
    let (Some(dims), Some(options)) = (op.dims(0), op.options) else {
        return;
    };
    for axis in options.vector(field).iter().map(i64::from) {
        match dims.axis(axis).and_then(|a| dims.get(a)) {
            None => op.bad_option(field, Rule::Axis, [axis, number(dims.rank())]),
            Some(1) => {}
            Some(dim) => op.bad_option(field, Rule::OperandShape, [dim, 1]),
        }
    }
}

pub(super) fn expand_dims(op: &mut OpCheck<'_, '_, '_>) {
    let Some(dims) = op.dims(0) else { return };
    for axis in op.integers(1).into_iter().flat_map(Integers::iter) {
        if !dims.takes(axis) {
            op.bad_input(1, Rule::Axis, [axis, number(dims.rank())]);
        }
    }
}

pub(super) fn transpose(op: &mut OpCheck<'_, '_, '_>) {
    let (Some(dims), Some(order)) = (op.dims(0), op.integers(1)) else { return };
    let rank = number(dims.rank());
    if order.len() != dims.rank() {
        return op.bad_input(1, Rule::OperandShape, [number(order.len()), rank]);
    }
    let mut seen = [false; MAX_RANK];
    for axis in order.iter() {
        let fresh = dims.axis(axis).and_then(|a| seen.get_mut(a)).filter(|s| !**s);
        match fresh {
            Some(seen) => *seen = true,
            None => return op.bad_input(1, Rule::Permutation, [axis, rank]),
        }
    }
}

/// All but the joined dimension agree.
pub(super) fn concatenation(op: &mut OpCheck<'_, '_, '_>) {
    let fused = op.option(concatenation_options::FUSED_ACTIVATION_FUNCTION);
    if fused != activation_function_type::NONE {
        let field = concatenation_options::FUSED_ACTIVATION_FUNCTION;
        op.bad_option(field, Rule::UnknownNumber, [fused.into(), 0]);
    }
    let Some(first) = op.dims(0) else { return };
    let axis = i64::from(op.option(concatenation_options::AXIS));
    let Some(joined) = first.axis(axis) else {
        let numbers = [axis, number(first.rank())];
        return op.bad_option(concatenation_options::AXIS, Rule::Axis, numbers);
    };
    for i in 1..op.inputs.len() {
        agrees(op, &first, i, Some(joined));
    }
}

/// Input `i` has the dimensions of `first`, but for `except`.
fn agrees(op: &mut OpCheck<'_, '_, '_>, first: &Dims, i: usize, except: Option<usize>) {
    let Some(dims) = op.rank(i, first.rank(), first.rank()) else { return };
    for (axis, (a, b)) in first.as_slice().iter().zip(dims.as_slice()).enumerate() {
        if a != b && Some(axis) != except {
            op.bad_input(i, Rule::OperandShape, [*b, *a]);
        }
    }
}

pub(super) fn pack(op: &mut OpCheck<'_, '_, '_>) {
    let count = op.option(pack_options::VALUES_COUNT);
    if i64::from(count) != number(op.inputs.len()) {
        let numbers = [number(op.inputs.len()), count.into()];
        op.bad_option(pack_options::VALUES_COUNT, Rule::InputCount, numbers);
    }
    let Some(first) = op.dims(0) else { return };
    let axis = i64::from(op.option(pack_options::AXIS));
    if !first.takes(axis) {
        op.bad_option(pack_options::AXIS, Rule::Axis, [axis, number(first.rank())]);
    }
    for i in 1..op.inputs.len() {
        agrees(op, &first, i, None);
    }
}

pub(super) fn unpack(op: &mut OpCheck<'_, '_, '_>) {
    let count = i64::from(op.option(unpack_options::NUM));
    let outputs = number(op.outputs.len());
    if count != outputs {
        op.bad_option(unpack_options::NUM, Rule::OutputCount, [outputs, count]);
    }
    let Some(dims) = op.dims(0) else { return };
    let axis = i64::from(op.option(unpack_options::AXIS));
    match dims.axis(axis).and_then(|a| dims.get(a)) {
        None => op.bad_option(unpack_options::AXIS, Rule::Axis, [axis, number(dims.rank())]),
        Some(dim) => op.dimension(0, Some(dim), Some(outputs)),
    }
}

/// The axis in input 0, the data in input 1, as many equal parts as outputs.
pub(super) fn split(op: &mut OpCheck<'_, '_, '_>) {
    op.positive(&[split_options::NUM_SPLITS]);
    let parts = i64::from(op.option(split_options::NUM_SPLITS));
    count_outputs(op, split_options::NUM_SPLITS);
    if let (Some(dims), Some(axis)) = (op.dims(1), op.integers(0).and_then(|a| a.get(0))) {
        match dims.axis(axis).and_then(|a| dims.get(a)) {
            None => op.bad_input(0, Rule::Axis, [axis, number(dims.rank())]),
            Some(dim) if parts > 0 && dim.checked_rem(parts) != Some(0) => {
                op.bad_option(split_options::NUM_SPLITS, Rule::Divides, [parts, dim]);
            }
            Some(_) => {}
        }
    }
}

fn count_outputs(op: &mut OpCheck<'_, '_, '_>, field: Field<i32>) {
    let (parts, outputs) = (i64::from(op.option(field)), number(op.outputs.len()));
    if parts != outputs {
        op.bad_option(field, Rule::OutputCount, [outputs, parts]);
    }
}

/// Data, sizes (one may be -1), axis.
pub(super) fn split_v(op: &mut OpCheck<'_, '_, '_>) {
    count_outputs(op, split_v_options::NUM_SPLITS);
    let (Some(dims), Some(axis)) = (op.dims(0), op.integers(2).and_then(|a| a.get(0))) else {
        return;
    };
    let Some(dim) = dims.axis(axis).and_then(|a| dims.get(a)) else {
        return op.bad_input(2, Rule::Axis, [axis, number(dims.rank())]);
    };
    let Some(sizes) = op.integers(1) else { return };
    let open = sizes.iter().filter(|s| *s == -1).count();
    let sum = sizes.iter().filter(|s| *s != -1).try_fold(0i64, i64::checked_add);
    let negative = sizes.iter().any(|s| s < -1);
    let fits = sum.is_some_and(|sum| if open == 0 { sum == dim } else { open == 1 && sum <= dim });
    if negative || !fits {
        op.bad_input(1, Rule::OperandShape, [sum.unwrap_or(i64::MAX), dim]);
    }
}

/// A pair of pads for each dimension, none negative.
pub(super) fn pad(op: &mut OpCheck<'_, '_, '_>) {
    pads(op);
}

/// As [`pad`], with an element to pad with.
pub(super) fn pad_v2(op: &mut OpCheck<'_, '_, '_>) {
    op.dimension(2, op.dims(2).and_then(|d| d.elements()), Some(1));
    pads(op);
}

fn pads<'d>(op: &mut OpCheck<'d, '_, '_>) -> Option<(Dims, Integers<'d>)> {
    let dims = op.dims(0)?;
    let rows = op.rank(1, 2, 2)?;
    op.dimension(1, rows.get(1), Some(2));
    let pads = op.integers(1)?;
    let want = dims.rank().checked_mul(2)?;
    if pads.len() != want {
        op.bad_input(1, Rule::OperandShape, [number(pads.len()), number(want)]);
        return None;
    }
    if let Some(bad) = pads.iter().find(|p| *p < 0) {
        op.bad_input(1, Rule::Negative, [bad, 0]);
        return None;
    }
    Some((dims, pads))
}

/// A mirror is not wider than what it shows.
pub(super) fn mirror_pad(op: &mut OpCheck<'_, '_, '_>) {
    let reflect = op.option(mirror_pad_options::MODE) == mirror_pad_mode::REFLECT;
    let Some((dims, pads)) = pads(op) else { return };
    let bad = pads.iter().enumerate().find_map(|(i, pad)| {
        let dim = dims.get(i / 2)?;
        let most = dim.saturating_sub(i64::from(reflect));
        (pad > most).then_some([pad, dim])
    });
    if let Some(numbers) = bad {
        op.bad_input(1, Rule::IndexRange, numbers);
    }
}

pub(super) fn space_to_depth(op: &mut OpCheck<'_, '_, '_>) {
    op.positive(&[space_to_depth_options::BLOCK_SIZE]);
    let block = i64::from(op.option(space_to_depth_options::BLOCK_SIZE));
    let Some(dims) = op.rank(0, 4, 4) else { return };
    for dim in [dims.get(1), dims.get(2)].into_iter().flatten() {
        if block > 0 && dim.checked_rem(block) != Some(0) {
            op.bad_option(space_to_depth_options::BLOCK_SIZE, Rule::Divides, [block, dim]);
        }
    }
}

pub(super) fn depth_to_space(op: &mut OpCheck<'_, '_, '_>) {
    op.positive(&[depth_to_space_options::BLOCK_SIZE]);
    let block = i64::from(op.option(depth_to_space_options::BLOCK_SIZE));
    let Some(depth) = op.rank(0, 4, 4).and_then(|d| d.get(3)) else { return };
    let square = block.saturating_mul(block);
    if block > 0 && depth.checked_rem(square) != Some(0) {
        op.bad_option(depth_to_space_options::BLOCK_SIZE, Rule::Divides, [square, depth]);
    }
}

/// The block in input 1, pads in input 2: padded dimensions are whole blocks.
pub(super) fn space_to_batch(op: &mut OpCheck<'_, '_, '_>) {
    let Some(dims) = op.rank(0, 3, 4) else { return };
    let Some(block) = blocks(op, &dims) else { return };
    let pads = op.integers(2);
    for (i, size) in block.iter().enumerate() {
        let pad = |k: usize| pads.and_then(|p| p.get(i.checked_mul(2)?.checked_add(k)?));
        let (Some(dim), Some(before), Some(after)) =
            (dims.get(i.saturating_add(1)), pad(0), pad(1))
        else {
            continue;
        };
        if before < 0 || after < 0 {
            return op.bad_input(2, Rule::Negative, [before.min(after), 0]);
        }
        let padded = dim.saturating_add(before).saturating_add(after);
        if padded.checked_rem(size) != Some(0) {
            return op.bad_input(1, Rule::Divides, [size, padded]);
        }
    }
}

/// The block in input 1, crops in input 2: the batch is whole blocks.
pub(super) fn batch_to_space(op: &mut OpCheck<'_, '_, '_>) {
    let Some(dims) = op.rank(0, 3, 4) else { return };
    let Some(block) = blocks(op, &dims) else { return };
    let all = block.iter().fold(1i64, i64::saturating_mul);
    if let Some(batch) = dims.get(0)
        && batch.checked_rem(all) != Some(0)
    {
        op.bad_input(1, Rule::Divides, [all, batch]);
    }
    if let Some(bad) = op.integers(2).and_then(|c| c.iter().find(|crop| *crop < 0)) {
        op.bad_input(2, Rule::Negative, [bad, 0]);
    }
}

/// The block sizes, one for each dimension between batch and depth, all positive.
fn blocks<'d>(op: &mut OpCheck<'d, '_, '_>, dims: &Dims) -> Option<Integers<'d>> {
    let block = op.integers(1)?;
    let want = dims.rank().saturating_sub(2);
    if block.len() != want {
        op.bad_input(1, Rule::OperandShape, [number(block.len()), number(want)]);
        return None;
    }
    if let Some(bad) = block.iter().find(|b| *b < 1) {
        op.bad_input(1, Rule::NotPositive, [bad, 0]);
        return None;
    }
    Some(block)
}

pub(super) fn tile(op: &mut OpCheck<'_, '_, '_>) {
    let Some(times) = op.integers(1) else { return };
    if let Some(bad) = times.iter().find(|n| *n < 0) {
        op.bad_input(1, Rule::Negative, [bad, 0]);
    }
    if let Some(dims) = op.dims(0) {
        op.dimension(1, Some(number(times.len())), Some(number(dims.rank())));
    }
}

/// The shape in input 1 takes the data: equal or 1, from the last dimension on.
pub(super) fn broadcast_to(op: &mut OpCheck<'_, '_, '_>) {
    let (Some(dims), Some(shape)) = (op.dims(0), op.integers(1)) else { return };
    if let Some(bad) = shape.iter().find(|d| *d < 0) {
        return op.bad_input(1, Rule::Negative, [bad, 0]);
    }
    let Some(target) = Dims::from_iter(shape.iter()) else { return };
    if target.rank() < dims.rank() {
        return op.bad_input(1, Rule::OperandRank, [number(target.rank()), number(dims.rank())]);
    }
    if let Some(numbers) = clash(&dims, &target) {
        op.bad_input(1, Rule::Broadcast, numbers);
    }
}

/// The new height and width are positive.
pub(super) fn resize(op: &mut OpCheck<'_, '_, '_>) {
    op.rank(0, 4, 4);
    op.types(1, &[DType::Int32]);
    // Only one of the two tables is there; the other gives its defaults.
    let both = [
        op.option(bilinear::ALIGN_CORNERS) && op.option(bilinear::HALF_PIXEL_CENTERS),
        op.option(nearest::ALIGN_CORNERS) && op.option(nearest::HALF_PIXEL_CENTERS),
    ];
    if both.contains(&true) {
        op.report.field(&op.place, operator::BUILTIN_OPTIONS, Rule::Exclusive, [0; 2]);
    }
    let Some(size) = op.integers(1) else { return };
    if size.len() != 2 {
        return op.bad_input(1, Rule::OperandShape, [number(size.len()), 2]);
    }
    if let Some(bad) = size.iter().find(|n| *n < 1) {
        op.bad_input(1, Rule::NotPositive, [bad, 0]);
    }
}

/// The part that is put in has the rank of what it is put into and lies in it; one start a dimension.
pub(super) fn dynamic_update_slice(op: &mut OpCheck<'_, '_, '_>) {
    let Some(dims) = op.dims(0) else { return };
    if let Some(update) = op.rank(1, dims.rank(), dims.rank()) {
        let mut pairs = update.as_slice().iter().zip(dims.as_slice());
        if let Some((part, whole)) = pairs.find(|(part, whole)| part > whole) {
            op.bad_input(1, Rule::OperandShape, [*part, *whole]);
        }
    }
    if let Some(starts) = op.rank(2, 1, 1) {
        op.dimension(2, starts.get(0), Some(number(dims.rank())));
    }
}

/// All operands have one shape.
pub(super) fn add_n(op: &mut OpCheck<'_, '_, '_>) {
    let Some(first) = op.dims(0) else { return };
    for i in 1..op.inputs.len() {
        agrees(op, &first, i, None);
    }
}

/// Two vectors, each a shape.
pub(super) fn broadcast_args(op: &mut OpCheck<'_, '_, '_>) {
    op.rank(0, 1, 1);
    op.rank(1, 1, 1);
}
