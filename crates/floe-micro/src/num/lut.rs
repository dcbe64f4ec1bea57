//! Functions of quantized numbers by table, as LiteRT makes the tables.
//!
//! 8-bit numbers: each value's image, computed in `float`. 16-bit numbers: 513 images of every 128th value,
//! between which one interpolates; each is moved by half the error that interpolation makes midway.
//! Invariant: total. What does not fit the output saturates, NaN counts as 0.

use super::float::round;
use crate::data::{View, ViewMut};

/// How the integers on both sides of a function stand for real numbers: scale and zero point.
#[derive(Clone, Copy, Debug)]
pub struct Affine {
    /// The input's.
    pub input: (f32, i32),
    /// The output's.
    pub output: (f32, i32),
}

impl Affine {
    /// The real number that input `x` stands for.
    #[must_use]
    #[inline]
    pub fn real(&self, x: i32) -> f32 {
        self.input.0 * x.wrapping_sub(self.input.1) as f32
    }

    /// The integer that stands for the image of `x`, kept in `range`.
    #[must_use]
    pub fn image(&self, x: i32, range: (i32, i32), f: &dyn Fn(f32) -> f32) -> i32 {
        let steps = round(f(self.real(x)) * (1.0 / self.output.0));
        ((steps + self.output.1 as f32) as i32).max(range.0).min(range.1)
    }
}

/// Entries of a table for 16-bit numbers; it takes twice as many bytes.
pub const ENTRIES: usize = 513;

/// Fills the table of `f` for 16-bit numbers.
pub fn fill(table: &mut ViewMut<'_, i16>, q: &Affine, f: &dyn Fn(f32) -> f32) {
    const STEPS: f32 = 512.0;
    let at = |(scale, zero): (f32, i32), x: i32| scale * x.wrapping_sub(zero) as f32;
    let (low, high) = (at(q.input, -32768), at(q.input, 32767));
    let (out_low, out_high) = (at(q.output, -32768), at(q.output, 32767));
    let step = (high - low) / STEPS;
    let inverse = 65536.0 / (out_high - out_low);
    let narrow = |x: f32| x.clamp(-32768.0, 32767.0) as i16;
    let mut value = f(low);
    for i in 0..ENTRIES.wrapping_sub(1) {
        let start = low + i as f32 * step;
        let middle = f(start + step / 2.0);
        let next = f(low + i.wrapping_add(1) as f32 * step);
        let sample = round(value * inverse);
        let interpolated = round((next * inverse + sample) / 2.0);
        let error = interpolated - round(middle * inverse);
        table.set(i, narrow(sample - round(error / 2.0)));
        value = next;
    }
    table.set(ENTRIES.wrapping_sub(1), narrow(round(f(high) * inverse)));
}

/// The image of `x` by a table that [`fill`] made.
#[must_use]
#[inline]
pub fn look_up(table: View<'_, i16>, x: i16) -> i16 {
    let x = i32::from(x);
    let index = (x >> 7).wrapping_add(256) as usize;
    let base = table.at(index);
    let slope = i32::from(table.at(index.wrapping_add(1)).wrapping_sub(base));
    let delta = slope.wrapping_mul(x & 0x7f).wrapping_add(64) >> 7;
    i32::from(base).wrapping_add(delta) as i16
}

#[cfg(test)]
mod tests {
    use super::{Affine, ENTRIES, fill, look_up};
    use crate::data::{View, ViewMut};

    #[test]
    fn images_round_halves_away_and_saturate() {
        let q = Affine { input: (0.5, 1), output: (1.0, -3) };
        assert_eq!(q.image(2, (-128, 127), &|x| x), -2, "0.5 rounds to 1");
        assert_eq!(q.image(0, (-128, 127), &|x| x), -4, "-0.5 rounds to -1");
        assert_eq!(q.image(127, (-128, 127), &|x| x * 1e30), 127);
        assert_eq!(q.image(-127, (-128, 127), &|x| x * 1e30), -128);
    }

    #[test]
    fn a_table_stays_within_its_interpolation_error() {
        let q = Affine { input: (8.0 / 32768.0, 0), output: (1.0 / 32768.0, 0) };
        let mut bytes = [0u8; ENTRIES * 2];
        fill(&mut ViewMut::new(&mut bytes), &q, &|x| x.tanh());
        for x in (-32768..=32767i32).step_by(37) {
            let want = (f64::from(x) * 8.0 / 32768.0).tanh() * 32768.0;
            let got = f64::from(look_up(View::new(&bytes), x as i16));
            // The second derivative of tanh is below 0.77 and a cell is 1/32 wide: h²/8 × 0.77 = 3.1 steps. The cells
            // are made for 65,535 / 512 numbers each, and looked up as if for 128: at most one number, 8 steps.
            assert!((got - want.clamp(-32768.0, 32767.0)).abs() <= 12.0, "{x}: {got} {want}");
        }
    }

    #[test]
    fn a_straight_line_is_exact() {
        let q = Affine { input: (0.25, 0), output: (0.5, 0) };
        let mut bytes = [0u8; ENTRIES * 2];
        fill(&mut ViewMut::new(&mut bytes), &q, &|x| x);
        for x in -32768..=32766i32 {
            let got = i32::from(look_up(View::new(&bytes), x as i16));
            assert!((2 * got - x).abs() <= 1, "{x}: {got}");
        }
    }
}
