//! The limits of an account's channel: how many letters, for how long, and the one reserved for an agent's
//! answer.

use civic_reply::Clock;
use civic_reply::case::{HeldBack, LetterStatus};
use civic_reply::desk::Settlement;

use super::office::{Office, eve, failed};

#[test]
fn a_sixth_letter_is_held_and_flagged_and_the_fifth_is_the_agents_answer() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        let ask = |office: &Office, text: &str| {
            let token = office.hold(&id);
            desk.claimed(&id, eve(), &token)
                .and_then(|case| case.ask(text))
                .unwrap();
            // Somebody tells it on the telephone: no message of the citizen, no new window.
            desk.write(&id, "电话答复", office.clock.now()).unwrap();
        };
        for n in 1..=4 {
            ask(&office, &format!("问题{n}"));
            let letter = office.claim(9).remove(0);
            office.settle(&letter, Settlement::Delivered).unwrap();
        }
        let token = office.hold(&id);
        desk.claimed(&id, eve(), &token)
            .and_then(|case| case.ask("问题5"))
            .unwrap();
        assert!(office.claim(9).is_empty(), "the last one is kept");
        let held = office.engine.outbox().stuck(9).unwrap().remove(0).letter;
        let LetterStatus::Held { why, fallback, .. } = &held.status else {
            panic!("{held:?}");
        };
        assert_eq!(
            (*why, fallback.as_deref()),
            (HeldBack::KeptForAnswer, Some("电话联系"))
        );
        office.engine.outbox().dismiss(&id, held.number, eve()).unwrap();

        // An answer of 2,049 bytes and the question about it are two letters; one can still go.
        desk.write(&id, "电话答复", office.clock.now()).unwrap();
        let answer = format!("{}好", "a".repeat(2_046));
        assert_eq!(answer.len(), 2_049);
        office.answer(&id, &answer);
        let letters = office.claim(9);
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].text, "a".repeat(2_046));
        office.settle(&letters[0], Settlement::Delivered).unwrap();
        assert!(office.claim(9).is_empty());
        let stuck = office.engine.outbox().stuck(9).unwrap().remove(0).letter;
        assert!(stuck.text.starts_with('好'));
        assert!(
            matches!(
                stuck.status,
                LetterStatus::Held {
                    why: HeldBack::QuotaUsed,
                    ..
                }
            ),
            "{stuck:?}"
        );

        // The citizen writes, and the window is open again.
        office.pass(1);
        office.say("gov-wechat", "ann", &format!("补充说明 {id}"));
        assert_eq!(office.claim(9).len(), 1);
        office.assert_replay();
    }
}

#[test]
fn a_closed_window_holds_every_letter_and_a_channel_without_a_window_holds_none() {
    for mut office in Office::each() {
        let (limited, free) = (office.open("ann"), office.open_at("police-wechat", "bob"));
        office.pass(48 * 60);
        office.answer(&limited, "好");
        office.answer(&free, "好");
        let letters = office.claim(9);
        assert_eq!((letters.len(), &letters[0].case), (1, &free));
        let stuck = office.engine.outbox().stuck(9).unwrap().remove(0);
        assert!(matches!(
            stuck.letter.status,
            LetterStatus::Held {
                why: HeldBack::WindowClosed,
                ..
            }
        ));
        let last = office.open("cat");
        office.answer(&last, "好");
        office.pass(48 * 60 - 1);
        assert_eq!(office.claim(9).len(), 1);
    }
}

#[test]
fn a_letter_that_the_channel_refused_is_not_counted() {
    for mut office in Office::each() {
        let id = office.open("ann");
        office.answer(&id, "好");
        for _ in 0..4 {
            let letter = office.claim(9).remove(0);
            office.settle(&letter, failed("busy")).unwrap();
            office.pass(120);
        }
        let talk = office
            .store
            .conversation(&"gov-wechat".into(), &"ann".into())
            .unwrap();
        assert_eq!(talk.sent.unwrap().messages, 0);
    }
}
