//! Reasons as an operator reads them.

use std::fmt;

use super::reason::{Beaten, FollowedUp, Hit, Reason};

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
                write!(f, "sure: {confidence:.2} reaches {threshold:.2}")
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
                write!(
                    f,
                    "nearly sure: {confidence:.2} {is} {threshold:.2}{but}, one of the best is right with {any:.2}, \
                     which reaches {menu_threshold:.2}"
                )
            }
            Self::Unsure { any, menu_threshold } => {
                write!(
                    f,
                    "not sure: one of the best is right with {any:.2}, below {menu_threshold:.2}"
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
                write!(
                    f,
                    "routed to `{department}`: {probability:.2} reaches {threshold:.2}"
                )?;
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
                false => write!(
                    f,
                    "not sure whose it is: `{department}` with {probability:.2}, needs {threshold:.2}"
                ),
            },
            Self::NoTheme => f.write_str("no theme recognised"),
        }
    }
}
