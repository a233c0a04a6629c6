//! Replacing the rulebook while the engine runs: each message sees one version, and one call restores an
//! earlier one.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use civic_reply::engine::{BuildError, KEPT_RULEBOOKS};
use civic_reply::reply::{Action, Outcome};
use civic_reply::{Engine, MemoryStore, Message, Rulebook};

use crate::support::small_rulebook::{ENTRY, OFFICE, RULE, load, spoilt};

/// The small rulebook with a rule that answers `answer`.
fn answering(answer: &str) -> Rulebook {
    load([
        ("office.toml", OFFICE),
        ("rules.toml", &RULE.replace("到派出所办理。", answer)),
    ])
    .unwrap()
}

fn engine(rulebook: Rulebook) -> Engine {
    Engine::builder(rulebook, MemoryStore::new()).build().unwrap()
}

fn reply(engine: &Engine, id: &str) -> String {
    let message = Message::text("gov-wechat", id, id, "宝宝怎么上户口");
    let Outcome::Replied(reply) = engine.receive(message).unwrap() else {
        panic!("expected the rule's answer")
    };
    reply.text().to_owned()
}

#[test]
fn no_reply_mixes_rulebook_versions_during_a_thousand_reloads() {
    let books = [answering("到甲处办理。"), answering("到乙处办理。")];
    let [one, other] = &books;
    let says = |version: &civic_reply::message::RulebookVersion| {
        if *version == one.version {
            "到甲处"
        } else {
            "到乙处"
        }
    };
    assert_ne!(one.version, other.version);
    let engine = engine(one.clone());
    let done = AtomicBool::new(false);
    let counts = [AtomicUsize::new(0), AtomicUsize::new(0)];
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (engine, done, counts, says) = (&engine, &done, &counts, &says);
            scope.spawn(move || {
                let mut number = 0;
                while !done.load(Ordering::Relaxed) {
                    number += 1;
                    let message = Message::text(
                        "gov-wechat",
                        format!("citizen-{thread}"),
                        number.to_string(),
                        "宝宝上户口",
                    );
                    let key = message.key().clone();
                    let told = engine.receive(message).unwrap();
                    let handled = engine.handled(&key).unwrap().unwrap();
                    assert_eq!(told, handled.outcome);
                    let text = told.reply().unwrap().text();
                    assert!(
                        text.contains(says(&handled.rulebook)),
                        "{text} by {}",
                        handled.rulebook
                    );
                    counts[usize::from(text.contains("到乙处"))].fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for round in 0..1_000 {
            engine.reload(books[(round + 1) % 2].clone()).unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
    for count in &counts {
        assert!(count.load(Ordering::Relaxed) > 0, "both rulebooks answered");
    }
    assert_eq!(engine.rulebook_versions().len(), 2, "each version is kept once");
}

#[test]
fn one_call_restores_an_earlier_rulebook() {
    let (one, other) = (answering("到甲处办理。"), answering("到乙处办理。"));
    let versions = [one.version.clone(), other.version.clone()];
    let [first, second] = &versions;
    let engine = engine(one);
    assert_eq!(engine.rulebook_versions(), std::slice::from_ref(first));
    engine.reload(other).unwrap();
    assert!(reply(&engine, "1").contains("到乙处"));
    assert_eq!(engine.rulebook_versions(), [second.clone(), first.clone()]);

    engine.rollback(first).unwrap();
    assert!(reply(&engine, "2").contains("到甲处"));
    assert_eq!(engine.rulebook_version(), *first);
    assert_eq!(engine.rulebook_versions(), [first.clone(), second.clone()]);
    engine.rollback(first).unwrap();
    assert_eq!(
        engine.rulebook_versions().len(),
        2,
        "the rulebook in force can be requested too"
    );
    engine.rollback(second).unwrap();
    assert!(
        reply(&engine, "3").contains("到乙处"),
        "the later rulebook is restored"
    );
}

#[test]
fn recent_rulebooks_are_kept_and_an_older_one_is_reported_missing() {
    let books: Vec<Rulebook> = (0..KEPT_RULEBOOKS + 2)
        .map(|n| answering(&format!("到{n}号窗口办理。")))
        .collect();
    let versions: Vec<_> = books.iter().map(|book| book.version.clone()).collect();
    let mut books = books.into_iter();
    let engine = engine(books.next().unwrap());
    for book in books {
        engine.reload(book).unwrap();
    }
    let mut kept = versions[2..].to_vec();
    kept.reverse();
    assert_eq!(engine.rulebook_versions(), kept);
    let gone = engine.rollback(&versions[0]).unwrap_err();
    assert_eq!((&gone.version, &gone.kept), (&versions[0], &kept));
    let shown = gone.to_string();
    assert!(
        shown.contains(versions[0].as_str()) && shown.contains(kept[0].as_str()),
        "{shown}"
    );
    assert_eq!(
        engine.rulebook_version(),
        kept[0],
        "the rulebook in force stays in force"
    );
    engine.rollback(&versions[2]).unwrap();
    assert!(reply(&engine, "1").contains("到2号窗口"));
}

#[test]
fn a_rulebook_that_fails_its_examples_is_refused_and_the_old_one_stays_in_force() {
    let engine = engine(answering("到甲处办理。"));
    let broken = RULE.replace("[\"宝宝上户口\"]", "[\"宝宝怎么打疫苗\"]");
    let broken = load([("office.toml", OFFICE), ("rules.toml", &broken)]).unwrap();
    let error = engine.reload(broken.clone()).unwrap_err();
    assert!(matches!(error, BuildError::Examples(_)), "{error}");
    assert!(reply(&engine, "1").contains("到甲处"));
    assert_eq!(engine.rulebook_versions().len(), 1);

    let lenient = Engine::builder(answering("到甲处办理。"), MemoryStore::new())
        .check_examples(false)
        .build()
        .unwrap();
    lenient.reload(broken).unwrap();
    assert!(lenient.check_examples().has_errors());
}

/// A question that two entries share, so that neither is confident.
const UNCLEAR: &str = "宝宝的事";

fn asking_back(misses: &str) -> Rulebook {
    let office = spoilt("menu_minutes = 30", &format!("menu_minutes = 30\n{misses}"))
        .replace("answer = 0.8\n", "answer = 1.0\n")
        .replace("menu = 0.45", "menu = 0.0");
    let other = ENTRY
        .replace("\"newborn\"", "\"material\"")
        .replace("新生儿怎么上户口?", "落户要什么材料")
        .replace("宝宝如何落户", "落户材料清单")
        .replace("刚出生的孩子上户口", "宝宝的材料")
        .replace("婴儿入户", "材料怎么准备");
    load([
        ("office.toml", &office),
        ("one.toml", ENTRY),
        ("other.toml", &other),
    ])
    .unwrap()
}

#[test]
fn the_rulebook_limits_how_often_in_a_row_a_menu_is_offered() {
    let actions = |misses: &str| -> Vec<Action> {
        let engine = engine(asking_back(misses));
        (0..4)
            .map(|n| {
                let message = Message::text("gov-wechat", "citizen", n.to_string(), UNCLEAR);
                let key = message.key().clone();
                engine.receive(message).unwrap();
                engine.handled(&key).unwrap().unwrap().action
            })
            .collect()
    };
    use Action::{Clarify, Escalate};
    assert_eq!(actions("misses = 1"), [Escalate, Escalate, Escalate, Escalate]);
    assert_eq!(actions(""), [Clarify, Escalate, Clarify, Escalate]);
    assert_eq!(actions("misses = 3"), [Clarify, Clarify, Escalate, Clarify]);
}

#[cfg(feature = "watch")]
#[test]
fn a_change_in_a_watched_folder_takes_effect_and_a_bad_one_is_reported() {
    use std::fs;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use civic_reply::engine::ReloadError;

    let folder = tempfile::tempdir().unwrap();
    let write = |answer: &str, example: &str| {
        let rule = RULE
            .replace("到派出所办理。", answer)
            .replace("\"宝宝上户口\"", example);
        fs::write(folder.path().join("rules.toml"), rule).unwrap();
    };
    fs::write(folder.path().join("office.toml"), OFFICE).unwrap();
    write("到甲处办理。", "\"宝宝上户口\"");
    let engine = engine(Rulebook::from_dir(folder.path()).unwrap());
    let first = engine.rulebook_version();
    let (report, reports) = channel();
    let _watch = engine
        .watch(folder.path(), move |outcome| report.send(outcome).unwrap())
        .unwrap();
    let next = || reports.recv_timeout(Duration::from_secs(20)).unwrap();

    write("到乙处办理。", "\"宝宝上户口\"");
    let second = next().unwrap();
    assert_eq!(engine.rulebook_versions(), [second.clone(), first.clone()]);
    assert!(reply(&engine, "1").contains("到乙处"));

    write("到丙处办理。", "\"宝宝打疫苗\"");
    let error = next().unwrap_err();
    assert!(
        matches!(error, ReloadError::Build(BuildError::Examples(_))),
        "{error}"
    );
    fs::write(folder.path().join("rules.toml"), "[[rule]\n").unwrap();
    assert!(matches!(next().unwrap_err(), ReloadError::Load(_)));
    assert_eq!(engine.rulebook_version(), second);

    engine.rollback(&first).unwrap();
    assert!(reply(&engine, "2").contains("到甲处"));
    write("到丁处办理。", "\"宝宝上户口\"");
    next().unwrap();
    assert!(reply(&engine, "3").contains("到丁处"));
}
