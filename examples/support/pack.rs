//! Evaluates a rulebook on labelled questions: each passes the whole engine as a citizen's first message.

#[path = "../shared/faq_cache.rs"]
mod faq_cache;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use civic_reply::message::{AccountId, EntryId, ThemeId};
use civic_reply::reply::{Action, DecidedBy};
use civic_reply::time::ManualClock;
use civic_reply::{Engine, MemoryStore, Message, Rulebook};
use serde::{Deserialize, Serialize};

use super::bank::read_lines;
use super::figures::share;

/// A working morning: a run does not depend on the current time.
const NOW: &str = "2026-11-23T10:00+08:00";

/// A question with its gold decision.
#[derive(Deserialize)]
struct Question {
    id: String,
    text: String,
    gold: Gold,
    /// The entries that answer it, or that its menu should offer.
    entries: Vec<EntryId>,
    kind: String,
    split: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Gold {
    Entry,
    Menu,
    Person,
}

/// The decision on a question, and the verdict on it.
#[derive(Serialize)]
struct Done<'q> {
    id: &'q str,
    text: &'q str,
    kind: &'q str,
    gold: Gold,
    entries: &'q [EntryId],
    action: Action,
    by: DecidedBy,
    menu: Vec<EntryId>,
    confidence: Option<f64>,
    verdict: Verdict,
    reasons: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// Answered correctly.
    Right,
    /// Answered wrongly.
    Wrong,
    /// Asked back, with the right entry among the options.
    MenuHasIt,
    /// Asked back, without the right entry.
    MenuLacksIt,
    /// Asked back, though a person should answer.
    MenuNeedless,
    /// Left to a person, correctly.
    PersonRightly,
    /// Left to a person, though an entry answers it.
    PersonNeedlessly,
}

/// The figures. Shares are of all questions unless documented otherwise.
#[derive(Default, Serialize)]
pub(crate) struct PackFigures {
    questions: usize,
    with_entry: usize,
    /// Answered by a FAQ entry or a rule.
    answered: usize,
    answered_by_rule: usize,
    wrong: usize,
    wrong_share: Option<f64>,
    /// The share of answers that is wrong.
    wrong_of_answered: Option<f64>,
    right_directly: usize,
    right_in_menu: usize,
    /// The share of questions with an entry that is answered or offered in a menu.
    helped_share: Option<f64>,
    menus: usize,
    /// Questions for a person that got a menu.
    menus_needless: usize,
    for_a_person: usize,
    by_kind: BTreeMap<String, Kind>,
}

#[derive(Default, Serialize)]
struct Kind {
    questions: usize,
    right: usize,
    menu_has_it: usize,
    menu_lacks_it: usize,
    menu_needless: usize,
    person_rightly: usize,
    person_needlessly: usize,
    wrong: usize,
}

/// Asks the rulebook in the folder every question of the split.
///
/// A rule's answer counts as right when an entry of the question has the rule's theme: review those by hand.
pub(crate) fn ask(
    rules: &Path,
    questions: &Path,
    split: Option<&str>,
    per_question: Option<&Path>,
) -> Result<PackFigures, Box<dyn Error>> {
    let rulebook = Rulebook::from_dir(rules)?;
    let themes: BTreeMap<EntryId, ThemeId> = rulebook
        .faq
        .iter()
        .map(|entry| (entry.id.clone(), entry.theme.clone()))
        .collect();
    let account = rulebook.accounts.keys().next().cloned();
    let account = account.unwrap_or_else(|| AccountId::new("account"));
    let engine = Engine::builder(rulebook, MemoryStore::new())
        .clock(ManualClock::new(NOW.parse()?))
        .check_examples(false);
    let engine = faq_cache::cached(engine).build()?;
    let mut questions: Vec<Question> = read_lines(questions)?;
    questions.retain(|question| split.is_none_or(|split| question.split == split));
    let mut out = per_question.map(File::create).transpose()?.map(BufWriter::new);
    let mut figures = PackFigures::default();
    for question in &questions {
        let done = one(&engine, &account, &themes, question)?;
        figures.count(&done);
        if let Some(out) = &mut out {
            serde_json::to_writer(&mut *out, &done)?;
            out.write_all(b"\n")?;
        }
    }
    if let Some(mut out) = out {
        out.flush()?;
    }
    Ok(figures.with_shares())
}

fn one<'q>(
    engine: &Engine,
    account: &AccountId,
    themes: &BTreeMap<EntryId, ThemeId>,
    question: &'q Question,
) -> Result<Done<'q>, Box<dyn Error>> {
    let citizen = format!("citizen {}", question.id);
    let message = Message::text(
        account.as_str(),
        citizen.as_str(),
        question.id.as_str(),
        &question.text,
    );
    let (key, sender) = (message.key().clone(), message.sender().clone());
    engine.receive(message)?;
    let handled = engine.handled(&key)?.ok_or("a message left no outcome")?;
    let conversation = engine.store().conversation(account, &sender)?;
    let menu: Vec<EntryId> = conversation
        .menu
        .map(|menu| menu.options.into_iter().map(|option| option.entry).collect())
        .unwrap_or_default();
    let has_entry = question.gold != Gold::Person;
    let shown = menu.iter().any(|entry| question.entries.contains(entry));
    let answers = match &handled.by {
        DecidedBy::Faq(entry) => question.entries.contains(entry),
        DecidedBy::Rule(_) => question
            .entries
            .iter()
            .any(|entry| themes.get(entry) == handled.theme.as_ref()),
        _ => false,
    };
    let verdict = match (handled.action, has_entry) {
        (Action::Clarify, true) if shown => Verdict::MenuHasIt,
        (Action::Clarify, true) => Verdict::MenuLacksIt,
        (Action::Clarify, false) => Verdict::MenuNeedless,
        // A rule may answer with its own menu.
        (Action::Answer, true) if shown => Verdict::MenuHasIt,
        (Action::Answer, true) if answers => Verdict::Right,
        (Action::Answer, _) => Verdict::Wrong,
        (_, true) => Verdict::PersonNeedlessly,
        (_, false) => Verdict::PersonRightly,
    };
    Ok(Done {
        id: &question.id,
        text: &question.text,
        kind: &question.kind,
        gold: question.gold,
        entries: &question.entries,
        action: handled.action,
        by: handled.by,
        menu,
        confidence: handled.confidence,
        verdict,
        reasons: handled.reasons.iter().map(ToString::to_string).collect(),
    })
}

impl PackFigures {
    fn count(&mut self, done: &Done<'_>) {
        let kind = self.by_kind.entry(done.kind.to_owned()).or_default();
        self.questions += 1;
        kind.questions += 1;
        match done.gold {
            Gold::Person => self.for_a_person += 1,
            Gold::Entry | Gold::Menu => self.with_entry += 1,
        }
        if matches!(done.verdict, Verdict::Right | Verdict::Wrong) {
            self.answered += 1;
            self.answered_by_rule += usize::from(matches!(done.by, DecidedBy::Rule(_)));
        } else if !done.menu.is_empty() {
            self.menus += 1;
        }
        match done.verdict {
            Verdict::Right => {
                self.right_directly += 1;
                kind.right += 1;
            }
            Verdict::Wrong => {
                self.wrong += 1;
                kind.wrong += 1;
            }
            Verdict::MenuHasIt => {
                self.right_in_menu += 1;
                kind.menu_has_it += 1;
            }
            Verdict::MenuLacksIt => kind.menu_lacks_it += 1,
            Verdict::MenuNeedless => {
                self.menus_needless += 1;
                kind.menu_needless += 1;
            }
            Verdict::PersonRightly => kind.person_rightly += 1,
            Verdict::PersonNeedlessly => kind.person_needlessly += 1,
        }
    }

    fn with_shares(self) -> Self {
        Self {
            wrong_share: share(self.wrong, self.questions),
            wrong_of_answered: share(self.wrong, self.answered),
            helped_share: share(self.right_directly + self.right_in_menu, self.with_entry),
            ..self
        }
    }
}
