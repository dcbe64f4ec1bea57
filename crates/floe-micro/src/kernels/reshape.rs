//! RESHAPE: the same elements in another shape. Any element type.
//!
//! The new shape is input 1 when there is one (a vector; TensorFlow Lite also takes an empty one for a
//! scalar), else the option `new_shape`; at most one dimension is -1 and follows from the others.

use super::common::Copied;
#[cfg(feature = "std")]
use super::strings;
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, Op, OpDef, Shape};
use floe_graph::DType;
use floe_tflite::{fields::reshape_options::NEW_SHAPE, op};

/// RESHAPE.
pub static RESHAPE: OpDef = OpDef::builtin(
    op::RESHAPE,
    1,
    &[
        Kernel::task::<Copied>(prepare).in_place(),
        #[cfg(feature = "std")]
        Kernel::new(prepare_strings, strings::copy_all),
    ],
);

fn prepare(op: &mut Op<'_>) -> Done {
    let dtype = op.dtype(In(0))?;
    if dtype != op.dtype(Out(0))? || dtype == DType::String {
        return Err(Kind::Type.at(Out(0)));
    }
    let shape = reshaped(op)?;
    op.set_shape(Out(0), &shape)
}

#[cfg(feature = "std")]
fn prepare_strings(op: &mut Op<'_>) -> Done {
    let shape = reshaped(op)?;
    strings::set_shape(op, In(0), &shape)
}

/// The output's shape.
fn reshaped(op: &Op<'_>) -> Result<Shape, Fault> {
    let input = op.shape(In(0))?;
    let shape = if op.has(In(1)) {
        resolve(&op.known_ints::<8>(In(1))?, input.len())
    } else {
        let list = op.option_list(NEW_SHAPE);
        // Old files say scalar by one zero.
        let scalar = list.len() == 1 && list.get(0) == Some(0) && input.rank() == 0;
        let mut dims = [0; 8];
        for (to, d) in dims.iter_mut().zip(list.iter()) {
            *to = d;
        }
        let used = if scalar { 0 } else { list.len() };
        dims.get(..used).and_then(|dims| resolve(dims, input.len()))
    };
    shape.ok_or(Kind::Shape.at(Out(0)))
}

/// `dims` with their -1 replaced so that they hold `elements`.
fn resolve(dims: &[i32], elements: usize) -> Option<Shape> {
    let mut open = dims.iter().filter(|&&d| d == -1);
    if open.next().is_none() {
        return Shape::new(dims.iter().copied()).filter(|s| s.len() == elements);
    }
    if open.next().is_some() {
        return None;
    }
    let known = Shape::new(dims.iter().map(|&d| if d == -1 { 1 } else { d }))?.len();
    let rest = i32::try_from(elements.checked_div(known)?).ok()?;
    Shape::new(dims.iter().map(|&d| if d == -1 { rest } else { d })).filter(|s| s.len() == elements)
}

#[cfg(test)]
mod tests {
    use super::resolve;
    use crate::Shape;

    #[test]
    fn one_dimension_may_be_open() {
        assert_eq!(resolve(&[2, -1], 6), Shape::new([2, 3]));
        assert_eq!(resolve(&[-1], 0), Shape::new([0]));
        assert_eq!(resolve(&[4, -1], 6), None);
        assert_eq!(resolve(&[-1, -1], 6), None);
        assert_eq!(resolve(&[0, -1], 6), None);
        assert_eq!(resolve(&[-2, 3], 6), None);
        assert_eq!(resolve(&[], 1), Shape::new([]));
    }
}
