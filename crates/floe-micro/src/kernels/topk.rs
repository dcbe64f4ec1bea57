//! TOPK_V2: the k largest elements of each row, largest first, and where they are; equals in their order.
//!
//! float32, int8, uint8, int16, int32, int64; k and the indices int32 or int16. The indices' own memory is the
//! heap in which the best k are kept.

use super::common::types;
use crate::data::{Scalar, View, ViewMut};
use crate::error::Kind;
use crate::error::Operand::{In, Out};
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::DType;
use floe_tflite::op;

/// TOPK_V2.
pub static TOPK_V2: OpDef = OpDef::builtin(
    op::TOPK_V2,
    3,
    &[of::<f32>(), of::<i8>(), of::<u8>(), of::<i16>(), of::<i32>(), of::<i64>()],
);

const fn of<T: Scalar>() -> Kernel {
    Kernel::new(prepare::<T>, eval::<T>)
}

fn prepare<T: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (Out(0), T::DTYPE)])?;
    for operand in [In(1), Out(1)] {
        if ![DType::Int32, DType::Int16].contains(&op.dtype(operand)?) {
            return Err(Kind::Type.at(operand));
        }
    }
    let shape = op.shape(In(0))?;
    let k = usize::try_from(op.known_int(In(1))?).unwrap_or(0);
    if shape.rank() == 0 || k > shape.last() {
        return Err(Kind::Value.at(In(1)));
    }
    let shape = shape.with(shape.rank() - 1, k).ok_or(Kind::Shape.at(In(0)))?;
    op.set_shape(Out(0), &shape)?;
    op.set_shape(Out(1), &shape)
}

fn eval<T: Scalar>(op: &mut Op<'_>) -> Done {
    match op.dtype(Out(1))? {
        DType::Int16 => rank_rows::<T, i16>(op),
        _ => rank_rows::<T, i32>(op),
    }
}

fn rank_rows<T: Scalar, I: Index>(op: &mut Op<'_>) -> Done {
    let (depth, k) = (op.shape(In(0))?.last(), op.shape(Out(0))?.last());
    let ([x], [values, indices]) = op.io([In(0)], [Out(0), Out(1)])?;
    let rows = View::<T>::new(x);
    let (mut values, mut indices) = (ViewMut::<T>::new(values), ViewMut::<I>::new(indices));
    for ((x, mut values), mut best) in
        rows.pieces(depth).zip(values.pieces(k)).zip(indices.pieces(k))
    {
        rank(x, &mut best);
        values.write(best.view().iter().map(|i| x.at(i.place())));
    }
    Ok(())
}

/// An integer that numbers elements.
trait Index: Scalar {
    fn number(place: usize) -> Self;
    fn place(self) -> usize;
}
impl Index for i16 {
    fn number(place: usize) -> Self {
        place as Self
    }
    fn place(self) -> usize {
        self as u16 as usize
    }
}
impl Index for i32 {
    fn number(place: usize) -> Self {
        place as Self
    }
    fn place(self) -> usize {
        self as usize
    }
}

/// Writes to `best` the indices of the largest elements, as many as it holds, in order.
fn rank<T: Scalar, I: Index>(x: View<'_, T>, best: &mut ViewMut<'_, I>) {
    let before = |a: I, b: I| {
        let (x, y) = (x.at(a.place()), x.at(b.place()));
        let smaller = x < y;
        x > y || (!smaller && a.place() < b.place())
    };
    let k = best.len();
    best.write((0..k).map(I::number));
    for root in (0..k / 2).rev() {
        sift(best, root, k, &before);
    }
    // The root is the last of the best so far.
    for i in (k..x.len()).map(I::number) {
        if before(i, best.at(0)) {
            best.set(0, i);
            sift(best, 0, k, &before);
        }
    }
    for end in (1..k).rev() {
        let (first, last) = (best.at(0), best.at(end));
        best.set(0, last);
        best.set(end, first);
        sift(best, 0, end, &before);
    }
}

/// Lets the element at `at` sink until none of the first `len` lies above one that comes after it.
fn sift<I: Index>(
    heap: &mut ViewMut<'_, I>,
    at: usize,
    len: usize,
    before: &impl Fn(I, I) -> bool,
) {
    let mut at = at;
    loop {
        let left = 2 * at + 1;
        let right = left + 1;
        if left >= len {
            return;
        }
        let child = if right < len && before(heap.at(left), heap.at(right)) { right } else { left };
        let (parent, sunk) = (heap.at(at), heap.at(child));
        if !before(parent, sunk) {
            return;
        }
        heap.set(at, sunk);
        heap.set(child, parent);
        at = child;
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::rank;
    use crate::data::{View, ViewMut};
    use std::vec::Vec;

    #[test]
    fn the_best_come_in_order() {
        let x: Vec<i32> = (0..50).map(|i| i * 37 % 23 - 11).collect();
        let bytes: Vec<u8> = x.iter().flat_map(|x| x.to_le_bytes()).collect();
        let mut want: Vec<usize> = (0..50).collect();
        want.sort_by_key(|&i| (-x[i], i));
        for k in [0, 1, 2, 7, 49, 50] {
            let mut out = [0u8].repeat(k * 2);
            rank::<i32, i16>(View::new(&bytes), &mut ViewMut::new(&mut out));
            let got: Vec<usize> = View::<i16>::new(&out).iter().map(|i| i as usize).collect();
            assert_eq!(got, want[..k], "{k}");
        }
    }
}
