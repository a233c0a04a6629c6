//! Builds a calendar, and reports every problem at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::problem::{CalendarError, CalendarErrors, MAX_YEARS, WeekdayName};
use super::{Calendar, DaySpan, NamedDay};

/// The opening hours of a date that differs from its weekday.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DayRule {
    /// The office is closed.
    Closed,
    /// The hours of that weekday.
    AsWeekday(Weekday),
    /// Hours of its own.
    Spans(Vec<DaySpan>),
}

/// Collects a calendar; see [`Calendar::builder`].
#[derive(Clone, Debug)]
pub struct CalendarBuilder {
    zone: String,
    week: BTreeMap<i8, Vec<DaySpan>>,
    years: BTreeSet<i16>,
    days: BTreeMap<Date, (DayRule, String)>,
    overlay: BTreeMap<Date, (DayRule, String)>,
    errors: Vec<CalendarError>,
}

impl CalendarBuilder {
    pub(super) fn new(zone: &str) -> Self {
        Self {
            zone: zone.to_owned(),
            week: BTreeMap::new(),
            years: BTreeSet::new(),
            days: BTreeMap::new(),
            overlay: BTreeMap::new(),
            errors: Vec::new(),
        }
    }

    /// The hours of a weekday, in any order; a weekday that is not given is closed.
    #[must_use]
    pub fn week(mut self, weekday: Weekday, spans: impl IntoIterator<Item = DaySpan>) -> Self {
        let spans = sorted(spans);
        if overlap(&spans) {
            self.errors.push(CalendarError::WeekOverlap(WeekdayName(weekday)));
        }
        if self.week.insert(weekday.to_monday_zero_offset(), spans).is_some() {
            self.errors.push(CalendarError::WeekTwice(WeekdayName(weekday)));
        }
        self
    }

    /// A covered year: all its days are known, those that are not named by their weekday.
    #[must_use]
    pub fn year(mut self, year: i16) -> Self {
        if !(1..=9_998).contains(&year) {
            self.errors.push(CalendarError::YearOutOfRange(year));
        } else if !self.years.insert(year) {
            self.errors.push(CalendarError::YearTwice(year));
        }
        self
    }

    /// A day that differs from its weekday, by name.
    #[must_use]
    pub fn day(mut self, date: Date, rule: DayRule, name: impl Into<String>) -> Self {
        let name = name.into();
        if let Some((_, before)) = self.days.get(&date) {
            self.errors.push(CalendarError::DayTwice {
                date,
                one: before.clone(),
                other: name.clone(),
            });
        }
        self.insert(date, rule, name, false);
        self
    }

    /// A regional day. It takes precedence over [`day`](Self::day) for the same date.
    #[must_use]
    pub fn overlay(mut self, date: Date, rule: DayRule, name: impl Into<String>) -> Self {
        let name = name.into();
        if let Some((_, before)) = self.overlay.get(&date) {
            self.errors.push(CalendarError::DayTwice {
                date,
                one: before.clone(),
                other: name.clone(),
            });
        }
        self.insert(date, rule, name, true);
        self
    }

    fn insert(&mut self, date: Date, rule: DayRule, name: String, overlay: bool) {
        let rule = match rule {
            DayRule::Spans(spans) => {
                let spans = sorted(spans);
                if overlap(&spans) {
                    self.errors.push(CalendarError::DayOverlap(date));
                }
                DayRule::Spans(spans)
            }
            other => other,
        };
        let days = if overlay {
            &mut self.overlay
        } else {
            &mut self.days
        };
        days.insert(date, (rule, name));
    }

    /// The calendar, or everything that is wrong with it.
    ///
    /// # Errors
    ///
    /// [`CalendarErrors`] lists all problems at once.
    pub fn build(mut self) -> Result<Calendar, CalendarErrors> {
        let zone = TimeZone::get(&self.zone)
            .ok()
            .filter(|zone| zone.iana_name().is_some());
        if zone.is_none() {
            self.errors.push(CalendarError::UnknownZone(self.zone.clone()));
        }
        let week = Weekday::Monday.cycle_forward().take(7);
        let week: Vec<Vec<DaySpan>> = week.map(|day| self.hours_of(day)).collect();
        if week.iter().all(Vec::is_empty) {
            self.errors.push(CalendarError::NoHours);
        }
        self.check_years();
        let mut days = self.days.clone();
        days.append(&mut self.overlay.clone());
        for (date, (rule, _)) in self.days.iter().chain(&self.overlay) {
            if !self.years.contains(&date.year()) {
                self.errors.push(CalendarError::DayOutsideYears(*date));
            }
            if let DayRule::AsWeekday(weekday) = rule
                && self.hours_of(*weekday).is_empty()
            {
                self.errors.push(CalendarError::AsClosedWeekday {
                    date: *date,
                    weekday: WeekdayName(*weekday),
                });
            }
        }
        let bounds = self.years.first().zip(self.years.last());
        let (Some(zone), Some((&first, &last)), true) = (zone, bounds, self.errors.is_empty()) else {
            return Err(CalendarErrors(self.errors));
        };
        let version = version(&self.zone, &week, (first, last), &days);
        let named = days.into_iter().map(|(date, (rule, name))| {
            let hours = match rule {
                DayRule::Closed => Vec::new(),
                DayRule::AsWeekday(weekday) => self.hours_of(weekday),
                DayRule::Spans(spans) => spans,
            };
            (date, NamedDay { hours, name })
        });
        Ok(Calendar {
            zone,
            zone_name: self.zone.clone(),
            ordinary: ordinary(&week),
            days: named.collect(),
            week,
            first: date(first, 1, 1),
            last: date(last, 12, 31),
            version,
        })
    }

    fn hours_of(&self, weekday: Weekday) -> Vec<DaySpan> {
        let hours = self.week.get(&weekday.to_monday_zero_offset());
        hours.cloned().unwrap_or_default()
    }

    fn check_years(&mut self) {
        let (Some(&first), Some(&last)) = (self.years.first(), self.years.last()) else {
            self.errors.push(CalendarError::NoYears);
            return;
        };
        if self.years.len() > MAX_YEARS {
            self.errors.push(CalendarError::TooManyYears(self.years.len()));
        }
        let years = self.years.iter().zip(self.years.iter().skip(1));
        let gaps = years.filter(|(year, next)| **year + 1 != **next);
        let gaps: Vec<_> = gaps.map(|(year, next)| (year + 1, next - 1)).collect();
        if (first..=last).len() != self.years.len() {
            self.errors.extend(
                gaps.into_iter()
                    .map(|(from, to)| CalendarError::YearsMissing { from, to }),
            );
        }
    }
}

fn sorted(spans: impl IntoIterator<Item = DaySpan>) -> Vec<DaySpan> {
    let mut spans: Vec<DaySpan> = spans.into_iter().collect();
    spans.sort_unstable();
    spans
}

fn overlap(sorted: &[DaySpan]) -> bool {
    let pairs = sorted.iter().zip(sorted.iter().skip(1));
    pairs.into_iter().any(|(one, next)| one.end() > next.start())
}

/// The hours that most weekdays with hours have; of two as frequent, those of the earlier weekday.
fn ordinary(week: &[Vec<DaySpan>]) -> Vec<DaySpan> {
    let open = week.iter().filter(|hours| !hours.is_empty());
    let frequency = |hours: &Vec<DaySpan>| week.iter().filter(|other| *other == hours).count();
    // The last of several maxima wins, hence from Sunday to Monday.
    open.rev()
        .max_by_key(|hours| frequency(hours))
        .cloned()
        .unwrap_or_default()
}

/// The hash of the calendar's content, independent of the way it was written.
fn version(
    zone: &str,
    week: &[Vec<DaySpan>],
    (first, last): (i16, i16),
    days: &BTreeMap<Date, (DayRule, String)>,
) -> String {
    let mut text = format!("{zone}\n{first} {last}\n");
    let join = |hours: &[DaySpan]| {
        let hours: Vec<String> = hours.iter().map(DaySpan::to_string).collect();
        hours.join(" ")
    };
    for hours in week {
        text.push_str(&join(hours));
        text.push('\n');
    }
    for (date, (rule, name)) in days {
        let rule = match rule {
            DayRule::Closed => "closed".to_owned(),
            DayRule::AsWeekday(weekday) => format!("as {}", WeekdayName(*weekday)),
            DayRule::Spans(spans) => format!("open {}", join(spans)),
        };
        // A debug-quoted name keeps a line break in it from looking like the next line.
        text.push_str(&format!("{date} {rule} {name:?}\n"));
    }
    let mut hex = String::with_capacity(16);
    for byte in Sha256::digest(text.as_bytes()).iter().take(8) {
        // Writing to a string can't fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use jiff::civil::{Weekday, date};

    use super::{Calendar, CalendarBuilder, DayRule, DaySpan};
    use crate::time::DayKind;

    fn span(text: &str) -> DaySpan {
        text.parse().unwrap()
    }

    fn mondays() -> CalendarBuilder {
        Calendar::builder("Asia/Shanghai")
            .year(2026)
            .week(Weekday::Monday, [span("13:30-17:30"), span("09:00-12:00")])
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let errors = Calendar::builder("+08:00")
            .week(Weekday::Monday, [span("09:00-12:00"), span("11:59-13:00")])
            .week(Weekday::Monday, [])
            .year(2024)
            .year(2024)
            .year(2027)
            .year(-3)
            .day(date(2024, 5, 1), DayRule::Closed, "one")
            .day(date(2024, 5, 1), DayRule::Closed, "two")
            .day(date(2023, 5, 1), DayRule::AsWeekday(Weekday::Friday), "as")
            .day(
                date(2024, 5, 2),
                DayRule::Spans(vec![span("00:00-24:00"), span("08:00-09:00")]),
                "own",
            )
            .overlay(date(2024, 5, 1), DayRule::Closed, "region")
            .overlay(date(2024, 5, 1), DayRule::Closed, "other region")
            .build()
            .unwrap_err();
        let expected = "\
the opening hours of `monday` overlap
`monday` has opening hours twice
the year `2024` occurs twice
the year `-3` is not between 1 and 9998
`2024-05-01` occurs twice, as `one` and as `two`
the opening hours of `2024-05-02` overlap
`2024-05-01` occurs twice, as `region` and as `other region`
`+08:00` is not the name of a time zone: write one such as `Asia/Shanghai`
no weekday has opening hours: nothing would ever fall due
the years `2025` to `2026` are missing: covered years follow each other
`2023-05-01` is outside the covered years
`2023-05-01` is to be open as on `friday`, which has no opening hours";
        assert_eq!(errors.to_string(), expected);
    }

    #[test]
    fn a_calendar_covers_1_to_100_years() {
        let none = Calendar::builder("Asia/Shanghai").week(Weekday::Monday, [span("09:00-12:00")]);
        let error = none.clone().build().unwrap_err().to_string();
        assert_eq!(error, "no year is covered: add at least one");
        let century = (1927..=2026).fold(none, CalendarBuilder::year);
        assert!(century.clone().build().is_ok());
        let error = century.year(2027).build().unwrap_err().to_string();
        assert_eq!(error, "101 years are covered, at most 100 can be");
    }

    #[test]
    fn touching_spans_do_not_overlap_and_are_sorted() {
        let calendar = Calendar::builder("Asia/Shanghai").year(2026);
        let calendar = calendar.week(Weekday::Monday, [span("12:00-17:30"), span("09:00-12:00")]);
        let calendar = calendar.build().unwrap();
        let hours = calendar.day(date(2026, 11, 23)).unwrap().hours.to_vec();
        assert_eq!(hours, [span("09:00-12:00"), span("12:00-17:30")]);
    }

    #[test]
    fn an_overlay_stands_above_the_day_itself() {
        let monday = date(2026, 11, 23);
        let open = DayRule::Spans(vec![span("10:00-11:00")]);
        let calendar = mondays()
            .day(monday, open, "short")
            .overlay(monday, DayRule::Closed, "三月三");
        let calendar = calendar.build().unwrap();
        let day = calendar.day(monday).unwrap();
        assert_eq!(
            (day.kind, day.to_string()),
            (DayKind::Holiday, "holiday 三月三".to_owned())
        );
    }

    #[test]
    fn the_version_follows_the_content() {
        let monday = date(2026, 11, 23);
        let plain = mondays().build().unwrap();
        let versions = [
            plain.clone(),
            mondays().year(2027).build().unwrap(),
            mondays()
                .week(Weekday::Friday, [span("09:00-12:00")])
                .build()
                .unwrap(),
            mondays().day(monday, DayRule::Closed, "a").build().unwrap(),
            mondays().day(monday, DayRule::Closed, "b").build().unwrap(),
            mondays()
                .day(monday, DayRule::AsWeekday(Weekday::Monday), "a")
                .build()
                .unwrap(),
            mondays()
                .day(monday, DayRule::Spans(vec![span("09:00-12:00")]), "a")
                .build()
                .unwrap(),
        ];
        let mut versions: Vec<&str> = versions.iter().map(Calendar::version).collect();
        versions.sort_unstable();
        versions.dedup();
        assert_eq!(versions.len(), 7);
        assert!(versions.iter().all(|version| version.len() == 16));
        assert_eq!(plain.version(), mondays().build().unwrap().version());
        let overlaid = mondays().overlay(monday, DayRule::Closed, "a").build().unwrap();
        assert!(
            versions.contains(&overlaid.version()),
            "where it is written does not matter"
        );
    }
}
