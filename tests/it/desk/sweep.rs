//! The sweep: each crossing is reported once, durably, under any clocks and with several nodes; and
//! deadlines under the desk's commands.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use civic_reply::case::{
    AlarmKind, Amount, Case, CaseId, Claim, ClaimToken, ClockKind, CountsFrom, DeadlineStatus, Event,
    Priority, Starts, State, TimeLimit, TranscriptEntry, Unit, Warn,
};
use civic_reply::desk::{Crossing, Desk, DeskError, MoreTime, SweepReport};
use civic_reply::message::{AccountId, AgentId, CitizenId, Conversation, MessageKey, RulebookVersion};
use civic_reply::reply::Handled;
use civic_reply::store::contract::sample;
use civic_reply::store::{
    CaseFilter, CasePage, ChangeSet, ClaimQuery, Erasure, JournalPage, Pruning, QueueCount, Seq, Store,
};
use civic_reply::time::{Calendar, DayRule, DeadlineError, ExtensionRule, Policy, Reset, deadline};
use civic_reply::workflow::CommandError;
use civic_reply::workflow::DeskConfig;
use civic_reply::{ManualClock, MemoryStore, SqliteStore, StoreError};
use jiff::civil::{Weekday, date};
use jiff::{Timestamp, ToSpan as _};

use crate::support::shipped_calendar;

/// A time on the wall clock of the shipped calendar.
fn at(text: &str) -> Timestamp {
    format!("{text}+08:00").parse().unwrap()
}

fn amount(count: u32, unit: Unit) -> Amount {
    Amount::new(count, unit).unwrap()
}

/// A first reply on the next working day, with a warning two working hours before; a resolution in five
/// working days; a channel window of 48 hours; a satisfaction check two working days after the answer.
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
    let config = config(shipped_calendar::calendar());
    Desk::new(store, Arc::new(clock.clone()), move || Arc::clone(&config))
}

/// A memory store, its clock, and a desk on both.
fn office(now: &str) -> (Arc<MemoryStore>, ManualClock, Desk) {
    let clock = ManualClock::new(at(now));
    let store = Arc::new(MemoryStore::with_clock(Arc::new(clock.clone())));
    let desk = desk(Arc::clone(&store) as Arc<dyn Store>, &clock);
    (store, clock, desk)
}

/// Opens a case that arrived at `received`, with the policy's clocks for a new message.
fn open(store: &dyn Store, id: &str, received: &str) -> Case {
    let mut case = sample::case(id, "ann", Priority::Normal, 0);
    case.arrived = at(received);
    let clocks = [ClockKind::FirstReply, ClockKind::Resolution, ClockKind::Delivery];
    let calendar = shipped_calendar::calendar();
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
fn a_warning_and_a_breach_are_each_reported_once() {
    let (store, clock, desk) = office("2026-11-24T10:00");
    open(&*store, "A", "2026-11-24T10:00");
    let sweep = |now: &str| {
        clock.set(at(now));
        desk.sweep(at(now)).unwrap()
    };
    // Due on the 25th at 17:30; the warning is two working hours before.
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
fn reported_alarms_are_in_the_journal_and_survive_a_restart() {
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
fn a_node_clock_an_hour_back_or_a_day_ahead_raises_nothing_early_or_twice() {
    let (store, clock, desk) = office("2026-11-25T17:00");
    open(&*store, "A", "2026-11-24T10:00");
    // The sweeping node's clock is a day ahead; the store's is not.
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
fn commands_and_recomputing_under_a_stepping_clock_raise_nothing_early_or_twice() {
    let (store, clock, desk) = office("2026-11-24T10:30");
    let case = open(&*store, "A", "2026-11-24T10:00");
    let (eve, id) = (AgentId::new("eve"), &case.id);
    let claim = desk.claim(id, &eve).unwrap().unwrap().claim.clone().unwrap();
    desk.claimed(id, &eve, &claim.token)
        .and_then(|case| case.promise(at("2026-11-25T12:00")))
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
    desk.claimed(id, &eve, &claim.token)
        .and_then(|case| case.extend(more))
        .unwrap();
    desk.write(id, "还有一件事", at("2026-11-25T11:00")).unwrap();
    assert_eq!(
        desk.recompute_deadlines(at("2026-11-25T11:00")).unwrap().moved,
        []
    );
    assert_eq!(names(&desk.sweep(at("2026-11-25T11:00")).unwrap()), []);
    // The node's clock is a day ahead, the store's is not: the first reply is not due yet.
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
fn two_nodes_sweeping_at_once_report_each_crossing_once() {
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
fn one_case_that_cannot_be_committed_blocks_no_other() {
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
fn a_failing_store_ends_the_sweep_and_the_next_sweep_continues() {
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
    assert_eq!(sweep.failed.len(), 99, "only one page was tried");

    let sweep = well.sweep(at("2026-11-26T09:00")).unwrap();
    assert_eq!((sweep.crossings.len(), sweep.failed.len()), (2 * 450, 0));
    assert!(sweep.ended.is_none());
}

/// The case id that stands for a store that accepts no commit at all, as on a full disk.
const EVERY_CASE: &str = "every case";

/// A store that rejects commits of one case.
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
fn a_passed_provisional_due_time_is_no_breach_and_the_missing_calendar_is_reported() {
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
fn a_new_calendar_moves_open_cases_and_records_old_time_new_time_and_reason() {
    let (store, clock, old) = office("2026-11-24T10:00");
    open(&*store, "A", "2026-11-24T10:00");
    let done = open(&*store, "B", "2026-11-24T10:00");
    let eve = AgentId::new("eve");
    let claim = old.claim(&done.id, &eve).unwrap().unwrap().claim.clone().unwrap();
    old.claimed(&done.id, &eve, &claim.token)
        .and_then(|case| case.answer("办好了"))
        .unwrap();

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
    // A met deadline stays as it was.
    let done = new.case(&done.id).unwrap();
    assert_eq!(done.deadlines[0].due.instant(), at("2026-11-25T17:30"));

    let again = new.recompute_deadlines(now).unwrap();
    assert_eq!((again.moved.len(), again.more), (0, false));
}

#[test]
fn a_policy_with_other_warnings_applies_to_open_cases() {
    let (store, clock, _) = office("2026-11-24T10:00");
    let before = open(&*store, "A", "2026-11-24T10:00");
    let mut config = (*config(shipped_calendar::calendar())).clone();
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
fn while_a_question_is_open_no_alarm_is_raised_and_the_time_is_given_back() {
    let (store, clock, desk) = office("2026-11-24T10:00");
    let case = open(&*store, "A", "2026-11-24T10:00");
    let (eve, id) = (AgentId::new("eve"), &case.id);
    let claim = desk.claim(id, &eve).unwrap().unwrap().claim.clone().unwrap();
    let asked = desk
        .claimed(id, &eve, &claim.token)
        .and_then(|case| case.ask("是哪一栋楼?"))
        .unwrap();
    assert_eq!((asked.state, asked.claim), (State::AwaitingCitizen, None));
    let paused =
        |case: &Case, place: usize| matches!(case.deadlines[place].status, DeadlineStatus::Paused { .. });
    let asked = desk.case(id).unwrap();
    // The channel's window closes anyway.
    assert!(paused(&asked, 0) && paused(&asked, 1) && !paused(&asked, 2));
    clock.set(at("2026-11-27T10:00"));
    let sweep = desk.sweep(at("2026-11-27T10:00")).unwrap();
    assert_eq!(names(&sweep), [("A", ClockKind::Delivery, AlarmKind::Breach)]);

    let wrote = desk.write(id, "3栋", at("2026-11-27T10:00")).unwrap();
    assert_eq!(wrote.state, State::Waiting);
    assert_eq!(wrote.transcript.len(), 2);
    assert!(matches!(&wrote.transcript[1], TranscriptEntry::ByCitizen { text, .. } if text == "3栋"));
    // The clock was paused for two working days and an hour; the day of arrival does not count, so none of
    // it is given back.
    assert_eq!(wrote.deadlines[0].due.instant(), at("2026-11-30T10:00"));
    // The citizen's message reopens the window.
    assert_eq!(wrote.deadlines[2].due.instant(), at("2026-11-29T10:00"));
    // A message on a waiting case does not change its place in the queue otherwise.
    let more = desk.write(id, "是六楼", at("2026-11-27T11:00")).unwrap();
    assert_eq!((more.state, more.transcript.len()), (State::Waiting, 3));
    assert_eq!(more.deadlines[0].due, wrote.deadlines[0].due);
}

#[test]
fn an_answer_ends_its_clocks_and_starts_the_satisfaction_check() {
    let (store, _, desk) = office("2026-11-24T10:00");
    let case = open(&*store, "A", "2026-11-24T10:00");
    let (eve, id) = (AgentId::new("eve"), &case.id);
    let claim = desk.claim(id, &eve).unwrap().unwrap().claim.clone().unwrap();
    desk.claimed(id, &eve, &claim.token)
        .and_then(|case| case.promise(at("2026-11-24T12:00")))
        .unwrap();
    let answered = desk
        .claimed(id, &eve, &claim.token)
        .and_then(|case| case.answer("已修好"))
        .unwrap();
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
fn extensions_stay_within_the_policy_and_a_reset_needs_permission_and_a_reason() {
    let (store, clock, desk) = office("2026-11-24T10:00");
    let case = open(&*store, "A", "2026-11-24T10:00");
    let (eve, id) = (AgentId::new("eve"), &case.id);
    let claim = desk.claim(id, &eve).unwrap().unwrap().claim.clone().unwrap();
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
    let extend = |more| {
        desk.claimed(id, &eve, &claim.token)
            .and_then(|case| case.extend(more))
    };
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
    desk.claimed(id, &eve, &claim.token)
        .and_then(|case| case.release())
        .unwrap();
    let taken = desk.claim(id, "bob").unwrap().unwrap();
    assert_eq!(taken.deadlines, set.deadlines);
}

#[test]
fn a_sweep_a_day_late_raises_all_alarms_in_order() {
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
