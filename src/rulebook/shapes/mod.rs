//! The shapes of a loaded rulebook: plain values that every stage reads.

mod entry;
mod follow_up;
mod location;
mod office;
mod rule;
mod thresholds;
mod words;

use std::collections::BTreeMap;

pub use entry::FaqEntry;
pub use follow_up::{ChoiceTexts, FollowUp, FollowUpTexts, StateNames};
pub use location::Location;
pub use office::{Account, Department, Form, Office, Theme};
pub use rule::{ConversationCondition, Hours, Near, ReplyContent, Rule, RuleOutcome, When};
pub use thresholds::{AcceptedCertificate, Automatic, Correction, ThresholdOverride, Thresholds};
pub use words::{Emergency, Negation, PersonWords, Templates};

use super::load_report::LoadReport;
use crate::message::{AccountId, DepartmentId, FormId, PolicyId, RulebookVersion, ThemeId};
pub use crate::reply::Validity;
use crate::reply::{CannedReply, LetterTemplates};
use crate::time::{Calendar, Policy};

/// Everything that the operators of one office wrote: checked as a whole, versioned by its content.
///
/// Loaded with [`Rulebook::from_dir`]. A message is decided by one rulebook as a whole.
#[derive(Clone, Debug)]
pub struct Rulebook {
    /// The hash of the content. It is independent of file order and platform, and changes with every value
    /// that an operator writes; comments, layout and the order of tables do not count.
    pub version: RulebookVersion,
    /// The office itself.
    pub office: Office,
    /// The accounts that citizens write to; one that is not listed belongs to the office's own desk.
    pub accounts: BTreeMap<AccountId, Account>,
    /// The departments.
    pub departments: BTreeMap<DepartmentId, Department>,
    /// The service themes.
    pub themes: BTreeMap<ThemeId, Theme>,
    /// The forms.
    pub forms: BTreeMap<FormId, Form>,
    /// The keyword rules, in the order of their ids.
    pub rules: Vec<Rule>,
    /// The FAQ entries, in the order of their ids.
    pub faq: Vec<FaqEntry>,
    /// Texts that agents answer with, in the order of their ids.
    pub canned_replies: Vec<CannedReply>,
    /// Groups of words that mean the same.
    pub synonyms: Vec<Vec<String>>,
    /// Words that send a message to a person.
    pub words: PersonWords,
    /// The fixed texts of replies.
    pub templates: Templates,
    /// When to answer, when to ask back.
    pub thresholds: Thresholds,
    /// Follow-up messages; without it every message is a new matter.
    pub follow_up: Option<FollowUp>,
    /// Letters that are sent without a message of the citizen; without it only those that agents write.
    pub letters: Option<LetterTemplates>,
    /// The deadline policies; each has a clock that a message's arrival starts.
    pub policies: BTreeMap<PolicyId, Policy>,
    /// The working calendar.
    pub calendar: Calendar,
    pub(super) load_report: LoadReport,
}
