//! Due times that citizens are told: extensions, promises, and the notice before a promise breaks.

use civic_reply::case::{AlarmKind, Amount, ClockKind, DeadlineStatus, LetterKind, SupervisionLevel, Unit};
use civic_reply::desk::{Crossing, MoreTime, Settlement};
use civic_reply::message::AgentId;
use civic_reply::{Case, Clock};
use jiff::SignedDuration;

use super::office::{Office, eve};

#[test]
fn an_extension_is_announced_and_moves_the_promise() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        let token = office.hold(&id);
        let more = MoreTime {
            clock: ClockKind::FirstReply,
            amount: Amount::new(2, Unit::WorkingDays).unwrap(),
            reason: "需要现场查看".to_owned(),
            approver: AgentId::new("chief"),
        };
        let case = desk
            .claimed(&id, eve(), &token)
            .and_then(|case| case.extend(more))
            .unwrap();
        let due = |clock| {
            let mut same = case.deadlines.iter().filter(|deadline| deadline.clock == clock);
            same.next().unwrap().due.instant()
        };
        assert_eq!(due(ClockKind::Promise), due(ClockKind::FirstReply));
        let letter = office.claim(9).remove(0);
        assert_eq!(letter.kind, LetterKind::Extension);
        assert!(
            letter.text.contains(id.as_str()) && letter.text.contains("延长"),
            "{}",
            letter.text
        );
        assert!(!letter.text.contains("现场"), "the reason is internal");
    }
}

#[test]
fn a_promise_about_to_break_is_announced_once_with_the_new_time() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        let promised = |case: &Case| {
            let mut open = case
                .deadlines
                .iter()
                .filter(|deadline| deadline.clock == ClockKind::Promise);
            open.find(|deadline| deadline.status.is_open())
                .unwrap()
                .due
                .instant()
        };
        let first = promised(&office.case(&id));
        assert_eq!(first, "2026-11-24T17:30+08:00".parse().unwrap());
        office.clock.set("2026-11-24T15:29+08:00".parse().unwrap());
        desk.sweep(office.clock.now()).unwrap();
        assert!(office.claim(9).is_empty());
        office.clock.set("2026-11-24T15:30+08:00".parse().unwrap());
        assert_eq!(
            desk.sweep(office.clock.now()).unwrap().postponed,
            std::slice::from_ref(&id)
        );
        let case = office.case(&id);
        assert_eq!(promised(&case), "2026-11-25T17:30+08:00".parse().unwrap());
        let letter = office.claim(9).remove(0);
        assert_eq!(letter.kind, LetterKind::Promise);
        assert!(letter.text.contains("25"), "{}", letter.text);
        office.settle(&letter, Settlement::Delivered).unwrap();

        // The first promised time passes without another notice.
        office.clock.set("2026-11-24T18:00+08:00".parse().unwrap());
        let sweep = desk.sweep(office.clock.now()).unwrap();
        assert!(sweep.postponed.is_empty());
        let broken = sweep
            .crossings
            .iter()
            .filter(|crossing| crossing.clock == ClockKind::Promise);
        assert_eq!(broken.count(), 0, "the promise was replaced before it broke");
        assert!(office.claim(9).is_empty());

        office.answer(&id, "好");
        let kept = office.case(&id);
        let kept = kept
            .deadlines
            .iter()
            .filter(|deadline| deadline.clock == ClockKind::Promise);
        assert!(
            kept.into_iter()
                .all(|deadline| matches!(deadline.status, DeadlineStatus::Done { .. }))
        );
        office.assert_replay();
    }
}

#[test]
fn an_open_question_suspends_the_promise_and_the_reply_renews_it() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        let token = office.hold(&id);
        desk.claimed(&id, eve(), &token)
            .and_then(|case| case.ask("请问是几号楼?"))
            .unwrap();
        let promised = |case: &Case| {
            let mut open = case.deadlines.iter().filter(|one| one.status.is_open());
            let promise = open.find(|one| one.clock == ClockKind::Promise)?;
            Some(promise.due.instant())
        };
        assert_eq!(promised(&office.case(&id)), None);
        for _ in 0..5 * 24 {
            office.pass(60);
            let sweep = desk.sweep(office.clock.now()).unwrap();
            assert!(sweep.postponed.is_empty() && sweep.overdue.is_empty());
        }
        office.clock.set("2026-11-30T10:00+08:00".parse().unwrap());
        let reply = office.say("gov-wechat", "ann", "3号楼");
        let told = reply.reply().unwrap().text();
        let until = promised(&office.case(&id)).unwrap();
        assert!(until > office.clock.now());
        let until = until.in_tz("Asia/Shanghai").unwrap();
        let until = until.strftime("%m-%d %H:%M").to_string();
        assert!(told.contains(&format!("答复期限为{until}")), "{told}");
        office.assert_replay();
    }
}

#[test]
fn an_agents_promise_and_a_short_promise_are_announced_before_they_break() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        let token = office.hold(&id);
        // Before the usual warning would be raised.
        let until = office.clock.now() + SignedDuration::from_mins(40);
        desk.claimed(&id, eve(), &token)
            .and_then(|case| case.promise(until))
            .unwrap();
        office.pass(29);
        assert!(desk.sweep(office.clock.now()).unwrap().postponed.is_empty());
        office.pass(1);
        let sweep = desk.sweep(office.clock.now()).unwrap();
        assert_eq!(sweep.postponed, std::slice::from_ref(&id));
        assert_eq!(office.claim(9).len(), 1);
        office.assert_replay();
    }
}

#[test]
fn a_promise_is_postponed_only_as_often_as_allowed() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        let mut broken = 0;
        let mut told = Vec::new();
        // Nobody answers for three weeks.
        for _ in 0..21 * 24 {
            office.pass(60);
            let sweep = desk.sweep(office.clock.now()).unwrap();
            let promise = |one: &&Crossing| one.clock == ClockKind::Promise;
            let breach = |one: &&Crossing| one.alarm.kind == AlarmKind::Breach;
            broken += sweep.crossings.iter().filter(promise).filter(breach).count();
            told.extend(sweep.postponed.iter().map(|_| "later"));
            told.extend(sweep.overdue.iter().map(|_| "overdue"));
        }
        assert_eq!(told, ["later", "later", "overdue"]);
        assert_eq!(broken, 1, "the breach is recorded");
        let case = office.case(&id);
        assert_eq!(case.handling.contact.letters.len(), 3);
        assert!(case.handling.contact.letters[2].text.contains("催办"));
        let urged: Vec<_> = case
            .handling
            .internal
            .supervision
            .iter()
            .map(|sent| sent.level)
            .collect();
        assert_eq!(urged, [SupervisionLevel::Remind]);
        office.assert_replay();
    }
}

#[test]
fn a_reopened_case_gets_a_new_promise() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        office.answer(&id, "请联系物业。");
        // The deadline that counts from the arrival on Monday has passed; the new one counts from now.
        office.clock.set("2026-11-25T16:00+08:00".parse().unwrap());
        let reply = office.say("gov-wechat", "ann", "没解决");
        let told = reply.reply().unwrap().text();
        assert!(told.contains("答复期限为11-26 17:30"), "{told}");
        let case = office.case(&id);
        let open = |clock| {
            let mut open = case.deadlines.iter().filter(|one| one.status.is_open());
            open.find(|one| one.clock == clock).unwrap().due.instant()
        };
        let until = "2026-11-26T17:30+08:00".parse().unwrap();
        assert_eq!(open(ClockKind::FirstReply), until);
        assert_eq!(open(ClockKind::Promise), until);
        let progress = office.say("gov-wechat", "ann", "查进度");
        let told = progress.reply().unwrap().text();
        assert!(told.contains("11-26 17:30"), "{told}");

        // It is watched like the first one.
        office.clock.set("2026-11-26T15:30+08:00".parse().unwrap());
        let sweep = desk.sweep(office.clock.now()).unwrap();
        assert_eq!(sweep.postponed, std::slice::from_ref(&id));
        office.assert_replay();
    }
}

#[test]
fn letters_of_one_sweep_have_distinct_numbers() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        office.clock.set("2026-11-24T15:20+08:00".parse().unwrap());
        office.hold(&id);
        office.say("gov-wechat", "ann", "在吗");
        // The lease ends, and the promise is about to break.
        office.clock.set("2026-11-24T15:40+08:00".parse().unwrap());
        let sweep = desk.sweep(office.clock.now()).unwrap();
        assert_eq!(
            (&sweep.postponed, &sweep.handed_back),
            (&vec![id.clone()], &vec![id.clone()])
        );
        let letters = office.case(&id).handling.contact.letters;
        let numbers: Vec<u32> = letters.iter().map(|letter| letter.number).collect();
        assert_eq!(numbers, [1, 2]);

        // Letters to one recipient go out in sequence, and settling the first does not affect the second.
        for kind in [LetterKind::Promise, LetterKind::HandBack] {
            let letter = office.claim(9).remove(0);
            assert_eq!(letter.kind, kind);
            office.settle(&letter, Settlement::Delivered).unwrap();
        }
        assert!(office.claim(9).is_empty());
        office.assert_replay();
    }
}

#[test]
fn a_promise_past_the_calendar_is_not_broken_silently() {
    for mut office in Office::each() {
        office.clock.set("2026-12-30T10:00+08:00".parse().unwrap());
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        let mut letters = Vec::new();
        for _ in 0..48 {
            office.pass(60);
            let sweep = desk.sweep(office.clock.now()).unwrap();
            assert!(sweep.postponed.is_empty(), "no later time is certain");
            letters.extend(office.claim(9));
        }
        assert_eq!(letters.len(), 1);
        assert!(letters[0].text.contains("催办"), "{}", letters[0].text);
        assert_eq!(office.case(&id).handling.internal.supervision.len(), 1);
        office.assert_replay();
    }
}
