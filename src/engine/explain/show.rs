//! An explanation as text for a terminal.

use std::fmt::{self, Display, Formatter};

use super::{
    DecisionSummary, EvidenceChange, Explanation, FailedCondition, FaqTrace, FollowUpTrace, RuleState,
    RuleTrace, WhatIf, WordHit, WordKind,
};
use crate::reply::{Action, DecidedBy, Hit};
use crate::text::clean_line;

/// The most rules that did not fire that are printed.
const NOT_FIRED_SHOWN: usize = 8;

/// The most words of a condition that are printed.
const WORDS_SHOWN: usize = 6;

/// The most characters of a text that are printed.
const TEXT_SHOWN: usize = 200;

/// Items separated by commas.
struct Listed<'a, T>(&'a [T]);

impl<T: Display> Display for Listed<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (n, item) in self.0.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}{item}")?;
        }
        Ok(())
    }
}

/// The first words of a condition.
struct Words<'a>(&'a [String]);

impl Display for Words<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let shown: Vec<String> = self
            .0
            .iter()
            .take(WORDS_SHOWN)
            .map(|word| format!("`{word}`"))
            .collect();
        write!(f, "{}", Listed(&shown))?;
        match self.0.len().saturating_sub(WORDS_SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { text, folded, .. } = self;
        writeln!(f, "message    {}", clean_line(text, TEXT_SHOWN))?;
        let cut = if self.truncated {
            " (only this was read)"
        } else {
            ""
        };
        writeln!(f, "folded     {}{cut}", clean_line(folded, TEXT_SHOWN))?;
        writeln!(f, "rulebook   {:.12} on {}", self.rulebook.as_str(), self.today)?;
        if self.menu_open || self.misses > 0 {
            let menu = if self.menu_open { "a menu is open; " } else { "" };
            writeln!(
                f,
                "state      {menu}{} messages before led to a menu",
                self.misses
            )?;
        }
        if let Some(FollowUpTrace { kind, case }) = &self.follow_up {
            match case {
                Some(case) => writeln!(f, "follow-up  {kind}: `{case}`")?,
                None => writeln!(f, "follow-up  {kind}")?,
            }
        }
        section(f, "words", &self.words)?;
        let (fired, others): (Vec<_>, Vec<_>) = self
            .rules
            .iter()
            .partition(|rule| !matches!(rule.state, RuleState::NotFired { .. }));
        section(f, "rules", &fired)?;
        let near = others.get(..NOT_FIRED_SHOWN).unwrap_or(&others);
        section(f, "not fired", near)?;
        if others.len() > near.len() {
            writeln!(f, "           and {} more", others.len() - near.len())?;
        }
        section(f, "FAQ", &self.faq)?;
        let then = DecisionSummary {
            action: self.action,
            by: self.by.clone(),
        };
        writeln!(f, "decision   {then}")?;
        section(f, "because", &self.reasons)?;
        section(f, "otherwise", &self.what_if)
    }
}

fn section<T: Display>(f: &mut Formatter<'_>, title: &str, items: &[T]) -> fmt::Result {
    for (n, item) in items.iter().enumerate() {
        let title = if n == 0 { title } else { "" };
        writeln!(f, "{title:11}{item}")?;
    }
    Ok(())
}

impl Display for WordHit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let hit = &self.hit;
        match &self.kind {
            WordKind::Emergency { id, counts: true } => write!(f, "emergency {id}: {hit}"),
            WordKind::Emergency { id, counts: false } => write!(f, "emergency {id}, cancelled: {hit}"),
            WordKind::NoEmergency { id } => write!(f, "cancels emergency {id}: {hit}"),
            WordKind::HandOff => write!(f, "request for a person: {hit}"),
            WordKind::Personal => write!(f, "complaint or personal matter: {hit}"),
            WordKind::Elsewhere => write!(f, "another place: {hit}"),
            WordKind::Keyword => write!(f, "keyword of a reply: {hit}"),
            WordKind::Opposite => write!(f, "end or opposite: {hit}"),
        }?;
        match &self.why_not {
            None => Ok(()),
            Some(why_not) => write!(f, ", not meant: {why_not}"),
        }
    }
}

impl Display for RuleTrace {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ", self.rule)?;
        match &self.state {
            RuleState::Won { specificity } => write!(f, "won, {specificity} characters")?,
            RuleState::Beaten { specificity, by, why } => {
                write!(f, "beaten by `{by}`: {why}, {specificity} characters")?;
            }
            RuleState::NotFired { failed } => write!(f, "lacks: {}", Listed(failed))?,
        }
        if self.found.is_empty() {
            return Ok(());
        }
        write!(f, "; found {}", Listed(&self.found))
    }
}

impl Display for FailedCondition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact => f.write_str("the whole message is not in `exact`"),
            Self::Any { words } => write!(f, "none of {}", Words(words)),
            Self::Group { number, words } => write!(f, "no word of group {number} ({})", Words(words)),
            Self::Forbidden { hits } => write!(f, "must not contain {}", Listed(hits)),
            Self::Near { one, other, within } => write!(
                f,
                "no {} within {within} characters of {}",
                Words(one),
                Words(other)
            ),
            Self::Hours => f.write_str("outside its hours"),
            Self::Talk => f.write_str("another state of the conversation"),
            Self::Pattern { pattern } => write!(f, "the pattern `{pattern}` does not match"),
            Self::TooLong { chars, limit } => write!(f, "{chars} characters, at most {limit}"),
            Self::Account => f.write_str("for other accounts"),
            Self::NotInForce { from, until } => {
                f.write_str("not in force")?;
                if let Some(from) = from {
                    write!(f, " from {from}")?;
                }
                until.map_or(Ok(()), |until| write!(f, " until {until}"))
            }
        }
    }
}

impl Display for FaqTrace {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` {:.2} by `{}` (",
            self.entry, self.confidence, self.phrasing
        )?;
        for (n, measure) in self.measures.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}{} {:.2}", measure.name, measure.value)?;
        }
        f.write_str(")")
    }
}

impl Display for DecisionSummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.action {
            Action::Answer => "answer",
            Action::Clarify => "menu",
            Action::Escalate => "a person",
            Action::FollowUp => "follow-up",
            Action::Silent => "no reply",
        })?;
        match &self.by {
            DecidedBy::Emergency => f.write_str(", for an emergency"),
            DecidedBy::HandOff => f.write_str(", as asked"),
            DecidedBy::Rule(rule) => write!(f, " by rule `{rule}`"),
            DecidedBy::Faq(entry) => write!(f, " by FAQ entry `{entry}`"),
            DecidedBy::Menu(entry) => write!(f, " by FAQ entry `{entry}`, chosen"),
            DecidedBy::Talk => f.write_str(", by the conversation"),
            DecidedBy::Nobody => Ok(()),
        }
    }
}

impl Display for WhatIf {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}, if {}", self.then, self.change)
    }
}

impl Display for EvidenceChange {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let words = |f: &mut Formatter<'_>, hits: &[Hit], what: &str| write!(f, "{} {what}", Listed(hits));
        match self {
            Self::NoEmergency { hits } => words(f, hits, "meant no emergency"),
            Self::NoMenu => f.write_str("no menu were open"),
            Self::NoHandOff { hit } => write!(f, "{hit} were no request for a person"),
            Self::NotPersonal { hits } => words(f, hits, "were no complaint or personal matter"),
            Self::WithoutRule { rule } | Self::WithoutOther { rule } => {
                write!(f, "rule `{rule}` did not exist")
            }
            Self::Condition { rule, failed } => write!(f, "rule `{rule}` had no failed condition: {failed}"),
            Self::Surer {
                entry,
                confidence,
                missing,
                threshold,
            } => write!(
                f,
                "`{entry}` were surer by {missing:.3} ({confidence:.3}, threshold {threshold:.2})"
            ),
            Self::LessSure {
                entry,
                confidence,
                spare,
                threshold,
            } => write!(
                f,
                "`{entry}` were less sure by more than {spare:.3} ({confidence:.3}, threshold {threshold:.2})"
            ),
            Self::SurerTogether {
                any,
                missing,
                threshold,
            } => write!(
                f,
                "the top three combined were surer by {missing:.3} ({any:.3}, threshold {threshold:.2})"
            ),
            Self::Shorter { chars, limit } => {
                write!(f, "it had at most {limit} characters instead of {chars}")
            }
            Self::FirstMiss => f.write_str("no message before it had led to a menu"),
        }
    }
}
