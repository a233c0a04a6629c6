//! Any file content: loading gives a rulebook or errors that can be shown.

use civic_reply::rulebook::{Rulebook, Severity};
use jiff::civil::date;
use proptest::prelude::*;

use crate::support::small_rulebook::{ENTRY, OFFICE, RULE};

/// The first character of a terminal colour code.
const ESCAPE: char = '\u{1b}';

/// Loads the text and shows the result; a panic is the failure to find.
fn load_and_show(text: &str) -> Result<(), TestCaseError> {
    match Rulebook::from_files([("office.toml", OFFICE), ("other.toml", text)]) {
        Ok(rulebook) => {
            let lint = rulebook.lint(date(2026, 11, 23));
            prop_assert!(lint.iter().all(|finding| finding.severity != Severity::Error));
            let _ = lint.to_string();
        }
        Err(errors) => {
            prop_assert!(errors.diagnostics.has_errors());
            for finding in &errors.diagnostics {
                let Some(place) = &finding.location else { continue };
                prop_assert!(place.line >= 1 && place.column >= 1 && place.span.start <= place.span.end);
                let source = if &*place.file == "office.toml" {
                    OFFICE
                } else {
                    text
                };
                let source = source.strip_prefix('\u{feff}').unwrap_or(source);
                prop_assert!(
                    source.get(place.span.clone()).is_some(),
                    "{place} {:?}",
                    place.span
                );
                let line = source.get(..place.span.start).unwrap().matches('\n').count() + 1;
                prop_assert_eq!(place.line, line);
            }
            prop_assert!(!errors.to_string().is_empty());
            let styled = errors.diagnostics.styled();
            prop_assert!(styled.contains(ESCAPE), "{}", styled);
        }
    }
    Ok(())
}

/// A rule or entry with a piece replaced by another.
fn spoilt() -> impl Strategy<Value = String> {
    let base = format!("{RULE}{ENTRY}");
    let piece = prop_oneof![
        "[\\PC\\n]{0,6}",
        prop::sample::select(vec![
            "[",
            "]",
            "{",
            "}",
            "\"",
            "\"\"\"",
            "'",
            "\n",
            "=",
            ",",
            "[[rule]]\n",
            "[[faq]]\n",
            "id = \"x\"\n",
            "\u{feff}",
            "\u{202e}",
            "when",
            "{}",
            "[[]]",
            "1",
            "2026-01-01",
            "true",
            "0x7fffffffffffffffff",
            "nan",
            "\\u0000",
            "\r\n",
            "#",
        ])
        .prop_map(str::to_owned),
    ];
    (any::<prop::sample::Index>(), any::<prop::sample::Index>(), piece).prop_map(
        move |(start, length, piece)| {
            let chars: Vec<char> = base.chars().collect();
            let start = start.index(chars.len());
            let end = (start + length.index(12)).min(chars.len());
            let kept = |part: &[char]| part.iter().collect::<String>();
            format!(
                "{}{piece}{}",
                kept(chars.get(..start).unwrap()),
                kept(chars.get(end..).unwrap())
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn any_text_gives_a_rulebook_or_errors(text in "[\\PC\\n\\t\"=\\[\\]{}]{0,200}") {
        load_and_show(&text)?;
    }

    #[test]
    fn a_damaged_rule_gives_a_rulebook_or_errors(text in spoilt()) {
        load_and_show(&text)?;
    }

    #[test]
    fn the_order_of_files_and_of_tables_never_changes_the_version(
        cut in prop::collection::vec(any::<prop::sample::Index>(), 3),
        seed in prop::collection::vec(any::<u16>(), 6),
    ) {
        let mut tables: Vec<String> = (0..6)
            .map(|number| match number % 2 {
                0 => RULE
                    .replace("newborn", &format!("newborn-{number}"))
                    .replace("宝宝\"]", &format!("宝宝{number}\"]")),
                _ => ENTRY
                    .replace("newborn", &format!("newborn-{number}"))
                    .replace("\",", &format!("{number}\","))
                    .replace("户口?", &format!("户口{number}?"))
                    .replace("婴儿入户", &format!("婴儿入户{number}")),
            })
            .collect();
        let whole = Rulebook::from_files([("a.toml", OFFICE), ("b.toml", &tables.concat())]);
        let whole = whole.unwrap_or_else(|errors| panic!("{errors}"));
        let mut order: Vec<(u16, String)> = seed.into_iter().zip(tables.drain(..)).collect();
        order.sort();
        let mut files = vec![("office.toml".to_owned(), OFFICE.to_owned())];
        for (number, at) in cut.iter().enumerate() {
            let rest = order.split_off(at.index(order.len() + 1));
            files.push((format!("{number}.toml"), rest.into_iter().map(|(_, table)| table).collect()));
        }
        files.push(("z/rest.toml".to_owned(), order.into_iter().map(|(_, table)| table).collect()));
        let split = Rulebook::from_files(files).unwrap_or_else(|errors| panic!("{errors}"));
        prop_assert_eq!(split.version, whole.version);
        prop_assert_eq!(split.rules.len(), 3);
    }
}
