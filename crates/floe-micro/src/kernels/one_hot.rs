//! ONE_HOT: for each index a vector along a new axis, one value at the index and another elsewhere.
//!
//! Indices int32 or int64; values of any element type of 1, 2, 4 or 8 bytes. Inputs are indices, depth, the value at
//! the index, the value elsewhere. An index out of range leaves no mark.

use super::common::types;
use crate::data::{Scalar, View, ViewMut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, Op, OpDef, Shape};
use floe_graph::DType;
use floe_tflite::fields::one_hot_options::AXIS;
use floe_tflite::op;

/// ONE_HOT.
pub static ONE_HOT: OpDef = OpDef::builtin(op::ONE_HOT, 1, &[Kernel::new(prepare, eval)]);

/// Where the new axis goes.
fn axis(op: &Op<'_>, indices: &Shape) -> Result<usize, Fault> {
    let axis = match op.option(AXIS) {
        -1 => Some(indices.rank()),
        axis => usize::try_from(axis).ok(),
    };
    axis.filter(|&a| a <= indices.rank()).ok_or(Kind::Option.at(Out(0)))
}

fn prepare(op: &mut Op<'_>) -> Done {
    let dtype = op.dtype(In(2))?;
    types(op, [(In(1), DType::Int32), (In(3), dtype), (Out(0), dtype)])?;
    if ![DType::Int32, DType::Int64].contains(&op.dtype(In(0))?) {
        return Err(Kind::Type.at(In(0)));
    }
    if ![Some(8), Some(16), Some(32), Some(64)].contains(&dtype.bits()) {
        return Err(Kind::Type.at(In(2)));
    }
    let indices = op.shape(In(0))?;
    let (axis, depth) = (axis(op, &indices)?, op.known_int(In(1))?);
    let (before, after) = indices.dims().split_at_checked(axis).ok_or(Kind::Option.at(Out(0)))?;
    let dims = before.iter().chain([&depth]).chain(after).copied();
    op.set_shape(Out(0), &Shape::new(dims).ok_or(Kind::Shape.at(Out(0)))?)
}

fn eval(op: &mut Op<'_>) -> Done {
    match op.dtype(In(2))?.bits() {
        Some(8) => mark::<u8>(op),
        Some(16) => mark::<u16>(op),
        Some(32) => mark::<u32>(op),
        _ => mark::<u64>(op),
    }
}

fn mark<T: Scalar>(op: &mut Op<'_>) -> Done {
    let indices = op.shape(In(0))?;
    let axis = axis(op, &indices)?;
    let (depth, inner) = (op.shape(Out(0))?.dim(axis), indices.span(axis, indices.rank()));
    let wide = op.dtype(In(0))? == DType::Int64;
    let ([indices, on, off], [y]) = op.io([In(0), In(2), In(3)], [Out(0)])?;
    let (on, off) = (View::<T>::new(on).at(0), View::<T>::new(off).at(0));
    let mut y = ViewMut::<T>::new(y);
    y.fill(off);
    let mut put = |i: usize, index: Option<usize>| {
        if let Some(index) = index.filter(|&index| index < depth) {
            let (outer, rest) =
                (i.checked_div(inner).unwrap_or(0), i.checked_rem(inner).unwrap_or(0));
            y.set((outer * depth + index) * inner + rest, on);
        }
    };
    if wide {
        let indices = View::<i64>::new(indices);
        indices.iter().enumerate().for_each(|(i, index)| put(i, usize::try_from(index).ok()));
    } else {
        let indices = View::<i32>::new(indices);
        indices.iter().enumerate().for_each(|(i, index)| put(i, usize::try_from(index).ok()));
    }
    Ok(())
}
