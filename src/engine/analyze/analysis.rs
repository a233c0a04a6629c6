//! The evidence about one message: rules, FAQ and menu. Decisions and explanations are made from it.

use super::context::MessageContext;
use crate::conversation::FollowUpWords;
use crate::decide::{Choice, Decision, Evidence, FaqEvidence, Limits, decide};
use crate::engine::compiled::CompiledRulebook;
use crate::engine::incoming::FoldedText;
use crate::faq::{Candidate, Reading, another_place};
use crate::keyword::{Matches, NotMeant, RuleAction, WinningRule, WordList, resolve};
use crate::reply::{Hit, WhyNot};
use crate::text::fold;

/// The number of FAQ candidates that are weighed.
const CANDIDATES: usize = 5;

pub(crate) struct Analysis<'a> {
    pub(crate) text: &'a FoldedText<'a>,
    pub(crate) matches: Matches,
    pub(crate) winner: Option<WinningRule>,
    /// A wish in the message that the winning rule does not cover.
    opposed: Option<String>,
    /// What the message wants, read once for all texts that it is compared with.
    reading: Reading,
    /// The year in which the message was written.
    year: i16,
    /// The FAQ's candidates, the surest first; the error's text if the search failed.
    pub(crate) candidates: Result<Vec<Candidate>, String>,
    pub(crate) offers: Result<Vec<FaqEvidence>, String>,
    pub(crate) choice: Option<Choice>,
    misses: u32,
    limits: Limits,
}

impl<'a> Analysis<'a> {
    /// Runs every stage.
    pub(crate) fn of(
        compiled: &CompiledRulebook,
        text: &'a FoldedText<'a>,
        context: MessageContext<'_>,
    ) -> Self {
        let mut analysis = Self::without_faq(compiled, text, context);
        analysis.search_faq(compiled, context);
        analysis
    }

    /// Runs every stage except the FAQ. Where a rule decides, the decision is the same.
    pub(crate) fn without_faq(
        compiled: &CompiledRulebook,
        text: &'a FoldedText<'a>,
        context: MessageContext<'_>,
    ) -> Self {
        let rulebook = &compiled.rulebook;
        let match_context = context.match_context(compiled);
        let matches = compiled
            .keywords
            .matches(text.folded(), &rulebook.rules, match_context);
        let thresholds = &rulebook.thresholds;
        let winner = resolve(&matches.fired, &rulebook.rules);
        let year = context.today.year();
        let reading =
            Reading::of_folded(text.folded().as_str()).with_negations(compiled.keywords.opposite_negations());
        Self {
            opposed: winner
                .as_ref()
                .and_then(|winner| opposed(compiled, &reading, &matches, winner, year)),
            reading,
            winner,
            year,
            candidates: Ok(Vec::new()),
            offers: Ok(Vec::new()),
            choice: match context.menu_is_last {
                true => compiled.choice(context.conversation, text.folded(), context.now),
                false => None,
            },
            misses: context.conversation.misses,
            limits: Limits {
                answer: thresholds.answer,
                menu: thresholds.menu,
                misses: thresholds.misses,
                chars: thresholds.faq_chars,
                automatic: compiled.automatic,
            },
            text,
            matches,
        }
    }

    /// Searches the FAQ.
    pub(crate) fn search_faq(&mut self, compiled: &CompiledRulebook, context: MessageContext<'_>) {
        let is_open = |place: usize| {
            let entry = compiled.rulebook.faq.get(place);
            entry.is_some_and(|entry| entry.answers(context.account, context.today))
        };
        let matter = self.without_hand_off();
        let matter = matter.as_deref().map(fold);
        let folded = matter.as_ref().unwrap_or_else(|| self.text.folded());
        // One letter or digit is no question, however rare it is in the bank.
        self.candidates = match folded.bare().chars().nth(1) {
            None => Ok(Vec::new()),
            Some(_) => compiled
                .candidates(folded, &is_open, CANDIDATES)
                .map_err(|error| error.to_string()),
        };
        for candidate in self.candidates.iter_mut().flatten() {
            candidate.confidence = compiled.corrected(candidate.confidence);
        }
        let best = self.candidates.as_ref().ok().and_then(|found| found.first());
        let best = best.and_then(|best| compiled.rulebook.faq.get(best.entry));
        (self.limits.answer, self.limits.menu) = compiled.faq_thresholds(best);
        let (message, answer, year) = ((&self.reading, &self.matches), self.limits.answer, self.year);
        let offer = |candidate| offer(compiled, message, candidate, answer, year);
        self.offers = match &self.candidates {
            Ok(candidates) => Ok(candidates.iter().filter_map(offer).collect()),
            Err(error) => Err(error.clone()),
        };
    }

    /// The message without its requests for a person, which say nothing about the matter: `None` if it has
    /// none.
    fn without_hand_off(&self) -> Option<String> {
        let mut spans: Vec<_> = self
            .matches
            .hand_off
            .iter()
            .map(|hit| (hit.span.start, hit.span.end))
            .collect();
        if spans.is_empty() {
            return None;
        }
        spans.sort_unstable();
        let text = self.text.original();
        let (mut rest, mut at) = (String::new(), 0);
        for (start, end) in spans {
            // Nothing lies between words that overlap.
            rest.push_str(text.get(at..start).unwrap_or_default());
            rest.push(' ');
            at = at.max(end);
        }
        rest.push_str(text.get(at..).unwrap_or_default());
        Some(rest)
    }

    /// Whether a request for a person in the message is negated.
    pub(crate) fn negates_request(&self) -> bool {
        let negated =
            |word: &NotMeant| word.list == WordList::HandOff && matches!(word.why, WhyNot::Negated { .. });
        self.matches.not_meant.iter().any(negated)
    }

    /// Whether the message holds nothing beside a request for a person and thanks.
    pub(crate) fn only_asks_for_a_person(&self, words: &FollowUpWords) -> bool {
        let rest = self.without_hand_off();
        rest.is_some_and(|rest| words.thanks.covers(&fold(&rest).bare()))
    }

    /// The evidence for [`decide`].
    pub(crate) fn evidence(&self) -> Evidence<'_> {
        let folded = self.text.folded();
        Evidence {
            blank: folded.is_blank(),
            chars: folded.chars(),
            truncated: folded.is_truncated(),
            matches: &self.matches,
            winner: self.winner.as_ref(),
            opposed: self.opposed.clone(),
            faq: self.offers.as_deref().map_err(Clone::clone),
            choice: self.choice.clone(),
            misses: self.misses,
            limits: self.limits,
        }
    }

    /// The evidence with another winning rule, or none.
    pub(crate) fn with_winner<'e>(
        &'e self,
        compiled: &CompiledRulebook,
        winner: Option<&'e WinningRule>,
    ) -> Evidence<'e> {
        let opposed =
            winner.and_then(|winner| opposed(compiled, &self.reading, &self.matches, winner, self.year));
        Evidence {
            winner,
            opposed,
            ..self.evidence()
        }
    }

    /// The words for the end of something or for an opposite that are parts of other words.
    pub(crate) fn cut_opposites(&self) -> impl Iterator<Item = (Hit, WhyNot)> {
        self.reading.cut_opposites().map(|(word, place, why)| {
            let hit = Hit {
                keyword: word.to_owned(),
                span: self.text.folded().original_span(place),
            };
            (hit, why.clone())
        })
    }

    /// The decision before routing.
    pub(crate) fn decide(&self) -> Decision {
        decide(&self.evidence())
    }
}

/// A wish in the message that no part of the winning rule covers. A rule with `exact` covers the whole
/// message.
fn opposed(
    compiled: &CompiledRulebook,
    message: &Reading,
    matches: &Matches,
    winner: &WinningRule,
    year: i16,
) -> Option<String> {
    let rule = compiled.rulebook.rules.get(winner.place)?;
    if winner.action != RuleAction::Reply || !rule.when.exact.is_empty() {
        return None;
    }
    let when = &rule.when;
    let near = when
        .near
        .iter()
        .flat_map(|near| near.one.iter().chain(&near.other));
    let words = when.any.iter().chain(when.all.iter().flatten()).chain(near);
    let covered = || words.clone().chain(&rule.examples).map(String::as_str);
    let opposed = message.opposition(covered(), year);
    let opposed = opposed.or_else(|| another_place(places(matches), covered()));
    opposed.as_ref().map(ToString::to_string)
}

/// The other places that the message names.
fn places(matches: &Matches) -> impl Iterator<Item = &str> {
    matches.elsewhere.iter().map(|hit| hit.keyword.as_str())
}

fn offer(
    compiled: &CompiledRulebook,
    (message, matches): (&Reading, &Matches),
    candidate: &Candidate,
    answer: f64,
    year: i16,
) -> Option<FaqEvidence> {
    let entry = compiled.rulebook.faq.get(candidate.entry)?;
    let nearest = compiled.phrasing(candidate)?;
    let phrasings = || {
        std::iter::once(&entry.question)
            .chain(&entry.phrasings)
            .map(String::as_str)
    };
    // Only an entry that may answer has to mean exactly the same.
    let differs = match candidate.confidence >= answer {
        true => message.telling_differences(nearest, phrasings()),
        false => Vec::new(),
    };
    // The nearest phrasing comes first: it usually shows that nothing is opposed.
    let opposed = message.opposition(std::iter::once(nearest).chain(phrasings()), year);
    let opposed = opposed.or_else(|| another_place(places(matches), phrasings()));
    Some(FaqEvidence {
        entry: entry.id.clone(),
        theme: entry.theme.clone(),
        phrasing: fold(nearest).as_str().to_owned(),
        differs: differs.iter().map(ToString::to_string).collect(),
        opposed: opposed.as_ref().map(ToString::to_string),
        confidence: candidate.confidence,
    })
}
