//! What the stages find out about one message: the ground of its decision, and of the explanation.

use jiff::Timestamp;
use jiff::civil::Date;

use super::compiled::CompiledRulebook;
use crate::decide::{Choice, Decision, Evidence, FaqEvidence, Limits, decide};
use crate::faq::{Candidate, another_place, opposition, telling_differences};
use crate::keyword::{MatchContext, MatchState, Matches, RuleAct, WinningRule, resolve};
use crate::message::{AccountId, Conversation};
use crate::text::{Folded, fold};

/// How many FAQ candidates are weighed.
const CANDIDATES: usize = 5;

/// Where, when and in which talk a text was written: all that a decision rests on besides the text and the rulebook.
#[derive(Clone, Copy)]
pub(super) struct MessageContext<'a> {
    pub(super) account: &'a AccountId,
    pub(super) conversation: &'a Conversation,
    pub(super) now: Timestamp,
    /// The office's day: what is in force then counts.
    pub(super) today: Date,
    /// What is to be taken for the moment instead of `now` and the conversation; for examples, which must not depend on
    /// when they are run.
    pub(super) state: Option<MatchState>,
}

impl<'a> MessageContext<'a> {
    /// What rules are held against.
    pub(super) fn match_context(&self, compiled: &CompiledRulebook) -> MatchContext<'a> {
        let calendar = &compiled.rulebook.calendar;
        let talk = self.conversation;
        let local = calendar.local(self.now).datetime();
        let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute()));
        MatchContext {
            account: self.account,
            today: self.today,
            state: self.state.unwrap_or_else(|| MatchState {
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
pub(super) struct Analysis<'a> {
    pub(super) folded: Folded<'a>,
    pub(super) matches: Matches,
    pub(super) winner: Option<WinningRule>,
    /// What the message wants and the rule that wins does not speak of.
    opposed: Option<String>,
    /// The year in which it was written.
    year: i16,
    /// The FAQ's candidates, the surest first; the error's text where it could not be asked.
    pub(super) candidates: Result<Vec<Candidate>, String>,
    pub(super) offers: Result<Vec<FaqEvidence>, String>,
    pub(super) choice: Option<Choice>,
    misses: u32,
    limits: Limits,
}

impl<'a> Analysis<'a> {
    /// Asks every stage about `text`.
    pub(super) fn gather(compiled: &CompiledRulebook, text: &'a str, context: MessageContext<'_>) -> Self {
        let mut analysis = Self::without_faq(compiled, text, context);
        analysis.ask_faq(compiled, context);
        analysis
    }

    /// Asks every stage but the FAQ, which then offers nothing. Where a rule decides, the decision is the same.
    pub(super) fn without_faq(
        compiled: &CompiledRulebook,
        text: &'a str,
        context: MessageContext<'_>,
    ) -> Self {
        let folded = fold(text);
        let rulebook = &compiled.rulebook;
        let match_context = context.match_context(compiled);
        let matches = compiled.keywords.matches(&folded, &rulebook.rules, match_context);
        let thresholds = &rulebook.thresholds;
        let winner = resolve(&matches.fired, &rulebook.rules);
        let year = context.today.year();
        Self {
            opposed: winner
                .as_ref()
                .and_then(|winner| opposed(compiled, text, winner, year)),
            winner,
            year,
            candidates: Ok(Vec::new()),
            offers: Ok(Vec::new()),
            choice: compiled.choice(context.conversation, &folded, context.now),
            misses: context.conversation.misses,
            limits: Limits {
                answer: thresholds.answer,
                menu: thresholds.menu,
                misses: thresholds.misses,
                chars: thresholds.faq_chars,
                automatic: compiled.automatic,
            },
            folded,
            matches,
        }
    }

    /// Asks the FAQ.
    pub(super) fn ask_faq(&mut self, compiled: &CompiledRulebook, context: MessageContext<'_>) {
        let open = |place: usize| {
            let entry = compiled.rulebook.faq.get(place);
            entry.is_some_and(|entry| entry.answers(context.account, context.today))
        };
        // One letter or digit asks nothing, however telling it is in the bank.
        self.candidates = match self.folded.bare().chars().nth(1) {
            None => Ok(Vec::new()),
            Some(_) => compiled
                .candidates(&self.folded, &open, CANDIDATES)
                .map_err(|error| error.to_string()),
        };
        for candidate in self.candidates.iter_mut().flatten() {
            candidate.confidence = compiled.corrected(candidate.confidence);
        }
        let best = self.candidates.as_ref().ok().and_then(|found| found.first());
        let best = best.and_then(|best| compiled.rulebook.faq.get(best.entry));
        (self.limits.answer, self.limits.menu) = compiled.bars(best);
        self.offers = match &self.candidates {
            Ok(candidates) => Ok(candidates
                .iter()
                .filter_map(|candidate| {
                    offer(
                        compiled,
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
            winner: self.winner.as_ref(),
            opposed: self.opposed.clone(),
            faq: self.offers.as_deref().map_err(Clone::clone),
            choice: self.choice.clone(),
            misses: self.misses,
            limits: self.limits,
        }
    }

    /// The evidence with another rule winning, or none.
    pub(super) fn with_winner<'e>(
        &'e self,
        compiled: &CompiledRulebook,
        winner: Option<&'e WinningRule>,
    ) -> Evidence<'e> {
        let opposed = winner.and_then(|winner| opposed(compiled, self.folded.original(), winner, self.year));
        Evidence {
            winner,
            opposed,
            ..self.evidence()
        }
    }

    pub(super) fn decide(&self) -> Decision {
        decide(&self.evidence())
    }
}

/// What the message wants and nothing of the rule that would answer it speaks of. Who wrote down the whole message meant it.
fn opposed(compiled: &CompiledRulebook, message: &str, winner: &WinningRule, year: i16) -> Option<String> {
    let rule = compiled.rulebook.rules.get(winner.place)?;
    if winner.act != RuleAct::Reply || !rule.when.exact.is_empty() {
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
    let opposed = opposed.or_else(|| another_place(message, &compiled.rulebook.words.elsewhere, spoken()));
    opposed.as_ref().map(ToString::to_string)
}

fn offer(
    compiled: &CompiledRulebook,
    message: &str,
    candidate: &Candidate,
    answer: f64,
    year: i16,
) -> Option<FaqEvidence> {
    let entry = compiled.rulebook.faq.get(candidate.entry)?;
    let asks = compiled.phrasing(candidate)?;
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
    let opposed = opposed.or_else(|| another_place(message, &compiled.rulebook.words.elsewhere, phrasings()));
    Some(FaqEvidence {
        entry: entry.id.clone(),
        theme: entry.theme.clone(),
        asks: fold(asks).as_str().to_owned(),
        differs: differs.iter().map(ToString::to_string).collect(),
        opposed: opposed.as_ref().map(ToString::to_string),
        confidence: candidate.confidence,
    })
}
