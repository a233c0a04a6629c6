//! The shipped rulebook: its size, its dates, and its own examples.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use civic_reply::message::EntryId;
use civic_reply::reply::{Action, DecidedBy, Handled};
use civic_reply::{Engine, MemoryStore, Message, Rulebook};
use jiff::civil::date;

use crate::support::shipped::{self, engine, rulebook};

/// The record of a text written by a new citizen.
fn handled(engine: &Engine, text: &str) -> Handled {
    let id = format!("{text:?}");
    let id: String = id.chars().take(60).collect();
    let message = Message::text("gov-wechat", &id, id.as_str(), text);
    let key = message.key().clone();
    engine.receive(message).unwrap();
    engine.handled(&key).unwrap().unwrap()
}

fn why(handled: &Handled) -> String {
    handled
        .reasons
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

#[test]
fn the_readme_states_the_size_of_the_shipped_rulebook() {
    let book = rulebook();
    let themes: BTreeSet<_> = book.faq.iter().map(|entry| &entry.theme).collect();
    assert!(themes.len() >= 12, "{} themes", themes.len());
    assert!(book.rules.len() >= 120, "{} rules", book.rules.len());
    assert!(book.faq.len() >= 300, "{} entries", book.faq.len());
    for rule in &book.rules {
        let both = !rule.examples.is_empty() && !rule.counterexamples.is_empty();
        assert!(both, "{} lacks examples or counterexamples", rule.id);
    }
    let readme = include_str!("../../../README.md");
    let said = format!(
        "{} keyword rules, {} FAQ entries, {} themes",
        book.rules.len(),
        book.faq.len(),
        book.themes.len()
    );
    assert!(readme.contains(&said), "the README should say: {said}");
}

#[test]
fn the_snippets_of_the_rules_guide_work_with_the_shipped_rulebook() {
    let folder = tempfile::tempdir().unwrap();
    shipped::copy_folder(Path::new("rules"), folder.path());
    let guide = include_str!("../../../rules/README.md");
    let shown: Vec<&str> = guide
        .split("```toml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert_eq!(shown.len(), 5);
    fs::write(folder.path().join("guide.toml"), shown.concat()).unwrap();
    let book = Rulebook::from_dir(folder.path()).unwrap_or_else(|problems| panic!("{problems}"));
    let warnings = book.lint(date(2026, 11, 1));
    assert!(warnings.is_empty(), "{warnings}");
    let engine = Engine::builder(book, MemoryStore::new()).check_examples(false);
    let found = engine.build().unwrap().check_examples();
    assert!(!found.has_errors(), "{found}");
}

#[test]
fn the_shipped_rulebook_loads_without_a_warning() {
    let book = rulebook();
    let warnings = book.lint(date(2026, 11, 1));
    assert!(warnings.is_empty(), "{warnings}");
}

#[test]
fn every_answer_has_a_date_and_a_source() {
    let book = rulebook();
    for entry in &book.faq {
        assert!(entry.checked.is_some() && entry.source.is_some(), "{}", entry.id);
        assert!(entry.phrasings.len() >= 3, "{} has few phrasings", entry.id);
    }
    for rule in &book.rules {
        assert!(rule.checked.is_some() && rule.source.is_some(), "{}", rule.id);
    }
}

#[test]
fn the_shipped_rulebook_passes_its_examples_and_lists_those_that_only_get_a_menu() {
    let (engine, _) = engine();
    let found = engine.check_examples();
    assert!(!found.has_errors(), "{found}");
    let book = rulebook();
    let examples: usize = book.faq.iter().map(|entry| entry.examples.len()).sum();
    assert!(found.iter().all(|finding| finding.location.is_some()));
    assert!(
        found.len() + found.omitted() <= examples / 2,
        "most of {examples} examples are answered at once: {found}"
    );
}

#[test]
fn every_rule_wins_its_examples_and_none_of_its_counterexamples() {
    let (engine, _) = engine();
    for rule in &rulebook().rules {
        for text in &rule.examples {
            let handled = handled(&engine, text);
            assert_eq!(
                handled.by,
                DecidedBy::Rule(rule.id.clone()),
                "`{text}`: {}",
                why(&handled)
            );
        }
        for text in &rule.counterexamples {
            let handled = handled(&engine, text);
            assert_ne!(
                handled.by,
                DecidedBy::Rule(rule.id.clone()),
                "`{text}`: {}",
                why(&handled)
            );
        }
    }
}

/// The entry that answers a text, or the entries in the menu that it gets.
fn offered(engine: &Engine, handled: &Handled) -> Vec<EntryId> {
    let conversation = engine
        .store()
        .conversation(handled.key.account(), handled.key.sender())
        .unwrap();
    match (&handled.by, conversation.menu) {
        (_, Some(menu)) => menu.options.into_iter().map(|option| option.entry).collect(),
        (DecidedBy::Faq(entry), None) => vec![entry.clone()],
        _ => Vec::new(),
    }
}

#[test]
fn no_entry_answers_its_counterexamples_or_the_examples_of_another() {
    let book = rulebook();
    let (engine, _) = engine();
    let mut problems = Vec::new();
    let (mut helped, mut examples) = (0, 0);
    for entry in &book.faq {
        for text in &entry.examples {
            let handled = handled(&engine, text);
            examples += 1;
            match (&handled.action, &handled.by) {
                (Action::Answer, DecidedBy::Faq(other)) if *other != entry.id => {
                    problems.push(format!(
                        "{}: `{text}` is answered by `{other}`: {}",
                        entry.id,
                        why(&handled)
                    ));
                }
                _ if offered(&engine, &handled).contains(&entry.id) => helped += 1,
                _ => {}
            }
        }
        for text in &entry.counterexamples {
            let handled = handled(&engine, text);
            if handled.action == Action::Answer && handled.by == DecidedBy::Faq(entry.id.clone()) {
                problems.push(format!(
                    "{}: `{text}` should not be answered by it: {}",
                    entry.id,
                    why(&handled)
                ));
            }
        }
    }
    assert!(
        problems.is_empty(),
        "{} problems\n{}",
        problems.len(),
        problems.join("\n")
    );
    assert!(
        helped * 10 >= examples * 8,
        "{helped} of {examples} examples are answered or in the menu"
    );
}
