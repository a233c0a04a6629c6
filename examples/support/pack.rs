//! A rulebook before questions whose right decision is known: each goes through a whole engine, as a citizen's first message.

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

/// An ordinary working morning, so that a run depends on no clock.
const NOW: &str = "2026-11-23T10:00+08:00";

/// A question and what is right.
#[derive(Deserialize)]
struct Question {
    id: String,
    text: String,
    gold: Gold,
    /// The entries that answer it, or that a menu should hold.
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

/// What was done, and whether it was right.
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
    /// Answered, and rightly so.
    Right,
    /// Answered, and wrongly so.
    Wrong,
    /// Asked back with an entry that answers.
    MenuHasIt,
    /// Asked back without one, although there is one.
    MenuLacksIt,
    /// Asked back where a person should answer.
    MenuNeedless,
    /// Left to a person, as it should be.
    PersonRightly,
    /// Left to a person, although there is an entry.
    PersonNeedlessly,
}

/// The figures. Shares are of all questions where nothing else is said.
#[derive(Default, Serialize)]
pub(crate) struct PackFigures {
    questions: usize,
    with_entry: usize,
    /// Answered by a FAQ entry or a rule.
    answered: usize,
    answered_by_rule: usize,
    wrong: usize,
    wrong_share: Option<f64>,
    /// Wrong answers of all answers.
    wrong_of_answered: Option<f64>,
    right_directly: usize,
    right_in_menu: usize,
    /// Right directly or in the menu, of the questions that have an entry.
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
/// An answer of a rule counts as right where a question has an entry of the rule's theme: read those by hand.
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
        .check_examples(false)
        .build()?;
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
    let talk = engine.store().conversation(account, &sender)?;
    let menu: Vec<EntryId> = talk
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
        // A rule may answer with a menu of its own.
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
