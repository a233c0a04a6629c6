//! The words of `[follow_up]`, folded.

use crate::conversation::{ChoiceWords, Composed, Emoticons, FollowUpWords};
use crate::rulebook::FollowUp;
use crate::text::fold;

/// A word as letters and digits; a word without any, such as an emoji, only folded.
fn key(word: &str) -> String {
    let folded = fold(word);
    match folded.bare() {
        bare if bare.is_empty() => folded.as_str().trim().to_owned(),
        bare => bare,
    }
}

fn keys<T: FromIterator<String>>(words: &[String]) -> T {
    words.iter().map(|word| key(word)).collect()
}

pub(super) fn follow_up_words(follow_up: &FollowUp) -> FollowUpWords {
    let folded = |words: &[String]| -> Vec<String> {
        let folded = words.iter().map(|word| fold(word).as_str().trim().to_owned());
        folded.collect()
    };
    FollowUpWords {
        progress: keys(&follow_up.progress),
        thanks: Composed::new(keys(&follow_up.thanks), keys(&follow_up.beside_thanks)),
        emoticons: Emoticons::new(&folded(&follow_up.emoticons)),
        chase: Composed::new(keys(&follow_up.chase), keys(&follow_up.beside_chase)),
        solved: keys(&follow_up.solved),
        unsolved: keys(&follow_up.unsolved),
        add: keys(&follow_up.add),
        asks: folded(&follow_up.asks),
        minutes: follow_up.minutes,
    }
}

pub(super) fn choice_words(follow_up: &FollowUp) -> ChoiceWords {
    let choice = &follow_up.choice;
    // A citizen who chooses also thanks.
    let thanks = || follow_up.thanks.iter().chain(&follow_up.beside_thanks);
    let beside = choice.beside.iter().chain(thanks());
    ChoiceWords::new(
        beside.map(|word| key(word)).collect(),
        keys(&choice.numerals),
        Composed::new(keys(&choice.none), thanks().map(|word| key(word)).collect()),
    )
}
