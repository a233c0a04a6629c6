//! The example programs that `cargo test` has built.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::shipped;

/// A command that runs an example program. All of them share what the tests have learnt from the FAQ.
pub(crate) fn program(name: &str) -> Command {
    let mut program = Command::new(example(name));
    program.env("CIVIC_REPLY_FAQ_CACHE", shipped::learnt());
    program
}

/// The program of an example, as built by `cargo test`.
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
