//! A random number generator with a fixed seed.

/// Fixed, so that the same bank always gives the same classifier.
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

/// A 64-bit xorshift generator.
pub(in crate::faq) struct Random(u64);

impl Default for Random {
    fn default() -> Self {
        Self(SEED)
    }
}

impl Random {
    /// A number below `end`; 0 if `end` is 0.
    pub(in crate::faq) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.checked_rem(end as u64).unwrap_or_default() as usize
    }

    /// Fisher–Yates shuffle.
    pub(super) fn shuffle(&mut self, order: &mut [usize]) {
        for last in (1..order.len()).rev() {
            order.swap(last, self.below(last + 1));
        }
    }
}
