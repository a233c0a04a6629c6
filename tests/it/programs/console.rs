//! `console`: answers from its input, and explanations.

use std::io::Write;
use std::process::Stdio;

use crate::support::programs::program;

#[test]
fn the_console_answers_and_escalates_from_its_input() {
    let folder = tempfile::tempdir().unwrap();
    let mut console = program("console")
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

#[test]
fn the_console_explains_a_text_and_the_last_message() {
    let folder = tempfile::tempdir().unwrap();
    let mut console = program("console")
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
