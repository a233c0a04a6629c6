//! The words of a text as the dictionary reads them, and whether a word that was looked for is one of them.

use std::cell::OnceCell;
use std::ops::Range;

use super::count;
use super::tokens::{JIEBA, is_ideograph};

/// The natural logarithm of the sum of all frequencies in the dictionary.
const LN_TOTAL: f64 = 17.911_553;

/// A hit whose first character belongs to the word before it is none, if the text is likelier by this factor
/// (as a natural logarithm) than with a word boundary there.
const LIKELIER_AT_START: f64 = 3.5;

/// The same for a hit whose last character belongs to the word after it. Words are continued more often than
/// they are begun by another one.
const LIKELIER_AT_END: f64 = 5.0;

/// The words of a folded text.
///
/// Words of the dictionary that overlap form a group; between groups lies a word boundary in every reading.
/// A group is read when it is first asked about: its most frequent words without gaps or overlaps.
#[derive(Debug)]
pub(crate) struct Segments<'t> {
    text: &'t str,
    /// The words of the dictionary in the text, as ranges of bytes, in the order of their starts.
    words: Vec<Range<usize>>,
    groups: Vec<Group>,
}

/// Overlapping words of the dictionary.
#[derive(Debug)]
struct Group {
    /// The bytes that they cover.
    bytes: Range<usize>,
    /// Their places in the list of words.
    words: Range<usize>,
    reading: OnceCell<Reading>,
}

/// The likeliest reading of a group. Likelihoods are natural logarithms.
#[derive(Debug, Default)]
struct Reading {
    /// The start of each character, and the end of the last one.
    places: Vec<usize>,
    /// The likelihood of everything before each place.
    before: Vec<f64>,
    /// The likelihood of everything after each place.
    after: Vec<f64>,
    words: Vec<Range<usize>>,
}

/// Which hits count if it is unclear whether they are words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InDoubt {
    /// All, unless another word begins or ends within a word of the hit.
    Keep,
    /// Not those that consist of the end of one word and the beginning of another.
    Drop,
}

impl<'t> Segments<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        count(text.len());
        let mut words: Vec<Range<usize>> = Vec::new();
        let mut groups: Vec<Group> = Vec::new();
        for token in JIEBA.cut_all(text) {
            let single = token.word.chars().nth(1).is_none();
            if single || !token.word.chars().all(is_ideograph) {
                continue;
            }
            let place = words.len();
            match groups.last_mut() {
                Some(group) if token.byte_start < group.bytes.end => {
                    group.bytes.end = group.bytes.end.max(token.byte_end);
                    group.words.end = place + 1;
                }
                _ => groups.push(Group {
                    bytes: token.byte_start..token.byte_end,
                    words: place..place + 1,
                    reading: OnceCell::new(),
                }),
            }
            words.push(token.byte_start..token.byte_end);
        }
        Self { text, words, groups }
    }

    /// The word that begins or ends within the hit at `hit`, so that the hit is not a word of this text.
    /// `None` if it is one, or may be one.
    ///
    /// `own` are the segments of the hit's keyword. Another word that begins or ends between two of them only
    /// adds to them. One that contains the whole hit does so too.
    pub(crate) fn other_word(
        &self,
        hit: &Range<usize>,
        own: &Segments<'_>,
        doubt: InDoubt,
    ) -> Option<&'t str> {
        let before = self.word_across(hit.start).filter(|(_, word)| word.end < hit.end);
        let after = self
            .word_across(hit.end)
            .filter(|(_, word)| word.start > hit.start);
        if before.is_none() && after.is_none() {
            return None;
        }
        let likelier = self.likelier(hit);
        let cuts = |place: usize| own.word_across(place - hit.start).is_some();
        let is_part = doubt == InDoubt::Drop && before.is_some() && after.is_some();
        let before = before.filter(|(_, word)| is_part || cuts(word.end));
        let before = before.filter(|_| likelier > LIKELIER_AT_START);
        let after = after.filter(|(_, word)| cuts(word.start) && likelier > LIKELIER_AT_END);
        let (_, word) = before.or(after)?;
        self.text.get(word.clone())
    }

    /// The group and the word of its reading that lie across this place.
    fn word_across(&self, place: usize) -> Option<(&Group, &Range<usize>)> {
        let group = self.group_across(place)?;
        let words = &self.reading(group).words;
        let word = words.get(words.partition_point(|word| word.end <= place))?;
        (word.start < place).then_some((group, word))
    }

    fn group_across(&self, place: usize) -> Option<&Group> {
        let groups = &self.groups;
        let group = groups.get(groups.partition_point(|group| group.bytes.end <= place))?;
        (group.bytes.start < place).then_some(group)
    }

    /// By how much the text is likelier than with word boundaries at both ends of the hit, as a natural
    /// logarithm.
    fn likelier(&self, hit: &Range<usize>) -> f64 {
        let (first, last) = (self.group_across(hit.start), self.group_across(hit.end));
        match (first, last) {
            (Some(first), Some(last)) if first.bytes == last.bytes => {
                let reading = self.reading(first);
                let (start, end) = (reading.at(hit.start), reading.at(hit.end));
                let until = |place: usize| self.words.partition_point(|word| word.start < place);
                let within = self.words.get(until(hit.start)..until(hit.end));
                let within = within
                    .unwrap_or_default()
                    .iter()
                    .filter(|word| word.end <= hit.end);
                let alone = read_forward(self.text, reading.places.get(start..=end), within);
                let alone = alone.last().copied().unwrap_or_default();
                reading.best() - (reading.before(start) + alone + reading.after(end))
            }
            _ => self.cost(first, hit.start) + self.cost(last, hit.end),
        }
    }

    /// By how much the group is likelier than with a word boundary at `place`.
    fn cost(&self, group: Option<&Group>, place: usize) -> f64 {
        group.map_or(0.0, |group| {
            let reading = self.reading(group);
            let at = reading.at(place);
            reading.best() - (reading.before(at) + reading.after(at))
        })
    }

    fn words_of(&self, group: &Group) -> impl DoubleEndedIterator<Item = &Range<usize>> {
        self.words.get(group.words.clone()).unwrap_or_default().iter()
    }

    fn reading<'s>(&'s self, group: &'s Group) -> &'s Reading {
        group.reading.get_or_init(|| {
            let text = self.text.get(group.bytes.clone()).unwrap_or_default();
            count(text.len());
            let mut places: Vec<usize> = text
                .char_indices()
                .map(|(at, _)| group.bytes.start + at)
                .collect();
            places.push(group.bytes.end);
            let before = read_forward(self.text, Some(&places), self.words_of(group));
            let (after, words) = read_backward(self.text, &places, self.words_of(group));
            Reading {
                places,
                before,
                after,
                words,
            }
        })
    }
}

impl Reading {
    /// The number of the character that starts at this byte.
    fn at(&self, byte: usize) -> usize {
        self.places.partition_point(|place| *place < byte)
    }

    fn before(&self, place: usize) -> f64 {
        self.before.get(place).copied().unwrap_or_default()
    }

    fn after(&self, place: usize) -> f64 {
        self.after.get(place).copied().unwrap_or_default()
    }

    fn best(&self) -> f64 {
        self.after(0)
    }
}

/// For each place, the likelihood of the characters before it, read as single characters or as these words.
/// The words are ordered by their starts.
fn read_forward<'w>(
    text: &str,
    places: Option<&[usize]>,
    words: impl Iterator<Item = &'w Range<usize>>,
) -> Vec<f64> {
    let places = places.unwrap_or_default();
    let mut best = vec![f64::NEG_INFINITY; places.len()];
    if let Some(first) = best.first_mut() {
        *first = 0.0;
    }
    let mut words = words.peekable();
    for (n, pair) in places.windows(2).enumerate() {
        let &[start, end] = pair else { continue };
        let here = best.get(n).copied().unwrap_or_default();
        let mut raise = |to: usize, value: f64| {
            if let Some(known) = best.get_mut(to) {
                *known = known.max(value);
            }
        };
        raise(n + 1, here + likelihood(text, &(start..end)));
        while let Some(word) = words.next_if(|word| word.start <= start) {
            let to = places.partition_point(|place| *place < word.end);
            if word.start == start {
                raise(to, here + likelihood(text, word));
            }
        }
    }
    best
}

/// For each place, the likelihood of the characters after it, and the words of the likeliest reading.
fn read_backward<'w>(
    text: &str,
    places: &[usize],
    words: impl DoubleEndedIterator<Item = &'w Range<usize>>,
) -> (Vec<f64>, Vec<Range<usize>>) {
    let mut best = vec![0.0; places.len()];
    let mut next = vec![0; places.len()];
    let mut words = words.rev().peekable();
    for (n, pair) in places.windows(2).enumerate().rev() {
        let &[start, end] = pair else { continue };
        let rest = |to: usize| best.get(to).copied().unwrap_or_default();
        let mut here = (rest(n + 1) + likelihood(text, &(start..end)), n + 1);
        while let Some(word) = words.next_if(|word| word.start >= start) {
            let to = places.partition_point(|place| *place < word.end);
            let value = rest(to) + likelihood(text, word);
            if value > here.0 || (value == here.0 && to > here.1) {
                here = (value, to);
            }
        }
        if let (Some(value), Some(to)) = (best.get_mut(n), next.get_mut(n)) {
            (*value, *to) = here;
        }
    }
    let mut read = Vec::new();
    let mut n = 0;
    while let (Some(&start), Some(&to)) = (places.get(n), next.get(n)) {
        let Some(&end) = places.get(to).filter(|_| to > n) else {
            break;
        };
        read.push(start..end);
        n = to;
    }
    (best, read)
}

/// The likelihood of a word by its frequency. The dictionary tells it only as the frequency that would keep
/// the word together, which is at most one higher.
fn likelihood(text: &str, word: &Range<usize>) -> f64 {
    let word = text.get(word.clone()).unwrap_or_default();
    (JIEBA.suggest_freq(word) as f64).ln() - LN_TOTAL
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let segments = Segments::of(text);
        let groups = segments.groups.iter();
        let words = groups.flat_map(|group| segments.reading(group).words.clone());
        words.map(|word| text.get(word).unwrap()).collect()
    }

    fn other<'t>(text: &'t str, keyword: &str, doubt: InDoubt) -> Option<&'t str> {
        let start = text.find(keyword).unwrap();
        Segments::of(text).other_word(&(start..start + keyword.len()), &Segments::of(keyword), doubt)
    }

    #[test]
    fn a_group_is_read_as_its_likeliest_words() {
        assert_eq!(words("医保定点药店"), ["医保", "定点", "药店"]);
        assert_eq!(words("abc,生活 12"), ["生活"]);
        assert_eq!(words(""), [""; 0]);
    }

    #[test]
    fn a_hit_that_cuts_a_word_is_part_of_another_one() {
        for (text, keyword, word) in [
            ("医保定点药店", "保定", "医保"),
            ("小区集体罚站", "体罚", "集体"),
            ("想轻生产怎么登记", "想轻生", "生产"),
            ("关注销量", "注销", "关注"),
        ] {
            assert_eq!(other(text, keyword, InDoubt::Keep), Some(word), "{text}");
        }
        assert_eq!(other("乱砍人民币", "砍人", InDoubt::Drop), Some("乱砍"));
    }

    #[test]
    fn a_word_that_adds_to_the_hit_or_contains_it_leaves_it_a_word() {
        for (text, keyword) in [
            ("赶快救人", "快救人"),
            ("工人被砍伤", "人被砍"),
            ("楼里冒浓烟滚滚", "楼里冒浓烟"),
            ("想跳楼自杀", "想跳楼"),
            ("正在打我们", "正在打我"),
            ("河南省", "河南"),
            ("还有人跳楼", "有人跳楼"),
            ("着火了", "着火"),
        ] {
            assert_eq!(other(text, keyword, InDoubt::Keep), None, "{text}");
        }
        assert_eq!(other("乱砍人民币", "砍人", InDoubt::Keep), None);
    }
}
