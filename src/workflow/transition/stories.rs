//! Sequences of moves.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use super::tests::{apply, case, claim, commands, config, decide, give_back, now, offer, part, transfer};
use super::*;
use crate::case::{CaseId, ClockKind, ReturnReason, State};
use crate::time::{self, Policy};

#[test]
fn the_first_receiver_stays_the_lead_until_the_other_accepts() {
    let offered = apply(case(State::Claimed), &transfer(), now()).unwrap();
    assert_eq!(offered.department, "desk".into());
    assert_eq!(
        offered.handling.transfers.offer.as_ref().unwrap().until,
        "2026-11-24T17:00+08:00".parse().unwrap()
    );
    let accepted = apply(offered.clone(), &Command::Accept { silent: false }, now()).unwrap();
    assert_eq!(
        (accepted.department, accepted.handling.transfers.offer),
        ("fund".into(), None)
    );

    let returned = apply(offered, &give_back(), now()).unwrap();
    assert_eq!(
        (&returned.department, returned.state),
        (&"desk".into(), State::Waiting)
    );
    assert_eq!(
        returned.handling.transfers.returns[0].reason,
        ReturnReason::NotOurs
    );
    assert_eq!(returned.deadlines, case(State::Claimed).deadlines);
}

#[test]
fn silence_after_the_limit_is_acceptance() {
    let offered = apply(case(State::Claimed), &transfer(), now()).unwrap();
    let silence = Command::Accept { silent: true };
    let until = offer().until;
    let refused = apply(offered.clone(), &silence, now()).unwrap_err();
    assert_eq!(refused, CommandError::TimeLeft(until));
    let refused = apply(offered.clone(), &give_back(), until).unwrap_err();
    assert_eq!(refused, CommandError::ReturnTooLate(until));
    assert_eq!(apply(offered, &silence, until).unwrap().department, "fund".into());
}

#[test]
fn after_the_third_offer_only_the_owner_decides() {
    let mut sent = case(State::Claimed);
    for round in 0..3 {
        assert_eq!(
            apply(sent.clone(), &decide(), now()).unwrap_err(),
            CommandError::TooFewOffers(round)
        );
        sent = apply(sent, &transfer(), now()).unwrap();
        sent = apply(sent, &give_back(), now()).unwrap();
        sent = apply(sent, &Command::Claim(claim()), now()).unwrap();
    }
    assert_eq!(
        apply(sent.clone(), &transfer(), now()).unwrap_err(),
        CommandError::TooManyOffers(3)
    );
    let decided = apply(sent, &decide(), now()).unwrap();
    assert_eq!(
        (&decided.department, decided.state),
        (&"police".into(), State::Waiting)
    );
    let again = apply(decided, &Command::Claim(claim()), now()).unwrap();
    assert_eq!(
        apply(again, &transfer(), now()).unwrap_err(),
        CommandError::Decided("chief".into())
    );
}

#[test]
fn supervision_goes_from_level_to_level() {
    let supervise = Command::Supervise {
        by: "chief".into(),
        text: "please".to_owned(),
    };
    let mut case = case(State::Waiting);
    for rung in [
        SupervisionLevel::Remind,
        SupervisionLevel::Urge,
        SupervisionLevel::Report,
    ] {
        case = apply(case, &supervise, now()).unwrap();
        assert_eq!(case.handling.internal.supervision_level(), Some(rung));
    }
    assert_eq!(
        apply(case, &supervise, now()).unwrap_err(),
        CommandError::NoHigherLevel
    );
}

#[test]
fn an_answer_joins_all_parts() {
    let answer = &commands()[3];
    let mut whole = case(State::Claimed);
    whole.handling.relations.parts.push(part());
    assert_eq!(
        apply(whole.clone(), answer, now()).unwrap_err(),
        CommandError::PartOpen(part().case)
    );
    let take = Command::TakePart {
        part: part().case,
        text: "done".to_owned(),
    };
    let whole = apply(whole, &take, now()).unwrap();
    assert_eq!(
        apply(whole.clone(), &take, now()).unwrap_err(),
        CommandError::NoPart(part().case)
    );
    assert_eq!(apply(whole, answer, now()).unwrap().state, State::Answered);
}

#[test]
fn what_was_owed_earlier_to_a_merged_case_is_owed_then() {
    let mut other = case(State::Waiting);
    other.id = CaseId::new("other");
    let mut late = case(State::Claimed);
    late.deadlines = time::deadline(
        &config().calendar,
        &Policy::next_working_day(),
        ClockKind::FirstReply,
        "2026-11-24T10:00+08:00".parse().unwrap(),
    )
    .into_iter()
    .collect();
    assert!(late.deadlines[0].due.instant() > other.deadlines[0].due.instant());
    let both = apply(
        late,
        &Command::Absorb {
            other: Box::new(other.clone()),
            by: None,
        },
        now(),
    )
    .unwrap();
    assert_eq!(both.deadlines, other.deadlines);
    let keys: Vec<_> = both.recipients().into_iter().cloned().collect();
    assert_eq!(keys, [both.key.clone(), other.key]);
}

#[test]
fn a_case_that_is_opened_again_keeps_its_answer_and_owes_another() {
    let answered = apply(case(State::Claimed), &commands()[3], now()).unwrap();
    assert!(
        answered
            .deadlines
            .iter()
            .all(|deadline| !deadline.status.is_open())
    );
    let again = Command::Reopen {
        reason: "still dark".to_owned(),
        since: now(),
        by: Vec::new(),
    };
    let again = apply(answered, &again, now()).unwrap();
    assert_eq!(
        (again.state, again.answer.as_deref(), again.transcript.len()),
        (State::Waiting, None, 1)
    );
    assert!(again.next_deadline().unwrap().status.is_open());
}
