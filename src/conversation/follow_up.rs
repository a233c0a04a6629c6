//! What a message has to do with what went before: a case, or an automatic answer.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use crate::case::{Case, CaseId, Claim, Letter, LetterKind, LetterStatus, State};
use crate::decide::{Decision, Verdict};
use crate::message::Conversation;
use crate::reply::{DecidedBy, FollowedUp, Reason};

/// The words that go on with something, folded: whole messages as letters and digits alone.
#[derive(Clone, Debug, Default)]
pub struct FollowUpWords {
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
pub struct FollowUpInput<'a, 'c> {
    /// The message folded, letters and digits alone.
    pub bare: &'a str,
    /// What is decided about it taken by itself.
    pub decision: &'a Decision,
    /// The state of the talk.
    pub conversation: &'a Conversation,
    /// The case that the message names, or else the last one of this citizen; only one that is theirs.
    pub case: Option<&'c Case>,
    /// Whether the message says what opened that case, and nothing else.
    pub repeats: bool,
    /// The citizen's other cases on this account that have not ended.
    pub others: &'c [Case],
    /// The number that stands in the message, if there is one.
    pub named: Option<&'a CaseId>,
    /// When it was written.
    pub written: Timestamp,
    /// When it is handled.
    pub now: Timestamp,
}

/// How a message goes on, and with which case, where that is known.
#[derive(Clone, Copy, Debug)]
pub struct FollowUpMatch<'a> {
    /// How.
    pub how: FollowedUp,
    /// The case.
    pub case: Option<&'a Case>,
}

/// What `seen` goes on with, and how; `None` for a new matter.
///
/// Danger is always a new matter. A person who holds one of the citizen's cases beats everything else, then come a judgement of an answer
/// that came after the menu that is open, a choice from that menu, thanks, a question for the case's progress, what the citizen was
/// asked for, a judgement of the answer, and words that are said to belong to the case. What is left belongs to an open case when
/// nothing answers it and it follows closely. Of several cases the one counts that the citizen wrote about or heard of last.
pub fn match_follow_up<'c>(words: &FollowUpWords, seen: &FollowUpInput<'_, 'c>) -> Option<FollowUpMatch<'c>> {
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
    let with = |how, case: &'c Case| FollowUpMatch {
        how,
        case: Some(case),
    };
    let cases = in_order(seen);
    let own = |how| FollowUpMatch { how, case: seen.case };
    let mut held = seen.case.into_iter().chain(seen.others);
    if let Some(held) = held.find(|case| is_held(case, seen.now)) {
        return Some(with(FollowedUp::Held, held));
    }
    let chosen = |reason: &Reason| matches!(reason, Reason::Chosen { .. } | Reason::NoneOfThese { .. });
    if decision.reasons.iter().any(chosen) {
        let later = |case: &&&Case| heard_at(case, seen.conversation) > seen.conversation.last_at;
        return cases.iter().filter(later).find_map(|case| {
            let judged = judged(words, seen.bare, case)?;
            Some(with(judged, case))
        });
    }
    if words.thanks.contains(seen.bare) {
        return Some(own(FollowedUp::Thanks));
    }
    let rest = without_number(seen.bare, seen.named);
    if words.progress.contains(&*rest) || (rest.is_empty() && seen.named.is_some()) {
        return Some(own(FollowedUp::Progress));
    }
    if asks_for_a_person_alone(seen) && owes_an_answer(seen) && cases.iter().all(|case| !is_later(case, seen))
    {
        return Some(own(FollowedUp::Refused));
    }
    let about = cases.iter().enumerate().find_map(|(place, case)| {
        let how = about_case(words, seen, case, place == 0)?;
        Some(with(how, case))
    });
    about.or_else(|| about_answer(words, seen).map(own))
}

/// The cases that the message may be about, the one first that the citizen wrote about or heard of last. Who names one means that one.
fn in_order<'c>(seen: &FollowUpInput<'_, 'c>) -> Vec<&'c Case> {
    let others = seen.others.iter().filter(|_| seen.named.is_none());
    let mut cases: Vec<&Case> = seen.case.into_iter().chain(others).collect();
    let last = |case: &Case| {
        let own = seen.case.is_some_and(|last| last.id == case.id);
        let written = seen.conversation.last_case_at.filter(|_| own);
        heard_at(case, seen.conversation).max(written)
    };
    cases.sort_by_key(|case| std::cmp::Reverse(last(case)));
    cases
}

/// When a person last said something about the case to the citizen of this talk, by what is known of its letters.
fn heard_at(case: &Case, conversation: &Conversation) -> Option<Timestamp> {
    let theirs = |letter: &&Letter| {
        let to = case.addressee(letter);
        let to =
            to.filter(|to| *to.account() == conversation.account && *to.sender() == conversation.citizen);
        let by_person = matches!(
            letter.kind,
            LetterKind::Answer | LetterKind::Question | LetterKind::Reminder
        );
        to.is_some() && by_person
    };
    let letters = case.handling.contact.letters.iter().filter(theirs);
    let heard = letters.filter_map(|letter| match letter.status {
        LetterStatus::Delivered { at } => Some(at),
        // Nobody has read it.
        LetterStatus::Failed { .. } | LetterStatus::Held { .. } => None,
        // It was not needed any more before it was sent.
        LetterStatus::Dismissed { .. } if letter.kind == LetterKind::Reminder => None,
        _ => Some(letter.posted),
    });
    heard.max()
}

/// Whether the citizen of this talk can have read the last question about the case, as far as its letters tell.
fn was_asked(case: &Case, conversation: &Conversation) -> bool {
    let mut questions = case.handling.contact.letters.iter().rev();
    let last = questions.find(|letter| {
        let to = case.addressee(letter);
        let to =
            to.filter(|to| *to.account() == conversation.account && *to.sender() == conversation.citizen);
        to.is_some() && letter.kind == LetterKind::Question
    });
    last.is_none_or(|letter| !letter.status.is_unread())
}

/// Whether an automatic answer may still be judged.
fn owes_an_answer(seen: &FollowUpInput<'_, '_>) -> bool {
    let unrated = seen.conversation.unrated.as_ref();
    unrated.is_some_and(|unrated| seen.now < unrated.until)
}

/// Whether a person said something about the case after the last automatic answer: that is then what the citizen speaks of.
fn is_later(case: &Case, seen: &FollowUpInput<'_, '_>) -> bool {
    let unrated = seen.conversation.unrated.as_ref();
    let answered = unrated.and_then(|unrated| unrated.answered_at);
    let judged = matches!(case.state, State::Answered | State::Closed);
    judged && answered.is_some_and(|answered| heard_at(case, seen.conversation) > Some(answered))
}

/// Whether the message asks for a person and says nothing else: it is then about what was asked before.
fn asks_for_a_person_alone(seen: &FollowUpInput<'_, '_>) -> bool {
    let alone = |reason: &Reason| match reason {
        Reason::HandOff { hit } => hit.keyword == seen.bare,
        _ => false,
    };
    seen.decision.reasons.iter().any(alone)
}

/// What these words say of the case's answer.
fn judged(words: &FollowUpWords, bare: &str, case: &Case) -> Option<FollowedUp> {
    match case.state {
        State::Answered | State::Closed if words.unsolved.contains(bare) => Some(FollowedUp::Unsolved),
        State::Answered if words.solved.contains(bare) => Some(FollowedUp::Solved),
        _ => None,
    }
}

/// What the message has to do with this case, which is the one that the citizen wrote about or heard of last, or another.
fn about_case(
    words: &FollowUpWords,
    seen: &FollowUpInput<'_, '_>,
    case: &Case,
    latest: bool,
) -> Option<FollowedUp> {
    if matches!(case.state, State::Answered | State::Closed) {
        // An automatic answer that came later is what the citizen speaks of.
        if owes_an_answer(seen) && !is_later(case, seen) {
            return None;
        }
        // What is added to an answered case asks for another look at it.
        let adds = seen.named.is_some() || words.add.iter().any(|words| seen.bare.starts_with(words));
        let asks = case.state == State::Answered && (asks_for_a_person_alone(seen) || adds);
        return judged(words, seen.bare, case).or_else(|| asks.then_some(FollowedUp::Unsolved));
    }
    if case.state.is_over() {
        return None;
    }
    let last = seen.case.is_some_and(|last| last.id == case.id);
    let asked = case.state == State::AwaitingCitizen && was_asked(case, seen.conversation);
    let meant = seen.named.is_some() || words.add.iter().any(|words| seen.bare.starts_with(words));
    // After days without a reply, what the office can answer by itself is a matter of its own.
    let late = case.handling.contact.unreplied && was_asked(case, seen.conversation);
    let replies = asked && (latest || last) || (asked || late) && nothing_answers(seen);
    // No answer is left to be judged that these words could speak of.
    let impatient = latest && words.unsolved.contains(seen.bare) && !owes_an_answer(seen);
    (meant || replies || impatient || (last && follows(words, seen))).then_some(FollowedUp::Added)
}

fn nothing_answers(seen: &FollowUpInput<'_, '_>) -> bool {
    matches!(
        seen.decision.verdict,
        Verdict::Person {
            by: DecidedBy::Nobody,
            ..
        }
    )
}

/// Whether nothing answers the message, or it says the same once more, and the last one about the case is not long ago. Who asks for
/// a person has one.
fn follows(words: &FollowUpWords, seen: &FollowUpInput<'_, '_>) -> bool {
    let closely = || {
        seen.conversation.last_case_at.is_some_and(|last| {
            let close = SignedDuration::from_mins(i64::from(words.minutes));
            seen.written.duration_since(last) <= close
        })
    };
    match &seen.decision.verdict {
        Verdict::Person {
            by: DecidedBy::HandOff,
            ..
        } => true,
        Verdict::Person {
            by: DecidedBy::Nobody,
            ..
        } => closely(),
        Verdict::Person {
            by: DecidedBy::Rule(_),
            ..
        } => closely() && seen.repeats,
        _ => false,
    }
}

fn about_answer(words: &FollowUpWords, seen: &FollowUpInput<'_, '_>) -> Option<FollowedUp> {
    seen.conversation.unrated_answer(seen.now)?;
    if words.unsolved.contains(seen.bare) {
        return Some(FollowedUp::Refused);
    }
    words.solved.contains(seen.bare).then_some(FollowedUp::Confirmed)
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
