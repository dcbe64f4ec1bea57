//! [`Filter`]: what the quantized convolutions share: their numbers, and the memory that they cut up.
//!
//! Invariant: nothing here knows how a window moves over its input.

use super::common::quantized_range;
use super::conv_2d::Geometry;
use super::requant::{self, Requant};
use crate::data::{Scalar, View, ViewMut};
use crate::error::Fault;
use crate::error::Operand::{In, Out, Scales, Scratch};
use crate::op::Op;
use crate::task::{Memory, Operands};
use crate::{Done, Rows, Strip, Strips};

/// A quantized convolution with filters of int8 or int4.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// Its sizes.
    pub geometry: Geometry,
    /// Bits of a filter's number.
    pub bits: u32,
    /// Scales of input and output.
    pub scales: (f32, f32),
    /// Zero points of input and output.
    pub zeros: (i32, i32),
    /// The range of the output.
    pub range: (i32, i32),
}

/// What a [`Filter`] works with.
struct Tools<'s> {
    filter: View<'s, i8>,
    bias: &'s [u8],
    requant: Requant<'s>,
}

impl Filter {
    pub(super) fn of(op: &Op<'_>, geometry: Geometry, activation: i8) -> Result<Self, Fault> {
        let ((scale_in, zero_in), (scale_out, zero_out)) = (op.scale(In(0))?, op.scale(Out(0))?);
        Ok(Self {
            geometry,
            bits: op.dtype(In(1))?.bits().unwrap_or(8) as u32,
            scales: (scale_in, scale_out),
            zeros: (zero_in, zero_out),
            range: quantized_range(op, Out(0), activation)?,
        })
    }

    pub(super) const OPERANDS: Operands = ([In(0), In(1), In(2), Scales(1)], [Out(0), Scratch]);

    /// Has `kernel` make each strip of the output, of `T` as the input is, with biases of `B`: rows, input,
    /// filter, biases, factors, output.
    #[inline(always)]
    pub(super) fn run<T: Scalar, B: Scalar>(
        &self,
        memory: Memory<'_>,
        kernel: impl Fn(&Rows, View<'_, T>, View<'_, i8>, View<'_, B>, &Requant<'_>, ViewMut<'_, T>)
        + Sync,
    ) -> Done {
        let (strips, Tools { filter, bias, requant }) = self.cut::<T>(memory)?;
        strips.each(|Strip { rows, input, output }| {
            let (x, b, y) = (View::new(input), View::new(bias), ViewMut::new(output));
            kernel(&rows, x, filter, b, &requant, y);
        });
        Ok(())
    }

    /// The strips of the sweep, the elements of `T`, and what is the same in all of them.
    #[inline(always)]
    fn cut<'s, T>(&self, mut memory: Memory<'s>) -> Result<(Strips<'s>, Tools<'s>), Fault> {
        let sweep = self.geometry.sweep(size_of::<T>());
        let (strips, ([_, filter, bias, scales], [_, scratch])) = memory.sweep(sweep)?;
        let pairs = scales.len().saturating_mul(2);
        let (pairs, unpacked) = scratch.split_at_mut_checked(pairs).unwrap_or_default();
        requant::write_pairs(self.scales, View::new(scales), pairs);
        let filter = if unpacked.is_empty() {
            filter
        } else {
            unpack(filter, unpacked, self.bits);
            unpacked
        };
        let requant = Requant::new(pairs, self.zeros.1, self.range);
        Ok((strips, Tools { filter: View::new(filter), bias, requant }))
    }
}

/// Unpacks integers of `bits` (2 or 4) bits, the first in the low bits, into bytes.
pub fn unpack(packed: &[u8], out: &mut [u8], bits: u32) {
    // Two or four to a byte.
    let rest = if bits == 2 { 3 } else { 1 };
    for (i, to) in out.iter_mut().enumerate() {
        let (byte, place) = (i.checked_div(rest + 1).unwrap_or(0), i & rest);
        let Some(byte) = packed.get(byte) else { break };
        // To the top of the byte, and down again with the sign.
        let top = byte.checked_shl(8 - (place as u32 + 1) * bits).unwrap_or(0);
        *to = (top as i8 >> (8 - bits)) as u8;
    }
}
