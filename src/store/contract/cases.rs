//! Checks of cases, and of change sets as a whole.

use super::harness::{Broken, conflict_of, journal, race};
use super::{Check, Subject, sample};
use crate::case::{CaseId, Event, Priority, State};
use crate::message::Conversation;
use crate::store::{CaseChange, CaseFilter, ChangeSet, Conflict, StoreError};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "case_comes_back_as_committed",
        promise: "a case reads back as it was committed, and an unknown case as none",
        run: comes_back,
    },
    Check {
        name: "new_case_must_not_exist",
        promise: "a case is opened only once",
        run: opened_once,
    },
    Check {
        name: "case_at_another_version_conflicts",
        promise: "a commit fails unless the case has the version that the set expects",
        run: another_version,
    },
    Check {
        name: "case_moves_once_from_each_version",
        promise: "of many concurrent changes of one version exactly one is committed",
        run: in_parallel,
    },
    Check {
        name: "set_is_whole_or_nothing",
        promise: "a set with one conflict changes nothing",
        run: all_or_nothing,
    },
    Check {
        name: "first_conflict_is_named",
        promise: "of several conflicts a message's comes first, then a conversation's, then a case's",
        run: named,
    },
    Check {
        name: "contradiction_is_refused",
        promise: "a set is refused when its records do not lead to its cases",
        run: contradictions,
    },
    Check {
        name: "empty_set_is_nothing",
        promise: "an empty set commits and changes nothing",
        run: empty,
    },
];

fn comes_back(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let unknown = store.case(&CaseId::new("C-0"))?;
    ensure!(unknown.is_none(), "an unknown case is {unknown:?}");
    let mut bare = sample::case(sample::AWKWARD, sample::AWKWARD, Priority::Urgent, 10);
    bare.theme = None;
    bare.deadlines.clear();
    for case in [sample::case("C-1", "ann", Priority::Normal, 10), bare] {
        store.commit(sample::queueing(&case))?;
        let found = store.case(&case.id)?;
        ensure!(found.as_ref() == Some(&case), "{case:?} became {found:?}");
    }
    Ok(())
}

fn opened_once(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let case = sample::case("C-1", "ann", Priority::Normal, 10);
    store.commit(sample::opening(&case))?;
    let other = sample::case("C-1", "bob", Priority::Urgent, 20);
    let conflict = conflict_of(store.commit(sample::opening(&other)))?;
    ensure!(
        conflict == Conflict::Case(case.id.clone()),
        "the conflict was {conflict:?}"
    );
    ensure!(
        store.case(&case.id)?.as_ref() == Some(&case),
        "the first case was replaced"
    );
    Ok(())
}

fn another_version(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let case = sample::case("C-1", "ann", Priority::Normal, 10);
    let (early, _) = sample::moving(&case, &[Event::Closed]);
    let conflict = conflict_of(store.commit(early))?;
    ensure!(
        conflict == Conflict::Case(case.id.clone()),
        "the conflict was {conflict:?}"
    );
    store.commit(sample::opening(&case))?;
    let (change, answered) = sample::moving(
        &case,
        &[Event::Answered {
            text: "是".into(),
            facts: None,
        }],
    );
    store.commit(change.clone())?;
    let mut ahead = answered.clone();
    ahead.version += 1;
    for stale in [change, sample::moving(&ahead, &[Event::Closed]).0] {
        let conflict = conflict_of(store.commit(stale))?;
        ensure!(
            conflict == Conflict::Case(case.id.clone()),
            "the conflict was {conflict:?}"
        );
    }
    let found = store.case(&case.id)?;
    ensure!(found.as_ref() == Some(&answered), "{answered:?} became {found:?}");
    Ok(())
}

fn in_parallel(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let case = sample::case("C-1", "ann", Priority::Normal, 10);
    store.commit(sample::opening(&case))?;
    for round in 0..10 {
        let read = store
            .case(&case.id)?
            .ok_or_else(|| Broken::new("the case is gone"))?;
        let won = race(|caller| {
            let text = format!("answer {round} of {caller}");
            match store.commit(sample::moving(&read, &[Event::Answered { text, facts: None }]).0) {
                Ok(()) => Ok(1),
                Err(StoreError::Conflict(Conflict::Case(_))) => Ok(0),
                Err(other) => Err(other.into()),
            }
        })?;
        let won: usize = won.into_iter().sum();
        ensure!(won == 1, "{won} moves were made from version {}", read.version);
    }
    Ok(())
}

fn all_or_nothing(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let old = sample::case("C-1", "ann", Priority::Normal, 10);
    let taken = sample::case("C-2", "ann", Priority::Normal, 10);
    store.commit(sample::opening(&old))?;
    store.commit(sample::opening(&taken))?;
    let before = journal(store, 10)?;

    let new = sample::case("C-3", "ann", Priority::Normal, 10);
    let mut change = sample::queueing(&new);
    change.conversation = Some(Conversation::new(
        new.key.account().clone(),
        new.key.sender().clone(),
    ));
    for part in [sample::moving(&old, &[Event::Closed]).0, sample::opening(&taken)] {
        change.cases.extend(part.cases);
        change.records.extend(part.records);
    }
    let conflict = conflict_of(store.commit(change))?;
    ensure!(
        conflict == Conflict::Case(taken.id),
        "the conflict was {conflict:?}"
    );
    ensure!(store.handled(&new.key)?.is_none(), "the message's outcome stayed");
    ensure!(store.case(&new.id)?.is_none(), "the new case stayed");
    ensure!(
        store.case(&old.id)?.as_ref() == Some(&old),
        "the other case's move stayed"
    );
    let conversation = store.conversation(new.key.account(), new.key.sender())?;
    ensure!(conversation.version == 0, "the conversation stayed");
    ensure!(journal(store, 10)? == before, "records stayed");
    let total = store.cases(&CaseFilter::default())?.total;
    ensure!(total == 2, "{total} cases are counted");
    Ok(())
}

fn named(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let case = sample::case("C-1", "ann", Priority::Normal, 10);
    let mut change = sample::queueing(&case);
    change.conversation = Some(Conversation::new(
        case.key.account().clone(),
        case.key.sender().clone(),
    ));
    store.commit(change.clone())?;
    let conflict = conflict_of(store.commit(change.clone()))?;
    ensure!(
        conflict == Conflict::Handled,
        "the first conflict was {conflict:?}"
    );
    change.handled = None;
    let conflict = conflict_of(store.commit(change))?;
    ensure!(
        conflict == Conflict::Conversation,
        "the next conflict was {conflict:?}"
    );
    Ok(())
}

fn contradictions(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let case = sample::case("C-1", "ann", Priority::Normal, 10);
    let good = sample::opening(&case);
    let mut other = case.clone();
    other.priority = Priority::Urgent;
    let mut closed = case.clone();
    closed.state = State::Closed;
    let nameless = crate::case::Record {
        case: None,
        ..sample::record(&case, Event::Closed)
    };
    let opening = |case| vec![CaseChange { expected: None, case }];
    let moved = CaseChange {
        expected: Some(0),
        case: closed,
    };
    let contradictions = [
        (
            "a new case without a record",
            ChangeSet {
                records: vec![],
                ..good.clone()
            },
        ),
        (
            "a record without its case",
            ChangeSet {
                cases: vec![],
                ..good.clone()
            },
        ),
        (
            "another case than the record's",
            ChangeSet {
                cases: opening(other),
                ..good.clone()
            },
        ),
        (
            "the same case twice",
            ChangeSet {
                cases: [opening(case.clone()), opening(case.clone())].concat(),
                ..good.clone()
            },
        ),
        (
            "a move without a record",
            ChangeSet {
                cases: vec![moved.clone()],
                ..ChangeSet::default()
            },
        ),
        (
            "a move that stays at its version",
            ChangeSet {
                cases: vec![moved],
                records: vec![sample::record(&case, Event::Closed)],
                ..ChangeSet::default()
            },
        ),
        (
            "a move of no case",
            ChangeSet {
                records: vec![nameless],
                ..ChangeSet::default()
            },
        ),
    ];
    for (what, change) in contradictions {
        let result = store.commit(change);
        ensure!(
            matches!(result, Err(StoreError::Refused(_))),
            "{what} was answered with {result:?}"
        );
    }
    ensure!(journal(store, 10)?.is_empty(), "something of it was stored");
    Ok(())
}

fn empty(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    store.commit(ChangeSet::default())?;
    ensure!(journal(store, 10)?.is_empty(), "the journal has records");
    Ok(())
}
