//! PAD and PADV2: a border around the input, of zeros or of one given element. Any element type of whole
//! bytes; the zero of a quantized output is its zero point.

use super::common::types;
use super::strided::{same_type, steps, width};
use crate::data::{copy, pieces, pieces_mut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, MAX_RANK, Op, OpDef, Shape};
use floe_graph::DType;
use floe_tflite::op;

/// PAD.
pub static PAD: OpDef = OpDef::builtin(op::PAD, 6, &[Kernel::new(prepare, eval)]);
/// PADV2.
pub static PADV2: OpDef = OpDef::builtin(op::PADV2, 6, &[Kernel::new(prepare, eval)]);

/// How much is put before and after each dimension.
fn paddings(op: &Op<'_>, rank: usize) -> Result<[(usize, usize); MAX_RANK], Fault> {
    let ints = op.known_ints::<{ 2 * MAX_RANK }>(In(1))?;
    if op.shape(In(1))?.dims() != [rank as i32, 2] {
        return Err(Kind::Shape.at(In(1)));
    }
    let mut list = [(0, 0); MAX_RANK];
    for (to, pair) in list.iter_mut().zip(ints.chunks_exact(2)) {
        let mut sizes = pair.iter().map(|&p| usize::try_from(p).map_err(|_| Kind::Value.at(In(1))));
        let mut next = || sizes.next().unwrap_or(Ok(0));
        *to = (next()?, next()?);
    }
    Ok(list)
}

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let dtype = op.dtype(In(0))?;
    types(op, [(In(2), dtype)])?;
    if op.has(In(2)) && op.shape(In(2))?.len() != 1 {
        return Err(Kind::Shape.at(In(2)));
    }
    let input = op.shape(In(0))?;
    let list = paddings(op, input.rank())?;
    let mut dims = [0; MAX_RANK];
    for ((to, d), (before, after)) in dims.iter_mut().zip(input.iter()).zip(list) {
        *to = d.saturating_add(before).saturating_add(after);
    }
    op.set_dims(Out(0), dims.get(..input.rank()).unwrap_or_default())
}

fn eval(op: &mut Op<'_>) -> Done {
    let (input, output, width) = (op.shape(In(0))?, op.shape(Out(0))?, width(op, In(0))?);
    let list = paddings(op, input.rank())?;
    let zero = match op.dtype(Out(0))? {
        DType::Int8 | DType::Uint8 | DType::Int16 if op.tensor(Out(0))?.quant().is_some() => {
            op.scale(Out(0))?.1
        }
        _ => 0,
    };
    let ([x, value], [y]) = op.io([In(0), In(2)], [Out(0)])?;
    let zero = i64::from(zero).to_le_bytes();
    let fill = if value.is_empty() { zero.get(..width).unwrap_or(&[0; 16]) } else { value };
    for element in pieces_mut(y, width) {
        copy(element, fill);
    }
    let before = list.map(|p| p.0);
    place(x, &input, y, &output, &before, width);
    Ok(())
}

/// Copies `x` into `y`, its first element to the place `at` of each dimension; elements of `width` bytes.
pub fn place(
    x: &[u8],
    input: &Shape,
    y: &mut [u8],
    output: &Shape,
    at: &[usize; MAX_RANK],
    width: usize,
) {
    let steps = steps(output);
    let mut start = 0usize;
    for (step, at) in steps.iter().zip(at) {
        start += *step as usize * at;
    }
    let outer = input.rank().saturating_sub(1);
    let run = input.last() * width;
    let mut index = [0usize; MAX_RANK];
    for row in pieces(x, run) {
        if let Some(to) = y.get_mut(start * width..) {
            copy(to, row);
        }
        for i in (0..outer).rev() {
            let (Some(index), Some(&step)) = (index.get_mut(i), steps.get(i)) else { break };
            *index += 1;
            start += step as usize;
            if *index < input.dim(i) {
                break;
            }
            start -= step as usize * *index;
            *index = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::place;
    use crate::Shape;

    #[test]
    fn rows_go_to_their_place() {
        let (input, output) = (Shape::of(&[2, 2]).unwrap(), Shape::of(&[4, 3]).unwrap());
        let mut y = [9u8; 12];
        place(&[1, 2, 3, 4], &input, &mut y, &output, &[1, 1, 0, 0, 0, 0, 0, 0], 1);
        assert_eq!(y, [9, 9, 9, 9, 1, 2, 9, 3, 4, 9, 9, 9]);
    }
}
