//! The words of the lessons, and a text as the classifier reads it.

use rustc_hash::FxHashMap;

use crate::faq::Row;
use crate::text::{TokenKind, Tokens, fold};

/// The longest first line that counts as a title, in characters of the original.
const TITLE_CHARS: usize = 60;

/// How often a token of the title counts, beside its place in the whole text.
const TITLE_TIMES: u32 = 3;

/// Characters with their pairs, and words with the letters of foreign ones: neither drowns the other.
const VIEWS: usize = 2;

/// The number of a token, and its kind.
type Token = (TokenKind, Box<str>);

/// How often each token stands in a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts(FxHashMap<Token, u32>);

impl Counts {
    /// The tokens of a text as it was written.
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

/// The tokens that the lessons hold, with their weights: the rarer, the more telling.
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
        // In the tokens' order: the numbers decide in which order floats are added up.
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

    /// How many terms there are.
    pub(super) fn len(&self) -> usize {
        self.terms.len()
    }

    /// The text as a vector: both views of length 1 and of equal say. What no lesson holds lengthens it and is left out.
    pub(super) fn row(&self, counts: &Counts) -> Row {
        let mut squares = [0.0_f64; VIEWS];
        let mut row: Vec<(u32, f32, usize)> = Vec::with_capacity(counts.0.len());
        let mut strangers: Vec<(usize, u32)> = Vec::new();
        for (token, &times) in &counts.0 {
            let view = view(token.0);
            match self.terms.get(token) {
                Some(&(id, weight)) => row.push((id, weight * times as f32, view)),
                None => strangers.push((view, times)),
            }
        }
        // A map has no order of its own, and sums of floats depend on theirs.
        row.sort_unstable_by_key(|(id, ..)| *id);
        strangers.sort_unstable();
        let known = row.iter().map(|&(_, value, view)| (view, value));
        let unknown = strangers
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

/// BM25's inverse document frequency of a token that stands in `holding` of `count` texts.
fn weight(holding: usize, count: usize) -> f32 {
    let (holding, count) = (holding as f64, count as f64);
    libm::log(1.0 + (count - holding + 0.5) / (holding + 0.5)) as f32
}
