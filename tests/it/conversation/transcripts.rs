//! The talk is kept: what a case shows of it, and what pages through it.

use std::sync::Arc;

use civic_reply::case::{Event, LetterKind, MAX_EARLIER_TURNS, Record};
use civic_reply::desk::{Transcript, TurnKind};
use civic_reply::message::{Conversation, WITHHELD};
use civic_reply::reply::{Action, DecidedBy};
use civic_reply::{Case, Engine, MemoryStore, Message, Outcome, Store};

use crate::support::shipped;
use crate::support::talk::Talk;

const COMPLAINT: &str = "我们小区电梯坏了三天,老人下不了楼,物业推诿没人管";

/// Every line of the citizen that the case shows.
fn shown(case: &Case) -> Vec<&str> {
    let turns = case.earlier.iter().map(|turn| turn.text.as_str());
    turns.chain(case.text.lines()).collect()
}

fn citizen(number: usize) -> String {
    format!("citizen-{number}")
}

fn page(engine: &Engine, citizen: &str, limit: usize) -> Vec<Transcript> {
    let (desk, mut pages, mut before) = (engine.desk(), Vec::new(), None);
    loop {
        let page = desk
            .transcript(&"gov-wechat".into(), &citizen.into(), before, limit)
            .unwrap();
        before = page.next;
        pages.push(page);
        if before.is_none() {
            return pages;
        }
    }
}

/// The texts of a conversation, the oldest first; a letter in brackets.
fn texts(engine: &Engine, citizen: &str) -> Vec<String> {
    let pages = page(engine, citizen, 3);
    let turns = pages.into_iter().flat_map(|page| page.turns);
    let mut texts: Vec<String> = turns
        .map(|turn| match turn.kind {
            TurnKind::Message { text, .. } => text.unwrap_or_default(),
            TurnKind::Letter { letter, .. } => format!("[{}]", letter.text),
            other => panic!("{other:?}"),
        })
        .collect();
    texts.reverse();
    texts
}

#[test]
fn a_case_shows_everything_since_the_last_settled_matter_once() {
    let mut talk = Talk::new();
    for messages in [
        &["小区门口路面塌了一个坑", "昨天有人摔了"][..],
        &["新生儿怎么上户口", "我不是本市户口怎么办", "人工"],
        &["社保卡密码忘了怎么办", "没解决，窗口的人说系统里没有我", "人工"],
        &["你好", "居住证", "1", "人工"],
        &["居住证", "都不是"],
        &["护照怎么办理", "新生儿怎么上户口", "转人工"],
        &["社保卡密码忘了怎么办", COMPLAINT],
        &["居住证", "新生儿怎么上户口", "没解决"],
    ] {
        let outcome = talk.another().say_all(messages);
        let case = talk.case(&outcome);
        let shown = shown(&case);
        for message in messages {
            let times = shown.iter().filter(|line| *line == message).count();
            let is_choice = message.parse::<usize>().is_ok();
            assert!(
                times == 1 || is_choice && times < 2,
                "{message} of {messages:?} in {shown:?}"
            );
        }
    }
}

#[test]
fn a_turn_of_a_case_names_the_answer_that_the_citizen_got() {
    let mut talk = Talk::new();
    let outcome = talk.another().say_all(&["社保卡密码忘了怎么办", COMPLAINT]);
    let case = talk.case(&outcome);
    let [turn] = &case.earlier[..] else {
        panic!("{:?}", case.earlier);
    };
    assert_eq!(turn.action, Action::Answer);
    assert!(matches!(turn.by, DecidedBy::Faq(_)), "{:?}", turn.by);
}

#[test]
fn a_settled_matter_is_not_shown_with_the_next_case() {
    let mut talk = Talk::new();
    let settled = ["社保卡密码忘了怎么办", "解决了"];
    let outcome = talk.another().say_all(&[&settled[..], &[COMPLAINT]].concat());
    assert_eq!(shown(&talk.case(&outcome)), [COMPLAINT]);

    // A case took everything before it.
    talk.another().say_all(&["社保卡密码忘了怎么办", COMPLAINT]);
    talk.later(3 * 24 * 60);
    let outcome = talk.say("我被冒名登记了公司,怎么投诉");
    let case = talk.case(&outcome);
    assert!(!shown(&case).contains(&COMPLAINT), "{:?}", shown(&case));

    // So did a long silence.
    talk.another().say("社保卡密码忘了怎么办");
    talk.later(4 * 24 * 60);
    let outcome = talk.say(COMPLAINT);
    assert_eq!(shown(&talk.case(&outcome)), [COMPLAINT]);
}

#[test]
fn a_long_talk_before_a_case_is_bounded_there_and_paged_from_the_journal() {
    let mut talk = Talk::new();
    talk.another();
    let questions: Vec<String> = (0..40)
        .map(|n| format!("第{n}次问：社保卡密码忘了怎么办"))
        .collect();
    for question in &questions {
        talk.say(question);
        talk.later(1);
    }
    let outcome = talk.say(COMPLAINT);
    if let Outcome::Queued { .. } = outcome {
        let case = talk.case(&outcome);
        assert!(case.earlier.len() <= MAX_EARLIER_TURNS, "{}", case.earlier.len());
    }
    let mut wanted = questions;
    wanted.push(COMPLAINT.to_owned());
    assert_eq!(texts(&talk.engine, &citizen(1)), wanted);
}

#[test]
fn a_transcript_pages_every_message_reply_and_letter() {
    let mut talk = Talk::new();
    talk.another().say("社保卡密码忘了怎么办");
    talk.later(1);
    let outcome = talk.say(COMPLAINT);
    let case = talk.case(&outcome);
    talk.write(&case, "请问是几号楼?", true);
    talk.later(5);
    talk.say("3号楼");
    talk.write(&case, "明天派人去修。", false);
    talk.another().say("护照怎么办理");

    let texts = texts(&talk.engine, &citizen(1));
    assert_eq!(texts.len(), 5, "{texts:?}");
    for (text, part) in texts
        .iter()
        .zip(["社保卡", COMPLAINT, "[请问是几号楼?", "3号楼", "[明天派人去修。"])
    {
        assert!(text.starts_with(part), "{texts:?}");
    }
    let pages = page(&talk.engine, &citizen(1), 2);
    let sizes: Vec<_> = pages.iter().map(|page| page.turns.len()).collect();
    assert_eq!(sizes, [2, 2, 1]);
    let turns: Vec<_> = pages.into_iter().flat_map(|page| page.turns).collect();
    assert!(
        turns
            .windows(2)
            .all(|pair| pair[0].place > pair[1].place && pair[0].at >= pair[1].at)
    );
    let TurnKind::Message {
        reply,
        by,
        rulebook,
        theme,
        case: opened,
        ..
    } = &turns[4].kind
    else {
        panic!("{:?}", turns[4]);
    };
    assert!(reply.as_ref().is_some_and(|reply| !reply.to_string().is_empty()));
    assert!(matches!(by, DecidedBy::Faq(_)) && rulebook.is_some() && theme.is_some() && opened.is_none());
    let TurnKind::Message { case: opened, .. } = &turns[3].kind else {
        panic!("{:?}", turns[3]);
    };
    assert_eq!(opened.as_ref(), Some(&case.id));
    let TurnKind::Letter { letter, case: of } = &turns[2].kind else {
        panic!("{:?}", turns[2]);
    };
    assert_eq!((letter.kind, of), (LetterKind::Question, &case.id));
}

#[test]
fn the_journal_counts_by_theme_what_nobody_could_answer() {
    let mut talk = Talk::new();
    talk.another().say_all(&["新生儿怎么上户口", "没解决"]);
    talk.another().say("小区门口路面塌了一个坑，谁来管");
    talk.another().say("社保卡密码忘了怎么办");
    let journal = talk.engine.store().journal(None, 1_000).unwrap().records;
    let unanswered = journal.iter().filter_map(|(_, record)| match &record.event {
        Event::Handled {
            action: Action::Escalate,
            theme,
            rulebook,
            written,
            ..
        } => {
            assert!(rulebook.is_some() && written.is_some());
            Some(theme.as_ref().map(|theme| theme.as_str().to_owned()))
        }
        _ => None,
    });
    let unanswered: Vec<_> = unanswered.collect();
    assert!(
        unanswered.contains(&Some("household".to_owned())),
        "{unanswered:?}"
    );
}

#[test]
fn nothing_keeps_the_words_of_a_withheld_message() {
    let secret = "我选王小明做业委会主任";
    let store = Arc::new(MemoryStore::new());
    let engine = shipped::on(Arc::clone(&store)).build().unwrap();
    let key =
        |n: usize| civic_reply::message::MessageKey::new("gov-wechat".into(), "ann".into(), n.to_string());
    let texts = [
        secret.to_owned(),
        "社保卡密码忘了怎么办".to_owned(),
        format!("{COMPLAINT}，{secret}"),
        format!("没解决，{secret}"),
        format!("人工，{secret}"),
        "补充一下，是小明家".to_owned(),
        "居住证".to_owned(),
        format!("居住证{secret}"),
    ];
    for (n, text) in texts.iter().enumerate() {
        let message = Message::text("gov-wechat", "ann", n.to_string(), text).withhold();
        let outcome = engine.receive(message.clone()).unwrap();
        let again = engine.receive(message).unwrap();
        // The reply was given once, and is not stored.
        let reply = |outcome: &Outcome| outcome.reply().map(ToString::to_string);
        assert_eq!(reply(&again).is_some(), reply(&outcome).is_some());
        assert!(reply(&again).is_none_or(|reply| reply.is_empty()));
        let handled = engine.handled(&key(n)).unwrap().unwrap();
        assert_eq!(handled.outcome, again);
    }
    let journal = store.journal(None, 1_000).unwrap().records;
    let cases = store
        .cases(&civic_reply::store::CaseFilter::default())
        .unwrap()
        .cases;
    let talk: Conversation = store.conversation(&"gov-wechat".into(), &"ann".into()).unwrap();
    let outcomes: Vec<_> = (0..texts.len())
        .map(|n| engine.handled(&key(n)).unwrap())
        .collect();
    let kept = format!("{journal:?} {cases:?} {talk:?} {outcomes:?}");
    for word in ["小明", "业委会", "电梯", "推诿", "密码忘了怎么办\"", "补充"] {
        assert!(!kept.contains(word), "`{word}` is kept: {kept}");
    }
    assert!(cases.iter().any(|case| case.text == WITHHELD), "{cases:?}");
    let turns = page(&engine, "ann", 50).remove(0).turns;
    assert_eq!(
        turns
            .iter()
            .filter(|turn| matches!(
                turn.kind,
                TurnKind::Message {
                    withheld: true,
                    text: None,
                    reply: None,
                    ..
                }
            ))
            .count(),
        texts.len()
    );
}

#[test]
fn a_kept_message_costs_its_text_and_less_than_250_bytes_and_no_copy_of_the_answer() {
    let mut talk = Talk::new();
    let text = "社保卡密码忘了怎么办";
    let outcome = talk.another().say(text);
    let reply = outcome.reply().map(ToString::to_string).unwrap();
    let (_, record) = talk.engine.store().journal(None, 1).unwrap().records.remove(0);
    let with = serde_json::to_string(&record).unwrap();
    assert!(!reply.is_empty() && !with.contains(reply.lines().next().unwrap()));
    let mut bare = record;
    if let Event::Handled {
        text,
        written,
        theme,
        rulebook,
        ..
    } = &mut bare.event
    {
        (*text, *written, *theme, *rulebook) = (None, None, None, None);
    }
    let cost = with.len() - serde_json::to_string(&bare).unwrap().len();
    assert!(cost > text.len() && cost < text.len() + 250, "{cost} bytes");
}

#[test]
fn a_record_of_an_earlier_version_is_a_turn_without_a_text() {
    let mut talk = Talk::new();
    talk.another().say("社保卡密码忘了怎么办");
    let (_, record) = talk.engine.store().journal(None, 1).unwrap().records.remove(0);
    let mut json = serde_json::to_value(&record).unwrap();
    fn strip(value: &mut serde_json::Value) {
        if let Some(object) = value.as_object_mut() {
            for field in ["text", "written", "theme", "rulebook", "case", "withheld"] {
                if object.contains_key("action") {
                    object.remove(field);
                }
            }
            object.values_mut().for_each(strip);
        }
    }
    strip(&mut json);
    let read: Record = serde_json::from_value(json).unwrap();
    assert!(matches!(
        read.event,
        Event::Handled {
            text: None,
            written: None,
            withheld: false,
            ..
        }
    ));
}

#[cfg(feature = "sqlite")]
mod in_a_file {
    use civic_reply::SqliteStore;

    use super::*;
    use crate::support::small_rulebook;

    fn bytes(folder: &std::path::Path) -> Vec<u8> {
        let files = std::fs::read_dir(folder).unwrap();
        files
            .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap_or_default())
            .collect()
    }

    fn has(bytes: &[u8], text: &str) -> bool {
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    }

    const RULE: &str = r#"
[[rule]]
id = "card"
theme = "household"
when = { any = ["居住证"] }
reply = { text = "到派出所办理居住证。" }
examples = ["居住证怎么办理"]
"#;

    fn engine(folder: &std::path::Path) -> Engine {
        let office = format!("{}{RULE}", small_rulebook::OFFICE);
        let rulebook = small_rulebook::load([("office.toml", office.as_str())]);
        let rulebook = rulebook.unwrap_or_else(|found| panic!("{found}"));
        let store = SqliteStore::open(folder.join("desk.db")).unwrap();
        Engine::builder(rulebook, store).build().unwrap()
    }

    #[test]
    fn erasure_and_retention_leave_no_word_of_the_talk() {
        let words = ["石榴树", "枇杷树"];
        for prunes in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let engine = engine(folder.path());
            for (n, word) in words.iter().enumerate() {
                let text = format!("我住在{word}下面，居住证怎么办理");
                let outcome = engine.receive(Message::text("gov-wechat", "ann", n.to_string(), text));
                assert!(matches!(outcome, Ok(Outcome::Replied(_))), "{outcome:?}");
            }
            assert!(words.iter().all(|word| has(&bytes(folder.path()), word)));
            if prunes {
                let later = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
                engine.store().prune(later, 100).unwrap();
            } else {
                assert!(engine.store().erase(&"ann".into()).unwrap().is_complete());
            }
            assert!(page(&engine, "ann", 10)[0].turns.is_empty());
            drop(engine);
            let left = bytes(folder.path());
            for word in words {
                assert!(!has(&left, word), "{word} is left, prunes: {prunes}");
            }
        }
    }
}
