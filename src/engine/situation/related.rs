//! The cases that a message may be about.

use super::citizen_cases::CitizenCases;
use crate::case::{Case, CaseId, Letter, LetterStatus, State};
use crate::conversation::case_named;
use crate::engine::compiled::CompiledRulebook;
use crate::engine::incoming::Incoming;
use crate::message::{Conversation, Message, MessageKey};
use crate::store::{Store, StoreError};
use crate::text::fold;

/// The longest chain of mergers that is followed to the surviving case.
const MAX_MERGERS: usize = 8;

/// The cases of a citizen that a message may be about.
#[derive(Clone, Debug, Default)]
pub(crate) struct RelatedCases {
    /// The case number in the message, whether the case is the citizen's or not.
    pub(crate) named: Option<CaseId>,
    /// The citizen's case of that number, or else their last one.
    pub(crate) case: Option<Case>,
    /// Whether the message repeats the words that opened `case`.
    pub(crate) repeats_case: bool,
    /// The citizen's other open cases on this account.
    pub(crate) others: Vec<Case>,
    /// The citizen's cases, open or closed, with letters that are held back until the citizen writes.
    holding: Vec<Case>,
}

impl RelatedCases {
    /// Finds the cases that the message may be about. A message that names no case, of a citizen without one,
    /// reads nothing. A case that cannot be read is left out, so that the message is not lost.
    pub(super) fn read(
        store: &dyn Store,
        compiled: &CompiledRulebook,
        incoming: &Incoming<'_>,
        conversation: &Conversation,
        citizen_cases: &CitizenCases<'_>,
    ) -> Result<Self, StoreError> {
        let message = incoming.message;
        let named = case_named(incoming.text.folded().as_str());
        let Some(first) = named.clone().or_else(|| conversation.last_case.clone()) else {
            return Ok(Self::default());
        };
        let all = citizen_cases.all()?;
        let holds = |case: &&Case| held_for(case, message).next().is_some();
        let holding = all.iter().filter(holds).cloned().collect();
        if compiled.follow_up_words.is_none() {
            return Ok(Self {
                holding,
                ..Self::default()
            });
        }
        let case = surviving(store, all, first, message)?;
        let is_other = |other: &&Case| {
            let open = !other.state.is_over() && !other.is_joined_part();
            open && case.as_ref().is_none_or(|case| case.id != other.id) && is_theirs(other, message)
        };
        let repeats = |case: &Case| fold(&case.text).bare() == incoming.text.bare();
        Ok(Self {
            repeats_case: case.as_ref().is_some_and(repeats),
            others: all.iter().filter(is_other).cloned().collect(),
            named,
            case,
            holding,
        })
    }

    /// Every case that may have letters held back for the citizen. A case may come twice.
    pub(crate) fn holding(&self) -> impl Iterator<Item = &Case> {
        // The surviving case of a merger may belong to another citizen, and is not among those in `holding`.
        self.case.iter().chain(&self.holding)
    }
}

/// Follows mergers and joined parts from the case `first` to the surviving case. `None` if `first` is not the
/// citizen's.
fn surviving(
    store: &dyn Store,
    known: &[Case],
    first: CaseId,
    message: &Message,
) -> Result<Option<Case>, StoreError> {
    let mut next = Some(first);
    let mut found = None;
    for merger in 0..=MAX_MERGERS {
        let Some(id) = next.take() else { break };
        let Some(case) = read_case(store, known, &id)? else {
            break;
        };
        // The surviving case answers this citizen too, even if another citizen opened it.
        if merger == 0 && !is_theirs(&case, message) {
            break;
        }
        if case.state == State::Merged {
            next.clone_from(&case.handling.relations.merged_into);
        } else if case.is_joined_part() {
            // The citizen hears about the whole case.
            next = case
                .handling
                .relations
                .parent
                .as_ref()
                .map(|parent| parent.case.clone());
        }
        found = Some(case);
    }
    Ok(found)
}

fn read_case(store: &dyn Store, known: &[Case], id: &CaseId) -> Result<Option<Case>, StoreError> {
    if let Some(case) = known.iter().find(|case| case.id == *id) {
        return Ok(Some(case.clone()));
    }
    match store.case(id) {
        Err(StoreError::Unreadable { .. }) => Ok(None),
        read => read,
    }
}

/// The letters of a case for the sender of the message that are held back.
pub(crate) fn held_for<'a>(case: &'a Case, message: &'a Message) -> impl Iterator<Item = &'a Letter> {
    case.handling.contact.letters.iter().filter(move |letter| {
        let to = case.addressee(letter).filter(|to| is_to(to, message));
        to.is_some() && matches!(letter.status, LetterStatus::Held { .. })
    })
}

fn is_to(key: &MessageKey, message: &Message) -> bool {
    key.account() == message.account() && key.sender() == message.sender()
}

/// Whether the sender of the message gets the answer to the case on the account of the message.
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
