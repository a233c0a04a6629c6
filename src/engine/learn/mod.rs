//! Feedback on answers: recorded in the journal, and turned into proposals for the rulebook.

mod feedback;
mod improvements;
mod labels;
mod show;

use super::Engine;
use super::compiled::CompiledRulebook;
use super::error::Error;
use crate::faq::{Certificate, Demand, NoCertificate, Recalibration};
use crate::message::{EntryId, RulebookVersion};
use crate::reply::Feedback;

/// The least number of labelled messages for a correction of the confidence: 50.
pub const LABELS_TO_RECALIBRATE: usize = 50;

/// The result of [`Engine::learn`]: proposals for the FAQ in force. They change no answer until an operator
/// writes them into the rulebook. [`Display`](std::fmt::Display) prints all of them with the lines to write.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Learned {
    /// The rulebook in force.
    pub rulebook: RulebookVersion,
    /// The name of the FAQ and the reranker that the figures hold for.
    pub bank: String,
    /// The number of messages with a label that says whether the best entry is right. Messages that are a
    /// phrasing of the FAQ by now are left out: the FAQ is sure of them for another reason.
    pub labels: usize,
    /// The correction of the confidence; `None` with fewer than [`LABELS_TO_RECALIBRATE`] labels.
    pub recalibration: Option<Recalibration>,
    /// The certificate, or the reason for its absence.
    pub certificate: Result<Certificate, NoCertificate>,
    /// Phrasings of citizens that entries lack, the most frequent first.
    pub phrasings: Vec<Proposal>,
    /// Pairs of entries that are confused, the most frequent first.
    pub confusions: Vec<Confusion>,
}

/// A phrasing proposed for an entry. It is a citizen's text: an operator reads it before adding it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Proposal {
    /// The entry.
    pub entry: EntryId,
    /// The citizen's words.
    pub text: String,
    /// The number of messages with these words for the entry.
    pub messages: usize,
    /// The FAQ's present confidence in the entry, in `0..=1`.
    pub confidence: f64,
}

/// An entry that the FAQ ranks first for messages that another entry answers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Confusion {
    /// The entry that the FAQ ranks first.
    pub predicted: EntryId,
    /// The entry that answers.
    pub expected: EntryId,
    /// The number of messages.
    pub messages: usize,
    /// At most three of them.
    pub examples: Vec<String>,
}

impl Engine {
    /// Learns from the feedback in the journal about the FAQ in force, with the default [`Demand`] on the
    /// certificate.
    ///
    /// Reads the whole journal and searches the FAQ for each judged message: some seconds for 10,000 of them.
    /// Call it now and then, on a thread that handles no messages.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be read.
    pub fn learn(&self) -> Result<Learned, Error> {
        self.learn_for(Demand::default())
    }

    /// As [`learn`](Self::learn), with another demand on the certificate.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be read.
    pub fn learn_for(&self, demand: Demand) -> Result<Learned, Error> {
        let feedback = labels::read(self.store())?;
        let compiled = self.compiled();
        Ok(learned(&compiled, &feedback, demand))
    }
}

fn learned(compiled: &CompiledRulebook, feedback: &[Feedback], demand: Demand) -> Learned {
    let judged: Vec<labels::JudgedMessage<'_>> = feedback
        .iter()
        .filter_map(|feedback| labels::search(compiled, feedback))
        .collect();
    let labelled: Vec<(f64, bool)> = judged.iter().filter_map(labels::JudgedMessage::label).collect();
    Learned {
        rulebook: compiled.rulebook.version.clone(),
        bank: compiled.bank(),
        labels: labelled.len(),
        recalibration: (labelled.len() >= LABELS_TO_RECALIBRATE).then(|| Recalibration::fit(&labelled)),
        certificate: Certificate::of(&labelled, demand),
        phrasings: improvements::phrasings(compiled, &judged),
        confusions: improvements::confusions(&judged),
    }
}
