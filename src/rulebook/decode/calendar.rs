//! `[calendar]`, `[[year]]` and `[[regional]]`: the opening hours of the office.

use jiff::civil::{Date, Weekday};
use serde::Serialize;

use super::ctx::Ctx;
use super::fields::{Fields, Value};
use super::values::{date, list, string, text, whole_number, word};
use crate::catalogue::wording;
use crate::rulebook::diagnostic::{Code, Diagnostic, Problems};
use crate::rulebook::shapes::Location;
use crate::time::{Calendar, CalendarError, DayRule, DaySpan};

/// Monday to Sunday, as the keys of a week.
const WEEKDAYS: &[(&str, Weekday)] = &[
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// `[calendar]`: the zone and an ordinary week.
#[derive(Clone, Debug, Serialize)]
pub(in crate::rulebook) struct CalendarTable {
    zone: String,
    /// Monday to Sunday.
    week: Vec<Vec<Hours>>,
}

/// `[[year]]`: the days of one year that differ from the ordinary week.
#[derive(Clone, Debug, Serialize)]
pub(in crate::rulebook) struct YearTable {
    pub(in crate::rulebook) year: i16,
    sources: Vec<String>,
    days: Vec<DayTable>,
    #[serde(skip)]
    pub(in crate::rulebook) location: Location,
}

/// `[[regional]]`: days on which one region differs from the country. They take precedence over the days of a
/// year.
#[derive(Clone, Debug, Serialize)]
pub(in crate::rulebook) struct RegionalTable {
    sources: Vec<String>,
    days: Vec<DayTable>,
}

impl RegionalTable {
    /// The sort key that makes the order of several tables independent of their files.
    pub(in crate::rulebook) fn order(&self) -> (Option<Date>, &[String]) {
        (self.days.first().map(|day| day.date), &self.sources)
    }
}

#[derive(Clone, Debug, Serialize)]
struct DayTable {
    date: Date,
    name: String,
    rule: Rule,
    #[serde(skip)]
    location: Location,
}

#[derive(Clone, Debug, Serialize)]
enum Rule {
    Closed,
    /// Monday is 0.
    As(i8),
    Open(Vec<Hours>),
}

/// A span of a day, which is serialised as it is written.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(into = "String")]
struct Hours(DaySpan);

impl From<Hours> for String {
    fn from(hours: Hours) -> Self {
        hours.0.to_string()
    }
}

/// Builds the calendar, or reports every problem with it.
pub(in crate::rulebook) fn build(
    table: &CalendarTable,
    at: &Location,
    years: &[YearTable],
    regional: &[RegionalTable],
    problems: &mut Problems,
) -> Option<Calendar> {
    let spans = |hours: &[Hours]| hours.iter().map(|hours| hours.0).collect::<Vec<_>>();
    let rule = |day: &DayTable| match &day.rule {
        Rule::Closed => DayRule::Closed,
        Rule::As(day) => {
            DayRule::AsWeekday(Weekday::from_monday_zero_offset(*day).unwrap_or(Weekday::Monday))
        }
        Rule::Open(hours) => DayRule::Spans(spans(hours)),
    };
    let mut builder = Calendar::builder(&table.zone);
    for ((_, weekday), hours) in WEEKDAYS.iter().zip(&table.week) {
        builder = builder.week(*weekday, spans(hours));
    }
    for year in years {
        builder = builder.year(year.year);
        for day in &year.days {
            builder = builder.day(day.date, rule(day), &day.name);
        }
    }
    for day in regional.iter().flat_map(|table| &table.days) {
        builder = builder.overlay(day.date, rule(day), &day.name);
    }
    match builder.build() {
        Ok(calendar) => Some(calendar),
        Err(errors) => {
            for error in errors.0 {
                problems.push(
                    Diagnostic::error(Code::BadCalendar, error.wording())
                        .at(place(&error, years, regional).unwrap_or(at).clone()),
                );
            }
            None
        }
    }
}

/// The location of the table entry that caused the error, the last one of several. `None` for errors of the
/// week.
fn place<'a>(
    error: &CalendarError,
    years: &'a [YearTable],
    regional: &'a [RegionalTable],
) -> Option<&'a Location> {
    let year = |number: i16| {
        years
            .iter()
            .rev()
            .find(|year| year.year == number)
            .map(|year| &year.location)
    };
    match error {
        CalendarError::YearTwice(number) | CalendarError::YearOutOfRange(number) => year(*number),
        CalendarError::YearsMissing { to, .. } => to.checked_add(1).and_then(year),
        CalendarError::DayOutsideYears(date)
        | CalendarError::DayTwice { date, .. }
        | CalendarError::DayOverlap(date)
        | CalendarError::AsClosedWeekday { date, .. } => {
            let of_regions = regional.iter().rev().flat_map(|table| table.days.iter().rev());
            let of_years = years.iter().rev().flat_map(|year| year.days.iter().rev());
            let mut days = of_regions.chain(of_years);
            days.find(|day| day.date == *date).map(|day| &day.location)
        }
        _ => None,
    }
}

pub(super) fn calendar(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<CalendarTable> {
    let mut fields = Fields::of("`[calendar]`", value, ctx)?;
    let zone = fields.required("zone", ctx, string);
    let week = fields.required("week", ctx, |value, ctx| {
        let mut fields = Fields::of("`[calendar.week]`", value, ctx)?;
        let days: Vec<_> = WEEKDAYS
            .iter()
            .map(|(day, _)| fields.required(day, ctx, list(hours)))
            .collect();
        fields.finish(ctx);
        days.into_iter().collect()
    });
    fields.finish(ctx);
    Some(CalendarTable {
        zone: zone?,
        week: week?,
    })
}

/// `"09:00-12:00"`.
fn hours(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Hours> {
    match string(value, ctx)?.parse::<DaySpan>() {
        Ok(span) => Some(Hours(span)),
        Err(error) => {
            ctx.error(
                value.span(),
                Code::BadCalendar,
                wording!("bad-day-hours", error = error),
            );
            None
        }
    }
}

pub(super) fn year(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<YearTable> {
    let mut fields = Fields::of("`[[year]]`", value, ctx)?;
    let year = fields.required("year", ctx, whole_number(1..=9_998));
    let mut sources = fields.optional("sources", ctx, list(text)).unwrap_or_default();
    sources.extend(fields.optional("source", ctx, text));
    let days = days(&mut fields, ctx);
    let location = ctx.location(fields.span());
    fields.finish(ctx);
    Some(YearTable {
        year: year?,
        sources,
        days,
        location,
    })
}

pub(super) fn regional(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<RegionalTable> {
    let mut fields = Fields::of("`[[regional]]`", value, ctx)?;
    let source = fields.required("source", ctx, text);
    let mut days = days(&mut fields, ctx);
    days.sort_by_key(|day| day.date);
    fields.finish(ctx);
    Some(RegionalTable {
        sources: vec![source?],
        days,
    })
}

/// The days of `closed` and `open`.
fn days(fields: &mut Fields<'_, '_>, ctx: &mut Ctx<'_>) -> Vec<DayTable> {
    let closed = fields
        .optional("closed", ctx, list(closed_day))
        .unwrap_or_default();
    let open = fields.optional("open", ctx, list(open_day)).unwrap_or_default();
    closed.into_iter().chain(open).collect()
}

fn closed_day(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<DayTable> {
    let mut fields = Fields::of("a closed day", value, ctx)?;
    let date = fields.required("date", ctx, date);
    let name = fields.required("name", ctx, text);
    fields.finish(ctx);
    Some(DayTable {
        date: date?,
        name: name?,
        rule: Rule::Closed,
        location: ctx.location(value.span()),
    })
}

fn open_day(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<DayTable> {
    let mut fields = Fields::of("an open day", value, ctx)?;
    let date = fields.required("date", ctx, date);
    let name = fields.required("name", ctx, text);
    let is_as = fields.raw("as").is_some();
    let as_day = fields.optional("as", ctx, word(WEEKDAYS));
    let is_spans = fields.raw("spans").is_some();
    let spans = fields.optional("spans", ctx, list(hours));
    fields.finish(ctx);
    if is_as == is_spans {
        ctx.error(value.span(), Code::BadCalendar, wording!("day-hours-unclear"));
        return None;
    }
    let rule = match (as_day, spans) {
        (Some(day), _) => Rule::As(day.to_monday_zero_offset()),
        (None, spans) => Rule::Open(spans?),
    };
    Some(DayTable {
        date: date?,
        name: name?,
        rule,
        location: ctx.location(value.span()),
    })
}
