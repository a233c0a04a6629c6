//! Word boundaries for keyword matching.

/// Whether bytes `start..end` do not cut a Latin word or a number: `etc` does not match in `fetch`, nor `12`
/// in `123`.
pub(crate) fn is_whole_word(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let cuts = |left: Option<&u8>, right: Option<&u8>| match (left, right) {
        (Some(left), Some(right)) => {
            (left.is_ascii_alphabetic() && right.is_ascii_alphabetic())
                || (left.is_ascii_digit() && right.is_ascii_digit())
        }
        _ => false,
    };
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    let last = end.checked_sub(1).and_then(|at| bytes.get(at));
    !cuts(before, bytes.get(start)) && !cuts(last, bytes.get(end))
}
