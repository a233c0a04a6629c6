//! The folding table of single characters, built once from the Unicode and OpenCC data of the dependencies.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::phrases::{PHRASES, Part};

/// The end of the last plane with characters that change (plane 2 has the compatibility ideographs). The tags
/// and variation selectors of plane 14 are ignorable and are handled separately.
const PLANES_END: u32 = 0x3_0000;
const PAGE: u32 = 256;

/// The result of folding one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    /// The character stays.
    Keep,
    /// The character is invisible and removed.
    Drop,
    /// The character is a space or another separator without a glyph.
    Space,
    /// The character becomes this one.
    One(char),
    /// The character becomes several, given by an index in the table of sequences.
    Many(u32),
    /// The character may combine with the one before it, so the two are normalised together.
    Joins,
    /// The result depends on the phrase around it; the value is an index in the table of parts.
    Phrase(u32),
}

/// A [`Fold`] in four bytes: the kind in the upper byte, a code point or an index below it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Packed(u32);

impl Packed {
    const SHIFT: u32 = 24;

    const fn new(fold: Fold) -> Self {
        Self(match fold {
            Fold::Keep => 0,
            Fold::Drop => 1 << Self::SHIFT,
            Fold::Space => 2 << Self::SHIFT,
            Fold::Joins => 3 << Self::SHIFT,
            Fold::One(c) => 4 << Self::SHIFT | c as u32,
            Fold::Many(n) => 5 << Self::SHIFT | n,
            Fold::Phrase(n) => 6 << Self::SHIFT | n,
        })
    }

    #[inline]
    fn fold(self) -> Fold {
        let rest = self.0 & ((1 << Self::SHIFT) - 1);
        match self.0 >> Self::SHIFT {
            0 => Fold::Keep,
            1 => Fold::Drop,
            2 => Fold::Space,
            3 => Fold::Joins,
            4 => Fold::One(char::from_u32(rest).unwrap_or(char::REPLACEMENT_CHARACTER)),
            5 => Fold::Many(rest),
            _ => Fold::Phrase(rest),
        }
    }
}

/// A table of two levels: each range of 256 characters has a block, and equal blocks are stored once.
pub(super) struct Table {
    pages: Vec<u16>,
    blocks: Vec<[Packed; PAGE as usize]>,
    sequences: Vec<Box<str>>,
    parts: Vec<Part>,
}

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(Table::build);

impl Table {
    #[inline]
    pub(super) fn get(&self, c: char) -> Fold {
        let code = u32::from(c);
        let Some(&block) = self.pages.get((code / PAGE) as usize) else {
            return if is_ignorable(c) { Fold::Drop } else { Fold::Keep };
        };
        self.blocks
            .get(usize::from(block))
            .and_then(|block| block.get((code % PAGE) as usize))
            .map_or(Fold::Keep, |packed| packed.fold())
    }

    pub(super) fn sequence(&self, n: u32) -> &str {
        self.sequences.get(n as usize).map_or("", |text| text)
    }

    pub(super) fn part(&self, n: u32) -> Part {
        self.parts.get(n as usize).copied().unwrap_or_default()
    }

    /// The simplified form of a phrase character outside phrases. Other characters stay.
    #[inline]
    pub(super) fn alone(&self, c: char) -> char {
        match self.get(c) {
            Fold::Phrase(n) => self.part(n).folded,
            _ => c,
        }
    }

    pub(super) fn joins(&self, c: char) -> bool {
        self.get(c) == Fold::Joins
    }

    fn build() -> Self {
        let mut table = Self {
            pages: Vec::with_capacity((PLANES_END / PAGE) as usize),
            blocks: vec![[Packed::new(Fold::Keep); PAGE as usize]],
            sequences: Vec::new(),
            parts: Vec::new(),
        };
        for start in (0..PLANES_END).step_by(PAGE as usize) {
            let mut block = [Packed::new(Fold::Keep); PAGE as usize];
            for (code, packed) in (start..).zip(&mut block) {
                if let Some(c) = char::from_u32(code) {
                    *packed = Packed::new(table.fold_one(c));
                }
            }
            let place = table.blocks.iter().position(|other| *other == block);
            let place = place.unwrap_or_else(|| {
                table.blocks.push(block);
                table.blocks.len() - 1
            });
            table.pages.push(u16::try_from(place).unwrap_or(0));
        }
        table
    }

    fn fold_one(&mut self, c: char) -> Fold {
        if is_ignorable(c) {
            return Fold::Drop;
        }
        if joins(c) {
            return Fold::Joins;
        }
        let mut normal = normalize(c.encode_utf8(&mut [0; 4])).into_iter();
        let (first, second) = (normal.next(), normal.next());
        if let (Some(raw), None) = (first, second)
            && let Some(trigger) = PHRASES.role(raw)
        {
            self.parts.push(Part {
                raw,
                folded: simplify(raw),
                trigger,
            });
            return Fold::Phrase((self.parts.len() - 1) as u32);
        }
        let folded: String = [first, second]
            .into_iter()
            .flatten()
            .chain(normal)
            .map(simplify)
            .collect();
        let mut chars = folded.chars();
        match (chars.next(), chars.next()) {
            (None, _) => Fold::Drop,
            (Some(' '), None) => Fold::Space,
            (Some(one), None) if one == c => Fold::Keep,
            (Some(one), None) => Fold::One(one),
            _ => {
                self.sequences.push(folded.into());
                Fold::Many((self.sequences.len() - 1) as u32)
            }
        }
    }
}

/// Normalises a text before simplification: NFKC, lower case, no invisible characters, and a space for each
/// separator other than the line end.
///
/// Normalises twice, because lower case may create characters that compose (`j` with a caron has a composed
/// form, `J` with a caron has none). Folding is idempotent because of it.
pub(super) fn normalize(text: &str) -> Vec<char> {
    text.chars()
        .filter(|&c| !is_ignorable(c))
        .nfkc()
        .flat_map(char::to_lowercase)
        .nfkc()
        .filter(|&c| !is_ignorable(c))
        .map(|c| {
            if c != '\n' && (c.is_control() || c.is_whitespace()) {
                ' '
            } else {
                c
            }
        })
        .collect()
}

/// Simplifies one traditional character by the first choice of OpenCC's table.
pub(super) fn simplify(c: char) -> char {
    SIMPLIFIED.get(&c).copied().unwrap_or(c)
}

/// The table maps one traditional character (`薴`) to another one of the table, so it is applied twice.
static SIMPLIFIED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let table: HashMap<char, char> = hanconv::RawDictionary::TSCharacters
        .iter()
        .filter_map(|(from, to)| {
            let (mut from, mut to) = (from.chars(), to.chars());
            match (from.next(), from.next(), to.next(), to.next()) {
                (Some(from), None, Some(to), None) => Some((from, to)),
                _ => None,
            }
        })
        .collect();
    table
        .iter()
        .map(|(&from, to)| (from, table.get(to).copied().unwrap_or(*to)))
        .collect()
});

/// Whether normalisation may combine `c` with the character before it.
fn joins(c: char) -> bool {
    let first = std::iter::once(c).nfkd().next().unwrap_or(c);
    [c, first].iter().any(|&c| {
        canonical_combining_class(c) != 0 || is_nfkc_quick(std::iter::once(c)) == IsNormalized::Maybe
    })
}

/// Whether a character is invisible and has no meaning by itself: zero-width characters, soft hyphens,
/// direction marks, variation selectors, tags (Unicode's `Default_Ignorable_Code_Point`), and controls other
/// than white space.
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
