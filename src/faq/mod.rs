//! The FAQ: which entry answers a message, and how sure that is.
//!
//! A [`FaqIndex`] is built from the entries once, holds everything that it learnt from them, and is never changed.
//! [`FaqIndex::search`] compares a message with every phrasing by several lexical [`Measures`] and turns them into a
//! *confidence*: the probability that the entry answers the message. It is no score of a search engine, which grows with the
//! message and means something else in every bank.
//!
//! What to do with a confidence is decided elsewhere; [`differences`] names what may set two texts apart that share nearly
//! all their words.

mod background;
mod bank;
mod build;
mod cache;
mod certificate;
mod classifier;
mod confidence;
mod differences;
mod entry;
mod error;
mod index;
mod lexicon;
mod measures;
mod options;
mod query;
mod recalibration;
mod reranker;
mod scan;
mod surprisal;
mod synonyms;
mod training;

pub(crate) use background::sentences as background_sentences;
pub use certificate::{ANSWERED_NEEDED, Certificate, Demand, LABELS_NEEDED, NoCertificate};
pub(crate) use classifier::{Classifier, Row, Training};
pub use differences::{Difference, another_place, differences, opposition, telling_differences};
pub use entry::{Candidate, Entry};
pub use error::FaqError;
pub use index::FaqIndex;
pub use measures::{ClassMeasures, Measures, Surprisal};
pub use options::FaqOptions;
pub use recalibration::Recalibration;
pub use reranker::{Ranked, Reranker, rerank};
