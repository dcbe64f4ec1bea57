//! What ops of one input share: a function of each element, on floats directly, on quantized numbers by
//! table.
//!
//! Invariant: nothing here knows an op.

use super::common::{map, map_bytes, types};
use crate::data::{Quantized, Scalar, View, ViewMut};
use crate::error::Operand::{In, Out, Scratch};
use crate::error::{Fault, Kind};
use crate::num::fixed::Multiplier;
use crate::num::lut::{self, Affine};
use crate::num::scale::Real;
use crate::{Done, Kernel, Op};

/// A function of one number, with what it takes from its operator.
pub trait Function: Sized {
    /// The function as the operator's options have it.
    ///
    /// # Errors
    /// What is wrong with the options.
    fn new(op: &Op<'_>) -> Result<Self, Fault>;
    /// Its value at `x`.
    fn at(&self, x: f32) -> f32;
}

/// The numbers that an integer type of at most 16 bits holds.
#[must_use]
pub const fn range_of<T: Quantized>() -> (i32, i32) {
    match T::DTYPE {
        floe_graph::DType::Int8 => (-128, 127),
        floe_graph::DType::Uint8 => (0, 255),
        _ => (-32768, 32767),
    }
}

/// `x` as a `T`, saturating.
#[must_use]
#[inline(always)]
pub fn saturate<T: Quantized>(x: i32) -> T {
    let (low, high) = range_of::<T>();
    T::narrow(x.max(low).min(high))
}

/// Scale and zero point of input 0 and output 0.
///
/// # Errors
/// [`Kind::Quant`].
pub fn affine(op: &Op<'_>) -> Result<Affine, Fault> {
    Ok(Affine { input: op.scale(In(0))?, output: op.scale(Out(0))? })
}

/// The factor from `from`'s scale to `to`'s, rounded to a `float` first as the references do.
///
/// # Errors
/// [`Kind::Quant`] for scales that are not positive.
pub fn factor(from: f32, to: f32) -> Result<Multiplier, Fault> {
    Ok(real(from)?.div_f32(real(to)?).multiplier())
}

/// A scale as a real number.
///
/// # Errors
/// [`Kind::Quant`] when it is not positive.
pub fn real(scale: f32) -> Result<Real, Fault> {
    Real::positive(scale).ok_or(Kind::Quant.at(Out(0)))
}

/// Checks that input 0 has elements `T` and output 0 has elements `U`, and gives the output the input's
/// shape.
///
/// # Errors
/// [`Kind::Type`].
pub fn same<T: Scalar, U: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (Out(0), U::DTYPE)])?;
    let shape = op.shape(In(0))?;
    op.set_shape(Out(0), &shape)
}

/// As [`same`] for quantized numbers; those whose type is not quantized are another kernel's.
///
/// # Errors
/// [`Kind::Type`], [`Kind::Quant`].
pub fn same_quantized<T: Quantized>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (Out(0), T::DTYPE)])?;
    if op.tensor(In(0))?.quant().is_none() {
        return Err(Kind::Type.at(In(0)));
    }
    affine(op)?;
    same::<T, T>(op)
}

/// Calls `f` for each row (run along the last dimension) of input 0 and the same one of output 0.
///
/// # Errors
/// As [`Op::io`].
pub fn rows<T: Scalar>(
    op: &mut Op<'_>,
    mut f: impl FnMut(View<'_, T>, &mut ViewMut<'_, T>),
) -> Done {
    let depth = op.shape(In(0))?.last();
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    for (x, mut y) in View::new(x).pieces(depth).zip(ViewMut::new(y).pieces(depth)) {
        f(x, &mut y);
    }
    Ok(())
}

/// The kernel of `F` on floats.
#[must_use]
pub const fn float<F: Function>() -> Kernel {
    Kernel::new(prepare_float::<F>, eval_float::<F>).in_place()
}

/// The kernel of `F` on 8-bit numbers, by a table of all values.
#[must_use]
pub const fn table8<F: Function, T: Quantized>() -> Kernel {
    Kernel::new(prepare8::<F, T>, eval8::<F, T>).in_place()
}

/// The kernel of `F` on 16-bit numbers, by a table that is interpolated.
#[must_use]
pub const fn table16<F: Function>() -> Kernel {
    Kernel::new(prepare16::<F>, eval16::<F>)
}

fn prepare_float<F: Function>(op: &mut Op<'_>) -> Done {
    same::<f32, f32>(op)?;
    F::new(op).map(|_| ())
}

fn eval_float<F: Function>(op: &mut Op<'_>) -> Done {
    let f = F::new(op)?;
    map(op, |x: f32| f.at(x))
}

fn prepare8<F: Function, T: Quantized>(op: &mut Op<'_>) -> Done {
    same_quantized::<T>(op)?;
    F::new(op).map(|_| ())
}

fn eval8<F: Function, T: Quantized>(op: &mut Op<'_>) -> Done {
    let (f, q) = (F::new(op)?, affine(op)?);
    let signed = range_of::<T>().0 < 0;
    map_bytes(op, &mut |x| {
        let value = if signed { i32::from(x as i8) } else { i32::from(x) };
        q.image(value, range_of::<T>(), &|x| f.at(x)) as u8
    })
}

fn prepare16<F: Function>(op: &mut Op<'_>) -> Done {
    same_quantized::<i16>(op)?;
    F::new(op)?;
    scratch16(op)
}

fn eval16<F: Function>(op: &mut Op<'_>) -> Done {
    let f = F::new(op)?;
    run16(op, &|x| f.at(x))
}

/// Asks for the scratch memory of [`run16`].
///
/// # Errors
/// As [`Op::scratch`].
pub fn scratch16(op: &mut Op<'_>) -> Done {
    op.scratch(lut::ENTRIES * 2)
}

/// Writes `f` of input 0's 16-bit numbers to output 0 by a table in scratch memory.
///
/// # Errors
/// As [`Op::io`].
pub fn run16(op: &mut Op<'_>, f: &dyn Fn(f32) -> f32) -> Done {
    let q = affine(op)?;
    let ([x], [y, table]) = op.io([In(0)], [Out(0), Scratch])?;
    lut::fill(&mut ViewMut::new(table), &q, f);
    let table = View::new(table);
    ViewMut::<i16>::new(y).write(View::<i16>::new(x).iter().map(|x| lut::look_up(table, x)));
    Ok(())
}
