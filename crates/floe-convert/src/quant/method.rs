//! [`Calibrate`]: which part of what was seen the integers are spread over.
//!
//! Facts: converter §4.4: TensorFlow takes the smallest and largest of all samples.

use super::range::{Extent, Histogram, Range};
use floe_graph::DType;

/// How a range is chosen from what a value was over all samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Calibrate {
    /// Smallest to largest, as TensorFlow does.
    #[default]
    MinMax,
    /// The samples' own ranges averaged, later ones for more.
    MovingAverage,
    /// This share of all numbers, in percent; as much is left out below as above.
    Percentile(f64),
    /// The least squared error of rounding and cutting off.
    Mse,
}

/// Steps by which ends of a range are drawn in.
const STEPS: usize = 100;

impl Calibrate {
    /// Whether it asks how often numbers lie where.
    pub(super) const fn counts(self) -> bool {
        !matches!(self, Self::MinMax | Self::MovingAverage)
    }

    /// The range for integers of `dtype`.
    pub(super) fn range(self, extent: &Extent, counts: Option<&Histogram>, dtype: DType) -> Range {
        let levels = if dtype == DType::Int16 { 65535.0 } else { 255.0 };
        match (self, counts) {
            (Self::MovingAverage, _) => extent.average(),
            (Self::Percentile(p), Some(h)) => percentile(h, p),
            (Self::Mse, Some(h)) => least_squares(h, levels),
            _ => extent.all,
        }
    }
}

/// The range without the outermost numbers. Zeros count as the numbers that they are.
fn percentile(h: &Histogram, percent: f64) -> Range {
    let total = h.bins().map(|(_, n)| n).sum::<u64>() + h.zeros();
    let out = (total as f64 * (100.0 - percent.clamp(0.0, 100.0)) / 200.0) as u64;
    let end = |bins: &mut dyn Iterator<Item = (f64, u64)>| {
        let mut passed = 0;
        let mut zeros = Some(h.zeros());
        let mut last = 0.0;
        for (x, n) in bins {
            if last * x <= 0.0 && last != 0.0 {
                passed += zeros.take().unwrap_or(0);
            }
            passed += n;
            if passed > out {
                return Some(x);
            }
            last = x;
        }
        None
    };
    let (low, high) = (end(&mut h.bins()), end(&mut h.bins().rev()));
    let all = h.range();
    match (low, high) {
        _ if out == 0 => all,
        (Some(low), Some(high)) if low <= high => {
            Range { low: (low as f32).max(all.low), high: (high as f32).min(all.high) }
        }
        _ => all,
    }
}

/// Counts, sums and sums of squares of the bins before each.
struct Moments(Vec<(f64, f64, f64)>, Vec<f64>);

impl Moments {
    fn new(h: &Histogram) -> Self {
        let mut sums = vec![(0.0, 0.0, 0.0)];
        let mut middles = Vec::new();
        let mut sum = (0.0, 0.0, 0.0);
        for (x, n) in h.bins() {
            let n = n as f64;
            sum = (sum.0 + n, sum.1 + n * x, sum.2 + n * x * x);
            sums.push(sum);
            middles.push(x);
        }
        Self(sums, middles)
    }

    /// The squared error of cutting off at `low` and `high`, and of rounding to `step` between.
    fn error(&self, low: f64, high: f64, step: f64) -> f64 {
        let at = |i: usize| self.0.get(i).copied().unwrap_or_default();
        let (a, b) = (self.1.partition_point(|x| *x < low), self.1.partition_point(|x| *x <= high));
        let (below, inside, all) = (at(a), at(b), at(self.1.len()));
        let cut = |n: f64, s: f64, q: f64, end: f64| q - 2.0 * end * s + end * end * n;
        cut(below.0, below.1, below.2, low)
            + cut(all.0 - inside.0, all.1 - inside.1, all.2 - inside.2, high)
            + (inside.0 - below.0) * step * step / 12.0
    }
}

/// Draws in one end, then the other, as long as that helps.
fn least_squares(h: &Histogram, levels: f64) -> Range {
    let moments = Moments::new(h);
    let all = h.range();
    let (least, most) = (f64::from(all.low.min(0.0)), f64::from(all.high.max(0.0)));
    let error = |low: f64, high: f64| moments.error(low, high, (high - low) / levels);
    let part = |k: usize| 1.0 - k as f64 / STEPS as f64;
    let (mut low, mut high) = (least, most);
    for _ in 0..4 {
        let best = |f: &dyn Fn(f64) -> f64| {
            (0..STEPS).map(part).min_by(|a, b| f(*a).total_cmp(&f(*b))).unwrap_or(1.0)
        };
        let new_low = least * best(&|p| error(least * p, high));
        let new_high = most * best(&|p| error(new_low, most * p));
        if (new_low, new_high) == (low, high) {
            break;
        }
        (low, high) = (new_low, new_high);
    }
    Range { low: low as f32, high: high as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bell of numbers about 0, with one far out.
    fn bell() -> (Extent, Histogram) {
        let mut values: Vec<f32> = Vec::new();
        for i in 1..20_000 {
            let u = f64::from(i) / 20_000.0;
            // The logistic distribution, by its inverse.
            values.push((u / (1.0 - u)).ln() as f32);
        }
        values.push(200.0);
        let extent = Extent::of(&values, true).unwrap();
        let mut h = Histogram::new(extent.all);
        h.count(&values);
        (extent, h)
    }

    #[test]
    fn an_outlier_is_cut_off_where_that_pays() {
        let (extent, h) = bell();
        let range = |how: Calibrate| how.range(&extent, Some(&h), DType::Int8);
        assert_eq!(range(Calibrate::MinMax).high, 200.0);
        // Its square alone outweighs the rounding of all others, so the least error keeps it.
        assert!(range(Calibrate::Mse).high > 150.0);
        let r = range(Calibrate::Percentile(99.9));
        assert!(r.high < 60.0 && r.high > 2.0 && r.low <= -2.0, "{r:?}");
        let p = range(Calibrate::Percentile(90.0));
        // The logistic distribution has 95 % below ln(19).
        assert!((p.high - 19f32.ln()).abs() < 0.2 && (p.low + 19f32.ln()).abs() < 0.2, "{p:?}");
    }

    #[test]
    fn mean_squared_error_is_no_larger_than_that_of_the_whole_range() {
        let (extent, h) = bell();
        let moments = Moments::new(&h);
        let error = |r: Range| {
            let (low, high) = (f64::from(r.low), f64::from(r.high));
            moments.error(low, high, (high - low) / 255.0)
        };
        let (all, best) = (extent.all, Calibrate::Mse.range(&extent, Some(&h), DType::Int8));
        assert!(error(best) < error(all), "{best:?}");
    }

    #[test]
    fn nothing_is_cut_off_of_even_numbers() {
        let values: Vec<f32> = (0..10_000).map(|i| i as f32 / 10_000.0 - 0.5).collect();
        let extent = Extent::of(&values, true).unwrap();
        let mut h = Histogram::new(extent.all);
        h.count(&values);
        for how in [Calibrate::Mse, Calibrate::Percentile(100.0)] {
            let r = how.range(&extent, Some(&h), DType::Int8);
            assert!(r.low < -0.48 && r.high > 0.48, "{how:?}: {r:?}");
        }
    }
}
