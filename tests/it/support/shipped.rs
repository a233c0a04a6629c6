//! The shipped rulebook, and engines on it that share one learnt FAQ.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::UNIX_EPOCH;

use civic_reply::engine::EngineBuilder;
use civic_reply::store::{MemoryStore, Store};
use civic_reply::{Engine, ManualClock, Rulebook};
use jiff::Timestamp;

/// A Monday morning in office hours.
pub(crate) const MONDAY: &str = "2026-11-23T10:00+08:00";

static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::from_dir(rules()).unwrap());

/// Learning from the FAQ takes most of the time to build an engine. The first test that needs the shipped FAQ
/// learns it into this folder; every other engine of the process reads it from there.
static LEARNT: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = cache_of_this_build();
    builder(MemoryStore::new(), &folder).build().unwrap();
    folder
});

/// The folder with what was learnt from the shipped FAQ.
pub(crate) fn learnt() -> &'static Path {
    &LEARNT
}

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
    RULEBOOK.clone()
}

/// Copies a folder with everything in it.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() {
            copy_folder(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

/// A copy of the shipped rulebook with `old` replaced by `new`.
pub(crate) fn copy_with(folder: &Path, old: &str, new: &str) {
    let rules = rules();
    let mut open = vec![rules.clone()];
    let mut changed = 0;
    while let Some(from) = open.pop() {
        for entry in fs::read_dir(&from).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let to = folder.join(path.strip_prefix(&rules).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            let text = fs::read_to_string(&path).unwrap();
            changed += text.matches(old).count();
            fs::write(to, text.replace(old, new)).unwrap();
        }
    }
    assert!(changed > 0, "the rulebook contains `{old}`");
}

/// An engine on the shipped rulebook and a memory store, with its clock at [`MONDAY`].
pub(crate) fn engine() -> (Engine, ManualClock) {
    let clock = ManualClock::new(at(MONDAY));
    let engine = on(MemoryStore::new()).clock(clock.clone()).build().unwrap();
    (engine, clock)
}

/// A builder of an engine on the shipped rulebook and this store. It does not check the rulebook's own
/// examples: one test does that.
pub(crate) fn on(store: impl Store + 'static) -> EngineBuilder {
    builder(store, &LEARNT)
}

fn builder(store: impl Store + 'static, cache: &Path) -> EngineBuilder {
    Engine::builder(rulebook(), store)
        .check_examples(false)
        .faq_cache(cache)
}

/// A folder that only this build of the test program uses, because another build may learn differently.
/// Folders of earlier builds are removed.
fn cache_of_this_build() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let built = program.metadata().unwrap().modified().unwrap();
    let built = built.duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("learnt");
    let folder = all.join(built.to_string());
    for other in fs::read_dir(&all).into_iter().flatten().flatten() {
        if other.path() != folder {
            fs::remove_dir_all(other.path()).ok();
        }
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}
