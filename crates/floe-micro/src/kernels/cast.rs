//! CAST: numbers as another element type.
//!
//! Between all of float16, float32, float64, int8, uint8, int16, uint16, int32, uint32, int64, uint64, bool and complex64.
//! Integers wrap; floats are cut off towards zero and saturate, NaN becoming the largest integer; of a complex
//! number the real part is taken.

use crate::data::{Scalar, View, ViewMut};
use crate::error::Kind;
use crate::error::Operand::{self, In, Out};
use crate::num::float::{from_f16, to_f16};
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::DType;
use floe_tflite::op;

/// CAST.
pub static CAST: OpDef = OpDef::builtin(op::CAST, 7, &[Kernel::new(prepare, eval)]);

/// A number on its way from one type to another.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Number {
    Whole(i64),
    Unsigned(u64),
    Real(f64),
}
use Number::{Real, Unsigned, Whole};

fn known(op: &Op<'_>, operand: Operand) -> Done {
    use DType::{
        Bool, Complex64, Float16, Float32, Float64, Int8, Int16, Int32, Int64, Uint8, Uint16,
        Uint32, Uint64,
    };
    match op.dtype(operand)? {
        Bool | Complex64 | Float16 | Float32 | Float64 | Int8 | Int16 | Int32 | Int64 | Uint8
        | Uint16 | Uint32 | Uint64 => Ok(()),
        _ => Err(Kind::Type.at(operand)),
    }
}

fn prepare(op: &mut Op<'_>) -> Done {
    known(op, In(0))?;
    known(op, Out(0))?;
    let shape = op.shape(In(0))?;
    op.set_shape(Out(0), &shape)
}

fn eval(op: &mut Op<'_>) -> Done {
    let (from, to) = (op.dtype(In(0))?, op.dtype(Out(0))?);
    if from == to {
        return op.copy(In(0), Out(0));
    }
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    macro_rules! read {
        ($t:ty, $number:expr) => {
            write(to, View::<$t>::new(x).iter().map($number), y)
        };
    }
    match from {
        DType::Float32 => read!(f32, |x| Real(x.into())),
        DType::Float64 => read!(f64, Real),
        DType::Float16 => read!(u16, |x| Real(from_f16(x).into())),
        DType::Complex64 => {
            let real = View::<f32>::new(x).pieces(2).map(|z| Real(z.at(0).into()));
            write(to, real, y);
        }
        DType::Int8 => read!(i8, |x| Whole(x.into())),
        DType::Uint8 => read!(u8, |x| Whole(x.into())),
        DType::Int16 => read!(i16, |x| Whole(x.into())),
        DType::Uint16 => read!(u16, |x| Whole(x.into())),
        DType::Int32 => read!(i32, |x| Whole(x.into())),
        DType::Uint32 => read!(u32, |x| Whole(x.into())),
        DType::Uint64 => read!(u64, Unsigned),
        DType::Bool => read!(bool, |x| Whole(x.into())),
        _ => read!(i64, Whole),
    }
    Ok(())
}

/// Writes `numbers` as elements of type `to`.
fn write(to: DType, numbers: impl Iterator<Item = Number>, y: &mut [u8]) {
    match to {
        DType::Float32 => ViewMut::<f32>::new(y).write(numbers.map(single)),
        DType::Float64 => ViewMut::<f64>::new(y).write(numbers.map(double)),
        DType::Float16 => ViewMut::<u16>::new(y).write(numbers.map(|n| to_f16(single(n)))),
        DType::Complex64 => {
            let mut y = ViewMut::<f32>::new(y);
            y.write(numbers.flat_map(|n| [single(n), 0.0]));
        }
        DType::Bool => ViewMut::<bool>::new(y).write(numbers.map(|n| double(n) != 0.0)),
        DType::Int8 => whole::<i8>(numbers, y),
        DType::Uint8 => whole::<u8>(numbers, y),
        DType::Int16 => whole::<i16>(numbers, y),
        DType::Uint16 => whole::<u16>(numbers, y),
        DType::Int32 => whole::<i32>(numbers, y),
        DType::Uint32 => whole::<u32>(numbers, y),
        DType::Uint64 => whole::<u64>(numbers, y),
        _ => whole::<i64>(numbers, y),
    }
}

fn single(n: Number) -> f32 {
    match n {
        Whole(n) => n as f32,
        Unsigned(n) => n as f32,
        Real(x) => x as f32,
    }
}

fn double(n: Number) -> f64 {
    match n {
        Whole(n) => n as f64,
        Unsigned(n) => n as f64,
        Real(x) => x,
    }
}

/// An integer type as a target.
trait Target: Scalar {
    fn from_number(n: Number) -> Self;
}

macro_rules! targets {
    ($($t:ty)*) => {$(
        impl Target for $t {
            fn from_number(n: Number) -> Self {
                match n {
                    Whole(n) => n as $t,
                    Unsigned(n) => n as $t,
                    Real(x) if x.is_nan() => <$t>::MAX,
                    Real(x) => x as $t,
                }
            }
        }
    )*};
}
targets!(i8 u8 i16 u16 i32 u32 i64 u64);

fn whole<T: Target>(numbers: impl Iterator<Item = Number>, y: &mut [u8]) {
    ViewMut::<T>::new(y).write(numbers.map(T::from_number));
}

#[cfg(test)]
mod tests {
    use super::{Real, Target, Unsigned, Whole, single};

    #[test]
    fn integers_wrap_and_floats_saturate() {
        assert_eq!([300, -1, -129].map(|n| i8::from_number(Whole(n))), [44, -1, 127]);
        assert_eq!(
            [2.9, -2.9, 1e9, -1e9, f64::NAN].map(|x| i8::from_number(Real(x))),
            [2, -2, 127, -128, 127]
        );
        assert_eq!(u8::from_number(Real(-1.0)), 0);
        assert_eq!(i64::from_number(Unsigned(u64::MAX)), -1);
    }

    #[test]
    fn integers_round_once() {
        // Half way between two singles, and a little more: by way of a double it would round down.
        let n = (1i64 << 60) + (1 << 36) + 1;
        assert_eq!(single(Whole(n)), 2f32.powi(60) + 2f32.powi(37));
    }
}
