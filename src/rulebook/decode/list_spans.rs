//! The spans of the texts that rules and FAQ entries list, kept while they are decoded.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use toml::de::DeValue;

use super::fields::Value;
use crate::rulebook::shapes::Location;

/// A list of texts of a rule or FAQ entry that diagnostics mark one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextList {
    /// `examples`.
    Examples,
    /// `counterexamples`.
    Counterexamples,
    /// `when.any`.
    Any,
    /// `when.all`, its groups one after the other.
    All,
    /// `when.near.one`.
    NearOne,
    /// `when.near.other`.
    NearOther,
}

/// The file and the first byte of a rule or entry.
type Owner = (Arc<str>, usize);

/// The spans of the texts of one list, in order.
type Spans = (TextList, Vec<Range<u32>>);

/// The spans of listed texts, by the place of the rule or entry that lists them.
///
/// Only spans are kept, in the order of the decoded list. A rulebook loads only if every text of every list
/// was read, so the n-th span belongs to the n-th text. A file has at most
/// [`MAX_FILE_BYTES`](crate::rulebook::MAX_FILE_BYTES), so offsets fit in 32 bits.
#[derive(Clone, Debug, Default)]
pub(in crate::rulebook) struct ListSpans {
    lists: HashMap<Owner, Vec<Spans>>,
}

impl ListSpans {
    /// Keeps the spans of the strings in `value`, the list `list` of the rule or entry at `owner`.
    pub(super) fn keep(&mut self, owner: &Location, list: TextList, value: Option<&Value<'_>>) {
        let mut spans = Vec::new();
        collect(value, &mut spans);
        if !spans.is_empty() {
            let lists = self.lists.entry((owner.file.clone(), owner.span.start));
            lists.or_default().push((list, spans));
        }
    }

    /// The span of the text at `index` of the list `list` of the rule or entry at `owner`.
    pub(in crate::rulebook) fn get(
        &self,
        owner: &Location,
        list: TextList,
        index: usize,
    ) -> Option<Range<usize>> {
        let lists = self.lists.get(&(owner.file.clone(), owner.span.start))?;
        let (_, spans) = lists.iter().find(|(kept, _)| *kept == list)?;
        let span = spans.get(index)?;
        Some(usize::try_from(span.start).ok()?..usize::try_from(span.end).ok()?)
    }
}

/// The spans of the strings in `value`, in lists and lists of lists.
fn collect(value: Option<&Value<'_>>, spans: &mut Vec<Range<u32>>) {
    let Some(value) = value else { return };
    match value.get_ref() {
        DeValue::String(_) => {
            let span = value.span();
            let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            spans.push(offset(span.start)..offset(span.end));
        }
        DeValue::Array(values) => values.iter().for_each(|value| collect(Some(value), spans)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::sync::Arc;

    use super::TextList;
    use crate::rulebook::decode::{self, Decoded};
    use crate::rulebook::diagnostic::Problems;
    use crate::rulebook::load::Source;

    /// Decodes `text` and gives the marked text at `index` of a list of its last rule.
    fn marked(text: &str) -> impl Fn(TextList, usize) -> Option<String> {
        let source = Source::new(Arc::from("a.toml"), text.to_owned());
        let mut decoded = Decoded::default();
        decode::file(&source, &mut decoded, &mut Problems::default());
        let rule = decoded.rules.last().unwrap().clone();
        let text = text.to_owned();
        move |list, index| {
            let span = decoded.list_spans.get(&rule.location, list, index)?;
            text.get(span).map(str::to_owned)
        }
    }

    #[test]
    fn a_text_is_found_however_its_table_is_written() {
        let near = "near = { one = ['六'], other = ['七'], within = 3 }";
        let inline =
            format!("when = {{ any = [\"一\", '二'], all = [['三', \"\\u56DB\"], [\"一\"]], {near} }}");
        let lines = format!(
            "when.any = [\n\"一\",\n'二']\nwhen.all = [\n[\"三\", \"\\u56DB\"],\n[\"一\"]]\nwhen.{near}"
        );
        let table = format!("\n[rule.when]\n{}", lines.replace("when.", ""));
        let head = |id: &str| format!("[[rule]]\nid = \"{id}\"\ntheme = \"t\"\nescalate = {{}}\n");
        for body in [&inline, &lines, &table] {
            let first = format!("{}examples = [\"二\"]\nwhen.any = [\"五五\"]\n\n", head("a"));
            let text = format!("{first}{}# any = [\"二\"]\n{body}\n", head("b"));
            let marked = marked(&text);
            let place = |list, index| marked(list, index).unwrap_or_default();
            assert_eq!(place(TextList::Any, 1), "'二'", "{body}");
            assert_eq!(place(TextList::All, 1), "\"\\u56DB\"", "{body}");
            assert_eq!(place(TextList::All, 2), "\"一\"", "{body}");
            assert_eq!(place(TextList::NearOther, 0), "'七'", "{body}");
            assert_eq!(marked(TextList::Any, 2), None, "{body}");
            assert_eq!(marked(TextList::Examples, 0), None, "{body}");
        }
        let inside = "id = \"a\", theme = \"t\", escalate = {}, when = { any = [\"一\", \"二\"] }";
        let text = format!("rule = [{{ {inside} }}]");
        let marked = marked(&text);
        assert_eq!(marked(TextList::Any, 1).as_deref(), Some("\"二\""));
    }
}
