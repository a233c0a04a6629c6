//! The scan: one pass of an Aho-Corasick automaton over a folded text, character by character.

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, BuildError, MatchKind};
use rustc_hash::FxHashSet;

use super::alphabet::{Alphabet, Code};

/// How many first places are gathered before repeated ones are thrown out.
const REPEATS: usize = 256;

/// Finds many keywords at once.
///
/// It works on the codes of a small alphabet instead of UTF-8: fewer steps a character, and a character that no keyword
/// has needs none. Where nothing but one character is pending, it and the two after it need none either unless a keyword begins
/// like that: so what a message costs depends little on how many keywords there are.
#[derive(Debug)]
pub(super) struct Scanner {
    alphabet: Alphabet,
    beginnings: Beginnings,
    automaton: NFA,
    start: StateID,
    /// The length of each keyword in bytes of folded text.
    lengths: Vec<u32>,
}

/// The first place where a keyword stands in the folded text.
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
        // Only automata for anchored searches refuse a start.
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

    /// The first place of each keyword that stands in `text` as whole words, in the order of their ends, the longer
    /// first.
    pub(super) fn scan(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        let mut limit = REPEATS;
        let mut state = self.start;
        let mut chars = text.char_indices();
        let letter = |c: Option<(usize, char)>| c.map(|(_, c)| self.alphabet.letter(c)).unwrap_or_default();
        let mut ahead = chars.clone();
        let mut next = letter(ahead.next());
        let mut after = letter(ahead.next());
        while chars.next().is_some() {
            let this = next;
            next = after;
            after = letter(ahead.next());
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
            if state == this.first && !self.beginnings.allow(this.code, next.code, after.code) {
                state = self.start;
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
            if whole_word(text, start, end) {
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

/// With which two and three characters keywords begin: never denied where they do, seldom allowed where they don't.
#[derive(Debug)]
struct Beginnings {
    pairs: Bits,
    /// By three characters; a keyword of two is entered with none for the third.
    triples: Bits,
    /// Whether any keyword has just two characters.
    short: bool,
}

impl Beginnings {
    fn new<'a>(keywords: impl Iterator<Item = &'a str> + Clone, alphabet: &Alphabet) -> Self {
        let (mut pairs, mut triples) = (FxHashSet::default(), FxHashSet::default());
        let mut short = false;
        for keyword in keywords {
            let mut codes = keyword.chars().map(|c| alphabet.letter(c).code);
            // A keyword of one character is found before beginnings are asked for.
            if let (Some(one), Some(two)) = (codes.next(), codes.next()) {
                let three = codes.next();
                pairs.insert(pair(one, two));
                triples.insert(triple(one, two, three.unwrap_or_default()));
                short |= three.is_none();
            }
        }
        Self {
            pairs: Bits::new(&pairs),
            triples: Bits::new(&triples),
            short,
        }
    }

    #[inline]
    fn allow(&self, one: Code, two: Code, three: Code) -> bool {
        self.pairs.has(pair(one, two))
            && (self.triples.has(triple(one, two, three))
                || (self.short && self.triples.has(triple(one, two, Code::default()))))
    }
}

#[inline]
fn pair(one: Code, two: Code) -> u64 {
    u64::from(one.0) << 32 | u64::from(two.0)
}

#[inline]
fn triple(one: Code, two: Code, three: Code) -> u64 {
    (pair(one, two).wrapping_mul(MIX).rotate_left(29) ^ u64::from(three.0)).wrapping_mul(MIX)
}

/// An odd number with well mixed bits: multiplying by it leaves a hash in the upper bits.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

/// A set of hashes that may answer yes without need.
#[derive(Debug)]
struct Bits {
    words: Box<[u64]>,
    /// How far a hash is shifted to leave the number of a bit.
    shift: u32,
}

impl Bits {
    /// Bits an entry, at least: about one question in as many is answered yes without need. More would be right more often,
    /// and would push each other out of the processor's nearest memory.
    const EACH: usize = 8;

    fn new(keys: &FxHashSet<u64>) -> Self {
        let bits = (keys.len() * Self::EACH).next_power_of_two().max(64);
        let mut set = Self {
            words: vec![0; bits / 64].into_boxed_slice(),
            shift: u64::BITS - bits.ilog2(),
        };
        for &key in keys {
            let (word, bit) = set.place(key);
            if let Some(word) = set.words.get_mut(word) {
                *word |= bit;
            }
        }
        set
    }

    #[inline]
    fn has(&self, key: u64) -> bool {
        let (word, bit) = self.place(key);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    #[inline]
    fn place(&self, key: u64) -> (usize, u64) {
        let bit = key.wrapping_mul(MIX) >> self.shift;
        ((bit / 64) as usize, 1 << (bit % 64))
    }
}

/// Leaves the first place of each keyword.
fn first_places(found: &mut Vec<Found>) {
    if found.len() > 1 {
        found.sort_unstable_by_key(|hit| (hit.pattern, hit.end));
        found.dedup_by_key(|hit| hit.pattern);
        found.sort_unstable_by_key(|hit| (hit.end, hit.start));
    }
}

/// Whether a hit does not cut a Latin word or a number in two: `etc` is not in `fetch`, nor `12` in `123`.
pub(super) fn whole_word(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let cuts = |left: Option<&u8>, right: Option<&u8>| match (left, right) {
        (Some(left), Some(right)) => {
            (left.is_ascii_alphabetic() && right.is_ascii_alphabetic())
                || (left.is_ascii_digit() && right.is_ascii_digit())
        }
        _ => false,
    };
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    let last = end.checked_sub(1).and_then(|at| bytes.get(at));
    !cuts(before, bytes.get(start)) && !cuts(last, bytes.get(end))
}
