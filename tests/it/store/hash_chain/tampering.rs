//! Changes behind the store's back are found.

use civic_reply::store::contract::sample;
use civic_reply::store::{JournalHead, Tampering};

use super::{FIRST, LAST, fill, key, on_each};

#[test]
fn tampering_with_each_kind_of_row_is_found() {
    let tampering = [
        ("a record's time", "UPDATE @.journal SET recorded_at = recorded_at + 1 WHERE PLACE = FIRST"),
        ("a record's body", "UPDATE @.journal SET body = replace(body, 'police', 'nobody')"),
        ("a record's case", "UPDATE @.journal SET case_id = 'C-2' WHERE case_id = 'C-3'"),
        ("a message's words", "UPDATE @.journal SET personal = replace(personal, 'question', 'answer')"),
        ("a citizen's words", "UPDATE @.journal SET personal = replace(personal, '户口', '护照')"),
        (
            "an edit disguised as an erasure",
            "UPDATE @.journal SET personal = NULL, personal_salt = NULL, citizen = NULL WHERE case_id = 'C-2'",
        ),
        (
            "an erased message without a record",
            "UPDATE @.journal SET personal = NULL, personal_salt = NULL, citizen = NULL WHERE PLACE = FIRST",
        ),
        ("a version told", "UPDATE @.journal SET conversation_version = 7 WHERE PLACE = FIRST"),
        ("the first record", "DELETE FROM @.journal WHERE PLACE = FIRST"),
        (
            "a record in the middle",
            "DELETE FROM @.journal WHERE PLACE = (SELECT min(PLACE) FROM @.journal WHERE PLACE > FIRST)",
        ),
        ("the last record", "DELETE FROM @.journal WHERE PLACE = LAST"),
        (
            "two records swapped",
            "UPDATE @.journal SET PLACE = -1 WHERE PLACE = FIRST; UPDATE @.journal SET PLACE = PLACE + 5 WHERE PLACE = LAST;
             UPDATE @.journal SET PLACE = LAST - 5 WHERE PLACE = -1",
        ),
        ("a case's body", "UPDATE @.cases SET body = replace(body, '户口', '护照') WHERE id = 'C-2'"),
        ("a case's place", "UPDATE @.cases SET next_due_at = next_due_at + 1 WHERE id = 'C-2'"),
        ("a case", "DELETE FROM @.cases WHERE id = 'C-2'"),
        ("an outcome's words", "UPDATE @.outcomes SET body = replace(body, 'received', 'refused')"),
        ("an outcome", "DELETE FROM @.outcomes WHERE sender = 'bob'"),
        (
            "a forged outcome",
            "INSERT INTO @.outcomes (account, sender, id, body) SELECT account, sender, 'm-9', body FROM @.outcomes LIMIT 1",
        ),
        (
            "a conversation's words",
            "UPDATE @.conversations SET body = replace(body, '\"misses\":0', '\"misses\":1')",
        ),
        ("a conversation", "DELETE FROM @.conversations WHERE citizen = 'bob'"),
    ];
    for (what, sql) in tampering {
        on_each(Some(&key()), &|backend| {
            let head = fill(backend);
            let before = backend.verify(&head).unwrap();
            assert!(before.is_sound(), "{before:?}");
            assert_eq!((before.cases, before.records, before.erased), (3, 9, 0));
            backend.sql(&sql.replace("FIRST", FIRST).replace("LAST", LAST));
            let found = backend.verify(&head).unwrap();
            assert!(!found.is_sound(), "{what}: not found");
        });
    }
}

#[test]
fn a_duplicated_or_forged_record_is_found() {
    let columns = "recorded_at, record_version, case_id, body, personal, personal_salt, personal_digest, \
                   citizen, conversation_version, record_hash NONCE";
    on_each(Some(&key()), &|backend| {
        let head = fill(backend);
        let again = format!(
            "INSERT INTO @.journal (PLACE, {columns}) SELECT PLACE + 1000000, {columns} FROM @.journal WHERE PLACE = {FIRST}"
        );
        backend.sql(&again);
        let found = backend.verify(&head).unwrap();
        assert!(!found.is_sound(), "a duplicated record is not found");
        backend.sql(&format!("DELETE FROM @.journal WHERE PLACE = {LAST}"));
    });
}

#[test]
fn a_truncated_journal_is_found_by_the_exported_head() {
    on_each(Some(&key()), &|backend| {
        let early = fill(backend);
        let late = backend.store().journal(None, 100).unwrap().records.len();
        backend
            .store()
            .commit(sample::answering(&sample::key("eve", "m-1")))
            .unwrap();
        let head = backend.head().unwrap();
        assert_eq!((early.count(), head.count()), (late as u64, late as u64 + 1));
        assert!(backend.verify(&early).unwrap().is_sound());
        assert!(backend.verify(&head).unwrap().is_sound());
        // Somebody with write access removes the last message with all its rows.
        backend.sql(&format!(
            "DELETE FROM @.journal WHERE PLACE = {LAST}; DELETE FROM @.outcomes WHERE sender = 'eve'"
        ));
        let found = backend.verify(&head).unwrap();
        assert!(
            found.tampered.contains(&Tampering::Cut {
                records: 9,
                missing: 1
            }) || found
                .tampered
                .iter()
                .any(|trace| matches!(trace, Tampering::Broken(_))),
            "{found:?}"
        );
        // The older part is valid by the older head, except for the chain's own end.
        let text = head.to_string();
        assert_eq!(text.parse::<JournalHead>().unwrap(), head);
    });
}

#[test]
fn a_replaced_journal_is_found_by_the_exported_head() {
    on_each(Some(&key()), &|backend| {
        let head = fill(backend);
        let count = head.count();
        let other: JournalHead = format!("{count}:{}", "ab".repeat(32)).parse().unwrap();
        let found = backend.verify(&other).unwrap();
        assert_eq!(found.tampered, [Tampering::OtherHead]);
        let longer: JournalHead = format!("{}:{}", count + 3, "ab".repeat(32)).parse().unwrap();
        let found = backend.verify(&longer).unwrap();
        assert_eq!(
            found.tampered,
            [Tampering::Cut {
                records: count,
                missing: 3
            }]
        );
    });
}
