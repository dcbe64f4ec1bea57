//! A tensor's elements as real numbers, and what can be said of many of them at a glance.
//!
//! Invariant: memory does not grow with the tensor.

use floe::graph::{DType, Error, ErrorKind, Result, TensorView, number};

/// Calls `f` with each element of `view`, in order; a complex number is two, real and imaginary.
///
/// # Errors
/// [`ErrorKind::DTypeHasNoBytes`] for strings and handles; what is wrong with the data.
pub(crate) fn for_each(view: &TensorView<'_>, mut f: impl FnMut(f64)) -> Result<()> {
    let none = Error::new(ErrorKind::DTypeHasNoBytes, view.dtype.tensorflow().into());
    let dtype = scalar(view.dtype).ok_or(none)?;
    let unit = view.dtype.swap_unit();
    view.for_each_chunk(|bytes| {
        bytes.chunks_exact(unit).for_each(|b| f(to_f64(dtype, b)));
        Ok(())
    })
}

/// What the elements of `dtype` are made of: a complex number of two floats. `None` where they are no
/// numbers.
pub(crate) fn scalar(dtype: DType) -> Option<DType> {
    match dtype {
        DType::Complex64 => Some(DType::Float32),
        DType::Complex128 => Some(DType::Float64),
        other => other.bytes().map(|_| other),
    }
}

/// One scalar as a real number.
pub(crate) fn to_f64(dtype: DType, bytes: &[u8]) -> f64 {
    number::to_f64(dtype, bytes).unwrap_or(f64::NAN)
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
    pub(crate) fn histogram<const N: usize>(&self, view: &TensorView<'_>) -> Result<[u64; N]> {
        let mut bins = [0; N];
        let step = (self.max - self.min) / N as f64;
        for_each(view, |x| {
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
    use super::{Summary, show, sparkline};

    #[test]
    fn a_summary_is_that_of_the_finite_numbers() {
        let mut s = Summary::new();
        for x in [1.0, f64::NAN, 3.0, 0.0, f64::INFINITY] {
            s.add(x);
        }
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
