//! The citizen's messages since the last settled matter, for the case that a message opens.

use jiff::Timestamp;

use crate::case::{EarlierTurn, Event, MAX_EARLIER_TURNS};
use crate::conversation::unsettled;
use crate::message::{Conversation, MAX_CHARS, WITHHELD};
use crate::reply::Action;
use crate::store::{Store, StoreError};

/// The latest of the messages before the one at `now`, the oldest first: at most [`MAX_EARLIER_TURNS`] of
/// together at most [`MAX_CHARS`] characters. Blank ones, those of
/// machines, and those whose text was not kept, are left out. Reads
/// nothing where the matter begins with the message.
pub(super) fn read(
    store: &dyn Store,
    conversation: &Conversation,
    now: Timestamp,
) -> Result<Vec<EarlierTurn>, StoreError> {
    let mut left = usize::try_from(unsettled(conversation, now)).unwrap_or(usize::MAX);
    left = left.min(MAX_EARLIER_TURNS);
    let (mut found, mut chars, mut before) = (Vec::new(), 0, None);
    while left > 0 {
        let page = store.turns(&conversation.account, &conversation.citizen, before, left)?;
        for (_, record) in page.turns {
            let Event::Handled {
                action,
                by,
                text,
                written,
                withheld,
                ..
            } = record.event
            else {
                continue;
            };
            left = left.saturating_sub(1);
            let text = match withheld {
                true => WITHHELD.to_owned(),
                false => text.unwrap_or_default(),
            };
            chars += text.chars().count();
            if chars > MAX_CHARS {
                left = 0;
                break;
            }
            // A machine's message counts among the turns, and says nothing of the matter.
            if !text.is_empty() && action != Action::Silent {
                found.push(EarlierTurn {
                    text,
                    at: written.unwrap_or(record.at),
                    action,
                    by,
                });
            }
        }
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    found.reverse();
    Ok(found)
}
