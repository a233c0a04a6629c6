//! The FAQ index through its public interface: what it finds, and that no message harms it.

use civic_reply::faq::{Candidate, Entry, FaqError, FaqIndex, FaqOptions};
use civic_reply::message::MAX_CHARS;
use civic_reply::text::fold;
use proptest::prelude::*;

fn entry(id: &str, phrasings: &[&str], answer: Option<&str>) -> Entry {
    Entry {
        id: id.into(),
        phrasings: phrasings.iter().map(|&phrasing| phrasing.to_owned()).collect(),
        answer: answer.map(str::to_owned),
    }
}

fn bank() -> Vec<Entry> {
    vec![
        entry(
            "open-affairs",
            &["政务公开怎么办"],
            Some("请到政务服务大厅一楼的公开查询点。"),
        ),
        entry(
            "fund",
            &["公积金怎么提取"],
            Some("登录公积金网上大厅，选择提取业务。"),
        ),
        entry("id-card", &["身份证丢了怎么补办"], None),
        entry(
            "household",
            &["新生儿怎么上户口"],
            Some("带出生医学证明到派出所。"),
        ),
        entry("parking", &["how do I pay a parking ticket"], None),
        entry("internal_note", &["abc body title"], None),
    ]
}

fn index() -> FaqIndex {
    FaqIndex::build(
        &bank(),
        &[vec!["身份证".into(), "二代证".into()]],
        &FaqOptions::default(),
    )
    .unwrap()
}

fn ask(faq: &FaqIndex, message: &str) -> Vec<Candidate> {
    faq.search(&fold(message), &|_| true, 10).unwrap()
}

fn best(faq: &FaqIndex, message: &str) -> String {
    ask(faq, message)
        .first()
        .map(|found| found.id.to_string())
        .unwrap_or_default()
}

#[test]
fn the_matching_entry_ranks_first() {
    let faq = index();
    assert_eq!(best(&faq, "我的身份证丢了怎么补"), "id-card");
    assert_eq!(best(&faq, "公积金提取要什么"), "fund");
    assert_eq!(best(&faq, "paying parking tickets"), "parking");
    assert_eq!(best(&faq, "小孩出生后去派出所办户口"), "household");
}

#[test]
fn an_exact_phrasing_scores_higher_than_half_of_it() {
    let faq = index();
    let whole = ask(&faq, "公积金怎么提取")[0].confidence;
    let half = ask(&faq, "公积金基数每年什么时候调整")[0].confidence;
    // A rulebook without a threshold answers from 0.8.
    assert!(whole > 0.8 && half < 0.5, "{whole} {half}");
}

#[test]
fn a_synonym_counts_as_the_word_itself() {
    let faq = index();
    assert_eq!(ask(&faq, "二代证丢了怎么补办"), ask(&faq, "身份证丢了怎么补办"));
}

#[test]
fn blank_and_unknown_messages_have_no_candidates() {
    let faq = index();
    for message in ["", " \n ", "？？？", "🙂", "zzz", "龘"] {
        assert_eq!(ask(&faq, message), [], "{message:?}");
    }
    assert_eq!(
        ask(
            &FaqIndex::build(&[], &[], &FaqOptions::default()).unwrap(),
            "户口"
        ),
        []
    );
}

#[test]
fn an_entry_that_is_filtered_out_neither_answers_nor_competes() {
    let faq = FaqIndex::build(
        &[
            entry("old", &["公积金怎么提取"], None),
            entry("new", &["公积金怎么提取"], None),
        ],
        &[],
        &FaqOptions::default(),
    )
    .unwrap();
    let both = ask(&faq, "公积金怎么提取");
    assert_eq!(both[0].id.as_str(), "new", "ties are in the order of ids");
    assert_eq!(both[0].confidence, both[1].confidence);
    let kept = faq.search(&fold("公积金怎么提取"), &|n| n == 0, 10).unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].id.as_str(), "old");
    assert!(kept[0].confidence > both[0].confidence);
}

#[test]
fn the_nearest_phrasing_is_given_by_its_index_in_the_entry() {
    let faq = FaqIndex::build(
        &[entry("a", &["？", "户口怎么迁", "迁户口要什么材料"], None)],
        &[],
        &FaqOptions::default(),
    )
    .unwrap();
    assert_eq!(ask(&faq, "迁户口要哪些材料")[0].phrasing, 2);
}

#[test]
fn a_bank_that_cannot_be_indexed_is_refused_by_name() {
    let twice = FaqIndex::build(
        &[entry("a", &["户口"], None), entry("a", &["公积金"], None)],
        &[],
        &FaqOptions::default(),
    );
    assert!(matches!(&twice, Err(FaqError::DuplicateEntry(id)) if id.as_str() == "a"));
    let blank = FaqIndex::build(
        &[entry("a", &["？", ""], Some("户口"))],
        &[],
        &FaqOptions::default(),
    );
    assert!(blank.unwrap_err().to_string().contains("`a`"));
}

#[test]
fn a_message_of_parentheses_has_no_candidates() {
    assert_eq!(ask(&index(), &"(".repeat(20_000)), []);
}

#[test]
fn query_operators_are_plain_words() {
    let found = ask(&index(), &"NOT ".repeat(16_000));
    assert!(
        found.iter().all(|candidate| candidate.confidence < 0.5),
        "{found:?}"
    );
}

#[test]
fn query_syntax_is_read_as_literal_words() {
    let faq = index();
    for message in ["*", "- *", "[* TO *]", "户*^", "\"", "AND OR"] {
        let found = ask(&faq, message);
        assert!(
            found.iter().all(|candidate| candidate.confidence < 0.5),
            "{message}: {found:?}"
        );
    }
    assert_eq!(ask(&faq, "*"), []);
    let ids = |message: &str| {
        ask(&faq, message)
            .into_iter()
            .map(|found| found.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids("body:[* TO *]"), ids("body to"));
    assert_eq!(ids("internal_note:abc"), ids("internal note abc"));
    assert_eq!(ids("pair:户口"), ids("pair 户口"), "a field name is a plain word");
}

#[test]
fn punctuation_changes_nothing() {
    let faq = index();
    let plain = ask(&faq, "政务公开怎么办");
    assert_eq!(plain[0].id.as_str(), "open-affairs");
    assert_eq!(ask(&faq, "政务公开？（怎么办）"), plain);
    assert_eq!(ask(&faq, "政务公开?(怎么办)"), plain);
}

#[test]
fn invisible_characters_change_nothing() {
    let faq = index();
    assert_eq!(
        ask(&faq, "公\u{200B}积\u{AD}金怎么提取"),
        ask(&faq, "公积金怎么提取")
    );
}

#[test]
fn a_lookalike_character_is_folded_or_unknown() {
    let faq = index();
    assert_eq!(ask(&faq, "新生儿怎么上戶⼝"), ask(&faq, "新生儿怎么上户口"));
    let cyrillic = ask(&faq, "how do I p\u{0430}y \u{0430} p\u{0430}rking ticket");
    assert!(
        cyrillic.iter().all(|candidate| candidate.confidence < 0.9),
        "{cyrillic:?}"
    );
}

#[test]
fn a_megabyte_is_read_up_to_the_length_limit() {
    let faq = index();
    let long = "公积金怎么提取\u{0}".repeat(50_000);
    let found = ask(&faq, &long);
    assert!(
        found
            .iter()
            .all(|candidate| (0.0..=1.0).contains(&candidate.confidence))
    );
    let capped: String = long.chars().take(MAX_CHARS).collect();
    assert_eq!(found, ask(&faq, &capped));
}

#[test]
fn many_threads_get_the_same_result() {
    let faq = index();
    let expected = ask(&faq, "公积金怎么提取呢");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(ask(&faq, "公积金怎么提取呢"), expected);
                }
            });
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_message_gets_ordered_confidences(message in "[政务公开怎么办户口a-zA-Z0-9 ？()*:]{0,60}|\\PC{0,200}") {
        let faq = index();
        let found = ask(&faq, &message);
        for candidate in &found {
            prop_assert!((0.0..=1.0).contains(&candidate.confidence), "{candidate:?}");
        }
        for pair in found.windows(2) {
            let order = (-pair[0].confidence, &pair[0].id).partial_cmp(&(-pair[1].confidence, &pair[1].id));
            prop_assert_eq!(order, Some(std::cmp::Ordering::Less));
        }
    }
}
