//! Finds the closest pair of two words, for the rule condition `near`.

use crate::text::count;

/// A byte range of the folded text.
pub(super) type Range = (usize, usize);

/// Returns the closest pair of one range of `ones` and one of `others`. The two do not overlap and have at
/// most `within` characters between them. On equal distance the first pair wins, then the shortest. `None` if
/// there is no such pair.
pub(super) fn closest(text: &str, ones: &[Range], others: &[Range], within: usize) -> Option<(Range, Range)> {
    count(text.len() + ones.len() + others.len());
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let chars = |from: usize, to: usize| {
        let place = |byte: usize| starts.partition_point(|start| *start < byte);
        place(to) - place(from)
    };
    // Only two candidates per range matter: the next range that starts after it and the last that ends before
    // it, and of each the shortest.
    let mut by_start = others.to_vec();
    by_start.sort_unstable();
    let mut by_end = others.to_vec();
    by_end.sort_unstable_by_key(|(start, end)| (std::cmp::Reverse(*end), *start));
    let pairs = ones.iter().flat_map(|&one| {
        let behind = by_start.get(by_start.partition_point(|other| other.0 < one.1));
        let before = by_end.get(by_end.partition_point(|other| other.1 > one.0));
        let behind = behind.map(|&other| (chars(one.1, other.0), one, other));
        let before = before.map(|&other| (chars(other.1, one.0), one, other));
        behind.into_iter().chain(before)
    });
    let closest = pairs.filter(|(gap, ..)| *gap <= within).min()?;
    Some((closest.1, closest.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The occurrences of a word in the text.
    fn places(text: &str, word: &str) -> Vec<Range> {
        text.match_indices(word)
            .map(|(at, word)| (at, at + word.len()))
            .collect()
    }

    fn pair(text: &str, within: usize) -> Option<(&str, &str)> {
        let found = closest(text, &places(text, "押金"), &places(text, "不退"), within)?;
        let ((one, one_end), (other, other_end)) = found;
        Some((text.get(one..one_end)?, text.get(other..other_end)?))
    }

    #[test]
    fn either_order_counts_and_the_characters_between() {
        assert_eq!(pair("房东押金不退", 0), Some(("押金", "不退")));
        assert_eq!(pair("不退我押金", 0), None);
        assert_eq!(pair("不退我押金", 1), Some(("押金", "不退")));
        assert_eq!(pair("押金交了三千,到现在不退", 6), None);
        assert_eq!(pair("押金交了三千,到现在不退", 8), Some(("押金", "不退")));
        assert_eq!(pair("押金", 9), None);
    }

    #[test]
    fn words_that_overlap_are_no_pair() {
        let text = "不退押金";
        assert_eq!(
            closest(text, &places(text, "退押"), &places(text, "不退"), 9),
            None
        );
    }
}
