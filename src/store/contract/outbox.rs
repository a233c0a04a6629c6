//! Checks of letters to be sent, and of letters that wait for a person.

use super::harness::{Broken, replay};
use super::{Check, Subject, sample};
use crate::case::{
    Case, CaseId, ClaimToken, ERASED, Event, HeldBack, Letter, LetterKind, LetterStatus, Priority,
};
use crate::store::{CaseFilter, Store};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "letters_are_found_by_their_state",
        promise: "a letter to be sent is found however late it was committed",
        run: by_state,
    },
    Check {
        name: "letters_are_found_when_their_time_has_come",
        promise: "a waiting letter or an ending lease is found from its instant on, the earliest first",
        run: in_time,
    },
    Check {
        name: "letters_of_a_closed_case_are_found",
        promise: "the letters of a closed case are found, too",
        run: closed,
    },
    Check {
        name: "stuck_letters_are_found",
        promise: "a letter that waits for a person is found until somebody has dealt with it",
        run: stuck,
    },
    Check {
        name: "erasing_waits_for_letters_and_takes_their_words",
        promise: "a closed case with an undelivered letter is open, and erased after the delivery",
        run: erased,
    },
    Check {
        name: "pruning_spares_letters_that_did_not_arrive",
        promise: "an old case with an undelivered letter is kept until a person has dealt with it",
        run: spared,
    },
];

fn posted(number: u32) -> Event {
    Event::Posted {
        letter: Box::new(Letter {
            number,
            to: 0,
            kind: LetterKind::Answer,
            text: format!("words to ann {}", sample::AWKWARD),
            posted: sample::START,
            attempts: 0,
            status: LetterStatus::Waiting { from: None },
        }),
        to: None,
    }
}

fn becomes(number: u32, status: LetterStatus) -> Event {
    Event::LetterMoved { number, status }
}

fn leased(minutes: i64) -> LetterStatus {
    LetterStatus::Leased {
        token: ClaimToken::new("token"),
        until: sample::at(minutes),
        counted: Some(sample::at(1)),
    }
}

fn unknown(minutes: i64) -> LetterStatus {
    LetterStatus::Unknown {
        at: sample::at(minutes),
        token: ClaimToken::new("token"),
        counted: None,
    }
}

/// A case with these events, as committed.
fn with(store: &dyn Store, id: &str, events: &[Event]) -> Result<Case, Broken> {
    go_on(store, &open(store, id)?, events)
}

fn open(store: &dyn Store, id: &str) -> Result<Case, Broken> {
    let case = sample::case(id, "ann", Priority::Normal, 10);
    store.commit(sample::sent_to(&case))?;
    Ok(case)
}

fn go_on(store: &dyn Store, case: &Case, events: &[Event]) -> Result<Case, Broken> {
    let (change, next) = sample::moving(case, events);
    store.commit(change)?;
    Ok(next)
}

fn expect(found: Vec<Case>, wanted: &[&str]) -> Result<(), Broken> {
    let found: Vec<_> = found.into_iter().map(|case| case.id).collect();
    let wanted: Vec<_> = wanted.iter().map(|id| CaseId::new(*id)).collect();
    ensure!(found == wanted, "there is {found:?}, not {wanted:?}");
    Ok(())
}

fn by_state(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    open(store, "quiet")?;
    let late = open(store, "A")?;
    let early = with(store, "B", &[posted(1)])?;
    expect(store.sending(sample::START, 9)?, &["B"])?;
    // Its position is before the one that was already read.
    let late = go_on(store, &late, &[posted(1)])?;
    expect(store.sending(sample::START, 9)?, &["A", "B"])?;
    expect(store.sending(sample::START, 1)?, &["A"])?;
    expect(store.sending(sample::START, 0)?, &[])?;
    let arrived = LetterStatus::Delivered { at: sample::at(1) };
    go_on(store, &early, &[becomes(1, arrived.clone())])?;
    expect(store.sending(sample::START, 9)?, &["A"])?;
    let late = go_on(store, &late, &[becomes(1, leased(3)), posted(2)])?;
    // The second waits for the first.
    expect(store.sending(sample::at(2), 9)?, &[])?;
    go_on(store, &late, &[becomes(1, arrived)])?;
    expect(store.sending(sample::START, 9)?, &["A"])?;
    let rebuilt = replay(store)?;
    for (id, case) in &rebuilt {
        let stored = store.case(id)?;
        ensure!(stored.as_ref() == Some(case), "{stored:?} is rebuilt as {case:?}");
    }
    Ok(())
}

fn in_time(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let from = Some(sample::at(20));
    with(
        store,
        "again",
        &[posted(1), becomes(1, LetterStatus::Waiting { from })],
    )?;
    with(store, "gone", &[posted(1), becomes(1, leased(10))])?;
    with(store, "now", &[posted(1)])?;
    expect(store.sending(sample::at(9), 9)?, &["now"])?;
    expect(store.sending(sample::at(10), 9)?, &["now", "gone"])?;
    expect(store.sending(sample::at(19), 9)?, &["now", "gone"])?;
    expect(store.sending(sample::at(20), 9)?, &["now", "gone", "again"])
}

fn closed(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    with(store, "C", &[posted(1), Event::Closed])?;
    expect(store.sending(sample::START, 9)?, &["C"])
}

fn stuck(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let held = LetterStatus::Held {
        at: sample::at(2),
        why: HeldBack::QuotaUsed,
        fallback: Some("call".into()),
    };
    let failed = LetterStatus::Failed {
        at: sample::at(1),
        reason: sample::AWKWARD.into(),
    };
    let one = with(store, "A", &[posted(1), becomes(1, unknown(3))])?;
    with(store, "B", &[posted(1), becomes(1, held)])?;
    let last = with(store, "C", &[posted(1), becomes(1, failed), Event::Closed])?;
    with(store, "D", &[posted(1)])?;
    expect(store.stuck(9)?, &["C", "B", "A"])?;
    expect(store.stuck(2)?, &["C", "B"])?;
    let by = "eve".into();
    let at = sample::at(5);
    go_on(store, &last, &[becomes(1, LetterStatus::Dismissed { at, by })])?;
    go_on(store, &one, &[becomes(1, LetterStatus::Waiting { from: None })])?;
    expect(store.stuck(9)?, &["B"])?;
    expect(store.sending(at, 9)?, &["A", "D"])
}

fn erased(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let case = with(store, "C", &[posted(1), Event::Closed])?;
    let done = store.erase(case.key.sender())?;
    ensure!(
        done.open == [case.id.clone()] && done.cases.is_empty(),
        "while it is to be sent, it did {done:?}"
    );
    let stored = store.case(&case.id)?;
    ensure!(stored.as_ref() == Some(&case), "{case:?} became {stored:?}");
    let failed = LetterStatus::Failed {
        at: sample::at(1),
        reason: "ann is gone".into(),
    };
    let by = "eve".into();
    let at = sample::at(2);
    let events = [becomes(1, failed), becomes(1, LetterStatus::Dismissed { at, by })];
    go_on(store, &case, &events)?;
    let done = store.erase(case.key.sender())?;
    ensure!(done.cases == [case.id.clone()], "then it did {done:?}");
    let left = format!(
        "{:?} {:?}",
        store.cases(&CaseFilter::default())?,
        store.journal(None, 100)?
    );
    ensure!(left.contains(ERASED), "nothing says that it was erased: {left}");
    ensure!(
        !left.contains("words to") && !left.contains("ann is gone"),
        "there is still {left}"
    );
    Ok(())
}

fn spared(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let waits = with(store, "A", &[posted(1), Event::Closed])?;
    let dark = with(store, "B", &[posted(1), Event::Closed, becomes(1, unknown(1))])?;
    let (before, after) = (sample::at(100), sample::at(2));
    let done = store.prune(before, 100)?;
    ensure!(done.cases.is_empty(), "it removed {done:?}");
    for case in [&waits, &dark] {
        let found = store.case(&case.id)?;
        ensure!(found.as_ref() == Some(case), "{case:?} became {found:?}");
    }
    go_on(
        store,
        &waits,
        &[becomes(1, LetterStatus::Delivered { at: after })],
    )?;
    let done = store.prune(before, 100)?;
    ensure!(done.cases == [waits.id.clone()], "then it removed {done:?}");
    Ok(())
}
