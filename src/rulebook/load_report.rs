//! The link from a loaded rulebook to its files.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::decode::ListSpans;
use super::diagnostic::Diagnostic;
use super::load::Sources;
use super::shapes::Location;
use crate::message::{CannedReplyId, PolicyId};

/// Data kept from loading for later diagnostics: the findings of the load, and the texts that a finding
/// marks.
#[derive(Clone, Debug)]
pub(super) struct LoadReport {
    pub(super) warnings: Vec<Diagnostic>,
    pub(super) omitted: usize,
    pub(super) sources: Arc<Sources>,
    pub(super) list_spans: ListSpans,
    /// The places of the policies.
    pub(super) policy_locations: BTreeMap<PolicyId, Location>,
    /// The places of the canned replies.
    pub(super) canned_reply_locations: BTreeMap<CannedReplyId, Location>,
    /// The place of the calendar's last year.
    pub(super) last_year: Location,
}
