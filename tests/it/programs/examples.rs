//! The example programs as a newcomer runs them: arguments, input and output.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use civic_reply::store::CaseFilter;
use civic_reply::{SqliteStore, Store};
use serde_json::{Value, json};

use crate::support::programs::example;
use crate::support::shipped;

#[test]
fn the_console_answers_and_escalates_from_its_input() {
    let folder = tempfile::tempdir().unwrap();
    let mut console = Command::new(example("console"))
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = "新生儿怎么上户口?\n楼下烧烤店每天凌晨三点还在营业,噪音太大,反映多次没人管\n/cases\n";
    console.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = console.wait_with_output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(printed.contains("出生医学证明"), "{printed}");
    assert!(printed.contains("why:") && printed.contains(" due "), "{printed}");
    assert!(
        printed.contains("cases: 1") && printed.contains("waiting"),
        "{printed}"
    );
}

/// A file of messages with every kind of line.
fn messages(path: &Path, escalated: usize) {
    let mut lines = vec![
        json!({"text": "新生儿怎么上户口?", "id": 1, "time": "2019/2/28 11:25:05"}).to_string(),
        json!({"text": "你好", "id": "two", "time": "2026-11-23T09:00:00+08:00", "account": "gov-wechat", "sender": "a"})
            .to_string(),
        json!({"text": " "}).to_string(),
    ];
    for n in 0..escalated {
        let text = format!("{n}号楼楼下每天半夜施工,噪音很大,打电话没人管,请领导尽快处理");
        lines.push(json!({"text": text, "id": 100 + n, "time": "2026/11/23 9:30:00"}).to_string());
    }
    std::fs::write(path, lines.join("\n")).unwrap();
}

fn replay(folder: &Path, file: &str) -> (Value, Vec<Value>) {
    let output = Command::new(example("replay"))
        .current_dir(folder)
        .args([
            file,
            "--store",
            "r.db",
            "--json",
            "out.json",
            "--per-message",
            "out.jsonl",
        ])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let numbers = serde_json::from_slice(&std::fs::read(folder.join("out.json")).unwrap()).unwrap();
    (numbers, per_message(&folder.join("out.jsonl")))
}

fn per_message(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

#[test]
fn a_second_replay_opens_no_new_case() {
    let folder = tempfile::tempdir().unwrap();
    messages(&folder.path().join("in.jsonl"), 5);
    let (first, lines) = replay(folder.path(), "in.jsonl");
    assert_eq!(first["handled"], 8);
    assert_eq!(first["escalated"], 5);
    assert_eq!(first["silent"], 1);
    assert_eq!(first["failed"], 0);
    assert_eq!(first["cases"], 5);
    assert_eq!(lines[3]["due"], "2026-11-24 17:30 Asia/Shanghai");
    assert_eq!(lines[0]["outcome"], "answered");

    let (second, again) = replay(folder.path(), "in.jsonl");
    assert_eq!(second["cases"], 5);
    assert_eq!(
        again, lines,
        "a redelivery gets the outcome of the first delivery"
    );
}

#[test]
fn lines_that_are_not_messages_fail_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = b"{\"text\": \"\xFF\xFE\"}\n{\"text\": \"\\ud800\"}\n{\"text\": 5}\n{\n".to_vec();
    bytes.extend("{\"text\": \"你好\", \"time\": \"yesterday\"}\n{\"text\": \"你好\"}\n".as_bytes());
    std::fs::write(folder.path().join("in.jsonl"), bytes).unwrap();
    let (numbers, lines) = replay(folder.path(), "in.jsonl");
    assert_eq!((&numbers["handled"], &numbers["failed"]), (&json!(1), &json!(5)));
    assert_eq!(lines.len(), 6);
}

#[test]
fn two_messages_with_one_id_are_both_handled() {
    let folder = tempfile::tempdir().unwrap();
    let text = "{\"id\":1,\"text\":\"楼下半夜施工没人管请处理一下\"}\n{\"id\":1,\"text\":\"门口的路灯坏了半年没人修,请处理\"}\n\
                {\"id\":1,\"text\":\"楼下半夜施工没人管请处理一下\"}\n";
    std::fs::write(folder.path().join("in.jsonl"), text).unwrap();
    let (numbers, lines) = replay(folder.path(), "in.jsonl");
    assert_eq!((&numbers["handled"], &numbers["cases"]), (&json!(3), &json!(2)));
    assert_eq!(lines[0], lines[2]);
}

/// Kills a running replay again and again, and looks for every case that it had acknowledged.
#[cfg(unix)]
#[test]
fn a_killed_replay_loses_and_duplicates_no_acknowledged_case() {
    let folder = tempfile::tempdir().unwrap();
    messages(&folder.path().join("in.jsonl"), 400);
    let store = folder.path().join("r.db");
    let mut acknowledged = BTreeSet::new();
    for kill_after in [1, 40, 90, 200] {
        let mut child = Command::new(example("replay"))
            .current_dir(folder.path())
            .args(["in.jsonl", "--store", "r.db", "--per-message", "/dev/stdout"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for line in lines.by_ref().take(kill_after) {
            acknowledge(&line.unwrap(), &mut acknowledged);
        }
        // SIGKILL: the process can't clean up.
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines.map_while(Result::ok) {
            acknowledge(&line, &mut acknowledged);
        }
        let opened = SqliteStore::open(&store).unwrap();
        for id in &acknowledged {
            assert!(
                opened.case(&id.as_str().into()).unwrap().is_some(),
                "case {id} was acknowledged and is lost"
            );
        }
    }
    let (numbers, _) = replay(folder.path(), "in.jsonl");
    assert_eq!(numbers["cases"], 400);
    let opened = SqliteStore::open(&store).unwrap();
    let page = opened
        .cases(&CaseFilter {
            limit: Some(1000),
            ..CaseFilter::default()
        })
        .unwrap();
    let texts: BTreeSet<String> = page.cases.into_iter().map(|case| case.text).collect();
    assert_eq!(texts.len(), 400, "every message has its one case");
}

/// Records the case named in the reply of a written line.
fn acknowledge(line: &str, cases: &mut BTreeSet<String>) {
    let Ok(line) = serde_json::from_str::<Value>(line) else {
        return;
    };
    let reply = line["reply"].as_str().unwrap_or("");
    let number = regex::Regex::new(r"\d{8}-[0-9A-Z]{4}-[0-9A-Z]{4}").unwrap();
    cases.extend(number.find(reply).map(|found| found.as_str().to_owned()));
}

#[test]
fn the_console_explains_a_text_and_the_last_message() {
    let folder = tempfile::tempdir().unwrap();
    let mut console = Command::new(example("console"))
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = "/explain\n/why 转人工\n/cases\n你好\n/explain\n/help\n";
    console.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = console.wait_with_output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(printed.contains("no message yet"), "{printed}");
    assert!(printed.contains("decision   a person, as asked"), "{printed}");
    assert!(printed.contains("cases: 0"), "`/why` records nothing: {printed}");
    assert!(
        printed.contains("decision   answer by rule `kw-general-greeting`"),
        "{printed}"
    );
    assert!(printed.contains("/why TEXT"), "{printed}");
}

/// A copy of the shipped rulebook with `old` replaced by `new`.
fn changed_rules(folder: &Path, old: &str, new: &str) {
    let rules = shipped::rules();
    let mut open = vec![rules.clone()];
    let mut changed = 0;
    while let Some(from) = open.pop() {
        for entry in std::fs::read_dir(&from).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let to = folder.join(path.strip_prefix(&rules).unwrap());
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            let text = std::fs::read_to_string(&path).unwrap();
            changed += text.matches(old).count();
            std::fs::write(to, text.replace(old, new)).unwrap();
        }
    }
    assert!(changed > 0, "the rulebook contains `{old}`");
}

#[test]
fn a_candidate_rulebook_is_compared_on_a_log() {
    let folder = tempfile::tempdir().unwrap();
    changed_rules(
        &folder.path().join("new"),
        "\"你好\", \"您好\", \"你好啊\"",
        "\"您好\", \"你好啊\"",
    );
    let log = "{\"text\": \"你好\", \"id\": 1}\n{\"text\": \"您好\", \"id\": 2}\n{\"text\": \"你好!\", \"id\": 3}\n\
               {\"text\": 5}\n{\"text\": \"转人工\", \"id\": 4}\n{\"text\": \"本号专用\", \"id\": 5}\n";
    let rule = "[[rule]]\nid = \"own\"\ntheme = \"household\"\naccounts = [\"gov-wechat\"]\n\
                when = { exact = [\"本号专用\"] }\nreply = { text = \"好\" }\n";
    std::fs::write(folder.path().join("new/own.toml"), rule).unwrap();
    std::fs::write(folder.path().join("log.jsonl"), log).unwrap();
    let diff = |new: &Path| -> (String, Value) {
        let output = Command::new(example("diff_rules"))
            .current_dir(folder.path())
            .arg(shipped::rules())
            .arg(new)
            .args(["log.jsonl", "--json", "diff.json"])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let report = std::fs::read(folder.path().join("diff.json")).unwrap();
        (
            String::from_utf8(output.stdout).unwrap(),
            serde_json::from_slice(&report).unwrap(),
        )
    };
    let (printed, report) = diff(&folder.path().join("new"));
    assert!(
        printed.contains("3 of 5 messages change, lines not read: 1"),
        "{printed}"
    );
    assert!(
        printed.contains("answer by rule `kw-general-greeting` → "),
        "{printed}"
    );
    assert_eq!((&report["messages"], &report["unread"]), (&json!(5), &json!(1)));
    let ids: Vec<&Value> = report["groups"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| group["messages"].as_array().unwrap())
        .map(|message| &message["id"])
        .collect();
    assert_eq!(ids, [&json!(1), &json!(3), &json!(5)]);

    std::fs::write(folder.path().join("new/more.toml"), "[[ruel]]\n").unwrap();
    let refused = Command::new(example("diff_rules"))
        .arg(shipped::rules())
        .args([&folder.path().join("new"), &folder.path().join("log.jsonl")])
        .output()
        .unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success());
    assert!(said.contains("--> more.toml:1:3\n"), "in lines: {said}");
    let candidate = folder.path().join("new");
    assert!(
        said.starts_with(&format!("in {}:\n", candidate.display())),
        "the changed department is shown: {said}"
    );

    let plain = folder.path().join("plain.txt");
    std::fs::write(&plain, "你好\n").unwrap();
    let nothing = Command::new(example("diff_rules"))
        .args([&shipped::rules(), &shipped::rules(), &plain])
        .output()
        .unwrap();
    let said = String::from_utf8(nothing.stderr).unwrap();
    assert!(!nothing.status.success());
    assert!(
        said.contains("plain.txt has no message: each line is a JSON object"),
        "{said}"
    );

    changed_rules(&folder.path().join("note"), "路灯故障报修。", "路灯报修。");
    let lamp = "{\"text\": \"门口的路灯不亮了\", \"id\": 1}\n";
    std::fs::write(folder.path().join("log.jsonl"), lamp).unwrap();
    let (printed, _) = diff(&folder.path().join("note"));
    assert!(
        printed.contains("another note for the agent: `路灯故障报修。"),
        "{printed}"
    );

    let (_, same) = diff(&shipped::rules());
    assert_eq!((&same["changed"], &same["groups"]), (&json!(0), &json!([])));
    assert_eq!(same["old"], same["new"]);
}

#[test]
fn lint_fails_on_a_rulebook_that_fails_its_own_examples() {
    let folder = tempfile::tempdir().unwrap();
    let lint = |rules: &Path| {
        let output = Command::new(example("lint"))
            .arg(rules)
            .args(["--today", "2026-11-23"])
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    assert!(lint(&shipped::rules()).0);
    changed_rules(
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
    changed_rules(
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
        Command::new(example("lint"))
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

#[test]
fn a_year_of_alarms_equals_a_count_of_minutes() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("year.json");
    let output = Command::new(example("year"))
        .args(["--cases", "1500", "--seed", "7", "--json"])
        .arg(&json)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let totals: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(totals["cases"], json!(1500));
    for what in ["warnings_due", "breaches_due"] {
        assert!(totals[what].as_u64().unwrap() > 1_000, "{totals}");
    }
    for what in [
        "warnings_missed",
        "warnings_doubled",
        "breaches_early",
        "breaches_doubled",
    ] {
        assert_eq!(totals[what], json!(0), "{totals}");
    }
}

#[test]
fn a_day_at_the_desk_leaves_no_case_without_owner_or_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("messages.jsonl");
    let lines = (0..12).map(|n| {
        let text = format!("{n}号楼的电梯坏了,打电话13800138000没人管,请领导尽快处理");
        json!({"text": text, "id": n}).to_string()
    });
    std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let (printed, totals) = {
        let out = folder.path().join("totals.json");
        let output = Command::new(example("desk_day"))
            .arg(&file)
            .args(["--seed", "3", "--json"])
            .arg(&out)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let totals: Value = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
        (String::from_utf8(output.stdout).unwrap(), totals)
    };
    assert_eq!((&totals["messages"], &totals["open"]), (&json!(12), &json!(0)));
    assert_eq!(
        (&totals["without_owner"], &totals["without_deadline"]),
        (&json!(0), &json!(0))
    );
    let number = |name: &str| totals[name].as_u64().unwrap();
    assert_eq!(number("closed") + number("merged"), number("cases"));
    assert!(number("cases") >= 12 && number("answered") > 0, "{totals}");
    assert!(totals["reopened"].is_u64() && totals["broken_promises"].is_u64());
    assert!(
        printed.contains("claimed") && printed.contains("closed"),
        "{printed}"
    );
    assert!(!printed.contains("13800138000"), "{printed}");
}
