//! The second read: the destination of a message that a person answers. Reads only the data that the
//! disposition needs.

mod availability;
mod duplicates;
mod earlier;
mod queue;

pub use availability::Availability;
pub(super) use availability::AvailabilityLookup;

use jiff::Timestamp;

use super::analyze::{Disposition, department_of};
use super::compiled::CompiledRulebook;
use super::host_lookups::HostLookups;
use super::incoming::Incoming;
use super::situation::Situation;
use crate::case::{Case, EarlierTurn};
use crate::decide::Verdict;
use crate::store::{Store, StoreError};

/// The surroundings of the case that a message opens or follows up. An automatic answer has none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Destination {
    /// Whether agents of the receiving department are at work.
    pub(super) availability: Availability,
    /// The citizen's open case about the same matter, from another account.
    pub(super) duplicate: Option<Case>,
    /// The number of cases that are answered before a new one.
    pub(super) cases_ahead: usize,
    /// The citizen's messages since the last settled matter, the oldest first.
    pub(super) earlier: Vec<EarlierTurn>,
}

impl Destination {
    /// Reads the destination. A new case costs one round trip for the person's cases where they are not known
    /// yet, one where the citizen has written since the last settled matter, and one where the department
    /// promises by the length of its queue.
    pub(super) fn read(
        store: &dyn Store,
        lookups: &HostLookups,
        compiled: &CompiledRulebook,
        incoming: &Incoming<'_>,
        situation: &Situation<'_>,
        disposition: &Disposition<'_>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        match disposition {
            Disposition::Automatic(_) => Ok(Self::default()),
            Disposition::FollowUp(follow_up) => Ok(Self {
                availability: follow_up.case.map_or(Availability::Available, |case| {
                    lookups.availability(&case.department)
                }),
                ..Self::default()
            }),
            Disposition::NewMatter { decision, .. } => {
                let Verdict::Person { by, .. } = &decision.verdict else {
                    return Ok(Self::default());
                };
                let duplicate = match duplicates::may_have_duplicate(by, &decision.reasons) {
                    true => duplicates::find(compiled, incoming, &situation.citizen_cases, now)?,
                    false => None,
                };
                let department = department_of(compiled, incoming.account(), decision);
                let cases_ahead = queue::cases_ahead(store, compiled, &department)?;
                let receiving = duplicate.as_ref().map_or(&department, |case| &case.department);
                Ok(Self {
                    availability: lookups.availability(receiving),
                    duplicate,
                    cases_ahead,
                    earlier: earlier::read(store, &situation.conversation, now)?,
                })
            }
        }
    }
}
