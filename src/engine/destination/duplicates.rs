//! Duplicates across accounts: the same question of one citizen to several accounts opens one case, and its
//! answer goes to each account.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::case::Case;
use crate::engine::compiled::CompiledRulebook;
use crate::engine::incoming::{FoldedText, Incoming};
use crate::engine::situation::CitizenCases;
use crate::message::{AccountId, CitizenId};
use crate::reply::{DecidedBy, Reason};
use crate::store::{Arrival, Store, StoreError};
use crate::text::{TokenKind, Tokens};

pub(crate) type SamePersonLookup = Arc<dyn Fn(&AccountId, &CitizenId) -> Vec<CitizenId> + Send + Sync>;

/// The least share of adjacent character pairs that two texts about the same matter have in common (Dice).
const MIN_SIMILARITY: f64 = 0.9;

/// The least number of units in a text that is compared. A shorter one, such as "help me", names no matter.
const MIN_UNITS: usize = 4;

/// Whether a message may be about the same matter as another case.
///
/// An emergency always has a case of its own. A request for a person names no matter. "None of these" and the
/// refusal of an answer are about an earlier message.
pub(super) fn may_have_duplicate(by: &DecidedBy, reasons: &[Reason]) -> bool {
    !matches!(by, DecidedBy::Emergency | DecidedBy::HandOff | DecidedBy::Talk)
        && !reasons.iter().any(Reason::is_none_of_these)
}

/// The latest open case about the same matter that the citizen opened through another account within the
/// window of the rulebook.
pub(super) fn find(
    store: &dyn Store,
    same_person: Option<&SamePersonLookup>,
    compiled: &CompiledRulebook,
    incoming: &Incoming<'_>,
    citizen_cases: &CitizenCases<'_>,
    now: Timestamp,
) -> Result<Option<Case>, StoreError> {
    let hours = i64::from(compiled.rulebook.thresholds.same_matter_hours);
    let text = ComparableText::of(&incoming.text);
    if hours == 0 || text.units < MIN_UNITS {
        return Ok(None);
    }
    let window = SignedDuration::from_hours(hours);
    let search = Search {
        account: incoming.account(),
        text,
        since: now.checked_sub(window).unwrap_or(Timestamp::MIN),
    };
    let mut found = search.latest(citizen_cases.all()?, None);
    for citizen in other_ids(same_person, incoming) {
        let cases = store.cases(&Arrival::cases_of(&citizen))?.cases;
        found = search.latest(&cases, found);
    }
    Ok(found)
}

/// The ids of the sender on other accounts, each once.
fn other_ids(same_person: Option<&SamePersonLookup>, incoming: &Incoming<'_>) -> Vec<CitizenId> {
    let Some(same_person) = same_person else {
        return Vec::new();
    };
    let mut ids = same_person(incoming.account(), incoming.sender());
    ids.sort_unstable();
    ids.dedup();
    ids.retain(|id| id != incoming.sender());
    ids
}

struct Search<'a> {
    account: &'a AccountId,
    text: ComparableText<'a>,
    since: Timestamp,
}

impl Search<'_> {
    /// The latest match among `cases`, or `found` if none is later.
    fn latest(&self, cases: &[Case], found: Option<Case>) -> Option<Case> {
        let mut found = found;
        for case in cases {
            let is_later = found.as_ref().is_none_or(|found| found.arrived < case.arrived);
            if is_later && self.is_match(case) {
                found = Some(case.clone());
            }
        }
        found
    }

    fn is_match(&self, case: &Case) -> bool {
        let is_open = !case.state.is_over() && case.answer.is_none() && !case.is_joined_part();
        is_open
            && case.key.account() != self.account
            && case.arrived >= self.since
            && ComparableText::of(&FoldedText::of(&case.text)).is_near(&self.text)
    }
}

/// A text in the form that is compared: folded, without spaces and punctuation.
struct ComparableText<'a> {
    bare: &'a str,
    pairs: Vec<String>,
    units: usize,
}

impl<'a> ComparableText<'a> {
    fn of(text: &'a FoldedText<'_>) -> Self {
        let tokens = Tokens::of(text.folded().as_str());
        let mut pairs: Vec<String> = tokens.of_kind(TokenKind::Pair).map(str::to_owned).collect();
        pairs.sort_unstable();
        Self {
            bare: text.bare(),
            pairs,
            units: tokens.units(),
        }
    }

    /// Whether both texts are the same except for a few characters. Another number is another matter.
    fn is_near(&self, other: &ComparableText<'_>) -> bool {
        let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
        if self.bare == other.bare {
            return true;
        }
        let (mut shared, mut theirs) = (0_usize, other.pairs.iter().peekable());
        for pair in &self.pairs {
            while theirs.next_if(|their| *their < pair).is_some() {}
            if theirs.next_if(|their| *their == pair).is_some() {
                shared += 1;
            }
        }
        let all = self.pairs.len() + other.pairs.len();
        let dice = 2.0 * shared as f64 / all.max(1) as f64;
        dice >= MIN_SIMILARITY && digits(self.bare) == digits(other.bare)
    }
}

#[cfg(test)]
mod tests {
    use super::{ComparableText, FoldedText};

    #[test]
    fn the_same_words_are_one_matter_and_another_number_is_another_matter() {
        let near = |one: &str, other: &str| {
            let (one, other) = (FoldedText::of(one), FoldedText::of(other));
            ComparableText::of(&one).is_near(&ComparableText::of(&other))
        };
        let text = "我们小区3栋的电梯坏了三天没有人来修,老人下不了楼,请尽快处理";
        assert!(near(
            text,
            "我們小區3棟的電梯壞了三天沒有人來修，老人下不了樓。請尽快处理！！"
        ));
        assert!(near(
            text,
            "我们小区3栋的电梯坏了三天没有人来修,老人下不了楼,请尽快处理,谢谢"
        ));
        assert!(!near(
            text,
            "我们小区5栋的电梯坏了三天没有人来修,老人下不了楼,请尽快处理"
        ));
        assert!(!near(text, "我们小区3栋的水管坏了,请尽快处理"));
        assert!(!near("", "电梯"));
    }
}
