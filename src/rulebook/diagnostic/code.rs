//! The kinds of diagnostics, each with a name that stays.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The kind of a diagnostic. The names stay the same between versions of the crate.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// Every kind, in the order in which they are documented.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The kind's name, in lower case with hyphens.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

codes! {
    /// The folder can't be listed, or is no folder.
    UnreadableFolder = "unreadable-folder",
    /// The folder holds no TOML file.
    NoFiles = "no-files",
    /// A folder below the rulebook's folder is empty, for example a mount point without its mount.
    EmptyFolder = "empty-folder",
    /// A file can't be read, or is no ordinary file.
    UnreadableFile = "unreadable-file",
    /// A file is not UTF-8.
    NotUtf8 = "not-utf8",
    /// A file starts with a byte order mark, which is skipped.
    ByteOrderMark = "byte-order-mark",
    /// Two files have the same name.
    RepeatedFile = "repeated-file",
    /// A limit of the loader is exceeded.
    OverLimit = "over-limit",
    /// A file is not TOML.
    Syntax = "syntax",
    /// A table that no rulebook has.
    UnknownTable = "unknown-table",
    /// A table that may occur only once occurs again.
    DuplicateTable = "duplicate-table",
    /// A table that every rulebook needs is missing.
    MissingTable = "missing-table",
    /// A key that the table does not have.
    UnknownKey = "unknown-key",
    /// A key that the table needs is missing.
    MissingKey = "missing-key",
    /// A value is of another type than the key's.
    WrongType = "wrong-type",
    /// A value of the right type that means nothing here, or lies out of its range.
    BadValue = "bad-value",
    /// A text is empty.
    EmptyText = "empty-text",
    /// A list is empty that needs at least one value.
    EmptyList = "empty-list",
    /// An id has characters that ids don't have, or is too long.
    BadId = "bad-id",
    /// Two things of one kind have the same id.
    DuplicateId = "duplicate-id",
    /// An account is named that the rulebook does not have.
    UnknownAccount = "unknown-account",
    /// A department is named that the rulebook does not have.
    UnknownDepartment = "unknown-department",
    /// A theme is named that the rulebook does not have.
    UnknownTheme = "unknown-theme",
    /// An emergency is named that the rulebook does not have.
    UnknownEmergency = "unknown-emergency",
    /// A form is named that the rulebook does not have.
    UnknownForm = "unknown-form",
    /// A FAQ entry is named that the rulebook does not have.
    UnknownEntry = "unknown-entry",
    /// A deadline policy is named that the rulebook does not have.
    UnknownPolicy = "unknown-policy",
    /// A text holds a character that steers a terminal or the direction of writing.
    ControlCharacter = "control-character",
    /// A keyword holds nothing that can be read.
    EmptyKeyword = "empty-keyword",
    /// A keyword of one character, which is found in too many messages.
    ShortKeyword = "short-keyword",
    /// A rule's condition names nothing that a message must have.
    NoCondition = "no-condition",
    /// A pattern that does not compile.
    BadPattern = "bad-pattern",
    /// A pattern that is larger than one may be.
    PatternTooLarge = "pattern-too-large",
    /// All patterns together are larger than they may be.
    PatternBudget = "pattern-budget",
    /// A template with a brace that neither opens nor closes a slot.
    BadTemplate = "bad-template",
    /// A pattern requires something that no folded message has.
    UnmatchablePattern = "unmatchable-pattern",
    /// A pattern's capture has the name of a slot that is filled otherwise.
    ReservedSlot = "reserved-slot",
    /// A template names a slot that it can't have.
    UnknownSlot = "unknown-slot",
    /// A template lacks a slot that it must show.
    MissingSlot = "missing-slot",
    /// One phrasing belongs to two FAQ entries.
    SharedPhrasing = "shared-phrasing",
    /// A word occurs in two groups of synonyms, or twice in one.
    SharedSynonym = "shared-synonym",
    /// A rule has no outcome.
    NoOutcome = "no-outcome",
    /// A rule both replies and escalates.
    TwoOutcomes = "two-outcomes",
    /// A period that ends before it begins.
    BadPeriod = "bad-period",
    /// A link that is not an `https` address.
    BadLink = "bad-link",
    /// The calendar contradicts itself or can't be read.
    BadCalendar = "bad-calendar",
    /// Two rules have the same condition.
    SameCondition = "same-condition",
    /// A rule that can fire on no message, or that another beats on every one.
    NeverWins = "never-wins",
    /// A keyword that occurs in many messages of a log.
    CommonWord = "common-word",
    /// Two entries answer one question differently.
    ContradictingAnswers = "contradicting-answers",
    /// A rule, an entry or a canned reply has expired.
    Expired = "expired",
    /// A rule, an entry or a canned reply is not yet valid.
    NotYetValid = "not-yet-valid",
    /// A FAQ entry with few phrasings, which is recognised less surely.
    FewPhrasings = "few-phrasings",
    /// A deadline policy without a source.
    NoSource = "no-source",
    /// An urgent policy under which danger waits for the office to open, or for the next day.
    UrgentWaits = "urgent-waits",
    /// A rule without examples, so that a conflict with another rule goes unnoticed.
    NoExamples = "no-examples",
    /// An example that another rule or entry decides.
    ShadowedExample = "shadowed-example",
    /// An example that its own rule or entry does not decide.
    LostExample = "lost-example",
    /// A counterexample on which its own rule fires, or which its own entry answers.
    HitCounterexample = "hit-counterexample",
    /// No word by which a citizen can ask for a person.
    NoHandOff = "no-hand-off",
    /// The calendar ends soon, or has ended.
    CalendarEnds = "calendar-ends",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
