//! The agents of the simulated day: they claim, answer, ask, transfer, extend, merge, split and release.

use std::error::Error;

use civic_reply::case::{Case, CaseId, ClaimToken, ClockKind, ReturnReason, State};
use civic_reply::desk::{ClaimedCase, DeskError, Matter, MoreTime, Transfer};
use civic_reply::message::{AgentId, DepartmentId};
use civic_reply::store::{CaseFilter, ClaimOrder, ClaimQuery};
use jiff::Timestamp;

use crate::people::People;

/// An agent of a department, and the case that it holds.
pub(crate) struct Agent {
    pub(crate) id: AgentId,
    pub(crate) department: DepartmentId,
    pub(crate) first: ClaimOrder,
    pub(crate) holds: Option<(CaseId, ClaimToken)>,
}

impl People {
    /// One action of each agent.
    pub(crate) fn agents(&mut self, now: Timestamp) -> Result<(), Box<dyn Error>> {
        for place in 0..self.agents.len() {
            self.offers(place)?;
            self.act(place, now)?;
        }
        Ok(())
    }

    /// Accepts or returns offered cases; about a third of the offers get no reply.
    fn offers(&mut self, place: usize) -> Result<(), Box<dyn Error>> {
        let Some(agent) = self.agents.get(place) else {
            return Ok(());
        };
        let (id, department) = (agent.id.clone(), agent.department.clone());
        for case in self.all(&[State::Offered], Some(&department))? {
            // Each agent of the department draws once per step.
            match self.random.below(1_000) {
                0..8 => {
                    let accepted = self.desk.accept(&case.id, &id);
                    self.count_result("accepted", accepted)?;
                }
                8..13 => {
                    let words = "The place is not in our area.";
                    let returned = self
                        .desk
                        .return_case(&case.id, &id, ReturnReason::OutsideTheArea, words);
                    self.count_result("returns", returned)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn act(&mut self, place: usize, now: Timestamp) -> Result<(), Box<dyn Error>> {
        let Some(agent) = self.agents.get_mut(place) else {
            return Ok(());
        };
        let id = agent.id.clone();
        let Some((case, token)) = agent.holds.take() else {
            let pick = ClaimQuery {
                departments: vec![agent.department.clone()],
                first: agent.first,
                capacity: Some(1),
                ..ClaimQuery::default()
            };
            let given = self.desk.claim_next(pick, &id)?;
            agent.holds = given.map(|case| (case.id.clone(), case.token().clone()));
            return Ok(());
        };
        let keeps = self.work(&id, &case, &token, now)?;
        if keeps && let Some(agent) = self.agents.get_mut(place) {
            agent.holds = Some((case, token));
        }
        Ok(())
    }

    /// One action on a case; returns whether the agent still holds it.
    fn work(
        &mut self,
        id: &AgentId,
        case: &CaseId,
        token: &ClaimToken,
        now: Timestamp,
    ) -> Result<bool, Box<dyn Error>> {
        let desk = self.desk.clone();
        let held = desk.claimed(case, id, token)?;
        if held.renew().is_err() {
            self.count("leases_lost");
            return Ok(false);
        }
        if held.handling.transfers.offer_count >= 3 && held.handling.transfers.decided_by.is_none() {
            let reason = "It was sent around three times.";
            let decided = desk.decide(case, "chief", &held.department, None, reason);
            self.count_result("decided", decided)?;
            return Ok(false);
        }
        Ok(match self.random.below(100) {
            0..45 => {
                let draft = held.handling.internal.draft.clone();
                let joined = draft.filter(|_| !held.handling.relations.parts.is_empty());
                let text = joined.unwrap_or_else(|| "The office has looked into it.".to_owned());
                !self.count_result("answers", held.answer(text))?
            }
            45..53 => !self.count_result("questions", held.ask("Which house is it?"))?,
            53..66 => {
                let to = self.other(&held.department);
                let offer = Transfer {
                    to,
                    theme: None,
                    reason: "It belongs to your field.".to_owned(),
                    complex: false,
                };
                !self.count_result("transfers", held.transfer(offer))?
            }
            66..70 => {
                self.extend(&held)?;
                true
            }
            70..74 => match self.twin(&held)? {
                Some(twin) => !self.count_result("mergers", held.merge_into(&twin))?,
                None => true,
            },
            74..76 => {
                let matter = self.matter(&held);
                self.count_result("split_off", held.split(&matter))?;
                true
            }
            76..79 => {
                let matter = self.matter(&held);
                self.count_result("parts", held.co_handle(&matter))?;
                true
            }
            79..88 => {
                self.count_result("drafts", held.draft("A first attempt."))?;
                true
            }
            88..96 => {
                self.count_result("notes", desk.note(case, id, format!("Called at {now}.")))?;
                true
            }
            _ => !self.count_result("released", held.release())?,
        })
    }

    fn extend(&mut self, held: &ClaimedCase) -> Result<(), Box<dyn Error>> {
        let mut open = held.deadlines.iter().filter(|deadline| deadline.status.is_open());
        let long = open.find(|deadline| deadline.clock == ClockKind::Resolution);
        let clock = long.map_or(ClockKind::FirstReply, |deadline| deadline.clock);
        let more = MoreTime {
            clock,
            amount: civic_reply::case::Amount::one_working_day(),
            reason: "Somebody has to go there.".to_owned(),
            approver: "chief".into(),
        };
        self.count_result("extensions", held.extend(more))?;
        Ok(())
    }

    /// Another waiting case that contains this one's first characters.
    fn twin(&self, held: &Case) -> Result<Option<CaseId>, DeskError> {
        let head: String = held.text.chars().take(3).collect();
        let filter = CaseFilter {
            text: Some(head),
            states: vec![State::Waiting],
            ..CaseFilter::default()
        };
        let found = self.desk.cases(&filter)?.cases.into_iter();
        let mut other = found.filter(|case| case.id != held.id && !case.is_joined_part());
        Ok(other.next().map(|case| case.id))
    }

    fn matter(&mut self, held: &Case) -> Matter {
        Matter {
            text: held.text.lines().last().unwrap_or("the rest").to_owned(),
            department: self.other(&held.department),
            theme: None,
        }
    }

    fn other(&mut self, than: &DepartmentId) -> DepartmentId {
        let others: Vec<_> = self.departments.iter().filter(|one| *one != than).collect();
        let drawn = self.random.below(others.len());
        others
            .get(drawn)
            .map_or_else(|| than.clone(), |other| (*other).clone())
    }
}
