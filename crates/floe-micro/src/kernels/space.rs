//! SPACE_TO_DEPTH and DEPTH_TO_SPACE: blocks of a picture to channels and back. SPACE_TO_BATCH_ND and
//! BATCH_TO_SPACE_ND: to the batch and back, with padding or cropping. Any element type of whole bytes.
//!
//! All four only regroup: the picture's index along each blocked dimension is `block index · block +
//! place in the block`, and the places move to the channels or to the batch.

use super::strided::{element, gather, index, same_type, width};
use crate::data::{copy, pieces_mut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, Op, OpDef, Shape};
use floe_graph::DType;
use floe_tflite::fields::{depth_to_space_options, space_to_depth_options};
use floe_tflite::op;

/// SPACE_TO_DEPTH.
pub static SPACE_TO_DEPTH: OpDef =
    OpDef::builtin(op::SPACE_TO_DEPTH, 2, &[Kernel::new(prepare, eval)]);
/// DEPTH_TO_SPACE.
pub static DEPTH_TO_SPACE: OpDef =
    OpDef::builtin(op::DEPTH_TO_SPACE, 2, &[Kernel::new(prepare_back, eval_back)]);
/// SPACE_TO_BATCH_ND.
pub static SPACE_TO_BATCH_ND: OpDef =
    OpDef::builtin(op::SPACE_TO_BATCH_ND, 4, &[Kernel::new(prepare_batch, eval_batch)]);
/// BATCH_TO_SPACE_ND.
pub static BATCH_TO_SPACE_ND: OpDef =
    OpDef::builtin(op::BATCH_TO_SPACE_ND, 4, &[Kernel::new(prepare_crop, eval_crop)]);

/// A block size of the options.
fn block(size: i32) -> Result<usize, Fault> {
    usize::try_from(size).ok().filter(|&b| b > 0).ok_or(Kind::Option.at(In(0)))
}

/// `of / by`, where it is whole.
fn whole(of: usize, by: usize) -> Option<usize> {
    of.checked_div(by).filter(|q| q * by == of)
}

fn prepare(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let b = block(op.option(space_to_depth_options::BLOCK_SIZE))?;
    let bad = Kind::Shape.at(In(0));
    let [n, h, w, c] = op.shape(In(0))?.nhwc().ok_or(bad)?;
    let depth = b.checked_mul(b).and_then(|bb| bb.checked_mul(c)).ok_or(bad)?;
    op.set_dims(Out(0), &[n, whole(h, b).ok_or(bad)?, whole(w, b).ok_or(bad)?, depth])
}

fn eval(op: &mut Op<'_>) -> Done {
    let (width, b) = (width(op, In(0))?, block(op.option(space_to_depth_options::BLOCK_SIZE))?);
    let ([.., w, c], [n, oh, ow, _]) = pictures(op)?;
    let shape = Shape::of(&[n, oh, ow, b, b, c]).ok_or(Kind::Shape.at(Out(0)))?;
    let (row, b) = ((w * c) as isize, b as isize);
    let c = c as isize;
    let steps = [oh as isize * b * row, b * row, b * c, row, c, 1, 0, 0];
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    gather(y, &shape, x, width, 0, &steps);
    Ok(())
}

/// Batch, height, width and channels of input and output.
fn pictures(op: &Op<'_>) -> Result<([usize; 4], [usize; 4]), Fault> {
    let input = op.shape(In(0))?.nhwc().ok_or(Kind::Shape.at(In(0)))?;
    Ok((input, op.shape(Out(0))?.nhwc().ok_or(Kind::Shape.at(Out(0)))?))
}

fn prepare_back(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let b = block(op.option(depth_to_space_options::BLOCK_SIZE))?;
    let bad = Kind::Shape.at(In(0));
    let [n, h, w, c] = op.shape(In(0))?.nhwc().ok_or(bad)?;
    let depth = b.checked_mul(b).and_then(|bb| whole(c, bb)).ok_or(bad)?;
    let (h, w) = (h.checked_mul(b).ok_or(bad)?, w.checked_mul(b).ok_or(bad)?);
    op.set_dims(Out(0), &[n, h, w, depth])
}

fn eval_back(op: &mut Op<'_>) -> Done {
    let (width, b) = (width(op, In(0))?, block(op.option(depth_to_space_options::BLOCK_SIZE))?);
    let ([n, h, w, deep], [.., c]) = pictures(op)?;
    let shape = Shape::of(&[n, h, b, w, b, c]).ok_or(Kind::Shape.at(Out(0)))?;
    let (row, deep) = ((w * deep) as isize, deep as isize);
    let (b, c) = (b as isize, c as isize);
    let steps = [h as isize * row, row, b * c, deep, c, 1, 0, 0];
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    gather(y, &shape, x, width, 0, &steps);
    Ok(())
}

/// The blocked dimensions, 1 up to this many.
const SPATIAL: usize = 2;

/// How the batch is blocked, for up to two dimensions; a missing second one is a block of 1.
struct Blocks {
    /// The number of blocked dimensions.
    count: usize,
    block: [usize; SPATIAL],
    /// Elements added or cropped before and after.
    before: [usize; SPATIAL],
    after: [usize; SPATIAL],
}

impl Blocks {
    fn of(op: &Op<'_>, shape: &Shape) -> Result<Self, Fault> {
        op.known(In(1))?;
        op.known(In(2))?;
        let count = op.shape(In(1))?.len();
        let ranks = count < shape.rank() && shape.rank() <= count + 2 && count <= SPATIAL;
        if !ranks || shape.rank() < 3 || op.shape(In(2))?.len() != 2 * count {
            return Err(Kind::Shape.at(In(1)));
        }
        let mut blocks =
            Self { count, block: [1; SPATIAL], before: [0; SPATIAL], after: [0; SPATIAL] };
        let number = |operand, i| {
            usize::try_from(index(op, operand, i)?).map_err(|_| Kind::Value.at(operand))
        };
        let sides = blocks.before.iter_mut().zip(&mut blocks.after).zip(&mut blocks.block);
        for (i, ((before, after), block)) in sides.enumerate().take(count) {
            *block = number(In(1), i)?;
            *before = number(In(2), 2 * i)?;
            *after = number(In(2), 2 * i + 1)?;
            if *block == 0 {
                return Err(Kind::Value.at(In(1)));
            }
        }
        Ok(blocks)
    }

    fn product(&self) -> Option<usize> {
        self.block.iter().try_fold(1usize, |p, &b| p.checked_mul(b))
    }

    fn get(list: &[usize; SPATIAL], i: usize, default: usize) -> usize {
        list.get(i).copied().unwrap_or(default)
    }
}

fn prepare_batch(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let shape = op.shape(In(0))?;
    let blocks = Blocks::of(op, &shape)?;
    let bad = Kind::Shape.at(In(2));
    let mut out = shape;
    for i in 0..blocks.count {
        let sides = Blocks::get(&blocks.before, i, 0).checked_add(Blocks::get(&blocks.after, i, 0));
        let padded = sides.and_then(|s| s.checked_add(shape.dim(i + 1))).ok_or(bad)?;
        let dim = whole(padded, Blocks::get(&blocks.block, i, 1)).ok_or(bad)?;
        out = out.with(i + 1, dim).ok_or(bad)?;
    }
    let batch = blocks.product().and_then(|p| p.checked_mul(shape.dim(0))).ok_or(bad)?;
    op.set_shape(Out(0), &out.with(0, batch).ok_or(bad)?)
}

fn eval_batch(op: &mut Op<'_>) -> Done {
    let (width, input, shape) = (width(op, In(0))?, op.shape(In(0))?, op.shape(Out(0))?);
    let blocks = Blocks::of(op, &input)?;
    let pad = padding(op)?;
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    pieces_mut(y, width).for_each(|to| copy(to, &pad));
    // For each place in a block: its pictures of the padded input, as far as they lie in the input.
    runs(&blocks, &shape, &input, |small, large| {
        let run = small.1 * width;
        let to = y.get_mut(small.0 * width..).and_then(|y| y.get_mut(..run));
        copy(to.unwrap_or_default(), element(x, large as isize, width).unwrap_or_default());
    });
    Ok(())
}

/// The element that padding consists of: the zero point of quantized integers.
fn padding(op: &Op<'_>) -> Result<[u8; 8], Fault> {
    let quantized = matches!(op.dtype(Out(0))?, DType::Int8 | DType::Uint8 | DType::Int16);
    let zero =
        if quantized && op.tensor(Out(0))?.quant().is_some() { op.scale(Out(0))?.1 } else { 0 };
    Ok(i64::from(zero).to_le_bytes())
}

fn prepare_crop(op: &mut Op<'_>) -> Done {
    same_type(op, In(0), Out(0))?;
    let shape = op.shape(In(0))?;
    let blocks = Blocks::of(op, &shape)?;
    let bad = Kind::Shape.at(In(2));
    let mut out = shape;
    for i in 0..blocks.count {
        let large = shape.dim(i + 1).checked_mul(Blocks::get(&blocks.block, i, 1));
        let cropped = large.and_then(|d| d.checked_sub(Blocks::get(&blocks.before, i, 0)));
        let dim =
            cropped.and_then(|d| d.checked_sub(Blocks::get(&blocks.after, i, 0))).ok_or(bad)?;
        out = out.with(i + 1, dim).ok_or(bad)?;
    }
    let batch = blocks.product().and_then(|p| whole(shape.dim(0), p)).ok_or(bad)?;
    op.set_shape(Out(0), &out.with(0, batch).ok_or(bad)?)
}

fn eval_crop(op: &mut Op<'_>) -> Done {
    let (width, input, shape) = (width(op, In(0))?, op.shape(In(0))?, op.shape(Out(0))?);
    let blocks = Blocks::of(op, &input)?;
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    runs(&blocks, &input, &shape, |small, large| {
        let run = small.1 * width;
        let to = y.get_mut(large * width..).and_then(|y| y.get_mut(..run));
        copy(to.unwrap_or_default(), element(x, small.0 as isize, width).unwrap_or_default());
    });
    Ok(())
}

/// Calls `f` with each run of elements that the blocked tensor `small` and the whole one `large` share:
/// its start in the blocked one and its length, and its start in the whole one.
fn runs(blocks: &Blocks, small: &Shape, large: &Shape, mut f: impl FnMut((usize, usize), usize)) {
    let [h, w] = [1, 2].map(|i| if i <= blocks.count { small.dim(i) } else { 1 });
    let [lh, lw] = [1, 2].map(|i| if i <= blocks.count { large.dim(i) } else { 1 });
    let run = small.span(blocks.count + 1, small.rank());
    let [bh, bw] = blocks.block;
    let batch = large.dim(0).max(1);
    for n in 0..small.dim(0) {
        let (place, batch) = (n / batch, n % batch);
        let (ph, pw) = (place / bw.max(1), place % bw.max(1));
        for i in 0..h {
            let Some(row) = (i * bh + ph).checked_sub(blocks.before[0]).filter(|&r| r < lh) else {
                continue;
            };
            for j in 0..w {
                let column = (j * bw + pw).checked_sub(blocks.before[1]).filter(|&c| c < lw);
                let Some(column) = column else { continue };
                f((((n * h + i) * w + j) * run, run), ((batch * lh + row) * lw + column) * run);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_meet_each_element_of_the_whole_once() {
        let s = |d: &[i32]| Shape::new(d.iter().copied()).unwrap();
        let blocks = Blocks { count: 2, block: [2, 3], before: [1, 0], after: [0, 1] };
        // 3 x 5 pictures, padded to 4 x 6, in 6 blocks of 2 x 2, two batches, two channels.
        let (small, large) = (s(&[12, 2, 2, 2]), s(&[2, 3, 5, 2]));
        let mut seen = [0; 60];
        runs(&blocks, &small, &large, |(_, run), at| (at..at + run).for_each(|i| seen[i] += 1));
        assert_eq!(seen, [1; 60]);
    }
}
