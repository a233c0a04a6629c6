//! Tests of segments: writing, reading and merging.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use super::*;
use crate::faq::bank::Bank;
use crate::faq::entry_key::EntryKey;
use crate::text::Tokens;

const PHRASINGS: [&str; 4] = ["补办身份证", "身份证丢了丢了", "lost card", "提取公积金"];

fn key(entry: u64) -> EntryKey {
    EntryKey::from_halves([entry, !entry])
}

/// A segment of these phrasings, each the only one of its entry.
fn written(phrasings: &[usize]) -> Segment {
    let mut writer = Writer::new().unwrap();
    for &n in phrasings {
        writer.add(key(n as u64), 0, &Tokens::of(PHRASINGS[n])).unwrap();
    }
    let mut segments = writer.finish().unwrap();
    assert_eq!(segments.len(), 1);
    segments.remove(0)
}

fn keys(entries: &[u64]) -> Vec<EntryKey> {
    entries.iter().copied().map(key).collect()
}

/// The numbers of the entries that hold a token.
fn holding(bank: &Bank, kind: TokenKind, token: &str) -> Vec<u32> {
    let term = bank.lexicon.id(kind, token).unwrap().unwrap();
    let mut entries = Vec::new();
    let each = |phrasings: &[u32]| {
        entries.extend(
            phrasings
                .iter()
                .map(|&phrasing| bank.phrasings[phrasing as usize].entry),
        );
    };
    bank.lexicon.read(term, &mut Blocks::default(), each).unwrap();
    entries.sort_unstable();
    entries
}

#[test]
fn postings_are_read_back_as_they_were_written() {
    let bank = Bank::new(Some(written(&[0, 1, 2])), &keys(&[0, 1, 2])).unwrap();
    assert_eq!(holding(&bank, TokenKind::Unit, "证"), [0, 1]);
    assert_eq!(holding(&bank, TokenKind::Pair, "丢了"), [1]);
    assert_eq!(holding(&bank, TokenKind::Word, "身份证"), [0, 1]);
    assert_eq!(holding(&bank, TokenKind::Gram, "^car"), [2]);
    assert_eq!(bank.lexicon.id(TokenKind::Unit, "补办").unwrap(), None);
    let mut nothing = true;
    let each = |_: &[u32]| nothing = false;
    bank.lexicon.read(u32::MAX, &mut Blocks::default(), each).unwrap();
    assert!(nothing);
}

#[test]
fn a_token_of_an_answer_alone_has_a_term_after_all_others() {
    let mut bank = Bank::new(Some(written(&[0])), &keys(&[0])).unwrap();
    let searched = bank.lexicon.searched() as u32;
    assert_eq!(bank.lexicon.add(TokenKind::Pair, "窗口").unwrap(), searched);
    assert_eq!(bank.lexicon.add(TokenKind::Pair, "窗口").unwrap(), searched);
    assert!(bank.lexicon.add(TokenKind::Pair, "补办").unwrap() < searched);
    assert_eq!(bank.lexicon.kind(searched), TokenKind::Pair);
    assert_eq!(bank.lexicon.id(TokenKind::Unit, "窗口").unwrap(), None);
    assert!(!bank.lexicon.is_searched(searched));
}

#[test]
fn it_makes_no_difference_how_the_phrasings_came_together() {
    let keys = keys(&[2, 0, 3]);
    let one = Bank::new(Some(written(&[2, 0, 3])), &keys).unwrap();
    let several = vec![written(&[3, 1]), written(&[0]), written(&[0, 2])];
    let claims = Claims::new(&several, &keys).unwrap();
    assert_eq!(claims.documents().len(), 3);
    let merged = merge(several, &claims).unwrap().unwrap();
    assert_eq!(merged.documents(), 3);
    let other = Bank::new(Some(merged), &keys).unwrap();
    let in_order = |bank: &Bank| format!("{:?}", bank.in_order().collect::<Vec<_>>());
    assert_eq!(in_order(&other), in_order(&one));
    for (kind, token) in Tokens::of(PHRASINGS[3]).iter() {
        assert_eq!(holding(&other, kind, token), holding(&one, kind, token));
    }
}

#[test]
fn the_same_phrasings_give_the_same_name() {
    let segment = written(&[0, 1]);
    assert_eq!(segment.name(), written(&[0, 1]).name());
    assert_ne!(segment.name(), written(&[1, 0]).name());
    let files = segment.files().unwrap();
    let extensions: Vec<_> = files.iter().map(|(extension, _)| *extension).collect();
    assert_eq!(extensions, EXTENSIONS);
    let again = Segment::open(2, &files).unwrap();
    assert_eq!((again.name(), again.documents()), (segment.name(), 2));
    assert_eq!(Writer::new().unwrap().finish().unwrap().len(), 0);
}

#[test]
fn a_segment_of_other_entries_is_no_bank() {
    for entries in [&[0][..], &[0, 1, 2], &[]] {
        assert!(
            Bank::new(Some(written(&[0, 1])), &keys(entries)).is_err(),
            "{entries:?}"
        );
    }
    assert!(Bank::new(None, &keys(&[0])).is_err());
    assert_eq!(Bank::new(None, &[]).unwrap().phrasings.len(), 0);
}

#[test]
fn an_entry_without_documents_is_missing() {
    let claims = Claims::new(&[written(&[0, 2])], &keys(&[0, 1, 2])).unwrap();
    assert_eq!(claims.missing(), [1]);
}

#[test]
fn a_description_is_read_back() {
    let named = [("ab".repeat(16), 2), ("cd".repeat(16), 1)];
    let meta = describe(&named, Some("ours".to_owned())).unwrap();
    let (segments, payload) = described(&meta).unwrap();
    assert_eq!(segments, named);
    assert_eq!(payload.as_deref(), Some("ours"));
    assert!(described(b"{}").is_err());
    assert!(described(b"\xff").is_err());
}
