//! A rulebook's version depends on its meaning, not on its notation.

use civic_reply::rulebook::Rulebook;
use civic_reply::time::DayKind;
use jiff::civil::date;

use crate::support::small_rulebook::{ENTRY, OFFICE, RULE, load, spoilt};

fn version(files: &[(&str, String)]) -> String {
    let files = files.iter().map(|(name, text)| (*name, text.clone()));
    let rulebook = Rulebook::from_files(files).unwrap_or_else(|errors| panic!("{errors}"));
    rulebook.version.to_string()
}

fn all(office: &str, rule: &str, entry: &str) -> String {
    version(&[("a.toml", format!("{office}{rule}{entry}"))])
}

#[test]
fn a_version_is_64_hexadecimal_digits() {
    let version = all(OFFICE, RULE, ENTRY);
    assert_eq!(version.len(), 64);
    assert!(version.chars().all(|c| c.is_ascii_hexdigit()), "{version}");
}

#[test]
fn file_order_comments_and_line_endings_do_not_change_the_version() {
    let one = all(OFFICE, RULE, ENTRY);
    let second = RULE.replace("kw-newborn", "kw-another").replace("落户", "报户口");
    let both = all(OFFICE, &format!("{RULE}{second}"), ENTRY);
    assert_ne!(one, both);
    let split = [
        ("z.toml", OFFICE.to_owned()),
        ("a/b.toml", ENTRY.to_owned()),
        ("c.toml", RULE.to_owned()),
    ];
    assert_eq!(one, version(&split));
    assert_eq!(
        one,
        all(&OFFICE.replace('\n', "\r\n"), &RULE.replace('\n', "\r\n"), ENTRY)
    );
    assert_eq!(one, all(&format!("# a comment\n{OFFICE}"), RULE, ENTRY));
    assert_eq!(both, all(OFFICE, &format!("{second}{RULE}"), ENTRY));
    assert_eq!(
        one,
        version(&[("a.toml", format!("\u{feff}{OFFICE}{RULE}{ENTRY}"))])
    );
}

#[test]
fn regional_days_override_national_years_in_any_file_order() {
    let first = "[[regional]]\nsource = \"州\"\n\
                 closed = [{ date = 2026-04-21, name = \"州庆\" }, { date = 2026-04-20, name = \"州庆\" }]\n";
    let second = "[[regional]]\nsource = \"县\"\n\
                  open = [{ date = 2026-01-01, name = \"抗洪\", spans = [\"09:00-12:00\"] }]\n";
    let load = |files: [(&str, &str); 3]| load(files).unwrap_or_else(|found| panic!("{found}"));
    let one = load([("a.toml", OFFICE), ("b.toml", first), ("c.toml", second)]);
    let other = load([("a.toml", second), ("b.toml", OFFICE), ("c.toml", first)]);
    assert_eq!(one.version, other.version);
    let kind = |day| one.calendar.day(day).unwrap().kind;
    assert_eq!(kind(date(2026, 4, 20)), DayKind::Holiday);
    assert_eq!(kind(date(2026, 4, 22)), DayKind::Working);
    let flood = one.calendar.day(date(2026, 1, 1)).unwrap();
    assert_eq!((flood.kind, flood.name), (DayKind::Special, Some("抗洪")));
}

#[test]
fn multi_line_texts_are_equal_with_either_line_ending() {
    let entry = ENTRY.replace("\"到派出所办理。\"", "\"\"\"\n1. 材料\n2. 地点\"\"\"");
    let one = load([("a.toml", OFFICE), ("b.toml", &entry)]).unwrap();
    let crlf = entry.replace('\n', "\r\n");
    let other = load([("a.toml", OFFICE), ("b.toml", &crlf)]).unwrap();
    assert_eq!(one.faq.first().unwrap().answer, "1. 材料\n2. 地点");
    assert_eq!(one.version, other.version);
}

#[test]
fn every_change_to_a_decision_text_or_deadline_changes_the_version() {
    let base = all(OFFICE, RULE, ENTRY);
    let office = [
        ("市政府\"", "县政府\""),
        ("department = \"police\"", "department = \"service-centre\""),
        (
            "urgent_policy = \"next-working-day\"",
            "urgent_policy = \"other\"",
        ),
        ("amount = 1", "amount = 2"),
        ("unit = \"working_days\"", "unit = \"calendar_days\""),
        ("counts_from = \"next_day\"", "counts_from = \"same_day\""),
        ("ends = \"close\"", "ends = \"midnight\""),
        (
            "friday = [\"09:00-12:00\", \"13:30-17:30\"]",
            "friday = [\"09:00-12:00\"]",
        ),
        ("Asia/Shanghai", "Asia/Urumqi"),
        ("date = 2026-01-01, name", "date = 2026-01-02, name"),
        ("as = \"monday\"", "as = \"tuesday\""),
        ("hand_off_exact = [\"人工\"]", "hand_off_exact = [\"真人\"]"),
        ("personal = [\"投诉\"]", "personal = [\"举报\"]"),
        ("any = [\"着火了\"]", "any = [\"起火了\"]"),
        ("请拨打119。", "请马上拨打119。"),
        ("前答复", "以前答复"),
        ("%Y-%m-%d", "%Y/%m/%d"),
        ("answer = 0.8\n", "answer = 0.81\n"),
        ("menu = 0.45", "menu = 0.46"),
        ("faq_chars = 60", "faq_chars = 61"),
        ("menu_minutes = 30", "menu_minutes = 30\nmisses = 3"),
    ];
    let mut seen = vec![base.clone()];
    for (old, new) in office {
        let mut spoilt = spoilt(old, new);
        if new.contains("other") {
            spoilt += "[[policy]]\nid = \"other\"\nname = \"另\"\nsource = \"规定\"\n\
                       first_reply = { amount = 9, unit = \"working_days\" }\n";
        }
        seen.push(all(&spoilt, RULE, ENTRY));
    }
    let rules = [
        ("落户\"", "报户口\""),
        ("none = [\"医保\"]", "none = [\"医保\"], max_chars = 20"),
        ("到派出所办理", "到户籍窗口办理"),
        ("theme =", "priority = 1\ntheme ="),
        ("theme =", "accounts = [\"gov-wechat\"]\ntheme ="),
        ("theme =", "valid = { from = 2026-01-01 }\ntheme ="),
        (
            "none = [\"医保\"]",
            "near = { one = [\"押金\"], other = [\"不退\"], within = 3 }",
        ),
        (
            "none = [\"医保\"]",
            "near = { one = [\"押金\"], other = [\"不退\"], within = 4 }",
        ),
        ("none = [\"医保\"]", "hours = \"working\""),
        ("none = [\"医保\"]", "hours = [\"18:00-24:00\"]"),
        ("none = [\"医保\"]", "hours = [\"18:00-23:00\"]"),
        ("none = [\"医保\"]", "talk = { first_today = true }"),
        ("none = [\"医保\"]", "talk = { misses = 1 }"),
        (
            "办理。\" }",
            "办理。\", service = { title = \"服务\", app = \"a\", page = \"p\" } }",
        ),
        (
            "办理。\" }",
            "办理。\", cards = [{ title = \"指南\", url = \"https://city.example\" }] }",
        ),
        (
            "reply = { text = \"到派出所办理。\" }",
            "forward = { account = \"police-wechat\" }",
        ),
        (
            "reply = { text = \"到派出所办理。\" }",
            "forward = { theme = \"household\" }",
        ),
    ];
    for (old, new) in rules {
        assert!(RULE.contains(old), "{old}");
        seen.push(all(OFFICE, &RULE.replacen(old, new, 1), ENTRY));
    }
    let entries = [
        ("婴儿入户", "婴儿怎么入户"),
        ("新生儿怎么上户口?", "新生儿如何上户口?"),
        ("answer =", "checked = 2026-11-01\nanswer ="),
        (
            "answer =",
            "links = [{ title = \"指南\", url = \"https://example.gov.cn/\" }]\nanswer =",
        ),
    ];
    for (old, new) in entries {
        assert!(ENTRY.contains(old), "{old}");
        seen.push(all(OFFICE, RULE, &ENTRY.replacen(old, new, 1)));
    }
    let more = [
        "[[form]]\nid = \"f\"\nname = \"预约\"\ntext = \"请填写\"\nurl = \"https://city.example\"\n",
        "[[form]]\nid = \"f\"\nname = \"预约\"\ntext = \"请填写。\"\nurl = \"https://city.example\"\n",
        "[[regional]]\nsource = \"本州\"\nclosed = [{ date = 2026-04-20, name = \"州庆\" }]\n",
        "[[regional]]\nsource = \"本县\"\nclosed = [{ date = 2026-04-20, name = \"州庆\" }]\n",
    ];
    seen.extend(more.map(|more| all(&format!("{OFFICE}{more}"), RULE, ENTRY)));
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count, "each change makes another version");
}
