//! Checks the decoded files as a whole and builds the rulebook.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Sources;
use crate::catalogue::wording;
use crate::rulebook::decode::{self, Decoded, Kind};
use crate::rulebook::diagnostic::{Code, Diagnostic, Problems};
use crate::rulebook::lint;
use crate::rulebook::load_report::LoadReport;
use crate::rulebook::shapes::{PersonWords, Rulebook};
use crate::rulebook::version::{self, WorkingTime};
use crate::text::Synonyms;

/// The rulebook that `decoded` makes, or the problems that refuse it.
pub(super) fn assemble(
    mut decoded: Decoded,
    mut problems: Problems,
    sources: &Arc<Sources>,
) -> Result<Rulebook, Problems> {
    check_names(&decoded, &mut problems);
    check_tables(&decoded, sources, &mut problems);
    lint::shared_phrasings(&decoded, &mut problems);
    decoded.rules.sort_by(|a, b| a.id.cmp(&b.id));
    decoded.faq.sort_by(|a, b| a.id.cmp(&b.id));
    decoded.canned_replies.sort_by(|a, b| a.id.cmp(&b.id));
    decoded.emergencies.sort_by(|a, b| a.id.cmp(&b.id));
    decoded.negations.sort();
    decoded.synonyms.sort();
    decoded.years.sort_by_key(|year| year.year);
    decoded.regional.sort_by(|a, b| a.order().cmp(&b.order()));
    let calendar = decoded
        .calendar
        .value
        .as_ref()
        .zip(decoded.calendar.location.as_ref());
    // With years missing because of a broken file, the calendar would be reported as incomplete.
    let built = calendar
        .filter(|_| !decoded.unreadable.contains("year"))
        .and_then(|(table, at)| {
            decode::build_calendar(table, at, &decoded.years, &decoded.regional, &mut problems)
        });
    // An automaton holds more words than a rulebook may have.
    let synonyms = Synonyms::new(&decoded.synonyms).unwrap_or_default();
    lint::rules(&decoded.rules, &synonyms, &mut problems);
    let words = PersonWords {
        emergencies: decoded.emergencies,
        negations: decoded.negations,
        ..decoded.words.value.unwrap_or_default()
    };
    let thresholds = decoded.thresholds.value.unwrap_or_default();
    lint::never_wins(&decoded.rules, &words, &thresholds, &synonyms, &mut problems);
    lint::entries(&decoded.faq, &mut problems);
    if problems.has_errors() {
        return Err(problems);
    }
    let (Some(office), Some(table), Some(calendar), Some(templates)) = (
        decoded.office.value,
        decoded.calendar.value,
        built,
        decoded.templates.value,
    ) else {
        return Err(problems);
    };
    let (warnings, omitted) = problems.finish();
    let policy_locations = decoded.policies.iter();
    let policy_locations = policy_locations.map(|table| (table.id().clone(), table.location.clone()));
    let policy_locations = policy_locations.collect();
    let policies = decoded.policies.into_iter();
    let policies = policies.map(|table| table.resolve(&office.urgent_policy));
    let policies = policies.map(|policy| (policy.id.clone(), policy)).collect();
    let mut rulebook = Rulebook {
        version: crate::message::RulebookVersion::new(""),
        office,
        accounts: decoded
            .accounts
            .into_iter()
            .map(|account| (account.id.clone(), account))
            .collect(),
        departments: decoded
            .departments
            .into_iter()
            .map(|one| (one.id.clone(), one))
            .collect(),
        themes: decoded
            .themes
            .into_iter()
            .map(|theme| (theme.id.clone(), theme))
            .collect(),
        forms: decoded
            .forms
            .into_iter()
            .map(|form| (form.id.clone(), form))
            .collect(),
        rules: decoded.rules,
        faq: decoded.faq,
        canned_replies: decoded.canned_replies,
        synonyms: decoded.synonyms,
        words,
        templates,
        thresholds,
        follow_up: decoded.follow_up.value,
        letters: decoded.letters.value,
        policies,
        calendar,
        load_report: LoadReport {
            warnings,
            omitted,
            sources: sources.clone(),
            list_spans: decoded.list_spans,
            policy_locations,
            canned_reply_locations: decoded.canned_reply_locations,
            last_year: decoded
                .years
                .last()
                .map(|year| year.location.clone())
                .unwrap_or_default(),
        },
    };
    let working_time = WorkingTime {
        calendar: &table,
        years: &decoded.years,
        regional: &decoded.regional,
    };
    rulebook.version = version::of(&rulebook, &working_time);
    Ok(rulebook)
}

fn check_names(decoded: &Decoded, problems: &mut Problems) {
    let kinds = [
        Kind::Emergency,
        Kind::Account,
        Kind::Department,
        Kind::Theme,
        Kind::Policy,
        Kind::Form,
        Kind::Entry,
    ];
    let lost: BTreeSet<Kind> = kinds
        .into_iter()
        .filter(|kind| decoded.unreadable.contains(kind.table()))
        .collect();
    decoded.names.check(&lost, problems);
}

/// Reports the tables that are missing.
fn check_tables(decoded: &Decoded, sources: &Sources, problems: &mut Problems) {
    // If no file could be read, missing tables are not the operator's mistake.
    if sources.is_empty() {
        return;
    }
    let stands = [
        ("office", decoded.office.location.is_some()),
        ("calendar", decoded.calendar.location.is_some()),
        ("templates", decoded.templates.location.is_some()),
    ];
    for (name, stands) in stands {
        if !stands && !decoded.unreadable.contains(name) {
            problems.push(Diagnostic::error(
                Code::MissingTable,
                wording!("missing-table", table = name),
            ));
        }
    }
    if decoded.words.location.is_none() && !decoded.unreadable.contains("words") {
        problems.push(Diagnostic::warning(Code::NoHandOff, wording!("no-hand-off")));
    }
}
