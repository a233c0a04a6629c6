//! Every state with every command.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::collections::BTreeSet;

use super::*;
use crate::case::{
    Amount, CaseId, Claim, ClaimToken, ClockKind, Ending, Handling, Part, Priority, ReturnReason, State,
    TransferOffer, Transfers,
};
use crate::message::MessageKey;
use crate::time::{self, Calendar, ExtensionRule, Policy, Reset};
use crate::workflow::command::{MoreTime, Transfer};

pub(super) fn config() -> DeskConfig {
    let open: Vec<_> = vec!["09:00-17:00".parse().unwrap()];
    let mut calendar = Calendar::builder("Asia/Shanghai").year(2026);
    for day in [jiff::civil::Weekday::Monday, jiff::civil::Weekday::Tuesday] {
        calendar = calendar.week(day, open.clone());
    }
    let policy = Policy {
        extension: Some(ExtensionRule {
            times: 1,
            amount: Amount::one_working_day(),
        }),
        ..Policy::next_working_day()
    };
    DeskConfig {
        rulebook: "0".into(),
        calendar: calendar.build().unwrap(),
        policies: [(policy.id.clone(), policy)].into(),
        letters: crate::reply::LetterConfig::default(),
        canned_replies: Default::default(),
        department_names: Default::default(),
        departments: BTreeSet::new(),
        themes: BTreeSet::new(),
    }
}

pub(super) fn now() -> Timestamp {
    "2026-11-23T10:00+08:00".parse().unwrap()
}

pub(super) fn claim() -> Claim {
    Claim {
        agent: "agent".into(),
        token: ClaimToken::new("token"),
        until: now(),
    }
}

pub(super) fn case(state: State) -> Case {
    Case {
        id: CaseId::new("20261123-0000-0000"),
        version: 0,
        key: MessageKey::new("gov".into(), "citizen".into(), "1"),
        sender_name: None,
        text: "text".to_owned(),
        earlier: Vec::new(),
        transcript: Vec::new(),
        transcript_left_out: 0,
        handling: Handling {
            transfers: Transfers {
                offer: (state == State::Offered).then(offer),
                ..Transfers::default()
            },
            ..Handling::default()
        },
        arrived: now(),
        state,
        priority: Priority::Normal,
        theme: None,
        department: "desk".into(),
        deadlines: time::deadline(
            &config().calendar,
            &Policy::next_working_day(),
            ClockKind::FirstReply,
            now(),
        )
        .into_iter()
        .collect(),
        claim: (state == State::Claimed).then(claim),
        answer: None,
        note: None,
        reasons: Vec::new(),
        rulebook: "0".into(),
    }
}

pub(super) fn offer() -> TransferOffer {
    TransferOffer {
        by: "agent".into(),
        at: now(),
        to: "fund".into(),
        theme: None,
        reason: "theirs".to_owned(),
        until: "2026-11-24T17:00+08:00".parse().unwrap(),
    }
}

pub(super) fn part() -> Part {
    Part {
        case: CaseId::new("part"),
        department: "fund".into(),
        answer: None,
    }
}

/// A case in this state, as `command` needs it.
fn ready(state: State, command: &Command) -> Case {
    let mut ready = case(state);
    match command {
        Command::Decide { .. } => ready.handling.transfers.offer_count = 3,
        Command::TakePart { .. } => ready.handling.relations.parts.push(part()),
        _ => {}
    }
    ready
}

pub(super) fn transfer() -> Command {
    Command::Transfer {
        token: claim().token,
        by: "agent".into(),
        offer: Transfer {
            to: "fund".into(),
            theme: None,
            reason: "theirs".to_owned(),
            complex: false,
        },
    }
}

pub(super) fn give_back() -> Command {
    Command::Return {
        by: "clerk".into(),
        reason: ReturnReason::NotOurs,
        text: "the land is the county's".to_owned(),
    }
}

pub(super) fn decide() -> Command {
    Command::Decide {
        owner: "chief".into(),
        department: "police".into(),
        theme: None,
        reason: "nobody else is left".to_owned(),
    }
}

pub(super) fn commands() -> Vec<Command> {
    let token = claim().token;
    vec![
        Command::Claim(claim()),
        Command::Renew(claim()),
        Command::Release(token.clone()),
        Command::Answer {
            token: token.clone(),
            answer: "an answer".into(),
        },
        Command::Ask {
            token: token.clone(),
            text: "which house?".to_owned(),
        },
        Command::Resume { silent: false },
        Command::Write {
            text: "number 3".to_owned(),
            at: now(),
            from: 0,
        },
        Command::Chase { at: now() },
        Command::Extend {
            token: token.clone(),
            more: MoreTime {
                clock: ClockKind::FirstReply,
                amount: Amount::one_working_day(),
                reason: "a visit".to_owned(),
                approver: "chief".into(),
            },
        },
        Command::Promise {
            token,
            by: "agent".into(),
            until: "2026-11-24T12:00+08:00".parse().unwrap(),
        },
        Command::Reset {
            clock: ClockKind::FirstReply,
            wish: Reset {
                at: now(),
                by: "chief".into(),
                permitted: true,
                reason: "sent to the wrong city".to_owned(),
            },
        },
        Command::Draft {
            token: claim().token,
            text: "perhaps".to_owned(),
        },
        Command::Note {
            by: "agent".into(),
            text: "called twice".to_owned(),
        },
        transfer(),
        Command::Accept { silent: false },
        give_back(),
        decide(),
        Command::Supervise {
            by: "chief".into(),
            text: "please".to_owned(),
        },
        Command::Merge {
            token: claim().token,
            into: CaseId::new("other"),
        },
        Command::Join {
            into: CaseId::new("other"),
        },
        Command::Absorb {
            other: Box::new(Case {
                id: CaseId::new("other"),
                ..case(State::Waiting)
            }),
            by: None,
        },
        Command::SeeMerger(claim().token),
        Command::Split {
            token: claim().token,
            part: CaseId::new("second"),
        },
        Command::CoHandle {
            token: claim().token,
            part: CaseId::new("part"),
            department: "fund".into(),
        },
        Command::TakePart {
            part: CaseId::new("part"),
            text: "our part is done".to_owned(),
        },
        Command::Confirm { by: vec![0] },
        Command::Close { how: Ending::Lapsed },
        Command::Reopen {
            reason: "still dark".to_owned(),
            since: now(),
            by: Vec::new(),
        },
    ]
}

pub(super) fn apply(case: Case, command: &Command, now: Timestamp) -> Result<Case, CommandError> {
    Ok(transition(&case, command, &config(), now)?
        .iter()
        .fold(case, Case::apply))
}

#[test]
fn every_state_and_command_pair_does_what_the_table_says() {
    for state in State::ALL {
        for command in commands() {
            let listed = MOVES
                .iter()
                .find(|&&(from, by, _)| from == state && by == command.kind());
            match (
                transition(&ready(state, &command), &command, &config(), now()),
                listed,
            ) {
                (Ok(events), Some(&(_, _, to))) => {
                    let after = events.iter().fold(ready(state, &command), Case::apply);
                    assert_eq!(after.state, to, "{state} {command:?}");
                    assert_eq!(after.version, events.len() as u64);
                }
                (Err(CommandError::State { .. }), None) => {}
                (result, _) => panic!("{state} {command:?}: {result:?}"),
            }
        }
    }
}

#[test]
fn a_stale_holder_is_refused() {
    let stale = ClaimToken::new("older");
    for command in [
        Command::Release(stale.clone()),
        Command::Answer {
            token: stale.clone(),
            answer: "late".into(),
        },
        Command::Renew(Claim {
            token: stale,
            ..claim()
        }),
    ] {
        assert_eq!(
            transition(&case(State::Claimed), &command, &config(), now()),
            Err(CommandError::NotHolder)
        );
    }
}

#[test]
fn an_empty_or_endless_answer_is_refused() {
    let answer = |text: String| Command::Answer {
        token: claim().token,
        answer: text.into(),
    };
    let refused = |text| transition(&case(State::Claimed), &answer(text), &config(), now()).unwrap_err();
    assert_eq!(refused(" \n".to_owned()), CommandError::EmptyText);
    assert_eq!(
        refused("长".repeat(MAX_CHARS + 1)),
        CommandError::LongText { chars: MAX_CHARS + 1 }
    );
}

#[test]
fn every_move_of_the_table_has_a_command() {
    for &(from, by, to) in MOVES {
        assert!(
            commands().iter().any(|command| command.kind() == by),
            "{from} {by:?} {to}"
        );
    }
}
