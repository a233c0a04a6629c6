//! Tests of each matching rule by example. `tests/it/keyword` compares the index with a naive evaluator.

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::{KeywordIndex, MatchContext, Matches, RuleAction, WordList, resolve};
use crate::message::AccountId;
use crate::reply::{Beaten, Span, WhyNot};
use crate::rulebook::{Emergency, Location, PersonWords, Rule, RuleOutcome, Validity, When};
use crate::text::fold;

const TODAY: Date = date(2026, 11, 23);

fn rule(id: &str, when: When) -> Rule {
    Rule {
        id: id.into(),
        theme: "theme".into(),
        accounts: Vec::new(),
        priority: 0,
        valid: Validity::default(),
        when,
        outcome: RuleOutcome::reply(format!("answer of {id}")),
        source: None,
        checked: None,
        examples: Vec::new(),
        counterexamples: Vec::new(),
        location: Location::default(),
    }
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

fn any(list: &[&str]) -> When {
    When {
        any: words(list),
        ..When::default()
    }
}

fn matched(rules: &[Rule], person: &PersonWords, text: &str) -> Matches {
    let index = KeywordIndex::build(rules, person, &[], 40).unwrap();
    index.matches(
        &fold(text),
        rules,
        MatchContext::new(&AccountId::new("gov"), TODAY),
    )
}

fn fired(rules: &[Rule], text: &str) -> Vec<String> {
    let matches = matched(rules, &PersonWords::default(), text);
    matches
        .fired
        .iter()
        .map(|fired| rules[fired.rule].id.to_string())
        .collect()
}

#[test]
fn every_condition_must_hold() {
    let when = When {
        any: words(&["提取"]),
        all: vec![words(&["公积金", "住房基金"]), words(&["怎么", "如何"])],
        none: words(&["贷款"]),
        max_chars: Some(12),
        ..When::default()
    };
    let rules = [rule("a", when)];
    assert_eq!(fired(&rules, "公积金怎么提取"), ["a"]);
    assert_eq!(fired(&rules, "公积金怎么用"), [""; 0]);
    assert_eq!(fired(&rules, "提取公积金"), [""; 0]);
    assert_eq!(fired(&rules, "公积金贷款怎么提取"), [""; 0]);
    assert_eq!(fired(&rules, "我想知道公积金到底怎么提取才好呢"), [""; 0]);
}

#[test]
fn exact_ignores_punctuation_and_width() {
    let rules = [rule(
        "a",
        When {
            exact: words(&["在吗"]),
            ..When::default()
        },
    )];
    assert_eq!(fired(&rules, "在吗？！"), ["a"]);
    assert_eq!(fired(&rules, "你在吗"), [""; 0]);
}

#[test]
fn invisible_characters_do_not_hide_a_keyword() {
    let rules = [rule("a", any(&["公积金"]))];
    let text = "查公\u{200B}积\u{AD}金";
    let matches = matched(&rules, &PersonWords::default(), text);
    let Span { start, end } = matches.fired[0].hits[0].span;
    assert_eq!(&text[start..end], "公\u{200B}积\u{AD}金");
}

#[test]
fn lookalike_characters_fold_or_do_not_match() {
    let rules = [rule("a", any(&["户口"])), rule("b", any(&["etc办理"]))];
    assert_eq!(fired(&rules, "⼾口"), ["a"]);
    assert_eq!(fired(&rules, "戶口"), ["a"]);
    assert_eq!(fired(&rules, "\u{435}tc办理"), [""; 0]);
}

#[test]
fn a_latin_word_or_a_number_is_matched_whole() {
    let rules = [rule("a", any(&["etc"])), rule("b", any(&["12"]))];
    assert_eq!(fired(&rules, "ETC怎么办"), ["a"]);
    assert_eq!(fired(&rules, "fetch it"), [""; 0]);
    assert_eq!(fired(&rules, "打12345"), [""; 0]);
    assert_eq!(fired(&rules, "满12岁"), ["b"]);
}

#[test]
fn a_regex_gives_its_captures() {
    let when = When {
        any: words(&["路"]),
        regex: Some(r"(?P<bus>\d+)路".to_owned()),
        ..When::default()
    };
    let rules = [rule("a", when)];
    let matches = matched(&rules, &PersonWords::default(), "８０３路末班车几点");
    let bus = matches.fired[0].captures[0].clone();
    assert_eq!(bus, ("bus".to_owned(), "８０３".to_owned()), "as it was written");
    assert_eq!(fired(&rules, "几路车"), [""; 0]);
}

#[test]
fn a_rule_out_of_its_time_or_account_does_not_fire() {
    let mut old = rule("old", any(&["补贴"]));
    old.valid.until = Some(date(2026, 11, 22));
    let mut elsewhere = rule("elsewhere", any(&["补贴"]));
    elsewhere.accounts = vec!["other".into()];
    let mut last_day = rule("last-day", any(&["补贴"]));
    last_day.valid.until = Some(TODAY);
    assert_eq!(fired(&[old, elsewhere, last_day], "补贴"), ["last-day"]);
}

#[test]
fn a_synonym_stands_for_its_word() {
    let rules = [rule("a", any(&["公积金提取"]))];
    let groups = [words(&["提取", "支取", "取出"])];
    let index = KeywordIndex::build(&rules, &PersonWords::default(), &groups, 40).unwrap();
    let account = AccountId::new("gov");
    let context = MatchContext::new(&account, TODAY);
    assert_eq!(index.matches(&fold("公积金支取"), &rules, context).fired.len(), 1);
    assert_eq!(index.matches(&fold("公积金贷款"), &rules, context).fired.len(), 0);
}

#[test]
fn a_synonym_stands_for_its_word_in_a_whole_message_too() {
    let exact = When {
        exact: words(&["提取公积金!"]),
        ..When::default()
    };
    let rules = [rule("a", exact)];
    let person = PersonWords {
        hand_off_exact: words(&["找客服"]),
        ..PersonWords::default()
    };
    let groups = [words(&["提取", "支取"]), words(&["客服", "工作人员"])];
    let index = KeywordIndex::build(&rules, &person, &groups, 40).unwrap();
    let account = AccountId::new("gov");
    let matches = |text| index.matches(&fold(text), &rules, MatchContext::new(&account, TODAY));
    assert_eq!(matches("支取公積金").fired.len(), 1);
    assert_eq!(matches("支取公积金吗").fired.len(), 0);
    assert_eq!(matches("找工作人员！").hand_off[0].keyword, "找工作人员");
}

#[test]
fn person_words_are_found_and_harmless_uses_are_not() {
    let person = PersonWords {
        hand_off_exact: words(&["人工"]),
        hand_off: words(&["转人工"]),
        personal: words(&["投诉"]),
        elsewhere: Vec::new(),
        longer: Vec::new(),
        negations: Vec::new(),
        emergencies: vec![Emergency {
            id: "fire".to_owned(),
            location: Location::default(),
            any: words(&["着火"]),
            none: words(&["着火锅"]),
            advice: "119".to_owned(),
        }],
    };
    assert!(!matched(&[], &person, "人工！").hand_off.is_empty());
    assert!(!matched(&[], &person, "请转人工谢谢").hand_off.is_empty());
    assert!(matched(&[], &person, "人工湖在哪").hand_off.is_empty());
    assert_eq!(matched(&[], &person, "我要投诉").personal.len(), 1);
    assert_eq!(matched(&[], &person, "楼道着火了").emergencies.len(), 1);
    assert_eq!(matched(&[], &person, "天天吃着火锅").emergencies.len(), 0);
}

#[test]
fn a_person_word_within_other_words_is_not_meant() {
    let person = PersonWords {
        personal: words(&["体罚", "不给退"]),
        elsewhere: words(&["保定", "大理"]),
        longer: words(&["大理石", "退休"]),
        negations: Vec::new(),
        emergencies: vec![Emergency {
            id: "suicide".to_owned(),
            location: Location::default(),
            any: words(&["想轻生"]),
            none: Vec::new(),
            advice: "120".to_owned(),
        }],
        ..PersonWords::default()
    };
    let text = "医保定点,大理石,不给退休,工厂想轻生产";
    let matches = matched(&[], &person, text);
    assert!(matches.emergencies.is_empty() && matches.personal.is_empty() && matches.elsewhere.is_empty());
    let why: Vec<_> = matches
        .not_meant
        .iter()
        .map(|word| (word.list, &word.why))
        .collect();
    let part_of = |word: &str| WhyNot::PartOf {
        word: word.to_owned(),
    };
    let expected = [
        (WordList::Elsewhere, part_of("医保")),
        (WordList::Elsewhere, part_of("大理石")),
        (WordList::Personal, part_of("退休")),
        (WordList::Emergency(0), part_of("生产")),
    ];
    assert_eq!(why, expected.each_ref().map(|(list, why)| (*list, why)));

    let text = "医保定点在保定,别人也不给退休,不给退款,真的想轻生";
    let matches = matched(&[], &person, text);
    let hit = &matches.elsewhere[0];
    assert_eq!(text.get(..hit.span.end), Some("医保定点在保定"));
    assert_eq!((matches.personal.len(), matches.emergencies.len()), (1, 1));
}

#[test]
fn an_overlap_is_settled_by_priority_then_specificity_then_id() {
    let mut first = rule("first", any(&["公积金"]));
    first.priority = 1;
    let longer = rule("longer", any(&["公积金提取"]));
    let short_b = rule("short-b", any(&["公积金"]));
    let short_a = rule("short-a", any(&["公积金"]));
    let rules = [short_b, longer, first, short_a];
    let winner = resolve(
        &matched(&rules, &PersonWords::default(), "公积金提取").fired,
        &rules,
    )
    .unwrap();
    assert_eq!(winner.rule.as_str(), "first");
    assert!(winner.beaten.iter().all(|(_, why)| *why == Beaten::Priority));

    let rules = [rules[0].clone(), rules[1].clone(), rules[3].clone()];
    let winner = resolve(
        &matched(&rules, &PersonWords::default(), "公积金提取").fired,
        &rules,
    )
    .unwrap();
    assert_eq!(winner.rule.as_str(), "longer");
    let winner = resolve(
        &matched(&rules, &PersonWords::default(), "公积金贷款").fired,
        &rules,
    )
    .unwrap();
    assert_eq!(winner.rule.as_str(), "short-a");
    assert_eq!(winner.beaten, [("short-b".into(), Beaten::Order)]);
    assert_eq!(winner.action, RuleAction::Reply);
    assert_eq!(winner.apart, None);
}

#[test]
fn what_a_pattern_matched_counts_like_a_keyword_and_has_its_place() {
    let number = When {
        regex: Some("户口[0-9]+".to_owned()),
        ..When::default()
    };
    let rules = [rule("word", any(&["户口"])), rule("number", number)];
    let fired = matched(&rules, &PersonWords::default(), "戶口１２3").fired;
    assert_eq!(resolve(&fired, &rules).unwrap().rule.as_str(), "number");
    let number = &fired[1];
    assert_eq!(number.specificity, 5);
    assert_eq!(number.hits.len(), 1);
    assert_eq!(number.hits[0].keyword, "户口123");
    assert_eq!(number.hits[0].span, Span { start: 0, end: 13 });
}

#[test]
fn two_answers_on_different_words_are_apart() {
    let rules = [
        rule("id", any(&["身份证丢了"])),
        rule("card", any(&["社保卡丢了"])),
    ];
    let matches = matched(&rules, &PersonWords::default(), "身份证丢了,社保卡丢了");
    assert!(resolve(&matches.fired, &rules).unwrap().apart.is_some());
}

proptest! {
    #[test]
    fn every_hit_points_at_its_keyword(text in "[户戶口金积積。\u{200B}a ]{0,24}") {
        let rules = [rule("a", any(&["户口", "积金", "金"]))];
        for fired in matched(&rules, &PersonWords::default(), &text).fired {
            for hit in fired.hits {
                let original = &text[hit.span.start..hit.span.end];
                prop_assert_eq!(fold(original).as_str().to_owned(), hit.keyword);
            }
        }
    }
}
