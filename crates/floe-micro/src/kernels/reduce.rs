//! SUM, MEAN, REDUCE_PROD, REDUCE_MAX, REDUCE_MIN, REDUCE_ANY, REDUCE_ALL: many elements made one, along axes.
//!
//! All but MEAN on bool. SUM, MEAN and REDUCE_PROD: float32, int32, int64 (wrapping); int8, uint8 (not
//! REDUCE_PROD) and int16 rescaled to the output. The mean of integers that are not quantized is cut off. REDUCE_MAX and REDUCE_MIN: float32, int8, uint8, int16, int32, int64, with equal quantization.
//! Axes are input 1, int32; repeated ones count once.
//!
//! LiteRT's reference takes int8 sums for uint8, so `Numerics::LiteRt` follows its optimized kernel there, which
//! rescales in single precision.

use super::common::types;
use super::function::{real, saturate};
use crate::data::{Quantized, Scalar, View, ViewMut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::num::fixed::Multiplier;
use crate::num::float::{exp64, ln64, round};
use crate::num::scale::Real;
use crate::{Done, Kernel, MAX_RANK, Numerics, Op, OpDef, Shape};
use floe_graph::DType;
use floe_tflite::fields::reducer_options::KEEP_DIMS;
use floe_tflite::op;

/// SUM.
pub static SUM: OpDef = OpDef::builtin(
    op::SUM,
    2,
    &[
        of::<Sum, f32>(),
        Kernel::new(prepare_quantized::<i8>, eval_sum_int8),
        Kernel::new(prepare_quantized::<u8>, eval_sum::<u8>),
        Kernel::new(prepare_quantized::<i16>, eval_sum::<i16>),
        of::<Sum, i32>(),
        of::<Sum, i64>(),
        of::<Any, bool>(),
    ],
);
/// MEAN.
pub static MEAN: OpDef = OpDef::builtin(
    op::MEAN,
    3,
    &[
        Kernel::new(prepare::<f32>, eval_mean_float),
        Kernel::new(prepare_quantized::<i8>, eval_mean::<i8>),
        Kernel::new(prepare_quantized::<u8>, eval_mean::<u8>),
        Kernel::new(prepare_quantized::<i16>, eval_mean::<i16>),
        Kernel::new(prepare::<i32>, |op| eval_mean_int(op, |x: i32| x.into(), |x| x as i32)),
        Kernel::new(prepare::<i64>, |op| eval_mean_int(op, |x: i64| x, |x| x)),
    ],
);
/// REDUCE_PROD.
pub static REDUCE_PROD: OpDef = OpDef::builtin(
    op::REDUCE_PROD,
    2,
    &[
        of::<Product, f32>(),
        Kernel::new(prepare_quantized::<i8>, eval_product::<i8>),
        Kernel::new(prepare_quantized::<i16>, eval_product::<i16>),
        of::<Product, i32>(),
        of::<Product, i64>(),
        of::<All, bool>(),
    ],
);
/// REDUCE_MAX.
pub static REDUCE_MAX: OpDef = OpDef::builtin(op::REDUCE_MAX, 3, &extremes::<Largest>());
/// REDUCE_MIN.
pub static REDUCE_MIN: OpDef = OpDef::builtin(op::REDUCE_MIN, 3, &extremes::<Smallest>());
/// REDUCE_ANY.
pub static REDUCE_ANY: OpDef = OpDef::builtin(op::REDUCE_ANY, 2, &[of::<Any, bool>()]);
/// REDUCE_ALL.
pub static REDUCE_ALL: OpDef = OpDef::builtin(op::REDUCE_ALL, 1, &[of::<All, bool>()]);

const fn extremes<R>() -> [Kernel; 7]
where
    R: Reduce<f32>
        + Reduce<i8>
        + Reduce<u8>
        + Reduce<i16>
        + Reduce<i32>
        + Reduce<i64>
        + Reduce<bool>,
{
    [
        of::<R, f32>(),
        Kernel::new(prepare_alike::<i8>, eval::<R, i8>),
        Kernel::new(prepare_alike::<u8>, eval::<R, u8>),
        Kernel::new(prepare_alike::<i16>, eval::<R, i16>),
        of::<R, i32>(),
        of::<R, i64>(),
        of::<R, bool>(),
    ]
}

const fn of<R: Reduce<T>, T: Scalar>() -> Kernel {
    Kernel::new(prepare::<T>, eval::<R, T>)
}

/// How two elements become one.
pub trait Reduce<T> {
    /// What no elements become.
    const START: T;
    /// What two become; `a` comes first.
    fn join(a: T, b: T) -> T;
}

/// Addition, wrapping.
pub struct Sum;
/// Multiplication, wrapping.
pub struct Product;
/// The larger; the first where they cannot be compared.
pub struct Largest;
/// The smaller; the first where they cannot be compared.
pub struct Smallest;
struct Any;
struct All;

macro_rules! arithmetic {
    ($($t:ty: $one:expr, |$a:ident, $b:ident| $sum:expr, $product:expr;)*) => {$(
        impl Reduce<$t> for Sum {
            const START: $t = $one - $one;
            fn join($a: $t, $b: $t) -> $t { $sum }
        }
        impl Reduce<$t> for Product {
            const START: $t = $one;
            fn join($a: $t, $b: $t) -> $t { $product }
        }
    )*};
}
arithmetic! {
    f32: 1.0, |a, b| a + b, a * b;
    i32: 1, |a, b| a.wrapping_add(b), a.wrapping_mul(b);
    i64: 1, |a, b| a.wrapping_add(b), a.wrapping_mul(b);
}

macro_rules! order {
    ($($t:ty)*) => {$(
        impl Reduce<$t> for Largest {
            const START: $t = <$t>::MIN;
            fn join(a: $t, b: $t) -> $t { if b > a { b } else { a } }
        }
        impl Reduce<$t> for Smallest {
            const START: $t = <$t>::MAX;
            fn join(a: $t, b: $t) -> $t { if b < a { b } else { a } }
        }
    )*};
}
order!(f32 i8 u8 i16 i32 i64);

macro_rules! logic {
    ($($name:ident $start:literal |$a:ident, $b:ident| $join:expr;)*) => {$(
        impl Reduce<bool> for $name {
            const START: bool = $start;
            fn join($a: bool, $b: bool) -> bool { $join }
        }
    )*};
}
logic! {
    Any false |a, b| a || b;
    All true |a, b| a && b;
    Largest false |a, b| a || b;
    Smallest true |a, b| a && b;
}

/// Dimensions and steps of a walk over elements, the innermost first; neighbours that lie one after the other
/// are joined.
#[derive(Clone, Copy, Debug)]
struct Walk {
    rank: usize,
    dims: [(usize, usize); MAX_RANK],
}

impl Walk {
    const NONE: Self = Self { rank: 0, dims: [(1, 0); MAX_RANK] };

    fn push(&mut self, size: usize, step: usize) {
        let last = self.rank.checked_sub(1).and_then(|i| self.dims.get_mut(i));
        if let Some((dim, _)) = last.filter(|(dim, own)| *dim * *own == step) {
            *dim *= size;
        } else if let Some(dim) = self.dims.get_mut(self.rank) {
            *dim = (size, step);
            self.rank += 1;
        }
    }

    fn count(&self) -> usize {
        self.dims.iter().fold(1, |n, (dim, _)| n * dim)
    }

    /// Calls `f` with each place, from `start` on.
    #[inline]
    fn each(&self, start: usize, mut f: impl FnMut(usize)) {
        let [(inner, step), outer @ ..] = self.dims;
        let mut at = start;
        let mut index = [0usize; MAX_RANK - 1];
        for _ in 0..outer.iter().fold(1, |n, (dim, _)| n * dim) {
            for i in 0..inner {
                f(at + i * step);
            }
            for (index, (dim, step)) in index.iter_mut().zip(outer) {
                *index += 1;
                at += step;
                if *index < dim {
                    break;
                }
                at -= dim * step;
                *index = 0;
            }
        }
    }
}

/// What a reduction walks over: the elements that stay apart, and for each those that become one.
#[derive(Clone, Copy, Debug)]
pub struct Axes {
    kept: Walk,
    reduced: Walk,
    shape: Shape,
}

impl Axes {
    /// The reduction of `shape` along `axes`; `None` when one is out of range. A scalar has no axes.
    #[must_use]
    pub fn new(shape: &Shape, axes: &[i32], keep_dims: bool) -> Option<Self> {
        let mut chosen = [false; MAX_RANK];
        if shape.rank() > 0 {
            for &axis in axes {
                *chosen.get_mut(shape.axis(axis)?)? = true;
            }
        }
        let (mut kept, mut reduced, mut step) = (Walk::NONE, Walk::NONE, 1);
        for (d, &chosen) in shape.iter().zip(&chosen).rev() {
            (if chosen { &mut reduced } else { &mut kept }).push(d, step);
            step *= d;
        }
        let dims = shape.dims().iter().zip(chosen).filter(|&(_, chosen)| keep_dims || !chosen);
        let shape = Shape::new(dims.map(|(&d, chosen)| if chosen { 1 } else { d }))?;
        Some(Self { kept, reduced, shape })
    }

    /// The axes of the operator's input 1.
    ///
    /// # Errors
    /// As [`Op::known_ints`]; [`Kind::Value`].
    pub fn of(op: &Op<'_>) -> Result<Self, Fault> {
        let axes = op.known_ints::<{ MAX_RANK * 2 }>(In(1))?;
        Self::new(&op.shape(In(0))?, &axes, op.option(KEEP_DIMS)).ok_or(Kind::Value.at(In(1)))
    }

    /// The output's shape.
    #[must_use]
    pub const fn shape(&self) -> &Shape {
        &self.shape
    }

    /// How many elements become one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.reduced.count()
    }

    /// Writes to `y`, for each element that stays, what `finish` makes of the elements of `x` that `join` has
    /// joined, in order, from `start` on.
    #[inline]
    pub fn fold<T: Scalar, A: Copy, U: Scalar>(
        &self,
        x: View<'_, T>,
        y: &mut ViewMut<'_, U>,
        start: impl Fn(T) -> A,
        join: impl Fn(A, T) -> A,
        finish: impl Fn(A) -> U,
    ) {
        let mut out = 0;
        self.kept.each(0, |base| {
            let mut all = start(x.at(base));
            self.reduced.each(base, |at| all = join(all, x.at(at)));
            y.set(out, finish(all));
            out += 1;
        });
    }
}

fn prepare<T: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (In(1), DType::Int32), (Out(0), T::DTYPE)])?;
    let axes = Axes::of(op)?;
    op.set_shape(Out(0), axes.shape())
}

/// As [`prepare`], for numbers whose quantization must not change.
fn prepare_alike<T: Quantized>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (Out(0), T::DTYPE)])?;
    let pair = |operand| op.tensor(operand).map(|t| t.quant().and_then(|q| q.pair(0)));
    if pair(In(0))? != pair(Out(0))? {
        return Err(Kind::Quant.at(Out(0)));
    }
    prepare::<T>(op)
}

fn eval<R: Reduce<T>, T: Scalar>(op: &mut Op<'_>) -> Done {
    let axes = Axes::of(op)?;
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    axes.fold(View::new(x), &mut ViewMut::new(y), |_| R::START, R::join, |all| all);
    Ok(())
}

fn prepare_quantized<T: Quantized>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (Out(0), T::DTYPE)])?;
    op.scale(In(0))?;
    op.scale(Out(0))?;
    prepare::<T>(op)
}

/// Zero points of input and output, and the factor between their scales.
fn rescaling(op: &Op<'_>) -> Result<(i32, i32, Multiplier), Fault> {
    let ((from, zero_in), (to, zero_out)) = (op.scale(In(0))?, op.scale(Out(0))?);
    Ok((zero_in, zero_out, real(from)?.div(real(to)?).multiplier()))
}

fn eval_sum<T: Quantized>(op: &mut Op<'_>) -> Done {
    let axes = Axes::of(op)?;
    rescaled_sum::<T>(op, &axes, rescaling(op)?)
}

fn eval_sum_int8(op: &mut Op<'_>) -> Done {
    if op.numerics() == Numerics::Tflm {
        return eval_sum::<i8>(op);
    }
    let axes = Axes::of(op)?;
    let ((from, zero_in), (to, zero_out)) = (op.scale(In(0))?, op.scale(Out(0))?);
    let scale = from / to;
    let bias = zero_in.wrapping_neg() as f32 * scale * axes.count() as f32;
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    axes.fold(
        View::<i8>::new(x),
        &mut ViewMut::<i8>::new(y),
        |_| 0i32,
        |sum, x| sum.wrapping_add(x.into()),
        |sum| {
            let steps = round(sum as f32 * scale + bias) as i32;
            saturate::<i8>(steps.saturating_add(zero_out))
        },
    );
    Ok(())
}

fn eval_mean<T: Quantized>(op: &mut Op<'_>) -> Done {
    let axes = Axes::of(op)?;
    let (zero_in, zero_out, factor) = rescaling(op)?;
    rescaled_sum::<T>(op, &axes, (zero_in, zero_out, mean_factor(factor, axes.count())))
}

/// `factor` divided by `count`: the mantissa keeps as many bits as the shift has room for.
fn mean_factor(factor: Multiplier, count: usize) -> Multiplier {
    let count = count.max(1) as u64;
    let lift = (63 - count.leading_zeros() as i32).min(32).min(31 + factor.shift).max(0);
    let mantissa = (i64::from(factor.mantissa) << lift).checked_div(count as i64).unwrap_or(0);
    Multiplier { mantissa: mantissa as i32, shift: factor.shift - lift }
}

/// Sums of what stands for real numbers, times the factor, for the output's zero point.
fn rescaled_sum<T: Quantized>(
    op: &mut Op<'_>,
    axes: &Axes,
    (zero_in, zero_out, factor): (i32, i32, Multiplier),
) -> Done {
    let shift = zero_in.wrapping_mul(axes.count() as i32);
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    axes.fold(
        View::<T>::new(x),
        &mut ViewMut::<T>::new(y),
        |_| 0i32,
        |sum, x| sum.wrapping_add(x.into()),
        |sum| saturate::<T>(factor.apply(sum.wrapping_sub(shift)).wrapping_add(zero_out)),
    );
    Ok(())
}

fn eval_mean_float(op: &mut Op<'_>) -> Done {
    let axes = Axes::of(op)?;
    let count = axes.count() as f32;
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let mut y = ViewMut::<f32>::new(y);
    axes.fold(View::new(x), &mut y, |_: f32| 0.0, |sum, x| sum + x, |sum| sum / count);
    Ok(())
}

fn eval_mean_int<T: Scalar>(op: &mut Op<'_>, wide: fn(T) -> i64, narrow: fn(i64) -> T) -> Done {
    let axes = Axes::of(op)?;
    let count = axes.count() as i64;
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    axes.fold(
        View::<T>::new(x),
        &mut ViewMut::<T>::new(y),
        |_| 0i64,
        |sum, x| sum.wrapping_add(wide(x)),
        |sum| narrow(sum.checked_div(count).unwrap_or(0)),
    );
    Ok(())
}

/// The factor by which a product is scaled at each of its `count` steps: the input's scale, over the root of
/// that degree of the output's.
fn product_factor(from: f32, to: f32, count: usize) -> Result<Multiplier, Fault> {
    let root = if count <= 1 { f64::from(to) } else { exp64(ln64(f64::from(to)) / count as f64) };
    Ok(real(from)?.div(Real::new64(root).ok_or(Kind::Quant.at(Out(0)))?).multiplier())
}

fn eval_product<T: Quantized>(op: &mut Op<'_>) -> Done {
    let axes = Axes::of(op)?;
    let ((from, zero_in), (to, zero_out)) = (op.scale(In(0))?, op.scale(Out(0))?);
    let factor = product_factor(from, to, axes.count())?;
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let steps = |x: T| x.into().wrapping_sub(zero_in);
    // The first element is taken as it is; each further one multiplies, and the last scaling comes at the end.
    axes.fold(
        View::<T>::new(x),
        &mut ViewMut::<T>::new(y),
        |_| None,
        |all: Option<i32>, x| {
            Some(all.map_or(steps(x), |p| {
                factor.apply_wide(i64::from(p).wrapping_mul(steps(x).into()))
            }))
        },
        |all| {
            let product = factor.apply_wide(all.unwrap_or(0).into());
            saturate::<T>(product.wrapping_add(zero_out))
        },
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::{Axes, mean_factor, product_factor};
    use crate::Shape;
    use crate::data::{View, ViewMut};
    use crate::num::fixed::Multiplier;
    use std::vec::Vec;

    /// Sums along axes, by indices.
    fn naive(dims: &[usize], axes: &[i32], x: &[i32]) -> Vec<i32> {
        let rank = dims.len() as i32;
        let reduced = |i: usize| axes.iter().any(|&a| a.rem_euclid(rank) == i as i32);
        let kept: Vec<usize> = (0..dims.len()).filter(|&i| !reduced(i)).collect();
        let mut sums = [0].repeat(kept.iter().map(|&i| dims[i]).product());
        for (at, x) in x.iter().enumerate() {
            let index = |i: usize| at / dims[i + 1..].iter().product::<usize>() % dims[i];
            sums[kept.iter().fold(0, |flat, &i| flat * dims[i] + index(i))] += x;
        }
        sums
    }

    #[test]
    fn any_axes_may_go() {
        let dims = [2usize, 3, 4, 5];
        let shape = Shape::of(&dims).unwrap();
        let x: Vec<i32> = (0..120).map(|i| i * i % 97 - 40).collect();
        let bytes: Vec<u8> = x.iter().flat_map(|x| x.to_le_bytes()).collect();
        for axes in [&[][..], &[0], &[-1], &[1, 2], &[0, 2], &[3, 1, 1], &[0, 1, 2, 3], &[-4, 3]] {
            let walk = Axes::new(&shape, axes, false).unwrap();
            let mut out = [0u8].repeat(walk.shape().len() * 4);
            walk.fold(
                View::<i32>::new(&bytes),
                &mut ViewMut::<i32>::new(&mut out),
                |_| 0,
                |a, b| a + b,
                |a| a,
            );
            let got: Vec<i32> = View::<i32>::new(&out).iter().collect();
            assert_eq!(got, naive(&dims, axes, &x), "{axes:?}");
        }
        let kept = Axes::new(&shape, &[1, -1], true).unwrap();
        assert_eq!((kept.shape().dims(), kept.count()), (&[2, 1, 4, 1][..], 15));
        assert!(Axes::new(&shape, &[4], false).is_none());
    }

    #[test]
    fn nothing_reduces_to_the_start() {
        let walk = Axes::new(&Shape::of(&[2, 0]).unwrap(), &[1], false).unwrap();
        let mut out = [0u8; 2];
        walk.fold(
            View::<i8>::new(&[]),
            &mut ViewMut::<i8>::new(&mut out),
            |_| 7,
            |a, _: i8| a,
            |a| a,
        );
        assert_eq!(out, [7, 7]);
    }

    #[test]
    fn a_mean_is_the_real_one_within_two_roundings() {
        let third = Multiplier { mantissa: 1_431_655_765, shift: -1 };
        for count in [1usize, 2, 3, 49, 1000, 65_535] {
            let factor = mean_factor(third, count);
            for sum in [-100_000, -77, -1, 0, 5, 123_456] {
                let want = f64::from(sum) / 3.0 / count as f64;
                assert!((f64::from(factor.apply(sum)) - want).abs() < 0.76, "{sum} / 3 / {count}");
            }
        }
    }

    #[test]
    fn a_product_is_scaled_at_each_step() {
        let factor = product_factor(0.5, 0.125, 3).unwrap();
        assert_eq!(factor.apply_wide(1000), 1000, "0.5 over the cube root of 0.125");
    }
}
