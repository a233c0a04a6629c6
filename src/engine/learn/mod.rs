//! Learning from feedback: what the journal says about the FAQ, as proposals that an operator may accept.

mod improvements;
mod labels;
mod show;

use super::compiled::CompiledRulebook;
use super::{Engine, Error};
use crate::faq::{Certificate, Demand, NoCertificate, Recalibration};
use crate::message::{EntryId, RulebookVersion};
use crate::reply::Feedback;

/// From how many labelled messages on a correction is worth having.
pub const LABELS_TO_RECALIBRATE: usize = 50;

/// What the feedback teaches about the FAQ in force. Nothing of it changes an answer: an operator writes what is accepted
/// into the rulebook. [`Display`](std::fmt::Display) prints all of it, with the lines to write.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Learned {
    /// The rulebook in force.
    pub rulebook: RulebookVersion,
    /// The FAQ, and the reranker, that the figures hold for.
    pub bank: String,
    /// How many messages have a label that says whether the best entry is right. Those whose words are a phrasing of the
    /// bank by now are left out: on them the FAQ is sure for another reason.
    pub labels: usize,
    /// The correction of the confidence; `None` with fewer than [`LABELS_TO_RECALIBRATE`] labels.
    pub recalibration: Option<Recalibration>,
    /// The certificate, or the reason why there is none.
    pub certificate: Result<Certificate, NoCertificate>,
    /// Phrasings that would make entries know what citizens asked them in, those asked most often first.
    pub phrasings: Vec<Proposal>,
    /// Entries that are found for messages of another, those that take most first.
    pub confusions: Vec<Confusion>,
}

/// A phrasing proposed for an entry. An operator reads it before it is added: it is what a citizen wrote.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Proposal {
    /// The entry.
    pub entry: EntryId,
    /// The citizen's words.
    pub text: String,
    /// How many messages said so.
    pub messages: usize,
    /// How sure the FAQ is of the entry as it stands, in `0..=1`.
    pub confidence: f64,
}

/// An entry that is found for messages that another answers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Confusion {
    /// The entry that is found.
    pub thief: EntryId,
    /// The entry that answers.
    pub owner: EntryId,
    /// How many messages it is found for.
    pub messages: usize,
    /// Some of them.
    pub examples: Vec<String>,
}

impl Engine {
    /// What the feedback in the journal teaches about the FAQ in force, with the usual [`Demand`] of a certificate.
    ///
    /// Reads the whole journal and asks the FAQ about each judged message anew: some seconds for 10,000 of them. Call it now
    /// and then, off the path of messages.
    ///
    /// # Errors
    ///
    /// The store can't be read.
    pub fn learn(&self) -> Result<Learned, Error> {
        self.learn_for(Demand::default())
    }

    /// As [`learn`](Self::learn), with another promise for the certificate.
    ///
    /// # Errors
    ///
    /// The store can't be read.
    pub fn learn_for(&self, demand: Demand) -> Result<Learned, Error> {
        let feedback = labels::read(&*self.inner.store)?;
        let compiled = self.compiled();
        Ok(learned(&compiled, &feedback, demand))
    }
}

fn learned(compiled: &CompiledRulebook, feedback: &[Feedback], demand: Demand) -> Learned {
    let asked: Vec<labels::Asked<'_>> = feedback
        .iter()
        .filter_map(|feedback| labels::ask(compiled, feedback))
        .collect();
    let labelled: Vec<(f64, bool)> = asked.iter().filter_map(labels::Asked::label).collect();
    Learned {
        rulebook: compiled.rulebook.version.clone(),
        bank: compiled.bank(),
        labels: labelled.len(),
        recalibration: (labelled.len() >= LABELS_TO_RECALIBRATE).then(|| Recalibration::fit(&labelled)),
        certificate: Certificate::of(&labelled, demand),
        phrasings: improvements::phrasings(compiled, &asked),
        confusions: improvements::confusions(&asked),
    }
}
