//! Queries to a store, and their results.

use jiff::Timestamp;

use super::{CaseCursor, CaseOrder};
use crate::case::{Case, CaseId, Priority, Record, State};
use crate::message::{AccountId, CitizenId, Conversation, DepartmentId, ThemeId};
use crate::reply::Handled;

/// Selects cases that match every given part. The default selects all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Cases of this department.
    pub department: Option<DepartmentId>,
    /// Cases of this theme.
    pub theme: Option<ThemeId>,
    /// Cases in one of these states; in any state when empty.
    pub states: Vec<State>,
    /// Cases of this priority.
    pub priority: Option<Priority>,
    /// Cases that arrived through this account.
    pub account: Option<AccountId>,
    /// Cases of this citizen.
    pub citizen: Option<CitizenId>,
    /// Cases that are offered to this department and not accepted yet.
    pub offered_to: Option<DepartmentId>,
    /// Cases with an open deadline before this instant.
    pub due_before: Option<Timestamp>,
    /// Cases with this text in one of the messages that they keep: the citizen's messages, the questions, the
    /// answer, and those of cases merged into it. What a case leaves out of its transcript is in the journal
    /// only, and is not searched.
    /// Both are [folded](crate::text::fold). There are no wildcards. A text that folds to nothing matches
    /// every case.
    pub text: Option<String>,
    /// The order of the cases.
    pub order: CaseOrder,
    /// Goes on after an earlier page of this filter: its [`CasePage::next`]. Only the limit may change.
    pub after: Option<CaseCursor>,
    /// The most cases to return; `None` means 100.
    pub limit: Option<usize>,
}

/// Selects the next case for an agent. The default selects the most urgent of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimQuery {
    /// The cases to choose from; the filter's order, cursor and limit are ignored.
    pub among: CaseFilter,
    /// The departments that the agent works for; any when empty.
    pub departments: Vec<DepartmentId>,
    /// The themes that the agent knows; any when empty. Cases without a theme always match, because nobody
    /// would get them otherwise.
    pub themes: Vec<ThemeId>,
    /// The order of the cases.
    pub first: ClaimOrder,
    /// The most running claims of the agent. An agent at capacity gets none.
    pub capacity: Option<usize>,
}

/// The order in which cases are claimed. Urgent cases come first in each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ClaimOrder {
    /// By priority, then by due time.
    #[default]
    Urgent,
    /// By due time.
    Due,
    /// By arrival.
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

/// The stored data that the handling of a message begins with.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// The outcome of the message, if it was handled before; the rest is not needed then.
    pub handled: Option<Handled>,
    /// The conversation that the message belongs to.
    pub conversation: Conversation,
    /// The cases of its sender on every account, at most [`OF_CITIZEN`](Self::OF_CITIZEN), in the order of
    /// [`cases`](super::Store::cases). `None` from a store that reads them separately when they are needed.
    pub cases: Option<Vec<Case>>,
}

impl Arrival {
    /// The most cases of a citizen that are read: 50.
    pub const OF_CITIZEN: usize = 50;

    /// Selects the cases of an arrival.
    pub fn cases_of(citizen: &CitizenId) -> CaseFilter {
        CaseFilter {
            citizen: Some(citizen.clone()),
            limit: Some(Self::OF_CITIZEN),
            ..CaseFilter::default()
        }
    }
}

/// The number of cases in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueCount {
    /// The department of the cases.
    pub department: DepartmentId,
    /// Their state.
    pub state: State,
    /// Their priority.
    pub priority: Priority,
    /// Their number, at least 1.
    pub cases: usize,
    /// The number of those with an open deadline before the given instant.
    pub overdue: usize,
}

/// One page of cases.
#[derive(Clone, Debug, PartialEq)]
pub struct CasePage {
    /// The cases.
    pub cases: Vec<Case>,
    /// The numbers of unreadable cases on this page: damaged rows that a person must look at.
    pub unreadable: Vec<CaseId>,
    /// The number of all cases that the filter selects, on this page or not.
    pub total: usize,
    /// The place after which the next page begins; `None` when this page was the last, or the limit was 0.
    pub next: Option<CaseCursor>,
}

/// A record's position in the journal. Positions rise in the order of the commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seq(pub u64);

/// One page of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalPage {
    /// The records with their positions.
    pub records: Vec<(Seq, Record)>,
    /// The positions of unreadable records on this page. A replay across them is incomplete.
    pub unreadable: Vec<Seq>,
    /// The positions of records on this page with an erased personal part.
    pub erased: Vec<Seq>,
    /// The position after which the next page begins; `None` when this page was the last.
    pub next: Option<Seq>,
}

/// One page of a citizen's conversation on one account, the newest turn first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TurnPage {
    /// The records of messages and of letters ([`Event::turn`](crate::case::Event::turn)), with their positions.
    pub turns: Vec<(Seq, Record)>,
    /// The positions of unreadable records of the citizen on this page, whatever they are about.
    pub unreadable: Vec<Seq>,
    /// The position before which the next page begins; `None` when this page was the last.
    pub next: Option<Seq>,
}

/// Collects a page of turns from the citizen's records, the newest first.
pub(super) struct TurnCollector<'a> {
    account: &'a AccountId,
    limit: usize,
    page: TurnPage,
    last: Option<Seq>,
}

impl<'a> TurnCollector<'a> {
    pub(super) fn new(account: &'a AccountId, limit: usize) -> Self {
        Self {
            account,
            limit,
            page: TurnPage::default(),
            last: None,
        }
    }

    /// Adds the next older record. `false` when the page is full: the record belongs to the next page.
    pub(super) fn add(&mut self, place: Seq, record: Result<Record, String>) -> bool {
        let is_turn = |record: &Record| {
            record
                .event
                .turn()
                .is_some_and(|key| key.account() == self.account)
        };
        if record.as_ref().is_ok_and(|record| !is_turn(record)) {
            return true;
        }
        if self.page.turns.len() + self.page.unreadable.len() == self.limit {
            self.page.next = self.last;
            return false;
        }
        self.last = Some(place);
        match record {
            Ok(record) => self.page.turns.push((place, record)),
            Err(reason) => {
                tracing::error!(place = place.0, reason, "a journal record is unreadable");
                self.page.unreadable.push(place);
            }
        }
        true
    }

    pub(super) fn finish(self) -> TurnPage {
        self.page
    }
}
