//! Findings as cargo prints them.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Severity, visible};
use crate::catalogue::text;
use crate::rulebook::load::Sources;
use crate::rulebook::shapes::Location;

/// Longer marked lines are not shown: they are unreadable and slow to lay out.
const MAX_SHOWN_BYTES: usize = 4_000;

/// The findings with a line at the end that counts them.
pub(super) fn report(list: &[Diagnostic], omitted: usize, sources: &Sources, styled: bool) -> String {
    let renderer = if styled {
        Renderer::styled()
    } else {
        Renderer::plain()
    }
    .decor_style(DecorStyle::Ascii);
    let mut shown = String::new();
    for finding in list {
        shown.push_str(&renderer.render(&groups(finding, sources)));
        shown.push_str("\n\n");
    }
    shown.push_str(&summary(list, omitted));
    shown
}

fn summary(list: &[Diagnostic], omitted: usize) -> String {
    let count = |severity| list.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings, hints) = (
        count(Severity::Error),
        count(Severity::Warning),
        count(Severity::Info),
    );
    let parts = [
        (errors, text!("summary-errors", count = errors)),
        (warnings, text!("summary-warnings", count = warnings)),
        (hints, text!("summary-hints", count = hints)),
        (omitted, text!("summary-omitted", count = omitted)),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(_, part)| part).collect();
    if parts.is_empty() {
        text!("summary-none")
    } else {
        parts.join(", ")
    }
}

fn groups<'a>(finding: &'a Diagnostic, sources: &'a Sources) -> Vec<Group<'a>> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let title = level
        .primary_title(visible(&finding.message))
        .id(finding.code.name());
    let mut first = match &finding.location {
        Some(location) => title.element(place(location, finding.label.as_deref(), sources)),
        None => Group::with_title(title),
    };
    if let Some(help) = &finding.help {
        first = first.element(Level::HELP.message(visible(help)));
    }
    let mut groups = vec![first];
    for (location, text) in &finding.related {
        groups.push(
            Level::NOTE
                .secondary_title(visible(text))
                .element(place(location, None, sources)),
        );
    }
    groups
}

/// The marked lines of a place, or only its name if there are no lines to show.
fn place<'a>(location: &'a Location, label: Option<&'a str>, sources: &'a Sources) -> Element<'a> {
    let path = visible(&location.file);
    match sources
        .get(&location.file)
        .and_then(|source| marked(source.lines_of(&location.span)))
    {
        Some((text, span)) => Snippet::source(text)
            .path(path)
            .line_start(location.line)
            .annotation(AnnotationKind::Primary.span(span).label(label.map(visible)))
            .into(),
        None => Origin::path(path)
            .line(location.line)
            .char_column(location.column)
            .into(),
    }
}

/// Lines with hidden characters made visible, and where the mark is in them.
fn marked(lines: Option<(&str, Range<usize>)>) -> Option<(String, Range<usize>)> {
    let (text, span) = lines?;
    if text.len() > MAX_SHOWN_BYTES {
        return None;
    }
    let shown = |range: Range<usize>| -> Option<String> {
        let mut shown = String::new();
        for line in text.get(range)?.split_inclusive('\n') {
            let end = if line.ends_with("\r\n") {
                2
            } else {
                usize::from(line.ends_with('\n'))
            };
            let (body, end) = line.split_at(line.len() - end);
            for part in body.split_inclusive('\t') {
                shown.push_str(&visible(part.trim_end_matches('\t')));
                shown.extend(part.ends_with('\t').then_some("    "));
            }
            shown.extend((!end.is_empty()).then_some('\n'));
        }
        Some(shown)
    };
    let before = shown(0..span.start)?;
    let inside = shown(span.clone())?;
    let after = shown(span.end..text.len())?;
    let span = before.len()..before.len() + inside.len();
    Some((before + &inside + &after, span))
}
