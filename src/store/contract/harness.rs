//! Tools that the checks share.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;

use thiserror::Error;

use crate::case::{Case, CaseId, Event, Record};
use crate::store::{Conflict, JournalPage, Seq, Store, StoreError};

/// The way in which a store broke a promise.
#[derive(Clone, Debug, Error)]
#[error("{0}")]
pub struct Broken(String);

impl Broken {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self(format!("it failed: {error}"))
    }
}

/// Ends a check with a message about the store, unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($what:tt)+) => {
        if !$condition {
            return Err($crate::store::contract::Broken::new(format!($($what)+)));
        }
    };
}

/// The number of concurrent callers in the checks of races.
pub(super) const CALLERS: usize = 8;

/// Runs `work` on [`CALLERS`] threads that start at the same moment, each with its number.
pub(super) fn race<T: Send>(work: impl Fn(usize) -> Result<T, Broken> + Sync) -> Result<Vec<T>, Broken> {
    let start = Barrier::new(CALLERS);
    thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (start, work) = (&start, &work);
                scope.spawn(move || {
                    start.wait();
                    work(caller)
                })
            })
            .collect();
        callers
            .into_iter()
            .map(|caller| caller.join().map_err(|_| Broken::new("it panicked"))?)
            .collect()
    })
}

/// The conflict with which a commit must fail.
pub(super) fn conflict_of(result: Result<(), StoreError>) -> Result<Conflict, Broken> {
    match result {
        Err(StoreError::Conflict(conflict)) => Ok(conflict),
        Err(other) => Err(Broken::new(format!(
            "there was no conflict but another failure: {other}"
        ))),
        Ok(()) => Err(Broken::new("there was no conflict")),
    }
}

/// The whole journal, read in pages of `limit`.
pub(super) fn journal(store: &dyn Store, limit: usize) -> Result<Vec<(Seq, Record)>, Broken> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let JournalPage {
            records,
            unreadable,
            next,
            ..
        } = store.journal(after, limit)?;
        ensure!(unreadable.is_empty(), "records can't be read: {unreadable:?}");
        ensure!(
            records.len() <= limit,
            "a page of {limit} has {} records",
            records.len()
        );
        ensure!(
            next.is_none() || !records.is_empty(),
            "an empty page names a next one after {next:?}"
        );
        all.extend(records);
        match next {
            Some(next) => {
                ensure!(
                    after < Some(next),
                    "the next page {next:?} is not after {after:?}"
                );
                after = Some(next);
            }
            None => return Ok(all),
        }
    }
}

/// Every case as the replay of the journal gives it.
pub(super) fn replay(store: &dyn Store) -> Result<BTreeMap<CaseId, Case>, Broken> {
    let mut cases = BTreeMap::new();
    for (place, record) in journal(store, 7)? {
        let Some(id) = record.case else { continue };
        let case = match (cases.remove(&id), &record.event) {
            (None, Event::Opened { case }) => (**case).clone(),
            (Some(case), event) => Case::apply(case, event),
            (None, event) => return Err(Broken::new(format!("at {place:?} `{id}` begins with {event:?}"))),
        };
        cases.insert(id, case);
    }
    Ok(cases)
}
