//! The example programs `crash` and `nodes`, in a short run each: nothing acknowledged is lost.

use serde_json::Value;

#[cfg(feature = "postgres")]
use crate::support::postgres;
use crate::support::programs::program;

/// Runs an example program and returns its JSON report.
fn numbers(name: &str, arguments: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("numbers.json");
    let output = program(name)
        .current_dir(folder.path())
        .args(arguments)
        .args(["--json".as_ref(), json.as_os_str()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{name} {arguments:?}: {said}");
    serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap()
}

fn killed(store: &str) {
    let numbers = numbers("crash", &["--store", store, "--rounds", "4", "--seed", "7"]);
    assert_eq!(numbers["rounds"], 4, "{numbers}");
    assert!(numbers["acknowledged"].as_u64().unwrap() > 0, "{numbers}");
    for wrong in ["lost", "doubled", "changed", "diverged"] {
        assert_eq!(numbers[wrong], 0, "{numbers}");
    }
}

#[test]
#[cfg(feature = "sqlite")]
fn a_killed_process_loses_nothing_on_sqlite() {
    killed("sqlite");
}

#[test]
#[cfg(feature = "postgres")]
fn a_killed_process_loses_nothing_on_postgresql() {
    if postgres::server("CIVIC_REPLY_POSTGRES").is_some() {
        killed("postgres");
    }
}

#[test]
#[cfg(feature = "postgres")]
fn killed_and_paused_nodes_do_everything_once() {
    if postgres::server("CIVIC_REPLY_POSTGRES").is_none() {
        return;
    }
    let numbers = numbers(
        "nodes",
        &["--messages", "60", "--trouble-ms", "1000", "--lease-ms", "1000"],
    );
    assert_eq!(numbers["messages"], 60, "{numbers}");
    assert_eq!(numbers["stored_replies"], 60, "{numbers}");
    assert!(numbers["redeliveries"].as_u64().unwrap() > 0, "{numbers}");
    assert_eq!(numbers["answered"], numbers["cases"], "{numbers}");
    for wrong in ["lost", "doubled", "changed", "diverged"] {
        assert_eq!(numbers[wrong], 0, "{numbers}");
    }
}
