//! Danger is owed in minutes of the clock, on every way on which a case gets a time.

use std::collections::BTreeSet;
use std::sync::Arc;

use civic_reply::case::{
    AlarmKind, Amount, Case, ClockKind, CountsFrom, Event, LetterKind, Priority, TimeLimit, Unit, Warn,
};
use civic_reply::desk::{Desk, Matter, Transfer};
use civic_reply::message::{PolicyId, RulebookVersion};
use civic_reply::reply::{LetterConfig, LetterTemplates};
use civic_reply::store::Store;
use civic_reply::store::contract::sample;
use civic_reply::time::{Policy, deadline};
use civic_reply::workflow::DeskConfig;
use civic_reply::{ManualClock, MemoryStore};
use jiff::{SignedDuration, Timestamp};

use crate::support::shipped_calendar;

/// A Friday evening, hours after the office has closed.
const FRIDAY: &str = "2026-11-27T20:00+08:00";

fn friday() -> Timestamp {
    FRIDAY.parse().unwrap()
}

fn after(minutes: i64) -> Timestamp {
    friday() + SignedDuration::from_mins(minutes)
}

/// A first reply in 20 minutes of the clock, and nothing else.
fn twenty_minutes() -> Policy {
    let twenty = Amount::new(20, Unit::Minutes).unwrap();
    Policy {
        id: PolicyId::new("twenty-minutes"),
        urgent: true,
        clocks: vec![TimeLimit {
            counts_from: CountsFrom::SameDay,
            warn: vec![Warn::Share(50)],
            ..TimeLimit::new(ClockKind::FirstReply, twenty)
        }],
        ..Policy::next_working_day()
    }
}

struct Night {
    desk: Desk,
    store: Arc<MemoryStore>,
    clock: ManualClock,
}

impl Night {
    /// A desk with these policies on a Friday evening.
    fn new(policies: &[Policy], letters: LetterConfig) -> Self {
        let clock = ManualClock::new(friday());
        let store = Arc::new(MemoryStore::with_clock(Arc::new(clock.clone())));
        let policies = policies.iter().map(|policy| (policy.id.clone(), policy.clone()));
        let config = Arc::new(DeskConfig {
            rulebook: RulebookVersion::new("v1"),
            calendar: shipped_calendar::calendar(),
            policies: policies.collect(),
            letters,
            canned_replies: Default::default(),
            department_names: Default::default(),
            departments: BTreeSet::new(),
            themes: BTreeSet::new(),
        });
        let given = Arc::clone(&store) as Arc<dyn Store>;
        let desk = Desk::new(given, Arc::new(clock.clone()), move || Arc::clone(&config));
        Self { desk, store, clock }
    }

    /// A case that arrives now, owed under this policy.
    fn arrives(&self, id: &str, priority: Priority, policy: &Policy) -> Case {
        let mut case = sample::case(id, "ann", priority, 0);
        case.arrived = friday();
        let calendar = shipped_calendar::calendar();
        let first = deadline(&calendar, policy, ClockKind::FirstReply, case.arrived);
        case.deadlines = first.into_iter().collect();
        self.store.commit(sample::opening(&case)).unwrap();
        case
    }

    fn answered(&self, case: &Case) {
        let held = self.desk.claim(&case.id, "eve").unwrap().unwrap();
        held.answer("we are on our way").unwrap();
    }

    fn sweep(&self, at: Timestamp) -> Vec<(ClockKind, AlarmKind)> {
        self.clock.set(at);
        let sweep = self.desk.sweep(at).unwrap();
        let alarms = sweep.crossings.iter();
        alarms
            .map(|crossing| (crossing.clock, crossing.alarm.kind))
            .collect()
    }
}

/// The due time of the open first reply.
fn due(case: &Case) -> Timestamp {
    let mut open = case.deadlines.iter().filter(|deadline| deadline.status.is_open());
    let first = open.find(|deadline| deadline.clock == ClockKind::FirstReply);
    first.unwrap().due.instant()
}

#[test]
fn alarms_of_danger_are_raised_at_night() {
    let night = Night::new(&[twenty_minutes()], LetterConfig::default());
    night.arrives("A", Priority::Urgent, &twenty_minutes());
    night.arrives("B", Priority::Normal, &Policy::next_working_day());
    assert_eq!(night.sweep(after(9)), []);
    assert_eq!(
        night.sweep(after(10)),
        [(ClockKind::FirstReply, AlarmKind::Warning(0))]
    );
    assert_eq!(
        night.sweep(after(20)),
        [(ClockKind::FirstReply, AlarmKind::Breach)]
    );
}

#[test]
fn a_reopened_danger_without_its_policy_is_due_in_half_an_hour_and_an_ordinary_matter_on_monday() {
    // The rulebook no longer has the policy of the cases.
    let night = Night::new(&[], LetterConfig::default());
    for (id, priority, wanted) in [
        ("A", Priority::Urgent, after(90)),
        ("B", Priority::High, "2026-11-30T17:30+08:00".parse().unwrap()),
    ] {
        let case = night.arrives(id, priority, &twenty_minutes());
        night.answered(&case);
        night.clock.set(after(60));
        let citizen = civic_reply::case::Author::Citizen;
        let again = night
            .desk
            .reopen(&case.id, &citizen, "it smells again", after(60));
        assert_eq!(due(&again.unwrap()), wanted, "{priority:?}");
        night.clock.set(friday());
    }
    let mut raised = night.sweep(after(75));
    raised.extend(night.sweep(after(90)));
    let kinds = [AlarmKind::Warning(0), AlarmKind::Breach];
    assert_eq!(raised, kinds.map(|kind| (ClockKind::FirstReply, kind)));
}

#[test]
fn a_part_of_a_danger_without_an_open_clock_is_due_in_half_an_hour() {
    let night = Night::new(&[twenty_minutes()], LetterConfig::default());
    let mut whole = sample::case("A", "ann", Priority::Urgent, 0);
    whole.deadlines.clear();
    night.store.commit(sample::opening(&whole)).unwrap();
    let matter = Matter {
        text: "the neighbours smell it too".to_owned(),
        department: "fund".into(),
        theme: None,
    };
    let held = night.desk.claim(&whole.id, "eve").unwrap().unwrap();
    let part = held.split(&matter).unwrap();
    assert_eq!(due(&part), after(30));
}

#[test]
fn an_offered_danger_counts_as_accepted_after_half_an_hour_that_night() {
    let night = Night::new(&[twenty_minutes()], LetterConfig::default());
    let offer = || Transfer {
        to: "fund".into(),
        theme: None,
        reason: "theirs".to_owned(),
        complex: false,
    };
    for (id, priority) in [("A", Priority::Urgent), ("B", Priority::Normal)] {
        let case = night.arrives(id, priority, &twenty_minutes());
        let held = night.desk.claim(&case.id, "eve").unwrap().unwrap();
        held.transfer(offer()).unwrap();
    }
    night.clock.set(after(30));
    let sweep = night.desk.sweep(after(30)).unwrap();
    let accepted: Vec<&str> = sweep.accepted.iter().map(|one| one.case.as_str()).collect();
    assert_eq!(accepted, ["A"], "an ordinary offer stands until Monday evening");
}

#[test]
fn a_promise_in_a_danger_is_warned_of_at_night() {
    let minutes = LetterTemplates {
        postpone_minutes: 120,
        ..night_templates()
    };
    let letters = LetterConfig {
        templates: Some(minutes),
        due_format: "%H:%M".to_owned(),
        ..LetterConfig::default()
    };
    let night = Night::new(&[twenty_minutes()], letters);
    let case = night.arrives("A", Priority::Urgent, &twenty_minutes());
    let held = night.desk.claim(&case.id, "eve").unwrap().unwrap();
    held.promise(after(80)).unwrap();
    assert!(
        !night
            .sweep(after(59))
            .iter()
            .any(|(clock, _)| *clock == ClockKind::Promise)
    );
    let warned = night.sweep(after(60));
    assert!(
        warned.contains(&(ClockKind::Promise, AlarmKind::Warning(0))),
        "{warned:?}"
    );
    // The new time is a time of that night too.
    let case = night.desk.case(&case.id).unwrap();
    let mut told = case.handling.contact.letters.iter().rev();
    let told = told.find(|letter| letter.kind == LetterKind::Promise).unwrap();
    assert!(told.text.contains("21:20"), "{}", told.text);
}

fn night_templates() -> LetterTemplates {
    let rulebook = crate::support::shipped::rulebook();
    rulebook.letters.unwrap()
}

#[test]
fn the_journal_of_a_night_replays() {
    let night = Night::new(&[twenty_minutes()], LetterConfig::default());
    let case = night.arrives("A", Priority::Urgent, &twenty_minutes());
    night.sweep(after(20));
    let records = night.store.journal(None, 100).unwrap().records;
    let mut events = records.iter().map(|(_, record)| &record.event);
    let Some(Event::Opened { case: opened }) = events.next() else {
        panic!()
    };
    let replayed = events.fold((**opened).clone(), Case::apply);
    assert_eq!(replayed, night.desk.case(&case.id).unwrap());
}
