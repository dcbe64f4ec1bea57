//! What holds for every operator, by its row in the table of traits.

use super::super::context::{Dims, OpCheck, number, type_number};
use super::super::fault::Rule;
use crate::op;
use crate::schema::fields::operator;
use crate::schema::{self, Kind, TableId};
use crate::table::{OPTIONS, Slot};
use crate::traits::{Flags, Results};
use floe_graph::DType;

/// Checks number and types of operands; whether the number is right.
pub(super) fn check(op: &mut OpCheck<'_, '_, '_>) -> bool {
    options(op);
    let Some(traits) = op.traits() else { return true };
    let given = (op.inputs.len(), op.outputs.len());
    let inputs = within(given.0, traits.inputs);
    if let Err(want) = inputs {
        let numbers = [number(given.0), want];
        op.report.field(&op.place, operator::INPUTS, Rule::InputCount, numbers);
    }
    let outputs = within(given.1, traits.outputs);
    if let Err(want) = outputs {
        let numbers = [number(given.1), want];
        op.report.field(&op.place, operator::OUTPUTS, Rule::OutputCount, numbers);
    }
    if inputs.is_err() || outputs.is_err() {
        return false;
    }
    types(op);
    if traits.flags.has(Flags::BROADCAST) && traits.inputs.0 == 2 {
        broadcast(op);
    }
    true
}

/// The nearest allowed number when `given` is not.
fn within(given: usize, (least, most): (u8, u8)) -> Result<(), i64> {
    let bound = |n: u8| if n == u8::MAX { usize::MAX } else { n.into() };
    let nearest = given.clamp(bound(least), bound(most));
    if nearest == given { Ok(()) } else { Err(number(nearest)) }
}

/// The options are those of the operator, given where they matter, with known enumerators.
fn options(op: &mut OpCheck<'_, '_, '_>) {
    let wanted = schema::op_options(op.code);
    for place in OPTIONS.into_iter().filter_map(|field| op.place.child(field)) {
        let id = place.table.id();
        if wanted.is_some_and(|w| w != id) || (wanted.is_none() && id.slots() > 0) {
            op.report.table(&place, Rule::WrongOptions, [0; 2]);
            continue;
        }
        for (slot, field, value) in place.table.slots() {
            if let (Kind::Scalar(_, Some(names)), Slot::Int(n)) = (field.kind, value)
                && names.name_of(n).is_none()
            {
                op.report.slot(&place, slot, None, Rule::UnknownNumber, [n, 0]);
            }
        }
    }
    if wanted.is_some_and(|w| needs_options(w) && op.options.is_none()) {
        op.report.field(&op.place, operator::BUILTIN_OPTIONS, Rule::NoOptions, [0; 2]);
    }
}

/// Tables whose defaults make no sense: strides, block sizes and split counts of 0.
fn needs_options(table: TableId) -> bool {
    [
        TableId::CONV_2D_OPTIONS,
        TableId::CONV_3D_OPTIONS,
        TableId::DEPTHWISE_CONV_2D_OPTIONS,
        TableId::POOL_2D_OPTIONS,
        TableId::TRANSPOSE_CONV_OPTIONS,
        TableId::SPACE_TO_DEPTH_OPTIONS,
        TableId::DEPTH_TO_SPACE_OPTIONS,
        TableId::SPLIT_OPTIONS,
        TableId::PACK_OPTIONS,
        TableId::UNPACK_OPTIONS,
        TableId::MIRROR_PAD_OPTIONS,
    ]
    .contains(&table)
}

/// The operators whose result LiteRT gives its type itself, whatever the file says, sorted.
#[rustfmt::skip]
static SETS_TYPE: &[i32] = &[
    op::ADD, op::MUL, op::MINIMUM, op::MAXIMUM, op::RESIZE_BILINEAR, op::RNN, op::SVDF,
    op::UNIDIRECTIONAL_SEQUENCE_RNN, op::GATHER, op::MEAN, op::SUB, op::DIV, op::UNIDIRECTIONAL_SEQUENCE_LSTM,
    op::EXP, op::PRELU, op::LESS, op::NEG, op::GREATER, op::GREATER_EQUAL, op::LESS_EQUAL, op::EXPAND_DIMS, op::EQUAL,
    op::NOT_EQUAL, op::SUM, op::POW, op::REDUCE_PROD, op::REDUCE_MAX, op::LOGICAL_OR, op::LOGICAL_AND, op::REDUCE_MIN,
    op::FLOOR_DIV, op::REDUCE_ANY, op::ZEROS_LIKE, op::FLOOR_MOD, op::RANGE, op::RESIZE_NEAREST_NEIGHBOR,
    op::SQUARED_DIFFERENCE, op::SPLIT_V, op::ADD_N, op::GATHER_ND, op::MATRIX_DIAG, op::MATRIX_SET_DIAG,
    op::SEGMENT_SUM, op::CUMSUM, op::REDUCE_ALL, op::DYNAMIC_UPDATE_SLICE, op::UNSORTED_SEGMENT_PROD,
    op::UNSORTED_SEGMENT_MAX, op::UNSORTED_SEGMENT_SUM, op::UNSORTED_SEGMENT_MIN, op::BITWISE_XOR, op::RIGHT_SHIFT,
];

/// The operands' types go together, and give the results'.
fn types(op: &mut OpCheck<'_, '_, '_>) {
    let (Some(traits), Some(first)) = (op.traits(), op.dtype(0)) else { return };
    if !traits.types.contains(first) {
        return op.bad_input(0, Rule::OperandType, [type_number(first), 0]);
    }
    if matches!(traits.results, Results::Same | Results::Truth) {
        for i in 1..op.inputs.len() {
            op.types(i, &[first]);
        }
    }
    let want = match traits.results {
        Results::Same | Results::First => first,
        Results::Truth => DType::Bool,
        Results::Own => return,
    };
    let given = SETS_TYPE.binary_search(&op.code).is_ok();
    let rule = if given { Rule::ResultTypeGiven } else { Rule::ResultType };
    for i in 0..op.outputs.len() {
        if let Some(result) = op.output(i).and_then(|t| t.dtype().ok())
            && result != want
        {
            let numbers = [type_number(result), type_number(want)];
            op.bad_output(i, rule, numbers);
        }
    }
}

/// Two operands broadcast: from the last dimension on they are equal, or one of them is 1.
fn broadcast(op: &mut OpCheck<'_, '_, '_>) {
    let (Some(a), Some(b)) = (op.dims(0), op.dims(1)) else { return };
    if let Some(numbers) = clash(&a, &b) {
        op.bad_input(1, Rule::Broadcast, numbers);
    }
}

/// The first pair of dimensions, from the last on, that do not broadcast.
pub(super) fn clash(a: &Dims, b: &Dims) -> Option<[i64; 2]> {
    let pairs = a.as_slice().iter().rev().zip(b.as_slice().iter().rev());
    pairs.map(|(x, y)| [*x, *y]).find(|[x, y]| x != y && *x != 1 && *y != 1)
}
