//! The calendar that ships in `rules/calendar/`, read line by line.

use std::path::Path;
use std::sync::LazyLock;

use civic_reply::time::{Calendar, DayRule, DaySpan};
use jiff::civil::{Date, Weekday};

static CALENDAR: LazyLock<Calendar> = LazyLock::new(read);

/// The shipped calendar.
pub(crate) fn calendar() -> Calendar {
    CALENDAR.clone()
}

fn read() -> Calendar {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/calendar");
    let read = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        text.parse::<toml::Table>().unwrap()
    };
    let hours = read("hours.toml");
    let mut builder = Calendar::builder(hours["calendar"]["zone"].as_str().unwrap());
    for (name, spans) in hours["calendar"]["week"].as_table().unwrap() {
        let spans = spans.as_array().unwrap().iter();
        let spans = spans.map(|span| span.as_str().unwrap().parse::<DaySpan>().unwrap());
        builder = builder.week(weekday(name), spans);
    }
    for year in 2010..=2026_i16 {
        let file = read(&format!("{year}.toml"));
        let table = &file["year"][0];
        assert_eq!(table["year"].as_integer(), Some(i64::from(year)));
        builder = builder.year(year);
        for day in table["closed"].as_array().unwrap() {
            builder = builder.day(date(day), DayRule::Closed, day["name"].as_str().unwrap());
        }
        for day in table["open"].as_array().unwrap() {
            let rule = DayRule::AsWeekday(weekday(day["as"].as_str().unwrap()));
            builder = builder.day(date(day), rule, day["name"].as_str().unwrap());
        }
    }
    builder.build().unwrap()
}

fn date(day: &toml::Value) -> Date {
    day["date"].as_datetime().unwrap().to_string().parse().unwrap()
}

fn weekday(name: &str) -> Weekday {
    let names = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let place = names.iter().position(|known| *known == name).unwrap();
    Weekday::from_monday_zero_offset(i8::try_from(place).unwrap()).unwrap()
}
