//! Loads arbitrary files as a rulebook: either it loads, or it is refused with diagnostics. `cargo fuzz run
//! rulebook`.

#![no_main]

use civic_reply::Rulebook;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // A line `%` separates files.
    let files = text.split("\n%\n").enumerate();
    let files = files.map(|(n, text)| (format!("{n}.toml"), text.to_owned()));
    if let Err(errors) = Rulebook::from_files(files) {
        assert!(!errors.to_string().is_empty());
    }
});
