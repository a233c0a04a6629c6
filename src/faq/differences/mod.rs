//! Differences in meaning between two texts that share nearly all their words.

mod numbers;
mod reading;
mod words;

use std::collections::BTreeSet;
use std::fmt;

use numbers::Numbers;
pub use reading::Reading;
use words::Side;

/// A reason for a similar phrasing to mean something else than the message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Difference {
    /// They contain different numbers. A number in only one of them is no difference, because it may be
    /// a detail.
    Number {
        /// The message's numbers.
        message: String,
        /// The phrasing's numbers.
        phrasing: String,
    },
    /// They contain different years, months, days or days of the week, or only one of them contains a
    /// year other than the current one.
    Date {
        /// The message's, if it has one.
        message: Option<String>,
        /// The phrasing's, if it has one.
        phrasing: Option<String>,
    },
    /// Only one of them has a negation.
    Negation {
        /// The negating word.
        word: String,
    },
    /// They want opposite things, such as to cancel and to apply, or to move in and to move out.
    /// Cancelling is the opposite of every text that does not mention it.
    Intent {
        /// The message's word, if it has one.
        message: Option<String>,
        /// The phrasing's word, if it has one.
        phrasing: Option<String>,
    },
    /// The message is about another place.
    Place {
        /// The name of the place.
        place: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |word: &Option<String>| {
            word.as_ref()
                .map_or_else(|| "none".to_owned(), |word| format!("`{word}`"))
        };
        match self {
            Self::Number { message, phrasing } => write!(f, "another number: `{message}`, not `{phrasing}`"),
            Self::Date { message, phrasing } => {
                write!(f, "another date: {}, not {}", named(message), named(phrasing))
            }
            Self::Negation { word } => write!(f, "only one of the two says `{word}`"),
            Self::Intent { message, phrasing } => {
                write!(f, "another intent: {}, not {}", named(message), named(phrasing))
            }
            Self::Place { place } => write!(f, "another place: `{place}`"),
        }
    }
}

impl Reading {
    /// Finds differences between this message and its most similar phrasing in numbers, dates, negation and
    /// opposite intents. The result is empty if there are none.
    ///
    /// ```
    /// use civic_reply::faq::Reading;
    ///
    /// let differences = |message, phrasing| Reading::of(message).differences(&Reading::of(phrasing));
    /// assert!(differences("怎么办理居住证？", "居住证怎么办理").is_empty());
    /// assert_eq!(differences("怎么注销居住证", "怎么办理居住证").len(), 1);
    /// ```
    pub fn differences(&self, phrasing: &Self) -> Vec<Difference> {
        let mut found = number_differences(self.numbers(), phrasing.numbers());
        if let (Some(word), None) | (None, Some(word)) = (self.negation(), phrasing.negation()) {
            found.push(Difference::Negation {
                word: word.to_owned(),
            });
        }
        found.extend(intent_differences(self.intents(), phrasing.intents()));
        found
    }

    /// Finds something that this message wants and no phrasing mentions: ending something, the opposite, or
    /// a year other than `this_year`. `None` if any phrasing may mean it, or without phrasings. An entry
    /// with such phrasings must not answer the message, however similar the words are.
    ///
    /// ```
    /// use civic_reply::faq::Reading;
    ///
    /// let phrasings = ["居住证怎么办理", "办居住证要什么材料"];
    /// let opposition = |message| Reading::of(message).opposition(phrasings, 2026);
    /// assert!(opposition("怎么注销居住证").is_some());
    /// assert!(opposition("居住证去哪里办").is_none());
    /// assert!(opposition("2019年居住证怎么办").is_some());
    /// assert!(opposition("2026年居住证怎么办").is_none());
    /// ```
    pub fn opposition<'p>(
        &self,
        phrasings: impl IntoIterator<Item = &'p str>,
        this_year: i16,
    ) -> Option<Difference> {
        let (numbers, wanted) = (self.numbers(), self.intents());
        let another = |year: &str| {
            year.parse::<i16>()
                .is_ok_and(|year| year > 1_900 && year != this_year)
        };
        // Most messages want nothing of the kind, and no phrasing needs to be read.
        if wanted.iter().all(|side| side.word().is_none()) && !numbers.years.iter().any(|year| another(year))
        {
            return None;
        }
        let opposes = |difference: &Difference| match difference {
            Difference::Intent { message, .. } => message.is_some(),
            Difference::Date { message, .. } => message.as_deref().is_some_and(another),
            Difference::Number { .. } | Difference::Negation { .. } | Difference::Place { .. } => false,
        };
        let mut first = None;
        for phrasing in phrasings {
            let phrasing = Self::of(phrasing);
            let dates = number_differences(numbers, phrasing.numbers());
            let intents = intent_differences(wanted, phrasing.intents());
            let found = dates.into_iter().chain(intents).find(opposes)?;
            first.get_or_insert(found);
        }
        first
    }

    /// Finds the [`differences`](Self::differences) between this message and the nearest phrasing of an
    /// entry, except for details of the entry that its other phrasings show: a number that most of them
    /// leave out, or a difference that at least two of them have as well.
    ///
    /// ```
    /// use civic_reply::faq::Reading;
    ///
    /// let phrasings = ["transfer $500 to savings", "move money to savings", "save some money"];
    /// let message = Reading::of("transfer $100 to savings");
    /// assert!(message.telling_differences(phrasings[0], phrasings).is_empty());
    ///
    /// let phrasings = ["65岁老人免费乘车吗", "65岁坐公交要钱吗"];
    /// let message = Reading::of("60岁老人免费乘车吗");
    /// assert_eq!(message.telling_differences(phrasings[0], phrasings).len(), 1);
    /// ```
    pub fn telling_differences<'p>(
        &self,
        nearest: &str,
        phrasings: impl IntoIterator<Item = &'p str>,
    ) -> Vec<Difference> {
        let mut found = self.differences(&Self::of(nearest));
        if found.is_empty() {
            return found;
        }
        let (denies, wants) = (self.negation().is_some(), self.intents());
        let (mut all, mut numberless, mut deny_alike, mut want_alike) = (0_usize, 0_usize, 0_usize, 0_usize);
        for phrasing in phrasings {
            let phrasing = Self::of(phrasing);
            all += 1;
            numberless += usize::from(phrasing.numbers().numbers.is_empty());
            deny_alike += usize::from(phrasing.negation().is_some() == denies);
            want_alike += usize::from(intent_differences(wants, phrasing.intents()).is_empty());
        }
        found.retain(|difference| match difference {
            Difference::Number { .. } => numberless * 2 <= all,
            Difference::Negation { .. } => deny_alike < 2,
            Difference::Intent { .. } => want_alike < 2,
            Difference::Date { .. } | Difference::Place { .. } => true,
        });
        found
    }
}

/// Finds the first of `named`, the folded names of other places in a message, that no phrasing contains.
///
/// ```
/// use civic_reply::faq::another_place;
///
/// assert!(another_place(["上海"], ["居住证怎么办"]).is_some());
/// assert!(another_place(["上海"], ["上海的居住证能转过来吗"]).is_none());
/// ```
pub fn another_place<'n, 'p>(
    named: impl IntoIterator<Item = &'n str>,
    phrasings: impl IntoIterator<Item = &'p str> + Clone,
) -> Option<Difference> {
    let known = |place: &str| {
        let mut phrasings = phrasings.clone().into_iter();
        phrasings.any(|phrasing| Reading::of(phrasing).as_str().contains(place))
    };
    let place = named.into_iter().find(|place| !known(place))?;
    Some(Difference::Place {
        place: place.to_owned(),
    })
}

fn intent_differences(message: &[Side], phrasing: &[Side]) -> Vec<Difference> {
    let differ = |(message, phrasing): &(&Side, &Side)| match (message, phrasing) {
        (Side::First(_), Side::Second(_)) | (Side::Second(_), Side::First(_)) => true,
        (Side::Ending(_), other) | (other, Side::Ending(_)) => !matches!(other, Side::Ending(_)),
        _ => false,
    };
    let sides = message.iter().zip(phrasing).filter(differ);
    sides
        .map(|(message, phrasing)| Difference::Intent {
            message: message.word().map(str::to_owned),
            phrasing: phrasing.word().map(str::to_owned),
        })
        .collect()
}

fn number_differences(message: &Numbers, phrasing: &Numbers) -> Vec<Difference> {
    let mut found = Vec::new();
    match other_than(&message.years, &phrasing.years) {
        (None, None) => {}
        (message_year, phrasing_year) if message.years.is_disjoint(&phrasing.years) => {
            found.push(Difference::Date {
                message: message_year,
                phrasing: phrasing_year,
            });
        }
        _ => {}
    }
    for (message, phrasing) in [
        (&message.months, &phrasing.months),
        (&message.days, &phrasing.days),
        (&message.weekdays, &phrasing.weekdays),
    ] {
        if let (message @ Some(_), phrasing @ Some(_)) = other_than(message, phrasing) {
            found.push(Difference::Date { message, phrasing });
        }
    }
    if let (Some(message), Some(phrasing)) = other_than(&message.numbers, &phrasing.numbers) {
        found.push(Difference::Number { message, phrasing });
    }
    found
}

/// The items of each that the other lacks.
fn other_than(message: &BTreeSet<String>, phrasing: &BTreeSet<String>) -> (Option<String>, Option<String>) {
    (
        message.difference(phrasing).next().cloned(),
        phrasing.difference(message).next().cloned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differences(message: &str, phrasing: &str) -> Vec<Difference> {
        Reading::of(message).differences(&Reading::of(phrasing))
    }

    fn opposition<'p>(
        message: &str,
        phrasings: impl IntoIterator<Item = &'p str>,
        this_year: i16,
    ) -> Option<Difference> {
        Reading::of(message).opposition(phrasings, this_year)
    }

    fn same(message: &str, phrasing: &str) {
        assert_eq!(differences(message, phrasing), [], "{message} / {phrasing}");
    }

    fn differ(message: &str, phrasing: &str) -> Vec<Difference> {
        let found = differences(message, phrasing);
        assert!(!found.is_empty(), "{message} / {phrasing}");
        assert_eq!(
            differences(phrasing, message).len(),
            found.len(),
            "{message} / {phrasing}"
        );
        found
    }

    #[test]
    fn other_words_for_the_same_are_no_difference() {
        same("身份证丢了怎么补", "身份证遗失补办");
        same("能不能异地办身份证", "身份证可以异地办理吗");
        same("有没有老年卡", "老年卡办理");
        same("不动产登记去哪办", "房产登记在哪里办理");
        same("身份证不见了怎么办", "身份证丢了怎么办");
        same("不知道居住证怎么办理", "居住证怎么办理");
        same("怎么取消预约", "预约取消流程");
        same("停车证怎么办理", "办理停车证");
        same("how do i cancel my card", "cancelling a card");
        same(
            "I don't know how to apply for a card",
            "how do I apply for a card",
        );
    }

    #[test]
    fn numbers_that_differ() {
        differ("60岁老人免费乘车吗", "65岁老人免费乘车吗");
        differ("二胎怎么上户口", "三胎怎么上户口");
        differ("补贴１０００元", "补贴2000元");
        same("我今年35岁，居住证怎么办", "居住证怎么办");
        same("六十岁老人", "60岁老人");
        same("一个人能办吗", "能一次办完吗");
        same("1,000元的补贴", "1000元补贴");
    }

    #[test]
    fn dates_that_differ() {
        differ("2025年医保缴费标准", "2026年医保缴费标准");
        differ("去年的医保缴费标准", "医保缴费标准");
        differ("2023年的补贴还能领吗", "补贴怎么领");
        differ("3月份放假吗", "4月放假吗");
        differ("周六上班吗", "星期一上班吗");
        differ("2025-03-01的号", "2025-03-02的号");
        differ("fees in 2024", "fees in 2025");
        differ("23年职业技能培训补贴怎么申请", "职业技能培训补贴怎么申请");
        differ("上年度医保缴费标准", "医保缴费标准");
        same("25年医保缴费", "2025年医保缴费");
        for span in [
            "养老保险交了10年能领吗",
            "养老保险交十五年能领吗",
            "养老保险满20年能领吗",
        ] {
            assert_eq!(opposition(span, ["养老保险怎么领"], 2026), None, "{span}");
        }
        assert!(opposition("我23年的养老保险怎么领", ["养老保险怎么领"], 2026).is_some());
        same("二〇二五年医保缴费", "2025年医保缴费");
        same("今年医保什么时候交", "医保什么时候交");
        same("周日上班吗", "星期天上班吗");
    }

    #[test]
    fn negations_that_differ() {
        differ("没有房产证怎么落户", "有房产证怎么落户");
        differ("我不要办居住证", "我要办居住证");
        differ("the card does not work", "the card works");
        same("没收到短信", "短信没有收到");
        same("办不办得了", "可以办吗");
    }

    #[test]
    fn intents_that_are_opposite() {
        for (message, phrasing) in [
            ("注销营业执照", "办理营业执照"),
            ("营业执照怎么注销", "营业执照怎么弄"),
            ("怎么办理户口注销", "怎么办理户口登记"),
            ("取消医保自动扣款", "开通医保自动扣款"),
            ("户口迁出", "户口迁入"),
            ("公积金缴存", "公积金提取"),
            ("结婚登记", "离婚登记"),
            ("业主委员会怎么解散", "业主委员会怎么成立"),
            ("小区充电桩怎么拆除", "小区充电桩怎么装"),
            ("特困供养怎么退", "特困供养怎么申请"),
            ("how do i close my account", "how do i open an account"),
        ] {
            let found = differ(message, phrasing);
            assert!(
                found
                    .iter()
                    .any(|found| matches!(found, Difference::Intent { .. })),
                "{message}: {found:?}"
            );
        }
    }

    #[test]
    fn any_text_can_be_read() {
        for text in [
            "",
            "一",
            "年",
            "2024",
            "十万百",
            "99999999999999999999999年",
            "3.",
            ".5",
            "没",
            "不不不",
            "万一",
        ] {
            same(text, text);
            differences(text, "2024年不要取消3个");
        }
    }
}
