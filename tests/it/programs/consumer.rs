//! The README's embedding example as a separate crate, built against the library and run.

use std::path::Path;
use std::process::Command;

/// Builds `tests/consumer` in this build's target folder, so that dependencies are not built twice, and
/// with this crate's lock file, so that it needs no network.
fn build() -> std::path::PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let crate_folder = root.join("tests/consumer");
    std::fs::copy(root.join("Cargo.lock"), crate_folder.join("Cargo.lock")).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--manifest-path"])
        .arg(crate_folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target)
        .status()
        .unwrap();
    assert!(status.success(), "the consumer crate builds");
    target
        .join("debug")
        .join(format!("civic-reply-consumer{}", std::env::consts::EXE_SUFFIX))
}

#[test]
fn a_separate_crate_embeds_the_engine() {
    let program = build();
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(program)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"))
        .arg(folder.path().join("desk.db"))
        .args([
            "新生儿怎么上户口?",
            "我家楼下的烧烤店每天凌晨三点还在营业,油烟和噪音让老人孩子睡不着,投诉多次没人管",
            " ",
        ])
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines: Vec<&str> = printed.lines().filter(|line| line.contains(": ")).collect();
    assert!(
        lines.first().is_some_and(|line| line.starts_with("replied: ")),
        "{printed}"
    );
    assert!(
        printed.contains("\nqueued: ") && printed.contains(" due "),
        "{printed}"
    );
    assert!(printed.contains("\nsilent: "), "{printed}");
}
