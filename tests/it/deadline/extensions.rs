//! Extensions and resets: their limits, and the record they leave.

use civic_reply::case::{ClockKind, Deadline, DeadlineStatus, Ends, Extension, Unit};
use civic_reply::time::{
    DeadlineError, ExtensionRule, Policy, Reset, explain_due, extend, pause, raise, reset, resume,
};

use crate::support::deadline::{amount, at, extension, policy, started};
use crate::support::shipped_calendar;

#[test]
fn an_extension_counts_from_the_day_after_the_due_time() {
    let calendar = shipped_calendar::calendar();
    let waiting = started(&calendar, &policy());
    assert_eq!(waiting.due.instant(), at("2026-11-30T17:30"));
    let longer = extend(&calendar, &policy(), &waiting, extension(3, "2026-11-30T17:29")).unwrap();
    assert_eq!(longer.due.instant(), at("2026-12-03T17:30"));
    let longest = extend(&calendar, &policy(), &longer, extension(1, "2026-12-01T10:00")).unwrap();
    assert_eq!(longest.due.instant(), at("2026-12-04T17:30"));
    let lines = explain_due(&longest);
    let tail = [
        "2026-11-30: counts, day 5: working day",
        "2026-11-30 17:29 Asia/Shanghai: extended by 3 working days, approved by chief: \
         a site visit is needed",
        "2026-11-30: does not count, the day of the start; counting begins on the next day",
        "2026-12-01: counts, day 1: working day",
        "2026-12-02: counts, day 2: working day",
        "2026-12-03: counts, day 3: working day",
        "2026-12-01 10:00 Asia/Shanghai: extended by 1 working day, approved by chief: \
         a site visit is needed",
        "2026-12-03: does not count, the day of the start; counting begins on the next day",
        "2026-12-04: counts, day 1: working day",
        "2026-12-04 17:30 Asia/Shanghai: due",
    ];
    assert_eq!(lines[lines.len() - 10..], tail);
}

#[test]
fn a_reason_with_line_breaks_stays_on_one_line() {
    let calendar = shipped_calendar::calendar();
    let wish = Extension {
        reason: "visit\n2026-11-30 17:30 Asia/Shanghai: due".to_owned(),
        ..extension(1, "2026-11-24T10:00")
    };
    let longer = extend(&calendar, &policy(), &started(&calendar, &policy()), wish).unwrap();
    let lines = explain_due(&longer);
    assert!(lines.iter().all(|line| !line.contains('\n')));
    assert_eq!(lines.iter().filter(|line| line.ends_with(": due")).count(), 2);
    assert!(lines.iter().any(|line| line.contains("visit 2026-11-30 17:30")));
}

#[test]
fn an_extension_of_a_day_ending_at_midnight_loses_no_day() {
    let calendar = shipped_calendar::calendar();
    let mut policy = policy();
    policy.clocks[0].ends = Ends::Midnight;
    let waiting = started(&calendar, &policy);
    assert_eq!(waiting.due.instant(), at("2026-12-01T00:00"));
    let longer = extend(&calendar, &policy, &waiting, extension(1, "2026-11-30T23:59")).unwrap();
    assert_eq!(longer.due.instant(), at("2026-12-02T00:00"));
}

#[test]
fn an_extension_in_hours_runs_on_from_the_due_time() {
    let calendar = shipped_calendar::calendar();
    let limit = amount(4, Unit::WorkingHours);
    let policy = Policy {
        extension: Some(ExtensionRule {
            times: 1,
            amount: limit,
        }),
        ..policy()
    };
    let wish = Extension {
        amount: limit,
        ..extension(1, "2026-11-24T10:00")
    };
    let longer = extend(&calendar, &policy, &started(&calendar, &policy), wish).unwrap();
    assert_eq!(longer.due.instant(), at("2026-12-01T14:30"));
}

#[test]
fn an_extension_is_refused_outside_the_limits_of_the_policy() {
    let calendar = shipped_calendar::calendar();
    let policy = policy();
    let waiting = started(&calendar, &policy);
    let refused = |deadline: &Deadline, wish| extend(&calendar, &policy, deadline, wish).unwrap_err();
    let long = refused(&waiting, extension(4, "2026-11-24T10:00"));
    assert_eq!(
        long.to_string(),
        "`4 working days` is more than the policy allows: at most 3 working days each time"
    );
    let other_unit = Extension {
        amount: amount(1, Unit::CalendarDays),
        ..extension(1, "2026-11-24T10:00")
    };
    assert!(matches!(
        refused(&waiting, other_unit),
        DeadlineError::TooLong { .. }
    ));
    let once = extend(&calendar, &policy, &waiting, extension(1, "2026-11-24T10:00")).unwrap();
    let twice = extend(&calendar, &policy, &once, extension(1, "2026-11-24T11:00")).unwrap();
    let third = refused(&twice, extension(1, "2026-11-24T12:00"));
    assert_eq!(third, DeadlineError::NoFurtherExtension(2));
    let never = Policy {
        extension: None,
        ..policy.clone()
    };
    let error = extend(&calendar, &never, &waiting, extension(1, "2026-11-24T10:00"));
    assert_eq!(error, Err(DeadlineError::NoExtension));
}

#[test]
fn an_extension_needs_a_reason_and_an_approver() {
    let calendar = shipped_calendar::calendar();
    let policy = policy();
    let waiting = started(&calendar, &policy);
    let no_reason = Extension {
        reason: " \n".to_owned(),
        ..extension(1, "2026-11-24T10:00")
    };
    let refused = extend(&calendar, &policy, &waiting, no_reason);
    assert_eq!(refused, Err(DeadlineError::NoReason));
    let no_approver = Extension {
        approver: "".into(),
        ..extension(1, "2026-11-24T10:00")
    };
    let refused = extend(&calendar, &policy, &waiting, no_approver);
    assert_eq!(refused, Err(DeadlineError::NoApprover));
}

#[test]
fn an_extension_must_be_requested_before_the_due_time() {
    let calendar = shipped_calendar::calendar();
    let policy = policy();
    let waiting = started(&calendar, &policy);
    let refused = |deadline: &Deadline, wish| extend(&calendar, &policy, deadline, wish).unwrap_err();
    let late = DeadlineError::TooLate(at("2026-11-30T17:30"));
    assert_eq!(refused(&waiting, extension(1, "2026-11-30T17:30")), late);
    // The clock stepped back behind a breach that had been raised.
    let breached = raise(&waiting, at("2026-11-30T17:30"));
    assert_eq!(refused(&breached, extension(1, "2026-11-30T16:30")), late);
    let done = Deadline {
        status: DeadlineStatus::Done {
            at: at("2026-11-24T09:00"),
        },
        ..waiting
    };
    let refused = refused(&done, extension(1, "2026-11-24T10:00"));
    assert_eq!(refused, DeadlineError::Done(ClockKind::Resolution));
}

#[test]
fn a_paused_clock_can_be_extended_unless_it_had_run_out() {
    let calendar = shipped_calendar::calendar();
    let policy = policy();
    let waiting = started(&calendar, &policy);
    let stopped = pause(&calendar, &waiting, at("2026-11-30T17:00")).unwrap();
    let longer = extend(&calendar, &policy, &stopped, extension(1, "2026-12-10T10:00")).unwrap();
    let running = resume(&calendar, &longer, at("2026-12-10T11:00")).unwrap();
    assert_eq!(running.due.instant(), at("2026-12-11T17:30"));
    let stopped = pause(&calendar, &waiting, at("2026-11-30T17:30")).unwrap();
    let late = extend(&calendar, &policy, &stopped, extension(1, "2026-12-10T10:00"));
    assert_eq!(late, Err(DeadlineError::TooLate(at("2026-11-30T17:30"))));
}

#[test]
fn a_permitted_reset_restarts_the_clock_and_records_the_old_due_time() {
    let calendar = shipped_calendar::calendar();
    let policy = policy();
    let waiting = started(&calendar, &policy);
    let longer = extend(&calendar, &policy, &waiting, extension(3, "2026-11-24T10:00")).unwrap();
    let stopped = pause(&calendar, &longer, at("2026-11-25T10:00")).unwrap();
    let wish = Reset {
        at: at("2026-11-27T10:00"),
        by: "chief".into(),
        permitted: true,
        reason: "opened under a wrong citizen".to_owned(),
    };
    let anew = reset(&calendar, &stopped, &wish).unwrap();
    assert_eq!(anew.due.instant(), at("2026-12-04T17:30"));
    assert_eq!(anew.status, DeadlineStatus::Open);
    let change = &anew.history.changes[0];
    assert_eq!(change.old.instant(), at("2026-12-03T17:30"));
    assert_eq!(
        (&change.new, change.by.as_ref()),
        (&anew.due, Some(&"chief".into()))
    );
    assert_eq!(
        anew.history.extensions.len(),
        1,
        "it still counts toward the limit"
    );
    let lines = explain_due(&anew);
    let moved = "2026-11-27 10:00 Asia/Shanghai: moved from 2026-12-03 17:30 Asia/Shanghai to \
                 2026-12-04 17:30 Asia/Shanghai: opened under a wrong citizen";
    assert!(lines.contains(&moved.to_owned()), "{lines:#?}");
    assert!(
        lines
            .iter()
            .all(|line| !line.contains("paused") && !line.contains("extended"))
    );
    let done = Deadline {
        status: DeadlineStatus::Done {
            at: at("2026-11-24T09:00"),
        },
        ..longer.clone()
    };
    let refused = reset(&calendar, &done, &wish);
    assert_eq!(refused, Err(DeadlineError::Done(ClockKind::Resolution)));
    // A later pause counts again.
    let stopped = pause(&calendar, &anew, at("2026-11-30T09:00")).unwrap();
    let running = resume(&calendar, &stopped, at("2026-12-01T09:00")).unwrap();
    assert_eq!(running.due.instant(), at("2026-12-07T17:30"));
}
