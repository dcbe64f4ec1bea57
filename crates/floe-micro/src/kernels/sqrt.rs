//! SQRT: the square root.
//!
//! float32; int8 and int16, whose real numbers must not be negative; their quotient by the output's scale
//! is cut off, not rounded.

use super::common::map;
use super::function::{affine, same, same_quantized, saturate};
use crate::data::Quantized;
use crate::error::Kind;
use crate::error::Operand::In;
use crate::num::float::sqrt;
use crate::num::lut::Affine;
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::op;

/// SQRT.
pub static SQRT: OpDef = OpDef::builtin(
    op::SQRT,
    2,
    &[
        Kernel::new(same::<f32, f32>, |op| map(op, sqrt)).in_place(),
        Kernel::new(same_quantized::<i8>, eval::<i8>),
        Kernel::new(same_quantized::<i16>, eval::<i16>),
    ],
);

fn eval<T: Quantized>(op: &mut Op<'_>) -> Done {
    let q = affine(op)?;
    if op.read::<T>(In(0))?.iter().any(|x| x.into() < q.input.1) {
        return Err(Kind::Value.at(In(0)));
    }
    map(op, |x: T| saturate::<T>(root(&q, x.into())))
}

fn root(q: &Affine, x: i32) -> i32 {
    ((sqrt(q.real(x)) / q.output.0) as i32).wrapping_add(q.output.1)
}

#[cfg(test)]
mod tests {
    use super::root;
    use crate::num::lut::Affine;

    #[test]
    fn roots_are_cut_off() {
        let q = Affine { input: (0.5, -100), output: (0.25, 7) };
        for x in -100..=127 {
            let want = (((f64::from(x) + 100.0) * 0.5).sqrt() / 0.25) as i32 + 7;
            assert_eq!(root(&q, x), want, "{x}");
        }
    }
}
