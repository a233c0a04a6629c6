//! Words that send a message to a person, and the fixed texts of replies.

use serde::Serialize;

use super::Location;
use crate::text::{NegationWords, Negations};

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
    /// Negations of the words above, of words for opposites and of rules' keywords.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub negations: Vec<Negation>,
}

/// Negations of words (`[[negation]]`). A negated word does not count; if it is an emergency's, a person
/// answers, at normal priority.
///
/// A word is negated by the nearest negation of its clause. A negation of a negation, or a question such as
/// 有没有, negates nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Negation {
    /// The words that they negate: the names in [`NEGATABLE`](Self::NEGATABLE), and ids of emergencies.
    pub of: Vec<String>,
    /// Negations that stand before the word, or end with its beginning.
    pub before: Vec<String>,
    /// The only words that may stand between a negation and the word.
    pub between: Vec<String>,
    /// Negations that stand right after the word.
    pub after: Vec<String>,
    /// With one of these in the clause, at most 24 characters from the word, it is not negated.
    pub unless: Vec<String>,
    /// The most characters between a negation and the word.
    pub within: usize,
}

impl Negation {
    /// The names of lists in [`of`](Self::of): `hand_off`, `personal`, `elsewhere`, `opposite` for words that
    /// end something or have an opposite, and `rule` for keywords of rules that reply.
    pub const NEGATABLE: [&str; 5] = ["hand_off", "personal", "elsewhere", "opposite", "rule"];
}

impl PersonWords {
    /// The negations of one list, or of the emergency with this id.
    pub(crate) fn negations_of(&self, list: &str) -> Negations {
        let lists = self
            .negations
            .iter()
            .filter(|negation| negation.of.iter().any(|of| of == list));
        Negations::new(lists.map(|negation| NegationWords {
            before: negation.before.clone(),
            between: negation.between.clone(),
            after: negation.after.clone(),
            unless: negation.unless.clone(),
            within: negation.within,
        }))
    }
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
