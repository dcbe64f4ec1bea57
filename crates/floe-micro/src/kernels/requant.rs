//! From accumulators to a quantized output: one factor for each output channel.
//!
//! The factor of channel `c` is input scale × filter scale `c` / output scale, computed in double
//! precision. The pairs (mantissa, shift) are made anew for each run, in scratch memory, so that a model
//! takes memory for one layer's at a time.

use crate::data::{View, ViewMut};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::num::fixed::Multiplier;
use crate::num::scale::Real;
use crate::{Done, Op};
use floe_graph::Quant;

/// Scratch bytes for the factors of a filter with these scales.
#[must_use]
pub const fn scratch_bytes(filter: &Quant<'_>) -> usize {
    filter.scales.len().saturating_mul(8)
}

/// That the filter (input 1) has one scale, or one for each of `channels` along dimension `axis`; and
/// that input 0 and output 0 have one.
///
/// # Errors
/// [`Kind::Quant`].
pub fn check(op: &Op<'_>, channels: usize, axis: usize) -> Done {
    let filter = op.quant(In(1))?;
    let scales = filter.scales.len();
    // Older converters leave the axis of an unquantized dimension at 0.
    if scales != 1 && (scales != channels || filter.axis as usize != axis) {
        return Err(Kind::Quant.at(In(1)));
    }
    op.scale(In(0))?;
    op.scale(Out(0))?;
    Ok(())
}

/// Input scale and output scale, as factors see them.
fn scales(op: &Op<'_>) -> Result<(Real, Real), Fault> {
    let bad = Kind::Quant.at(In(0));
    let input = Real::positive(op.scale(In(0))?.0).ok_or(bad)?;
    Ok((input, Real::positive(op.scale(Out(0))?.0).ok_or(bad)?))
}

/// The real factors, channel by channel.
///
/// # Errors
/// [`Kind::Quant`].
pub fn factors<'a>(op: &Op<'a>) -> Result<impl Iterator<Item = Real> + use<'a>, Fault> {
    let (input, output) = scales(op)?;
    let filter = op.quant(In(1))?;
    let zero = Real::ONE.scaled(-1000);
    Ok(filter.scales.iter().map(move |s| Real::positive(s).map_or(zero, |s| input.mul(s).div(output))))
}

/// The factor of a filter with one scale, by the rule of uint8: input × filter in single precision.
///
/// # Errors
/// [`Kind::Quant`].
pub fn single(op: &Op<'_>) -> Result<Multiplier, Fault> {
    let (input, output) = scales(op)?;
    let filter = Real::positive(op.scale(In(1))?.0).ok_or(Kind::Quant.at(In(1)))?;
    Ok(input.mul_f32(filter).div(output).multiplier())
}

/// Writes the factors as pairs into scratch memory of [`scratch_bytes`].
pub fn write_pairs(factors: impl Iterator<Item = Real>, scratch: &mut [u8]) {
    let mut pairs = ViewMut::<i32>::new(scratch);
    for (mut pair, factor) in pairs.pieces(2).zip(factors) {
        let m = factor.multiplier();
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
