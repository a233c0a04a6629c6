//! The outbox: the host claims letters, sends them, and settles them.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::claimed_letter::{ClaimedLetter, LetterReceipt, StuckLetter};
use super::{ATTEMPTS, Actor, Desk, DeskError};
use crate::case::{Author, Case, CaseId, ClaimToken, Letter, LetterStatus};
use crate::message::{Conversation, MessageKey};
use crate::store::{ChangeSet, retry_on_conflict};
use crate::workflow::{
    Settlement, admit, check_stuck, find_letter, is_ripe, letter_moved, lost, settled, uncounted,
};

/// The number of cases that are read at once.
const PAGE: usize = 100;

/// The letters of all cases. Cheap to clone.
///
/// A letter is committed with the move that writes it, so no letter is lost, and none is sent for a move that
/// did not happen. Each step of a letter is an event of its case: it is in the journal, and fenced by the
/// case's version.
///
/// One sender has a letter at a time. A letter without a report in time may have been delivered. It is not
/// sent again by itself but waits for a decision of an agent.
///
/// ```
/// use std::time::Duration;
///
/// use civic_reply::desk::Settlement;
/// use civic_reply::store::CaseFilter;
/// use civic_reply::{Engine, MemoryStore, Message, Rulebook};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let engine = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new()).build()?;
/// engine.receive(Message::text("gov-wechat", "citizen-42", "msg-1", "电梯坏了三天,没人管"))?;
/// let case = engine.desk().claim_next(CaseFilter::default(), "clerk-7")?.ok_or("no case waits")?;
/// case.answer("维修人员今天下午到场。")?;
///
/// let outbox = engine.outbox();
/// for letter in outbox.claim(50, Duration::from_secs(60))? {
///     // Send `letter.text` from `letter.to.account()` to `letter.to.sender()`, then report the result.
///     outbox.settle(&letter, Settlement::Delivered)?;
/// }
/// assert!(outbox.stuck(10)?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Outbox {
    desk: Desk,
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}

impl Desk {
    /// The letters of all cases.
    pub fn outbox(&self) -> Outbox {
        Outbox { desk: self.clone() }
    }
}

impl Outbox {
    /// Claims at most `limit` letters to send, each for `lease` on the store's clock. No two callers get the
    /// same letter.
    ///
    /// On the way, letters with an expired send lease become possibly delivered, and letters that their
    /// channel does not take now are held. The letters of a case to one recipient are given out one after the
    /// other, in their order.
    ///
    /// # Errors
    ///
    /// The store can't be read. A case with an error is skipped, and tried again by the next call.
    pub fn claim(&self, limit: usize, lease: Duration) -> Result<Vec<ClaimedLetter>, DeskError> {
        let store = &self.desk.store;
        let (mut claimed, mut skipped) = (Vec::new(), HashSet::new());
        while claimed.len() < limit {
            let page = store
                .now()
                .and_then(|now| store.sending(now, PAGE + skipped.len()));
            let page = match page {
                Ok(page) => page,
                Err(error) if claimed.is_empty() => return Err(error.into()),
                // The claimed letters must reach the caller, because no other caller gets them.
                Err(_) => break,
            };
            let fresh = page.into_iter().filter(|case| !skipped.contains(&case.id));
            let fresh: Vec<Case> = fresh.collect();
            if fresh.is_empty() {
                break;
            }
            for case in fresh {
                let id = case.id.clone();
                match self.claim_of(case, limit, lease, &mut claimed) {
                    Ok(true) => {}
                    Ok(false) => drop(skipped.insert(id)),
                    Err(error) => {
                        tracing::error!(case = id.as_str(), %error, "skipped the letters of a case");
                        skipped.insert(id);
                    }
                }
            }
        }
        Ok(claimed)
    }

    /// Moves the ripe letters of one case. Returns whether any was moved, by this call or by another one.
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

    /// Moves the first ripe letter of a case. Returns the case afterwards, and the letter if it is to be
    /// sent; `None` if no letter is ripe.
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
        let after = self.commit(case, letter.number, status, conversation, &Author::Engine, now)?;
        Ok(Some((after, given)))
    }

    /// The next status of a ripe letter, and the conversation if the channel counts its messages.
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

    /// Records the result of sending a letter, and returns the letter as it is then.
    ///
    /// `letter` is the [`ClaimedLetter`], or a [`LetterReceipt`] that the host stored. A report after the
    /// lease has ended is accepted as long as no agent has decided about the letter.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotSender`](crate::workflow::CommandError::NotSender) if another sender has claimed
    /// the letter since, or an agent has decided; [`DeskError::NoSuchCase`]; or the store failed.
    pub fn settle(&self, letter: impl Into<LetterReceipt>, how: Settlement) -> Result<Letter, DeskError> {
        let receipt = letter.into();
        self.move_letter(
            &receipt.case,
            receipt.number,
            &Author::Engine,
            |case, letter, now| {
                let (status, uncounts) = settled(case, letter, &receipt.token, &how, now)?;
                let window = case.addressee(letter).zip(uncounts);
                let conversation = window.map(|(to, window)| {
                    let conversation = self.desk.store.conversation(to.account(), to.sender())?;
                    Ok::<_, DeskError>(uncounted(conversation, window))
                });
                Ok((status, conversation.transpose()?.flatten()))
            },
        )
    }

    /// The letters that wait for a decision of an agent, of at most `limit` cases, those that wait longest
    /// first: dead letters, letters that may have been delivered, and letters that their channel does not
    /// take now.
    ///
    /// # Errors
    ///
    /// The store failed.
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

    /// Sends a stuck letter again. The citizen may get a letter twice that may have been delivered.
    ///
    /// # Errors
    ///
    /// [`CommandError::LetterNotStuck`](crate::workflow::CommandError::LetterNotStuck),
    /// [`NoLetter`](crate::workflow::CommandError::NoLetter), [`DeskError::NoSuchCase`], or the store failed.
    pub fn resend(&self, id: &CaseId, number: u32, actor: impl Into<Actor>) -> Result<Letter, DeskError> {
        let author = Author::Agent(actor.into().id);
        self.move_letter(id, number, &author, |_, letter, _| {
            check_stuck(letter)?;
            Ok((LetterStatus::Waiting { from: None }, None))
        })
    }

    /// Dismisses a stuck letter, for example because the agent called the citizen.
    ///
    /// # Errors
    ///
    /// As [`resend`](Self::resend).
    pub fn dismiss(&self, id: &CaseId, number: u32, actor: impl Into<Actor>) -> Result<Letter, DeskError> {
        let by = actor.into().id;
        self.move_letter(id, number, &Author::Agent(by.clone()), |_, letter, now| {
            check_stuck(letter)?;
            let (at, by) = (now, by.clone());
            Ok((LetterStatus::Dismissed { at, by }, None))
        })
    }

    fn move_letter(
        &self,
        id: &CaseId,
        number: u32,
        author: &Author,
        next: impl Fn(&Case, &Letter, Timestamp) -> Result<(LetterStatus, Option<Conversation>), DeskError>,
    ) -> Result<Letter, DeskError> {
        retry_on_conflict(ATTEMPTS, |_| {
            let case = self.desk.case(id)?;
            let now = self.desk.store.now()?;
            let letter = find_letter(&case, number)?;
            let (status, conversation) = next(&case, letter, now)?;
            let after = self.commit(&case, number, status, conversation, author, now)?;
            Ok(find_letter(&after, number)?.clone())
        })
    }

    fn commit(
        &self,
        case: &Case,
        number: u32,
        status: LetterStatus,
        conversation: Option<Conversation>,
        author: &Author,
        now: Timestamp,
    ) -> Result<Case, DeskError> {
        let events = letter_moved(case, number, status, &self.desk.config(), now);
        let mut change = ChangeSet {
            conversation,
            ..ChangeSet::default()
        };
        let after = change.apply(case.clone(), events, author, now);
        self.desk.store.commit(change)?;
        Ok(after)
    }
}
