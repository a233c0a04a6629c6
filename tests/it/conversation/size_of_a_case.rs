//! A case has a size: what it carries is bounded, and the rest is paged from the journal.

use civic_reply::case::{
    Case, DeadlineStatus, Duplicate, Event, Letter, LetterKind, LetterStatus, MAX_DONE_DEADLINES,
    MAX_MERGED_CONTENT, MAX_NOTES, MAX_SETTLED_LETTERS, MAX_TRANSCRIPT, Note, Priority, TranscriptEntry,
};
use civic_reply::desk::TurnKind;
use civic_reply::reply::FollowUpKind;
use civic_reply::store::contract::sample;

use crate::support::conversation::{Conversation, MORNING};

fn wrote(text: String, minute: i64) -> Event {
    Event::CitizenWrote {
        text,
        at: sample::at(minute),
        from: 0,
    }
}

fn bytes(case: &Case) -> usize {
    serde_json::to_vec(case).unwrap().len()
}

#[test]
fn a_case_of_ten_thousand_messages_is_no_larger_than_one_of_a_hundred() {
    let mut case = sample::case("C-1", "ann", Priority::Normal, 10);
    let mut sizes = Vec::new();
    for n in 0..10_000_i64 {
        case = case.apply(&wrote(format!("{n:05}{}", "楼".repeat(1_995)), n));
        if [99, 999, 9_999].contains(&n) {
            sizes.push(bytes(&case));
        }
    }
    let (least, most) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
    assert!(most - least < 100 && *most < 90_000, "{sizes:?}");
    assert_eq!(case.transcript.len(), MAX_TRANSCRIPT);
    assert_eq!(case.transcript_left_out as usize, 10_000 - MAX_TRANSCRIPT);
    let Some(TranscriptEntry::ByCitizen { text, .. }) = case.transcript.last() else {
        panic!("{:?}", case.transcript.last());
    };
    assert_eq!(text.chars().count(), 2_000);
}

#[test]
fn notes_and_reasons_for_reopening_are_bounded_too() {
    let mut case = sample::case("C-1", "ann", Priority::Normal, 10);
    let mut sizes = Vec::new();
    for n in 0..1_000_i64 {
        let note = Note {
            by: "eve".into(),
            at: sample::at(n),
            text: format!("{n:04}"),
        };
        let reason = format!("{n:04}");
        for event in [
            Event::Noted { note },
            Event::Reopened {
                reason,
                by: Vec::new(),
            },
        ] {
            case = case.apply(&event);
        }
        if [99, 999].contains(&n) {
            sizes.push(bytes(&case));
        }
    }
    assert_eq!(case.handling.internal.notes.len(), MAX_NOTES);
    assert_eq!(case.handling.internal.notes.last().unwrap().text, "0999");
    assert!(sizes[1] - sizes[0] < 200, "{sizes:?}");
}

#[test]
fn letters_deadlines_and_merged_cases_are_bounded_too() {
    let mut case = sample::case("C-1", "ann", Priority::Normal, 10);
    let mut sizes = Vec::new();
    for n in 0..1_000_u32 {
        let at = sample::at(i64::from(n));
        let letter = Letter {
            number: n + 1,
            to: 0,
            kind: LetterKind::Answer,
            text: format!("{n:04}"),
            posted: at,
            attempts: 0,
            status: LetterStatus::Waiting { from: None },
        };
        let mut deadline = case.deadlines[0].clone();
        deadline.status = DeadlineStatus::Open;
        let clock = deadline.clock;
        let other = sample::case(&format!("M-{n:04}"), "bob", Priority::Normal, 10);
        let duplicate = Duplicate {
            case: other.id.clone(),
            key: other.key.clone(),
            content: Some(Box::new((&other).into())),
        };
        let events = [
            Event::Posted {
                letter: Box::new(letter),
                to: None,
            },
            Event::LetterMoved {
                number: n + 1,
                status: LetterStatus::Delivered { at },
            },
            Event::DeadlineSet {
                deadline: Box::new(deadline),
            },
            Event::DeadlineDone { clock, at },
            Event::Absorbed {
                duplicates: vec![duplicate],
                priority: Priority::Normal,
                unreplied: false,
                unseen: false,
                confirmed: Vec::new(),
            },
        ];
        case = events.iter().fold(case, Case::apply);
        if [99, 199, 999].contains(&n) {
            sizes.push(bytes(&case));
        }
    }
    let contact = &case.handling.contact;
    assert_eq!(contact.letters.len(), MAX_SETTLED_LETTERS);
    assert_eq!(contact.letters_left_out as usize, 1_000 - MAX_SETTLED_LETTERS);
    assert_eq!(contact.letters.last().unwrap().number, 1_000);
    assert_eq!(case.deadlines.len(), MAX_DONE_DEADLINES);
    let merged = &case.handling.relations.merged;
    let full = merged.iter().filter(|merged| merged.content.is_some());
    assert_eq!((merged.len(), full.count()), (1_000, MAX_MERGED_CONTENT));
    // A merged case is its number and its message's key.
    assert!((sizes[1] - sizes[0]) / 100 < 200, "{sizes:?}");
    assert!((sizes[2] - sizes[1]) / 800 < 200, "{sizes:?}");
}

#[test]
fn a_letter_that_nobody_dealt_with_and_the_last_to_each_citizen_stay() {
    let mut case = sample::case("C-1", "ann", Priority::Normal, 10);
    for n in 1..=200_u32 {
        let at = sample::at(i64::from(n));
        // The second citizen got one letter only, and the channel refused two of the first.
        let status = match n {
            3 | 4 => LetterStatus::Failed {
                at,
                reason: "blocked".into(),
            },
            _ => LetterStatus::Delivered { at },
        };
        let letter = Letter {
            number: n,
            to: usize::from(n == 2),
            kind: LetterKind::Answer,
            text: "好".into(),
            posted: at,
            attempts: 1,
            status,
        };
        let posted = Event::Posted {
            letter: Box::new(letter),
            to: None,
        };
        case = case.apply(&posted);
    }
    let numbers: Vec<u32> = case
        .handling
        .contact
        .letters
        .iter()
        .map(|letter| letter.number)
        .collect();
    assert_eq!(numbers[..3], [2, 3, 4]);
    assert_eq!(numbers.len(), MAX_SETTLED_LETTERS + 2);
}

#[test]
fn erasing_commutes_with_what_a_case_leaves_out() {
    let mut case = sample::case("C-1", "ann", Priority::Normal, 10);
    let mut erased = case.clone().erased();
    for n in 0..60_i64 {
        let length = usize::try_from(n % 7).unwrap() * 500;
        let event = wrote("楼".repeat(length), n);
        case = case.apply(&event);
        let record = sample::record(&case, event).erased();
        erased = erased.apply(&record.event);
        assert_eq!(case.clone().erased(), erased, "after {n}");
    }
}

#[test]
fn every_message_of_a_long_case_is_paged_from_the_journal() {
    let mut conversation = Conversation::new(MORNING);
    let id = conversation.open();
    let long = "楼".repeat(1_500);
    for n in 0..60 {
        conversation.later(1);
        conversation.say(&format!("补充一下,第{n}次,{long}"));
        assert_eq!(conversation.how(), Some(FollowUpKind::Added), "message {n}");
    }
    let case = conversation.case(&id);
    assert_eq!(
        (case.transcript.len(), case.transcript_left_out),
        (MAX_TRANSCRIPT, 40)
    );
    let (desk, mut before, mut texts) = (conversation.engine.desk(), None, Vec::new());
    loop {
        let page = desk
            .transcript(&"gov-wechat".into(), &"citizen-1".into(), before, 25)
            .unwrap();
        texts.extend(page.turns.into_iter().map(|turn| match turn.kind {
            TurnKind::Message { text, case, .. } => {
                assert_eq!(case.as_ref(), Some(&id));
                text.unwrap()
            }
            other => panic!("{other:?}"),
        }));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(texts.len(), 61);
    for (text, n) in texts.iter().zip((0..60).rev()) {
        assert_eq!(*text, format!("补充一下,第{n}次,{long}"));
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn a_message_to_a_long_case_writes_no_more_pages_than_to_a_short_one() {
    use civic_reply::{SqliteStore, Store};

    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("desk.db")).unwrap();
    let mut case = sample::case("C-1", "ann", Priority::Normal, 10);
    store.commit(sample::queueing(&case)).unwrap();
    // The number of the last page in the write-ahead log, from the header of its index.
    let end_of_log = || {
        let index = std::fs::read(folder.path().join("desk.db-shm")).unwrap();
        let bytes = index.get(16..20).and_then(|bytes| bytes.try_into().ok());
        u32::from_ne_bytes(bytes.unwrap())
    };
    let mut pages = Vec::new();
    for n in 0..1_000_i64 {
        let before = end_of_log();
        let (change, next) = sample::moving(&case, &[wrote("楼".repeat(1_000), n)]);
        store.commit(change).unwrap();
        // The log begins again after a checkpoint.
        pages.push(end_of_log().checked_sub(before));
        case = next;
    }
    let most = |range: std::ops::Range<usize>| pages[range].iter().flatten().max().copied().unwrap();
    let (short, long) = (most(50..150), most(850..1_000));
    assert!(short > 0 && long <= short + 3, "{short} pages became {long}");
}
