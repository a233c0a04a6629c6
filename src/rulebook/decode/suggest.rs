//! Suggests the name that an operator probably meant.

/// With more names of a similar length a suggestion is no help.
const MAX_CANDIDATES: usize = 1_000;

/// The name of `known` that is nearest to `name`, if the difference may be a typing error.
pub(in crate::rulebook) fn nearest<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let chars = name.chars().count();
    // Long names are no typing errors, and computing the distance takes quadratic time.
    if chars > 100 {
        return None;
    }
    let most = (chars / 3).max(1);
    known
        .into_iter()
        .filter(|candidate| candidate.chars().count().abs_diff(chars) <= most)
        .take(MAX_CANDIDATES)
        .map(|candidate| (strsim::osa_distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn only_slips_are_suggested() {
        assert_eq!(
            nearest("phrasing", ["question", "phrasings", "answer"]),
            Some("phrasings")
        );
        assert_eq!(nearest("thmee", ["theme", "id"]), Some("theme"));
        assert_eq!(nearest("rules", ["rule", "year"]), Some("rule"));
        assert_eq!(nearest("colour", ["id", "theme"]), None);
        assert_eq!(nearest(&"x".repeat(5_000), ["id"]), None);
    }
}
