//! The import rules of DESIGN.md's table, and house rules that no compiler checks.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::support::import_graph::ImportGraph;

const VOCABULARY: &[&str] = &["catalogue", "message", "reply", "case"];

/// Each module with the modules that it may import besides the vocabulary; `engine` may import all.
const ROOMS: &[(&str, &[&str])] = &[
    ("catalogue", &[]),
    ("message", &[]),
    ("reply", &[]),
    ("case", &[]),
    ("time", &[]),
    ("text", &[]),
    ("rulebook", &["time", "text"]),
    ("keyword", &["text", "rulebook"]),
    ("faq", &["text", "rulebook"]),
    ("route", &["text", "faq"]),
    ("decide", &["keyword", "faq"]),
    ("conversation", &["decide"]),
    ("workflow", &["time", "text"]),
    ("store", &["time", "text"]),
    ("desk", &["workflow", "time", "store", "text"]),
];

/// The only module that may name each library, under the library's name in code.
const OWNERS: &[(&str, &str)] = &[
    ("tantivy", "faq"),
    ("jieba_rs", "text"),
    ("rusqlite", "store"),
    ("tokio_postgres", "store"),
    ("deadpool_postgres", "store"),
    ("toml", "rulebook"),
    ("annotate_snippets", "rulebook"),
];

struct Source {
    path: PathBuf,
    room: String,
    text: String,
}

/// Every source file, without its comments and test modules.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 30, "the walk over src/ finds the sources");
    let sources = files.into_iter().map(|path| {
        let inside = path.strip_prefix(&root).unwrap();
        let room = inside
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs")
            .to_owned();
        let text = fs::read_to_string(&path).unwrap();
        Source { path, room, text }
    });
    sources.collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            files.push(path);
        }
    }
}

/// Production code: no comments, no test module, no contract suite.
fn code(source: &Source) -> String {
    let tests = source.path.ends_with("tests.rs")
        || source.path.ends_with("test_support.rs")
        || source
            .path
            .components()
            .any(|part| part.as_os_str() == "contract");
    if tests {
        return String::new();
    }
    let before_tests = source.text.split("\nmod tests {").next().unwrap();
    let lines = before_tests
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn each_module_imports_only_what_the_table_allows() {
    let import = Regex::new(r"\bcrate::(\w+|\{)").unwrap();
    for source in sources() {
        if source.room == "engine" || source.room == "lib" {
            continue;
        }
        let (_, allowed) = ROOMS
            .iter()
            .find(|(room, _)| *room == source.room)
            .unwrap_or_else(|| {
                panic!(
                    "{}: module `{}` is not in the table",
                    source.path.display(),
                    source.room
                )
            });
        for found in import.captures_iter(&code(&source)) {
            let room = &found[1];
            let fine = room == source.room || VOCABULARY.contains(&room) || allowed.contains(&room);
            assert!(
                fine,
                "{}: `{}` may not import `{room}`",
                source.path.display(),
                source.room
            );
        }
    }
}

#[test]
fn the_import_table_has_no_cycle() {
    let mut done: Vec<&str> = VOCABULARY.to_vec();
    let mut left: Vec<_> = ROOMS
        .iter()
        .filter(|(room, _)| !VOCABULARY.contains(room))
        .collect();
    while !left.is_empty() {
        let before = left.len();
        left.retain(|(room, needs)| {
            let ready = needs.iter().all(|need| done.contains(need));
            if ready {
                done.push(room);
            }
            !ready
        });
        assert!(left.len() < before, "these modules import one another: {left:?}");
    }
}

/// The graph of imports between the files of `src`, without the crate root, which only re-exports.
fn import_graph() -> ImportGraph {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let sources = sources();
    let files = sources.iter().filter(|source| source.room != "lib");
    ImportGraph::new(files.map(|source| (source.path.strip_prefix(&root).unwrap().to_owned(), code(source))))
}

/// The folder of a file. The files in `writer/` count as beside `writer.rs`, of which they are child modules.
fn folder(path: &Path) -> &Path {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let parent = path.parent().unwrap();
    match root.join(parent.with_extension("rs")).is_file() {
        true => parent.parent().unwrap(),
        false => parent,
    }
}

#[test]
fn the_import_graph_finds_imports() {
    let graph = import_graph();
    let imports = graph.imports_of(Path::new("engine/receive.rs"));
    for file in [
        "engine/situation/mod.rs",
        "engine/plan/draft.rs",
        "store/conflict.rs",
    ] {
        assert!(imports.contains(&Path::new(file)), "{file}: {imports:?}");
    }
    assert!(graph.cycles().len() > 3, "small cycles inside one folder exist");
}

#[test]
fn no_files_of_different_folders_import_each_other() {
    for cycle in import_graph().cycles() {
        let folders: BTreeSet<&Path> = cycle.iter().map(|path| folder(path)).collect();
        assert!(folders.len() == 1, "these files import each other: {cycle:?}");
    }
}

#[test]
fn no_cycle_in_the_engine_has_more_than_4_files() {
    for cycle in import_graph().cycles() {
        let in_engine = cycle.iter().all(|path| path.starts_with("engine"));
        assert!(
            !in_engine || cycle.len() <= 4,
            "these files import each other: {cycle:?}"
        );
    }
}

#[test]
fn a_library_is_named_only_in_the_module_that_owns_it() {
    for (library, owner) in OWNERS {
        let named = Regex::new(&format!(r"\b{library}::")).unwrap();
        for source in sources().iter().filter(|source| source.room != *owner) {
            assert!(
                !named.is_match(&code(source)),
                "{}: only `{owner}` may name {library}",
                source.path.display()
            );
        }
    }
}

#[test]
fn sql_appears_only_in_the_store() {
    let sql = Regex::new(r#""\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA)\b"#).unwrap();
    for source in sources().iter().filter(|source| source.room != "store") {
        assert!(
            !sql.is_match(&code(source)),
            "{}: SQL outside the store",
            source.path.display()
        );
    }
}

#[test]
fn every_source_file_begins_with_a_module_comment() {
    for source in sources() {
        assert!(
            source.text.starts_with("//! "),
            "{}: the first line must be `//! …`",
            source.path.display()
        );
    }
}

#[test]
fn only_the_edges_read_a_clock() {
    let reads = Regex::new(r"\b(Timestamp::now|ZonedDateTime::now|SystemTime::now|\.now\(\))").unwrap();
    let edges = ["engine", "store", "desk"];
    for source in sources() {
        // The FAQ's folder waits for file locks and marks a bank as used by the time of its file.
        let folder = source
            .path
            .parent()
            .is_some_and(|parent| parent.ends_with("faq/folder"));
        let edge = folder || edges.contains(&source.room.as_str()) || source.path.ends_with("time/clock.rs");
        assert!(
            edge || !reads.is_match(&code(&source)),
            "{}: takes `now` as an argument",
            source.path.display()
        );
    }
}

#[test]
fn code_and_docs_are_english() {
    // Chinese terms may appear in docs where the term is the point, and in doc examples; never in code.
    let han = Regex::new(r"\p{Han}").unwrap();
    // Negation and reversal belong to the language and are not an operator's to configure.
    let grammar = |path: &Path| {
        path.parent()
            .is_some_and(|folder| folder.ends_with("faq/differences"))
    };
    for source in sources().into_iter().filter(|source| !grammar(&source.path)) {
        let text = code(&source);
        assert!(
            !han.is_match(&text),
            "{}: Chinese text belongs in rules/, tests and examples",
            source.path.display()
        );
    }
}
