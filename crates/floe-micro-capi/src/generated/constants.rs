//! The constants of C: kinds of errors, element types, ops.
//!
//! Made of what floe-micro has by `cargo run -p xtask -- codegen`.

use floe_micro::{Kind, OpDef, kernels};

/// The model file is damaged.
pub const FLOE_ERROR_FILE: u8 = 1;
const _: () = assert!(FLOE_ERROR_FILE == Kind::File as u8 + 1);

/// The arena is too small.
pub const FLOE_ERROR_ARENA: u8 = 2;
const _: () = assert!(FLOE_ERROR_ARENA == Kind::Arena as u8 + 1);

/// The operator is not in the op list.
pub const FLOE_ERROR_OP: u8 = 3;
const _: () = assert!(FLOE_ERROR_OP == Kind::Op as u8 + 1);

/// The operator's version is not supported.
pub const FLOE_ERROR_VERSION: u8 = 4;
const _: () = assert!(FLOE_ERROR_VERSION == Kind::Version as u8 + 1);

/// The operator does not support this element type.
pub const FLOE_ERROR_TYPE: u8 = 5;
const _: () = assert!(FLOE_ERROR_TYPE == Kind::Type as u8 + 1);

/// The shape does not fit the operator.
pub const FLOE_ERROR_SHAPE: u8 = 6;
const _: () = assert!(FLOE_ERROR_SHAPE == Kind::Shape as u8 + 1);

/// The tensor is too large.
pub const FLOE_ERROR_SIZE: u8 = 7;
const _: () = assert!(FLOE_ERROR_SIZE == Kind::Size as u8 + 1);

/// An option of the operator is not supported or makes no sense.
pub const FLOE_ERROR_OPTION: u8 = 8;
const _: () = assert!(FLOE_ERROR_OPTION == Kind::Option as u8 + 1);

/// Quantization parameters are missing or make no sense.
pub const FLOE_ERROR_QUANT: u8 = 9;
const _: () = assert!(FLOE_ERROR_QUANT == Kind::Quant as u8 + 1);

/// A required tensor is missing.
pub const FLOE_ERROR_MISSING: u8 = 10;
const _: () = assert!(FLOE_ERROR_MISSING == Kind::Missing as u8 + 1);

/// A value is out of range.
pub const FLOE_ERROR_VALUE: u8 = 11;
const _: () = assert!(FLOE_ERROR_VALUE == Kind::Value as u8 + 1);

/// The tensor must be constant.
pub const FLOE_ERROR_NOT_CONSTANT: u8 = 12;
const _: () = assert!(FLOE_ERROR_NOT_CONSTANT == Kind::NotConstant as u8 + 1);

/// The tensor is larger than planned for.
pub const FLOE_ERROR_GROW: u8 = 13;
const _: () = assert!(FLOE_ERROR_GROW == Kind::Grow as u8 + 1);

/// Subgraphs are nested too deeply.
pub const FLOE_ERROR_DEPTH: u8 = 14;
const _: () = assert!(FLOE_ERROR_DEPTH == Kind::Depth as u8 + 1);

/// A tensor is read before it is written, or written twice.
pub const FLOE_ERROR_ORDER: u8 = 15;
const _: () = assert!(FLOE_ERROR_ORDER == Kind::Order as u8 + 1);

/// There is none with this index.
pub const FLOE_ERROR_NO_SUCH_INDEX: u8 = 16;
const _: () = assert!(FLOE_ERROR_NO_SUCH_INDEX == Kind::NoSuchIndex as u8 + 1);

/// The data's length is not the tensor's.
pub const FLOE_ERROR_LENGTH: u8 = 17;
const _: () = assert!(FLOE_ERROR_LENGTH == Kind::Length as u8 + 1);

/// A kernel breaks its contract.
pub const FLOE_ERROR_CONTRACT: u8 = 18;
const _: () = assert!(FLOE_ERROR_CONTRACT == Kind::Contract as u8 + 1);

/// This is not supported.
pub const FLOE_ERROR_UNSUPPORTED: u8 = 19;
const _: () = assert!(FLOE_ERROR_UNSUPPORTED == Kind::Unsupported as u8 + 1);

/// The element type float32.
pub const FLOE_FLOAT32: u8 = 0;

/// The element type float64.
pub const FLOE_FLOAT64: u8 = 10;

/// The element type int32.
pub const FLOE_INT32: u8 = 2;

/// The element type uint8.
pub const FLOE_UINT8: u8 = 3;

/// The element type int16.
pub const FLOE_INT16: u8 = 7;

/// The element type int8.
pub const FLOE_INT8: u8 = 9;

/// The element type string.
pub const FLOE_STRING: u8 = 5;

/// The element type complex64.
pub const FLOE_COMPLEX64: u8 = 8;

/// The element type int64.
pub const FLOE_INT64: u8 = 4;

/// The element type bool.
pub const FLOE_BOOL: u8 = 6;

/// The element type bfloat16.
pub const FLOE_BFLOAT16: u8 = 18;

/// The element type uint16.
pub const FLOE_UINT16: u8 = 16;

/// The element type complex128.
pub const FLOE_COMPLEX128: u8 = 11;

/// The element type float16.
pub const FLOE_FLOAT16: u8 = 1;

/// The element type resource.
pub const FLOE_RESOURCE: u8 = 13;

/// The element type variant.
pub const FLOE_VARIANT: u8 = 14;

/// The element type uint32.
pub const FLOE_UINT32: u8 = 15;

/// The element type uint64.
pub const FLOE_UINT64: u8 = 12;

/// The element type float8_e5m2.
pub const FLOE_FLOAT8_E5M2: u8 = 22;

/// The element type float8_e4m3fn.
pub const FLOE_FLOAT8_E4M3FN: u8 = 21;

/// The element type int4.
pub const FLOE_INT4: u8 = 17;

/// The element type uint4.
pub const FLOE_UINT4: u8 = 20;

/// The element type int2.
pub const FLOE_INT2: u8 = 19;

/// ABS.
#[unsafe(no_mangle)]
pub static FLOE_ABS: OpDef = kernels::abs::ABS;

/// ADD.
#[unsafe(no_mangle)]
pub static FLOE_ADD: OpDef = kernels::add::ADD;

/// SUB.
#[unsafe(no_mangle)]
pub static FLOE_SUB: OpDef = kernels::add::SUB;

/// ADD_I8.
#[unsafe(no_mangle)]
pub static FLOE_ADD_I8: OpDef = kernels::add::ADD_I8;

/// ADD_N.
#[unsafe(no_mangle)]
pub static FLOE_ADD_N: OpDef = kernels::add_n::ADD_N;

/// ARG_MAX.
#[unsafe(no_mangle)]
pub static FLOE_ARG_MAX: OpDef = kernels::arg::ARG_MAX;

/// ARG_MIN.
#[unsafe(no_mangle)]
pub static FLOE_ARG_MIN: OpDef = kernels::arg::ARG_MIN;

/// ATAN2.
#[unsafe(no_mangle)]
pub static FLOE_ATAN2: OpDef = kernels::atan2::ATAN2;

/// BATCH_MATMUL.
#[unsafe(no_mangle)]
pub static FLOE_BATCH_MATMUL: OpDef = kernels::batch_matmul::BATCH_MATMUL;

/// BIDIRECTIONAL_SEQUENCE_RNN.
#[unsafe(no_mangle)]
pub static FLOE_BIDIRECTIONAL_SEQUENCE_RNN: OpDef = kernels::bidirectional_sequence_rnn::BIDIRECTIONAL_SEQUENCE_RNN;

/// BITCAST.
#[unsafe(no_mangle)]
pub static FLOE_BITCAST: OpDef = kernels::bitcast::BITCAST;

/// BITWISE_XOR.
#[unsafe(no_mangle)]
pub static FLOE_BITWISE_XOR: OpDef = kernels::bitwise::BITWISE_XOR;

/// RIGHT_SHIFT.
#[unsafe(no_mangle)]
pub static FLOE_RIGHT_SHIFT: OpDef = kernels::bitwise::RIGHT_SHIFT;

/// BROADCAST_ARGS.
#[unsafe(no_mangle)]
pub static FLOE_BROADCAST_ARGS: OpDef = kernels::broadcast::BROADCAST_ARGS;

/// BROADCAST_TO.
#[unsafe(no_mangle)]
pub static FLOE_BROADCAST_TO: OpDef = kernels::broadcast::BROADCAST_TO;

/// BUCKETIZE.
#[unsafe(no_mangle)]
pub static FLOE_BUCKETIZE: OpDef = kernels::bucketize::BUCKETIZE;

/// CAST.
#[unsafe(no_mangle)]
pub static FLOE_CAST: OpDef = kernels::cast::CAST;

/// EQUAL.
#[unsafe(no_mangle)]
pub static FLOE_EQUAL: OpDef = kernels::compare::EQUAL;

/// NOT_EQUAL.
#[unsafe(no_mangle)]
pub static FLOE_NOT_EQUAL: OpDef = kernels::compare::NOT_EQUAL;

/// LESS.
#[unsafe(no_mangle)]
pub static FLOE_LESS: OpDef = kernels::compare::LESS;

/// LESS_EQUAL.
#[unsafe(no_mangle)]
pub static FLOE_LESS_EQUAL: OpDef = kernels::compare::LESS_EQUAL;

/// GREATER.
#[unsafe(no_mangle)]
pub static FLOE_GREATER: OpDef = kernels::compare::GREATER;

/// GREATER_EQUAL.
#[unsafe(no_mangle)]
pub static FLOE_GREATER_EQUAL: OpDef = kernels::compare::GREATER_EQUAL;

/// COMPLEX_ABS.
#[unsafe(no_mangle)]
pub static FLOE_COMPLEX_ABS: OpDef = kernels::complex::COMPLEX_ABS;

/// REAL.
#[unsafe(no_mangle)]
pub static FLOE_REAL: OpDef = kernels::complex::REAL;

/// IMAG.
#[unsafe(no_mangle)]
pub static FLOE_IMAG: OpDef = kernels::complex::IMAG;

/// CONCATENATION.
#[unsafe(no_mangle)]
pub static FLOE_CONCATENATION: OpDef = kernels::concatenation::CONCATENATION;

/// CALL_ONCE.
#[unsafe(no_mangle)]
pub static FLOE_CALL_ONCE: OpDef = kernels::control::CALL_ONCE;

/// IF.
#[unsafe(no_mangle)]
pub static FLOE_IF: OpDef = kernels::control::IF;

/// WHILE.
#[unsafe(no_mangle)]
pub static FLOE_WHILE: OpDef = kernels::control::WHILE;

/// CONV_2D.
#[unsafe(no_mangle)]
pub static FLOE_CONV_2D: OpDef = kernels::conv_2d::CONV_2D;

/// CONV_2D_I8.
#[unsafe(no_mangle)]
pub static FLOE_CONV_2D_I8: OpDef = kernels::conv_2d::CONV_2D_I8;

/// CONV_2D_F32.
#[unsafe(no_mangle)]
pub static FLOE_CONV_2D_F32: OpDef = kernels::conv_2d::CONV_2D_F32;

/// CONV_3D.
#[unsafe(no_mangle)]
pub static FLOE_CONV_3D: OpDef = kernels::conv_3d::CONV_3D;

/// CONV_3D_TRANSPOSE.
#[unsafe(no_mangle)]
pub static FLOE_CONV_3D_TRANSPOSE: OpDef = kernels::conv_3d::CONV_3D_TRANSPOSE;

/// CUMSUM.
#[unsafe(no_mangle)]
pub static FLOE_CUMSUM: OpDef = kernels::cumsum::CUMSUM;

/// DEPTHWISE_CONV_2D.
#[unsafe(no_mangle)]
pub static FLOE_DEPTHWISE_CONV_2D: OpDef = kernels::depthwise_conv_2d::DEPTHWISE_CONV_2D;

/// DEPTHWISE_CONV_2D_I8.
#[unsafe(no_mangle)]
pub static FLOE_DEPTHWISE_CONV_2D_I8: OpDef = kernels::depthwise_conv_2d::DEPTHWISE_CONV_2D_I8;

/// DEPTHWISE_CONV_2D_F32.
#[unsafe(no_mangle)]
pub static FLOE_DEPTHWISE_CONV_2D_F32: OpDef = kernels::depthwise_conv_2d::DEPTHWISE_CONV_2D_F32;

/// DETECTION_POSTPROCESS.
#[unsafe(no_mangle)]
pub static FLOE_DETECTION_POSTPROCESS: OpDef = kernels::detection_postprocess::DETECTION_POSTPROCESS;

/// DILATE.
#[unsafe(no_mangle)]
pub static FLOE_DILATE: OpDef = kernels::dilate::DILATE;

/// DIV.
#[unsafe(no_mangle)]
pub static FLOE_DIV: OpDef = kernels::div::DIV;

/// DYNAMIC_UPDATE_SLICE.
#[unsafe(no_mangle)]
pub static FLOE_DYNAMIC_UPDATE_SLICE: OpDef = kernels::dynamic_update_slice::DYNAMIC_UPDATE_SLICE;

/// ELU.
#[unsafe(no_mangle)]
pub static FLOE_ELU: OpDef = kernels::elu::ELU;

/// EMBEDDING_LOOKUP_SPARSE.
#[unsafe(no_mangle)]
pub static FLOE_EMBEDDING_LOOKUP_SPARSE: OpDef = kernels::embedding_lookup_sparse::EMBEDDING_LOOKUP_SPARSE;

/// EXP.
#[unsafe(no_mangle)]
pub static FLOE_EXP: OpDef = kernels::exp::EXP;

/// EXPAND_DIMS.
#[unsafe(no_mangle)]
pub static FLOE_EXPAND_DIMS: OpDef = kernels::expand_dims::EXPAND_DIMS;

/// RANK.
#[unsafe(no_mangle)]
pub static FLOE_RANK: OpDef = kernels::expand_dims::RANK;

/// SQUEEZE.
#[unsafe(no_mangle)]
pub static FLOE_SQUEEZE: OpDef = kernels::expand_dims::SQUEEZE;

/// FAKE_QUANT.
#[unsafe(no_mangle)]
pub static FLOE_FAKE_QUANT: OpDef = kernels::fake_quant::FAKE_QUANT;

/// FILL.
#[unsafe(no_mangle)]
pub static FLOE_FILL: OpDef = kernels::fill::FILL;

/// ZEROS_LIKE.
#[unsafe(no_mangle)]
pub static FLOE_ZEROS_LIKE: OpDef = kernels::fill::ZEROS_LIKE;

/// FLOOR_DIV.
#[unsafe(no_mangle)]
pub static FLOE_FLOOR_DIV: OpDef = kernels::floor_div::FLOOR_DIV;

/// FLOOR_MOD.
#[unsafe(no_mangle)]
pub static FLOE_FLOOR_MOD: OpDef = kernels::floor_div::FLOOR_MOD;

/// FULLY_CONNECTED.
#[unsafe(no_mangle)]
pub static FLOE_FULLY_CONNECTED: OpDef = kernels::fully_connected::FULLY_CONNECTED;

/// FULLY_CONNECTED_I8.
#[unsafe(no_mangle)]
pub static FLOE_FULLY_CONNECTED_I8: OpDef = kernels::fully_connected::FULLY_CONNECTED_I8;

/// FULLY_CONNECTED_F32.
#[unsafe(no_mangle)]
pub static FLOE_FULLY_CONNECTED_F32: OpDef = kernels::fully_connected::FULLY_CONNECTED_F32;

/// EMBEDDING_LOOKUP.
#[unsafe(no_mangle)]
pub static FLOE_EMBEDDING_LOOKUP: OpDef = kernels::gather::EMBEDDING_LOOKUP;

/// GATHER.
#[unsafe(no_mangle)]
pub static FLOE_GATHER: OpDef = kernels::gather::GATHER;

/// GATHER_ND.
#[unsafe(no_mangle)]
pub static FLOE_GATHER_ND: OpDef = kernels::gather::GATHER_ND;

/// SCATTER_ND.
#[unsafe(no_mangle)]
pub static FLOE_SCATTER_ND: OpDef = kernels::gather::SCATTER_ND;

/// GELU.
#[unsafe(no_mangle)]
pub static FLOE_GELU: OpDef = kernels::gelu::GELU;

/// HARD_SWISH.
#[unsafe(no_mangle)]
pub static FLOE_HARD_SWISH: OpDef = kernels::hard_swish::HARD_SWISH;

/// L2_NORMALIZATION.
#[unsafe(no_mangle)]
pub static FLOE_L2_NORMALIZATION: OpDef = kernels::l2_normalization::L2_NORMALIZATION;

/// LEAKY_RELU.
#[unsafe(no_mangle)]
pub static FLOE_LEAKY_RELU: OpDef = kernels::leaky_relu::LEAKY_RELU;

/// LOCAL_RESPONSE_NORMALIZATION.
#[unsafe(no_mangle)]
pub static FLOE_LOCAL_RESPONSE_NORMALIZATION: OpDef = kernels::local_response_normalization::LOCAL_RESPONSE_NORMALIZATION;

/// LOG.
#[unsafe(no_mangle)]
pub static FLOE_LOG: OpDef = kernels::log::LOG;

/// LOG_SOFTMAX.
#[unsafe(no_mangle)]
pub static FLOE_LOG_SOFTMAX: OpDef = kernels::log_softmax::LOG_SOFTMAX;

/// LOGICAL_AND.
#[unsafe(no_mangle)]
pub static FLOE_LOGICAL_AND: OpDef = kernels::logical::LOGICAL_AND;

/// LOGICAL_OR.
#[unsafe(no_mangle)]
pub static FLOE_LOGICAL_OR: OpDef = kernels::logical::LOGICAL_OR;

/// LOGICAL_NOT.
#[unsafe(no_mangle)]
pub static FLOE_LOGICAL_NOT: OpDef = kernels::logical::LOGICAL_NOT;

/// LOGISTIC.
#[unsafe(no_mangle)]
pub static FLOE_LOGISTIC: OpDef = kernels::logistic::LOGISTIC;

/// TANH.
#[unsafe(no_mangle)]
pub static FLOE_TANH: OpDef = kernels::logistic::TANH;

/// BIDIRECTIONAL_SEQUENCE_LSTM.
#[unsafe(no_mangle)]
pub static FLOE_BIDIRECTIONAL_SEQUENCE_LSTM: OpDef = kernels::lstm::BIDIRECTIONAL_SEQUENCE_LSTM;

/// LSTM.
#[unsafe(no_mangle)]
pub static FLOE_LSTM: OpDef = kernels::lstm::LSTM;

/// UNIDIRECTIONAL_SEQUENCE_LSTM.
#[unsafe(no_mangle)]
pub static FLOE_UNIDIRECTIONAL_SEQUENCE_LSTM: OpDef = kernels::lstm::UNIDIRECTIONAL_SEQUENCE_LSTM;

/// SIN.
#[unsafe(no_mangle)]
pub static FLOE_SIN: OpDef = kernels::math::SIN;

/// COS.
#[unsafe(no_mangle)]
pub static FLOE_COS: OpDef = kernels::math::COS;

/// SQUARE.
#[unsafe(no_mangle)]
pub static FLOE_SQUARE: OpDef = kernels::math::SQUARE;

/// CEIL.
#[unsafe(no_mangle)]
pub static FLOE_CEIL: OpDef = kernels::math::CEIL;

/// FLOOR.
#[unsafe(no_mangle)]
pub static FLOE_FLOOR: OpDef = kernels::math::FLOOR;

/// ROUND.
#[unsafe(no_mangle)]
pub static FLOE_ROUND: OpDef = kernels::math::ROUND;

/// MATRIX_DIAG.
#[unsafe(no_mangle)]
pub static FLOE_MATRIX_DIAG: OpDef = kernels::matrix_diag::MATRIX_DIAG;

/// MATRIX_SET_DIAG.
#[unsafe(no_mangle)]
pub static FLOE_MATRIX_SET_DIAG: OpDef = kernels::matrix_diag::MATRIX_SET_DIAG;

/// MAXIMUM.
#[unsafe(no_mangle)]
pub static FLOE_MAXIMUM: OpDef = kernels::maximum::MAXIMUM;

/// MINIMUM.
#[unsafe(no_mangle)]
pub static FLOE_MINIMUM: OpDef = kernels::maximum::MINIMUM;

/// MIRROR_PAD.
#[unsafe(no_mangle)]
pub static FLOE_MIRROR_PAD: OpDef = kernels::mirror_pad::MIRROR_PAD;

/// MUL.
#[unsafe(no_mangle)]
pub static FLOE_MUL: OpDef = kernels::mul::MUL;

/// MUL_I8.
#[unsafe(no_mangle)]
pub static FLOE_MUL_I8: OpDef = kernels::mul::MUL_I8;

/// NEG.
#[unsafe(no_mangle)]
pub static FLOE_NEG: OpDef = kernels::neg::NEG;

/// NON_MAX_SUPPRESSION_V4.
#[unsafe(no_mangle)]
pub static FLOE_NON_MAX_SUPPRESSION_V4: OpDef = kernels::non_max_suppression::NON_MAX_SUPPRESSION_V4;

/// NON_MAX_SUPPRESSION_V5.
#[unsafe(no_mangle)]
pub static FLOE_NON_MAX_SUPPRESSION_V5: OpDef = kernels::non_max_suppression::NON_MAX_SUPPRESSION_V5;

/// ONE_HOT.
#[unsafe(no_mangle)]
pub static FLOE_ONE_HOT: OpDef = kernels::one_hot::ONE_HOT;

/// PACK.
#[unsafe(no_mangle)]
pub static FLOE_PACK: OpDef = kernels::pack::PACK;

/// PAD.
#[unsafe(no_mangle)]
pub static FLOE_PAD: OpDef = kernels::pad::PAD;

/// PADV2.
#[unsafe(no_mangle)]
pub static FLOE_PADV2: OpDef = kernels::pad::PADV2;

/// AVERAGE_POOL_2D.
#[unsafe(no_mangle)]
pub static FLOE_AVERAGE_POOL_2D: OpDef = kernels::pool_2d::AVERAGE_POOL_2D;

/// L2_POOL_2D.
#[unsafe(no_mangle)]
pub static FLOE_L2_POOL_2D: OpDef = kernels::pool_2d::L2_POOL_2D;

/// MAX_POOL_2D.
#[unsafe(no_mangle)]
pub static FLOE_MAX_POOL_2D: OpDef = kernels::pool_2d::MAX_POOL_2D;

/// AVERAGE_POOL_2D_I8.
#[unsafe(no_mangle)]
pub static FLOE_AVERAGE_POOL_2D_I8: OpDef = kernels::pool_2d::AVERAGE_POOL_2D_I8;

/// MAX_POOL_2D_I8.
#[unsafe(no_mangle)]
pub static FLOE_MAX_POOL_2D_I8: OpDef = kernels::pool_2d::MAX_POOL_2D_I8;

/// POW.
#[unsafe(no_mangle)]
pub static FLOE_POW: OpDef = kernels::pow::POW;

/// PRELU.
#[unsafe(no_mangle)]
pub static FLOE_PRELU: OpDef = kernels::prelu::PRELU;

/// DEQUANTIZE.
#[unsafe(no_mangle)]
pub static FLOE_DEQUANTIZE: OpDef = kernels::quantize::DEQUANTIZE;

/// QUANTIZE.
#[unsafe(no_mangle)]
pub static FLOE_QUANTIZE: OpDef = kernels::quantize::QUANTIZE;

/// DEQUANTIZE_I8.
#[unsafe(no_mangle)]
pub static FLOE_DEQUANTIZE_I8: OpDef = kernels::quantize::DEQUANTIZE_I8;

/// QUANTIZE_F32_I8.
#[unsafe(no_mangle)]
pub static FLOE_QUANTIZE_F32_I8: OpDef = kernels::quantize::QUANTIZE_F32_I8;

/// QUANTIZE_I8.
#[unsafe(no_mangle)]
pub static FLOE_QUANTIZE_I8: OpDef = kernels::quantize::QUANTIZE_I8;

/// RANGE.
#[unsafe(no_mangle)]
pub static FLOE_RANGE: OpDef = kernels::range::RANGE;

/// SUM.
#[unsafe(no_mangle)]
pub static FLOE_SUM: OpDef = kernels::reduce::SUM;

/// MEAN.
#[unsafe(no_mangle)]
pub static FLOE_MEAN: OpDef = kernels::reduce::MEAN;

/// REDUCE_PROD.
#[unsafe(no_mangle)]
pub static FLOE_REDUCE_PROD: OpDef = kernels::reduce::REDUCE_PROD;

/// REDUCE_MAX.
#[unsafe(no_mangle)]
pub static FLOE_REDUCE_MAX: OpDef = kernels::reduce::REDUCE_MAX;

/// REDUCE_MIN.
#[unsafe(no_mangle)]
pub static FLOE_REDUCE_MIN: OpDef = kernels::reduce::REDUCE_MIN;

/// REDUCE_ANY.
#[unsafe(no_mangle)]
pub static FLOE_REDUCE_ANY: OpDef = kernels::reduce::REDUCE_ANY;

/// REDUCE_ALL.
#[unsafe(no_mangle)]
pub static FLOE_REDUCE_ALL: OpDef = kernels::reduce::REDUCE_ALL;

/// RELU.
#[unsafe(no_mangle)]
pub static FLOE_RELU: OpDef = kernels::relu::RELU;

/// RELU6.
#[unsafe(no_mangle)]
pub static FLOE_RELU6: OpDef = kernels::relu::RELU6;

/// RELU_0_TO_1.
#[unsafe(no_mangle)]
pub static FLOE_RELU_0_TO_1: OpDef = kernels::relu::RELU_0_TO_1;

/// RELU_N1_TO_1.
#[unsafe(no_mangle)]
pub static FLOE_RELU_N1_TO_1: OpDef = kernels::relu::RELU_N1_TO_1;

/// RESHAPE.
#[unsafe(no_mangle)]
pub static FLOE_RESHAPE: OpDef = kernels::reshape::RESHAPE;

/// RESIZE_BILINEAR.
#[unsafe(no_mangle)]
pub static FLOE_RESIZE_BILINEAR: OpDef = kernels::resize::RESIZE_BILINEAR;

/// RESIZE_NEAREST_NEIGHBOR.
#[unsafe(no_mangle)]
pub static FLOE_RESIZE_NEAREST_NEIGHBOR: OpDef = kernels::resize::RESIZE_NEAREST_NEIGHBOR;

/// REVERSE_SEQUENCE.
#[unsafe(no_mangle)]
pub static FLOE_REVERSE_SEQUENCE: OpDef = kernels::reverse::REVERSE_SEQUENCE;

/// REVERSE_V2.
#[unsafe(no_mangle)]
pub static FLOE_REVERSE_V2: OpDef = kernels::reverse::REVERSE_V2;

/// RFFT2D.
#[unsafe(no_mangle)]
pub static FLOE_RFFT2D: OpDef = kernels::rfft2d::RFFT2D;

/// RNN.
#[unsafe(no_mangle)]
pub static FLOE_RNN: OpDef = kernels::rnn::RNN;

/// UNIDIRECTIONAL_SEQUENCE_RNN.
#[unsafe(no_mangle)]
pub static FLOE_UNIDIRECTIONAL_SEQUENCE_RNN: OpDef = kernels::rnn::UNIDIRECTIONAL_SEQUENCE_RNN;

/// RSQRT.
#[unsafe(no_mangle)]
pub static FLOE_RSQRT: OpDef = kernels::rsqrt::RSQRT;

/// SEGMENT_SUM.
#[unsafe(no_mangle)]
pub static FLOE_SEGMENT_SUM: OpDef = kernels::segment::SEGMENT_SUM;

/// UNSORTED_SEGMENT_SUM.
#[unsafe(no_mangle)]
pub static FLOE_UNSORTED_SEGMENT_SUM: OpDef = kernels::segment::UNSORTED_SEGMENT_SUM;

/// UNSORTED_SEGMENT_PROD.
#[unsafe(no_mangle)]
pub static FLOE_UNSORTED_SEGMENT_PROD: OpDef = kernels::segment::UNSORTED_SEGMENT_PROD;

/// UNSORTED_SEGMENT_MAX.
#[unsafe(no_mangle)]
pub static FLOE_UNSORTED_SEGMENT_MAX: OpDef = kernels::segment::UNSORTED_SEGMENT_MAX;

/// UNSORTED_SEGMENT_MIN.
#[unsafe(no_mangle)]
pub static FLOE_UNSORTED_SEGMENT_MIN: OpDef = kernels::segment::UNSORTED_SEGMENT_MIN;

/// SELECT.
#[unsafe(no_mangle)]
pub static FLOE_SELECT: OpDef = kernels::select::SELECT;

/// SELECT_V2.
#[unsafe(no_mangle)]
pub static FLOE_SELECT_V2: OpDef = kernels::select::SELECT_V2;

/// SHAPE.
#[unsafe(no_mangle)]
pub static FLOE_SHAPE: OpDef = kernels::shape::SHAPE;

/// SIGN.
#[unsafe(no_mangle)]
pub static FLOE_SIGN: OpDef = kernels::sign::SIGN;

/// CIRCULAR_BUFFER.
#[unsafe(no_mangle)]
pub static FLOE_CIRCULAR_BUFFER: OpDef = kernels::signal::CIRCULAR_BUFFER;

/// SIGNAL_DELAY.
#[unsafe(no_mangle)]
pub static FLOE_SIGNAL_DELAY: OpDef = kernels::signal::SIGNAL_DELAY;

/// SIGNAL_ENERGY.
#[unsafe(no_mangle)]
pub static FLOE_SIGNAL_ENERGY: OpDef = kernels::signal::SIGNAL_ENERGY;

/// SIGNAL_FFT_AUTO_SCALE.
#[unsafe(no_mangle)]
pub static FLOE_SIGNAL_FFT_AUTO_SCALE: OpDef = kernels::signal::SIGNAL_FFT_AUTO_SCALE;

/// SIGNAL_FILTER_BANK.
#[unsafe(no_mangle)]
pub static FLOE_SIGNAL_FILTER_BANK: OpDef = kernels::signal::SIGNAL_FILTER_BANK;

/// SIGNAL_FILTER_BANK_LOG.
#[unsafe(no_mangle)]
pub static FLOE_SIGNAL_FILTER_BANK_LOG: OpDef = kernels::signal::SIGNAL_FILTER_BANK_LOG;

/// SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION.
#[unsafe(no_mangle)]
pub static FLOE_SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION: OpDef = kernels::signal::SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION;

/// SIGNAL_FILTER_BANK_SQUARE_ROOT.
#[unsafe(no_mangle)]
pub static FLOE_SIGNAL_FILTER_BANK_SQUARE_ROOT: OpDef = kernels::signal::SIGNAL_FILTER_BANK_SQUARE_ROOT;

/// SIGNAL_FRAMER.
#[unsafe(no_mangle)]
pub static FLOE_SIGNAL_FRAMER: OpDef = kernels::signal::SIGNAL_FRAMER;

/// SIGNAL_OVERLAP_ADD.
#[unsafe(no_mangle)]
pub static FLOE_SIGNAL_OVERLAP_ADD: OpDef = kernels::signal::SIGNAL_OVERLAP_ADD;

/// SIGNAL_PCAN.
#[unsafe(no_mangle)]
pub static FLOE_SIGNAL_PCAN: OpDef = kernels::signal::SIGNAL_PCAN;

/// SIGNAL_STACKER.
#[unsafe(no_mangle)]
pub static FLOE_SIGNAL_STACKER: OpDef = kernels::signal::SIGNAL_STACKER;

/// SIGNAL_WINDOW.
#[unsafe(no_mangle)]
pub static FLOE_SIGNAL_WINDOW: OpDef = kernels::signal::SIGNAL_WINDOW;

/// SLICE.
#[unsafe(no_mangle)]
pub static FLOE_SLICE: OpDef = kernels::slice::SLICE;

/// SOFTMAX.
#[unsafe(no_mangle)]
pub static FLOE_SOFTMAX: OpDef = kernels::softmax::SOFTMAX;

/// SOFTMAX_I8.
#[unsafe(no_mangle)]
pub static FLOE_SOFTMAX_I8: OpDef = kernels::softmax::SOFTMAX_I8;

/// SOFTMAX_F32.
#[unsafe(no_mangle)]
pub static FLOE_SOFTMAX_F32: OpDef = kernels::softmax::SOFTMAX_F32;

/// BATCH_TO_SPACE_ND.
#[unsafe(no_mangle)]
pub static FLOE_BATCH_TO_SPACE_ND: OpDef = kernels::space::BATCH_TO_SPACE_ND;

/// DEPTH_TO_SPACE.
#[unsafe(no_mangle)]
pub static FLOE_DEPTH_TO_SPACE: OpDef = kernels::space::DEPTH_TO_SPACE;

/// SPACE_TO_BATCH_ND.
#[unsafe(no_mangle)]
pub static FLOE_SPACE_TO_BATCH_ND: OpDef = kernels::space::SPACE_TO_BATCH_ND;

/// SPACE_TO_DEPTH.
#[unsafe(no_mangle)]
pub static FLOE_SPACE_TO_DEPTH: OpDef = kernels::space::SPACE_TO_DEPTH;

/// HASHTABLE_LOOKUP.
#[unsafe(no_mangle)]
pub static FLOE_HASHTABLE_LOOKUP: OpDef = kernels::sparse_to_dense::HASHTABLE_LOOKUP;

/// SPARSE_TO_DENSE.
#[unsafe(no_mangle)]
pub static FLOE_SPARSE_TO_DENSE: OpDef = kernels::sparse_to_dense::SPARSE_TO_DENSE;

/// SPLIT.
#[unsafe(no_mangle)]
pub static FLOE_SPLIT: OpDef = kernels::split::SPLIT;

/// SPLIT_V.
#[unsafe(no_mangle)]
pub static FLOE_SPLIT_V: OpDef = kernels::split::SPLIT_V;

/// UNPACK.
#[unsafe(no_mangle)]
pub static FLOE_UNPACK: OpDef = kernels::split::UNPACK;

/// SQRT.
#[unsafe(no_mangle)]
pub static FLOE_SQRT: OpDef = kernels::sqrt::SQRT;

/// SQUARED_DIFFERENCE.
#[unsafe(no_mangle)]
pub static FLOE_SQUARED_DIFFERENCE: OpDef = kernels::squared_difference::SQUARED_DIFFERENCE;

/// STABLEHLO_ADD.
#[unsafe(no_mangle)]
pub static FLOE_STABLEHLO_ADD: OpDef = kernels::stablehlo::STABLEHLO_ADD;

/// STABLEHLO_MAXIMUM.
#[unsafe(no_mangle)]
pub static FLOE_STABLEHLO_MAXIMUM: OpDef = kernels::stablehlo::STABLEHLO_MAXIMUM;

/// STABLEHLO_MINIMUM.
#[unsafe(no_mangle)]
pub static FLOE_STABLEHLO_MINIMUM: OpDef = kernels::stablehlo::STABLEHLO_MINIMUM;

/// STABLEHLO_MULTIPLY.
#[unsafe(no_mangle)]
pub static FLOE_STABLEHLO_MULTIPLY: OpDef = kernels::stablehlo::STABLEHLO_MULTIPLY;

/// STABLEHLO_PAD.
#[unsafe(no_mangle)]
pub static FLOE_STABLEHLO_PAD: OpDef = kernels::stablehlo::STABLEHLO_PAD;

/// STRIDED_SLICE.
#[unsafe(no_mangle)]
pub static FLOE_STRIDED_SLICE: OpDef = kernels::strided_slice::STRIDED_SLICE;

/// SVDF.
#[unsafe(no_mangle)]
pub static FLOE_SVDF: OpDef = kernels::svdf::SVDF;

/// TILE.
#[unsafe(no_mangle)]
pub static FLOE_TILE: OpDef = kernels::tile::TILE;

/// TOPK_V2.
#[unsafe(no_mangle)]
pub static FLOE_TOPK_V2: OpDef = kernels::topk::TOPK_V2;

/// TRANSPOSE.
#[unsafe(no_mangle)]
pub static FLOE_TRANSPOSE: OpDef = kernels::transpose::TRANSPOSE;

/// TRANSPOSE_CONV.
#[unsafe(no_mangle)]
pub static FLOE_TRANSPOSE_CONV: OpDef = kernels::transpose_conv::TRANSPOSE_CONV;

/// TRANSPOSE_CONV_I8.
#[unsafe(no_mangle)]
pub static FLOE_TRANSPOSE_CONV_I8: OpDef = kernels::transpose_conv::TRANSPOSE_CONV_I8;

/// UNIQUE.
#[unsafe(no_mangle)]
pub static FLOE_UNIQUE: OpDef = kernels::unique::UNIQUE;

/// ASSIGN_VARIABLE.
#[unsafe(no_mangle)]
pub static FLOE_ASSIGN_VARIABLE: OpDef = kernels::variable::ASSIGN_VARIABLE;

/// READ_VARIABLE.
#[unsafe(no_mangle)]
pub static FLOE_READ_VARIABLE: OpDef = kernels::variable::READ_VARIABLE;

/// VAR_HANDLE.
#[unsafe(no_mangle)]
pub static FLOE_VAR_HANDLE: OpDef = kernels::variable::VAR_HANDLE;

/// WHERE.
#[unsafe(no_mangle)]
pub static FLOE_WHERE: OpDef = kernels::where_::WHERE;
