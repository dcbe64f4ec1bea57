//! AVERAGE_POOL_2D, MAX_POOL_2D and L2_POOL_2D: one number for each window and channel.
//!
//! float32, int8, uint8 and int16 (L2: float32). Integers keep the input's quantization; averages are
//! rounded to nearest, halves away from zero. Only taps on the input count.

use super::common::{Window, clamp, float_range, quantized_range, type_range, types};
use super::conv_2d::Geometry;
use super::depthwise_conv_2d::blocks;
use crate::data::{Quantized, Scalar, View, ViewMut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::num::float::sqrt;
use crate::task::{Memory, Operands, Prepare, Task, one_to_one};
use crate::{Done, Kernel, Op, OpDef, Rows, Sweep};
use floe_graph::DType;
use floe_tflite::fields::pool_2d_options as options;
use floe_tflite::op;

/// AVERAGE_POOL_2D.
pub static AVERAGE_POOL_2D: OpDef = OpDef::builtin(
    op::AVERAGE_POOL_2D,
    3,
    &[
        AVERAGE_F32,
        AVERAGE_I8,
        Kernel::new(prepare_int::<u8>, eval_average::<u8>).sweeps(sweep),
        Kernel::new(prepare_int::<i16>, eval_average::<i16>).sweeps(sweep),
    ],
);
/// AVERAGE_POOL_2D of int8 alone.
pub static AVERAGE_POOL_2D_I8: OpDef = OpDef::builtin(op::AVERAGE_POOL_2D, 3, &[AVERAGE_I8]);
/// MAX_POOL_2D.
pub static MAX_POOL_2D: OpDef = OpDef::builtin(
    op::MAX_POOL_2D,
    3,
    &[
        Kernel::new(prepare_float, eval_max_float).sweeps(sweep),
        MAX_I8,
        Kernel::new(prepare_int::<u8>, eval_max::<u8>).sweeps(sweep),
        Kernel::new(prepare_int::<i16>, eval_max::<i16>).sweeps(sweep),
    ],
);
/// MAX_POOL_2D of int8 alone.
pub static MAX_POOL_2D_I8: OpDef = OpDef::builtin(op::MAX_POOL_2D, 3, &[MAX_I8]);
/// L2_POOL_2D.
pub static L2_POOL_2D: OpDef =
    OpDef::builtin(op::L2_POOL_2D, 1, &[Kernel::new(prepare_float, eval_l2).sweeps(sweep)]);

const AVERAGE_F32: Kernel = Kernel::new(prepare_float, eval_average_float).sweeps(sweep);
const AVERAGE_I8: Kernel = Kernel::task::<AveragePool2d>(prepare_int::<i8>).sweeps(sweep);
const MAX_I8: Kernel = Kernel::task::<MaxPool2d>(prepare_int::<i8>).sweeps(sweep);

fn geometry(op: &Op<'_>) -> Result<Geometry, Fault> {
    let [batches, height, width, channels] =
        op.shape(In(0))?.nhwc().ok_or(Kind::Shape.at(In(0)))?;
    let mode = op.option(options::PADDING);
    let window = |size: i32, taps: i32, stride: i32| {
        let taps = usize::try_from(taps).map_err(|_| Kind::Option.at(In(0)))?;
        Window::new(mode, size as usize, taps, stride, 1)
    };
    Ok(Geometry {
        batches,
        input: [height, width, channels],
        channels,
        depth: 1,
        y: window(height as i32, op.option(options::FILTER_HEIGHT), op.option(options::STRIDE_H))?,
        x: window(width as i32, op.option(options::FILTER_WIDTH), op.option(options::STRIDE_W))?,
    })
}

fn set_output(op: &mut Op<'_>) -> Done {
    let g = geometry(op)?;
    op.set_dims(Out(0), &[g.batches, g.y.out, g.x.out, g.channels])
}

fn sweep(op: &Op<'_>) -> Result<Sweep, Fault> {
    Ok(geometry(op)?.sweep(op.element_bytes(In(0))?))
}

fn activation(op: &Op<'_>) -> i8 {
    op.option(options::FUSED_ACTIVATION_FUNCTION)
}

fn prepare_float(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::Float32), (Out(0), DType::Float32)])?;
    float_range(activation(op))?;
    set_output(op)
}

fn prepare_int<T: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (Out(0), T::DTYPE)])?;
    range(op)?;
    set_output(op)
}

/// The output's range; without quantization that of its type.
fn range(op: &Op<'_>) -> Result<(i32, i32), Fault> {
    match activation(op) {
        0 => type_range(op.dtype(Out(0))?),
        activation => quantized_range(op, Out(0), activation),
    }
}

/// Pooling of the whole operator, as [`pool`] does it.
#[inline(always)]
fn pool_all<T: Scalar, A: Copy + Default>(
    mut memory: Memory<'_>,
    g: &Geometry,
    add: impl Fn(A, T, bool) -> A + Sync,
    finish: impl Fn(A, usize) -> T + Sync,
) -> Done {
    let (strips, _) = memory.sweep(g.sweep(size_of::<T>()))?;
    strips.each(|strip| {
        pool(g, &strip.rows, View::new(strip.input), ViewMut::new(strip.output), &add, &finish);
    });
    Ok(())
}

/// Rows `rows` of pooling: `add` takes an element into a window's value, `finish` makes the output of it and
/// the number of elements that it holds.
#[inline(always)]
pub fn pool<T: Scalar, A: Copy + Default>(
    g: &Geometry,
    rows: &Rows,
    input: View<'_, T>,
    mut out: ViewMut<'_, T>,
    add: impl Fn(A, T, bool) -> A,
    finish: impl Fn(A, usize) -> T,
) {
    let pixel = g.input[2];
    let count = core::cell::Cell::new(0usize);
    blocks(
        g,
        rows,
        |values: &mut [A], first, x, _| {
            let start = count.get() == 0;
            count.set(count.get() + 1);
            let input = input.part(x, pixel).part(first, values.len());
            for (value, x) in values.iter_mut().zip(input.iter()) {
                *value = add(*value, x, start);
            }
        },
        |at, _, values| {
            let n = count.take();
            out.part(at, values.len()).write(values.iter().map(|&v| finish(v, n)));
        },
    );
}

fn eval_average_float(op: &mut Op<'_>) -> Done {
    let (g, range) = (geometry(op)?, float_range(activation(op))?);
    let finish = |sum: f32, n: usize| clamp(if n == 0 { 0.0 } else { sum / n as f32 }, range);
    pool_all(op.memory_of(OPERANDS.0, OPERANDS.1)?, &g, |sum: f32, x: f32, _| sum + x, finish)
}

fn eval_l2(op: &mut Op<'_>) -> Done {
    let (g, range) = (geometry(op)?, float_range(activation(op))?);
    let finish = |sum: f32, n: usize| clamp(if n == 0 { 0.0 } else { sqrt(sum / n as f32) }, range);
    pool_all(op.memory_of(OPERANDS.0, OPERANDS.1)?, &g, |sum: f32, x: f32, _| sum + x * x, finish)
}

fn eval_max_float(op: &mut Op<'_>) -> Done {
    let (g, range) = (geometry(op)?, float_range(activation(op))?);
    let add = |most: f32, x: f32, start: bool| if start || x > most { x } else { most };
    pool_all(op.memory_of(OPERANDS.0, OPERANDS.1)?, &g, add, |most, _| clamp(most, range))
}

/// What the tasks read and write.
const OPERANDS: Operands = one_to_one(In(0));

/// Pooling of integers.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    /// Its sizes.
    pub geometry: Geometry,
    /// The range of the output.
    pub range: (i32, i32),
}

impl Pool {
    fn of(op: &Op<'_>) -> Result<Self, Fault> {
        Ok(Self { geometry: geometry(op)?, range: range(op)? })
    }

    fn average<T: Quantized>(&self, memory: Memory<'_>) -> Done {
        let (low, high) = self.range;
        let add = |sum: i32, x: T, _| sum.wrapping_add(x.into());
        let finish = |sum, n| T::narrow(average(sum, n).max(low).min(high));
        pool_all(memory, &self.geometry, add, finish)
    }

    fn max<T: Quantized>(&self, memory: Memory<'_>) -> Done {
        let (low, high) = self.range;
        let add = |most: i32, x: T, start: bool| if start { x.into() } else { most.max(x.into()) };
        let finish = |most: i32, _| T::narrow(most.max(low).min(high));
        pool_all(memory, &self.geometry, add, finish)
    }
}

macro_rules! tasks {
    ($($(#[$doc:meta])* $name:ident $run:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name(pub Pool);

        impl Prepare for $name {
            fn of(op: &Op<'_>) -> Result<Self, Fault> {
                Pool::of(op).map(Self)
            }

            fn operands(&self) -> Operands {
                OPERANDS
            }
        }

        impl Task for $name {
            fn run(&self, memory: Memory<'_>) -> Done {
                self.0.$run::<i8>(memory)
            }
        }
    )*};
}

tasks! {
    /// AVERAGE_POOL_2D of int8.
    AveragePool2d average;
    /// MAX_POOL_2D of int8.
    MaxPool2d max;
}

fn eval_average<T: Quantized>(op: &mut Op<'_>) -> Done {
    Pool::of(op)?.average::<T>(op.memory_of(OPERANDS.0, OPERANDS.1)?)
}

/// `sum / n` rounded to nearest, halves away from zero.
#[must_use]
pub fn average(sum: i32, n: usize) -> i32 {
    let n = (n as i32).max(1);
    let half = if sum > 0 { n / 2 } else { -(n / 2) };
    sum.wrapping_add(half) / n
}

fn eval_max<T: Quantized>(op: &mut Op<'_>) -> Done {
    Pool::of(op)?.max::<T>(op.memory_of(OPERANDS.0, OPERANDS.1)?)
}

#[cfg(test)]
mod tests {
    use super::average;

    #[test]
    fn averages_round_halves_away() {
        for n in 1..10usize {
            for sum in -40..40 {
                let want = (f64::from(sum) / n as f64).round() as i32;
                assert_eq!(average(sum, n), want, "{sum} / {n}");
            }
        }
    }
}
