//! The surface of the example programs that scripts rely on: flags, arguments, and the keys of their JSON.
//!
//! Later versions may add flags, keys and outcomes; none of these may go.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::programs::{example, program};

/// Runs an example in a folder and returns its standard output.
fn run(name: &str, folder: &Path, arguments: &[&str]) -> String {
    let mut program = program(name);
    let output = program.current_dir(folder).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{name} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The help must name these arguments in its usage line, and these flags.
fn assert_help(name: &str, arguments: &[&str], usage: &str, flags: &str) {
    let help = run(name, Path::new("."), &[arguments, &["--help"]].concat());
    let line = help.lines().find(|line| line.starts_with("Usage:"));
    let line = line.unwrap_or_else(|| panic!("{name} has no usage line:\n{help}"));
    for argument in usage.split_whitespace() {
        assert!(line.contains(argument), "{name} takes {argument}: {line}");
    }
    let words: Vec<&str> = help
        .lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with('-'))
        .flat_map(|line| line.split([' ', ',']))
        .collect();
    for flag in flags.split_whitespace() {
        assert!(words.contains(&flag), "{name} has {flag}:\n{help}");
    }
}

fn assert_keys(what: &str, object: &Value, keys: &str) {
    let object = object.as_object().unwrap_or_else(|| panic!("{what}: {object}"));
    for key in keys.split_whitespace() {
        assert!(object.contains_key(key), "{what} has `{key}`: {object:?}");
    }
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn write_lines(path: &Path, lines: &[Value]) {
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    std::fs::write(path, lines.join("\n")).unwrap();
}

#[test]
fn the_flags_of_every_program_stay() {
    assert_help("console", &[], "[MESSAGES]", "--store --rules --account");
    assert_help("replay", &[], "<FILE>", "--store --rules --json --per-message");
    let compared = "--account --examples --json";
    assert_help("diff_rules", &[], "<OLD> <NEW> <LOG>", compared);
    let linted = "--messages --account --today --common --examples";
    assert_help("lint", &[], "<FOLDER>", linted);
    let evaluated = "--bank --queries --pack --questions --split --answer --menu --json --per-query --plots \
        --certificate --year --cache";
    assert_help("evaluate", &[], "", evaluated);
    let routed = "--routing --folds --rounds --sure --train --json";
    assert_help("evaluate", &["--routing"], "", routed);
    assert_help("fit", &[], "", "--data");
    let reloaded = "--reloads --threads --quiet --pause --text";
    assert_help("reload_latency", &[], "<FOLDER>", reloaded);
    let day = "--messages --seed --agents --case --rules --json";
    assert_help("desk_day", &[], "[FILE]", day);
    let year = "--cases --messages --replies --seed --rules --json";
    assert_help("year", &[], "", year);
    let crash = "--store --rounds --seconds --seed --rules --json";
    assert_help("crash", &[], "", crash);
    assert!(example("reranker").exists(), "it takes messages and no flags");
}

#[cfg(feature = "postgres")]
#[test]
fn the_flags_of_the_program_for_several_nodes_stay() {
    let flags = "--nodes --messages --file --trouble-ms --lease-ms --agents --seconds --seed --rules --json";
    assert_help("nodes", &[], "", flags);
}

#[test]
fn the_keys_and_outcomes_of_a_replay_stay() {
    let folder = tempfile::tempdir().unwrap();
    let complaint = "楼下每天半夜施工,噪音很大,打电话没人管,请领导尽快处理";
    let rows = [
        json!({"text": "你好", "id": "rule", "account": "gov-wechat", "sender": "a"}),
        json!({"text": "新生儿怎么上户口?", "id": 2, "time": "2019/2/28 11:25:05"}),
        json!({"text": complaint, "id": 3, "time": "2026/11/23 9:30:00", "account": "gov-wechat",
               "sender": "b"}),
        json!({"text": "补充一下,在3号楼", "id": 4, "time": "2026/11/23 9:31:00", "account": "gov-wechat",
               "sender": "b"}),
        json!({"text": " ", "id": 5}),
        json!({"text": 5}),
    ];
    write_lines(&folder.path().join("in.jsonl"), &rows);
    let arguments = [
        "in.jsonl",
        "--store",
        "r.db",
        "--json",
        "out.json",
        "--per-message",
        "out.jsonl",
    ];
    let printed = run("replay", folder.path(), &arguments);
    assert!(
        printed.contains("handled") && printed.contains("escalated by department"),
        "{printed}"
    );

    let numbers = read(&folder.path().join("out.json"));
    let keys = "handled answered_by_rule answered_by_faq clarified escalated followed_up silent failed \
        cases p50_us p99_us per_second";
    assert_keys("replay --json", &numbers, keys);
    assert_eq!(numbers["handled"], 5, "{numbers}");

    let text = std::fs::read_to_string(folder.path().join("out.jsonl")).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), rows.len());
    let (failed, handled) = lines.split_last().unwrap();
    for line in handled {
        let keys = "id outcome by confidence theme department due reply";
        assert_keys("replay --per-message", line, keys);
    }
    let outcomes: Vec<&str> = lines
        .iter()
        .map(|line| line["outcome"].as_str().unwrap())
        .collect();
    let expected = [
        "answered",
        "answered",
        "escalated",
        "followed_up",
        "silent",
        "failed",
    ];
    assert_eq!(outcomes, expected, "{text}");
    assert_eq!(handled[0]["by"], "rule kw-general-greeting");
    assert_eq!(handled[1]["by"], "rule kw-household-newborn");
    assert!(
        handled[2]["department"].is_string() && handled[2]["due"].is_string(),
        "{text}"
    );
    assert_eq!(failed["id"], Value::Null);
}

#[test]
fn the_keys_of_a_comparison_of_rulebooks_stay() {
    let folder = tempfile::tempdir().unwrap();
    let rules = crate::support::shipped::rules();
    let rules = rules.to_str().unwrap();
    write_lines(
        &folder.path().join("log.jsonl"),
        &[json!({"text": "你好", "id": 1})],
    );
    run(
        "diff_rules",
        folder.path(),
        &[rules, rules, "log.jsonl", "--json", "diff.json"],
    );
    let report = read(&folder.path().join("diff.json"));
    let keys = "old new messages unread changed groups";
    assert_keys("diff_rules --json", &report, keys);
}

#[test]
fn the_keys_of_the_plays_stay() {
    let folder = tempfile::tempdir().unwrap();
    run("year", folder.path(), &["--cases", "20", "--json", "year.json"]);
    let keys = "cases warnings_due warnings_missed warnings_doubled breaches_due breaches_missed \
        breaches_early breaches_doubled late unexpected sweeps";
    assert_keys("year --json", &read(&folder.path().join("year.json")), keys);

    let rows: Vec<Value> = (0..3)
        .map(|n| json!({"text": format!("{n}号楼的电梯坏了,没人管,请领导尽快处理"), "id": n}))
        .collect();
    write_lines(&folder.path().join("in.jsonl"), &rows);
    run("desk_day", folder.path(), &["in.jsonl", "--json", "day.json"]);
    let keys = "messages cases open answered closed merged reopened without_owner without_deadline \
        broken_promises unreadable ended done letters";
    assert_keys("desk_day --json", &read(&folder.path().join("day.json")), keys);

    run("crash", folder.path(), &["--rounds", "1", "--json", "crash.json"]);
    let keys = "rounds server_stops acknowledged redelivered lost doubled changed diverged";
    assert_keys("crash --json", &read(&folder.path().join("crash.json")), keys);
}

#[test]
fn the_keys_of_an_evaluation_stay() {
    let folder = tempfile::tempdir().unwrap();
    let bank = [
        json!({"id": "card", "questions": ["身份证怎么补办", "身份证丢了怎么办"], "answer": "请到窗口。"}),
        json!({"id": "fund", "questions": ["公积金怎么提取", "怎么取公积金"], "answer": "请到中心。"}),
    ];
    let queries = [
        json!({"text": "身份证丢了", "answers": ["card"], "split": "test"}),
        json!({"text": "今天天气好吗", "answers": [], "split": "test"}),
    ];
    write_lines(&folder.path().join("bank.jsonl"), &bank);
    write_lines(&folder.path().join("queries.jsonl"), &queries);
    let arguments = [
        "--bank",
        "bank.jsonl",
        "--queries",
        "queries.jsonl",
        "--split",
        "test",
    ];
    let out = [
        "--json",
        "out.json",
        "--per-query",
        "out.jsonl",
        "--plots",
        "plots",
    ];
    run("evaluate", folder.path(), &[&arguments[..], &out].concat());
    let keys = "queries in_scope accuracy hit3 aurc coverage90 coverage95 coverage98 precision_shipped \
        coverage_shipped auroc ece mcc mcc_shipped menu_share menu_has_entry p50_us p99_us load_ms \
        peak_mib";
    assert_keys("evaluate --json", &read(&folder.path().join("out.json")), keys);
    let text = std::fs::read_to_string(folder.path().join("out.jsonl")).unwrap();
    let line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_keys("evaluate --per-query", &line, "text answers top decision");
    for plot in ["reliability.svg", "risk-coverage.svg"] {
        assert!(folder.path().join("plots").join(plot).exists(), "{plot}");
    }

    let letters: Vec<Value> = (0..8)
        .map(|n| match n % 2 {
            0 => json!({"text": format!("{n}号楼噪音扰民"), "label": "police"}),
            _ => json!({"text": format!("{n}路公交车太少"), "label": "transport"}),
        })
        .collect();
    write_lines(&folder.path().join("letters.jsonl"), &letters);
    let arguments = [
        "--routing",
        "letters.jsonl",
        "--folds",
        "2",
        "--rounds",
        "1",
        "--json",
        "routing.json",
    ];
    run("evaluate", folder.path(), &arguments);
    let keys = "letters departments folds rounds accuracy accuracy_least accuracy_most sure routed \
        routed_least wrong wrong_most ece train_ms_mean train_ms_most route_us_mean by_department";
    let figures = read(&folder.path().join("routing.json"));
    assert_keys("evaluate --routing --json", &figures, keys);
    let keys = "letters recall routed routed_here_wrongly";
    assert_keys("a department of it", &figures["by_department"]["police"], keys);
}

#[test]
fn the_keys_of_an_evaluation_of_a_rulebook_stay() {
    let folder = tempfile::tempdir().unwrap();
    let question = json!({"id": "q1", "text": "你好", "gold": "person", "entries": [], "kind": "short",
                          "split": "dev"});
    write_lines(&folder.path().join("questions.jsonl"), &[question]);
    let rules = crate::support::shipped::rules();
    let rules = rules.to_str().unwrap();
    let arguments = ["--pack", rules, "--questions", "questions.jsonl"];
    let out = ["--json", "out.json", "--per-query", "out.jsonl"];
    run("evaluate", folder.path(), &[&arguments[..], &out].concat());
    let keys = "questions with_entry answered answered_by_rule wrong wrong_share wrong_of_answered \
        right_directly right_in_menu helped_share menus menus_needless for_a_person by_kind";
    let figures = read(&folder.path().join("out.json"));
    assert_keys("evaluate --pack --json", &figures, keys);
    let keys = "questions right menu_has_it menu_lacks_it menu_needless person_rightly person_needlessly \
        wrong";
    assert_keys("a kind of it", &figures["by_kind"]["short"], keys);
    let line = read(&folder.path().join("out.jsonl"));
    let keys = "id text kind gold entries action by menu confidence verdict reasons";
    assert_keys("evaluate --pack --per-query", &line, keys);
}
