//! The sweep: each crossing once, durably, whatever clocks and nodes do; and what deadlines do under a desk's commands.
#![cfg(feature = "sqlite")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod calendar_shipped;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use civic_reply::case::{
    AlarmKind, Amount, Case, CaseId, Claim, ClaimToken, ClockKind, CountsFrom, DeadlineStatus, Event,
    Priority, Starts, State, TimeLimit, TranscriptEntry, Unit, Warn,
};
use civic_reply::desk::DeskConfig;
use civic_reply::desk::{CommandError, Crossing, Desk, DeskError, MoreTime, SweepReport};
use civic_reply::message::{AccountId, AgentId, CitizenId, Conversation, MessageKey, RulebookVersion};
use civic_reply::reply::Handled;
use civic_reply::store::contract::sample;
use civic_reply::store::{
    CaseFilter, CasePage, ChangeSet, ClaimQuery, Erasure, JournalPage, Pruning, QueueCount, Seq, Store,
};
use civic_reply::time::{Calendar, DayRule, DeadlineError, ExtensionRule, Policy, Reset, deadline};
use civic_reply::{ManualClock, MemoryStore, SqliteStore, StoreError};
use jiff::civil::{Weekday, date};
use jiff::{Timestamp, ToSpan as _};

/// A time on the wall clock of the shipped calendar.
fn at(text: &str) -> Timestamp {
    format!("{text}+08:00").parse().unwrap()
}

fn amount(count: u32, unit: Unit) -> Amount {
    Amount::new(count, unit).unwrap()
}

/// A first reply on the next working day, warned of two working hours before; a resolution in five; 48 hours on the
/// channel; a visit back two working days after the answer.
fn policy() -> Policy {
    let first = TimeLimit {
        warn: vec![Warn::Before(amount(2, Unit::WorkingHours))],
        ..TimeLimit::new(ClockKind::FirstReply, Amount::one_working_day())
    };
    let delivery = TimeLimit {
        starts: Starts::LastMessage,
        counts_from: CountsFrom::SameDay,
        ..TimeLimit::new(ClockKind::Delivery, amount(48, Unit::Hours))
    };
    let visit = TimeLimit {
        starts: Starts::Answered,
        ..TimeLimit::new(ClockKind::SatisfactionCheck, amount(2, Unit::WorkingDays))
    };
    Policy {
        clocks: vec![
            first,
            TimeLimit::new(ClockKind::Resolution, amount(5, Unit::WorkingDays)),
            delivery,
            visit,
        ],
        extension: Some(ExtensionRule {
            times: 1,
            amount: amount(3, Unit::WorkingDays),
        }),
        ..Policy::next_working_day()
    }
}

fn config(calendar: Calendar) -> Arc<DeskConfig> {
    let policy = policy();
    Arc::new(DeskConfig {
        rulebook: RulebookVersion::new("v1"),
        calendar,
        policies: [(policy.id.clone(), policy)].into(),
        letters: civic_reply::reply::LetterConfig::default(),
    })
}

fn desk(store: Arc<dyn Store>, clock: &ManualClock) -> Desk {
    let config = config(calendar_shipped::calendar());
    Desk::new(store, Arc::new(clock.clone()), move || Arc::clone(&config))
}

/// A memory store, its clock, and a desk on both.
fn office(now: &str) -> (Arc<MemoryStore>, ManualClock, Desk) {
    let clock = ManualClock::new(at(now));
    let store = Arc::new(MemoryStore::with_clock(Arc::new(clock.clone())));
    let desk = desk(Arc::clone(&store) as Arc<dyn Store>, &clock);
    (store, clock, desk)
}

/// Opens a case that came in at `received`, with the policy's clocks that a message starts.
fn open(store: &dyn Store, id: &str, received: &str) -> Case {
    let mut case = sample::case(id, "ann", Priority::Normal, 0);
    case.arrived = at(received);
    let clocks = [ClockKind::FirstReply, ClockKind::Resolution, ClockKind::Delivery];
    let calendar = calendar_shipped::calendar();
    let started = clocks.map(|clock| deadline(&calendar, &policy(), clock, case.arrived).unwrap());
    case.deadlines = started.into();
    store.commit(sample::opening(&case)).unwrap();
    case
}

fn names(sweep: &SweepReport) -> Vec<(&str, ClockKind, AlarmKind)> {
    assert!(sweep.failed.is_empty() && sweep.ended.is_none(), "{sweep:?}");
    let name = |crossing: &Crossing| (crossing.clock, crossing.alarm.kind);
    let names = sweep.crossings.iter().map(|crossing| {
        let (clock, kind) = name(crossing);
        (crossing.case.as_str(), clock, kind)
    });
    names.collect()
}

#[test]
fn a_warning_and_a_breach_are_each_yielded_once() {
    let (store, clock, desk) = office("2026-11-24T10:00");
    open(&*store, "A", "2026-11-24T10:00");
    let sweep = |now: &str| {
        clock.set(at(now));
        desk.sweep(at(now)).unwrap()
    };
    // Due on the 25th at 17:30; the warning two working hours before.
    assert_eq!(names(&sweep("2026-11-25T15:29")), []);
    let first = sweep("2026-11-25T15:30");
    assert_eq!(
        names(&first),
        [("A", ClockKind::FirstReply, AlarmKind::Warning(0))]
    );
    assert_eq!(first.crossings[0].alarm.raised, Some(at("2026-11-25T15:30")));
    assert_eq!(names(&sweep("2026-11-25T17:29")), []);
    let breach = sweep("2026-11-25T17:30");
    assert_eq!(names(&breach), [("A", ClockKind::FirstReply, AlarmKind::Breach)]);
    assert_eq!(breach.crossings[0].due.instant(), at("2026-11-25T17:30"));
    assert_eq!(names(&sweep("2026-11-25T17:31")), []);
    assert!(store.case(&CaseId::new("A")).unwrap().unwrap().deadlines[0].is_breached());
}

#[test]
fn what_was_yielded_is_in_the_journal_and_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let now = at("2026-11-26T09:00");
    let clock = ManualClock::new(now);
    {
        let store = Arc::new(SqliteStore::open(&path).unwrap());
        open(&*store, "A", "2026-11-24T10:00");
        let desk = desk(store, &clock);
        assert_eq!(desk.sweep(now).unwrap().crossings.len(), 2);
    }
    let store = Arc::new(SqliteStore::open(&path).unwrap());
    let journal = store.journal(None, 100).unwrap();
    let raised = journal
        .records
        .iter()
        .filter(|(_, record)| matches!(record.event, Event::Raised { .. }));
    assert_eq!(raised.count(), 2);
    assert!(store.integrity_report().unwrap().is_sound());
    let desk = desk(store, &clock);
    assert_eq!(names(&desk.sweep(now).unwrap()), []);
}

#[test]
fn bad_input_25_a_clock_an_hour_back_or_a_day_ahead_raises_nothing_early_and_nothing_twice() {
    let (store, clock, desk) = office("2026-11-25T17:00");
    open(&*store, "A", "2026-11-24T10:00");
    // The sweeping node is a day ahead; the store is not.
    let ahead = desk.sweep(at("2026-11-26T17:00")).unwrap();
    assert_eq!(
        names(&ahead),
        [("A", ClockKind::FirstReply, AlarmKind::Warning(0))]
    );
    assert_eq!(ahead.crossings[0].alarm.raised, Some(at("2026-11-25T17:00")));
    clock.set(at("2026-11-26T09:00"));
    assert_eq!(names(&desk.sweep(at("2026-11-26T09:00")).unwrap()).len(), 1);
    for back in ["2026-11-26T08:00", "2026-11-25T17:00", "2026-11-26T09:00"] {
        clock.set(at(back));
        assert_eq!(names(&desk.sweep(at(back)).unwrap()), []);
    }
}

#[test]
fn bad_input_25_commands_and_recomputing_under_a_stepping_clock_raise_nothing_early_and_nothing_twice() {
    let (store, clock, desk) = office("2026-11-24T10:30");
    let case = open(&*store, "A", "2026-11-24T10:00");
    let (eve, id) = (AgentId::new("eve"), &case.id);
    let claim = desk.claim(id, &eve).unwrap().unwrap().claim.unwrap();
    desk.promise(id, &eve, &claim.token, at("2026-11-25T12:00"))
        .unwrap();
    clock.set(at("2026-11-25T12:00"));
    let broken = desk.sweep(at("2026-11-25T12:00")).unwrap();
    assert_eq!(names(&broken), [("A", ClockKind::Promise, AlarmKind::Breach)]);

    clock.set(at("2026-11-25T11:00"));
    let more = MoreTime {
        clock: ClockKind::Resolution,
        amount: amount(1, Unit::WorkingDays),
        reason: "a visit".to_owned(),
        approver: "chief".into(),
    };
    desk.extend(id, &eve, &claim.token, more).unwrap();
    desk.write(id, "还有一件事", at("2026-11-25T11:00")).unwrap();
    assert_eq!(
        desk.recompute_deadlines(at("2026-11-25T11:00")).unwrap().moved,
        []
    );
    assert_eq!(names(&desk.sweep(at("2026-11-25T11:00")).unwrap()), []);
    // The node a day ahead, the store not: the first reply is not due yet.
    assert_eq!(
        desk.recompute_deadlines(at("2026-11-26T12:00")).unwrap().moved,
        []
    );
    for now in ["2026-11-26T12:00", "2026-11-25T12:00"] {
        clock.set(at("2026-11-25T12:00"));
        assert_eq!(names(&desk.sweep(at(now)).unwrap()), []);
    }
}

#[test]
fn two_nodes_that_sweep_at_once_yield_each_crossing_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(folder.path().join("desk.db")).unwrap());
    for n in 0..250 {
        open(&*store, &format!("C-{n}"), "2026-11-24T10:00");
    }
    let now = at("2026-11-26T09:00");
    let clock = ManualClock::new(now);
    let sweeps: Vec<SweepReport> = thread::scope(|scope| {
        let nodes: Vec<_> = (0..4)
            .map(|_| {
                let desk = desk(Arc::clone(&store) as Arc<dyn Store>, &clock);
                scope.spawn(move || desk.sweep(now).unwrap())
            })
            .collect();
        nodes.into_iter().map(|node| node.join().unwrap()).collect()
    });
    let mut seen = BTreeMap::new();
    for crossing in sweeps.iter().flat_map(|sweep| &sweep.crossings) {
        *seen
            .entry((crossing.case.clone(), crossing.alarm.kind))
            .or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 500);
    assert!(seen.values().all(|times| *times == 1));
}

#[test]
fn one_case_that_cant_be_moved_holds_up_no_other() {
    let (store, clock, _) = office("2026-11-26T09:00");
    for n in 0..150 {
        open(&*store, &format!("C-{n}"), "2026-11-24T10:00");
    }
    let poisoned = Arc::new(Poisoned {
        store,
        id: CaseId::new("C-7"),
    });
    let desk = desk(poisoned, &clock);
    let sweep = desk.sweep(at("2026-11-26T09:00")).unwrap();
    assert_eq!(sweep.crossings.len(), 2 * 149);
    let failed: Vec<_> = sweep.failed.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(failed, ["C-7"]);
}

#[test]
fn a_store_that_takes_nothing_ends_the_sweep_and_the_next_one_goes_on() {
    let (store, clock, well) = office("2026-11-26T09:00");
    for n in 0..450 {
        open(&*store, &format!("C-{n}"), "2026-11-24T10:00");
    }
    let full = desk(
        Arc::new(Poisoned {
            store,
            id: CaseId::new(EVERY_CASE),
        }),
        &clock,
    );
    let sweep = full.sweep(at("2026-11-26T09:00")).unwrap();
    assert!(sweep.crossings.is_empty());
    let ended = sweep.ended.unwrap().to_string();
    assert_eq!(ended, "the store failed at `commit`: disk full");
    assert_eq!(sweep.failed.len(), 99, "one page was tried, and no other");

    let sweep = well.sweep(at("2026-11-26T09:00")).unwrap();
    assert_eq!((sweep.crossings.len(), sweep.failed.len()), (2 * 450, 0));
    assert!(sweep.ended.is_none());
}

/// The number that stands for a store which takes no move at all, as on a full disk.
const EVERY_CASE: &str = "every case";

/// A store that takes no move of one case.
struct Poisoned {
    store: Arc<MemoryStore>,
    id: CaseId,
}

impl Store for Poisoned {
    fn commit(&self, change: ChangeSet) -> Result<(), StoreError> {
        if self.id.as_str() == EVERY_CASE {
            return Err(StoreError::Backend {
                action: "commit",
                source: "disk full".into(),
            });
        }
        if change.cases.iter().any(|next| next.case.id == self.id) {
            return Err(StoreError::Refused("a poisoned row".into()));
        }
        self.store.commit(change)
    }

    fn alarms(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        self.store.alarms(until, limit)
    }

    fn sending(&self, until: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        self.store.sending(until, limit)
    }

    fn stuck(&self, limit: usize) -> Result<Vec<Case>, StoreError> {
        self.store.stuck(limit)
    }

    fn now(&self) -> Result<Timestamp, StoreError> {
        self.store.now()
    }

    fn case(&self, id: &CaseId) -> Result<Option<Case>, StoreError> {
        self.store.case(id)
    }

    fn handled(&self, key: &MessageKey) -> Result<Option<Handled>, StoreError> {
        self.store.handled(key)
    }

    fn conversation(&self, account: &AccountId, citizen: &CitizenId) -> Result<Conversation, StoreError> {
        self.store.conversation(account, citizen)
    }

    fn cases(&self, filter: &CaseFilter) -> Result<CasePage, StoreError> {
        self.store.cases(filter)
    }

    fn counts(&self, now: Timestamp) -> Result<Vec<QueueCount>, StoreError> {
        self.store.counts(now)
    }

    fn claim_picked(
        &self,
        pick: &ClaimQuery,
        agent: &AgentId,
        lease: Duration,
    ) -> Result<Option<Case>, StoreError> {
        self.store.claim_picked(pick, agent, lease)
    }

    fn claim(&self, id: &CaseId, agent: &AgentId, lease: Duration) -> Result<Option<Case>, StoreError> {
        self.store.claim(id, agent, lease)
    }

    fn renew(&self, id: &CaseId, token: &ClaimToken, lease: Duration) -> Result<Option<Claim>, StoreError> {
        self.store.renew(id, token, lease)
    }

    fn due(&self, before: Timestamp, limit: usize) -> Result<Vec<Case>, StoreError> {
        self.store.due(before, limit)
    }

    fn journal(&self, after: Option<Seq>, limit: usize) -> Result<JournalPage, StoreError> {
        self.store.journal(after, limit)
    }

    fn erase(&self, citizen: &CitizenId) -> Result<Erasure, StoreError> {
        self.store.erase(citizen)
    }

    fn prune(&self, before: Timestamp, limit: usize) -> Result<Pruning, StoreError> {
        self.store.prune(before, limit)
    }
}

#[test]
fn a_provisional_due_time_that_passes_is_no_breach_and_the_calendar_is_called_for() {
    let (store, clock, desk) = office("2026-10-31T10:00");
    assert_eq!(desk.sweep(at("2026-10-31T10:00")).unwrap().calendar_ends, None);
    clock.set(at("2026-11-01T10:00"));
    let ends = desk.sweep(at("2026-11-01T10:00")).unwrap().calendar_ends.unwrap();
    assert_eq!((ends.last, ends.days_left), (date(2026, 12, 31), 60));

    let case = open(&*store, "A", "2026-12-31T10:00");
    assert!(case.deadlines[0].due.is_provisional());
    clock.set(at("2027-01-05T10:00"));
    let sweep = desk.sweep(at("2027-01-05T10:00")).unwrap();
    let kinds: Vec<_> = sweep
        .crossings
        .iter()
        .map(|crossing| (crossing.clock, crossing.alarm.kind))
        .collect();
    assert!(kinds.contains(&(ClockKind::FirstReply, AlarmKind::NotCovered)));
    let office = |clock| matches!(clock, ClockKind::FirstReply | ClockKind::Resolution);
    assert!(
        !kinds
            .iter()
            .any(|(clock, kind)| office(*clock) && *kind == AlarmKind::Breach)
    );
}

#[test]
fn a_new_calendar_moves_open_cases_with_the_old_time_the_new_one_and_the_reason() {
    let (store, clock, old) = office("2026-11-24T10:00");
    open(&*store, "A", "2026-11-24T10:00");
    let done = open(&*store, "B", "2026-11-24T10:00");
    let eve = AgentId::new("eve");
    let claim = old.claim(&done.id, &eve).unwrap().unwrap().claim.unwrap();
    old.answer(&done.id, &eve, &claim.token, "办好了").unwrap();

    // A notice in the middle of the year: the 25th is closed.
    let mut builder = Calendar::builder("Asia/Shanghai").year(2026);
    for day in [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
    ] {
        builder = builder.week(
            day,
            ["09:00-12:00".parse().unwrap(), "13:30-17:30".parse().unwrap()],
        );
    }
    let calendar = builder
        .day(date(2026, 11, 25), DayRule::Closed, "typhoon")
        .build()
        .unwrap();
    let config = DeskConfig {
        rulebook: RulebookVersion::new("v2"),
        ..(*config(calendar)).clone()
    };
    let config = Arc::new(config);
    let new = Desk::new(
        Arc::clone(&store) as Arc<dyn Store>,
        Arc::new(clock.clone()),
        move || Arc::clone(&config),
    );
    let now = at("2026-11-24T11:00");
    let moved = new.recompute_deadlines(now).unwrap();
    assert_eq!(moved.moved, [CaseId::new("A"), CaseId::new("B")]);
    assert!(moved.failed.is_empty());
    let case = new.case(&CaseId::new("A")).unwrap();
    let first = &case.deadlines[0];
    assert_eq!(first.due.instant(), at("2026-11-26T17:30"));
    let change = &first.history.changes[0];
    assert_eq!(
        (change.old.instant(), change.new.instant()),
        (at("2026-11-25T17:30"), at("2026-11-26T17:30"))
    );
    assert_eq!(change.reason, "rulebook v2");
    let told = new.explain_due(&case.id).unwrap();
    assert!(told[0].1.iter().any(|line| line.contains("typhoon")), "{told:?}");
    assert!(
        told[0].1.iter().any(|line| line.contains("rulebook v2")),
        "{told:?}"
    );
    // What was kept stays as it was kept.
    let done = new.case(&done.id).unwrap();
    assert_eq!(done.deadlines[0].due.instant(), at("2026-11-25T17:30"));

    let again = new.recompute_deadlines(now).unwrap();
    assert_eq!((again.moved.len(), again.more), (0, false));
}

#[test]
fn a_policy_that_warns_otherwise_reaches_open_cases() {
    let (store, clock, _) = office("2026-11-24T10:00");
    let before = open(&*store, "A", "2026-11-24T10:00");
    let mut config = (*config(calendar_shipped::calendar())).clone();
    for policy in config.policies.values_mut() {
        policy.clocks[0].warn = vec![Warn::Before(amount(3, Unit::WorkingHours))];
    }
    let config = Arc::new(config);
    let desk = Desk::new(
        Arc::clone(&store) as Arc<dyn Store>,
        Arc::new(clock.clone()),
        move || Arc::clone(&config),
    );
    let now = at("2026-11-24T11:00");
    assert_eq!(desk.recompute_deadlines(now).unwrap().moved, [CaseId::new("A")]);
    assert_eq!(desk.recompute_deadlines(now).unwrap().moved, []);
    let after = desk.case(&before.id).unwrap();
    assert_eq!(after.deadlines[0].due, before.deadlines[0].due);
    clock.set(at("2026-11-25T14:30"));
    let sweep = desk.sweep(at("2026-11-25T14:30")).unwrap();
    assert_eq!(
        names(&sweep),
        [("A", ClockKind::FirstReply, AlarmKind::Warning(0))]
    );
}

#[test]
fn while_the_citizen_is_asked_nothing_is_raised_and_the_time_is_given_back() {
    let (store, clock, desk) = office("2026-11-24T10:00");
    let case = open(&*store, "A", "2026-11-24T10:00");
    let (eve, id) = (AgentId::new("eve"), &case.id);
    let claim = desk.claim(id, &eve).unwrap().unwrap().claim.unwrap();
    let asked = desk.ask(id, &eve, &claim.token, "是哪一栋楼?").unwrap();
    assert_eq!((asked.state, asked.claim), (State::AwaitingCitizen, None));
    let paused =
        |case: &Case, place: usize| matches!(case.deadlines[place].status, DeadlineStatus::Paused { .. });
    let asked = desk.case(id).unwrap();
    // The channel's window closes all the same.
    assert!(paused(&asked, 0) && paused(&asked, 1) && !paused(&asked, 2));
    clock.set(at("2026-11-27T10:00"));
    let sweep = desk.sweep(at("2026-11-27T10:00")).unwrap();
    assert_eq!(names(&sweep), [("A", ClockKind::Delivery, AlarmKind::Breach)]);

    let wrote = desk.write(id, "3栋", at("2026-11-27T10:00")).unwrap();
    assert_eq!(wrote.state, State::Waiting);
    assert_eq!(wrote.transcript.len(), 2);
    assert!(matches!(&wrote.transcript[1], TranscriptEntry::ByCitizen { text, .. } if text == "3栋"));
    // It stood still for two working days and an hour: the day of the arrival does not count, so nothing of it is given back.
    assert_eq!(wrote.deadlines[0].due.instant(), at("2026-11-30T10:00"));
    // Their words open the window anew.
    assert_eq!(wrote.deadlines[2].due.instant(), at("2026-11-29T10:00"));
    // And words on a case that waits change its place in no other way.
    let more = desk.write(id, "是六楼", at("2026-11-27T11:00")).unwrap();
    assert_eq!((more.state, more.transcript.len()), (State::Waiting, 3));
    assert_eq!(more.deadlines[0].due, wrote.deadlines[0].due);
}

#[test]
fn an_answer_settles_its_clocks_and_starts_the_visit_back() {
    let (store, _, desk) = office("2026-11-24T10:00");
    let case = open(&*store, "A", "2026-11-24T10:00");
    let (eve, id) = (AgentId::new("eve"), &case.id);
    let claim = desk.claim(id, &eve).unwrap().unwrap().claim.unwrap();
    desk.promise(id, &eve, &claim.token, at("2026-11-24T12:00"))
        .unwrap();
    let answered = desk.answer(id, &eve, &claim.token, "已修好").unwrap();
    let status = |case: &Case, clock| {
        let mut same = case.deadlines.iter().filter(|deadline| deadline.clock == clock);
        same.next().map(|deadline| deadline.status.is_open())
    };
    for clock in [ClockKind::FirstReply, ClockKind::Promise, ClockKind::Delivery] {
        assert_eq!(status(&answered, clock), Some(false), "{clock}");
    }
    for clock in [ClockKind::Resolution, ClockKind::SatisfactionCheck] {
        assert_eq!(status(&answered, clock), Some(true), "{clock}");
    }
    let closed = desk.close(id, &eve).unwrap();
    assert!(
        closed
            .deadlines
            .iter()
            .all(|deadline| matches!(deadline.status, DeadlineStatus::Done { .. }))
    );
    assert_eq!(store.alarms(at("2026-12-31T10:00"), 10).unwrap(), []);
}

#[test]
fn more_time_is_granted_within_the_policy_and_a_reset_only_with_permission_and_reason() {
    let (store, clock, desk) = office("2026-11-24T10:00");
    let case = open(&*store, "A", "2026-11-24T10:00");
    let (eve, id) = (AgentId::new("eve"), &case.id);
    let claim = desk.claim(id, &eve).unwrap().unwrap().claim.unwrap();
    let more = |clock, days, reason: &str| MoreTime {
        clock,
        amount: amount(days, Unit::WorkingDays),
        reason: reason.to_owned(),
        approver: "chief".into(),
    };
    let refused = |result: Result<Case, DeskError>| match result {
        Err(DeskError::Refused(refused)) => refused,
        other => panic!("{other:?}"),
    };
    let extend = |more| desk.extend(id, &eve, &claim.token, more);
    let no_reason = refused(extend(more(ClockKind::Resolution, 2, " ")));
    assert_eq!(no_reason, CommandError::Clock(DeadlineError::NoReason));
    let none = refused(extend(more(ClockKind::SatisfactionCheck, 2, "a visit")));
    assert_eq!(none, CommandError::NoClock(ClockKind::SatisfactionCheck));
    let before = case.deadlines[1].due.instant();
    let after = extend(more(ClockKind::Resolution, 2, "a visit")).unwrap();
    assert_eq!(before, at("2026-12-01T17:30"));
    assert_eq!(after.deadlines[1].due.instant(), at("2026-12-03T17:30"));
    assert_eq!(after.deadlines[0], case.deadlines[0]);
    let again = refused(extend(more(ClockKind::Resolution, 1, "another")));
    assert_eq!(again, CommandError::Clock(DeadlineError::NoFurtherExtension(1)));

    let wish = |permitted, reason: &str| Reset {
        at: at("2026-11-24T10:00"),
        by: "chief".into(),
        permitted,
        reason: reason.to_owned(),
    };
    let reset = |wish| desk.reset(id, ClockKind::Resolution, wish);
    assert_eq!(
        refused(reset(wish(false, "wrong office"))),
        CommandError::Clock(DeadlineError::NotPermitted(ClockKind::Resolution))
    );
    assert_eq!(
        refused(reset(wish(true, ""))),
        CommandError::Clock(DeadlineError::NoReason)
    );
    clock.set(at("2026-11-25T10:00"));
    let set = desk
        .reset(
            id,
            ClockKind::Resolution,
            Reset {
                at: at("2026-11-25T10:00"),
                ..wish(true, "wrong office")
            },
        )
        .unwrap();
    let history = &set.deadlines[1].history;
    assert_eq!(
        (history.changes.len(), history.changes[0].by.clone()),
        (1, Some("chief".into()))
    );
    assert_eq!(set.deadlines[1].due.instant(), at("2026-12-02T17:30"));

    // Giving the case to somebody else moves nothing.
    desk.release(id, &eve, &claim.token).unwrap();
    let taken = desk.claim(id, &AgentId::new("bob")).unwrap().unwrap();
    assert_eq!(taken.deadlines, set.deadlines);
}

#[test]
fn a_sweep_a_day_late_raises_everything_in_its_order() {
    let (store, clock, desk) = office("2026-11-30T10:00");
    open(&*store, "B", "2026-11-24T10:00");
    open(&*store, "A", "2026-11-25T10:00");
    let sweep = desk
        .sweep(at("2026-11-30T10:00").checked_add(1.minute()).unwrap())
        .unwrap();
    clock.set(at("2026-11-30T10:01"));
    assert_eq!(
        names(&sweep),
        [
            ("B", ClockKind::FirstReply, AlarmKind::Warning(0)),
            ("B", ClockKind::FirstReply, AlarmKind::Breach),
            ("B", ClockKind::Delivery, AlarmKind::Breach),
            ("A", ClockKind::FirstReply, AlarmKind::Warning(0)),
            ("A", ClockKind::FirstReply, AlarmKind::Breach),
            ("A", ClockKind::Delivery, AlarmKind::Breach),
        ]
    );
}
