//! The vocabulary of the training examples, and the vector of a text for the classifier.

use rustc_hash::FxHashMap;

use crate::faq::Row;
use crate::text::{TokenKind, Tokens, fold};

/// The maximum length of a first line that counts as a title, in characters of the original.
const TITLE_CHARS: usize = 60;

/// The weight of a title's tokens, in addition to their count in the whole text.
const TITLE_TIMES: u32 = 3;

/// The number of views of a text: characters with their pairs, and words with letter grams. Each view is
/// normalised by itself, so that neither outweighs the other.
const VIEWS: usize = 2;

/// The kind and the text of a token.
type Token = (TokenKind, Box<str>);

/// The number of occurrences of each token in a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts(FxHashMap<Token, u32>);

impl Counts {
    /// Counts the tokens of a text, which need not be folded.
    pub(super) fn of(text: &str) -> Self {
        let mut counts = Self::default();
        counts.add(text, 1);
        if let Some((title, _)) = text.trim().split_once('\n')
            && title.chars().nth(TITLE_CHARS).is_none()
        {
            counts.add(title, TITLE_TIMES);
        }
        counts
    }

    fn add(&mut self, text: &str, times: u32) {
        for (kind, token) in Tokens::of(fold(text).as_str()).iter() {
            *self.0.entry((kind, token.into())).or_default() += times;
        }
    }
}

/// The tokens of the training examples with their weights. Rare tokens weigh more.
#[derive(Clone, Debug, Default)]
pub(super) struct Vocabulary {
    terms: FxHashMap<Token, (u32, f32)>,
    unknown: f32,
}

impl Vocabulary {
    pub(super) fn of(texts: &[Counts]) -> Self {
        let mut holding: FxHashMap<&Token, usize> = FxHashMap::default();
        for token in texts.iter().flat_map(|counts| counts.0.keys()) {
            *holding.entry(token).or_default() += 1;
        }
        // Sorted, because the ids decide the order in which floats are added.
        let mut holding: Vec<(&Token, usize)> = holding.into_iter().collect();
        holding.sort_unstable();
        let terms = holding
            .into_iter()
            .zip(0_u32..)
            .map(|((token, holding), id)| (token.clone(), (id, weight(holding, texts.len()))));
        Self {
            terms: terms.collect(),
            unknown: weight(0, texts.len()),
        }
    }

    /// The number of tokens.
    pub(super) fn len(&self) -> usize {
        self.terms.len()
    }

    /// The vector of a text. Both views have the same length, and together length 1. Unknown tokens count for
    /// the length, but are left out of the vector.
    pub(super) fn row(&self, counts: &Counts) -> Row {
        let mut squares = [0.0_f64; VIEWS];
        let mut row: Vec<(u32, f32, usize)> = Vec::with_capacity(counts.0.len());
        let mut unknown_tokens: Vec<(usize, u32)> = Vec::new();
        for (token, &times) in &counts.0 {
            let view = view(token.0);
            match self.terms.get(token) {
                Some(&(id, weight)) => row.push((id, weight * times as f32, view)),
                None => unknown_tokens.push((view, times)),
            }
        }
        // The order of a hash map is arbitrary, but float sums depend on the order.
        row.sort_unstable_by_key(|(id, ..)| *id);
        unknown_tokens.sort_unstable();
        let known = row.iter().map(|&(_, value, view)| (view, value));
        let unknown = unknown_tokens
            .iter()
            .map(|&(view, times)| (view, self.unknown * times as f32));
        for (view, value) in known.chain(unknown) {
            if let Some(square) = squares.get_mut(view) {
                *square += f64::from(value) * f64::from(value);
            }
        }
        let scales = squares.map(|square| match square > 0.0 {
            true => (0.5 / square).sqrt() as f32,
            false => 0.0,
        });
        row.into_iter()
            .map(|(id, value, view)| (id, value * scales.get(view).copied().unwrap_or_default()))
            .collect()
    }
}

fn view(kind: TokenKind) -> usize {
    match kind {
        TokenKind::Unit | TokenKind::Pair => 0,
        TokenKind::Word | TokenKind::Gram => 1,
    }
}

/// The inverse document frequency of BM25 for a token that occurs in `holding` of `count` texts.
fn weight(holding: usize, count: usize) -> f32 {
    let (holding, count) = (holding as f64, count as f64);
    libm::log(1.0 + (count - holding + 0.5) / (holding + 0.5)) as f32
}
