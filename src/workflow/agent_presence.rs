//! The citizen's belief that an agent is in the conversation: when it begins, and the letter that ends it.

use jiff::{SignedDuration, Timestamp};

use super::config::DeskConfig;
use super::letters::posted;
use crate::case::{Case, Event, LetterKind, State};
use crate::text::fill;

/// Announces the holder to the citizen, after the citizen wrote while an agent holds the case.
pub(super) fn announced(case: &Case, config: &DeskConfig, now: Timestamp) -> Option<Event> {
    let held =
        case.state == State::Claimed && !case.handling.contact.agent_announced && !case.is_joined_part();
    present(config, now).filter(|_| held)
}

/// Records a sign of work by the announced agent. Renewing the lease is not one.
pub(super) fn at_work(case: &Case, config: &DeskConfig, now: Timestamp) -> Option<Event> {
    present(config, now).filter(|_| case.handling.contact.agent_announced)
}

fn present(config: &DeskConfig, now: Timestamp) -> Option<Event> {
    let minutes = i64::from(config.letters.templates.as_ref()?.idle_minutes);
    let until = now.checked_add(SignedDuration::from_mins(minutes)).ok();
    Some(Event::AgentAnnounced { until })
}

/// Tells the citizen that the announced agent has left the conversation.
pub(super) fn handed_back(case: &Case, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    if !case.handling.contact.agent_announced {
        return Vec::new();
    }
    let templates = config.letters.templates.as_ref();
    let text = templates.map(|templates| fill(&templates.handed_back, &[("case", case.id.as_str())]));
    let letters = text.map(|text| posted(case, config, LetterKind::HandBack, &text, now));
    std::iter::once(Event::HandedBack)
        .chain(letters.unwrap_or_default())
        .collect()
}
