//! Splitting a case: a second matter with a case of its own, or parts with joined answers.

use jiff::Timestamp;

use super::{ATTEMPTS, ClaimedCase, Desk, DeskError};
use crate::case::{Author, Case};
use crate::store::{ChangeSet, retry_on_conflict};
use crate::workflow::split::Matter;
use crate::workflow::{Command, CommandError, new_part, take_part, transition};

impl ClaimedCase {
    /// Gives a second matter a case of its own, with an answer of its own, and returns the new case.
    ///
    /// It counts from the same arrival and has the same open deadlines: splitting gives no new time.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotHolder`], or a text that is empty or too long.
    pub fn split(&self, matter: &Matter) -> Result<Case, DeskError> {
        self.split_off(matter, false)
    }

    /// Gives a part of the matter to another department as a case, and returns the new case.
    ///
    /// The department's answer closes the part and goes into this case, which can't be answered before; the
    /// citizen gets one answer. The last answer leaves the answers of all parts as the draft, unless there is
    /// a draft already.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotHolder`], [`CommandError::HasParts`] if this case is a part, or a text that is
    /// empty or too long.
    pub fn co_handle(&self, matter: &Matter) -> Result<Case, DeskError> {
        self.split_off(matter, true)
    }

    fn split_off(&self, matter: &Matter, joined: bool) -> Result<Case, DeskError> {
        let (desk, author) = (&self.desk, Author::Agent(self.actor.id.clone()));
        let config = desk.config();
        retry_on_conflict(ATTEMPTS, |_| {
            let (whole, now) = (desk.case(&self.case.id)?, desk.clock.now());
            let new = new_part(&whole, &config, matter, joined, now)?;
            let (token, part) = (self.token.clone(), new.id.clone());
            let department = matter.department.clone();
            let command = match joined {
                true => Command::CoHandle {
                    token,
                    part,
                    department,
                },
                false => Command::Split { token, part },
            };
            let events = transition(&whole, &command, &config, now)?;
            let mut change = ChangeSet::default();
            change.apply(whole, events, &author, now);
            change.open(new.clone(), &author, now);
            desk.store.commit(change)?;
            Ok(new)
        })
    }
}

impl Desk {
    /// Adds to `change`, which closes a joined part, the move by which the whole case takes the answer. Adds
    /// nothing if the whole case is over, or has the answer already.
    pub(super) fn join(
        &self,
        part: &Case,
        author: &Author,
        now: Timestamp,
        change: &mut ChangeSet,
    ) -> Result<(), DeskError> {
        let Some((whole, take)) = take_part(part) else {
            return Ok(());
        };
        let Some(whole) = self.store.case(whole)? else {
            return Ok(());
        };
        match transition(&whole, &take, &self.config(), now) {
            Ok(events) => {
                change.apply(whole, events, author, now);
                Ok(())
            }
            Err(CommandError::State { .. } | CommandError::NoPart(_)) => Ok(()),
            Err(refused) => Err(refused.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::case::State;
    use crate::desk::test_support::{self, held};
    use crate::message::AgentId;
    use crate::store::Store as _;
    use crate::time::Clock as _;

    fn matter(department: &str) -> Matter {
        Matter {
            text: "and the street light".to_owned(),
            department: department.into(),
            theme: Some("light".into()),
        }
    }

    #[test]
    fn a_second_matter_owes_what_the_case_owes_and_has_an_answer_of_its_own() {
        let (desk, _, _) = test_support::desk(&["A"]);
        let (whole, token) = held(&desk, "A");
        let part = desk
            .claimed(&whole.id, "eve", &token)
            .and_then(|case| case.split(&matter("light")))
            .unwrap();
        assert_eq!(part.id.as_str(), "A-1");
        assert_eq!((part.arrived, &part.deadlines), (whole.arrived, &whole.deadlines));
        assert_eq!(part.recipients(), [&whole.key]);
        let (_, second) = held(&desk, "A-1");
        desk.claimed(&part.id, "eve", &second)
            .and_then(|case| case.answer("on Monday"))
            .unwrap();
        assert_eq!(desk.case(&part.id).unwrap().state, State::Answered);
        desk.claimed(&whole.id, "eve", &token)
            .and_then(|case| case.answer("done"))
            .unwrap();
        assert_eq!(
            desk.case(&whole.id).unwrap().handling.relations.split_off,
            [part.id]
        );
    }

    #[test]
    fn parts_are_joined_into_one_answer() {
        let (desk, _, store) = test_support::desk(&["A", "B"]);
        let eve = AgentId::new("eve");
        let (whole, token) = held(&desk, "A");
        let one = desk
            .claimed(&whole.id, &eve, &token)
            .and_then(|case| case.co_handle(&matter("fund")))
            .unwrap();
        let two = desk
            .claimed(&whole.id, &eve, &token)
            .and_then(|case| case.co_handle(&matter("tax")))
            .unwrap();
        assert_eq!((one.id.as_str(), two.id.as_str()), ("A-1", "A-2"));
        assert!(one.recipients().is_empty());
        let early = desk
            .claimed(&whole.id, &eve, &token)
            .and_then(|case| case.answer("done"));
        assert!(matches!(
            early,
            Err(DeskError::Refused(CommandError::PartOpen(_)))
        ));
        for (part, words) in [(&one, "the fund pays"), (&two, "no tax is due")] {
            let (_, token) = held(&desk, part.id.as_str());
            let over = desk
                .claimed(&part.id, &eve, &token)
                .and_then(|case| case.answer(words))
                .unwrap();
            assert_eq!((over.state, over.answer.as_deref()), (State::Closed, Some(words)));
            assert!(over.next_alarm().is_none());
        }
        let joined = desk.case(&whole.id).unwrap();
        let draft = joined.handling.internal.draft.as_deref().unwrap();
        assert_eq!(draft, "the fund pays\n\nno tax is due");
        desk.claimed(&whole.id, &eve, &token)
            .and_then(|case| case.answer(draft))
            .unwrap();
        let again = desk.reopen(&one.id, &Author::Citizen, "no", one.arrived);
        assert!(matches!(again, Err(DeskError::Refused(CommandError::JoinedPart))));
        let rebuilt = test_support::replay(&*store);
        assert_eq!(rebuilt.get(&whole.id), Some(&desk.case(&whole.id).unwrap()));
        assert_eq!(rebuilt.get(&one.id), store.case(&one.id).unwrap().as_ref());

        let (_, token) = held(&desk, "B");
        let into = desk
            .claimed(&"B".into(), &eve, &token)
            .and_then(|case| case.merge_into(&one.id));
        assert!(into.is_err(), "a part has no citizens to answer");
    }

    #[test]
    fn a_part_asks_no_citizen_because_none_would_hear_it() {
        let (desk, _, _) = test_support::desk(&["A"]);
        let eve = AgentId::new("eve");
        let (whole, token) = held(&desk, "A");
        let part = desk
            .claimed(&whole.id, &eve, &token)
            .and_then(|case| case.co_handle(&matter("fund")))
            .unwrap();
        let (_, asking) = held(&desk, "A-1");
        let asked = desk
            .claimed(&part.id, &eve, &asking)
            .and_then(|case| case.ask("which flat?"));
        assert!(matches!(asked, Err(DeskError::Refused(CommandError::PartAsks))));
        // The holder of the whole case reads that in the draft, and asks.
        desk.claimed(&part.id, &eve, &asking)
            .and_then(|case| case.answer("we need to know which flat"))
            .unwrap();
        let asked = desk
            .claimed(&whole.id, &eve, &token)
            .and_then(|case| case.ask("which flat?"))
            .unwrap();
        assert_eq!(asked.state, State::AwaitingCitizen);
    }

    #[test]
    fn a_stale_holder_takes_nothing_out() {
        let (desk, clock, store) = test_support::desk(&["A"]);
        let (whole, stale) = held(&desk, "A");
        clock.set(clock.now() + jiff::SignedDuration::from_mins(16));
        held(&desk, "A");
        let split = desk
            .claimed(&whole.id, "eve", &stale)
            .and_then(|case| case.split(&matter("fund")));
        assert!(matches!(split, Err(DeskError::Refused(CommandError::NotHolder))));
        assert!(store.case(&"A-1".into()).unwrap().is_none());
    }
}
