//! RELU and its like: the input kept between two numbers.
//!
//! float32; int8, uint8 and int16, rescaled from the input's quantization to the output's.

use super::common::{clamp, float_range, map, quantized_range, types};
use crate::data::{Quantized, Scalar};
use crate::error::Kind;
use crate::error::Operand::{In, Out};
use crate::num::scale::Real;
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::enums::activation_function_type as act;
use floe_tflite::op;

/// A range no fused activation has: 0 to 1.
const ZERO_TO_ONE: i8 = -1;

/// RELU.
pub static RELU: OpDef = OpDef::builtin(op::RELU, 3, &kernels::<{ act::RELU }>());
/// RELU6.
pub static RELU6: OpDef = OpDef::builtin(op::RELU6, 3, &kernels::<{ act::RELU6 }>());
/// RELU_N1_TO_1.
pub static RELU_N1_TO_1: OpDef =
    OpDef::builtin(op::RELU_N1_TO_1, 1, &kernels::<{ act::RELU_N1_TO_1 }>());
/// RELU_0_TO_1.
pub static RELU_0_TO_1: OpDef = OpDef::builtin(op::RELU_0_TO_1, 1, &kernels::<ZERO_TO_ONE>());

const fn kernels<const KIND: i8>() -> [Kernel; 4] {
    [
        Kernel::new(prepare_float, eval_float::<KIND>).in_place(),
        Kernel::new(prepare_quantized::<i8>, eval_quantized::<KIND, i8>).in_place(),
        Kernel::new(prepare_quantized::<u8>, eval_quantized::<KIND, u8>).in_place(),
        Kernel::new(prepare_quantized::<i16>, eval_quantized::<KIND, i16>).in_place(),
    ]
}

fn prepare_float(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), f32::DTYPE), (Out(0), f32::DTYPE)])?;
    let shape = op.shape(In(0))?;
    op.set_shape(Out(0), &shape)
}

fn eval_float<const KIND: i8>(op: &mut Op<'_>) -> Done {
    let range = match KIND {
        ZERO_TO_ONE => (0.0, 1.0),
        // Unlike what is fused, this leaves infinity as it is.
        act::RELU => (0.0, f32::INFINITY),
        _ => float_range(KIND)?,
    };
    map(op, |x: f32| clamp(x, range))
}

fn prepare_quantized<T: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (Out(0), T::DTYPE)])?;
    op.scale(In(0))?;
    op.scale(Out(0))?;
    let shape = op.shape(In(0))?;
    op.set_shape(Out(0), &shape)
}

fn eval_quantized<const KIND: i8, T: Quantized>(op: &mut Op<'_>) -> Done {
    let bad = Kind::Quant.at(Out(0));
    let ((scale_in, zero_in), (scale_out, zero_out)) = (op.scale(In(0))?, op.scale(Out(0))?);
    let real = |x: f32| Real::positive(x).ok_or(bad);
    let factor = real(scale_in)?.div_f32(real(scale_out)?).multiplier();
    let (low, high) = if KIND == ZERO_TO_ONE {
        let (low, high) = quantized_range(op, Out(0), act::RELU)?;
        let (_, one) = quantized_range(op, Out(0), act::RELU_N1_TO_1)?;
        (low, high.min(one))
    } else {
        quantized_range(op, Out(0), KIND)?
    };
    map(op, |x: T| {
        let y = factor.apply(x.into() - zero_in).wrapping_add(zero_out);
        T::narrow(y.max(low).min(high))
    })
}
