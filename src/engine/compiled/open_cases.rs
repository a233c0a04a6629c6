//! The open cases that a new rulebook would leave where no agent looks.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::case::{Author, Case, Event, State};
use crate::engine::dropped_in_use::{DroppedInUse, DroppedKind};
use crate::message::{AccountId, DepartmentId, PolicyId, ThemeId};
use crate::rulebook::Rulebook;
use crate::store::{ChangeSet, Conflict, Store, StoreError, retry_on_conflict, visit_open_cases};

/// The number of attempts at moving one case, and of passes over all cases.
const ATTEMPTS: usize = 8;

/// The successors of departments and themes that a new rulebook drops, and the accounts and policies that it
/// drops on purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseMoves {
    departments: BTreeMap<DepartmentId, DepartmentId>,
    themes: BTreeMap<ThemeId, ThemeId>,
    accounts: Vec<AccountId>,
    policies: Vec<PolicyId>,
}

impl CaseMoves {
    /// Gives the open cases of a dropped department to another one.
    #[must_use]
    pub fn department(mut self, from: impl Into<DepartmentId>, to: impl Into<DepartmentId>) -> Self {
        self.departments.insert(from.into(), to.into());
        self
    }

    /// Gives the open cases of a dropped theme to another one.
    #[must_use]
    pub fn theme(mut self, from: impl Into<ThemeId>, to: impl Into<ThemeId>) -> Self {
        self.themes.insert(from.into(), to.into());
        self
    }

    /// Accepts that open cases of a dropped account stay: agents answer them, and the host still sends their
    /// letters.
    #[must_use]
    pub fn leave_account(mut self, account: impl Into<AccountId>) -> Self {
        self.accounts.push(account.into());
        self
    }

    /// Accepts that open cases keep the time limits of a dropped policy.
    #[must_use]
    pub fn leave_policy(mut self, policy: impl Into<PolicyId>) -> Self {
        self.policies.push(policy.into());
        self
    }
}

/// The open cases, seen from the change of one rulebook to another.
pub(super) struct OpenCases<'a> {
    old: &'a Rulebook,
    new: &'a Rulebook,
    moves: &'a CaseMoves,
}

impl<'a> OpenCases<'a> {
    pub(super) fn new(old: &'a Rulebook, new: &'a Rulebook, moves: &'a CaseMoves) -> Self {
        Self { old, new, moves }
    }

    /// Whether the new rulebook drops anything. If not, no case is read.
    fn drops_anything(&self) -> bool {
        let (old, new) = (self.old, self.new);
        old.departments.keys().any(|id| !new.departments.contains_key(id))
            || old.themes.keys().any(|id| !new.themes.contains_key(id))
            || old.accounts.keys().any(|id| !new.accounts.contains_key(id))
            || old.policies.keys().any(|id| !new.policies.contains_key(id))
    }

    /// What the new rulebook drops although open cases have it, and that has no successor.
    pub(super) fn without_destinations(&self, store: &dyn Store) -> Result<Vec<DroppedInUse>, StoreError> {
        let mut found: BTreeMap<(DroppedKind, String), usize> = BTreeMap::new();
        self.for_each(store, |case| {
            for dropped in self.without_destination(case) {
                *found.entry(dropped).or_default() += 1;
            }
            Ok(())
        })?;
        let found = found.into_iter();
        let found = found.map(|((kind, id), cases)| DroppedInUse { kind, id, cases });
        Ok(found.collect())
    }

    /// Gives every open case of a dropped department or theme to its successor.
    pub(super) fn move_all(&self, store: &dyn Store, now: Timestamp) -> Result<(), StoreError> {
        // A case that moves changes the pages, so that another pass may find one that was skipped.
        for _ in 0..ATTEMPTS {
            let mut moved = 0;
            self.for_each(store, |case| {
                moved += usize::from(self.move_case(store, case, now)?);
                Ok(())
            })?;
            if moved == 0 {
                break;
            }
        }
        Ok(())
    }

    fn move_case(&self, store: &dyn Store, case: &Case, now: Timestamp) -> Result<bool, StoreError> {
        retry_on_conflict(ATTEMPTS, |conflict: Option<&Conflict>| {
            let read = match conflict {
                None => Some(case.clone()),
                Some(_) => store.case(&case.id)?,
            };
            let Some((case, event)) = read.and_then(|case| self.reassigned(&case).map(|event| (case, event)))
            else {
                return Ok(false);
            };
            let mut change = ChangeSet::default();
            change.apply(case, vec![event], &Author::Engine, now);
            store.commit(change)?;
            Ok(true)
        })
    }

    /// The event that gives a case to the successors; `None` if it stays.
    fn reassigned(&self, case: &Case) -> Option<Event> {
        if !State::OPEN.contains(&case.state) {
            return None;
        }
        let department = self.successor_of_department(&case.department);
        let theme = case
            .theme
            .as_ref()
            .and_then(|theme| self.successor_of_theme(theme));
        let offer = case.handling.transfers.offer.as_ref();
        let offered_to = offer.and_then(|offer| self.successor_of_department(&offer.to));
        if department.is_none() && theme.is_none() && offered_to.is_none() {
            return None;
        }
        Some(Event::Reassigned {
            department: department.unwrap_or(&case.department).clone(),
            theme: theme.or(case.theme.as_ref()).cloned(),
            offered_to: offered_to.cloned(),
        })
    }

    fn successor_of_department(&self, id: &DepartmentId) -> Option<&DepartmentId> {
        let to = self
            .moves
            .departments
            .get(id)
            .filter(|_| self.drops_department(id))?;
        Some(to).filter(|to| self.new.departments.contains_key(*to))
    }

    fn successor_of_theme(&self, id: &ThemeId) -> Option<&ThemeId> {
        let to = self.moves.themes.get(id).filter(|_| self.drops_theme(id))?;
        Some(to).filter(|to| self.new.themes.contains_key(*to))
    }

    fn drops_department(&self, id: &DepartmentId) -> bool {
        self.old.departments.contains_key(id) && !self.new.departments.contains_key(id)
    }

    fn drops_theme(&self, id: &ThemeId) -> bool {
        self.old.themes.contains_key(id) && !self.new.themes.contains_key(id)
    }

    /// The dropped things that a case has, without a successor.
    fn without_destination(&self, case: &Case) -> Vec<(DroppedKind, String)> {
        let mut found = Vec::new();
        let offer = case.handling.transfers.offer.as_ref();
        let mut departments = vec![&case.department];
        departments.extend(offer.map(|offer| &offer.to).filter(|to| **to != case.department));
        for id in departments {
            if self.drops_department(id) && self.successor_of_department(id).is_none() {
                found.push((DroppedKind::Department, id.to_string()));
            }
        }
        if let Some(id) = &case.theme
            && self.drops_theme(id)
            && self.successor_of_theme(id).is_none()
        {
            found.push((DroppedKind::Theme, id.to_string()));
        }
        let account = case.key.account();
        let dropped = self.old.accounts.contains_key(account) && !self.new.accounts.contains_key(account);
        if dropped && !self.moves.accounts.contains(account) {
            found.push((DroppedKind::Account, account.to_string()));
        }
        let mut policies: Vec<&PolicyId> = case
            .deadlines
            .iter()
            .filter(|deadline| deadline.status.is_open())
            .map(|deadline| &deadline.policy)
            .filter(|id| self.old.policies.contains_key(*id) && !self.new.policies.contains_key(*id))
            .filter(|id| !self.moves.policies.contains(id))
            .collect();
        policies.sort();
        policies.dedup();
        let policies = policies.into_iter();
        found.extend(policies.map(|id| (DroppedKind::Policy, id.to_string())));
        found
    }

    /// Passes every open case to `each`, if the new rulebook drops anything.
    fn for_each(
        &self,
        store: &dyn Store,
        mut each: impl FnMut(&Case) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if !self.drops_anything() {
            return Ok(());
        }
        visit_open_cases(store, |case| each(&case))
    }
}
