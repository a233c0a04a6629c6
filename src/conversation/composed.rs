//! Short messages that consist of listed words only.

/// The longest message that is compared, in letters and digits. A longer one says more than the lists.
const MAX_CHARS: usize = 40;

/// Words that a whole message may consist of, folded to letters and digits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Composed {
    /// Words of which the message has at least one.
    cores: Vec<String>,
    /// Words that may stand beside them.
    beside: Vec<String>,
}

impl Composed {
    pub(crate) fn new(cores: Vec<String>, beside: Vec<String>) -> Self {
        let words = |words: Vec<String>| words.into_iter().filter(|word| !word.is_empty()).collect();
        Self {
            cores: words(cores),
            beside: words(beside),
        }
    }

    /// Whether `bare`, folded to letters and digits, splits into words of the lists with at least one core.
    pub(crate) fn has(&self, bare: &str) -> bool {
        self.splits(bare) == Some(true)
    }

    /// Whether `bare` splits into words of the lists, with or without a core. An empty text does.
    pub(crate) fn covers(&self, bare: &str) -> bool {
        self.splits(bare).is_some()
    }

    /// `Some` if `bare` splits into words of the lists, with whether a core can be among them.
    fn splits(&self, bare: &str) -> Option<bool> {
        if bare.chars().nth(MAX_CHARS).is_some() {
            return None;
        }
        // For each byte at which a split can end: whether a core is before it.
        let mut ends = vec![None; bare.len() + 1];
        *ends.first_mut()? = Some(false);
        for start in 0..bare.len() {
            let Some(before) = ends.get(start).copied().flatten() else {
                continue;
            };
            let Some(rest) = bare.get(start..) else { continue };
            let cores = self.cores.iter().map(|word| (word, true));
            let beside = self.beside.iter().map(|word| (word, before));
            for (word, core) in cores.chain(beside) {
                if rest.starts_with(word.as_str())
                    && let Some(end) = ends.get_mut(start + word.len())
                {
                    *end = Some(end.unwrap_or(false) || core);
                }
            }
        }
        ends.last().copied().flatten()
    }

    /// `bare` without cores of two or more characters at its ends.
    pub(crate) fn without_ends<'a>(&self, bare: &'a str) -> &'a str {
        let mut rest = bare;
        let cores = || self.cores.iter().filter(|core| core.chars().nth(1).is_some());
        loop {
            let shorter = cores()
                .filter_map(|core| rest.strip_prefix(&**core).or_else(|| rest.strip_suffix(&**core)))
                .min_by_key(|left| left.len());
            match shorter {
                Some(shorter) => rest = shorter,
                None => return rest,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closers() -> Composed {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Composed::new(
            words(&["谢谢", "好的", "好"]),
            words(&["您", "的", "不用了", "啊"]),
        )
    }

    #[test]
    fn a_message_of_listed_words_needs_a_core() {
        let closers = closers();
        for text in ["谢谢", "好的谢谢您", "不用了谢谢", "谢谢谢谢啊"] {
            assert!(closers.has(text), "{text}");
        }
        for text in ["", "您啊", "谢谢另外想问", "好的谁"] {
            assert!(!closers.has(text), "{text}");
        }
        assert!(closers.covers("") && closers.covers("您啊"));
        assert!(!closers.has(&"谢谢".repeat(21)), "longer than any closer");
    }

    #[test]
    fn the_ends_are_taken_off_as_often_as_they_stand_there() {
        assert_eq!(closers().without_ends("好的没解决谢谢谢谢"), "没解决");
        assert_eq!(closers().without_ends("好人谢谢"), "好人");
        assert_eq!(closers().without_ends("谢谢"), "");
    }
}
