//! A policy, and helpers for its deadlines.

use civic_reply::case::{AlarmKind, Amount, ClockKind, Deadline, Extension, TimeLimit, Unit, Warn};
use civic_reply::time::{Calendar, ExtensionRule, Policy, deadline, due_alarms};
use jiff::Timestamp;

/// A time on the wall clock of the shipped calendar.
pub(crate) fn at(text: &str) -> Timestamp {
    format!("{text}+08:00").parse().unwrap()
}

pub(crate) fn amount(count: u32, unit: Unit) -> Amount {
    Amount::new(count, unit).unwrap()
}

/// 5 working days, with warnings 1 working day before and at half the time; two extensions by up to 3
/// working days.
pub(crate) fn policy() -> Policy {
    Policy {
        id: "five-days".into(),
        source: "local rule".to_owned(),
        clocks: vec![TimeLimit {
            warn: vec![Warn::Before(Amount::one_working_day()), Warn::Share(50)],
            ..TimeLimit::new(ClockKind::Resolution, amount(5, Unit::WorkingDays))
        }],
        extension: Some(ExtensionRule {
            times: 2,
            amount: amount(3, Unit::WorkingDays),
        }),
        ..Policy::next_working_day()
    }
}

/// The policy's clock, started on a Monday morning.
pub(crate) fn started(calendar: &Calendar, policy: &Policy) -> Deadline {
    deadline(calendar, policy, ClockKind::Resolution, at("2026-11-23T10:00")).unwrap()
}

pub(crate) fn extension(count: u32, asked: &str) -> Extension {
    Extension {
        amount: amount(count, Unit::WorkingDays),
        asked: at(asked),
        reason: "a site visit is needed".to_owned(),
        approver: "chief".into(),
    }
}

/// Every alarm that is still to come, with its time.
pub(crate) fn ahead(deadline: &Deadline) -> Vec<(AlarmKind, Timestamp)> {
    let alarms = due_alarms(deadline, at("2026-12-31T17:30"));
    alarms.iter().map(|alarm| (alarm.kind, alarm.threshold)).collect()
}
