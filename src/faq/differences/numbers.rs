//! Numbers and dates in a text.

use std::collections::BTreeSet;

use crate::text::count;

/// Characters that may follow a Chinese numeral that counts something; elsewhere, as in `四川` or
/// `万一`, it is part of a word.
const COUNTED: &str = "年月日号天岁元块个次周级楼层口人套孩胎成本张条项期季万亿";
/// Characters after which `一` is no count, as in `一个` and `一次`.
const BY_THE_WAY: &str = "个次人天年周本张条项期套";
/// Words for years other than the current one.
const OTHER_YEARS: [&str; 8] = [
    "去年",
    "前年",
    "明年",
    "后年",
    "上年度",
    "往年",
    "last year",
    "next year",
];
/// Words that may precede a two-digit year; after other words, as in `交满15年`, the digits count
/// years.
const BEFORE_A_YEAR: &str = "在自从到我是";
const WEEK: [&str; 3] = ["星期", "礼拜", "周"];

/// The numbers and dates in a text, as digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) years: BTreeSet<String>,
    pub(super) months: BTreeSet<String>,
    pub(super) days: BTreeSet<String>,
    pub(super) weekdays: BTreeSet<String>,
    pub(super) numbers: BTreeSet<String>,
}

impl Numbers {
    /// Reads a folded text.
    pub(super) fn of(text: &str) -> Self {
        let mut found = Self {
            years: OTHER_YEARS
                .iter()
                .filter(|word| text.contains(**word))
                .map(|&word| word.to_owned())
                .collect(),
            ..Self::default()
        };
        let rest = found.take_weekdays(text);
        let chars: Vec<char> = rest.chars().collect();
        let mut at = 0;
        // In `2025-03-01` the parts after the year are its month and day.
        let mut dated = 0;
        while let Some(&c) = chars.get(at) {
            let from = at;
            count(1);
            if c.is_ascii_digit() {
                at = end_of(&chars, at, |c| c.is_ascii_digit() || c == ',');
                let digits: String = chars
                    .get(from..at)
                    .unwrap_or_default()
                    .iter()
                    .filter(|c| **c != ',')
                    .collect();
                let next = chars.get(at).copied().unwrap_or(' ');
                let joined =
                    matches!(next, '-' | '/' | '.') && chars.get(at + 1).is_some_and(char::is_ascii_digit);
                let begins = from
                    .checked_sub(1)
                    .and_then(|before| chars.get(before))
                    .is_none_or(|before| !before.is_alphanumeric() || BEFORE_A_YEAR.contains(*before));
                let year = short_year(&digits).filter(|_| next == '年' && begins);
                dated = match year {
                    Some(year) => {
                        found.years.insert(year);
                        0
                    }
                    None => found.add(plain(&digits), next, joined, dated),
                };
            } else if let Some(run) = run_at(&chars, at) {
                at = run.end;
                let next = chars.get(at).copied().unwrap_or(' ');
                match run.value {
                    Some(value) => dated = found.add(value.to_string(), next, false, 0),
                    None => dated = 0,
                }
            } else {
                dated = if matches!(c, '-' | '/' | '.') { dated } else { 0 };
                at += 1;
            }
        }
        found
    }

    /// Classifies a number by the character after it. Returns how many parts of a date have been read.
    fn add(&mut self, value: String, next: char, joined: bool, dated: usize) -> usize {
        let is_year = value.len() == 4 && (value.starts_with("19") || value.starts_with("20"));
        match (next, dated) {
            (_, 1) => self.months.insert(value),
            (_, 2) => self.days.insert(value),
            ('年', _) if is_year => self.years.insert(value),
            ('月', _) => self.months.insert(value),
            ('日' | '号', _) => self.days.insert(value),
            _ if is_year && !matches!(next, '元' | '块' | '个' | '人' | '次') => {
                self.years.insert(value);
                return usize::from(joined && next != '.');
            }
            _ => self.numbers.insert(value),
        };
        if joined && dated == 1 { 2 } else { 0 }
    }

    /// Collects the days of the week. Returns the text without them.
    fn take_weekdays(&mut self, text: &str) -> String {
        let mut rest = text.to_owned();
        for (day, names) in [
            ("1", "一"),
            ("2", "二"),
            ("3", "三"),
            ("4", "四"),
            ("5", "五"),
            ("6", "六"),
            ("7", "日天"),
        ] {
            for (week, name) in WEEK
                .iter()
                .flat_map(|week| names.chars().map(move |name| (week, name)))
            {
                let word = format!("{week}{name}");
                if rest.contains(&word) {
                    self.weekdays.insert(day.to_owned());
                    rest = rest.replace(&word, " ");
                }
            }
        }
        for word in ["周末", "工作日", "节假日"] {
            if rest.contains(word) {
                self.weekdays.insert(word.to_owned());
            }
        }
        rest
    }
}

/// The year of two digits before `年` at the start of a phrase: `23年`, but not `交了15年`.
fn short_year(value: &str) -> Option<String> {
    let short: u32 = value.parse().ok().filter(|_| value.len() == 2)?;
    match short {
        0..50 => Some(format!("{}", 2_000 + short)),
        _ => Some(format!("{}", 1_900 + short)),
    }
}

fn end_of(chars: &[char], from: usize, belongs: impl Fn(char) -> bool) -> usize {
    let length = chars.iter().skip(from).take_while(|c| belongs(**c)).count();
    count(length + 1);
    from + length
}

/// Digits without leading zeros.
fn plain(digits: &str) -> String {
    let trimmed = digits.trim_start_matches('0');
    if trimmed.is_empty() {
        "0".to_owned()
    } else {
        trimmed.to_owned()
    }
}

/// A run of Chinese numerals.
struct NumeralRun {
    /// Where it ends.
    end: usize,
    /// The number that it ends with, if that counts something.
    value: Option<u64>,
}

/// The run of numerals that begins here, if one does. It is read once: a number begins with its first digit or
/// ten, and only the character after the run tells whether it counts something.
fn run_at(chars: &[char], at: usize) -> Option<NumeralRun> {
    let end = end_of(chars, at, |c| digit(c).is_some() || scale(c).is_some());
    let run = chars.get(at..end).filter(|run| !run.is_empty())?;
    let begins = |c: &char| digit(*c).is_some() || *c == '十';
    let counted = chars.get(end).filter(|next| COUNTED.contains(**next));
    let value = counted.and_then(|next| {
        let numeral = run.get(run.iter().position(begins)?..)?;
        let by_the_way = numeral == ['一'] && BY_THE_WAY.contains(*next);
        if by_the_way { None } else { value(numeral) }
    });
    Some(NumeralRun { end, value })
}

/// Reads `二〇二五` by digits and `六十五` by scales. `None` for a number beyond the supported range.
fn value(numeral: &[char]) -> Option<u64> {
    if numeral.iter().all(|&c| digit(c).is_some()) {
        return numeral
            .iter()
            .try_fold(0_u64, |sum, &c| sum.checked_mul(10)?.checked_add(digit(c)?));
    }
    let (mut total, mut section, mut last) = (0_u64, 0_u64, 0_u64);
    for &c in numeral {
        if let Some(digit) = digit(c) {
            last = digit;
        } else if let Some(scale) = scale(c) {
            if scale >= 10_000 {
                total = total
                    .checked_add(section.checked_add(last)?)?
                    .checked_mul(scale)?;
                section = 0;
            } else {
                section = section.checked_add(last.max(1).checked_mul(scale)?)?;
            }
            last = 0;
        }
    }
    total.checked_add(section)?.checked_add(last)
}

fn digit(c: char) -> Option<u64> {
    "〇一二三四五六七八九"
        .chars()
        .position(|digit| digit == c)
        .map(|n| n as u64)
        .or(match c {
            '零' => Some(0),
            '两' => Some(2),
            _ => None,
        })
}

fn scale(c: char) -> Option<u64> {
    match c {
        '十' => Some(10),
        '百' => Some(100),
        '千' => Some(1_000),
        '万' => Some(10_000),
        _ => None,
    }
}
