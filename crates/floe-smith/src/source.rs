//! [`Source`]: where the choices come from: a fuzzer's bytes, or a seed.

/// A sequence of choices. From bytes: each choice uses some up, and when none are left every choice
/// is the first one, so that small inputs make small models. From a seed: without end.
#[derive(Clone, Debug)]
pub struct Source<'d> {
    bytes: &'d [u8],
    /// The state of the generator; 0 when the choices come from bytes.
    state: u64,
}

impl<'d> Source<'d> {
    /// Choices from a fuzzer's bytes.
    #[must_use]
    pub const fn bytes(bytes: &'d [u8]) -> Self {
        Self { bytes, state: 0 }
    }

    /// Choices from a seed, for any number of them.
    #[must_use]
    pub const fn seed(seed: u64) -> Self {
        // Any odd constant keeps the state from being 0, where the generator would stay.
        Self { bytes: &[], state: seed.wrapping_mul(2).wrapping_add(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// Whether there are choices left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.state == 0 && self.bytes.is_empty()
    }

    /// A number below `end`; 0 when `end` is.
    pub fn below(&mut self, end: usize) -> usize {
        let choice = if end <= 256 { u64::from(self.byte()) } else { self.word() };
        usize::try_from(choice % (end.max(1) as u64)).unwrap_or(0)
    }

    /// A number from `least` to `most`.
    pub fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    /// One of `all`, which is not empty.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        if self.state != 0 {
            return self.step().to_le_bytes()[7];
        }
        let Some((&first, rest)) = self.bytes.split_first() else { return 0 };
        self.bytes = rest;
        first
    }

    fn word(&mut self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// The next state of a xorshift generator, whose high byte is well mixed by the multiplication.
    fn step(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[test]
    fn bytes_end_in_first_choices() {
        let mut s = Source::bytes(&[7, 200]);
        assert_eq!((s.below(5), s.between(10, 12), s.is_empty()), (2, 12, true));
        assert_eq!((s.below(5), s.one_in(3)), (0, false));
    }

    #[test]
    fn a_seed_makes_every_choice_sooner_or_later() {
        let mut s = Source::seed(0);
        let mut seen = [false; 300];
        for _ in 0..20_000 {
            seen[s.below(300)] = true;
        }
        assert!(seen.iter().all(|&s| s));
    }
}
