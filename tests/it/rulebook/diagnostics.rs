//! One diagnostic of each kind, as an operator reads it.

use civic_reply::rulebook::{Code, Diagnostics};
use jiff::civil::date;

use crate::support::small_rulebook::{ENTRY, RULE, codes, load, spoilt, with};

/// The diagnostics of the small rulebook and one more file.
fn found(text: &str) -> Diagnostics {
    match with("rules/more.toml", text) {
        Ok(rulebook) => rulebook.warnings(),
        Err(found) => found,
    }
}

const FORM: &str = r#"
[[form]]
id = "booking"
name = "窗口预约"
text = "请填写预约表。"
url = "https://city.example/booking"
"#;

/// The diagnostics of the small rulebook alone.
fn found_in_office(text: &str) -> Diagnostics {
    match load([("office.toml", text)]) {
        Ok(rulebook) => rulebook.warnings(),
        Err(found) => found,
    }
}

macro_rules! golden {
    ($($name:ident: $found:expr;)*) => {$(
        #[test]
        fn $name() {
            let found: Diagnostics = $found;
            assert!(!found.is_empty());
            for finding in &found {
                let help = finding.help.as_deref().unwrap_or_default();
                assert!(help.chars().any(char::is_alphabetic), "no remedy: {finding:?}");
            }
            insta::assert_snapshot!(stringify!($name), found.to_string());
        }
    )*};
}

/// A rule with `old` replaced.
fn rule(old: &str, new: &str) -> String {
    assert!(RULE.contains(old), "the rule contains `{old}`");
    RULE.replacen(old, new, 1)
}

/// An entry with `old` replaced.
fn entry(old: &str, new: &str) -> String {
    assert!(ENTRY.contains(old), "the entry contains `{old}`");
    ENTRY.replacen(old, new, 1)
}

#[test]
fn a_common_word_beside_a_rare_group_is_not_reported() {
    let rulebook = with("rules/more.toml", &rule("[\"新生儿\", \"宝宝\"]", "[\"怎么\"]")).unwrap();
    let found = |messages: &[&str]| codes(&rulebook.lint_messages(messages, 25.0));
    assert_eq!(
        found(&["社保怎么查", "怎么上户口", "上户口", "落户", "落户吗"]),
        [Code::CommonWord; 3]
    );
    assert_eq!(found(&["社保怎么查", "怎么交", "路灯坏了", "落户"]), []);
    assert_eq!(found(&[]), []);
}

#[test]
fn a_common_word_is_counted_as_rules_match_it() {
    let synonyms =
        "[[synonyms]]\nwords = [\"咋办\", \"怎么办\"]\n[[synonyms]]\nwords = [\"户籍\", \"户口本\"]\n";
    let rule = |word: &str| {
        let any = format!("any = [\"{word}\"]");
        let rule = rule("all = [[\"新生儿\", \"宝宝\"], [\"上户口\", \"落户\"]]", &any);
        with("rules/more.toml", &format!("{rule}{synonyms}")).unwrap()
    };
    let found = |word: &str, messages: &[&str]| codes(&rule(word).lint_messages(messages, 50.0));
    assert_eq!(
        found("咋办", &["这个怎么办", "那个怎么办", "路灯坏了"]),
        [Code::CommonWord]
    );
    assert_eq!(
        found("户籍咋办", &["户口本怎么办", "户籍怎么办", "路灯坏了"]),
        [Code::CommonWord]
    );
    assert_eq!(
        found("etc", &["办ETC", "ETC怎么办", "路灯坏了"]),
        [Code::CommonWord]
    );
    assert_eq!(found("etc", &["fetch", "sketch", "etcetera"]), []);
}

#[test]
fn a_rule_that_can_still_win_is_not_reported_as_dead() {
    let narrow = rule("kw-newborn", "narrow").replace("[\"新生儿\", \"宝宝\"]", "[\"小宝宝\"]");
    let broad = |what: &str, when: &str| {
        rule("kw-newborn", "broad")
            .replace("theme =", &format!("{what}\ntheme ="))
            .replace(r#"all = [["新生儿", "宝宝"], ["上户口", "落户"]]"#, when)
    };
    let found = |broad: String, narrow: &str| codes(&found(&format!("{broad}\n{narrow}")));
    let beaten = |broad: String, narrow: &str| found(broad, narrow).contains(&Code::NeverWins);
    assert!(beaten(
        broad("priority = 1", r#"any = ["宝宝", "孩子"]"#),
        &narrow
    ));
    assert!(beaten(
        broad("priority = 1", r#"all = [["宝宝"], ["户口", "落户"]]"#),
        &narrow
    ));
    for (what, when) in [
        ("", r#"any = ["宝宝"]"#),
        ("priority = -1", r#"any = ["宝宝"]"#),
        ("priority = 1", r#"any = ["大宝宝"]"#),
        ("priority = 1", r#"all = [["宝宝"], ["落户"]]"#),
        ("priority = 1", r#"any = ["宝宝"], none = ["双胞胎"]"#),
        ("priority = 1", r#"any = ["宝宝"], regex = "[0-9]""#),
        ("priority = 1", r#"any = ["宝宝"], max_chars = 20"#),
        ("priority = 1\naccounts = [\"gov-wechat\"]", r#"any = ["宝宝"]"#),
        (
            "priority = 1\nvalid = { until = 2027-01-01 }",
            r#"any = ["宝宝"]"#,
        ),
    ] {
        assert!(!beaten(broad(what, when), &narrow), "{what} {when}");
    }
    // A synonym lets the narrow rule fire on messages without the broad rule's word.
    let synonyms = "[[synonyms]]\nwords = [\"小宝宝\", \"婴儿\"]\n";
    let broad = broad("priority = 1", r#"any = ["宝宝"]"#);
    assert!(!beaten(broad, &format!("{narrow}\n{synonyms}")));
}

#[test]
fn at_equal_priority_the_later_id_never_wins_shared_conditions() {
    let rules = |id: &str, when: &str| {
        rule("kw-newborn", id).replace(
            r#"all = [["新生儿", "宝宝"], ["上户口", "落户"]], none = ["医保"]"#,
            when,
        )
    };
    let beaten = |first: &str, second: &str| {
        let found = found(&format!("{}{}", rules("zz-a", first), rules("zz-b", second)));
        let beaten = found.iter().filter(|finding| finding.code == Code::NeverWins);
        beaten.map(|finding| finding.message.clone()).collect::<Vec<_>>()
    };
    let broad = r#"any = ["宝宝"]"#;
    for more in [
        r#"hours = "working""#,
        r#"none = ["医保"]"#,
        "max_chars = 20",
        "talk = { first_today = true }",
        r#"none = ["医保"], hours = "outside""#,
    ] {
        let narrow = format!("{broad}, {more}");
        assert_eq!(
            beaten(broad, &narrow),
            ["the rule `zz-b` can never win"],
            "{more}"
        );
        assert_eq!(beaten(&narrow, broad), [""; 0], "{more}");
    }
    // A condition with more words matches more of a message.
    assert_eq!(beaten(broad, r#"all = [["宝宝"], ["落户"]]"#), [""; 0]);
    assert_eq!(beaten(broad, r#"any = ["宝宝"], regex = "[0-9]{6}""#), [""; 0]);
    assert_eq!(beaten(broad, "any = [\"宝宝\"], max_chars = 80"), [""; 0]);
    assert_eq!(
        beaten(broad, broad),
        [""; 0],
        "the same condition is another finding"
    );
}

#[test]
fn a_rule_that_can_never_fire_is_reported() {
    let dead = |when: &str| {
        let rule = rule(
            r#"all = [["新生儿", "宝宝"], ["上户口", "落户"]], none = ["医保"]"#,
            when,
        );
        let words = spoilt("[words]", "[words]\nhand_off = [\"转人工\"]");
        let found = load([("office.toml", &words), ("more.toml", &rule)])
            .unwrap()
            .warnings();
        let label = |finding: &civic_reply::rulebook::Diagnostic| finding.label.clone().unwrap();
        found
            .iter()
            .filter(|finding| finding.code == Code::NeverWins)
            .map(label)
            .collect::<String>()
    };
    for (when, why) in [
        (
            r#"any = ["宝宝上户口"], max_chars = 4"#,
            "a message of 4 characters has no room",
        ),
        (
            &*format!("any = [\"{}\"]", "户".repeat(41)),
            "of 40 characters (`rule_chars`)",
        ),
        (
            &*format!("exact = [\"{}\"]", "户".repeat(41)),
            "of 40 characters (`rule_chars`)",
        ),
        (
            r#"exact = ["宝宝上户口"], none = ["户口"]"#,
            "excludes every text of `exact`",
        ),
        (
            r#"exact = ["宝宝上户口"], any = ["落户"]"#,
            "no text of `exact` has",
        ),
        (
            r#"near = { one = ["押金"], other = ["不退"], within = 4 }, none = ["押金"]"#,
            "excludes every word of a group",
        ),
        (
            r#"any = ["落户"], talk = { misses = 2 }"#,
            "no message comes after more than 1",
        ),
        (
            r#"all = [["落户"], ["请转人工", "转人工服务"]]"#,
            "asks for a person",
        ),
        (r#"exact = ["人工"]"#, "asks for a person"),
    ] {
        assert!(dead(when).contains(why), "{when}: {}", dead(when));
    }
    for alive in [
        r#"any = ["宝宝上户口"], max_chars = 5"#,
        r#"exact = ["宝宝,上户口!"], max_chars = 5"#,
        r#"exact = ["宝宝上户口", "落户"], none = ["户口"]"#,
        r#"exact = ["宝宝,上户口"], any = ["宝宝上"]"#,
        r#"near = { one = ["押金"], other = ["不退"], within = 4 }, none = ["租房押金"]"#,
        r#"any = ["落户"], talk = { misses = 1 }"#,
        r#"any = ["转人工", "落户"]"#,
    ] {
        assert_eq!(dead(alive), "", "{alive}");
    }
}

#[test]
fn equal_conditions_are_recognised_in_any_notation() {
    let rule = |id: &str, when: &str| {
        rule("kw-newborn", id).replace(r#"all = [["新生儿", "宝宝"], ["上户口", "落户"]]"#, when)
    };
    let first = rule("a", r#"any = ["宝宝", "新生儿"], all = [["上户口", "落户"]]"#);
    let second = rule("b", r#"all = [["落户", "上户口"], ["新生儿", "宝宝"]]"#);
    let other = rule("c", r#"all = [["落户", "上户口"]]"#);
    let found = found(&format!("{first}{second}{other}"));
    assert_eq!(codes(&found), [Code::SameCondition], "{found}");
}

golden! {
    byte_order_mark: found(&format!("\u{feff}{RULE}"));
    syntax: found("[[rule]]\nid = \"kw-newborn\ntheme = \"household\"\n");
    pattern_in_double_quotes: found(&rule("none = [\"医保\"]", "regex = \"\\d+\""));
    duplicate_key: found(&rule("theme =", "id = \"again\"\ntheme ="));
    regional_day_outside_the_years: found(
        "[[regional]]\nsource = \"本州\"\nclosed = [{ date = 2027-04-20, name = \"州庆\" }]\n",
    );
    unknown_form: found(&format!("{FORM}{}", rule("reply = { text = \"到派出所办理。\" }", "form = \"bokking\"")));
    form_without_an_address: found(&FORM.replace("https://", ""));
    unknown_entry_in_a_menu: found(&rule("办理。\" }", "办理。\", menu = [\"newborn\", \"newborns\"] }"));
    menu_of_one: found(&rule("办理。\" }", "办理。\", menu = [\"newborn\"] }"));
    forward_to_nobody: found(&rule("reply = { text = \"到派出所办理。\" }", "forward = {}"));
    forward_to_an_unknown_account: found(&rule(
        "reply = { text = \"到派出所办理。\" }",
        "forward = { account = \"police-wechats\" }",
    ));
    near_without_a_distance: found(&rule("none = [\"医保\"]", "near = { one = [\"押金\"], other = [\"不退\"] }"));
    unclear_hours: found(&rule("none = [\"医保\"]", "hours = \"night\""));
    hours_past_midnight: found(&rule("none = [\"医保\"]", "hours = [\"22:00-06:00\"]"));
    unclear_talk: found(&rule("none = [\"医保\"]", "talk = { misses = 0 }"));
    card_without_an_address: found(&rule("办理。\" }", "办理。\", cards = [{ title = \"指南\" }] }"));
    unknown_table: found(&RULE.replace("[[rule]]", "[[rules]]"));
    duplicate_table: found("[thresholds]\nanswer = 0.9\n");
    missing_table: load([("rules/more.toml", RULE)]).unwrap_err();
    not_a_table_array: found(&RULE.replace("[[rule]]", "[rule]"));
    unknown_key: found(&rule("none =", "nnoe ="));
    unknown_key_without_a_near_one: found(&entry("answer =", "colour = \"red\"\nanswer ="));
    missing_key: found(&entry("question = \"新生儿怎么上户口?\"\n", ""));
    wrong_type: found(&rule("\"医保\"", "7"));
    out_of_range: found_in_office(&spoilt("menu = 0.45", "menu = 45"));
    menu_above_answer: found_in_office(&spoilt("menu = 0.45", "menu = 0.9"));
    unknown_word: found(&rule("reply = { text = \"到派出所办理。\" }", "escalate = { priority = \"asap\" }"));
    not_a_date_format: found_in_office(&spoilt("%Y-%m-%d", "%Y-%J"));
    empty_text: found(&entry("到派出所办理。", " "));
    empty_list: found(&rule("[\"新生儿\", \"宝宝\"]", "[]"));
    bad_id: found(&rule("kw-newborn", "新生儿"));
    duplicate_id: found(&format!("{RULE}\n{}", rule("新生儿", "婴儿")));
    unknown_account: found(&rule("theme =", "accounts = [\"gov-weixin\"]\ntheme ="));
    unknown_department:
        found(&rule("reply = { text = \"到派出所办理。\" }", "escalate = { department = \"polic\" }"));
    unknown_theme: found(&rule("\"household\"", "\"houshold\""));
    unknown_policy:
        found_in_office(&spoilt("urgent_policy = \"next-working-day\"", "urgent_policy = \"tomorrow\""));
    empty_keyword: found(&rule("医保", "\u{200b}"));
    short_keyword: found(&rule("医保", "医"));
    no_condition: found(&rule("all = [[\"新生儿\", \"宝宝\"], [\"上户口\", \"落户\"]], ", ""));
    bad_pattern: found(&rule("none =", "regex = \"(户口\", none ="));
    pattern_too_large: found(&rule("none =", "regex = '\\w{1000}', none ="));
    bad_template: found_in_office(&spoilt("受理编号{case}。\"\nemergency", "受理编号{case。\"\nemergency"));
    unknown_slot: found_in_office(&spoilt("{due}前答复", "{deu}前答复"));
    unknown_slot_in_a_rule: found(&rule("到派出所办理。", "到{place}办理。"));
    brace_before_an_unknown_slot: found(&rule("到派出所办理。", "到{派出所{place}办理。"));
    reserved_slot:
        found(&rule("none =", "regex = '单号(?P<case>[0-9]+)', none =").replace("到派出所", "{case}到派出所"));
    unmatchable_pattern: found(&rule("none =", "regex = '戶口[A-Z]+', none ="));
    pattern_of_every_message: found(&rule("none =", "regex = '[0-9]*', none ="));
    pattern_of_nothing_between_anchors: found(&rule("none =", "regex = '^[0-9]*$', none ="));
    missing_slot: found_in_office(&spoilt("受理编号{case},", ""));
    shared_phrasing: found(&format!("{ENTRY}\n{}", entry("newborn", "infant").replace("婴儿入户", "娃娃入户")));
    contradicting_answers: {
        let other = entry("newborn", "infant")
            .replace("派出所", "社区")
            .replace("theme =", "accounts = [\"police-wechat\"]\ntheme =");
        found(&format!("{}\n{other}", entry("theme =", "accounts = [\"gov-wechat\"]\ntheme =")))
    };
    no_outcome: found(&rule("reply = { text = \"到派出所办理。\" }\n", ""));
    two_outcomes: found(&rule("examples =", "escalate = {}\nexamples ="));
    bad_period: found(&rule("theme =", "valid = { from = 2026-12-31, until = 2026-01-01 }\ntheme ="));
    bad_link:
        found(&entry("answer =", "links = [{ title = \"指南\", url = \"http://example.gov.cn/\" }]\nanswer ="));
    bad_calendar: found_in_office(&spoilt("tuesday = [\"09:00-12:00\"", "tuesday = [\"09:00-25:00\""));
    span_over_midnight: found_in_office(&spoilt("saturday = []", "saturday = [\"22:00-02:00\"]"));
    day_outside_its_year: found_in_office(&spoilt("date = 2026-01-01, name", "date = 2027-01-01, name"));
    year_missing: found("[[year]]\nyear = 2028\n");
    day_without_hours: found_in_office(&spoilt(", as = \"monday\"", ""));
    policy_without_a_clock: found_in_office(&spoilt("[policy.first_reply]", "[policy.visit_back]"));
    amount_too_long: found_in_office(&spoilt("amount = 1", "amount = 4000"));
    unclear_warning: found_in_office(&spoilt("ends = \"close\"", "warn = [{}]"));
    not_a_date: found(&entry("answer =", "checked = \"2026-11-01\"\nanswer ="));
    chinese_punctuation: found("[[rule]]\nid = “kw-newborn”\ntheme ＝ \"household\"\nform = \"booking\"，\n");
    slot_in_a_text_without_slots: found(&entry("到派出所", "{sender_name}到{department}"));
    slot_in_a_note: found(&rule("reply = { text = \"到派出所办理。\" }", "escalate = { note = \"单号{number}\" }"));
    unknown_chinese_slot: found(&rule("到派出所办理。", "{姓名}到派出所办理。"));
    menu_with_one_entry_twice:
        found(&format!("{ENTRY}\n{}", rule("办理。\" }", "办理。\", menu = [\"newborn\", \"newborn\"] }")));
    synonym_in_two_groups: found(
        "[[synonyms]]\nwords = [\"户口\", \"户籍\"]\n[[synonyms]]\nwords = [\"戶籍\", \"籍贯\", \"ＡＢ\", \"ab\"]\n",
    );
    lone_synonym: found("[[synonyms]]\nwords = [\"医保\"]\n");
    year_twice: found("[[year]]\nyear = 2026\n");
    same_condition_by_synonyms: found(&format!(
        "[[synonyms]]\nwords = [\"转学\", \"转校\"]\n{}\n{}",
        rule("all = [[\"新生儿\", \"宝宝\"], [\"上户口\", \"落户\"]]", "exact = [\"转学!\"]"),
        rule("all = [[\"新生儿\", \"宝宝\"], [\"上户口\", \"落户\"]]", "exact = [\"转校\"]").replace("newborn", "school")
    ));
    same_condition: found(&format!("{RULE}\n{}", rule("kw-newborn", "kw-infant")));
    common_word: {
        let rule = rule("all = [[\"新生儿\", \"宝宝\"], [\"上户口\", \"落户\"]]", "any = [\"宝宝\", \"怎么\"]");
        with("rules/more.toml", &rule).unwrap().lint_messages(&["怎么上户口", "社保怎么查,怎么交", "宝宝打疫苗", "路灯坏了"], 25.0)
    };
    never_wins: found(&format!(
        "{}\n{}",
        rule("all = [[\"新生儿\", \"宝宝\"], [\"上户口\", \"落户\"]]", "any = [\"宝宝\"]")
            .replace("theme =", "priority = 10\ntheme ="),
        rule("kw-newborn", "kw-infant")
            .replace("[[\"新生儿\", \"宝宝\"], [", "[[\"小宝宝\", \"宝宝们\"], [")
            .replace("examples = [\"宝宝上户口\"]", "examples = [\"小宝宝上户口\"]"),
    ));
    never_fires: found(&rule("none = [\"医保\"]", "none = [\"宝宝\", \"生儿\"]"));
    few_phrasings: found(&entry("\"宝宝如何落户\", ", ""));
    no_source: found_in_office(&spoilt("source = \"本市规定\"\n", ""));
    no_examples: found(&rule("examples = [\"宝宝上户口\"]\n", ""));
    no_hand_off: found_in_office(&spoilt("hand_off_exact = [\"人工\"]\n", ""));
    expired: with("more.toml", &rule("theme =", "valid = { until = 2026-01-31 }\ntheme ="))
        .unwrap()
        .lint(date(2026, 2, 1));
    not_yet_valid: with("more.toml", &entry("theme =", "valid = { from = 2026-03-01 }\ntheme ="))
        .unwrap()
        .lint(date(2026, 2, 28));
    calendar_ends: with("more.toml", RULE).unwrap().lint(date(2026, 11, 23));
    everything_at_once: {
        let text = format!(
            "{}{}{}",
            rule("\"household\"", "\"houshold\""),
            entry("answer", "anwser"),
            "[wrods]\n"
        );
        load([("office.toml", &spoilt("{due}", "{deu}")), ("a/b.toml", &text), ("c.toml", "= 1\n")])
            .unwrap_err()
    };
    hidden_characters_are_written_out: found(&entry("\"household\"", "\"house\u{200b}hold\u{feff}31m\""));
    control_character: found(&format!(
        "{}{}",
        rule("到派出所办理。", "到\u{202e}派出所办理。"),
        entry("\"到派出所办理。\"", r#""到派出所\u001b[31m办理。""#),
    ));
}
