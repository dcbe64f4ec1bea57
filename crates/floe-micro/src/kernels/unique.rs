//! UNIQUE: the different elements of a vector in the order in which they first come, and for each element which
//! of them it is.
//!
//! float32, int8, uint8, int16, int32, int64; the indices int32 or int64.

use super::common::types;
use crate::data::{Scalar, View, ViewMut};
use crate::error::Kind;
use crate::error::Operand::{In, Out};
use crate::{Done, Kernel, Op, OpDef, Shape};
use floe_graph::DType;
use floe_tflite::op;

/// UNIQUE.
pub static UNIQUE: OpDef = OpDef::builtin(
    op::UNIQUE,
    2,
    &[of::<f32>(), of::<i8>(), of::<u8>(), of::<i16>(), of::<i32>(), of::<i64>()],
);

const fn of<T: Scalar>() -> Kernel {
    Kernel::new(prepare::<T>, eval::<T>)
}

fn prepare<T: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (Out(0), T::DTYPE)])?;
    if ![DType::Int32, DType::Int64].contains(&op.dtype(Out(1))?) {
        return Err(Kind::Type.at(Out(1)));
    }
    let shape = op.shape(In(0))?;
    if shape.rank() != 1 {
        return Err(Kind::Shape.at(In(0)));
    }
    op.set_bound(Out(0), &shape)?;
    op.set_shape(Out(1), &shape)
}

fn eval<T: Scalar>(op: &mut Op<'_>) -> Done {
    let shape = op.shape(In(0))?;
    let wide = op.dtype(Out(1))? == DType::Int64;
    op.set_shape(Out(0), &shape)?;
    let ([x], [values, indices]) = op.io([In(0)], [Out(0), Out(1)])?;
    let (x, mut values) = (View::<T>::new(x), ViewMut::<T>::new(values));
    let count = if wide {
        let mut indices = ViewMut::<i64>::new(indices);
        distinct(x, &mut values, |i, which| indices.set(i, which as i64))
    } else {
        let mut indices = ViewMut::<i32>::new(indices);
        distinct(x, &mut values, |i, which| indices.set(i, which as i32))
    };
    op.set_shape(Out(0), &Shape::of(&[count]).ok_or(Kind::Shape.at(Out(0)))?)
}

/// Writes the different elements of `x` to `values`, gives `put` which of them each is, and returns how many
/// there are.
fn distinct<T: Scalar>(
    x: View<'_, T>,
    values: &mut ViewMut<'_, T>,
    mut put: impl FnMut(usize, usize),
) -> usize {
    let mut count = 0;
    for (i, x) in x.iter().enumerate() {
        let which = values.part(0, count).view().iter().position(|v| v == x).unwrap_or(count);
        if which == count {
            values.set(count, x);
            count += 1;
        }
        put(i, which);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::distinct;
    use crate::data::{View, ViewMut};

    #[test]
    fn elements_are_numbered_as_they_first_come() {
        let x = [5i8, -2, 5, 7, -2].map(|x| x as u8);
        let (mut values, mut which) = ([0u8; 5], [9usize; 5]);
        let count =
            distinct(View::<i8>::new(&x), &mut ViewMut::new(&mut values), |i, w| which[i] = w);
        assert_eq!((count, which), (3, [0, 1, 0, 2, 1]));
        assert_eq!(values.map(|v| v as i8)[..3], [5, -2, 7]);
    }
}
