//! `replay`: a file of messages, redelivered, malformed, and killed halfway.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use civic_reply::store::CaseFilter;
use civic_reply::{SqliteStore, Store};
use serde_json::{Value, json};

use crate::support::programs::program;

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
    let output = program("replay")
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
        let mut child = program("replay")
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
