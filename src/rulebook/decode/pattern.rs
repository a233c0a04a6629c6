//! Patterns of rules, with a size limit for each and a budget for all together.

use std::ops::Range;

use regex::RegexBuilder;
use regex_automata::nfa::thompson::{Compiler, Config};

use super::ctx::Ctx;
use crate::catalogue::{text, wording};
use crate::rulebook::diagnostic::Code;

/// The largest compiled pattern of a rule, in bytes.
pub const MAX_PATTERN_BYTES: usize = 1 << 18;

/// The largest size of all compiled patterns of a rulebook together, in bytes.
pub const MAX_PATTERNS_BYTES: usize = 1 << 22;

/// How much of the budget is used.
#[derive(Debug, Default)]
pub(in crate::rulebook) struct PatternBudget {
    used: usize,
    reported: bool,
}

/// Compiles `pattern`, named `subject` in diagnostics, and returns the names of its captures. `None` if the
/// pattern is invalid or the budget is used up.
///
/// Compiling is expensive. The size of the automaton is therefore checked first, and nothing is compiled once
/// the budget is used up.
pub(super) fn captures(
    pattern: &str,
    subject: &str,
    span: Range<usize>,
    ctx: &mut Ctx<'_>,
) -> Option<Vec<String>> {
    if ctx.patterns.used > MAX_PATTERNS_BYTES {
        return None;
    }
    let config = Config::new().nfa_size_limit(Some(MAX_PATTERN_BYTES));
    let nfa = match Compiler::new().configure(config).build(pattern) {
        Ok(nfa) => nfa,
        Err(error) if error.size_limit().is_some() => {
            too_large(subject, span.clone(), ctx);
            // Finding that out took the time of a pattern of this size.
            charge(MAX_PATTERN_BYTES, subject, span, ctx);
            return None;
        }
        Err(_) => {
            // The regex crate's own message is the better one.
            bad(pattern, subject, span, ctx);
            return None;
        }
    };
    if !charge(nfa.memory_usage(), subject, span.clone(), ctx) {
        return None;
    }
    match RegexBuilder::new(pattern).size_limit(MAX_PATTERN_BYTES).build() {
        Ok(regex) => Some(regex.capture_names().flatten().map(str::to_owned).collect()),
        Err(regex::Error::CompiledTooBig(_)) => {
            too_large(subject, span, ctx);
            None
        }
        Err(_) => {
            bad(pattern, subject, span, ctx);
            None
        }
    }
}

/// Takes `bytes` from the budget; false, and reported once, where that was too much.
fn charge(bytes: usize, subject: &str, span: Range<usize>, ctx: &mut Ctx<'_>) -> bool {
    ctx.patterns.used += bytes;
    if ctx.patterns.used <= MAX_PATTERNS_BYTES {
        return true;
    }
    if !ctx.patterns.reported {
        ctx.patterns.reported = true;
        ctx.error(
            span,
            Code::PatternBudget,
            wording!("pattern-budget", limit = MAX_PATTERNS_BYTES, pattern = subject),
        );
    }
    false
}

fn too_large(subject: &str, span: Range<usize>, ctx: &mut Ctx<'_>) {
    ctx.error(
        span,
        Code::PatternTooLarge,
        wording!("pattern-too-large", pattern = subject, limit = MAX_PATTERN_BYTES),
    );
}

fn bad(pattern: &str, subject: &str, span: Range<usize>, ctx: &mut Ctx<'_>) {
    let error = match regex_syntax::Parser::new().parse(pattern) {
        Ok(_) => text!("pattern-not-supported"),
        Err(regex_syntax::Error::Parse(error)) => error.kind().to_string(),
        Err(regex_syntax::Error::Translate(error)) => error.kind().to_string(),
        Err(error) => error.to_string(),
    };
    ctx.error(
        span,
        Code::BadPattern,
        wording!("pattern-invalid", pattern = subject, error = error),
    );
}
