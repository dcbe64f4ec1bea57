//! Operators with weights or windows.

use super::{REAL, Smith, Value, image, real};
use floe_graph::DType;
use floe_tflite::enums::padding;
use floe_tflite::fields::{
    batch_mat_mul_options, conv_2d_options, depthwise_conv_2d_options, fully_connected_options,
    pool_2d_options, softmax_options,
};
use floe_tflite::op;
use floe_tflite::owned::Object;
use floe_tflite::schema::TableId;

/// Weights and bias for `x`, quantized as it is.
fn weights(s: &mut Smith<'_, '_>, x: &Value, shape: &[i32], units: i32) -> [i32; 2] {
    let Some((scale, _)) = x.quant else {
        return [s.constant(REAL, shape, None), s.constant(REAL, &[units], None)];
    };
    let weight_scale = 0.25;
    let w = s.constant(DType::Int8, shape, Some((weight_scale, 0)));
    [w, s.constant(DType::Int32, &[units], Some((scale * weight_scale, 0)))]
}

pub(super) fn fully_connected(s: &mut Smith<'_, '_>) -> Option<()> {
    let fits = |v: &Value| matches!(v.dtype, DType::Float32 | DType::Int8) && v.shape.len() >= 2;
    let x = s.operand(fits)?;
    let (depth, units) = (*x.shape.last()?, s.source.between(1, 8) as i32);
    let [w, b] = weights(s, &x, &[units, depth], units);
    let bias = if s.source.one_in(4) { -1 } else { b };
    let keep = s.source.one_in(2);
    let shape = if keep {
        [&x.shape[..x.shape.len() - 1], &[units]].concat()
    } else {
        vec![x.elements() as i32 / depth, units]
    };
    let options = Object::new(TableId::FULLY_CONNECTED_OPTIONS)
        .with(fully_connected_options::KEEP_NUM_DIMS, keep);
    let quant = s.quant(x.dtype);
    s.op(op::FULLY_CONNECTED, &[x.index, w, bias], (x.dtype, &shape, quant), Some(options));
    Some(())
}

/// Height and width after a window of `filter` at `stride`, and the padding's number.
fn window(s: &mut Smith<'_, '_>, x: &Value, filter: i32, stride: i32) -> ([i32; 2], i8) {
    let valid = x.shape[1] >= filter && x.shape[2] >= filter && s.source.one_in(2);
    let side = |d: i32| if valid { (d - filter) / stride + 1 } else { (d + stride - 1) / stride };
    ([side(x.shape[1]), side(x.shape[2])], if valid { padding::VALID } else { padding::SAME })
}

pub(super) fn conv(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(image)?;
    let (filter, stride, units) = (
        s.source.between(1, 3) as i32,
        s.source.between(1, 2) as i32,
        s.source.between(1, 6) as i32,
    );
    let ([h, w], pad) = window(s, &x, filter, stride);
    let [filters, bias] = weights(s, &x, &[units, filter, filter, x.shape[3]], units);
    let options = Object::new(TableId::CONV_2D_OPTIONS)
        .with(conv_2d_options::PADDING, pad)
        .with(conv_2d_options::STRIDE_W, stride)
        .with(conv_2d_options::STRIDE_H, stride);
    let quant = s.quant(x.dtype);
    let shape = [x.shape[0], h, w, units];
    s.op(op::CONV_2D, &[x.index, filters, bias], (x.dtype, &shape, quant), Some(options));
    Some(())
}

pub(super) fn depthwise(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(image)?;
    let (filter, times) = (s.source.between(1, 3) as i32, s.source.between(1, 2) as i32);
    let ([h, w], pad) = window(s, &x, filter, 1);
    let units = x.shape[3] * times;
    let [filters, bias] = weights(s, &x, &[1, filter, filter, units], units);
    let options = Object::new(TableId::DEPTHWISE_CONV_2D_OPTIONS)
        .with(depthwise_conv_2d_options::PADDING, pad)
        .with(depthwise_conv_2d_options::STRIDE_W, 1)
        .with(depthwise_conv_2d_options::STRIDE_H, 1)
        .with(depthwise_conv_2d_options::DEPTH_MULTIPLIER, times);
    let quant = s.quant(x.dtype);
    let shape = [x.shape[0], h, w, units];
    s.op(op::DEPTHWISE_CONV_2D, &[x.index, filters, bias], (x.dtype, &shape, quant), Some(options));
    Some(())
}

pub(super) fn pool(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(image)?;
    let (filter, stride) = (s.source.between(1, 3) as i32, s.source.between(1, 2) as i32);
    let ([h, w], pad) = window(s, &x, filter, stride);
    let options = Object::new(TableId::POOL_2D_OPTIONS)
        .with(pool_2d_options::PADDING, pad)
        .with(pool_2d_options::STRIDE_W, stride)
        .with(pool_2d_options::STRIDE_H, stride)
        .with(pool_2d_options::FILTER_WIDTH, filter)
        .with(pool_2d_options::FILTER_HEIGHT, filter);
    let op = *s.source.pick(&[op::MAX_POOL_2D, op::AVERAGE_POOL_2D]);
    s.op(op, &[x.index], (x.dtype, &[x.shape[0], h, w, x.shape[3]], x.quant), Some(options));
    Some(())
}

pub(super) fn softmax(s: &mut Smith<'_, '_>) -> Option<()> {
    let x =
        s.operand(|v| matches!(v.dtype, DType::Float32 | DType::Int8) && !v.shape.is_empty())?;
    let options = Object::new(TableId::SOFTMAX_OPTIONS).with(softmax_options::BETA, 1.0);
    let quant = x.quant.map(|_| (1.0 / 256.0, -128));
    s.op(op::SOFTMAX, &[x.index], (x.dtype, &x.shape, quant), Some(options));
    Some(())
}

pub(super) fn batch_matmul(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| real(v) && v.shape.len() >= 2)?;
    let rank = x.shape.len();
    let (depth, units, adj) =
        (x.shape[rank - 1], s.source.between(1, 6) as i32, s.source.one_in(2));
    let tail = if adj { [units, depth] } else { [depth, units] };
    let y = s.constant(REAL, &[&x.shape[..rank - 2], &tail].concat(), None);
    let shape = [&x.shape[..rank - 1], &[units]].concat();
    let options =
        Object::new(TableId::BATCH_MAT_MUL_OPTIONS).with(batch_mat_mul_options::ADJ_Y, adj);
    s.op(op::BATCH_MATMUL, &[x.index, y], (REAL, &shape, None), Some(options));
    Some(())
}
