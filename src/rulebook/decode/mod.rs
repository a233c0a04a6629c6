//! From a file's TOML to the shapes, with every problem reported and none stopping the rest.

mod calendar;
mod ctx;
mod entry;
mod fields;
mod follow_up;
mod fullwidth;
mod hours;
mod keywords;
mod letters;
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

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

pub(super) use calendar::{CalendarTable, RegionalTable, YearTable, build as build_calendar};
pub(super) use ctx::Ctx;
pub use keywords::MAX_KEYWORDS;
pub(super) use names::{Kind, Names};
pub(super) use pattern::PatternBudget;
pub use pattern::{MAX_PATTERN_BYTES, MAX_PATTERNS_BYTES};
pub(super) use suggest::nearest;

use self::fields::{Value, wrong_type};
use super::diagnostic::{Code, Diagnostic, Problems};
use super::load::Source;
use super::shapes::{
    Account, Department, Emergency, FaqEntry, FollowUp, Form, Location, Office, PersonWords, Rule, Templates,
    Theme, Thresholds,
};
use crate::message::EntryId;
use crate::reply::LetterTemplates;
use crate::time::Policy;

/// How many syntax errors of one file are reported; the rest is mostly their consequence.
const MAX_SYNTAX_ERRORS: usize = 20;

/// Everything that was read so far.
#[derive(Debug, Default)]
pub(super) struct Draft {
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
    pub(super) policies: Vec<Policy>,
    pub(super) years: Vec<YearTable>,
    pub(super) regional: Vec<RegionalTable>,
    pub(super) synonyms: Vec<Vec<String>>,
    pub(super) emergencies: Vec<Emergency>,
    pub(super) forms: Vec<Form>,
    pub(super) rules: Vec<Rule>,
    pub(super) faq: Vec<FaqEntry>,
    /// The words in which FAQ entries are asked for.
    pub(super) asked: Vec<Asked>,
    pub(super) names: Names,
    /// Tables of which a broken file may have lost some.
    pub(super) lost: BTreeSet<&'static str>,
    patterns: PatternBudget,
    keywords: usize,
}

/// A table that may stand only once in the rulebook.
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

/// One way in which a FAQ entry is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    /// The words folded, without punctuation and spaces: what makes two of them the same.
    pub(super) key: String,
    pub(super) words: String,
    pub(super) entry: EntryId,
    pub(super) location: Location,
}

/// The tables that stand once, and those that stand as often as needed.
const TABLES: [(&str, Stands); 18] = [
    ("office", Stands::Once),
    ("account", Stands::Often),
    ("department", Stands::Often),
    ("theme", Stands::Often),
    ("policy", Stands::Often),
    ("calendar", Stands::Once),
    ("year", Stands::Often),
    ("regional", Stands::Often),
    ("synonyms", Stands::Often),
    ("words", Stands::Once),
    ("emergency", Stands::Often),
    ("templates", Stands::Once),
    ("thresholds", Stands::Once),
    ("follow_up", Stands::Once),
    ("letters", Stands::Once),
    ("form", Stands::Often),
    ("rule", Stands::Often),
    ("faq", Stands::Often),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    Once,
    Often,
}

/// Reads one file into `draft`.
pub(super) fn file(source: &Source, draft: &mut Draft, problems: &mut Problems) {
    let (table, errors) = DeTable::parse_recoverable(source.text());
    for error in errors.iter().take(MAX_SYNTAX_ERRORS) {
        let at = error.span().unwrap_or_default();
        let at_byte = at.start;
        problems.push(
            Diagnostic::error(Code::Syntax, format!("not TOML: {}", error.message()))
                .at(source.location(at))
                .label("here")
                .help(
                    fullwidth::help(source.text(), at_byte)
                        .unwrap_or_else(|| syntax_help(error.message()).to_owned()),
                ),
        );
    }
    if errors.is_empty() {
        tables(table.get_ref(), source, draft, problems);
        return;
    }
    // What is left of a broken file still defines its ids, so that others can be checked against them; what else is
    // wrong in it is told when it can be read.
    lose(source.text(), draft);
    tables(table.get_ref(), source, draft, &mut Problems::default());
}

/// What to do about a syntax error, by the parser's message.
fn syntax_help(message: &str) -> &'static str {
    if message.contains("escape") {
        "a backslash in double quotes begins an escape: write a pattern in single quotes, as in `'\\d+'`"
    } else if message.contains("duplicate key") {
        "the key stands twice in its table: remove one, or join the two"
    } else {
        "texts stand in quotes, lists in `[ ]`, tables in `{ }`; https://toml.io shows it all"
    }
}

/// Notes which tables `text` seems to have, since it can't be read well enough to know.
pub(super) fn lose(text: &str, draft: &mut Draft) {
    for (name, _) in TABLES {
        if text.contains(&format!("[{name}")) {
            draft.lost.insert(name);
        }
    }
}

fn tables(root: &DeTable<'_>, source: &Source, draft: &mut Draft, problems: &mut Problems) {
    let mut names = std::mem::take(&mut draft.names);
    let mut patterns = std::mem::take(&mut draft.patterns);
    let mut keywords = draft.keywords;
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
            Some((_, Stands::Once)) => once(name, value, draft, &mut ctx),
            Some((_, Stands::Often)) => often(name, value, draft, &mut ctx),
            None => unknown_table(name, key.span(), &mut ctx),
        }
    }
    draft.names = names;
    draft.patterns = patterns;
    draft.keywords = keywords;
}

fn unknown_table(name: &str, span: Range<usize>, ctx: &mut Ctx<'_>) {
    let known: Vec<&str> = TABLES.iter().map(|(known, _)| *known).collect();
    let help = if ctx.problems.is_full() {
        String::new()
    } else if let Some(near) = nearest(name, known.iter().copied()) {
        format!("did you mean `{near}`?")
    } else {
        format!("a rulebook has {}", fields::backticked(&known))
    };
    ctx.error(
        span,
        Code::UnknownTable,
        format!("a rulebook has no table `{name}`"),
        "unknown table",
        help,
    );
}

fn once(name: &str, value: &Value<'_>, draft: &mut Draft, ctx: &mut Ctx<'_>) {
    match name {
        "office" => single(name, &mut draft.office, value, ctx, office::office),
        "calendar" => single(name, &mut draft.calendar, value, ctx, calendar::calendar),
        "words" => single(name, &mut draft.words, value, ctx, words::words),
        "templates" => single(name, &mut draft.templates, value, ctx, words::templates),
        "letters" => single(name, &mut draft.letters, value, ctx, letters::letters),
        "follow_up" => single(name, &mut draft.follow_up, value, ctx, follow_up::follow_up),
        "thresholds" => single(name, &mut draft.thresholds, value, ctx, thresholds::thresholds),
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
            Diagnostic::error(Code::DuplicateTable, format!("the table `[{name}]` stands twice"))
                .at(here)
                .label("again here")
                .help("keep one, with everything in it")
                .related(first.clone(), "first here"),
        );
        return;
    }
    slot.location = Some(here);
    slot.value = read(value, ctx);
}

fn often(name: &str, value: &Value<'_>, draft: &mut Draft, ctx: &mut Ctx<'_>) {
    let DeValue::Array(values) = value.get_ref() else {
        if value.get_ref().is_table() {
            ctx.error(
                value.span(),
                Code::WrongType,
                format!("`{name}` may stand several times"),
                "one pair of brackets is missing",
                format!("write `[[{name}]]`"),
            );
        } else {
            wrong_type(value.span(), "tables", value.get_ref(), ctx);
        }
        return;
    };
    for value in values {
        match name {
            "account" => draft.accounts.extend(office::account(value, ctx)),
            "department" => draft.departments.extend(office::department(value, ctx)),
            "theme" => draft.themes.extend(office::theme(value, ctx)),
            "policy" => draft.policies.extend(policy::policy(value, ctx)),
            "year" => draft.years.extend(calendar::year(value, ctx)),
            "regional" => draft.regional.extend(calendar::regional(value, ctx)),
            "synonyms" => draft.synonyms.extend(words::synonyms(value, ctx)),
            "emergency" => draft.emergencies.extend(words::emergency(value, ctx)),
            "form" => draft.forms.extend(office::form(value, ctx)),
            "rule" => rule::rule(value, draft, ctx),
            "faq" => entry::entry(value, draft, ctx),
            _ => {}
        }
    }
}
