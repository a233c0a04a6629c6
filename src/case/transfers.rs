//! Offers of a case to other departments.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Event;
use crate::message::{AgentId, DepartmentId, ThemeId};

/// Offers of a case to other departments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transfers {
    /// The open offer.
    pub offer: Option<TransferOffer>,
    /// The number of offers so far, the open one included.
    pub offer_count: u32,
    /// The offers that were returned, in order.
    pub returns: Vec<Returned>,
    /// The owner, after the owner assigned the case. From then on the case can't be offered.
    pub decided_by: Option<AgentId>,
}

impl Transfers {
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Transferred { offer } => {
                self.offer_count += 1;
                self.offer = Some(offer.clone());
            }
            Event::Accepted { .. } | Event::Merged { .. } => self.offer = None,
            Event::Returned { returned } => {
                self.offer = None;
                self.returns.push(returned.clone());
            }
            Event::Decided { owner, .. } => {
                self.offer = None;
                self.decided_by = Some(owner.clone());
            }
            Event::Reassigned {
                offered_to: Some(to), ..
            } => {
                if let Some(offer) = &mut self.offer {
                    offer.to = to.clone();
                }
            }
            _ => {}
        }
    }
}

/// An offer of a case to another department. The department that has the case stays responsible until the
/// other one accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferOffer {
    /// The offering agent.
    pub by: AgentId,
    /// The time of the offer.
    pub at: Timestamp,
    /// The department that is to take it.
    pub to: DepartmentId,
    /// The theme of the case once the offer is accepted.
    pub theme: Option<ThemeId>,
    /// The reason.
    pub reason: String,
    /// The end of the time for returning the offer. An offer that is not returned by then counts as accepted.
    pub until: Timestamp,
}

/// An offer that was returned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// The returning agent.
    pub by: AgentId,
    /// The time of the return.
    pub at: Timestamp,
    /// The department that did not take the case.
    pub from: DepartmentId,
    /// The kind of reason.
    pub reason: ReturnReason,
    /// The reason in words.
    pub text: String,
}

/// The kind of reason for which a department returns an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReturnReason {
    /// The matter belongs to another department.
    NotOurs,
    /// The place lies outside the department's area.
    OutsideTheArea,
    /// The citizen's message lacks information that the department needs.
    Incomplete,
    /// The department has the same matter already.
    Duplicate,
    /// A court, an arbitration or another procedure deals with the matter.
    OtherProcedure,
    /// Another reason, which the text gives.
    Other,
}
