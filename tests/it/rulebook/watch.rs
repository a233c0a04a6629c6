//! Watching a folder: which events call back, and when.

use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use civic_reply::rulebook::{Code, Rulebook, RulebookErrors, Watch};
use tempfile::TempDir;

use crate::support::small_rulebook::{self, ENTRY, OFFICE, RULE, codes};

type Outcome = Result<Rulebook, RulebookErrors>;

/// Longer than the watch takes to settle and to look for its folder again.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than the watch takes to settle.
const QUIET: Duration = Duration::from_millis(1_500);

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fill(folder.path());
    folder
}

fn fill(folder: &Path) {
    fs::create_dir_all(folder.join("keywords")).unwrap();
    fs::write(folder.join("office.toml"), OFFICE).unwrap();
    fs::write(folder.join("keywords/household.toml"), RULE).unwrap();
}

fn watch(folder: &Path) -> (Watch, Receiver<Outcome>) {
    let loaded = Rulebook::from_dir(folder).unwrap();
    let (changed, outcomes) = channel();
    let watch = Watch::start(folder, &loaded.version, move |outcome| {
        changed.send(outcome).unwrap()
    })
    .unwrap();
    (watch, outcomes)
}

fn refused(outcomes: &Receiver<Outcome>) -> Vec<Code> {
    codes(&outcomes.recv_timeout(PATIENCE).unwrap().unwrap_err().diagnostics)
}

fn rules(outcomes: &Receiver<Outcome>) -> usize {
    let outcome = outcomes.recv_timeout(PATIENCE).unwrap();
    outcome.unwrap_or_else(|errors| panic!("{errors}")).rules.len()
}

#[test]
fn a_change_is_reported_once_and_an_error_does_not_end_the_watch() {
    let folder = folder();
    let (_watch, outcomes) = watch(folder.path());
    assert!(outcomes.recv_timeout(QUIET).is_err(), "nothing has changed");

    // Several files of one deployment are one change, in a new folder too.
    fs::create_dir(folder.path().join("faq")).unwrap();
    fs::write(folder.path().join("faq/household.toml"), ENTRY).unwrap();
    fs::write(
        folder.path().join("keywords/more.toml"),
        RULE.replace("newborn", "infant").replace("宝宝", "婴儿"),
    )
    .unwrap();
    assert_eq!(rules(&outcomes), 2);
    assert!(
        outcomes.recv_timeout(QUIET).is_err(),
        "one change is called back once"
    );

    fs::write(folder.path().join("faq/household.toml"), "[[faq]]\nid = \"half").unwrap();
    assert_eq!(refused(&outcomes), [Code::Syntax]);

    fs::write(
        folder.path().join("faq/household.toml"),
        ENTRY.replace("婴儿入户", "娃娃入户"),
    )
    .unwrap();
    assert_eq!(rules(&outcomes), 2);

    fs::write(
        folder.path().join("faq/household.toml"),
        format!("# a comment\n{}", ENTRY.replace("婴儿入户", "娃娃入户")),
    )
    .unwrap();
    assert!(
        outcomes.recv_timeout(QUIET).is_err(),
        "the same content is no change"
    );
}

#[test]
fn a_vanished_folder_is_an_error_until_it_returns() {
    let above = folder();
    let rules_folder = above.path().join("rules");
    fill(&rules_folder);
    let (_watch, outcomes) = watch(&rules_folder);
    fs::remove_dir_all(&rules_folder).unwrap();
    let codes = refused(&outcomes);
    assert!(!codes.is_empty());
    // The watch may have seen the removal half done; at its end the folder is unreadable.
    let mut last = codes;
    while let Ok(outcome) = outcomes.recv_timeout(QUIET) {
        last = small_rulebook::codes(&outcome.unwrap_err().diagnostics);
    }
    assert_eq!(last, [Code::UnreadableFolder]);
    fill(&rules_folder);
    assert_eq!(rules(&outcomes), 1);
    fs::write(
        rules_folder.join("keywords/more.toml"),
        RULE.replace("newborn", "infant"),
    )
    .unwrap();
    assert_eq!(rules(&outcomes), 2);
}

#[test]
fn a_subfolder_that_lost_its_files_is_reported_and_not_loaded_as_fewer_rules() {
    let folder = folder();
    let (_watch, outcomes) = watch(folder.path());
    fs::remove_file(folder.path().join("keywords/household.toml")).unwrap();
    assert_eq!(refused(&outcomes), [Code::EmptyFolder]);
    fs::remove_dir(folder.path().join("keywords")).unwrap();
    assert_eq!(rules(&outcomes), 0);
}

#[cfg(unix)]
#[test]
fn retargeting_a_linked_folder_is_noticed() {
    let above = TempDir::new().unwrap();
    fill(&above.path().join("one"));
    fill(&above.path().join("two"));
    fs::write(
        above.path().join("two/keywords/more.toml"),
        RULE.replace("newborn", "infant"),
    )
    .unwrap();
    let current = above.path().join("current");
    std::os::unix::fs::symlink("one", &current).unwrap();
    let (_watch, outcomes) = watch(&current);
    let next = above.path().join("next");
    std::os::unix::fs::symlink("two", &next).unwrap();
    fs::rename(&next, &current).unwrap();
    assert_eq!(rules(&outcomes), 2);
}

#[test]
fn a_missing_folder_cannot_be_watched_and_a_dropped_watch_is_silent() {
    let folder = folder();
    let loaded = Rulebook::from_dir(folder.path()).unwrap();
    assert!(Watch::start(folder.path().join("gone"), &loaded.version, |_| {}).is_err());
    let (watch, outcomes) = watch(folder.path());
    drop(watch);
    fs::write(folder.path().join("keywords/household.toml"), "").unwrap();
    assert!(outcomes.recv_timeout(QUIET).is_err());
}
