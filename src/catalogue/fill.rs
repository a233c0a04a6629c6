//! Filling a text of the catalogue with its arguments.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};

/// Arguments by their names.
pub(crate) type Arguments<'a> = &'a [(&'static str, &'a dyn Display)];

/// The texts of a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wording {
    /// The problem.
    pub(crate) message: String,
    /// The text beside the marked place.
    pub(crate) label: Option<String>,
    /// Advice on how to solve it.
    pub(crate) help: Option<String>,
}

impl Wording {
    /// The wording with another help, for advice that depends on the finding.
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

/// The text of one part of an entry: `message`, or an attribute. Empty if the entry does not have the part.
pub(super) fn part<'t>(entry: &'t str, wanted: &str) -> Cow<'t, str> {
    let mut name = "message";
    let mut text = Cow::Borrowed("");
    let lines = entry.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let attribute = line.strip_prefix('.').and_then(|line| line.split_once(" = "));
        let line = attribute.map_or(line, |(attribute, rest)| {
            name = attribute;
            rest
        });
        if name != wanted {
            continue;
        }
        if text.is_empty() {
            text = Cow::Borrowed(line);
        } else {
            let text = text.to_mut();
            text.push(' ');
            text.push_str(line);
        }
    }
    text
}

/// `template` with its placeholders filled.
pub(super) fn fill(template: &str, arguments: Arguments<'_>) -> String {
    let mut text = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, brace)) = rest.find(['{', '}']).and_then(|at| rest.split_at_checked(at)) {
        text.push_str(before);
        let doubled = [("{{", '{'), ("}}", '}')];
        if let Some((after, c)) = doubled
            .into_iter()
            .find_map(|(pair, c)| Some((brace.strip_prefix(pair)?, c)))
        {
            text.push(c);
            rest = after;
            continue;
        }
        let (inside, after) = brace.split_once('}').unwrap_or((brace, ""));
        show(inside.trim_start_matches('{'), arguments, &mut text);
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Writes the placeholder `inside`: `name`, or `name|one|other`.
fn show(inside: &str, arguments: Arguments<'_>, text: &mut String) {
    let mut forms = inside.split('|');
    let name = forms.next().unwrap_or_default();
    let Some((_, value)) = arguments.iter().find(|(argument, _)| *argument == name) else {
        return;
    };
    let forms: Vec<&str> = forms.collect();
    // Writing to a `String` can't fail.
    let _ = match (forms.first(), forms.last()) {
        (Some(one), Some(other)) => {
            let is_one = value.to_string() == "1";
            text.write_str(if is_one { one } else { other })
        }
        _ => write!(text, "{value}"),
    };
}
