//! Deadlines under the desk's commands.

use civic_reply::case::{AlarmKind, Case, ClockKind, DeadlineStatus, State, TranscriptEntry, Unit};
use civic_reply::desk::{DeskError, MoreTime};
use civic_reply::message::AgentId;
use civic_reply::store::Store;
use civic_reply::time::{DeadlineError, Reset};
use civic_reply::workflow::CommandError;

use super::{amount, at, names, office, open};

#[test]
fn while_a_question_is_open_no_alarm_is_raised_and_the_time_is_given_back() {
    let (store, clock, desk) = office("2026-11-24T10:00");
    let case = open(&*store, "A", "2026-11-24T10:00");
    let (eve, id) = (AgentId::new("eve"), &case.id);
    let claim = desk.claim(id, &eve).unwrap().unwrap().claim.clone().unwrap();
    let asked = desk
        .claimed(id, &eve, &claim.token)
        .and_then(|case| case.ask("是哪一栋楼?"))
        .unwrap();
    assert_eq!((asked.state, asked.claim), (State::AwaitingCitizen, None));
    let paused =
        |case: &Case, place: usize| matches!(case.deadlines[place].status, DeadlineStatus::Paused { .. });
    let asked = desk.case(id).unwrap();
    // The channel's window closes anyway.
    assert!(paused(&asked, 0) && paused(&asked, 1) && !paused(&asked, 2));
    clock.set(at("2026-11-27T10:00"));
    let sweep = desk.sweep(at("2026-11-27T10:00")).unwrap();
    assert_eq!(names(&sweep), [("A", ClockKind::Delivery, AlarmKind::Breach)]);

    let wrote = desk.write(id, "3栋", at("2026-11-27T10:00")).unwrap();
    assert_eq!(wrote.state, State::Waiting);
    assert_eq!(wrote.transcript.len(), 2);
    assert!(matches!(&wrote.transcript[1], TranscriptEntry::ByCitizen { text, .. } if text == "3栋"));
    // The clock was paused for two working days and an hour; the day of arrival does not count, so none of
    // it is given back.
    assert_eq!(wrote.deadlines[0].due.instant(), at("2026-11-30T10:00"));
    // The citizen's message reopens the window.
    assert_eq!(wrote.deadlines[2].due.instant(), at("2026-11-29T10:00"));
    // A message on a waiting case does not change its place in the queue otherwise.
    let more = desk.write(id, "是六楼", at("2026-11-27T11:00")).unwrap();
    assert_eq!((more.state, more.transcript.len()), (State::Waiting, 3));
    assert_eq!(more.deadlines[0].due, wrote.deadlines[0].due);
}

#[test]
fn an_answer_ends_its_clocks_and_starts_the_satisfaction_check() {
    let (store, _, desk) = office("2026-11-24T10:00");
    let case = open(&*store, "A", "2026-11-24T10:00");
    let (eve, id) = (AgentId::new("eve"), &case.id);
    let claim = desk.claim(id, &eve).unwrap().unwrap().claim.clone().unwrap();
    desk.claimed(id, &eve, &claim.token)
        .and_then(|case| case.promise(at("2026-11-24T12:00")))
        .unwrap();
    let answered = desk
        .claimed(id, &eve, &claim.token)
        .and_then(|case| case.answer("已修好"))
        .unwrap();
    let status = |case: &Case, clock| {
        let mut same = case.deadlines.iter().filter(|deadline| deadline.clock == clock);
        same.next().map(|deadline| deadline.status.is_open())
    };
    for clock in [ClockKind::FirstReply, ClockKind::Promise, ClockKind::Delivery] {
        assert_eq!(status(&answered, clock), Some(false), "{clock}");
    }
    for clock in [ClockKind::Resolution, ClockKind::SatisfactionCheck] {
        assert_eq!(status(&answered, clock), Some(true), "{clock}");
    }
    let closed = desk.close(id, &eve).unwrap();
    assert!(
        closed
            .deadlines
            .iter()
            .all(|deadline| matches!(deadline.status, DeadlineStatus::Done { .. }))
    );
    assert_eq!(store.alarms(at("2026-12-31T10:00"), 10).unwrap(), []);
}

#[test]
fn extensions_stay_within_the_policy_and_a_reset_needs_permission_and_a_reason() {
    let (store, clock, desk) = office("2026-11-24T10:00");
    let case = open(&*store, "A", "2026-11-24T10:00");
    let (eve, id) = (AgentId::new("eve"), &case.id);
    let claim = desk.claim(id, &eve).unwrap().unwrap().claim.clone().unwrap();
    let more = |clock, days, reason: &str| MoreTime {
        clock,
        amount: amount(days, Unit::WorkingDays),
        reason: reason.to_owned(),
        approver: "chief".into(),
    };
    let refused = |result: Result<Case, DeskError>| match result {
        Err(DeskError::Refused(refused)) => refused,
        other => panic!("{other:?}"),
    };
    let extend = |more| {
        desk.claimed(id, &eve, &claim.token)
            .and_then(|case| case.extend(more))
    };
    let no_reason = refused(extend(more(ClockKind::Resolution, 2, " ")));
    assert_eq!(no_reason, CommandError::Clock(DeadlineError::NoReason));
    let none = refused(extend(more(ClockKind::SatisfactionCheck, 2, "a visit")));
    assert_eq!(none, CommandError::NoClock(ClockKind::SatisfactionCheck));
    let before = case.deadlines[1].due.instant();
    let after = extend(more(ClockKind::Resolution, 2, "a visit")).unwrap();
    assert_eq!(before, at("2026-12-01T17:30"));
    assert_eq!(after.deadlines[1].due.instant(), at("2026-12-03T17:30"));
    assert_eq!(after.deadlines[0], case.deadlines[0]);
    let again = refused(extend(more(ClockKind::Resolution, 1, "another")));
    assert_eq!(again, CommandError::Clock(DeadlineError::NoFurtherExtension(1)));

    let wish = |permitted, reason: &str| Reset {
        at: at("2026-11-24T10:00"),
        by: "chief".into(),
        permitted,
        reason: reason.to_owned(),
    };
    let reset = |wish| desk.reset(id, ClockKind::Resolution, wish);
    assert_eq!(
        refused(reset(wish(false, "wrong office"))),
        CommandError::Clock(DeadlineError::NotPermitted(ClockKind::Resolution))
    );
    assert_eq!(
        refused(reset(wish(true, ""))),
        CommandError::Clock(DeadlineError::NoReason)
    );
    clock.set(at("2026-11-25T10:00"));
    let set = desk
        .reset(
            id,
            ClockKind::Resolution,
            Reset {
                at: at("2026-11-25T10:00"),
                ..wish(true, "wrong office")
            },
        )
        .unwrap();
    let history = &set.deadlines[1].history;
    assert_eq!(
        (history.changes.len(), history.changes[0].by.clone()),
        (1, Some("chief".into()))
    );
    assert_eq!(set.deadlines[1].due.instant(), at("2026-12-02T17:30"));

    // Giving the case to somebody else moves nothing.
    desk.claimed(id, &eve, &claim.token)
        .and_then(|case| case.release())
        .unwrap();
    let taken = desk.claim(id, "bob").unwrap().unwrap();
    assert_eq!(taken.deadlines, set.deadlines);
}
