//! The model's sweep: the effects of time alone.

use super::letters::JUDGE;
use super::model::{Model, Stands};

/// A sweep's report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TranscriptEntry {
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
    pub(crate) fn sweep(&mut self) -> TranscriptEntry {
        let now = self.now;
        let mut said = TranscriptEntry::default();
        // Before the breaches: a resumed clock may be late.
        self.recall(&mut said);
        for matter in &mut self.matters {
            if let Some(owed) = &mut matter.owed
                && owed.still.is_none()
                && owed.due <= now
                && owed.raised != Some(owed.due)
            {
                owed.raised = Some(owed.due);
                said.breached.push(matter.id.clone());
            }
            let (broke, later, given_up) = matter.watch(now);
            said.broken.extend(broke.then(|| matter.id.clone()));
            said.postponed.extend(later.then(|| matter.id.clone()));
            said.overdue.extend(given_up.then(|| matter.id.clone()));
        }
        for id in self
            .matters
            .iter()
            .map(|matter| matter.id.clone())
            .collect::<Vec<_>>()
        {
            let matter = self.find(&id);
            if matter.stands == Stands::Offered && matter.offer.is_some_and(|(_, until)| until <= now) {
                self.accept(&id);
                said.accepted.push(id);
            }
        }
        self.leave_and_lapse(&mut said);
        said
    }

    /// Every question without a reply.
    fn recall(&mut self, said: &mut TranscriptEntry) {
        let now = self.now;
        let ids: Vec<String> = self.matters.iter().map(|matter| matter.id.clone()).collect();
        for id in ids {
            let Some((remind, until)) = self.find(&id).awaited_reply else {
                continue;
            };
            if until <= now {
                assert!(self.resume(&id));
                said.resumed.push(id);
            } else if remind.is_some_and(|at| at <= now) {
                let matter = self.find(&id);
                matter.awaited_reply = Some((None, until));
                matter.remind(now);
                said.reminded.push(id);
            }
        }
    }

    /// Every open case whose agent is gone, and every answer that lapsed.
    fn leave_and_lapse(&mut self, said: &mut TranscriptEntry) {
        let now = self.now;
        let ids: Vec<String> = self.matters.iter().map(|matter| matter.id.clone()).collect();
        for id in ids {
            let matter = self.find(&id);
            let end = matter.claim.as_ref().map(|(_, _, end)| *end);
            if let (Stands::Claimed, Some(end)) = (matter.stands, end) {
                let idle = matter.idle.is_some_and(|idle| idle <= now);
                if end > now && idle {
                    (matter.stands, matter.claim) = (Stands::Waiting, None);
                }
                if (end <= now || idle) && matter.hand_back(now) {
                    said.left.push(id.clone());
                }
            }
            let matter = self.find(&id);
            let over = matter.lapses.is_some_and(|until| until <= now);
            if over && matter.stands == Stands::Answered {
                if matter.is_unread() {
                    matter.lapses = Some(now + JUDGE);
                    said.unread.push(id);
                } else {
                    assert!(self.close(&id, "lapsed"));
                    said.lapsed.push(id);
                }
            }
        }
    }
}
