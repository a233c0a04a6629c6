//! What senders report about letters, and agents decide about stuck ones, in desk and model.

use std::time::Duration;

use civic_reply::case::CaseId;
use civic_reply::desk::{DeskError, Settlement};
use proptest::prelude::*;

use super::letters::{SEND_LEASE, SenderReport};
use super::world::World;

impl World {
    pub(super) fn send(&mut self) -> Result<(), TestCaseError> {
        let lease = Duration::from_secs(SEND_LEASE.unsigned_abs() * 60);
        let given = self.desk.outbox().claim(usize::MAX, lease).unwrap();
        let names = given
            .iter()
            .map(|letter| (letter.case.to_string(), letter.number as usize));
        let mut names: Vec<_> = names.collect();
        names.sort();
        prop_assert_eq!(names, self.model.send());
        for letter in given {
            let (id, number) = (letter.case.as_str(), letter.number as usize);
            self.model.set_token(id, number, letter.token.as_str().to_owned());
            self.sent.push(letter);
        }
        Ok(())
    }

    pub(super) fn settle(&mut self, which: u8, how: u8) -> Result<(), TestCaseError> {
        let count = self.sent.len();
        let Some(letter) = self.sent.get(usize::from(which) % count.max(1)).cloned() else {
            return Ok(());
        };
        let reason = "the line is down".to_owned();
        let (how, report) = match how {
            0 => (Settlement::Delivered, SenderReport::Arrived),
            1 => (Settlement::Failed { reason }, SenderReport::Failed),
            2 => (Settlement::Refused { reason }, SenderReport::CommandError),
            _ => (Settlement::Unknown, SenderReport::Unknown),
        };
        let outbox = self.desk.outbox();
        let did = match outbox.settle(&letter, how) {
            Ok(_) => true,
            // A crash may have lost the letter, or its case.
            Err(DeskError::Refused(_) | DeskError::NoSuchCase(_)) => false,
            Err(error) => panic!("{error}"),
        };
        let id = letter.case.as_str();
        let known = self.model.matters.iter().any(|matter| matter.id == id);
        let number = letter.number as usize;
        let should = known && self.model.settle(id, number, letter.token.as_str(), report);
        prop_assert_eq!(did, should, "{:?} of letter {} of `{}`", report, number, id);
        Ok(())
    }

    pub(super) fn decide_letter(&mut self, case: u8, number: u8, again: bool) -> Result<(), TestCaseError> {
        let Some(name) = self.named(case) else {
            return Ok(());
        };
        let (outbox, id) = (self.desk.outbox(), CaseId::new(&name));
        let number = usize::from(number) + 1;
        let which = u32::try_from(number).unwrap();
        let result = match again {
            true => outbox.resend(&id, which, "chief"),
            false => outbox.dismiss(&id, which, "chief"),
        };
        let did = match result {
            Ok(_) => true,
            Err(DeskError::Refused(_)) => false,
            Err(error) => panic!("{error}"),
        };
        prop_assert_eq!(did, self.model.decide_letter(&name, number, again));
        Ok(())
    }
}
