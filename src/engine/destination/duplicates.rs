//! Duplicates across accounts: the same question of one citizen to several accounts opens one case, and its
//! answer goes to each account.

use jiff::{SignedDuration, Timestamp};

use crate::case::Case;
use crate::engine::compiled::CompiledRulebook;
use crate::engine::incoming::{FoldedText, Incoming};
use crate::engine::same_matter::ComparableText;
use crate::engine::situation::CitizenCases;
use crate::message::AccountId;
use crate::reply::{DecidedBy, Reason};
use crate::store::StoreError;

/// Whether a message may be about the same matter as another case.
///
/// An emergency always has a case of its own. A request for a person names no matter. "None of these" and the
/// refusal of an answer are about an earlier message.
pub(super) fn may_have_duplicate(by: &DecidedBy, reasons: &[Reason]) -> bool {
    !matches!(by, DecidedBy::Emergency | DecidedBy::HandOff | DecidedBy::Talk)
        && !reasons.iter().any(Reason::is_none_of_these)
}

/// The latest open case about the same matter that the person opened through another account within the
/// window of the rulebook.
pub(super) fn find(
    compiled: &CompiledRulebook,
    incoming: &Incoming<'_>,
    citizen_cases: &CitizenCases<'_>,
    now: Timestamp,
) -> Result<Option<Case>, StoreError> {
    let hours = i64::from(compiled.rulebook.thresholds.same_matter_hours);
    let text = ComparableText::of(&incoming.text);
    if hours == 0 || !text.names_a_matter() {
        return Ok(None);
    }
    let window = SignedDuration::from_hours(hours);
    let search = Search {
        account: incoming.account(),
        text,
        since: now.checked_sub(window).unwrap_or(Timestamp::MIN),
    };
    Ok(search.latest(citizen_cases.all()?))
}

struct Search<'a> {
    account: &'a AccountId,
    text: ComparableText<'a>,
    since: Timestamp,
}

impl Search<'_> {
    /// The latest match among `cases`.
    fn latest(&self, cases: &[Case]) -> Option<Case> {
        let matches = cases.iter().filter(|case| self.is_match(case));
        matches.max_by_key(|case| case.arrived).cloned()
    }

    fn is_match(&self, case: &Case) -> bool {
        let is_open = !case.state.is_over() && case.answer.is_none() && !case.is_joined_part();
        is_open
            && case.key.account() != self.account
            && case.arrived >= self.since
            && ComparableText::of(&FoldedText::of(&case.text)).is_near(&self.text)
    }
}
