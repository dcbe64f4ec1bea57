//! L2_POOL_2D: the root of the mean square of each window.
//!
//! float32; pictures as batch, height, width, channels.

use super::common::{Window, clamp, float_range, types};
use crate::data::{Scalar, View, ViewMut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::num::float::sqrt;
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::fields::pool_2d_options as options;
use floe_tflite::op;

/// L2_POOL_2D.
pub static L2_POOL_2D: OpDef = OpDef::builtin(op::L2_POOL_2D, 1, &[Kernel::new(prepare, eval)]);

/// How the window moves over rows and over columns.
fn windows(op: &Op<'_>) -> Result<[Window; 2], Fault> {
    let bad = Kind::Option.at(Out(0));
    let [_, height, width, _] = op.shape(In(0))?.nhwc().ok_or(Kind::Shape.at(In(0)))?;
    let taps = |x: i32| usize::try_from(x).map_err(|_| bad);
    let mode = op.option(options::PADDING);
    Ok([
        Window::new(
            mode,
            height,
            taps(op.option(options::FILTER_HEIGHT))?,
            op.option(options::STRIDE_H),
            1,
        )?,
        Window::new(
            mode,
            width,
            taps(op.option(options::FILTER_WIDTH))?,
            op.option(options::STRIDE_W),
            1,
        )?,
    ])
}

fn prepare(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), f32::DTYPE), (Out(0), f32::DTYPE)])?;
    float_range(op.option(options::FUSED_ACTIVATION_FUNCTION))?;
    let [rows, columns] = windows(op)?;
    let shape = op.shape(In(0))?;
    op.set_dims(Out(0), &[shape.dim(0), rows.out, columns.out, shape.dim(3)])
}

fn eval(op: &mut Op<'_>) -> Done {
    let range = float_range(op.option(options::FUSED_ACTIVATION_FUNCTION))?;
    let windows = windows(op)?;
    let [batches, height, width, depth] = op.shape(In(0))?.nhwc().ok_or(Kind::Shape.at(In(0)))?;
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let mut picture = View::<f32>::new(x).pieces(height * width * depth);
    let mut pixels = ViewMut::<f32>::new(y);
    let mut pixels = pixels.pieces(depth);
    for _ in 0..batches {
        let Some(x) = picture.next() else { break };
        for row in 0..windows[0].out {
            for column in 0..windows[1].out {
                let Some(mut y) = pixels.next() else { break };
                pool(x, [height, width], &windows, [row, column], &mut y);
                y.update(|y| clamp(y, range));
            }
        }
    }
    Ok(())
}

/// One pixel of the output: the windows' part of the picture `x`.
fn pool(
    x: View<'_, f32>,
    [height, width]: [usize; 2],
    [rows, columns]: &[Window; 2],
    [row, column]: [usize; 2],
    y: &mut ViewMut<'_, f32>,
) {
    let depth = y.len();
    let (row_taps, top) = rows.taps_on(row, height);
    let (column_taps, left) = columns.taps_on(column, width);
    let count = row_taps.len() * column_taps.len();
    y.fill(0.0);
    for i in row_taps {
        for j in column_taps.clone() {
            let at = (top + i as isize) as usize * width + (left + j as isize) as usize;
            let mut x = x.part(at * depth, depth).iter();
            y.update(|sum| x.next().map_or(sum, |x| sum + x * x));
        }
    }
    y.update(|sum| sqrt(sum / count as f32));
}

#[cfg(test)]
mod tests {
    use super::pool;
    use crate::data::{View, ViewMut};
    use crate::kernels::common::Window;
    use floe_tflite::enums::padding;

    #[test]
    fn a_window_at_the_edge_counts_what_it_covers() {
        let x = [1f32, 2.0, 3.0, 4.0].map(f32::to_le_bytes).concat();
        let w = Window::new(padding::SAME, 2, 2, 1, 1).unwrap();
        let mut out = [0u8; 4];
        let mut at = |position| {
            pool(View::new(&x), [2, 2], &[w, w], position, &mut ViewMut::new(&mut out));
            View::<f32>::new(&out).at(0)
        };
        assert_eq!(at([0, 0]), 7.5f32.sqrt());
        assert_eq!(at([1, 0]), 12.5f32.sqrt());
        assert_eq!(at([1, 1]), 4.0);
    }
}
