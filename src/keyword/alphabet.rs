//! Encodes the characters of the keywords in one to four bytes, so that the automaton takes fewer steps per
//! character than with UTF-8.

use std::collections::HashMap;

use aho_corasick::automaton::StateID;

const PAGE: usize = 256;

/// The maximum number of lead bytes and of trail bytes. Pairs of them code 14,400 characters; Chinese
/// keywords use some thousands.
const MAX_PAIRED: usize = 120;

/// The codes of the characters that keywords use. All other characters have no code.
///
/// The most frequent characters have a code of one byte. The others have a lead byte and a trail byte, and
/// when those run out, an escape byte and three trail bytes. Each byte value is either a single, a lead, a
/// trail or the escape, and zero is unused. A code therefore matches only at the start of a character.
#[derive(Debug)]
pub(super) struct Alphabet {
    /// The index in `blocks` for each range of 256 characters.
    pages: Vec<u16>,
    blocks: Vec<[Letter; PAGE]>,
}

/// The code of a character, and the automaton's state after it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Letter {
    pub(super) code: Code,
    /// The automaton's state after this character, if it starts from the start state.
    pub(super) first: StateID,
}

/// Up to four bytes in little-endian order; zero for a character that no keyword uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Code(pub(super) u32);

impl Code {
    #[inline]
    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The first byte and the remaining bytes.
    #[inline]
    pub(super) fn split(self) -> (u8, Self) {
        (self.0 as u8, Self(self.0 >> 8))
    }
}

impl Alphabet {
    pub(super) fn new<'a>(keywords: impl Iterator<Item = &'a str>) -> Self {
        let mut counts: HashMap<char, usize> = HashMap::new();
        for c in keywords.flat_map(str::chars) {
            *counts.entry(c).or_default() += 1;
        }
        let mut chars: Vec<(char, usize)> = counts.into_iter().collect();
        chars.sort_unstable_by(|(one, left), (other, right)| right.cmp(left).then(one.cmp(other)));

        let layout = Layout::new(chars.len());
        let mut alphabet = Self {
            pages: Vec::new(),
            blocks: vec![[Letter::default(); PAGE]],
        };
        for (place, (c, _)) in chars.into_iter().enumerate() {
            alphabet.set(c, layout.code(place));
        }
        alphabet
    }

    #[inline]
    pub(super) fn letter(&self, c: char) -> Letter {
        let place = u32::from(c) as usize;
        let block = self.pages.get(place / PAGE).copied().unwrap_or(0);
        self.blocks
            .get(usize::from(block))
            .and_then(|block| block.get(place % PAGE))
            .copied()
            .unwrap_or_default()
    }

    /// Stores, for each character, the state that `first` returns for its code.
    pub(super) fn set_first(&mut self, first: impl Fn(Code) -> StateID) {
        for letter in self.blocks.iter_mut().flatten() {
            letter.first = first(letter.code);
        }
    }

    /// The codes of the keyword's characters, concatenated. Characters without a code are left out.
    pub(super) fn encode(&self, keyword: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(keyword.len());
        for c in keyword.chars() {
            let mut code = self.letter(c).code;
            while !code.is_none() {
                let (byte, rest) = code.split();
                bytes.push(byte);
                code = rest;
            }
        }
        bytes
    }

    fn set(&mut self, c: char, code: Code) {
        let place = u32::from(c) as usize;
        if self.pages.len() <= place / PAGE {
            self.pages.resize(place / PAGE + 1, 0);
        }
        let Some(page) = self.pages.get_mut(place / PAGE) else {
            return;
        };
        if *page == 0 {
            // `u16` is large enough: there are 4,352 ranges of 256 characters.
            *page = self.blocks.len() as u16;
            self.blocks.push([Letter::default(); PAGE]);
        }
        let block = self.blocks.get_mut(usize::from(*page));
        if let Some(slot) = block.and_then(|block| block.get_mut(place % PAGE)) {
            slot.code = code;
        }
    }
}

/// The division of the byte values 1 to 255 into singles, leads, trails and the escape, in this order.
struct Layout {
    singles: usize,
    /// The number of leads, which is also the number of trails.
    paired: usize,
}

impl Layout {
    const ESCAPE: usize = 255;

    fn new(chars: usize) -> Self {
        let fits = |paired: &usize| Self::ESCAPE - 1 - 2 * paired + paired * paired >= chars;
        let paired = (0..MAX_PAIRED).find(fits).unwrap_or(MAX_PAIRED);
        Self {
            singles: Self::ESCAPE - 1 - 2 * paired,
            paired,
        }
    }

    /// The code of the character with rank `place` by frequency.
    fn code(&self, place: usize) -> Code {
        let lead = |n: usize| 1 + self.singles + n;
        let trail = |n: usize| 1 + self.singles + self.paired + n % self.paired.max(1);
        let Some(place) = place.checked_sub(self.singles) else {
            return Code(place as u32 + 1);
        };
        let bytes = match place.checked_sub(self.paired * self.paired) {
            None => [lead(place / self.paired), trail(place), 0, 0],
            Some(place) => [
                Self::ESCAPE,
                trail(place / self.paired / self.paired),
                trail(place / self.paired),
                trail(place),
            ],
        };
        Code(u32::from_le_bytes(bytes.map(|byte| byte as u8)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The counts cover every kind of code: singles only, pairs, and codes with the escape byte.
    #[test]
    fn every_character_has_a_code_of_its_own_whose_bytes_say_where_it_starts() {
        for count in [0, 1, 254, 255, 3_000, 14_414, 14_415, 60_000] {
            let chars: Vec<char> = ('\u{21}'..).take(count).collect();
            let text: String = chars.iter().collect();
            let alphabet = Alphabet::new([text.as_str()].into_iter());
            let layout = Layout::new(count);
            let mut codes = HashSet::new();
            for &c in &chars {
                let bytes = alphabet.encode(c.encode_utf8(&mut [0; 4]));
                let trails = 1 + layout.singles + layout.paired..Layout::ESCAPE;
                let starts = bytes.iter().map(|&byte| !trails.contains(&usize::from(byte)));
                assert!(
                    starts.eq((0..bytes.len()).map(|n| n == 0)),
                    "{count}: {c:?} is {bytes:?}"
                );
                assert!(codes.insert(bytes), "{count}: {c:?} has another's code");
            }
            assert!(alphabet.letter('\u{20}').code.is_none());
            assert!(alphabet.letter('\u{10FFFF}').code.is_none());
        }
    }
}
