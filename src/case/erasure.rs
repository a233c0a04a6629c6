//! What of a case and its records speaks of a citizen, and what is left when that is erased.

use super::{
    Case, Deadline, DeadlineChange, DerivationStep, Duplicate, Event, Handling, LetterStatus, Part, Record,
    TranscriptEntry,
};
use crate::message::{CitizenId, MessageKey};
use crate::reply::Reason;

/// What stands where something personal was erased: in the place of a text, a name, a citizen's id and a message's.
///
/// A citizen may write the same; whether a record was erased, the journal's page says.
pub const ERASED: &str = "[erased]";

fn mark() -> String {
    ERASED.to_owned()
}

/// Erases a text that may be missing.
fn blot(text: &mut Option<String>) {
    if text.is_some() {
        *text = Some(mark());
    }
}

/// The key of a message whose sender is not known any more.
fn nameless(key: &MessageKey) -> MessageKey {
    MessageKey::new(key.account().clone(), CitizenId::new(ERASED), ERASED)
}

impl Case {
    /// The case without what speaks of its citizen: ids, names, and every text that the citizen or an agent wrote.
    ///
    /// Its number, times, states, department, theme, agents and deadlines stay. Erasing and moving commute: a case that is
    /// moved by erased records is the moved case, erased.
    #[must_use]
    pub fn erased(mut self) -> Self {
        self.key = nameless(&self.key);
        blot(&mut self.sender_name);
        self.text = mark();
        for said in &mut self.transcript {
            match said {
                TranscriptEntry::ByOffice { text } | TranscriptEntry::ByCitizen { text, .. } => {
                    *text = mark()
                }
            }
        }
        blot(&mut self.answer);
        self.deadlines.iter_mut().for_each(erase_deadline);
        self.reasons.iter_mut().for_each(erase_reason);
        self.handling.erase();
        self
    }
}

impl Handling {
    fn erase(&mut self) {
        blot(&mut self.draft);
        self.notes.iter_mut().for_each(|note| note.text = mark());
        if let Some(offer) = &mut self.offer {
            offer.reason = mark();
        }
        self.returns
            .iter_mut()
            .for_each(|returned| returned.text = mark());
        self.supervision.iter_mut().for_each(|sent| sent.text = mark());
        self.erase_recipients();
        for Part { said, .. } in &mut self.parts {
            blot(said);
        }
        for letter in &mut self.letters {
            letter.text = mark();
            erase_status(&mut letter.status);
        }
        self.reopened.iter_mut().for_each(|reason| *reason = mark());
    }

    /// Erases who else gets the answer.
    pub(super) fn erase_recipients(&mut self) {
        self.merged.iter_mut().for_each(erase_duplicate);
    }
}

/// What a channel says of a failure may name the citizen.
fn erase_status(status: &mut LetterStatus) {
    if let LetterStatus::Failed { reason, .. } = status {
        *reason = mark();
    }
}

fn erase_duplicate(duplicate: &mut Duplicate) {
    duplicate.key = nameless(&duplicate.key);
}

/// An agent's reason may tell the citizen's story; what the rulebook says may not.
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

/// The words that were found in a message are the citizen's own.
fn erase_reason(reason: &mut Reason) {
    match reason {
        Reason::Emergency { hit } | Reason::HandOff { hit } | Reason::Personal { hit } => {
            hit.keyword = mark()
        }
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
        | Reason::FollowUp { .. }
        | Reason::Repeated { .. }
        | Reason::Theme { .. }
        | Reason::SameMatter { .. }
        | Reason::Routed { .. }
        | Reason::RouteUnsure { .. }
        | Reason::NoTheme => {}
    }
}

impl Record {
    /// The record without what speaks of a citizen. When, by whom and what kind of move it was stays.
    #[must_use]
    pub fn erased(mut self) -> Self {
        self.event = self.event.erased();
        self
    }
}

impl Event {
    fn erased(mut self) -> Self {
        match &mut self {
            Self::Handled { key, .. } => *key = nameless(key),
            Self::Feedback { feedback } => {
                feedback.key = nameless(&feedback.key);
                feedback.text = mark();
            }
            Self::Opened { case } => **case = (**case).clone().erased(),
            Self::Answered { text }
            | Self::Asked { text }
            | Self::CitizenWrote { text, .. }
            | Self::Drafted { text }
            | Self::PartAnswered { text, .. }
            | Self::Decided { reason: text, .. }
            | Self::Reopened { reason: text } => *text = mark(),
            Self::DeadlineSet { deadline } => erase_deadline(deadline),
            Self::Noted { note } => note.text = mark(),
            Self::Transferred { offer } => offer.reason = mark(),
            Self::Returned { returned } => returned.text = mark(),
            Self::Supervised { sent } => sent.text = mark(),
            Self::Posted { letter } => {
                letter.text = mark();
                erase_status(&mut letter.status);
            }
            Self::LetterMoved { status, .. } => erase_status(status),
            Self::Absorbed { duplicates, .. } => duplicates.iter_mut().for_each(erase_duplicate),
            Self::Claimed { .. }
            | Self::Renewed { .. }
            | Self::Released
            | Self::DeadlineDone { .. }
            | Self::Raised { .. }
            | Self::Accepted { .. }
            | Self::Merged { .. }
            | Self::SplitOff { .. }
            | Self::PartGiven { .. }
            | Self::AskedIfSolved { .. }
            | Self::Attended { .. }
            | Self::HandedBack
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

    /// The message that it is about, where it is about one and not about a case. Its record lives as long as the message's.
    pub fn message(&self) -> Option<&MessageKey> {
        match self {
            Self::Handled { key, .. } => Some(key),
            Self::Feedback { feedback } => Some(&feedback.key),
            _ => None,
        }
    }

    /// Whether it speaks of the store's own work and of no case's: what was erased or removed.
    pub fn is_bookkeeping(&self) -> bool {
        matches!(self, Self::Forgotten { .. } | Self::Pruned { .. })
    }

    /// Whether only a store writes it, about an erasure or a removal that it makes true with it.
    pub fn is_of_the_store(&self) -> bool {
        self.is_bookkeeping() || matches!(self, Self::Erased { .. } | Self::RecipientsErased { .. })
    }
}
