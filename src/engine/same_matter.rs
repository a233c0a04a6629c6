//! Whether two texts are about the same matter.

use super::incoming::FoldedText;
use crate::text::{TokenKind, Tokens};

/// The least share of adjacent character pairs that two texts about the same matter have in common (Dice).
const MIN_SIMILARITY: f64 = 0.9;

/// The least number of units in a text that is compared. A shorter one, such as "help me", names no matter.
const MIN_UNITS: usize = 4;

/// A text in the form that is compared: folded, without spaces and punctuation.
pub(super) struct ComparableText<'a> {
    bare: &'a str,
    pairs: Vec<String>,
    units: usize,
}

impl<'a> ComparableText<'a> {
    pub(super) fn of(text: &'a FoldedText<'_>) -> Self {
        let tokens = Tokens::of(text.folded().as_str());
        let mut pairs: Vec<String> = tokens.of_kind(TokenKind::Pair).map(str::to_owned).collect();
        pairs.sort_unstable();
        Self {
            bare: text.bare(),
            pairs,
            units: tokens.units(),
        }
    }

    /// Whether the text is long enough to be compared.
    pub(super) fn names_a_matter(&self) -> bool {
        self.units >= MIN_UNITS
    }

    /// Whether both texts are the same except for a few characters. Another number is another matter.
    pub(super) fn is_near(&self, other: &ComparableText<'_>) -> bool {
        let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
        if self.bare == other.bare {
            return true;
        }
        let (mut shared, mut theirs) = (0_usize, other.pairs.iter().peekable());
        for pair in &self.pairs {
            while theirs.next_if(|their| *their < pair).is_some() {}
            if theirs.next_if(|their| *their == pair).is_some() {
                shared += 1;
            }
        }
        let all = self.pairs.len() + other.pairs.len();
        let dice = 2.0 * shared as f64 / all.max(1) as f64;
        dice >= MIN_SIMILARITY && digits(self.bare) == digits(other.bare)
    }
}

#[cfg(test)]
mod tests {
    use super::{ComparableText, FoldedText};

    #[test]
    fn the_same_words_are_one_matter_and_another_number_is_another_matter() {
        let near = |one: &str, other: &str| {
            let (one, other) = (FoldedText::of(one), FoldedText::of(other));
            ComparableText::of(&one).is_near(&ComparableText::of(&other))
        };
        let text = "我们小区3栋的电梯坏了三天没有人来修,老人下不了楼,请尽快处理";
        assert!(near(
            text,
            "我們小區3棟的電梯壞了三天沒有人來修，老人下不了樓。請尽快处理！！"
        ));
        assert!(near(
            text,
            "我们小区3栋的电梯坏了三天没有人来修,老人下不了楼,请尽快处理,谢谢"
        ));
        assert!(!near(
            text,
            "我们小区5栋的电梯坏了三天没有人来修,老人下不了楼,请尽快处理"
        ));
        assert!(!near(text, "我们小区3栋的水管坏了,请尽快处理"));
        assert!(!near("", "电梯"));
    }
}
