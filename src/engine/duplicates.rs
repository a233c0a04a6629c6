//! Doors: one citizen who asks several accounts the same has one case, and its answer goes out by each.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::compiled::CompiledRulebook;
use super::follow_up::moved;
use super::related::OfCitizen;
use crate::case::{Author, Case};
use crate::decide::{Decision, Verdict};
use crate::message::{AccountId, CitizenId, Message};
use crate::reply::{DecidedBy, Reason};
use crate::store::{Arrival, ChangeSet, Store, StoreError};
use crate::text::{TokenKind, Tokens, fold};
use crate::workflow::{Command, transition};

/// Under which ids other accounts know a citizen.
pub(super) type SamePerson = Arc<dyn Fn(&AccountId, &CitizenId) -> Vec<CitizenId> + Send + Sync>;

/// The least share of adjacent characters that two texts about the same have in common (Dice).
const NEAR_EQUAL: f64 = 0.9;

/// A shorter text, such as "help me", says too little to be the same matter.
const LEAST_UNITS: usize = 4;

/// The open case about the same matter that came in through another account within the window, if there is one: the latest.
///
/// Danger always has a case of its own, and so has a typed request for a person, which says nothing of the matter.
pub(super) fn same_matter(
    store: &dyn Store,
    same_person: Option<&SamePerson>,
    compiled: &CompiledRulebook,
    message: &Message,
    decision: &Decision,
    of_citizen: &OfCitizen<'_>,
    now: Timestamp,
) -> Result<Option<Case>, StoreError> {
    let hours = i64::from(compiled.rulebook.thresholds.same_matter_hours);
    let Verdict::Person { by, .. } = &decision.verdict else {
        return Ok(None);
    };
    let text = ComparableText::of(message.body());
    // A menu's "none of these" and a refusal are about an earlier message.
    let own = !matches!(by, DecidedBy::Emergency | DecidedBy::HandOff | DecidedBy::Talk);
    let own = own && !decision.reasons.iter().any(Reason::is_none_of_these);
    if hours == 0 || !own || text.units < LEAST_UNITS {
        return Ok(None);
    }
    let window = SignedDuration::from_hours(hours);
    let since = now.checked_sub(window).unwrap_or(Timestamp::MIN);
    let mut found: Option<Case> = None;
    let mut look_at = |cases: &[Case]| {
        for case in cases {
            let elsewhere = case.key.account() != message.account();
            let open = !case.state.is_over() && case.answer.is_none() && !case.is_joined_part();
            let later = found.as_ref().is_none_or(|best| best.arrived < case.arrived);
            if elsewhere
                && open
                && later
                && case.arrived >= since
                && ComparableText::of(&case.text).is_near(&text)
            {
                found = Some(case.clone());
            }
        }
    };
    look_at(of_citizen.cases()?);
    if let Some(same_person) = same_person {
        let mut names = same_person(message.account(), message.sender());
        names.sort_unstable();
        names.dedup();
        names.retain(|name| name != message.sender());
        for citizen in names {
            look_at(&store.cases(&Arrival::cases_of(&citizen))?.cases);
        }
    }
    Ok(found)
}

/// Lets the case that `change` opens go on as part of `whole`, and gives that one as it then is. `None` where it takes no
/// more: `change` is then as it was.
pub(super) fn join(
    compiled: &CompiledRulebook,
    change: &mut ChangeSet,
    whole: Case,
    now: Timestamp,
) -> Option<Case> {
    let opened = change.cases.pop()?;
    let absorb = Command::Absorb {
        other: Box::new(opened.case.clone()),
    };
    let join = Command::Join {
        into: whole.id.clone(),
    };
    let grows = transition(&whole, &absorb, &compiled.desk_config, now);
    let ends = transition(&opened.case, &join, &compiled.desk_config, now);
    let (Ok(grows), Ok(ends)) = (grows, ends) else {
        change.cases.push(opened);
        return None;
    };
    moved(change, &opened.case, None, ends, &Author::Engine, now);
    Some(moved(
        change,
        &whole,
        Some(whole.version),
        grows,
        &Author::Engine,
        now,
    ))
}

/// A text as it is compared: folded, without spaces and punctuation.
struct ComparableText {
    bare: String,
    pairs: Vec<String>,
    units: usize,
}

impl ComparableText {
    fn of(text: &str) -> Self {
        let folded = fold(text);
        let tokens = Tokens::of(folded.as_str());
        let mut pairs: Vec<String> = tokens.of_kind(TokenKind::Pair).map(str::to_owned).collect();
        pairs.sort_unstable();
        Self {
            bare: folded.bare(),
            pairs,
            units: tokens.units(),
        }
    }

    /// Whether both say the same, but for a few characters. Another number is another matter.
    fn is_near(&self, other: &Self) -> bool {
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
        dice >= NEAR_EQUAL && digits(&self.bare) == digits(&other.bare)
    }
}

#[cfg(test)]
mod tests {
    use super::ComparableText;

    #[test]
    fn the_same_words_are_the_same_matter_and_another_number_is_another() {
        let near = |one: &str, other: &str| ComparableText::of(one).is_near(&ComparableText::of(other));
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
