//! `lapse_hours`, `reminder_hours` and `reply_hours`: a number of hours, or an amount in any unit.

use civic_reply::Rulebook;
use civic_reply::case::{Amount, Unit};
use civic_reply::rulebook::{Code, Diagnostics};

use crate::support::small_rulebook::{OFFICE, codes, load};

/// The small rulebook with these three times in its letters.
fn waiting(lapse: &str, reminder: &str, reply: &str) -> Result<Rulebook, Diagnostics> {
    let shipped = include_str!("../../../rules/letters.toml");
    let times = ["lapse_hours", "reminder_hours", "reply_hours"];
    let rest = shipped.lines().filter(|line| {
        let key = line.split(' ').next().unwrap();
        !times.contains(&key)
    });
    let mut letters: Vec<String> = rest.map(str::to_owned).collect();
    for (key, value) in times.iter().zip([lapse, reminder, reply]) {
        letters.push(format!("{key} = {value}"));
    }
    let letters = letters.join("\n");
    load([("office.toml", OFFICE), ("letters.toml", letters.as_str())])
}

fn amount(count: u32, unit: Unit) -> Amount {
    Amount::new(count, unit).unwrap()
}

#[test]
fn a_number_means_hours_of_the_clock_and_an_amount_what_it_says() {
    let letters = |lapse, reminder, reply| {
        let rulebook = waiting(lapse, reminder, reply).unwrap_or_else(|found| panic!("{found}"));
        let letters = rulebook.letters.unwrap();
        [letters.lapse_after, letters.remind_after, letters.reply_within]
    };
    let hours = [72, 24, 48].map(|count| amount(count, Unit::Hours));
    assert_eq!(letters("72", "24", "48"), hours);
    let working = letters(
        "{ amount = 16, unit = \"working_hours\" }",
        "{ amount = 90, unit = \"working_minutes\" }",
        "{ amount = 2, unit = \"working_days\" }",
    );
    let wanted = [
        amount(16, Unit::WorkingHours),
        amount(90, Unit::WorkingMinutes),
        amount(2, Unit::WorkingDays),
    ];
    assert_eq!(working, wanted);
    // A reminder by the clock, before an end that working time puts off.
    letters("1680", "24", "{ amount = 3, unit = \"working_days\" }");
    letters(
        "{ amount = 70, unit = \"calendar_days\" }",
        "24",
        "{ amount = 2, unit = \"calendar_days\" }",
    );
}

#[test]
fn a_reminder_that_may_come_too_late_is_refused_with_both_times() {
    for (reminder, reply) in [
        ("24", "24"),
        ("24", "{ amount = 1440, unit = \"minutes\" }"),
        ("24", "{ amount = 1, unit = \"calendar_days\" }"),
        ("{ amount = 7, unit = \"working_hours\" }", "72"),
        (
            "{ amount = 1, unit = \"working_days\" }",
            "{ amount = 3, unit = \"calendar_days\" }",
        ),
        (
            "{ amount = 8, unit = \"working_hours\" }",
            "{ amount = 8, unit = \"working_hours\" }",
        ),
        (
            "{ amount = 8, unit = \"working_hours\" }",
            "{ amount = 90, unit = \"working_minutes\" }",
        ),
        (
            "{ amount = 2, unit = \"working_days\" }",
            "{ amount = 1, unit = \"working_days\" }",
        ),
    ] {
        let found = waiting("72", reminder, reply).unwrap_err();
        assert_eq!(codes(&found), [Code::BadValue], "{reminder}, {reply}: {found}");
    }
}

#[test]
fn what_is_no_time_to_wait_is_refused() {
    for lapse in [
        "0",
        "1681",
        "\"72\"",
        "{ amount = 0, unit = \"hours\" }",
        "{ amount = 71, unit = \"working_days\" }",
        "{ amount = 1681, unit = \"working_hours\" }",
        "{ amount = 3, unit = \"weeks\" }",
        "{ amount = 3 }",
        "{ hours = 3 }",
        "[3]",
    ] {
        let found = waiting(lapse, "24", "72").unwrap_err();
        assert!(found.has_errors(), "{lapse}");
    }
}
