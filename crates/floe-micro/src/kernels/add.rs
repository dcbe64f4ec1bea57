//! ADD and SUB: sums and differences with broadcasting and a fused activation.
//!
//! float32, int32, int64, unquantized int16; int8, uint8 and int16 quantized. The quantized forms bring
//! both inputs to twice the larger input scale, in fixed point with 20 (int16: 15) fraction bits. int16
//! whose scales are all powers of two, and which says so, is added by shifting one input.

use super::common::{Zip, clamp, float_range, quantized_range, set_broadcast, types, zip, zip_in};
use crate::data::{Quantized, Scalar};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::num::fixed::{Multiplier, round_shift};
use crate::num::scale::Real;
use crate::task::{Memory, Operands, Prepare, Task};
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::DType;
use floe_tflite::fields::{add_options, sub_options};
use floe_tflite::op;

/// ADD.
pub static ADD: OpDef = OpDef::builtin(op::ADD, 6, &kernels::<false>());
/// SUB.
pub static SUB: OpDef = OpDef::builtin(op::SUB, 5, &kernels::<true>());
/// ADD of int8 alone.
pub static ADD_I8: OpDef = OpDef::builtin(op::ADD, 6, &[ADD_BYTES]);

const ADD_BYTES: Kernel = Kernel::task::<Add>(prepare_quantized::<false, i8>).in_place_of(2);

const fn kernels<const SUB: bool>() -> [Kernel; 7] {
    [
        Kernel::new(prepare_plain::<f32>, eval_float::<SUB>).in_place_of(2),
        if SUB { quantized::<SUB, i8>() } else { ADD_BYTES },
        quantized::<SUB, u8>(),
        quantized::<SUB, i16>(),
        Kernel::new(prepare_plain::<i32>, eval_int::<SUB, i32>).in_place_of(2),
        Kernel::new(prepare_plain::<i64>, eval_int::<SUB, i64>).in_place_of(2),
        Kernel::new(prepare_plain::<i16>, eval_int::<SUB, i16>).in_place_of(2),
    ]
}

const fn quantized<const SUB: bool, T: Quantized>() -> Kernel {
    Kernel::new(prepare_quantized::<SUB, T>, eval_quantized::<SUB, T>).in_place_of(2)
}

fn activation<const SUB: bool>(op: &Op<'_>) -> i8 {
    if SUB {
        op.option(sub_options::FUSED_ACTIVATION_FUNCTION)
    } else {
        op.option(add_options::FUSED_ACTIVATION_FUNCTION)
    }
}

fn prepare_plain<T: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (In(1), T::DTYPE), (Out(0), T::DTYPE)])?;
    float_range(activation::<false>(op))?;
    float_range(activation::<true>(op))?;
    set_broadcast(op)
}

fn eval_float<const SUB: bool>(op: &mut Op<'_>) -> Done {
    let range = float_range(activation::<SUB>(op))?;
    zip(op, |a: f32, b: f32| clamp(if SUB { a - b } else { a + b }, range))
}

fn eval_int<const SUB: bool, T: Whole>(op: &mut Op<'_>) -> Done {
    let range = float_range(activation::<SUB>(op))?;
    zip(op, |a: T, b: T| if SUB { a.minus(b) } else { a.plus(b) }.between(range))
}

/// Integers that are not quantized: arithmetic wraps.
trait Whole: Scalar {
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    /// Between the whole numbers of a float activation's range.
    fn between(self, range: (f32, f32)) -> Self;
}

macro_rules! whole {
    ($($t:ty)*) => {$(
        impl Whole for $t {
            #[inline(always)]
            fn plus(self, other: Self) -> Self { self.wrapping_add(other) }
            #[inline(always)]
            fn minus(self, other: Self) -> Self { self.wrapping_sub(other) }
            #[inline(always)]
            fn between(self, (low, high): (f32, f32)) -> Self {
                // Infinities become the type's ends.
                self.max(low as $t).min(high as $t)
            }
        }
    )*};
}
whole!(i16 i32 i64);

/// How quantized numbers are added.
#[derive(Clone, Copy, Debug)]
pub struct Sum {
    /// Subtracted from the inputs.
    pub zero: [i32; 2],
    /// Fraction bits that the inputs get first.
    pub left_shift: u32,
    /// From each input's scale to twice the larger one.
    pub input: [Multiplier; 2],
    /// From there to the output's scale.
    pub output: Multiplier,
    /// The output's zero point.
    pub output_zero: i32,
    /// The range of the output.
    pub range: (i32, i32),
}

impl Sum {
    /// The quantized sum, or the difference.
    #[must_use]
    #[inline(always)]
    pub fn add<const SUB: bool>(&self, a: i32, b: i32) -> i32 {
        let a = self.input[0].apply_small((a - self.zero[0]).wrapping_shl(self.left_shift));
        let b = self.input[1].apply_small((b - self.zero[1]).wrapping_shl(self.left_shift));
        let sum = if SUB { a.wrapping_sub(b) } else { a.wrapping_add(b) };
        let out = self.output.apply(sum).wrapping_add(self.output_zero);
        out.max(self.range.0).min(self.range.1)
    }
}

fn params<const SUB: bool>(op: &Op<'_>) -> Result<Sum, Fault> {
    let bad = Kind::Quant.at(Out(0));
    let (a, zero_a) = op.scale(In(0))?;
    let (b, zero_b) = op.scale(In(1))?;
    let (out, output_zero) = op.scale(Out(0))?;
    let real = |x: f32| Real::positive(x).ok_or(bad);
    let (a, b, out) = (real(a)?, real(b)?, real(out)?);
    let left_shift = if op.dtype(Out(0))? == DType::Int16 { 15 } else { 20 };
    let twice = a.max(b).scaled(1);
    Ok(Sum {
        zero: [zero_a, zero_b],
        left_shift,
        input: [a.div(twice).multiplier(), b.div(twice).multiplier()],
        output: twice.div(out.scaled(left_shift as i32)).multiplier(),
        output_zero,
        range: quantized_range(op, Out(0), activation::<SUB>(op))?,
    })
}

/// How far each input is shifted right, when int16 scales are powers of two and the file says that
/// this may be used.
fn shifts<const SUB: bool>(op: &Op<'_>) -> Result<Option<[i32; 2]>, Fault> {
    let by_power = if SUB {
        op.option(sub_options::POT_SCALE_INT16)
    } else {
        op.option(add_options::POT_SCALE_INT16)
    };
    if op.dtype(Out(0))? != DType::Int16 || !by_power {
        return Ok(None);
    }
    let mut logs = [0; 3];
    for (log, operand) in logs.iter_mut().zip([In(0), In(1), Out(0)]) {
        let (scale, _) = op.scale(operand)?;
        let Some(power) = power_of_two(scale) else { return Ok(None) };
        *log = power;
    }
    let [a, b, out] = logs;
    let shifts = [out - a, out - b];
    let fits = shifts.contains(&0) && shifts.iter().all(|s| (0..16).contains(s));
    if fits { Ok(Some(shifts)) } else { Err(Kind::Quant.at(Out(0))) }
}

/// The logarithm of `x` when it is a power of two, within a thousandth.
pub(super) fn power_of_two(x: f32) -> Option<i32> {
    let bits = x.to_bits();
    let (exponent, fraction) = ((bits >> 23) as i32 - 127, bits & 0x7f_ffff);
    match fraction {
        0..=5_814 => Some(exponent),
        8_382_795.. => Some(exponent + 1),
        _ => None,
    }
}

fn prepare_quantized<const SUB: bool, T: Quantized>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (In(1), T::DTYPE)])?;
    if op.tensor(Out(0))?.quant().is_none() {
        return Err(Kind::Type.at(Out(0)));
    }
    // Whatever the file says: some leave the outputs of quantized models as floats.
    op.set_type(Out(0), T::DTYPE)?;
    params::<SUB>(op)?;
    shifts::<SUB>(op)?;
    set_broadcast(op)
}

fn eval_quantized<const SUB: bool, T: Quantized>(op: &mut Op<'_>) -> Done {
    let p = params::<SUB>(op)?;
    if let Some([a_shift, b_shift]) = shifts::<SUB>(op)? {
        return zip(op, |a: T, b: T| {
            let a = round_shift(a.into(), a_shift as u32);
            let b = round_shift(b.into(), b_shift as u32);
            let sum = if SUB { a - b } else { a + b };
            T::narrow(sum.clamp(-32768, 32767).max(p.range.0).min(p.range.1))
        });
    }
    zip(op, |a: T, b: T| T::narrow(p.add::<SUB>(a.into(), b.into())))
}

/// ADD of int8.
#[derive(Clone, Copy, Debug)]
pub struct Add {
    /// The inputs.
    pub pair: Zip,
    /// How they are added.
    pub sum: Sum,
}

impl Prepare for Add {
    fn of(op: &Op<'_>) -> Result<Self, Fault> {
        Ok(Self { pair: Zip::of(op)?, sum: params::<false>(op)? })
    }

    fn operands(&self) -> Operands {
        self.pair.operands()
    }
}

impl Task for Add {
    fn run(&self, memory: Memory<'_>) -> Done {
        zip_in(&self.pair, memory, |a: i8, b: i8| {
            i8::narrow(self.sum.add::<false>(a.into(), b.into()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Sum, power_of_two};
    use crate::num::scale::Real;

    #[test]
    fn a_quantized_sum_is_the_real_one_within_half_a_step() {
        let (a, b, out) = (0.05f32, 0.031f32, 0.08f32);
        let real = |x| Real::positive(x).unwrap();
        let twice = real(a).scaled(1);
        let p = Sum {
            zero: [3, -7],
            left_shift: 20,
            input: [real(a).div(twice).multiplier(), real(b).div(twice).multiplier()],
            output: twice.div(real(out).scaled(20)).multiplier(),
            output_zero: -5,
            range: (-128, 127),
        };
        for x in (-128..128).step_by(7) {
            for y in (-128..128).step_by(5) {
                for (got, sign) in [(p.add::<false>(x, y), 1.0), (p.add::<true>(x, y), -1.0)] {
                    let sum =
                        f64::from(a) * f64::from(x - 3) + sign * f64::from(b) * f64::from(y + 7);
                    let want = (sum / f64::from(out) - 5.0).clamp(-128.0, 127.0);
                    assert!((f64::from(got) - want).abs() <= 0.5001, "{x} {y}: {got} {want}");
                }
            }
        }
    }

    #[test]
    fn powers_of_two_are_known() {
        assert_eq!(power_of_two(1.0 / 32768.0), Some(-15));
        assert_eq!(power_of_two(0.3), None);
        assert_eq!(power_of_two(0.999_99), Some(0));
    }
}
