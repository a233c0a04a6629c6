//! A rulebook checked with its own examples: every failure is reported at once, with its location and a
//! remedy.

use civic_reply::engine::BuildError;
use civic_reply::rulebook::{Code, Diagnostics, Severity};
use civic_reply::{Engine, ManualClock, MemoryStore};

use crate::support::small_rulebook::{ENTRY, OFFICE, RULE, codes, load};

/// The findings for the small rulebook and one more file, on a Monday.
fn found(text: &str) -> Diagnostics {
    let rulebook = load([("office.toml", OFFICE), ("rules/more.toml", text)]).unwrap();
    let clock = ManualClock::new("2026-11-23T10:00+08:00".parse().unwrap());
    let engine = Engine::builder(rulebook.clone(), MemoryStore::new())
        .clock(clock.clone())
        .check_examples(false)
        .build()
        .unwrap();
    let found = engine.check_examples();
    let built = Engine::builder(rulebook, MemoryStore::new()).clock(clock).build();
    match built.err() {
        Some(BuildError::Examples(refused)) => {
            assert!(found.has_errors());
            assert_eq!(refused.to_string(), found.to_string());
        }
        other => assert!(other.is_none() && !found.has_errors(), "{other:?}"),
    }
    found
}

const STRONGER: &str = r#"
[[rule]]
id = "kw-stronger"
theme = "household"
priority = 1
when = { any = ["上户口"] }
reply = { text = "请在线办理。" }
examples = ["上户口"]
"#;

#[test]
fn a_rulebook_that_passes_its_examples_has_no_finding() {
    assert!(found(RULE).is_empty());
    assert!(found(ENTRY).is_empty());
}

#[test]
fn all_failing_examples_are_reported_at_once() {
    let broken = format!(
        "{}{STRONGER}{}{}",
        RULE.replace(
            "examples = [\"宝宝上户口\"]",
            "examples = [\n  \"宝宝落户\",\n  \"宝宝上户口\",\n  \"我要投诉,宝宝上户口\",\n  \"宝宝怎么打疫苗\",\n]\n\
             counterexamples = [\"新生儿落户没有人管\"]"
        ),
        ENTRY.replace(
            "answer =",
            "examples = [\"婴儿入户\", \"落户要什么材料\", \"孩子今天没去幼儿园\"]\n\
             counterexamples = [\"刚出生的孩子上户口\", \"刚出生的孩子入户\"]\nanswer ="
        ),
        ENTRY
            .replace("\"newborn\"", "\"material\"")
            .replace("新生儿怎么上户口?", "落户要什么材料")
            .replace("宝宝如何落户", "落户材料清单")
            .replace("刚出生的孩子上户口", "迁移户口的材料")
            .replace("婴儿入户", "户口材料怎么准备")
    );
    insta::assert_snapshot!("own_examples", found(&broken).to_string());
}

#[test]
fn an_unanswered_example_of_an_entry_is_only_a_warning() {
    let found = found(&ENTRY.replace("answer =", "examples = [\"今天天气怎么样\"]\nanswer ="));
    assert_eq!(codes(&found), [Code::LostExample]);
    assert!(found.iter().all(|finding| finding.severity == Severity::Warning));
}

#[test]
fn an_expired_rule_is_skipped_and_a_future_one_is_tested_on_its_first_day() {
    let stronger = |valid: &str| {
        format!(
            "{RULE}{}",
            STRONGER.replace("theme =", &format!("{valid}\ntheme ="))
        )
    };
    assert!(found(&stronger("valid = { until = 2026-11-22 }")).is_empty());
    let coming = found(&stronger("valid = { from = 2026-11-24 }"));
    assert!(coming.is_empty(), "today it shadows nothing: {coming}");
    let lost = stronger("valid = { from = 2026-11-24 }")
        .replace("examples = [\"上户口\"]", "examples = [\"迁户口\"]");
    assert_eq!(codes(&found(&lost)), [Code::LostExample]);
    assert_eq!(
        codes(&found(&stronger("valid = { from = 2026-11-23 }"))),
        [Code::ShadowedExample]
    );
}

#[test]
fn a_rule_of_one_account_shadows_others_only_there() {
    let stronger = STRONGER.replace("theme =", "accounts = [\"police-wechat\"]\ntheme =");
    let shadowed = found(&format!("{RULE}{stronger}"));
    assert_eq!(codes(&shadowed), [Code::ShadowedExample]);
    assert!(
        shadowed.to_string().contains("on account `police-wechat`"),
        "{shadowed}"
    );
    let elsewhere = RULE.replace("theme =", "accounts = [\"gov-wechat\"]\ntheme =");
    assert!(found(&format!("{elsewhere}{stronger}")).is_empty());
}

#[test]
fn a_span_covers_the_example_in_any_toml_spelling() {
    let place = |examples: &str| {
        let found = found(&RULE.replace("examples = [\"宝宝上户口\"]", examples));
        found.iter().next().unwrap().location.clone().unwrap().to_string()
    };
    assert_eq!(
        place("examples = [\n  \"宝宝上户口\",\n  '宝宝打疫苗',\n]"),
        "rules/more.toml:9:3"
    );
    assert_eq!(place("examples = [\"宝宝打\\u75ABu\"]"), "rules/more.toml:7:13");
}
