//! `diff_rules`: what a candidate rulebook changes.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::programs::program;
use crate::support::shipped;

#[test]
fn a_candidate_rulebook_is_compared_on_a_log() {
    let folder = tempfile::tempdir().unwrap();
    shipped::copy_with(
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
        let output = program("diff_rules")
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
    let refused = program("diff_rules")
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
    let nothing = program("diff_rules")
        .args([&shipped::rules(), &shipped::rules(), &plain])
        .output()
        .unwrap();
    let said = String::from_utf8(nothing.stderr).unwrap();
    assert!(!nothing.status.success());
    assert!(
        said.contains("plain.txt has no message: each line is a JSON object"),
        "{said}"
    );

    shipped::copy_with(&folder.path().join("note"), "路灯故障报修。", "路灯报修。");
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
