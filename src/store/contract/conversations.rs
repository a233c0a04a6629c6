//! Checks of conversations.

use super::harness::{Broken, CALLERS, conflict_of, race};
use super::{Check, Subject, sample};
use crate::message::{AccountId, CitizenId, Conversation, Menu, MenuOption};
use crate::store::{ChangeSet, Conflict, Store, StoreError};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "unknown_citizen_has_a_new_conversation",
        promise: "an unknown citizen has a new conversation at version 0",
        run: unknown,
    },
    Check {
        name: "conversation_is_stored_one_higher",
        promise: "a conversation reads back as it was committed, one version higher",
        run: one_higher,
    },
    Check {
        name: "conversation_at_another_version_conflicts",
        promise: "a commit fails unless the conversation has the version that it was read at",
        run: another_version,
    },
    Check {
        name: "conversation_loses_no_update",
        promise: "of many concurrent commits of one version exactly one succeeds",
        run: in_parallel,
    },
];

fn unknown(subject: &Subject) -> Result<(), Broken> {
    let (account, citizen) = parties();
    let found = subject.store().conversation(&account, &citizen)?;
    ensure!(found == Conversation::new(account, citizen), "there is {found:?}");
    Ok(())
}

fn one_higher(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let (account, citizen) = parties();
    for version in 0..3 {
        let mut next = store.conversation(&account, &citizen)?;
        ensure!(
            next.version == version,
            "version {version} was read as {}",
            next.version
        );
        next.misses += 1;
        next.unsettled += 2;
        next.menu = Some(Menu {
            options: vec![MenuOption {
                words: "words".to_owned(),
                entry: "opening-hours".into(),
                label: sample::AWKWARD.into(),
            }],
            expires: sample::at(30),
            asked: sample::AWKWARD.into(),
            asked_at: sample::START,
            shown_at: Some(sample::START),
            theme: Some("theme".into()),
            chosen: vec![0],
        });
        put(store, next.clone())?;
        next.version += 1;
        let found = store.conversation(&account, &citizen)?;
        ensure!(found == next, "{next:?} became {found:?}");
    }
    let other = store.conversation(&AccountId::new("county"), &citizen)?;
    ensure!(other.version == 0, "another account's conversation is {other:?}");
    Ok(())
}

fn another_version(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let (account, citizen) = parties();
    let new = Conversation::new(account.clone(), citizen.clone());
    let at = |version| Conversation {
        version,
        misses: 7,
        ..new.clone()
    };
    for wrong in [1, 5] {
        let conflict = conflict_of(put(store, at(wrong)))?;
        ensure!(
            conflict == Conflict::Conversation,
            "the conflict was {conflict:?}"
        );
    }
    put(store, new.clone())?;
    put(
        store,
        Conversation {
            version: 1,
            ..new.clone()
        },
    )?;
    for wrong in [0, 1, 3, u64::MAX] {
        let conflict = conflict_of(put(store, at(wrong)))?;
        ensure!(
            conflict == Conflict::Conversation,
            "the conflict was {conflict:?}"
        );
    }
    let found = store.conversation(&account, &citizen)?;
    ensure!(found == Conversation { version: 2, ..new }, "there is {found:?}");
    Ok(())
}

fn in_parallel(subject: &Subject) -> Result<(), Broken> {
    const EACH: u32 = 10;
    // Each conflict means another caller's success: no caller has more conflicts than there are updates.
    const ATTEMPTS: usize = 1_000;
    let store = subject.store();
    let (account, citizen) = parties();
    race(|_| {
        for _ in 0..EACH {
            let mut attempts = 0;
            loop {
                attempts += 1;
                ensure!(attempts < ATTEMPTS, "every commit conflicts");
                let mut next = store.conversation(&account, &citizen)?;
                next.misses += 1;
                match put(store, next) {
                    Ok(()) => break,
                    Err(StoreError::Conflict(Conflict::Conversation)) => {}
                    Err(other) => return Err(other.into()),
                }
            }
        }
        Ok(())
    })?;
    let found = store.conversation(&account, &citizen)?;
    let wanted = EACH * u32::try_from(CALLERS).unwrap_or(u32::MAX);
    ensure!(
        found.misses == wanted && found.version == u64::from(wanted),
        "{wanted} updates left {found:?}"
    );
    Ok(())
}

fn parties() -> (AccountId, CitizenId) {
    (AccountId::new("city"), CitizenId::new("ann"))
}

fn put(store: &dyn Store, conversation: Conversation) -> Result<(), StoreError> {
    store.commit(ChangeSet {
        conversation: Some(conversation),
        ..ChangeSet::default()
    })
}
