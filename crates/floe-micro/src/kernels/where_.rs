//! WHERE: the indices of all elements other than zero, one row each.
//!
//! bool, float32, int8, uint8, int32, uint32, int64; the indices int64 or int32.

use super::common::types;
use crate::data::{Scalar, View, ViewMut};
use crate::error::Kind;
use crate::error::Operand::{In, Out};
use crate::{Done, Kernel, Op, OpDef, Shape};
use floe_graph::DType;
use floe_tflite::op;

/// WHERE.
pub static WHERE: OpDef = OpDef::builtin(
    op::WHERE,
    1,
    &[of::<bool>(), of::<f32>(), of::<i8>(), of::<u8>(), of::<i32>(), of::<u32>(), of::<i64>()],
);

const fn of<T: Scalar>() -> Kernel {
    Kernel::new(prepare::<T>, eval::<T>)
}

fn rows(shape: &Shape, count: usize) -> Option<Shape> {
    Shape::of(&[count, shape.rank()])
}

fn prepare<T: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE)])?;
    if ![DType::Int32, DType::Int64].contains(&op.dtype(Out(0))?) {
        return Err(Kind::Type.at(Out(0)));
    }
    let shape = op.shape(In(0))?;
    op.set_bound(Out(0), &rows(&shape, shape.len()).ok_or(Kind::Size.at(Out(0)))?)
}

fn eval<T: Scalar>(op: &mut Op<'_>) -> Done {
    let shape = op.shape(In(0))?;
    let wide = op.dtype(Out(0))? == DType::Int64;
    let count = op.read::<T>(In(0))?.iter().filter(|&x| x != T::default()).count();
    op.set_shape(Out(0), &rows(&shape, count).ok_or(Kind::Size.at(Out(0)))?)?;
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let mut at = 0;
    for (i, x) in View::<T>::new(x).iter().enumerate() {
        if x == T::default() {
            continue;
        }
        let mut rest = shape.len();
        for d in shape.iter() {
            rest = rest.checked_div(d).unwrap_or(0);
            let index = i.checked_div(rest).unwrap_or(0).checked_rem(d).unwrap_or(0);
            if wide {
                ViewMut::<i64>::new(y).set(at, index as i64);
            } else {
                ViewMut::<i32>::new(y).set(at, index as i32);
            }
            at += 1;
        }
    }
    Ok(())
}
