//! Passing a case on: offers, returns, and who decides in the end.

use jiff::Timestamp;

use super::clocks;
use super::command::Transfer;
use super::refused::Refused;
use super::terms::Terms;
use super::transition::said;
use crate::case::{Allowance, Amount, Case, ClockKind, CountsFrom, Event, Offer, ReturnReason, Returned};
use crate::message::{AgentId, DepartmentId, ThemeId};
use crate::time::{self, Policy, ReturnRule};

/// After how many offers the one who is named decides, where the policy does not say: after three.
const OFFERS: u32 = 3;

/// Offers the case to another department, until its time for giving it back has passed.
pub(super) fn offered(
    case: &Case,
    terms: &Terms,
    by: &AgentId,
    wish: &Transfer,
    now: Timestamp,
) -> Result<Event, Refused> {
    let reason = said(&wish.reason)?;
    if let Some(owner) = &case.handling.owner {
        return Err(Refused::Decided(owner.clone()));
    }
    if sent_around(case, terms) {
        return Err(Refused::OwnerDecides(case.handling.dispatches));
    }
    if wish.to == case.department && (wish.theme.is_none() || wish.theme == case.theme) {
        return Err(Refused::SameDepartment(wish.to.clone()));
    }
    let rule = returns(case, terms);
    let within = rule.map_or(Amount::one_working_day(), |rule| {
        let complex = rule.complex.filter(|_| wish.complex);
        complex.unwrap_or(rule.within)
    });
    let offer = Offer {
        by: by.clone(),
        at: now,
        to: wish.to.clone(),
        theme: wish.theme.clone().or_else(|| case.theme.clone()),
        reason,
        until: end(terms, within, now),
    };
    Ok(Event::Transferred { offer })
}

/// Takes the offered case.
pub(super) fn accepted(
    case: &Case,
    terms: &Terms,
    silent: bool,
    now: Timestamp,
) -> Result<Vec<Event>, Refused> {
    let offer = case.handling.offer.as_ref().ok_or(Refused::NoOffer)?;
    if silent && now < offer.until {
        return Err(Refused::TimeLeft(offer.until));
    }
    let accepted = Event::Accepted {
        department: offer.to.clone(),
        theme: offer.theme.clone(),
        silent,
    };
    let clocks = clocks::accepted(case, terms, now);
    Ok(std::iter::once(accepted).chain(clocks).collect())
}

/// Gives the offered case back to the department that has it.
pub(super) fn returned(
    case: &Case,
    by: &AgentId,
    reason: ReturnReason,
    text: &str,
    now: Timestamp,
) -> Result<Event, Refused> {
    let offer = case.handling.offer.as_ref().ok_or(Refused::NoOffer)?;
    if now >= offer.until {
        return Err(Refused::ReturnTooLate(offer.until));
    }
    let returned = Returned {
        by: by.clone(),
        at: now,
        from: offer.to.clone(),
        reason,
        text: said(text)?,
    };
    Ok(Event::Returned { returned })
}

/// Settles where a case belongs that was sent around.
pub(super) fn decided(
    case: &Case,
    terms: &Terms,
    owner: &AgentId,
    (department, theme): (&DepartmentId, Option<&ThemeId>),
    reason: &str,
) -> Result<Event, Refused> {
    if !sent_around(case, terms) {
        return Err(Refused::NotSentAround(case.handling.dispatches));
    }
    let named = returns(case, terms).and_then(|rule| rule.owner);
    if let Some(named) = named.filter(|named| named != owner) {
        return Err(Refused::OtherOwner(named));
    }
    Ok(Event::Decided {
        owner: owner.clone(),
        department: department.clone(),
        theme: theme.or(case.theme.as_ref()).cloned(),
        reason: said(reason)?,
    })
}

/// Whether it was offered so often that the one who is named decides.
fn sent_around(case: &Case, terms: &Terms) -> bool {
    let limit = returns(case, terms).and_then(|rule| rule.owner_after);
    case.handling.dispatches >= limit.unwrap_or(OFFERS)
}

fn returns(case: &Case, terms: &Terms) -> Option<ReturnRule> {
    clocks::policy(case, terms)?.returns.clone()
}

/// When the time for giving it back ends, by the office's calendar.
fn end(terms: &Terms, within: Amount, now: Timestamp) -> Timestamp {
    // Days count from the next one on, hours and minutes from the offer.
    let counts_from = if within.unit().is_days() {
        CountsFrom::NextDay
    } else {
        CountsFrom::SameDay
    };
    let allowance = Allowance {
        counts_from,
        ..Allowance::new(ClockKind::FirstReply, within)
    };
    let rule = Policy {
        clocks: vec![allowance],
        ..Policy::next_working_day()
    };
    let due = time::deadline(&terms.calendar, &rule, ClockKind::FirstReply, now);
    // A calendar in which nothing can be counted gives no time: whoever gets the case has it.
    due.map_or(now, |deadline| deadline.due.instant())
}
