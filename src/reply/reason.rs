//! Why a message was decided as it was, as data.

use serde::{Deserialize, Serialize};

use crate::case::CaseId;
use crate::message::{AccountId, DepartmentId, EntryId, RuleId, ThemeId};

/// A half-open range of bytes in the message's original text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A keyword found in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The keyword, folded.
    pub keyword: String,
    /// Where it stands in the original text.
    pub span: Span,
}

/// A FAQ entry that was considered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredEntry {
    /// The entry.
    pub entry: EntryId,
    /// How sure it is that the entry answers the message, in `0..=1`.
    pub confidence: f64,
}

/// One step of the weighing that led to a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The message holds no readable character.
    Empty,
    /// Only the first `kept` of the message's characters were read.
    Truncated {
        /// How many characters were read.
        kept: usize,
    },
    /// A word that means danger was found.
    Emergency {
        /// Where.
        hit: Hit,
    },
    /// The citizen asked for a person.
    HandOff {
        /// In which words.
        hit: Hit,
    },
    /// A complaint or a personal matter: a person answers, whatever rules and FAQ say.
    Personal {
        /// The word that says so.
        hit: Hit,
    },
    /// The message is longer than a question that may be answered automatically.
    TooLong {
        /// Its folded characters.
        chars: usize,
        /// The longest that may be answered.
        limit: usize,
    },
    /// A keyword rule fired and won.
    RuleFired {
        /// The rule.
        rule: RuleId,
        /// The keywords that fired it.
        hits: Vec<Hit>,
    },
    /// A keyword rule fired and was beaten by the winner.
    RuleBeaten {
        /// The beaten rule.
        rule: RuleId,
        /// The winner.
        by: RuleId,
        /// What settled it.
        why: Beaten,
    },
    /// The winning rule sends the message to a person of another theme.
    ForwardedToTheme {
        /// The theme.
        theme: ThemeId,
    },
    /// The winning rule sends the message to the desk of another account.
    ForwardedToAccount {
        /// The account.
        account: AccountId,
    },
    /// The message wants something ended or opposite, or is about another year or place, and nothing that the rule was written for speaks
    /// of that.
    NotSpokenOf {
        /// The rule.
        rule: RuleId,
        /// What.
        what: String,
    },
    /// Two rules with different answers fired on different words: the message asks several things, a person answers.
    SeveralMatters {
        /// The rule that would have won.
        rule: RuleId,
        /// The other one.
        other: RuleId,
    },
    /// The FAQ's best entries, the surest first.
    FaqCandidates {
        /// At most five.
        candidates: Vec<ScoredEntry>,
    },
    /// The best entry resembles the message and still may not mean it: it is not answered with.
    Differs {
        /// The entry.
        entry: EntryId,
        /// What sets the two apart: a number, a date, a negation, an opposite intent.
        what: String,
    },
    /// The best entry is sure enough, and may only answer with a certificate, of which none holds.
    Uncertified,
    /// The best entry is sure enough, and the rulebook lets no entry answer by itself.
    NotAutomatic,
    /// The best entry is sure enough to answer.
    Sure {
        /// Its confidence.
        confidence: f64,
        /// The least that answers.
        threshold: f64,
    },
    /// Not sure enough to answer, sure enough to ask back.
    NearlySure {
        /// The best entry's confidence.
        confidence: f64,
        /// The least that answers.
        threshold: f64,
        /// How sure it is that one of the best three entries answers.
        any: f64,
        /// The least of it that asks back.
        menu_threshold: f64,
    },
    /// Not even sure enough to ask back.
    Unsure {
        /// How sure it is that one of the best three entries answers, 0 where there is none.
        any: f64,
        /// The least that asks back.
        menu_threshold: f64,
    },
    /// So many messages in a row could not be answered; a person answers.
    Misses {
        /// How many, this one included.
        misses: u32,
    },
    /// The FAQ could not be asked; a person answers.
    FaqFailed {
        /// What went wrong.
        error: String,
    },
    /// The citizen chose an option of the open menu.
    Chosen {
        /// The option's number, from 1.
        number: usize,
    },
    /// The citizen chose "none of these".
    NoneOfThese {
        /// The entries that were offered.
        #[serde(default)]
        offered: Vec<EntryId>,
    },
    /// It goes on with what went before.
    FollowUp {
        /// The kind.
        #[serde(rename = "how")]
        kind: FollowUpKind,
        /// The case that it is about, where it is about one.
        case: Option<CaseId>,
    },
    /// The same answer was given just before.
    Repeated {
        /// How often in a row, this time included.
        times: u32,
    },
    /// The theme, and what it was taken from.
    Theme {
        /// The theme.
        theme: ThemeId,
    },
    /// The citizen asked the same by another account: the message joins that case.
    SameMatter {
        /// The case.
        case: CaseId,
    },
    /// No rule speaks of the message, and routing is sure whose it is.
    Routed {
        /// The department.
        department: DepartmentId,
        /// The probability that it is theirs, in `0..=1`.
        probability: f64,
        /// The least that routes.
        threshold: f64,
        /// The FAQ entry that is nearest to it among the department's, which gives the theme.
        neighbour: Option<EntryId>,
    },
    /// No rule speaks of the message, and routing is not sure whose it is.
    RouteUnsure {
        /// The likeliest department.
        department: DepartmentId,
        /// The probability that it is theirs, in `0..=1`.
        probability: f64,
        /// The least that routes.
        threshold: f64,
        /// Whether the message is unlike everything that routing learnt from, so that the probability says nothing.
        strange: bool,
    },
    /// No theme was recognised: unless routing found a department, the account's own desk takes the case.
    NoTheme,
}

/// How a message goes on with what went before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FollowUpKind {
    /// It asks how the case stands.
    Progress,
    /// It thanks.
    Thanks,
    /// It adds to the case.
    Added,
    /// A person holds the case.
    Held,
    /// It says that the case is solved.
    Solved,
    /// It says that the case is not solved.
    Unsolved,
    /// It says that the automatic answer was right.
    Confirmed,
    /// It says that the automatic answer did not help.
    Refused,
}

/// What settled an overlap of two rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beaten {
    /// The winner has the higher priority.
    Priority,
    /// The winner's keywords cover more of the message.
    Specificity,
    /// The winner's id comes first; files and lines do not count.
    Order,
}

impl Reason {
    /// Whether the citizen chose "none of these".
    pub fn is_none_of_these(&self) -> bool {
        matches!(self, Self::NoneOfThese { .. })
    }
}

impl FollowUpKind {
    /// Whether it is about a case, and not about an automatic answer.
    pub fn is_about_a_case(self) -> bool {
        !matches!(self, Self::Thanks | Self::Confirmed | Self::Refused)
    }
}
