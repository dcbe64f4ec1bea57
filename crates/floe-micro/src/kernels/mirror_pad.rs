//! MIRROR_PAD: a tensor widened by its own reflection, with (SYMMETRIC) or without (REFLECT) the edge.
//! Any element type of whole bytes.

use super::strided::{element, index, same_type, width};
use crate::data::{copy, pieces_mut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, MAX_RANK, Op, OpDef, Shape};
use floe_tflite::enums::mirror_pad_mode as mode;
use floe_tflite::fields::mirror_pad_options::MODE;
use floe_tflite::op;

/// MIRROR_PAD.
pub static MIRROR_PAD: OpDef = OpDef::builtin(op::MIRROR_PAD, 3, &[Kernel::new(prepare, eval)]);

/// Elements before and after along dimension `i` of length `dim`.
fn sides(op: &Op<'_>, i: usize, dim: usize) -> Result<[usize; 2], Fault> {
    let room = match op.option(MODE) {
        mode::SYMMETRIC => dim,
        mode::REFLECT => dim.saturating_sub(1),
        _ => return Err(Kind::Option.at(In(0))),
    };
    let side = |j| {
        let n = usize::try_from(index(op, In(1), 2 * i + j)?).ok();
        n.filter(|&n| n <= room).ok_or(Kind::Value.at(In(1)))
    };
    Ok([side(0)?, side(1)?])
}

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    op.known(In(1))?;
    let shape = op.shape(In(0))?;
    if op.shape(In(1))?.dims() != [shape.rank() as i32, 2] {
        return Err(Kind::Shape.at(In(1)));
    }
    let mut dims = [0; MAX_RANK];
    for (i, (to, dim)) in dims.iter_mut().zip(shape.iter()).enumerate() {
        *to = sides(op, i, dim)?.iter().fold(dim, |d, &s| d.saturating_add(s));
    }
    op.set_dims(Out(0), dims.get(..shape.rank()).unwrap_or_default())
}

fn eval(op: &mut Op<'_>) -> Done {
    let (width, input, shape) = (width(op, In(0))?, op.shape(In(0))?, op.shape(Out(0))?);
    let edge = usize::from(op.option(MODE) == mode::REFLECT);
    let mut before = [0; MAX_RANK];
    for (i, to) in before.iter_mut().enumerate().take(input.rank()) {
        [*to, _] = sides(op, i, input.dim(i))?;
    }
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    for (i, to) in pieces_mut(y, width).enumerate() {
        let from = source(i, &shape, &input, &before, edge);
        copy(to, element(x, from as isize, width).unwrap_or_default());
    }
    Ok(())
}

/// The input element that output element `i` mirrors.
fn source(
    i: usize,
    shape: &Shape,
    input: &Shape,
    before: &[usize; MAX_RANK],
    edge: usize,
) -> usize {
    let (mut rest, mut at, mut step) = (i, 0, 1);
    for (axis, &before) in before.iter().enumerate().take(shape.rank()).rev() {
        let (place, dim) = (rest % shape.dim(axis).max(1), input.dim(axis));
        let own = match place.checked_sub(before) {
            None => before - place - 1 + edge,
            Some(own) if own < dim => own,
            Some(own) => (2 * dim).saturating_sub(own + 1 + edge),
        };
        at += own * step;
        step *= dim;
        rest /= shape.dim(axis).max(1);
    }
    at
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    #[test]
    fn reflection_leaves_the_edge_out_or_not() {
        let s = |d: i32| Shape::new([d]).unwrap();
        let row = |edge| {
            let before = [2, 0, 0, 0, 0, 0, 0, 0];
            (0..7).map(|i| source(i, &s(7), &s(3), &before, edge)).collect::<Vec<_>>()
        };
        assert_eq!(row(1), [2, 1, 0, 1, 2, 1, 0]);
        assert_eq!(row(0), [1, 0, 0, 1, 2, 2, 1]);
    }
}
