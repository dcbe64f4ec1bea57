//! [`Range`], and what is counted of a value's numbers: [`Extent`], [`Histogram`].
//!
//! Invariant: counts of two parts put together are those of the whole, so samples may be run in any number of parts.

/// Bins of a histogram.
pub(super) const BINS: usize = 2048;
/// How much of the mean a new sample leaves, when ranges are averaged.
const SMOOTHING: f64 = 0.95;

/// Smallest and largest of what a value was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: f32,
    pub(crate) high: f32,
}

impl Range {
    const NONE: Self = Self { low: f32::INFINITY, high: f32::NEG_INFINITY };

    /// The range of `values`; `None` when there is no number among them.
    pub(crate) fn of(values: impl IntoIterator<Item = f32>) -> Option<Self> {
        let mut range = Self::NONE;
        values.into_iter().filter(|x| x.is_finite()).for_each(|x| range.include(x));
        (range.low <= range.high).then_some(range)
    }

    fn include(&mut self, x: f32) {
        self.low = self.low.min(x);
        self.high = self.high.max(x);
    }

    /// The range that covers both.
    pub(crate) const fn union(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

/// How far a value's numbers reach: over all samples, and on a moving average.
#[derive(Clone, Debug)]
pub(super) struct Extent {
    pub(super) all: Range,
    /// What is left of the mean before these samples, and what they add: low, high.
    mean: (f64, f64, f64),
}

impl Extent {
    /// Of one sample; `first` when there is none before it. `None` where it holds no number.
    pub(super) fn of(values: &[f32], first: bool) -> Option<Self> {
        let all = Range::of(values.iter().copied())?;
        let share = if first { 1.0 } else { 1.0 - SMOOTHING };
        let mean = (1.0 - share, share * f64::from(all.low), share * f64::from(all.high));
        Some(Self { all, mean })
    }

    /// Adds what comes after.
    pub(super) fn add(&mut self, later: &Self) {
        self.all = self.all.union(later.all);
        let (left, low, high) = later.mean;
        self.mean = (self.mean.0 * left, self.mean.1 * left + low, self.mean.2 * left + high);
    }

    /// The moving average of the samples' ranges.
    pub(super) fn average(&self) -> Range {
        Range { low: self.mean.1 as f32, high: self.mean.2 as f32 }
    }
}

/// How often a value's numbers lie where.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    range: Range,
    bins: Vec<u64>,
    /// Numbers that are exactly zero, which every scale holds.
    zeros: u64,
}

impl Histogram {
    pub(super) fn new(range: Range) -> Self {
        Self { range, bins: vec![0; BINS], zeros: 0 }
    }

    pub(super) fn count(&mut self, values: &[f32]) {
        let (low, span) = (self.range.low, self.range.high - self.range.low);
        let step = if span > 0.0 { BINS as f32 / span } else { 0.0 };
        for &x in values.iter().filter(|x| x.is_finite()) {
            if x == 0.0 {
                self.zeros += 1;
                continue;
            }
            let at = (((x - low) * step) as usize).min(BINS - 1);
            if let Some(bin) = self.bins.get_mut(at) {
                *bin += 1;
            }
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.bins.iter_mut().zip(&other.bins).for_each(|(a, b)| *a += b);
        self.zeros += other.zeros;
    }

    pub(super) const fn range(&self) -> Range {
        self.range
    }

    pub(super) const fn zeros(&self) -> u64 {
        self.zeros
    }

    /// Each bin's middle and count, zeros left out.
    pub(super) fn bins(&self) -> impl DoubleEndedIterator<Item = (f64, u64)> + '_ {
        let low = f64::from(self.range.low);
        let width = (f64::from(self.range.high) - low) / BINS as f64;
        self.bins.iter().enumerate().map(move |(i, &n)| (low + (i as f64 + 0.5) * width, n))
    }

    /// The counts in `n` wider bins.
    pub(super) fn coarse(&self, n: usize) -> Vec<u64> {
        self.bins.chunks(BINS.div_ceil(n.max(1))).map(|c| c.iter().sum()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Extent, Histogram, Range};

    #[test]
    fn parts_put_together_are_the_whole() {
        let samples: [&[f32]; 3] = [&[1.0, 2.0], &[3.0, -4.0], &[0.5, 0.25]];
        let extent = |k: usize| Extent::of(samples[k], k == 0).unwrap();
        let mut whole = extent(0);
        whole.add(&extent(1));
        whole.add(&extent(2));
        let (mut first, mut rest) = (extent(0), extent(1));
        rest.add(&extent(2));
        first.add(&rest);
        assert_eq!(whole.all, Range { low: -4.0, high: 3.0 });
        let (a, b) = (whole.average(), first.average());
        // 1 moves by a twentieth towards -4, and from there towards 0.25.
        let low = (1.0 * 0.95 + -4.0 * 0.05) * 0.95 + 0.25 * 0.05;
        assert!((a.low - low as f32).abs() < 1e-6 && (a.low - b.low).abs() < 1e-6, "{a:?} {b:?}");
    }

    #[test]
    fn a_histogram_counts_every_number_once() {
        let mut h = Histogram::new(Range { low: -1.0, high: 1.0 });
        h.count(&[-1.0, 0.0, 0.999, 1.0, f32::NAN]);
        assert_eq!((h.zeros(), h.coarse(2)), (1, vec![1, 2]));
    }
}
