//! L2_NORMALIZATION: each row (run along the last dimension) divided by its length.
//!
//! float32, by no less than 1e-6; int8 and uint8 in fixed point, to an output scale of 1/128.

use super::function::{rows, same, same_quantized, saturate};
use crate::data::{Quantized, Scalar, View};
use crate::error::Kind;
use crate::error::Operand::{In, Out};
use crate::num::fixed::Multiplier;
use crate::num::float::sqrt;
use crate::num::root::inverse_sqrt;
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::enums::activation_function_type as act;
use floe_tflite::fields::l2_norm_options::FUSED_ACTIVATION_FUNCTION;
use floe_tflite::op;

/// L2_NORMALIZATION.
pub static L2_NORMALIZATION: OpDef = OpDef::builtin(
    op::L2_NORMALIZATION,
    2,
    &[
        Kernel::new(prepare, eval),
        Kernel::new(prepare_quantized::<i8>, eval_quantized::<i8>),
        Kernel::new(prepare_quantized::<u8>, eval_quantized::<u8>),
    ],
);

fn check(op: &Op<'_>) -> Done {
    if op.option(FUSED_ACTIVATION_FUNCTION) != act::NONE {
        return Err(Kind::Option.at(Out(0)));
    }
    Ok(())
}

fn prepare(op: &mut Op<'_>) -> Done {
    same::<f32, f32>(op)?;
    check(op)
}

fn eval(op: &mut Op<'_>) -> Done {
    rows(op, |x: View<'_, f32>, y| {
        let squares = x.iter().fold(0.0, |sum, x| sum + x * x);
        let length = sqrt(squares).max(1e-6);
        y.write(x.iter().map(|x| x / length));
    })
}

fn prepare_quantized<T: Quantized>(op: &mut Op<'_>) -> Done {
    same_quantized::<T>(op)?;
    let zero = if T::DTYPE == u8::DTYPE { 128 } else { 0 };
    if op.scale(Out(0))? != (1.0 / 128.0, zero) {
        return Err(Kind::Quant.at(Out(0)));
    }
    check(op)
}

fn eval_quantized<T: Quantized>(op: &mut Op<'_>) -> Done {
    let ((_, zero), (_, out_zero)) = (op.scale(In(0))?, op.scale(Out(0))?);
    rows(op, |x: View<'_, T>, y| {
        let steps = x.iter().map(|x| x.into().wrapping_sub(zero));
        let squares = steps.clone().fold(0i32, |sum, x| sum.wrapping_add(x.wrapping_mul(x)));
        let (mantissa, shift) = inverse_sqrt(squares);
        // Where the 7 bits of the output's scale come in makes a difference in rounding.
        let (lift, shift) = if T::DTYPE == u8::DTYPE { (7, shift) } else { (0, shift + 7) };
        let factor = Multiplier { mantissa, shift };
        y.write(
            steps.map(|x| saturate::<T>(factor.apply(x.wrapping_shl(lift)).wrapping_add(out_zero))),
        );
    })
}

#[cfg(test)]
mod tests {
    use crate::num::fixed::Multiplier;
    use crate::num::root::inverse_sqrt;

    #[test]
    fn both_ways_of_rounding_are_within_half_a_step() {
        let row = [30i32, -40, 0, 120];
        let (mantissa, shift) = inverse_sqrt(row.iter().map(|x| x * x).sum());
        let late = row.map(|x| Multiplier { mantissa, shift: shift + 7 }.apply(x));
        let early = row.map(|x| Multiplier { mantissa, shift }.apply(x << 7));
        for ((x, late), early) in row.into_iter().zip(late).zip(early) {
            let want = f64::from(x) * 128.0 / 130.0;
            assert!((f64::from(late) - want).abs() <= 0.51, "{x}: {late} {want}");
            assert!((f64::from(early) - want).abs() <= 0.51, "{x}: {early} {want}");
        }
    }
}
