//! A message stage by stage, and whole on the SQLite store beside the same in memory.
//!
//! `cargo bench --bench receive`. Each stage asserts its answer before it is timed.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench prints its figures, and panics when an answer is wrong"
)]

#[allow(dead_code, reason = "shared with the other benches")]
mod common;

use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use civic_reply::faq::{Entry, FaqIndex, FaqOptions};
use civic_reply::keyword::{KeywordIndex, MatchContext};
use civic_reply::message::AccountId;
use civic_reply::store::MemoryStore;
use civic_reply::text::fold;
use civic_reply::{Engine, Message, Outcome, Rulebook, SqliteStore};
use criterion::{Criterion, criterion_group, criterion_main};
use jiff::civil::date;

const QUESTION: &str = "新生儿怎么上户口?";
const COMPLAINT: &str =
    "我家楼下的烧烤店每天凌晨三点还在营业,油烟和噪音让老人孩子睡不着,打过电话也没人管,请尽快处理";

fn rulebook() -> Rulebook {
    Rulebook::from_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")).unwrap()
}

fn stages(c: &mut Criterion) {
    println!("receive: a message stage by stage, and whole on SQLite beside the same in memory");
    let traditional = "請問戶口簿遺失了，應該去哪裡補辦？ＡＢＣ";
    assert_eq!(fold(traditional).as_str(), "请问户口簿遗失了,应该去哪里补办?abc");
    c.bench_function("fold", |b| b.iter(|| fold(black_box(traditional)).chars()));

    let book = rulebook();
    let keywords = KeywordIndex::build(
        &book.rules,
        &book.words,
        &book.synonyms,
        book.thresholds.rule_chars,
    )
    .unwrap();
    let account = AccountId::new("gov-wechat");
    let context = MatchContext::new(&account, date(2026, 11, 23));
    let folded = fold("身份证丢了怎么补办");
    assert!(!keywords.matches(&folded, &book.rules, context).fired.is_empty());
    c.bench_function("keyword match", |b| {
        b.iter(|| {
            keywords
                .matches(black_box(&folded), &book.rules, context)
                .fired
                .len()
        });
    });
}

fn faq(c: &mut Criterion) {
    let book = rulebook();
    let bank: Vec<Entry> = book
        .faq
        .iter()
        .map(|entry| Entry {
            id: entry.id.clone(),
            phrasings: std::iter::once(&entry.question)
                .chain(&entry.phrasings)
                .cloned()
                .collect(),
            answer: Some(entry.answer.clone()),
        })
        .collect();
    let index = FaqIndex::build(&bank, &book.synonyms, &FaqOptions::default()).unwrap();
    for (name, text, best) in [
        (
            "faq search, a question",
            "社保卡密码忘记",
            Some("social-insurance-card-password"),
        ),
        ("faq search, a complaint", COMPLAINT, None),
    ] {
        let folded = fold(text);
        let found = index.search(&folded, &|_| true, 5).unwrap();
        if let Some(best) = best {
            assert_eq!(found.first().map(|candidate| candidate.id.as_str()), Some(best));
        }
        assert!(found.len() <= 5);
        c.bench_function(name, |b| {
            b.iter(|| index.search(black_box(&folded), &|_| true, 5).unwrap().len())
        });
    }
}

fn end_to_end(c: &mut Criterion) {
    let number = AtomicU64::new(0);
    let next = |text: &str| {
        let id = number.fetch_add(1, Ordering::Relaxed);
        Message::text("gov-wechat", format!("citizen-{id}"), id.to_string(), text)
    };
    let folder = tempfile::tempdir().unwrap();
    let memory = Engine::builder(rulebook(), MemoryStore::new()).build().unwrap();
    let sqlite = SqliteStore::open(folder.path().join("bench.db")).unwrap();
    let durable = Engine::builder(rulebook(), sqlite).build().unwrap();
    for engine in [&memory, &durable] {
        let outcome = engine.receive(next(QUESTION)).unwrap();
        assert!(matches!(outcome, Outcome::Replied(_)));
        let outcome = engine.receive(next(COMPLAINT)).unwrap();
        assert!(matches!(outcome, Outcome::Queued { .. }));
    }
    for (kind, text) in [("a question", QUESTION), ("a complaint", COMPLAINT)] {
        for (name, engine) in [("memory", &memory), ("sqlite", &durable)] {
            c.bench_function(&format!("receive {kind}, {name} store"), |b| {
                b.iter(|| engine.receive(next(black_box(text))).unwrap());
            });
        }
        let receive = |engine: &Engine| (0..50).for_each(|_| _ = engine.receive(next(text)).unwrap());
        common::compare(
            &format!("receive {kind}: time per message, and its ratio to the memory store"),
            50,
            5,
            &mut [
                ("memory store", &mut || receive(&memory)),
                ("sqlite store, durable", &mut || receive(&durable)),
            ],
        );
    }
}

criterion_group! {
    name = benches;
    config = common::criterion();
    targets = stages, faq, end_to_end
}
criterion_main!(benches);
