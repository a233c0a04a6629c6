//! `[[canned_reply]]`: what is read, and what is refused.

use civic_reply::rulebook::Code;

use crate::support::small_rulebook::{OFFICE, codes, load};

/// The codes of the findings of a rulebook with this table.
fn found(table: &str) -> Vec<Code> {
    let text = format!("[[canned_reply]]\n{table}");
    match load([("office.toml", OFFICE), ("replies.toml", text.as_str())]) {
        Ok(_) => Vec::new(),
        Err(found) => codes(&found),
    }
}

#[test]
fn mistakes_are_named() {
    let cases: [(&str, &[Code]); 10] = [
        (
            "id = \"a\"\ntitle = \"t\"\ntext = \"请带{材料}。\"\nslots = [\"材料\"]",
            &[],
        ),
        ("id = \"a\"\ntitle = \"t\"\ntext = \"编号{case}\"", &[]),
        ("id = \"a\"\ntitle = \"t\"", &[Code::MissingKey]),
        (
            "id = \"a\"\ntitle = \"t\"\ntext = \"请带{材料}。\"",
            &[Code::UnknownSlot],
        ),
        (
            "id = \"a\"\ntitle = \"t\"\ntext = \"请带材料。\"\nslots = [\"材料\"]",
            &[Code::MissingSlot],
        ),
        (
            "id = \"a\"\ntitle = \"t\"\ntext = \"编号{case}\"\nslots = [\"case\"]",
            &[Code::ReservedSlot],
        ),
        (
            "id = \"a\"\ntitle = \"t\"\ntext = \"好\"\nslots = [\"a b\"]",
            &[Code::BadValue],
        ),
        (
            "id = \"a\"\ntitle = \"t\"\ntext = \"请带{材料\"",
            &[Code::BadTemplate],
        ),
        (
            "id = \"a\"\ntheme = \"nothing\"\ntitle = \"t\"\ntext = \"好\"",
            &[Code::UnknownTheme],
        ),
        (
            "id = \"a\"\ntitle = \"t\"\ntext = \"好\"\nreply = \"x\"",
            &[Code::UnknownKey],
        ),
    ];
    for (table, wanted) in cases {
        assert_eq!(found(table), wanted, "{table}");
    }
}

#[test]
fn two_replies_need_two_ids() {
    let one = "id = \"a\"\ntitle = \"t\"\ntext = \"好\"\n";
    assert_eq!(
        found(&format!("{one}[[canned_reply]]\n{one}")),
        [Code::DuplicateId]
    );
}

#[test]
fn every_word_of_a_reply_changes_the_version() {
    let version = |text: &str| {
        let table = format!("[[canned_reply]]\nid = \"a\"\ntitle = \"t\"\ntext = \"{text}\"");
        let loaded = load([("office.toml", OFFICE), ("replies.toml", table.as_str())]);
        loaded.unwrap_or_else(|found| panic!("{found}")).version
    };
    assert_eq!(version("好"), version("好"));
    assert_ne!(version("好"), version("好的"));
}
