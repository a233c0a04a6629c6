//! Whether a message follows something up: a case, or an automatic answer.

use jiff::{SignedDuration, Timestamp};

use super::follow_up_words::{FollowUpWords, Saying};
use crate::case::{Case, CaseId, Claim, Letter, LetterKind, LetterStatus, State};
use crate::decide::{Decision, Verdict};
use crate::message::{Conversation, MessageKey, Person};
use crate::reply::{DecidedBy, FollowUpKind, Reason};

/// A message, and the cases and the conversation that it may be about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FollowUpInput<'a, 'c> {
    pub(crate) saying: &'a Saying,
    /// The decision about the message by itself.
    pub(crate) decision: &'a Decision,
    pub(crate) conversation: &'a Conversation,
    /// The citizen, with the ids under which they write on other accounts.
    pub(crate) person: &'a Person,
    /// When the person last wrote about a case without naming it, on any account.
    pub(crate) last_case_at: Option<Timestamp>,
    /// Whether the citizen can still choose from the last menu, has not chosen, and heard of nothing since.
    pub(crate) menu_waits: bool,
    /// Whether the message only asks for a person.
    pub(crate) only_person: bool,
    /// Whether a request for a person in it is negated.
    pub(crate) negates_request: bool,
    /// Whether the message asks something that an answer of its own is sure enough for, also near a case.
    pub(crate) asks_anew: bool,
    /// Whether it does so in the very words of a rule or entry.
    pub(crate) exact: bool,
    /// The citizen's case that the message names, or else their last one.
    pub(crate) case: Option<&'c Case>,
    /// Whether the message repeats the words that opened `case`.
    pub(crate) repeats: bool,
    /// Whether it puts the matter of `case` to another account, which is then to answer it too.
    pub(crate) put_elsewhere: bool,
    /// The citizen's other open cases.
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

/// What a step finds.
enum Found<'c> {
    FollowUp(FollowUpMatch<'c>),
    NewMatter,
}

/// One thing that a message may mean. The cases are the one that the citizen wrote about or heard of last
/// first.
type Step = for<'c> fn(&FollowUpWords, &FollowUpInput<'_, 'c>, &[&'c Case]) -> Option<Found<'c>>;

/// What a message may mean, in order: the first that applies counts. DESIGN.md has the same table.
const ORDER: &[(&str, Step)] = &[
    ("danger, or nothing at all", emergency_or_nothing),
    ("words for the agent who holds a case", held),
    ("a choice from the menu", chosen),
    ("thanks, or the end of the conversation", thanks),
    ("a question for the state of a case", progress),
    ("a request to hurry", chased),
    ("a refusal of the menu", left_menu),
    (
        "a request for a person after an automatic answer",
        refused_for_a_person,
    ),
    (
        "a reply to a question, a rating, or an addition to a case",
        about_cases,
    ),
    ("a rating of an automatic answer", about_answer),
];

/// Decides whether a message is a follow-up. `None` for a new matter, which is everything that [`ORDER`] does
/// not name.
pub(crate) fn match_follow_up<'c>(
    words: &FollowUpWords,
    seen: &FollowUpInput<'_, 'c>,
) -> Option<FollowUpMatch<'c>> {
    let cases = latest_first(seen);
    let mut steps = ORDER.iter();
    match steps.find_map(|(_, step)| step(words, seen, &cases))? {
        Found::FollowUp(matched) => Some(matched),
        Found::NewMatter => None,
    }
}

fn about<'c>(kind: FollowUpKind, case: Option<&'c Case>) -> Option<Found<'c>> {
    Some(Found::FollowUp(FollowUpMatch { kind, case }))
}

fn emergency_or_nothing<'c>(
    _: &FollowUpWords,
    seen: &FollowUpInput<'_, 'c>,
    _: &[&'c Case],
) -> Option<Found<'c>> {
    let emergency = matches!(
        seen.decision.verdict,
        Verdict::Silent
            | Verdict::Person {
                emergency: Some(_),
                ..
            }
    );
    emergency.then_some(Found::NewMatter)
}

fn held<'c>(_: &FollowUpWords, seen: &FollowUpInput<'_, 'c>, _: &[&'c Case]) -> Option<Found<'c>> {
    let mut held = seen.case.into_iter().chain(seen.others);
    let held = held.find(|case| is_held(case, seen.now) && is_answered_here(case, seen.conversation))?;
    about(FollowUpKind::Held, Some(held))
}

fn chosen<'c>(_: &FollowUpWords, seen: &FollowUpInput<'_, 'c>, _: &[&'c Case]) -> Option<Found<'c>> {
    let chosen = |reason: &Reason| matches!(reason, Reason::Chosen { .. } | Reason::NoneOfThese { .. });
    let chosen = seen.decision.reasons.iter().any(chosen);
    chosen.then_some(Found::NewMatter)
}

fn thanks<'c>(_: &FollowUpWords, seen: &FollowUpInput<'_, 'c>, _: &[&'c Case]) -> Option<Found<'c>> {
    let unanswered = nothing_answers(seen) || matches!(seen.decision.verdict, Verdict::Menu { .. });
    let declines = seen.saying.declines && seen.negates_request && unanswered;
    match seen.saying.closes || declines {
        true => about(FollowUpKind::Thanks, seen.case),
        false => None,
    }
}

fn progress<'c>(words: &FollowUpWords, seen: &FollowUpInput<'_, 'c>, _: &[&'c Case]) -> Option<Found<'c>> {
    let rest = without_number(seen.saying.whole(), seen.named);
    let asks = words.progress.contains(&*rest) || seen.saying.is_one_of(&words.progress);
    match asks || (rest.is_empty() && seen.named.is_some()) {
        true => about(FollowUpKind::Progress, seen.case),
        false => None,
    }
}

/// A menu waits for a choice, and the message refuses it: with a request for a person, or with a rating.
fn left_menu<'c>(words: &FollowUpWords, seen: &FollowUpInput<'_, 'c>, _: &[&'c Case]) -> Option<Found<'c>> {
    if !seen.menu_waits {
        return None;
    }
    if seen.only_person || seen.saying.is_one_of(&words.unsolved) {
        return about(FollowUpKind::LeftMenu, None);
    }
    match seen.saying.is_one_of(&words.solved) {
        true => about(FollowUpKind::Confirmed, None),
        false => None,
    }
}

fn refused_for_a_person<'c>(
    _: &FollowUpWords,
    seen: &FollowUpInput<'_, 'c>,
    cases: &[&'c Case],
) -> Option<Found<'c>> {
    let refused =
        seen.only_person && has_unrated_answer(seen) && cases.iter().all(|case| !is_later(case, seen));
    match refused {
        true => about(FollowUpKind::Refused, seen.case),
        false => None,
    }
}

fn about_cases<'c>(
    words: &FollowUpWords,
    seen: &FollowUpInput<'_, 'c>,
    cases: &[&'c Case],
) -> Option<Found<'c>> {
    cases.iter().enumerate().find_map(|(place, &case)| {
        let kind = about_case(words, seen, case, place == 0)?;
        about(kind, Some(case))
    })
}

/// A request to hurry: by its words, or by the words that opened the case once more. It is about the open
/// case that the citizen wrote about or heard of last.
fn chased<'c>(words: &FollowUpWords, seen: &FollowUpInput<'_, 'c>, cases: &[&'c Case]) -> Option<Found<'c>> {
    let is_open = |case: &Case| !case.state.is_over() && case.state != State::Answered;
    // Sent twice at once, the words are an addition.
    if seen.repeats
        && !seen.put_elsewhere
        && !is_close(words.minutes, seen.last_case_at, seen.written)
        && let Some(case) = seen.case.filter(|case| is_open(case))
    {
        return about(FollowUpKind::Chased, Some(case));
    }
    if !seen.saying.chases {
        return None;
    }
    if let Some(&open) = cases.iter().find(|case| is_open(case)) {
        return about(FollowUpKind::Chased, Some(open));
    }
    // A case that is answered tells how it stands; nobody can hurry.
    let answered = cases.iter().find(|case| case.state == State::Answered)?;
    about(FollowUpKind::Progress, Some(*answered))
}

/// The cases that the message may be about, the one that the citizen wrote about or heard of last first. Only
/// the named case, if the message names one.
fn latest_first<'c>(seen: &FollowUpInput<'_, 'c>) -> Vec<&'c Case> {
    let others = seen.others.iter().filter(|_| seen.named.is_none());
    let mut cases: Vec<&Case> = seen.case.into_iter().chain(others).collect();
    let last = |case: &Case| {
        let own = seen.case.is_some_and(|last| last.id == case.id);
        let written = seen.last_case_at.filter(|_| own);
        heard_at(case, seen.person).max(written)
    };
    cases.sort_by_key(|case| std::cmp::Reverse(last(case)));
    cases
}

/// Whether the citizen of this conversation wrote the message of this key.
fn is_here(conversation: &Conversation, key: &MessageKey) -> bool {
    *key.account() == conversation.account && *key.sender() == conversation.citizen
}

/// Whether the citizen of this conversation gets the answer to the case on its account.
fn is_answered_here(case: &Case, conversation: &Conversation) -> bool {
    let here = |key: &MessageKey| is_here(conversation, key);
    here(&case.key) || case.recipients().into_iter().any(here)
}

/// Whether a letter of the case goes to the person, on any account.
fn is_to(person: &Person, case: &Case, letter: &Letter) -> bool {
    case.addressee(letter).is_some_and(|to| person.wrote(to))
}

/// The last time an agent's letter about the case reached the citizen of this conversation, as far as is
/// known.
pub(crate) fn heard_here(case: &Case, conversation: &Conversation) -> Option<Timestamp> {
    let here = |letter: &Letter| case.addressee(letter).is_some_and(|to| is_here(conversation, to));
    last_heard(case, here)
}

/// The last time an agent's letter about the case reached the person, as far as is known.
fn heard_at(case: &Case, person: &Person) -> Option<Timestamp> {
    last_heard(case, |letter| is_to(person, case, letter))
}

/// The last time one of the agents' letters that `counts` reached its recipient, as far as is known.
fn last_heard(case: &Case, counts: impl Fn(&Letter) -> bool) -> Option<Timestamp> {
    let theirs = |letter: &&Letter| letter.kind.is_of_agent() && counts(letter);
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

/// Whether the person may have read the last question about the case, on any account.
fn was_asked(case: &Case, person: &Person) -> bool {
    let letters = case.handling.contact.letters.iter();
    let questions =
        letters.filter(|letter| letter.kind == LetterKind::Question && is_to(person, case, letter));
    let last = questions.clone().map(|letter| letter.posted).max();
    let mut last = questions.filter(|letter| Some(letter.posted) == last).peekable();
    last.peek().is_none() || last.any(|letter| !letter.status.is_unread())
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
    judged && answered.is_some_and(|answered| heard_at(case, seen.person) > Some(answered))
}

/// The rating of the case's answer in these words.
fn rating(words: &FollowUpWords, saying: &Saying, case: &Case) -> Option<FollowUpKind> {
    match case.state {
        State::Answered | State::Closed if saying.is_one_of(&words.unsolved) => Some(FollowUpKind::Unsolved),
        State::Answered if saying.is_one_of(&words.solved) => Some(FollowUpKind::Solved),
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
        let adds = is_meant(words, seen);
        let asks = case.state == State::Answered && (seen.only_person || adds);
        return rating(words, seen.saying, case).or_else(|| asks.then_some(FollowUpKind::Unsolved));
    }
    if case.state.is_over() {
        return None;
    }
    let last = seen.case.is_some_and(|last| last.id == case.id);
    let asked = case.state == State::AwaitingCitizen && was_asked(case, seen.person);
    // After days without a reply, a message that the engine can answer is a new matter.
    let late = case.handling.contact.unreplied && was_asked(case, seen.person);
    let replies = asked && (latest || last) || (asked || late) && nothing_answers(seen);
    // Without an answer that could be rated, "not solved" is about the open case.
    let impatient = latest && seen.saying.is_one_of(&words.unsolved) && !has_unrated_answer(seen);
    (is_meant(words, seen)
        || replies
        || impatient
        || (last && !seen.put_elsewhere && follows(words, seen, case)))
    .then_some(FollowUpKind::Added)
}

/// Whether the message names the case, or says that it adds to one.
fn is_meant(words: &FollowUpWords, seen: &FollowUpInput<'_, '_>) -> bool {
    let adds = |beginning: &String| seen.saying.whole().starts_with(beginning);
    seen.named.is_some() || words.add.iter().any(adds)
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

/// Whether a message closely follows the last one about the case, and does not surely ask something new. A
/// request for a person always follows: the case has one.
fn follows(words: &FollowUpWords, seen: &FollowUpInput<'_, '_>, case: &Case) -> bool {
    let closely = || is_close(words.minutes, seen.last_case_at, seen.written);
    // The matter of a case without a theme is unknown: what a rule recognises may be another one.
    let same_theme = || case.theme.is_some() && seen.decision.theme == case.theme;
    match &seen.decision.verdict {
        Verdict::Person {
            by: DecidedBy::HandOff,
            ..
        } => true,
        Verdict::Person {
            by: DecidedBy::Nobody,
            ..
        }
        | Verdict::Menu { .. } => closely(),
        Verdict::Person {
            by: DecidedBy::Rule(_),
            ..
        } => closely() && seen.repeats,
        Verdict::Rule { .. } | Verdict::Entry { chosen: false, .. } => {
            closely() && (!seen.asks_anew || same_theme() && !seen.exact)
        }
        _ => false,
    }
}

/// Whether a message that was written at `written` closely follows the last one about a case, at `last`.
pub(crate) fn is_close(minutes: u32, last: Option<Timestamp>, written: Timestamp) -> bool {
    let close = SignedDuration::from_mins(i64::from(minutes));
    last.is_some_and(|last| written.duration_since(last) <= close)
}

fn about_answer<'c>(
    words: &FollowUpWords,
    seen: &FollowUpInput<'_, 'c>,
    _: &[&'c Case],
) -> Option<Found<'c>> {
    seen.conversation.unrated_answer(seen.now)?;
    if seen.saying.is_one_of(&words.unsolved) {
        return about(FollowUpKind::Refused, seen.case);
    }
    match seen.saying.is_one_of(&words.solved) {
        true => about(FollowUpKind::Confirmed, seen.case),
        false => None,
    }
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
    fn the_order_in_design_is_the_order_of_the_steps() {
        let design = include_str!("../../DESIGN.md");
        let table = design.split("## What a short message means").nth(1).unwrap();
        let rows = table.lines().skip_while(|line| !line.starts_with("|---"));
        let rows = rows.skip(1).take_while(|line| line.starts_with('|'));
        let named: Vec<&str> = rows.map(|row| row.split('|').nth(1).unwrap().trim()).collect();
        let steps: Vec<&str> = ORDER.iter().map(|(name, _)| *name).collect();
        assert_eq!(named, steps);
    }

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
