//! BITCAST: the same bytes as another element type.
//!
//! Types of fixed width. Wider elements fall apart along a new last dimension; narrower ones come together along
//! the last, which is then gone.

use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, Op, OpDef, Operand, Shape};
use floe_tflite::op;

/// BITCAST.
pub static BITCAST: OpDef =
    OpDef::builtin(op::BITCAST, 1, &[Kernel::new(prepare, |op| op.copy(In(0), Out(0)))]);

fn width(op: &Op<'_>, operand: Operand) -> Result<usize, Fault> {
    let bits = op.dtype(operand)?.bits().filter(|bits| bits % 8 == 0);
    bits.map(|bits| bits / 8).ok_or(Kind::Type.at(operand))
}

fn prepare(op: &mut Op<'_>) -> Done {
    let (from, to) = (width(op, In(0))?, width(op, Out(0))?);
    let shape = recut(&op.shape(In(0))?, from, to).ok_or(Kind::Shape.at(In(0)))?;
    op.set_shape(Out(0), &shape)
}

/// `shape` of elements of `from` bytes as one of elements of `to` bytes.
fn recut(shape: &Shape, from: usize, to: usize) -> Option<Shape> {
    let dims = shape.dims().iter().copied();
    if from >= to {
        let parts = from.checked_div(to).filter(|parts| parts * to == from)?;
        let more = (from > to).then(|| i32::try_from(parts)).transpose().ok()?;
        return Shape::new(dims.chain(more));
    }
    let whole = shape.rank() > 0 && shape.last() * from == to;
    if whole { Shape::new(dims.take(shape.rank() - 1)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::recut;
    use crate::Shape;

    #[test]
    fn elements_split_and_join_at_the_end() {
        let s = |d: &[i32]| Shape::new(d.iter().copied()).unwrap();
        assert_eq!(recut(&s(&[3]), 4, 4), Some(s(&[3])));
        assert_eq!(recut(&s(&[3]), 8, 2), Some(s(&[3, 4])));
        assert_eq!(recut(&s(&[3, 4]), 2, 8), Some(s(&[3])));
        assert_eq!(recut(&s(&[4, 3]), 2, 8), None);
        assert_eq!(recut(&s(&[]), 2, 8), None);
    }
}
