//! `lint`: rulebooks that fail their examples, and how often each rule fires.

use std::path::Path;

use crate::support::programs::program;
use crate::support::shipped;

#[test]
fn lint_fails_on_a_rulebook_that_fails_its_own_examples() {
    let folder = tempfile::tempdir().unwrap();
    let lint = |rules: &Path| {
        let output = program("lint")
            .arg(rules)
            .args(["--today", "2026-11-23"])
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    assert!(lint(&shipped::rules()).0);
    shipped::copy_with(
        folder.path(),
        "[\"你好\", \"您好，在吗？\", \"早上好\"]",
        "[\"我的例子\"]",
    );
    let (fine, printed) = lint(folder.path());
    assert!(!fine);
    assert!(
        printed.contains("error[lost-example]: the rule `kw-general-greeting`"),
        "{printed}"
    );
    assert!(printed.contains("keywords/general.toml:"), "{printed}");
    // The few errors stand out from the warnings.
    assert!(!printed.contains("warning[lost-example]"), "{printed}");
    assert!(printed.contains("1 error, "), "{printed}");
}

#[test]
fn lint_shows_how_often_each_rule_fires_at_any_hour() {
    let folder = tempfile::tempdir().unwrap();
    let (rules, log) = (folder.path().join("rules"), folder.path().join("log.txt"));
    shipped::copy_with(
        &rules,
        "exact = [\"你好\"",
        "hours = \"outside\", exact = [\"你好\"",
    );
    std::fs::write(
        &log,
        "\u{feff}{\"text\": \"你好\", \"account\": \"gov-wechat\"}\n你好\n{\"text\": \"警号\", \"account\": \"police-wechat\"}\n\n警号\n{\"content\": \"你好\"}\n",
    )
    .unwrap();
    let police = "[[rule]]\nid = \"zz-police\"\ntheme = \"general\"\naccounts = [\"police-wechat\"]\n\
         when = { any = [\"警号\"] }\nreply = { text = \"好。\" }\nexamples = [\"警号\"]\n";
    std::fs::write(rules.join("police.toml"), police).unwrap();
    let lint = |account: &str| {
        program("lint")
            .args([&rules, Path::new("--messages"), &log])
            .args(["--today", "2026-11-23", "--account", account])
            .output()
            .unwrap()
    };
    let unknown = lint("gov-weixin");
    let said = String::from_utf8(unknown.stderr).unwrap();
    assert!(!unknown.status.success());
    assert!(
        said.contains("no account `gov-weixin`") && said.contains("gov-wechat,"),
        "{said}"
    );
    let output = lint("gov-wechat");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("JSON without a `text`: 1, the first is line 6"),
        "{said}"
    );
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("of 4 messages, so many fire"), "{printed}");
    let line = printed
        .lines()
        .find(|line| line.contains(" %  kw-general-greeting"));
    let line = line.unwrap_or_else(|| panic!("{printed}"));
    assert!(line.trim_start().starts_with("2  50.00 %"), "{line}");
    // A line's own account takes precedence over the default.
    let of_police = printed.lines().find(|line| line.contains(" %  zz-police"));
    assert!(
        of_police.is_some_and(|line| line.trim_start().starts_with("1  25.00 %")),
        "{printed}"
    );
    assert!(
        line.ends_with("(its words; it also asks for hours or a state of the talk)"),
        "{line}"
    );
}
