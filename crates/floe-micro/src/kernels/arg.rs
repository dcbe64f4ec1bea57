//! ARG_MAX, ARG_MIN: where along an axis the largest or smallest element is; the first of equals.
//!
//! float32, int8, uint8, int16, int32, int64, bool; the index as int32 or int64.

use super::common::types;
use crate::data::{Scalar, View, ViewMut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, Op, OpDef, Shape};
use floe_graph::DType;
use floe_tflite::op;

/// ARG_MAX.
pub static ARG_MAX: OpDef = OpDef::builtin(op::ARG_MAX, 3, &kernels::<true>());
/// ARG_MIN.
pub static ARG_MIN: OpDef = OpDef::builtin(op::ARG_MIN, 3, &kernels::<false>());

const fn kernels<const MAX: bool>() -> [Kernel; 7] {
    [
        of::<MAX, f32>(),
        of::<MAX, i8>(),
        of::<MAX, u8>(),
        of::<MAX, i16>(),
        of::<MAX, i32>(),
        of::<MAX, i64>(),
        of::<MAX, bool>(),
    ]
}

const fn of<const MAX: bool, T: Scalar>() -> Kernel {
    Kernel::new(prepare::<T>, eval::<MAX, T>)
}

fn axis(op: &Op<'_>, shape: &Shape) -> Result<usize, Fault> {
    shape.axis(op.known_int(In(1))?).ok_or(Kind::Value.at(In(1)))
}

fn prepare<T: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE)])?;
    if ![DType::Int32, DType::Int64].contains(&op.dtype(Out(0))?) {
        return Err(Kind::Type.at(Out(0)));
    }
    let shape = op.shape(In(0))?;
    let axis = axis(op, &shape)?;
    if shape.dim(axis) == 0 {
        return Err(Kind::Shape.at(In(0)));
    }
    let rest = shape.dims().iter().enumerate().filter(|&(i, _)| i != axis).map(|(_, &d)| d);
    op.set_shape(Out(0), &Shape::new(rest).ok_or(Kind::Shape.at(In(0)))?)
}

fn eval<const MAX: bool, T: Scalar>(op: &mut Op<'_>) -> Done {
    let shape = op.shape(In(0))?;
    let axis = axis(op, &shape)?;
    let wide = op.dtype(Out(0))? == DType::Int64;
    let (depth, inner) = (shape.dim(axis), shape.span(axis + 1, shape.rank()));
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let block = View::<T>::new(x);
    let mut at = 0usize;
    let mut put = |index: usize| {
        if wide {
            ViewMut::<i64>::new(y).set(at, index as i64);
        } else {
            ViewMut::<i32>::new(y).set(at, index as i32);
        }
        at += 1;
    };
    for x in block.pieces(depth * inner) {
        for i in 0..inner {
            put(extreme::<MAX, T>((0..depth).map(|k| x.at(k * inner + i))));
        }
    }
    Ok(())
}

/// Where the first of the largest, or smallest, elements is.
fn extreme<const MAX: bool, T: Scalar>(mut elements: impl Iterator<Item = T>) -> usize {
    let mut best = elements.next().unwrap_or_default();
    let mut index = 0;
    for (i, x) in elements.enumerate() {
        if if MAX { x > best } else { x < best } {
            (best, index) = (x, i + 1);
        }
    }
    index
}

#[cfg(test)]
mod tests {
    use super::extreme;

    #[test]
    fn the_first_of_equals_counts() {
        assert_eq!(extreme::<true, i8>([3, 7, -1, 7].into_iter()), 1);
        assert_eq!(extreme::<false, i8>([3, -1, 7, -1].into_iter()), 1);
        assert_eq!(extreme::<true, f32>([f32::NAN, 7.0].into_iter()), 0);
    }
}
