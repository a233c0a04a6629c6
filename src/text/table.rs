//! The folding table: what each character becomes, built once from the Unicode and OpenCC data of the libraries.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// One past the last plane with characters that fold to something else (plane 2 holds the compatibility ideographs);
/// tags and variation selectors of plane 14 are ignorable and handled apart.
const PLANES_END: u32 = 0x3_0000;
const PAGE: u32 = 256;

/// What a character becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    /// Nothing: it is invisible.
    Drop,
    /// A space or another separator without a glyph.
    Space,
    /// This one character.
    One(char),
    /// These characters, by their place in the table of sequences.
    Many(u32),
    /// It may join with the character before it: the two are normalised together.
    Joins,
}

/// A page is shared by all ranges of 256 characters that fold alike; most stay as they are and have none.
pub(super) struct Table {
    pages: Vec<Option<Box<[Fold]>>>,
    sequences: Vec<Box<str>>,
    simplified: HashMap<char, char>,
}

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(Table::build);

impl Table {
    pub(super) fn get(&self, c: char) -> Fold {
        let code = u32::from(c);
        if code >= PLANES_END {
            return if is_ignorable(c) { Fold::Drop } else { Fold::One(c) };
        }
        let (page, place) = ((code / PAGE) as usize, (code % PAGE) as usize);
        match self.pages.get(page) {
            Some(Some(page)) => page.get(place).copied().unwrap_or(Fold::One(c)),
            _ => Fold::One(c),
        }
    }

    pub(super) fn sequence(&self, n: u32) -> &str {
        self.sequences.get(n as usize).map_or("", |text| text)
    }

    /// Folds a base character with the marks that follow it: composed first, then character by character.
    pub(super) fn fold_joined(&self, joined: &str) -> String {
        joined
            .nfkc()
            .flat_map(char::to_lowercase)
            .filter_map(|c| self.finish(c))
            .collect()
    }

    /// The last steps for one normalised, lower-case character.
    fn finish(&self, c: char) -> Option<char> {
        if is_ignorable(c) {
            None
        } else if c != '\n' && (c.is_control() || c.is_whitespace()) {
            Some(' ')
        } else {
            Some(self.simplified.get(&c).copied().unwrap_or(c))
        }
    }

    fn build() -> Self {
        let mut table = Self {
            pages: Vec::with_capacity((PLANES_END / PAGE) as usize),
            sequences: Vec::new(),
            simplified: simplified(),
        };
        for start in (0..PLANES_END).step_by(PAGE as usize) {
            let folds: Vec<(u32, Fold)> = (start..start + PAGE)
                .map(|code| (code, table.fold_one(code)))
                .collect();
            let plain = folds
                .iter()
                .all(|&(code, fold)| fold == Fold::One(replaceable(code)));
            let page: Box<[Fold]> = folds.into_iter().map(|(_, fold)| fold).collect();
            table.pages.push(if plain { None } else { Some(page) });
        }
        table
    }

    fn fold_one(&mut self, code: u32) -> Fold {
        let Some(c) = char::from_u32(code) else {
            return Fold::One(char::REPLACEMENT_CHARACTER);
        };
        if is_ignorable(c) {
            return Fold::Drop;
        }
        if joins(c) {
            return Fold::Joins;
        }
        let folded = self.fold_joined(c.encode_utf8(&mut [0; 4]));
        let mut chars = folded.chars();
        match (chars.next(), chars.next()) {
            (None, _) => Fold::Drop,
            (Some(' '), None) => Fold::Space,
            (Some(one), None) => Fold::One(one),
            _ => {
                self.sequences.push(folded.into());
                Fold::Many((self.sequences.len() - 1) as u32)
            }
        }
    }
}

/// The character of `code`; the replacement character for a surrogate, which no text holds.
fn replaceable(code: u32) -> char {
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Whether normalising may join `c` with the character before it.
fn joins(c: char) -> bool {
    let first = std::iter::once(c).nfkd().next().unwrap_or(c);
    [c, first].iter().any(|&c| {
        canonical_combining_class(c) != 0 || is_nfkc_quick(std::iter::once(c)) == IsNormalized::Maybe
    })
}

/// Traditional to simplified, one character each: the first choice of OpenCC's table.
///
/// A few phrases keep a traditional character in simplified text (`乾坤`, `乾隆`); folding both sides alike by
/// character costs no match, and nothing folded is ever shown.
fn simplified() -> HashMap<char, char> {
    hanconv::RawDictionary::TSCharacters
        .iter()
        .filter_map(|(from, to)| {
            let (mut from, mut to) = (from.chars(), to.chars());
            match (from.next(), from.next(), to.next(), to.next()) {
                (Some(from), None, Some(to), None) => Some((from, to)),
                _ => None,
            }
        })
        .collect()
}

/// Whether a character is invisible and means nothing by itself: zero-width, soft hyphen, direction marks,
/// variation selectors, tags (Unicode's `Default_Ignorable_Code_Point`), and controls other than white space.
pub fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{00AD}'
            | '\u{034F}'
            | '\u{061C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    ) || (c.is_control() && !c.is_whitespace())
}
