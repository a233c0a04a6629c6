//! The rulebook that operators write: its shapes, its loading, and its diagnostics.

mod decode;
mod diagnostic;
mod lint;
mod load;
mod load_report;
mod shapes;
mod version;
#[cfg(feature = "watch")]
mod watch;

pub(crate) use decode::TextList;
pub use decode::{MAX_KEYWORDS, MAX_PATTERN_BYTES, MAX_PATTERNS_BYTES};
pub use diagnostic::{Code, Diagnostic, Diagnostics, RulebookErrors, Severity};
pub use load::{MAX_BYTES, MAX_FILE_BYTES, MAX_FILES};
pub use shapes::{
    AcceptedCertificate, Account, Automatic, ChoiceTexts, ConversationCondition, Correction, Department,
    Emergency, FaqEntry, FollowUp, FollowUpTexts, Form, Hours, Location, Near, Negation, Office, PersonWords,
    ReplyContent, Rule, RuleOutcome, Rulebook, StateNames, Templates, Theme, ThresholdOverride, Thresholds,
    Validity, When,
};
#[cfg(feature = "watch")]
pub use watch::Watch;
