//! Follow-up messages: the words that are recognised, and the texts that answer them.

use serde::Serialize;

/// Follow-up messages of a citizen about a case or an answer (`[follow_up]`).
///
/// A rulebook without it treats every message as a new matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FollowUp {
    /// Asks for the state of a case: the whole message is one of these, alone or beside the case number.
    pub progress: Vec<String>,
    /// Thanks, and words that end a conversation. A message that consists of these, of the words in
    /// [`beside_thanks`](Self::beside_thanks) and of [`emoticons`](Self::emoticons) opens no case and reopens
    /// none.
    pub thanks: Vec<String>,
    /// Words that may stand beside thanks, and that alone are none.
    pub beside_thanks: Vec<String>,
    /// Friendly emoticons: emoji, and the codes that a channel writes for its own, such as `/::)`.
    pub emoticons: Vec<String>,
    /// Asks to hurry with an open case: the message consists of these and of the words in
    /// [`beside_chase`](Self::beside_chase).
    pub chase: Vec<String>,
    /// Words that may stand beside a request to hurry, and that alone are none.
    pub beside_chase: Vec<String>,
    /// Words that a question has. Within [`minutes`](Self::minutes) of an open case, a message without any is
    /// added to the case and not answered. If empty, every message may be a question.
    pub asks: Vec<String>,
    /// The words of a choice from a menu.
    pub choice: ChoiceTexts,
    /// The answer helped: the whole message is one of these.
    pub solved: Vec<String>,
    /// The answer did not help: the whole message is one of these.
    pub unsolved: Vec<String>,
    /// Adding to the open case: the message begins with one of these.
    pub add: Vec<String>,
    /// Minutes after the last message about an open case in which another message without a certain answer is
    /// added to the case.
    pub minutes: u32,
    /// Whether the deadline of a reopened case counts from the arrival of the original message, as long as
    /// that leaves time; otherwise it counts from the reopening.
    pub from_arrival: bool,
    /// Hours in which the citizen can say that an automatic answer did not help; afterwards the question
    /// lapses.
    pub confirm_hours: u32,
    /// Minutes in which the same text is not sent twice in a row.
    pub repeat_minutes: u32,
    /// The texts of the replies.
    pub texts: FollowUpTexts,
    /// The names of the case states.
    pub states: StateNames,
}

/// The texts of a [`FollowUp`] (`[follow_up.texts]`), each with the slots that it may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FollowUpTexts {
    /// The state of an open case: `{case}`, `{state}`, `{department}`, `{due}`.
    pub progress: String,
    /// The state of a case without a certain due time, because it is answered or its due time is provisional:
    /// `{case}`, `{state}`, `{department}`.
    pub progress_undated: String,
    /// The citizen has no case, or none of that number.
    pub no_case: String,
    /// The words were added to the case: `{case}`, `{department}`.
    pub added: String,
    /// An agent has claimed the case and will answer: `{case}`, `{department}`.
    pub held: String,
    /// Precedes the first automatic reply after an agent took part in the conversation.
    pub handed_back: String,
    /// In return for thanks.
    pub welcome: String,
    /// The citizen said that it is solved.
    pub confirmed: String,
    /// The citizen said that the matter is not solved, and the case is reopened: `{case}`, `{department}`.
    pub reopened: String,
    /// Precedes the state of a case with which the citizen asked to hurry: no slots.
    pub chased: Option<String>,
    /// Appended to an automatic answer while the citizen has just written about an open case: `{case}`,
    /// `{department}`.
    pub case_goes_on: Option<String>,
    /// Appended when a case is in the queue again, because it was reopened or the citizen replied, and has a
    /// certain due time: `{due}`.
    pub new_due: String,
    /// Replaces a text that was sent just before.
    pub repeated: String,
    /// Appended to the reply about a new case while the office is closed: `{back}`, the time of the next
    /// opening.
    pub closed_now: String,
    /// Appended to it while the office is open and, according to the host, no agent of the department is
    /// present: no slots.
    pub absent: String,
    /// Appended to it if the host knows when an agent is back: `{back}`.
    pub absent_until: String,
}

/// The words in which a citizen chooses from a menu (`[follow_up.choice]`), besides digits and the options as
/// shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ChoiceTexts {
    /// Words that may stand beside a number.
    pub beside: Vec<String>,
    /// The numerals of the language, from the one for 1; at most 9.
    pub numerals: Vec<String>,
    /// None of the options: the whole message is one of these.
    pub none: Vec<String>,
}

/// The names of the case states, as citizens read them (`[follow_up.states]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StateNames {
    /// In the queue.
    pub waiting: String,
    /// A person works on it.
    pub claimed: String,
    /// The citizen was asked for something.
    pub awaiting_citizen: String,
    /// Offered to another department.
    pub offered: String,
    /// Answered.
    pub answered: String,
    /// Ended.
    pub closed: String,
}
