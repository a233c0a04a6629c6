//! Cases that are reopened: what was kept stays kept, and the new clocks raise nothing of the past.

use std::collections::BTreeSet;
use std::sync::Arc;

use civic_reply::Case;
use civic_reply::case::{
    AlarmKind, Author, ClockKind, Deadline, DeadlineStatus, Ending, Event, Priority, Starts, TimeLimit, Unit,
    Warn,
};
use civic_reply::desk::{Desk, Transfer};
use civic_reply::message::RulebookVersion;
use civic_reply::reply::LetterConfig;
use civic_reply::store::Store;
use civic_reply::store::contract::sample;
use civic_reply::time::{Calendar, DayRule, Policy, deadline};
use civic_reply::workflow::DeskConfig;
use civic_reply::{ManualClock, MemoryStore};
use jiff::Timestamp;
use jiff::civil::date;

use super::{amount, at, names, policy};
use crate::support::shipped_calendar;

/// The sweeps' policy with a warning after half the time of the whole matter.
fn warning_policy() -> Policy {
    let mut policy = policy();
    policy.clocks[0].warn = vec![Warn::Share(50), Warn::Before(amount(2, Unit::WorkingHours))];
    policy.clocks[1].warn = vec![Warn::Share(50)];
    policy
}

fn on(store: &Arc<MemoryStore>, clock: &ManualClock, calendar: Calendar, policy: Policy) -> Desk {
    let config = Arc::new(DeskConfig {
        rulebook: RulebookVersion::new("v2"),
        calendar,
        policies: [(policy.id.clone(), policy)].into(),
        letters: LetterConfig::default(),
        canned_replies: Default::default(),
        department_names: Default::default(),
        departments: BTreeSet::new(),
        themes: BTreeSet::new(),
    });
    let store = Arc::clone(store) as Arc<dyn Store>;
    Desk::new(store, Arc::new(clock.clone()), move || Arc::clone(&config))
}

struct Story {
    store: Arc<MemoryStore>,
    clock: ManualClock,
    desk: Desk,
    case: Case,
}

impl Story {
    /// A case that arrived on a Monday at ten and is answered at this time.
    fn answered(at_: &str) -> Self {
        Self::under(warning_policy(), at_)
    }

    fn under(policy: Policy, answered: &str) -> Self {
        let arrived = "2026-11-09T10:00";
        let clock = ManualClock::new(at(arrived));
        let store = Arc::new(MemoryStore::with_clock(Arc::new(clock.clone())));
        let calendar = shipped_calendar::calendar();
        let mut case = sample::case("A", "ann", Priority::Normal, 0);
        case.arrived = at(arrived);
        let at_arrival = [Starts::Received, Starts::LastMessage];
        let limits = policy.clocks.iter();
        let limits = limits.filter(|limit| at_arrival.contains(&limit.starts));
        let clocks = limits.filter_map(|limit| deadline(&calendar, &policy, limit.clock, case.arrived));
        case.deadlines = clocks.collect();
        store.commit(sample::opening(&case)).unwrap();
        let desk = on(&store, &clock, calendar, policy);
        clock.set(at(answered));
        let held = desk.claim(&case.id, "eve").unwrap().unwrap();
        let case = held.answer("the lamp is repaired").unwrap();
        Self {
            store,
            clock,
            desk,
            case,
        }
    }

    fn confirmed(self, at_: &str) -> Self {
        self.clock.set(at(at_));
        let closed = self
            .desk
            .close_as(&self.case.id, &Author::Citizen, Ending::Solved);
        closed.unwrap();
        self
    }

    fn reopened(&self, at_: &str, since: Timestamp) -> Case {
        self.clock.set(at(at_));
        let reason = "it is dark again";
        let reopened = self.desk.reopen(&self.case.id, &Author::Citizen, reason, since);
        reopened.unwrap()
    }

    fn sweep(&self, at_: &str) -> Vec<(ClockKind, AlarmKind)> {
        self.clock.set(at(at_));
        let sweep = self.desk.sweep(at(at_)).unwrap();
        let names = names(&sweep);
        names.into_iter().map(|(_, clock, kind)| (clock, kind)).collect()
    }

    fn now(&self) -> Case {
        self.desk.case(&self.case.id).unwrap()
    }

    /// Asserts that no clock that is done broke, and that the journal gives the case.
    fn assert_kept(&self) {
        let case = self.now();
        let done = |deadline: &&Deadline| matches!(deadline.status, DeadlineStatus::Done { .. });
        let broken = case.deadlines.iter().filter(done).find(|kept| kept.is_breached());
        assert_eq!(broken, None);
        let records = self.store.journal(None, 1000).unwrap().records;
        let mut events = records.iter().map(|(_, record)| &record.event);
        let Some(Event::Opened { case: opened }) = events.next() else {
            panic!()
        };
        assert_eq!(events.fold((**opened).clone(), Case::apply), case);
    }
}

fn running(case: &Case, clock: ClockKind) -> &Deadline {
    let mut open = case.deadlines.iter().filter(|deadline| deadline.status.is_open());
    open.find(|deadline| deadline.clock == clock).unwrap()
}

#[test]
fn a_matter_reopened_after_two_weeks_breaks_nothing_and_counts_from_the_reopening() {
    for from_arrival in [true, false] {
        let story = Story::answered("2026-11-09T15:00").confirmed("2026-11-10T09:00");
        let since = match from_arrival {
            true => story.case.arrived,
            false => at("2026-11-24T11:00"),
        };
        let case = story.reopened("2026-11-24T11:00", since);
        assert_eq!(story.sweep("2026-11-24T11:00"), []);
        let due = |clock| running(&case, clock).due.instant();
        assert_eq!(due(ClockKind::FirstReply), at("2026-11-25T17:30"));
        assert_eq!(due(ClockKind::Resolution), at("2026-12-01T17:30"));
        // Only the new clocks are warned of and break.
        let first = |kind| (ClockKind::FirstReply, kind);
        assert_eq!(story.sweep("2026-11-25T14:00"), [first(AlarmKind::Warning(0))]);
        assert_eq!(story.sweep("2026-11-25T15:30"), [first(AlarmKind::Warning(1))]);
        assert_eq!(story.sweep("2026-11-25T17:30"), [first(AlarmKind::Breach)]);
        assert!(running(&story.now(), ClockKind::FirstReply).is_breached());
        story.assert_kept();
    }
}

#[test]
fn a_clock_kept_on_the_same_day_stays_kept_though_the_new_one_is_due_at_the_same_time() {
    let story = Story::answered("2026-11-09T11:00");
    let case = story.reopened("2026-11-09T15:00", at("2026-11-09T15:00"));
    let due = running(&case, ClockKind::FirstReply).due.instant();
    assert_eq!(due, story.case.deadlines[0].due.instant());
    story.sweep("2026-11-10T17:30");
    assert!(running(&story.now(), ClockKind::FirstReply).is_breached());
    story.assert_kept();
}

#[test]
fn an_answer_that_settles_nothing_gains_no_time_and_warns_only_of_what_is_to_come() {
    // Half of the time of the whole matter has passed without a sweep.
    let story = Story::answered("2026-11-09T15:00");
    let case = story.reopened("2026-11-13T10:00", story.case.arrived);
    let resolution = running(&case, ClockKind::Resolution);
    assert_eq!(resolution.due.instant(), at("2026-11-16T17:30"));
    assert_eq!(
        running(&case, ClockKind::FirstReply).due.instant(),
        at("2026-11-16T17:30")
    );
    assert_eq!(story.sweep("2026-11-13T10:00"), []);
    let explained = story.desk.explain_due(&case.id).unwrap();
    let explained: Vec<&String> = explained.iter().flat_map(|(_, lines)| lines).collect();
    let says = |text: &str| explained.iter().any(|line| line.contains(text));
    assert!(
        says("2026-11-13 10:00 Asia/Shanghai: reopened, counted on from before"),
        "{explained:?}"
    );
    assert!(
        says("2026-11-13 10:00 Asia/Shanghai: reopened, counted from here"),
        "{explained:?}"
    );

    // With the reopening as the start, the whole matter begins anew.
    let story = Story::answered("2026-11-09T15:00");
    let case = story.reopened("2026-11-13T10:00", at("2026-11-13T10:00"));
    let resolution = running(&case, ClockKind::Resolution);
    assert_eq!(resolution.due.instant(), at("2026-11-20T17:30"));
    story.assert_kept();
}

#[test]
fn a_time_that_ran_out_before_the_reopening_is_not_raised_after_it() {
    // The answer was never confirmed, and no sweep ran.
    let story = Story::answered("2026-11-09T15:00");
    let case = story.reopened("2026-11-24T11:00", story.case.arrived);
    let resolution = running(&case, ClockKind::Resolution);
    assert_eq!(resolution.due.instant(), at("2026-12-01T17:30"));
    assert_eq!(story.sweep("2026-11-24T11:00"), []);
    story.assert_kept();
}

#[test]
fn no_new_calendar_or_policy_raises_a_time_before_the_reopening() {
    let story = Story::answered("2026-11-09T15:00");
    story.reopened("2026-11-13T10:00", story.case.arrived);
    // The new policy gives the whole matter three days: they were over before the reopening.
    let mut shorter = warning_policy();
    shorter.clocks[1] = TimeLimit {
        warn: vec![Warn::Share(10)],
        ..TimeLimit::new(ClockKind::Resolution, amount(3, Unit::WorkingDays))
    };
    let desk = on(&story.store, &story.clock, shipped_calendar::calendar(), shorter);
    desk.recompute_deadlines(at("2026-11-13T10:30")).unwrap();
    assert_eq!(story.sweep("2026-11-13T10:30"), []);
    let resolution = running(&story.now(), ClockKind::Resolution).clone();
    assert_eq!(resolution.due.instant(), at("2026-11-18T17:30"));

    // A longer one counts from the arrival again.
    let mut longer = warning_policy();
    longer.clocks[1] = TimeLimit {
        warn: vec![Warn::Share(10), Warn::Share(90)],
        ..TimeLimit::new(ClockKind::Resolution, amount(10, Unit::WorkingDays))
    };
    let story = Story::answered("2026-11-09T15:00");
    story.reopened("2026-11-13T10:00", story.case.arrived);
    let calendar = Calendar::builder("Asia/Shanghai").year(2026);
    let mut calendar = calendar.day(date(2026, 11, 20), DayRule::Closed, "typhoon");
    for day in jiff::civil::Weekday::Monday.cycle_forward().take(5) {
        let hours = ["09:00-12:00".parse().unwrap(), "13:30-17:30".parse().unwrap()];
        calendar = calendar.week(day, hours);
    }
    let desk = on(&story.store, &story.clock, calendar.build().unwrap(), longer);
    let moved = desk.recompute_deadlines(at("2026-11-13T10:30")).unwrap();
    assert_eq!(moved.moved.len(), 1);
    let resolution = running(&story.now(), ClockKind::Resolution).clone();
    assert_eq!(resolution.due.instant(), at("2026-11-24T17:30"));
    assert_eq!(story.sweep("2026-11-13T10:30"), []);
    story.assert_kept();
}

#[test]
fn a_transfer_after_a_reopening_gives_no_new_time_and_raises_nothing() {
    // The time for the whole matter starts when a department accepts.
    let mut accepting = warning_policy();
    accepting.clocks[1].starts = Starts::Accepted;
    let story = Story::under(accepting, "2026-11-09T15:00").confirmed("2026-11-10T09:00");
    story.reopened("2026-11-24T11:00", story.case.arrived);
    let held = story.desk.claim(&story.case.id, "eve").unwrap().unwrap();
    let offer = Transfer {
        to: "fund".into(),
        theme: None,
        reason: "theirs".to_owned(),
        complex: false,
    };
    held.transfer(offer).unwrap();
    story.clock.set(at("2026-11-24T16:00"));
    let before = story.now();
    let after = story.desk.accept(&story.case.id, "fay").unwrap();
    assert_eq!(after.deadlines, before.deadlines);
    assert_eq!(story.sweep("2026-11-24T16:00"), []);
    story.assert_kept();
}

#[test]
fn a_matter_reopened_twice_keeps_both_answers() {
    let story = Story::answered("2026-11-09T15:00").confirmed("2026-11-10T09:00");
    story.reopened("2026-11-16T10:00", story.case.arrived);
    let held = story.desk.claim(&story.case.id, "eve").unwrap().unwrap();
    held.answer("repaired once more").unwrap();
    let story = story.confirmed("2026-11-16T12:00");
    story.reopened("2026-11-30T10:00", story.case.arrived);
    assert_eq!(story.sweep("2026-11-30T10:00"), []);
    let case = story.now();
    let firsts = case.deadlines.iter();
    let firsts = firsts.filter(|deadline| deadline.clock == ClockKind::FirstReply);
    assert_eq!(firsts.count(), 3);
    story.assert_kept();
}
