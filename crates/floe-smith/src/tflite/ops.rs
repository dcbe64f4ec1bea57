//! How each kind of operator is made from what is there; `None` when nothing fits.

mod elementwise;
mod filter;
mod layer;
mod pick;
mod shape;

use super::{Smith, Spec, Value};
use floe_graph::DType;
use floe_tflite::owned::Object;
use floe_tflite::schema::op_options;

type Make = fn(&mut Smith<'_, '_>) -> Option<()>;

/// Every kind. The first makes do with anything, for when the choices run out.
pub(super) const ALL: &[Make] = &[
    shape::reshape,
    elementwise::unary,
    elementwise::unary,
    elementwise::binary,
    elementwise::binary,
    elementwise::quantized_unary,
    elementwise::compare,
    elementwise::logical,
    elementwise::select,
    elementwise::cast,
    elementwise::quantize,
    elementwise::dequantize,
    filter::fully_connected,
    filter::conv,
    filter::depthwise,
    filter::pool,
    filter::softmax,
    shape::transpose,
    shape::concatenation,
    shape::pack,
    shape::unpack,
    pick::slice,
    pick::strided_slice,
    pick::pad,
    pick::mirror_pad,
    pick::gather,
    pick::reduce,
    pick::arg_max,
    shape::expand_dims,
    shape::squeeze,
    shape::split,
    filter::batch_matmul,
    shape::space_to_depth,
    shape::depth_to_space,
    shape::tile,
    shape::shape_of,
    shape::reverse,
    pick::resize,
    shape::broadcast_to,
    pick::one_hot,
    elementwise::rescale,
    pick::reduce_quantized,
    pick::reduce_integers,
    pick::cumsum,
    pick::gather_nd,
    filter::transpose_conv,
    filter::prelu,
    filter::l2_normalization,
    filter::batch_matmul_quantized,
    filter::fully_connected,
    filter::conv,
    filter::depthwise,
    layer::rnn,
    layer::lstm,
    layer::svdf,
    layer::svdf_integer,
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

/// Whether its integers stand for real numbers.
fn quantized(v: &Value) -> bool {
    v.quant.is_some()
}

/// Numbers that are real, or stand for such.
fn numeric(v: &Value) -> bool {
    real(v) || quantized(v)
}

fn image(v: &Value) -> bool {
    numeric(v) && v.shape.len() == 4
}
