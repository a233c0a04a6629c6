//! A filter as SQL: only words of this file reach the statement, the filter's values are bound to it.

use rusqlite::ToSql;

use super::rows::{Lane, rank};
use crate::store::CaseFilter;

/// The index of a citizen's cases.
const OF_CITIZEN: &str = "queue_of_citizen";

/// A filter's index, its conditions and the values that they are bound to.
pub(super) struct Scope<'a> {
    index: &'static str,
    conditions: String,
    values: Vec<(&'static str, Box<dyn ToSql + 'a>)>,
}

impl<'a> Scope<'a> {
    /// Everything that the filter asks for but the state, which chooses the lanes.
    pub(super) fn of(filter: &'a CaseFilter) -> Self {
        let (department, theme) = (filter.department.as_ref(), filter.theme.as_ref());
        let (account, citizen) = (filter.account.as_ref(), filter.citizen.as_ref());
        let mut scope = Self {
            // The narrowest: a citizen has few cases, an account many.
            index: match (citizen, department, theme, account) {
                (Some(_), ..) => OF_CITIZEN,
                (_, Some(_), Some(_), _) => "queue_of_department_and_theme",
                (_, Some(_), None, _) => "queue_of_department",
                (_, None, Some(_), _) => "queue_of_theme",
                (_, None, None, Some(_)) => "queue_of_account",
                (None, None, None, None) => "queue",
            },
            conditions: String::new(),
            values: Vec::new(),
        };
        scope.ask(
            " AND citizen = :citizen",
            ":citizen",
            citizen.map(|id| id.as_str()),
        );
        scope.ask(
            " AND department = :department",
            ":department",
            department.map(|id| id.as_str()),
        );
        scope.ask(" AND theme = :theme", ":theme", theme.map(|id| id.as_str()));
        scope.ask(
            " AND account = :account",
            ":account",
            account.map(|id| id.as_str()),
        );
        scope.ask(" AND rank = :rank", ":rank", filter.priority.map(rank));
        scope
    }

    fn ask(&mut self, condition: &'static str, name: &'static str, value: Option<impl ToSql + 'a>) {
        if let Some(value) = value {
            self.conditions.push_str(condition);
            self.values.push((name, Box::new(value)));
        }
    }

    /// The cases in these lanes, as `place, rank, due, id` in the order of the queue.
    ///
    /// Each lane is read along its index and the lanes are merged, so that the first row costs the same however many
    /// come after it. A lapsed lease is asked again: the clock may have been set back since it was seen to end.
    pub(super) fn in_order(&self, lanes: &[Lane], check_lease: bool) -> String {
        let arms: Vec<_> = lanes
            .iter()
            .map(|lane| {
                let lapsed = check_lease && *lane == Lane::Lapsed;
                format!(
                    "SELECT place, rank, due, id FROM cases INDEXED BY {} WHERE lane = {}{}{}",
                    self.index,
                    *lane as i64,
                    self.conditions,
                    if lapsed { " AND lease <= :now" } else { "" },
                )
            })
            .collect();
        arms.join(" UNION ALL ") + " ORDER BY rank, due, id"
    }

    /// How many cases these lanes hold: from the tally, which is short, or along the index for a citizen, who has few.
    pub(super) fn count(&self, lanes: &[Lane]) -> String {
        let lanes: Vec<_> = lanes.iter().map(|lane| (*lane as i64).to_string()).collect();
        let counted = if self.index == OF_CITIZEN {
            format!("count(*) FROM cases INDEXED BY {OF_CITIZEN}")
        } else {
            "ifnull(sum(cases), 0) FROM tally".to_owned()
        };
        let themed = if self.index != OF_CITIZEN && self.asks(":theme") {
            " AND themed"
        } else {
            ""
        };
        let lanes = lanes.join(", ");
        format!(
            "SELECT {counted} WHERE lane IN ({lanes}){themed}{}",
            self.conditions
        )
    }

    fn asks(&self, name: &str) -> bool {
        self.values.iter().any(|(asked, _)| *asked == name)
    }

    /// The values in the form that a statement takes.
    pub(super) fn bound(&self) -> Vec<(&'static str, &dyn ToSql)> {
        self.values
            .iter()
            .map(|(name, value)| (*name, value.as_ref()))
            .collect()
    }
}
