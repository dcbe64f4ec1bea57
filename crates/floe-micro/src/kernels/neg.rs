//! NEG: each element with its sign turned.
//!
//! float32, int32, int64, int16, int8; of integers the stored number is negated, wrapping, whatever
//! quantization says, as LiteRT does.

use super::common::map;
use super::function::same;
use crate::{Kernel, OpDef};
use floe_tflite::op;

/// NEG.
pub static NEG: OpDef = OpDef::builtin(
    op::NEG,
    2,
    &[
        Kernel::new(same::<f32, f32>, |op| map(op, |x: f32| -x)).in_place(),
        Kernel::new(same::<i32, i32>, |op| map(op, i32::wrapping_neg)).in_place(),
        Kernel::new(same::<i64, i64>, |op| map(op, i64::wrapping_neg)).in_place(),
        Kernel::new(same::<i16, i16>, |op| map(op, i16::wrapping_neg)).in_place(),
        Kernel::new(same::<i8, i8>, |op| map(op, i8::wrapping_neg)).in_place(),
    ],
);
