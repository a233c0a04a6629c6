//! From a message to its disposition: evidence, decision, follow-up or new matter. Pure: the same message,
//! situation and instant give the same disposition.

mod analysis;
mod automatic;
mod context;
mod department;
mod disposition;
mod judge;
mod routing;
mod taken_up;

pub(crate) use analysis::Analysis;
pub(crate) use automatic::AutomaticMove;
pub(crate) use context::MessageContext;
pub(crate) use department::department_of;
pub(crate) use disposition::{Disposition, FollowUpMove, dispose};
pub(crate) use judge::{Judged, interrupts_case, judge};
pub(crate) use taken_up::TakenUp;
