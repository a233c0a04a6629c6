//! What the stages find out about one message: the ground of its decision, and of the explanation.

use jiff::Timestamp;
use jiff::civil::Date;

use super::serving::Serving;
use crate::decide::{Choice, Decision, Evidence, Limits, Offer, decide};
use crate::faq::{Candidate, another_place, opposition, telling_differences};
use crate::keyword::{Act, Door, Matches, Moment, Ruling, settle};
use crate::message::{AccountId, Conversation};
use crate::text::{Folded, fold};

/// How many FAQ candidates are weighed.
const CANDIDATES: usize = 5;

/// Where, when and in which talk a text was written: all that a decision rests on besides the text and the rulebook.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) account: &'a AccountId,
    pub(super) conversation: &'a Conversation,
    pub(super) now: Timestamp,
    /// The office's day: what is in force then counts.
    pub(super) today: Date,
    /// What is to be taken for the moment instead of `now` and the conversation; for examples, which must not depend on
    /// when they are run.
    pub(super) moment: Option<Moment>,
}

impl<'a> Scene<'a> {
    /// What rules are held against.
    pub(super) fn door(&self, serving: &Serving) -> Door<'a> {
        let calendar = &serving.rulebook.calendar;
        let talk = self.conversation;
        let local = calendar.local(self.now).datetime();
        let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute()));
        Door {
            account: self.account,
            today: self.today,
            moment: self.moment.unwrap_or_else(|| Moment {
                working: calendar.is_open(self.now).ok(),
                minute: minute.ok(),
                first_today: Some(
                    talk.last_at
                        .is_none_or(|last| calendar.date_of(last) != self.today),
                ),
                menu_open: talk.menu.as_ref().is_some_and(|menu| self.now < menu.expires),
                misses: talk.misses,
            }),
        }
    }
}

/// What was found out about a message.
pub(super) struct Findings<'a> {
    pub(super) folded: Folded<'a>,
    pub(super) matches: Matches,
    pub(super) ruling: Option<Ruling>,
    /// What the message wants and the rule that wins does not speak of.
    opposed: Option<String>,
    /// The year in which it was written.
    year: i16,
    /// The FAQ's candidates, the surest first; the error's text where it could not be asked.
    pub(super) candidates: Result<Vec<Candidate>, String>,
    pub(super) offers: Result<Vec<Offer>, String>,
    pub(super) choice: Option<Choice>,
    misses: u32,
    limits: Limits,
}

impl<'a> Findings<'a> {
    /// Asks every stage about `text`.
    pub(super) fn gather(serving: &Serving, text: &'a str, scene: Scene<'_>) -> Self {
        let mut findings = Self::without_faq(serving, text, scene);
        findings.ask_faq(serving, scene);
        findings
    }

    /// Asks every stage but the FAQ, which then offers nothing. Where a rule decides, the decision is the same.
    pub(super) fn without_faq(serving: &Serving, text: &'a str, scene: Scene<'_>) -> Self {
        let folded = fold(text);
        let rulebook = &serving.rulebook;
        let door = scene.door(serving);
        let matches = serving.keywords.matches(&folded, &rulebook.rules, door);
        let thresholds = &rulebook.thresholds;
        let ruling = settle(&matches.fired, &rulebook.rules);
        let year = scene.today.year();
        Self {
            opposed: ruling
                .as_ref()
                .and_then(|ruling| opposed(serving, text, ruling, year)),
            ruling,
            year,
            candidates: Ok(Vec::new()),
            offers: Ok(Vec::new()),
            choice: serving.choice(scene.conversation, &folded, scene.now),
            misses: scene.conversation.misses,
            limits: Limits {
                answer: thresholds.answer,
                menu: thresholds.menu,
                misses: thresholds.misses,
                chars: thresholds.faq_chars,
                automatic: serving.automatic,
            },
            folded,
            matches,
        }
    }

    /// Asks the FAQ.
    pub(super) fn ask_faq(&mut self, serving: &Serving, scene: Scene<'_>) {
        let open = |place: usize| {
            let entry = serving.rulebook.faq.get(place);
            entry.is_some_and(|entry| entry.answers(scene.account, scene.today))
        };
        // One letter or digit asks nothing, however telling it is in the bank.
        self.candidates = match self.folded.bare().chars().nth(1) {
            None => Ok(Vec::new()),
            Some(_) => serving
                .candidates(&self.folded, &open, CANDIDATES)
                .map_err(|error| error.to_string()),
        };
        for candidate in self.candidates.iter_mut().flatten() {
            candidate.confidence = serving.corrected(candidate.confidence);
        }
        let best = self.candidates.as_ref().ok().and_then(|found| found.first());
        let best = best.and_then(|best| serving.rulebook.faq.get(best.entry));
        (self.limits.answer, self.limits.menu) = serving.bars(best);
        self.offers = match &self.candidates {
            Ok(candidates) => Ok(candidates
                .iter()
                .filter_map(|candidate| {
                    offer(
                        serving,
                        self.folded.original(),
                        candidate,
                        self.limits.answer,
                        self.year,
                    )
                })
                .collect()),
            Err(error) => Err(error.clone()),
        };
    }

    /// All of it as evidence.
    pub(super) fn evidence(&self) -> Evidence<'_> {
        Evidence {
            blank: self.folded.is_blank(),
            chars: self.folded.chars(),
            truncated: self.folded.is_truncated(),
            matches: &self.matches,
            ruling: self.ruling.as_ref(),
            opposed: self.opposed.clone(),
            faq: self.offers.as_deref().map_err(Clone::clone),
            choice: self.choice.clone(),
            misses: self.misses,
            limits: self.limits,
        }
    }

    /// The evidence with another rule winning, or none.
    pub(super) fn with_ruling<'e>(&'e self, serving: &Serving, ruling: Option<&'e Ruling>) -> Evidence<'e> {
        let opposed = ruling.and_then(|ruling| opposed(serving, self.folded.original(), ruling, self.year));
        Evidence {
            ruling,
            opposed,
            ..self.evidence()
        }
    }

    pub(super) fn decide(&self) -> Decision {
        decide(&self.evidence())
    }
}

/// What the message wants and nothing of the rule that would answer it speaks of. Who wrote down the whole message meant it.
fn opposed(serving: &Serving, message: &str, ruling: &Ruling, year: i16) -> Option<String> {
    let rule = serving.rulebook.rules.get(ruling.place)?;
    if ruling.act != Act::Reply || !rule.when.exact.is_empty() {
        return None;
    }
    let when = &rule.when;
    let near = when
        .near
        .iter()
        .flat_map(|near| near.one.iter().chain(&near.other));
    let words = when.any.iter().chain(when.all.iter().flatten()).chain(near);
    let spoken = || words.clone().chain(&rule.examples).map(String::as_str);
    let opposed = opposition(message, spoken(), year);
    let opposed = opposed.or_else(|| another_place(message, &serving.rulebook.words.elsewhere, spoken()));
    opposed.as_ref().map(ToString::to_string)
}

fn offer(serving: &Serving, message: &str, candidate: &Candidate, answer: f64, year: i16) -> Option<Offer> {
    let entry = serving.rulebook.faq.get(candidate.entry)?;
    let asks = serving.phrasing(candidate)?;
    let phrasings = || {
        std::iter::once(&entry.question)
            .chain(&entry.phrasings)
            .map(String::as_str)
    };
    // Only an entry that may answer has to mean the very same.
    let differs = match candidate.confidence >= answer {
        true => telling_differences(message, asks, phrasings()),
        false => Vec::new(),
    };
    // The nearest first: it most often shows that nothing is opposed.
    let opposed = opposition(message, std::iter::once(asks).chain(phrasings()), year);
    let opposed = opposed.or_else(|| another_place(message, &serving.rulebook.words.elsewhere, phrasings()));
    Some(Offer {
        entry: entry.id.clone(),
        theme: entry.theme.clone(),
        asks: fold(asks).as_str().to_owned(),
        differs: differs.iter().map(ToString::to_string).collect(),
        opposed: opposed.as_ref().map(ToString::to_string),
        confidence: candidate.confidence,
    })
}
