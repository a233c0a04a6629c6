//! Taking down what citizens and agents say about answers.

use super::compiled::CompiledRulebook;
use super::receive::check;
use super::{Engine, Error, InvalidFeedback};
use crate::case::{Author, Event, Record};
use crate::message::{Conversation, EntryId, Message};
use crate::reply::{DecidedBy, Feedback, FollowedUp, Judgement, Reason};
use crate::store::ChangeSet;
use crate::text::{clean, fold};

impl Engine {
    /// Stores a judgement on a message: an agent's pick, "solved", "not solved". It is in the journal when this returns, and
    /// changes no answer. What a citizen chooses from a menu or says of an answer is stored by [`receive`](Self::receive) itself.
    ///
    /// What is promised from judgements holds for messages like those that were judged: let agents judge a random part
    /// of the messages, those that were answered among them, and not those alone that somebody complained about.
    ///
    /// # Errors
    ///
    /// The message's identity is empty or too long, the question holds nothing readable, an entry is none of the rulebook in
    /// force, or the store failed. Nothing was stored then.
    pub fn feedback(&self, actor: Author, feedback: Feedback) -> Result<(), Error> {
        check(&feedback.key)?;
        if fold(&feedback.text).is_blank() {
            return Err(InvalidFeedback::NoText.into());
        }
        let compiled = self.compiled();
        let entries = feedback.judgement.entries();
        if let Some(entry) = entries.iter().find(|entry| compiled.entry(entry).is_none()) {
            return Err(InvalidFeedback::UnknownEntry(entry.clone()).into());
        }
        let feedback = Feedback {
            text: clean(&feedback.text),
            ..feedback
        };
        let event = Event::Feedback { feedback };
        let record = Record::new(self.inner.clock.now(), actor, None, event);
        Ok(self.inner.store.commit(ChangeSet {
            records: vec![record],
            ..ChangeSet::default()
        })?)
    }
}

/// What a message that chose from a menu says about the question that the menu was about.
pub(super) fn of_click(
    compiled: &CompiledRulebook,
    message: &Message,
    conversation: &Conversation,
    reasons: &[Reason],
    by: &DecidedBy,
) -> Option<Feedback> {
    let menu = conversation.menu.as_ref()?;
    let judgement = match by {
        DecidedBy::Menu(entry) => Judgement::Chose { entry: entry.clone() },
        _ if reasons.iter().any(Reason::is_none_of_these) => Judgement::NoneOfThese {
            shown: menu.options.iter().map(|option| option.entry.clone()).collect(),
        },
        _ => return None,
    };
    // Where a reload took away what was chosen, the engine makes "none of these" of it; the citizen said no such thing.
    let whole = menu
        .options
        .iter()
        .all(|option| compiled.entry(&option.entry).is_some());
    (whole && !fold(&menu.asked).is_blank()).then(|| Feedback {
        key: message.key().clone(),
        text: menu.asked.clone(),
        judgement,
    })
}

/// What a message that confirms or refuses an entry's answer says about the question that was answered. Where the entry had
/// been chosen from a menu, the choice has said it.
pub(super) fn of_judgement(
    compiled: &CompiledRulebook,
    message: &Message,
    conversation: &Conversation,
    how: FollowedUp,
) -> Option<Feedback> {
    let unrated = conversation.unrated.as_ref()?;
    let entry = conversation.last_notice.as_ref()?.what.strip_prefix("entry ")?;
    let entry = EntryId::new(entry);
    compiled.entry(&entry)?;
    let judgement = match how {
        FollowedUp::Confirmed => Judgement::Solved { entry },
        FollowedUp::Refused => Judgement::NotSolved { entry },
        _ => return None,
    };
    Some(Feedback {
        key: message.key().clone(),
        text: unrated.asked.clone(),
        judgement,
    })
}
