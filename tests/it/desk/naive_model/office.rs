//! The office shared by desk and model: calendar, policy, texts and channel.

use std::collections::BTreeSet;

use civic_reply::case::{Amount, ClockKind, CountsFrom, TimeLimit, Unit};
use civic_reply::message::Sending;
use civic_reply::reply::{LetterConfig, LetterTemplates};
use civic_reply::store::contract::sample;
use civic_reply::time::{Calendar, ExtensionRule, Policy, ReturnRule};
use civic_reply::workflow::DeskConfig;
use jiff::civil::Weekday;

use super::letters::{IDLE, NOTICE, POSTPONEMENTS, RATING_TIME, REMIND_AFTER, WAIT};
use super::model::{EXTENSION, REPLY, RETURN_TIME, UNKNOWN_DEPARTMENT};
use super::window::{FALLBACK, QUOTA, WINDOW};
use super::world::department;

pub(crate) fn minutes(count: i64) -> Amount {
    Amount::new(u32::try_from(count).unwrap(), Unit::Minutes).unwrap()
}

pub(crate) fn config() -> DeskConfig {
    use Weekday::*;
    let mut calendar = Calendar::builder("Asia/Shanghai").year(2026);
    for day in [Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday] {
        calendar = calendar.week(day, ["00:00-24:00".parse().unwrap()]);
    }
    let reply = TimeLimit {
        counts_from: CountsFrom::SameDay,
        ..TimeLimit::new(ClockKind::FirstReply, minutes(REPLY))
    };
    let policy = Policy {
        urgent: true,
        clocks: vec![reply],
        extension: Some(ExtensionRule {
            times: 1,
            amount: minutes(EXTENSION),
        }),
        returns: Some(ReturnRule {
            within: minutes(RETURN_TIME),
            complex: None,
            owner_after: Some(3),
            owner: Some("chief".into()),
        }),
        ..Policy::next_working_day()
    };
    let templates = LetterTemplates {
        solved: "solved?".to_owned(),
        lapse_after: minutes(RATING_TIME),
        reminder: "{case}".to_owned(),
        remind_after: minutes(REMIND_AFTER),
        reply_within: minutes(WAIT),
        extended: "{case}: {due}".to_owned(),
        postponed: "{case}: {due}".to_owned(),
        postpone_minutes: u32::try_from(NOTICE).unwrap(),
        postpone_times: u32::try_from(POSTPONEMENTS).unwrap(),
        overdue: "{case}".to_owned(),
        idle_minutes: u32::try_from(IDLE).unwrap(),
        handed_back: "{case}".to_owned(),
    };
    let channel = Sending {
        messages: QUOTA,
        within_hours: u32::try_from(WINDOW / 60).unwrap(),
        bytes: None,
        source: String::new(),
        fallback: Some(FALLBACK.to_owned()),
    };
    DeskConfig {
        canned_replies: Default::default(),
        department_names: Default::default(),
        rulebook: "0".into(),
        calendar: calendar.build().unwrap(),
        policies: [(policy.id.clone(), policy)].into(),
        departments: (0..UNKNOWN_DEPARTMENT).map(department).collect(),
        themes: BTreeSet::new(),
        letters: LetterConfig {
            templates: Some(templates),
            due_format: "%H:%M".to_owned(),
            channels: [(sample::key("", "").account().clone(), channel)].into(),
        },
    }
}
