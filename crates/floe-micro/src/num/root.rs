//! The reciprocal square root of integers, in gemmlowp's fixed point.

use super::fixed::{high_mul, round_shift, saturating_shl};

/// 1 / √`x` as a mantissa of 31 fraction bits and a power of two to multiply it by. Numbers below 2
/// count as 1.
///
/// Five Newton steps from 1 in Q3.28, for `x` scaled by a power of four to [1/2, 2).
#[must_use]
pub fn inverse_sqrt(x: i32) -> (i32, i32) {
    if x <= 1 {
        return (i32::MAX, 0);
    }
    let (mut x, mut shift) = (x, 11i32);
    while x >= 1 << 29 {
        x /= 4;
        shift = shift.wrapping_add(1);
    }
    let pairs = (x.leading_zeros().wrapping_sub(1) / 2).wrapping_sub(1);
    shift = shift.wrapping_sub(pairs as i32);
    let x = x.wrapping_shl(pairs.wrapping_mul(2)) >> 1;
    let half = round_shift(x, 1);
    const THREE_HALVES: i32 = (1 << 28) + (1 << 27);
    const HALF_SQRT_2: i32 = 1_518_500_250;
    let mut r = 1i32 << 28;
    for _ in 0..5 {
        // Each product adds 3 integer bits; one shift brings the 9 back to 3.
        let cube = saturating_shl(high_mul(high_mul(r, r), r), 6);
        let next = high_mul(THREE_HALVES, r).wrapping_sub(high_mul(half, cube));
        r = saturating_shl(next, 3);
    }
    let r = high_mul(r, HALF_SQRT_2);
    if shift < 0 { (r.wrapping_shl(shift.unsigned_abs()), 0) } else { (r, shift.wrapping_neg()) }
}

#[cfg(test)]
mod tests {
    use super::inverse_sqrt;

    #[test]
    fn the_root_is_close() {
        for x in (2..20_000).chain((1..31).map(|b| 1 << b)).chain([i32::MAX, (1 << 29) - 1]) {
            let (mantissa, shift) = inverse_sqrt(x);
            let got = f64::from(mantissa) / 2f64.powi(31) * 2f64.powi(shift);
            let want = 1.0 / f64::from(x).sqrt();
            assert!((got / want - 1.0).abs() < 1e-5, "{x}: {got} {want}");
        }
        assert_eq!(inverse_sqrt(0), (i32::MAX, 0));
    }
}
