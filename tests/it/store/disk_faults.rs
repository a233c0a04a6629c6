//! A disk that fails to flush: nothing uncommitted is acknowledged, and the store works again when the disk
//! recovers.
//!
//! `strace` injects the failure between the store and the kernel. Without it, the test prints that it did
//! not run.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use civic_reply::message::MessageKey;
use civic_reply::store::{CaseFilter, Store};
use civic_reply::{Outcome, SqliteStore};
use serde_json::{Value, json};

use crate::support::programs::example;

const MESSAGES: usize = 60;

/// Whether programs can be traced here. If not, prints that past the output capture of the test harness.
fn can_trace() -> bool {
    let traced = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    let can = traced.is_ok_and(|output| output.status.success());
    if !can {
        let mut stderr = std::io::stderr();
        writeln!(stderr, "NOT RUN: strace is missing here, or may not trace").unwrap();
    }
    can
}

/// Replays the file of messages into the store under `tracer` and returns each message's record.
fn replay(folder: &Path, tracer: &[&str]) -> Vec<Value> {
    let program = example("replay");
    let mut command = match tracer.split_first() {
        None => Command::new(program),
        Some((tracer, options)) => {
            let mut command = Command::new(tracer);
            command.args(options).arg(program);
            command
        }
    };
    let out = folder.join("out.jsonl");
    let output = command
        .arg(folder.join("messages.jsonl"))
        .arg("--store")
        .arg(folder.join("desk.db"))
        .arg("--per-message")
        .arg(&out)
        .output()
        .unwrap();
    let lines = std::fs::read_to_string(&out).unwrap_or_default();
    assert!(!lines.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_failed_flush_acknowledges_nothing_and_the_store_recovers() {
    if !can_trace() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let lines = (0..MESSAGES).map(|n| {
        let text = format!("{n}号楼楼下每天半夜施工,噪音很大,打电话没人管,请领导尽快处理");
        json!({
            "text": text,
            "id": n.to_string(),
            "time": "2026-11-23T09:30:00+08:00",
            "account": "gov",
            "sender": format!("c{n}")
        })
        .to_string()
    });
    std::fs::write(
        folder.path().join("messages.jsonl"),
        lines.collect::<Vec<_>>().join("\n"),
    )
    .unwrap();
    let trace = folder.path().join("trace");
    let tracer = [
        "strace",
        "-f",
        "-qq",
        "-o",
        trace.to_str().unwrap(),
        "-e",
        "trace=fdatasync,fsync",
        "-e",
        "inject=fdatasync,fsync:error=EIO:when=20..25",
    ];
    let outcomes = replay(folder.path(), &tracer);
    let injected = std::fs::read_to_string(&trace)
        .unwrap()
        .matches("INJECTED")
        .count();
    let (failed, handled): (Vec<&Value>, Vec<&Value>) = outcomes
        .iter()
        .partition(|outcome| outcome["outcome"] == json!("failed"));
    assert_eq!(outcomes.len(), MESSAGES);
    assert_eq!((injected, failed.len()), (6, 6), "{failed:?}");
    for outcome in &failed {
        let told = outcome["by"].as_str().unwrap();
        assert!(told.contains("disk I/O error"), "{told}");
    }
    // Messages after the failures were handled: the store works again.
    assert_eq!(handled.last().unwrap()["id"], json!((MESSAGES - 1).to_string()));
    let stored = |store: &SqliteStore, n: &str| {
        let key = MessageKey::new("gov".into(), format!("c{n}").as_str().into(), n);
        let handled = store.handled(&key).unwrap();
        let case = handled.and_then(|handled| match handled.outcome {
            Outcome::Queued { case, .. } => Some(case.id),
            _ => None,
        });
        case.and_then(|id| store.case(&id).unwrap())
    };
    {
        let store = SqliteStore::open(folder.path().join("desk.db")).unwrap();
        for outcome in &handled {
            let id = outcome["id"].as_str().unwrap();
            assert!(stored(&store, id).is_some(), "{id} was acknowledged and is lost");
        }
        assert!(store.integrity_report().unwrap().is_sound());
    }

    // After redelivery, everything is stored once.
    let again = replay(folder.path(), &[]);
    assert!(
        again
            .iter()
            .all(|outcome| outcome["outcome"] == json!("escalated"))
    );
    let store = SqliteStore::open(folder.path().join("desk.db")).unwrap();
    let filter = CaseFilter {
        limit: Some(2 * MESSAGES),
        ..CaseFilter::default()
    };
    let page = store.cases(&filter).unwrap();
    let citizens: BTreeSet<_> = page.cases.iter().map(|case| case.key.sender().clone()).collect();
    assert_eq!((page.total, citizens.len()), (MESSAGES, MESSAGES));
    assert!(store.integrity_report().unwrap().is_sound());
}
