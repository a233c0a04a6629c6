//! What operators write: the shapes of a rulebook, its loading, and the diagnostics of what is wrong with it.

mod decode;
mod diagnostic;
mod lint;
mod load;
mod shapes;
mod version;
#[cfg(feature = "watch")]
mod watch;

pub use decode::{MAX_KEYWORDS, MAX_PATTERN_BYTES, MAX_PATTERNS_BYTES};
pub use diagnostic::{Code, Diagnostic, Diagnostics, RulebookErrors, Severity};
pub use load::{MAX_BYTES, MAX_FILE_BYTES, MAX_FILES};
pub use shapes::{
    Account, Automatic, Certified, Content, Correction, Department, Emergency, FaqEntry, FollowUp,
    FollowUpTexts, Form, Hours, Instead, Location, Near, Office, PersonWords, Rule, RuleOutcome, Rulebook,
    StateNames, Talk, Templates, Theme, Thresholds, Validity, When,
};
#[cfg(feature = "watch")]
pub use watch::Watch;
