//! LOGISTIC and TANH.
//!
//! float32; int8 and uint8: LiteRT's reference takes the float function of each value, TensorFlow Lite Micro's is gemmlowp's
//! fixed point with 4 integer bits; int16 by one table of the logistic function between whose entries one interpolates:
//! tanh x = 2 logistic 2x − 1.

use super::common::{map, map_bytes, types};
use super::function::{affine, range_of};
use crate::data::Scalar;
use crate::error::Operand::{In, Out};
use crate::error::{Fault, Kind};
use crate::num::fixed::{Multiplier, logistic, round_shift, tanh};
use crate::num::float;
use crate::num::scale::Real;
use crate::{Done, Kernel, Numerics, Op, OpDef};
use floe_graph::DType;
use floe_tflite::op;

/// LOGISTIC.
pub static LOGISTIC: OpDef = OpDef::builtin(op::LOGISTIC, 3, &kernels::<false>());
/// TANH.
pub static TANH: OpDef = OpDef::builtin(op::TANH, 3, &kernels::<true>());

const fn kernels<const TANH: bool>() -> [Kernel; 4] {
    [
        Kernel::new(prepare_float, eval_float::<TANH>).in_place(),
        Kernel::new(prepare_bytes::<i8>, eval_bytes::<TANH>).in_place(),
        Kernel::new(prepare_bytes::<u8>, eval_bytes::<TANH>).in_place(),
        Kernel::new(prepare_int16, eval_int16::<TANH>).in_place(),
    ]
}

fn same(op: &mut Op<'_>, dtype: DType) -> Done {
    types(op, [(In(0), dtype), (Out(0), dtype)])?;
    let shape = op.shape(In(0))?;
    op.set_shape(Out(0), &shape)
}

fn prepare_float(op: &mut Op<'_>) -> Done {
    same(op, DType::Float32)
}

fn eval_float<const TANH: bool>(op: &mut Op<'_>) -> Done {
    map(op, real::<TANH>)
}

fn real<const TANH: bool>(x: f32) -> f32 {
    if TANH { float::tanh(x) } else { float::logistic(x) }
}

/// How 8-bit numbers become fixed point with 4 integer bits.
#[derive(Clone, Copy, Debug)]
pub struct Params {
    /// Subtracted from the input.
    pub zero: i32,
    /// From input steps to 27 fraction bits.
    pub input: Multiplier,
    /// From this magnitude on the function is at its end.
    pub radius: i32,
}

fn params(op: &Op<'_>) -> Result<Params, Fault> {
    let (scale, zero) = op.scale(In(0))?;
    let input = Real::positive(scale).ok_or(Kind::Quant.at(In(0)))?.scaled(27).multiplier();
    let radius = if input.shift < 0 { i64::MAX } else { (15i64 << 27) >> input.shift };
    Ok(Params { zero, input, radius: radius.min(i32::MAX.into()) as i32 })
}

/// The logistic function or tanh of one 8-bit number, from −128 to 127.
#[must_use]
pub fn byte<const TANH: bool>(p: &Params, x: i32) -> i32 {
    let x = x - p.zero;
    if x <= p.radius.wrapping_neg() {
        return -128;
    }
    if x >= p.radius {
        return 127;
    }
    let x = p.input.apply(x);
    let y =
        if TANH { round_shift(tanh::<4>(x), 24) } else { round_shift(logistic::<4>(x), 23) - 128 };
    y.clamp(-128, 127)
}

fn prepare_bytes<T: Scalar>(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), T::DTYPE), (Out(0), T::DTYPE)])?;
    params(op)?;
    affine(op)?;
    same(op, T::DTYPE)
}

fn eval_bytes<const TANH: bool>(op: &mut Op<'_>) -> Done {
    let (p, q) = (params(op)?, affine(op)?);
    let signed = op.dtype(In(0))? == DType::Int8;
    if op.numerics() == Numerics::LiteRt {
        let range = if signed { range_of::<i8>() } else { range_of::<u8>() };
        map_bytes(op, &mut |x| {
            let value = if signed { i32::from(x as i8) } else { x.into() };
            q.image(value, range, &real::<TANH>) as u8
        })
    } else if signed {
        map_bytes(op, &mut |x| byte::<TANH>(&p, (x as i8).into()) as u8)
    } else {
        map_bytes(op, &mut |x| (byte::<TANH>(&p, x.into()) + 128) as u8)
    }
}

/// 65536 logistic(i / 24).
#[rustfmt::skip]
static LOGISTICS: [u16; 256] = [
    32768, 33451, 34133, 34813, 35493, 36169, 36843, 37513, 38180, 38841, 39498, 40149, 40794, 41432, 42064, 42688,
    43304, 43912, 44511, 45102, 45683, 46255, 46817, 47369, 47911, 48443, 48964, 49475, 49975, 50464, 50942, 51409,
    51865, 52311, 52745, 53169, 53581, 53983, 54374, 54755, 55125, 55485, 55834, 56174, 56503, 56823, 57133, 57433,
    57724, 58007, 58280, 58544, 58800, 59048, 59288, 59519, 59743, 59959, 60168, 60370, 60565, 60753, 60935, 61110,
    61279, 61441, 61599, 61750, 61896, 62036, 62172, 62302, 62428, 62549, 62666, 62778, 62886, 62990, 63090, 63186,
    63279, 63368, 63454, 63536, 63615, 63691, 63765, 63835, 63903, 63968, 64030, 64090, 64148, 64204, 64257, 64308,
    64357, 64405, 64450, 64494, 64536, 64576, 64614, 64652, 64687, 64721, 64754, 64786, 64816, 64845, 64873, 64900,
    64926, 64950, 64974, 64997, 65019, 65039, 65060, 65079, 65097, 65115, 65132, 65149, 65164, 65179, 65194, 65208,
    65221, 65234, 65246, 65258, 65269, 65280, 65291, 65301, 65310, 65319, 65328, 65337, 65345, 65352, 65360, 65367,
    65374, 65381, 65387, 65393, 65399, 65404, 65410, 65415, 65420, 65425, 65429, 65433, 65438, 65442, 65445, 65449,
    65453, 65456, 65459, 65462, 65465, 65468, 65471, 65474, 65476, 65479, 65481, 65483, 65485, 65488, 65489, 65491,
    65493, 65495, 65497, 65498, 65500, 65501, 65503, 65504, 65505, 65507, 65508, 65509, 65510, 65511, 65512, 65513,
    65514, 65515, 65516, 65517, 65517, 65518, 65519, 65520, 65520, 65521, 65522, 65522, 65523, 65523, 65524, 65524,
    65525, 65525, 65526, 65526, 65526, 65527, 65527, 65528, 65528, 65528, 65529, 65529, 65529, 65529, 65530, 65530,
    65530, 65530, 65531, 65531, 65531, 65531, 65531, 65532, 65532, 65532, 65532, 65532, 65532, 65533, 65533, 65533,
    65533, 65533, 65533, 65533, 65533, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65535,
];

/// How 16-bit numbers become steps of 1 / (3 × 4096): a factor and a shift right.
fn factor16<const TANH: bool>(op: &Op<'_>) -> Result<(i32, u32), Fault> {
    let bad = Kind::Quant.at(In(0));
    let (scale, zero) = op.scale(In(0))?;
    if zero != 0 || op.scale(Out(0))?.1 != 0 {
        return Err(bad);
    }
    // A scale that is a power of two, and the right one, needs only the factor 3.
    let shift = super::add::power_of_two(scale).map(|power| power + 12);
    match shift {
        Some(0) => return Ok((3, 0)),
        Some(1) if TANH => return Ok((6, 0)),
        _ => {}
    }
    let mut real = Real::positive(scale).ok_or(bad)?.scaled(12).mul(Real::from_u32(3));
    let half = Real::from_u32(32767).scaled(-1);
    let mut right = 0;
    while !half.less(real) && right <= 30 {
        right += 1;
        real = real.scaled(1);
    }
    Ok((i32::from(real.floor() as i16), right))
}

fn prepare_int16(op: &mut Op<'_>) -> Done {
    same(op, DType::Int16)?;
    factor16::<false>(op).map(|_| ())
}

fn eval_int16<const TANH: bool>(op: &mut Op<'_>) -> Done {
    let (factor, right) = factor16::<TANH>(op)?;
    let half = if right > 0 { 1i32 << (right - 1) } else { 0 };
    map(op, |x: i16| {
        let x = i32::from(x).wrapping_mul(factor).wrapping_add(half) >> right;
        if TANH { tanh_int16(x) } else { logistic_int16(x) }
    })
}

/// The table's image of a magnitude whose `bits` low bits lie between entries.
fn between(x: u32, bits: u32, end: u32) -> i32 {
    let index = (x >> bits) as usize;
    let at = |i: usize| LOGISTICS.get(i).copied().map_or(0, u32::from);
    if index >= 255 {
        return (end << bits) as i32;
    }
    let (a, b) = (at(index), at(index + 1));
    ((a << bits) + (x & ((1 << bits) - 1)) * (b - a)) as i32
}

/// The logistic function of `x` / (3 × 4096) with 15 fraction bits.
#[must_use]
pub fn logistic_int16(x: i32) -> i16 {
    // The saturated value has one bit less than entries, and one shift more.
    let magnitude = x.unsigned_abs();
    let y = if magnitude >> 9 >= 255 { 0x7fff << 10 } else { between(magnitude, 9, 0) };
    let y = if x >= 0 { y + (1 << 9) } else { (1 << 25) - y + (1 << 9) - 1 };
    (y >> 10) as i16
}

/// tanh of `x` / (3 × 4096) with 15 fraction bits.
#[must_use]
pub fn tanh_int16(x: i32) -> i16 {
    let y = between(x.unsigned_abs(), 8, 0xffff);
    let y = if x >= 0 { y - (1 << 23) + (1 << 7) } else { -y + (1 << 23) + (1 << 7) - 1 };
    (y >> 8) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_within_a_step_of_the_real_functions() {
        for scale in [0.004f32, 0.05, 0.5] {
            let input = Real::positive(scale).unwrap().scaled(27).multiplier();
            let radius = ((15i64 << 27) >> input.shift).min(i64::from(i32::MAX)) as i32;
            let p = Params { zero: -5, input, radius };
            for x in -128..128 {
                let real = f64::from(scale) * f64::from(x + 5);
                let want = (256.0 / (1.0 + (-real).exp()) - 128.0).min(127.0);
                assert!((f64::from(byte::<false>(&p, x)) - want).abs() <= 0.6, "logistic {real}");
                let want = (real.tanh() * 128.0).min(127.0);
                assert!((f64::from(byte::<true>(&p, x)) - want).abs() <= 0.6, "tanh {real}");
            }
        }
    }

    #[test]
    fn sixteen_bits_are_within_some_steps_of_the_real_functions() {
        for x in (-140_000..140_000).step_by(77) {
            let real = f64::from(x) / 12288.0;
            let want = 32768.0 / (1.0 + (-real).exp());
            assert!(
                (f64::from(logistic_int16(x)) - want.min(32767.0)).abs() <= 6.0,
                "logistic {real}"
            );
            let want = 32768.0 * real.tanh();
            assert!(
                (f64::from(tanh_int16(x)) - want.clamp(-32768.0, 32767.0)).abs() <= 8.0,
                "tanh {real}"
            );
        }
    }

    #[test]
    fn the_table_is_the_function() {
        for (i, &entry) in (0u32..).zip(&LOGISTICS) {
            let want = 65536.0 / (1.0 + (-f64::from(i) / 24.0).exp());
            assert!((f64::from(entry) - want).abs() <= 1.2, "{i}: {entry} {want}");
        }
    }
}
