//! Operators that move elements or change the shape.

use super::super::count;
use super::{Smith, Value, at_least, image, like, plain};
use floe_graph::DType;
use floe_tflite::fields::{
    concatenation_options, depth_to_space_options, pack_options, shape_options,
    space_to_depth_options, split_options, squeeze_options, unpack_options,
};
use floe_tflite::op;
use floe_tflite::owned::Object;
use floe_tflite::schema::TableId;

pub(super) fn reshape(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|_| true)?;
    let n = x.elements() as i32;
    let first = (1..=n).rev().find(|d| n % d == 0 && *d <= 4).unwrap_or(1);
    let shape = [first, n / first];
    let new = if s.source.one_in(3) { s.ints(&[first, -1]) } else { s.ints(&shape) };
    s.op(op::RESHAPE, &[x.index, new], (x.dtype, &shape, x.quant), plain(op::RESHAPE));
    Some(())
}

pub(super) fn transpose(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(at_least(2))?;
    let rank = x.shape.len();
    let mut order: Vec<i32> = (0..rank as i32).collect();
    for i in 0..rank {
        order.swap(i, s.source.below(rank));
    }
    let shape: Vec<i32> = order.iter().map(|&axis| x.shape[axis as usize]).collect();
    let order = s.ints(&order);
    s.op(op::TRANSPOSE, &[x.index, order], (x.dtype, &shape, x.quant), plain(op::TRANSPOSE));
    Some(())
}

pub(super) fn concatenation(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(at_least(1))?;
    let (axis, times) = (s.source.below(x.shape.len()), s.source.between(2, 3));
    let mut shape = x.shape.clone();
    shape[axis] *= times as i32;
    if count(&shape) > s.config.elements {
        return None;
    }
    let mut inputs = vec![x.index];
    for _ in 1..times {
        inputs.push(s.constant(x.dtype, &x.shape, x.quant));
    }
    let options =
        Object::new(TableId::CONCATENATION_OPTIONS).with(concatenation_options::AXIS, axis as i32);
    s.op(op::CONCATENATION, &inputs, (x.dtype, &shape, x.quant), Some(options));
    Some(())
}

pub(super) fn pack(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype != DType::Bool && v.shape.len() < 4)?;
    let (axis, y) = (s.source.between(0, x.shape.len()), s.constant(x.dtype, &x.shape, x.quant));
    let mut shape = x.shape.clone();
    shape.insert(axis, 2);
    let options = Object::new(TableId::PACK_OPTIONS)
        .with(pack_options::VALUES_COUNT, 2)
        .with(pack_options::AXIS, axis as i32);
    s.op(op::PACK, &[x.index, y], (x.dtype, &shape, x.quant), Some(options));
    Some(())
}

pub(super) fn unpack(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype != DType::Int64 && !v.shape.is_empty())?;
    let axis = s.source.below(x.shape.len());
    let mut shape = x.shape.clone();
    let parts = shape.remove(axis);
    let options = Object::new(TableId::UNPACK_OPTIONS)
        .with(unpack_options::NUM, parts)
        .with(unpack_options::AXIS, axis as i32);
    let results = vec![(x.dtype, &shape[..], x.quant); parts as usize];
    s.op_many(op::UNPACK, &[x.index], &results, Some(options));
    Some(())
}

pub(super) fn expand_dims(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.shape.len() < 4)?;
    let axis = s.source.between(0, x.shape.len());
    let mut shape = x.shape.clone();
    shape.insert(axis, 1);
    let axis = s.ints_shaped(&[axis as i32], &[]);
    s.op(op::EXPAND_DIMS, &[x.index, axis], (x.dtype, &shape, x.quant), plain(op::EXPAND_DIMS));
    Some(())
}

pub(super) fn squeeze(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.shape.contains(&1))?;
    let axis = x.shape.iter().position(|&d| d == 1)?;
    let mut shape = x.shape.clone();
    shape.remove(axis);
    let options = Object::new(TableId::SQUEEZE_OPTIONS)
        .with_vector(squeeze_options::SQUEEZE_DIMS, &[axis as i32]);
    s.op(op::SQUEEZE, &[x.index], (x.dtype, &shape, x.quant), Some(options));
    Some(())
}

pub(super) fn split(s: &mut Smith<'_, '_>) -> Option<()> {
    let splits = |v: &Value| v.dtype != DType::Bool && v.shape.iter().any(|d| d % 2 == 0);
    let x = s.operand(splits)?;
    let axis = x.shape.iter().position(|d| d % 2 == 0)?;
    let mut shape = x.shape.clone();
    shape[axis] /= 2;
    let options = Object::new(TableId::SPLIT_OPTIONS).with(split_options::NUM_SPLITS, 2);
    let axis = s.ints_shaped(&[axis as i32], &[]);
    let results = [(x.dtype, &shape[..], x.quant); 2];
    s.op_many(op::SPLIT, &[axis, x.index], &results, Some(options));
    Some(())
}

pub(super) fn space_to_depth(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| {
        image(v) && v.dtype != DType::Int16 && v.shape[1] % 2 == 0 && v.shape[2] % 2 == 0
    })?;
    let shape = [x.shape[0], x.shape[1] / 2, x.shape[2] / 2, x.shape[3] * 4];
    let options =
        Object::new(TableId::SPACE_TO_DEPTH_OPTIONS).with(space_to_depth_options::BLOCK_SIZE, 2);
    s.op(op::SPACE_TO_DEPTH, &[x.index], (x.dtype, &shape, x.quant), Some(options));
    Some(())
}

pub(super) fn depth_to_space(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| image(v) && v.dtype != DType::Int16 && v.shape[3] % 4 == 0)?;
    let shape = [x.shape[0], x.shape[1] * 2, x.shape[2] * 2, x.shape[3] / 4];
    let options =
        Object::new(TableId::DEPTH_TO_SPACE_OPTIONS).with(depth_to_space_options::BLOCK_SIZE, 2);
    s.op(op::DEPTH_TO_SPACE, &[x.index], (x.dtype, &shape, x.quant), Some(options));
    Some(())
}

pub(super) fn tile(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype != DType::Int8 && !v.shape.is_empty())?;
    let times: Vec<i32> = x.shape.iter().map(|_| s.source.between(1, 2) as i32).collect();
    let shape: Vec<i32> = x.shape.iter().zip(&times).map(|(d, t)| d * t).collect();
    if count(&shape) > s.config.elements {
        return None;
    }
    let times = s.ints(&times);
    s.op(op::TILE, &[x.index, times], (x.dtype, &shape, x.quant), plain(op::TILE));
    Some(())
}

pub(super) fn shape_of(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(at_least(1))?;
    let options = Object::new(TableId::SHAPE_OPTIONS)
        .with(shape_options::OUT_TYPE, floe_tflite::enums::tensor_type::INT32);
    s.op(op::SHAPE, &[x.index], (DType::Int32, &[x.shape.len() as i32], None), Some(options));
    Some(())
}

pub(super) fn reverse(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype != DType::Int8 && !v.shape.is_empty())?;
    let axis = s.source.below(x.shape.len()) as i32;
    let axis = s.ints(&[axis]);
    s.op(op::REVERSE_V2, &[x.index, axis], like(&x), plain(op::REVERSE_V2));
    Some(())
}

pub(super) fn broadcast_to(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype != DType::Int8 && v.shape.len() < 4)?;
    let shape = [&[2], &x.shape[..]].concat();
    if count(&shape) > s.config.elements {
        return None;
    }
    let new = s.ints(&shape);
    s.op(op::BROADCAST_TO, &[x.index, new], (x.dtype, &shape, x.quant), plain(op::BROADCAST_TO));
    Some(())
}
