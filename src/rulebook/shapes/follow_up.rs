//! What a citizen may say after the first message, and what is said back.

use serde::Serialize;

/// The talk that goes on: about a case, or about an answer (`[follow_up]`).
///
/// A rulebook without it treats every message as a new matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FollowUp {
    /// Asking how a case stands: the whole message is one of these, alone or beside the case's number.
    pub progress: Vec<String>,
    /// Thanking: the whole message is one of these. It opens nothing and reopens nothing.
    pub thanks: Vec<String>,
    /// The answer settled it: the whole message is one of these.
    pub solved: Vec<String>,
    /// It did not: the whole message is one of these.
    pub unsolved: Vec<String>,
    /// Adding to the open case: the message begins with one of these.
    pub add: Vec<String>,
    /// For how many minutes after the last message about an open case another one that nothing answers surely
    /// belongs to it.
    pub minutes: u32,
    /// Whether a case that is opened again owes its answer by what counts from its arrival; otherwise, from then on.
    pub from_arrival: bool,
    /// For how many hours an automatic answer can be called unsolved; then it lapses.
    pub confirm_hours: u32,
    /// For how many minutes the same text is not sent twice in a row.
    pub repeat_minutes: u32,
    /// What is said back.
    pub texts: FollowUpTexts,
    /// The names of a case's states, as a citizen reads them.
    pub states: StateNames,
}

/// The texts of a [`FollowUp`] (`[follow_up.texts]`), each with the slots that it may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FollowUpTexts {
    /// How an open case stands: `{case}`, `{state}`, `{department}`, `{due}`.
    pub progress: String,
    /// How a case stands of which no certain time can be told, because it is answered, or its due time may still move: `{case}`,
    /// `{state}`, `{department}`.
    pub progress_undated: String,
    /// The citizen has no case, or none of that number.
    pub no_case: String,
    /// The words were added to the case: `{case}`, `{department}`.
    pub added: String,
    /// A person holds the case, and answers: `{case}`, `{department}`.
    pub held: String,
    /// Precedes the first automatic reply after a person held the talk.
    pub handed_back: String,
    /// In return for thanks.
    pub welcome: String,
    /// The citizen said that it is solved.
    pub confirmed: String,
    /// The citizen said that it is not: the case is open again: `{case}`, `{department}`.
    pub reopened: String,
    /// Follows what is said of a case that is in the queue again, because it was opened again or the citizen replied, where a certain time can be told: `{due}`.
    pub new_due: String,
    /// In the place of a text that was sent just before.
    pub repeated: String,
    /// Follows what is said of a new case while the office is closed: `{back}`, when it opens.
    pub closed_now: String,
    /// Follows it while the office is open and none of the department's agents is there, where the host says so: no slots.
    pub absent: String,
    /// Follows it where the host knows when one is back: `{back}`.
    pub absent_until: String,
}

/// What a citizen reads for each state (`[follow_up.states]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
