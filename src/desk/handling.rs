//! What agents do with a case besides answering it: notes, hand-overs, supervision, opening it again.

use jiff::Timestamp;

use super::commands::{Desk, DeskError};
use crate::case::{Actor, Case, CaseId, ClaimToken, Ending, ReturnReason};
use crate::message::{AgentId, DepartmentId, ThemeId};
use crate::workflow::{Command, Transfer};

impl Desk {
    /// Keeps an answer in the making with the case.
    pub fn draft(
        &self,
        id: &CaseId,
        agent: &AgentId,
        token: &ClaimToken,
        text: impl Into<String>,
    ) -> Result<Case, DeskError> {
        let (token, text) = (token.clone(), text.into());
        self.run(id, agent, &Command::Draft { token, text })
    }

    /// Leaves word for the other agents. It overwrites nothing, so it needs no claim; the citizen never sees it.
    pub fn note(&self, id: &CaseId, agent: &AgentId, text: impl Into<String>) -> Result<Case, DeskError> {
        let (by, text) = (agent.clone(), text.into());
        self.run(id, agent, &Command::Note { by, text })
    }

    /// Offers a case to another department, which has until the policy's time to give it back. Until it accepts, the
    /// department that has the case stays responsible, and the clocks run.
    pub fn transfer(
        &self,
        id: &CaseId,
        agent: &AgentId,
        token: &ClaimToken,
        offer: Transfer,
    ) -> Result<Case, DeskError> {
        let (token, by) = (token.clone(), agent.clone());
        self.run(id, agent, &Command::Transfer { token, by, offer })
    }

    /// Takes an offered case into the department that it was offered to.
    pub fn accept(&self, id: &CaseId, agent: &AgentId) -> Result<Case, DeskError> {
        self.run(id, agent, &Command::Accept { silent: false })
    }

    /// Takes an offered case as accepted, because nobody gave it back in time. Refused while there is time left.
    pub fn accept_silence(&self, id: &CaseId) -> Result<Case, DeskError> {
        self.run_as(id, &Actor::Engine, &Command::Accept { silent: true })
    }

    /// Gives an offered case back, within its time.
    pub fn return_case(
        &self,
        id: &CaseId,
        agent: &AgentId,
        reason: ReturnReason,
        text: impl Into<String>,
    ) -> Result<Case, DeskError> {
        let (by, text) = (agent.clone(), text.into());
        self.run(id, agent, &Command::Return { by, reason, text })
    }

    /// Settles where a case belongs that was sent around as often as the policy says (three times where it does not): the department that
    /// gets it can't give it back. Refused to anybody but the owner whom the policy names, where it names one.
    pub fn decide(
        &self,
        id: &CaseId,
        owner: &AgentId,
        department: &DepartmentId,
        theme: Option<ThemeId>,
        reason: impl Into<String>,
    ) -> Result<Case, DeskError> {
        let decide = Command::Decide {
            owner: owner.clone(),
            department: department.clone(),
            theme,
            reason: reason.into(),
        };
        self.run(id, owner, &decide)
    }

    /// Climbs one rung of the ladder: remind, urge, report upwards.
    pub fn supervise(
        &self,
        id: &CaseId,
        agent: &AgentId,
        text: impl Into<String>,
    ) -> Result<Case, DeskError> {
        let (by, text) = (agent.clone(), text.into());
        self.run(id, agent, &Command::Supervise { by, text })
    }

    /// Ends a case, saying how.
    pub fn close_as(&self, id: &CaseId, actor: &Actor, how: Ending) -> Result<Case, DeskError> {
        self.run_as(id, actor, &Command::Close { how })
    }

    /// Puts a case that was answered or closed back into the queue with its history; its clocks count from `since`.
    pub fn reopen(
        &self,
        id: &CaseId,
        actor: &Actor,
        reason: impl Into<String>,
        since: Timestamp,
    ) -> Result<Case, DeskError> {
        let reason = reason.into();
        self.run_as(id, actor, &Command::Reopen { reason, since })
    }
}
