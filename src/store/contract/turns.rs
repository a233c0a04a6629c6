//! Checks of the turns of conversations.

use super::harness::Broken;
use super::{Check, Subject, sample};
use crate::case::{Case, Event, Letter, LetterKind, LetterStatus, Priority, Record};
use crate::message::{AccountId, CitizenId, MessageKey};
use crate::store::{Seq, Store, TurnPage};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "turns_are_those_of_one_conversation",
        promise: "the turns are the messages of one citizen on one account and the letters to them, the newest \
                  first, in pages that neither skip nor repeat one",
        run: pages,
    },
    Check {
        name: "turns_end_with_their_citizen",
        promise: "an erased citizen has no turns, and retention removes old ones",
        run: ends,
    },
];

fn parties() -> (AccountId, CitizenId) {
    ("city".into(), "ann".into())
}

/// A letter of the case to the sender of `to`.
fn letter(number: u32, to: &MessageKey) -> Event {
    Event::Posted {
        letter: Box::new(Letter {
            number,
            to: 0,
            kind: LetterKind::Answer,
            text: format!("letter {number} {}", sample::AWKWARD),
            posted: sample::at(1),
            attempts: 0,
            status: LetterStatus::Delivered { at: sample::at(1) },
        }),
        to: Some(Box::new(to.clone())),
    }
}

/// A message with its record alone.
fn message(store: &dyn Store, key: &MessageKey) -> Result<Record, Broken> {
    let change = sample::answering(key);
    let record = change.records.first().cloned();
    store.commit(change)?;
    record.ok_or_else(|| Broken::new("a sample has no record"))
}

/// Commits the messages and letters of ann, between those of others, and gives hers in order.
fn talk(store: &dyn Store) -> Result<(Vec<Record>, Case), Broken> {
    let case = sample::case("C-1", "ann", Priority::Normal, 10);
    let opening = sample::sent_to(&case);
    let mut hers: Vec<Record> = opening.records.iter().take(1).cloned().collect();
    store.commit(opening)?;
    let mut case = case;
    for n in 0..4 {
        hers.push(message(store, &sample::key("ann", &format!("m-{n}")))?);
        message(store, &sample::key("bob", &format!("m-{n}")))?;
        let elsewhere = MessageKey::new("county".into(), "ann".into(), format!("m-{n}"));
        message(store, &elsewhere)?;
        store.commit(sample::judging(&sample::key("ann", "m-0"), "no turn", 1))?;
        let (change, next) = sample::moving(
            &case,
            &[
                letter(n + 1, &case.key),
                Event::Drafted {
                    text: "no turn".into(),
                },
            ],
        );
        hers.extend(change.records.iter().take(1).cloned());
        store.commit(change)?;
        case = next;
    }
    // A letter of her case to another citizen.
    let (change, case) = sample::moving(&case, &[letter(5, &sample::key("bob", "m-0"))]);
    store.commit(change)?;
    Ok((hers, case))
}

fn all(store: &dyn Store, limit: usize) -> Result<Vec<(Seq, Record)>, Broken> {
    let (account, citizen) = parties();
    let (mut turns, mut before) = (Vec::new(), None);
    loop {
        let TurnPage {
            turns: page,
            unreadable,
            next,
        } = store.turns(&account, &citizen, before, limit)?;
        ensure!(unreadable.is_empty(), "{unreadable:?} cannot be read");
        ensure!(page.len() <= limit, "a page of {limit} has {} turns", page.len());
        ensure!(
            next.is_none() || page.len() == limit,
            "a page of {} of {limit} turns is not the last",
            page.len()
        );
        turns.extend(page);
        ensure!(turns.len() < 100, "the pages do not end");
        before = next;
        if before.is_none() {
            return Ok(turns);
        }
    }
}

fn pages(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let (account, citizen) = parties();
    ensure!(
        store.turns(&account, &citizen, None, 10)? == TurnPage::default(),
        "an unknown citizen has turns"
    );
    let (mut wanted, _) = talk(store)?;
    wanted.reverse();
    for limit in [1, 3, 9, 50] {
        let found: Vec<Record> = all(store, limit)?.into_iter().map(|(_, record)| record).collect();
        ensure!(
            found == wanted,
            "in pages of {limit}, {wanted:?} became {found:?}"
        );
    }
    Ok(())
}

fn ends(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let texts = || -> Result<Vec<Record>, Broken> {
        let turns = all(store, 50)?.into_iter();
        Ok(turns.map(|(_, record)| record).collect())
    };
    message(store, &sample::key("ann", "old"))?;
    let mut late = sample::answering(&sample::key("ann", "late"));
    for record in &mut late.records {
        record.at = sample::at(60);
    }
    let kept = late.records.clone();
    store.commit(late)?;
    store.prune(sample::at(30), 100)?;
    let left = texts()?;
    ensure!(
        left == kept,
        "of an old turn and {kept:?}, retention leaves {left:?}"
    );

    let (hers, case) = talk(store)?;
    let (_, citizen) = parties();
    // An open case keeps its messages and letters; the others go.
    store.erase(&citizen)?;
    let left = texts()?;
    let of_case = |record: &&Record| record.case.is_some() || record.event.turn() == Some(&case.key);
    let mut wanted: Vec<Record> = hers.iter().filter(of_case).cloned().collect();
    wanted.reverse();
    ensure!(left == wanted, "with an open case, {wanted:?} became {left:?}");
    let answered = [
        Event::Answered {
            text: "是".into(),
            facts: None,
        },
        Event::Closed,
    ];
    store.commit(sample::moving(&case, &answered).0)?;
    store.erase(&citizen)?;
    let left = texts()?;
    ensure!(left.is_empty(), "she still has {left:?}");
    Ok(())
}
