//! GELU: x times the normal distribution's share below x, exactly or by a hyperbolic tangent.
//!
//! float32; int8, uint8 and int16 by table.

use super::function::{Function, float, table8, table16};
use crate::error::Fault;
use crate::num::special::{erfc, tanh64};
use crate::{Op, OpDef};
use core::f32::consts::FRAC_1_SQRT_2;
use floe_tflite::fields::gelu_options::APPROXIMATE;
use floe_tflite::op;

/// GELU.
pub static GELU: OpDef = OpDef::builtin(
    op::GELU,
    2,
    &[float::<Gelu>(), table8::<Gelu, i8>(), table8::<Gelu, u8>(), table16::<Gelu>()],
);

struct Gelu {
    approximate: bool,
}

impl Function for Gelu {
    fn new(op: &Op<'_>) -> Result<Self, Fault> {
        Ok(Self { approximate: op.option(APPROXIMATE) })
    }
    fn at(&self, x: f32) -> f32 {
        if self.approximate {
            const SQRT_2_OVER_PI: f32 = 0.797_884_6;
            let slope = SQRT_2_OVER_PI * (x + 0.044_715 * x * x * x);
            0.5 * x * (1.0 + tanh64(slope.into()) as f32)
        } else {
            0.5 * x * erfc(f64::from(x * -FRAC_1_SQRT_2)) as f32
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Function, Gelu};

    #[test]
    fn it_is_known_at_some_points() {
        // x times the normal distribution's table: Φ(1) = 0.8413447, Φ(−2) = 0.0227501.
        let exact = Gelu { approximate: false };
        assert!((exact.at(1.0) - 0.841_344_7).abs() < 1e-6);
        assert!((exact.at(-2.0) + 0.045_500_26).abs() < 1e-7);
        let near = Gelu { approximate: true };
        for x in [-3.0, -0.7, 0.0, 0.4, 5.0] {
            assert!((near.at(x) - exact.at(x)).abs() < 5e-4, "{x}");
        }
    }
}
