//! Whether a message follows something up: a case, or an automatic answer.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use crate::case::{Case, CaseId, Claim, Letter, LetterKind, LetterStatus, State};
use crate::decide::{Decision, Verdict};
use crate::message::Conversation;
use crate::reply::{DecidedBy, FollowUpKind, Reason};

/// The words of follow-ups. Each is a whole message, folded to letters and digits.
#[derive(Clone, Debug, Default)]
pub(crate) struct FollowUpWords {
    /// Asks for the state of a case.
    pub(crate) progress: HashSet<String>,
    /// Thanks.
    pub(crate) thanks: HashSet<String>,
    /// Says that an answer solved the matter.
    pub(crate) solved: HashSet<String>,
    /// Says that an answer did not.
    pub(crate) unsolved: HashSet<String>,
    /// Beginnings of messages that add to a case.
    pub(crate) add: Vec<String>,
    /// The minutes after the last message about a case within which an undecided one belongs to it.
    pub(crate) minutes: u32,
}

/// A message, and the cases and the conversation that it may be about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FollowUpInput<'a, 'c> {
    /// The message folded to letters and digits.
    pub(crate) bare: &'a str,
    /// The decision about the message by itself.
    pub(crate) decision: &'a Decision,
    pub(crate) conversation: &'a Conversation,
    /// The citizen's case that the message names, or else their last one.
    pub(crate) case: Option<&'c Case>,
    /// Whether the message repeats the words that opened `case`.
    pub(crate) repeats: bool,
    /// The citizen's other open cases on this account.
    pub(crate) others: &'c [Case],
    /// The case number in the message.
    pub(crate) named: Option<&'a CaseId>,
    /// When the message was written.
    pub(crate) written: Timestamp,
    /// When it is handled.
    pub(crate) now: Timestamp,
}

/// A follow-up: its kind, and its case where that is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FollowUpMatch<'a> {
    pub(crate) kind: FollowUpKind,
    pub(crate) case: Option<&'a Case>,
}

/// Decides whether a message is a follow-up. `None` for a new matter.
///
/// An emergency is always a new matter. Otherwise, the first of these counts:
///
/// 1. A person holds one of the citizen's cases.
/// 2. A choice from the open menu, or the rating of a person's answer that came after that menu.
/// 3. Thanks.
/// 4. A question for the state of the case.
/// 5. A request for a person right after an automatic answer: it refuses the answer.
/// 6. For each case, the one that the citizen wrote about or heard of last first: a reply to a question, a
///    rating of the answer, or an addition.
/// 7. A rating of an automatic answer.
pub(crate) fn match_follow_up<'c>(
    words: &FollowUpWords,
    seen: &FollowUpInput<'_, 'c>,
) -> Option<FollowUpMatch<'c>> {
    let decision = seen.decision;
    let emergency = matches!(
        decision.verdict,
        Verdict::Person {
            emergency: Some(_),
            ..
        }
    );
    if emergency || matches!(decision.verdict, Verdict::Silent) {
        return None;
    }
    let with = |kind, case: &'c Case| FollowUpMatch {
        kind,
        case: Some(case),
    };
    let cases = latest_first(seen);
    let own = |kind| FollowUpMatch {
        kind,
        case: seen.case,
    };
    let mut held = seen.case.into_iter().chain(seen.others);
    if let Some(held) = held.find(|case| is_held(case, seen.now)) {
        return Some(with(FollowUpKind::Held, held));
    }
    let chosen = |reason: &Reason| matches!(reason, Reason::Chosen { .. } | Reason::NoneOfThese { .. });
    if decision.reasons.iter().any(chosen) {
        let later = |case: &&&Case| heard_at(case, seen.conversation) > seen.conversation.last_at;
        return cases.iter().filter(later).find_map(|case| {
            let rating = rating(words, seen.bare, case)?;
            Some(with(rating, case))
        });
    }
    if words.thanks.contains(seen.bare) {
        return Some(own(FollowUpKind::Thanks));
    }
    let rest = without_number(seen.bare, seen.named);
    if words.progress.contains(&*rest) || (rest.is_empty() && seen.named.is_some()) {
        return Some(own(FollowUpKind::Progress));
    }
    if only_asks_for_a_person(seen)
        && has_unrated_answer(seen)
        && cases.iter().all(|case| !is_later(case, seen))
    {
        return Some(own(FollowUpKind::Refused));
    }
    let about = cases.iter().enumerate().find_map(|(place, case)| {
        let kind = about_case(words, seen, case, place == 0)?;
        Some(with(kind, case))
    });
    about.or_else(|| about_answer(words, seen).map(own))
}

/// The cases that the message may be about, the one that the citizen wrote about or heard of last first. Only
/// the named case, if the message names one.
fn latest_first<'c>(seen: &FollowUpInput<'_, 'c>) -> Vec<&'c Case> {
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

/// The last time an agent's letter about the case reached the citizen of this conversation, as far as is
/// known.
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
        // The citizen cannot have read it.
        LetterStatus::Failed { .. } | LetterStatus::Held { .. } => None,
        // It was cancelled before it was sent.
        LetterStatus::Dismissed { .. } if letter.kind == LetterKind::Reminder => None,
        _ => Some(letter.posted),
    });
    heard.max()
}

/// Whether the citizen of this conversation may have read the last question about the case.
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

/// Whether the last automatic answer can still be rated.
fn has_unrated_answer(seen: &FollowUpInput<'_, '_>) -> bool {
    let unrated = seen.conversation.unrated.as_ref();
    unrated.is_some_and(|unrated| seen.now < unrated.until)
}

/// Whether a person answered the case after the last automatic answer: a rating is then about the case.
fn is_later(case: &Case, seen: &FollowUpInput<'_, '_>) -> bool {
    let unrated = seen.conversation.unrated.as_ref();
    let answered = unrated.and_then(|unrated| unrated.answered_at);
    let judged = matches!(case.state, State::Answered | State::Closed);
    judged && answered.is_some_and(|answered| heard_at(case, seen.conversation) > Some(answered))
}

/// Whether the message only asks for a person: it is then about an earlier question.
fn only_asks_for_a_person(seen: &FollowUpInput<'_, '_>) -> bool {
    let alone = |reason: &Reason| match reason {
        Reason::HandOff { hit } => hit.keyword == seen.bare,
        _ => false,
    };
    seen.decision.reasons.iter().any(alone)
}

/// The rating of the case's answer in these words.
fn rating(words: &FollowUpWords, bare: &str, case: &Case) -> Option<FollowUpKind> {
    match case.state {
        State::Answered | State::Closed if words.unsolved.contains(bare) => Some(FollowUpKind::Unsolved),
        State::Answered if words.solved.contains(bare) => Some(FollowUpKind::Solved),
        _ => None,
    }
}

/// Whether the message is about this case. `latest` marks the case that the citizen wrote about or heard of
/// last.
fn about_case(
    words: &FollowUpWords,
    seen: &FollowUpInput<'_, '_>,
    case: &Case,
    latest: bool,
) -> Option<FollowUpKind> {
    if matches!(case.state, State::Answered | State::Closed) {
        // The message is about an automatic answer that came later.
        if has_unrated_answer(seen) && !is_later(case, seen) {
            return None;
        }
        // An addition to an answered case reopens it.
        let adds = seen.named.is_some() || words.add.iter().any(|words| seen.bare.starts_with(words));
        let asks = case.state == State::Answered && (only_asks_for_a_person(seen) || adds);
        return rating(words, seen.bare, case).or_else(|| asks.then_some(FollowUpKind::Unsolved));
    }
    if case.state.is_over() {
        return None;
    }
    let last = seen.case.is_some_and(|last| last.id == case.id);
    let asked = case.state == State::AwaitingCitizen && was_asked(case, seen.conversation);
    let is_meant = seen.named.is_some() || words.add.iter().any(|words| seen.bare.starts_with(words));
    // After days without a reply, a message that the engine can answer is a new matter.
    let late = case.handling.contact.unreplied && was_asked(case, seen.conversation);
    let replies = asked && (latest || last) || (asked || late) && nothing_answers(seen);
    // Without an answer that could be rated, "not solved" is about the open case.
    let impatient = latest && words.unsolved.contains(seen.bare) && !has_unrated_answer(seen);
    (is_meant || replies || impatient || (last && follows(words, seen))).then_some(FollowUpKind::Added)
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

/// Whether an undecided or repeated message closely follows the last one about the case. A request for a
/// person always does: the case has one.
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

fn about_answer(words: &FollowUpWords, seen: &FollowUpInput<'_, '_>) -> Option<FollowUpKind> {
    seen.conversation.unrated_answer(seen.now)?;
    if words.unsolved.contains(seen.bare) {
        return Some(FollowUpKind::Refused);
    }
    words
        .solved
        .contains(seen.bare)
        .then_some(FollowUpKind::Confirmed)
}

/// Whether an agent works on the case at `now`: the lease has not ended.
fn is_held(case: &Case, now: Timestamp) -> bool {
    let running = |claim: &Claim| now < claim.until;
    case.state == State::Claimed && case.claim.as_ref().is_some_and(running)
}

/// The first case number in a folded text. Letters that case numbers do not use are read as the digits that
/// they resemble.
pub(crate) fn case_named(folded: &str) -> Option<CaseId> {
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
            // A case that was split off has the number of the first case with a suffix.
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

/// The bare message without the case number that was read from it.
fn without_number<'a>(bare: &'a str, named: Option<&CaseId>) -> std::borrow::Cow<'a, str> {
    let Some((id, day)) = named.and_then(|id| Some((id.as_str(), id.as_str().get(..8)?))) else {
        return bare.into();
    };
    // The day and the letters without their hyphens.
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
