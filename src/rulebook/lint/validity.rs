//! What a day makes of a rulebook: over, not begun, or soon at its end.

use jiff::civil::Date;

use crate::rulebook::diagnostic::{Code, Diagnostic, Problems};
use crate::rulebook::shapes::{Location, Rulebook, Validity};

/// A calendar must be covered so many days ahead: deadlines of some weeks lie before its end then.
const CALENDAR_DAYS: i32 = 60;

/// Reports what is amiss on `today`.
pub(super) fn check(rulebook: &Rulebook, today: Date, problems: &mut Problems) {
    for rule in &rulebook.rules {
        period(
            "rule",
            rule.id.as_str(),
            &rule.valid,
            &rule.location,
            today,
            problems,
        );
    }
    for entry in &rulebook.faq {
        period(
            "entry",
            entry.id.as_str(),
            &entry.valid,
            &entry.location,
            today,
            problems,
        );
    }
    calendar(rulebook, today, problems);
}

fn period(kind: &str, id: &str, valid: &Validity, location: &Location, today: Date, problems: &mut Problems) {
    if let Some(until) = valid.until.filter(|until| *until < today) {
        problems.push(
            Diagnostic::warning(Code::Expired, format!("the {kind} `{id}` ended on {until}"))
                .at(location.clone())
                .label("no longer answers")
                .help("renew it or take it out"),
        );
    }
    if let Some(from) = valid.from.filter(|from| today < *from) {
        problems.push(
            Diagnostic::warning(Code::NotYetValid, format!("the {kind} `{id}` begins on {from}"))
                .at(location.clone())
                .label("does not answer yet")
                .help("nothing to do, if that is meant"),
        );
    }
}

fn calendar(rulebook: &Rulebook, today: Date, problems: &mut Problems) {
    let end = rulebook.calendar.last_day();
    let left = today.until(end).map_or(0, |left| left.get_days());
    if left < CALENDAR_DAYS {
        let message = if left < 0 {
            format!("the calendar ended on {end}")
        } else {
            format!("the calendar ends on {end}, in {left} days")
        };
        problems.push(
            Diagnostic::warning(Code::CalendarEnds, message)
                .at(rulebook.load_report.last_year.clone())
                .label("the last year that it covers")
                .help(format!(
                    "add `[[year]]` {} as soon as its holidays are published",
                    end.year().saturating_add(1)
                )),
        );
    }
}
