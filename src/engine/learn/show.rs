//! Proposals as text for an operator, with the lines to write into the rulebook.

use std::fmt::{self, Display, Formatter};

use super::Learned;

impl Display for Learned {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} judged messages, FAQ `{}`", self.labels, self.bank)?;
        match &self.recalibration {
            None => writeln!(f, "too few labels for a correction of the confidence")?,
            Some(correction) => {
                writeln!(f, "\n[thresholds.recalibration]")?;
                writeln!(f, "slope = {:?}", correction.slope())?;
                writeln!(f, "shift = {:?}", correction.shift())?;
            }
        }
        match &self.certificate {
            Err(reason) => writeln!(f, "\nno certificate: {reason}")?,
            Ok(certificate) => {
                writeln!(
                    f,
                    "\n# of {} messages at or above it, {} were right\n[thresholds.certificate]",
                    certificate.answered, certificate.right
                )?;
                writeln!(f, "threshold = {:?}", certificate.threshold)?;
                writeln!(f, "precision = {:?}", certificate.precision)?;
                writeln!(f, "confidence = {:?}", certificate.confidence)?;
                writeln!(f, "labels = {}", certificate.labels)?;
                writeln!(f, "bank = {:?}", self.bank)?;
            }
        }
        for proposal in &self.phrasings {
            writeln!(
                f,
                "\nadd to `{}` the phrasing `{}` ({} messages, confidence now {:.2})",
                proposal.entry, proposal.text, proposal.messages, proposal.confidence
            )?;
        }
        for confusion in &self.confusions {
            writeln!(
                f,
                "\n`{}` ranks first for {} messages of `{}`, such as `{}`",
                confusion.predicted,
                confusion.messages,
                confusion.expected,
                confusion.examples.join("`, `")
            )?;
        }
        Ok(())
    }
}
