//! Sources of the current time.

use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;

/// A source of the current time. Every stage takes `now` as an argument; only the engine and the stores ask a
/// clock.
pub trait Clock: Send + Sync {
    /// The current instant.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that only moves when it is set: for tests, trials and replays.
///
/// ```
/// use civic_reply::{Clock, ManualClock};
///
/// let clock = ManualClock::new("2026-11-23T09:00+08:00".parse()?);
/// let same = clock.clone();
/// clock.set("2026-11-23T10:00+08:00".parse()?);
/// assert_eq!(same.now(), clock.now());
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<Timestamp>>);

impl ManualClock {
    /// A clock that stands at `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// Sets the clock, and every clone of it, to `now`; backwards is allowed.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock() = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock()
    }
}
