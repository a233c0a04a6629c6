//! The words of follow-ups, and what a message says in them.

use std::collections::HashSet;

use super::composed::Composed;
use super::emoticons::Emoticons;

/// The words of follow-ups, folded to letters and digits. A word without any, such as an emoji, is only
/// folded.
#[derive(Clone, Debug, Default)]
pub(crate) struct FollowUpWords {
    /// Asks for the state of a case: whole messages.
    pub(crate) progress: HashSet<String>,
    /// Thanks, and words that end a conversation.
    pub(crate) thanks: Composed,
    /// Negations of requests for a person, beside those requests and thanks.
    pub(crate) declined: Composed,
    /// Friendly emoticons.
    pub(crate) emoticons: Emoticons,
    /// Asks to hurry.
    pub(crate) chase: Composed,
    /// Says that an answer solved the matter: whole messages.
    pub(crate) solved: HashSet<String>,
    /// Says that an answer did not: whole messages.
    pub(crate) unsolved: HashSet<String>,
    /// Beginnings of messages that add to a case.
    pub(crate) add: Vec<String>,
    /// Words that a question has. Empty if every message may be one.
    pub(crate) asks: Vec<String>,
    /// The minutes after the last message about a case within which an undecided one belongs to it.
    pub(crate) minutes: u32,
}

/// A message in the forms in which follow-ups are recognised.
#[derive(Clone, Debug, Default)]
pub(crate) struct Saying {
    /// Its letters and digits; if it has none, its symbols. Emoticons beside words are left out.
    whole: String,
    /// The same without thanks at its ends, unless nothing else is left.
    core: String,
    /// Whether it only thanks or ends the conversation.
    pub(crate) closes: bool,
    /// Whether it consists of negations, requests for a person and thanks.
    pub(crate) declines: bool,
    /// Whether it only asks to hurry.
    pub(crate) chases: bool,
}

impl Saying {
    pub(crate) fn of(words: &FollowUpWords, folded: &str) -> Self {
        let without = words.emoticons.taken_out(folded);
        let bare: String = without.rest.chars().filter(|c| c.is_alphanumeric()).collect();
        let thanks = words.thanks.has(&bare) || without.listed && words.thanks.covers(&bare);
        let closes = thanks && !without.other;
        let core = match words.thanks.without_ends(&bare) {
            "" => bare.clone(),
            core => core.to_owned(),
        };
        Self {
            closes,
            declines: words.declined.has(&bare) && !without.other,
            chases: words.chase.has(&core),
            whole: match bare.is_empty() {
                true => folded.trim().to_owned(),
                false => bare,
            },
            core,
        }
    }

    /// Whether it is one of the whole messages `listed`, thanks aside.
    pub(crate) fn is_one_of(&self, listed: &HashSet<String>) -> bool {
        listed.contains(&self.whole) || listed.contains(&self.core)
    }

    /// Its letters and digits.
    pub(crate) fn whole(&self) -> &str {
        &self.whole
    }
}
