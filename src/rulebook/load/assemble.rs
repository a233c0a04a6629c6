//! Checking what was read as a whole, and putting it together.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Sources;
use crate::rulebook::decode::{self, Draft, Kind};
use crate::rulebook::diagnostic::{Code, Diagnostic, Problems};
use crate::rulebook::lint::{self, Anchors};
use crate::rulebook::shapes::{PersonWords, Rulebook};
use crate::rulebook::version::{self, WorkingTime};
use crate::text::Synonyms;

/// The rulebook that `draft` makes, or the problems that refuse it.
pub(super) fn assemble(
    mut draft: Draft,
    mut problems: Problems,
    sources: &Arc<Sources>,
) -> Result<Rulebook, Problems> {
    check_names(&draft, &mut problems);
    check_tables(&draft, sources, &mut problems);
    lint::asked_twice(&draft, &mut problems);
    draft.rules.sort_by(|a, b| a.id.cmp(&b.id));
    draft.faq.sort_by(|a, b| a.id.cmp(&b.id));
    draft.emergencies.sort_by(|a, b| a.id.cmp(&b.id));
    draft.synonyms.sort();
    draft.years.sort_by_key(|year| year.year);
    draft.regional.sort_by(|a, b| a.order().cmp(&b.order()));
    let calendar = draft
        .calendar
        .value
        .as_ref()
        .zip(draft.calendar.location.as_ref());
    // Years that a broken file may have lost would make the others look incomplete.
    let built = calendar
        .filter(|_| !draft.lost.contains("year"))
        .and_then(|(table, at)| {
            decode::build_calendar(table, at, &draft.years, &draft.regional, &mut problems)
        });
    // More words than an automaton can hold are more than a rulebook may have.
    let synonyms = Synonyms::new(&draft.synonyms).unwrap_or_default();
    lint::rules(&draft.rules, &synonyms, &mut problems);
    let words = PersonWords {
        emergencies: draft.emergencies,
        ..draft.words.value.unwrap_or_default()
    };
    let thresholds = draft.thresholds.value.unwrap_or_default();
    lint::never_wins(&draft.rules, &words, &thresholds, &synonyms, &mut problems);
    lint::entries(&draft.faq, &mut problems);
    if problems.has_errors() {
        return Err(problems);
    }
    let (Some(office), Some(table), Some(calendar), Some(templates)) = (
        draft.office.value,
        draft.calendar.value,
        built,
        draft.templates.value,
    ) else {
        return Err(problems);
    };
    let (warnings, omitted) = problems.finish();
    let mut rulebook = Rulebook {
        version: crate::message::RulebookVersion::new(""),
        office,
        accounts: draft
            .accounts
            .into_iter()
            .map(|account| (account.id.clone(), account))
            .collect(),
        departments: draft
            .departments
            .into_iter()
            .map(|one| (one.id.clone(), one))
            .collect(),
        themes: draft
            .themes
            .into_iter()
            .map(|theme| (theme.id.clone(), theme))
            .collect(),
        forms: draft
            .forms
            .into_iter()
            .map(|form| (form.id.clone(), form))
            .collect(),
        rules: draft.rules,
        faq: draft.faq,
        synonyms: draft.synonyms,
        words,
        templates,
        thresholds,
        follow_up: draft.follow_up.value,
        letters: draft.letters.value,
        policies: draft
            .policies
            .into_iter()
            .map(|policy| (policy.id.clone(), policy))
            .collect(),
        calendar,
        anchors: Anchors {
            warnings,
            omitted,
            sources: sources.clone(),
            last_year: draft
                .years
                .last()
                .map(|year| year.location.clone())
                .unwrap_or_default(),
        },
    };
    let working_time = WorkingTime {
        calendar: &table,
        years: &draft.years,
        regional: &draft.regional,
    };
    rulebook.version = version::of(&rulebook, &working_time);
    Ok(rulebook)
}

fn check_names(draft: &Draft, problems: &mut Problems) {
    let kinds = [
        Kind::Account,
        Kind::Department,
        Kind::Theme,
        Kind::Policy,
        Kind::Form,
        Kind::Entry,
    ];
    let lost: BTreeSet<Kind> = kinds
        .into_iter()
        .filter(|kind| draft.lost.contains(kind.table()))
        .collect();
    draft.names.check(&lost, problems);
}

/// Reports the tables that are missing.
fn check_tables(draft: &Draft, sources: &Sources, problems: &mut Problems) {
    // Without a single file that could be read, what is missing is not the operator's question.
    if sources.is_empty() {
        return;
    }
    let stands = [
        ("office", draft.office.location.is_some()),
        ("calendar", draft.calendar.location.is_some()),
        ("templates", draft.templates.location.is_some()),
    ];
    for (name, stands) in stands {
        if !stands && !draft.lost.contains(name) {
            problems.push(
                Diagnostic::error(Code::MissingTable, format!("no file has the table `[{name}]`")).help(
                    format!(
                        "add `[{name}]` to one of the files; `rules/` of the crate has one to start from"
                    ),
                ),
            );
        }
    }
    if draft.words.location.is_none() && !draft.lost.contains("words") {
        problems.push(
            Diagnostic::warning(Code::NoHandOff, "no word by which a citizen can ask for a person")
                .help("add `[words]` with at least `hand_off_exact`: the words by which a citizen asks for a person"),
        );
    }
}
