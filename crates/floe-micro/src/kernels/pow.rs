//! POW: a to the power of b.
//!
//! float32; int32, whose exponents must not be negative and whose results wrap.

use super::binary::pair;
use super::common::zip;
use crate::error::Kind;
use crate::error::Operand::In;
use crate::num::float::pow;
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::op;

/// POW.
pub static POW: OpDef = OpDef::builtin(
    op::POW,
    1,
    &[Kernel::new(pair::<f32, f32>, |op| zip(op, pow)), Kernel::new(pair::<i32, i32>, eval_int)],
);

fn eval_int(op: &mut Op<'_>) -> Done {
    if op.read::<i32>(In(1))?.iter().any(|b| b < 0) {
        return Err(Kind::Value.at(In(1)));
    }
    zip(op, |a: i32, b: i32| a.wrapping_pow(b.unsigned_abs()))
}
