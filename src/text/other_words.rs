//! Whether a keyword that was found in a text is only a part of other words.

use std::cell::OnceCell;
use std::ops::Range;

use super::segments::{InDoubt, Segments};

/// The words of one text around the keywords that were found in it, read when they are first needed.
#[derive(Debug)]
pub(crate) struct OtherWords<'t> {
    text: &'t str,
    segments: OnceCell<Segments<'t>>,
    /// The places of longer words that are known to mean something else, in the order of their starts.
    longer: Vec<Range<usize>>,
    /// The length of the longest of them, in bytes.
    longest: usize,
}

/// A keyword, and its own segments when they are needed.
#[derive(Debug)]
pub(crate) struct OwnWords<'k> {
    keyword: &'k str,
    segments: OnceCell<Segments<'k>>,
}

impl<'k> OwnWords<'k> {
    pub(crate) fn of(keyword: &'k str) -> Self {
        Self {
            keyword,
            segments: OnceCell::new(),
        }
    }
}

impl<'t> OtherWords<'t> {
    /// `longer` are places in `text`, in any order.
    pub(crate) fn new(text: &'t str, mut longer: Vec<Range<usize>>) -> Self {
        longer.sort_unstable_by_key(|word| word.start);
        Self {
            text,
            segments: OnceCell::new(),
            longest: longer.iter().map(Range::len).max().unwrap_or(0),
            longer,
        }
    }

    /// The other word to which characters of the keyword at `place` belong, so that it does not count there.
    /// A longer word always counts as one; a word of the dictionary only if the text is much likelier to be
    /// read with it.
    pub(crate) fn of_keyword(
        &self,
        place: &Range<usize>,
        own: &OwnWords<'_>,
        doubt: InDoubt,
    ) -> Option<&'t str> {
        if let Some(word) = self.longer_word(place) {
            return self.text.get(word.clone());
        }
        let segments = self.segments.get_or_init(|| Segments::of(self.text));
        let own = own.segments.get_or_init(|| Segments::of(own.keyword));
        segments.other_word(place, own, doubt)
    }

    /// A longer word that has characters of this place and others.
    fn longer_word(&self, place: &Range<usize>) -> Option<&Range<usize>> {
        let starts_before = |byte: usize| self.longer.partition_point(|word| word.start < byte);
        let from = starts_before(place.start.saturating_sub(self.longest));
        let near = self.longer.get(from..starts_before(place.end));
        near.unwrap_or_default()
            .iter()
            .find(|word| word.end > place.start && (word.start < place.start || word.end > place.end))
    }
}
