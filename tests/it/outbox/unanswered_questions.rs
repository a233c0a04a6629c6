//! Unanswered questions: the citizen is reminded once, and then an agent continues without a reply.

use civic_reply::case::{
    Author, CaseId, ClockKind, DeadlineStatus, Ending, Event, LetterKind, LetterStatus, State,
};
use civic_reply::desk::{DeskError, Settlement};
use civic_reply::workflow::{Command, CommandError};
use civic_reply::{Clock, Outcome};

use super::office::{Office, eve};

const HOUR: i64 = 60;

impl Office {
    fn ask(&self, id: &CaseId) {
        let token = self.hold(id);
        let asked = self
            .engine
            .desk()
            .claimed(id, eve(), &token)
            .and_then(|case| case.ask("是几号楼?"));
        assert_eq!(asked.unwrap().state, State::AwaitingCitizen);
    }

    fn kinds(&self, id: &CaseId) -> Vec<LetterKind> {
        let case = self.case(id);
        case.handling
            .contact
            .letters
            .iter()
            .map(|letter| letter.kind)
            .collect()
    }

    fn paused(&self, id: &CaseId) -> bool {
        let case = self.case(id);
        let mut clocks = case.deadlines.iter();
        clocks.any(|clock| {
            clock.clock == ClockKind::FirstReply && matches!(clock.status, DeadlineStatus::Paused { .. })
        })
    }
}

#[test]
fn a_silent_citizen_is_reminded_once_and_then_the_case_returns_to_the_queue() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        office.ask(&id);
        office.deliver();
        let before = office.case(&id).deadlines;
        office.pass(24 * HOUR - 1);
        assert!(desk.sweep(office.clock.now()).unwrap().reminded.is_empty());
        office.pass(1);
        let sweep = desk.sweep(office.clock.now()).unwrap();
        assert_eq!(sweep.reminded, std::slice::from_ref(&id));
        let letters = office.claim(9);
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].kind, LetterKind::Reminder);
        assert!(letters[0].text.contains(id.as_str()));
        assert!(
            desk.sweep(office.clock.now()).unwrap().reminded.is_empty(),
            "once"
        );

        office.pass(48 * HOUR - 1);
        assert!(desk.sweep(office.clock.now()).unwrap().resumed.is_empty());
        assert!(office.paused(&id));
        let early = desk.command(&id, &Author::Engine, &Command::Resume { silent: true });
        assert!(matches!(
            early,
            Err(DeskError::Refused(CommandError::ReplyTime(_)))
        ));
        office.pass(1);
        let sweep = desk.sweep(office.clock.now()).unwrap();
        assert_eq!(sweep.resumed, std::slice::from_ref(&id));
        let case = office.case(&id);
        assert_eq!(
            (case.state, case.handling.contact.awaited_reply),
            (State::Waiting, None)
        );
        assert!(!office.paused(&id));
        // The wait does not count against the office: the time left before it is left now.
        assert!(case.deadlines[0].due.instant() > before[0].due.instant());
        assert!(desk.claim(&id, eve()).unwrap().is_some());
        office.assert_replay();
    }
}

#[test]
fn a_citizen_who_replies_is_neither_reminded_nor_timed_out() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        office.ask(&id);
        office.deliver();
        office.pass(24 * HOUR);
        desk.sweep(office.clock.now()).unwrap();
        // The reminder is still to be sent.
        office.say("gov-wechat", "ann", "再加一句,是3号楼");
        let case = office.case(&id);
        let reminder = case
            .handling
            .contact
            .letters
            .iter()
            .find(|letter| letter.kind == LetterKind::Reminder);
        assert!(matches!(reminder.unwrap().status, LetterStatus::Dismissed { .. }));
        assert!(office.claim(9).is_empty());
        assert_eq!(
            (case.state, case.handling.contact.awaited_reply),
            (State::Waiting, None)
        );
        office.pass(100 * HOUR);
        let sweep = desk.sweep(office.clock.now()).unwrap();
        assert!(sweep.reminded.is_empty() && sweep.resumed.is_empty());

        // A second question starts the whole time again.
        office.ask(&id);
        office.deliver();
        office.pass(71 * HOUR);
        let sweep = desk.sweep(office.clock.now()).unwrap();
        assert_eq!(
            (sweep.reminded.len(), sweep.resumed.len()),
            (1, 0),
            "the three days start again"
        );
        office.assert_replay();
    }
}

#[test]
fn an_undelivered_question_gets_no_reminder_and_the_case_still_returns() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        office.pass(48 * HOUR);
        office.ask(&id);
        assert!(office.claim(9).is_empty(), "the window is closed");
        office.pass(24 * HOUR);
        let sweep = desk.sweep(office.clock.now()).unwrap();
        assert_eq!(sweep.reminded, std::slice::from_ref(&id));
        assert_eq!(office.kinds(&id), [LetterKind::Question]);
        // Until Monday: nothing passes on the weekend.
        office.pass(96 * HOUR - 1);
        assert!(desk.sweep(office.clock.now()).unwrap().resumed.is_empty());
        office.pass(1);
        let sweep = desk.sweep(office.clock.now()).unwrap();
        assert_eq!(sweep.resumed, std::slice::from_ref(&id));
        office.assert_replay();
    }
}

#[test]
fn a_late_reply_belongs_to_its_question_and_opens_no_case() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        office.ask(&id);
        office.deliver();
        office.pass(72 * HOUR);
        desk.sweep(office.clock.now()).unwrap();
        office.pass(48 * HOUR);
        let reply = office.say("gov-wechat", "ann", "是3号楼,不好意思现在才看到你们的消息");
        assert!(
            matches!(&reply, Outcome::Queued { case, .. } if case.id == id),
            "{reply:?}"
        );
        let case = office.case(&id);
        assert_eq!(
            (case.state, case.handling.contact.unreplied),
            (State::Waiting, false)
        );
        let mut promises = case.deadlines.iter();
        let promise = promises.find(|one| one.clock == ClockKind::Promise && one.status.is_open());
        let due = &promise.unwrap().due;
        assert!(office.clock.now() < due.instant());
        let told = due.zoned().strftime("%m-%d %H:%M").to_string();
        assert!(reply.reply().unwrap().text().contains(&told), "{reply:?}");
        // A message after that is a separate matter again.
        office.pass(24 * HOUR);
        let other = office.say(
            "gov-wechat",
            "ann",
            "小区门口的路灯坏了一个多月了,晚上出门什么都看不见",
        );
        assert!(
            matches!(&other, Outcome::Queued { case, .. } if case.id != id),
            "{other:?}"
        );
        office.assert_replay();
    }
}

#[test]
fn an_agent_continues_without_a_reply_or_closes_the_case() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        office.ask(&id);
        let back = desk.resume(&id, eve()).unwrap();
        assert_eq!(
            (back.state, back.handling.contact.awaited_reply),
            (State::Waiting, None)
        );
        assert!(!office.paused(&id));
        let twice = desk.resume(&id, eve());
        assert!(matches!(
            twice,
            Err(DeskError::Refused(CommandError::State { .. }))
        ));

        office.ask(&id);
        desk.close_as(&id, &Author::Agent(eve()), Ending::Done).unwrap();
        office.pass(100 * HOUR);
        let sweep = desk.sweep(office.clock.now()).unwrap();
        assert!(sweep.reminded.is_empty() && sweep.resumed.is_empty());
        office.assert_replay();
    }
}

/// Asks the same through a second account: one case with two accounts.
fn two_doors(office: &mut Office) -> CaseId {
    let id = office.open("ann");
    let second = office.open_at("police-wechat", "ann");
    assert_eq!(second, id);
    assert_eq!(office.case(&id).recipients().len(), 2);
    id
}

#[test]
fn reminders_to_several_citizens_have_distinct_letter_numbers() {
    for mut office in Office::each() {
        let desk = office.engine.desk();
        let id = two_doors(&mut office);
        office.ask(&id);
        for letter in office.claim(9) {
            let how = match letter.to.account().as_str() {
                "gov-wechat" => Settlement::Unknown,
                _ => Settlement::Delivered,
            };
            office.settle(&letter, how).unwrap();
        }
        office.pass(24 * HOUR);
        desk.sweep(office.clock.now()).unwrap();
        let reminders = office
            .kinds(&id)
            .iter()
            .filter(|kind| **kind == LetterKind::Reminder)
            .count();
        assert_eq!(
            reminders, 1,
            "only a citizen with the delivered question is reminded"
        );
        office.say("police-wechat", "ann", "是3号楼");
        office.answer(&id, "好");
        let numbers: Vec<u32> = office
            .case(&id)
            .handling
            .contact
            .letters
            .iter()
            .map(|one| one.number)
            .collect();
        assert_eq!(
            numbers,
            (1..=u32::try_from(numbers.len()).unwrap()).collect::<Vec<_>>()
        );
        office.assert_replay();
    }
}

#[test]
fn a_message_before_the_question_arrived_is_not_its_reply() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        office.pass(48 * HOUR);
        office.ask(&id);
        assert!(office.claim(9).is_empty(), "the window is closed");
        // The citizen writes about something else before the question reaches them.
        let other = office.say(
            "gov-wechat",
            "ann",
            "小区门口的路灯坏了一个多月了,晚上出门什么都看不见",
        );
        assert!(
            matches!(&other, Outcome::Queued { case, .. } if case.id != id),
            "{other:?}"
        );
        assert_eq!(office.case(&id).state, State::AwaitingCitizen);
        let letters = office.claim(9);
        assert_eq!(letters.len(), 1);
        office.settle(&letters[0], Settlement::Delivered).unwrap();
        // The time to reply starts with delivery, two days after the question was written.
        office.pass(71 * HOUR);
        assert!(desk.sweep(office.clock.now()).unwrap().resumed.is_empty());
        office.say("gov-wechat", "ann", "是3号楼");
        let case = office.case(&id);
        assert_eq!((case.state, case.transcript.len()), (State::Waiting, 2));
        office.assert_replay();
    }
}

#[test]
fn a_question_that_reached_nobody_does_not_count_as_silence() {
    let mut office = Office::each().into_iter().next().unwrap();
    let (desk, id) = (office.engine.desk(), office.open("ann"));
    office.pass(48 * HOUR);
    office.ask(&id);
    assert!(office.claim(9).is_empty(), "the window is closed");
    office.pass(120 * HOUR);
    assert_eq!(
        desk.sweep(office.clock.now()).unwrap().resumed,
        std::slice::from_ref(&id)
    );
    let records = office.store.journal(None, usize::MAX).unwrap().records;
    let resumed = records.iter().rev().find_map(|(_, record)| match record.event {
        Event::Resumed { silent } => Some(silent),
        _ => None,
    });
    assert_eq!(resumed, Some(false));
}

#[test]
fn a_merge_ends_the_wait_and_keeps_the_question() {
    for mut office in Office::each() {
        let desk = office.engine.desk();
        // A citizen merged into a case that waits for a reply keeps their own claim to an answer.
        let id = office.open("ann");
        office.ask(&id);
        office.deliver();
        office.pass(HOUR);
        let other = office.open("bob");
        let owed = office.case(&other).next_deadline().unwrap().due.clone();
        let token = office.hold(&other);
        let whole = desk
            .claimed(&other, eve(), &token)
            .and_then(|case| case.merge_into(&id))
            .unwrap();
        assert_eq!(
            (whole.state, whole.handling.contact.unreplied),
            (State::Waiting, true)
        );
        assert!(whole.next_deadline().unwrap().due.instant() <= owed.instant());
        assert!(!office.paused(&id));

        // A question that timed out before the merge is kept.
        let id = office.open("cyd");
        office.ask(&id);
        office.deliver();
        desk.resume(&id, eve()).unwrap();
        let into = office.open("dan");
        let token = office.hold(&id);
        desk.claimed(&id, eve(), &token)
            .and_then(|case| case.merge_into(&into))
            .unwrap();
        office.pass(10 * HOUR);
        office.say("gov-wechat", "cyd", "是3号楼");
        assert_eq!(office.case(&into).transcript.len(), 1);
        office.assert_replay();
    }
}

#[test]
fn a_question_no_longer_waited_for_is_not_sent() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        office.ask(&id);
        desk.resume(&id, eve()).unwrap();
        office.answer(&id, "好");
        let letters = office.claim(9);
        assert_eq!(letters.len(), 1, "the question is withdrawn");
        assert_eq!(letters[0].kind, LetterKind::Answer);

        // A sender that holds the reminder and fails does not retry after the reply.
        let id = office.open("bob");
        office.ask(&id);
        office.deliver();
        office.pass(24 * HOUR);
        desk.sweep(office.clock.now()).unwrap();
        let letters = office.claim(9);
        let reminder = letters
            .iter()
            .find(|one| one.kind == LetterKind::Reminder)
            .unwrap();
        office.say("gov-wechat", "bob", "是3号楼");
        let reason = "timeout".to_owned();
        let status = office.settle(reminder, Settlement::Failed { reason }).unwrap();
        assert!(matches!(status, LetterStatus::Dismissed { .. }), "{status:?}");
        office.assert_replay();
    }
}

#[test]
fn an_urgent_case_waits_one_hour_for_a_reply() {
    let mut office = Office::each().into_iter().next().unwrap();
    let desk = office.engine.desk();
    let Outcome::Queued { case, .. } = office.say("gov-wechat", "ann", "救命,家里着火了") else {
        panic!("expected a case")
    };
    office.ask(&case.id);
    office.deliver();
    office.pass(HOUR - 1);
    assert!(desk.sweep(office.clock.now()).unwrap().resumed.is_empty());
    office.pass(1);
    assert_eq!(desk.sweep(office.clock.now()).unwrap().resumed, [case.id]);
}
