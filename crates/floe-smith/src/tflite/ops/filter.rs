//! Operators with weights or windows.

use super::{REAL, Smith, Value, image, numeric, plain, real};
use floe_graph::DType;
use floe_tflite::build::QuantSpec;
use floe_tflite::enums::padding;
use floe_tflite::fields::{
    batch_mat_mul_options, conv_2d_options, depthwise_conv_2d_options, fully_connected_options,
    pool_2d_options, softmax_options, transpose_conv_options,
};
use floe_tflite::op;
use floe_tflite::owned::Object;
use floe_tflite::schema::TableId;

/// Weights and bias for `x`; scales of int8 weights are one per slice of `axis`, where it is given, half of the time.
/// Floats are met by int8 weights now and then.
fn weights(s: &mut Smith<'_, '_>, x: &Value, shape: &[i32], axis: Option<usize>) -> [i32; 2] {
    let units = shape[axis.unwrap_or(0)];
    let scale = |s: &mut Smith<'_, '_>| s.source.between(1, 60) as f32 / 1000.0;
    let int8 = |s: &mut Smith<'_, '_>, always: bool| match axis {
        Some(axis) if always || s.source.one_in(2) => {
            QuantSpec::per_axis((0..units).map(|_| scale(s)).collect(), axis as i32)
        }
        _ => QuantSpec::per_tensor(scale(s), 0),
    };
    let Some((input, _)) = x.quant else {
        let spec = s.source.one_in(4).then(|| int8(s, true));
        let dtype = if spec.is_some() { DType::Int8 } else { REAL };
        return [s.constant_of(dtype, shape, spec), s.constant(REAL, &[units], None)];
    };
    let spec = if x.dtype == DType::Uint8 {
        QuantSpec::per_tensor(scale(s), s.source.between(1, 254) as i64)
    } else {
        int8(s, false)
    };
    let mut bias = QuantSpec::per_axis(spec.scales.iter().map(|w| w * input).collect(), 0);
    bias.axis = 0;
    let (w, b) = match x.dtype {
        DType::Uint8 => (DType::Uint8, DType::Int32),
        DType::Int16 => (DType::Int8, DType::Int64),
        _ => (DType::Int8, DType::Int32),
    };
    [s.constant_of(w, shape, Some(spec)), s.constant_of(b, &[units], Some(bias))]
}

pub(super) fn fully_connected(s: &mut Smith<'_, '_>) -> Option<()> {
    let fits = |v: &Value| numeric(v) && v.shape.len() >= 2;
    let x = s.operand(fits)?;
    let (depth, units) = (*x.shape.last()?, s.source.between(1, 8) as i32);
    let [w, b] = weights(s, &x, &[units, depth], None);
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
    let [filters, bias] = weights(s, &x, &[units, filter, filter, x.shape[3]], Some(0));
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
    let [filters, bias] = weights(s, &x, &[1, filter, filter, units], Some(3));
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
    let x = s.operand(|v| numeric(v) && !v.shape.is_empty())?;
    let options = Object::new(TableId::SOFTMAX_OPTIONS).with(softmax_options::BETA, 1.0);
    let quant = match x.dtype {
        DType::Int8 => Some((1.0 / 256.0, -128)),
        DType::Uint8 => Some((1.0 / 256.0, 0)),
        DType::Int16 => Some((1.0 / 32768.0, 0)),
        _ => None,
    };
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

pub(super) fn batch_matmul_quantized(s: &mut Smith<'_, '_>) -> Option<()> {
    let fits = |v: &Value| matches!(v.dtype, DType::Int8 | DType::Int16) && v.shape.len() >= 2;
    let x = s.operand(fits)?;
    let rank = x.shape.len();
    let (depth, units, adj) =
        (x.shape[rank - 1], s.source.between(1, 6) as i32, s.source.one_in(2));
    let tail = if adj { [units, depth] } else { [depth, units] };
    let quant = s.quant(x.dtype);
    let y = s.constant(x.dtype, &[&x.shape[..rank - 2], &tail].concat(), quant);
    let shape = [&x.shape[..rank - 1], &[units]].concat();
    let options =
        Object::new(TableId::BATCH_MAT_MUL_OPTIONS).with(batch_mat_mul_options::ADJ_Y, adj);
    let quant = s.quant(x.dtype);
    s.op(op::BATCH_MATMUL, &[x.index, y], (x.dtype, &shape, quant), Some(options));
    Some(())
}

pub(super) fn transpose_conv(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| image(v) && v.shape[1] * v.shape[2] <= 36)?;
    let (filter, stride, units) = (
        s.source.between(1, 3) as i32,
        s.source.between(1, 2) as i32,
        s.source.between(1, 4) as i32,
    );
    let valid = s.source.one_in(2);
    let side = |d: i32| if valid { (d - 1) * stride + filter } else { d * stride };
    let shape = [x.shape[0], side(x.shape[1]), side(x.shape[2]), units];
    let [filters, bias] = weights(s, &x, &[units, filter, filter, x.shape[3]], Some(0));
    let size = s.ints(&shape);
    let options = Object::new(TableId::TRANSPOSE_CONV_OPTIONS)
        .with(transpose_conv_options::PADDING, if valid { padding::VALID } else { padding::SAME })
        .with(transpose_conv_options::STRIDE_W, stride)
        .with(transpose_conv_options::STRIDE_H, stride);
    let quant = s.quant(x.dtype);
    let inputs = [size, filters, x.index, bias];
    let used = if s.source.one_in(3) { &inputs[..3] } else { &inputs[..] };
    s.op(op::TRANSPOSE_CONV, used, (x.dtype, &shape, quant), Some(options));
    Some(())
}

pub(super) fn prelu(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| numeric(v) && v.dtype != DType::Int16 && !v.shape.is_empty())?;
    let mut shape = vec![1; x.shape.len()];
    shape[x.shape.len() - 1] = *x.shape.last()?;
    let (alpha, quant) = (s.quant(x.dtype), s.quant(x.dtype));
    let alpha = s.constant(x.dtype, &shape, alpha);
    s.op(op::PRELU, &[x.index, alpha], (x.dtype, &x.shape, quant), None);
    Some(())
}

pub(super) fn l2_normalization(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| numeric(v) && v.dtype != DType::Int16 && !v.shape.is_empty())?;
    let quant = match x.dtype {
        DType::Int8 => Some((1.0 / 128.0, 0)),
        DType::Uint8 => Some((1.0 / 128.0, 128)),
        _ => None,
    };
    s.op(op::L2_NORMALIZATION, &[x.index], (x.dtype, &x.shape, quant), plain(op::L2_NORMALIZATION));
    Some(())
}
