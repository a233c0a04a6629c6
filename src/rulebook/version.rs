//! A rulebook's version: a hash of its content.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::decode::{CalendarTable, RegionalTable, YearTable};
use super::shapes::{
    Account, Department, FaqEntry, FollowUp, Form, Office, PersonWords, Rule, Rulebook, Templates, Theme,
    Thresholds,
};
use crate::message::RulebookVersion;
use crate::reply::{CannedReply, LetterTemplates};
use crate::time::Policy;

/// Precedes the content, so that a change of its form changes every version.
const FORM: &[u8] = b"civic-reply rulebook 1\n";

/// The tables that the calendar is made from, with the sources of its years.
#[derive(Clone, Copy, Serialize)]
pub(super) struct WorkingTime<'a> {
    pub(super) calendar: &'a CalendarTable,
    pub(super) years: &'a [YearTable],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) regional: &'a [RegionalTable],
}

/// Everything that an operator wrote, in an order that does not depend on files: lists are sorted, maps are
/// ordered by id.
#[derive(Serialize)]
struct Content<'a> {
    office: &'a Office,
    accounts: Vec<&'a Account>,
    departments: Vec<&'a Department>,
    themes: Vec<&'a Theme>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    forms: Vec<&'a Form>,
    rules: &'a [Rule],
    faq: &'a [FaqEntry],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    canned_replies: &'a [CannedReply],
    synonyms: &'a [Vec<String>],
    words: &'a PersonWords,
    templates: &'a Templates,
    thresholds: &'a Thresholds,
    #[serde(skip_serializing_if = "Option::is_none")]
    follow_up: Option<&'a FollowUp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    letters: Option<&'a LetterTemplates>,
    policies: Vec<&'a Policy>,
    working_time: &'a WorkingTime<'a>,
}

/// The hash of the content as JSON. The JSON depends on the values alone.
pub(super) fn of(rulebook: &Rulebook, working_time: &WorkingTime<'_>) -> RulebookVersion {
    let content = Content {
        office: &rulebook.office,
        accounts: rulebook.accounts.values().collect(),
        departments: rulebook.departments.values().collect(),
        themes: rulebook.themes.values().collect(),
        forms: rulebook.forms.values().collect(),
        rules: &rulebook.rules,
        faq: &rulebook.faq,
        canned_replies: &rulebook.canned_replies,
        synonyms: &rulebook.synonyms,
        words: &rulebook.words,
        templates: &rulebook.templates,
        thresholds: &rulebook.thresholds,
        follow_up: rulebook.follow_up.as_ref(),
        letters: rulebook.letters.as_ref(),
        policies: rulebook.policies.values().collect(),
        working_time,
    };
    let mut hash = Hash(Sha256::new());
    hash.0.update(FORM);
    // Neither the values nor the writer can fail; a hash of a part would still differ from every whole one.
    let written = serde_json::to_writer(&mut hash, &content);
    debug_assert!(written.is_ok(), "the content is plain data");
    let mut version = String::with_capacity(64);
    for byte in hash.0.finalize() {
        let _ = write!(version, "{byte:02x}");
    }
    RulebookVersion::new(version)
}

struct Hash(Sha256);

impl io::Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
