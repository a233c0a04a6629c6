//! Translates a filter to SQL. Statements consist of the words of this file alone; the filter's values are
//! bound.

use rusqlite::ToSql;

use super::rows::QueueClass;
use crate::case::Priority;
use crate::store::codec::priority_number;
use crate::store::cursor::QueuePlace;
use crate::store::{CaseFilter, ClaimOrder, ClaimQuery, queue};

/// The index of a citizen's cases.
const OF_CITIZEN: &str = "queue_of_citizen";

/// The index of the cases' numbers, which SQLite makes for the unique column.
const BY_NUMBER: &str = "sqlite_autoindex_cases_1";

/// A scan along an index: one range for each condition within a class. The ranges are merged by the keys,
/// then by the cases' numbers.
struct Scan {
    ranges: &'static [&'static str],
    keys: &'static [&'static str],
}

/// The order of the queue.
const QUEUE: Scan = Scan {
    ranges: &[""],
    keys: &["priority", "next_due_at"],
};

/// Urgent cases first, then the others by due time. Within a priority, the queue's index is in the order of
/// due times.
const BY_DUE: &[Scan] = &[
    Scan {
        ranges: &[" AND priority = 0"],
        keys: &["next_due_at"],
    },
    Scan {
        ranges: &[" AND priority = 1", " AND priority = 2"],
        keys: &["next_due_at"],
    },
];

/// Urgent cases first, then the others by arrival.
const BY_AGE: Scan = Scan {
    ranges: &[" AND queue_class < 2"],
    keys: &["(priority > 0)", "arrived_at"],
};

/// A part of the order of the queue, beside a place in it.
pub(super) struct Part<'a> {
    condition: &'static str,
    place: Option<&'a QueuePlace>,
    binds_priority: bool,
}

impl<'a> Part<'a> {
    /// Everything.
    pub(super) const ALL: Self = Self {
        condition: "",
        place: None,
        binds_priority: false,
    };

    /// The cases after the place, for a filter with this priority.
    pub(super) fn after(place: &'a QueuePlace, priority: Option<Priority>) -> Self {
        Self::beside(place, priority, true)
    }

    /// The cases up to the place.
    pub(super) fn up_to(place: &'a QueuePlace, priority: Option<Priority>) -> Self {
        Self::beside(place, priority, false)
    }

    /// With the priority given, the comparison leaves it out, so that the index is entered at the place.
    fn beside(place: &'a QueuePlace, priority: Option<Priority>, after: bool) -> Self {
        const OF_ALL: [&str; 2] = [
            " AND (priority, next_due_at, id) <= (:place_priority, :place_due, :place_id)",
            " AND (priority, next_due_at, id) > (:place_priority, :place_due, :place_id)",
        ];
        const OF_ONE: [&str; 2] = [
            " AND (next_due_at, id) <= (:place_due, :place_id)",
            " AND (next_due_at, id) > (:place_due, :place_id)",
        ];
        let [up_to, beyond] = if priority.is_none() { OF_ALL } else { OF_ONE };
        let condition = if after { beyond } else { up_to };
        match priority {
            Some(priority) if priority != place.priority => Self {
                condition: if (priority < place.priority) == after {
                    ""
                } else {
                    " AND 0"
                },
                ..Self::ALL
            },
            _ => Self {
                condition,
                place: Some(place),
                binds_priority: priority.is_none(),
            },
        }
    }

    /// The values of the place, in the form that a statement takes.
    pub(super) fn values(&self) -> Vec<(&'static str, Box<dyn ToSql + 'a>)> {
        let Some(place) = self.place else {
            return Vec::new();
        };
        let mut values: Vec<(_, Box<dyn ToSql>)> = vec![
            (":place_due", Box::new(place.due)),
            (":place_id", Box::new(place.id.as_str())),
        ];
        if self.binds_priority {
            values.push((":place_priority", Box::new(priority_number(place.priority))));
        }
        values
    }
}

/// The numbers of classes, separated by commas.
fn numbers(classes: &[QueueClass]) -> String {
    let numbers: Vec<_> = classes.iter().map(|class| class.number().to_string()).collect();
    numbers.join(", ")
}

/// A filter's index, its conditions, and the values bound to them.
pub(super) struct Scope<'a> {
    index: &'static str,
    /// One after the other.
    scans: &'static [Scan],
    conditions: String,
    values: Vec<(String, Box<dyn ToSql + 'a>)>,
    /// Whether `case_counts` knows the total.
    is_counted: bool,
}

impl<'a> Scope<'a> {
    /// Every condition of the filter except the states, which choose the classes.
    pub(super) fn of(filter: &'a CaseFilter) -> Self {
        let (department, theme) = (filter.department.as_ref(), filter.theme.as_ref());
        let (account, citizen) = (filter.account.as_ref(), filter.citizen.as_ref());
        let offered = filter.offered_to.as_ref();
        let mut scope = Self {
            // The most selective one: a citizen has few cases, an account many.
            index: match (citizen, offered, department, theme, account) {
                (Some(_), ..) => OF_CITIZEN,
                (_, Some(_), ..) => "queue_of_offered",
                (_, _, Some(_), Some(_), _) => "queue_of_department_and_theme",
                (_, _, Some(_), None, _) => "queue_of_department",
                (_, _, None, Some(_), _) => "queue_of_theme",
                (_, _, None, None, Some(_)) => "queue_of_account",
                (None, None, None, None, None) => "queue",
            },
            scans: &[QUEUE],
            conditions: String::new(),
            values: Vec::new(),
            is_counted: citizen.is_none()
                && offered.is_none()
                && filter.due_before.is_none()
                && filter.text.is_none(),
        };
        scope.require("citizen =", ":citizen", citizen.map(|id| id.as_str()));
        scope.require("department =", ":department", department.map(|id| id.as_str()));
        scope.require("theme =", ":theme", theme.map(|id| id.as_str()));
        scope.require("account =", ":account", account.map(|id| id.as_str()));
        scope.require("offered_to =", ":offered_to", offered.map(|id| id.as_str()));
        scope.require("priority =", ":priority", filter.priority.map(priority_number));
        scope.require("open_due_at <", ":before", filter.due_before.map(queue::micros));
        let text = filter.text.as_deref().map(queue::folded_query);
        if let Some(text) = text {
            scope.conditions.push_str(" AND instr(search_text, :text) > 0");
            scope
                .values
                .push((":text".to_owned(), Box::new(text.into_bytes())));
        }
        scope
    }

    /// The cases that an agent can be given, in the order of the query.
    pub(super) fn claiming(query: &'a ClaimQuery) -> Self {
        let mut scope = Self::of(&query.among);
        match query.first {
            ClaimOrder::Urgent => {}
            ClaimOrder::Due => (scope.index, scope.scans) = ("queue", BY_DUE),
            ClaimOrder::Oldest => (scope.index, scope.scans) = ("queue_by_age", &[BY_AGE]),
        }
        let departments = query.departments.iter().map(|id| id.as_str());
        scope.require_any("department", departments.collect(), "");
        let themes = query.themes.iter().map(|id| id.as_str());
        scope.require_any("theme", themes.collect(), "theme IS NULL OR ");
        scope
    }

    fn require(&mut self, condition: &'static str, name: &'static str, value: Option<impl ToSql + 'a>) {
        if let Some(value) = value {
            self.conditions.push_str(&format!(" AND {condition} {name}"));
            self.values.push((name.to_owned(), Box::new(value)));
        }
    }

    /// Requires one of the values, or the condition `or`; nothing where there are no values.
    fn require_any(&mut self, column: &'static str, values: Vec<&'a str>, or: &'static str) {
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

    /// Statements that find the claimable cases of these classes, with `row_id` as their first column: each
    /// continues after the one before.
    pub(super) fn claimable(&self, classes: &[QueueClass]) -> impl Iterator<Item = String> {
        self.scans
            .iter()
            .map(|scan| self.statement(scan, classes, "", true))
    }

    /// The cases of these classes as `row_id, id, key_1, key_2`, in the order of the queue: all, those after
    /// the place, or those up to it.
    pub(super) fn in_order(&self, classes: &[QueueClass], part: &Part) -> String {
        self.statement(&QUEUE, classes, part.condition, false)
    }

    /// The cases of these classes as `row_id, id`, in the order of their numbers, after `:after`.
    ///
    /// Few cases are open, and few are of one citizen: these are found along the filter's own index and
    /// sorted. All others are read along the numbers, so that a page costs the distance to the next one.
    pub(super) fn by_number(&self, classes: &[QueueClass]) -> String {
        let (classes_few, index) = (classes.iter().all(|class| class.is_open()), self.index);
        let index = match classes_few || index == OF_CITIZEN {
            true => index,
            false => BY_NUMBER,
        };
        format!(
            "SELECT row_id, id FROM cases INDEXED BY {index} \
             WHERE queue_class IN ({}){} AND id > :after ORDER BY id",
            numbers(classes),
            self.conditions,
        )
    }

    /// Reads each class along the index and merges the classes, so that the cost of the first row does not
    /// depend on the number of rows after it. A lapsed lease is checked again: the clock may have been set
    /// back.
    fn statement(&self, scan: &Scan, classes: &[QueueClass], part: &str, check_lease: bool) -> String {
        let keys = scan.keys.iter().zip(1..);
        let columns: String = keys
            .clone()
            .map(|(key, n)| format!(", {key} AS key_{n}"))
            .collect();
        let order: String = keys.map(|(_, n)| format!("key_{n}, ")).collect();
        let mut arms = Vec::with_capacity(classes.len() * scan.ranges.len());
        for class in classes {
            let lapsed = check_lease && *class == QueueClass::Lapsed;
            let lease = if lapsed { " AND lease_ends_at <= :now" } else { "" };
            for range in scan.ranges {
                arms.push(format!(
                    "SELECT row_id, id{columns} FROM cases INDEXED BY {} \
                     WHERE queue_class = {}{range}{}{part}{lease}",
                    self.index,
                    class.number(),
                    self.conditions,
                ));
            }
        }
        format!("{} ORDER BY {order}id", arms.join(" UNION ALL "))
    }

    /// Counts the cases of these classes: in `case_counts`, which is short, or along the index where that
    /// table does not know.
    pub(super) fn count(&self, classes: &[QueueClass]) -> String {
        let counted = if self.is_counted {
            "ifnull(sum(cases), 0) FROM case_counts".to_owned()
        } else {
            format!("count(*) FROM cases INDEXED BY {}", self.index)
        };
        let has_theme = if self.is_counted && self.binds(":theme") {
            " AND has_theme"
        } else {
            ""
        };
        format!(
            "SELECT {counted} WHERE queue_class IN ({}){has_theme}{}",
            numbers(classes),
            self.conditions
        )
    }

    fn binds(&self, name: &str) -> bool {
        self.values.iter().any(|(bound, _)| bound == name)
    }

    /// The values in the form that a statement takes.
    pub(super) fn bound(&self) -> Vec<(&str, &dyn ToSql)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_ref()))
            .collect()
    }
}
