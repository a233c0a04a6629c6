//! Letters: each goes out once, in order, to every recipient, and failures stay visible.

use std::thread;

use civic_reply::Clock;
use civic_reply::case::{Ending, LetterKind, LetterStatus, State};
use civic_reply::desk::{ClaimedLetter, DeskError, Settlement};
use civic_reply::workflow::CommandError;
use jiff::SignedDuration;

use super::office::{Office, eve, failed};

#[test]
fn an_answer_goes_out_once_and_asks_whether_it_helped() {
    for mut office in Office::each() {
        let id = office.open("ann");
        assert!(office.claim(9).is_empty());
        office.answer(&id, "请联系城管局。");
        let letters = office.claim(9);
        assert_eq!(letters.len(), 1);
        let letter = &letters[0];
        assert_eq!(
            (letter.to.account().as_str(), letter.to.sender().as_str()),
            ("gov-wechat", "ann")
        );
        assert!(
            letter.text.starts_with("请联系城管局。\n\n以上答复解决"),
            "{}",
            letter.text
        );
        assert_eq!((letter.kind, letter.attempt), (LetterKind::Answer, 1));
        assert!(office.claim(9).is_empty(), "it is being sent");
        let status = office.settle(letter, Settlement::Delivered).unwrap();
        assert!(matches!(status, LetterStatus::Delivered { .. }));
        let again = office.settle(letter, failed("late"));
        assert!(matches!(again, Err(DeskError::Refused(CommandError::NotSender))));
        office.pass(24 * 60);
        assert!(office.claim(9).is_empty());

        let outcome = office.say("gov-wechat", "ann", "2");
        assert!(outcome.reply().is_some());
        assert_eq!(office.case(&id).state, State::Waiting, "a number is a choice");
        office.answer(&id, "已派人处理。");
        office.say("gov-wechat", "ann", "解决了");
        let case = office.case(&id);
        assert_eq!(
            (case.state, case.handling.ending),
            (State::Closed, Some(Ending::Solved))
        );
        office.assert_replay();
    }
}

#[test]
fn every_citizen_of_a_merged_case_gets_the_answer_on_their_own_channel_in_order() {
    for mut office in Office::each() {
        let desk = office.engine.desk();
        let (ours, theirs) = (office.open("ann"), office.open_at("police-wechat", "bob"));
        let token = office.hold(&theirs);
        desk.claimed(&theirs, eve(), &token)
            .and_then(|case| case.merge_into(&ours))
            .unwrap();
        let token = office.hold(&ours);
        desk.claimed(&ours, eve(), &token)
            .and_then(|case| case.ask("哪一栋楼?"))
            .unwrap();
        let questions = office.claim(9);
        desk.write(&ours, "三栋", office.clock.now()).unwrap();
        office.answer(&ours, "已处理。");

        let to = |letters: &[ClaimedLetter]| {
            let to = letters.iter().map(|letter| format!("{}", letter.to.account()));
            to.collect::<Vec<_>>()
        };
        assert_eq!(to(&questions), ["gov-wechat", "police-wechat"]);
        assert!(questions.iter().all(|letter| letter.kind == LetterKind::Question));
        office.settle(&questions[1], Settlement::Delivered).unwrap();
        let answers = office.claim(9);
        assert_eq!(
            to(&answers),
            ["police-wechat"],
            "ann's question is still unsettled"
        );
        office.settle(&questions[0], Settlement::Delivered).unwrap();
        let answers = office.claim(9);
        assert_eq!(to(&answers), ["gov-wechat"]);
        assert!(answers[0].text.starts_with("已处理。"));
        office.assert_replay();
    }
}

#[test]
fn the_answers_of_parts_go_out_as_one_letter() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        let token = office.hold(&id);
        let matter = civic_reply::desk::Matter {
            text: "路灯".to_owned(),
            department: "police".into(),
            theme: None,
        };
        let part = desk
            .claimed(&id, eve(), &token)
            .and_then(|case| case.co_handle(&matter))
            .unwrap();
        office.answer(&part.id, "路灯已修。");
        assert!(office.claim(9).is_empty(), "a part has no citizens");
        desk.claimed(&id, eve(), &token)
            .and_then(|case| case.answer("路灯已修,噪音已查。"))
            .unwrap();
        assert_eq!(office.claim(9).len(), 1);
    }
}

#[test]
fn no_letter_goes_to_two_senders() {
    for mut office in Office::each() {
        let cases: Vec<_> = (0..40)
            .map(|n| office.open_at("police-wechat", &format!("c-{n}")))
            .collect();
        for id in &cases {
            office.answer(id, "好");
        }
        let given = thread::scope(|scope| {
            let office = &office;
            let senders: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(move || {
                        let mut mine = Vec::new();
                        loop {
                            let letters = office.claim(3);
                            if letters.is_empty() {
                                return mine;
                            }
                            mine.extend(letters.into_iter().map(|letter| (letter.case, letter.number)));
                        }
                    })
                })
                .collect();
            let given = senders.into_iter().flat_map(|sender| sender.join().unwrap());
            given.collect::<Vec<_>>()
        });
        let mut given: Vec<_> = given
            .into_iter()
            .chain(
                office
                    .claim(99)
                    .into_iter()
                    .map(|letter| (letter.case, letter.number)),
            )
            .collect();
        given.sort();
        let mut wanted: Vec<_> = cases.into_iter().map(|case| (case, 1)).collect();
        wanted.sort();
        assert_eq!(given, wanted);
    }
}

#[test]
fn a_failing_letter_is_retried_with_growing_delays_and_ends_as_a_visible_dead_letter() {
    for mut office in Office::each() {
        let id = office.open("ann");
        office.answer(&id, "好");
        for (attempt, minutes) in [(1, 1), (2, 5), (3, 30), (4, 120)] {
            let letter = office.claim(9).remove(0);
            assert_eq!(letter.attempt, attempt);
            office.settle(&letter, failed("busy")).unwrap();
            office.clock.set(
                office.clock.now() + SignedDuration::from_mins(minutes) - SignedDuration::from_micros(1),
            );
            assert!(office.claim(9).is_empty(), "attempt {attempt}");
            office
                .clock
                .set(office.clock.now() + SignedDuration::from_micros(1));
        }
        let outbox = office.engine.outbox();
        assert!(outbox.stuck(9).unwrap().is_empty());
        let letter = office.claim(9).remove(0);
        office
            .settle(&letter, failed("43004: no such fan\n\u{202e}"))
            .unwrap();
        office.pass(7 * 24 * 60);
        assert!(office.claim(9).is_empty());
        let stuck = outbox.stuck(9).unwrap();
        assert_eq!((stuck.len(), &stuck[0].case), (1, &id));
        let LetterStatus::Failed { reason, .. } = &stuck[0].letter.status else {
            panic!("{stuck:?}");
        };
        assert_eq!(reason.trim(), "43004: no such fan");
        outbox.dismiss(&id, 1, eve()).unwrap();
        assert!(outbox.stuck(9).unwrap().is_empty());
        assert!(matches!(
            outbox.resend(&id, 1, eve()),
            Err(DeskError::Refused(CommandError::LetterNotStuck(_)))
        ));
        office.assert_replay();
    }
}

#[test]
fn a_letter_never_settled_may_have_been_delivered_and_is_not_resent_automatically() {
    for mut office in Office::each() {
        let (outbox, id) = (office.engine.outbox(), office.open("ann"));
        office.answer(&id, "好");
        let letter = office.claim(9).remove(0);
        office.pass(2);
        assert!(
            office.claim(9).is_empty(),
            "an expired send lease is not handed out again"
        );
        let known = &office.case(&id).handling.contact.letters[0];
        assert_eq!(known.status.in_words(), "may have been delivered");
        assert_eq!(outbox.stuck(9).unwrap().len(), 1);
        // The sender returns with a report.
        office.settle(&letter, Settlement::Delivered).unwrap();
        assert!(outbox.stuck(9).unwrap().is_empty());

        let id = office.open_at("police-wechat", "bob");
        office.answer(&id, "好");
        let letter = office.claim(9).remove(0);
        office.settle(&letter, Settlement::Unknown).unwrap();
        assert!(office.claim(9).is_empty());
        outbox.resend(&id, letter.number, eve()).unwrap();
        let late = office.settle(&letter, Settlement::Delivered);
        assert!(
            matches!(late, Err(DeskError::Refused(CommandError::NotSender))),
            "an agent has decided already"
        );
        let again = office.claim(9).remove(0);
        assert_eq!((again.number, again.attempt), (letter.number, 2));
        office.assert_replay();
    }
}
