//! A tensor's elements as real numbers, and what can be said of many of them at a glance.
//!
//! Invariant: memory does not grow with the tensor.

use crate::select::Region;
use floe::graph::{DType, Error, ErrorKind, Result, TensorView};
use half::{bf16, f16};

/// Calls `f` with each element of `region`, in order; a complex number is two, real and imaginary.
///
/// # Errors
/// [`ErrorKind::DTypeHasNoBytes`] for strings and handles; what is wrong with the data.
pub(crate) fn for_each(
    view: &TensorView<'_>,
    region: &Region,
    mut f: impl FnMut(f64),
) -> Result<()> {
    let none = Error::new(ErrorKind::DTypeHasNoBytes, view.dtype.tensorflow().into());
    let decode = decoder(view.dtype).ok_or(none)?;
    let unit = view.dtype.swap_unit();
    region.for_each_chunk(view, |bytes| {
        bytes.chunks_exact(unit).for_each(|b| f(decode(b)));
        Ok(())
    })
}

/// How one scalar of `dtype` is read from its little-endian bytes.
pub(crate) fn decoder(dtype: DType) -> Option<fn(&[u8]) -> f64> {
    use DType as D;
    macro_rules! as_f64 {
        ($t:ty) => {
            |b| b.try_into().map(<$t>::from_le_bytes).map_or(f64::NAN, |v| v as f64)
        };
    }
    Some(match dtype {
        D::Float32 | D::Complex64 => as_f64!(f32),
        D::Float64 | D::Complex128 => as_f64!(f64),
        D::Int8 | D::Qint8 | D::Int4 | D::Int2 => as_f64!(i8),
        D::Int16 | D::Qint16 => as_f64!(i16),
        D::Int32 | D::Qint32 => as_f64!(i32),
        D::Int64 => as_f64!(i64),
        D::Uint8 | D::Quint8 | D::Uint4 | D::Uint2 | D::Bool => as_f64!(u8),
        D::Uint16 | D::Quint16 => as_f64!(u16),
        D::Uint32 => as_f64!(u32),
        D::Uint64 => as_f64!(u64),
        D::Float16 => |b| b.try_into().map(f16::from_le_bytes).map_or(f64::NAN, f64::from),
        D::Bfloat16 => |b| b.try_into().map(bf16::from_le_bytes).map_or(f64::NAN, f64::from),
        D::Float8E5m2 => |b| Mini { mantissa: 2, bias: 15, special: Special::Ieee }.decode(b),
        D::Float8E4m3fn => |b| Mini { mantissa: 3, bias: 7, special: Special::AllOnes }.decode(b),
        D::Float8E5m2fnuz => {
            |b| Mini { mantissa: 2, bias: 16, special: Special::MinusZero }.decode(b)
        }
        D::Float8E4m3fnuz => {
            |b| Mini { mantissa: 3, bias: 8, special: Special::MinusZero }.decode(b)
        }
        D::Float8E4m3b11fnuz => {
            |b| Mini { mantissa: 3, bias: 11, special: Special::MinusZero }.decode(b)
        }
        D::Float4E2m1fn => |b| {
            let nibble = b.first().copied().unwrap_or(0);
            Mini { mantissa: 3, bias: 1, special: Special::None }
                .decode(&[(nibble & 8) << 4 | (nibble & 7) << 2])
        },
        _ => return None,
    })
}

/// Which codes of a small float are not finite.
#[derive(Clone, Copy, PartialEq)]
enum Special {
    /// The highest exponent: infinity without a mantissa, NaN with one.
    Ieee,
    /// NaN when all bits but the sign are set.
    AllOnes,
    /// NaN where minus zero would be.
    MinusZero,
    /// None.
    None,
}

/// A sign, an exponent and a mantissa in one byte.
struct Mini {
    mantissa: u32,
    bias: i32,
    special: Special,
}

impl Mini {
    fn decode(&self, bytes: &[u8]) -> f64 {
        let bits = bytes.first().copied().unwrap_or(0);
        let (sign, magnitude) = (if bits & 0x80 == 0 { 1.0 } else { -1.0 }, bits & 0x7f);
        let exponent = i32::from(magnitude >> self.mantissa);
        let fraction =
            f64::from(magnitude & ((1 << self.mantissa) - 1)) / f64::from(1 << self.mantissa);
        match self.special {
            Special::MinusZero if bits == 0x80 => return f64::NAN,
            Special::AllOnes if magnitude == 0x7f => return f64::NAN,
            Special::Ieee if exponent == (0x7f >> self.mantissa) => {
                return if fraction == 0.0 { sign * f64::INFINITY } else { f64::NAN };
            }
            _ => {}
        }
        if exponent == 0 {
            sign * fraction * exp2(1 - self.bias)
        } else {
            sign * (1.0 + fraction) * exp2(exponent - self.bias)
        }
    }
}

fn exp2(n: i32) -> f64 {
    f64::from(n).exp2()
}

/// What can be said of many numbers.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    /// How many there are.
    pub(crate) count: u64,
    /// How many are zero.
    pub(crate) zeros: u64,
    /// How many are infinite or not numbers.
    pub(crate) not_finite: u64,
    /// The smallest finite one.
    pub(crate) min: f64,
    /// The largest finite one.
    pub(crate) max: f64,
    mean: f64,
    squares: f64,
}

impl Summary {
    /// Of nothing yet.
    pub(crate) const fn new() -> Self {
        Self {
            count: 0,
            zeros: 0,
            not_finite: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            mean: 0.0,
            squares: 0.0,
        }
    }

    /// Of the elements of `region`.
    pub(crate) fn of(view: &TensorView<'_>, region: &Region) -> Result<Self> {
        let mut summary = Self::new();
        for_each(view, region, |x| summary.add(x))?;
        Ok(summary)
    }

    /// Takes one more into account (Welford's recurrence).
    pub(crate) fn add(&mut self, x: f64) {
        self.count += 1;
        if !x.is_finite() {
            self.not_finite += 1;
            return;
        }
        self.zeros += u64::from(x == 0.0);
        (self.min, self.max) = (self.min.min(x), self.max.max(x));
        let off = x - self.mean;
        self.mean += off / self.finite() as f64;
        self.squares += off * (x - self.mean);
    }

    /// How many are finite.
    pub(crate) const fn finite(&self) -> u64 {
        self.count - self.not_finite
    }

    /// The mean of the finite ones.
    pub(crate) const fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation of the finite ones (of a population, as NumPy's).
    pub(crate) fn std(&self) -> f64 {
        (self.squares / (self.finite().max(1)) as f64).sqrt()
    }

    /// How the finite ones lie between [`min`](Self::min) and [`max`](Self::max), in `N` equal steps.
    pub(crate) fn histogram<const N: usize>(
        &self,
        view: &TensorView<'_>,
        region: &Region,
    ) -> Result<[u64; N]> {
        let mut bins = [0; N];
        let step = (self.max - self.min) / N as f64;
        for_each(view, region, |x| {
            if x.is_finite() {
                let bin = if step > 0.0 { ((x - self.min) / step) as usize } else { 0 };
                bins[bin.min(N - 1)] += 1;
            }
        })?;
        Ok(bins)
    }
}

/// A histogram in one line: `▁▂▅█▆▃▁`.
pub(crate) fn sparkline(bins: &[u64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let top = bins.iter().max().copied().unwrap_or(0).max(1);
    let bar = |&n: &u64| if n == 0 { ' ' } else { BARS[((n * 7).div_ceil(top) as usize).min(7)] };
    bins.iter().map(bar).collect()
}

/// A number for people: five significant digits.
pub(crate) fn show(x: f64) -> String {
    if x == 0.0 || !x.is_finite() {
        return format!("{x}");
    }
    if x.fract() == 0.0 && x.abs() < 1e9 {
        return format!("{x}");
    }
    let digits = 4 - x.abs().log10().floor() as i32;
    if (0..=9).contains(&digits) { format!("{x:.*}", digits as usize) } else { format!("{x:.4e}") }
}

#[cfg(test)]
mod tests {
    use super::{Summary, decoder, show, sparkline};
    use floe::graph::DType;

    #[test]
    fn small_floats_have_the_values_of_their_definitions() {
        let one = |dtype, bits: u8| decoder(dtype).unwrap()(&[bits]);
        // Largest finite value, smallest subnormal, one: as ml_dtypes' finfo gives them.
        for (dtype, max, max_bits, tiny, one_bits) in [
            (DType::Float8E5m2, 57344.0, 0x7b, 2f64.powi(-16), 0x3c),
            (DType::Float8E4m3fn, 448.0, 0x7e, 2f64.powi(-9), 0x38),
            (DType::Float8E5m2fnuz, 57344.0, 0x7f, 2f64.powi(-17), 0x40),
            (DType::Float8E4m3fnuz, 240.0, 0x7f, 2f64.powi(-10), 0x40),
            (DType::Float8E4m3b11fnuz, 30.0, 0x7f, 2f64.powi(-13), 0x58),
            (DType::Float4E2m1fn, 6.0, 0x07, 0.5, 0x02),
        ] {
            assert_eq!(one(dtype, max_bits), max, "{dtype}");
            assert_eq!(one(dtype, 1), tiny, "{dtype}");
            assert_eq!(one(dtype, one_bits), 1.0, "{dtype}");
        }
        assert_eq!(one(DType::Float8E5m2, 0xfc), f64::NEG_INFINITY);
        assert!(one(DType::Float8E4m3fn, 0x7f).is_nan());
        assert!(one(DType::Float8E4m3fnuz, 0x80).is_nan());
        assert_eq!(one(DType::Float4E2m1fn, 0x0f), -6.0);
    }

    #[test]
    fn a_summary_is_that_of_the_finite_numbers() {
        let mut s = Summary::new();
        [1.0, f64::NAN, 3.0, 0.0, f64::INFINITY].map(|x| s.add(x));
        assert_eq!((s.count, s.finite(), s.zeros, s.min, s.max), (5, 3, 1, 0.0, 3.0));
        assert!((s.mean() - 4.0 / 3.0).abs() < 1e-12);
        assert!((s.std() - (14.0f64 / 9.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(show(0.123_456_7), "0.12346");
        assert_eq!(show(-1234.567), "-1234.6");
        assert_eq!(show(7.0), "7");
        assert_eq!(show(1.5e-20), "1.5000e-20");
        assert_eq!(sparkline(&[0, 1, 7, 3]), " ▂█▄");
    }
}
