//! A memory store with one fault.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use civic_reply::case::{Case, CaseId, Claim, ClaimToken, Event, LetterStatus, Record, State};
use civic_reply::message::{AccountId, AgentId, CitizenId, Conversation, MessageKey};
use civic_reply::reply::{Handled, Outcome, Reply};
use civic_reply::store::contract::{Subject, sample};
use civic_reply::store::{
    Arrival, CaseFilter, CasePage, ChangeSet, ClaimQuery, Conflict, Erasure, JournalPage, Pruning,
    QueueCount, Seq, TurnPage,
};
use civic_reply::{Clock, ManualClock, MemoryStore, Store, StoreError};
use jiff::Timestamp;

use super::faults::Fault::{self, *};

/// A memory store with a fault.
pub(super) struct Faulty {
    fault: Fault,
    sound: MemoryStore,
    clock: ManualClock,
    reads: AtomicUsize,
    given: Mutex<Option<CaseId>>,
}

impl Faulty {
    pub(super) fn subject(fault: Fault) -> Subject {
        let clock = ManualClock::new(sample::START);
        let own = match fault {
            HoldsForEver => ManualClock::new(sample::START),
            _ => clock.clone(),
        };
        let store = Self {
            fault,
            sound: MemoryStore::with_clock(Arc::new(own)),
            clock: clock.clone(),
            reads: AtomicUsize::new(0),
            given: Mutex::new(None),
        };
        Subject::on_clock(store, clock)
    }

    fn lease(&self, lease: Duration) -> Duration {
        if self.fault == HoldsNothing {
            Duration::ZERO
        } else {
            lease
        }
    }

    fn commit_in_parts(&self, mut change: ChangeSet) -> Result<(), StoreError> {
        for case in std::mem::take(&mut change.cases) {
            let of_case = |record: &Record| record.case.as_ref() == Some(&case.case.id);
            let (records, rest) = change.records.into_iter().partition(of_case);
            change.records = rest;
            self.sound.commit(ChangeSet {
                cases: vec![case],
                records,
                ..ChangeSet::default()
            })?;
        }
        thread::sleep(Duration::from_micros(100));
        self.sound.commit(ChangeSet {
            conversation: change.conversation.take(),
            ..ChangeSet::default()
        })?;
        self.sound.commit(change)
    }

    fn commit_over(&self, mut change: ChangeSet) -> Result<(), StoreError> {
        // Long enough for others to read the same state.
        thread::sleep(Duration::from_micros(100));
        if let Some(next) = &mut change.conversation {
            next.version = self.sound.conversation(&next.account, &next.citizen)?.version;
        }
        for next in &mut change.cases {
            match (next.expected, self.sound.case(&next.case.id)?) {
                (None, Some(_)) => return Ok(()),
                (Some(expected), Some(stored)) => {
                    next.case.version = next.case.version - expected + stored.version;
                    next.expected = Some(stored.version);
                }
                (_, None) => {}
            }
        }
        self.sound.commit(change)
    }

    /// Claims a case even if somebody holds it.
    fn force(&self, id: &CaseId, agent: &AgentId) -> Result<Option<Case>, StoreError> {
        let token = self.reads.fetch_add(1, Ordering::SeqCst).to_string();
        let claim = Claim {
            agent: agent.clone(),
            token: ClaimToken::new(token),
            until: sample::at(10),
        };
        while let Some(case) = self.sound.case(id)? {
            let (change, case) = sample::moving(&case, &[Event::Claimed { claim: claim.clone() }]);
            match self.sound.commit(change) {
                Ok(()) => return Ok(Some(case)),
                Err(StoreError::Conflict(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(None)
    }

    fn page_by_count(&self, filter: &CaseFilter) -> Result<CasePage, StoreError> {
        let before = match filter.after {
            Some(_) => self.reads.load(Ordering::SeqCst),
            None => 0,
        };
        let first = CaseFilter {
            after: None,
            ..filter.clone()
        };
        let all = CaseFilter {
            limit: Some(usize::MAX),
            ..first.clone()
        };
        let all = self.sound.cases(&all)?;
        let rest = all.cases.into_iter().skip(before);
        let cases: Vec<_> = rest.take(filter.limit.unwrap_or(100)).collect();
        let read = before + cases.len();
        self.reads.store(read, Ordering::SeqCst);
        let next = self.sound.cases(&first)?.next.or(filter.after.clone());
        Ok(CasePage {
            next: next.filter(|_| read < all.total),
            cases,
            ..all
        })
    }

    fn first_waiting(&self) -> Result<Option<Case>, StoreError> {
        let waiting = CaseFilter {
            states: vec![State::Waiting],
            limit: Some(1),
            ..CaseFilter::default()
        };
        Ok(self.sound.cases(&waiting)?.cases.pop())
    }
}

impl Store for Faulty {
    fn handled(&self, key: &MessageKey) -> Result<Option<Handled>, StoreError> {
        let nobody = MessageKey::new(key.account().clone(), "".into(), key.id());
        let key = if self.fault == ForgetsTheSender {
            &nobody
        } else {
            key
        };
        let found = self.sound.handled(key)?;
        Ok(match self.fault {
            Invents => Some(found.unwrap_or_else(|| sample::handled(key))),
            Cleans => found.map(|handled| Handled {
                outcome: Outcome::Replied(Reply::new("clean")),
                ..handled
            }),
            _ => found,
        })
    }

    fn conversation(&self, account: &AccountId, citizen: &CitizenId) -> Result<Conversation, StoreError> {
        let mut found = self.sound.conversation(account, citizen)?;
        match self.fault {
            Invents => found.misses += 1,
            Cleans => found.menu = None,
            _ => {}
        }
        Ok(found)
    }

    fn arrival(&self, key: &MessageKey) -> Result<Arrival, StoreError> {
        let mut filter = Arrival::cases_of(key.sender());
        if self.fault == SeesOneDoor {
            filter.account = Some(key.account().clone());
        }
        Ok(Arrival {
            handled: self.handled(key)?,
            conversation: self.conversation(key.account(), key.sender())?,
            cases: Some(self.sound.cases(&filter)?.cases),
        })
    }

    fn case(&self, id: &CaseId) -> Result<Option<Case>, StoreError> {
        let mut found = self.sound.case(id)?;
        if let Some(case) = found.as_mut().filter(|_| self.fault == Cleans) {
            case.text = case.text.replace('\0', "");
        }
        Ok(found)
    }

    fn cases(&self, filter: &CaseFilter) -> Result<CasePage, StoreError> {
        let mut filter = filter.clone();
        if self.fault == LooksAtTheOutside {
            (filter.text, filter.offered_to, filter.due_before) = (None, None, None);
        }
        if self.fault == PagesByCount {
            return self.page_by_count(&filter);
        }
        let mut page = match self.sound.cases(&filter) {
            Err(StoreError::Refused(_)) if self.fault == TakesAnyCursor => {
                filter.after = None;
                self.sound.cases(&filter)?
            }
            found => found?,
        };
        match self.fault {
            Reverses => page.cases.reverse(),
            CountsThePage => page.total = page.cases.len(),
            _ => {}
        }
        Ok(page)
    }

    fn counts(&self, now: Timestamp) -> Result<Vec<QueueCount>, StoreError> {
        let mut counts = self.sound.counts(now)?;
        if self.fault == Reverses {
            counts.reverse();
        }
        Ok(counts)
    }

    fn commit(&self, mut change: ChangeSet) -> Result<(), StoreError> {
        match self.fault {
            ForgetsCommits => return Ok(()),
            ForgetsTheSender => {
                if let Some(handled) = &mut change.handled {
                    handled.key = MessageKey::new(handled.key.account().clone(), "".into(), handled.key.id());
                }
            }
            ChecksTooEarly => {
                if let Some(handled) = change.handled.take() {
                    if self.sound.handled(&handled.key)?.is_some() {
                        return Err(Conflict::Handled.into());
                    }
                    thread::sleep(Duration::from_millis(1));
                    self.sound.commit(change)?;
                    let late = ChangeSet {
                        handled: Some(handled),
                        ..ChangeSet::default()
                    };
                    return self.sound.commit(late).or(Ok(()));
                }
            }
            CommitsInParts => return self.commit_in_parts(change),
            LastWriterWins => return self.commit_over(change),
            NamesTheLastConflict => {
                let last = change.cases.last().map(|next| next.case.id.clone());
                return match (self.sound.commit(change), last) {
                    (Err(StoreError::Conflict(_)), Some(id)) => Err(Conflict::Case(id).into()),
                    (result, _) => result,
                };
            }
            SwallowsContradictions if change.check().is_err() => return Ok(()),
            Invents if change == ChangeSet::default() => {
                change = sample::answering(&sample::key("nobody", "0"))
            }
            _ => {}
        }
        self.sound.commit(change)
    }

    fn claim_picked(
        &self,
        pick: &ClaimQuery,
        agent: &AgentId,
        lease: Duration,
    ) -> Result<Option<Case>, StoreError> {
        match self.fault {
            LooksInsteadOfClaiming => self.first_waiting(),
            ClaimsWithoutLooking => {
                let Some(case) = self.first_waiting()? else {
                    return Ok(None);
                };
                thread::sleep(Duration::from_millis(1));
                self.force(&case.id, agent)
            }
            ForgetsThePick => self.sound.claim_next(&pick.among, agent, self.lease(lease)),
            _ => self.sound.claim_picked(pick, agent, self.lease(lease)),
        }
    }

    fn claim(&self, id: &CaseId, agent: &AgentId, lease: Duration) -> Result<Option<Case>, StoreError> {
        match self.fault {
            ClaimsWithoutLooking => self.force(id, agent),
            _ => self.sound.claim(id, agent, self.lease(lease)),
        }
    }

    fn renew(&self, id: &CaseId, token: &ClaimToken, lease: Duration) -> Result<Option<Claim>, StoreError> {
        let held = self.sound.case(id)?.and_then(|case| case.claim);
        match (self.fault, held) {
            (RenewsForAll, Some(held)) => self.sound.renew(id, &held.token, lease),
            (RenewsInTimeOnly, Some(held)) if held.until <= self.clock.now() => Ok(None),
            _ => self.sound.renew(id, token, self.lease(lease)),
        }
    }

    fn due(&self, before: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        let mut due = self.sound.due(before, limit)?;
        match self.fault {
            Reverses => due.reverse(),
            SweepsTooMuch => {
                due = self.sound.due(before + Duration::from_micros(1), limit)?;
                let closed = CaseFilter {
                    states: vec![State::Closed],
                    ..CaseFilter::default()
                };
                due.extend(self.sound.cases(&closed)?.cases);
            }
            _ => {}
        }
        Ok(due)
    }

    fn alarms(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        let mut found = self.sound.alarms(until, limit)?;
        match self.fault {
            Reverses => found.reverse(),
            RaisesAgain => {
                let sounds = |case: &Case| {
                    let alarms = case
                        .deadlines
                        .iter()
                        .flat_map(|deadline| &deadline.history.alarms);
                    alarms.into_iter().any(|alarm| alarm.raise_at <= until)
                };
                let all = self.sound.cases(&CaseFilter::default())?.cases;
                found.extend(all.into_iter().filter(sounds));
                found.dedup_by(|one, other| one.id == other.id);
            }
            _ => {}
        }
        Ok(found)
    }

    fn sending(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        match self.fault {
            SendsTooEarly => self.sound.sending(Timestamp::MAX, limit),
            SendsTheOpenOnly => {
                let mut found = self.sound.sending(until, limit)?;
                found.retain(|case| !case.state.is_over());
                Ok(found)
            }
            SendsBehindTheLast => {
                let mut found = self.sound.sending(until, usize::MAX)?;
                let mut given = self.given.lock().unwrap();
                found.retain(|case| given.as_ref().is_none_or(|last| *last < case.id));
                found.truncate(limit);
                if let Some(last) = found.last() {
                    *given = Some(last.id.clone());
                }
                Ok(found)
            }
            _ => self.sound.sending(until, limit),
        }
    }

    fn stuck(&self, limit: usize) -> Result<Vec<Case>, StoreError> {
        match self.fault {
            HidesStuck => Ok(Vec::new()),
            _ => self.sound.stuck(limit),
        }
    }

    fn now(&self) -> Result<Timestamp, StoreError> {
        if self.fault == StandsStill {
            return Ok(sample::START);
        }
        self.sound.now()
    }

    fn journal(&self, after: Option<Seq>, limit: usize) -> Result<JournalPage, StoreError> {
        let mut page = self.sound.journal(after, limit)?;
        match self.fault {
            Reverses => page.records.reverse(),
            ForgetsClaims => page
                .records
                .retain(|(_, record)| !matches!(record.event, Event::Claimed { .. } | Event::Renewed { .. })),
            ForgetsFeedback => page
                .records
                .retain(|(_, record)| !matches!(record.event, Event::Feedback { .. })),
            ReadsOn => page.next = page.records.last().map(|(place, _)| *place),
            SkipsRecords if self.reads.fetch_add(1, Ordering::SeqCst) % 3 == 2 && page.records.len() > 1 => {
                page.records.remove(0);
            }
            _ => {}
        }
        Ok(page)
    }

    fn turns(
        &self,
        account: &AccountId,
        citizen: &CitizenId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<TurnPage, StoreError> {
        let mut page = self.sound.turns(account, citizen, before, limit)?;
        match self.fault {
            Reverses => page.turns.reverse(),
            ShowsTheLettersOnly => page.turns.retain(|(_, record)| record.case.is_some()),
            _ => {}
        }
        Ok(page)
    }

    fn erase(&self, citizen: &CitizenId) -> Result<Erasure, StoreError> {
        match self.fault {
            ErasesNothing => Ok(Erasure::default()),
            ErasesOthers => {
                self.sound.erase(&"bob".into())?;
                self.sound.erase(citizen)
            }
            _ => self.sound.erase(citizen),
        }
    }

    fn prune(&self, before: Timestamp, limit: usize) -> Result<Pruning, StoreError> {
        match self.fault {
            PrunesNothing => return Ok(Pruning::default()),
            PrunesWithoutLimit => return self.sound.prune(before, usize::MAX),
            PrunesLiveWork => {
                let open = self.sound.cases(&CaseFilter::default())?.cases;
                for case in open.into_iter().filter(|case| !case.state.is_over()) {
                    self.sound.commit(sample::moving(&case, &[Event::Closed]).0)?;
                }
                for case in self.sound.stuck(usize::MAX)? {
                    let events = case
                        .handling
                        .contact
                        .letters
                        .iter()
                        .map(|letter| Event::LetterMoved {
                            number: letter.number,
                            status: LetterStatus::Delivered { at: before },
                        });
                    let events: Vec<_> = events.collect();
                    self.sound.commit(sample::moving(&case, &events).0)?;
                }
            }
            _ => {}
        }
        self.sound.prune(before, limit)
    }
}
