//! Words that send a message to a person, and the fixed texts of replies.

use serde::Serialize;

use super::Location;

/// Words that send a message to a person, before rules and FAQ (`[words]` and `[[emergency]]`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PersonWords {
    /// A request for a person: the whole message is one of these.
    pub hand_off_exact: Vec<String>,
    /// A request for a person: the message contains one of these.
    pub hand_off: Vec<String>,
    /// A complaint or a personal matter: no automatic answer, unless the winning rule itself matched these
    /// words.
    pub personal: Vec<String>,
    /// Names of other places. A message that names one gets no automatic answer, unless the rule's examples
    /// or keywords, or the entry's phrasings, name it too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<String>,
    /// Longer words. A word of the lists above or of an emergency that is only a part of one of these, or
    /// overlaps it, does not count there (`大理` in `大理石`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub longer: Vec<String>,
    /// Emergencies, in the order of their ids.
    pub emergencies: Vec<Emergency>,
}

/// A kind of danger (`[[emergency]]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Emergency {
    /// Its id. If a message has words of several, the one with the first id counts.
    pub id: String,
    /// A message that contains one of these is one.
    pub any: Vec<String>,
    /// Unless it contains one of these too (`着火` in `上火着火锅`).
    pub none: Vec<String>,
    /// The immediate advice, for example the emergency number. The template's `{advice}`.
    pub advice: String,
    /// Its place in the rulebook's files.
    #[serde(skip)]
    pub location: Location,
}

/// The fixed texts of replies (`[templates]`), each with the slots that it may use.
///
/// A brace that is not part of a slot is refused at load, so none can be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Templates {
    /// Around every automatic answer: `{answer}`, `{checked}` (a date, or the word of `unchecked`).
    pub answer: String,
    /// The text of `{checked}` for an answer without a date.
    pub unchecked: String,
    /// How `{checked}` is written, in the `strftime` letters.
    pub date_format: String,
    /// Asking back: `{options}` (numbered lines), `{none}` (the numbered line of "none of these").
    pub menu: String,
    /// A case was opened: `{case}`, `{department}`, `{due}`.
    pub queued: String,
    /// A case was opened and its due time is provisional: `{case}`, `{department}`.
    pub queued_provisional: String,
    /// An emergency: `{advice}`, `{case}`, `{department}`.
    pub emergency: String,
    /// How `{due}` is written, in the `strftime` letters.
    pub due_format: String,
    /// The label of "none of these" in a menu; no slots.
    pub none_of_these: String,
}
