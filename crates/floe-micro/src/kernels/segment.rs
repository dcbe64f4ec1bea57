//! SEGMENT_SUM, UNSORTED_SEGMENT_SUM, _PROD, _MAX, _MIN: slices of input 0 joined by the numbers of input 1.
//!
//! float32, int32 (wrapping). SEGMENT_SUM's numbers never fall; the others' may come in any order, have the first
//! dimensions of the data's shape, and drop their slice when negative; input 2 says how many slices there are.

use super::common::types;
use super::reduce::{Largest, Product, Reduce, Smallest, Sum};
use crate::data::{Scalar, View, ViewMut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, Op, OpDef, Shape};
use floe_graph::DType;
use floe_tflite::op;

/// SEGMENT_SUM.
pub static SEGMENT_SUM: OpDef = OpDef::builtin(
    op::SEGMENT_SUM,
    1,
    &[
        Kernel::new(prepare_sorted::<f32>, eval::<Sum, f32>),
        Kernel::new(prepare_sorted::<i32>, eval::<Sum, i32>),
    ],
);

macro_rules! unsorted {
    ($($(#[$doc:meta])* $name:ident $join:ident;)*) => {$(
        $(#[$doc])*
        pub static $name: OpDef = OpDef::builtin(
            op::$name,
            1,
            &[
                Kernel::new(prepare_unsorted::<f32>, eval::<$join, f32>),
                Kernel::new(prepare_unsorted::<i32>, eval::<$join, i32>),
            ],
        );
    )*};
}
unsorted! {
    /// UNSORTED_SEGMENT_SUM.
    UNSORTED_SEGMENT_SUM Sum;
    /// UNSORTED_SEGMENT_PROD.
    UNSORTED_SEGMENT_PROD Product;
    /// UNSORTED_SEGMENT_MAX.
    UNSORTED_SEGMENT_MAX Largest;
    /// UNSORTED_SEGMENT_MIN.
    UNSORTED_SEGMENT_MIN Smallest;
}

fn check<T: Scalar>(op: &Op<'_>) -> Done {
    let int = DType::Int32;
    types(op, [(In(0), T::DTYPE), (In(1), int), (In(2), int), (Out(0), T::DTYPE)])
}

/// The shape of `count` slices of `data` behind the first `lead` dimensions.
fn slices(data: &Shape, lead: usize, count: i32) -> Option<Shape> {
    Shape::new(core::iter::once(count).chain(data.dims().iter().skip(lead).copied()))
}

fn prepare_sorted<T: Scalar>(op: &mut Op<'_>) -> Done {
    check::<T>(op)?;
    let (data, ids) = (op.shape(In(0))?, op.shape(In(1))?);
    if data.rank() == 0 || ids.rank() != 1 || ids.dim(0) != data.dim(0) {
        return Err(Kind::Shape.at(In(1)));
    }
    let numbers = View::<i32>::new(op.known(In(1))?);
    let first = numbers.get(0).unwrap_or(0);
    let steps = numbers.iter().zip(numbers.iter().skip(1));
    if first != 0 || steps.into_iter().any(|(a, b)| b < a || b > a.saturating_add(1)) {
        return Err(Kind::Value.at(In(1)));
    }
    let count = numbers.iter().next_back().map_or(0, |last| last.saturating_add(1));
    op.set_shape(Out(0), &slices(&data, 1, count).ok_or(Kind::Shape.at(In(0)))?)
}

fn prepare_unsorted<T: Scalar>(op: &mut Op<'_>) -> Done {
    check::<T>(op)?;
    let (data, ids) = (op.shape(In(0))?, op.shape(In(1))?);
    if !data.dims().starts_with(ids.dims()) {
        return Err(Kind::Shape.at(In(1)));
    }
    let count = op.known_int(In(2))?;
    op.set_shape(Out(0), &slices(&data, ids.rank(), count).ok_or(Kind::Value.at(In(2)))?)
}

fn eval<R: Reduce<T>, T: Scalar>(op: &mut Op<'_>) -> Done {
    let (out, lead) = (op.shape(Out(0))?, op.shape(In(1))?.rank());
    let width = op.shape(In(0))?.span(lead, usize::MAX);
    let ([x, ids], [y]) = op.io([In(0), In(1)], [Out(0)])?;
    let (x, ids, mut y) = (View::<T>::new(x), View::<i32>::new(ids), ViewMut::<T>::new(y));
    y.fill(R::START);
    for (i, id) in ids.iter().enumerate() {
        let Ok(id) = usize::try_from(id) else { continue };
        if id >= out.dim(0) {
            return Err(out_of_range());
        }
        let mut x = x.part(i * width, width).iter();
        y.part(id * width, width).update(|y| x.next().map_or(y, |x| R::join(y, x)));
    }
    Ok(())
}

#[cold]
fn out_of_range() -> Fault {
    Kind::Value.at(In(1))
}
