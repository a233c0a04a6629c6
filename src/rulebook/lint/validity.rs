//! Findings that depend on the day: expired, not yet valid, or a calendar that ends soon.

use jiff::civil::Date;

use crate::catalogue::wording;
use crate::rulebook::diagnostic::{Code, Diagnostic, Problems};
use crate::rulebook::shapes::{Rulebook, Validity};

/// The calendar must cover this many days ahead, so that deadlines of some weeks fall inside it.
const CALENDAR_DAYS: i32 = 60;

/// Reports expired rules, entries and canned replies, those that are not yet valid, and a calendar that ends soon.
pub(super) fn check(rulebook: &Rulebook, today: Date, problems: &mut Problems) {
    for rule in &rulebook.rules {
        let (id, location) = (&rule.id, &rule.location);
        if let Some(until) = expired(&rule.valid, today) {
            let wording = wording!("expired-rule", id = id, until = until);
            problems.push(Diagnostic::warning(Code::Expired, wording).at(location.clone()));
        }
        if let Some(from) = not_yet_valid(&rule.valid, today) {
            let wording = wording!("not-yet-valid-rule", id = id, from = from);
            problems.push(Diagnostic::warning(Code::NotYetValid, wording).at(location.clone()));
        }
    }
    for entry in &rulebook.faq {
        let (id, location) = (&entry.id, &entry.location);
        if let Some(until) = expired(&entry.valid, today) {
            let wording = wording!("expired-entry", id = id, until = until);
            problems.push(Diagnostic::warning(Code::Expired, wording).at(location.clone()));
        }
        if let Some(from) = not_yet_valid(&entry.valid, today) {
            let wording = wording!("not-yet-valid-entry", id = id, from = from);
            problems.push(Diagnostic::warning(Code::NotYetValid, wording).at(location.clone()));
        }
    }
    for reply in &rulebook.canned_replies {
        let location = rulebook.load_report.canned_reply_locations.get(&reply.id);
        let at = |diagnostic: Diagnostic| match location {
            Some(location) => diagnostic.at(location.clone()),
            None => diagnostic,
        };
        if let Some(until) = expired(&reply.valid, today) {
            let wording = wording!("expired-canned-reply", id = reply.id, until = until);
            problems.push(at(Diagnostic::warning(Code::Expired, wording)));
        }
        if let Some(from) = not_yet_valid(&reply.valid, today) {
            let wording = wording!("not-yet-valid-canned-reply", id = reply.id, from = from);
            problems.push(at(Diagnostic::warning(Code::NotYetValid, wording)));
        }
    }
    calendar(rulebook, today, problems);
}

/// The last day of a period that is over on `today`.
fn expired(valid: &Validity, today: Date) -> Option<Date> {
    valid.until.filter(|until| *until < today)
}

/// The first day of a period that has not started on `today`.
fn not_yet_valid(valid: &Validity, today: Date) -> Option<Date> {
    valid.from.filter(|from| today < *from)
}

fn calendar(rulebook: &Rulebook, today: Date, problems: &mut Problems) {
    let last = rulebook.calendar.last_day();
    let days = today.until(last).map_or(0, |left| left.get_days());
    if days >= CALENDAR_DAYS {
        return;
    }
    let next = last.year().saturating_add(1);
    let wording = if days < 0 {
        wording!("calendar-ended", last = last, next = next)
    } else {
        wording!("calendar-ends", last = last, days = days, next = next)
    };
    let last_year = rulebook.load_report.last_year.clone();
    problems.push(Diagnostic::warning(Code::CalendarEnds, wording).at(last_year));
}
