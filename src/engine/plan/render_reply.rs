//! The text of a reply: the rulebook's templates with their slots filled.

use jiff::civil::Date;
use jiff::{Timestamp, ZonedDateTime};

use crate::case::{Case, ClockKind, Deadline, Due, Priority, State};
use crate::decide::{Decision, Verdict};
use crate::engine::destination::Availability;
use crate::message::{FormId, MenuOption};
use crate::reply::{FormLink, Reply};
use crate::rulebook::{FaqEntry, FollowUp, FollowUpTexts, Rule, RuleOutcome, Rulebook};
use crate::text::{clean_line, fill};

/// The most characters of a sender's name that are shown.
const NAME_CHARS: usize = 30;

pub(super) struct Renderer<'a> {
    pub(super) rulebook: &'a Rulebook,
}

impl Renderer<'_> {
    pub(super) fn rule(
        &self,
        rule: &Rule,
        captures: &[(String, String)],
        sender_name: Option<&str>,
        options: &[MenuOption],
    ) -> Reply {
        let content = match &rule.outcome {
            RuleOutcome::Reply(content) => content,
            RuleOutcome::Form(form) => return self.form(form, rule.checked),
            _ => return Reply::new(""),
        };
        let name = clean_line(sender_name.unwrap_or(""), NAME_CHARS);
        let captures: Vec<(&str, String)> = captures
            .iter()
            .map(|(slot, value)| (slot.as_str(), clean_line(value, 100)))
            .collect();
        let mut slots = vec![("sender_name", name.as_str())];
        slots.extend(captures.iter().map(|(slot, value)| (*slot, value.as_str())));
        let mut text = self.answer(&fill(content.text.trim(), &slots), rule.checked);
        if !options.is_empty() {
            let (options, none) = self.lines(options);
            text = format!("{text}\n{options}\n{none}");
        }
        Reply::new(text)
            .with_links(content.links.clone())
            .with_cards(content.cards.clone())
            .with_service(content.service.clone())
    }

    fn form(&self, id: &FormId, checked: Option<Date>) -> Reply {
        let Some(form) = self.rulebook.forms.get(id) else {
            return Reply::new("");
        };
        Reply::new(self.answer(form.text.trim(), checked)).with_form(FormLink {
            form: id.clone(),
            name: form.name.clone(),
            url: form.url.clone(),
        })
    }

    pub(super) fn entry(&self, entry: &FaqEntry) -> Reply {
        Reply::new(self.answer(entry.answer.trim(), entry.checked)).with_links(entry.links.clone())
    }

    /// Several answers, one after another, with all their links.
    pub(super) fn entries(&self, entries: &[&FaqEntry]) -> Reply {
        let texts: Vec<String> = entries
            .iter()
            .map(|entry| self.answer(entry.answer.trim(), entry.checked))
            .collect();
        let links = entries.iter().flat_map(|entry| entry.links.iter().cloned());
        Reply::new(texts.join("\n\n")).with_links(links.collect())
    }

    fn answer(&self, answer: &str, checked: Option<Date>) -> String {
        let templates = &self.rulebook.templates;
        let checked = checked.map_or_else(
            || templates.unchecked.clone(),
            |day| day.strftime(&templates.date_format).to_string(),
        );
        fill(&templates.answer, &[("answer", answer), ("checked", &checked)])
    }

    pub(super) fn menu(&self, options: &[MenuOption]) -> Reply {
        let (options, none) = self.lines(options);
        let slots = [("options", options.as_str()), ("none", none.as_str())];
        Reply::new(fill(&self.rulebook.templates.menu, &slots))
    }

    /// The numbered lines of a menu's options, and the one of "none of these".
    fn lines(&self, options: &[MenuOption]) -> (String, String) {
        let lines: Vec<String> = options
            .iter()
            .enumerate()
            .map(|(n, option)| format!("{}. {}", n + 1, option.label))
            .collect();
        let none = format!("{}. {}", options.len() + 1, self.rulebook.templates.none_of_these);
        (lines.join("\n"), none)
    }

    /// A text about a case.
    pub(super) fn of_case(&self, template: &str, case: Option<&Case>) -> Reply {
        let Some(case) = case else {
            return Reply::new("");
        };
        let slots = [("case", case.id.as_str()), ("department", self.department(case))];
        Reply::new(fill(template, &slots))
    }

    /// A text about a case in the queue; if `with_due`, followed by its due time if that is certain.
    pub(super) fn queue_status(
        &self,
        template: &str,
        texts: &FollowUpTexts,
        case: Option<&Case>,
        with_due: bool,
        now: Timestamp,
    ) -> Reply {
        let reply = self.of_case(template, case);
        let due = case.filter(|_| with_due).and_then(|case| self.due(case));
        match due.and_then(|due| self.told(due, now)) {
            Some(due) => reply.followed_by(&fill(&texts.new_due, &[("due", &due)])),
            None => reply,
        }
    }

    /// The state of a case.
    pub(super) fn progress(&self, follow_up: &FollowUp, case: Option<&Case>, now: Timestamp) -> Reply {
        let Some(case) = case else {
            return Reply::new(follow_up.texts.no_case.clone());
        };
        let states = &follow_up.states;
        let state = match case.state {
            State::Waiting => &states.waiting,
            State::Claimed => &states.claimed,
            State::AwaitingCitizen => &states.awaiting_citizen,
            State::Offered => &states.offered,
            State::Answered => &states.answered,
            State::Closed | State::Merged => &states.closed,
        };
        let mut slots = vec![
            ("case", case.id.as_str()),
            ("state", state.as_str()),
            ("department", self.department(case)),
        ];
        let due = self.due(case).and_then(|due| self.told(due, now));
        let template = match &due {
            Some(due) => {
                slots.push(("due", due));
                &follow_up.texts.progress
            }
            None => &follow_up.texts.progress_undated,
        };
        Reply::new(fill(template, &slots))
    }

    /// The due time of the next answer: the promised one, else the earliest of first reply and resolution.
    /// `None` if the case is over. The channel's window and the office's internal clocks do not count.
    pub(super) fn due<'a>(&self, case: &'a Case) -> Option<&'a Due> {
        let earliest = |clocks: &[ClockKind]| {
            let mut open: Vec<&Deadline> = case.deadlines.iter().collect();
            open.retain(|deadline| deadline.status.is_open() && clocks.contains(&deadline.clock));
            open.into_iter().min_by_key(|deadline| deadline.due.instant())
        };
        let next = earliest(&[ClockKind::Promise])
            .or_else(|| earliest(&[ClockKind::FirstReply, ClockKind::Resolution]))?;
        (!case.state.is_over()).then_some(&next.due)
    }

    fn told(&self, due: &Due, now: Timestamp) -> Option<String> {
        due.told(&self.rulebook.templates.due_format, now)
    }

    fn time(&self, at: &ZonedDateTime) -> String {
        at.strftime(&self.rulebook.templates.due_format).to_string()
    }

    fn department<'a>(&'a self, case: &'a Case) -> &'a str {
        let department = self.rulebook.departments.get(&case.department);
        // Citizens do not know the department's id.
        department.map_or(self.rulebook.office.name.as_str(), |department| {
            department.name.as_str()
        })
    }

    /// A notice that the department is not staffed, with the time from which it is: while the office is
    /// closed or its agents are away. Emergencies are handled at any hour.
    pub(super) fn absence(
        &self,
        follow_up: &FollowUp,
        case: &Case,
        availability: Availability,
        now: Timestamp,
    ) -> Option<String> {
        if case.priority == Priority::Urgent {
            return None;
        }
        let texts = &follow_up.texts;
        let until = |template: &str, back: Timestamp| {
            let back = self.rulebook.calendar.local(back);
            fill(template, &[("back", &self.time(&back))])
        };
        let opens = self.opens(now);
        match availability {
            Availability::Unavailable { back: Some(back) } if back > opens.unwrap_or(now) => {
                Some(until(&texts.absent_until, back))
            }
            Availability::Unavailable { .. } if opens.is_none() => Some(texts.absent.clone()),
            _ => opens.map(|opens| until(&texts.closed_now, opens)),
        }
    }

    /// The next opening of the office, if it is closed.
    fn opens(&self, now: Timestamp) -> Option<Timestamp> {
        let calendar = &self.rulebook.calendar;
        match calendar.is_open(now).ok()? {
            true => None,
            false => calendar.next_open(now).ok(),
        }
    }

    /// The receipt of a new case.
    pub(super) fn queued(&self, case: &Case, due: &Due, decision: &Decision, now: Timestamp) -> Reply {
        let templates = &self.rulebook.templates;
        let department = self.department(case);
        let mut slots = vec![("case", case.id.as_str()), ("department", department)];
        if let Verdict::Person {
            emergency: Some(kind),
            ..
        } = &decision.verdict
            && let Some(emergency) = self.rulebook.words.emergencies.get(*kind)
        {
            slots.push(("advice", &emergency.advice));
            return Reply::new(fill(&templates.emergency, &slots));
        }
        let Some(due) = self.told(due, now) else {
            return Reply::new(fill(&templates.queued_provisional, &slots));
        };
        slots.push(("due", &due));
        Reply::new(fill(&templates.queued, &slots))
    }
}
