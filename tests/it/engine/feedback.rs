//! Feedback: recorded, learnt from, and without effect until an operator accepts the result.

use std::fs;
use std::path::Path;

use civic_reply::case::{Author, ERASED, Event};
use civic_reply::engine::InvalidFeedback;
use civic_reply::faq::{Demand, NoCertificate, Ranked, Reranker};
use civic_reply::message::{AccountId, CitizenId, EntryId, MessageKey};
use civic_reply::reply::{Action, DecidedBy, Feedback, Judgement, Reason};
use civic_reply::{Engine, Error, ManualClock, MemoryStore, Message, Outcome, Rulebook};

use crate::support::shipped;

const THINGS: [&str; 8] = [
    "居住证",
    "公积金",
    "社保卡",
    "营业执照",
    "驾驶证",
    "老年卡",
    "护照",
    "学位",
];

/// A rulebook of eight entries, with `thresholds` added to the usual ones.
fn rulebook(thresholds: &str) -> Rulebook {
    let folder = tempfile::tempdir().unwrap();
    shipped::copy_folder(Path::new("rules"), folder.path());
    fs::remove_dir_all(folder.path().join("faq")).unwrap();
    fs::remove_dir_all(folder.path().join("keywords")).unwrap();
    let mut faq = String::new();
    for (n, thing) in THINGS.iter().enumerate() {
        faq.push_str(&format!(
            "[[faq]]\nid = \"entry-{n}\"\ntheme = \"household\"\n\
             question = \"{thing}怎么办理\"\n\
             phrasings = [\"办{thing}要什么材料\", \"{thing}去哪里办\", \"想办{thing}\", \"{thing}办理流程\"]\n\
             answer = \"{thing}的办法\"\nsource = \"x\"\nchecked = 2026-11-01\n"
        ));
    }
    fs::write(folder.path().join("faq.toml"), faq).unwrap();
    let file = folder.path().join("thresholds.toml");
    let base = "[thresholds]\nanswer = 0.8\nmenu = 0.2\nrule_chars = 40\nfaq_chars = 60\nmenu_minutes = 30\n";
    fs::write(file, format!("{base}{thresholds}")).unwrap();
    Rulebook::from_dir(folder.path()).unwrap()
}

fn engine(rulebook: Rulebook) -> Engine {
    Engine::builder(rulebook, MemoryStore::new())
        .clock(ManualClock::new(shipped::at(shipped::MONDAY)))
        .check_examples(false)
        .build()
        .unwrap()
}

fn key(id: &str) -> MessageKey {
    MessageKey::new(AccountId::new("gov-wechat"), CitizenId::new("ann"), id)
}

fn judged(id: &str, text: &str, judgement: Judgement) -> Feedback {
    Feedback {
        key: key(id),
        text: text.to_owned(),
        judgement,
    }
}

fn picked(entry: &str) -> Judgement {
    Judgement::Picked { entry: entry.into() }
}

fn feedback_in(engine: &Engine) -> Vec<Feedback> {
    let page = engine.store().journal(None, 1_000).unwrap();
    let events = page.records.into_iter().map(|(_, record)| record.event);
    events
        .filter_map(|event| match event {
            Event::Feedback { feedback } => Some(feedback),
            _ => None,
        })
        .collect()
}

/// The decision about the text as a citizen's first message.
fn decided(engine: &Engine, text: &str) -> civic_reply::engine::Explanation {
    engine
        .explain(&Message::text("gov-wechat", "new", "1", text))
        .unwrap()
}

#[test]
fn a_menu_choice_is_recorded_as_feedback_on_the_question() {
    let engine = engine(rulebook("automatic = \"never\"\n"));
    let say = |id: &str, text: &str| {
        engine
            .receive(Message::text("gov-wechat", "ann", id, text))
            .unwrap()
    };
    assert!(matches!(say("1", "居住证怎么办理呢"), Outcome::Replied(_)));
    assert!(feedback_in(&engine).is_empty(), "a question is no feedback");
    say("2", "1");
    let entry = EntryId::new("entry-0");
    assert_eq!(
        feedback_in(&engine),
        [judged("2", "居住证怎么办理呢", Judgement::Chose { entry })]
    );
    say("3", "社保卡怎么办理呢");
    say("4", "以上都不是，请工作人员答复");
    let Some(Feedback {
        text,
        judgement: Judgement::NoneOfThese { shown },
        ..
    }) = feedback_in(&engine).pop()
    else {
        panic!("choosing no option is feedback too");
    };
    assert_eq!(
        (text.as_str(), shown[0].as_str()),
        ("社保卡怎么办理呢", "entry-2")
    );
    // A redelivered click is the same click.
    say("4", "以上都不是，请工作人员答复");
    assert_eq!(feedback_in(&engine).len(), 2);
}

#[test]
fn a_rating_of_an_answer_is_recorded_as_feedback() {
    for (verdict, judgement) in [
        (
            "没解决",
            Judgement::NotSolved {
                entry: "entry-0".into(),
            },
        ),
        (
            "解决了",
            Judgement::Solved {
                entry: "entry-0".into(),
            },
        ),
    ] {
        let engine = engine(rulebook(""));
        let say = |id: &str, text: &str| {
            engine
                .receive(Message::text("gov-wechat", "ann", id, text))
                .unwrap()
        };
        say("1", "居住证怎么办理呢");
        assert!(feedback_in(&engine).is_empty());
        say("2", verdict);
        assert_eq!(feedback_in(&engine), [judged("2", "居住证怎么办理呢", judgement)]);
        say("3", verdict);
        assert_eq!(feedback_in(&engine).len(), 1, "an answer is rated once");
    }
}

#[test]
fn feedback_that_cannot_be_learnt_from_is_refused() {
    let engine = engine(rulebook(""));
    let refused = |feedback| match engine.feedback(Author::Citizen, feedback) {
        Err(Error::Feedback(reason)) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(judged("1", " \u{200B}", Judgement::NoEntry)),
        InvalidFeedback::NoText
    );
    assert_eq!(
        refused(judged("1", "居住证", picked("gone"))),
        InvalidFeedback::UnknownEntry("gone".into())
    );
    let nameless = engine.feedback(Author::Citizen, judged("", "居住证", Judgement::NoEntry));
    assert!(matches!(nameless, Err(Error::Invalid(_))), "{nameless:?}");
    assert!(feedback_in(&engine).is_empty());
}

#[test]
fn phrasings_are_proposed_from_messages_and_confusions_are_named() {
    let engine = engine(rulebook(""));
    let say = |id: &str, text: &str, judgement| {
        engine
            .feedback(Author::Agent("eve".into()), judged(id, text, judgement))
            .unwrap()
    };
    say("1", "暂住的本本在哪弄", picked("entry-0"));
    say("2", "暂住的本本在哪弄？", picked("entry-0"));
    // The last rating of a message counts.
    say("3", "暂住的本本在哪弄！", picked("entry-1"));
    say("3", "暂住的本本在哪弄！", picked("entry-0"));
    // An existing phrasing, and one with personal data: neither is proposed.
    say("4", "居住证怎么办理", picked("entry-0"));
    say("5", "公积金取不出来打我电话13800138000", picked("entry-1"));
    // Confused with another entry, twice.
    say("6", "护照怎么办理才给出国读书", picked("entry-7"));
    say("7", "护照怎么办理才能出国读书", picked("entry-7"));
    let learned = engine.learn().unwrap();
    let first = &learned.phrasings[0];
    assert_eq!(
        (first.entry.as_str(), first.text.as_str(), first.messages),
        ("entry-0", "暂住的本本在哪弄", 3)
    );
    assert!(
        learned
            .phrasings
            .iter()
            .all(|one| !one.text.contains("138") && one.text != "居住证怎么办理")
    );
    let [confusion] = learned.confusions.as_slice() else {
        panic!("{:?}", learned.confusions);
    };
    assert_eq!(
        (
            confusion.predicted.as_str(),
            confusion.expected.as_str(),
            confusion.messages
        ),
        ("entry-6", "entry-7", 2)
    );
    assert_eq!(learned.recalibration, None);
    assert!(matches!(
        learned.certificate,
        Err(NoCertificate::FewLabels { .. })
    ));
    assert!(learned.to_string().contains("暂住的本本在哪弄"));
}

/// `count` rated messages, all about an entry, rated as correct except for every `wrong`th.
fn judge(engine: &Engine, count: usize, wrong: usize) {
    for n in 0..count {
        let thing = THINGS[n % THINGS.len()];
        let text = format!("请问{thing}怎么办理{}", "呢啊呀".chars().nth(n % 3).unwrap());
        let judgement = match n % wrong {
            0 => Judgement::NoEntry,
            _ => picked(&format!("entry-{}", n % THINGS.len())),
        };
        let feedback = judged(&n.to_string(), &text, judgement);
        engine.feedback(Author::Agent("eve".into()), feedback).unwrap();
    }
}

#[test]
fn erased_messages_are_not_learnt_from() {
    let engine = engine(rulebook(""));
    for id in ["1", "2"] {
        let feedback = judged(id, "暂住的本本在哪弄", picked("entry-0"));
        engine.feedback(Author::Agent("eve".into()), feedback).unwrap();
    }
    assert_eq!(engine.learn().unwrap().phrasings.len(), 1);
    engine.store().erase(&CitizenId::new("ann")).unwrap();
    assert!(feedback_in(&engine).iter().all(|one| one.text == ERASED));
    let learned = engine.learn().unwrap();
    assert!(learned.phrasings.is_empty() && learned.labels == 0, "{learned}");
}

#[test]
fn learning_changes_answers_only_after_an_operator_accepts_it() {
    let certified = engine(rulebook("automatic = \"certified\"\n"));
    judge(&certified, 400, 100);
    let (sure, text) = (decided(&certified, "公积金怎么办理呀"), "公积金怎么办理呀");
    assert_eq!(sure.action, Action::Clarify, "no certificate, no answer");
    assert!(sure.reasons.contains(&Reason::Uncertified));
    let learned = certified.learn().unwrap();
    assert_eq!(learned.labels, 400);
    let certificate = learned.certificate.unwrap();
    assert!(certificate.right < certificate.answered && certificate.answered >= 60);
    assert_eq!(decided(&certified, text), sure, "learning alone changes nothing");

    let learned = certified.learn().unwrap().to_string();
    let accepted: String = learned
        .lines()
        .skip_while(|line| !line.starts_with("[thresholds.recalibration]"))
        .filter(|line| !line.starts_with('`'))
        .map(|line| format!("{line}\n"))
        .collect();
    certified
        .reload(rulebook(&format!("automatic = \"certified\"\n{accepted}")))
        .unwrap();
    assert_eq!(decided(&certified, text).action, Action::Answer, "{accepted}");

    // A certificate for another FAQ has no effect.
    let other = accepted.replace("bank = \"", "bank = \"0");
    certified
        .reload(rulebook(&format!("automatic = \"certified\"\n{other}")))
        .unwrap();
    assert_eq!(decided(&certified, text).action, Action::Clarify);
}

#[test]
fn too_many_errors_give_no_certificate_and_lower_the_confidence() {
    let engine = engine(rulebook(""));
    judge(&engine, 400, 3);
    let learned = engine.learn().unwrap();
    assert!(matches!(learned.certificate, Err(NoCertificate::Unproven { .. })));
    let correction = learned.recalibration.unwrap();
    assert!((correction.apply(0.95) - 0.66).abs() < 0.15, "{correction:?}");
    let modest = Demand {
        precision: 0.5,
        risk: 0.05,
    };
    assert!(engine.learn_for(modest).unwrap().certificate.is_ok());
}

#[test]
fn themes_and_policies_can_have_their_own_thresholds() {
    let text = "公积金怎么办理呀";
    let action = |thresholds: &str| decided(&engine(rulebook(thresholds)), text).action;
    assert_eq!(action(""), Action::Answer);
    assert_eq!(
        action("[thresholds.theme.household]\nanswer = 1.0\n"),
        Action::Clarify
    );
    assert_eq!(action("[thresholds.theme.taxes]\nanswer = 1.0\n"), Action::Answer);
    let rules = rulebook("");
    let policy = rules.themes[&"household".into()]
        .policy
        .clone()
        .unwrap_or(rules.office.policy.clone());
    let by_policy = format!("[thresholds.policy.{policy}]\nanswer = 1.0\nmenu = 1.0\n");
    assert_eq!(action(&by_policy), Action::Escalate);
    let both = format!("{by_policy}[thresholds.theme.household]\nanswer = 0.8\nmenu = 0.2\n");
    assert_eq!(action(&both), Action::Answer);
}

/// Gives every candidate the same score, or fails.
struct Always(Option<f64>);

impl Reranker for Always {
    fn name(&self) -> &str {
        "always"
    }

    fn scores(&self, _: &str, candidates: &[Ranked<'_>]) -> Result<Vec<f64>, String> {
        let score = self.0.ok_or("the model is gone")?;
        Ok(vec![score; candidates.len()])
    }
}

#[test]
fn a_reranker_only_lowers_confidence_and_a_failing_one_brings_a_person() {
    let with = |score| {
        let builder = Engine::builder(rulebook(""), MemoryStore::new()).check_examples(false);
        builder.reranker(Always(score)).build().unwrap()
    };
    let (sure, unsure) = ("公积金怎么办理呀", "买房贷款");
    let plain = engine(rulebook(""));
    let same = decided(&with(Some(1.0)), sure);
    assert_eq!(
        (same.action, &same.by),
        (Action::Answer, &DecidedBy::Faq("entry-1".into()))
    );
    assert_eq!(same.confidence, decided(&plain, sure).confidence);
    assert_eq!(
        decided(&with(Some(1.0)), unsure).action,
        decided(&plain, unsure).action
    );
    assert_eq!(decided(&with(Some(0.3)), sure).action, Action::Clarify);
    for broken in [None, Some(f64::NAN), Some(1.5)] {
        let explained = decided(&with(broken), sure);
        assert_eq!(explained.action, Action::Escalate);
        assert!(
            matches!(explained.reasons[..], [Reason::FaqFailed { .. }, ..]),
            "{:?}",
            explained.reasons
        );
    }
}
