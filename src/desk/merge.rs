//! Moves that concern two cases: both become true in one commit, or neither.

use super::commands::{ATTEMPTS, Desk, DeskError};
use crate::case::{Actor, Case, CaseId, ClaimToken};
use crate::message::AgentId;
use crate::store::{ChangeSet, retry_on_conflict};
use crate::workflow::{Command, transition};

impl Desk {
    /// Lets a case go on as part of another, and gives the other one as it then is: its answer is for the citizens of both,
    /// whom [`Case::recipients`] names and the host sends it to, and what was owed earlier to either is owed then. The one that is merged is over for good.
    pub fn merge(
        &self,
        id: &CaseId,
        agent: &AgentId,
        token: &ClaimToken,
        into: &CaseId,
    ) -> Result<Case, DeskError> {
        let actor = Actor::Agent(agent.clone());
        let (token, config) = (token.clone(), self.config());
        let merge = Command::Merge {
            token,
            into: into.clone(),
        };
        retry_on_conflict(ATTEMPTS, |_| {
            let now = self.clock.now();
            let (one, other) = (self.case(id)?, self.case(into)?);
            let absorb = Command::Absorb {
                other: Box::new(one.clone()),
            };
            let ends = transition(&one, &merge, &config, now)?;
            let grows = transition(&other, &absorb, &config, now)?;
            let mut change = ChangeSet::default();
            change.apply(one, ends, &actor, now);
            let case = change.apply(other, grows, &actor, now);
            self.store.commit(change)?;
            Ok(case)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use crate::case::Priority;
    use crate::case::{CaseId, State};
    use crate::desk::test_support;
    use crate::store::Store as _;
    use crate::store::contract::sample;

    #[test]
    fn a_merger_names_both_citizens_as_recipients() {
        let (desk, _, store) = test_support::desk(&["A"]);
        let other = sample::case("B", "bob", Priority::Normal, 10);
        store.commit(sample::queueing(&other)).unwrap();
        let (ours, theirs) = (CaseId::new("A"), CaseId::new("B"));
        let eve = "eve".into();
        let token = desk.claim(&theirs, &eve).unwrap().unwrap().claim.unwrap().token;
        assert!(desk.merge(&theirs, &eve, &token, &theirs).is_err());
        assert_eq!(desk.case(&theirs).unwrap().state, State::Claimed);

        let whole = desk.merge(&theirs, &eve, &token, &ours).unwrap();
        let merged = desk.case(&theirs).unwrap();
        assert_eq!(
            (merged.state, merged.handling.relations.merged_into),
            (State::Merged, Some(ours))
        );
        let citizens: Vec<_> = whole
            .recipients()
            .into_iter()
            .map(|key| key.sender().as_str())
            .collect();
        assert_eq!(citizens, ["ann", "bob"]);
        assert!(desk.merge(&theirs, &eve, &token, &whole.id).is_err());
    }

    #[test]
    fn what_takes_danger_in_is_urgent_from_then_on() {
        let (desk, _, store) = test_support::desk(&["A"]);
        let other = sample::case("B", "bob", Priority::Urgent, 10);
        store.commit(sample::queueing(&other)).unwrap();
        let eve = "eve".into();
        let token = desk.claim(&other.id, &eve).unwrap().unwrap().claim.unwrap().token;
        let whole = desk.merge(&other.id, &eve, &token, &"A".into()).unwrap();
        assert_eq!(whole.priority, Priority::Urgent);
        assert_eq!(test_support::replay(&*store).get(&whole.id), Some(&whole));
    }
}
