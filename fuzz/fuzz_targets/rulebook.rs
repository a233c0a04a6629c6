//! Arbitrary files as a rulebook: loaded or refused with diagnostics that can be shown.

#![no_main]

use civic_reply::Rulebook;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // A line of one `%` begins the next file.
    let files = text.split("\n%\n").enumerate();
    let files = files.map(|(n, text)| (format!("{n}.toml"), text.to_owned()));
    if let Err(errors) = Rulebook::from_files(files) {
        assert!(!errors.to_string().is_empty());
    }
});
