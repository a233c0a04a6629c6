//! A case that becomes several: a second matter of its own, or parts whose answers are joined.

use jiff::Timestamp;

use super::commands::{ATTEMPTS, Desk, DeskError};
use crate::case::{Actor, Case, CaseId, ClaimToken};
use crate::message::AgentId;
use crate::store::{ChangeSet, retry_on_conflict};
use crate::workflow::{Command, CommandError, Matter, new_part, take_part, transition};

impl Desk {
    /// Gives a second matter a case of its own, with an answer of its own, and gives that case.
    ///
    /// It counts from the same arrival and owes what the case owes: taking a matter out gives nobody more time.
    pub fn split(
        &self,
        id: &CaseId,
        agent: &AgentId,
        token: &ClaimToken,
        matter: &Matter,
    ) -> Result<Case, DeskError> {
        self.take_out(id, agent, token, matter, false)
    }

    /// Gives a part of the matter to another department as a case, and gives that case. What the department answers goes
    /// into the whole case, which can't be answered before; the citizen gets one answer.
    ///
    /// A part is over when its department has answered it. The last one leaves the words of all parts as the draft of the whole
    /// case, unless there is a draft already.
    pub fn co_handle(
        &self,
        id: &CaseId,
        agent: &AgentId,
        token: &ClaimToken,
        matter: &Matter,
    ) -> Result<Case, DeskError> {
        self.take_out(id, agent, token, matter, true)
    }

    fn take_out(
        &self,
        id: &CaseId,
        agent: &AgentId,
        token: &ClaimToken,
        matter: &Matter,
        joined: bool,
    ) -> Result<Case, DeskError> {
        let (actor, config) = (Actor::Agent(agent.clone()), self.config());
        retry_on_conflict(ATTEMPTS, |_| {
            let (whole, now) = (self.case(id)?, self.clock.now());
            let part = new_part(&whole, &config, matter, joined, now)?;
            let (token, id) = (token.clone(), part.id.clone());
            let command = match joined {
                true => Command::CoHandle {
                    token,
                    part: id,
                    department: matter.department.clone(),
                },
                false => Command::Split { token, part: id },
            };
            let events = transition(&whole, &command, &config, now)?;
            let mut change = ChangeSet::default();
            change.apply(whole, events, &actor, now);
            change.open(part.clone(), &actor, now);
            self.store.commit(change)?;
            Ok(part)
        })
    }

    /// Adds to `change`, which closes a joined part, the move by which the whole case takes the answer. Adds nothing if
    /// the whole case is over, or has the answer already.
    pub(super) fn join(
        &self,
        part: &Case,
        actor: &Actor,
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
                change.apply(whole, events, actor, now);
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
            .split(&whole.id, &"eve".into(), &token, &matter("light"))
            .unwrap();
        assert_eq!(part.id.as_str(), "A-1");
        assert_eq!((part.arrived, &part.deadlines), (whole.arrived, &whole.deadlines));
        assert_eq!(part.recipients(), [&whole.key]);
        let (_, second) = held(&desk, "A-1");
        desk.answer(&part.id, &"eve".into(), &second, "on Monday")
            .unwrap();
        assert_eq!(desk.case(&part.id).unwrap().state, State::Answered);
        desk.answer(&whole.id, &"eve".into(), &token, "done").unwrap();
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
        let one = desk.co_handle(&whole.id, &eve, &token, &matter("fund")).unwrap();
        let two = desk.co_handle(&whole.id, &eve, &token, &matter("tax")).unwrap();
        assert_eq!((one.id.as_str(), two.id.as_str()), ("A-1", "A-2"));
        assert!(one.recipients().is_empty());
        let early = desk.answer(&whole.id, &eve, &token, "done");
        assert!(matches!(
            early,
            Err(DeskError::Refused(CommandError::PartOpen(_)))
        ));
        for (part, words) in [(&one, "the fund pays"), (&two, "no tax is due")] {
            let (_, token) = held(&desk, part.id.as_str());
            let over = desk.answer(&part.id, &eve, &token, words).unwrap();
            assert_eq!((over.state, over.answer.as_deref()), (State::Closed, Some(words)));
            assert!(over.next_alarm().is_none());
        }
        let joined = desk.case(&whole.id).unwrap();
        let draft = joined.handling.internal.draft.as_deref().unwrap();
        assert_eq!(draft, "the fund pays\n\nno tax is due");
        desk.answer(&whole.id, &eve, &token, draft).unwrap();
        let again = desk.reopen(&one.id, &Actor::Citizen, "no", one.arrived);
        assert!(matches!(again, Err(DeskError::Refused(CommandError::JoinedPart))));
        let rebuilt = test_support::replay(&*store);
        assert_eq!(rebuilt.get(&whole.id), Some(&desk.case(&whole.id).unwrap()));
        assert_eq!(rebuilt.get(&one.id), store.case(&one.id).unwrap().as_ref());

        let (_, token) = held(&desk, "B");
        let into = desk.merge(&"B".into(), &eve, &token, &one.id);
        assert!(into.is_err(), "a part has no citizens to answer");
    }

    #[test]
    fn a_part_asks_no_citizen_because_none_would_hear_it() {
        let (desk, _, _) = test_support::desk(&["A"]);
        let eve = AgentId::new("eve");
        let (whole, token) = held(&desk, "A");
        let part = desk.co_handle(&whole.id, &eve, &token, &matter("fund")).unwrap();
        let (_, asking) = held(&desk, "A-1");
        let asked = desk.ask(&part.id, &eve, &asking, "which flat?");
        assert!(matches!(asked, Err(DeskError::Refused(CommandError::PartAsks))));
        // Whoever has the whole learns of it and asks.
        desk.answer(&part.id, &eve, &asking, "we need to know which flat")
            .unwrap();
        let asked = desk.ask(&whole.id, &eve, &token, "which flat?").unwrap();
        assert_eq!(asked.state, State::AwaitingCitizen);
    }

    #[test]
    fn a_stale_holder_takes_nothing_out() {
        let (desk, clock, store) = test_support::desk(&["A"]);
        let (whole, stale) = held(&desk, "A");
        clock.set(clock.now() + jiff::SignedDuration::from_mins(16));
        held(&desk, "A");
        let split = desk.split(&whole.id, &"eve".into(), &stale, &matter("fund"));
        assert!(matches!(split, Err(DeskError::Refused(CommandError::NotHolder))));
        assert!(store.case(&"A-1".into()).unwrap().is_none());
    }
}
