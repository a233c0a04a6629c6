//! Words that reverse a meaning: negations and opposite intents.

use std::cell::OnceCell;
use std::ops::Range;

use crate::reply::WhyNot;
use crate::text::{InDoubt, Negations, OtherWords, OwnWords, count};

/// Words that contain a negation but do not negate. They are removed before negations are searched for.
const HARMLESS: &[&str] = &[
    "不动产",
    "不见",
    "不但",
    "不仅",
    "不过",
    "不同",
    "不好意思",
    "对不起",
    "不客气",
    "不知道",
    "不知",
    "不清楚",
    "不懂",
    "不明白",
    "不了解",
    "不会弄",
    "不太",
    "差不多",
    "有没有",
    "没事",
    "没问题",
    "不错",
    "特别",
    "区别",
    "别人",
    "类别",
    "级别",
    "性别",
    "个别",
    "分别",
    "别的",
    "无线",
    "无障碍",
    "无人机",
    "无偿",
    "未成年",
    "未来",
    "未婚",
    "无犯罪",
    "do not know",
    "dont know",
    "not sure",
    "no idea",
];

/// Negations, longer ones before shorter ones.
const NEGATIONS: &[&str] = &["不", "没", "别", "无", "未", "勿", "甭"];

const ENGLISH_NEGATIONS: &[&str] = &[
    "not", "no", "never", "without", "cannot", "cant", "dont", "doesnt", "didnt", "wont", "isnt", "arent",
    "wasnt", "havent", "hasnt", "couldnt", "wouldnt", "shouldnt", "nor", "none",
];

/// Words for ending something. A text with one is the opposite of a text without.
const ENDING: &[&str] = &[
    "取消",
    "撤销",
    "注销",
    "销户",
    "退订",
    "解绑",
    "解除",
    "停办",
    "停用",
    "停止",
    "停缴",
    "停保",
    "报停",
    "停机",
    "退保",
    "断缴",
    "断交",
    "暂停",
    "关闭",
    "关停",
    "关掉",
    "停掉",
    "退掉",
    "解约",
    "退出",
    "终止",
    "作废",
    "放弃",
    "撤回",
    "不办了",
    "不要了",
    "解散",
    "撤掉",
    "拆掉",
    "拆除",
    "怎么拆",
    "怎么退",
    "推翻",
    "反对",
    "删除",
    "cancel",
    "cancels",
    "canceled",
    "cancelled",
    "canceling",
    "cancelling",
    "cancellation",
    "close",
    "closing",
    "closed",
    "terminate",
    "stop",
    "stopping",
    "deactivate",
    "disable",
    "unsubscribe",
    "delete",
    "revoke",
    "withdraw",
];

/// Pairs of opposite intents.
const OPPOSITES: &[(&[&str], &[&str])] = &[
    (
        &["迁入", "转入", "调入", "入户", "落户"],
        &["迁出", "转出", "调出"],
    ),
    (
        &["缴存", "缴纳", "补缴", "缴费", "充值"],
        &["提取", "支取", "取出", "退款", "退费", "退税", "退还"],
    ),
    (&["结婚"], &["离婚"]),
    (&["入职"], &["离职", "辞职"]),
    (
        &["新增", "增加", "上调", "提高"],
        &["减少", "降低", "下调", "减免"],
    ),
    (&["购买", "买房", "买车"], &["出售", "卖房", "卖车"]),
    (&["借款", "贷款"], &["还款", "还贷"]),
    (&["出生"], &["死亡", "去世"]),
    (&["入学", "报名"], &["退学", "退课"]),
    (
        &["open", "opening", "activate", "enable"],
        &["lock", "freeze", "block"],
    ),
    (&["deposit", "top-up"], &["refund"]),
];

/// The most words that are reported as parts of others.
const MAX_CUT: usize = 100;

/// Longer words. A word of a Chinese list that is only a part of one of these, or overlaps it, says nothing.
const LONGER: &[&str] = &["退休", "退伍", "退役", "拆迁"];

/// The intent of a text in one group of opposites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The first of two opposites.
    First(&'static str),
    /// The second.
    Second(&'static str),
    /// To end something.
    Ending(&'static str),
    /// Neither, or both.
    Neither,
}

impl Side {
    /// The word that shows it.
    pub(super) fn word(self) -> Option<&'static str> {
        match self {
            Self::First(word) | Self::Second(word) | Self::Ending(word) => Some(word),
            Self::Neither => None,
        }
    }
}

/// The negation in a folded text. `能不能` and `有没有` ask and do not negate.
pub(super) fn negation(text: &str) -> Option<&'static str> {
    let mut rest = text.replace(['\'', '\u{2019}'], "");
    for harmless in HARMLESS {
        count(rest.len());
        rest = rest.replace(harmless, " ");
    }
    let chars: Vec<char> = rest.chars().collect();
    let asks = |at: usize| {
        let around = at
            .checked_sub(1)
            .and_then(|before| chars.get(before))
            .zip(chars.get(at + 1));
        around.is_some_and(|(before, after)| before == after)
    };
    let chinese = NEGATIONS.iter().copied().find(|word| {
        chars
            .iter()
            .enumerate()
            .any(|(at, c)| word.chars().eq([*c]) && !asks(at))
    });
    chinese.or_else(|| {
        ENGLISH_NEGATIONS
            .iter()
            .copied()
            .find(|word| has_word(&rest, word))
    })
}

/// A word for the end of something or for one of two opposites that is part of another word.
#[derive(Clone, Debug)]
pub(super) struct CutWord {
    pub(super) word: &'static str,
    /// Its bytes in the folded text.
    pub(super) place: Range<usize>,
    pub(super) why: WhyNot,
}

/// For each group of opposites, the intent of the folded text; the first group is ending something. Also the
/// words that say nothing because they are parts of others or negated.
pub(super) fn intents(text: &str, negations: Option<&Negations>) -> (Vec<Side>, Vec<CutWord>) {
    let mut reader = Reader {
        text,
        negations,
        others: OnceCell::new(),
        cut: Vec::new(),
    };
    let mut find = |words: &[&'static str]| words.iter().copied().find(|word| reader.says(word));
    let ending = find(ENDING).map_or(Side::Neither, Side::Ending);
    let mut sides = vec![ending];
    for (first, second) in OPPOSITES {
        sides.push(match (find(first), find(second)) {
            (Some(word), None) => Side::First(word),
            (None, Some(word)) => Side::Second(word),
            _ => Side::Neither,
        });
    }
    (sides, reader.cut)
}

/// Reads a folded text for words of opposites.
struct Reader<'t> {
    text: &'t str,
    negations: Option<&'t Negations>,
    others: OnceCell<OtherWords<'t>>,
    cut: Vec<CutWord>,
}

impl Reader<'_> {
    /// Whether the text has the word, and not only as a part of another one.
    fn says(&mut self, word: &'static str) -> bool {
        if word.is_ascii() {
            return has_word(self.text, word);
        }
        count(self.text.len());
        let own = OwnWords::of(word);
        for (start, _) in self.text.match_indices(word) {
            let place = start..start + word.len();
            let others = self
                .others
                .get_or_init(|| OtherWords::new(self.text, longer_words(self.text)));
            let why = match others.of_keyword(&place, &own, InDoubt::Drop) {
                Some(other) => WhyNot::PartOf {
                    word: other.to_owned(),
                },
                None => {
                    let negations = self.negations;
                    let negation = negations.and_then(|negations| negations.of_word(self.text, &place));
                    let Some(negation) = negation.and_then(|place| self.text.get(place)) else {
                        return true;
                    };
                    WhyNot::Negated {
                        word: negation.to_owned(),
                    }
                }
            };
            if self.cut.len() < MAX_CUT {
                self.cut.push(CutWord { word, place, why });
            }
        }
        false
    }
}

fn longer_words(text: &str) -> Vec<Range<usize>> {
    let words = LONGER.iter().flat_map(|word| text.match_indices(word));
    words.map(|(start, word)| start..start + word.len()).collect()
}

/// Whether the text contains the word of Latin letters, alone.
fn has_word(text: &str, word: &str) -> bool {
    count(text.len());
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default().chars().next_back();
        let after = text.get(at + word.len()..).unwrap_or_default().chars().next();
        ![before, after]
            .into_iter()
            .flatten()
            .any(|c| c.is_ascii_alphanumeric())
    })
}
