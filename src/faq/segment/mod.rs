//! The postings of a bank as a tantivy segment, named by its content and never changed.
//!
//! A document is one phrasing. It contains its tokens, with a field for each kind, the key of its
//! entry, and its place in the entry. It does not contain its bank, so the next version of a bank
//! copies the documents of the entries that did not change. A changed entry has another key; its former
//! documents are dropped.
//!
//! A bank has one segment, because every token of a message is looked up in every segment, and these
//! lookups are most of the cost of a short message.

mod claims;
mod dictionary;
mod merge;
mod writer;

#[cfg(test)]
mod tests;

use std::fmt::{self, Write as _};

use sha2::{Digest, Sha256};
use tantivy::directory::{Directory, RamDirectory};
use tantivy::index::{IndexMeta, IndexSettings, SegmentComponent, SegmentId};
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{Index, SegmentMeta, SegmentReader, TantivyError};

use super::FaqError;
use crate::text::TokenKind;

pub(super) use claims::Claims;
pub(super) use dictionary::{Blocks, Dictionary, PhrasingId};
pub(super) use merge::merge;
pub(super) use writer::Writer;

/// Part of every name and key. Change it with the schema, with the tokens of a text, and with the input
/// of the hashes; files of another format are ignored.
pub(super) const FORMAT: &str = "civic-reply faq segment 1";

/// The extensions of a segment's files. An index with this schema has no others.
pub(super) const EXTENSIONS: [&str; 6] = ["fast", "fieldnorm", "idx", "pos", "store", "term"];

const META: &str = "meta.json";
const KEY: [&str; 2] = ["entry_high", "entry_low"];
const PLACE: &str = "place";

/// The files of a segment, each with its extension, in the order of [`EXTENSIONS`].
pub(super) type Files = Vec<(&'static str, Vec<u8>)>;

/// A segment in memory, opened by tantivy. Clones share the bytes.
#[derive(Clone)]
pub(super) struct Segment {
    name: String,
    directory: RamDirectory,
    index: Index,
    reader: SegmentReader,
}

impl Segment {
    /// Opens a segment. The caller has verified the files.
    pub(super) fn open(documents: u32, files: &Files) -> Result<Self, FaqError> {
        let name = name(documents, files);
        let directory = RamDirectory::create();
        for (extension, bytes) in files {
            directory.atomic_write(format!("{name}.{extension}").as_ref(), bytes)?;
        }
        directory.atomic_write(META.as_ref(), &describe(&[(name.clone(), documents)], None)?)?;
        let index = Index::open(directory.clone())?;
        let segments = index.searchable_segments()?;
        let segment = segments
            .first()
            .ok_or_else(|| FaqError::Index("no segment".to_owned()))?;
        let reader = SegmentReader::open(segment)?;
        Ok(Self {
            name,
            directory,
            index,
            reader,
        })
    }

    /// The segments of a new index.
    fn all_of(index: &Index, directory: &RamDirectory) -> Result<Vec<Self>, FaqError> {
        let segments = index.load_metas()?.segments;
        let open = |segment: &SegmentMeta| {
            let files = files(directory, |component| segment.relative_path(component))?;
            Self::open(segment.max_doc(), &files)
        };
        segments.iter().map(open).collect()
    }

    /// The name: the first 32 hexadecimal digits of a SHA-256 hash of all the files.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn documents(&self) -> u32 {
        self.reader.max_doc()
    }

    pub(super) fn files(&self) -> Result<Files, FaqError> {
        files(&self.directory, |component| {
            format!("{}.{component}", self.name).into()
        })
    }

    /// The dictionary of the tokens of a kind.
    pub(super) fn dictionary(&self, kind: TokenKind) -> Result<Dictionary, FaqError> {
        let fields = TokenKind::ALL.into_iter().zip(Fields::new().tokens);
        let field = fields.into_iter().find(|(own, _)| *own == kind);
        let (_, field) = field.ok_or_else(|| FaqError::Index(format!("no field for {kind:?}")))?;
        Dictionary::open(self.reader.inverted_index(field)?)
    }
}

impl fmt::Debug for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Segment").field(&self.name).finish()
    }
}

fn files(
    directory: &RamDirectory,
    path: impl Fn(SegmentComponent) -> std::path::PathBuf,
) -> Result<Files, FaqError> {
    let mut files = Files::with_capacity(EXTENSIONS.len());
    for extension in EXTENSIONS {
        let path = path(SegmentComponent::Custom(extension.to_owned()));
        if directory.exists(&path).map_err(TantivyError::from)? {
            let bytes = directory.atomic_read(&path).map_err(TantivyError::from)?;
            files.push((extension, bytes));
        }
    }
    Ok(files)
}

/// The name of the segment with these files.
pub(super) fn name(documents: u32, files: &Files) -> String {
    let mut hash = Sha256::new_with_prefix(FORMAT);
    hash.update(documents.to_le_bytes());
    for (extension, bytes) in files {
        hash.update(extension);
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    let mut name = String::with_capacity(32);
    for byte in hash.finalize().iter().take(16) {
        // Writing into a string does not fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// The name of a segment, and its number of documents.
pub(super) type Named = (String, u32);

/// tantivy's description of an index with these segments, in the format of `meta.json`.
pub(super) fn describe(segments: &[Named], payload: Option<String>) -> Result<Vec<u8>, FaqError> {
    let index = Index::create_in_ram(Fields::new().schema);
    let metas = segments.iter().map(|(name, documents)| {
        let id = SegmentId::from_uuid_string(name);
        let id = id.map_err(|error| FaqError::Index(format!("{error:?}")))?;
        Ok(index.new_segment_meta(id, *documents))
    });
    let meta = IndexMeta {
        index_settings: IndexSettings::default(),
        persisted_custom_extensions: Vec::new(),
        segments: metas.collect::<Result<_, FaqError>>()?,
        schema: index.schema(),
        opstamp: 0,
        payload,
    };
    serde_json::to_vec(&meta).map_err(|error| FaqError::Index(error.to_string()))
}

/// Parses the output of [`describe`]: the segments and the payload.
pub(super) fn described(meta: &[u8]) -> Result<(Vec<Named>, Option<String>), FaqError> {
    let directory = RamDirectory::create();
    directory.atomic_write(META.as_ref(), meta)?;
    let meta = Index::open(directory)?.load_metas()?;
    let segments = meta.segments.iter();
    let named = segments.map(|segment| (segment.id().uuid_string(), segment.max_doc()));
    Ok((named.collect(), meta.payload))
}

/// The schema and its fields.
struct Fields {
    schema: Schema,
    key: [Field; KEY.len()],
    place: Field,
    tokens: [Field; TokenKind::ALL.len()],
}

impl Fields {
    fn new() -> Self {
        let mut schema = Schema::builder();
        let key = KEY.map(|name| schema.add_u64_field(name, FAST));
        let place = schema.add_u64_field(PLACE, FAST);
        let options = TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer("raw")
                .set_fieldnorms(false)
                .set_index_option(IndexRecordOption::Basic),
        );
        let tokens =
            ["unit", "pair", "word", "gram"].map(|name| schema.add_text_field(name, options.clone()));
        Self {
            schema: schema.build(),
            key,
            place,
            tokens,
        }
    }
}
