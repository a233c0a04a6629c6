//! What can be asked of a store.

use crate::case::{Case, CaseId, Priority, Record, State};
use crate::message::{AccountId, CitizenId, DepartmentId, ThemeId};

/// Which cases; every part that is given must hold. The default names all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Of this department.
    pub department: Option<DepartmentId>,
    /// Of this theme.
    pub theme: Option<ThemeId>,
    /// In this state.
    pub state: Option<State>,
    /// Of this priority.
    pub priority: Option<Priority>,
    /// That came through this account.
    pub account: Option<AccountId>,
    /// Of this citizen.
    pub citizen: Option<CitizenId>,
    /// How many to leave out from the start.
    pub offset: usize,
    /// How many at most; `None` takes 100.
    pub limit: Option<usize>,
}

/// One page of cases.
#[derive(Clone, Debug, PartialEq)]
pub struct CasePage {
    /// The cases.
    pub cases: Vec<Case>,
    /// The numbers of those on this page that can't be read: damaged rows, for a person to look at.
    pub unreadable: Vec<CaseId>,
    /// How many the filter names in all.
    pub total: usize,
}

/// A record's place in the journal: rises with the order of the commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seq(pub u64);

/// One page of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalPage {
    /// The records with their places.
    pub records: Vec<(Seq, Record)>,
    /// The places of records on this page that can't be read. A replay over them is not whole.
    pub unreadable: Vec<Seq>,
    /// What the next page comes after; `None` when nothing was behind this page as it was read.
    pub next: Option<Seq>,
}
