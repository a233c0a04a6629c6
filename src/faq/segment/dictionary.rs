//! The dictionary of one kind of token, with the postings.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use tantivy::index::InvertedIndexReader;
use tantivy::postings::{BlockSegmentPostings, TermInfo};

use crate::faq::FaqError;

/// The number of a phrasing: that of its document in the segment.
pub(in crate::faq) type PhrasingId = u32;

/// The tokens of one kind, sorted by their bytes, each with the documents that contain it.
pub(in crate::faq) struct Dictionary {
    reader: Arc<InvertedIndexReader>,
    /// The location of each token's postings. tantivy returns it for a token, but not for a token's
    /// number.
    lists: Vec<List>,
}

/// The location of a token's postings.
struct List {
    bytes: Range<usize>,
    documents: u32,
}

/// A buffer for decoding postings, reused from list to list.
pub(in crate::faq) struct Blocks(BlockSegmentPostings);

impl Dictionary {
    pub(super) fn open(reader: Arc<InvertedIndexReader>) -> Result<Self, FaqError> {
        let mut lists = Vec::with_capacity(reader.terms().num_terms());
        let mut tokens = reader.terms().stream()?;
        while let Some((_, info)) = tokens.next() {
            lists.push(List {
                bytes: info.postings_range.clone(),
                documents: info.doc_freq,
            });
        }
        drop(tokens);
        Ok(Self { reader, lists })
    }

    /// The number of tokens.
    pub(in crate::faq) fn len(&self) -> usize {
        self.lists.len()
    }

    /// The number of a token.
    pub(in crate::faq) fn number(&self, token: &str) -> Result<Option<u64>, FaqError> {
        Ok(self.reader.terms().term_ord(token)?)
    }

    /// The number of documents that contain each token.
    pub(in crate::faq) fn holding(&self) -> impl Iterator<Item = u32> {
        self.lists.iter().map(|list| list.documents)
    }

    /// Passes the documents that contain a token to `each`, in order, block by block.
    pub(in crate::faq) fn read(
        &self,
        number: usize,
        blocks: &mut Blocks,
        mut each: impl FnMut(&[PhrasingId]),
    ) -> Result<(), FaqError> {
        let Some(list) = self.lists.get(number) else {
            return Ok(());
        };
        let info = TermInfo {
            doc_freq: list.documents,
            postings_range: list.bytes.clone(),
            positions_range: 0..0,
        };
        let Blocks(blocks) = blocks;
        self.reader.reset_block_postings_from_terminfo(&info, blocks)?;
        while !blocks.docs().is_empty() {
            each(blocks.docs());
            blocks.advance();
        }
        Ok(())
    }
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dictionary").field("tokens", &self.len()).finish()
    }
}

impl Default for Blocks {
    fn default() -> Self {
        Self(BlockSegmentPostings::empty())
    }
}

impl fmt::Debug for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blocks")
    }
}
