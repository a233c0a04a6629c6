//! As many keywords as a large rulebook has, cut from messages.

use std::collections::HashSet;

use civic_reply::text::fold;

use crate::common::Dice;

/// Up to `count` distinct keywords of three to eight Chinese characters, cut from messages that are not
/// matched.
///
/// Pieces of two characters are left out: there are fewer than 100,000 such words, and random ones are no
/// words.
pub(crate) fn pieces(messages: &[String], count: usize) -> Vec<String> {
    let mut dice = Dice(42);
    let mut seen = HashSet::new();
    let mut keywords = Vec::new();
    let texts: Vec<Vec<char>> = messages
        .iter()
        .map(|text| fold(text).as_str().chars().collect())
        .collect();
    for _ in 0..count * 200 {
        let text = &texts[dice.below(texts.len())];
        let length = [3, 4, 4, 5, 5, 6, 7, 8][dice.below(8)];
        let at = dice.below(text.len());
        let Some(piece) = text.get(at..at + length) else {
            continue;
        };
        let piece: String = piece.iter().collect();
        let chinese = piece.chars().all(|c| matches!(c, '\u{4E00}'..='\u{9FFF}'));
        // A character may fold differently inside a phrase (乾 in 乾隆) and alone.
        let chinese = chinese && fold(&piece).as_str() == piece;
        if chinese && keywords.len() < count && seen.insert(piece.clone()) {
            keywords.push(piece);
        }
    }
    keywords
}
