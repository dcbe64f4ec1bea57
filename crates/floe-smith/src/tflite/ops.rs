//! How each kind of operator is made from what is there; `None` when nothing fits.

use super::{Smith, Spec, Value, count};
use floe_graph::DType;
use floe_tflite::enums::padding;
use floe_tflite::fields::{
    arg_max_options, batch_mat_mul_options, cast_options, concatenation_options, conv_2d_options,
    depth_to_space_options, depthwise_conv_2d_options, fully_connected_options, gather_options,
    leaky_relu_options, mirror_pad_options, pack_options, pool_2d_options, reducer_options,
    shape_options, softmax_options, space_to_depth_options, split_options, squeeze_options,
    strided_slice_options, unpack_options,
};
use floe_tflite::op;
use floe_tflite::owned::Object;
use floe_tflite::schema::{TableId, op_options};

type Make = fn(&mut Smith<'_, '_>) -> Option<()>;

/// Every kind. The first makes do with anything, for when the choices run out.
pub(super) const ALL: &[Make] = &[
    reshape,
    unary,
    unary,
    binary,
    binary,
    quantized_unary,
    compare,
    logical,
    select,
    cast,
    quantize,
    dequantize,
    fully_connected,
    conv,
    depthwise,
    pool,
    softmax,
    transpose,
    concatenation,
    pack,
    unpack,
    slice,
    strided_slice,
    pad,
    mirror_pad,
    gather,
    reduce,
    arg_max,
    expand_dims,
    squeeze,
    split,
    batch_matmul,
    space_to_depth,
    depth_to_space,
    tile,
    shape_of,
    reverse,
    resize,
    broadcast_to,
    one_hot,
];

const REAL: DType = DType::Float32;

fn real(v: &Value) -> bool {
    v.dtype == REAL
}

fn at_least(rank: usize) -> impl Fn(&Value) -> bool {
    move |v| v.shape.len() >= rank
}

/// The empty options table of `op`.
fn plain(op: i32) -> Option<Object<'static>> {
    op_options(op).map(Object::new)
}

/// Shape and type of `v` for a result.
fn like(v: &Value) -> Spec<'_> {
    (v.dtype, &v.shape, v.quant)
}

fn unary(s: &mut Smith<'_, '_>) -> Option<()> {
    const OPS: &[i32] = &[
        op::RELU,
        op::RELU6,
        op::RELU_N1_TO_1,
        op::TANH,
        op::LOGISTIC,
        op::ABS,
        op::NEG,
        op::EXP,
        op::FLOOR,
        op::CEIL,
        op::ROUND,
        op::ELU,
        op::HARD_SWISH,
        op::SQUARE,
        op::SIN,
        op::COS,
        op::SIGN,
        op::GELU,
        op::LEAKY_RELU,
        op::ZEROS_LIKE,
    ];
    let x = s.operand(real)?;
    let op = *s.source.pick(OPS);
    let mut options = plain(op);
    if let Some(o) = options.as_mut().filter(|_| op == op::LEAKY_RELU) {
        o.set(leaky_relu_options::ALPHA, 0.25);
    }
    s.op(op, &[x.index], like(&x), options);
    Some(())
}

/// 8-bit operators with a known output range, or that keep the scale.
fn quantized_unary(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype == DType::Int8)?;
    let (op, quant) = *s.source.pick(&[
        (op::RELU, None),
        (op::LOGISTIC, Some((1.0 / 256.0, -128))),
        (op::TANH, Some((1.0 / 128.0, 0))),
    ]);
    s.op(op, &[x.index], (x.dtype, &x.shape, quant.or(x.quant)), plain(op));
    Some(())
}

fn binary(s: &mut Smith<'_, '_>) -> Option<()> {
    const REALS: &[i32] = &[
        op::ADD,
        op::SUB,
        op::MUL,
        op::DIV,
        op::MAXIMUM,
        op::MINIMUM,
        op::SQUARED_DIFFERENCE,
        op::POW,
    ];
    const INTS: &[i32] = &[op::ADD, op::SUB, op::MUL, op::MAXIMUM, op::MINIMUM];
    let x = s.operand(|v| matches!(v.dtype, DType::Float32 | DType::Int8 | DType::Int32))?;
    let y = other(s, &x);
    let op = match x.dtype {
        DType::Float32 => *s.source.pick(REALS),
        DType::Int8 => *s.source.pick(&[op::ADD, op::SUB, op::MUL]),
        _ => *s.source.pick(INTS),
    };
    s.op(op, &[x.index, y], like(&x), plain(op));
    Some(())
}

/// Another operand of the type and shape of `x`: one that is there, or a constant, perhaps one that
/// broadcasts.
fn other(s: &mut Smith<'_, '_>, x: &Value) -> i32 {
    if s.source.one_in(2)
        && let Some(y) = s.operand(|v| v.dtype == x.dtype && v.shape == x.shape)
    {
        return y.index;
    }
    let shape = if s.source.one_in(2) {
        x.shape.clone()
    } else {
        x.shape.last().copied().into_iter().collect()
    };
    s.constant(x.dtype, &shape, x.quant)
}

fn compare(s: &mut Smith<'_, '_>) -> Option<()> {
    const OPS: &[i32] =
        &[op::LESS, op::LESS_EQUAL, op::GREATER, op::GREATER_EQUAL, op::EQUAL, op::NOT_EQUAL];
    let x = s.operand(|v| v.dtype != DType::Bool)?;
    let y = other(s, &x);
    let op = *s.source.pick(OPS);
    s.op(op, &[x.index, y], (DType::Bool, &x.shape, None), plain(op));
    Some(())
}

fn logical(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype == DType::Bool)?;
    let op = *s.source.pick(&[op::LOGICAL_NOT, op::LOGICAL_AND, op::LOGICAL_OR]);
    let mut inputs = vec![x.index];
    if op != op::LOGICAL_NOT {
        inputs.push(other(s, &x));
    }
    s.op(op, &inputs, like(&x), plain(op));
    Some(())
}

fn select(s: &mut Smith<'_, '_>) -> Option<()> {
    let condition = s.operand(|v| v.dtype == DType::Bool)?;
    let x = s.constant(REAL, &condition.shape, None);
    let y = s.constant(REAL, &condition.shape, None);
    let inputs = [condition.index, x, y];
    s.op(op::SELECT_V2, &inputs, (REAL, &condition.shape, None), plain(op::SELECT_V2));
    Some(())
}

fn cast(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype != DType::Int8)?;
    let to = if x.dtype == REAL { DType::Int32 } else { REAL };
    let number = |d: DType| d.tflite().unwrap_or(0).cast_signed();
    let options = Object::new(TableId::CAST_OPTIONS)
        .with(cast_options::IN_DATA_TYPE, number(x.dtype))
        .with(cast_options::OUT_DATA_TYPE, number(to));
    s.op(op::CAST, &[x.index], (to, &x.shape, None), Some(options));
    Some(())
}

fn quantize(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(real)?;
    let quant = s.quant(DType::Int8);
    s.op(op::QUANTIZE, &[x.index], (DType::Int8, &x.shape, quant), plain(op::QUANTIZE));
    Some(())
}

fn dequantize(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype == DType::Int8)?;
    s.op(op::DEQUANTIZE, &[x.index], (REAL, &x.shape, None), plain(op::DEQUANTIZE));
    Some(())
}

/// Weights and bias for `x`, quantized as it is.
fn weights(s: &mut Smith<'_, '_>, x: &Value, shape: &[i32], units: i32) -> [i32; 2] {
    let Some((scale, _)) = x.quant else {
        return [s.constant(REAL, shape, None), s.constant(REAL, &[units], None)];
    };
    let weight_scale = 0.25;
    let w = s.constant(DType::Int8, shape, Some((weight_scale, 0)));
    [w, s.constant(DType::Int32, &[units], Some((scale * weight_scale, 0)))]
}

fn fully_connected(s: &mut Smith<'_, '_>) -> Option<()> {
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

fn image(v: &Value) -> bool {
    matches!(v.dtype, DType::Float32 | DType::Int8) && v.shape.len() == 4
}

/// Height and width after a window of `filter` at `stride`, and the padding's number.
fn window(s: &mut Smith<'_, '_>, x: &Value, filter: i32, stride: i32) -> ([i32; 2], i8) {
    let valid = x.shape[1] >= filter && x.shape[2] >= filter && s.source.one_in(2);
    let side = |d: i32| if valid { (d - filter) / stride + 1 } else { (d + stride - 1) / stride };
    ([side(x.shape[1]), side(x.shape[2])], if valid { padding::VALID } else { padding::SAME })
}

fn conv(s: &mut Smith<'_, '_>) -> Option<()> {
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

fn depthwise(s: &mut Smith<'_, '_>) -> Option<()> {
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

fn pool(s: &mut Smith<'_, '_>) -> Option<()> {
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

fn softmax(s: &mut Smith<'_, '_>) -> Option<()> {
    let x =
        s.operand(|v| matches!(v.dtype, DType::Float32 | DType::Int8) && !v.shape.is_empty())?;
    let options = Object::new(TableId::SOFTMAX_OPTIONS).with(softmax_options::BETA, 1.0);
    let quant = x.quant.map(|_| (1.0 / 256.0, -128));
    s.op(op::SOFTMAX, &[x.index], (x.dtype, &x.shape, quant), Some(options));
    Some(())
}

fn reshape(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|_| true)?;
    let n = x.elements() as i32;
    let first = (1..=n).rev().find(|d| n % d == 0 && *d <= 4).unwrap_or(1);
    let shape = [first, n / first];
    let new = if s.source.one_in(3) { s.ints(&[first, -1]) } else { s.ints(&shape) };
    s.op(op::RESHAPE, &[x.index, new], (x.dtype, &shape, x.quant), plain(op::RESHAPE));
    Some(())
}

fn transpose(s: &mut Smith<'_, '_>) -> Option<()> {
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

fn concatenation(s: &mut Smith<'_, '_>) -> Option<()> {
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

fn pack(s: &mut Smith<'_, '_>) -> Option<()> {
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

fn unpack(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(at_least(1))?;
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

fn slice(s: &mut Smith<'_, '_>) -> Option<()> {
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
fn strided_slice(s: &mut Smith<'_, '_>) -> Option<()> {
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

fn pad(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype != DType::Bool && !v.shape.is_empty())?;
    let (pads, shape) = pads(s, &x, |_| 2)?;
    s.op(op::PAD, &[x.index, pads], (x.dtype, &shape, x.quant), plain(op::PAD));
    Some(())
}

fn mirror_pad(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| real(v) && !v.shape.is_empty())?;
    let symmetric = s.source.one_in(2);
    let (pads, shape) = pads(s, &x, |d| (d - i32::from(!symmetric)).min(2))?;
    let options = Object::new(TableId::MIRROR_PAD_OPTIONS)
        .with(mirror_pad_options::MODE, i8::from(symmetric));
    s.op(op::MIRROR_PAD, &[x.index, pads], (x.dtype, &shape, None), Some(options));
    Some(())
}

fn gather(s: &mut Smith<'_, '_>) -> Option<()> {
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

fn reduce(s: &mut Smith<'_, '_>) -> Option<()> {
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

fn arg_max(s: &mut Smith<'_, '_>) -> Option<()> {
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

fn expand_dims(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.shape.len() < 4)?;
    let axis = s.source.between(0, x.shape.len());
    let mut shape = x.shape.clone();
    shape.insert(axis, 1);
    let axis = s.ints_shaped(&[axis as i32], &[]);
    s.op(op::EXPAND_DIMS, &[x.index, axis], (x.dtype, &shape, x.quant), plain(op::EXPAND_DIMS));
    Some(())
}

fn squeeze(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.shape.contains(&1))?;
    let axis = x.shape.iter().position(|&d| d == 1)?;
    let mut shape = x.shape.clone();
    shape.remove(axis);
    let options = Object::new(TableId::SQUEEZE_OPTIONS)
        .with_vector(squeeze_options::SQUEEZE_DIMS, &[axis as i32]);
    s.op(op::SQUEEZE, &[x.index], (x.dtype, &shape, x.quant), Some(options));
    Some(())
}

fn split(s: &mut Smith<'_, '_>) -> Option<()> {
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

fn batch_matmul(s: &mut Smith<'_, '_>) -> Option<()> {
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

fn space_to_depth(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| image(v) && v.shape[1] % 2 == 0 && v.shape[2] % 2 == 0)?;
    let shape = [x.shape[0], x.shape[1] / 2, x.shape[2] / 2, x.shape[3] * 4];
    let options =
        Object::new(TableId::SPACE_TO_DEPTH_OPTIONS).with(space_to_depth_options::BLOCK_SIZE, 2);
    s.op(op::SPACE_TO_DEPTH, &[x.index], (x.dtype, &shape, x.quant), Some(options));
    Some(())
}

fn depth_to_space(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| image(v) && v.shape[3] % 4 == 0)?;
    let shape = [x.shape[0], x.shape[1] * 2, x.shape[2] * 2, x.shape[3] / 4];
    let options =
        Object::new(TableId::DEPTH_TO_SPACE_OPTIONS).with(depth_to_space_options::BLOCK_SIZE, 2);
    s.op(op::DEPTH_TO_SPACE, &[x.index], (x.dtype, &shape, x.quant), Some(options));
    Some(())
}

fn tile(s: &mut Smith<'_, '_>) -> Option<()> {
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

fn shape_of(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(at_least(1))?;
    let options = Object::new(TableId::SHAPE_OPTIONS)
        .with(shape_options::OUT_TYPE, floe_tflite::enums::tensor_type::INT32);
    s.op(op::SHAPE, &[x.index], (DType::Int32, &[x.shape.len() as i32], None), Some(options));
    Some(())
}

fn reverse(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype != DType::Int8 && !v.shape.is_empty())?;
    let axis = s.source.below(x.shape.len()) as i32;
    let axis = s.ints(&[axis]);
    s.op(op::REVERSE_V2, &[x.index, axis], like(&x), plain(op::REVERSE_V2));
    Some(())
}

fn resize(s: &mut Smith<'_, '_>) -> Option<()> {
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

fn broadcast_to(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype != DType::Int8 && v.shape.len() < 4)?;
    let shape = [&[2], &x.shape[..]].concat();
    if count(&shape) > s.config.elements {
        return None;
    }
    let new = s.ints(&shape);
    s.op(op::BROADCAST_TO, &[x.index, new], (x.dtype, &shape, None), plain(op::BROADCAST_TO));
    Some(())
}

fn one_hot(s: &mut Smith<'_, '_>) -> Option<()> {
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
