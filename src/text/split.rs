//! Splits a text into pieces that fit a channel's message limit.

/// Splits a text into pieces of at most `most` bytes, never inside a character.
///
/// Each piece ends after the last line break in its second half, else after the last end of a sentence there,
/// else at the limit.
///
/// The concatenated pieces equal the text. A limit below four bytes counts as four, so that every character
/// fits.
pub fn split_bytes(text: &str, most: usize) -> Vec<&str> {
    let most = most.max(4);
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > most {
        let full = rest.floor_char_boundary(most);
        let (head, _) = rest.split_at(full);
        let half = head.floor_char_boundary(full / 2);
        let (_, second) = head.split_at(half);
        let behind = |ends: &[char]| {
            let found = second.char_indices().rev().find(|(_, c)| ends.contains(c));
            found.map(|(at, c)| half + at + c.len_utf8())
        };
        let cut =
            behind(&['\n']).or_else(|| behind(&['。', '\u{ff01}', '\u{ff1f}', '\u{ff1b}', '!', '?', ';']));
        let (piece, after) = rest.split_at(cut.unwrap_or(full));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_split_between_characters() {
        // The last character has three bytes, and only one of them would fit.
        let text = format!("{}好", "a".repeat(2_047));
        assert_eq!(text.len(), 2_050);
        let pieces = split_bytes(&text, 2_048);
        assert_eq!(pieces, ["a".repeat(2_047).as_str(), "好"]);
        assert_eq!(split_bytes("短", 2_048), ["短"]);
    }

    #[test]
    fn pieces_end_where_a_reader_would_pause_and_nothing_is_lost() {
        let text = "第一句话。第二句话很长很长。\n第三句话没有说完";
        for most in 0..text.len() + 2 {
            let pieces = split_bytes(text, most);
            assert_eq!(pieces.concat(), text);
            assert!(pieces.iter().all(|piece| piece.len() <= most.max(4)));
        }
        let lines = "一二三四五\n六七八九十";
        assert_eq!(split_bytes(lines, 20), ["一二三四五\n", "六七八九十"]);
    }
}
