//! The outbox, on a store in memory and in a file: what goes out to citizens without a message of theirs, once, in order, and within
//! what the channel allows; and what becomes of what does not arrive.
#![cfg(feature = "sqlite")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "rulebook/base.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod base;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use civic_reply::case::{
    Actor, AlarmKind, Amount, ClaimToken, ClockKind, DeadlineStatus, Ending, Event, HeldBack, LetterKind,
    LetterStatus, Rung, State, Unit,
};
use civic_reply::desk::{Crossing, DeskError, MoreTime, Outgoing, Refused, Settlement};
use civic_reply::message::AgentId;
use civic_reply::store::SqliteOptions;
use civic_reply::{
    Case, CaseId, Clock, Engine, ManualClock, MemoryStore, Message, Outcome, SqliteStore, Store,
};
use jiff::SignedDuration;

/// A Monday morning, an hour after the office has opened.
const MORNING: &str = "2026-11-23T10:00+08:00";
const NOISE: &str =
    "我家楼上每天半夜装修,物业说不归他们管,找过居委会也没有用,请问这件事情到底归哪个部门来处理呢";
const LEASE: Duration = Duration::from_secs(60);

/// As WeChat has it.
const SENDING: &str = r#"
[account.sending]
messages = 5
within_hours = 48
bytes = 2048
source = "微信公众平台:客服消息"
fallback = "电话联系"
"#;

struct Office {
    engine: Engine,
    clock: ManualClock,
    store: Arc<dyn Store>,
    sent: usize,
    _folder: Option<tempfile::TempDir>,
}

impl Office {
    /// One on a store in memory, and one on a file.
    fn each() -> [Self; 2] {
        let clock = ManualClock::new(MORNING.parse().unwrap());
        let memory = Arc::new(MemoryStore::with_clock(Arc::new(clock.clone())));
        let one = Self::on(memory, clock, None);
        let clock = ManualClock::new(MORNING.parse().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions {
            clock: Arc::new(clock.clone()),
            ..SqliteOptions::default()
        };
        let file = SqliteStore::open_with(folder.path().join("desk.db"), options).unwrap();
        [one, Self::on(Arc::new(file), clock, Some(folder))]
    }

    fn on(store: Arc<dyn Store>, clock: ManualClock, folder: Option<tempfile::TempDir>) -> Self {
        let account = "name = \"市政府服务号\"\n";
        let office = base::OFFICE.replace(account, &format!("{account}{SENDING}"));
        let office = office.replace(
            "source_date = 2026-01-01\n",
            &format!("source_date = 2026-01-01\n{EXTENSION}"),
        );
        let rulebook = base::load([
            ("office.toml", office.as_str()),
            ("follow_up.toml", include_str!("../rules/follow_up.toml")),
            ("letters.toml", include_str!("../rules/letters.toml")),
        ]);
        let rulebook = rulebook.unwrap_or_else(|found| panic!("{found}"));
        let engine = Engine::builder(rulebook, Arc::clone(&store)).clock(clock.clone());
        Self {
            engine: engine.build().unwrap(),
            clock,
            store,
            sent: 0,
            _folder: folder,
        }
    }

    fn say(&mut self, account: &str, citizen: &str, text: &str) -> Outcome {
        self.sent += 1;
        let message = Message::text(account, citizen, format!("m-{}", self.sent), text);
        self.engine.receive(message).unwrap()
    }

    /// Opens a case by a message of this citizen to the account with a limited channel.
    fn open(&mut self, citizen: &str) -> CaseId {
        self.open_at("gov-wechat", citizen)
    }

    fn open_at(&mut self, account: &str, citizen: &str) -> CaseId {
        match self.say(account, citizen, NOISE) {
            Outcome::Queued { case, .. } => case.id,
            other => panic!("{other:?}"),
        }
    }

    fn hold(&self, id: &CaseId) -> ClaimToken {
        let case = self.engine.desk().claim(id, &eve()).unwrap().unwrap();
        case.claim.unwrap().token
    }

    fn answer(&self, id: &CaseId, text: &str) -> Case {
        let token = self.hold(id);
        self.engine.desk().answer(id, &eve(), &token, text).unwrap()
    }

    fn claim(&self, limit: usize) -> Vec<Outgoing> {
        self.engine.outbox().claim(limit, LEASE).unwrap()
    }

    fn settle(&self, letter: &Outgoing, how: Settlement) -> Result<LetterStatus, DeskError> {
        let outbox = self.engine.outbox();
        let settled = outbox.settle(&letter.case, letter.number, &letter.token, how);
        settled.map(|letter| letter.status)
    }

    fn pass(&self, minutes: i64) {
        self.clock
            .set(self.clock.now() + SignedDuration::from_mins(minutes));
    }

    fn case(&self, id: &CaseId) -> Case {
        self.engine.desk().case(id).unwrap()
    }

    /// Whether the journal alone leads to every case.
    fn assert_replay(&self) {
        let mut cases: BTreeMap<CaseId, Case> = BTreeMap::new();
        for (_, record) in self.store.journal(None, usize::MAX).unwrap().records {
            let Some(id) = record.case else { continue };
            let case = match (cases.remove(&id), &record.event) {
                (None, Event::Opened { case }) => (**case).clone(),
                (case, event) => case.unwrap().apply(event),
            };
            cases.insert(id, case);
        }
        for (id, case) in cases {
            assert_eq!(self.case(&id), case);
        }
    }
}

const EXTENSION: &str = "extension = { times = 1, amount = 2, unit = \"working_days\" }\n";

fn eve() -> AgentId {
    AgentId::new("eve")
}

fn failed(reason: &str) -> Settlement {
    Settlement::Failed {
        reason: reason.to_owned(),
    }
}

#[test]
fn an_answer_goes_out_once_with_the_question_whether_it_helped() {
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
        assert!(matches!(again, Err(DeskError::Refused(Refused::NotSender))));
        office.pass(24 * 60);
        assert!(office.claim(9).is_empty());

        let outcome = office.say("gov-wechat", "ann", "2");
        assert!(outcome.reply().is_some());
        assert_eq!(office.case(&id).state, State::Waiting, "a number chooses");
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
fn everybody_whose_case_was_merged_gets_the_answer_on_the_own_channel_and_questions_go_out_in_order() {
    for mut office in Office::each() {
        let desk = office.engine.desk();
        let (ours, theirs) = (office.open("ann"), office.open_at("police-wechat", "bob"));
        let token = office.hold(&theirs);
        desk.merge(&theirs, &eve(), &token, &ours).unwrap();
        let token = office.hold(&ours);
        desk.ask(&ours, &eve(), &token, "哪一栋楼?").unwrap();
        desk.write(&ours, "三栋", office.clock.now()).unwrap();
        office.answer(&ours, "已处理。");

        let questions = office.claim(9);
        let to = |letters: &[Outgoing]| {
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
            "ann's question is not settled yet"
        );
        office.settle(&questions[0], Settlement::Delivered).unwrap();
        let answers = office.claim(9);
        assert_eq!(to(&answers), ["gov-wechat"]);
        assert!(answers[0].text.starts_with("已处理。"));
        office.assert_replay();
    }
}

#[test]
fn the_words_of_parts_go_out_as_one_answer() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        let token = office.hold(&id);
        let matter = civic_reply::desk::Matter {
            text: "路灯".to_owned(),
            department: "police".into(),
            theme: None,
        };
        let part = desk.co_handle(&id, &eve(), &token, &matter).unwrap();
        office.answer(&part.id, "路灯已修。");
        assert!(office.claim(9).is_empty(), "a part has no citizens");
        desk.answer(&id, &eve(), &token, "路灯已修,噪音已查。").unwrap();
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
fn a_letter_that_fails_is_tried_again_ever_later_and_ends_as_a_visible_dead_letter() {
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
        outbox.let_go(&id, 1, &eve()).unwrap();
        assert!(outbox.stuck(9).unwrap().is_empty());
        assert!(matches!(
            outbox.resend(&id, 1, &eve()),
            Err(DeskError::Refused(Refused::LetterNotStuck(_)))
        ));
        office.assert_replay();
    }
}

#[test]
fn what_nobody_settled_may_have_been_delivered_and_is_not_sent_again_by_itself() {
    for mut office in Office::each() {
        let (outbox, id) = (office.engine.outbox(), office.open("ann"));
        office.answer(&id, "好");
        let letter = office.claim(9).remove(0);
        office.pass(2);
        assert!(office.claim(9).is_empty(), "a lease that ran out is no new turn");
        let known = &office.case(&id).handling.letters[0];
        assert_eq!(known.status.in_words(), "may have been delivered");
        assert_eq!(outbox.stuck(9).unwrap().len(), 1);
        // The sender comes back and knows.
        office.settle(&letter, Settlement::Delivered).unwrap();
        assert!(outbox.stuck(9).unwrap().is_empty());

        let id = office.open_at("police-wechat", "bob");
        office.answer(&id, "好");
        let letter = office.claim(9).remove(0);
        office.settle(&letter, Settlement::Unknown).unwrap();
        assert!(office.claim(9).is_empty());
        outbox.resend(&id, letter.number, &eve()).unwrap();
        let late = office.settle(&letter, Settlement::Delivered);
        assert!(
            matches!(late, Err(DeskError::Refused(Refused::NotSender))),
            "an agent has decided"
        );
        let again = office.claim(9).remove(0);
        assert_eq!((again.number, again.attempt), (letter.number, 2));
        office.assert_replay();
    }
}

#[test]
fn row_22_a_sixth_message_is_held_and_flagged_and_the_fifth_is_the_persons_answer() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        let ask = |office: &Office, text: &str| {
            let token = office.hold(&id);
            desk.ask(&id, &eve(), &token, text).unwrap();
            // Somebody tells it on the telephone: no message of the citizen, no new window.
            desk.write(&id, "电话答复", office.clock.now()).unwrap();
        };
        for n in 1..=4 {
            ask(&office, &format!("问题{n}"));
            let letter = office.claim(9).remove(0);
            office.settle(&letter, Settlement::Delivered).unwrap();
        }
        let token = office.hold(&id);
        desk.ask(&id, &eve(), &token, "问题5").unwrap();
        assert!(office.claim(9).is_empty(), "the last one is kept");
        let held = office.engine.outbox().stuck(9).unwrap().remove(0).letter;
        let LetterStatus::Held { why, fallback, .. } = &held.status else {
            panic!("{held:?}");
        };
        assert_eq!(
            (*why, fallback.as_deref()),
            (HeldBack::KeptForAnswer, Some("电话联系"))
        );
        office.engine.outbox().let_go(&id, held.number, &eve()).unwrap();

        // An answer of 2,049 bytes and its question are two letters; one still goes.
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

        // The citizen writes: the window is open again.
        office.pass(1);
        office.say("gov-wechat", "ann", &format!("补充说明 {id}"));
        desk.write(&id, "补充", office.clock.now()).unwrap();
        assert_eq!(office.claim(9).len(), 1);
        office.assert_replay();
    }
}

#[test]
fn a_window_that_has_closed_holds_every_letter_and_a_channel_without_one_none() {
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
fn what_the_channel_did_not_take_is_not_counted() {
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

#[test]
fn an_extension_is_told_and_moves_the_promise_along() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        let token = office.hold(&id);
        let more = MoreTime {
            clock: ClockKind::FirstReply,
            amount: Amount::new(2, Unit::WorkingDays).unwrap(),
            reason: "需要现场查看".to_owned(),
            approver: AgentId::new("chief"),
        };
        let case = desk.extend(&id, &eve(), &token, more).unwrap();
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
        assert!(!letter.text.contains("现场"), "the reason is for the office");
    }
}

#[test]
fn a_promise_is_a_clock_and_one_that_is_about_to_break_is_told_once_with_the_new_time() {
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

        // The first time passes, and nothing more is said of it.
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
fn nothing_is_promised_while_the_citizen_is_asked_and_a_reply_is_promised_an_answer_again() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        let token = office.hold(&id);
        desk.ask(&id, &eve(), &token, "请问是几号楼?").unwrap();
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
fn what_an_agent_promises_and_what_is_promised_shortly_are_told_before_they_break_too() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        let token = office.hold(&id);
        // Before the usual warning could come.
        let until = office.clock.now() + SignedDuration::from_mins(40);
        desk.promise(&id, &eve(), &token, until).unwrap();
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
fn a_promise_is_not_put_off_again_and_again() {
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
        assert_eq!(broken, 1, "it is seen that it was not kept");
        let case = office.case(&id);
        assert_eq!(case.handling.letters.len(), 3);
        assert!(case.handling.letters[2].text.contains("催办"));
        let urged: Vec<_> = case.handling.supervision.iter().map(|sent| sent.rung).collect();
        assert_eq!(urged, [Rung::Remind]);
        office.assert_replay();
    }
}

#[test]
fn a_case_that_is_opened_again_is_promised_a_time_again() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        office.answer(&id, "请联系物业。");
        // What is owed counts from the arrival on Monday, and has passed; what is promised has not.
        office.clock.set("2026-11-25T16:00+08:00".parse().unwrap());
        let reply = office.say("gov-wechat", "ann", "没解决");
        let told = reply.reply().unwrap().text();
        assert!(told.contains("答复期限为11-26 17:30"), "{told}");
        let case = office.case(&id);
        let open = |clock| {
            let mut open = case.deadlines.iter().filter(|one| one.status.is_open());
            open.find(|one| one.clock == clock).unwrap().due.instant()
        };
        assert!(open(ClockKind::FirstReply) < office.clock.now());
        let until = open(ClockKind::Promise);
        assert_eq!(until, "2026-11-26T17:30+08:00".parse().unwrap());
        let progress = office.say("gov-wechat", "ann", "查进度");
        let told = progress.reply().unwrap().text();
        assert!(told.contains("11-26 17:30"), "{told}");

        // It is watched as the first one was.
        office.clock.set("2026-11-26T15:30+08:00".parse().unwrap());
        let sweep = desk.sweep(office.clock.now()).unwrap();
        assert_eq!(sweep.postponed, std::slice::from_ref(&id));
        office.assert_replay();
    }
}

#[test]
fn silence_after_an_answer_lapses_and_is_not_counted_as_satisfied() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        office.answer(&id, "好");
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

        // Who was heard is not asked again, and a case that is open again does not lapse.
        let id = office.open("bob");
        office.answer(&id, "好");
        office.pass(60);
        desk.reopen(&id, &Actor::Citizen, "没解决", office.clock.now())
            .unwrap();
        office.pass(90 * 24 * 60);
        assert!(desk.sweep(office.clock.now()).unwrap().lapsed.is_empty());
        assert_eq!(office.case(&id).state, State::Waiting);
        office.assert_replay();
    }
}

#[test]
fn a_citizen_who_was_told_that_a_person_is_there_hears_when_that_person_leaves() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        let token = office.hold(&id);
        desk.release(&id, &eve(), &token).unwrap();
        assert!(office.claim(9).is_empty(), "nobody was told anything");

        let token = office.hold(&id);
        office.say("gov-wechat", "ann", "在吗");
        office.say("gov-wechat", "ann", "还在吗");
        desk.release(&id, &eve(), &token).unwrap();
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
fn an_agent_who_only_keeps_the_lease_hands_the_talk_back_once_for_each_time_that_the_citizen_writes() {
    for mut office in Office::each() {
        let (desk, id) = (office.engine.desk(), office.open("ann"));
        let token = office.hold(&id);
        office.say("gov-wechat", "ann", "在吗");
        // Minutes in which the lease is kept; a draft after 20 of them is a sign of work.
        let wait = |office: &Office, token: &ClaimToken, minutes: i64, drafted: Option<i64>| {
            for minute in 1..=minutes {
                office.pass(1);
                desk.renew(&id, token).unwrap();
                if Some(minute) == drafted {
                    desk.draft(&id, &eve(), token, "我去现场看看").unwrap();
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
            case.handling.draft.as_deref(),
            Some("我去现场看看"),
            "work is kept"
        );
        let letter = office.claim(9).remove(0);
        assert_eq!(letter.kind, LetterKind::HandBack);
        office.settle(&letter, Settlement::Delivered).unwrap();
        let late = desk.answer(&id, &eve(), &token, "好");
        assert!(
            matches!(late, Err(DeskError::Refused(Refused::State { .. }))),
            "{late:?}"
        );

        // Nobody is told again before the citizen writes again, whoever takes the case and leaves it.
        for _ in 0..3 {
            let token = office.hold(&id);
            assert_eq!(wait(&office, &token, 60, None), None);
            desk.release(&id, &eve(), &token).unwrap();
        }
        assert!(office.claim(9).is_empty());
        let token = office.hold(&id);
        office.say("gov-wechat", "ann", "还在吗");
        assert_eq!(wait(&office, &token, 60, None), Some(30));
        assert_eq!(office.claim(9).len(), 1);
        office.assert_replay();
    }
}

#[test]
fn letters_of_one_sweep_have_numbers_of_their_own() {
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
        let letters = office.case(&id).handling.letters;
        let numbers: Vec<u32> = letters.iter().map(|letter| letter.number).collect();
        assert_eq!(numbers, [1, 2]);

        // To one recipient they go out one after the other, and what becomes of the first is not said of the second.
        for kind in [LetterKind::Promise, LetterKind::HandBack] {
            let letter = office.claim(9).remove(0);
            assert_eq!(letter.kind, kind);
            office.settle(&letter, Settlement::Delivered).unwrap();
        }
        assert!(office.claim(9).is_empty());
        office.assert_replay();
    }
}
