//! Erasing the personal data of a citizen from cases and records.

use super::{
    Case, Deadline, DeadlineChange, DerivationStep, Duplicate, Event, Handling, InternalNotes, Letter,
    LetterStatus, Record, Relations, TranscriptEntry, Transfers,
};
use crate::message::{CitizenId, MessageKey};
use crate::reply::Reason;

/// The text that replaces erased personal data: texts, names, and the ids of citizens and messages.
///
/// A citizen can write the same text, so it is no proof of an erasure; a page of the journal names its erased
/// records.
pub const ERASED: &str = "[erased]";

fn mark() -> String {
    ERASED.to_owned()
}

fn erase_entry(entry: &mut TranscriptEntry) {
    match entry {
        TranscriptEntry::ByOffice { text } | TranscriptEntry::ByCitizen { text, .. } => *text = mark(),
    }
}

/// Erases what the citizens of merged cases wrote after the merger.
pub(super) fn erase_recipients(transcript: &mut [TranscriptEntry]) {
    let theirs =
        |entry: &&mut TranscriptEntry| matches!(entry, TranscriptEntry::ByCitizen { from, .. } if *from > 0);
    transcript.iter_mut().filter(theirs).for_each(erase_entry);
}

fn erase_text(text: &mut Option<String>) {
    if text.is_some() {
        *text = Some(mark());
    }
}

/// The key without the citizen and the message id.
fn anonymous(key: &MessageKey) -> MessageKey {
    MessageKey::new(key.account().clone(), CitizenId::new(ERASED), ERASED)
}

impl Case {
    /// The case without personal data: ids and names of citizens, and every text that a citizen or an agent
    /// wrote.
    ///
    /// The number, times, states, department, theme, agents and deadlines stay. Erasing commutes with
    /// applying records: the erased records applied to the erased case give the erased case afterwards.
    #[must_use]
    pub fn erased(mut self) -> Self {
        self.key = anonymous(&self.key);
        erase_text(&mut self.sender_name);
        self.text = mark();
        self.earlier.iter_mut().for_each(|turn| turn.text = mark());
        self.transcript.iter_mut().for_each(erase_entry);
        erase_text(&mut self.answer);
        self.deadlines.iter_mut().for_each(erase_deadline);
        self.reasons.iter_mut().for_each(erase_reason);
        self.handling.erase();
        self
    }
}

impl Handling {
    fn erase(&mut self) {
        self.internal.erase();
        self.transfers.erase();
        self.relations.erase();
        self.contact.letters.iter_mut().for_each(erase_letter);
        self.reopened.iter_mut().for_each(|reason| *reason = mark());
    }
}

impl InternalNotes {
    fn erase(&mut self) {
        erase_text(&mut self.draft);
        self.notes.iter_mut().for_each(|note| note.text = mark());
        self.supervision
            .iter_mut()
            .for_each(|supervision| supervision.text = mark());
    }
}

impl Transfers {
    fn erase(&mut self) {
        if let Some(offer) = &mut self.offer {
            offer.reason = mark();
        }
        self.returns
            .iter_mut()
            .for_each(|returned| returned.text = mark());
    }
}

impl Relations {
    fn erase(&mut self) {
        self.erase_recipients();
        self.parts
            .iter_mut()
            .for_each(|part| erase_text(&mut part.answer));
    }

    /// Erases the citizens of the merged cases.
    pub(super) fn erase_recipients(&mut self) {
        self.merged.iter_mut().for_each(erase_duplicate);
    }
}

pub(super) fn erase_letter(letter: &mut Letter) {
    letter.text = mark();
    erase_status(&mut letter.status);
}

/// The error text of a channel can contain the citizen's name.
fn erase_status(status: &mut LetterStatus) {
    if let LetterStatus::Failed { reason, .. } = status {
        *reason = mark();
    }
}

fn erase_duplicate(duplicate: &mut Duplicate) {
    duplicate.key = anonymous(&duplicate.key);
    if let Some(content) = &mut duplicate.content {
        content.earlier.iter_mut().for_each(|turn| turn.text = mark());
        content.text = mark();
        content.transcript.iter_mut().for_each(erase_entry);
        content.notes.iter_mut().for_each(|note| note.text = mark());
        erase_text(&mut content.draft);
    }
}

/// The reasons that agents gave can contain personal data. The texts of the rulebook do not.
fn erase_deadline(deadline: &mut Deadline) {
    for step in &mut deadline.derivation {
        if let DerivationStep::Extended { reason, .. } | DerivationStep::Changed { reason, .. } = step {
            *reason = mark();
        }
    }
    let history = &mut deadline.history;
    history
        .extensions
        .iter_mut()
        .for_each(|extension| extension.reason = mark());
    for DeadlineChange { reason, .. } in &mut history.changes {
        *reason = mark();
    }
}

/// Removes a citizen's own words from a reason.
pub(crate) fn erase_reason(reason: &mut Reason) {
    match reason {
        Reason::Emergency { hit }
        | Reason::DangerDenied { hit }
        | Reason::HandOff { hit }
        | Reason::Personal { hit } => hit.keyword = mark(),
        Reason::RuleFired { hits, .. } => hits.iter_mut().for_each(|hit| hit.keyword = mark()),
        Reason::Differs { what, .. } | Reason::NotSpokenOf { what, .. } => *what = mark(),
        Reason::FaqFailed { error } => *error = mark(),
        Reason::Empty
        | Reason::Truncated { .. }
        | Reason::TooLong { .. }
        | Reason::RuleBeaten { .. }
        | Reason::ForwardedToTheme { .. }
        | Reason::ForwardedToAccount { .. }
        | Reason::SeveralMatters { .. }
        | Reason::FaqCandidates { .. }
        | Reason::Sure { .. }
        | Reason::Uncertified
        | Reason::NotAutomatic
        | Reason::NearlySure { .. }
        | Reason::Unsure { .. }
        | Reason::Misses { .. }
        | Reason::Chosen { .. }
        | Reason::NoneOfThese { .. }
        | Reason::AfterMenu { .. }
        | Reason::FollowUp { .. }
        | Reason::Repeated { .. }
        | Reason::Automatic { .. }
        | Reason::Theme { .. }
        | Reason::SameMatter { .. }
        | Reason::Routed { .. }
        | Reason::RouteUnsure { .. }
        | Reason::NoTheme => {}
    }
}

impl Record {
    /// The record without personal data. The time, the author and the kind of event stay.
    #[must_use]
    pub fn erased(mut self) -> Self {
        self.event = self.event.erased();
        self
    }
}

impl Event {
    fn erased(mut self) -> Self {
        match &mut self {
            Self::Handled { key, text, .. } => {
                *key = anonymous(key);
                erase_text(text);
            }
            Self::Feedback { feedback } => {
                feedback.key = anonymous(&feedback.key);
                feedback.text = mark();
            }
            Self::Opened { case } => **case = (**case).clone().erased(),
            Self::Answered { text, .. }
            | Self::Asked { text }
            | Self::CitizenWrote { text, .. }
            | Self::Drafted { text }
            | Self::PartAnswered { text, .. }
            | Self::Decided { reason: text, .. }
            | Self::Reopened { reason: text, .. } => *text = mark(),
            Self::DeadlineSet { deadline } => erase_deadline(deadline),
            Self::Noted { note } => note.text = mark(),
            Self::Transferred { offer } => offer.reason = mark(),
            Self::Returned { returned } => returned.text = mark(),
            Self::Supervised { supervision } => supervision.text = mark(),
            Self::Posted { letter, to } => {
                erase_letter(letter);
                if let Some(to) = to {
                    **to = anonymous(to);
                }
            }
            Self::LetterMoved { status, .. } => erase_status(status),
            Self::Absorbed { duplicates, .. } => duplicates.iter_mut().for_each(erase_duplicate),
            Self::Claimed { .. }
            | Self::Renewed { .. }
            | Self::Released
            | Self::Chased { .. }
            | Self::DeadlineDone { .. }
            | Self::Raised { .. }
            | Self::Accepted { .. }
            | Self::Reassigned { .. }
            | Self::Merged { .. }
            | Self::MergerSeen
            | Self::SplitOff { .. }
            | Self::PartGiven { .. }
            | Self::AskedIfSolved { .. }
            | Self::AgentAnnounced { .. }
            | Self::HandedBack
            | Self::Confirmed { .. }
            | Self::Ended { .. }
            | Self::Closed
            | Self::Erased { .. }
            | Self::RecipientsErased { .. }
            | Self::Forgotten { .. }
            | Self::AwaitsReply { .. }
            | Self::Resumed { .. }
            | Self::Pruned { .. } => {}
        }
        self
    }

    /// The message that the event is about, if it is about a message and not a case. The record is kept as
    /// long as the message's outcome.
    pub fn message(&self) -> Option<&MessageKey> {
        match self {
            Self::Handled { key, .. } => Some(key),
            Self::Feedback { feedback } => Some(&feedback.key),
            _ => None,
        }
    }

    /// The message that a turn of a conversation is about, which names the account and the citizen: the message
    /// itself, or the one that a letter answers. `None` for an event that is no turn.
    pub fn turn(&self) -> Option<&MessageKey> {
        match self {
            Self::Handled { key, .. } => Some(key),
            Self::Posted { to, .. } => to.as_deref(),
            _ => None,
        }
    }

    /// Whether the event names citizens of merged cases: it is erased with them.
    pub(crate) fn names_recipients(&self) -> bool {
        match self {
            Self::Absorbed { .. } => true,
            Self::CitizenWrote { from, .. } => *from > 0,
            Self::Posted { letter, .. } => letter.to > 0,
            _ => false,
        }
    }

    /// Whether the event belongs to no case or message: the store writes it about an erasure or a removal.
    pub fn is_bookkeeping(&self) -> bool {
        matches!(self, Self::Forgotten { .. } | Self::Pruned { .. })
    }

    /// Whether only a store may write the event, together with the erasure or removal that it records.
    pub fn is_of_the_store(&self) -> bool {
        self.is_bookkeeping() || matches!(self, Self::Erased { .. } | Self::RecipientsErased { .. })
    }
}
