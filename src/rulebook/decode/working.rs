//! `[calendar]`, `[[year]]`, `[[policy]]`: what working time is computed from.

use jiff::civil::{Date, Time, Weekday};
use serde::Serialize;

use super::cx::Cx;
use super::fields::{Fields, Value};
use super::names::Kind;
use super::values::{date, list, own_id, string, text, whole_number, word};
use crate::message::PolicyId;
use crate::rulebook::diagnostic::Code;
use crate::rulebook::shapes::Location;

/// Monday to Sunday, as the keys of a week.
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// Working hours of a day, from and until, in order.
pub(in crate::rulebook) type Hours = Vec<(Time, Time)>;

/// `[calendar]`: the zone and an ordinary week.
#[derive(Clone, Debug, Serialize)]
pub(in crate::rulebook) struct CalendarTable {
    pub(in crate::rulebook) zone: String,
    /// Monday to Sunday.
    pub(in crate::rulebook) week: Vec<Hours>,
}

/// `[[year]]`: what differs from the ordinary week in one year.
#[derive(Clone, Debug, Serialize)]
pub(in crate::rulebook) struct YearTable {
    pub(in crate::rulebook) year: i16,
    pub(in crate::rulebook) sources: Vec<String>,
    pub(in crate::rulebook) closed: Vec<(Date, String)>,
    pub(in crate::rulebook) open: Vec<OpenDay>,
    #[serde(skip)]
    pub(in crate::rulebook) location: Location,
}

/// A day that is worked on although its weekday is not, or at other hours.
#[derive(Clone, Debug, Serialize)]
pub(in crate::rulebook) struct OpenDay {
    pub(in crate::rulebook) date: Date,
    pub(in crate::rulebook) name: String,
    pub(in crate::rulebook) hours: OpenHours,
}

#[derive(Clone, Debug, Serialize)]
pub(in crate::rulebook) enum OpenHours {
    /// Those of the weekday, 0 for Monday.
    As(i8),
    Spans(Hours),
}

/// `[[policy]]`.
#[derive(Clone, Debug, Serialize)]
pub(in crate::rulebook) struct PolicyTable {
    pub(in crate::rulebook) id: PolicyId,
    pub(in crate::rulebook) name: String,
    pub(in crate::rulebook) source: Option<String>,
    pub(in crate::rulebook) source_date: Option<Date>,
    pub(in crate::rulebook) first_reply: TermTable,
    #[serde(skip)]
    pub(in crate::rulebook) location: Location,
}

/// How long something may take.
#[derive(Clone, Debug, Serialize)]
pub(in crate::rulebook) struct TermTable {
    pub(in crate::rulebook) amount: u32,
    pub(in crate::rulebook) unit: &'static str,
    pub(in crate::rulebook) counts_from: &'static str,
    pub(in crate::rulebook) ends: &'static str,
}

pub(super) fn calendar(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<CalendarTable> {
    let mut fields = Fields::of("`[calendar]`", value, cx)?;
    let zone = fields.required("zone", cx, |value, cx| {
        let zone = string(value, cx)?;
        if jiff::tz::TimeZone::get(&zone).is_err() {
            cx.error(
                value.span(),
                Code::BadCalendar,
                format!("`{zone}` is no time zone"),
                "expected a name such as `Asia/Shanghai`",
            );
            return None;
        }
        Some(zone)
    });
    let week = fields.required("week", cx, |value, cx| {
        let mut fields = Fields::of("`[calendar.week]`", value, cx)?;
        let days: Vec<Option<Hours>> = WEEKDAYS
            .iter()
            .map(|(day, _)| fields.required(day, cx, hours))
            .collect();
        fields.finish(cx);
        days.into_iter().collect()
    });
    fields.finish(cx);
    Some(CalendarTable {
        zone: zone?,
        week: week?,
    })
}

/// `["09:00-12:00", "13:30-17:30"]`: in order, without overlap.
fn hours(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Hours> {
    let spans = list(|value, cx| {
        let written = string(value, cx)?;
        let span = written.split_once('-').and_then(|(from, until)| {
            let time = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
            Some((time(from)?, time(until)?)).filter(|(from, until)| from < until)
        });
        if span.is_none() {
            cx.error(
                value.span(),
                Code::BadCalendar,
                format!("`{written}` is no span of a day"),
                "expected two times such as `09:00-12:00`",
            );
        }
        span
    })(value, cx)?;
    let ordered = spans
        .iter()
        .zip(spans.iter().skip(1))
        .all(|(one, next)| one.1 <= next.0);
    if !ordered {
        cx.error(
            value.span(),
            Code::BadCalendar,
            "the spans overlap or are out of order",
            "not in order",
        );
        return None;
    }
    Some(spans)
}

pub(super) fn year(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<YearTable> {
    let mut fields = Fields::of("`[[year]]`", value, cx)?;
    let year = fields.required("year", cx, whole_number(1970..=9_998));
    let mut sources = fields.optional("sources", cx, list(text)).unwrap_or_default();
    sources.extend(fields.optional("source", cx, text));
    let closed = fields.optional(
        "closed",
        cx,
        list(|value, cx| {
            let mut fields = Fields::of("a closed day", value, cx)?;
            let date = fields.required("date", cx, date);
            let name = fields.required("name", cx, text);
            fields.finish(cx);
            Some((date?, name?))
        }),
    );
    let open = fields.optional("open", cx, list(open_day));
    let location = cx.location(fields.span());
    fields.finish(cx);
    Some(YearTable {
        year: year?,
        sources,
        closed: closed.unwrap_or_default(),
        open: open.unwrap_or_default(),
        location,
    })
}

fn open_day(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<OpenDay> {
    let mut fields = Fields::of("an open day", value, cx)?;
    let date = fields.required("date", cx, date);
    let name = fields.required("name", cx, text);
    let as_day = fields.optional("as", cx, word(&WEEKDAYS));
    let spans = fields.optional("spans", cx, hours);
    let given = [fields.raw("as").is_some(), fields.raw("spans").is_some()];
    if given != [true, false] && given != [false, true] {
        cx.error(
            value.span(),
            Code::BadCalendar,
            "the day's hours are not clear",
            "either `as = \"monday\"` or `spans = [\"09:00-12:00\"]`",
        );
    }
    fields.finish(cx);
    let hours = match (as_day, spans) {
        (Some(day), _) => OpenHours::As(day.to_monday_zero_offset()),
        (None, spans) => OpenHours::Spans(spans?),
    };
    Some(OpenDay {
        date: date?,
        name: name?,
        hours,
    })
}

pub(super) fn policy(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<PolicyTable> {
    const UNITS: &[(&str, &str)] = &[
        ("working_minutes", "working_minutes"),
        ("working_hours", "working_hours"),
        ("working_days", "working_days"),
        ("calendar_days", "calendar_days"),
    ];
    const STARTS: &[(&str, &str)] = &[("same_day", "same_day"), ("next_day", "next_day")];
    const ENDS: &[(&str, &str)] = &[("close", "close"), ("midnight", "midnight")];
    let mut fields = Fields::of("`[[policy]]`", value, cx)?;
    let id = fields.required("id", cx, own_id(Kind::Policy));
    let name = fields.required("name", cx, text);
    let source = fields.optional("source", cx, text);
    let source_date = fields.optional("source_date", cx, date);
    let first_reply = fields.required("first_reply", cx, |value, cx| {
        let mut fields = Fields::of("`[policy.first_reply]`", value, cx)?;
        let amount = fields.required("amount", cx, whole_number(1..=100_000));
        let unit = fields.required("unit", cx, word(UNITS));
        let counts_from = fields
            .optional("counts_from", cx, word(STARTS))
            .unwrap_or("same_day");
        let ends = fields.optional("ends", cx, word(ENDS)).unwrap_or("close");
        fields.finish(cx);
        Some(TermTable {
            amount: amount?,
            unit: unit?,
            counts_from,
            ends,
        })
    });
    let location = cx.location(fields.span());
    if source.is_none() && fields.raw("source").is_none() {
        cx.warning(
            fields.span(),
            Code::NoSource,
            "the policy does not say what it rests on",
            "`source` is missing",
            "name the rule, law or decision that sets this time",
        );
    }
    fields.finish(cx);
    Some(PolicyTable {
        id: id?,
        name: name?,
        source,
        source_date,
        first_reply: first_reply?,
        location,
    })
}
