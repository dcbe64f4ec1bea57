//! EXP: e to the power of each element.
//!
//! float32; int8 and int16 by table.

use super::function::{Function, float, table8, table16};
use crate::error::Fault;
use crate::num::float::{exp, exp64};
use crate::{Op, OpDef};
use floe_tflite::op;

/// EXP.
pub static EXP: OpDef =
    OpDef::builtin(op::EXP, 2, &[float::<Exp>(), table8::<Exact, i8>(), table16::<Exact>()]);

struct Exp;

impl Function for Exp {
    fn new(_: &Op<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }
    #[inline(always)]
    fn at(&self, x: f32) -> f32 {
        exp(x)
    }
}

/// The same, rounded from double precision: tables must not depend on the last bit.
struct Exact;

impl Function for Exact {
    fn new(_: &Op<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }
    fn at(&self, x: f32) -> f32 {
        exp64(x.into()) as f32
    }
}
