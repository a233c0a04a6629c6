//! From a message to its disposition: evidence, decision, follow-up or new matter. Pure: the same message,
//! situation and instant give the same disposition.

mod analysis;
mod context;
mod department;
mod disposition;
mod routing;

pub(crate) use analysis::Analysis;
pub(crate) use context::MessageContext;
pub(crate) use department::department_of;
pub(crate) use disposition::{Disposition, FollowUpMove, dispose, match_related};
pub(crate) use routing::decide_and_route;
