//! FarmHash's Fingerprint64, with which `fingerprint.pb` names the checkpoint of a model and
//! `StringToHashBucketFast` its buckets.
//!
//! Facts: Google's FarmHash, variant `na`, which is fixed for all time. The crate `farmhash` 1.1.5
//! differs from it for lengths above 64 that are a multiple of 64.

const K0: u64 = 0xc3a5_c85c_97cb_3127;
const K1: u64 = 0xb492_b66f_be98_f273;
const K2: u64 = 0x9ae1_6a3b_2f90_404f;

/// The fingerprint of `bytes`.
#[must_use]
pub fn fingerprint64(bytes: &[u8]) -> u64 {
    let len = bytes.len() as u64;
    let mul = K2.wrapping_add(len.wrapping_mul(2));
    match bytes.len() {
        0 => K2,
        1..=3 => up_to_3(bytes),
        4..=7 => mix(
            len.wrapping_add(word32(bytes, 0) << 3),
            word32(bytes, bytes.len().wrapping_sub(4)),
            mul,
        ),
        8..=16 => {
            let a = word(bytes, 0).wrapping_add(K2);
            let b = from_end(bytes, 8);
            let c = b.rotate_right(37).wrapping_mul(mul).wrapping_add(a);
            let d = a.rotate_right(25).wrapping_add(b).wrapping_mul(mul);
            mix(c, d, mul)
        }
        17..=32 => {
            let (u, v) = both_ends(word(bytes, 0).wrapping_mul(K1), bytes, mul);
            mix(u, v, mul)
        }
        33..=64 => up_to_64(bytes, mul),
        _ => long(bytes),
    }
}

fn up_to_3(bytes: &[u8]) -> u64 {
    let at = |i: usize| u64::from(bytes.get(i).copied().unwrap_or(0));
    let len = bytes.len();
    let y = at(0).wrapping_add(at(len >> 1) << 8);
    let z = (len as u64).wrapping_add(at(len.wrapping_sub(1)) << 2);
    shift_mix(y.wrapping_mul(K2) ^ z.wrapping_mul(K0)).wrapping_mul(K2)
}

/// The first two and last two words, as lengths from 17 on mix them; `a` is the first word, scaled.
fn both_ends(a: u64, bytes: &[u8], mul: u64) -> (u64, u64) {
    let b = word(bytes, 8);
    let c = from_end(bytes, 8).wrapping_mul(mul);
    let d = from_end(bytes, 16).wrapping_mul(K2);
    let u = a.wrapping_add(b).rotate_right(43).wrapping_add(c.rotate_right(30)).wrapping_add(d);
    let v = a.wrapping_add(b.wrapping_add(K2).rotate_right(18)).wrapping_add(c);
    (u, v)
}

fn up_to_64(bytes: &[u8], mul: u64) -> u64 {
    let a = word(bytes, 0).wrapping_mul(K2);
    let (y, v) = both_ends(a, bytes, mul);
    let z = mix(y, v, mul);
    let e = word(bytes, 16).wrapping_mul(mul);
    let f = word(bytes, 24);
    let g = y.wrapping_add(from_end(bytes, 32)).wrapping_mul(mul);
    let h = z.wrapping_add(from_end(bytes, 24)).wrapping_mul(mul);
    let u = e.wrapping_add(f).rotate_right(43).wrapping_add(g.rotate_right(30)).wrapping_add(h);
    let v = e.wrapping_add(f.wrapping_add(a).rotate_right(18)).wrapping_add(g);
    mix(u, v, mul)
}

/// The state of the long form.
struct State {
    x: u64,
    y: u64,
    z: u64,
    v: (u64, u64),
    w: (u64, u64),
}

impl State {
    /// Takes 64 bytes in; the last block weighs three of the terms by nine.
    fn block(&mut self, block: &[u8], mul: u64, weight: u64) {
        let Self { x, y, z, v, w } = self;
        *x = x.wrapping_add(*y).wrapping_add(v.0).wrapping_add(word(block, 8));
        *x = x.rotate_right(37).wrapping_mul(mul);
        *y = y.wrapping_add(v.1).wrapping_add(word(block, 48)).rotate_right(42).wrapping_mul(mul);
        *x ^= w.1.wrapping_mul(weight);
        *y = y.wrapping_add(v.0.wrapping_mul(weight)).wrapping_add(word(block, 40));
        *z = z.wrapping_add(w.0).rotate_right(33).wrapping_mul(mul);
        *v = weak(block, 0, v.1.wrapping_mul(mul), x.wrapping_add(w.0));
        *w = weak(block, 32, z.wrapping_add(w.1), y.wrapping_add(word(block, 16)));
        std::mem::swap(z, x);
    }
}

fn long(bytes: &[u8]) -> u64 {
    const SEED: u64 = 81;
    let y = SEED.wrapping_mul(K1).wrapping_add(113);
    let z = shift_mix(y.wrapping_mul(K2).wrapping_add(113)).wrapping_mul(K2);
    let x = SEED.wrapping_mul(K2).wrapping_add(word(bytes, 0));
    let mut state = State { x, y, z, v: (0, 0), w: (0, 0) };
    let last = bytes.len().wrapping_sub(1);
    // The last block is taken apart, whole or not: from the end, overlapping the one before.
    for block in bytes.chunks_exact(64).take(last >> 6) {
        state.block(block, K1, 1);
    }
    let mul = K1.wrapping_add((state.z & 0xff) << 1);
    state.w.0 = state.w.0.wrapping_add(last as u64 & 63);
    state.v.0 = state.v.0.wrapping_add(state.w.0);
    state.w.0 = state.w.0.wrapping_add(state.v.0);
    state.block(bytes.last_chunk::<64>().map_or(&[], |b| b), mul, 9);
    let State { x, y, z, v, w } = state;
    let a = mix(v.0, w.0, mul).wrapping_add(shift_mix(y).wrapping_mul(K0)).wrapping_add(z);
    let b = mix(v.1, w.1, mul).wrapping_add(x);
    mix(a, b, mul)
}

/// Four words from byte `at` on, mixed into two.
fn weak(bytes: &[u8], at: usize, a: u64, b: u64) -> (u64, u64) {
    let [w, x, y, z] = [0, 8, 16, 24].map(|i| word(bytes, at.wrapping_add(i)));
    let a = a.wrapping_add(w);
    let b = b.wrapping_add(a).wrapping_add(z).rotate_right(21);
    let c = a;
    let a = a.wrapping_add(x).wrapping_add(y);
    (a.wrapping_add(z), b.wrapping_add(a.rotate_right(44)).wrapping_add(c))
}

const fn shift_mix(v: u64) -> u64 {
    v ^ (v >> 47)
}

const fn mix(u: u64, v: u64, mul: u64) -> u64 {
    let a = shift_mix((u ^ v).wrapping_mul(mul));
    shift_mix((v ^ a).wrapping_mul(mul)).wrapping_mul(mul)
}

/// The eight bytes from `at` on; all callers have them.
fn word(bytes: &[u8], at: usize) -> u64 {
    let eight = bytes.get(at..).and_then(|b| b.first_chunk::<8>());
    eight.map_or(0, |b| u64::from_le_bytes(*b))
}

fn word32(bytes: &[u8], at: usize) -> u64 {
    let four = bytes.get(at..).and_then(|b| b.first_chunk::<4>());
    four.map_or(0, |b| u32::from_le_bytes(*b).into())
}

fn from_end(bytes: &[u8], back: usize) -> u64 {
    word(bytes, bytes.len().wrapping_sub(back))
}

#[cfg(test)]
mod tests {
    use super::fingerprint64;

    /// Lengths and what TensorFlow 2.21 gives for bytes `7 i + 3` of that many.
    const KNOWN: &[(usize, u64)] = &[
        (0, 0x9ae16a3b2f90404f),
        (1, 0xbec09cc447469d8b),
        (3, 0x40b4412e33eefd64),
        (4, 0xf3c7ee05197a7b92),
        (7, 0x4fef0b39c12aa9a4),
        (8, 0xc97ecbc1e9d2626),
        (16, 0x7eda0ed8c837a168),
        (17, 0xc9518fe63ebf6127),
        (32, 0xa53f806f23a314e8),
        (33, 0xc24f9d7ce864f0e9),
        (64, 0x566266cb579eca2),
        (65, 0x77e0867714e6b0e4),
        (127, 0xcaa19a12c8273b7e),
        (128, 0x666823960b3ac271),
        (192, 0x3fb42d06dd42f727),
        (704, 0x1fc8cc04ee255a54),
    ];

    #[test]
    fn every_length_gives_tensorflows_value() {
        for &(len, want) in KNOWN {
            let bytes: Vec<u8> = (0..len).map(|i| (i * 7 + 3) as u8).collect();
            assert_eq!(fingerprint64(&bytes), want, "{len}");
        }
    }
}
