//! What can be asked of a store.

use jiff::Timestamp;

use crate::case::{Case, CaseId, Priority, Record, State};
use crate::message::{AccountId, CitizenId, Conversation, DepartmentId, ThemeId};
use crate::reply::Handled;

/// Which cases; every part that is given must hold. The default names all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Of this department.
    pub department: Option<DepartmentId>,
    /// Of this theme.
    pub theme: Option<ThemeId>,
    /// In one of these states; none given: in any.
    pub states: Vec<State>,
    /// Of this priority.
    pub priority: Option<Priority>,
    /// That came through this account.
    pub account: Option<AccountId>,
    /// Of this citizen.
    pub citizen: Option<CitizenId>,
    /// Offered to this department, which has not said yet whether it takes it.
    pub offered_to: Option<DepartmentId>,
    /// That still owe something whose deadline falls before this instant.
    pub due_before: Option<Timestamp>,
    /// In whose messages, one by one, this text stands: what the citizen wrote, what was asked and what was answered, both
    /// [folded](crate::text::fold). Every character stands for itself; a text of which nothing readable is left is in all.
    pub text: Option<String>,
    /// How many to leave out from the start.
    pub offset: usize,
    /// How many at most; `None` takes 100.
    pub limit: Option<usize>,
}

/// How the next case for an agent is chosen. The default takes the most urgent of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimQuery {
    /// Among these cases; the filter's offset and limit play no part.
    pub among: CaseFilter,
    /// Of one of these departments, for which the agent can work; none given: of any.
    pub departments: Vec<DepartmentId>,
    /// Of one of these themes, which the agent knows, or of none: nobody would ever be given those; none given: of any.
    pub themes: Vec<ThemeId>,
    /// Which of them comes first.
    pub first: ClaimOrder,
    /// How many cases the agent may hold at once by claims whose leases have not ended; one who holds as many is given none.
    pub capacity: Option<usize>,
}

/// What makes a case come before another. Danger to somebody comes before everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ClaimOrder {
    /// The more urgent one; then the one that is due earlier.
    #[default]
    Urgent,
    /// The one that is due earlier.
    Due,
    /// The one that came earlier.
    Oldest,
}

impl From<CaseFilter> for ClaimQuery {
    fn from(among: CaseFilter) -> Self {
        Self {
            among,
            ..Self::default()
        }
    }
}

impl From<&CaseFilter> for ClaimQuery {
    fn from(among: &CaseFilter) -> Self {
        among.clone().into()
    }
}

impl From<&ClaimQuery> for ClaimQuery {
    fn from(query: &ClaimQuery) -> Self {
        query.clone()
    }
}

/// What a store holds that a message is judged by.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// The outcome of the message, where it was handled before; the rest is then of no use.
    pub handled: Option<Handled>,
    /// The conversation that it belongs to.
    pub conversation: Conversation,
    /// The cases of its sender on every account, at most [`OF_CITIZEN`](Self::OF_CITIZEN), in the order of
    /// [`cases`](super::Store::cases). `None` where they are read by themselves when they are needed.
    pub cases: Option<Vec<Case>>,
}

impl Arrival {
    /// How many cases of a citizen are looked at: 50.
    pub const OF_CITIZEN: usize = 50;

    /// The cases that belong to an arrival.
    pub fn cases_of(citizen: &CitizenId) -> CaseFilter {
        CaseFilter {
            citizen: Some(citizen.clone()),
            limit: Some(Self::OF_CITIZEN),
            ..CaseFilter::default()
        }
    }
}

/// How many cases a queue has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueCount {
    /// The department that has them.
    pub department: DepartmentId,
    /// The state in which they are.
    pub state: State,
    /// How urgent they are.
    pub priority: Priority,
    /// How many there are; at least one.
    pub cases: usize,
    /// How many of them still owe something that was due before the instant that was asked for.
    pub overdue: usize,
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
    /// The places of records on this page whose personal part was erased.
    pub erased: Vec<Seq>,
    /// What the next page comes after; `None` when nothing was behind this page as it was read.
    pub next: Option<Seq>,
}
