//! What several test files share.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses its part; tests fail by panicking"
)]

use std::path::{Path, PathBuf};

use civic_reply::store::MemoryStore;
use civic_reply::{Engine, ManualClock, Rulebook};
use jiff::Timestamp;

/// A Monday morning in office hours.
pub(crate) const MONDAY: &str = "2026-11-23T10:00+08:00";

/// An instant, as written.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The folder of the shipped rulebook.
pub(crate) fn rules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")
}

/// The shipped rulebook.
pub(crate) fn rulebook() -> Rulebook {
    Rulebook::from_dir(rules()).unwrap()
}

/// A folder for what is learnt from the shipped FAQ, so that the tests of one program learn it once; another build of the
/// program has another folder.
pub(crate) fn learnt() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let built = program.metadata().unwrap().modified().unwrap();
    let built = built.duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("learnt-{built}"))
}

/// An engine on the shipped rulebook and a memory store, with its clock at [`MONDAY`]. The pack's own examples have a test
/// of their own and need not be run for each engine.
pub(crate) fn engine() -> (Engine, ManualClock) {
    let clock = ManualClock::new(at(MONDAY));
    let engine = Engine::builder(rulebook(), MemoryStore::new())
        .clock(clock.clone())
        .check_examples(false)
        .faq_cache(learnt())
        .build()
        .unwrap();
    (engine, clock)
}

/// The program of an example, which `cargo test` has built.
pub(crate) fn example(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    let program = target
        .join(profile)
        .join("examples")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.exists(),
        "{} is missing: `cargo build --examples` makes it",
        program.display()
    );
    program
}
