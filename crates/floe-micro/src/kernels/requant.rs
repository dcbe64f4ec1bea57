//! From accumulators to a quantized output: one factor for each output channel.
//!
//! The factor of channel `c` is input scale × filter scale `c` / output scale, computed in double
//! precision. The pairs (mantissa, shift) are made anew for each run, in scratch memory, so that a model
//! takes memory for one layer's at a time.

use crate::data::{View, ViewMut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind, Operand};
use crate::num::fixed::Multiplier;
use crate::num::scale::Real;
use crate::{Done, Op};
use floe_graph::Quant;

/// Scratch bytes for the factors of a filter with these scales.
#[must_use]
pub const fn scratch_bytes(filter: &Quant<'_>) -> usize {
    filter.scales.len().saturating_mul(8)
}

/// Which operands are the input and the filter; in most ops inputs 0 and 1.
pub type Pair = (Operand, Operand);

/// That the filter has one scale, or one for each of `channels` along dimension `axis`; and that the input and
/// output 0 have one.
///
/// # Errors
/// [`Kind::Quant`].
pub fn check_of(op: &Op<'_>, (input, filter): Pair, channels: usize, axis: usize) -> Done {
    let quant = op.quant(filter)?;
    let scales = quant.scales.len();
    if scales != 1 && (scales != channels || quant.axis as usize != axis) {
        return Err(Kind::Quant.at(filter));
    }
    op.scale(input)?;
    op.scale(Out(0))?;
    Ok(())
}

/// As [`check_of`] for inputs 0 and 1.
///
/// # Errors
/// [`Kind::Quant`].
pub fn check(op: &Op<'_>, channels: usize, axis: usize) -> Done {
    check_of(op, (In(0), In(1)), channels, axis)
}

/// Input scale and output scale, as factors see them.
fn scales(op: &Op<'_>, input: Operand) -> Result<(Real, Real), Fault> {
    let bad = Kind::Quant.at(input);
    let real = Real::positive(op.scale(input)?.0).ok_or(bad)?;
    Ok((real, Real::positive(op.scale(Out(0))?.0).ok_or(bad)?))
}

/// The real factors, channel by channel.
///
/// # Errors
/// [`Kind::Quant`].
pub fn factors_of<'a>(
    op: &Op<'a>,
    (input, filter): Pair,
) -> Result<impl Iterator<Item = Real> + use<'a>, Fault> {
    let (input, output) = scales(op, input)?;
    let scales = op.quant(filter)?.scales.iter();
    Ok(scales.map(move |scale| factor([input, output], scale)))
}

/// The factor of a scale that is not positive: so small that every product rounds to 0.
pub const NOTHING: Real = Real::ONE.scaled(-1000);

/// Input scale × filter scale / output scale.
#[must_use]
#[inline]
pub fn factor([input, output]: [Real; 2], filter: f32) -> Real {
    match Real::positive(filter) {
        Some(filter) => input.mul(filter).div(output),
        None => NOTHING,
    }
}

/// As [`factors_of`] for inputs 0 and 1.
///
/// # Errors
/// [`Kind::Quant`].
pub fn factors<'a>(op: &Op<'a>) -> Result<impl Iterator<Item = Real> + use<'a>, Fault> {
    factors_of(op, (In(0), In(1)))
}

/// The factor of a filter with one scale, by the rule of uint8: input × filter in single precision.
///
/// # Errors
/// [`Kind::Quant`].
pub fn single_of(op: &Op<'_>, (input, filter): Pair) -> Result<Multiplier, Fault> {
    let (input, output) = scales(op, input)?;
    let filter = Real::positive(op.scale(filter)?.0).ok_or(Kind::Quant.at(filter))?;
    Ok(input.mul_f32(filter).div(output).multiplier())
}

/// As [`single_of`] for inputs 0 and 1.
///
/// # Errors
/// [`Kind::Quant`].
pub fn single(op: &Op<'_>) -> Result<Multiplier, Fault> {
    single_of(op, (In(0), In(1)))
}

/// Writes the factors between an input and an output of these scales, for each of the filter's, as pairs into
/// scratch memory of [`scratch_bytes`].
pub fn write_pairs(ends: (f32, f32), filter: View<'_, f32>, scratch: &mut [u8]) {
    let ends = [ends.0, ends.1].map(|scale| Real::positive(scale).unwrap_or(NOTHING));
    let mut pairs = ViewMut::<i32>::new(scratch);
    for (mut pair, scale) in pairs.pieces(2).zip(filter.iter()) {
        let m = factor(ends, scale).multiplier();
        pair.write([m.mantissa, m.shift]);
    }
}

/// What turns accumulators into outputs.
#[derive(Clone, Copy)]
pub struct Requant<'a> {
    /// Pairs of mantissa and shift: one, or one for each channel.
    pub pairs: View<'a, i32>,
    /// The output's zero point.
    pub zero: i32,
    /// The range of the output.
    pub range: (i32, i32),
}

impl<'a> Requant<'a> {
    /// From pairs in scratch memory.
    #[must_use]
    pub fn new(pairs: &'a [u8], zero: i32, range: (i32, i32)) -> Self {
        Self { pairs: View::new(pairs), zero, range }
    }

    /// The factor of channel `c`.
    #[must_use]
    #[inline(always)]
    pub fn factor(&self, c: usize) -> Multiplier {
        let at = if self.pairs.len() > 2 { 2 * c } else { 0 };
        Multiplier { mantissa: self.pairs.at(at), shift: self.pairs.at(at + 1) }
    }

    /// The output of channel `c` for the accumulator `acc`.
    #[must_use]
    #[inline(always)]
    pub fn apply(&self, c: usize, acc: i32) -> i32 {
        self.finish(self.factor(c).apply(acc))
    }

    /// The same for a 64-bit accumulator.
    #[must_use]
    #[inline(always)]
    pub fn apply_wide(&self, c: usize, acc: i64) -> i32 {
        self.finish(self.factor(c).apply_wide(acc))
    }

    #[inline(always)]
    fn finish(&self, scaled: i32) -> i32 {
        scaled.wrapping_add(self.zero).max(self.range.0).min(self.range.1)
    }
}
