//! Checks of erasures.

use std::collections::BTreeSet;

use super::harness::{Broken, journal, replay};
use super::{Check, Subject, sample};
use crate::case::{Case, Duplicate, ERASED, Event, Note, Priority, State};
use crate::message::{CitizenId, Conversation};
use crate::store::{CaseFilter, Erasure, JournalPage, Store};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "erasing_leaves_no_trace_of_the_citizen",
        promise: "after an erasure, no read gives the citizen's id, or a text by them or about their cases",
        run: no_trace,
    },
    Check {
        name: "erasing_leaves_others_alone",
        promise: "erasing a citizen changes nothing that belongs to another",
        run: others,
    },
    Check {
        name: "erasing_leaves_open_cases",
        promise: "a case that still owes the citizen something is reported, and erased after it has ended",
        run: open_cases,
    },
    Check {
        name: "erasing_follows_mergers",
        promise: "a merged case is erased with the citizen's part of the surviving case after that has ended",
        run: mergers,
    },
    Check {
        name: "replay_equals_state_after_erasing",
        promise: "after an erasure the journal still rebuilds every case, and reports the erased records",
        run: replayed,
    },
];

/// Opens a case by a message, as the engine does.
pub(super) fn send(store: &dyn Store, case: &Case) -> Result<(), Broken> {
    let mut change = sample::sent_to(case);
    change.conversation = Some(Conversation {
        last_case: Some(case.id.clone()),
        last_at: Some(sample::START),
        ..store.conversation(case.key.account(), case.key.sender())?
    });
    Ok(store.commit(change)?)
}

/// A case of the citizen that was opened, answered and closed, with texts of every kind.
pub(super) fn whole_life(store: &dyn Store, id: &str, citizen: &str) -> Result<Case, Broken> {
    let case = sample::case(id, citizen, Priority::Normal, 10);
    send(store, &case)?;
    let secret = || format!("secret of {citizen}");
    let events = [
        Event::Noted {
            note: Note {
                by: "eve".into(),
                at: sample::at(1),
                text: secret(),
            },
        },
        Event::Asked { text: secret() },
        Event::CitizenWrote {
            text: secret(),
            at: sample::at(2),
            from: 0,
        },
        Event::Drafted { text: secret() },
        Event::Answered {
            text: secret(),
            facts: None,
        },
        Event::Reopened {
            reason: secret(),
            by: Vec::new(),
        },
        Event::Answered {
            text: secret(),
            facts: None,
        },
    ];
    let (change, answered) = sample::moving(&case, &events);
    store.commit(change)?;
    let (change, closed) = sample::moving(&answered, &[Event::Closed]);
    store.commit(change)?;
    Ok(closed)
}

fn pages(store: &dyn Store) -> Result<Vec<JournalPage>, Broken> {
    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let page = store.journal(after, 5)?;
        after = page.next;
        pages.push(page);
        if after.is_none() {
            return Ok(pages);
        }
    }
}

/// Everything that can be read through the contract, as one text.
fn everything(store: &dyn Store) -> Result<String, Broken> {
    let cases = store.cases(&CaseFilter::default())?;
    Ok(format!("{cases:?} {:?}", pages(store)?))
}

fn no_trace(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let closed = whole_life(store, "C-1", "citizen-ann")?;
    for n in 0..7 {
        store.commit(sample::answering(&sample::key("citizen-ann", &format!("m-{n}"))))?;
    }
    store.commit(sample::judging(
        &sample::key("citizen-ann", "m-3"),
        "secret of citizen-ann",
        1,
    ))?;
    let done = store.erase(closed.key.sender())?;
    ensure!(
        done.cases == [closed.id.clone()],
        "the erased cases are {:?}",
        done.cases
    );
    ensure!(
        (done.messages, done.conversations, done.open.len()) == (8, 1, 0),
        "what was erased is {done:?}"
    );
    let found = store.case(&closed.id)?;
    let found = found.ok_or_else(|| Broken::new("the case is gone"))?;
    ensure!(
        found.text == ERASED && found.key.sender().as_str() == ERASED && found.handling.erased.is_some(),
        "the case is {found:?}"
    );
    ensure!(found.state == State::Closed, "the case became {:?}", found.state);
    let left = everything(store)?;
    for trace in ["citizen-ann", "secret of", "王小明", "新生儿", "m-3"] {
        ensure!(!left.contains(trace), "`{trace}` can still be read: {left}");
    }
    ensure!(
        store.handled(&closed.key)?.is_none(),
        "its message's outcome is still there"
    );
    let conversation = store.conversation(closed.key.account(), closed.key.sender())?;
    ensure!(
        conversation.version == 0 && conversation.last_case.is_none(),
        "the conversation is {conversation:?}"
    );
    let again = store.erase(closed.key.sender())?;
    // A store may keep old versions of the rows for a time of its own.
    let nothing = Erasure {
        traces: again.traces,
        ..Erasure::default()
    };
    ensure!(again == nothing, "erasing once more did {again:?}");
    Ok(())
}

fn others(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let bob = whole_life(store, "C-2", "bob")?;
    whole_life(store, "C-1", "ann")?;
    store.commit(sample::judging(&bob.key, "to bob", 1))?;
    let of_bob = |store: &dyn Store| -> Result<_, Broken> {
        let records = journal(store, 50)?;
        let his = records.into_iter().filter(|(_, record)| {
            record.case.as_ref() == Some(&bob.id) || record.event.message() == Some(&bob.key)
        });
        Ok((
            his.collect::<Vec<_>>(),
            store.case(&bob.id)?,
            store.handled(&bob.key)?,
            store.conversation(bob.key.account(), bob.key.sender())?,
        ))
    };
    let before = of_bob(store)?;
    store.erase(&CitizenId::new("ann"))?;
    store.erase(&CitizenId::new("nobody"))?;
    let after = of_bob(store)?;
    ensure!(before == after, "{before:?} became {after:?}");
    Ok(())
}

fn open_cases(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let ended = whole_life(store, "C-1", "ann")?;
    let open = sample::case("C-2", "ann", Priority::Normal, 10);
    send(store, &open)?;
    let done = store.erase(&CitizenId::new("ann"))?;
    ensure!(
        done.cases == [ended.id.clone()] && done.open == [open.id.clone()],
        "what was erased is {done:?}"
    );
    let found = store.case(&open.id)?;
    ensure!(found.as_ref() == Some(&open), "{open:?} became {found:?}");
    ensure!(
        store.handled(&open.key)?.is_some(),
        "the open case's message has no outcome"
    );
    ensure!(
        store.handled(&ended.key)?.is_none(),
        "the ended case's message has one"
    );
    let conversation = store.conversation(open.key.account(), open.key.sender())?;
    ensure!(conversation.version == 2, "the conversation is {conversation:?}");

    let (change, closed) = sample::moving(
        &open,
        &[
            Event::Answered {
                text: "是".into(),
                facts: None,
            },
            Event::Closed,
        ],
    );
    store.commit(change)?;
    let done = store.erase(&CitizenId::new("ann"))?;
    ensure!(
        done.cases == [closed.id.clone()]
            && done.open.is_empty()
            && done.messages == 1
            && done.conversations == 1,
        "what was erased then is {done:?}"
    );
    let left = everything(store)?;
    ensure!(
        !left.contains("\"ann\"") && !left.contains("新生儿"),
        "there is still {left}"
    );
    Ok(())
}

fn mergers(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let ours = sample::case("C-1", "bob", Priority::Normal, 10);
    let theirs = sample::case("C-2", "citizen-ann", Priority::Normal, 10);
    send(store, &ours)?;
    send(store, &theirs)?;
    let (mut change, _) = sample::moving(
        &theirs,
        &[Event::Merged {
            into: ours.id.clone(),
        }],
    );
    let absorbed = Event::Absorbed {
        confirmed: Vec::new(),
        duplicates: vec![Duplicate {
            case: theirs.id.clone(),
            key: theirs.key.clone(),
            content: Some(Box::new((&theirs).into())),
        }],
        priority: Priority::Normal,
        unreplied: false,
        unseen: false,
    };
    let (grown, ours) = sample::moving(&ours, &[absorbed]);
    change.cases.extend(grown.cases);
    change.records.extend(grown.records);
    store.commit(change)?;

    let ann = CitizenId::new("citizen-ann");
    let done = store.erase(&ann)?;
    ensure!(
        done.cases.is_empty() && done.open == [theirs.id.clone()],
        "while the other case is open, it did {done:?}"
    );
    let found = store.case(&ours.id)?;
    ensure!(found.as_ref() == Some(&ours), "{ours:?} became {found:?}");

    let (change, _) = sample::moving(
        &ours,
        &[
            Event::Answered {
                text: "是".into(),
                facts: None,
            },
            Event::Closed,
        ],
    );
    store.commit(change)?;
    let done = store.erase(&ann)?;
    ensure!(
        done.cases == [theirs.id.clone()] && done.open.is_empty(),
        "then it did {done:?}"
    );
    let left = everything(store)?;
    ensure!(!left.contains("citizen-ann"), "she can still be read: {left}");
    let found = store.case(&ours.id)?;
    ensure!(
        found.is_some_and(|case| case.key.sender().as_str() == "bob" && case.handling.erased.is_none()),
        "the other citizen was erased as well"
    );
    compare(store)
}

fn replayed(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let closed = whole_life(store, "C-1", "ann")?;
    whole_life(store, "C-2", "bob")?;
    let before = journal(store, 100)?.len();
    store.erase(closed.key.sender())?;
    compare(store)?;
    let records = journal(store, 100)?;
    ensure!(
        records.len() == before + 2,
        "{before} records became {}",
        records.len()
    );
    let erased: BTreeSet<_> = pages(store)?.into_iter().flat_map(|page| page.erased).collect();
    // The message, the opening, and the seven events with texts.
    let of_ann = records.iter().filter(|(place, record)| {
        let about = record.case.as_ref() == Some(&closed.id)
            || *place == records.first().map_or(*place, |first| first.0);
        about && !matches!(record.event, Event::Closed | Event::Erased { .. })
    });
    let of_ann: BTreeSet<_> = of_ann.map(|(place, _)| *place).collect();
    ensure!(
        erased == of_ann,
        "{of_ann:?} were to be erased, and {erased:?} were"
    );
    Ok(())
}

/// The journal rebuilds every case as it stands.
pub(super) fn compare(store: &dyn Store) -> Result<(), Broken> {
    let rebuilt = replay(store)?;
    let total = store.cases(&CaseFilter::default())?.total;
    ensure!(
        total == rebuilt.len(),
        "of {total} cases {} were rebuilt",
        rebuilt.len()
    );
    for (id, rebuilt) in rebuilt {
        let stored = store.case(&id)?;
        ensure!(
            stored.as_ref() == Some(&rebuilt),
            "{rebuilt:?} is stored as {stored:?}"
        );
    }
    Ok(())
}
