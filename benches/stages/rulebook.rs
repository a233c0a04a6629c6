//! Loading a rulebook from its files, and compiling it into an engine.

use std::fmt::Write;
use std::path::Path;

use civic_reply::{Engine, MemoryStore, Rulebook};

use crate::{Group, Setup, keywords};

/// How many rules the larger rulebook has beside the shipped ones.
const RULES: usize = 2_000;

pub(crate) fn groups(setup: &Setup) -> Vec<Group<'_>> {
    vec![(
        "rulebook",
        Box::new(|report| {
            let files = shipped(&setup.rules);
            assert!(load(files.clone()).rules.len() > 100);
            report.repeat("rulebook: load, shipped", 1, || load(files.clone()));
            let more = larger(setup);
            report.repeat("rulebook: load, 2,000 rules more", 1, || load(more.clone()));
            let book = load(files);
            let folder = setup.folder.path().join("compiled");
            let build = || {
                let engine = Engine::builder(book.clone(), MemoryStore::new());
                let engine = engine.check_examples(false).faq_cache(&folder);
                engine.build().map_err(|error| error.to_string()).unwrap()
            };
            // The first build learns from the FAQ; the others read the cache.
            report.repeat("rulebook: compile, FAQ learnt before", 1, build);
        }),
    )]
}

/// The shipped rulebook with 2,000 rules more.
pub(crate) fn large(setup: &Setup) -> Rulebook {
    let book = load(larger(setup));
    assert!(book.rules.len() > RULES);
    book
}

fn load(files: Vec<(String, String)>) -> Rulebook {
    let book = Rulebook::from_files(files);
    book.map_err(|errors| errors.to_string()).unwrap()
}

fn larger(setup: &Setup) -> Vec<(String, String)> {
    let words = keywords::pieces(&setup.messages, RULES * 3);
    let mut text = String::new();
    for (n, words) in words.chunks_exact(3).enumerate() {
        let [any, other, none] = [0, 1, 2].map(|n| &words[n]);
        write!(
            text,
            "[[rule]]\nid = \"stage-{n}\"\ntheme = \"general\"\nwhen = {{ any = [\"{any}\", \"{other}\"], \
             none = [\"不要{none}\"] }}\nreply = {{ text = \"第{n}条。\" }}\nexamples = [\"{any}\"]\n"
        )
        .unwrap();
    }
    let mut files = shipped(&setup.rules);
    files.push(("more.toml".to_owned(), text));
    files
}

/// The names and texts of the rulebook's files, those of folders below included.
fn shipped(rules: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut open = vec![rules.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                let name = path.strip_prefix(rules).unwrap().display().to_string();
                files.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}
