//! Counts the steps of the stages that read a message, so that a test can compare them with its length.

#[cfg(feature = "testing")]
use std::cell::Cell;

#[cfg(feature = "testing")]
thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Adds steps to the count of this thread. Without the feature `testing`, it does nothing.
#[inline]
pub(crate) fn count(steps: usize) {
    #[cfg(feature = "testing")]
    STEPS.set(STEPS.get().wrapping_add(steps as u64));
    #[cfg(not(feature = "testing"))]
    let _ = steps;
}

/// The steps that `work` takes on this thread: roughly the characters that it reads, each as often as it is
/// read. Figures of two versions of the crate cannot be compared.
///
/// ```
/// use civic_reply::text::{count_steps, redact};
///
/// let steps = |length| count_steps(|| redact(&"1 ".repeat(length)).len());
/// assert!(steps(2_000) <= 3 * steps(1_000));
/// ```
#[cfg(feature = "testing")]
pub fn count_steps<T>(work: impl FnOnce() -> T) -> u64 {
    let before = STEPS.get();
    work();
    STEPS.get().wrapping_sub(before)
}
