//! What a message is and what is done with it. Pure: the same message, situation and instant give the same disposition.

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
