//! The scan: one pass of an Aho-Corasick automaton over a folded text, character by character.

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, BuildError, MatchKind};
use rustc_hash::FxHashSet;

use super::alphabet::{Alphabet, Code};
use crate::text::is_whole_word;

/// The number of hits collected before repeated ones are removed.
const REPEATS: usize = 256;

/// Finds many keywords in one pass.
///
/// The scanner reads the codes of an [`Alphabet`] instead of UTF-8, which takes fewer steps per character and
/// none for a character that no keyword uses. While only one character is pending, it enters the automaton
/// only if some keyword may begin with this character and the next four. The cost of a message therefore
/// hardly depends on the number of keywords.
#[derive(Debug)]
pub(super) struct Scanner {
    alphabet: Alphabet,
    beginnings: Beginnings,
    automaton: NFA,
    start: StateID,
    /// The length of each keyword in bytes of folded text.
    lengths: Vec<u32>,
}

/// The first occurrence of a keyword in the folded text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) pattern: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Scanner {
    pub(super) fn new<'a>(keywords: impl Iterator<Item = &'a str> + Clone) -> Result<Self, BuildError> {
        let mut alphabet = Alphabet::new(keywords.clone());
        let automaton = NFA::builder()
            .match_kind(MatchKind::Standard)
            .prefilter(false)
            .build(keywords.clone().map(|keyword| alphabet.encode(keyword)))?;
        // A start state is missing only in automata for anchored searches.
        let start = automaton.start_state(Anchored::No).unwrap_or_default();
        alphabet.set_first(|code| step(&automaton, start, code));
        Ok(Self {
            beginnings: Beginnings::new(keywords.clone(), &alphabet),
            alphabet,
            automaton,
            start,
            lengths: keywords.map(|keyword| keyword.len() as u32).collect(),
        })
    }

    /// Returns the first occurrence of each keyword that `text` contains as whole words. They are sorted by
    /// their ends, and the longer come first.
    pub(super) fn scan(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        let mut limit = REPEATS;
        let mut state = self.start;
        let mut chars = text.char_indices();
        let letter = |c: Option<(usize, char)>| c.map(|(_, c)| self.alphabet.letter(c)).unwrap_or_default();
        let mut ahead = chars.clone();
        let mut next = letter(ahead.next());
        while chars.next().is_some() {
            let this = next;
            next = letter(ahead.next());
            if this.code.is_none() {
                state = self.start;
                continue;
            }
            state = if state == self.start {
                this.first
            } else {
                step(&self.automaton, state, this.code)
            };
            if self.automaton.is_special(state) && self.automaton.is_match(state) {
                self.gather(text, state, chars.offset(), &mut found);
                if found.len() > limit {
                    first_places(&mut found);
                    limit = found.len() * 2 + REPEATS;
                }
            }
            if state == this.first {
                let more = ahead.clone().map(|c| letter(Some(c)).code);
                if !self.beginnings.allow(this.code, next.code, more) {
                    state = self.start;
                }
            }
        }
        first_places(&mut found);
        found
    }

    fn gather(&self, text: &str, state: StateID, end: usize, found: &mut Vec<Found>) {
        for n in 0..self.automaton.match_len(state) {
            let pattern = self.automaton.match_pattern(state, n).as_usize();
            let length = self.lengths.get(pattern).map_or(0, |&length| length as usize);
            let Some(start) = end.checked_sub(length) else {
                continue;
            };
            if is_whole_word(text, start, end) {
                found.push(Found { pattern, start, end });
            }
        }
    }
}

#[inline]
fn step(automaton: &NFA, mut state: StateID, mut code: Code) -> StateID {
    while !code.is_none() {
        let (byte, rest) = code.split();
        state = automaton.next_state(Anchored::No, state, byte);
        code = rest;
    }
    state
}

/// The first two to five characters of all keywords, as Bloom filters. A lookup never misses the beginning of
/// a keyword, and seldom reports one that is none.
#[derive(Debug, Default)]
struct Beginnings {
    /// The beginnings of two characters, three, and so on. A keyword that is shorter is entered with an empty
    /// code after its last character.
    by: [Bits; Self::CHARS - 1],
    /// Whether a keyword ends at this length.
    ends: [bool; Self::CHARS - 1],
    /// The complete beginnings again, under other bits: entering the automaton in vain costs more than a
    /// second lookup.
    sure: Bits,
}

impl Beginnings {
    /// The number of characters that a lookup reads. Each more costs a lookup; with five, few false
    /// beginnings are left.
    const CHARS: usize = 5;

    fn new<'a>(keywords: impl Iterator<Item = &'a str>, alphabet: &Alphabet) -> Self {
        let mut sets = [(); Self::CHARS - 1].map(|()| FxHashSet::default());
        let mut sure = FxHashSet::default();
        let mut beginnings = Self::default();
        for keyword in keywords {
            let mut codes = keyword.chars().map(|c| alphabet.letter(c).code);
            let mut key = longer(0, codes.next().unwrap_or_default());
            for (set, ends) in sets.iter_mut().zip(&mut beginnings.ends) {
                let code = codes.next();
                key = longer(key, code.unwrap_or_default());
                set.insert(key);
                if code.is_none() {
                    *ends = true;
                    break;
                }
            }
            sure.insert(other(key));
        }
        beginnings.by = sets.map(|keys| Bits::new(&keys));
        beginnings.sure = Bits::new(&sure);
        beginnings
    }

    /// Whether a keyword may begin with `one`, `two` and `more`, of which at most `CHARS` are read.
    #[inline]
    fn allow(&self, one: Code, two: Code, mut more: impl Iterator<Item = Code>) -> bool {
        let mut key = longer(0, one);
        let mut code = two;
        for (bits, &ends) in self.by.iter().zip(&self.ends) {
            if ends {
                let whole = longer(key, Code::default());
                if bits.has(whole) && self.sure.has(other(whole)) {
                    return true;
                }
            }
            key = longer(key, code);
            if !bits.has(key) {
                return false;
            }
            code = more.next().unwrap_or_default();
        }
        self.sure.has(other(key))
    }
}

/// The hash of a beginning extended by one character.
#[inline]
fn longer(key: u64, code: Code) -> u64 {
    (key.rotate_left(29) ^ u64::from(code.0)).wrapping_mul(MIX)
}

/// The same hash with its halves exchanged, for the second lookup.
#[inline]
fn other(key: u64) -> u64 {
    key.rotate_left(32)
}

/// An odd constant with well-mixed bits. Multiplication by it moves the entropy of a hash into the upper
/// bits.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

/// A blocked Bloom filter: all bits of one hash are in the same word, so that a lookup reads one place in
/// memory.
#[derive(Debug, Default)]
struct Bits {
    words: Box<[u64]>,
    /// The right shift of a hash that leaves the index of a word.
    shift: u32,
}

impl Bits {
    /// The minimum number of bits per entry. With three bits set for each entry, about one lookup in thirty
    /// is a false positive. More bits would be more exact, but would no longer fit into the processor's
    /// cache.
    const EACH: usize = 8;

    fn new(keys: &FxHashSet<u64>) -> Self {
        let words = (keys.len() * Self::EACH / 64).next_power_of_two().max(2);
        let mut set = Self {
            words: vec![0; words].into_boxed_slice(),
            shift: u64::BITS - words.ilog2(),
        };
        for &key in keys {
            let (word, bits) = set.place(key);
            if let Some(word) = set.words.get_mut(word) {
                *word |= bits;
            }
        }
        set
    }

    #[inline]
    fn has(&self, key: u64) -> bool {
        let (word, bits) = self.place(key);
        self.words.get(word).is_some_and(|word| word & bits == bits)
    }

    /// The index of the word, from the upper bits of the hash, and the bits in it, from lower ones.
    #[inline]
    fn place(&self, key: u64) -> (usize, u64) {
        let hash = key.wrapping_mul(MIX);
        let bit = |from: u32| 1 << ((hash >> from) & 63);
        ((hash >> self.shift) as usize, bit(20) | bit(26) | bit(32))
    }
}

/// Keeps only the first occurrence of each keyword.
fn first_places(found: &mut Vec<Found>) {
    if found.len() > 1 {
        found.sort_unstable_by_key(|hit| (hit.pattern, hit.end));
        found.dedup_by_key(|hit| hit.pattern);
        found.sort_unstable_by_key(|hit| (hit.end, hit.start));
    }
}
