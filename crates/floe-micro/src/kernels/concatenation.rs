//! CONCATENATION: tensors one after the other along a dimension.
//!
//! Any element type of whole bytes, copied; signed integers must have one quantization throughout.
//! uint8 inputs of other quantizations than the output's are requantized in float32, as the reference does.

use super::strided::{same_type, width};
use crate::data::{View, ViewMut, copy, pieces, pieces_mut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind, Operand};
use crate::num::float;
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::DType;
use floe_tflite::enums::activation_function_type as act;
use floe_tflite::fields::concatenation_options::{AXIS, FUSED_ACTIVATION_FUNCTION};
use floe_tflite::op;

/// CONCATENATION.
pub static CONCATENATION: OpDef =
    OpDef::builtin(op::CONCATENATION, 7, &[Kernel::new(prepare, eval)]);

fn prepare(op: &mut Op<'_>) -> Done {
    if op.option(FUSED_ACTIVATION_FUNCTION) != act::NONE {
        return Err(Kind::Option.at(Operand::None));
    }
    let shape = op.shape(In(0))?;
    let axis = shape.axis(op.option(AXIS)).ok_or(Kind::Option.at(In(0)))?;
    let mut sum = 0usize;
    for i in 0..op.inputs() {
        let input = In(i as u16);
        same_type(op, input, Out(0))?;
        let other = op.shape(input)?;
        if other.rank() != shape.rank() || other.with(axis, 0) != shape.with(axis, 0) {
            return Err(Kind::Shape.at(input));
        }
        quantized_alike(op, input)?;
        sum = sum.saturating_add(other.dim(axis));
    }
    op.set_shape(Out(0), &shape.with(axis, sum).ok_or(Kind::Size.at(Out(0)))?)
}

fn quantized_alike(op: &Op<'_>, input: Operand) -> Done {
    let quantized = matches!(op.dtype(input)?, DType::Int8) && op.tensor(input)?.quant().is_some();
    if quantized && op.scale(input)? != op.scale(Out(0))? {
        return Err(Kind::Quant.at(input));
    }
    Ok(())
}

fn eval(op: &mut Op<'_>) -> Done {
    let (width, shape) = (width(op, Out(0))?, op.shape(Out(0))?);
    let axis = shape.axis(op.option(AXIS)).ok_or(Kind::Option.at(Out(0)))?;
    let stride = shape.span(axis, shape.rank()) * width;
    let mut start = 0;
    for i in 0..op.inputs() {
        let input = In(i as u16);
        let own = op.shape(input)?;
        let run = own.span(axis, own.rank()) * width;
        let scaled = rescale(op, input)?;
        let ([x], [y]) = op.io([input], [Out(0)])?;
        for (row, from) in pieces_mut(y, stride).zip(pieces(x, run)) {
            let Some(to) = row.get_mut(start..start + run) else { break };
            match scaled {
                Some(by) => requantize(to, from, by),
                None => copy(to, from),
            }
        }
        start += run;
    }
    Ok(())
}

/// For uint8 of another quantization than the output's: factor, bias and the output's zero point.
fn rescale(op: &Op<'_>, input: Operand) -> Result<Option<(f32, f32, i32)>, Fault> {
    if op.dtype(input)? != DType::Uint8 || op.tensor(input)?.quant().is_none() {
        return Ok(None);
    }
    let (from, to) = (op.scale(input)?, op.scale(Out(0))?);
    let factor = from.0 * (1.0 / to.0);
    Ok((from != to).then_some((factor, -from.1 as f32 * factor, to.1)))
}

fn requantize(to: &mut [u8], from: &[u8], (factor, bias, zero): (f32, f32, i32)) {
    let from = View::<u8>::new(from);
    ViewMut::<u8>::new(to).write(from.iter().map(|x| {
        let steps = float::round(f32::from(x) * factor + bias) as i32;
        steps.saturating_add(zero).clamp(0, 255) as u8
    }));
}

#[cfg(test)]
mod tests {
    use super::requantize;

    #[test]
    fn other_scales_are_brought_to_the_outputs() {
        // Scale 0.5 and zero point 10 to scale 1 and zero point 3: 12 is 1.0, which is 4; 0 is -5, below 0.
        let mut to = [0; 3];
        requantize(&mut to, &[12, 0, 255], (0.5, -5.0, 3));
        assert_eq!(to, [4, 0, 126]);
    }
}
