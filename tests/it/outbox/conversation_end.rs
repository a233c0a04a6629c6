//! The end of a conversation: nobody rates the answer, or the agent leaves.

use civic_reply::Clock;
use civic_reply::case::{Author, ClaimToken, Ending, LetterKind, State};
use civic_reply::desk::{DeskError, Settlement};
use civic_reply::workflow::CommandError;

use super::office::{Office, eve};

#[test]
fn silence_after_an_answer_lapses_and_does_not_count_as_satisfied() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        office.answer(&id, "好");
        office.deliver();
        office.pass(72 * 60 - 1);
        assert!(desk.sweep(office.clock.now()).unwrap().lapsed.is_empty());
        office.pass(1);
        assert_eq!(
            desk.sweep(office.clock.now()).unwrap().lapsed,
            std::slice::from_ref(&id)
        );
        let case = office.case(&id);
        assert_eq!(
            (case.state, case.handling.ending),
            (State::Closed, Some(Ending::Lapsed))
        );
        assert!(desk.sweep(office.clock.now()).unwrap().lapsed.is_empty());

        // A citizen who has replied is not asked again, and a reopened case does not lapse.
        let id = office.open("bob");
        office.answer(&id, "好");
        office.pass(60);
        desk.reopen(&id, &Author::Citizen, "没解决", office.clock.now())
            .unwrap();
        office.pass(90 * 24 * 60);
        assert!(desk.sweep(office.clock.now()).unwrap().lapsed.is_empty());
        assert_eq!(office.case(&id).state, State::Waiting);
        office.assert_replay();
    }
}

#[test]
fn a_citizen_who_never_received_the_answer_is_not_counted_as_silent() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        office.pass(48 * 60);
        office.answer(&id, "好");
        assert!(office.claim(9).is_empty(), "the window is closed");
        // Until Monday: nothing passes on the weekend.
        office.pass(120 * 60 - 1);
        assert!(desk.sweep(office.clock.now()).unwrap().unread.is_empty());
        office.pass(1);
        let sweep = desk.sweep(office.clock.now()).unwrap();
        assert_eq!(sweep.unread, std::slice::from_ref(&id));
        assert!(sweep.lapsed.is_empty());
        assert!(desk.sweep(office.clock.now()).unwrap().unread.is_empty(), "once");
        assert_eq!(office.case(&id).state, State::Answered);

        // It arrives a day later, and the citizen has the whole time from then on.
        office.pass(24 * 60);
        office.say("gov-wechat", "ann", "我有新的情况要反映,请问你们什么时候处理");
        office.deliver();
        office.pass(72 * 60 - 1);
        assert!(desk.sweep(office.clock.now()).unwrap().lapsed.is_empty());
        office.pass(1);
        assert_eq!(
            desk.sweep(office.clock.now()).unwrap().lapsed,
            std::slice::from_ref(&id)
        );
        office.assert_replay();
    }
}

#[test]
fn a_citizen_who_was_told_of_an_agent_is_told_when_the_agent_leaves() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        let token = office.hold(&id);
        desk.claimed(&id, eve(), &token)
            .and_then(|case| case.release())
            .unwrap();
        assert!(office.claim(9).is_empty(), "nobody was told anything");

        let token = office.hold(&id);
        office.say("gov-wechat", "ann", "在吗");
        office.say("gov-wechat", "ann", "还在吗");
        desk.claimed(&id, eve(), &token)
            .and_then(|case| case.release())
            .unwrap();
        let letters = office.claim(9);
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].kind, LetterKind::HandBack);
        office.settle(&letters[0], Settlement::Delivered).unwrap();

        office.hold(&id);
        office.say("gov-wechat", "ann", "在吗");
        office.pass(14);
        assert!(desk.sweep(office.clock.now()).unwrap().handed_back.is_empty());
        office.pass(1);
        assert_eq!(
            desk.sweep(office.clock.now()).unwrap().handed_back,
            std::slice::from_ref(&id)
        );
        assert_eq!(office.claim(9).len(), 1);
        assert!(
            desk.sweep(office.clock.now()).unwrap().handed_back.is_empty(),
            "once"
        );
        office.assert_replay();
    }
}

#[test]
fn an_idle_agent_loses_the_conversation_once_for_each_message_of_the_citizen() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        let token = office.hold(&id);
        office.say("gov-wechat", "ann", "在吗");
        // The agent only renews the lease; a draft after 20 minutes is a sign of work.
        let wait = |office: &Office, token: &ClaimToken, minutes: i64, drafted: Option<i64>| {
            for minute in 1..=minutes {
                office.pass(1);
                desk.claimed(&id, eve(), token)
                    .and_then(|case| case.renew())
                    .unwrap();
                if Some(minute) == drafted {
                    desk.claimed(&id, eve(), token)
                        .and_then(|case| case.draft("我去现场看看"))
                        .unwrap();
                }
                let sweep = desk.sweep(office.clock.now()).unwrap();
                if !sweep.handed_back.is_empty() {
                    return Some(minute);
                }
            }
            None
        };
        assert_eq!(wait(&office, &token, 49, Some(20)), None);
        assert_eq!(wait(&office, &token, 1, None), Some(1));
        let case = office.case(&id);
        assert_eq!((case.state, case.claim.is_none()), (State::Waiting, true));
        assert_eq!(
            case.handling.internal.draft.as_deref(),
            Some("我去现场看看"),
            "the draft is kept"
        );
        let letter = office.claim(9).remove(0);
        assert_eq!(letter.kind, LetterKind::HandBack);
        office.settle(&letter, Settlement::Delivered).unwrap();
        let late = desk
            .claimed(&id, eve(), &token)
            .and_then(|case| case.answer("好"));
        assert!(
            matches!(late, Err(DeskError::Refused(CommandError::State { .. }))),
            "{late:?}"
        );

        // The citizen is not told again before they write again, even if agents claim and leave the case.
        for _ in 0..3 {
            let token = office.hold(&id);
            assert_eq!(wait(&office, &token, 60, None), None);
            desk.claimed(&id, eve(), &token)
                .and_then(|case| case.release())
                .unwrap();
        }
        assert!(office.claim(9).is_empty());
        let token = office.hold(&id);
        office.say("gov-wechat", "ann", "还在吗");
        assert_eq!(wait(&office, &token, 60, None), Some(30));
        assert_eq!(office.claim(9).len(), 1);
        office.assert_replay();
    }
}
