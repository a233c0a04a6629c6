//! The outbox: the host takes letters, sends them, and says what became of each.

use std::collections::HashSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::commands::{ATTEMPTS, Desk, DeskError};
use super::letter::{ClaimedLetter, StuckLetter};
use crate::case::{Actor, Case, CaseId, ClaimToken, Letter, LetterStatus};
use crate::message::{AgentId, Conversation, MessageKey};
use crate::store::{ChangeSet, retry_on_conflict};
use crate::workflow::{
    Settlement, admit, check_stuck, find_letter, is_ripe, letter_moved, lost, settled, uncounted,
};

/// How many cases are read at once.
const PAGE: usize = 100;

/// The letters of all cases. Cheap to clone.
///
/// A letter becomes true in the commit of the move that writes it, so none is lost and none is sent for a move that did not
/// happen. It is found by its state, and every step is a move of its case: in the journal, fenced by the case's version.
/// A letter goes to one sender at a time; one whose sender never came back may have been delivered, which an agent is told,
/// and is not sent again by itself.
///
/// ```
/// use std::time::Duration;
///
/// use civic_reply::desk::Settlement;
/// use civic_reply::message::AgentId;
/// use civic_reply::store::CaseFilter;
/// use civic_reply::{Engine, MemoryStore, Message, Rulebook};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let engine = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new()).build()?;
/// engine.receive(Message::text("gov-wechat", "citizen-42", "msg-1", "电梯坏了三天,没人管"))?;
/// let (desk, agent) = (engine.desk(), AgentId::new("clerk-7"));
/// let case = desk.claim_next(CaseFilter::default(), &agent)?.ok_or("no case waits")?;
/// let claim = case.claim.as_ref().ok_or("nobody holds it")?;
/// desk.answer(&case.id, &agent, &claim.token, "维修人员今天下午到场。")?;
///
/// let outbox = engine.outbox();
/// for letter in outbox.claim(50, Duration::from_secs(60))? {
///     // Send `letter.text` from `letter.to.account()` to `letter.to.sender()`, then say how it went.
///     outbox.settle(&letter.case, letter.number, &letter.token, Settlement::Delivered)?;
/// }
/// assert!(outbox.stuck(10)?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Outbox {
    desk: Desk,
}

impl Desk {
    /// The letters of all cases.
    pub fn outbox(&self) -> Outbox {
        Outbox { desk: self.clone() }
    }
}

impl Outbox {
    /// Gives the caller at most `limit` letters to send, each for `lease` on the store's clock; no two callers get the same.
    ///
    /// Letters whose sender's lease has ended are marked as such on the way, and letters that their channel does not take now
    /// are held. Of a case, the letters to one recipient go out one after the other, in their order.
    ///
    /// # Errors
    ///
    /// The store can't be read. A case whose letters can't be moved is passed over and met again by the next call.
    pub fn claim(&self, limit: usize, lease: Duration) -> Result<Vec<ClaimedLetter>, DeskError> {
        let store = &self.desk.store;
        let (mut claimed, mut passed_over) = (Vec::new(), HashSet::new());
        while claimed.len() < limit {
            let page = store
                .now()
                .and_then(|now| store.sending(now, PAGE + passed_over.len()));
            let page = match page {
                Ok(page) => page,
                Err(error) if claimed.is_empty() => return Err(error.into()),
                // What was claimed must reach the caller: nobody else gets it.
                Err(_) => break,
            };
            let fresh = page.into_iter().filter(|case| !passed_over.contains(&case.id));
            let fresh: Vec<Case> = fresh.collect();
            if fresh.is_empty() {
                break;
            }
            for case in fresh {
                let id = case.id.clone();
                match self.claim_of(case, limit, lease, &mut claimed) {
                    Ok(true) => {}
                    Ok(false) => drop(passed_over.insert(id)),
                    Err(error) => {
                        tracing::error!(case = id.as_str(), %error, "the letters of a case are passed over");
                        passed_over.insert(id);
                    }
                }
            }
        }
        Ok(claimed)
    }

    /// Moves the letters of one case that are to be moved; whether any was, or somebody else was faster.
    fn claim_of(
        &self,
        mut case: Case,
        limit: usize,
        lease: Duration,
        claimed: &mut Vec<ClaimedLetter>,
    ) -> Result<bool, DeskError> {
        let mut moved = false;
        while claimed.len() < limit {
            let stepped = retry_on_conflict(ATTEMPTS, |conflict| {
                if conflict.is_some() {
                    case = self.desk.case(&case.id)?;
                    moved = true;
                }
                self.claim_first(&case, lease)
            })?;
            let Some((after, given)) = stepped else { break };
            case = after;
            claimed.extend(given);
            moved = true;
        }
        Ok(moved)
    }

    /// Moves the first letter of a case that is ripe. Returns the case afterwards, and the letter if it is to be sent;
    /// `None` if no letter is ripe.
    fn claim_first(
        &self,
        case: &Case,
        lease: Duration,
    ) -> Result<Option<(Case, Option<ClaimedLetter>)>, DeskError> {
        let now = self.desk.store.now()?;
        let Some(letter) = case.next_letters().find(|letter| is_ripe(letter, now)).cloned() else {
            return Ok(None);
        };
        let to = case.addressee(&letter).cloned();
        let (status, conversation) = self.next_status(case, &letter, to.as_ref(), lease, now)?;
        let given = match (&status, to) {
            (LetterStatus::Leased { token, until, .. }, Some(to)) => Some(ClaimedLetter {
                case: case.id.clone(),
                number: letter.number,
                to,
                kind: letter.kind,
                text: letter.text,
                attempt: letter.attempts.saturating_add(1),
                token: token.clone(),
                until: *until,
            }),
            _ => None,
        };
        let after = self.commit(case, letter.number, status, conversation, &Actor::Engine, now)?;
        Ok(Some((after, given)))
    }

    /// What becomes of a letter whose time has come, and the conversation where the channel keeps count.
    fn next_status(
        &self,
        case: &Case,
        letter: &Letter,
        to: Option<&MessageKey>,
        lease: Duration,
        now: Timestamp,
    ) -> Result<(LetterStatus, Option<Conversation>), DeskError> {
        if let LetterStatus::Leased { token, counted, .. } = &letter.status {
            return Ok((lost(token, *counted, now), None));
        }
        let Some(to) = to else {
            let reason = "there is no recipient of this number".to_owned();
            return Ok((LetterStatus::Failed { at: now, reason }, None));
        };
        let config = self.desk.config();
        let mut counted = None;
        if let Some(channel) = config.letters.channels.get(to.account()) {
            let conversation = self.desk.store.conversation(to.account(), to.sender())?;
            match admit(channel, conversation, case.arrived, letter.kind, now) {
                Ok(conversation) => counted = Some(conversation),
                Err(held) => return Ok((held, None)),
            }
        }
        let lease = SignedDuration::try_from(lease).unwrap_or(SignedDuration::MAX);
        let sent = counted.as_ref().and_then(|conversation| conversation.sent);
        let leased = LetterStatus::Leased {
            token: ClaimToken::new(Uuid::new_v4().to_string()),
            until: now.saturating_add(lease).unwrap_or(Timestamp::MAX),
            counted: sent.map(|sent| sent.since),
        };
        Ok((leased, counted))
    }

    /// Says what became of a letter, and gives it as it then stands.
    ///
    /// Who comes after the lease has ended is still heard, as long as nobody has decided about the letter: what is known of
    /// it is better than "may have been delivered".
    ///
    /// # Errors
    ///
    /// [`CommandError::NotSender`] where the token is not the letter's any more.
    pub fn settle(
        &self,
        id: &CaseId,
        number: u32,
        token: &ClaimToken,
        how: Settlement,
    ) -> Result<Letter, DeskError> {
        self.move_letter(id, number, &Actor::Engine, |case, letter, now| {
            let (status, uncounts) = settled(case, letter, token, &how, now)?;
            let window = case.addressee(letter).zip(uncounts);
            let conversation = window.map(|(to, window)| {
                let conversation = self.desk.store.conversation(to.account(), to.sender())?;
                Ok::<_, DeskError>(uncounted(conversation, window))
            });
            Ok((status, conversation.transpose()?.flatten()))
        })
    }

    /// The letters that wait for a person, of at most `limit` cases, the one that waits longest first: dead letters, letters
    /// that may have been delivered, and letters that their channel does not take now.
    pub fn stuck(&self, limit: usize) -> Result<Vec<StuckLetter>, DeskError> {
        let cases = self.desk.store.stuck(limit)?;
        let stuck = cases.iter().flat_map(|case| {
            let letters = case.handling.contact.letters.iter();
            let waiting = letters.filter(|letter| letter.status.stuck_since().is_some());
            waiting.map(|letter| StuckLetter {
                case: case.id.clone(),
                to: case.addressee(letter).cloned(),
                letter: letter.clone(),
            })
        });
        Ok(stuck.collect())
    }

    /// Lets a letter that waits for a person be sent again. Of one that may have been delivered the citizen may get two.
    pub fn resend(&self, id: &CaseId, number: u32, agent: &AgentId) -> Result<Letter, DeskError> {
        self.move_letter(id, number, &Actor::Agent(agent.clone()), |_, letter, _| {
            check_stuck(letter)?;
            Ok((LetterStatus::Waiting { from: None }, None))
        })
    }

    /// Takes a letter that waits for a person as dealt with: the citizen was called, or has it after all.
    pub fn let_go(&self, id: &CaseId, number: u32, agent: &AgentId) -> Result<Letter, DeskError> {
        self.move_letter(id, number, &Actor::Agent(agent.clone()), |_, letter, now| {
            check_stuck(letter)?;
            let (at, by) = (now, agent.clone());
            Ok((LetterStatus::Dismissed { at, by }, None))
        })
    }

    fn move_letter(
        &self,
        id: &CaseId,
        number: u32,
        actor: &Actor,
        next: impl Fn(&Case, &Letter, Timestamp) -> Result<(LetterStatus, Option<Conversation>), DeskError>,
    ) -> Result<Letter, DeskError> {
        retry_on_conflict(ATTEMPTS, |_| {
            let case = self.desk.case(id)?;
            let now = self.desk.store.now()?;
            let letter = find_letter(&case, number)?;
            let (status, conversation) = next(&case, letter, now)?;
            let after = self.commit(&case, number, status, conversation, actor, now)?;
            Ok(find_letter(&after, number)?.clone())
        })
    }

    fn commit(
        &self,
        case: &Case,
        number: u32,
        status: LetterStatus,
        conversation: Option<Conversation>,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Case, DeskError> {
        let config = self.desk.config();
        let events = letter_moved(case, number, status, &config, now);
        let mut change = ChangeSet {
            conversation,
            ..ChangeSet::default()
        };
        let after = change.apply(case.clone(), events, actor, now);
        self.desk.store.commit(change)?;
        Ok(after)
    }
}
