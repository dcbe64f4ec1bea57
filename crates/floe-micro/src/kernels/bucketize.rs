//! BUCKETIZE: between which of the option's boundaries each element lies: how many are not above it.
//!
//! float32, float64, int32, int64; compared as LiteRT does: integers as float32.

use super::common::{map, types};
use crate::data::Scalar;
use crate::error::Kind;
use crate::error::Operand::{In, Out};
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::{DType, LeSlice};
use floe_tflite::fields::bucketize_options::BOUNDARIES;
use floe_tflite::op;

/// BUCKETIZE.
pub static BUCKETIZE: OpDef = OpDef::builtin(
    op::BUCKETIZE,
    1,
    &[
        Kernel::new(prepare::<f32>, |op| eval(op, |x: f32| x.into())),
        Kernel::new(prepare::<f64>, |op| eval(op, |x: f64| x)),
        Kernel::new(prepare::<i32>, |op| eval(op, |x: i32| (x as f32).into())),
        Kernel::new(prepare::<i64>, |op| eval(op, |x: i64| (x as f32).into())),
    ],
);

fn prepare<T: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (Out(0), DType::Int32)])?;
    let boundaries = op.option_list(BOUNDARIES);
    let mut pairs = boundaries.iter().zip(boundaries.iter().skip(1));
    if !pairs.all(|(a, b)| a <= b) {
        return Err(Kind::Option.at(Out(0)));
    }
    let shape = op.shape(In(0))?;
    op.set_shape(Out(0), &shape)
}

fn eval<T: Scalar>(op: &mut Op<'_>, value: fn(T) -> f64) -> Done {
    let boundaries = op.option_list(BOUNDARIES);
    map(op, |x: T| bucket(&boundaries, value(x)))
}

/// How many boundaries are not above `x`, by halving.
fn bucket(boundaries: &LeSlice<'_, f32>, x: f64) -> i32 {
    let (mut low, mut high) = (0, boundaries.len());
    while low < high {
        let middle = low.midpoint(high);
        if boundaries.get(middle).is_some_and(|b| x < f64::from(b)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low as i32
}

#[cfg(test)]
mod tests {
    use super::bucket;
    use floe_graph::LeSlice;

    #[test]
    fn a_boundary_belongs_to_the_upper_bucket() {
        let bytes = [-1f32, 0.0, 0.0, 10.0].map(f32::to_le_bytes).concat();
        let boundaries = LeSlice::<f32>::new(&bytes);
        assert_eq!(
            [-2.0, -1.0, 0.0, 9.9, 10.0, 11.0].map(|x| bucket(&boundaries, x)),
            [0, 1, 3, 3, 4, 4]
        );
    }
}
