//! The counts of a replay: collected, printed, and written as JSON.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use civic_reply::Rulebook;
use civic_reply::reply::{Action, DecidedBy, Handled, Outcome};
use serde_json::{Value, json};

/// Display names of departments and themes.
pub(crate) struct Names(BTreeMap<String, String>);

impl Names {
    /// The names in a rulebook.
    pub(crate) fn of(rulebook: &Rulebook) -> Self {
        let departments = rulebook
            .departments
            .values()
            .map(|it| (it.id.to_string(), it.name.clone()));
        let themes = rulebook
            .themes
            .values()
            .map(|it| (it.id.to_string(), it.name.clone()));
        Self(departments.chain(themes).collect())
    }

    fn show(&self, id: &str) -> String {
        self.0
            .get(id)
            .map_or_else(|| id.to_owned(), |name| format!("{name} ({id})"))
    }
}

/// The outcomes of a log of messages.
#[derive(Default)]
pub(crate) struct Summary {
    pub(crate) answered_by_rule: usize,
    pub(crate) answered_by_faq: usize,
    pub(crate) clarified: usize,
    pub(crate) escalated: usize,
    pub(crate) followed_up: usize,
    pub(crate) silent: usize,
    pub(crate) failed: usize,
    pub(crate) cases: usize,
    pub(crate) latencies: Vec<Duration>,
    pub(crate) took: Duration,
    by_department: BTreeMap<String, usize>,
    by_theme: BTreeMap<String, usize>,
}

/// The outcome's name in the `--per-message` file.
pub(crate) fn outcome(handled: &Handled) -> &'static str {
    match handled.action {
        Action::Answer => "answered",
        Action::Clarify => "clarified",
        Action::Escalate => "escalated",
        Action::FollowUp => "followed_up",
        Action::Silent => "silent",
        _ => "other",
    }
}

impl Summary {
    /// Counts a handled message.
    pub(crate) fn count(&mut self, handled: &Handled) {
        match (handled.action, &handled.by) {
            (Action::Answer, DecidedBy::Rule(_)) => self.answered_by_rule += 1,
            (Action::Answer, _) => self.answered_by_faq += 1,
            (Action::Clarify, _) => self.clarified += 1,
            (Action::Escalate, _) => self.escalated += 1,
            (Action::FollowUp, _) => self.followed_up += 1,
            (Action::Silent, _) => self.silent += 1,
            // A later version of the crate may have more actions; `handled` counts them all.
            _ => {}
        }
        if let Outcome::Queued { case, .. } = &handled.outcome {
            *self.by_department.entry(case.department.to_string()).or_default() += 1;
            let theme = case
                .theme
                .as_ref()
                .map_or_else(|| "none".to_owned(), ToString::to_string);
            *self.by_theme.entry(theme).or_default() += 1;
        }
    }

    fn handled(&self) -> usize {
        self.answered_by_rule
            + self.answered_by_faq
            + self.clarified
            + self.escalated
            + self.followed_up
            + self.silent
    }

    fn percentile_us(&self, share: f64) -> u64 {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let place = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
        sorted.get(place).map_or(0, |latency| latency.as_micros() as u64)
    }

    fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64().max(1e-9)
    }

    /// The numbers, under the names that scripts read.
    pub(crate) fn numbers(&self) -> Value {
        json!({
            "handled": self.handled(),
            "answered_by_rule": self.answered_by_rule,
            "answered_by_faq": self.answered_by_faq,
            "clarified": self.clarified,
            "escalated": self.escalated,
            "followed_up": self.followed_up,
            "silent": self.silent,
            "failed": self.failed,
            "cases": self.cases,
            "p50_us": self.percentile_us(0.50),
            "p99_us": self.percentile_us(0.99),
            "per_second": self.per_second(),
        })
    }

    /// Prints the summary.
    pub(crate) fn print(&self, names: &Names, store: &Path) {
        println!("handled           {:>7}", self.handled());
        println!("  answered by rule{:>7}", self.answered_by_rule);
        println!("  answered by FAQ {:>7}", self.answered_by_faq);
        println!("  asked back      {:>7}", self.clarified);
        println!("  escalated       {:>7}", self.escalated);
        println!("  followed up     {:>7}", self.followed_up);
        println!("  silent          {:>7}", self.silent);
        println!("failed            {:>7}", self.failed);
        for (title, counts) in [("department", &self.by_department), ("theme", &self.by_theme)] {
            println!("\nescalated by {title}");
            let mut rows: Vec<(&String, &usize)> = counts.iter().collect();
            rows.sort_by_key(|(id, count)| (std::cmp::Reverse(**count), (*id).clone()));
            for (id, count) in rows {
                println!("  {count:>7}  {}", names.show(id));
            }
        }
        println!(
            "\nlatency p50 {} us, p99 {} us; {:.0} messages per second",
            self.percentile_us(0.50),
            self.percentile_us(0.99),
            self.per_second(),
        );
        println!("{} cases in {}", self.cases, store.display());
    }
}
