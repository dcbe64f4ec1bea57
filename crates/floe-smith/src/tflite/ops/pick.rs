//! Operators that pick, pad or reduce along dimensions.

use super::super::count;
use super::{REAL, Smith, Value, at_least, image, plain, quantized, real};
use floe_graph::DType;
use floe_tflite::fields::{
    arg_max_options, cumsum_options, gather_options, mirror_pad_options, reducer_options,
    strided_slice_options,
};
use floe_tflite::op;
use floe_tflite::owned::Object;
use floe_tflite::schema::TableId;

pub(super) fn slice(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(at_least(1))?;
    let begin: Vec<i32> = x.shape.iter().map(|&d| s.source.below(d as usize) as i32).collect();
    let shape: Vec<i32> = x
        .shape
        .iter()
        .zip(&begin)
        .map(|(d, b)| s.source.between(1, (d - b) as usize) as i32)
        .collect();
    let (begin, size) = (s.ints(&begin), s.ints(&shape));
    s.op(op::SLICE, &[x.index, begin, size], (x.dtype, &shape, x.quant), plain(op::SLICE));
    Some(())
}

/// Every second element from the front or the back.
pub(super) fn strided_slice(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(at_least(1))?;
    let shape: Vec<i32> = x.shape.iter().map(|d| (d + 1) / 2).collect();
    let zeros = vec![0; x.shape.len()];
    let all = (1 << x.shape.len()) - 1;
    let stride = if s.source.one_in(2) { 2 } else { -2 };
    let numbers = [&zeros, &zeros, &vec![stride; x.shape.len()]].map(|n| s.ints(n));
    let options = Object::new(TableId::STRIDED_SLICE_OPTIONS)
        .with(strided_slice_options::BEGIN_MASK, all)
        .with(strided_slice_options::END_MASK, all);
    let inputs = [x.index, numbers[0], numbers[1], numbers[2]];
    s.op(op::STRIDED_SLICE, &inputs, (x.dtype, &shape, x.quant), Some(options));
    Some(())
}

/// Pads of up to `most` before and after each dimension, as a constant, and the padded shape.
fn pads(s: &mut Smith<'_, '_>, x: &Value, most: impl Fn(i32) -> i32) -> Option<(i32, Vec<i32>)> {
    let pads: Vec<i32> = x
        .shape
        .iter()
        .flat_map(|&d| [0, 1].map(|_| s.source.between(0, most(d) as usize) as i32))
        .collect();
    let shape: Vec<i32> =
        x.shape.iter().zip(pads.chunks(2)).map(|(d, p)| d + p[0] + p[1]).collect();
    if count(&shape) > s.config.elements {
        return None;
    }
    Some((s.ints_shaped(&pads, &[x.shape.len() as i32, 2]), shape))
}

pub(super) fn pad(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype != DType::Bool && !v.shape.is_empty())?;
    let (pads, shape) = pads(s, &x, |_| 2)?;
    s.op(op::PAD, &[x.index, pads], (x.dtype, &shape, x.quant), plain(op::PAD));
    Some(())
}

pub(super) fn mirror_pad(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| real(v) && !v.shape.is_empty())?;
    let symmetric = s.source.one_in(2);
    let (pads, shape) = pads(s, &x, |d| (d - i32::from(!symmetric)).min(2))?;
    let options = Object::new(TableId::MIRROR_PAD_OPTIONS)
        .with(mirror_pad_options::MODE, i8::from(symmetric));
    s.op(op::MIRROR_PAD, &[x.index, pads], (x.dtype, &shape, None), Some(options));
    Some(())
}

pub(super) fn gather(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(at_least(1))?;
    let axis = s.source.below(x.shape.len());
    let length = s.source.between(1, 5);
    let indices: Vec<i32> =
        (0..length).map(|_| s.source.below(x.shape[axis] as usize) as i32).collect();
    let mut shape = x.shape.clone();
    shape[axis] = length as i32;
    let options = Object::new(TableId::GATHER_OPTIONS).with(gather_options::AXIS, axis as i32);
    let indices = s.ints(&indices);
    s.op(op::GATHER, &[x.index, indices], (x.dtype, &shape, x.quant), Some(options));
    Some(())
}

pub(super) fn reduce(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| real(v) && !v.shape.is_empty())?;
    let op = *s.source.pick(&[op::MEAN, op::SUM, op::REDUCE_MAX, op::REDUCE_MIN, op::REDUCE_PROD]);
    let (axis, keep) = (s.source.below(x.shape.len()), s.source.one_in(2));
    let mut shape = x.shape.clone();
    if keep {
        shape[axis] = 1;
    } else {
        shape.remove(axis);
    }
    let options = Object::new(TableId::REDUCER_OPTIONS).with(reducer_options::KEEP_DIMS, keep);
    let axis = s.ints(&[axis as i32]);
    s.op(op, &[x.index, axis], (REAL, &shape, None), Some(options));
    Some(())
}

pub(super) fn arg_max(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| real(v) && !v.shape.is_empty())?;
    let (op, id) = *s
        .source
        .pick(&[(op::ARG_MAX, TableId::ARG_MAX_OPTIONS), (op::ARG_MIN, TableId::ARG_MIN_OPTIONS)]);
    let axis = s.source.below(x.shape.len());
    let mut shape = x.shape.clone();
    shape.remove(axis);
    let mut options = Object::new(id);
    let int32 = floe_tflite::enums::tensor_type::INT32;
    // Both tables have the one field.
    options
        .insert(arg_max_options::OUTPUT_TYPE.slot(), floe_tflite::owned::Value::Int(int32.into()));
    let axis = s.ints_shaped(&[axis as i32], &[]);
    s.op(op, &[x.index, axis], (DType::Int32, &shape, None), Some(options));
    Some(())
}

pub(super) fn resize(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(image)?;
    let op = *s.source.pick(&[op::RESIZE_BILINEAR, op::RESIZE_NEAREST_NEIGHBOR]);
    let (h, w) = (s.source.between(1, 9) as i32, s.source.between(1, 9) as i32);
    let size = s.ints(&[h, w]);
    let shape = [x.shape[0], h, w, x.shape[3]];
    if count(&shape) > s.config.elements {
        return None;
    }
    s.op(op, &[x.index, size], (x.dtype, &shape, x.quant), plain(op));
    Some(())
}

pub(super) fn one_hot(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype == DType::Int32 && v.shape.len() < 4)?;
    let depth = s.source.between(1, 5) as i32;
    let shape = [&x.shape[..], &[depth]].concat();
    let depth = s.ints_shaped(&[depth], &[]);
    let (on, off) = (s.constant(REAL, &[], None), s.constant(REAL, &[], None));
    let mut options = Object::new(TableId::ONE_HOT_OPTIONS);
    options.set(floe_tflite::fields::one_hot_options::AXIS, -1);
    s.op(op::ONE_HOT, &[x.index, depth, on, off], (REAL, &shape, None), Some(options));
    Some(())
}

/// Some of the dimensions of `x`, and its shape without them.
fn some_axes(s: &mut Smith<'_, '_>, x: &Value, keep: bool) -> (Vec<i32>, Vec<i32>) {
    let rank = x.shape.len();
    let axes: Vec<usize> = (0..rank).filter(|_| s.source.one_in(2)).collect();
    let shape = x.shape.iter().enumerate();
    let shape = shape.filter(|(i, _)| keep || !axes.contains(i));
    let shape = shape.map(|(i, &d)| if axes.contains(&i) { 1 } else { d }).collect();
    let down = |a: usize| if a.is_multiple_of(2) { a as i32 } else { a as i32 - rank as i32 };
    (axes.into_iter().map(down).collect(), shape)
}

/// MEAN of any quantization, the extremes of equal ones.
pub(super) fn reduce_quantized(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| quantized(v) && !v.shape.is_empty())?;
    let op = *s.source.pick(&[op::MEAN, op::REDUCE_MAX, op::REDUCE_MIN]);
    let keep = s.source.one_in(2);
    let (axes, shape) = some_axes(s, &x, keep);
    let options = Object::new(TableId::REDUCER_OPTIONS).with(reducer_options::KEEP_DIMS, keep);
    let quant = if op == op::MEAN { s.quant(x.dtype) } else { x.quant };
    let axes = s.ints(&axes);
    s.op(op, &[x.index, axes], (x.dtype, &shape, quant), Some(options));
    Some(())
}

pub(super) fn reduce_integers(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| matches!(v.dtype, DType::Int32 | DType::Int64) && !v.shape.is_empty())?;
    let op = *s.source.pick(&[op::SUM, op::MEAN, op::REDUCE_MAX, op::REDUCE_MIN, op::REDUCE_PROD]);
    let keep = s.source.one_in(2);
    let (axes, shape) = some_axes(s, &x, keep);
    let options = Object::new(TableId::REDUCER_OPTIONS).with(reducer_options::KEEP_DIMS, keep);
    let axes = s.ints(&axes);
    s.op(op, &[x.index, axes], (x.dtype, &shape, None), Some(options));
    Some(())
}

pub(super) fn cumsum(s: &mut Smith<'_, '_>) -> Option<()> {
    let number = |v: &Value| matches!(v.dtype, DType::Float32 | DType::Int32 | DType::Int64);
    let fits = |v: &Value| number(v) && !v.shape.is_empty();
    let x = s.operand(fits)?;
    let (exclusive, reverse) = (s.source.one_in(2), s.source.one_in(2));
    let options = Object::new(TableId::CUMSUM_OPTIONS)
        .with(cumsum_options::EXCLUSIVE, exclusive)
        .with(cumsum_options::REVERSE, reverse);
    let axis = s.source.below(x.shape.len()) as i32;
    let axis = s.ints_shaped(&[axis], &[]);
    s.op(op::CUMSUM, &[x.index, axis], (x.dtype, &x.shape, None), Some(options));
    Some(())
}

pub(super) fn gather_nd(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(at_least(2))?;
    let (rows, depth) = (s.source.between(1, 4), s.source.between(1, x.shape.len()));
    let places: Vec<i32> =
        (0..rows * depth).map(|i| s.source.below(x.shape[i % depth] as usize) as i32).collect();
    let shape = [&[rows as i32], &x.shape[depth..]].concat();
    let places = s.ints_shaped(&places, &[rows as i32, depth as i32]);
    s.op(op::GATHER_ND, &[x.index, places], (x.dtype, &shape, x.quant), plain(op::GATHER_ND));
    Some(())
}
