//! Transfers: offers to another department, returns, and the decision of the owner.

use jiff::Timestamp;

use super::clocks;
use super::command::Transfer;
use super::command_error::CommandError;
use super::config::DeskConfig;
use super::transition::checked;
use crate::case::{Amount, Case, Event, Priority, ReturnReason, Returned, TransferOffer};
use crate::message::{AgentId, DepartmentId, ThemeId};
use crate::time::{ReturnRule, after};

/// The number of offers after which the owner decides, if the policy does not say: 3.
const OFFERS: u32 = 3;

/// Offers the case to another department, until its time for returning it has passed.
pub(super) fn offered(
    case: &Case,
    config: &DeskConfig,
    by: &AgentId,
    transfer: &Transfer,
    now: Timestamp,
) -> Result<Event, CommandError> {
    let reason = checked(&transfer.reason)?;
    config.check_destination(&transfer.to, transfer.theme.as_ref())?;
    if let Some(owner) = &case.handling.transfers.decided_by {
        return Err(CommandError::Decided(owner.clone()));
    }
    if owner_decides(case, config) {
        return Err(CommandError::TooManyOffers(case.handling.transfers.offer_count));
    }
    if transfer.to == case.department && (transfer.theme.is_none() || transfer.theme == case.theme) {
        return Err(CommandError::SameDepartment(transfer.to.clone()));
    }
    let within = match return_rule(case, config) {
        Some(rule) => rule.complex.filter(|_| transfer.complex).unwrap_or(rule.within),
        None if case.priority == Priority::Urgent => Amount::half_an_hour(),
        None => Amount::one_working_day(),
    };
    let offer = TransferOffer {
        by: by.clone(),
        at: now,
        to: transfer.to.clone(),
        theme: transfer.theme.clone().or_else(|| case.theme.clone()),
        reason,
        until: after(&config.calendar, within, now),
    };
    Ok(Event::Transferred { offer })
}

/// Accepts the offer.
pub(super) fn accepted(
    case: &Case,
    config: &DeskConfig,
    silent: bool,
    now: Timestamp,
) -> Result<Vec<Event>, CommandError> {
    let offer = case
        .handling
        .transfers
        .offer
        .as_ref()
        .ok_or(CommandError::NoOffer)?;
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

/// Returns the offer to the department that has the case.
pub(super) fn returned(
    case: &Case,
    by: &AgentId,
    reason: ReturnReason,
    text: &str,
    now: Timestamp,
) -> Result<Event, CommandError> {
    let offer = case
        .handling
        .transfers
        .offer
        .as_ref()
        .ok_or(CommandError::NoOffer)?;
    if now >= offer.until {
        return Err(CommandError::ReturnTooLate(offer.until));
    }
    let returned = Returned {
        by: by.clone(),
        at: now,
        from: offer.to.clone(),
        reason,
        text: checked(text)?,
    };
    Ok(Event::Returned { returned })
}

/// Assigns a case to a department for good, by the decision of its owner.
pub(super) fn decided(
    case: &Case,
    config: &DeskConfig,
    owner: &AgentId,
    (department, theme): (&DepartmentId, Option<&ThemeId>),
    reason: &str,
) -> Result<Event, CommandError> {
    config.check_destination(department, theme)?;
    if !owner_decides(case, config) {
        return Err(CommandError::TooFewOffers(case.handling.transfers.offer_count));
    }
    let designated = return_rule(case, config).and_then(|rule| rule.owner);
    if let Some(designated) = designated.filter(|designated| designated != owner) {
        return Err(CommandError::NotDesignatedOwner(designated));
    }
    Ok(Event::Decided {
        owner: owner.clone(),
        department: department.clone(),
        theme: theme.or(case.theme.as_ref()).cloned(),
        reason: checked(reason)?,
    })
}

/// Whether the case was offered so often that only the owner can decide.
fn owner_decides(case: &Case, config: &DeskConfig) -> bool {
    let limit = return_rule(case, config).and_then(|rule| rule.owner_after);
    case.handling.transfers.offer_count >= limit.unwrap_or(OFFERS)
}

fn return_rule(case: &Case, config: &DeskConfig) -> Option<ReturnRule> {
    clocks::policy(case, config)?.returns.clone()
}
