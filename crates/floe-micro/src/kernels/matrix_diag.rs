//! MATRIX_DIAG: vectors as the diagonals of matrices. MATRIX_SET_DIAG: matrices with other diagonals.
//! Any element type of whole bytes.

use super::strided::{element, same_type, width};
use crate::data::{copy, pieces_mut};
use crate::error::Kind;
use crate::error::Operand::{self, In, Out};
use crate::{Done, Kernel, Op, OpDef, Shape};
use floe_tflite::op;

/// MATRIX_DIAG.
pub static MATRIX_DIAG: OpDef = OpDef::builtin(op::MATRIX_DIAG, 1, &[Kernel::new(prepare, eval)]);
/// MATRIX_SET_DIAG.
pub static MATRIX_SET_DIAG: OpDef =
    OpDef::builtin(op::MATRIX_SET_DIAG, 1, &[Kernel::new(prepare_set, eval_set)]);

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let shape = op.shape(In(0))?;
    let last = *shape.dims().last().ok_or(Kind::Shape.at(In(0)))?;
    let dims = shape.dims().iter().copied().chain([last]);
    op.set_shape(Out(0), &Shape::new(dims).ok_or(Kind::Shape.at(Out(0)))?)
}

fn eval(op: &mut Op<'_>) -> Done {
    let ([], [y]) = op.io([], [Out(0)])?;
    y.fill(0);
    set(op, In(0))
}

fn prepare_set(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    same_type(op, In(1), Out(0))?;
    let (shape, diagonal) = (op.shape(In(0))?, op.shape(In(1))?);
    let Some((&[rows, columns], head)) = shape.dims().split_last_chunk::<2>().map(|(h, t)| (t, h))
    else {
        return Err(Kind::Shape.at(In(0)));
    };
    if Shape::new(head.iter().copied().chain([rows.min(columns)])) != Some(diagonal) {
        return Err(Kind::Shape.at(In(1)));
    }
    op.set_shape(Out(0), &shape)
}

fn eval_set(op: &mut Op<'_>) -> Done {
    op.copy(In(0), Out(0))?;
    set(op, In(1))
}

/// Writes the vectors of `diagonals` on the diagonals of the output.
fn set(op: &mut Op<'_>, diagonals: Operand) -> Done {
    let (width, shape, vectors) = (width(op, Out(0))?, op.shape(Out(0))?, op.shape(diagonals)?);
    let columns = shape.last();
    let rows = shape.dim(shape.rank().saturating_sub(2));
    let ([x], [y]) = op.io([diagonals], [Out(0)])?;
    for (i, matrix) in pieces_mut(y, rows * columns * width).enumerate() {
        for j in 0..vectors.last() {
            let to = matrix.get_mut((j * columns + j) * width..).and_then(|y| y.get_mut(..width));
            let from = element(x, (i * vectors.last() + j) as isize, width);
            copy(to.unwrap_or_default(), from.unwrap_or_default());
        }
    }
    Ok(())
}
