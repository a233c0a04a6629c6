//! The model's sweep: the effects of time alone.

use super::letters::RATING_TIME;
use super::model::{MatterState, Model};

/// A sweep's report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExpectedSweep {
    /// The cases with a breach.
    pub(crate) breached: Vec<String>,
    /// Cases whose promise broke, cases with a new promise, and cases that got none.
    pub(crate) broken: Vec<String>,
    pub(crate) postponed: Vec<String>,
    pub(crate) overdue: Vec<String>,
    /// Cases that a department accepted by silence.
    pub(crate) accepted: Vec<String>,
    /// Cases whose agent has left, and cases whose answer lapsed.
    pub(crate) left: Vec<String>,
    pub(crate) lapsed: Vec<String>,
    /// Cases whose answer lapsed because it was not delivered.
    pub(crate) unread: Vec<String>,
    /// Cases whose citizen is reminded of a question, and cases whose question timed out.
    pub(crate) reminded: Vec<String>,
    pub(crate) resumed: Vec<String>,
}

impl Model {
    pub(crate) fn sweep(&mut self) -> ExpectedSweep {
        let now = self.now;
        let mut report = ExpectedSweep::default();
        // Before the breaches: a resumed clock may be late.
        self.remind_and_time_out(&mut report);
        for matter in &mut self.matters {
            if let Some(reply_clock) = &mut matter.reply_clock
                && reply_clock.paused.is_none()
                && reply_clock.due <= now
                && reply_clock.raised != Some(reply_clock.due)
            {
                reply_clock.raised = Some(reply_clock.due);
                report.breached.push(matter.id.clone());
            }
            let (broke, later, given_up) = matter.sweep_promise(now);
            report.broken.extend(broke.then(|| matter.id.clone()));
            report.postponed.extend(later.then(|| matter.id.clone()));
            report.overdue.extend(given_up.then(|| matter.id.clone()));
        }
        for id in self
            .matters
            .iter()
            .map(|matter| matter.id.clone())
            .collect::<Vec<_>>()
        {
            let matter = self.find(&id);
            if matter.state == MatterState::Offered && matter.offer.is_some_and(|(_, until)| until <= now) {
                self.accept(&id);
                report.accepted.push(id);
            }
        }
        self.leave_and_lapse(&mut report);
        report
    }

    /// Every question without a reply.
    fn remind_and_time_out(&mut self, report: &mut ExpectedSweep) {
        let now = self.now;
        let ids: Vec<String> = self.matters.iter().map(|matter| matter.id.clone()).collect();
        for id in ids {
            let Some((remind, until)) = self.find(&id).awaited_reply else {
                continue;
            };
            if until <= now {
                assert!(self.resume(&id));
                report.resumed.push(id);
            } else if remind.is_some_and(|at| at <= now) {
                let matter = self.find(&id);
                matter.awaited_reply = Some((None, until));
                matter.remind(now);
                report.reminded.push(id);
            }
        }
    }

    /// Every open case whose agent is gone, and every answer that lapsed.
    fn leave_and_lapse(&mut self, report: &mut ExpectedSweep) {
        let now = self.now;
        let ids: Vec<String> = self.matters.iter().map(|matter| matter.id.clone()).collect();
        for id in ids {
            let matter = self.find(&id);
            let end = matter.claim.as_ref().map(|(_, _, end)| *end);
            if let (MatterState::Claimed, Some(end)) = (matter.state, end) {
                let idle = matter.idle.is_some_and(|idle| idle <= now);
                if end > now && idle {
                    (matter.state, matter.claim) = (MatterState::Waiting, None);
                }
                if (end <= now || idle) && matter.hand_back(now) {
                    report.left.push(id.clone());
                }
            }
            let matter = self.find(&id);
            let over = matter.lapses.is_some_and(|until| until <= now);
            if over && matter.state == MatterState::Answered {
                if matter.is_unread() {
                    matter.lapses = Some(now + RATING_TIME);
                    report.unread.push(id);
                } else {
                    assert!(self.close(&id, "lapsed"));
                    report.lapsed.push(id);
                }
            }
        }
    }
}
