//! ELU: x, and e^x − 1 below zero.
//!
//! float32; int8 by table.

use super::function::{Function, float, table8};
use crate::error::Fault;
use crate::num::special::expm1;
use crate::{Op, OpDef};
use floe_tflite::op;

/// ELU.
pub static ELU: OpDef = OpDef::builtin(op::ELU, 1, &[float::<Elu>(), table8::<Elu, i8>()]);

struct Elu;

impl Function for Elu {
    fn new(_: &Op<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }
    fn at(&self, x: f32) -> f32 {
        if x < 0.0 { expm1(f64::from(x)) as f32 } else { x }
    }
}

#[cfg(test)]
mod tests {
    use super::{Elu, Function};

    #[test]
    fn it_is_the_exponential_below_zero() {
        for x in [-80.0f32, -1.0, -1e-6, 0.0, 2.5] {
            let want = if x < 0.0 { f64::from(x).exp_m1() } else { f64::from(x) };
            assert!((f64::from(Elu.at(x)) - want).abs() <= 1e-7 * want.abs(), "{x}");
        }
    }
}
