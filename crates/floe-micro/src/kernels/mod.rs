//! The ops: one file each, and [`ALL`].
//!
//! # How to add an op
//!
//! 1. `kernels/<op>.rs`, beginning with what the op computes, for which element types, and what of its
//!    arithmetic is particular. One file may hold a family that shares its code (`relu`, `add`).
//! 2. One line in the list below: the module, then the names of its [`OpDef`]s, and after a comma those for some
//!    element types alone. They are in [`ALL`] and [`NAMED`] by that.
//! 3. Tests: unit tests of the arithmetic in the file, against numbers computed another way (`f64`, `i128`);
//!    the corpus runs by itself (`FLOE_CORPUS=… MICRO_ONLY=<op> cargo test -p floe-tests --test micro`).
//!
//! ```ignore
//! /// NEG.
//! pub static NEG: OpDef = OpDef::builtin(op::NEG, 2, &[Kernel::new(prepare, eval).in_place()]);
//!
//! fn prepare(op: &mut Op<'_>) -> Done {
//!     types(op, [(In(0), DType::Float32), (Out(0), DType::Float32)])?;
//!     let shape = op.shape(In(0))?;
//!     op.set_shape(Out(0), &shape)
//! }
//!
//! fn eval(op: &mut Op<'_>) -> Done {
//!     map(op, |x: f32| -x)
//! }
//! ```
//!
//! # The contract
//!
//! * An [`OpDef`] is a code, the newest version of the op that is known (TensorFlow's table of versions),
//!   and [`Kernel`]s, tried in order: the first whose `prepare` does not end in [`Kind::Type`] runs. A kernel
//!   therefore checks its element types first ([`common::types`]). Variants apart (`ADD_I8`) let firmware
//!   link less than `ADD` does.
//! * `prepare` sees no data. It checks all that can be checked, once: shapes, options, quantization
//!   ([`Op::quant`] and [`Op::scale`] refuse scales that are negative or not finite); it sets the shape of *every*
//!   output ([`Op::set_shape`]), and asks for scratch memory ([`Op::scratch`]) and state ([`Op::state`]).
//!   Options that the file leaves out read as the schema's defaults, often 0: a stride of 0 must be refused.
//! * A shape that follows from a *value* (RESHAPE's, an axis, paddings) asks for it by [`Op::known`] or
//!   [`Op::known_ints`] and passes the error on with `?`. When the value is not known while planning, the
//!   operator is prepared again at each run, when it is. Nothing else is needed.
//! * An output whose size only `eval` finds (WHERE, UNIQUE): `prepare` gives a bound by [`Op::set_bound`],
//!   `eval` sets the real shape by [`Op::set_shape`] before it asks for the memory. Strings:
//!   [`Op::resize`] with the bytes of the whole buffer.
//! * `eval` begins by computing its parameters again from the file: nothing is kept between the two, so that
//!   a planned model takes no memory for it. Write one `fn params(op: &Op) -> Result<Params, Fault>`, call it
//!   in both. What is one per channel goes into scratch memory.
//! * Memory comes from one call of [`Op::io`] for all that is used together: `let ([x, w], [y, tmp]) =
//!   op.io([In(0), In(1)], [Out(0), Scratch])?`. Written slices are disjoint from all others. Ask shapes before,
//!   they are `Copy`. Many inputs or outputs: one call for each. A variable tensor is an input that is asked
//!   for among the written: `op.io([In(0)], [Out(0), In(3)])`. An absent optional input is an empty slice.
//! * Numbers are read and written through [`View`](crate::data::View) and
//!   [`ViewMut`](crate::data::ViewMut): no alignment, no `unsafe`, no panic. Inner loops use iterators
//!   (`iter().zip()`, `part`, `pieces`), not `at(i)`, so that they vectorise.
//! * The arithmetic itself is a `pub fn` over slices, [`Shape`](crate::Shape)s and a params struct, without
//!   [`Op`]: constant folding, calibration and faster forms call it. What runs long (convolution, pooling)
//!   takes the output rows to compute.
//! * [`Kernel::in_place`] when output element `i` depends on input element `i` of input 0 alone and takes as
//!   many bytes; `eval` then goes through [`common::map`], or asks [`Op::in_place`].
//!   [`Kernel::sweeps`] when output rows follow from windows of input rows: the output may then run over rows of
//!   the input that no later row needs. `eval` gets the memory of both in strips ([`Op::sweep`]), and the
//!   function over slices takes [`Rows`](crate::Rows): an output slice of just these rows, an input slice that
//!   begins with the row `skipped`.
//!   [`Kernel::shapes_only`] when no input's data is read. [`Kernel::impure`] when outputs differ from run to run.
//! * Integers are exact: LiteRT's reference in [`Numerics::LiteRt`](crate::Numerics), TensorFlow Lite Micro's in
//!   `Tflm`, by [`fixed`](crate::num::fixed) and [`scale`](crate::num::scale): no float where the data is
//!   integer. Watch where the reference computes a factor in `float` and where in `double`
//!   ([`mul_f32`](crate::num::scale::Real::mul_f32)). Accumulators wrap (`wrapping_add`).
//! * A kernel whose parameters are a struct that `Debug` prints as the Rust expression that makes it can be a
//!   [`Task`](crate::task::Task) ([`Dense`](tasks::Dense) is one): `Kernel::task::<T>(prepare)` instead of
//!   `Kernel::new`. The interpreter makes and runs the task at each run; models of such kernels alone become
//!   [`Program`](crate::Program)s, which have the tasks in flash.
//! * No panic may be left in the code: no indexing, no division that the compiler cannot see is by
//!   something other than 0 (`checked_div`, `.max(1)`), no `unwrap`, no recursion. Values from data that index
//!   something are checked where they are used, and refused with [`Kind::Value`].
//!
//! [`Kind::Type`]: crate::Kind::Type
//! [`Kind::Value`]: crate::Kind::Value
//! [`Kernel`]: crate::Kernel
//! [`Kernel::in_place`]: crate::Kernel::in_place
//! [`Kernel::sweeps`]: crate::Kernel::sweeps
//! [`Op::sweep`]: crate::Op::sweep
//! [`Kernel::shapes_only`]: crate::Kernel::shapes_only
//! [`Kernel::impure`]: crate::Kernel::impure
//! [`Op`]: crate::Op
//! [`Op::quant`]: crate::Op::quant
//! [`Op::scale`]: crate::Op::scale
//! [`Op::set_shape`]: crate::Op::set_shape
//! [`Op::set_bound`]: crate::Op::set_bound
//! [`Op::resize`]: crate::Op::resize
//! [`Op::scratch`]: crate::Op::scratch
//! [`Op::state`]: crate::Op::state
//! [`Op::known`]: crate::Op::known
//! [`Op::known_ints`]: crate::Op::known_ints
//! [`Op::io`]: crate::Op::io
//! [`Op::in_place`]: crate::Op::in_place

// The products of dimensions fit an i32 (see `Shape`), so sums and products of indices do not overflow.
#![allow(clippy::arithmetic_side_effects)]

use crate::OpDef;

pub mod binary;
pub mod common;
pub mod dot;
pub mod filter;
pub mod function;
pub mod hybrid;
pub mod recurrent;
pub mod requant;
pub mod strided;
pub mod strings;

/// The tasks, and all that their `Debug` text names.
pub mod tasks {
    pub use super::add::{Add, Sum};
    pub use super::common::{Copied, Window, Zip};
    pub use super::conv_2d::{Conv2d, Geometry};
    pub use super::depthwise_conv_2d::DepthwiseConv2d;
    pub use super::filter::Filter;
    pub use super::fully_connected::{
        Dense, Factors,
        Factors::{Double, Fixed, Units},
        Sizes,
    };
    pub use super::mul::{Mul, Product};
    pub use super::pool_2d::{AveragePool2d, MaxPool2d, Pool};
    pub use super::softmax::{Exponents, Softmax};
    pub use crate::num::fixed::Multiplier;
}

/// An op and where it is, for those who write an op list for others: firmware, another language.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Named {
    /// The module below this one.
    pub module: &'static str,
    /// The constant in it: the op's name in the schema, with the element type where it is one's alone.
    pub name: &'static str,
    /// The op.
    pub def: &'static OpDef,
}

macro_rules! ops {
    ($($module:ident: $($name:ident)* $(, $($variant:ident)*)?;)*) => {
        $(pub mod $module;)*
        /// Every op there is.
        pub static ALL: &[&OpDef] = &[$($(&$module::$name,)*)*];

        /// Every op by name, those for one element type alone among them.
        pub static NAMED: &[Named] = &[$(
            $(named!($module $name),)*
            $($(named!($module $variant),)*)?
        )*];
    };
}

macro_rules! named {
    ($module:ident $name:ident) => {
        Named { module: stringify!($module), name: stringify!($name), def: &$module::$name }
    };
}

// In alphabetical order; after the comma what is for some element types alone.
ops! {
    abs: ABS;
    add: ADD SUB, ADD_I8;
    add_n: ADD_N;
    arg: ARG_MAX ARG_MIN;
    atan2: ATAN2;
    batch_matmul: BATCH_MATMUL;
    bidirectional_sequence_rnn: BIDIRECTIONAL_SEQUENCE_RNN;
    bitcast: BITCAST;
    bitwise: BITWISE_XOR RIGHT_SHIFT;
    broadcast: BROADCAST_ARGS BROADCAST_TO;
    bucketize: BUCKETIZE;
    cast: CAST;
    compare: EQUAL NOT_EQUAL LESS LESS_EQUAL GREATER GREATER_EQUAL;
    complex: COMPLEX_ABS REAL IMAG;
    concatenation: CONCATENATION;
    control: CALL_ONCE IF WHILE;
    conv_2d: CONV_2D, CONV_2D_I8 CONV_2D_F32;
    conv_3d: CONV_3D CONV_3D_TRANSPOSE;
    cumsum: CUMSUM;
    depthwise_conv_2d: DEPTHWISE_CONV_2D, DEPTHWISE_CONV_2D_I8 DEPTHWISE_CONV_2D_F32;
    detection_postprocess: DETECTION_POSTPROCESS;
    dilate: DILATE;
    div: DIV;
    dynamic_update_slice: DYNAMIC_UPDATE_SLICE;
    elu: ELU;
    embedding_lookup_sparse: EMBEDDING_LOOKUP_SPARSE;
    exp: EXP;
    expand_dims: EXPAND_DIMS RANK SQUEEZE;
    fake_quant: FAKE_QUANT;
    fill: FILL ZEROS_LIKE;
    floor_div: FLOOR_DIV FLOOR_MOD;
    fully_connected: FULLY_CONNECTED, FULLY_CONNECTED_I8 FULLY_CONNECTED_F32;
    gather: EMBEDDING_LOOKUP GATHER GATHER_ND SCATTER_ND;
    gelu: GELU;
    hard_swish: HARD_SWISH;
    l2_normalization: L2_NORMALIZATION;
    leaky_relu: LEAKY_RELU;
    local_response_normalization: LOCAL_RESPONSE_NORMALIZATION;
    log: LOG;
    log_softmax: LOG_SOFTMAX;
    logical: LOGICAL_AND LOGICAL_OR LOGICAL_NOT;
    logistic: LOGISTIC TANH;
    lstm: BIDIRECTIONAL_SEQUENCE_LSTM LSTM UNIDIRECTIONAL_SEQUENCE_LSTM;
    math: SIN COS SQUARE CEIL FLOOR ROUND;
    matrix_diag: MATRIX_DIAG MATRIX_SET_DIAG;
    maximum: MAXIMUM MINIMUM;
    mirror_pad: MIRROR_PAD;
    mul: MUL, MUL_I8;
    neg: NEG;
    non_max_suppression: NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5;
    one_hot: ONE_HOT;
    pack: PACK;
    pad: PAD PADV2;
    pool_2d: AVERAGE_POOL_2D L2_POOL_2D MAX_POOL_2D, AVERAGE_POOL_2D_I8 MAX_POOL_2D_I8;
    pow: POW;
    prelu: PRELU;
    quantize: DEQUANTIZE QUANTIZE, DEQUANTIZE_I8 QUANTIZE_F32_I8 QUANTIZE_I8;
    range: RANGE;
    reduce: SUM MEAN REDUCE_PROD REDUCE_MAX REDUCE_MIN REDUCE_ANY REDUCE_ALL;
    relu: RELU RELU6 RELU_0_TO_1 RELU_N1_TO_1;
    reshape: RESHAPE;
    resize: RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR;
    reverse: REVERSE_SEQUENCE REVERSE_V2;
    rfft2d: RFFT2D;
    rnn: RNN UNIDIRECTIONAL_SEQUENCE_RNN;
    rsqrt: RSQRT;
    segment: SEGMENT_SUM UNSORTED_SEGMENT_SUM UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_MIN;
    select: SELECT SELECT_V2;
    shape: SHAPE;
    sign: SIGN;
    signal: CIRCULAR_BUFFER SIGNAL_DELAY SIGNAL_ENERGY SIGNAL_FFT_AUTO_SCALE SIGNAL_FILTER_BANK SIGNAL_FILTER_BANK_LOG
        SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION SIGNAL_FILTER_BANK_SQUARE_ROOT SIGNAL_FRAMER SIGNAL_OVERLAP_ADD SIGNAL_PCAN
        SIGNAL_STACKER SIGNAL_WINDOW;
    slice: SLICE;
    softmax: SOFTMAX, SOFTMAX_I8 SOFTMAX_F32;
    space: BATCH_TO_SPACE_ND DEPTH_TO_SPACE SPACE_TO_BATCH_ND SPACE_TO_DEPTH;
    sparse_to_dense: HASHTABLE_LOOKUP SPARSE_TO_DENSE;
    split: SPLIT SPLIT_V UNPACK;
    sqrt: SQRT;
    squared_difference: SQUARED_DIFFERENCE;
    stablehlo: STABLEHLO_ADD STABLEHLO_MAXIMUM STABLEHLO_MINIMUM STABLEHLO_MULTIPLY STABLEHLO_PAD;
    strided_slice: STRIDED_SLICE;
    svdf: SVDF;
    tile: TILE;
    topk: TOPK_V2;
    transpose: TRANSPOSE;
    transpose_conv: TRANSPOSE_CONV, TRANSPOSE_CONV_I8;
    unique: UNIQUE;
    variable: ASSIGN_VARIABLE READ_VARIABLE VAR_HANDLE;
    where_: WHERE;
}
