//! Elements as numbers: from and to the raw form of every dtype that holds real numbers.
//!
//! Invariant: decoding is exact but for 64-bit integers beyond 2^53 in [`to_f64`]; encoding rounds to
//! the nearest, ties to even, as TensorFlow's casts between floats do.

use crate::DType;

/// The number in the raw form of one element of `dtype`; `None` for complex numbers, strings and
/// handles, and for bytes of another length.
#[must_use]
pub fn to_f64(dtype: DType, raw: &[u8]) -> Option<f64> {
    match dtype {
        DType::Float32 => Some(f32::from_le_bytes(raw.try_into().ok()?).into()),
        DType::Float64 => Some(f64::from_le_bytes(raw.try_into().ok()?)),
        _ => match Small::of(dtype) {
            Some(small) => Some(small.decode(code(raw)?)),
            None => to_int(dtype, raw).map(|i| i as f64),
        },
    }
}

/// The integer in the raw form of one element of `dtype`; a bool is 0 or 1. `None` for all other dtypes.
#[must_use]
pub fn to_int(dtype: DType, raw: &[u8]) -> Option<i128> {
    use DType as D;
    Some(match dtype {
        D::Int8 | D::Qint8 | D::Int4 | D::Int2 => i8::from_le_bytes(raw.try_into().ok()?).into(),
        D::Int16 | D::Qint16 => i16::from_le_bytes(raw.try_into().ok()?).into(),
        D::Int32 | D::Qint32 => i32::from_le_bytes(raw.try_into().ok()?).into(),
        D::Int64 => i64::from_le_bytes(raw.try_into().ok()?).into(),
        D::Uint8 | D::Quint8 | D::Uint4 | D::Uint2 | D::Bool => {
            u8::from_le_bytes(raw.try_into().ok()?).into()
        }
        D::Uint16 | D::Quint16 => u16::from_le_bytes(raw.try_into().ok()?).into(),
        D::Uint32 => u32::from_le_bytes(raw.try_into().ok()?).into(),
        D::Uint64 => u64::from_le_bytes(raw.try_into().ok()?).into(),
        _ => return None,
    })
}

/// Puts `value` into the raw form of one element of `dtype`. Integers lose the fraction and stop at
/// their limits; floats too large become infinite, or what their format has in its place.
/// `None` as for [`to_f64`].
pub fn from_f64(dtype: DType, value: f64, raw: &mut [u8]) -> Option<()> {
    match dtype {
        DType::Float32 => put(&(value as f32).to_le_bytes(), raw),
        DType::Float64 => put(&value.to_le_bytes(), raw),
        _ => match Small::of(dtype) {
            Some(small) => put(&small.encode(value).to_le_bytes(), raw),
            None if dtype == DType::Bool => from_int(dtype, (value != 0.0).into(), raw),
            None => from_int(dtype, value as i128, raw),
        },
    }
}

/// Puts `value` into the raw form of one integer of `dtype`, at its limits if it is beyond them; a bool
/// is whether it is not 0. `None` for all other dtypes.
pub fn from_int(dtype: DType, value: i128, raw: &mut [u8]) -> Option<()> {
    let (low, high) = limits(dtype)?;
    let value = if dtype == DType::Bool { (value != 0).into() } else { value.clamp(low, high) };
    put(&value.to_le_bytes(), raw)
}

/// The smallest and the largest integer of `dtype`; `None` where elements are no integers.
#[must_use]
pub fn limits(dtype: DType) -> Option<(i128, i128)> {
    use DType as D;
    let signed = match dtype {
        D::Int2
        | D::Int4
        | D::Int8
        | D::Qint8
        | D::Int16
        | D::Qint16
        | D::Int32
        | D::Qint32
        | D::Int64 => true,
        D::Uint2
        | D::Uint4
        | D::Uint8
        | D::Quint8
        | D::Uint16
        | D::Quint16
        | D::Uint32
        | D::Uint64 => false,
        D::Bool => return Some((0, 1)),
        _ => return None,
    };
    let range = 1i128.checked_shl(u32::try_from(dtype.bits()?).ok()?)?;
    let low = if signed { range.checked_div(-2)? } else { 0 };
    Some((low, low.checked_add(range)?.checked_sub(1)?))
}

/// The first bytes of `bytes` into all of `raw`; `None` when they are fewer.
fn put(bytes: &[u8], raw: &mut [u8]) -> Option<()> {
    raw.copy_from_slice(bytes.get(..raw.len())?);
    Some(())
}

fn code(raw: &[u8]) -> Option<u16> {
    match *raw {
        [low] => Some(low.into()),
        [low, high] => Some(u16::from_le_bytes([low, high])),
        _ => None,
    }
}

/// Which codes of a small float are not finite.
#[derive(Clone, Copy, PartialEq)]
enum Special {
    /// The highest exponent: infinity without a fraction, NaN with one.
    Ieee,
    /// NaN when all bits but the sign are set; no infinity.
    AllOnes,
    /// NaN where minus zero would be; no infinity.
    MinusZero,
    /// None at all.
    Finite,
}

/// A float of 16 bits at most: a sign, an exponent, a fraction.
#[derive(Clone, Copy)]
struct Small {
    bits: u32,
    fraction: u32,
    bias: i32,
    special: Special,
}

impl Small {
    const fn new(bits: u32, fraction: u32, bias: i32, special: Special) -> Self {
        Self { bits, fraction, bias, special }
    }

    const fn of(dtype: DType) -> Option<Self> {
        use Special::{AllOnes, Finite, Ieee, MinusZero};
        Some(match dtype {
            DType::Float16 => Self::new(16, 10, 15, Ieee),
            DType::Bfloat16 => Self::new(16, 7, 127, Ieee),
            DType::Float8E5m2 => Self::new(8, 2, 15, Ieee),
            DType::Float8E4m3fn => Self::new(8, 3, 7, AllOnes),
            DType::Float8E5m2fnuz => Self::new(8, 2, 16, MinusZero),
            DType::Float8E4m3fnuz => Self::new(8, 3, 8, MinusZero),
            DType::Float8E4m3b11fnuz => Self::new(8, 3, 11, MinusZero),
            DType::Float4E2m1fn => Self::new(4, 1, 1, Finite),
            _ => return None,
        })
    }

    /// The bit of the sign.
    const fn sign(self) -> u16 {
        1u16.wrapping_shl(self.bits.wrapping_sub(1))
    }

    /// The power of two that the last bit of the smallest numbers stands for.
    const fn least(self) -> i32 {
        1i32.wrapping_sub(self.bias).wrapping_sub(self.fraction.cast_signed())
    }

    /// The largest magnitude that is a finite number.
    const fn largest(self) -> u16 {
        let all = self.sign().wrapping_sub(1);
        match self.special {
            Special::Ieee => all.wrapping_sub(1u16.wrapping_shl(self.fraction)),
            Special::AllOnes => all.wrapping_sub(1),
            Special::MinusZero | Special::Finite => all,
        }
    }

    fn decode(self, code: u16) -> f64 {
        let magnitude = code & self.sign().wrapping_sub(1);
        let negative = code & self.sign() != 0;
        let value = if magnitude > self.largest() {
            let infinite =
                self.special == Special::Ieee && magnitude == self.largest().wrapping_add(1);
            if infinite { f64::INFINITY } else { f64::NAN }
        } else if self.special == Special::MinusZero && negative && magnitude == 0 {
            f64::NAN
        } else {
            let implied = 1u16.wrapping_shl(self.fraction);
            let exponent = magnitude.wrapping_shr(self.fraction);
            let fraction = magnitude & implied.wrapping_sub(1);
            let (digits, exponent) = match exponent {
                0 => (fraction, 0),
                e => (fraction | implied, i32::from(e).wrapping_sub(1)),
            };
            f64::from(digits) * power_of_two(self.least().wrapping_add(exponent))
        };
        if negative { -value } else { value }
    }

    fn encode(self, value: f64) -> u16 {
        let sign = if value.is_sign_negative() { self.sign() } else { 0 };
        let magnitude = if value.is_nan() { u16::MAX } else { self.round(value.abs()) };
        match self.special {
            _ if magnitude <= self.largest() => match (self.special, magnitude) {
                (Special::MinusZero, 0) => 0,
                _ => sign | magnitude,
            },
            Special::Ieee if value.is_nan() => sign | self.largest().wrapping_add(1 | self.quiet()),
            Special::Ieee => sign | self.largest().wrapping_add(1),
            Special::AllOnes => sign | self.sign().wrapping_sub(1),
            Special::MinusZero => self.sign(),
            Special::Finite if value.is_nan() => self.sign(),
            Special::Finite => sign | self.largest(),
        }
    }

    /// The top bit of the fraction, less the one that [`encode`](Self::encode) adds.
    const fn quiet(self) -> u16 {
        1u16.wrapping_shl(self.fraction.wrapping_sub(1))
    }

    /// The code of the nearest number to `value`, which is not negative; beyond the largest if it is.
    fn round(self, value: f64) -> u16 {
        let exponent = ((value.to_bits() >> 52) as i32).wrapping_sub(1023);
        let last = exponent.wrapping_sub(self.fraction.cast_signed()).max(self.least());
        if exponent > 1022 || last > 900 {
            return u16::MAX;
        }
        // The value in units of its last bit; adding 2^52 rounds to an integer, ties to even.
        let units = value * power_of_two(last.wrapping_neg());
        let whole = (units + power_of_two(52)) - power_of_two(52);
        let base = last.wrapping_sub(self.least()).wrapping_shl(self.fraction);
        let code = i64::from(base).saturating_add(whole as i64);
        u16::try_from(code).unwrap_or(u16::MAX)
    }
}

/// 2 to the power of `n`, which lies in -1022 ..= 1023.
fn power_of_two(n: i32) -> f64 {
    let exponent = n.clamp(-1022, 1023).wrapping_add(1023).cast_unsigned();
    f64::from_bits(u64::from(exponent) << 52)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec;

    fn raw(dtype: DType, value: f64) -> vec::Vec<u8> {
        let mut raw = vec![0; dtype.bytes().unwrap()];
        from_f64(dtype, value, &mut raw).unwrap();
        raw
    }

    #[test]
    fn every_code_of_every_small_float_goes_both_ways() {
        for &dtype in DType::ALL {
            let Some(small) = Small::of(dtype) else { continue };
            for code in 0..=(u32::from(small.sign()) * 2 - 1) {
                let value = small.decode(code as u16);
                let again = small.encode(value);
                let same = small.decode(again);
                assert!(
                    again == code as u16 || (value.is_nan() && same.is_nan()),
                    "{dtype} {code:x}"
                );
            }
        }
    }

    #[test]
    fn small_floats_have_the_values_of_their_definitions() {
        for (dtype, code, value) in [
            (DType::Float16, 0x3c00, 1.0),
            (DType::Float16, 0x0001, 5.960_464_477_539_063e-8),
            (DType::Float16, 0x7bff, 65504.0),
            (DType::Bfloat16, 0xc049, -3.140_625),
            (DType::Float8E5m2, 0x7b, 57344.0),
            (DType::Float8E4m3fn, 0x7e, 448.0),
            (DType::Float8E4m3fnuz, 0x7f, 240.0),
            (DType::Float8E5m2fnuz, 0x7f, 57344.0),
            (DType::Float8E4m3b11fnuz, 0x7f, 30.0),
            (DType::Float4E2m1fn, 0x7, 6.0),
            (DType::Float4E2m1fn, 0x9, -0.5),
        ] {
            let small = Small::of(dtype).unwrap();
            assert_eq!(small.decode(code), value, "{dtype}");
            assert_eq!(small.encode(value), code, "{dtype}");
        }
    }

    #[test]
    fn ties_go_to_even_and_what_is_too_large_out_of_range() {
        assert_eq!(raw(DType::Float16, 2049.0), raw(DType::Float16, 2048.0));
        assert_eq!(raw(DType::Float16, 2051.0), raw(DType::Float16, 2052.0));
        assert_eq!(raw(DType::Float16, 65519.9), raw(DType::Float16, 65504.0));
        assert_eq!(raw(DType::Float16, 65520.0), raw(DType::Float16, f64::INFINITY));
        assert_eq!(raw(DType::Bfloat16, 1e300), [0x80, 0x7f]);
        assert_eq!(raw(DType::Float8E4m3fn, 1e9), [0x7f]);
        assert_eq!(raw(DType::Float8E4m3fnuz, f64::NEG_INFINITY), [0x80]);
        assert_eq!(raw(DType::Float8E4m3fnuz, -1e-30), [0]);
        assert_eq!(raw(DType::Float4E2m1fn, -99.0), [0xf]);
        assert_eq!(raw(DType::Float16, -1e-300), [0, 0x80]);
    }

    #[test]
    fn integers_stop_at_their_limits() {
        assert_eq!(raw(DType::Int4, 100.0), [7]);
        assert_eq!(raw(DType::Int4, -100.0), [0xf8]);
        assert_eq!(raw(DType::Uint2, 2.9), [2]);
        assert_eq!(raw(DType::Uint64, 1e30), [0xff; 8]);
        assert_eq!(raw(DType::Int32, f64::NAN), [0; 4]);
        assert_eq!(raw(DType::Bool, 0.25), [1]);
        assert_eq!(to_int(DType::Int4, &[0xff]), Some(-1));
        assert_eq!(to_int(DType::Uint64, &[0xff; 8]), Some(u64::MAX.into()));
        assert_eq!(to_f64(DType::Complex64, &[0; 8]), None);
        assert_eq!(to_f64(DType::Float16, &[0; 3]), None);
    }
}
