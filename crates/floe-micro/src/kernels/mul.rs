//! MUL: products with broadcasting and a fused activation.
//!
//! float32, int32, int64, uint32, unquantized int16, complex64; int8, uint8 and int16 quantized, int16
//! inputs also to int8. The quantized factor is computed in single precision, as the reference does.

use super::common::{Zip, clamp, float_range, quantized_range, set_broadcast, types, zip, zip_in};
use crate::data::{Quantized, Scalar};
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::num::fixed::Multiplier;
use crate::num::scale::Real;
use crate::task::{Memory, Operands, Prepare, Task};
use crate::{Done, Kernel, Op, OpDef};
use floe_tflite::fields::mul_options::FUSED_ACTIVATION_FUNCTION as ACTIVATION;
use floe_tflite::op;

/// MUL.
pub static MUL: OpDef = OpDef::builtin(
    op::MUL,
    8,
    &[
        Kernel::new(prepare_plain::<f32>, eval_float).in_place_of(2),
        MUL_BYTES,
        Kernel::new(prepare_quantized::<u8, u8>, eval_quantized::<u8, u8>).in_place_of(2),
        Kernel::new(prepare_quantized::<i16, i16>, eval_quantized::<i16, i16>).in_place_of(2),
        Kernel::new(prepare_quantized::<i16, i8>, eval_narrow),
        Kernel::new(prepare_plain::<i32>, eval_int::<i32>).in_place_of(2),
        Kernel::new(prepare_plain::<i64>, eval_int::<i64>).in_place_of(2),
        Kernel::new(prepare_plain::<u32>, eval_int::<u32>).in_place_of(2),
        Kernel::new(prepare_plain::<i16>, eval_int::<i16>).in_place_of(2),
    ],
);
/// MUL of int8 alone.
pub static MUL_I8: OpDef = OpDef::builtin(op::MUL, 8, &[MUL_BYTES]);

const MUL_BYTES: Kernel = Kernel::task::<Mul>(prepare_quantized::<i8, i8>).in_place_of(2);

fn prepare_plain<T: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (In(1), T::DTYPE), (Out(0), T::DTYPE)])?;
    float_range(op.option(ACTIVATION))?;
    set_broadcast(op)
}

fn eval_float(op: &mut Op<'_>) -> Done {
    let range = float_range(op.option(ACTIVATION))?;
    zip(op, |a: f32, b: f32| clamp(a * b, range))
}

fn eval_int<T: Whole>(op: &mut Op<'_>) -> Done {
    let range = float_range(op.option(ACTIVATION))?;
    zip(op, |a: T, b: T| a.times(b, range))
}

/// Integers that are not quantized: arithmetic wraps.
trait Whole: Scalar {
    /// The product, between the whole numbers of a float activation's range.
    fn times(self, other: Self, range: (f32, f32)) -> Self;
}

macro_rules! whole {
    ($($t:ty)*) => {$(
        impl Whole for $t {
            #[inline(always)]
            fn times(self, other: Self, (low, high): (f32, f32)) -> Self {
                self.wrapping_mul(other).max(low as $t).min(high as $t)
            }
        }
    )*};
}
whole!(i16 i32 u32 i64);

/// How quantized numbers are multiplied.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    /// Subtracted from the inputs.
    pub zero: [i32; 2],
    /// From the product of the inputs' scales to the output's.
    pub output: Multiplier,
    /// The output's zero point.
    pub output_zero: i32,
    /// The range of the output.
    pub range: (i32, i32),
}

impl Product {
    /// The quantized product.
    #[must_use]
    #[inline(always)]
    pub fn mul(&self, a: i32, b: i32) -> i32 {
        let product = (a - self.zero[0]).wrapping_mul(b - self.zero[1]);
        let out = self.output.apply(product).wrapping_add(self.output_zero);
        out.max(self.range.0).min(self.range.1)
    }
}

fn params(op: &Op<'_>) -> Result<Product, Fault> {
    let bad = Kind::Quant.at(Out(0));
    let (a, zero_a) = op.scale(In(0))?;
    let (b, zero_b) = op.scale(In(1))?;
    let (out, output_zero) = op.scale(Out(0))?;
    let real = |x: f32| Real::positive(x).ok_or(bad);
    Ok(Product {
        zero: [zero_a, zero_b],
        output: real(a)?.mul_f32(real(b)?).div_f32(real(out)?).multiplier(),
        output_zero,
        range: quantized_range(op, Out(0), op.option(ACTIVATION))?,
    })
}

fn prepare_quantized<T: Quantized, U: Quantized>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (In(1), T::DTYPE), (Out(0), U::DTYPE)])?;
    if op.tensor(Out(0))?.quant().is_none() {
        return Err(Kind::Type.at(Out(0)));
    }
    params(op)?;
    set_broadcast(op)
}

fn eval_quantized<T: Quantized, U: Quantized>(op: &mut Op<'_>) -> Done {
    let p = params(op)?;
    zip(op, |a: T, b: T| U::narrow(p.mul(a.into(), b.into())))
}

/// MUL of int8.
#[derive(Clone, Copy, Debug)]
pub struct Mul {
    /// The inputs.
    pub pair: Zip,
    /// How they are multiplied.
    pub product: Product,
}

impl Prepare for Mul {
    fn of(op: &Op<'_>) -> Result<Self, Fault> {
        Ok(Self { pair: Zip::of(op)?, product: params(op)? })
    }

    fn operands(&self) -> Operands {
        self.pair.operands()
    }
}

impl Task for Mul {
    fn run(&self, memory: Memory<'_>) -> Done {
        zip_in(&self.pair, memory, |a: i8, b: i8| i8::narrow(self.product.mul(a.into(), b.into())))
    }
}

/// int16 fractions to int8: the product's 15-bit fraction keeps 7 bits.
fn eval_narrow(op: &mut Op<'_>) -> Done {
    let p = params(op)?;
    zip(op, |a: i16, b: i16| {
        let product = crate::num::fixed::high_mul_16(a, b);
        let out = crate::num::fixed::round_shift(product.into(), 8) + p.output_zero;
        out.max(p.range.0).min(p.range.1) as i8
    })
}
