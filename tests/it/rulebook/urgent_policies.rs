//! Policies for emergencies: what they are by default, and the lint about those that let danger wait.

use civic_reply::Rulebook;
use civic_reply::case::{ClockKind, CountsFrom};
use civic_reply::rulebook::Code;
use civic_reply::time::Policy;
use jiff::civil::date;

use crate::support::small_rulebook::{codes, load, spoilt};

/// The small rulebook with a policy for emergencies that has these lines.
fn with_policy(own: &str, first_reply: &str) -> Rulebook {
    let office = spoilt(
        "urgent_policy = \"next-working-day\"",
        "urgent_policy = \"danger\"",
    );
    let policy = format!(
        "[[policy]]\nid = \"danger\"\nname = \"紧急\"\nsource = \"本市规定\"\n{own}\n\
         [policy.first_reply]\n{first_reply}\n"
    );
    let files = [("office.toml", office.as_str()), ("danger.toml", policy.as_str())];
    load(files).unwrap_or_else(|found| panic!("{found}"))
}

fn danger(rulebook: &Rulebook) -> &Policy {
    rulebook.policies.get(&"danger".into()).unwrap()
}

fn from(rulebook: &Rulebook) -> CountsFrom {
    danger(rulebook)
        .time_limit(ClockKind::FirstReply)
        .unwrap()
        .counts_from
}

fn waits(rulebook: &Rulebook) -> bool {
    codes(&rulebook.lint(date(2026, 2, 1))).contains(&Code::UrgentWaits)
}

#[test]
fn the_policy_for_emergencies_is_urgent_and_counts_at_once_unless_it_says_otherwise() {
    let short = with_policy("", "amount = 20\nunit = \"minutes\"");
    assert!(danger(&short).urgent);
    assert_eq!(from(&short), CountsFrom::SameDay);
    assert!(!waits(&short));
    let ordinary = short.policies.get(&"next-working-day".into()).unwrap();
    assert!(!ordinary.urgent);

    let plain = with_policy("urgent = false", "amount = 20\nunit = \"minutes\"");
    assert!(!danger(&plain).urgent);
    assert_eq!(from(&plain), CountsFrom::NextDay);

    let tomorrow = with_policy("", "amount = 2\nunit = \"hours\"\ncounts_from = \"next_day\"");
    assert_eq!(from(&tomorrow), CountsFrom::NextDay, "as it is written");
    assert!(waits(&tomorrow));
}

#[test]
fn another_policy_can_be_urgent_too() {
    let files = |policy: &str| {
        let text = spoilt("source_date = 2026-01-01", policy);
        load([("office.toml", text.as_str())]).unwrap()
    };
    // The only policy of the office serves emergencies, and they wait for the office.
    assert!(waits(&files("source_date = 2026-01-01")));
    assert!(!waits(&files("urgent = false")));
}

#[test]
fn an_urgent_policy_that_lets_danger_wait_is_reported_with_its_place() {
    for first_reply in [
        "amount = 1\nunit = \"working_hours\"\ncounts_from = \"same_day\"",
        "amount = 1\nunit = \"working_days\"",
        "amount = 1\nunit = \"calendar_days\"",
        "amount = 1\nunit = \"hours\"\nwarn = [{ before = { amount = 30, unit = \"working_minutes\" } }]",
    ] {
        let found = with_policy("", first_reply).lint(date(2026, 2, 1));
        let finding = found.iter().find(|finding| finding.code == Code::UrgentWaits);
        let finding = finding.unwrap_or_else(|| panic!("{first_reply}: {found}"));
        let location = finding.location.as_ref().unwrap();
        assert_eq!(&*location.file, "danger.toml", "{first_reply}");
        assert!(found.to_string().contains("`danger`"), "{found}");
    }
    for first_reply in [
        "amount = 1\nunit = \"hours\"\nwarn = [{ share = 50 }]",
        "amount = 90\nunit = \"minutes\"\nwarn = [{ before = { amount = 30, unit = \"minutes\" } }]",
    ] {
        assert!(!waits(&with_policy("", first_reply)), "{first_reply}");
    }
}
