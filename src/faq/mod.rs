//! The FAQ: finds the entries that may answer a message, with a probability for each.
//!
//! A [`FaqIndex`] is built from the entries and never changes. [`FaqIndex::search`] compares a message
//! with every phrasing that shares a token with it, by several lexical [`Measures`], and turns these
//! into a *confidence*: the probability that the entry answers the message. A search engine's score, in
//! contrast, grows with the message and has another scale in every bank.
//!
//! The `decide` module decides how to use a confidence. [`Reading`] finds words
//! that give two similar texts different meanings.

#![cfg_attr(
    not(feature = "testing"),
    allow(
        unreachable_pub,
        unused_imports,
        dead_code,
        reason = "tests and benches reach more with the feature `testing`"
    )
)]

mod background;
mod bank;
mod build;
mod certificate;
mod classifier;
mod confidence;
mod confidence_measures;
mod differences;
mod entry;
mod entry_key;
mod error;
mod fingerprint;
mod folder;
mod index;
mod lexicon;
mod load;
mod model;
mod options;
mod query;
mod recalibration;
mod reranker;
mod scan;
mod segment;
mod surprisal;
mod synonyms;
mod training;

pub(crate) use background::sentences as background_sentences;
pub use certificate::{ANSWERED_NEEDED, Certificate, Demand, LABELS_NEEDED, NoCertificate};
pub(crate) use classifier::{Classifier, Row, Training};
pub use error::FaqError;
pub use recalibration::Recalibration;
pub use reranker::{Ranked, Reranker};

// Only tests, benches and the measuring examples reach these.
testing_use! {
    pub use confidence_measures::{ClassMeasures, Measures, Surprisal};
    pub use differences::{Difference, Reading, another_place};
    pub use entry::{Candidate, Entry};
    pub use index::FaqIndex;
    pub use options::FaqOptions;
    pub use reranker::rerank;
}
