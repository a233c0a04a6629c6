//! Indexes phrasings into a new segment.

use tantivy::directory::RamDirectory;
use tantivy::indexer::NoMergePolicy;
use tantivy::{Index, IndexSettings, IndexWriter, TantivyDocument};

use super::{Fields, Segment};
use crate::faq::FaqError;
use crate::faq::entry_key::EntryKey;
use crate::text::{TokenKind, Tokens};

/// The memory for indexing, in bytes, which is enough for about 300,000 short phrasings. More phrasings
/// give another segment.
const WRITER_MEMORY: usize = 256 << 20;

/// Indexes phrasings. The same phrasings in the same order give the same segment, byte by byte.
pub(in crate::faq) struct Writer {
    fields: Fields,
    directory: RamDirectory,
    index: Index,
    writer: IndexWriter,
}

impl Writer {
    pub(in crate::faq) fn new() -> Result<Self, FaqError> {
        let fields = Fields::new();
        let directory = RamDirectory::create();
        let index = Index::create(directory.clone(), fields.schema.clone(), IndexSettings::default())?;
        let writer = index.writer_with_num_threads(1, WRITER_MEMORY)?;
        // Merging runs in other threads at any time, so the same phrasings would give different
        // segments.
        writer.set_merge_policy(Box::new(NoMergePolicy));
        Ok(Self {
            fields,
            directory,
            index,
            writer,
        })
    }

    /// Adds a phrasing: the one at `place` of the entry with this key.
    pub(in crate::faq) fn add(
        &mut self,
        key: EntryKey,
        place: usize,
        tokens: &Tokens,
    ) -> Result<(), FaqError> {
        let mut document = TantivyDocument::new();
        for (field, half) in self.fields.key.into_iter().zip(key.halves()) {
            document.add_u64(field, half);
        }
        document.add_u64(self.fields.place, place as u64);
        for (kind, field) in TokenKind::ALL.into_iter().zip(self.fields.tokens) {
            for token in tokens.of_kind(kind) {
                document.add_text(field, token);
            }
        }
        self.writer.add_document(document)?;
        Ok(())
    }

    /// The segments of all phrasings: one, unless there are very many; none without phrasings.
    pub(in crate::faq) fn finish(mut self) -> Result<Vec<Segment>, FaqError> {
        self.writer.commit()?;
        self.writer.wait_merging_threads()?;
        Segment::all_of(&self.index, &self.directory)
    }
}
