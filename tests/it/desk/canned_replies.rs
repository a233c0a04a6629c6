//! Canned replies: found by theme and words, filled from the case and by the agent, and remembered in the
//! journal.

use std::sync::Arc;

use civic_reply::case::{AnswerFacts, AnswerOrigin, Event};
use civic_reply::desk::{ClaimedCase, DEFAULT_LEASE, Desk, DeskError, PreparedReply, Settlement};
use civic_reply::store::{CaseFilter, Store};
use civic_reply::workflow::{Answer, CommandError};
use civic_reply::{Engine, ManualClock, MemoryStore, Message, Rulebook};

use crate::support::shipped::{MONDAY, at};
use crate::support::small_rulebook::{OFFICE, load};

const REPLIES: &str = r#"
[[theme]]
id = "lifts"
name = "电梯"
department = "service-centre"

[[theme]]
id = "noise"
name = "噪声"
department = "service-centre"

[[rule]]
id = "lift"
theme = "lifts"
when = { any = ["电梯"] }
escalate = {}

[[canned_reply]]
id = "visit"
theme = "lifts"
title = "上门维修"
text = "{sender_name}您好，您反映的电梯问题(受理编号:{case})由{department}负责，维修人员{日期}上门维修。"
slots = ["日期"]
words = ["修理", "師傅"]

[[canned_reply]]
id = "old"
theme = "lifts"
title = "上门维修旧版"
text = "请等待。"
valid = { until = 2026-01-31 }

[[canned_reply]]
id = "general"
title = "请补充地点"
text = "请补充{哪些内容}后直接在此回复，我们收到以后马上办理。"
slots = ["哪些内容"]

[[canned_reply]]
id = "quiet"
theme = "noise"
title = "夜间施工已检查"
text = "我们已检查工地，施工单位已停工。上门检查的结果另行告知。"
"#;

fn rulebook(replies: &str) -> Rulebook {
    load([("office.toml", OFFICE), ("replies.toml", replies)]).unwrap_or_else(|found| panic!("{found}"))
}

struct Office {
    engine: Engine,
    store: Arc<MemoryStore>,
}

impl Office {
    fn with(replies: &str) -> Self {
        let clock = ManualClock::new(at(MONDAY));
        let store = Arc::new(MemoryStore::with_clock(Arc::new(clock.clone())));
        let engine = Engine::builder(rulebook(replies), Arc::clone(&store) as Arc<dyn Store>);
        let engine = engine.check_examples(false).clock(clock).build().unwrap();
        Self { engine, store }
    }

    fn desk(&self) -> Desk {
        self.engine.desk()
    }

    /// The case that a message opens, claimed.
    fn case(&self, citizen: &str, text: &str) -> ClaimedCase {
        let message = Message::text("gov-wechat", citizen, "1", text).with_sender_name("王\u{202e}芳");
        self.engine.receive(message).unwrap();
        let filter = CaseFilter {
            citizen: Some(citizen.into()),
            ..CaseFilter::default()
        };
        self.desk().claim_next(filter, "eve").unwrap().unwrap()
    }

    /// The facts of the last answer in the journal.
    fn facts(&self) -> AnswerFacts {
        let records = self.store.journal(None, 1_000).unwrap().records.into_iter();
        let answered = records.filter_map(|(_, record)| match record.event {
            Event::Answered { facts, .. } => facts,
            _ => None,
        });
        *answered.last().unwrap()
    }
}

fn ids(replies: &[PreparedReply]) -> Vec<&str> {
    replies.iter().map(|reply| reply.id.as_str()).collect()
}

fn refused(result: Result<civic_reply::Case, DeskError>) -> CommandError {
    match result.unwrap_err() {
        DeskError::Refused(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn a_case_is_offered_the_replies_of_its_theme_before_those_for_every_theme() {
    let office = Office::with(REPLIES);
    let case = office.case("ann", "三号楼电梯坏了三天");
    let found = |words: &str| office.desk().canned_replies(&case.id, words).unwrap();
    // `old` is out of force, `quiet` is of another theme.
    assert_eq!(ids(&found("")), ["visit", "general"]);
    assert_eq!(ids(&found("  \u{3000}!? ")), ["visit", "general"]);
    // Words in any order, in any form, in the title, the words or the text.
    assert_eq!(ids(&found("維修 上門")), ["visit"]);
    assert_eq!(ids(&found("师傅")), ["visit"]);
    assert_eq!(ids(&found("上门")), ["visit", "quiet"], "other themes last");
    assert_eq!(ids(&found("上门 噪声")), [""; 0]);
    assert_eq!(ids(&found(&"上门 ".repeat(5_000))), ["visit", "quiet"]);
    let unknown = office.desk().canned_replies(&"nobody".into(), "");
    assert!(matches!(unknown, Err(DeskError::NoSuchCase(_))));
}

#[test]
fn the_case_fills_its_slots_and_the_agent_the_others() {
    let office = Office::with(REPLIES);
    let case = office.case("ann", "三号楼电梯坏了三天");
    let prepared = office.desk().canned_replies(&case.id, "").unwrap().remove(0);
    assert_eq!(prepared.open_slots, ["日期"]);
    assert!(prepared.text.starts_with("王芳您好"), "{}", prepared.text);
    assert!(prepared.text.contains(case.id.as_str()), "{}", prepared.text);

    let open = case.answer(prepared.fill(&[]));
    assert_eq!(
        refused(open),
        CommandError::OpenSlot {
            slot: "日期".to_owned()
        }
    );
    // A value with braces is a text, and no slot.
    let answer = prepared.fill(&[("日期", "明天{case}")]);
    assert!(answer.text.contains("维修人员明天{case}上门"), "{}", answer.text);
    let answered = case.answer(prepared.fill(&[("日期", "明天上午")])).unwrap();
    assert_eq!(answered.handling.canned_reply, Some("visit".into()));
    assert_eq!(
        answered.handling.contact.letters[0].text,
        answered.answer.unwrap()
    );
}

#[test]
fn an_answer_from_an_unknown_reply_is_refused() {
    let office = Office::with(REPLIES);
    let case = office.case("ann", "三号楼电梯坏了三天");
    let gone = case.answer(Answer::from_canned_reply("gone", "马上就来"));
    assert_eq!(refused(gone), CommandError::UnknownCannedReply("gone".into()));
    // A reply that is out of force may have been chosen yesterday.
    case.answer(Answer::from_canned_reply("old", "请等待。")).unwrap();
}

#[test]
fn the_journal_keeps_an_answers_length_stock_share_and_origin_after_an_erasure() {
    let office = Office::with(REPLIES);
    let case = office.case("ann", "三号楼电梯坏了三天");
    let prepared = office.desk().canned_replies(&case.id, "补充").unwrap().remove(0);
    let answer = prepared.fill(&[("哪些内容", "楼栋")]);
    let characters = answer.text.chars().count();
    case.answer(answer).unwrap();
    office.desk().close(&case.id, "eve").unwrap();
    let facts = office.facts();
    assert_eq!(facts.characters as usize, characters);
    assert!((70..=99).contains(&facts.stock_percent), "{facts:?}");
    assert_eq!(
        facts.origin,
        AnswerOrigin::CannedReply {
            reply: "general".into()
        }
    );

    // The words of a canned reply are stock text also when an agent pasted them.
    let case = office.case("bob", "电梯又坏了");
    case.answer("我们收到以后马上办理").unwrap();
    let pasted = office.facts();
    assert_eq!(
        (pasted.stock_percent, &pasted.origin),
        (100, &AnswerOrigin::Written)
    );
    assert_eq!(office.desk().case(&case.id).unwrap().handling.canned_reply, None);

    let case = office.case("cid", "电梯按钮失灵");
    case.answer("按钮今天下午四点已换好，请您试用").unwrap();
    assert_eq!(office.facts().stock_percent, 0);

    let own = office.facts();
    office.desk().close(&case.id, "eve").unwrap();
    let outbox = office.desk().outbox();
    for letter in outbox.claim(100, DEFAULT_LEASE).unwrap() {
        outbox.settle(&letter, Settlement::Delivered).unwrap();
    }
    let erased = office.store.erase(&"cid".into()).unwrap();
    assert_eq!(erased.cases.as_slice(), std::slice::from_ref(&case.id));
    assert_eq!(office.facts(), own);
}
