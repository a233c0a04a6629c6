//! A case that an agent has claimed, with the commands that need the claim.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use super::{Actor, DEFAULT_LEASE, Desk, DeskError};
use crate::case::{Author, Case, Claim, ClaimToken};
use crate::store::StoreError;
use crate::workflow::command::{MoreTime, Transfer};
use crate::workflow::{Answer, Command, CommandError};

/// A case that an agent has claimed. It dereferences to the [`Case`] as it was read.
///
/// [`Desk::claim`] and [`Desk::claim_next`] give one. A host that keeps no state between two requests stores
/// the case's number and the [`token`](Self::token), and gets it again from [`Desk::claimed`].
///
/// Each command checks the claim, so after a takeover by another agent the former holder is refused with
/// [`CommandError::NotHolder`]. A command returns the case as it leaves it; this value keeps the case as it
/// was read.
///
/// ```
/// use civic_reply::case::State;
/// use civic_reply::store::CaseFilter;
/// # use civic_reply::{Engine, MemoryStore, Message, Rulebook};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new()).build()?;
/// # engine.receive(Message::text("gov-wechat", "citizen-42", "msg-1", "电梯坏了三天,没人管"))?;
/// let desk = engine.desk();
/// let case = desk.claim_next(CaseFilter::default(), "clerk-7")?.ok_or("no case waits")?;
/// case.note("The building's manager does not answer the phone.")?;
/// case.draft("A technician comes")?;
///
/// // The next request of a stateless host:
/// let (id, token) = (case.id.clone(), case.token().clone());
/// let case = desk.claimed(&id, "clerk-7", &token)?;
/// let answered = case.answer("A technician comes this afternoon.")?;
/// assert_eq!(answered.state, State::Answered);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ClaimedCase {
    pub(super) desk: Desk,
    pub(super) actor: Actor,
    pub(super) token: ClaimToken,
    pub(super) case: Case,
    /// Whether no command was run on the case as it was read. Clones share it.
    unused: Arc<AtomicBool>,
}

impl ClaimedCase {
    pub(super) fn new(desk: Desk, actor: Actor, token: ClaimToken, case: Case) -> Self {
        let unused = Arc::new(AtomicBool::new(true));
        Self {
            desk,
            actor,
            token,
            case,
            unused,
        }
    }

    /// The holder.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The token of the claim. It gives the rights of the holder: keep it secret.
    pub fn token(&self) -> &ClaimToken {
        &self.token
    }

    /// The case as it was read, without the claim's commands.
    pub fn into_case(self) -> Case {
        self.case
    }

    /// Answers the citizen with 1 to [`MAX_CHARS`](crate::message::MAX_CHARS) characters. The claim ends, the
    /// first-reply deadline is met, and the answer is a letter in the [outbox](Desk::outbox).
    ///
    /// A text alone is one that the agent wrote; an [`Answer`] says what the agent started from, for example a
    /// [canned reply](Desk::canned_replies).
    ///
    /// # Errors
    ///
    /// [`CommandError::NotHolder`], [`CommandError::PartOpen`], [`CommandError::UnseenMerger`],
    /// [`CommandError::UnknownCannedReply`], [`CommandError::OpenSlot`], or a text that is empty or too long.
    pub fn answer(&self, answer: impl Into<Answer>) -> Result<Case, DeskError> {
        let (token, answer) = (self.token.clone(), answer.into());
        self.run(&Command::Answer { token, answer })
    }

    /// Asks the citizen a question of 1 to [`MAX_CHARS`](crate::message::MAX_CHARS) characters. The claim
    /// ends, and the clocks that can pause do until [`Desk::write`] adds the citizen's reply.
    ///
    /// Without a reply the citizen is reminded. After the time for the reply (a week if the rulebook has no
    /// `[letters]`) a [sweep](Desk::sweep) puts the case back into the queue, and an agent decides how to go
    /// on.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotHolder`], [`CommandError::PartAsks`], [`CommandError::UnseenMerger`], or a text that is empty or too long.
    pub fn ask(&self, text: impl Into<String>) -> Result<Case, DeskError> {
        let (token, text) = (self.token.clone(), text.into());
        self.run(&Command::Ask { token, text })
    }

    /// Saves a draft of the answer. It outlives the claim, so that the next agent can continue it.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotHolder`], or a text that is empty or too long.
    pub fn draft(&self, text: impl Into<String>) -> Result<Case, DeskError> {
        let (token, text) = (self.token.clone(), text.into());
        self.run(&Command::Draft { token, text })
    }

    /// Leaves a note for the other agents, which the citizen never sees. It needs no claim: see
    /// [`Desk::note`].
    ///
    /// # Errors
    ///
    /// A text that is empty or too long.
    pub fn note(&self, text: impl Into<String>) -> Result<Case, DeskError> {
        self.desk.note(&self.case.id, &self.actor, text)
    }

    /// Extends the lease to [`DEFAULT_LEASE`] from now on the store's clock.
    ///
    /// A lease that has ended can be renewed as long as no other agent has claimed the case.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotHolder`] if the claim has ended for good.
    pub fn renew(&self) -> Result<Claim, DeskError> {
        let renewed = self.desk.store.renew(&self.case.id, &self.token, DEFAULT_LEASE)?;
        Ok(renewed.ok_or(CommandError::NotHolder)?)
    }

    /// Returns the case to the queue.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotHolder`].
    pub fn release(&self) -> Result<Case, DeskError> {
        self.run(&Command::Release(self.token.clone()))
    }

    /// Grants more time to one of the case's clocks, within the limits of the policy, and tells the citizen.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotHolder`], [`CommandError::NoClock`], or [`CommandError::Clock`] if the policy does
    /// not allow it or the deadline has passed.
    pub fn extend(&self, more: MoreTime) -> Result<Case, DeskError> {
        let token = self.token.clone();
        self.run(&Command::Extend { token, more })
    }

    /// Records a time that the citizen was told, as a clock of its own.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotHolder`], or [`CommandError::Clock`] if the time has passed.
    pub fn promise(&self, until: Timestamp) -> Result<Case, DeskError> {
        let (token, by) = (self.token.clone(), self.actor.id.clone());
        self.run(&Command::Promise { token, by, until })
    }

    /// Offers the case to another department, which can return it until the policy's time has passed. Until
    /// it accepts, the department that has the case stays responsible, and the clocks run.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotHolder`], [`CommandError::SameDepartment`], [`CommandError::TooManyOffers`] or
    /// [`CommandError::Decided`].
    pub fn transfer(&self, offer: Transfer) -> Result<Case, DeskError> {
        let (token, by) = (self.token.clone(), self.actor.id.clone());
        self.run(&Command::Transfer { token, by, offer })
    }

    /// Ends the case after it was answered, or while it waits for the citizen; see [`Desk::close`].
    ///
    /// # Errors
    ///
    /// [`CommandError::State`] while the case is claimed.
    pub fn close(&self) -> Result<Case, DeskError> {
        self.desk.close(&self.case.id, &self.actor)
    }

    /// The first command is judged by the case as it was read, which saves reading it again. If the case has
    /// changed since then, or the command is refused, it is read and the command judged again.
    pub(super) fn run(&self, command: &Command) -> Result<Case, DeskError> {
        let author = Author::Agent(self.actor.id.clone());
        if self.unused.swap(false, Ordering::Relaxed) {
            match self.desk.attempt(self.case.clone(), &author, command) {
                Err(DeskError::Refused(_) | DeskError::Store(StoreError::Conflict(_))) => {}
                other => return other,
            }
        }
        self.desk.run_as(&self.case.id, &author, command)
    }
}

impl Deref for ClaimedCase {
    type Target = Case;

    fn deref(&self) -> &Case {
        &self.case
    }
}

impl From<ClaimedCase> for Case {
    fn from(claimed: ClaimedCase) -> Self {
        claimed.case
    }
}

impl fmt::Debug for ClaimedCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaimedCase")
            .field("actor", &self.actor)
            .field("token", &self.token)
            .field("case", &self.case)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::time::Duration;

    use crate::case::{ClaimToken, State};
    use crate::desk::test_support;
    use crate::desk::{Actor, DeskError, LetterReceipt, Settlement};
    use crate::store::ClaimQuery;
    use crate::workflow::CommandError;

    #[test]
    fn a_stored_token_gives_the_claimed_case_back() {
        let (desk, _, _) = test_support::desk(&["A"]);
        let claimed = desk.claim(&"A".into(), "eve").unwrap().unwrap();
        let again = desk.claimed(&claimed.id, "eve", claimed.token()).unwrap();
        assert_eq!(again.draft("perhaps").unwrap().state, State::Claimed);
        assert_eq!(again.answer("done").unwrap().state, State::Answered);
        assert_eq!(claimed.close().unwrap().state, State::Closed);

        let stranger = desk.claimed(&"nobody".into(), "eve", claimed.token());
        assert!(matches!(stranger, Err(DeskError::NoSuchCase(_))));
    }

    #[test]
    fn a_wrong_token_is_refused_by_each_command() {
        let (desk, _, _) = test_support::desk(&["A"]);
        desk.claim(&"A".into(), "eve").unwrap().unwrap();
        let forged = desk.claimed(&"A".into(), "eve", &ClaimToken::new("x")).unwrap();
        for refused in [
            forged.answer("done").err(),
            forged.renew().err(),
            forged.release().err(),
        ] {
            assert!(matches!(
                refused,
                Some(DeskError::Refused(CommandError::NotHolder))
            ));
        }
    }

    #[test]
    fn an_actor_is_given_cases_of_its_departments_only() {
        let (desk, _, _) = test_support::desk(&["A"]);
        let department = desk.case(&"A".into()).unwrap().department;
        let other = Actor::new("eve").with_departments(["elsewhere"]);
        assert!(desk.claim_next(ClaimQuery::default(), &other).unwrap().is_none());
        let own = Actor::new("eve").with_departments([department]);
        let claimed = desk.claim_next(ClaimQuery::default(), &own).unwrap().unwrap();
        assert_eq!((claimed.id.as_str(), claimed.actor()), ("A", &own));
    }

    #[test]
    fn a_letter_is_settled_by_a_stored_receipt() {
        let (desk, _, _) = test_support::desk(&["A"]);
        let claimed = desk.claim(&"A".into(), "eve").unwrap().unwrap();
        claimed.answer("done").unwrap();
        let letters = desk.outbox().claim(9, Duration::from_secs(60)).unwrap();
        let receipts: Vec<LetterReceipt> = letters.iter().map(Into::into).collect();
        let stored = serde_json::to_string(&receipts).unwrap();
        let stored: Vec<LetterReceipt> = serde_json::from_str(&stored).unwrap();
        assert_eq!(stored.len(), 1);
        for receipt in &stored {
            let letter = desk.outbox().settle(receipt, Settlement::Delivered).unwrap();
            assert!(letter.status.is_over());
        }
    }
}
