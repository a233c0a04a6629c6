//! Checks of messages.

use super::harness::{Broken, conflict_of, journal, race};
use super::{Check, Subject, sample};
use crate::case::Priority;
use crate::message::{AccountId, CitizenId, Conversation, MessageKey};
use crate::store::{Arrival, CaseFilter, Conflict, StoreError};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "unknown_message_has_no_outcome",
        promise: "a message that was never handled has no outcome",
        run: unknown,
    },
    Check {
        name: "outcome_comes_back_as_committed",
        promise: "the outcome of a message reads back as it was committed",
        run: comes_back,
    },
    Check {
        name: "message_is_handled_once",
        promise: "a second set for a handled message conflicts and changes nothing",
        run: once,
    },
    Check {
        name: "messages_are_told_apart_by_the_whole_key",
        promise: "account, sender and id together identify a message",
        run: whole_key,
    },
    Check {
        name: "redelivery_in_parallel_commits_once",
        promise: "of many concurrent commits of one message exactly one succeeds",
        run: in_parallel,
    },
    Check {
        name: "arrival_is_what_its_parts_are",
        promise: "an arrival has the message's outcome, its conversation and its sender's cases",
        run: arrival,
    },
];

fn arrival(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let mine = [("C-1", "1"), ("C-2", "2")].map(|(id, message)| {
        let mut case = sample::case(id, "ann", Priority::Normal, 10);
        case.key = match id {
            "C-1" => sample::key("ann", message),
            _ => MessageKey::new(AccountId::new("county"), CitizenId::new("ann"), message),
        };
        case
    });
    for case in &mine {
        let mut change = sample::queueing(case);
        let (account, sender) = (case.key.account().clone(), case.key.sender().clone());
        change.conversation = Some(Conversation {
            misses: 1,
            ..Conversation::new(account, sender)
        });
        store.commit(change)?;
    }
    store.commit(sample::queueing(&sample::case(
        "C-3",
        "bob",
        Priority::Normal,
        10,
    )))?;
    for key in [
        sample::key("ann", "1"),
        sample::key("ann", "3"),
        sample::key("nobody", "1"),
    ] {
        let found = store.arrival(&key)?;
        ensure!(found.handled == store.handled(&key)?, "{:?}", found.handled);
        let conversation = store.conversation(key.account(), key.sender())?;
        ensure!(found.conversation == conversation, "{:?}", found.conversation);
        if let Some(cases) = found.cases {
            let theirs = store.cases(&Arrival::cases_of(key.sender()))?.cases;
            ensure!(cases == theirs, "the cases of {key} are {cases:?}");
        }
    }
    Ok(())
}

fn unknown(subject: &Subject) -> Result<(), Broken> {
    let found = subject.store().handled(&sample::key("ann", "1"))?;
    ensure!(found.is_none(), "there is {found:?}");
    Ok(())
}

fn comes_back(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    for key in [
        sample::key("ann", "1"),
        sample::key(sample::AWKWARD, sample::AWKWARD),
    ] {
        let change = sample::answering(&key);
        store.commit(change.clone())?;
        let found = store.handled(&key)?;
        ensure!(found == change.handled, "{:?} became {found:?}", change.handled);
    }
    Ok(())
}

fn once(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let key = sample::key("ann", "1");
    let first = sample::answering(&key);
    store.commit(first.clone())?;
    let mut case = sample::case("C-1", "ann", Priority::Normal, 10);
    case.key = key.clone();
    let mut second = sample::queueing(&case);
    second.conversation = Some(Conversation::new(key.account().clone(), key.sender().clone()));
    let conflict = conflict_of(store.commit(second))?;
    ensure!(conflict == Conflict::Handled, "the conflict was {conflict:?}");
    ensure!(store.handled(&key)? == first.handled, "the outcome was replaced");
    ensure!(
        store.case(&case.id)?.is_none(),
        "the second set's case was stored"
    );
    let conversation = store.conversation(key.account(), key.sender())?;
    ensure!(
        conversation.version == 0,
        "the second set's conversation was stored"
    );
    let records = journal(store, 10)?.len();
    ensure!(
        records == first.records.len(),
        "the journal has {records} records"
    );
    Ok(())
}

fn whole_key(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let key = |account: &str, sender: &str, id: &str| {
        MessageKey::new(AccountId::new(account), CitizenId::new(sender), id)
    };
    let keys = [
        key("city", "ann", "1"),
        key("city", "bob", "1"),
        key("county", "ann", "1"),
        key("city", "ann", "2"),
        key("city/ann", "1", ""),
        key("city", "ann/1", ""),
        key("city", "ann", "1\0"),
        key("city\0ann", "1", "1"),
        key("city", "Ann", "1"),
        key("city", "ann ", "1"),
        key("", "", ""),
    ];
    for key in &keys {
        store.commit(sample::answering(key))?;
    }
    for key in &keys {
        let found = store.handled(key)?;
        ensure!(
            found == Some(sample::handled(key)),
            "message {key:?} has the outcome {found:?}"
        );
    }
    Ok(())
}

fn in_parallel(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    for round in 0..20 {
        let id = format!("C-{round}");
        let won = race(|caller| {
            let mut case = sample::case(&format!("{id}-{caller}"), "ann", Priority::Normal, 10);
            case.key = sample::key("ann", &id);
            match store.commit(sample::queueing(&case)) {
                Ok(()) => Ok(1),
                Err(StoreError::Conflict(Conflict::Handled)) => Ok(0),
                Err(other) => Err(other.into()),
            }
        })?;
        let won: usize = won.into_iter().sum();
        ensure!(won == 1, "{won} callers won in round {round}");
        let cases = store.cases(&CaseFilter::default())?.total;
        ensure!(
            cases == round + 1,
            "{cases} cases stand after {} messages",
            round + 1
        );
    }
    Ok(())
}
