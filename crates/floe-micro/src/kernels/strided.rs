//! Copying elements by steps: what transposing, slicing, reversing, broadcasting and regrouping share.
//!
//! Output element `(i, j, …)` is the input element at `base + i·steps[0] + j·steps[1] + …`. Elements are
//! moved as bytes, so NaN payloads survive. Invariant: a step that leads out of the input leaves the
//! output element as it was.

use crate::data::{View, copy, pieces_mut};
use crate::error::{Fault, Kind, Operand};
use crate::{Done, MAX_RANK, Op, Shape};
use floe_graph::DType;

/// Bytes of one element of `operand`.
///
/// # Errors
/// [`Kind::Type`] for strings and for elements that share bytes.
pub fn width(op: &Op<'_>, operand: Operand) -> Result<usize, Fault> {
    let bits = op.dtype(operand)?.bits().filter(|bits| bits % 8 == 0);
    bits.map(|bits| bits / 8).ok_or(Kind::Type.at(operand))
}

/// Refuses the kernel unless both operands have the same element type, of whole bytes.
///
/// # Errors
/// [`Kind::Type`].
pub fn same_type(op: &Op<'_>, a: Operand, b: Operand) -> Done {
    width(op, a)?;
    if op.dtype(a)? == op.dtype(b)? { Ok(()) } else { Err(Kind::Type.at(b)) }
}

/// How far apart, in elements, neighbours along each dimension of a tensor lie.
#[must_use]
pub fn steps(shape: &Shape) -> [isize; MAX_RANK] {
    let mut steps = [0; MAX_RANK];
    for (i, step) in steps.iter_mut().enumerate().take(shape.rank()) {
        *step = shape.span(i + 1, shape.rank()) as isize;
    }
    steps
}

/// Fills `y`, of shape `shape`, from the elements of `width` bytes of `x` that `base` and `steps` name.
pub fn gather(
    y: &mut [u8],
    shape: &Shape,
    x: &[u8],
    width: usize,
    base: isize,
    steps: &[isize; MAX_RANK],
) {
    let (outer, run) = joined(shape, steps);
    let bytes = run * width;
    let mut index = [0usize; MAX_RANK];
    let mut at = base;
    for to in pieces_mut(y, bytes) {
        if let Some(from) = element(x, at, width).and_then(|tail| tail.get(..bytes)) {
            copy(to, from);
        }
        for i in (0..outer).rev() {
            let (Some(index), Some(step)) = (index.get_mut(i), steps.get(i)) else { break };
            *index += 1;
            at += step;
            if *index < shape.dim(i) {
                break;
            }
            at -= step * *index as isize;
            *index = 0;
        }
    }
}

/// `x` from element `at` of `width` bytes on.
#[must_use]
pub fn element(x: &[u8], at: isize, width: usize) -> Option<&[u8]> {
    x.get(usize::try_from(at).ok()?.checked_mul(width)?..)
}

/// Number `i` of a tensor of 16-, 32- or 64-bit integers, which hold indices or sizes.
///
/// # Errors
/// [`Kind::Type`] for other element types; [`Kind::Value`] beyond its end.
pub fn index(op: &Op<'_>, operand: Operand, i: usize) -> Result<i64, Fault> {
    let bytes = op.known(operand)?;
    let number = match op.dtype(operand)? {
        DType::Int16 => View::<i16>::new(bytes).get(i).map(i64::from),
        DType::Int32 => View::<i32>::new(bytes).get(i).map(i64::from),
        DType::Int64 => View::<i64>::new(bytes).get(i),
        _ => return Err(Kind::Type.at(operand)),
    };
    number.ok_or(Kind::Value.at(operand))
}

/// How many leading dimensions are walked one by one, and how many elements of the rest lie together.
fn joined(shape: &Shape, steps: &[isize; MAX_RANK]) -> (usize, usize) {
    let (mut outer, mut run) = (shape.rank(), 1);
    while let Some(last) = outer.checked_sub(1) {
        if shape.dim(last) != 1 && steps.get(last) != Some(&(run as isize)) {
            break;
        }
        run *= shape.dim(last);
        outer = last;
    }
    (outer, run)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(dims: &[i32]) -> Shape {
        Shape::new(dims.iter().copied()).unwrap()
    }

    #[test]
    fn what_lies_together_moves_together() {
        assert_eq!(joined(&s(&[2, 3, 4]), &steps(&s(&[2, 3, 4]))), (0, 24));
        assert_eq!(joined(&s(&[2, 3, 4]), &steps(&s(&[2, 5, 4]))), (1, 12));
        assert_eq!(joined(&s(&[2, 3]), &[1, 2, 0, 0, 0, 0, 0, 0]), (2, 1));
    }

    #[test]
    fn steps_may_go_back_and_stand_still() {
        let x: [u8; 6] = [0, 1, 2, 3, 4, 5];
        let mut y = [9; 6];
        gather(&mut y, &s(&[2, 3]), &x, 1, 2, &[3, -1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(y, [2, 1, 0, 5, 4, 3]);
        gather(&mut y, &s(&[3, 2]), &x, 1, 0, &[0, 3, 0, 0, 0, 0, 0, 0]);
        assert_eq!(y, [0, 3, 0, 3, 0, 3]);
    }

    #[test]
    fn outside_nothing_is_copied() {
        let mut y = [9; 3];
        gather(&mut y, &s(&[3]), &[1, 2], 1, -1, &[1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(y, [9, 9, 9]);
        gather(&mut y, &s(&[3]), &[1, 2], 1, 1, &[-1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(y, [2, 1, 9]);
    }
}
