//! Waiting for citizens in working time and in hours of the clock.

use std::collections::BTreeSet;
use std::sync::Arc;

use civic_reply::case::{Amount, Case, Priority, State, Unit};
use civic_reply::desk::{Desk, Settlement, SweepReport};
use civic_reply::message::RulebookVersion;
use civic_reply::reply::{LetterConfig, LetterTemplates};
use civic_reply::store::Store;
use civic_reply::store::contract::sample;
use civic_reply::time::Policy;
use civic_reply::workflow::DeskConfig;
use civic_reply::{Clock as _, ManualClock, MemoryStore};
use jiff::{SignedDuration, Timestamp};

use crate::support::shipped::rulebook;
use crate::support::shipped_calendar;

/// The Wednesday before the National Day holiday, which lasts until the next Wednesday; the Saturday after it
/// is a working day.
const WEDNESDAY: &str = "2026-09-30T10:00";

fn at(text: &str) -> Timestamp {
    format!("{text}+08:00").parse().unwrap()
}

fn amount(count: u32, unit: Unit) -> Amount {
    Amount::new(count, unit).unwrap()
}

struct Office {
    desk: Desk,
    clock: ManualClock,
    case: Case,
}

impl Office {
    /// A claimed case on the Wednesday, at a desk with these letters.
    fn with(templates: LetterTemplates, priority: Priority) -> Self {
        let clock = ManualClock::new(at(WEDNESDAY));
        let store = Arc::new(MemoryStore::with_clock(Arc::new(clock.clone())));
        let policy = Policy::next_working_day();
        let config = Arc::new(DeskConfig {
            canned_replies: Default::default(),
            department_names: Default::default(),
            rulebook: RulebookVersion::new("v1"),
            calendar: shipped_calendar::calendar(),
            policies: [(policy.id.clone(), policy)].into(),
            letters: LetterConfig {
                templates: Some(templates),
                ..LetterConfig::default()
            },
            departments: BTreeSet::new(),
            themes: BTreeSet::new(),
        });
        let mut case = sample::case("A", "ann", priority, 0);
        case.arrived = at(WEDNESDAY);
        case.deadlines.clear();
        store.commit(sample::opening(&case)).unwrap();
        let given = Arc::clone(&store) as Arc<dyn Store>;
        let desk = Desk::new(given, Arc::new(clock.clone()), move || Arc::clone(&config));
        Self { desk, clock, case }
    }

    /// The desk of the shipped rulebook.
    fn shipped() -> Self {
        Self::with(shipped(), Priority::Normal)
    }

    fn asks(&self) {
        let held = self.desk.claim(&self.case.id, "eve").unwrap().unwrap();
        held.ask("which house?").unwrap();
        self.deliver();
    }

    fn answers(&self) {
        let held = self.desk.claim(&self.case.id, "eve").unwrap().unwrap();
        held.answer("it is repaired").unwrap();
        self.deliver();
    }

    fn deliver(&self) {
        let outbox = self.desk.outbox();
        for letter in outbox.claim(9, std::time::Duration::from_secs(60)).unwrap() {
            outbox.settle(&letter, Settlement::Delivered).unwrap();
        }
    }

    /// Sweeps every half hour up to this time, and gives the times at which anything was done.
    fn sweeps(&self, until: &str) -> Vec<(Timestamp, SweepReport)> {
        let mut found = Vec::new();
        while self.clock.now() < at(until) {
            self.clock.set(self.clock.now() + SignedDuration::from_mins(30));
            let sweep = self.desk.sweep(self.clock.now()).unwrap();
            let waits = sweep.reminded.len() + sweep.resumed.len() + sweep.lapsed.len();
            if waits > 0 {
                found.push((self.clock.now(), sweep));
            }
        }
        found
    }
}

fn shipped() -> LetterTemplates {
    rulebook().letters.unwrap()
}

#[test]
fn nobody_is_reminded_and_nothing_returns_in_a_holiday_week() {
    let office = Office::shipped();
    office.asks();
    let done = office.sweeps("2026-10-12T17:30");
    let times: Vec<Timestamp> = done.iter().map(|(time, _)| *time).collect();
    assert_eq!(times, [at("2026-10-08T10:00"), at("2026-10-10T10:00")]);
    assert_eq!(done[0].1.reminded.len(), 1);
    assert_eq!(done[1].1.resumed.len(), 1);
}

#[test]
fn no_answer_lapses_in_a_holiday_week() {
    let office = Office::shipped();
    office.answers();
    let done = office.sweeps("2026-10-12T17:30");
    let times: Vec<Timestamp> = done.iter().map(|(time, _)| *time).collect();
    assert_eq!(times, [at("2026-10-10T10:00")]);
    let case = office.desk.case(&office.case.id).unwrap();
    assert_eq!(case.state, State::Closed);
}

#[test]
fn days_end_at_close_of_business_and_hours_of_the_clock_pass_at_night() {
    for (lapse_after, lapses) in [
        (amount(72, Unit::Hours), "2026-10-03T10:00"),
        (amount(90, Unit::Minutes), "2026-09-30T11:30"),
        (amount(2, Unit::CalendarDays), "2026-10-03T00:00"),
        (amount(1, Unit::WorkingDays), "2026-10-08T17:30"),
        (amount(3, Unit::WorkingDays), "2026-10-10T17:30"),
        (amount(390, Unit::WorkingMinutes), "2026-10-08T09:30"),
    ] {
        let templates = LetterTemplates {
            lapse_after,
            ..shipped()
        };
        let office = Office::with(templates, Priority::Normal);
        office.answers();
        let done = office.sweeps("2026-10-12T17:30");
        assert_eq!(done[0].0, at(lapses), "{lapse_after}");
    }
}

#[test]
fn a_reminder_that_would_come_after_the_wait_is_not_sent() {
    let templates = LetterTemplates {
        remind_after: amount(7, Unit::WorkingHours),
        reply_within: amount(48, Unit::Hours),
        ..shipped()
    };
    let office = Office::with(templates, Priority::Normal);
    office.asks();
    let done = office.sweeps("2026-10-12T17:30");
    assert_eq!(done.len(), 1);
    assert_eq!((done[0].0, done[0].1.resumed.len()), (at("2026-10-02T10:00"), 1));
}

#[test]
fn an_emergency_waits_an_hour_of_the_clock_also_on_a_holiday() {
    let office = Office::with(shipped(), Priority::Urgent);
    office.clock.set(at("2026-10-02T22:00"));
    office.asks();
    let done = office.sweeps("2026-10-03T12:00");
    assert_eq!(done[0].0, at("2026-10-02T23:00"));
}

#[test]
fn an_answer_that_arrives_late_in_a_holiday_gets_the_whole_working_time() {
    let office = Office::shipped();
    let held = office.desk.claim(&office.case.id, "eve").unwrap().unwrap();
    held.answer("it is repaired").unwrap();
    office.clock.set(at("2026-10-04T20:00"));
    office.deliver();
    let done = office.sweeps("2026-10-14T17:30");
    // Thursday, Friday, and the Saturday that is worked.
    assert_eq!(done[0].0, at("2026-10-10T17:30"));
}
