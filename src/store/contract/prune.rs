//! Checks of retention.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::erasure::{compare, send, whole_life};
use super::harness::{Broken, journal};
use super::{Check, Subject, sample};
use crate::case::{CaseId, Event, Priority};
use crate::reply::Outcome;
use crate::store::{CaseFilter, ChangeSet};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "pruning_removes_what_ended_before",
        promise: "cases that ended before are removed with their records, messages and conversations",
        run: removes,
    },
    Check {
        name: "pruning_spares_live_work",
        promise: "nothing of a case that has not ended is removed, however old it is",
        run: spares,
    },
    Check {
        name: "pruning_keeps_to_its_limit",
        promise: "a call removes at most the limit, and reports that there is more",
        run: limited,
    },
];

/// Just after the last record of the samples.
fn later() -> Timestamp {
    sample::at(60)
}

fn removes(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let closed = whole_life(store, "C-1", "ann")?;
    let question = sample::key("bob", "m-1");
    store.commit(sample::answering(&question))?;
    store.commit(sample::judging(&question, "bob asks", 0))?;
    let nothing = store.prune(sample::START, 100)?;
    ensure!(
        nothing == Default::default(),
        "before anything had ended, it removed {nothing:?}"
    );
    let instant = SignedDuration::from_micros(1);
    let just_after = sample::START.saturating_add(instant).unwrap_or(sample::START);
    let done = store.prune(just_after, 100)?;
    ensure!(
        done.cases == [closed.id.clone()] && done.messages == 2 && done.conversations == 1 && !done.more,
        "it removed {done:?}"
    );
    ensure!(done.records == 12, "{} records were removed", done.records);
    ensure!(store.case(&closed.id)?.is_none(), "the case is still there");
    for key in [&closed.key, &question] {
        ensure!(
            store.handled(key)?.is_none(),
            "the outcome of `{key}` is still there"
        );
    }
    let total = store.cases(&CaseFilter::default())?.total;
    ensure!(total == 0, "{total} cases are counted");
    let left = journal(store, 100)?;
    ensure!(
        matches!(&left[..], [(_, record)]
            if matches!(&record.event, Event::Pruned { cases, .. } if *cases == done.cases)),
        "the journal has {left:?}"
    );
    send(store, &sample::case("C-1", "ann", Priority::Normal, 10))?;
    compare(store)
}

fn spares(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let mut live = Vec::new();
    for n in 0..4 {
        let case = sample::case(&format!("C-{n}"), "ann", Priority::Normal, n);
        send(store, &case)?;
        live.push(case);
    }
    let moves: [&[Event]; 3] = [
        &[Event::Asked { text: "?".into() }],
        &[Event::Answered {
            text: "是".into(),
            facts: None,
        }],
        &[sample::offered()],
    ];
    for (case, events) in live.iter_mut().zip(moves) {
        let (change, next) = sample::moving(case, events);
        store.commit(change)?;
        *case = next;
    }
    // An ended case that is a part of one that has not ended.
    let (mut change, merged) = sample::moving(
        &sample::case("C-9", "bob", Priority::Normal, 1),
        &[Event::Merged {
            into: CaseId::new("C-0"),
        }],
    );
    let opening = sample::opening(&sample::case("C-9", "bob", Priority::Normal, 1));
    store.commit(opening)?;
    store.commit(std::mem::take(&mut change))?;
    live.push(merged);
    let before = journal(store, 100)?;
    let done = store.prune(later(), 100)?;
    ensure!(done == Default::default(), "it removed {done:?}");
    for case in &live {
        let found = store.case(&case.id)?;
        ensure!(found.as_ref() == Some(case), "{case:?} became {found:?}");
    }
    for case in live.iter().take(4) {
        let outcome = store.handled(&case.key)?.map(|handled| handled.outcome);
        ensure!(
            matches!(outcome, Some(Outcome::Queued { .. })),
            "the message of `{}` has the outcome {outcome:?}",
            case.id
        );
    }
    ensure!(journal(store, 100)? == before, "the journal changed");
    Ok(())
}

fn limited(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    for n in 0..5 {
        let case = sample::case(&format!("C-{n}"), &format!("citizen-{n}"), Priority::Normal, 1);
        let (change, _) = sample::moving(
            &case,
            &[
                Event::Answered {
                    text: "是".into(),
                    facts: None,
                },
                Event::Closed,
            ],
        );
        send(store, &case)?;
        store.commit(change)?;
    }
    let (mut gone, mut calls) = (BTreeSet::new(), 0);
    loop {
        let done = store.prune(later(), 2)?;
        ensure!(done.cases.len() <= 2, "a call removed {:?}", done.cases);
        gone.extend(done.cases);
        calls += 1;
        ensure!(calls < 20, "there is always more");
        let left = store.cases(&CaseFilter::default())?.total;
        ensure!(
            left + gone.len() == 5,
            "{left} cases are left of 5 without {gone:?}"
        );
        ensure!(
            done.more || left == 0,
            "nothing more is said to be left than {left} cases"
        );
        if !done.more {
            break;
        }
    }
    store.commit(ChangeSet::default())?;
    compare(store)
}
