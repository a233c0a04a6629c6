//! Passing a case on: offers, returns, and who decides in the end.

use jiff::Timestamp;

use super::clocks;
use super::command::Transfer;
use super::command_error::CommandError;
use super::config::DeskConfig;
use super::transition::said;
use crate::case::{
    Amount, Case, ClockKind, CountsFrom, Event, ReturnReason, Returned, TimeLimit, TransferOffer,
};
use crate::message::{AgentId, DepartmentId, ThemeId};
use crate::time::{self, Policy, ReturnRule};

/// After how many offers the one who is named decides, where the policy does not say: after three.
const OFFERS: u32 = 3;

/// Offers the case to another department, until its time for giving it back has passed.
pub(super) fn offered(
    case: &Case,
    config: &DeskConfig,
    by: &AgentId,
    wish: &Transfer,
    now: Timestamp,
) -> Result<Event, CommandError> {
    let reason = said(&wish.reason)?;
    if let Some(owner) = &case.handling.owner {
        return Err(CommandError::Decided(owner.clone()));
    }
    if sent_around(case, config) {
        return Err(CommandError::OwnerDecides(case.handling.dispatches));
    }
    if wish.to == case.department && (wish.theme.is_none() || wish.theme == case.theme) {
        return Err(CommandError::SameDepartment(wish.to.clone()));
    }
    let rule = returns(case, config);
    let within = rule.map_or(Amount::one_working_day(), |rule| {
        let complex = rule.complex.filter(|_| wish.complex);
        complex.unwrap_or(rule.within)
    });
    let offer = TransferOffer {
        by: by.clone(),
        at: now,
        to: wish.to.clone(),
        theme: wish.theme.clone().or_else(|| case.theme.clone()),
        reason,
        until: end(config, within, now),
    };
    Ok(Event::Transferred { offer })
}

/// Takes the offered case.
pub(super) fn accepted(
    case: &Case,
    config: &DeskConfig,
    silent: bool,
    now: Timestamp,
) -> Result<Vec<Event>, CommandError> {
    let offer = case.handling.offer.as_ref().ok_or(CommandError::NoOffer)?;
    if silent && now < offer.until {
        return Err(CommandError::TimeLeft(offer.until));
    }
    let accepted = Event::Accepted {
        department: offer.to.clone(),
        theme: offer.theme.clone(),
        silent,
    };
    let clocks = clocks::accepted(case, config, now);
    Ok(std::iter::once(accepted).chain(clocks).collect())
}

/// Gives the offered case back to the department that has it.
pub(super) fn returned(
    case: &Case,
    by: &AgentId,
    reason: ReturnReason,
    text: &str,
    now: Timestamp,
) -> Result<Event, CommandError> {
    let offer = case.handling.offer.as_ref().ok_or(CommandError::NoOffer)?;
    if now >= offer.until {
        return Err(CommandError::ReturnTooLate(offer.until));
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
    config: &DeskConfig,
    owner: &AgentId,
    (department, theme): (&DepartmentId, Option<&ThemeId>),
    reason: &str,
) -> Result<Event, CommandError> {
    if !sent_around(case, config) {
        return Err(CommandError::NotSentAround(case.handling.dispatches));
    }
    let named = returns(case, config).and_then(|rule| rule.owner);
    if let Some(named) = named.filter(|named| named != owner) {
        return Err(CommandError::OtherOwner(named));
    }
    Ok(Event::Decided {
        owner: owner.clone(),
        department: department.clone(),
        theme: theme.or(case.theme.as_ref()).cloned(),
        reason: said(reason)?,
    })
}

/// Whether it was offered so often that the one who is named decides.
fn sent_around(case: &Case, config: &DeskConfig) -> bool {
    let limit = returns(case, config).and_then(|rule| rule.owner_after);
    case.handling.dispatches >= limit.unwrap_or(OFFERS)
}

fn returns(case: &Case, config: &DeskConfig) -> Option<ReturnRule> {
    clocks::policy(case, config)?.returns.clone()
}

/// When the time for giving it back ends, by the office's calendar.
fn end(config: &DeskConfig, within: Amount, now: Timestamp) -> Timestamp {
    // Days count from the next one on, hours and minutes from the offer.
    let counts_from = if within.unit().is_days() {
        CountsFrom::NextDay
    } else {
        CountsFrom::SameDay
    };
    let time_limit = TimeLimit {
        counts_from,
        ..TimeLimit::new(ClockKind::FirstReply, within)
    };
    let rule = Policy {
        clocks: vec![time_limit],
        ..Policy::next_working_day()
    };
    let due = time::deadline(&config.calendar, &rule, ClockKind::FirstReply, now);
    // A calendar in which nothing can be counted gives no time: whoever gets the case has it.
    due.map_or(now, |deadline| deadline.due.instant())
}
