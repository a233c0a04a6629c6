//! The public names that differ between the versions that `benches/compare` sets beside each other.

pub(crate) use civic_reply::keyword::MatchContext;
pub(crate) use civic_reply::store::ClaimQuery;
