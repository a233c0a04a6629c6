//! Folding, tokens, keyword rules and the FAQ's search.

use std::collections::BTreeSet;

use civic_reply::Rulebook;
use civic_reply::faq::{Entry, FaqIndex, FaqOptions};
use civic_reply::keyword::KeywordIndex;
use civic_reply::message::AccountId;
use civic_reply::text::{Folded, Tokens, fold};
use jiff::civil::date;

use crate::names::MatchContext;
use crate::rulebook::large;
use crate::{Group, Setup};

/// How many messages each stage has.
const MESSAGES: usize = 200;
/// How many phrasings the larger bank has.
const PHRASINGS: usize = 5_000;

pub(crate) fn groups(setup: &Setup) -> Vec<Group<'_>> {
    let step = (setup.messages.len() / MESSAGES).max(1);
    let texts: Vec<&str> = setup.messages.iter().step_by(step).map(String::as_str).collect();
    let book = Rulebook::from_dir(&setup.rules).unwrap();
    let (entries, synonyms) = (bank(&book), book.synonyms.clone());
    let search_texts = texts.clone();
    let large_bank = phrasings(&setup.messages);
    let keyword_texts = texts.clone();
    vec![
        (
            "text",
            Box::new(move |report| {
                assert_eq!(fold("請問戶口簿ＡＢＣ").as_str(), "请问户口簿abc");
                let chars: usize = texts.iter().map(|text| text.chars().count()).sum();
                report.repeat("text: fold, a character", chars, || {
                    texts.iter().map(|text| fold(text).chars()).sum::<usize>()
                });
                let folded: Vec<Folded<'_>> = texts.iter().map(|text| fold(text)).collect();
                report.repeat("text: tokens, a message", texts.len(), || {
                    let tokens = folded.iter().map(|folded| Tokens::of(folded.as_str()).units());
                    tokens.sum::<usize>()
                });
            }),
        ),
        (
            "keyword",
            Box::new(move |report| {
                let folded: Vec<Folded<'_>> = keyword_texts.iter().map(|text| fold(text)).collect();
                matches(report, "keyword: shipped rules, a message", &book, &folded);
                matches(
                    report,
                    "keyword: 2,000 rules more, a message",
                    &large(setup),
                    &folded,
                );
            }),
        ),
        (
            "faq",
            Box::new(move |report| {
                let folded: Vec<Folded<'_>> = search_texts.iter().map(|text| fold(text)).collect();
                let mut options = FaqOptions::default();
                options.cache_dir = Some(setup.folder.path().join("faq-stage"));
                let index = FaqIndex::build(&entries, &synonyms, &options).unwrap();
                let found = index.search(&fold("社保卡密码忘记"), &|_| true, 5).unwrap();
                let best = found.first().map(|candidate| candidate.id.as_str());
                assert_eq!(best, Some("social-insurance-card-password"));
                let search = |index: &FaqIndex| {
                    let found = folded
                        .iter()
                        .map(|text| index.search(text, &|_| true, 5).unwrap().len());
                    found.sum::<usize>()
                };
                report.repeat("faq: search the shipped bank, a message", folded.len(), || {
                    search(&index)
                });
                let index = FaqIndex::build(&large_bank, &[], &FaqOptions::default()).unwrap();
                report.repeat("faq: search 5,000 phrasings, a message", folded.len(), || {
                    search(&index)
                });
            }),
        ),
    ]
}

fn matches(report: &mut crate::Report, stage: &str, book: &Rulebook, folded: &[Folded<'_>]) {
    let limit = book.thresholds.rule_chars;
    let index = KeywordIndex::build(&book.rules, &book.words, &book.synonyms, limit).unwrap();
    let account = AccountId::new("gov-wechat");
    let context = || MatchContext::new(&account, date(2026, 11, 23));
    let fired = |folded: &Folded<'_>| index.matches(folded, &book.rules, context()).fired.len();
    assert!(fired(&fold("身份证丢了怎么补办")) > 0);
    report.repeat(stage, folded.len(), || folded.iter().map(fired).sum::<usize>());
}

/// The rulebook's FAQ.
fn bank(book: &Rulebook) -> Vec<Entry> {
    let entries = book.faq.iter().map(|entry| Entry {
        id: entry.id.clone(),
        phrasings: std::iter::once(&entry.question)
            .chain(&entry.phrasings)
            .cloned()
            .collect(),
        answer: Some(entry.answer.clone()),
    });
    entries.collect()
}

/// One entry for each of the first short clauses of the messages.
fn phrasings(messages: &[String]) -> Vec<Entry> {
    let clauses = messages
        .iter()
        .flat_map(|text| text.split(['，', '。', '？', '！', '\n', ',', '?', '；', '、']));
    let clauses: BTreeSet<&str> = clauses
        .map(str::trim)
        .filter(|clause| (6..=24).contains(&clause.chars().count()))
        .filter(|clause| !Tokens::of(fold(clause).as_str()).is_empty())
        .take(PHRASINGS * 2)
        .collect();
    let entries = clauses
        .into_iter()
        .take(PHRASINGS)
        .enumerate()
        .map(|(n, clause)| Entry {
            id: format!("{n:06}").as_str().into(),
            phrasings: vec![clause.to_owned()],
            answer: None,
        });
    entries.collect()
}
