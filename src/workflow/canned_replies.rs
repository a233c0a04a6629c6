//! The canned replies of a rulebook: found, filled, and recognised in answers.

use std::cmp::Reverse;

use aho_corasick::{AhoCorasick, MatchKind};
use jiff::Timestamp;
use jiff::civil::Date;

use super::answer::Answer;
use super::command_error::CommandError;
use super::config::DeskConfig;
use crate::case::{AnswerFacts, AnswerOrigin, Case};
use crate::message::{CannedReplyId, ThemeId};
use crate::reply::CannedReply;
use crate::text::{clean_line, fill, fold};

/// The fewest letters and digits of a passage that counts as stock text: 6. Shorter ones, for example
/// `请您放心`, stand in many answers that agents write themselves.
pub const STOCK_PASSAGE: usize = 6;

/// The most characters of a citizen's name in an answer.
const NAME_CHARS: usize = 40;

/// The most words of a search for canned replies that count: 20.
const MAX_WORDS: usize = 20;

/// The canned replies of one rulebook. The default has none.
#[derive(Clone, Debug, Default)]
pub struct CannedReplies {
    replies: Vec<Indexed>,
    /// Finds the passages of every text in a folded answer; `None` if there are none.
    passages: Option<AhoCorasick>,
}

/// A canned reply with the folded texts that a search compares.
#[derive(Clone, Debug)]
struct Indexed {
    reply: CannedReply,
    title: String,
    all: String,
}

/// The place of a canned reply among those that are offered at a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ThemeFit {
    Own,
    General,
    Other,
}

impl CannedReplies {
    /// Compiles canned replies.
    pub fn new(replies: impl IntoIterator<Item = CannedReply>) -> Self {
        let replies: Vec<Indexed> = replies.into_iter().map(Indexed::new).collect();
        let mut passages: Vec<String> = replies
            .iter()
            .flat_map(|indexed| passages(&indexed.reply.text))
            .collect();
        passages.sort_unstable();
        passages.dedup();
        let mut automaton = AhoCorasick::builder();
        let automaton = automaton.match_kind(MatchKind::LeftmostLongest).build(&passages);
        Self {
            replies,
            passages: automaton.ok().filter(|_| !passages.is_empty()),
        }
    }

    /// The canned reply with this id, in force or not.
    pub fn get(&self, id: &CannedReplyId) -> Option<&CannedReply> {
        let mut replies = self.replies.iter().map(|indexed| &indexed.reply);
        replies.find(|reply| reply.id == *id)
    }

    /// The canned replies in force on `today` that contain every one of `words`, in any order: those of the
    /// theme first, then those for every theme, then those of other themes. Of these, replies with more of
    /// the words in their title come first, then the lower id.
    ///
    /// Without words, the replies of other themes are left out. Words are separated by white space and
    /// compared as [`fold`] leaves them; only the first 20 count.
    pub(crate) fn find(&self, theme: Option<&ThemeId>, words: &str, today: Date) -> Vec<&CannedReply> {
        let words: Vec<String> = words
            .split_whitespace()
            .map(|word| fold(word).bare())
            .filter(|word| !word.is_empty())
            .take(MAX_WORDS)
            .collect();
        let in_force = self
            .replies
            .iter()
            .filter(|indexed| indexed.reply.valid.holds_on(today));
        let mut found: Vec<_> = in_force
            .filter(|indexed| words.iter().all(|word| indexed.all.contains(word)))
            .map(|indexed| {
                let in_title = words.iter().filter(|word| indexed.title.contains(*word)).count();
                (indexed.fit(theme), Reverse(in_title), &indexed.reply)
            })
            .filter(|(fit, ..)| !words.is_empty() || *fit < ThemeFit::Other)
            .collect();
        found.sort_by(|a, b| (a.0, a.1, &a.2.id).cmp(&(b.0, b.1, &b.2.id)));
        found.into_iter().map(|(_, _, reply)| reply).collect()
    }

    /// The percentage of the answer's letters and digits in passages of canned replies.
    pub(super) fn stock_percent(&self, answer: &str) -> u8 {
        let Some(automaton) = &self.passages else { return 0 };
        let bare = fold(answer).bare();
        let found: usize = automaton
            .find_iter(&bare)
            .filter_map(|found| bare.get(found.range()))
            .map(|passage| passage.chars().count())
            .sum();
        let percent = found * 100 / bare.chars().count().max(1);
        u8::try_from(percent).unwrap_or(100)
    }
}

impl Indexed {
    fn new(reply: CannedReply) -> Self {
        let title = fold(&reply.title).bare();
        let mut all = title.clone();
        // A word must not be found across two texts.
        for text in reply.words.iter().chain([&reply.text]) {
            all.push('\n');
            all.push_str(&fold(text).bare());
        }
        Self { reply, title, all }
    }

    fn fit(&self, theme: Option<&ThemeId>) -> ThemeFit {
        match &self.reply.theme {
            None => ThemeFit::General,
            Some(own) if Some(own) == theme => ThemeFit::Own,
            Some(_) => ThemeFit::Other,
        }
    }
}

/// The passages of a template between slots and punctuation, folded, that are long enough to count.
fn passages(template: &str) -> Vec<String> {
    let mut outside = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        outside.push_str(before);
        outside.push('\n');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    outside.push_str(rest);
    let folded = fold(&outside);
    let pieces = folded.as_str().split(|c: char| !c.is_alphanumeric());
    let long = pieces.filter(|piece| piece.chars().count() >= STOCK_PASSAGE);
    long.map(str::to_owned).collect()
}

/// The canned reply with the slots filled that the case has a value for. The others stay as they
/// are; a due time that is over is not told.
pub(crate) fn filled(reply: &CannedReply, case: &Case, config: &DeskConfig, now: Timestamp) -> String {
    let open = case.next_deadline().filter(|deadline| deadline.status.is_open());
    let due = open.and_then(|deadline| deadline.due.told(&config.letters.due_format, now));
    let name = case
        .sender_name
        .as_deref()
        .map(|name| clean_line(name, NAME_CHARS));
    let department = config.department_names.get(&case.department);
    let values = [
        ("case", Some(case.id.as_str())),
        ("department", department.map(String::as_str)),
        ("due", due.as_deref()),
        ("sender_name", name.as_deref().filter(|name| !name.is_empty())),
    ];
    let known: Vec<_> = values
        .into_iter()
        .filter_map(|(slot, value)| Some((slot, value?)))
        .collect();
    fill(&reply.text, &known)
}

/// The slots of a canned reply that a text still shows.
pub(crate) fn open_slots(reply: &CannedReply, text: &str) -> Vec<String> {
    let case_slots = crate::reply::CASE_SLOTS.iter().copied();
    let slots = reply.slots.iter().map(String::as_str).chain(case_slots);
    let written = |slot: &&str| {
        let slot = format!("{{{slot}}}");
        reply.text.contains(&slot) && text.contains(&slot)
    };
    slots.filter(written).map(str::to_owned).collect()
}

/// The measures of an answer. Refuses one from a canned reply that the rulebook does not have, or with a slot
/// of it that is not filled.
pub(super) fn facts(answer: &Answer, config: &DeskConfig) -> Result<AnswerFacts, CommandError> {
    if let AnswerOrigin::CannedReply { reply: id } = &answer.origin {
        let reply = config.canned_replies.get(id);
        let reply = reply.ok_or_else(|| CommandError::UnknownCannedReply(id.clone()))?;
        if let Some(slot) = open_slots(reply, &answer.text).into_iter().next() {
            return Err(CommandError::OpenSlot { slot });
        }
    }
    Ok(AnswerFacts::new(
        u32::try_from(answer.text.chars().count()).unwrap_or(u32::MAX),
        config.canned_replies.stock_percent(&answer.text),
        answer.origin.clone(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replies() -> CannedReplies {
        let text = "您好，您反映的问题我们已经收到，将于{date}前安排人员上门。谢谢！";
        let mut visit = CannedReply::new("visit", "上门维修", text);
        visit.slots = vec!["date".to_owned()];
        CannedReplies::new([visit])
    }

    #[test]
    fn the_share_of_stock_text_counts_letters_whatever_their_form_and_punctuation() {
        let replies = replies();
        assert_eq!(replies.stock_percent("您反映的問題,我們已經收到"), 100);
        assert_eq!(replies.stock_percent("您好"), 0);
        assert_eq!(replies.stock_percent(""), 0);
        // 13 of 13 + 13 characters.
        let half = "您反映的问题我们已经收到了，明天上午十点电工老王到";
        assert!((40..60).contains(&replies.stock_percent(half)));
        assert_eq!(
            CannedReplies::default().stock_percent("您反映的问题我们已经收到"),
            0
        );
    }

    #[test]
    fn passages_end_at_slots_and_punctuation() {
        let text = "您反映的问题已收悉，{date}前安排人员上门，请留意。电话:{phone";
        assert_eq!(passages(text), ["您反映的问题已收悉", "前安排人员上门"]);
    }
}
