//! The store contract detects faults: each faulty store breaks the promises that its fault touches, and
//! every check is broken by at least one of them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use civic_reply::case::{Case, CaseId, Claim, ClaimToken, Event, LetterStatus, Record, State};
use civic_reply::message::{AccountId, AgentId, CitizenId, Conversation, MessageKey};
use civic_reply::reply::{Handled, Outcome, Reply};
use civic_reply::store::contract::{self, Subject, sample};
use civic_reply::store::{
    Arrival, CaseFilter, CasePage, ChangeSet, ClaimQuery, Conflict, Erasure, JournalPage, Pruning,
    QueueCount, Seq,
};
use civic_reply::{Clock, ManualClock, MemoryStore, Store, StoreError};
use jiff::Timestamp;

/// The faults of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Acknowledges commits and stores nothing.
    ForgetsCommits,
    /// Reads only the cases of the message's account.
    SeesOneDoor,
    /// Identifies messages by account and id only.
    ForgetsTheSender,
    /// Checks whether a message was handled before the commit and not within it.
    ChecksTooEarly,
    /// Commits the parts of a change set one after the other.
    CommitsInParts,
    /// Accepts any version of a conversation or a case.
    LastWriterWins,
    /// Reports a case's conflict before a message's.
    NamesTheLastConflict,
    /// Accepts a change set that contradicts itself.
    SwallowsContradictions,
    /// Returns records that were never stored.
    Invents,
    /// Replaces awkward characters in stored texts.
    Cleans,
    /// Reverses pages and lists.
    Reverses,
    /// Counts only the cases of the page.
    CountsThePage,
    /// Counts a case as overdue at its due time, and finished cases as owed.
    SweepsTooMuch,
    /// Returns a case to claim without claiming it.
    LooksInsteadOfClaiming,
    /// Claims the case that it read, even if it has changed since.
    ClaimsWithoutLooking,
    /// Never ends a lease.
    HoldsForEver,
    /// Ends every lease at once.
    HoldsNothing,
    /// Renews for any token.
    RenewsForAll,
    /// Renews only while the lease lasts.
    RenewsInTimeOnly,
    /// Leaves claims out of the journal.
    ForgetsClaims,
    /// Keeps only the journal records of cases and handled messages.
    ForgetsFeedback,
    /// Never reports the end of the journal.
    ReadsOn,
    /// Loses records committed while the journal is read.
    SkipsRecords,
    /// Returns alarms that were raised already, and alarms of paused clocks.
    RaisesAgain,
    /// Its clock does not advance.
    StandsStill,
    /// Claims by the filter alone and ignores the rest of the pick.
    ForgetsThePick,
    /// Searches neither texts, nor offers, nor owed answers.
    LooksAtTheOutside,
    /// Reports an erasure and erases nothing.
    ErasesNothing,
    /// Erases another citizen as well.
    ErasesOthers,
    /// Retention removes nothing.
    PrunesNothing,
    /// Retention closes old cases and removes them.
    PrunesLiveWork,
    /// Retention ignores its limit.
    PrunesWithoutLimit,
    /// Returns letters only of cases after the last one returned.
    SendsBehindTheLast,
    /// Returns the letters of open cases only.
    SendsTheOpenOnly,
    /// Returns letters before their time.
    SendsTooEarly,
    /// Lists no letter that waits for a person.
    HidesStuck,
}

use Fault::*;

const FAULTS: &[(Fault, &[&str])] = &[
    (
        ForgetsCommits,
        &[
            "outcome_comes_back_as_committed",
            "case_comes_back_as_committed",
            "replay_equals_state",
        ],
    ),
    (SeesOneDoor, &["arrival_is_what_its_parts_are"]),
    (ForgetsTheSender, &["messages_are_told_apart_by_the_whole_key"]),
    (ChecksTooEarly, &["redelivery_in_parallel_commits_once"]),
    (
        CommitsInParts,
        &[
            "message_is_handled_once",
            "set_is_whole_or_nothing",
            "commit_stands_together",
        ],
    ),
    (
        LastWriterWins,
        &[
            "conversation_at_another_version_conflicts",
            "conversation_loses_no_update",
            "case_at_another_version_conflicts",
            "case_moves_once_from_each_version",
            "new_case_must_not_exist",
            "ended_lease_is_taken_over",
        ],
    ),
    (NamesTheLastConflict, &["first_conflict_is_named"]),
    (SwallowsContradictions, &["contradiction_is_refused"]),
    (
        Invents,
        &[
            "unknown_message_has_no_outcome",
            "unknown_citizen_has_a_new_conversation",
            "empty_set_is_nothing",
        ],
    ),
    (
        Cleans,
        &[
            "outcome_comes_back_as_committed",
            "conversation_is_stored_one_higher",
            "case_comes_back_as_committed",
        ],
    ),
    (
        Reverses,
        &[
            "page_is_in_the_order_of_the_queue",
            "filter_names_what_it_says",
            "counts_are_those_of_the_cases",
            "due_is_what_is_owed_before",
            "alarms_are_what_is_to_be_raised",
            "journal_is_in_the_order_of_the_commits",
        ],
    ),
    (
        ForgetsThePick,
        &[
            "pick_gives_in_its_order",
            "pick_keeps_to_the_skills",
            "pick_keeps_to_the_capacity",
            "pick_keeps_to_the_capacity_at_once",
        ],
    ),
    (
        LooksAtTheOutside,
        &[
            "text_is_found_as_it_stands",
            "filter_knows_states_offers_and_due_times",
        ],
    ),
    (CountsThePage, &["pages_cover_everything_once"]),
    (
        SweepsTooMuch,
        &["due_is_what_is_owed_before", "nothing_done_or_closed_is_due"],
    ),
    (
        LooksInsteadOfClaiming,
        &["claim_is_recorded", "claim_gives_the_most_urgent_first"],
    ),
    (
        ClaimsWithoutLooking,
        &[
            "claims_never_double",
            "picks_never_double",
            "claim_of_one_case",
            "claim_keeps_to_its_filter",
        ],
    ),
    (
        HoldsForEver,
        &["ended_lease_is_taken_over", "lapsed_claims_never_double"],
    ),
    (
        HoldsNothing,
        &["renewed_lease_is_not_taken_over", "claims_never_double"],
    ),
    (
        RenewsForAll,
        &["only_the_token_renews", "ended_lease_is_taken_over"],
    ),
    (RenewsInTimeOnly, &["ended_lease_can_be_renewed"]),
    (ForgetsClaims, &["replay_equals_state", "claim_is_recorded"]),
    (ForgetsFeedback, &["feedback_moves_no_case"]),
    (ReadsOn, &["journal_pages_end"]),
    (SkipsRecords, &["journal_skips_nothing"]),
    (
        RaisesAgain,
        &[
            "a_raised_alarm_is_not_given_again",
            "a_moved_deadline_moves_its_alarms",
        ],
    ),
    (StandsStill, &["the_clock_goes_on"]),
    (
        ErasesNothing,
        &[
            "erasing_leaves_no_trace_of_the_citizen",
            "erasing_leaves_open_cases",
            "erasing_follows_mergers",
            "replay_equals_state_after_erasing",
            "erasing_waits_for_letters_and_takes_their_words",
        ],
    ),
    (ErasesOthers, &["erasing_leaves_others_alone"]),
    (PrunesNothing, &["pruning_removes_what_ended_before"]),
    (
        PrunesLiveWork,
        &[
            "pruning_spares_live_work",
            "pruning_spares_letters_that_did_not_arrive",
        ],
    ),
    (SendsBehindTheLast, &["letters_are_found_by_their_state"]),
    (SendsTheOpenOnly, &["letters_of_a_closed_case_are_found"]),
    (SendsTooEarly, &["letters_are_found_when_their_time_has_come"]),
    (HidesStuck, &["stuck_letters_are_found"]),
    (PrunesWithoutLimit, &["pruning_keeps_to_its_limit"]),
];

/// A memory store with a fault.
struct Faulty {
    fault: Fault,
    sound: MemoryStore,
    clock: ManualClock,
    reads: AtomicUsize,
    given: Mutex<Option<CaseId>>,
}

impl Faulty {
    fn subject(fault: Fault) -> Subject {
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
        let mut page = self.sound.cases(&filter)?;
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

#[test]
fn the_contract_finds_each_fault_and_each_check_finds_one() {
    let mut blind: BTreeSet<_> = contract::checks().map(|check| check.name).collect();
    for (fault, promises) in FAULTS {
        let Err(violations) = contract::run_all(&|| Faulty::subject(*fault)) else {
            panic!("the contract does not detect {fault:?}");
        };
        let broken: BTreeSet<_> = violations.0.iter().map(|violation| violation.check).collect();
        for promise in *promises {
            assert!(
                broken.contains(promise),
                "{fault:?} breaks `{promise}`, the contract finds {broken:?}"
            );
            blind.remove(promise);
        }
    }
    assert!(blind.is_empty(), "no fault breaks these checks: {blind:?}");
}

#[test]
fn a_violation_names_the_promise_and_the_observed_behaviour() {
    let violations = contract::run_all(&|| Faulty::subject(SweepsTooMuch)).unwrap_err();
    let text = violations.to_string();
    assert_eq!(
        text,
        "the store breaks 2 promises\n\
         `due_is_what_is_owed_before`: `due` gives the cases with an open deadline before the instant, the earliest first, but \
         before minute 10 there is [\"B\"], not []\n\
         `nothing_done_or_closed_is_due`: a case that is closed or has no open deadline is not due, but [\"answered-and-owing\", \
         \"waits\"] are due, not [\"answered-and-owing\", \"waits\", \"closed\"]"
    );
}
