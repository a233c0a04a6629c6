//! The reasons of a decision, as data.

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

/// A candidate of the FAQ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredEntry {
    /// The entry.
    pub entry: EntryId,
    /// The probability that the entry answers the message, in `0..=1`.
    pub confidence: f64,
}

/// One step of the weighing.
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
    /// An emergency word was found.
    Emergency {
        /// The word.
        hit: Hit,
    },
    /// An emergency word was found and is negated: a person answers, at normal priority.
    DangerDenied {
        /// The word.
        hit: Hit,
    },
    /// The citizen asked for a person.
    HandOff {
        /// The words.
        hit: Hit,
    },
    /// A complaint or a personal matter: a person answers, even if a rule or entry matches.
    Personal {
        /// The word.
        hit: Hit,
    },
    /// The message is too long for an automatic answer.
    TooLong {
        /// The number of folded characters.
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
        /// The criterion.
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
    /// The message is about the end or the opposite of a service, or about another year or place, and the
    /// rule does not cover that.
    NotSpokenOf {
        /// The rule.
        rule: RuleId,
        /// The part that is not covered.
        what: String,
    },
    /// Two rules with different answers fired on different words: the message has several questions, and a
    /// person answers.
    SeveralMatters {
        /// The rule that would have won.
        rule: RuleId,
        /// The other one.
        other: RuleId,
    },
    /// The FAQ's candidates, the surest first.
    FaqCandidates {
        /// At most five.
        candidates: Vec<ScoredEntry>,
    },
    /// The entry resembles the message and may mean something else: it does not answer.
    Differs {
        /// The entry.
        entry: EntryId,
        /// The difference: a number, a date, a negation, an opposite intent.
        what: String,
    },
    /// The best entry is sure enough, but may answer only with a certificate, and none is valid for this FAQ.
    Uncertified,
    /// The best entry is sure enough, but the rulebook allows no automatic answers from the FAQ.
    NotAutomatic,
    /// The best entry is sure enough to answer.
    Sure {
        /// Its confidence.
        confidence: f64,
        /// The least confidence for an answer.
        threshold: f64,
    },
    /// Sure enough for a menu, not for an answer.
    NearlySure {
        /// The best entry's confidence.
        confidence: f64,
        /// The least confidence for an answer.
        threshold: f64,
        /// The probability that one of the best three entries answers.
        any: f64,
        /// The least probability for a menu.
        menu_threshold: f64,
    },
    /// Not sure enough for a menu.
    Unsure {
        /// The probability that one of the best three entries answers; 0 without candidates.
        any: f64,
        /// The least probability for a menu.
        menu_threshold: f64,
    },
    /// Too many messages in a row were not answered: a person answers.
    Misses {
        /// Their number, this one included.
        misses: u32,
    },
    /// The search of the FAQ failed: a person answers.
    FaqFailed {
        /// The error.
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
    /// The citizen was shown a menu and wrote something else: a person answers both.
    AfterMenu {
        /// The entries that were offered.
        offered: Vec<EntryId>,
    },
    /// The message is a follow-up.
    FollowUp {
        /// The kind.
        #[serde(rename = "how")]
        kind: FollowUpKind,
        /// The case that it is about, if any.
        case: Option<CaseId>,
    },
    /// The same answer was just sent.
    Repeated {
        /// The number of times in a row, this one included.
        times: u32,
    },
    /// A machine wrote the message: nothing is sent.
    Automatic {
        /// Whether the channel says so. If not, the same words came soon after an earlier letter, too.
        marked: bool,
        /// The case that it opened or is noted at, if any.
        case: Option<CaseId>,
    },
    /// The theme.
    Theme {
        /// The theme.
        theme: ThemeId,
    },
    /// The citizen asked the same through another account: the new case joins that one.
    SameMatter {
        /// The case.
        case: CaseId,
    },
    /// No rule matches, and routing is sure of the department.
    Routed {
        /// The department.
        department: DepartmentId,
        /// The probability of the department, in `0..=1`.
        probability: f64,
        /// The least probability for routing.
        threshold: f64,
        /// The department's FAQ entry nearest to the message, which gives the theme.
        neighbour: Option<EntryId>,
    },
    /// No rule matches, and routing is not sure of the department.
    RouteUnsure {
        /// The likeliest department.
        department: DepartmentId,
        /// The probability of the department, in `0..=1`.
        probability: f64,
        /// The least probability for routing.
        threshold: f64,
        /// Whether the message is unlike all training examples, so that the probability is meaningless.
        strange: bool,
    },
    /// No theme was recognised. Without a department from routing, the account's own desk gets the case.
    NoTheme,
}

/// The kind of a follow-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FollowUpKind {
    /// Asks for the state of the case.
    Progress,
    /// Thanks.
    Thanks,
    /// Adds to the case.
    Added,
    /// Written while a person holds the case.
    Held,
    /// Confirms that the case is solved.
    Solved,
    /// Says that the case is not solved.
    Unsolved,
    /// Confirms that the automatic answer was right.
    Confirmed,
    /// Says that the automatic answer did not help.
    Refused,
    /// Leaves the menu without a choice: a person answers its question.
    LeftMenu,
    /// Asks to hurry with the case.
    Chased,
}

/// The criterion between two rules that both fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beaten {
    /// The winner has the higher priority.
    Priority,
    /// The winner's keywords cover more of the message.
    Specificity,
    /// The winner's id comes first. Files and lines do not count.
    Order,
}

impl Reason {
    /// Whether the citizen chose "none of these".
    pub fn is_none_of_these(&self) -> bool {
        matches!(self, Self::NoneOfThese { .. })
    }
}

impl FollowUpKind {
    /// Whether it is about a case and not about an automatic answer.
    pub fn is_about_a_case(self) -> bool {
        !matches!(
            self,
            Self::Thanks | Self::Confirmed | Self::Refused | Self::LeftMenu
        )
    }
}
