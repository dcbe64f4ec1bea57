//! Recurrent layers, which keep state from run to run.

use super::{REAL, Smith, real};
use floe_graph::DType;
use floe_tflite::enums::activation_function_type as act;
use floe_tflite::fields::{
    sequence_rnn_options, svdf_options, unidirectional_sequence_lstm_options as lstm_options,
};
use floe_tflite::op;
use floe_tflite::owned::Object;
use floe_tflite::schema::TableId;

/// A matrix of floats, or of int8 for a layer that is hybrid.
fn matrix(s: &mut Smith<'_, '_>, shape: &[i32], hybrid: bool) -> i32 {
    let quant = hybrid.then_some((0.01, 0));
    s.constant(if hybrid { DType::Int8 } else { REAL }, shape, quant)
}

pub(super) fn rnn(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| real(v) && v.shape.len() == 3)?;
    let (units, hybrid) = (s.source.between(1, 5) as i32, s.source.one_in(3));
    let w = matrix(s, &[units, x.shape[2]], hybrid);
    let r = matrix(s, &[units, units], hybrid);
    let b = s.constant(REAL, &[units], None);
    let h = s.variable(REAL, &[x.shape[0], units], None);
    let options = Object::new(TableId::SEQUENCE_RNN_OPTIONS)
        .with(sequence_rnn_options::FUSED_ACTIVATION_FUNCTION, act::TANH);
    let shape = [x.shape[0], x.shape[1], units];
    let inputs = [x.index, w, r, b, h];
    s.op(op::UNIDIRECTIONAL_SEQUENCE_RNN, &inputs, (REAL, &shape, None), Some(options));
    Some(())
}

pub(super) fn lstm(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| real(v) && v.shape.len() == 3)?;
    let (units, hybrid) = (s.source.between(1, 4) as i32, s.source.one_in(3));
    let mut inputs = vec![x.index];
    for width in [x.shape[2], units] {
        for _ in 0..4 {
            inputs.push(matrix(s, &[units, width], hybrid));
        }
    }
    inputs.extend([-1; 3]);
    for _ in 0..4 {
        inputs.push(s.constant(REAL, &[units], None));
    }
    inputs.extend([-1; 2]);
    for _ in 0..2 {
        inputs.push(s.variable(REAL, &[x.shape[0], units], None));
    }
    inputs.extend([-1; 4]);
    let options = Object::new(TableId::UNIDIRECTIONAL_SEQUENCE_LSTM_OPTIONS)
        .with(lstm_options::FUSED_ACTIVATION_FUNCTION, act::TANH);
    let shape = [x.shape[0], x.shape[1], units];
    s.op(op::UNIDIRECTIONAL_SEQUENCE_LSTM, &inputs, (REAL, &shape, None), Some(options));
    Some(())
}

fn options(rank: i32, activation: i8) -> Object<'static> {
    Object::new(TableId::SVDF_OPTIONS)
        .with(svdf_options::RANK, rank)
        .with(svdf_options::FUSED_ACTIVATION_FUNCTION, activation)
}

pub(super) fn svdf(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| real(v) && v.shape.len() == 2)?;
    let [units, rank, memory] = [4, 2, 4].map(|most| s.source.between(1, most) as i32);
    let (filters, hybrid) = (units * rank, s.source.one_in(3));
    let feature = matrix(s, &[filters, x.shape[1]], hybrid);
    let time = matrix(s, &[filters, memory], hybrid);
    let bias = s.constant(REAL, &[units], None);
    let state = s.variable(REAL, &[x.shape[0], filters * memory], None);
    let inputs = [x.index, feature, time, bias, state];
    let shape = [x.shape[0], units];
    s.op(op::SVDF, &inputs, (REAL, &shape, None), Some(options(rank, act::RELU)));
    Some(())
}

pub(super) fn svdf_integer(s: &mut Smith<'_, '_>) -> Option<()> {
    let x = s.operand(|v| v.dtype == DType::Int8 && v.shape.len() == 2)?;
    let [units, rank, memory] = [4, 2, 4].map(|most| s.source.between(1, most) as i32);
    let filters = units * rank;
    let feature = s.constant(DType::Int8, &[filters, x.shape[1]], Some((0.01, 0)));
    let time = s.constant(DType::Int16, &[filters, memory], Some((0.01, 0)));
    let bias = s.constant(DType::Int32, &[units], Some((0.01 * 0.002, 0)));
    let state = s.variable(DType::Int16, &[x.shape[0], filters * memory], Some((0.002, 0)));
    let quant = s.quant(DType::Int8);
    let inputs = [x.index, feature, time, bias, state];
    let shape = [x.shape[0], units];
    s.op(op::SVDF, &inputs, (DType::Int8, &shape, quant), Some(options(rank, act::RELU)));
    Some(())
}
