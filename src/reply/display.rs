//! Reasons as an operator reads them.

use std::fmt;

use super::reason::{Beaten, FollowedUp, Hit, Reason};

/// The most digits that two numbers are shown with.
const MOST_DIGITS: usize = 12;

impl fmt::Display for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` at {}..{}", self.keyword, self.span.start, self.span.end)
    }
}

impl fmt::Display for Beaten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Priority => "lower priority",
            Self::Specificity => "matched less of the message",
            Self::Order => "its id comes later",
        })
    }
}

impl fmt::Display for FollowedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Progress => "asks how it stands",
            Self::Thanks => "thanks",
            Self::Added => "adds to the case",
            Self::Held => "a person holds the case",
            Self::Solved => "the case is solved",
            Self::Unsolved => "the case is not solved",
            Self::Confirmed => "the answer was right",
            Self::Refused => "the answer did not help",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the message holds nothing that can be read"),
            Self::Truncated { kept } => write!(f, "only the first {kept} characters were read"),
            Self::Emergency { hit } => write!(f, "emergency word {hit}"),
            Self::HandOff { hit } => write!(f, "asked for a person: {hit}"),
            Self::Personal { hit } => write!(f, "complaint or personal matter: {hit}"),
            Self::TooLong { chars, limit } => {
                write!(
                    f,
                    "{chars} characters, too long to answer automatically (limit {limit})"
                )
            }
            Self::RuleFired { rule, hits } => {
                write!(f, "rule `{rule}` fired")?;
                for (n, hit) in hits.iter().enumerate() {
                    write!(f, "{} {hit}", if n == 0 { ":" } else { "," })?;
                }
                Ok(())
            }
            Self::RuleBeaten { rule, by, why } => write!(f, "rule `{rule}` beaten by `{by}`: {why}"),
            Self::ForwardedToTheme { theme } => write!(f, "the rule forwards it to theme `{theme}`"),
            Self::ForwardedToAccount { account } => write!(f, "the rule forwards it to account `{account}`"),
            Self::NotSpokenOf { rule, what } => {
                write!(f, "rule `{rule}` is not asked about: {what}")
            }
            Self::SeveralMatters { rule, other } => {
                write!(
                    f,
                    "rules `{rule}` and `{other}` answer different words of the message"
                )
            }
            Self::FaqCandidates { candidates } => {
                f.write_str("FAQ candidates:")?;
                for candidate in candidates {
                    write!(f, " `{}` {:.2}", candidate.entry, candidate.confidence)?;
                }
                Ok(())
            }
            Self::Differs { entry, what } => write!(f, "`{entry}` resembles it, but {what}"),
            Self::Uncertified => f.write_str("sure, but no certificate holds for this FAQ"),
            Self::NotAutomatic => f.write_str("sure, but no FAQ entry answers by itself"),
            Self::Sure {
                confidence,
                threshold,
            } => {
                let (confidence, threshold) = told_apart(*confidence, *threshold);
                write!(f, "sure: {confidence} reaches {threshold}")
            }
            Self::NearlySure {
                confidence,
                threshold,
                any,
                menu_threshold,
            } => {
                // What differs keeps even a sure entry from answering.
                let (is, but) = match confidence < threshold {
                    true => ("is below", ""),
                    false => ("would reach", " but for the above"),
                };
                let (confidence, threshold) = told_apart(*confidence, *threshold);
                let (any, menu_threshold) = told_apart(*any, *menu_threshold);
                write!(
                    f,
                    "nearly sure: {confidence} {is} {threshold}{but}, one of the best is right with {any}, \
                     which reaches {menu_threshold}"
                )
            }
            Self::Unsure { any, menu_threshold } => {
                let (any, menu_threshold) = told_apart(*any, *menu_threshold);
                write!(
                    f,
                    "not sure: one of the best is right with {any}, below {menu_threshold}"
                )
            }
            Self::Misses { misses } => write!(f, "{misses} messages in a row could not be answered"),
            Self::FaqFailed { error } => write!(f, "the FAQ could not be asked: {error}"),
            Self::Chosen { number } => write!(f, "chose option {number} of the menu"),
            Self::NoneOfThese { offered } => {
                f.write_str("chose none of the menu's options")?;
                for (place, entry) in offered.iter().enumerate() {
                    write!(f, "{} `{entry}`", if place == 0 { ":" } else { "," })?;
                }
                Ok(())
            }
            Self::FollowUp { how, case } => {
                write!(f, "goes on with what went before: {how}")?;
                case.as_ref().map_or(Ok(()), |case| write!(f, ", case `{case}`"))
            }
            Self::Repeated { times } => write!(f, "the same answer {times} times in a row"),
            Self::Theme { theme } => write!(f, "theme `{theme}`"),
            Self::SameMatter { case } => write!(f, "the same as case `{case}`, by another account"),
            Self::Routed {
                department,
                probability,
                threshold,
                neighbour,
            } => {
                let (probability, threshold) = told_apart(*probability, *threshold);
                write!(f, "routed to `{department}`: {probability} reaches {threshold}")?;
                match neighbour {
                    Some(entry) => write!(f, ", nearest `{entry}`"),
                    None => Ok(()),
                }
            }
            Self::RouteUnsure {
                department,
                probability,
                threshold,
                strange,
            } => match strange {
                true => write!(
                    f,
                    "not sure whose it is: unlike all that was learnt, least unlike `{department}`"
                ),
                false => {
                    let (probability, threshold) = told_apart(*probability, *threshold);
                    write!(
                        f,
                        "not sure whose it is: `{department}` with {probability}, needs {threshold}"
                    )
                }
            },
            Self::NoTheme => f.write_str("no theme recognised"),
        }
    }
}

/// Two numbers with two digits, or with as many more as it takes to see which is the larger.
fn told_apart(one: f64, other: f64) -> (String, String) {
    let with = |digits| (format!("{one:.digits$}"), format!("{other:.digits$}"));
    let mut shown = (2..=MOST_DIGITS).map(with).filter(|(one, other)| one != other);
    shown.next().unwrap_or_else(|| with(2))
}

#[cfg(test)]
mod tests {
    use super::told_apart;

    #[test]
    fn what_is_below_does_not_look_equal() {
        let shown = |one, other| {
            let (one, other) = told_apart(one, other);
            format!("{one} {other}")
        };
        assert_eq!(shown(0.5, 0.97), "0.50 0.97");
        assert_eq!(shown(0.939_7, 0.94), "0.9397 0.9400");
        assert_eq!(shown(0.938, 0.94), "0.938 0.940");
        assert_eq!(shown(0.94, 0.94), "0.94 0.94");
        assert_eq!(shown(f64::NAN, f64::NAN), "NaN NaN");
    }
}
