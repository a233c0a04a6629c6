//! Folds arbitrary text: folding is idempotent, and every position maps back into the original. `cargo fuzz
//! run fold`.

#![no_main]

use civic_reply::message::MAX_CHARS;
use civic_reply::text::fold;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let folded = fold(text);
    let once = folded.as_str();
    assert_eq!(folded.chars(), once.chars().count());
    assert!(folded.chars() <= MAX_CHARS);
    assert_eq!(fold(once).as_str(), once);

    let mut last = 0;
    for (at, c) in once.char_indices() {
        let span = folded.original_span(at..at + c.len_utf8());
        assert!(span.start < span.end && text.get(span.start..span.end).is_some());
        assert!(last <= span.start);
        last = span.start;
        let rest = folded.original_span(at..once.len());
        assert_eq!(rest.start, span.start);
        assert!(text.get(rest.start..rest.end).is_some());
    }
});
