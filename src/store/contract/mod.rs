//! The conformance kit: every promise of [`Store`] as a check that runs on any store.
//!
//! A store's test runs the whole kit:
//!
//! ```
//! use std::sync::Arc;
//!
//! use civic_reply::store::MemoryStore;
//! use civic_reply::store::contract::{self, Subject, sample};
//! use civic_reply::ManualClock;
//!
//! contract::run_all(&|| {
//!     let clock = ManualClock::new(sample::START);
//!     Subject::on_clock(MemoryStore::with_clock(Arc::new(clock.clone())), clock)
//! })?;
//! # Ok::<(), contract::Violations>(())
//! ```
//!
//! The kit uses stores only through the trait: a store needs its own tests of crashes.

#[macro_use]
mod harness;
mod alarms;
mod cases;
mod claims;
mod conversations;
mod erasure;
mod journal;
mod messages;
mod outbox;
mod picks;
mod prune;
mod queries;
pub mod sample;
mod search;
mod turns;

use std::fmt;
use std::thread;
use std::time::Duration;

use jiff::SignedDuration;
use thiserror::Error;

pub use self::harness::Broken;
use super::Store;
use crate::time::{Clock, ManualClock};

/// An empty store under test, and the passage of its time.
pub struct Subject {
    store: Box<dyn Store>,
    lease: Duration,
    pass: Box<dyn Fn(Duration)>,
}

impl Subject {
    /// A store with leases that end on `clock`.
    pub fn on_clock(store: impl Store + 'static, clock: ManualClock) -> Self {
        let pass = move |time| {
            let time = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
            clock.set(clock.now().saturating_add(time).unwrap_or(jiff::Timestamp::MAX));
        };
        Self {
            store: Box::new(store),
            lease: Duration::from_secs(600),
            pass: Box::new(pass),
        }
    }

    /// A store on its own clock, for example a server's: the kit waits in real time. `lease` must be longer
    /// than the slowest check of the kit, a few seconds.
    pub fn in_real_time(store: impl Store + 'static, lease: Duration) -> Self {
        Self {
            store: Box::new(store),
            lease,
            pass: Box::new(thread::sleep),
        }
    }

    /// The store.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The lease that the checks ask for.
    fn lease(&self) -> Duration {
        self.lease
    }

    /// Lets time pass.
    fn pass(&self, time: Duration) {
        (self.pass)(time);
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

/// A promise of the contract, and its check.
#[derive(Clone, Copy)]
pub struct Check {
    /// Its name, of short words with underscores.
    pub name: &'static str,
    /// The promise.
    pub promise: &'static str,
    run: fn(&Subject) -> Result<(), Broken>,
}

impl Check {
    /// Runs the check on an empty store.
    ///
    /// # Errors
    ///
    /// The behaviour that breaks the promise.
    pub fn run(&self, subject: &Subject) -> Result<(), Broken> {
        (self.run)(subject)
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.promise)
    }
}

/// A promise that a store does not keep.
#[derive(Clone, Debug, Error)]
#[error("`{check}`: {promise}, but {broken}")]
pub struct Violation {
    /// The check's name.
    pub check: &'static str,
    /// The promise.
    pub promise: &'static str,
    /// The behaviour that breaks the promise.
    pub broken: Broken,
}

/// Every promise that a store does not keep.
#[derive(Clone, Debug)]
pub struct Violations(pub Vec<Violation>);

impl std::error::Error for Violations {}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store breaks {} promises", self.0.len())?;
        self.0.iter().try_for_each(|violation| write!(f, "\n{violation}"))
    }
}

/// The checks of the kit, for a host that runs each as a test of its own.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    [
        messages::CHECKS,
        conversations::CHECKS,
        cases::CHECKS,
        queries::CHECKS,
        alarms::CHECKS,
        claims::CHECKS,
        picks::CHECKS,
        search::CHECKS,
        turns::CHECKS,
        journal::CHECKS,
        erasure::CHECKS,
        prune::CHECKS,
        outbox::CHECKS,
    ]
    .into_iter()
    .flatten()
}

/// Runs every check, each on a new store of `make`, which must be empty.
///
/// # Errors
///
/// Every broken promise, with the behaviour that breaks it.
pub fn run_all(make: &dyn Fn() -> Subject) -> Result<(), Violations> {
    let broken: Vec<_> = checks()
        .filter_map(|check| {
            let broken = check.run(&make()).err()?;
            Some(Violation {
                check: check.name,
                promise: check.promise,
                broken,
            })
        })
        .collect();
    if broken.is_empty() {
        Ok(())
    } else {
        Err(Violations(broken))
    }
}
