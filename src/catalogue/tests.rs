//! Tests of the catalogue: its format, and that every entry is used.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::ENGLISH;
use super::fill::{fill, part};

/// The keys of the file, in its order.
fn keys() -> Vec<&'static str> {
    let starts = ENGLISH
        .lines()
        .filter(|line| !line.starts_with(['#', ' ']) && !line.is_empty());
    starts.map(|line| line.split_once(" = ").unwrap().0).collect()
}

#[test]
fn each_key_stands_once() {
    let keys = keys();
    let unique: BTreeSet<&str> = keys.iter().copied().collect();
    assert_eq!(unique.len(), keys.len());
    assert!(keys.len() > 100);
}

#[test]
fn every_entry_is_used() {
    fn read(folder: &Path, code: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, code);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                code.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut code = String::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut code);
    for key in keys() {
        let named = [format!("text!(\"{key}\""), format!("wording!(\"{key}\"")];
        let spread = "!(\n";
        let is_used = named.iter().any(|call| code.contains(call))
            || code
                .split(spread)
                .any(|call| call.trim_start().starts_with(&format!("\"{key}\"")));
        assert!(is_used, "nothing uses `{key}`");
    }
}

#[test]
fn no_line_is_longer_than_code_may_be() {
    for line in ENGLISH.lines() {
        assert!(line.chars().count() <= 110, "{line}");
    }
}

#[test]
fn plurals_follow_the_number() {
    let menu = |count: usize| wording!("menu-size", count = count, most = 8);
    assert_eq!(menu(1).message, "the menu has 1 entry");
    assert_eq!(menu(12).message, "the menu has 12 entries");
    assert_eq!(text!("step-due", at = "10:00"), "10:00: due");
}

#[test]
fn braces_are_doubled_and_lines_are_joined() {
    assert_eq!(fill("{{ {a} }}{a|x}", &[("a", &7)]), "{ 7 }x");
    let entry = "one\n  two\n  # a comment\n  .help = three\n    four\n\n";
    assert_eq!(part(entry, "message"), "one two");
    assert_eq!(part(entry, "help"), "three four");
    assert_eq!(part(entry, "label"), "");
}
