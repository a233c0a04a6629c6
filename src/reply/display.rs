//! Reasons as text for an operator.

use std::fmt;

use super::reason::{Beaten, FollowUpKind, Hit, Reason};
use super::why_not::WhyNot;
use crate::catalogue::text;
use crate::message::EntryId;

/// The most decimals that two numbers are shown with.
const MOST_DIGITS: usize = 12;

impl fmt::Display for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = (self.span.start, self.span.end);
        f.write_str(&text!("hit", keyword = self.keyword, start = start, end = end))
    }
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::PartOf { word } => text!("not-meant-part-of", word = word),
            Self::Negated { word } => text!("not-meant-negated", word = word),
        })
    }
}

impl fmt::Display for Beaten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Priority => text!("rule-lower-priority"),
            Self::Specificity => text!("rule-less-specific"),
            Self::Order => text!("rule-later-id"),
        })
    }
}

impl fmt::Display for FollowUpKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Progress => text!("follow-up-progress"),
            Self::Thanks => text!("follow-up-thanks"),
            Self::Added => text!("follow-up-added"),
            Self::Held => text!("follow-up-held"),
            Self::Solved => text!("follow-up-solved"),
            Self::Unsolved => text!("follow-up-unsolved"),
            Self::Confirmed => text!("follow-up-confirmed"),
            Self::Refused => text!("follow-up-refused"),
            Self::LeftMenu => text!("follow-up-left-menu"),
            Self::Chased => text!("follow-up-chased"),
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(self))
    }
}

fn shown(reason: &Reason) -> String {
    match reason {
        Reason::Empty => text!("reason-empty"),
        Reason::Truncated { kept } => text!("reason-truncated", kept = kept),
        Reason::Emergency { hit } => text!("reason-emergency", hit = hit),
        Reason::DangerDenied { hit } => text!("reason-danger-denied", hit = hit),
        Reason::HandOff { hit } => text!("reason-hand-off", hit = hit),
        Reason::Personal { hit } => text!("reason-personal", hit = hit),
        Reason::TooLong { chars, limit } => text!("reason-too-long", chars = chars, limit = limit),
        Reason::RuleFired { rule, hits } if hits.is_empty() => text!("reason-rule-fired", rule = rule),
        Reason::RuleFired { rule, hits } => {
            text!("reason-rule-fired-on", rule = rule, hits = joined(hits))
        }
        Reason::RuleBeaten { rule, by, why } => {
            text!("reason-rule-beaten", rule = rule, winner = by, why = why)
        }
        Reason::ForwardedToTheme { theme } => text!("reason-forwarded-to-theme", theme = theme),
        Reason::ForwardedToAccount { account } => text!("reason-forwarded-to-account", account = account),
        Reason::NotSpokenOf { rule, what } => text!("reason-not-about", rule = rule, what = what),
        Reason::SeveralMatters { rule, other } => {
            text!("reason-several-matters", first = rule, second = other)
        }
        Reason::FaqCandidates { candidates } => {
            let shown = candidates.iter().map(|candidate| {
                let confidence = format!("{:.2}", candidate.confidence);
                let (entry, confidence) = (&candidate.entry, confidence);
                format!(
                    " {}",
                    text!("reason-faq-candidate", entry = entry, confidence = confidence)
                )
            });
            text!("reason-faq-candidates", candidates = shown.collect::<String>())
        }
        Reason::Differs { entry, what } => text!("reason-differs", entry = entry, what = what),
        Reason::Uncertified => text!("reason-uncertified"),
        Reason::NotAutomatic => text!("reason-not-automatic"),
        Reason::Sure { .. } | Reason::NearlySure { .. } | Reason::Unsure { .. } => sureness(reason),
        Reason::Misses { misses } => text!("reason-misses", misses = misses),
        Reason::FaqFailed { error } => text!("reason-faq-failed", error = error),
        Reason::Chosen { number } => text!("reason-chosen", number = number),
        Reason::NoneOfThese { offered } if offered.is_empty() => text!("reason-none-of-these"),
        Reason::NoneOfThese { offered } => {
            text!("reason-none-of-these-offered", options = listed(offered))
        }
        Reason::AfterMenu { offered } => text!("reason-after-menu", options = listed(offered)),
        Reason::FollowUp { kind, case: None } => text!("reason-follow-up", kind = kind),
        Reason::FollowUp {
            kind,
            case: Some(case),
        } => {
            text!("reason-follow-up-case", kind = kind, case = case)
        }
        Reason::Repeated { times } => text!("reason-repeated", times = times),
        Reason::Automatic { marked: true, .. } => text!("reason-automatic-marked"),
        Reason::Automatic { marked: false, .. } => text!("reason-automatic-repeated"),
        Reason::Theme { theme } => text!("reason-theme", theme = theme),
        Reason::SameMatter { case } => text!("reason-same-matter", case = case),
        Reason::Routed { .. } | Reason::RouteUnsure { .. } => routing(reason),
        Reason::NoTheme => text!("reason-no-theme"),
    }
}

/// The reasons that compare the FAQ's confidence with a threshold.
fn sureness(reason: &Reason) -> String {
    match reason {
        Reason::Sure {
            confidence,
            threshold,
        } => {
            let (confidence, threshold) = distinguishable(*confidence, *threshold);
            text!("reason-sure", confidence = confidence, threshold = threshold)
        }
        Reason::NearlySure {
            confidence,
            threshold,
            any,
            menu_threshold,
        } => {
            let is_below = confidence < threshold;
            let (confidence, threshold) = distinguishable(*confidence, *threshold);
            let (any, menu) = distinguishable(*any, *menu_threshold);
            // A difference keeps even a sure entry from answering.
            if is_below {
                text!(
                    "reason-nearly-sure",
                    confidence = confidence,
                    threshold = threshold,
                    any = any,
                    menu_threshold = menu,
                )
            } else {
                text!(
                    "reason-nearly-sure-but",
                    confidence = confidence,
                    threshold = threshold,
                    any = any,
                    menu_threshold = menu,
                )
            }
        }
        Reason::Unsure { any, menu_threshold } => {
            let (any, menu) = distinguishable(*any, *menu_threshold);
            text!("reason-unsure", any = any, menu_threshold = menu)
        }
        _ => String::new(),
    }
}

/// The reasons that compare the probability of a department with a threshold.
fn routing(reason: &Reason) -> String {
    match reason {
        Reason::Routed {
            department,
            probability,
            threshold,
            neighbour,
        } => {
            let (probability, threshold) = distinguishable(*probability, *threshold);
            match neighbour {
                Some(entry) => text!(
                    "reason-routed-near",
                    department = department,
                    probability = probability,
                    threshold = threshold,
                    entry = entry,
                ),
                None => text!(
                    "reason-routed",
                    department = department,
                    probability = probability,
                    threshold = threshold,
                ),
            }
        }
        Reason::RouteUnsure {
            department,
            strange: true,
            ..
        } => text!("reason-route-unfamiliar", department = department),
        Reason::RouteUnsure {
            department,
            probability,
            threshold,
            ..
        } => {
            let (probability, threshold) = distinguishable(*probability, *threshold);
            text!(
                "reason-route-unsure",
                department = department,
                probability = probability,
                threshold = threshold,
            )
        }
        _ => String::new(),
    }
}

fn joined(hits: &[Hit]) -> String {
    let hits: Vec<String> = hits.iter().map(Hit::to_string).collect();
    hits.join(", ")
}

/// Two numbers with two digits, or with as many more as are needed to tell them apart.
fn distinguishable(one: f64, other: f64) -> (String, String) {
    let with = |digits| (format!("{one:.digits$}"), format!("{other:.digits$}"));
    let mut shown = (2..=MOST_DIGITS).map(with).filter(|(one, other)| one != other);
    shown.next().unwrap_or_else(|| with(2))
}

fn listed(entries: &[EntryId]) -> String {
    let entries: Vec<String> = entries.iter().map(|entry| format!("`{entry}`")).collect();
    entries.join(", ")
}

#[cfg(test)]
mod tests {
    use super::distinguishable;

    #[test]
    fn a_smaller_number_does_not_look_equal() {
        let shown = |one, other| {
            let (one, other) = distinguishable(one, other);
            format!("{one} {other}")
        };
        assert_eq!(shown(0.5, 0.97), "0.50 0.97");
        assert_eq!(shown(0.939_7, 0.94), "0.9397 0.9400");
        assert_eq!(shown(0.938, 0.94), "0.938 0.940");
        assert_eq!(shown(0.94, 0.94), "0.94 0.94");
        assert_eq!(shown(f64::NAN, f64::NAN), "NaN NaN");
    }
}
