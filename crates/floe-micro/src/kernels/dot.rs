//! Sums of products over runs of equal length: the inner loop of convolution and matrix products.
//!
//! Invariant: integer sums wrap and are exact; float sums are taken in [`LANES`] interleaved parts and
//! then added in order, the same on every machine.

use crate::data::{Scalar, View};

/// Float sums are taken in so many parts.
pub const LANES: usize = 8;

/// Numbers that a filter meets: an input element brought near zero, and widened.
pub trait Element: Scalar {
    /// As an integer.
    fn wide(self) -> i32;
}

macro_rules! elements {
    ($($t:ty)*) => {$(
        impl Element for $t {
            #[inline(always)]
            fn wide(self) -> i32 {
                self.into()
            }
        }
    )*};
}
elements!(i8 u8 i16);

/// The sum of `x × w`.
#[must_use]
#[inline]
pub fn float(x: View<'_, f32>, w: View<'_, f32>) -> f32 {
    let mut lanes = [0f32; LANES];
    let whole = x.len().min(w.len()) / LANES * LANES;
    for (x, w) in x.pieces(LANES).zip(w.pieces(LANES)) {
        for ((lane, x), w) in lanes.iter_mut().zip(x.iter()).zip(w.iter()) {
            *lane += x * w;
        }
    }
    let (x, w) = (x.part(whole, LANES), w.part(whole, LANES));
    for ((lane, x), w) in lanes.iter_mut().zip(x.iter()).zip(w.iter()) {
        *lane += x * w;
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (b + f)) + ((c + g) + (d + h))
}

/// The sum of `(x + offset) × w`.
#[must_use]
#[inline]
pub fn int<X: Element>(x: View<'_, X>, w: View<'_, i8>, offset: i32) -> i32 {
    let terms = x.iter().zip(w.iter());
    terms.fold(0i32, |sum, (x, w)| sum.wrapping_add((x.wide() + offset).wrapping_mul(w.into())))
}

/// Rows of a filter that [`rows`] takes at once: as many as a Cortex-M has registers for.
pub const ROWS: usize = 3;

/// Adds to each of `sums` the sum of `(x + offset) × w` over one row of a filter whose rows begin `step` elements
/// apart. When there are fewer than [`ROWS`] rows, `count`, the last one is taken again: those sums are nobody's.
#[inline(never)]
pub fn rows<X: Element>(
    x: View<'_, X>,
    filter: View<'_, i8>,
    step: usize,
    count: usize,
    offset: i32,
    sums: &mut [i32; ROWS],
) {
    let last = count.wrapping_sub(1);
    let row = |i: usize| filter.exact(i.min(last).wrapping_mul(step), x.len());
    let (Some(a), Some(b), Some(c)) = (row(0), row(1), row(2)) else { return };
    let [mut sum_a, mut sum_b, mut sum_c] = *sums;
    for (((x, a), b), c) in x.iter().zip(a.iter()).zip(b.iter()).zip(c.iter()) {
        let x = x.wide() + offset;
        sum_a = sum_a.wrapping_add(x.wrapping_mul(a.into()));
        sum_b = sum_b.wrapping_add(x.wrapping_mul(b.into()));
        sum_c = sum_c.wrapping_add(x.wrapping_mul(c.into()));
    }
    *sums = [sum_a, sum_b, sum_c];
}

/// The sum of `x + offset`.
#[must_use]
#[inline]
pub fn sum<X: Element>(x: View<'_, X>, offset: i32) -> i32 {
    x.iter().fold(0i32, |sum, x| sum.wrapping_add(x.wide() + offset))
}

/// The sum of `(x + offset) × (w + filter_offset)`.
#[must_use]
#[inline]
pub fn offset<X: Element, W: Element>(
    x: View<'_, X>,
    w: View<'_, W>,
    offset: i32,
    filter_offset: i32,
) -> i32 {
    let terms = x.iter().zip(w.iter());
    terms.fold(0i32, |sum, (x, w)| {
        sum.wrapping_add((x.wide() + offset).wrapping_mul(w.wide() + filter_offset))
    })
}

/// The sum of `x × (w + filter_offset)` in 64 bits.
#[must_use]
#[inline]
pub fn wide_any<X: Element>(x: View<'_, X>, w: View<'_, i8>, filter_offset: i32) -> i64 {
    let terms = x.iter().zip(w.iter());
    terms.fold(0i64, |sum, (x, w)| {
        sum.wrapping_add((x.wide() * (i32::from(w) + filter_offset)).into())
    })
}

/// The sum of `x × w` in 64 bits.
#[must_use]
#[inline]
pub fn wide(x: View<'_, i16>, w: View<'_, i8>) -> i64 {
    let mut sum = 0i64;
    // Runs that cannot overflow 32 bits are summed in them.
    for (x, w) in x.pieces(256).zip(w.pieces(256)) {
        sum = sum.wrapping_add(int(x, w, 0).into());
    }
    let whole = x.len() / 256 * 256;
    sum.wrapping_add(int(x.part(whole, 256), w.part(whole, 256), 0).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact() {
        let x: [i8; 300] = core::array::from_fn(|i| (i * 37 % 256) as u8 as i8);
        let w: [i8; 300] = core::array::from_fn(|i| (i * 91 % 255) as u8 as i8);
        let bytes = |v: &[i8; 300]| v.map(|b| b as u8);
        let (xb, wb) = (bytes(&x), bytes(&w));
        let want: i64 = x.iter().zip(&w).map(|(&x, &w)| (i64::from(x) + 5) * i64::from(w)).sum();
        assert_eq!(i64::from(int::<i8>(View::new(&xb), View::new(&wb), 5)), want);
        let mut wide_x = [0u8; 600];
        for (i, b) in wide_x.chunks_exact_mut(2).enumerate() {
            b.copy_from_slice(&(i as i16 * 109 - 16000).to_le_bytes());
        }
        let want: i64 =
            (0..300).map(|i| (i64::from(i) * 109 - 16000) * i64::from(w[i as usize])).sum();
        assert_eq!(wide(View::new(&wide_x), View::new(&wb)), want);
    }

    #[test]
    fn rows_are_summed_as_one_by_one() {
        let x: [u8; 21] = core::array::from_fn(|i| (i * 37 % 256) as u8);
        let w: [u8; 100] = core::array::from_fn(|i| (i * 91 % 255) as u8);
        let (x, w) = (View::<i8>::new(&x), View::<i8>::new(&w));
        for count in 1..=ROWS {
            let mut sums = [1, 2, 3];
            rows(x, w, 25, count, 7, &mut sums);
            for (i, got) in sums.into_iter().enumerate().take(count) {
                assert_eq!(got, i as i32 + 1 + int(x, w.part(i * 25, 21), 7), "row {i} of {count}");
            }
        }
    }

    #[test]
    fn float_sums_do_not_lose_the_tail() {
        for n in 0..40 {
            let mut bytes = [0u8; 160];
            for (i, b) in bytes.chunks_exact_mut(4).enumerate() {
                b.copy_from_slice(&(i as f32).to_le_bytes());
            }
            let x = View::<f32>::new(&bytes[..4 * n]);
            let want: usize = (0..n).map(|i| i * i).sum();
            assert_eq!(float(x, x), want as f32);
        }
    }
}
