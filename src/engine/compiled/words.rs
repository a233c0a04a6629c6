//! The words of `[follow_up]`, folded.

use crate::conversation::{ChoiceWords, Composed, Emoticons, FollowUpWords};
use crate::rulebook::{FollowUp, PersonWords};
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

pub(super) fn follow_up_words(follow_up: &FollowUp, person_words: &PersonWords) -> FollowUpWords {
    let folded = |words: &[String]| -> Vec<String> {
        let folded = words.iter().map(|word| fold(word).as_str().trim().to_owned());
        folded.collect()
    };
    let negations = person_words.negations.iter();
    let negations = negations.filter(|negation| negation.of.iter().any(|of| of == "hand_off"));
    let (mut negated, mut beside) = (Vec::new(), Vec::new());
    for negation in negations {
        negated.extend(
            negation
                .before
                .iter()
                .chain(&negation.after)
                .map(|word| key(word)),
        );
        beside.extend(negation.between.iter().map(|word| key(word)));
    }
    let thanks = follow_up.thanks.iter().chain(&follow_up.beside_thanks);
    beside.extend(thanks.map(|word| key(word)));
    let requests = person_words.hand_off.iter().chain(&person_words.hand_off_exact);
    beside.extend(requests.map(|word| key(word)));
    FollowUpWords {
        declined: Composed::new(negated, beside),
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
