//! Rulebooks that are wrong on purpose: each gives an error that names the limit, in bounded time.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use civic_reply::rulebook::{Code, Diagnostics, MAX_FILE_BYTES, MAX_PATTERN_BYTES, MAX_PATTERNS_BYTES};

use crate::support::small_rulebook::{OFFICE, RULE, codes, load, spoilt, with};

fn rule_with_pattern(number: usize, pattern: &str) -> String {
    format!(
        "[[rule]]\nid = \"r{number}\"\ntheme = \"household\"\nwhen = {{ regex = '{pattern}' }}\n\
         reply = {{ text = \"好\" }}\nexamples = [\"好\"]\n"
    )
}

#[test]
fn invalid_and_too_large_patterns_are_reported_with_rule_and_line() {
    for (pattern, code) in [
        (r"\w{1000}", Code::PatternTooLarge),
        ("(?:a{1000}){1000}", Code::PatternTooLarge),
        ("(", Code::BadPattern),
    ] {
        let found = with("rules/heavy.toml", &rule_with_pattern(1, pattern)).unwrap_err();
        let finding = found.iter().next().unwrap();
        assert_eq!(codes(&found), [code], "{pattern}");
        let location = finding.location.clone().unwrap();
        assert_eq!((&*location.file, location.line), ("rules/heavy.toml", 4));
        assert!(finding.message.contains("`r1`"), "{}", finding.message);
    }
    let limit = with("a.toml", &rule_with_pattern(1, r"\w{1000}"))
        .unwrap_err()
        .to_string();
    assert!(limit.contains(&MAX_PATTERN_BYTES.to_string()), "{limit}");
}

#[test]
fn a_pattern_that_any_character_satisfies_is_refused() {
    for pattern in [
        ".",
        ".+",
        ".*.",
        "(?:公积金)?(?:.|社保)",
        r"[^\n]{1,3}",
        r"\s?[\s\S]",
    ] {
        let found = with("a.toml", &rule_with_pattern(1, pattern)).unwrap_err();
        assert_eq!(codes(&found), [Code::BadPattern], "{pattern}");
    }
    for pattern in ["..", ".{2,}", ".社", r"\w", r"\b.\b", "[^a]", "(?P<all>.+)"] {
        assert!(
            with("a.toml", &rule_with_pattern(1, pattern)).is_ok(),
            "{pattern}"
        );
    }
}

#[test]
fn two_thousand_large_patterns_exceed_the_total_budget() {
    let mut text = String::new();
    for number in 0..2_000 {
        text += &rule_with_pattern(number, &format!(r"(?:[\p{{Han}}a-z]{{1,20}}){{2}}{number}"));
    }
    let start = Instant::now();
    let found = with("heavy.toml", &text).unwrap_err();
    let took = start.elapsed();
    assert_eq!(codes(&found), [Code::PatternBudget]);
    let label = found.iter().next().unwrap().label.clone();
    assert!(
        label.is_some_and(|label| label.starts_with("the pattern of `r")),
        "the rule is named"
    );
    assert!(
        took < Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 2 }),
        "{took:?}"
    );
}

#[test]
fn patterns_over_the_single_limit_count_towards_the_total_budget() {
    let mut text = String::new();
    for number in 0..2_000 {
        text += &rule_with_pattern(number, &format!(r"({number}|\w{{20}}[0-9]{{30}})+x"));
    }
    let found = codes(&with("heavy.toml", &text).unwrap_err());
    let refused = MAX_PATTERNS_BYTES / MAX_PATTERN_BYTES + 1;
    let (too_large, budget) = found.split_at(refused.min(found.len()));
    assert_eq!(too_large, vec![Code::PatternTooLarge; refused]);
    assert_eq!(budget, [Code::PatternBudget]);
}

#[test]
fn keywords_that_fold_to_nothing_are_refused_everywhere() {
    for nothing in ["", " ", "\u{200b}", "\u{feff}\u{ad}", "\u{2060}"] {
        for list in ["exact", "any", "none"] {
            let text = RULE.replace("none = [\"医保\"]", &format!("{list} = [\"{nothing}\"]"));
            assert_eq!(
                codes(&with("a.toml", &text).unwrap_err()),
                [Code::EmptyKeyword],
                "{list} {nothing:?}"
            );
        }
        let group = RULE.replace("\"落户\"", &format!("\"{nothing}\""));
        assert_eq!(codes(&with("a.toml", &group).unwrap_err()), [Code::EmptyKeyword]);
        let words = spoilt("personal = [\"投诉\"]", &format!("personal = [\"{nothing}\"]"));
        assert_eq!(
            codes(&load([("a.toml", &words)]).unwrap_err()),
            [Code::EmptyKeyword]
        );
    }
    let punctuation = RULE.replace("none = [\"医保\"]", "exact = [\"？！\"]");
    assert_eq!(
        codes(&with("a.toml", &punctuation).unwrap_err()),
        [Code::EmptyKeyword]
    );
}

#[test]
fn a_million_brackets_are_a_syntax_error() {
    let start = Instant::now();
    let found = with("deep.toml", &"[".repeat(1_000_000)).unwrap_err();
    assert!(codes(&found).contains(&Code::Syntax));
    assert!(found.to_string().contains("deep.toml:1:"), "{found}");
    let nested = format!("a = {}", "[".repeat(1_000_000));
    let found = with("deep.toml", &nested).unwrap_err();
    assert!(codes(&found).contains(&Code::Syntax));
    assert!(found.len() < 100);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn a_truncated_file_never_loads_part_of_a_rule() {
    let whole = format!("{RULE}\n");
    for (end, _) in whole.char_indices() {
        if let Ok(rulebook) = with("half.toml", &whole[..end]) {
            // The part that is left is complete: no rule at all, or the rule before its last line.
            assert!(rulebook.rules.len() <= 1, "{end}");
        }
    }
    let (half, _) = whole.split_once("户口").unwrap();
    let found = with("half.toml", half).unwrap_err();
    assert!(codes(&found).contains(&Code::Syntax), "{found}");
}

#[test]
fn a_thousand_problems_are_kept_and_the_rest_is_counted() {
    let mut text = String::new();
    for number in 0..1_500 {
        let _ = writeln!(text, "x{number} = 1");
    }
    let found = with("a.toml", &text).unwrap_err();
    assert_eq!((found.len(), found.omitted()), (Diagnostics::MAX, 500));
    assert!(found.to_string().ends_with("1000 errors, 500 more not shown"));
}

#[test]
fn a_file_over_its_limit_is_refused_with_the_limit_named() {
    let large = format!("{OFFICE}#{}\n", "x".repeat(MAX_FILE_BYTES as usize));
    let found = load([("large.toml", large.as_str())]).unwrap_err();
    assert_eq!(codes(&found), [Code::OverLimit]);
    assert!(found.to_string().contains(&MAX_FILE_BYTES.to_string()));
}

#[test]
fn one_line_of_many_values_is_read_in_linear_time() {
    let mut text = String::from(
        "[[faq]]\nid = \"long\"\ntheme = \"household\"\nquestion = \"长\"\nanswer = \"长\"\nphrasings = [",
    );
    for number in 0..60_000 {
        let _ = write!(text, "\"问题{number}怎么办\", ");
    }
    text.push(']');
    let start = Instant::now();
    let rulebook = with("long.toml", &text).unwrap();
    assert_eq!(rulebook.faq.first().unwrap().phrasings.len(), 60_000);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn many_unknown_keys_are_reported_in_bounded_time() {
    let keys: String = (0..100_000)
        .map(|number| format!("unknown{number} = 1\n"))
        .collect();
    let start = Instant::now();
    let found = with("keys.toml", &format!("{RULE}{keys}")).unwrap_err();
    assert_eq!(
        (found.len(), found.omitted()),
        (Diagnostics::MAX, 100_000 - Diagnostics::MAX)
    );
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn control_and_direction_characters_in_texts_are_refused_everywhere() {
    for c in [
        "\\u0000", "\\u001b", "\\u007f", "\\u009b", "\u{202e}", "\\u202E", "\u{2066}", "\u{200f}",
    ] {
        for place in ["kw-newborn", "household", "宝宝\"]", "医保", "到派出所办理"] {
            let text = RULE.replacen(place, &format!("{c}{place}"), 1);
            assert_ne!(text, RULE, "{place}");
            assert_eq!(
                codes(&with("a.toml", &text).unwrap_err()),
                [Code::ControlCharacter],
                "{c} {place}"
            );
        }
    }
    // Line breaks, tabs and emoji joiners are allowed.
    let text = RULE.replace("\"到派出所办理。\"", "\"到派出所\\n\\t办理❤\\uFE0F。\\r\\n\"");
    with("a.toml", &text).unwrap();
}

#[test]
fn misleading_links_are_refused() {
    let reply = |url: &str| {
        let links = format!("办理。\", links = [{{ title = \"网\", url = '{url}' }}] }}");
        with("a.toml", &RULE.replace("办理。\" }", &links))
    };
    for url in [
        "https://gov.example@evil.example/",
        "https://user:word@gov.example",
        "https://gov.example\\@evil.example",
        "https://gov.example/\"onclick=\"x",
        "https://gov.example/<script>",
        "https://?a",
        "http://gov.example",
    ] {
        assert_eq!(codes(&reply(url).unwrap_err()), [Code::BadLink], "{url}");
    }
    for url in ["https://gov.example", "https://gov.example:8443/@office?q=a@b#x"] {
        reply(url).unwrap();
    }
}

#[test]
fn control_and_direction_characters_never_reach_the_terminal() {
    let found = with(
        "a\u{202e}\u{1b}.toml",
        "\u{9b}x\u{202e} = \u{2066}1\n[[rule]]\nid = \"\u{9b}2J\u{200b}\"\n",
    )
    .unwrap_err();
    for text in [found.to_string(), found.styled().replace('\u{1b}', "")] {
        let bad = text.chars().find(|c| {
            matches!(
                c,
                '\u{7f}'..='\u{9f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                    | '\u{2066}'..='\u{2069}'
            )
        });
        assert_eq!(bad, None, "{text}");
    }
    assert!(!found.to_string().contains('\u{1b}'));
}
