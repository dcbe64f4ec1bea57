//! FAKE_QUANT: floats rounded to the steps that quantization between two numbers would leave.
//!
//! float32. The range is moved so that 0 is one of the steps.

use super::function::{Function, float};
use crate::error::Operand::Out;
use crate::error::{Fault, Kind};
use crate::num::float::round;
use crate::{Op, OpDef};
use floe_tflite::fields::fake_quant_options::{MAX, MIN, NARROW_RANGE, NUM_BITS};
use floe_tflite::op;

/// FAKE_QUANT.
pub static FAKE_QUANT: OpDef = OpDef::builtin(op::FAKE_QUANT, 2, &[float::<Grid>()]);

struct Grid {
    low: f32,
    high: f32,
    step: f32,
}

impl Grid {
    /// The grid of the integers `first` to `last` over `min` to `max`.
    fn over(min: f32, max: f32, first: f32, last: f32) -> Self {
        let step = (max - min) / (last - first);
        let zero = first - min / step;
        let zero = if zero < first {
            first
        } else if zero > last {
            last
        } else {
            round(zero)
        };
        Self { low: (first - zero) * step, high: (last - zero) * step, step }
    }
}

impl Function for Grid {
    fn new(op: &Op<'_>) -> Result<Self, Fault> {
        let bits = op.option(NUM_BITS);
        let (min, max) = (op.option(MIN), op.option(MAX));
        let whole = min <= 0.0 && max >= 0.0 && min < max;
        if !(2..=16).contains(&bits) || !whole {
            return Err(Kind::Option.at(Out(0)));
        }
        let first = if op.option(NARROW_RANGE) { 1.0 } else { 0.0 };
        Ok(Self::over(min, max, first, ((1i32 << (bits & 31)) - 1) as f32))
    }

    #[inline]
    fn at(&self, x: f32) -> f32 {
        let x = if x > self.low { x } else { self.low };
        let x = if x < self.high { x } else { self.high };
        round((x - self.low) * (1.0 / self.step)) * self.step + self.low
    }
}

#[cfg(test)]
mod tests {
    use super::{Function, Grid};

    #[test]
    fn zero_is_a_step_and_the_range_an_end() {
        let grid = Grid::over(-1.0, 1.0, 0.0, 255.0);
        assert!(grid.at(0.0).abs() < 1e-7);
        assert!((grid.at(-9.0) - grid.low).abs() < 1e-6 && (grid.at(9.0) - grid.high).abs() < 1e-6);
        for i in -20..20 {
            let x = i as f32 * 0.049;
            assert!((grid.at(x) - x).abs() <= 0.5001 * grid.step, "{x}");
        }
    }
}
