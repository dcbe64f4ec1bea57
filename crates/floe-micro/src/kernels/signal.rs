//! TensorFlow Lite Micro's signal ops: the front end that turns sound into features, in fixed point.
//!
//! Here what keeps no state: SignalEnergy, SignalFftAutoScale, SignalFilterBank, SignalFilterBankLog,
//! SignalFilterBankSquareRoot, SignalPCAN, SignalWindow; in [`stream`] what does. Options are a FlexBuffer map. Sums wrap where
//! the reference's unsigned integers do.

pub mod stream;

use super::common::types;
use crate::data::{View, ViewMut};
use crate::error::Operand::{self, In, Out};
use crate::error::{Fault, Kind};
use crate::{Done, Kernel, Op, OpDef};
use floe_graph::DType;
use floe_tflite::flex::Flex;

pub use stream::{
    CIRCULAR_BUFFER, SIGNAL_DELAY, SIGNAL_FILTER_BANK_SPECTRAL_SUBTRACTION, SIGNAL_FRAMER,
    SIGNAL_OVERLAP_ADD, SIGNAL_STACKER,
};

/// SignalEnergy: the square of each complex number's magnitude.
pub static SIGNAL_ENERGY: OpDef =
    OpDef::custom("SignalEnergy", &[Kernel::new(prepare_energy, eval_energy)]);
/// SignalFftAutoScale: the input shifted left as far as it goes, and by how many bits.
pub static SIGNAL_FFT_AUTO_SCALE: OpDef =
    OpDef::custom("SignalFftAutoScale", &[Kernel::new(prepare_scale, eval_scale)]);
/// SignalFilterBank: energies weighted and summed in channels, each frequency in two of them.
pub static SIGNAL_FILTER_BANK: OpDef =
    OpDef::custom("SignalFilterBank", &[Kernel::new(prepare_bank, eval_bank)]);
/// SignalFilterBankLog: natural logarithms.
pub static SIGNAL_FILTER_BANK_LOG: OpDef =
    OpDef::custom("SignalFilterBankLog", &[Kernel::new(prepare_log, eval_log)]);
/// SignalFilterBankSquareRoot: square roots, shifted right.
pub static SIGNAL_FILTER_BANK_SQUARE_ROOT: OpDef =
    OpDef::custom("SignalFilterBankSquareRoot", &[Kernel::new(prepare_root, eval_root)]);
/// SignalPCAN: channels divided by a power of the noise in them, by a table of gains.
pub static SIGNAL_PCAN: OpDef =
    OpDef::custom("SignalPCAN", &[Kernel::new(prepare_gain, eval_gain)]);
/// SignalWindow: samples times a window, shifted right.
pub static SIGNAL_WINDOW: OpDef =
    OpDef::custom("SignalWindow", &[Kernel::new(prepare_window, eval_window)]);

/// The whole number that the options have for `key`.
fn number(op: &Op<'_>, key: &str) -> Result<i64, Fault> {
    let bytes = op.operator().custom_options().ok();
    let value = bytes.and_then(|b| Flex::parse(b).ok()?.get(key)?.int());
    value.ok_or(Kind::Option.at(Operand::None))
}

/// As [`number`] for a count.
fn count(op: &Op<'_>, key: &str) -> Result<usize, Fault> {
    let count = usize::try_from(number(op, key)?).ok().filter(|&n| n < 1 << 24);
    count.ok_or(Kind::Option.at(Operand::None))
}

/// As [`number`] for a shift of 32 bits.
fn shift(op: &Op<'_>, key: &str) -> Result<u32, Fault> {
    let shift = u32::try_from(number(op, key)?).ok().filter(|&n| n < 32);
    shift.ok_or(Kind::Option.at(Operand::None))
}

/// How many bits a number has, from the highest that is set.
const fn bits(x: u32) -> u32 {
    32 - x.leading_zeros()
}

fn prepare_energy(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::Int16), (Out(0), DType::Uint32)])?;
    let n = op.shape(In(0))?.len() / 2;
    let (start, end) = (count(op, "start_index")?, count(op, "end_index")?);
    if start > end || end > n {
        return Err(Kind::Option.at(In(0)));
    }
    op.set_dims(Out(0), &[n])
}

fn eval_energy(op: &mut Op<'_>) -> Done {
    let (start, end) = (count(op, "start_index")?, count(op, "end_index")?);
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let (x, mut y) = (View::<i16>::new(x), ViewMut::<u32>::new(y));
    y.fill(0);
    for i in start..end {
        let [re, im] = [x.at(2 * i), x.at(2 * i + 1)].map(i32::from);
        y.set(i, (re * re).wrapping_add(im * im).cast_unsigned());
    }
    Ok(())
}

fn prepare_scale(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::Int16), (Out(0), DType::Int16), (Out(1), DType::Int32)])?;
    let shape = op.shape(In(0))?;
    op.set_shape(Out(0), &shape)?;
    op.set_dims(Out(1), &[])
}

fn eval_scale(op: &mut Op<'_>) -> Done {
    let ([x], [y, scale]) = op.io([In(0)], [Out(0), Out(1)])?;
    let x = View::<i16>::new(x);
    // A magnitude of 32768 counts as 32767 does.
    let most = x.iter().map(|x| u32::from(x.unsigned_abs().min(0x7fff))).max().unwrap_or(0);
    let left = 15u32.saturating_sub(bits(most));
    ViewMut::<i16>::new(y).write(x.iter().map(|x| (i32::from(x) << left) as i16));
    ViewMut::<i32>::new(scale).set(0, left as i32);
    Ok(())
}

fn prepare_bank(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::Uint32), (Out(0), DType::Uint64)])?;
    types(op, [1, 2, 3, 4, 5].map(|i| (In(i), DType::Int16)))?;
    let channels = count(op, "num_channels")?;
    for i in 3..6 {
        if op.shape(In(i))?.len() <= channels {
            return Err(Kind::Shape.at(In(i)));
        }
    }
    op.set_dims(Out(0), &[channels])
}

fn eval_bank(op: &mut Op<'_>) -> Done {
    let channels = count(op, "num_channels")?;
    let ([x, up, down, starts, weights, widths], [y]) =
        op.io([In(0), In(1), In(2), In(3), In(4), In(5)], [Out(0)])?;
    let [up, down, starts, weights, widths] =
        [up, down, starts, weights, widths].map(View::<i16>::new);
    let (x, mut y) = (View::<u32>::new(x), ViewMut::<u64>::new(y));
    // What falls below one channel rises in the one before, of which there is one more than is kept.
    let mut carried = 0u64;
    for channel in 0..=channels {
        let (mut sum, mut next) = (carried, 0u64);
        for k in 0..i32::from(widths.at(channel)) {
            let place = |start: i16| usize::try_from(i32::from(start) + k).unwrap_or(usize::MAX);
            let energy = u64::from(x.at(place(starts.at(channel))));
            let weight =
                |w: View<'_, i16>| i64::from(w.at(place(weights.at(channel)))).cast_unsigned();
            sum = sum.wrapping_add(weight(up).wrapping_mul(energy));
            next = next.wrapping_add(weight(down).wrapping_mul(energy));
        }
        if let Some(own) = channel.checked_sub(1) {
            y.set(own, sum);
        }
        carried = next;
    }
    Ok(())
}

fn prepare_log(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::Uint32), (Out(0), DType::Int16)])?;
    shift(op, "input_correction_bits")?;
    number(op, "output_scale")?;
    let shape = op.shape(In(0))?;
    op.set_shape(Out(0), &shape)
}

fn eval_log(op: &mut Op<'_>) -> Done {
    let (left, scale) = (shift(op, "input_correction_bits")?, number(op, "output_scale")? as u32);
    let ([x], [y]) = op.io([In(0)], [Out(0)])?;
    let log = |x: u32| {
        let x = x << left;
        if x > 1 { scaled_log(x, scale).min(0x7fff) as i16 } else { 0 }
    };
    ViewMut::<i16>::new(y).write(View::<u32>::new(x).iter().map(log));
    Ok(())
}

/// 65536 (log2(1 + i / 128) − i / 128).
#[rustfmt::skip]
static LOGARITHMS: [u16; 129] = [
    0, 224, 442, 654, 861, 1063, 1259, 1450, 1636, 1817, 1992, 2163, 2329, 2490, 2646, 2797, 2944, 3087, 3224, 3358, 3487, 3611,
    3732, 3848, 3960, 4068, 4172, 4272, 4368, 4460, 4549, 4633, 4714, 4791, 4864, 4934, 5001, 5063, 5123, 5178, 5231, 5280, 5326,
    5368, 5408, 5444, 5477, 5507, 5533, 5557, 5578, 5595, 5610, 5622, 5631, 5637, 5640, 5641, 5638, 5633, 5626, 5615, 5602, 5586,
    5568, 5547, 5524, 5498, 5470, 5439, 5406, 5370, 5332, 5291, 5249, 5203, 5156, 5106, 5054, 5000, 4944, 4885, 4825, 4762, 4697,
    4630, 4561, 4490, 4416, 4341, 4264, 4184, 4103, 4020, 3935, 3848, 3759, 3668, 3575, 3481, 3384, 3286, 3186, 3084, 2981, 2875,
    2768, 2659, 2549, 2437, 2323, 2207, 2090, 1971, 1851, 1729, 1605, 1480, 1353, 1224, 1094, 963, 830, 695, 559, 421, 282, 142, 0,
];

/// `scale` × ln x, for x > 0.
fn scaled_log(x: u32, scale: u32) -> u32 {
    let whole = bits(x) - 1;
    let rest = x ^ 1 << whole;
    let fraction = if whole < 16 { rest << (16 - whole) } else { rest >> (whole - 16) };
    let segment = fraction >> 9;
    let entry = |i: u32| LOGARITHMS.get(i as usize).copied().map_or(0, i32::from);
    let rise = (entry(segment + 1) - entry(segment)) * (fraction & 511) as i32;
    let between = rise >> 16;
    let log2 = (whole << 16)
        .wrapping_add(fraction)
        .wrapping_add((entry(segment) + between).cast_unsigned());
    let natural = ((45_426 * u64::from(log2) + 32_768) >> 16) as u32;
    scale.wrapping_mul(natural).wrapping_add(32_768) >> 16
}

fn prepare_root(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::Uint64), (In(1), DType::Int32), (Out(0), DType::Uint32)])?;
    if op.shape(In(1))?.len() != 1 {
        return Err(Kind::Shape.at(In(1)));
    }
    let shape = op.shape(In(0))?;
    op.set_shape(Out(0), &shape)
}

fn eval_root(op: &mut Op<'_>) -> Done {
    let ([x, right], [y]) = op.io([In(0), In(1)], [Out(0)])?;
    let right = u32::try_from(View::<i32>::new(right).at(0)).ok().filter(|&r| r < 32);
    let right = right.ok_or(Kind::Value.at(In(1)))?;
    ViewMut::<u32>::new(y).write(View::<u64>::new(x).iter().map(|x| root(x) >> right));
    Ok(())
}

/// The square root to the nearest integer; of numbers of 32 bits it stays within 16.
fn root(x: u64) -> u32 {
    let mut rest = x;
    let mut root = 0u64;
    let mut bit = 1u64 << 62;
    while bit > 0 {
        if rest >= root + bit {
            rest -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
        bit >>= 2;
    }
    let most = if x >> 32 == 0 { 0xffff } else { 0xffff_ffff };
    if rest > root && root != most { root as u32 + 1 } else { root as u32 }
}

fn prepare_gain(op: &mut Op<'_>) -> Done {
    types(
        op,
        [
            (In(0), DType::Uint32),
            (In(1), DType::Uint32),
            (In(2), DType::Int16),
            (Out(0), DType::Uint32),
        ],
    )?;
    let shape = op.shape(In(0))?;
    if op.shape(In(1))? != shape {
        return Err(Kind::Shape.at(In(1)));
    }
    // 64 bits are shifted.
    if !(0..64).contains(&number(op, "snr_shift")?) {
        return Err(Kind::Option.at(In(0)));
    }
    op.set_shape(Out(0), &shape)
}

fn eval_gain(op: &mut Op<'_>) -> Done {
    let right = number(op, "snr_shift")? as u32 & 63;
    let ([x, noise, gains], [y]) = op.io([In(0), In(1), In(2)], [Out(0)])?;
    let gains = View::<i16>::new(gains);
    let pairs = View::<u32>::new(x).iter().zip(View::<u32>::new(noise).iter());
    ViewMut::<u32>::new(y).write(pairs.map(|(x, noise)| {
        let gain = i32::from(gain(noise, gains)).cast_unsigned();
        shrink((u64::from(x).wrapping_mul(gain.into()) >> right) as u32)
    }));
    Ok(())
}

/// The table's value at `x`: a parabola in each octave.
fn gain(x: u32, table: View<'_, i16>) -> i16 {
    if x <= 2 {
        return table.at(x as usize);
    }
    let octave = bits(x);
    let start = 4 * octave as usize - 6;
    let [a, b, c] = [0, 1, 2].map(|i| i32::from(table.at(start + i)));
    let fraction =
        (if octave < 11 { x << (11 - octave) } else { x >> (octave - 11) } & 0x3ff) as i32;
    let slope = (c.wrapping_mul(fraction) >> 5).wrapping_add(b << 5);
    let rise = slope.wrapping_mul(fraction).wrapping_add(1 << 14) >> 15;
    rise.wrapping_add(a) as i16
}

/// x² / 4 below 2, x − 1 from there on; 12 fraction bits become 6.
const fn shrink(x: u32) -> u32 {
    if x < 2 << 12 { x.wrapping_mul(x) >> 20 } else { (x >> 6).wrapping_sub(1 << 6) }
}

fn prepare_window(op: &mut Op<'_>) -> Done {
    types(op, [(In(0), DType::Int16), (In(1), DType::Int16), (Out(0), DType::Int16)])?;
    let (shape, window) = (op.shape(In(0))?, op.shape(In(1))?);
    if window.rank() != 1 || window.len() != shape.last() {
        return Err(Kind::Shape.at(In(1)));
    }
    shift(op, "shift")?;
    op.set_shape(Out(0), &shape)
}

fn eval_window(op: &mut Op<'_>) -> Done {
    let (right, width) = (shift(op, "shift")?, op.shape(In(0))?.last());
    let ([x, window], [y]) = op.io([In(0), In(1)], [Out(0)])?;
    let (window, mut y) = (View::<i16>::new(window), ViewMut::<i16>::new(y));
    for (x, mut y) in View::<i16>::new(x).pieces(width).zip(y.pieces(width)) {
        y.write(x.iter().zip(window.iter()).map(|(x, w)| {
            let product = (i32::from(x) * i32::from(w)) >> right;
            product.max(i16::MIN.into()).min(i16::MAX.into()) as i16
        }));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{LOGARITHMS, root, scaled_log, shrink};

    #[test]
    fn roots_are_the_nearest() {
        for x in [
            0u64,
            1,
            2,
            3,
            6,
            7,
            12,
            13,
            65_535,
            1 << 31,
            u64::from(u32::MAX) + 1,
            1 << 50,
            (1 << 50) - 12_345,
        ] {
            let exact = (x as f64).sqrt().round();
            assert_eq!(f64::from(root(x)), exact, "{x}");
        }
        assert_eq!(
            [root(u64::from(u32::MAX)), root(u64::MAX)],
            [0xffff, 0xffff_ffff],
            "the ends hold"
        );
    }

    #[test]
    fn logarithms_are_within_a_few_steps() {
        for (i, &entry) in (0u32..).zip(&LOGARITHMS) {
            let x = f64::from(i) / 128.0;
            assert!((f64::from(entry) - 65_536.0 * ((1.0 + x).log2() - x)).abs() < 1.0, "{i}");
        }
        for x in [2u32, 3, 100, 4096, 65_537, 1 << 30, u32::MAX] {
            let want = 1600.0 * f64::from(x).ln();
            // The reference hardly interpolates between entries, which are 224 / 65536 apart at most.
            assert!((f64::from(scaled_log(x, 1600)) - want).abs() < 4.0, "{x}");
        }
    }

    #[test]
    fn small_ratios_shrink() {
        assert_eq!([0, 4096, 8191, 8192, 12_288].map(shrink), [0, 16, 63, 64, 128]);
    }
}
