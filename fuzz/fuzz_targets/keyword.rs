//! Matches arbitrary rules on an arbitrary message: rules and positions equal the naive evaluator's. `cargo
//! fuzz run keyword`.

#![no_main]

#[path = "../../tests/it/keyword/naive.rs"]
mod naive;

use arbitrary::Arbitrary;
use civic_reply::keyword::{KeywordIndex, MatchContext, MatchState};
use civic_reply::message::AccountId;
use civic_reply::rulebook::{Hours, Location, Near, PersonWords, Rule, RuleOutcome, Talk, Validity, When};
use civic_reply::text::fold;
use civic_reply::time::DaySpan;
use jiff::civil::{Date, date};
use libfuzzer_sys::fuzz_target;

const TODAY: Date = date(2026, 11, 23);
const RULE_CHARS: usize = 40;

/// Few letters, so that keywords occur: Chinese with traditional forms, Latin, numbers, full-width forms,
/// punctuation, white space and invisible characters. No combining marks: the naive evaluator can't map
/// their positions.
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
    synonyms: Vec<Vec<Word>>,
    text: Word,
    working: Option<bool>,
    minute: Option<u8>,
    first_today: Option<bool>,
    menu_open: bool,
    misses: u8,
}

#[derive(Arbitrary, Debug)]
enum Clock {
    Working,
    Outside,
    Spans(Vec<(u8, u8)>),
}

impl Clock {
    fn hours(self) -> Hours {
        match self {
            Self::Working => Hours::Working,
            Self::Outside => Hours::Outside,
            Self::Spans(spans) => {
                let spans = spans.into_iter().map(|(start, length)| {
                    let start = u16::from(start);
                    DaySpan::new(start, start + 1 + u16::from(length)).expect("it ends before midnight")
                });
                Hours::Spans(spans.collect())
            }
        }
    }
}

#[derive(Arbitrary, Debug)]
struct Shape {
    exact: Vec<Word>,
    any: Vec<Word>,
    all: Vec<Vec<Word>>,
    none: Vec<Word>,
    near: Option<(Vec<Word>, Vec<Word>, u8)>,
    hours: Option<Clock>,
    talk: (Option<bool>, Option<bool>, Option<u8>),
    max_chars: Option<u8>,
    from: Option<i8>,
    until: Option<i8>,
    elsewhere: bool,
}

impl Shape {
    fn rule(self) -> Rule {
        // The loader refuses words that fold to nothing.
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
                near: self
                    .near
                    .map(|(one, other, within)| Near {
                        one: words(one),
                        other: words(other),
                        within: usize::from(within),
                    })
                    .filter(|near| !near.one.is_empty() && !near.other.is_empty()),
                hours: self.hours.map(Clock::hours),
                talk: ConversationCondition {
                    first_today: self.talk.0,
                    menu_open: self.talk.1,
                    misses: self.talk.2.map(u32::from),
                },
                max_chars: self.max_chars.map(usize::from),
            },
            outcome: RuleOutcome::reply("answer".to_owned()),
            source: None,
            checked: None,
            examples: Vec::new(),
            counterexamples: Vec::new(),
            location: Location::default(),
        }
    }
}

fuzz_target!(|input: Input| {
    let state = MatchState {
        working: input.working,
        minute: input.minute.map(u16::from),
        first_today: input.first_today,
        menu_open: input.menu_open,
        misses: u32::from(input.misses),
    };
    let rules: Vec<Rule> = input.rules.into_iter().map(Shape::rule).collect();
    let groups = input.synonyms.iter().take(3);
    let synonyms = groups.map(|group| group.iter().take(4).map(Word::text).collect());
    let synonyms: Vec<Vec<String>> = synonyms.collect();
    // The matcher limits the spellings of a keyword; the naive evaluator does not.
    if !naive::can_spell_out(&rules, &synonyms) {
        return;
    }
    let index = KeywordIndex::build(&rules, &PersonWords::default(), &synonyms, RULE_CHARS)
        .expect("rules without patterns compile");
    let account = AccountId::new("gov");
    let context = MatchContext {
        state,
        ..MatchContext::new(&account, TODAY)
    };
    let text = input.text.text();
    let folded = fold(&text);
    let fired = index.matches(&folded, &rules, context).fired;
    // No rule here has a pattern.
    let find = |_: &str, _: &str| None;
    assert_eq!(fired, naive::fired(&rules, &synonyms, RULE_CHARS, &folded, context, &find));
});
