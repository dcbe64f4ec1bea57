//! [`OpTraits`]: what is known of each builtin operator, as data: operands, types, how it treats them.
//!
//! Invariant: a row says only what every runtime agrees on, so that what breaks it is wrong
//! everywhere. Operators without a row (StableHLO, dead ones) are known to nobody.

use floe_graph::DType;

/// A set of element types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Types(u64);

impl Types {
    pub(crate) const fn of(types: &[DType]) -> Self {
        let (mut bits, mut rest) = (0, types);
        while let [first, tail @ ..] = rest {
            bits |= 1 << *first as u8;
            rest = tail;
        }
        Self(bits)
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `dtype` is in it.
    #[must_use]
    pub const fn contains(self, dtype: DType) -> bool {
        self.0 >> dtype as u8 & 1 != 0
    }
}

use DType as D;
const ANY: Types = Types(u64::MAX);
const FLOAT: Types = Types::of(&[D::Float32, D::Float64, D::Float16, D::Bfloat16]);
const SMALL: Types = Types::of(&[D::Int8, D::Uint8, D::Int16, D::Int4]);
const FLOAT_OR_SMALL: Types = FLOAT.and(SMALL);
const INTEGER: Types = SMALL.and(Types::of(&[D::Int32, D::Int64, D::Uint16, D::Uint32, D::Uint64]));
const REAL: Types = FLOAT.and(INTEGER);
const COMPLEX: Types = Types::of(&[D::Complex64, D::Complex128]);
const NUMBER: Types = REAL.and(COMPLEX);
const BOOL: Types = Types::of(&[D::Bool]);
const INDEX: Types = Types::of(&[D::Int32, D::Int64, D::Int16, D::Int8, D::Uint8]);
/// What is stored in less than a 32-bit real number each.
const PACKED: Types = SMALL.and(Types::of(&[
    D::Float16,
    D::Bfloat16,
    D::Int32,
    D::Int2,
    D::Uint4,
    D::Float8E4m3fn,
    D::Float8E5m2,
]));
const STRING: Types = Types::of(&[D::String]);
const RESOURCE: Types = Types::of(&[D::Resource, D::Int32]);

/// What types the results have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Results {
    /// All operands and results have one type.
    Same,
    /// All operands have one type, the result is a truth value.
    Truth,
    /// The results have the first operand's type.
    First,
    /// The operator's own rule.
    Own,
}

/// How an operator treats its operands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// One element of the result needs the one element of each operand in its place (after
    /// broadcasting).
    pub const ELEMENTWISE: Self = Self(1);
    /// The operands broadcast against each other.
    pub const BROADCAST: Self = Self(2);
    /// The result may lie where the first operand lies.
    pub const IN_PLACE: Self = Self(4);
    /// Elements are moved, not computed: input and output are quantized alike.
    pub const SAME_SCALE: Self = Self(8);
    /// Small integers are real numbers to it: it needs their quantization.
    pub const QUANTIZED: Self = Self(16);
    /// It does something besides giving its results, or gives others each time.
    pub const EFFECT: Self = Self(32);
    /// The shape of a result depends on the elements of an operand.
    pub const DATA_SHAPE: Self = Self(64);

    /// Whether all of `other` hold.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// No upper bound.
const MANY: u8 = u8::MAX;

/// What is known of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpTraits {
    /// The least and the most operands; 255 for no bound.
    pub inputs: (u8, u8),
    /// The least and the most results.
    pub outputs: (u8, u8),
    /// The operands that may be left out, a bit each.
    pub optional: u64,
    /// The types that the first operand may have.
    pub types: Types,
    /// The types that the results have.
    pub results: Results,
    /// How it treats its operands.
    pub flags: Flags,
}

/// The traits of builtin operator `code`.
#[must_use]
pub fn op_traits(code: i32) -> Option<&'static OpTraits> {
    let at = TRAITS.binary_search_by_key(&code, |row| row.0).ok()?;
    TRAITS.get(at).map(|row| &row.1)
}

const NONE: Flags = Flags(0);
const QUANT: Flags = Flags::QUANTIZED;
const MOVE: Flags = Flags::SAME_SCALE;
const MOVE_HERE: Flags = MOVE.and(Flags::IN_PLACE);
const UNARY: Flags = Flags::ELEMENTWISE.and(Flags::IN_PLACE);
const UNARY_Q: Flags = UNARY.and(QUANT);
const BINARY: Flags = UNARY.and(Flags::BROADCAST);
const BINARY_Q: Flags = BINARY.and(QUANT);
const COMPARE: Flags = Flags::ELEMENTWISE.and(Flags::BROADCAST);
const EFFECT: Flags = Flags::EFFECT;
const DATA: Flags = Flags::DATA_SHAPE;
/// All operands but the first may be left out.
const REST: u64 = !1;

const fn row(
    inputs: (u8, u8),
    outputs: (u8, u8),
    optional: u64,
    types: Types,
    results: Results,
    flags: Flags,
) -> OpTraits {
    OpTraits { inputs, outputs, optional, types, results, flags }
}

/// Any number of operands from `least` on, nothing else known.
const fn open(least: u8, outputs: (u8, u8), flags: Flags) -> OpTraits {
    row((least, MANY), outputs, u64::MAX, ANY, Own, flags)
}

/// `inputs` operands and one result.
const fn one(inputs: u8, types: Types, results: Results, flags: Flags) -> OpTraits {
    row((inputs, inputs), (1, 1), 0, types, results, flags)
}

use crate::op;
use Results::{First, Own, Same, Truth};

/// Sorted by code.
#[rustfmt::skip]
static TRAITS: &[(i32, OpTraits)] = &[
    (op::ADD, one(2, NUMBER, Same, BINARY_Q)),
    (op::AVERAGE_POOL_2D, one(1, FLOAT_OR_SMALL, Same, MOVE.and(QUANT))),
    (op::CONCATENATION, row((1, MANY), (1, 1), 0, ANY, Same, MOVE)),
    (op::CONV_2D, row((2, 3), (1, 1), 4, FLOAT_OR_SMALL, First, QUANT)),
    (op::DEPTHWISE_CONV_2D, row((2, 3), (1, 1), 4, FLOAT_OR_SMALL, First, QUANT)),
    (op::DEPTH_TO_SPACE, one(1, ANY, Same, MOVE)),
    (op::DEQUANTIZE, one(1, PACKED, Own, NONE)),
    (op::EMBEDDING_LOOKUP, one(2, INDEX, Own, NONE)),
    (op::FLOOR, one(1, FLOAT, Same, UNARY)),
    (op::FULLY_CONNECTED, row((2, 3), (1, 2), 4, FLOAT_OR_SMALL, Own, QUANT)),
    (op::HASHTABLE_LOOKUP, row((3, 3), (2, 2), 0, INDEX, Own, NONE)),
    (op::L2_NORMALIZATION, one(1, FLOAT_OR_SMALL, Same, QUANT)),
    (op::L2_POOL_2D, one(1, FLOAT, Same, NONE)),
    (op::LOCAL_RESPONSE_NORMALIZATION, one(1, FLOAT, Same, NONE)),
    (op::LOGISTIC, one(1, FLOAT_OR_SMALL, Same, UNARY_Q)),
    (op::LSH_PROJECTION, row((2, 3), (1, 1), 4, ANY, Own, NONE)),
    (op::LSTM, row((5, 24), (1, 4), REST, FLOAT_OR_SMALL, Own, EFFECT)),
    (op::MAX_POOL_2D, one(1, FLOAT_OR_SMALL, Same, MOVE.and(QUANT))),
    (op::MUL, one(2, NUMBER, Same, BINARY_Q)),
    (op::RELU, one(1, FLOAT_OR_SMALL, Same, UNARY_Q)),
    (op::RELU_N1_TO_1, one(1, FLOAT_OR_SMALL, Same, UNARY_Q)),
    (op::RELU6, one(1, FLOAT_OR_SMALL, Same, UNARY_Q)),
    (op::RESHAPE, row((1, 2), (1, 1), 2, ANY, First, MOVE_HERE)),
    (op::RESIZE_BILINEAR, one(2, FLOAT_OR_SMALL, First, MOVE)),
    (op::RNN, one(5, FLOAT_OR_SMALL, First, EFFECT)),
    (op::SOFTMAX, one(1, FLOAT_OR_SMALL, Own, QUANT.and(Flags::IN_PLACE))),
    (op::SPACE_TO_DEPTH, one(1, ANY, Same, MOVE)),
    (op::SVDF, row((5, 5), (1, 1), 8, FLOAT_OR_SMALL, First, EFFECT.and(QUANT))),
    (op::TANH, one(1, FLOAT_OR_SMALL, Same, UNARY_Q)),
    (op::SKIP_GRAM, one(1, STRING, First, DATA)),
    (op::CUSTOM, open(0, (0, MANY), NONE)),
    (op::EMBEDDING_LOOKUP_SPARSE, one(5, INDEX, Own, NONE)),
    (op::PAD, one(2, ANY, First, MOVE)),
    (op::UNIDIRECTIONAL_SEQUENCE_RNN, one(5, FLOAT_OR_SMALL, First, EFFECT)),
    (op::GATHER, one(2, ANY, First, MOVE)),
    (op::BATCH_TO_SPACE_ND, one(3, ANY, First, MOVE)),
    (op::SPACE_TO_BATCH_ND, one(3, ANY, First, MOVE)),
    (op::TRANSPOSE, one(2, ANY, First, MOVE)),
    (op::MEAN, one(2, REAL, First, QUANT)),
    (op::SUB, one(2, NUMBER, Same, BINARY_Q)),
    (op::DIV, one(2, NUMBER, Same, BINARY_Q)),
    (op::SQUEEZE, one(1, ANY, Same, MOVE_HERE)),
    (op::UNIDIRECTIONAL_SEQUENCE_LSTM, row((20, 24), (1, 1), REST, FLOAT_OR_SMALL, First, EFFECT)),
    (op::STRIDED_SLICE, row((4, 5), (1, 1), 0, ANY, First, MOVE)),
    (op::BIDIRECTIONAL_SEQUENCE_RNN, row((10, 14), (1, 2), REST, FLOAT, First, EFFECT)),
    (op::EXP, one(1, FLOAT_OR_SMALL, Same, UNARY_Q)),
    (op::TOPK_V2, row((2, 2), (2, 2), 0, REAL, Own, NONE)),
    (op::SPLIT, row((2, 2), (1, MANY), 0, INDEX, Own, NONE)),
    (op::LOG_SOFTMAX, one(1, FLOAT_OR_SMALL, Same, QUANT)),
    (op::BIDIRECTIONAL_SEQUENCE_LSTM, row((37, 48), (1, 2), REST, FLOAT_OR_SMALL, First, EFFECT)),
    (op::CAST, one(1, ANY, Own, Flags::ELEMENTWISE)),
    (op::PRELU, one(2, FLOAT_OR_SMALL, Same, BINARY_Q)),
    (op::MAXIMUM, one(2, REAL, Same, BINARY)),
    (op::ARG_MAX, one(2, REAL.and(BOOL), Own, NONE)),
    (op::MINIMUM, one(2, REAL, Same, BINARY)),
    (op::LESS, one(2, REAL, Truth, COMPARE)),
    (op::NEG, one(1, NUMBER, Same, UNARY)),
    (op::PADV2, one(3, ANY, First, MOVE)),
    (op::GREATER, one(2, REAL, Truth, COMPARE)),
    (op::GREATER_EQUAL, one(2, REAL, Truth, COMPARE)),
    (op::LESS_EQUAL, one(2, REAL, Truth, COMPARE)),
    (op::SELECT, one(3, BOOL, Own, NONE)),
    (op::SLICE, one(3, ANY, First, MOVE)),
    (op::SIN, one(1, FLOAT_OR_SMALL, Same, UNARY)),
    (op::TRANSPOSE_CONV, row((3, 4), (1, 1), 8, INDEX, Own, NONE)),
    (op::SPARSE_TO_DENSE, one(4, INDEX, Own, NONE)),
    (op::TILE, one(2, ANY, First, MOVE)),
    (op::EXPAND_DIMS, one(2, ANY, First, MOVE_HERE)),
    (op::EQUAL, one(2, ANY, Truth, COMPARE)),
    (op::NOT_EQUAL, one(2, ANY, Truth, COMPARE)),
    (op::LOG, one(1, FLOAT_OR_SMALL, Same, UNARY_Q)),
    (op::SUM, one(2, REAL, First, QUANT)),
    (op::SQRT, one(1, FLOAT_OR_SMALL, Same, UNARY)),
    (op::RSQRT, one(1, FLOAT_OR_SMALL, Same, UNARY_Q)),
    (op::SHAPE, one(1, ANY, Own, NONE)),
    (op::POW, one(2, REAL, Same, BINARY)),
    (op::ARG_MIN, one(2, REAL.and(BOOL), Own, NONE)),
    (op::FAKE_QUANT, one(1, FLOAT, Same, UNARY)),
    (op::REDUCE_PROD, one(2, REAL, First, NONE)),
    (op::REDUCE_MAX, one(2, REAL, First, MOVE)),
    (op::PACK, row((1, MANY), (1, 1), 0, ANY, Same, MOVE)),
    (op::LOGICAL_OR, one(2, BOOL, Same, BINARY)),
    (op::ONE_HOT, one(4, INDEX, Own, NONE)),
    (op::LOGICAL_AND, one(2, BOOL, Same, BINARY)),
    (op::LOGICAL_NOT, one(1, BOOL, Same, UNARY)),
    (op::UNPACK, row((1, 1), (1, MANY), 0, ANY, First, MOVE)),
    (op::REDUCE_MIN, one(2, REAL, First, MOVE)),
    (op::FLOOR_DIV, one(2, REAL, Same, BINARY)),
    (op::REDUCE_ANY, one(2, BOOL, First, NONE)),
    (op::SQUARE, one(1, NUMBER, Same, UNARY)),
    (op::ZEROS_LIKE, one(1, ANY, Same, NONE)),
    (op::FILL, one(2, INDEX, Own, DATA)),
    (op::FLOOR_MOD, one(2, REAL, Same, BINARY)),
    (op::RANGE, one(3, REAL, Same, DATA)),
    (op::RESIZE_NEAREST_NEIGHBOR, one(2, REAL, First, MOVE)),
    (op::LEAKY_RELU, one(1, FLOAT_OR_SMALL, Same, UNARY_Q)),
    (op::SQUARED_DIFFERENCE, one(2, REAL, Same, BINARY_Q)),
    (op::MIRROR_PAD, one(2, ANY, First, MOVE)),
    (op::ABS, one(1, REAL, Same, UNARY)),
    (op::SPLIT_V, row((3, 3), (1, MANY), 0, ANY, First, MOVE)),
    (op::UNIQUE, row((1, 1), (2, 2), 0, ANY, Own, DATA)),
    (op::CEIL, one(1, FLOAT, Same, UNARY)),
    (op::REVERSE_V2, one(2, ANY, First, MOVE)),
    (op::ADD_N, row((1, MANY), (1, 1), 0, REAL, Same, NONE)),
    (op::GATHER_ND, one(2, ANY, First, MOVE)),
    (op::COS, one(1, FLOAT_OR_SMALL, Same, UNARY)),
    (op::WHERE, one(1, ANY, Own, DATA)),
    (op::RANK, one(1, ANY, Own, NONE)),
    (op::ELU, one(1, FLOAT_OR_SMALL, Same, UNARY_Q)),
    (op::REVERSE_SEQUENCE, one(2, ANY, First, MOVE)),
    (op::MATRIX_DIAG, one(1, ANY, First, MOVE)),
    (op::QUANTIZE, one(1, REAL, Own, NONE)),
    (op::MATRIX_SET_DIAG, one(2, ANY, First, MOVE)),
    (op::ROUND, one(1, FLOAT, Same, UNARY)),
    (op::HARD_SWISH, one(1, FLOAT_OR_SMALL, Same, UNARY_Q)),
    (op::IF, row((1, MANY), (0, MANY), 0, ANY, Own, EFFECT)),
    (op::WHILE, row((0, MANY), (0, MANY), 0, ANY, Own, EFFECT)),
    (op::NON_MAX_SUPPRESSION_V4, row((5, 5), (2, 2), 0, FLOAT, Own, NONE)),
    (op::NON_MAX_SUPPRESSION_V5, row((6, 6), (3, 3), 0, FLOAT, Own, NONE)),
    (op::SCATTER_ND, one(3, INDEX, Own, DATA)),
    (op::SELECT_V2, one(3, BOOL, Own, COMPARE)),
    (op::DENSIFY, one(1, ANY, First, NONE)),
    (op::SEGMENT_SUM, one(2, REAL, First, DATA)),
    (op::BATCH_MATMUL, one(2, REAL, Own, QUANT)),
    (op::CUMSUM, one(2, REAL, First, NONE)),
    (op::CALL_ONCE, row((0, 0), (0, 0), 0, ANY, Own, EFFECT)),
    (op::BROADCAST_TO, one(2, ANY, First, MOVE)),
    (op::RFFT2D, one(2, FLOAT, Own, NONE)),
    (op::CONV_3D, row((2, 3), (1, 1), 4, FLOAT, First, NONE)),
    (op::IMAG, one(1, COMPLEX, Own, NONE)),
    (op::REAL, one(1, COMPLEX, Own, NONE)),
    (op::COMPLEX_ABS, one(1, COMPLEX, Own, NONE)),
    (op::HASHTABLE, row((0, 0), (1, 1), 0, ANY, Own, EFFECT)),
    (op::HASHTABLE_FIND, one(3, RESOURCE, Own, EFFECT)),
    (op::HASHTABLE_IMPORT, row((3, 3), (0, 0), 0, RESOURCE, Own, EFFECT)),
    (op::HASHTABLE_SIZE, one(1, RESOURCE, Own, EFFECT)),
    (op::REDUCE_ALL, one(2, BOOL, First, NONE)),
    (op::CONV_3D_TRANSPOSE, row((3, 4), (1, 1), 8, INDEX, Own, NONE)),
    (op::VAR_HANDLE, row((0, 0), (1, 1), 0, ANY, Own, EFFECT)),
    (op::READ_VARIABLE, one(1, RESOURCE, Own, EFFECT)),
    (op::ASSIGN_VARIABLE, row((2, 2), (0, 0), 0, RESOURCE, Own, EFFECT)),
    (op::BROADCAST_ARGS, one(2, INDEX, Same, NONE)),
    (op::RANDOM_STANDARD_NORMAL, one(1, INDEX, Own, EFFECT.and(DATA))),
    (op::BUCKETIZE, one(1, REAL, Own, Flags::ELEMENTWISE)),
    (op::RANDOM_UNIFORM, one(1, INDEX, Own, EFFECT.and(DATA))),
    (op::MULTINOMIAL, one(2, FLOAT, Own, EFFECT.and(DATA))),
    (op::GELU, one(1, FLOAT_OR_SMALL, Same, UNARY_Q)),
    (op::DYNAMIC_UPDATE_SLICE, one(3, ANY, First, MOVE_HERE)),
    (op::RELU_0_TO_1, one(1, FLOAT_OR_SMALL, Same, UNARY_Q)),
    (op::UNSORTED_SEGMENT_PROD, one(3, REAL, First, DATA)),
    (op::UNSORTED_SEGMENT_MAX, one(3, REAL, First, DATA)),
    (op::UNSORTED_SEGMENT_SUM, one(3, REAL, First, DATA)),
    (op::ATAN2, one(2, FLOAT, Same, Flags::ELEMENTWISE)),
    (op::UNSORTED_SEGMENT_MIN, one(3, REAL, First, DATA)),
    (op::SIGN, one(1, REAL, Same, UNARY)),
    (op::BITCAST, one(1, ANY, Own, Flags::IN_PLACE)),
    (op::BITWISE_XOR, one(2, INTEGER, Same, BINARY)),
    (op::RIGHT_SHIFT, one(2, INTEGER, Same, BINARY)),
    (op::DILATE, one(3, ANY, First, NONE)),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{OP_COUNT, op_max_version, op_name};

    #[test]
    fn rows_are_sorted_and_every_runnable_operator_has_one() {
        assert!(TRAITS.windows(2).all(|w| w[0].0 < w[1].0));
        for code in 0..OP_COUNT {
            let name = op_name(code).unwrap();
            let stablehlo = name.starts_with("STABLEHLO_") || name == "REDUCE_WINDOW";
            let runs = op_max_version(code).is_some() && !stablehlo;
            assert_eq!(op_traits(code).is_some(), runs || name == "CUSTOM", "{name}");
        }
    }

    #[test]
    fn elementwise_operators_compute_in_place_or_give_another_type() {
        for (code, t) in TRAITS.iter().filter(|(_, t)| t.flags.has(Flags::ELEMENTWISE)) {
            let in_place = t.flags.has(Flags::IN_PLACE);
            assert!(in_place || t.results != Same || *code == op::ATAN2, "{code}");
        }
    }
}
