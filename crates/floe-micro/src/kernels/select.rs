//! SELECT, SELECT_V2: elements of one input or of the other.
//!
//! Any element type of 1, 2, 4 or 8 bytes, copied bytewise. SELECT_V2 broadcasts all three inputs; SELECT's
//! condition has the shape of the others, or their first dimension alone, or is one element.

use super::common::{Steps, rows, types};
use crate::data::{Scalar, View, ViewMut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, Op, OpDef, Shape};
use floe_graph::DType;
use floe_tflite::op;

/// SELECT.
pub static SELECT: OpDef = OpDef::builtin(op::SELECT, 4, &[Kernel::new(prepare::<false>, eval)]);
/// SELECT_V2.
pub static SELECT_V2: OpDef =
    OpDef::builtin(op::SELECT_V2, 2, &[Kernel::new(prepare::<true>, eval)]);

fn prepare<const V2: bool>(op: &mut Op<'_>) -> Done {
    let dtype = op.dtype(In(1))?;
    types(op, [(In(0), DType::Bool), (In(2), dtype), (Out(0), dtype)])?;
    width(dtype)?;
    let (c, a, b) = (op.shape(In(0))?, op.shape(In(1))?, op.shape(In(2))?);
    let shape = if V2 {
        let both = a.broadcast(&b).ok_or(Kind::Shape.at(In(2)))?;
        both.broadcast(&c).ok_or(Kind::Shape.at(In(0)))?
    } else {
        if a != b {
            return Err(Kind::Shape.at(In(2)));
        }
        aligned(&c, &a).ok_or(Kind::Shape.at(In(0)))?;
        a
    };
    op.set_shape(Out(0), &shape)
}

/// Bytes of an element.
fn width(dtype: DType) -> Result<usize, Fault> {
    let width = dtype.bits().filter(|bits| bits % 8 == 0).map(|bits| bits / 8);
    width.filter(|w| [1, 2, 4, 8].contains(w)).ok_or(Kind::Type.at(In(1)))
}

/// The condition's shape as it broadcasts to `out`: a vector goes along the first dimension when it does
/// not fit the last.
fn aligned(condition: &Shape, out: &Shape) -> Option<Shape> {
    let rows = out.rank() > 1 && condition.rank() == 1 && condition.dim(0) == out.dim(0);
    if rows {
        let mut dims = [1; crate::MAX_RANK];
        *dims.first_mut()? = condition.dim(0);
        return Shape::of(dims.get(..out.rank())?);
    }
    (condition == out || condition.len() == 1).then_some(*condition)
}

fn eval(op: &mut Op<'_>) -> Done {
    match width(op.dtype(In(1))?)? {
        1 => choose::<u8>(op),
        2 => choose::<u16>(op),
        4 => choose::<u32>(op),
        _ => choose::<u64>(op),
    }
}

fn choose<T: Scalar>(op: &mut Op<'_>) -> Done {
    let shapes = [op.shape(In(0))?, op.shape(In(1))?, op.shape(In(2))?];
    let out = op.shape(Out(0))?;
    let condition = if shapes[1] == shapes[2] { aligned(&shapes[0], &out) } else { None };
    let condition = condition.unwrap_or(shapes[0]);
    let ([c, a, b], [y]) = op.io([In(0), In(1), In(2)], [Out(0)])?;
    let (c, a, b) = (View::<bool>::new(c), View::<T>::new(a), View::<T>::new(b));
    let mut y = ViewMut::<T>::new(y);
    let steps = [condition, shapes[1], shapes[2]].map(|s| Steps::new(&s, &out));
    let last = out.rank().saturating_sub(1);
    let [sc, sa, sb] = [0, 1, 2].map(|i: usize| steps.get(i).map_or(0, |s| s.along(last)));
    rows(&out, &steps, |start, [ac, aa, ab]| {
        y.part(start, out.last()).write(
            (0..out.last())
                .map(|i| if c.at(ac + i * sc) { a.at(aa + i * sa) } else { b.at(ab + i * sb) }),
        );
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::aligned;
    use crate::Shape;

    #[test]
    fn a_vector_of_conditions_goes_by_rows() {
        let s = |d: &[i32]| Shape::new(d.iter().copied()).unwrap();
        assert_eq!(aligned(&s(&[2]), &s(&[2, 3])), Some(s(&[2, 1])));
        assert_eq!(aligned(&s(&[3]), &s(&[2, 3])), None);
        assert_eq!(aligned(&s(&[]), &s(&[2, 3])), Some(s(&[])));
        assert_eq!(aligned(&s(&[2, 3]), &s(&[2, 3])), Some(s(&[2, 3])));
    }
}
