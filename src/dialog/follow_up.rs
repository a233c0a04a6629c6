//! What a message has to do with what went before: a case, or an automatic answer.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use crate::case::{Case, CaseId, Claim, State};
use crate::decide::{Decision, Verdict};
use crate::message::Conversation;
use crate::reply::{By, FollowedUp, Reason};

/// The words that go on with something, folded: whole messages as letters and digits alone.
#[derive(Clone, Debug, Default)]
pub struct Cues {
    /// Asking how a case stands.
    pub progress: HashSet<String>,
    /// Thanking.
    pub thanks: HashSet<String>,
    /// The answer settled it.
    pub solved: HashSet<String>,
    /// It did not.
    pub unsolved: HashSet<String>,
    /// Beginnings of what adds to a case.
    pub add: Vec<String>,
    /// How long after the last message about a case an unsure one still belongs to it.
    pub minutes: u32,
}

/// A message, and what it may have to do with.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The message folded, letters and digits alone.
    pub bare: &'a str,
    /// What is decided about it taken by itself.
    pub decision: &'a Decision,
    /// The state of the talk.
    pub conversation: &'a Conversation,
    /// The case that the message names, or else the last one of this citizen; only one that is theirs.
    pub case: Option<&'a Case>,
    /// The number that stands in the message, if there is one.
    pub named: Option<&'a CaseId>,
    /// When it was written.
    pub written: Timestamp,
    /// When it is handled.
    pub now: Timestamp,
}

/// What `seen` goes on with, and how; `None` for a new matter.
///
/// Danger is always a new matter. A person who holds the case beats everything else, then come a choice from an open menu, thanks,
/// a question for the case's progress, what the citizen was asked for, a judgement of the answer, and words that are said to belong
/// to the case. What is left belongs to an open case when nothing answers it and it follows closely.
pub fn followed_up(cues: &Cues, seen: &Seen<'_>) -> Option<FollowedUp> {
    let decision = seen.decision;
    let danger = matches!(
        decision.verdict,
        Verdict::Person {
            emergency: Some(_),
            ..
        }
    );
    if danger || matches!(decision.verdict, Verdict::Silent) {
        return None;
    }
    if seen.case.is_some_and(|case| is_held(case, seen.now)) {
        return Some(FollowedUp::Held);
    }
    let chosen = |reason: &Reason| matches!(reason, Reason::Chosen { .. } | Reason::NoneOfThese { .. });
    if decision.reasons.iter().any(chosen) {
        return None;
    }
    if cues.thanks.contains(seen.bare) {
        return Some(FollowedUp::Thanks);
    }
    let rest = without_number(seen.bare, seen.named);
    if cues.progress.contains(&*rest) || (rest.is_empty() && seen.named.is_some()) {
        return Some(FollowedUp::Progress);
    }
    if owes_an_answer(seen) && asks_for_a_person_alone(seen) {
        return Some(FollowedUp::Refused);
    }
    about_case(cues, seen).or_else(|| about_answer(cues, seen))
}

/// Whether an automatic answer may still be judged. It came later than anything about a case.
fn owes_an_answer(seen: &Seen<'_>) -> bool {
    let debt = seen.conversation.debt.as_ref();
    debt.is_some_and(|debt| seen.now < debt.until)
}

/// Whether the message asks for a person and says nothing else: it is then about what was asked before.
fn asks_for_a_person_alone(seen: &Seen<'_>) -> bool {
    let alone = |reason: &Reason| match reason {
        Reason::HandOff { hit } => hit.keyword == seen.bare,
        _ => false,
    };
    seen.decision.reasons.iter().any(alone)
}

fn about_case(cues: &Cues, seen: &Seen<'_>) -> Option<FollowedUp> {
    let case = seen.case?;
    if matches!(case.state, State::Answered | State::Closed) {
        let answered = case.state == State::Answered;
        // An automatic answer that came later is what the citizen speaks of.
        return match owes_an_answer(seen) {
            false if answered && cues.solved.contains(seen.bare) => Some(FollowedUp::Solved),
            false if cues.unsolved.contains(seen.bare) => Some(FollowedUp::Unsolved),
            false if answered && asks_for_a_person_alone(seen) => Some(FollowedUp::Unsolved),
            _ => None,
        };
    }
    if case.state.is_over() {
        return None;
    }
    let meant = case.state == State::AwaitingCitizen
        || seen.named.is_some()
        || cues.add.iter().any(|words| seen.bare.starts_with(words));
    (meant || follows(cues, seen)).then_some(FollowedUp::Added)
}

/// Whether nothing answers the message, and the last one about the case is not long ago. Who asks for a person has one.
fn follows(cues: &Cues, seen: &Seen<'_>) -> bool {
    match &seen.decision.verdict {
        Verdict::Person { by: By::HandOff, .. } => true,
        Verdict::Person { by: By::Nobody, .. } => seen.conversation.last_case_at.is_some_and(|last| {
            let close = SignedDuration::from_mins(i64::from(cues.minutes));
            seen.written.duration_since(last) <= close
        }),
        _ => false,
    }
}

fn about_answer(cues: &Cues, seen: &Seen<'_>) -> Option<FollowedUp> {
    if !owes_an_answer(seen) {
        return None;
    }
    if cues.unsolved.contains(seen.bare) {
        return Some(FollowedUp::Refused);
    }
    cues.solved.contains(seen.bare).then_some(FollowedUp::Confirmed)
}

/// Whether a person works on the case at `now`: the lease has not ended.
pub fn is_held(case: &Case, now: Timestamp) -> bool {
    let running = |claim: &Claim| now < claim.until;
    case.state == State::Claimed && case.claim.as_ref().is_some_and(running)
}

/// The first case number that stands in a folded text. Letters that a number never has are read as the digits that they
/// resemble.
pub fn case_named(folded: &str) -> Option<CaseId> {
    let digits = |part: &str| part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_digit());
    let letters = |part: &str| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '-';
    folded.split(|c: char| !inside(c)).find_map(|word| {
        let mut parts = word.split('-');
        let (day, left, right) = (parts.next()?, parts.next()?, parts.next()?);
        if !(digits(day) && letters(left) && letters(right)) {
            return None;
        }
        let whole = format!("{day}-{}-{}", number(left), number(right));
        match (parts.next(), parts.next()) {
            (None, _) => Some(CaseId::new(whole)),
            // What was taken out of a case has a number of its own after the case's.
            (Some(part), None)
                if matches!(part.len(), 1..=3) && part.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                Some(CaseId::new(format!("{whole}-{part}")))
            }
            _ => None,
        }
    })
}

fn number(part: &str) -> String {
    let read = |c: char| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    part.chars().map(read).collect()
}

/// What is left of a bare message without the number that was read from it.
fn without_number<'a>(bare: &'a str, named: Option<&CaseId>) -> std::borrow::Cow<'a, str> {
    let Some((id, day)) = named.and_then(|id| Some((id.as_str(), id.as_str().get(..8)?))) else {
        return bare.into();
    };
    // Day and letters, as they were written.
    let letters = id.bytes().filter(|byte| *byte != b'-').count();
    let at = bare.find(day).map(|at| (at, at + letters));
    match at.and_then(|(from, to)| Some((bare.get(..from)?, bare.get(to..)?))) {
        Some((before, after)) => format!("{before}{after}").into(),
        None => bare.into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::text::fold;

    #[test]
    fn a_number_is_read_however_it_is_typed() {
        let id = CaseId::new("20261123-7KQ4-M2XP");
        for text in [
            "20261123-7KQ4-M2XP",
            "查进度 20261123-7kq4-m2xp",
            "受理编号：２０２６１１２３－７ＫＱ４－Ｍ２ＸＰ。",
        ] {
            assert_eq!(case_named(fold(text).as_str()), Some(id.clone()), "{text}");
        }
        let part = case_named("20261123-7kq4-m2xp-2");
        assert_eq!(part, Some(CaseId::new("20261123-7KQ4-M2XP-2")));
        let read = case_named("20261123-o1l0-iooo");
        assert_eq!(read, Some(CaseId::new("20261123-0110-1000")));
        for text in [
            "2026-11-23",
            "20261123",
            "20261123-7KQ4",
            "120261123-7KQ4-M2XP",
            "20261123-7KQ4-M2XP-",
            "20261123-7KQ4-M2XP-x",
            "20261123-7KQ4-M2XP-1-2",
        ] {
            assert_eq!(case_named(&text.to_lowercase()), None, "{text}");
        }
    }

    #[test]
    fn the_number_is_taken_out_of_the_words_beside_it() {
        let id = CaseId::new("20261123-7KQ4-M2XP");
        assert_eq!(without_number("查进度202611237kq4m2xp", Some(&id)), "查进度");
        assert_eq!(without_number("查进度", Some(&id)), "查进度");
        let part = CaseId::new("20261123-7KQ4-M2XP-2");
        assert_eq!(without_number("查进度202611237kq4m2xp2", Some(&part)), "查进度");
        assert_eq!(without_number("查进度", None), "查进度");
    }
}
