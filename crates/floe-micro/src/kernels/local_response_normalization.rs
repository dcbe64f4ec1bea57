//! LOCAL_RESPONSE_NORMALIZATION: each element times (bias + alpha Σ x²)^−beta over the channels around its own.
//!
//! float32; channels are the last dimension.

use super::function::{rows, same};
use crate::data::{View, ViewMut};
use crate::error::Kind;
use crate::error::Operand::Out;
use crate::num::float::pow;
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::fields::local_response_normalization_options::{ALPHA, BETA, BIAS, RADIUS};
use floe_tflite::op;

/// LOCAL_RESPONSE_NORMALIZATION.
pub static LOCAL_RESPONSE_NORMALIZATION: OpDef =
    OpDef::builtin(op::LOCAL_RESPONSE_NORMALIZATION, 1, &[Kernel::new(prepare, eval)]);

struct Params {
    radius: usize,
    bias: f32,
    alpha: f32,
    beta: f32,
}

impl Params {
    fn row(&self, x: View<'_, f32>, y: &mut ViewMut<'_, f32>) {
        y.write(x.iter().enumerate().map(|(i, own)| {
            let first = i.saturating_sub(self.radius);
            let count = i.saturating_add(self.radius).saturating_add(1) - first;
            let squares = x.part(first, count).iter().fold(0.0, |sum, x| sum + x * x);
            own * pow(self.bias + self.alpha * squares, -self.beta)
        }));
    }
}

fn prepare(op: &mut Op<'_>) -> Done {
    same::<f32, f32>(op)?;
    if op.option(RADIUS) < 0 { Err(Kind::Option.at(Out(0))) } else { Ok(()) }
}

fn eval(op: &mut Op<'_>) -> Done {
    let radius = usize::try_from(op.option(RADIUS)).unwrap_or(0);
    let p =
        Params { radius, bias: op.option(BIAS), alpha: op.option(ALPHA), beta: op.option(BETA) };
    rows(op, |x, y| p.row(x, y))
}

#[cfg(test)]
mod tests {
    use super::Params;
    use crate::data::{View, ViewMut};

    #[test]
    fn neighbours_count_up_to_the_edges() {
        let x = [1f32, 2.0, -3.0, 4.0];
        let bytes = x.map(f32::to_le_bytes).concat();
        let mut out = [0u8; 16];
        let p = Params { radius: 1, bias: 2.0, alpha: 0.5, beta: 0.5 };
        p.row(View::new(&bytes), &mut ViewMut::new(&mut out));
        let squares = [5.0, 14.0, 29.0, 25.0];
        for (i, y) in View::<f32>::new(&out).iter().enumerate() {
            let want = f64::from(x[i]) / (2.0f64 + 0.5 * squares[i]).sqrt();
            assert!((f64::from(y) - want).abs() < 1e-6, "{i}");
        }
    }
}
