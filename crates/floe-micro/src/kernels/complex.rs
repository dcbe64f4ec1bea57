//! COMPLEX_ABS, REAL, IMAG: the length and the parts of complex numbers.
//!
//! complex64 to float32, complex128 to float64 (lengths to float32's precision).

use super::common::types;
use crate::data::{Scalar, View, ViewMut};
use crate::error::Operand::{In, Out};
use crate::num::float::sqrt64;
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::DType;
use floe_tflite::op;

/// COMPLEX_ABS.
pub static COMPLEX_ABS: OpDef = OpDef::builtin(
    op::COMPLEX_ABS,
    1,
    &[
        Kernel::new(prepare::<f32>, |op| {
            eval(op, |re: f32, im| length(re.into(), im.into()) as f32)
        }),
        Kernel::new(prepare::<f64>, |op| eval(op, length)),
    ],
);
/// REAL.
pub static REAL: OpDef = OpDef::builtin(
    op::REAL,
    1,
    &[
        Kernel::new(prepare::<f32>, |op| eval(op, |re: f32, _| re)),
        Kernel::new(prepare::<f64>, |op| eval(op, |re: f64, _| re)),
    ],
);
/// IMAG.
pub static IMAG: OpDef = OpDef::builtin(
    op::IMAG,
    1,
    &[
        Kernel::new(prepare::<f32>, |op| eval(op, |_, im: f32| im)),
        Kernel::new(prepare::<f64>, |op| eval(op, |_, im: f64| im)),
    ],
);

fn prepare<T: Scalar>(op: &mut Op<'_>) -> Done {
    let complex = if T::DTYPE == DType::Float64 { DType::Complex128 } else { DType::Complex64 };
    types(op, [(In(0), complex), (Out(0), T::DTYPE)])?;
    let shape = op.shape(In(0))?;
    op.set_shape(Out(0), &shape)
}

fn eval<T: Scalar>(op: &mut Op<'_>, f: fn(T, T) -> T) -> Done {
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let pairs = View::<T>::new(x);
    ViewMut::<T>::new(y).write(pairs.pieces(2).map(|z| f(z.at(0), z.at(1))));
    Ok(())
}

/// √(re² + im²), without overflow on the way.
fn length(re: f64, im: f64) -> f64 {
    let (re, im) = (re.abs(), im.abs());
    let (large, small) = if re > im { (re, im) } else { (im, re) };
    if large == 0.0 || large.is_infinite() || re.is_nan() {
        return if re.is_infinite() { re } else { large + small };
    }
    let ratio = small / large;
    large * sqrt64(1.0 + ratio * ratio)
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn lengths_do_not_overflow() {
        for (re, im) in [(3.0, -4.0), (0.0, 0.0), (1e300, 1e300), (-1e-300, 2e-300), (0.0, -2.0)] {
            let want = f64::hypot(re, im);
            assert!((length(re, im) - want).abs() <= 1e-15 * want, "{re} {im}");
        }
        assert_eq!(length(f64::NEG_INFINITY, 1.0), f64::INFINITY);
        assert!(length(f64::NAN, 1.0).is_nan() && length(1.0, f64::NAN).is_nan());
    }
}
