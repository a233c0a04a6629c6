//! The lexicon: the bank's tokens, and in which phrasings each stands.

use rustc_hash::FxHashMap;
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{Index, SegmentReader, TantivyDocument};

use super::FaqError;
use crate::text::{TokenKind, Tokens};

/// A token of the bank by its number.
pub(super) type TermId = u32;
/// A phrasing of the bank by its number; the phrasings of an entry follow one another.
pub(super) type PhrasingId = u32;

/// What tantivy's writer may use before it starts another segment, in bytes.
const WRITER_MEMORY: usize = 64 << 20;
const NUMBER: &str = "number";

/// Tokens and postings as tantivy inverted them, decoded once.
///
/// A message has hundreds of tokens and every phrasing that shares one is scored, so that decoding blocks and walking the
/// dictionary's automaton would cost more than the scoring; a bank is small enough to hold its postings plain.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    ids: [FxHashMap<Box<str>, TermId>; TokenKind::ALL.len()],
    kinds: Vec<TokenKind>,
    /// Where each term's postings end in `phrasings`.
    ends: Vec<usize>,
    phrasings: Vec<PhrasingId>,
    weights: Vec<f32>,
    unknown_weight: f32,
    /// How many terms stand in phrasings; those of answers alone have the numbers after them.
    searched: usize,
}

impl Lexicon {
    /// Inverts the phrasings with tantivy and reads the result.
    pub(super) fn build(phrasings: &[Tokens]) -> Result<Self, FaqError> {
        let (schema, number, fields) = schema();
        let index = Index::create_in_ram(schema);
        let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, WRITER_MEMORY)?;
        for (n, tokens) in phrasings.iter().enumerate() {
            let mut document = TantivyDocument::new();
            document.add_u64(number, n as u64);
            for (kind, field) in TokenKind::ALL.into_iter().zip(fields) {
                for token in tokens.of_kind(kind) {
                    document.add_text(field, token);
                }
            }
            writer.add_document(document)?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        let searcher = index.reader()?.searcher();
        Self::read(searcher.segment_readers(), fields, phrasings.len())
    }

    fn read(
        segments: &[SegmentReader],
        fields: [Field; TokenKind::ALL.len()],
        count: usize,
    ) -> Result<Self, FaqError> {
        let mut lexicon = Self {
            unknown_weight: weight(0, count),
            ..Self::default()
        };
        for (kind, field) in TokenKind::ALL.into_iter().zip(fields) {
            for (token, mut phrasings) in read_field(segments, field)? {
                phrasings.sort_unstable();
                lexicon.push(kind, token, &phrasings, count);
            }
        }
        lexicon.searched = lexicon.kinds.len();
        Ok(lexicon)
    }

    /// The lexicon of these tokens, by the terms of each phrasing, each once.
    pub(super) fn of(tokens: &[(TokenKind, &str)], phrasings: &[Vec<TermId>]) -> Self {
        let mut lexicon = Self {
            unknown_weight: weight(0, phrasings.len()),
            searched: tokens.len(),
            ..Self::default()
        };
        let mut holding: Vec<Vec<PhrasingId>> = vec![Vec::new(); tokens.len()];
        for (n, terms) in phrasings.iter().enumerate() {
            for &term in terms {
                if let Some(holding) = holding.get_mut(term as usize) {
                    holding.push(n as PhrasingId);
                }
            }
        }
        for (&(kind, token), holding) in tokens.iter().zip(&holding) {
            lexicon.push(kind, token.into(), holding, phrasings.len());
        }
        lexicon
    }

    /// The tokens that stand in phrasings, in the order of their terms.
    pub(super) fn tokens(&self) -> Vec<(TokenKind, &str)> {
        let mut tokens: Vec<(TermId, TokenKind, &str)> = TokenKind::ALL
            .into_iter()
            .zip(&self.ids)
            .flat_map(|(kind, ids)| ids.iter().map(move |(token, &id)| (id, kind, &**token)))
            .filter(|&(id, ..)| (id as usize) < self.searched)
            .collect();
        tokens.sort_unstable_by_key(|&(id, ..)| id);
        tokens.into_iter().map(|(_, kind, token)| (kind, token)).collect()
    }

    fn push(&mut self, kind: TokenKind, token: Box<str>, phrasings: &[PhrasingId], count: usize) -> TermId {
        let id = self.kinds.len() as TermId;
        self.kinds.push(kind);
        self.phrasings.extend_from_slice(phrasings);
        self.ends.push(self.phrasings.len());
        self.weights.push(weight(phrasings.len(), count));
        let [unit, pair, word, gram] = &mut self.ids;
        match kind {
            TokenKind::Unit => unit,
            TokenKind::Pair => pair,
            TokenKind::Word => word,
            TokenKind::Gram => gram,
        }
        .insert(token, id);
        id
    }

    /// The term of a token that stands in no phrasing but in an answer; it gets one if it has none.
    pub(super) fn add(&mut self, kind: TokenKind, token: &str, count: usize) -> TermId {
        match self.id(kind, token) {
            Some(id) => id,
            None => self.push(kind, token.into(), &[], count),
        }
    }

    /// The term of a token.
    pub(super) fn id(&self, kind: TokenKind, token: &str) -> Option<TermId> {
        let [unit, pair, word, gram] = &self.ids;
        match kind {
            TokenKind::Unit => unit,
            TokenKind::Pair => pair,
            TokenKind::Word => word,
            TokenKind::Gram => gram,
        }
        .get(token)
        .copied()
    }

    /// What a term is made of.
    pub(super) fn kind(&self, term: TermId) -> TokenKind {
        self.kinds.get(term as usize).copied().unwrap_or(TokenKind::Unit)
    }

    /// The phrasings that hold a term, in their order.
    pub(super) fn phrasings(&self, term: TermId) -> &[PhrasingId] {
        let term = term as usize;
        let start = match term.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or_default(),
            None => 0,
        };
        let end = self.ends.get(term).copied().unwrap_or(start);
        self.phrasings.get(start..end).unwrap_or_default()
    }

    /// How telling a term is, never below 0: the rarer, the more.
    pub(super) fn weight(&self, term: TermId) -> f32 {
        self.weights
            .get(term as usize)
            .copied()
            .unwrap_or(self.unknown_weight)
    }

    /// How many terms stand in phrasings: their numbers are the first.
    pub(super) fn searched(&self) -> usize {
        self.searched
    }

    /// How telling a token is that no phrasing holds.
    pub(super) fn unknown_weight(&self) -> f32 {
        self.unknown_weight
    }
}

fn schema() -> (Schema, Field, [Field; TokenKind::ALL.len()]) {
    let mut schema = Schema::builder();
    let number = schema.add_u64_field(NUMBER, FAST);
    let options = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_fieldnorms(false)
            .set_index_option(IndexRecordOption::Basic),
    );
    let fields = ["unit", "pair", "word", "gram"].map(|name| schema.add_text_field(name, options.clone()));
    (schema.build(), number, fields)
}

/// A field's tokens in their order, each with its phrasings.
fn read_field(
    segments: &[SegmentReader],
    field: Field,
) -> Result<std::collections::BTreeMap<Box<str>, Vec<PhrasingId>>, FaqError> {
    let mut terms = std::collections::BTreeMap::<Box<str>, Vec<PhrasingId>>::new();
    for segment in segments {
        let numbers = segment.fast_fields().u64(NUMBER)?;
        let inverted = segment.inverted_index(field)?;
        let mut stream = inverted.terms().stream()?;
        while let Some((token, info)) = stream.next() {
            let token = std::str::from_utf8(token).map_err(|error| FaqError::Index(error.to_string()))?;
            let phrasings = terms.entry(token.into()).or_default();
            let mut blocks = inverted.read_block_postings_from_terminfo(info, IndexRecordOption::Basic)?;
            while !blocks.docs().is_empty() {
                phrasings.extend(blocks.docs().iter().filter_map(|&document| {
                    numbers
                        .first(document)
                        .and_then(|number| PhrasingId::try_from(number).ok())
                }));
                blocks.advance();
            }
        }
    }
    Ok(terms)
}

/// The root of BM25's inverse document frequency of a token that stands in `holding` of `count` phrasings.
///
/// The root keeps the rare words of a message from deciding alone; all development sets rank better with it.
fn weight(holding: usize, count: usize) -> f32 {
    let (holding, count) = (holding as f64, count as f64);
    libm::log(1.0 + (count - holding + 0.5) / (holding + 0.5)).sqrt() as f32
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn postings_are_read_back_as_they_were_written() {
        let phrasings: Vec<Tokens> = ["补办身份证", "身份证丢了丢了", "lost card"]
            .into_iter()
            .map(Tokens::of)
            .collect();
        let lexicon = Lexicon::build(&phrasings).unwrap();
        let holding = |kind, token| lexicon.phrasings(lexicon.id(kind, token).unwrap()).to_vec();
        assert_eq!(holding(TokenKind::Unit, "证"), [0, 1]);
        assert_eq!(holding(TokenKind::Pair, "丢了"), [1]);
        assert_eq!(holding(TokenKind::Word, "身份证"), [0, 1]);
        assert_eq!(holding(TokenKind::Gram, "^car"), [2]);
        assert_eq!(lexicon.id(TokenKind::Unit, "补办"), None);
        assert!(lexicon.phrasings(TermId::MAX).is_empty());
    }

    #[test]
    fn a_rarer_token_weighs_more() {
        assert!(weight(0, 100) > weight(1, 100));
        assert!(weight(1, 100) > weight(99, 100));
        assert!(weight(100, 100) > 0.0);
    }
}
