//! Decodes TOML files into the shapes. Every problem is reported, and none stops the decoding of the rest.

mod calendar;
mod canned_reply;
mod ctx;
mod entry;
mod fields;
mod follow_up;
mod fullwidth;
mod hours;
mod keywords;
mod letters;
mod list_spans;
mod names;
mod office;
mod pattern;
mod policy;
mod reply;
mod rule;
mod suggest;
mod template;
mod thresholds;
mod unmatchable;
mod values;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::de::{DeTable, DeValue};

pub(super) use calendar::{CalendarTable, RegionalTable, YearTable, build as build_calendar};
pub(super) use ctx::Ctx;
pub use keywords::MAX_KEYWORDS;
pub(super) use list_spans::ListSpans;
pub(crate) use list_spans::TextList;
pub(super) use names::{Kind, Names};
pub(super) use pattern::PatternBudget;
pub use pattern::{MAX_PATTERN_BYTES, MAX_PATTERNS_BYTES};
pub(super) use policy::PolicyTable;
pub(super) use suggest::nearest;

use self::fields::{Type, Value, wrong_type};
use super::diagnostic::{Code, Diagnostic, Problems};
use super::load::Source;
use super::shapes::{
    Account, Department, Emergency, FaqEntry, FollowUp, Form, Location, Negation, Office, PersonWords, Rule,
    Templates, Theme, Thresholds,
};
use crate::catalogue::{text, wording};
use crate::message::{CannedReplyId, EntryId};
use crate::reply::{CannedReply, LetterTemplates};

/// How many syntax errors of one file are reported; further ones are mostly consequences of the first.
const MAX_SYNTAX_ERRORS: usize = 20;

/// The tables that were decoded so far, in the order of the files.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub(super) office: Single<Office>,
    pub(super) calendar: Single<CalendarTable>,
    pub(super) words: Single<PersonWords>,
    pub(super) templates: Single<Templates>,
    pub(super) thresholds: Single<Thresholds>,
    pub(super) follow_up: Single<FollowUp>,
    pub(super) letters: Single<LetterTemplates>,
    pub(super) accounts: Vec<Account>,
    pub(super) departments: Vec<Department>,
    pub(super) themes: Vec<Theme>,
    pub(super) policies: Vec<PolicyTable>,
    pub(super) years: Vec<YearTable>,
    pub(super) regional: Vec<RegionalTable>,
    pub(super) synonyms: Vec<Vec<String>>,
    pub(super) emergencies: Vec<Emergency>,
    pub(super) negations: Vec<Negation>,
    pub(super) forms: Vec<Form>,
    pub(super) rules: Vec<Rule>,
    pub(super) faq: Vec<FaqEntry>,
    pub(super) canned_replies: Vec<CannedReply>,
    pub(super) canned_reply_locations: BTreeMap<CannedReplyId, Location>,
    /// The phrasings of FAQ entries.
    pub(super) phrasings: Vec<Phrasing>,
    /// The spans of the texts that rules and entries list.
    pub(super) list_spans: ListSpans,
    pub(super) names: Names,
    /// Tables that may be missing because a file could not be parsed.
    pub(super) unreadable: BTreeSet<&'static str>,
    patterns: PatternBudget,
    keywords: usize,
}

/// A table that a rulebook has at most once.
#[derive(Debug)]
pub(super) struct Single<T> {
    pub(super) value: Option<T>,
    pub(super) location: Option<Location>,
}

impl<T> Default for Single<T> {
    fn default() -> Self {
        Self {
            value: None,
            location: None,
        }
    }
}

/// A phrasing of a FAQ entry.
#[derive(Debug)]
pub(super) struct Phrasing {
    /// The words folded, without punctuation and spaces. Equal keys are the same phrasing.
    pub(super) key: String,
    pub(super) words: String,
    pub(super) entry: EntryId,
    pub(super) location: Location,
}

/// The tables of a rulebook.
const TABLES: [(&str, TableKind); 20] = [
    ("office", TableKind::Single),
    ("account", TableKind::Repeated),
    ("department", TableKind::Repeated),
    ("theme", TableKind::Repeated),
    ("policy", TableKind::Repeated),
    ("calendar", TableKind::Single),
    ("year", TableKind::Repeated),
    ("regional", TableKind::Repeated),
    ("synonyms", TableKind::Repeated),
    ("words", TableKind::Single),
    ("emergency", TableKind::Repeated),
    ("negation", TableKind::Repeated),
    ("templates", TableKind::Single),
    ("thresholds", TableKind::Single),
    ("follow_up", TableKind::Single),
    ("letters", TableKind::Single),
    ("form", TableKind::Repeated),
    ("rule", TableKind::Repeated),
    ("faq", TableKind::Repeated),
    ("canned_reply", TableKind::Repeated),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum TableKind {
    Single,
    Repeated,
}

/// Reads one file into `decoded`.
pub(super) fn file(source: &Source, decoded: &mut Decoded, problems: &mut Problems) {
    let (table, errors) = DeTable::parse_recoverable(source.text());
    for error in errors.iter().take(MAX_SYNTAX_ERRORS) {
        let at = error.span().unwrap_or_default();
        let help = fullwidth::help(source.text(), at.start).unwrap_or_else(|| syntax_help(error.message()));
        problems.push(
            Diagnostic::error(
                Code::Syntax,
                wording!("syntax", error = error.message()).help(help),
            )
            .at(source.location(at)),
        );
    }
    if errors.is_empty() {
        tables(table.get_ref(), source, decoded, problems);
        return;
    }
    // The readable rest of a broken file still defines its ids, so that references from other files can be
    // checked. Its other problems are reported once the file can be parsed.
    note_unreadable(source.text(), decoded);
    tables(table.get_ref(), source, decoded, &mut Problems::default());
}

/// Advice on a syntax error, by the parser's message.
fn syntax_help(message: &str) -> String {
    if message.contains("escape") {
        text!("syntax-escape")
    } else if message.contains("duplicate key") {
        text!("syntax-duplicate-key")
    } else {
        text!("syntax-other")
    }
}

/// Notes the tables that the unparsable file `text` seems to define.
pub(super) fn note_unreadable(text: &str, decoded: &mut Decoded) {
    for (name, _) in TABLES {
        if text.contains(&format!("[{name}")) {
            decoded.unreadable.insert(name);
        }
    }
}

fn tables(root: &DeTable<'_>, source: &Source, decoded: &mut Decoded, problems: &mut Problems) {
    let mut names = std::mem::take(&mut decoded.names);
    let mut patterns = std::mem::take(&mut decoded.patterns);
    let mut keywords = decoded.keywords;
    let mut ctx = Ctx {
        source,
        problems,
        names: &mut names,
        patterns: &mut patterns,
        keywords: &mut keywords,
    };
    for (key, value) in root {
        let name = key.get_ref().as_ref();
        match TABLES.iter().find(|(known, _)| *known == name) {
            Some((_, TableKind::Single)) => single_table(name, value, decoded, &mut ctx),
            Some((_, TableKind::Repeated)) => repeated_table(name, value, decoded, &mut ctx),
            None => unknown_table(name, key.span(), &mut ctx),
        }
    }
    decoded.names = names;
    decoded.patterns = patterns;
    decoded.keywords = keywords;
}

fn unknown_table(name: &str, span: Range<usize>, ctx: &mut Ctx<'_>) {
    let known: Vec<&str> = TABLES.iter().map(|(known, _)| *known).collect();
    let help = if ctx.problems.is_full() {
        String::new()
    } else if let Some(near) = nearest(name, known.iter().copied()) {
        text!("did-you-mean", name = near)
    } else {
        text!("known-tables", tables = fields::backticked(&known))
    };
    ctx.error(
        span,
        Code::UnknownTable,
        wording!("unknown-table", table = name).help(help),
    );
}

fn single_table(name: &str, value: &Value<'_>, decoded: &mut Decoded, ctx: &mut Ctx<'_>) {
    match name {
        "office" => single(name, &mut decoded.office, value, ctx, office::office),
        "calendar" => single(name, &mut decoded.calendar, value, ctx, calendar::calendar),
        "words" => single(name, &mut decoded.words, value, ctx, words::words),
        "templates" => single(name, &mut decoded.templates, value, ctx, words::templates),
        "letters" => single(name, &mut decoded.letters, value, ctx, letters::letters),
        "follow_up" => single(name, &mut decoded.follow_up, value, ctx, follow_up::follow_up),
        "thresholds" => single(name, &mut decoded.thresholds, value, ctx, thresholds::thresholds),
        _ => {}
    }
}

fn single<T>(
    name: &str,
    slot: &mut Single<T>,
    value: &Value<'_>,
    ctx: &mut Ctx<'_>,
    read: impl FnOnce(&Value<'_>, &mut Ctx<'_>) -> Option<T>,
) {
    let here = ctx.location(value.span());
    if let Some(first) = &slot.location {
        ctx.problems.push(
            Diagnostic::error(Code::DuplicateTable, wording!("duplicate-table", table = name))
                .at(here)
                .related(first.clone(), text!("first-one")),
        );
        return;
    }
    slot.location = Some(here);
    slot.value = read(value, ctx);
}

fn repeated_table(name: &str, value: &Value<'_>, decoded: &mut Decoded, ctx: &mut Ctx<'_>) {
    let DeValue::Array(values) = value.get_ref() else {
        if value.get_ref().is_table() {
            ctx.error(
                value.span(),
                Code::WrongType,
                wording!("single-brackets", table = name),
            );
        } else {
            wrong_type(value.span(), Type::Tables, value.get_ref(), ctx);
        }
        return;
    };
    for value in values {
        match name {
            "account" => decoded.accounts.extend(office::account(value, ctx)),
            "department" => decoded.departments.extend(office::department(value, ctx)),
            "theme" => decoded.themes.extend(office::theme(value, ctx)),
            "policy" => decoded.policies.extend(policy::policy(value, ctx)),
            "year" => decoded.years.extend(calendar::year(value, ctx)),
            "regional" => decoded.regional.extend(calendar::regional(value, ctx)),
            "synonyms" => decoded.synonyms.extend(words::synonyms(value, ctx)),
            "emergency" => decoded.emergencies.extend(words::emergency(value, ctx)),
            "negation" => decoded.negations.extend(words::negation(value, ctx)),
            "form" => decoded.forms.extend(office::form(value, ctx)),
            "rule" => rule::rule(value, decoded, ctx),
            "faq" => entry::entry(value, decoded, ctx),
            "canned_reply" => canned_reply::canned_reply(value, decoded, ctx),
            _ => {}
        }
    }
}
