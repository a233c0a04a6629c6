//! The matcher compared with a naive evaluator on random rules and messages: which rules fire, on which
//! keywords, where.

use civic_reply::keyword::{KeywordIndex, MatchContext, MatchState};
use civic_reply::message::AccountId;
use civic_reply::rulebook::{
    ConversationCondition, Hours, Location, Near, PersonWords, Rule, RuleOutcome, Validity, When,
};
use civic_reply::text::fold;
use civic_reply::time::DaySpan;
use jiff::civil::{Date, date};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use regex::Regex;

use super::naive;

const TODAY: Date = date(2026, 11, 23);
const RULE_CHARS: usize = 9;

/// Words over few letters, so that they overlap, repeat and contain one another; some are Latin or numbers,
/// some traditional.
fn keyword() -> impl Strategy<Value = String> {
    prop_oneof![
        "[户口金積积。 ]{0,2}[户口金積]{1,2}",
        "[a1]{1,2}",
        "[户覆]{0,1}[aB1]{1,2}[口乾隆回覆复]{0,2}",
    ]
}

fn message() -> impl Strategy<Value = String> {
    prop_oneof![
        "[户戶口金积積。\u{200B} ]{0,16}",
        "[户口aAbB1１２。 \n]{0,12}",
        "[戶囘回覆复乾隆坤A1\u{AD}]{0,8}",
    ]
}

fn when() -> impl Strategy<Value = When> {
    let exact = prop_oneof![4 => Just(Vec::new()), 1 => vec("[户戶口a。]{1,3}", 1..3)];
    let list = || vec(keyword(), 0..3);
    let groups = vec(vec(keyword(), 1..3), 0..3);
    let none = prop_oneof![1 => Just(Vec::new()), 1 => list()];
    let words = || vec(keyword(), 1..4);
    let near = (words(), words(), 0_usize..5).prop_map(|(one, other, within)| Near { one, other, within });
    let near = option::weighted(0.4, near);
    let state = (option::weighted(0.2, hours()), talk());
    let pattern = prop_oneof![
        "[户口金积a1]{1,2}[+?]?[口1]?",
        "[户口]\\.[金积]\\*",
        Just("1?$".to_owned())
    ];
    let pattern = option::weighted(0.2, pattern);
    let size = (pattern, option::of(1_usize..16));
    (exact, list(), groups, none, near, state, size).prop_map(
        |(exact, any, all, none, near, (hours, talk), (regex, max_chars))| When {
            exact,
            any,
            all,
            none,
            regex,
            near,
            hours,
            talk,
            max_chars,
        },
    )
}

fn hours() -> impl Strategy<Value = Hours> {
    let span = (0_u16..4, 1_u16..4).prop_map(|(start, length)| DaySpan::new(start, start + length).unwrap());
    prop_oneof![
        Just(Hours::Working),
        Just(Hours::Outside),
        vec(span, 1..3).prop_map(Hours::Spans),
    ]
}

fn talk() -> impl Strategy<Value = ConversationCondition> {
    let rarely = || option::weighted(0.1, any::<bool>());
    (rarely(), rarely(), option::weighted(0.1, 1_u32..3)).prop_map(|(first_today, menu_open, misses)| {
        ConversationCondition {
            first_today,
            menu_open,
            misses,
        }
    })
}

fn state() -> impl Strategy<Value = MatchState> {
    let known = || option::weighted(0.9, any::<bool>());
    (
        known(),
        option::weighted(0.9, 0_u16..8),
        known(),
        any::<bool>(),
        0_u32..3,
    )
        .prop_map(|(working, minute, first_today, menu_open, misses)| MatchState {
            working,
            minute,
            first_today,
            menu_open,
            misses,
        })
}

fn validity() -> impl Strategy<Value = Validity> {
    let day = || {
        option::weighted(
            0.2,
            (-1_i64..=1).prop_map(|days| TODAY + jiff::Span::new().days(days)),
        )
    };
    (day(), day()).prop_map(|(from, until)| Validity { from, until })
}

fn accounts() -> impl Strategy<Value = Vec<AccountId>> {
    prop_oneof![
        3 => Just(Vec::new()),
        1 => Just(vec!["gov".into()]),
        1 => Just(vec!["other".into()]),
        1 => Just(vec!["other".into(), "gov".into()]),
    ]
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let rule =
        (when(), validity(), accounts()).prop_map(|(when, valid, accounts)| rule(when, valid, accounts));
    vec(rule, 1..8)
}

fn rule(when: When, valid: Validity, accounts: Vec<AccountId>) -> Rule {
    Rule {
        id: "rule".into(),
        theme: "theme".into(),
        accounts,
        priority: 0,
        valid,
        when,
        outcome: RuleOutcome::reply("answer".to_owned()),
        source: None,
        checked: None,
        examples: Vec::new(),
        counterexamples: Vec::new(),
        location: Location::default(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn matching_equals_the_naive_evaluator(
        rules in rules(),
        synonyms in vec(vec(keyword(), 1..4), 0..3),
        text in message(),
        state in state(),
    ) {
        prop_assume!(naive::can_spell_out(&rules, &synonyms));
        let index = KeywordIndex::build(&rules, &PersonWords::default(), &synonyms, RULE_CHARS).unwrap();
        let account = AccountId::new("gov");
        let door = MatchContext { state, ..MatchContext::new(&account, TODAY) };
        let folded = fold(&text);
        let fired = index.matches(&folded, &rules, door).fired;
        let find = |pattern: &str, text: &str| {
            let found = Regex::new(pattern).unwrap().find(text)?;
            Some((found.start(), found.end()))
        };
        prop_assert_eq!(fired, naive::fired(&rules, &synonyms, RULE_CHARS, &folded, door, &find));
    }
}

#[test]
fn a_keyword_of_two_synonyms_is_found_in_every_combination() {
    let when = When {
        any: vec!["补办行驶证".into()],
        ..When::default()
    };
    let rules = [rule(when, Validity::default(), Vec::new())];
    let synonyms = [["补办", "补领"], ["行驶证", "行车证"]].map(|group| group.map(str::to_owned).to_vec());
    let index = KeywordIndex::build(&rules, &PersonWords::default(), &synonyms, RULE_CHARS).unwrap();
    let account = AccountId::new("gov");
    for (text, fires) in [
        ("补办行驶证", 1),
        ("补领行驶证", 1),
        ("补办行车证", 1),
        ("补领行车证", 1),
        ("补领驾驶证", 0),
    ] {
        let found = index.matches(&fold(text), &rules, MatchContext::new(&account, TODAY));
        assert_eq!(found.fired.len(), fires, "{text}");
    }
}
