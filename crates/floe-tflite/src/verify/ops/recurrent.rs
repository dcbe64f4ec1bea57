//! Recurrent operators: weights and states of one size.

use super::super::context::{OpCheck, number};
use super::super::fault::Rule;
use crate::schema::fields::{
    lstm_options, svdf_options, unidirectional_sequence_lstm_options as sequence_options,
};

/// `[batch, input]`, features `[filters, input]`, time `[filters, memory]`, bias `[units]`, state
/// `[batch, memory × filters]`.
pub(super) fn svdf(op: &mut OpCheck<'_, '_, '_>) {
    op.positive(&[svdf_options::RANK]);
    let rank = i64::from(op.option(svdf_options::RANK));
    let (Some(input), Some(features), Some(time)) =
        (op.rank(0, 2, 2), op.rank(1, 2, 2), op.rank(2, 2, 2))
    else {
        return;
    };
    op.dimension(1, features.get(1), input.get(1));
    op.dimension(2, time.get(0), features.get(0));
    let Some(filters) = features.get(0) else { return };
    let Some(units) = filters.checked_div(rank).filter(|_| filters.checked_rem(rank) == Some(0))
    else {
        if rank > 0 {
            op.bad_option(svdf_options::RANK, Rule::Divides, [rank, filters]);
        }
        return;
    };
    if let Some(bias) = op.dims(3) {
        op.dimension(3, bias.elements(), Some(units));
    }
    if let Some(state) = op.rank(4, 2, 2) {
        op.dimension(4, state.get(1), time.get(1).and_then(|m| m.checked_mul(filters)));
    }
}

/// Input, weights `[units, input]`, recurrent weights `[units, units]`, bias `[units]`, state.
pub(super) fn rnn(op: &mut OpCheck<'_, '_, '_>) {
    let (Some(weights), Some(recurrent)) = (op.rank(1, 2, 2), op.rank(2, 2, 2)) else { return };
    op.dimension(2, recurrent.get(0), weights.get(0));
    if let Some(input) = op.dims(0) {
        op.dimension(1, weights.get(1), input.last(0));
    }
    if let Some(bias) = op.dims(3) {
        op.dimension(3, bias.elements(), weights.get(0));
    }
}

/// Cells and projections are clipped to a range around 0, or not at all at 0.
fn clips(op: &mut OpCheck<'_, '_, '_>) {
    // One of these tables; the others give their defaults.
    let fields = [
        lstm_options::CELL_CLIP,
        lstm_options::PROJ_CLIP,
        sequence_options::CELL_CLIP,
        sequence_options::PROJ_CLIP,
    ];
    let table = op.options.map(|options| options.id());
    for field in fields.into_iter().filter(|f| Some(f.table()) == table) {
        let clip = op.option(field);
        if clip < 0.0 {
            // As a whole number, that of the next lower.
            op.bad_option(field, Rule::Negative, [(clip as i64).saturating_sub(1), 0]);
        }
    }
}

/// The full kernel has 20 or 24 inputs and one output, the basic one 5 and 4.
pub(super) fn lstm(op: &mut OpCheck<'_, '_, '_>) {
    match op.inputs.len() {
        5 => {}
        _ => sequence_lstm(op),
    }
}

/// Input weights of forget, cell and output gate `[cells, input]`, recurrent ones `[cells, units]`.
pub(super) fn sequence_lstm(op: &mut OpCheck<'_, '_, '_>) {
    clips(op);
    if !matches!(op.inputs.len(), 20 | 24) {
        let numbers = [number(op.inputs.len()), 20];
        return op.report.table(&op.place, Rule::InputCount, numbers);
    }
    let (Some(input), Some(forget)) = (op.dims(0), op.rank(2, 2, 2)) else { return };
    op.dimension(2, forget.get(1), input.last(0));
    for i in [1, 3, 4] {
        if let Some(gate) = op.rank(i, 2, 2) {
            op.dimension(i, gate.get(0), forget.get(0));
            op.dimension(i, gate.get(1), forget.get(1));
        }
    }
    let Some(recurrent) = op.rank(6, 2, 2) else { return };
    for i in [5, 6, 7, 8] {
        if let Some(gate) = op.rank(i, 2, 2) {
            op.dimension(i, gate.get(0), forget.get(0));
            op.dimension(i, gate.get(1), recurrent.get(1));
        }
    }
    for i in [12, 13, 14, 15] {
        if let Some(bias) = op.dims(i) {
            op.dimension(i, bias.elements(), forget.get(0));
        }
    }
}
