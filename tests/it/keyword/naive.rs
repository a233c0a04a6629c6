//! Keyword matching by definition: every condition is read from the rule and looked for in the text, one by
//! one.
//!
//! The matcher's fuzz target includes this file too.

use civic_reply::keyword::{Fired, MatchContext, MatchState};
use civic_reply::reply::{Hit, Span};
use civic_reply::rulebook::{ConversationCondition, Hours, Near, Rule};
use civic_reply::text::{Folded, fold};

/// The rules that must fire on a message, as the index reports them, without captures. `find` gives the
/// first match of a pattern.
pub(crate) fn fired(
    rules: &[Rule],
    synonyms: &[Vec<String>],
    rule_chars: usize,
    folded: &Folded<'_>,
    door: MatchContext<'_>,
    find: &dyn Fn(&str, &str) -> Option<Range>,
) -> Vec<Fired> {
    let spelt: Vec<Rule> = rules.iter().map(|rule| spell_out(rule, synonyms)).collect();
    let rules = spelt.as_slice();
    let holding = rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| holds(rule, rule_chars, folded, door));
    let patterns = holding.filter_map(|(n, rule)| match &rule.when.regex {
        None => Some((n, rule, None)),
        Some(pattern) => Some((n, rule, Some(find(pattern, folded.as_str())?))),
    });
    patterns
        .map(|(n, rule, matched)| fire(n, rule, folded, matched))
        .collect()
}

/// The rule with every synonym spelling of its words written out.
fn spell_out(rule: &Rule, synonyms: &[Vec<String>]) -> Rule {
    let mut rule = rule.clone();
    let when = &mut rule.when;
    let near = when
        .near
        .iter_mut()
        .flat_map(|near| [&mut near.one, &mut near.other]);
    let lists = [&mut when.exact, &mut when.any, &mut when.none];
    for words in lists.into_iter().chain(&mut when.all).chain(near) {
        *words = words.iter().flat_map(|word| spellings(word, synonyms)).collect();
    }
    rule
}

/// Whether the keywords have few enough spellings for the index to search for all of them.
pub(crate) fn can_spell_out(rules: &[Rule], synonyms: &[Vec<String>]) -> bool {
    let few = |word: &String| spellings(word, synonyms).len() <= 64;
    rules.iter().all(|rule| {
        let when = &rule.when;
        let near = when.near.iter().flat_map(|near| [&near.one, &near.other]);
        let lists = [&when.exact, &when.any, &when.none].into_iter().chain(&when.all);
        lists.chain(near).flatten().all(few)
    })
}

/// Every spelling of the word with members of the synonym groups exchanged, once for each way to reach it.
fn spellings(word: &str, synonyms: &[Vec<String>]) -> Vec<String> {
    let groups: Vec<Vec<String>> = synonyms
        .iter()
        .map(|group| group.iter().map(|word| fold(word).as_str().to_owned()).collect())
        .collect();
    let word = fold(word).as_str().to_owned();
    // The spellings of the rest of the word from each position, computed from the end.
    let mut rests: Vec<Vec<String>> = vec![Vec::new(); word.len() + 1];
    rests[word.len()] = vec![String::new()];
    let places: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
    for at in places.into_iter().rev() {
        rests[at] = rest_spelt(&word, at, &groups, &rests);
    }
    rests.swap_remove(0)
}

/// One more than the index searches for; collecting all of them could exhaust the memory.
const TOO_MANY: usize = 65;

/// The spellings of `word` from byte `at` on, given those of every later position; at most `TOO_MANY`.
fn rest_spelt(word: &str, at: usize, groups: &[Vec<String>], rests: &[Vec<String>]) -> Vec<String> {
    let (before, rest) = word.split_at(at);
    let Some(first) = rest.chars().next() else {
        return vec![String::new()];
    };
    let after =
        |head: String, length: usize| rests[at + length].iter().map(move |rest| format!("{head}{rest}"));
    let mut all: Vec<String> = after(first.to_string(), first.len_utf8()).collect();
    for group in groups {
        for old in group
            .iter()
            .filter(|old| !old.is_empty() && rest.starts_with(old.as_str()))
        {
            // A synonym that already covers the position would be written twice.
            let around = |new: &&String| {
                (0..=before.len()).any(|start| {
                    start + new.len() >= at + old.len()
                        && word
                            .get(start..)
                            .is_some_and(|text| text.starts_with(new.as_str()))
                })
            };
            for new in group.iter().filter(|new| !new.is_empty() && !around(new)) {
                all.extend(after(new.clone(), old.len()));
                all.truncate(TOO_MANY);
            }
        }
    }
    all
}

fn holds(rule: &Rule, rule_chars: usize, folded: &Folded<'_>, door: MatchContext<'_>) -> bool {
    let when = &rule.when;
    let has = |keyword: &String| first_place(folded.as_str(), fold(keyword).as_str()).is_some();
    let valid = &rule.valid;
    valid.from.is_none_or(|from| from <= door.today)
        && valid.until.is_none_or(|until| door.today <= until)
        && (rule.accounts.is_empty() || rule.accounts.contains(door.account))
        && folded.as_str().chars().count() <= when.max_chars.unwrap_or(rule_chars)
        && (when.exact.is_empty() || when.exact.iter().any(|word| fold(word).bare() == folded.bare()))
        && (when.any.is_empty() || when.any.iter().any(has))
        && when.all.iter().all(|group| group.iter().any(has))
        && when
            .near
            .as_ref()
            .is_none_or(|near| pair(near, folded.as_str()).is_some())
        && opens(when.hours.as_ref(), door.state)
        && stands(&when.talk, door.state)
        && !when.none.iter().any(has)
}

fn fire(n: usize, rule: &Rule, folded: &Folded<'_>, matched: Option<Range>) -> Fired {
    let text = folded.as_str();
    let mut covered = vec![false; text.len()];
    let mut hits = Vec::new();
    for keyword in rule.when.any.iter().chain(rule.when.all.iter().flatten()) {
        let keyword = fold(keyword).as_str().to_owned();
        if let Some(start) = first_place(text, &keyword) {
            covered[start..start + keyword.len()].fill(true);
            let span = original(folded, start, start + keyword.len());
            hits.push(Hit { keyword, span });
        }
    }
    let near = rule.when.near.as_ref().and_then(|near| pair(near, text));
    let pair = near.into_iter().flat_map(|(one, other)| [one, other]);
    for (start, end) in pair.chain(matched).filter(|(start, end)| start < end) {
        covered[start..end].fill(true);
        let span = original(folded, start, end);
        let keyword = text[start..end].to_owned();
        hits.push(Hit { keyword, span });
    }
    if !rule.when.exact.is_empty() {
        covered.fill(true);
        let span = Span {
            start: 0,
            end: folded.original().len(),
        };
        hits = vec![Hit {
            keyword: text.to_owned(),
            span,
        }];
    }
    hits.sort_by_key(|hit| (hit.span, hit.keyword.clone()));
    hits.dedup();
    Fired {
        rule: n,
        hits,
        specificity: text.char_indices().filter(|&(at, _)| covered[at]).count(),
        captures: Vec::new(),
    }
}

fn opens(hours: Option<&Hours>, state: MatchState) -> bool {
    match (hours, state.working, state.minute) {
        (None, ..) => true,
        (Some(Hours::Working), working, _) => working == Some(true),
        (Some(Hours::Outside), working, _) => working == Some(false),
        (Some(Hours::Spans(_)), _, None) => false,
        (Some(Hours::Spans(spans)), _, Some(minute)) => spans
            .iter()
            .any(|span| span.start() <= minute && minute < span.end()),
    }
}

fn stands(talk: &ConversationCondition, state: MatchState) -> bool {
    let first = match (talk.first_today, state.first_today) {
        (None, _) => true,
        (Some(wanted), Some(is)) => wanted == is,
        (Some(_), None) => false,
    };
    first
        && talk.menu_open.unwrap_or(state.menu_open) == state.menu_open
        && talk.misses.unwrap_or(0) <= state.misses
}

/// A range of the folded text, in bytes.
type Range = (usize, usize);

/// The pair that satisfies `near`: every word of one group is tried with every word of the other.
fn pair(near: &Near, text: &str) -> Option<(Range, Range)> {
    let places = |words: &[String]| -> Vec<Range> {
        let words = words.iter().map(|word| fold(word).as_str().to_owned());
        words.flat_map(|word| places(text, &word)).collect()
    };
    let (ones, others) = (places(&near.one), places(&near.other));
    let pairs = ones
        .iter()
        .flat_map(|&one| others.iter().map(move |&other| (one, other)));
    let gaps = pairs.filter_map(|(one, other)| {
        let between = match (one.1 <= other.0, other.1 <= one.0) {
            (true, _) => &text[one.1..other.0],
            (_, true) => &text[other.1..one.0],
            _ => return None,
        };
        Some((between.chars().count(), one, other))
    });
    let (_, one, other) = gaps.filter(|(gap, ..)| *gap <= near.within).min()?;
    Some((one, other))
}

/// Every position of a keyword that [`first_place`] accepts.
fn places(text: &str, keyword: &str) -> Vec<Range> {
    let starts = text.char_indices().map(|(at, _)| at);
    let places = starts.filter(|&at| place_at(text, keyword, at));
    places.map(|at| (at, at + keyword.len())).collect()
}

/// The first position of a keyword that cuts no Latin word or number in two.
fn first_place(text: &str, keyword: &str) -> Option<usize> {
    text.char_indices()
        .map(|(at, _)| at)
        .find(|&at| place_at(text, keyword, at))
}

fn place_at(text: &str, keyword: &str, at: usize) -> bool {
    let cut = |left: Option<char>, right: Option<char>| match (left, right) {
        (Some(left), Some(right)) => {
            left.is_ascii_alphabetic() && right.is_ascii_alphabetic()
                || left.is_ascii_digit() && right.is_ascii_digit()
        }
        _ => false,
    };
    let (before, rest) = text.split_at(at);
    rest.strip_prefix(keyword).is_some_and(|after| {
        !cut(before.chars().next_back(), keyword.chars().next())
            && !cut(keyword.chars().next_back(), after.chars().next())
    })
}

/// The original span of the folded bytes `start..end`: a prefix of the original that ends before them folds
/// to less, and one that ends with them to enough.
fn original(folded: &Folded<'_>, start: usize, end: usize) -> Span {
    let text = folded.original();
    let reach = |wanted: usize| {
        let prefix = |at: usize| fold(&text[..at]).as_str().len();
        text.char_indices()
            .map(|(at, c)| (at, at + c.len_utf8()))
            .find(|&(_, after)| prefix(after) >= wanted)
    };
    Span {
        start: reach(start + 1).map_or(text.len(), |(from, _)| from),
        end: reach(end).map_or(text.len(), |(_, to)| to),
    }
}
