//! The cases that a message may have to do with.

use std::cell::OnceCell;

use jiff::Timestamp;

use super::compiled::CompiledRulebook;
use super::follow_up::moved;
use super::plan::written;
use crate::case::{Author, Case, CaseId, Event, Letter, LetterStatus, State};
use crate::conversation::{FollowUpInput, FollowUpMatch, case_named, match_follow_up};
use crate::decide::Decision;
use crate::message::{CitizenId, Conversation, Message, MessageKey};
use crate::store::{Arrival, ChangeSet, Store, StoreError};
use crate::text::fold;

/// How many mergers are followed to the case that goes on.
const MERGERS: usize = 8;

/// What a message may have to do with.
#[derive(Clone, Debug, Default)]
pub(super) struct Related {
    /// The number in the message, whosever case it is.
    named: Option<CaseId>,
    /// The case of that number, or else the citizen's last one; only one of theirs.
    case: Option<Case>,
    /// Their other cases on this account that have not ended.
    others: Vec<Case>,
    /// Those of all their cases, ended ones too, that have a letter for them which is held back.
    holding: Vec<Case>,
}

impl Related {
    /// Finds the cases that the message may be about among those `of_citizen`, and reads what is missing. A case that can't be
    /// read is none: the message must not be lost for it.
    pub(super) fn read(
        store: &dyn Store,
        compiled: &CompiledRulebook,
        message: &Message,
        conversation: &Conversation,
        of_citizen: &OfCitizen<'_>,
    ) -> Result<Self, StoreError> {
        let named = case_named(fold(message.body()).as_str());
        let Some(first) = named.clone().or_else(|| conversation.last_case.clone()) else {
            return Ok(Self::default());
        };
        let mut others = of_citizen.cases()?.to_vec();
        let holding = others
            .iter()
            .filter(|case| held_for(case, message).next().is_some());
        let holding = holding.cloned().collect();
        if compiled.follow_up_words.is_none() {
            return Ok(Self {
                holding,
                ..Self::default()
            });
        }
        let mut next = Some(first);
        let mut found = None;
        for merger in 0..=MERGERS {
            let Some(id) = next.take() else { break };
            let known = others.iter().find(|case| case.id == id);
            let case = match known.map_or_else(|| store.case(&id), |case| Ok(Some(case.clone()))) {
                Ok(case) => case,
                Err(StoreError::Unreadable { .. }) => None,
                Err(error) => return Err(error),
            };
            // The case that another went into answers its citizen too.
            let theirs = |case: &Case| merger > 0 || is_theirs(case, message);
            let Some(case) = case.filter(theirs) else { break };
            if case.state == State::Merged {
                next.clone_from(&case.handling.relations.merged_into);
            } else if case.is_joined_part() {
                // What the office owes is told of the whole.
                next = case
                    .handling
                    .relations
                    .parent
                    .as_ref()
                    .map(|parent| parent.case.clone());
            }
            found = Some(case);
        }
        let id = found.as_ref().map(|case: &Case| &case.id);
        others.retain(|case| {
            let open = !case.state.is_over() && !case.is_joined_part();
            open && Some(&case.id) != id && is_theirs(case, message)
        });
        Ok(Self {
            named,
            case: found,
            others,
            holding,
        })
    }

    /// How the message goes on, and with which case; `None` for a new matter.
    pub(super) fn match_follow_up(
        &self,
        compiled: &CompiledRulebook,
        message: &Message,
        conversation: &Conversation,
        decision: &Decision,
        now: Timestamp,
    ) -> Option<FollowUpMatch<'_>> {
        let bare = fold(message.body()).bare();
        let seen = FollowUpInput {
            bare: &bare,
            decision,
            conversation,
            case: self.case.as_ref(),
            repeats: self
                .case
                .as_ref()
                .is_some_and(|case| fold(&case.text).bare() == bare),
            others: &self.others,
            named: self.named.as_ref(),
            written: written(message, now),
            now,
        };
        match_follow_up(compiled.follow_up_words.as_ref()?, &seen)
    }

    /// Lets what was held back for this citizen be sent: they wrote, whatever about, and with that the channel's window is open
    /// again.
    pub(super) fn release_held(&self, change: &mut ChangeSet, message: &Message, now: Timestamp) {
        // The case that another one went into is none of the citizen's own.
        for case in self.case.iter().chain(&self.holding) {
            let already = change.cases.iter().position(|moved| moved.case.id == case.id);
            let already = already.map(|place| change.cases.remove(place));
            let (case, expected) = match &already {
                Some(moved) => (&moved.case, moved.expected),
                None => (case, Some(case.version)),
            };
            let events: Vec<Event> = held_for(case, message)
                .map(|letter| Event::LetterMoved {
                    number: letter.number,
                    status: LetterStatus::Waiting { from: None },
                })
                .collect();
            if !events.is_empty() {
                moved(change, case, expected, events, &Author::Engine, now);
            } else {
                change.cases.extend(already);
            }
        }
    }
}

/// The letters of a case for the message's sender that are held back.
fn held_for<'a>(case: &'a Case, message: &'a Message) -> impl Iterator<Item = &'a Letter> {
    case.handling.contact.letters.iter().filter(move |letter| {
        let to = case.addressee(letter).filter(|to| is_to(to, message));
        to.is_some() && matches!(letter.status, LetterStatus::Held { .. })
    })
}

/// A citizen's cases on every account: read with the message, or when they are first asked for.
pub(super) struct OfCitizen<'a> {
    store: &'a dyn Store,
    citizen: &'a CitizenId,
    cases: OnceCell<Vec<Case>>,
}

impl<'a> OfCitizen<'a> {
    pub(super) fn new(store: &'a dyn Store, citizen: &'a CitizenId, read: Option<Vec<Case>>) -> Self {
        let cases = OnceCell::new();
        if let Some(read) = read {
            // It is empty.
            drop(cases.set(read));
        }
        Self {
            store,
            citizen,
            cases,
        }
    }

    pub(super) fn cases(&self) -> Result<&[Case], StoreError> {
        if let Some(cases) = self.cases.get() {
            return Ok(cases);
        }
        let read = self.store.cases(&Arrival::cases_of(self.citizen))?.cases;
        Ok(self.cases.get_or_init(|| read))
    }
}

fn is_to(key: &MessageKey, message: &Message) -> bool {
    key.account() == message.account() && key.sender() == message.sender()
}

/// Whether the message's sender gets the case's answer on the message's account.
fn is_theirs(case: &Case, message: &Message) -> bool {
    let merged = case
        .handling
        .relations
        .merged
        .iter()
        .map(|duplicate| &duplicate.key);
    let mut keys = std::iter::once(&case.key).chain(merged);
    keys.any(|key| is_to(key, message))
}
