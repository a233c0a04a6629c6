//! The cases that a message may be about.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::citizen_cases::CitizenCases;
use crate::case::{Case, CaseId, Letter, LetterStatus, State, TranscriptEntry};
use crate::conversation::case_named;
use crate::engine::compiled::CompiledRulebook;
use crate::engine::incoming::{FoldedText, Incoming};
use crate::engine::same_matter::ComparableText;
use crate::message::{Conversation, Message, MessageKey, Person};
use crate::store::{Store, StoreError};
use crate::text::fold;

/// The longest chain of mergers that is followed to the surviving case.
const MAX_MERGERS: usize = 8;

/// The cases that a message may be about: those of its sender, under each id and on every account.
#[derive(Clone, Debug, Default)]
pub(crate) struct RelatedCases {
    /// The case number in the message, whether the case is the citizen's or not.
    pub(crate) named: Option<CaseId>,
    /// The citizen's case of that number, or else their last one.
    pub(crate) case: Option<Case>,
    /// Whether the message repeats the words that opened `case`.
    pub(crate) repeats_case: bool,
    /// Whether the message puts the matter of `case` to another account, which is then to answer it too.
    pub(crate) put_elsewhere: bool,
    /// When the citizen last wrote about a case without naming it.
    pub(crate) last_case_at: Option<Timestamp>,
    /// The citizen's other open cases.
    pub(crate) others: Vec<Case>,
    /// The citizen's cases, open or closed, with letters that are held back until the citizen writes.
    holding: Vec<Case>,
}

impl RelatedCases {
    /// Finds the cases that the message may be about. A case that cannot be read is left out, so that the
    /// message is not lost.
    pub(super) fn read(
        store: &dyn Store,
        compiled: &CompiledRulebook,
        incoming: &Incoming<'_>,
        conversation: &Conversation,
        citizen_cases: &CitizenCases<'_>,
    ) -> Result<Self, StoreError> {
        let message = incoming.message;
        let (all, person) = (citizen_cases.all()?, citizen_cases.person());
        let named = case_named(incoming.text.folded().as_str());
        let (last, last_case_at) = last_written(conversation, all);
        let Some(first) = named.clone().or(last) else {
            return Ok(Self::default());
        };
        let holds = |case: &&Case| held_for(case, message).next().is_some();
        let holding = all.iter().filter(holds).cloned().collect();
        if compiled.follow_up_words.is_none() {
            return Ok(Self {
                holding,
                ..Self::default()
            });
        }
        let case = surviving(store, all, first, person)?;
        let is_other = |other: &&Case| {
            let open = !other.state.is_over() && !other.is_joined_part();
            open && case.as_ref().is_none_or(|case| case.id != other.id) && is_theirs(other, person)
        };
        let repeats = |case: &Case| fold(&case.text).bare() == incoming.text.bare();
        let put_elsewhere = |case: &Case| {
            let (text, opened) = (&incoming.text, FoldedText::of(&case.text));
            let text = ComparableText::of(text);
            let same = || text.names_a_matter() && ComparableText::of(&opened).is_near(&text);
            case.key.account() != message.account() && same()
        };
        Ok(Self {
            put_elsewhere: case.as_ref().is_some_and(put_elsewhere),
            repeats_case: case.as_ref().is_some_and(repeats),
            others: all.iter().filter(is_other).cloned().collect(),
            named,
            case,
            last_case_at,
            holding,
        })
    }

    /// Every case that may have letters held back for the citizen. A case may come twice.
    pub(crate) fn holding(&self) -> impl Iterator<Item = &Case> {
        // The surviving case of a merger may belong to another citizen, and is not among those in `holding`.
        self.case.iter().chain(&self.holding)
    }
}

/// The case that the person wrote about last, and when: that of the conversation, unless they wrote about one
/// later on another account.
fn last_written(conversation: &Conversation, all: &[Case]) -> (Option<CaseId>, Option<Timestamp>) {
    let here = (conversation.last_case.clone(), conversation.last_case_at);
    let whole = all.iter().filter(|case| !case.is_joined_part());
    // A matter that was split from a case has its times, and a longer number.
    let last = whole.max_by_key(|case| (written_at(case), Reverse(&case.id)));
    match last.map(|case| (case, written_at(case))) {
        Some((case, at)) if here.0.is_none() || here.1 < Some(at) => (Some(case.id.clone()), Some(at)),
        _ => here,
    }
}

/// When a citizen last wrote about the case.
fn written_at(case: &Case) -> Timestamp {
    let later = case.transcript.iter().rev().find_map(|entry| match entry {
        TranscriptEntry::ByCitizen { at, .. } => Some(*at),
        TranscriptEntry::ByOffice { .. } => None,
    });
    later.map_or(case.arrived, |at| at.max(case.arrived))
}

/// Follows mergers and joined parts from the case `first` to the surviving case. `None` if `first` is not the
/// citizen's.
fn surviving(
    store: &dyn Store,
    known: &[Case],
    first: CaseId,
    person: &Person,
) -> Result<Option<Case>, StoreError> {
    let mut next = Some(first);
    let mut found = None;
    for merger in 0..=MAX_MERGERS {
        let Some(id) = next.take() else { break };
        let Some(case) = read_case(store, known, &id)? else {
            break;
        };
        // The surviving case answers this citizen too, even if another citizen opened it.
        if merger == 0 && !is_theirs(&case, person) {
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

/// Whether the person gets the answer to the case, on any account.
fn is_theirs(case: &Case, person: &Person) -> bool {
    let merged = case
        .handling
        .relations
        .merged
        .iter()
        .map(|duplicate| &duplicate.key);
    let mut keys = std::iter::once(&case.key).chain(merged);
    keys.any(|key| person.wrote(key))
}
