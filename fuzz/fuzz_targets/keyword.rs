//! Arbitrary rules and an arbitrary message: the matcher fires what the naive evaluator fires, at the same places.

#![no_main]

#[path = "../../tests/keyword/naive.rs"]
mod naive;

use arbitrary::Arbitrary;
use civic_reply::keyword::{Door, KeywordIndex};
use civic_reply::message::AccountId;
use civic_reply::rulebook::{Location, Outcome, PersonWords, Rule, Validity, When};
use civic_reply::text::fold;
use jiff::civil::{Date, date};
use libfuzzer_sys::fuzz_target;

const TODAY: Date = date(2026, 11, 23);
const RULE_CHARS: usize = 40;

/// Few letters, so that words meet: Chinese ones with their traditional forms, Latin ones, numbers, full-width forms,
/// punctuation, white space and invisible characters. No marks: for those the naive evaluator knows no places.
const LETTERS: [char; 48] = [
    '户', '戶', '⼾', '口', '金', '積', '积', '公', '乾', '隆', '坤', '干', '覆', '复', '回', '囘', '盖',
    '蓋', '瞭', '解', '望', '了', '二', '噁', '英', 'a', 'A', 'ａ', 'b', 'B', 'ß', 'ﬁ', '1', '１', '2', '①',
    '㎏', '。', '，', '?', '？', ' ', '\u{3000}', '\n', '\u{200B}', '\u{AD}', '\u{FE0F}', '😀',
];

#[derive(Arbitrary, Debug)]
struct Word(Vec<u8>);

impl Word {
    fn text(&self) -> String {
        self.0
            .iter()
            .map(|&byte| LETTERS[usize::from(byte) % LETTERS.len()])
            .collect()
    }
}

#[derive(Arbitrary, Debug)]
struct Input {
    rules: Vec<Shape>,
    text: Word,
}

#[derive(Arbitrary, Debug)]
struct Shape {
    exact: Vec<Word>,
    any: Vec<Word>,
    all: Vec<Vec<Word>>,
    none: Vec<Word>,
    max_chars: Option<u8>,
    from: Option<i8>,
    until: Option<i8>,
    elsewhere: bool,
}

impl Shape {
    fn rule(self) -> Rule {
        // The loader refuses words of which nothing is left.
        let words = |words: Vec<Word>| -> Vec<String> {
            let words = words.iter().map(Word::text);
            words.filter(|word| !fold(word).as_str().is_empty()).collect()
        };
        let day = |days: Option<i8>| days.map(|days| TODAY + jiff::Span::new().days(i64::from(days)));
        Rule {
            id: "rule".into(),
            theme: "theme".into(),
            accounts: if self.elsewhere {
                vec!["other".into()]
            } else {
                Vec::new()
            },
            priority: 0,
            valid: Validity {
                from: day(self.from),
                until: day(self.until),
            },
            when: When {
                exact: words(self.exact),
                any: words(self.any),
                all: self.all.into_iter().map(words).collect(),
                none: words(self.none),
                regex: None,
                max_chars: self.max_chars.map(usize::from),
            },
            outcome: Outcome::Reply {
                text: "answer".to_owned(),
                links: Vec::new(),
            },
            source: None,
            checked: None,
            examples: Vec::new(),
            counterexamples: Vec::new(),
            location: Location::default(),
        }
    }
}

fuzz_target!(|input: Input| {
    let rules: Vec<Rule> = input.rules.into_iter().map(Shape::rule).collect();
    let index = KeywordIndex::build(&rules, &PersonWords::default(), &[], RULE_CHARS)
        .expect("rules without patterns compile");
    let account = AccountId::new("gov");
    let door = Door {
        account: &account,
        today: TODAY,
    };
    let text = input.text.text();
    let folded = fold(&text);
    let fired = index.matches(&folded, &rules, door).fired;
    assert_eq!(fired, naive::fired(&rules, RULE_CHARS, &folded, door));
});
