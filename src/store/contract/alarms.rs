//! Checks of alarms, and of the store's clock.

use std::time::Duration;

use super::harness::Broken;
use super::{Check, Subject, sample};
use crate::case::{Alarm, AlarmKind, Case, CaseId, ClockKind, DeadlineStatus, Event, Priority};
use crate::store::Store;

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "alarms_are_what_is_to_be_raised",
        promise: "a store gives the cases with an alarm to be raised by the instant, the earliest first",
        run: order,
    },
    Check {
        name: "a_raised_alarm_is_not_given_again",
        promise: "a raised alarm, a clock that is done and a closed case give no alarm",
        run: raised,
    },
    Check {
        name: "a_moved_deadline_moves_its_alarms",
        promise: "a store finds alarms by the case as last committed",
        run: moved,
    },
    Check {
        name: "the_clock_goes_on",
        promise: "the store's clock advances with time",
        run: clock,
    },
];

fn breach(minutes: i64) -> Alarm {
    Alarm {
        kind: AlarmKind::Breach,
        threshold: sample::at(minutes),
        raise_at: sample::at(minutes),
        raised: None,
    }
}

/// A case with alarms at these minutes.
fn case(id: &str, minutes: &[i64]) -> Case {
    let mut case = sample::case(id, "ann", Priority::Normal, 500);
    for deadline in &mut case.deadlines {
        deadline.history.alarms = minutes.iter().map(|at| breach(*at)).collect();
    }
    case
}

fn found(store: &dyn Store, until: i64, limit: usize) -> Result<Vec<CaseId>, Broken> {
    let cases = store.alarms(sample::at(until), limit)?;
    Ok(cases.into_iter().map(|case| case.id).collect())
}

fn expect(store: &dyn Store, until: i64, limit: usize, wanted: &[&str]) -> Result<(), Broken> {
    let found = found(store, until, limit)?;
    let wanted: Vec<_> = wanted.iter().map(|id| CaseId::new(*id)).collect();
    ensure!(
        found == wanted,
        "until minute {until} there is {found:?}, not {wanted:?}"
    );
    Ok(())
}

fn order(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    for (id, minutes) in [
        ("D", &[40, 90][..]),
        ("B", &[20, 10]),
        ("C", &[20]),
        ("A", &[20]),
        ("silent", &[]),
    ] {
        store.commit(sample::opening(&case(id, minutes)))?;
    }
    expect(store, 9, 9, &[])?;
    expect(store, 10, 9, &["B"])?;
    expect(store, 20, 9, &["B", "A", "C"])?;
    expect(store, 20, 2, &["B", "A"])?;
    expect(store, 20, 0, &[])?;
    expect(store, 1_000, 9, &["B", "A", "C", "D"])
}

fn raised(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let clock = ClockKind::FirstReply;
    let alarm = Alarm {
        raised: Some(sample::at(30)),
        ..breach(10)
    };
    let done = Event::DeadlineDone {
        clock,
        at: sample::at(5),
    };
    for (id, minutes, events) in [
        ("once", &[10][..], vec![Event::Raised { clock, alarm }]),
        ("twice", &[10, 20], vec![Event::Raised { clock, alarm }]),
        ("done", &[10], vec![done]),
        (
            "closed",
            &[10],
            vec![
                Event::Answered {
                    text: "是".into(),
                    facts: None,
                },
                Event::Closed,
            ],
        ),
    ] {
        let case = case(id, minutes);
        store.commit(sample::opening(&case))?;
        expect(store, 10, 9, &[id])?;
        store.commit(sample::moving(&case, &events).0)?;
        expect(store, 10, 9, &[])?;
    }
    expect(store, 1_000, 9, &["twice"])
}

fn moved(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let early = case("A", &[10]);
    store.commit(sample::opening(&early))?;
    let mut deadline = early.deadlines.first().cloned();
    let mut deadline = deadline
        .take()
        .ok_or_else(|| Broken::new("the sample has no deadline"))?;
    deadline.history.alarms = vec![breach(60)];
    let set = |deadline| Event::DeadlineSet {
        deadline: Box::new(deadline),
    };
    let (change, early) = sample::moving(&early, &[set(deadline.clone())]);
    store.commit(change)?;
    expect(store, 59, 9, &[])?;
    expect(store, 60, 9, &["A"])?;
    deadline.status = DeadlineStatus::Paused { since: sample::at(1) };
    let (change, early) = sample::moving(&early, &[set(deadline)]);
    store.commit(change)?;
    expect(store, 1_000, 9, &[])?;
    // The sample's offer can be given back until minute 60.
    let (change, offered) = sample::moving(&early, &[sample::offered()]);
    store.commit(change)?;
    expect(store, 59, 9, &[])?;
    expect(store, 60, 9, &["A"])?;
    let accepted = Event::Accepted {
        department: "fund".into(),
        theme: None,
        silent: true,
    };
    store.commit(sample::moving(&offered, &[accepted]).0)?;
    expect(store, 1_000, 9, &[])
}

fn clock(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let before = store.now()?;
    subject.pass(Duration::from_millis(50));
    let after = store.now()?;
    ensure!(before < after, "{before} was followed by {after}");
    Ok(())
}
