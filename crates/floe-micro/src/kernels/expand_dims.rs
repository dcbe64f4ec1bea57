//! EXPAND_DIMS and SQUEEZE: the same elements with a dimension of 1 more, or some fewer. RANK: the number
//! of dimensions. Any element type of whole bytes, and strings.

use super::common::{Copied, types};
use super::strided::same_type;
#[cfg(feature = "std")]
use super::strings;
use crate::data::ViewMut;
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, MAX_RANK, Op, OpDef, Shape};
use floe_graph::DType;
use floe_tflite::fields::squeeze_options::SQUEEZE_DIMS;
use floe_tflite::op;

/// EXPAND_DIMS.
pub static EXPAND_DIMS: OpDef = OpDef::builtin(
    op::EXPAND_DIMS,
    1,
    &[
        Kernel::task::<Copied>(prepare).in_place(),
        #[cfg(feature = "std")]
        Kernel::new(prepare_strings, strings::copy_all),
    ],
);
/// SQUEEZE.
pub static SQUEEZE: OpDef = OpDef::builtin(
    op::SQUEEZE,
    2,
    &[
        Kernel::task::<Copied>(prepare_squeeze).in_place(),
        #[cfg(feature = "std")]
        Kernel::new(prepare_squeeze_strings, strings::copy_all),
    ],
);
/// RANK.
pub static RANK: OpDef =
    OpDef::builtin(op::RANK, 1, &[Kernel::new(prepare_rank, eval_rank).shapes_only()]);

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let shape = expanded(op)?;
    op.set_shape(Out(0), &shape)
}

#[cfg(feature = "std")]
fn prepare_strings(op: &mut Op<'_>) -> Done {
    let shape = expanded(op)?;
    strings::set_shape(op, In(0), &shape)
}

/// The input's shape with the dimension more.
fn expanded(op: &Op<'_>) -> Result<Shape, Fault> {
    let shape = op.shape(In(0))?;
    let rank = shape.rank() as i32;
    let axis = op.known_int(In(1))?;
    let axis = if axis < 0 { axis.wrapping_add(rank + 1) } else { axis };
    let axis =
        usize::try_from(axis).ok().filter(|&a| a <= shape.rank()).ok_or(Kind::Value.at(In(1)))?;
    let (head, tail) = shape.dims().split_at_checked(axis).unwrap_or_default();
    Shape::new(head.iter().chain([&1]).chain(tail).copied()).ok_or(Kind::Shape.at(Out(0)))
}

fn prepare_squeeze(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let shape = squeezed(op)?;
    op.set_shape(Out(0), &shape)
}

#[cfg(feature = "std")]
fn prepare_squeeze_strings(op: &mut Op<'_>) -> Done {
    let shape = squeezed(op)?;
    strings::set_shape(op, In(0), &shape)
}

/// The input's shape with some dimensions fewer.
fn squeezed(op: &Op<'_>) -> Result<Shape, Fault> {
    let shape = op.shape(In(0))?;
    let named = op.option_list(SQUEEZE_DIMS);
    let mut gone = [false; MAX_RANK];
    for (i, (gone, dim)) in gone.iter_mut().zip(shape.iter()).enumerate() {
        *gone = if named.is_empty() {
            dim == 1
        } else {
            named.iter().any(|d| shape.axis(d) == Some(i))
        };
        if *gone && dim != 1 {
            return Err(Kind::Shape.at(In(0)));
        }
    }
    if named.iter().any(|d| shape.axis(d).is_none()) {
        return Err(Kind::Option.at(In(0)));
    }
    let dims = shape.dims().iter().zip(gone).filter(|(_, gone)| !gone).map(|(&d, _)| d);
    Shape::new(dims).ok_or(Kind::Shape.at(Out(0)))
}

fn prepare_rank(op: &mut Op<'_>) -> Done {
    types(op, [(Out(0), DType::Int32)])?;
    op.set_shape(Out(0), &Shape::SCALAR)
}

fn eval_rank(op: &mut Op<'_>) -> Done {
    let rank = op.shape(In(0))?.rank() as i32;
    let ([], [y]) = op.io([], [Out(0)])?;
    ViewMut::<i32>::new(y).set(0, rank);
    Ok(())
}
