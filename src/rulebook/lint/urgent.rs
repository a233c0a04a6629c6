//! Urgent policies under which danger waits for the office to open.

use crate::case::{ClockKind, CountsFrom, TimeLimit, Warn};
use crate::catalogue::wording;
use crate::rulebook::diagnostic::{Code, Diagnostic, Problems};
use crate::rulebook::shapes::Rulebook;

/// Reports urgent policies with a first reply that counts working time or from the next day, or is warned of
/// by working time.
pub(super) fn check(rulebook: &Rulebook, problems: &mut Problems) {
    let urgent = rulebook.policies.values().filter(|policy| policy.urgent);
    for policy in urgent {
        let waiting = policy
            .time_limit(ClockKind::FirstReply)
            .filter(|limit| waits(limit));
        if let Some(time_limit) = waiting {
            let wording = wording!("urgent-waits", id = policy.id, limit = time_limit);
            let finding = Diagnostic::warning(Code::UrgentWaits, wording);
            let location = rulebook.load_report.policy_locations.get(&policy.id);
            problems.push(finding.at(location.cloned().unwrap_or_default()));
        }
    }
}

fn waits(time_limit: &TimeLimit) -> bool {
    let by_working_time = |warn: &Warn| matches!(warn, Warn::Before(amount) if amount.unit().is_working());
    time_limit.amount.unit().is_working()
        || time_limit.counts_from == CountsFrom::NextDay
        || time_limit.warn.iter().any(by_working_time)
}
