//! The commands that need no claim, and the one place where commands are judged and committed.

use jiff::Timestamp;

use super::{ATTEMPTS, Actor, Desk, DeskError};
use crate::case::{Author, Case, CaseId, ClockKind, Ending, ReturnReason};
use crate::message::{DepartmentId, ThemeId};
use crate::store::{ChangeSet, retry_on_conflict};
use crate::time::Reset;
use crate::workflow::{Command, close_answered_part, close_confirmed, transition};

/// Every command returns the case as it leaves it. Texts have 1 to [`MAX_CHARS`](crate::message::MAX_CHARS)
/// characters. The errors are those of [`transition`], [`DeskError::NoSuchCase`], and those of the store.
impl Desk {
    /// Adds a message to the case, from the citizen of its first message and written at `at`. A case that
    /// waited for a reply is back in the queue, and its clocks resume.
    ///
    /// # Errors
    ///
    /// The case is over, or the text is empty or too long.
    pub fn write(&self, id: &CaseId, text: impl Into<String>, at: Timestamp) -> Result<Case, DeskError> {
        self.write_from(id, 0, text, at)
    }

    /// Adds a message to the case, as [`write`](Self::write) does, from the writer of the message with the
    /// index `recipient` in [`Case::recipients`].
    ///
    /// # Errors
    ///
    /// The case is over, the text is empty or too long, or
    /// [`CommandError::NoRecipient`](crate::workflow::CommandError::NoRecipient).
    pub fn write_from(
        &self,
        id: &CaseId,
        recipient: usize,
        text: impl Into<String>,
        at: Timestamp,
    ) -> Result<Case, DeskError> {
        let (text, from) = (text.into(), recipient);
        self.run_as(id, &Author::Citizen, &Command::Write { text, at, from })
    }

    /// Records that citizens said that the answer settled their matter, in another way than by a message. `by`
    /// has indexes in [`Case::recipients`]. Once each citizen of the case has said so, it is closed as
    /// [`Ending::Solved`].
    ///
    /// Later answers and questions go to the other citizens only.
    ///
    /// # Errors
    ///
    /// The case is not answered, or
    /// [`CommandError::NoRecipient`](crate::workflow::CommandError::NoRecipient).
    pub fn confirm(&self, id: &CaseId, by: &[usize]) -> Result<Case, DeskError> {
        let by = by.to_vec();
        self.run_as(id, &Author::Citizen, &Command::Confirm { by })
    }

    /// Counts a request to hurry, made at `at`, which the citizen made in another way than by a message.
    ///
    /// # Errors
    ///
    /// The case is answered or over.
    pub fn chase(&self, id: &CaseId, at: Timestamp) -> Result<Case, DeskError> {
        self.run_as(id, &Author::Citizen, &Command::Chase { at })
    }

    /// Stops waiting for the citizen: the case is back in the queue without a reply, and its clocks resume.
    /// No agent holds a case that waits for the citizen, so it needs no claim.
    ///
    /// # Errors
    ///
    /// The case does not wait for the citizen.
    pub fn resume(&self, id: &CaseId, actor: impl Into<Actor>) -> Result<Case, DeskError> {
        self.run(id, &actor.into(), &Command::Resume { silent: false })
    }

    /// Restarts a clock. Both due times stay on record.
    ///
    /// # Errors
    ///
    /// The wish has no permission or no reason, or the case has no such clock.
    pub fn reset(&self, id: &CaseId, clock: ClockKind, wish: Reset) -> Result<Case, DeskError> {
        let actor = Actor::from(&wish.by);
        self.run(id, &actor, &Command::Reset { clock, wish })
    }

    /// Leaves a note for the other agents. It overwrites nothing, so it needs no claim. The citizen never
    /// sees it.
    ///
    /// # Errors
    ///
    /// The case is closed or merged, or the text is empty or too long.
    pub fn note(
        &self,
        id: &CaseId,
        actor: impl Into<Actor>,
        text: impl Into<String>,
    ) -> Result<Case, DeskError> {
        let (actor, text) = (actor.into(), text.into());
        let by = actor.id.clone();
        self.run(id, &actor, &Command::Note { by, text })
    }

    /// Accepts an offered case for the department that it was offered to.
    ///
    /// # Errors
    ///
    /// The case is not offered.
    pub fn accept(&self, id: &CaseId, actor: impl Into<Actor>) -> Result<Case, DeskError> {
        self.run(id, &actor.into(), &Command::Accept { silent: false })
    }

    /// Accepts an offered case that the department did not return in time. A [sweep](Self::sweep) does that
    /// by itself.
    ///
    /// # Errors
    ///
    /// [`CommandError::TimeLeft`](crate::workflow::CommandError::TimeLeft), or the case is not offered.
    pub fn accept_silence(&self, id: &CaseId) -> Result<Case, DeskError> {
        self.run_as(id, &Author::Engine, &Command::Accept { silent: true })
    }

    /// Returns an offered case to the department that has it.
    ///
    /// # Errors
    ///
    /// [`CommandError::ReturnTooLate`](crate::workflow::CommandError::ReturnTooLate), or the case is not
    /// offered.
    pub fn return_case(
        &self,
        id: &CaseId,
        actor: impl Into<Actor>,
        reason: ReturnReason,
        text: impl Into<String>,
    ) -> Result<Case, DeskError> {
        let (actor, text) = (actor.into(), text.into());
        let by = actor.id.clone();
        self.run(id, &actor, &Command::Return { by, reason, text })
    }

    /// Assigns a case to a department for good, once it was offered as often as the policy says (3 times if
    /// it does not say). The department can't return it. `theme` replaces the theme; `None` keeps it.
    ///
    /// # Errors
    ///
    /// [`CommandError::TooFewOffers`](crate::workflow::CommandError::TooFewOffers), or
    /// [`CommandError::NotDesignatedOwner`](crate::workflow::CommandError::NotDesignatedOwner) if the policy
    /// designates another owner.
    pub fn decide(
        &self,
        id: &CaseId,
        owner: impl Into<Actor>,
        department: &DepartmentId,
        theme: Option<ThemeId>,
        reason: impl Into<String>,
    ) -> Result<Case, DeskError> {
        let actor = owner.into();
        let decide = Command::Decide {
            owner: actor.id.clone(),
            department: department.clone(),
            theme,
            reason: reason.into(),
        };
        self.run(id, &actor, &decide)
    }

    /// Goes to the next level of supervision: remind, urge, report to the level above.
    ///
    /// # Errors
    ///
    /// [`CommandError::NoHigherLevel`](crate::workflow::CommandError::NoHigherLevel) after the last level.
    pub fn supervise(
        &self,
        id: &CaseId,
        actor: impl Into<Actor>,
        text: impl Into<String>,
    ) -> Result<Case, DeskError> {
        let (actor, text) = (actor.into(), text.into());
        let by = actor.id.clone();
        self.run(id, &actor, &Command::Supervise { by, text })
    }

    /// Ends a case that is answered, or that waits for the citizen. Its open deadlines are done.
    ///
    /// # Errors
    ///
    /// The case is in another state.
    pub fn close(&self, id: &CaseId, actor: impl Into<Actor>) -> Result<Case, DeskError> {
        self.run(id, &actor.into(), &Command::Close { how: Ending::Done })
    }

    /// Ends a case in the name of `author`, with this ending.
    ///
    /// # Errors
    ///
    /// The case is not answered and does not wait for the citizen.
    pub fn close_as(&self, id: &CaseId, author: &Author, how: Ending) -> Result<Case, DeskError> {
        self.run_as(id, author, &Command::Close { how })
    }

    /// Puts an answered or closed case back into the queue.
    ///
    /// What was kept stays kept, and new clocks count from `since`, or from now if their time would be over by
    /// now. A clock that still runs and started at `since` or later goes on. No alarm of a time before the
    /// reopening is raised.
    ///
    /// # Errors
    ///
    /// The case is in another state, or is a part of another case.
    pub fn reopen(
        &self,
        id: &CaseId,
        author: &Author,
        reason: impl Into<String>,
        since: Timestamp,
    ) -> Result<Case, DeskError> {
        let command = Command::Reopen {
            reason: reason.into(),
            since,
            by: Vec::new(),
        };
        self.run_as(id, author, &command)
    }

    /// Makes any move of [`MOVES`](crate::workflow::MOVES) in the name of `author`. The other methods are
    /// built on it.
    ///
    /// It changes this case, and the whole case when a joined part ends. A merger needs a move of each of two
    /// cases, and splitting one a new case: [`ClaimedCase::merge_into`](super::ClaimedCase::merge_into),
    /// [`split`](super::ClaimedCase::split) and [`co_handle`](super::ClaimedCase::co_handle) commit both
    /// sides together.
    ///
    /// # Errors
    ///
    /// Those of [`transition`], [`DeskError::NoSuchCase`], or the store failed.
    pub fn command(&self, id: &CaseId, author: &Author, command: &Command) -> Result<Case, DeskError> {
        self.run_as(id, author, command)
    }

    pub(super) fn run(&self, id: &CaseId, actor: &Actor, command: &Command) -> Result<Case, DeskError> {
        self.run_as(id, &Author::Agent(actor.id.clone()), command)
    }

    pub(super) fn run_as(&self, id: &CaseId, author: &Author, command: &Command) -> Result<Case, DeskError> {
        // After a conflict the case is read again and the command judged again, so that a stale holder is
        // refused.
        retry_on_conflict(ATTEMPTS, |_| self.attempt(self.case(id)?, author, command))
    }

    /// Judges the command by the case as it was read, and commits its events.
    pub(super) fn attempt(
        &self,
        before: Case,
        author: &Author,
        command: &Command,
    ) -> Result<Case, DeskError> {
        let now = self.clock.now();
        let config = self.config();
        let mut events = transition(&before, command, &config, now)?;
        events.extend(close_answered_part(&before, &events, &config, now)?);
        events.extend(close_confirmed(&before, &events, &config, now)?);
        let mut change = ChangeSet::default();
        let case = change.apply(before, events, author, now);
        self.join(&case, author, now, &mut change)?;
        self.store.commit(change)?;
        Ok(case)
    }
}
