//! The sweep: alarms, failing stores, changes of calendar and policy, and deadlines under commands.

mod alarms;
mod commands;
mod failing_store;
mod recompute;
mod reopened;

use std::collections::BTreeSet;
use std::sync::Arc;

use civic_reply::case::{
    AlarmKind, Amount, Case, ClockKind, CountsFrom, Priority, Starts, TimeLimit, Unit, Warn,
};
use civic_reply::desk::{Crossing, Desk, SweepReport};
use civic_reply::message::RulebookVersion;
use civic_reply::store::Store;
use civic_reply::store::contract::sample;
use civic_reply::time::{Calendar, ExtensionRule, Policy, deadline};
use civic_reply::workflow::DeskConfig;
use civic_reply::{ManualClock, MemoryStore};
use jiff::Timestamp;

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
        canned_replies: Default::default(),
        department_names: Default::default(),
        rulebook: RulebookVersion::new("v1"),
        calendar,
        policies: [(policy.id.clone(), policy)].into(),
        letters: civic_reply::reply::LetterConfig::default(),
        departments: BTreeSet::new(),
        themes: BTreeSet::new(),
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
