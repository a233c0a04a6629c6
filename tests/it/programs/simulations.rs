//! `year` and `desk_day`: simulations that check themselves.

use serde_json::{Value, json};

use crate::support::programs::program;

#[test]
fn a_year_of_alarms_equals_a_count_of_minutes() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("year.json");
    let output = program("year")
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
        let output = program("desk_day")
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
