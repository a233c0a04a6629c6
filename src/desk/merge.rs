//! Merging two cases. Both sides are committed together.

use super::{ATTEMPTS, ClaimedCase, DeskError};
use crate::case::{Author, Case, CaseId};
use crate::store::{ChangeSet, retry_on_conflict};
use crate::workflow::{Command, transition};

impl ClaimedCase {
    /// Merges the case into another one, and returns the other one. The merger is final.
    ///
    /// The answer of the other case goes to the citizens of both ([`Case::recipients`]), and its deadlines
    /// are the earlier ones of both. What stood in this case, stands in the other one
    /// ([`Duplicate::content`](crate::case::Duplicate::content)). If another agent holds that case, it is
    /// answered only after [`see_merger`](Self::see_merger).
    ///
    /// # Errors
    ///
    /// [`CommandError::NotHolder`](crate::workflow::CommandError::NotHolder);
    /// [`HasParts`](crate::workflow::CommandError::HasParts) if either case is a part, or this one has parts;
    /// or the other case is over or answered.
    pub fn merge_into(&self, other: &CaseId) -> Result<Case, DeskError> {
        let (desk, author) = (&self.desk, Author::Agent(self.actor.id.clone()));
        let config = desk.config();
        let merge = Command::Merge {
            token: self.token.clone(),
            into: other.clone(),
        };
        retry_on_conflict(ATTEMPTS, |_| {
            let now = desk.clock.now();
            let (merged, other) = (desk.case(&self.case.id)?, desk.case(other)?);
            let absorb = Command::Absorb {
                other: Box::new(merged.clone()),
                by: Some(self.actor.id.clone()),
            };
            let ends = transition(&merged, &merge, &config, now)?;
            let grows = transition(&other, &absorb, &config, now)?;
            let mut change = ChangeSet::default();
            change.apply(merged, ends, &author, now);
            let case = change.apply(other, grows, &author, now);
            desk.store.commit(change)?;
            Ok(case)
        })
    }
}

impl ClaimedCase {
    /// Confirms that the holder has seen the cases that were merged into this one while it was claimed. Until
    /// then, [`answer`](Self::answer) and [`ask`](Self::ask) are refused: the words were written before anybody knew that they go to
    /// further citizens.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotHolder`](crate::workflow::CommandError::NotHolder).
    pub fn see_merger(&self) -> Result<Case, DeskError> {
        self.run(&Command::SeeMerger(self.token.clone()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use crate::case::Priority;
    use crate::case::{CaseId, State};
    use crate::desk::test_support;
    use crate::message::AgentId;
    use crate::store::Store as _;
    use crate::store::contract::sample;

    #[test]
    fn a_merger_names_both_citizens_as_recipients() {
        let (desk, _, store) = test_support::desk(&["A"]);
        let other = sample::case("B", "bob", Priority::Normal, 10);
        store.commit(sample::queueing(&other)).unwrap();
        let (ours, theirs) = (CaseId::new("A"), CaseId::new("B"));
        let eve = AgentId::new("eve");
        let token = desk.claim(&theirs, &eve).unwrap().unwrap().token().clone();
        assert!(
            desk.claimed(&theirs, &eve, &token)
                .and_then(|case| case.merge_into(&theirs))
                .is_err()
        );
        assert_eq!(desk.case(&theirs).unwrap().state, State::Claimed);

        let whole = desk
            .claimed(&theirs, &eve, &token)
            .and_then(|case| case.merge_into(&ours))
            .unwrap();
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
        assert!(
            desk.claimed(&theirs, &eve, &token)
                .and_then(|case| case.merge_into(&whole.id))
                .is_err()
        );
    }

    #[test]
    fn what_takes_danger_in_is_urgent_from_then_on() {
        let (desk, _, store) = test_support::desk(&["A"]);
        let other = sample::case("B", "bob", Priority::Urgent, 10);
        store.commit(sample::queueing(&other)).unwrap();
        let eve = AgentId::new("eve");
        let token = desk.claim(&other.id, &eve).unwrap().unwrap().token().clone();
        let whole = desk
            .claimed(&other.id, &eve, &token)
            .and_then(|case| case.merge_into(&"A".into()))
            .unwrap();
        assert_eq!(whole.priority, Priority::Urgent);
        assert_eq!(test_support::replay(&*store).get(&whole.id), Some(&whole));
    }
}
