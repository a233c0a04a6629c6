//! A bank in memory: its postings, and data that is computed from them at every load.

use super::FaqError;
use super::confidence_measures::Terms;
use super::entry_key::EntryKey;
use super::lexicon::{Lexicon, TermId};
use super::model::Model;
use super::query::Query;
use super::scan::Phrasing;
use super::segment::PhrasingId;
use super::segment::{Claims, Segment};

/// The phrasings of a bank. Each has the number of its document in the segment, so the order is
/// arbitrary.
#[derive(Debug)]
pub(super) struct Bank {
    pub(super) lexicon: Lexicon,
    pub(super) phrasings: Vec<Phrasing>,
    /// The terms of each phrasing.
    pub(super) terms: Vec<Terms>,
    /// The numbers of the phrasings, sorted by entry and by place in the entry.
    pub(super) order: Vec<PhrasingId>,
    /// The number of entries.
    pub(super) entries: usize,
}

impl Bank {
    /// Creates the bank of the entries with these keys. Fails unless the segment holds exactly these
    /// entries.
    pub(super) fn new(segment: Option<Segment>, keys: &[EntryKey]) -> Result<Self, FaqError> {
        let claims = Claims::new(segment.as_slice(), keys)?;
        let lexicon = Lexicon::new(segment)?;
        let claimed = claims.documents();
        if !claims.missing().is_empty() || claimed.len() != lexicon.phrasings() {
            return Err(FaqError::Index("the segment holds other entries".to_owned()));
        }
        let terms: Vec<Terms> = lexicon.terms()?.into_iter().map(Vec::into_boxed_slice).collect();
        let mut phrasings = vec![Phrasing::default(); claimed.len()];
        for claim in claimed {
            let document = claim.document as usize;
            if let (Some(phrasing), Some(terms)) = (phrasings.get_mut(document), terms.get(document)) {
                *phrasing = Phrasing {
                    entry: claim.entry as u32,
                    place: claim.place as u32,
                    sizes: Query::of(&lexicon, terms).sizes,
                };
            }
        }
        Ok(Self {
            lexicon,
            phrasings,
            terms,
            order: claimed.iter().map(|claim| claim.document).collect(),
            entries: keys.len(),
        })
    }

    /// Each phrasing with its terms, sorted by entry and by place in the entry.
    pub(super) fn in_order(&self) -> impl Iterator<Item = (&Phrasing, Query)> {
        self.order.iter().filter_map(|&number| {
            let number = number as usize;
            let terms: &[TermId] = self.terms.get(number)?;
            Some((self.phrasings.get(number)?, Query::of(&self.lexicon, terms)))
        })
    }

    /// Trains the model.
    pub(super) fn learn(&self) -> Result<Model, FaqError> {
        Model::from_bank(self)
    }
}
