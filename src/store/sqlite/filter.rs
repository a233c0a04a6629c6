//! A filter as SQL: only words of this file reach the statement, the filter's values are bound to it.

use rusqlite::ToSql;

use super::rows::{QueueClass, rank};
use crate::store::{CaseFilter, ClaimOrder, ClaimQuery, queue};

/// The index of a citizen's cases.
const OF_CITIZEN: &str = "queue_of_citizen";

/// A way along an index: within a lane a range for each of the conditions, which are merged by the keys and then the cases' numbers.
struct Way {
    ranges: &'static [&'static str],
    keys: &'static [&'static str],
}

/// The order of the queue.
const QUEUE: Way = Way {
    ranges: &[""],
    keys: &["rank", "due"],
};

/// Danger first, which is rank 0; then the others. In the queue's index each rank stands as it is due.
const BY_DUE: &[Way] = &[
    Way {
        ranges: &[" AND rank = 0"],
        keys: &["due"],
    },
    Way {
        ranges: &[" AND rank = 1", " AND rank = 2"],
        keys: &["due"],
    },
];

/// Danger first; then the others as they came.
const BY_AGE: Way = Way {
    ranges: &[" AND lane < 2"],
    keys: &["(rank > 0)", "arrived"],
};

/// A filter's index, its conditions and the values that they are bound to.
pub(super) struct Scope<'a> {
    index: &'static str,
    /// One after the other.
    ways: &'static [Way],
    conditions: String,
    values: Vec<(String, Box<dyn ToSql + 'a>)>,
    /// Whether the tally knows how many there are.
    tallied: bool,
}

impl<'a> Scope<'a> {
    /// Everything that the filter asks for but the state, which chooses the lanes.
    pub(super) fn of(filter: &'a CaseFilter) -> Self {
        let (department, theme) = (filter.department.as_ref(), filter.theme.as_ref());
        let (account, citizen) = (filter.account.as_ref(), filter.citizen.as_ref());
        let offered = filter.offered_to.as_ref();
        let mut scope = Self {
            // The narrowest: a citizen has few cases, an account many.
            index: match (citizen, offered, department, theme, account) {
                (Some(_), ..) => OF_CITIZEN,
                (_, Some(_), ..) => "queue_of_offered",
                (_, _, Some(_), Some(_), _) => "queue_of_department_and_theme",
                (_, _, Some(_), None, _) => "queue_of_department",
                (_, _, None, Some(_), _) => "queue_of_theme",
                (_, _, None, None, Some(_)) => "queue_of_account",
                (None, None, None, None, None) => "queue",
            },
            ways: &[QUEUE],
            conditions: String::new(),
            values: Vec::new(),
            tallied: citizen.is_none()
                && offered.is_none()
                && filter.due_before.is_none()
                && filter.text.is_none(),
        };
        scope.ask("citizen =", ":citizen", citizen.map(|id| id.as_str()));
        scope.ask("department =", ":department", department.map(|id| id.as_str()));
        scope.ask("theme =", ":theme", theme.map(|id| id.as_str()));
        scope.ask("account =", ":account", account.map(|id| id.as_str()));
        scope.ask("offered =", ":offered", offered.map(|id| id.as_str()));
        scope.ask("rank =", ":rank", filter.priority.map(rank));
        scope.ask("owing <", ":before", filter.due_before.map(queue::micros));
        let text = filter.text.as_deref().map(queue::sought);
        if let Some(text) = text {
            scope.conditions.push_str(" AND instr(said, :text) > 0");
            scope
                .values
                .push((":text".to_owned(), Box::new(text.into_bytes())));
        }
        scope
    }

    /// What an agent may be given, in the order of the pick.
    pub(super) fn picking(query: &'a ClaimQuery) -> Self {
        let mut scope = Self::of(&query.among);
        match query.first {
            ClaimOrder::Urgent => {}
            ClaimOrder::Due => (scope.index, scope.ways) = ("queue", BY_DUE),
            ClaimOrder::Oldest => (scope.index, scope.ways) = ("queue_by_age", &[BY_AGE]),
        }
        let departments = query.departments.iter().map(|id| id.as_str());
        scope.ask_any("department", departments.collect(), "");
        let themes = query.themes.iter().map(|id| id.as_str());
        scope.ask_any("theme", themes.collect(), "theme IS NULL OR ");
        scope
    }

    fn ask(&mut self, condition: &'static str, name: &'static str, value: Option<impl ToSql + 'a>) {
        if let Some(value) = value {
            self.conditions.push_str(&format!(" AND {condition} {name}"));
            self.values.push((name.to_owned(), Box::new(value)));
        }
    }

    /// One of the values, or what `or` says; anything where there are none.
    fn ask_any(&mut self, column: &'static str, values: Vec<&'a str>, or: &'static str) {
        if values.is_empty() {
            return;
        }
        let names: Vec<String> = (0..values.len()).map(|n| format!(":{column}_{n}")).collect();
        let any = names.join(", ");
        self.conditions
            .push_str(&format!(" AND ({or}{column} IN ({any}))"));
        for (name, value) in names.into_iter().zip(values) {
            self.values.push((name, Box::new(value)));
        }
    }

    /// What finds the cases in these lanes that can be claimed, as `place` first: each statement behind the one before.
    pub(super) fn claimable(&self, lanes: &[QueueClass]) -> impl Iterator<Item = String> {
        self.ways.iter().map(|way| self.along(way, lanes, true))
    }

    /// The cases in these lanes, as `place, id, key_1, key_2` in the order of the queue.
    pub(super) fn in_order(&self, lanes: &[QueueClass]) -> String {
        self.along(&QUEUE, lanes, false)
    }

    /// Each lane is read along its index and the lanes are merged, so that the first row costs the same however many
    /// come after it. A lapsed lease is asked again: the clock may have been set back since it was seen to end.
    fn along(&self, way: &Way, lanes: &[QueueClass], check_lease: bool) -> String {
        let keys = way.keys.iter().zip(1..);
        let columns: String = keys
            .clone()
            .map(|(key, n)| format!(", {key} AS key_{n}"))
            .collect();
        let order: String = keys.map(|(_, n)| format!("key_{n}, ")).collect();
        let mut arms = Vec::with_capacity(lanes.len() * way.ranges.len());
        for lane in lanes {
            let lapsed = check_lease && *lane == QueueClass::Lapsed;
            let lease = if lapsed { " AND lease <= :now" } else { "" };
            for range in way.ranges {
                arms.push(format!(
                    "SELECT place, id{columns} FROM cases INDEXED BY {} WHERE lane = {}{range}{}{lease}",
                    self.index, *lane as i64, self.conditions,
                ));
            }
        }
        format!("{} ORDER BY {order}id", arms.join(" UNION ALL "))
    }

    /// How many cases these lanes hold: from the tally, which is short, or along the index where the
    /// tally does not know.
    pub(super) fn count(&self, lanes: &[QueueClass]) -> String {
        let lanes: Vec<_> = lanes.iter().map(|lane| (*lane as i64).to_string()).collect();
        let counted = if self.tallied {
            "ifnull(sum(cases), 0) FROM tally".to_owned()
        } else {
            format!("count(*) FROM cases INDEXED BY {}", self.index)
        };
        let themed = if self.tallied && self.asks(":theme") {
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
        self.values.iter().any(|(asked, _)| asked == name)
    }

    /// The values in the form that a statement takes.
    pub(super) fn bound(&self) -> Vec<(&str, &dyn ToSql)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_ref()))
            .collect()
    }
}
