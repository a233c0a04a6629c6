//! Audits a store at the end of a run: its cases compared with a replay of its journal.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::time::Duration;

use civic_reply::case::{CaseId, Event, State};
use civic_reply::message::MessageKey;
use civic_reply::store::{CaseFilter, CaseOrder};
use civic_reply::{Case, Store};

/// The findings.
pub(crate) struct Audit {
    /// Every case as stored.
    pub(crate) cases: BTreeMap<CaseId, Case>,
    /// The number of times each message was handled, by the journal.
    pub(crate) handled: HashMap<MessageKey, usize>,
    /// Messages that were handled twice or have two cases.
    pub(crate) doubled: usize,
    /// Cases that differ from the replay of the journal.
    pub(crate) diverged: usize,
    /// Claims of cases after an earlier lease had expired.
    pub(crate) taken_over: usize,
    /// The longest time from a lease's end to the next claim.
    pub(crate) slowest_takeover: Duration,
}

impl Audit {
    /// Reads the whole store.
    pub(crate) fn of(store: &dyn Store) -> Result<Self, Box<dyn Error>> {
        let mut audit = Self {
            cases: BTreeMap::new(),
            handled: HashMap::new(),
            doubled: 0,
            diverged: 0,
            taken_over: 0,
            slowest_takeover: Duration::ZERO,
        };
        let rebuilt = audit.replay(store)?;
        audit.read_cases(store)?;
        let mut opened: HashMap<&MessageKey, usize> = HashMap::new();
        for case in audit.cases.values() {
            *opened.entry(&case.key).or_default() += 1;
        }
        let twice = audit.handled.values().filter(|times| **times > 1).count();
        audit.doubled = twice + opened.values().filter(|cases| **cases > 1).count();
        let same = |(id, case): &(&CaseId, &Case)| rebuilt.get(*id) == Some(*case);
        let equal = audit.cases.iter().filter(same).count();
        audit.diverged = rebuilt.len().max(audit.cases.len()) - equal;
        Ok(audit)
    }

    fn read_cases(&mut self, store: &dyn Store) -> Result<(), Box<dyn Error>> {
        let mut filter = CaseFilter {
            order: CaseOrder::Number,
            limit: Some(2_000),
            ..CaseFilter::default()
        };
        loop {
            let found = store.cases(&filter)?;
            if !found.unreadable.is_empty() {
                return Err(format!("cases can't be read: {:?}", found.unreadable).into());
            }
            self.cases
                .extend(found.cases.into_iter().map(|case| (case.id.clone(), case)));
            match found.next {
                Some(next) => filter.after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// Rebuilds every case from the journal alone.
    fn replay(&mut self, store: &dyn Store) -> Result<BTreeMap<CaseId, Case>, Box<dyn Error>> {
        let mut cases: BTreeMap<CaseId, Case> = BTreeMap::new();
        let mut after = None;
        loop {
            let page = store.journal(after, 2_000)?;
            if !page.unreadable.is_empty() {
                return Err(format!("records can't be read: {:?}", page.unreadable).into());
            }
            for (place, record) in page.records {
                if let Event::Handled { key, .. } = &record.event {
                    *self.handled.entry(key.clone()).or_default() += 1;
                    continue;
                }
                let Some(id) = record.case else { continue };
                let before = cases.remove(&id);
                if let (Some(before), Event::Claimed { .. }) = (&before, &record.event)
                    && before.state == State::Claimed
                    && let Some(claim) = &before.claim
                {
                    self.taken_over += 1;
                    let late = Duration::try_from(record.at.duration_since(claim.until)).unwrap_or_default();
                    self.slowest_takeover = self.slowest_takeover.max(late);
                }
                let next = match (before, &record.event) {
                    (None, Event::Opened { case }) => (**case).clone(),
                    (Some(case), event) => case.apply(event),
                    (None, event) => return Err(format!("at {place:?} `{id}` begins with {event:?}").into()),
                };
                cases.insert(id, next);
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(cases),
            }
        }
    }
}
