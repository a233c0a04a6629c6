//! Finding again where a text of a rule or entry stands in its file.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// How many lines that look like a table's header are tried as the end of the one before.
const MAX_ENDS: usize = 16;

/// Where the string `text` stands in the list `key` of the table whose header, or the whole of which, is at `owner`, or of a
/// table in it such as `when`.
pub(super) fn in_list(file: &str, owner: &Range<usize>, key: &str, text: &str) -> Option<Range<usize>> {
    let rest = file.get(owner.start..)?;
    if !rest.starts_with('[') {
        let name = "x = ";
        let table = format!("{name}{}", file.get(owner.clone())?);
        let place = find(&table, key, text)?;
        let moved = |at: usize| owner.start + at.saturating_sub(name.len());
        return Some(moved(place.start)..moved(place.end));
    }
    // A line that begins with a bracket may belong to a list of the table: then what is before it is no whole document.
    let header = owner.end - owner.start;
    let brackets = rest.match_indices("\n[").map(|(at, _)| at + 1);
    let ends = brackets
        .filter(|end| *end > header)
        .take(MAX_ENDS)
        .chain([rest.len()]);
    let place = ends
        .filter_map(|end| rest.get(..end))
        .find_map(|table| find(table, key, text))?;
    Some(owner.start + place.start..owner.start + place.end)
}

fn find(document: &str, key: &str, text: &str) -> Option<Range<usize>> {
    let table = DeTable::parse(document).ok()?;
    below(table.get_ref(), key, text)
}

/// In the table, in tables in it, and in the first of those that stand several times.
fn below(table: &DeTable<'_>, key: &str, text: &str) -> Option<Range<usize>> {
    table.iter().find_map(|(name, value)| match value.get_ref() {
        _ if name.get_ref() == key => strings(value, text),
        DeValue::Table(table) => below(table, key, text),
        DeValue::Array(values) => values
            .first()?
            .get_ref()
            .as_table()
            .and_then(|table| below(table, key, text)),
        _ => None,
    })
}

fn strings(value: &Spanned<DeValue<'_>>, text: &str) -> Option<Range<usize>> {
    match value.get_ref() {
        DeValue::String(found) => (found.replace("\r\n", "\n").trim() == text).then(|| value.span()),
        DeValue::Array(values) => values.iter().find_map(|value| strings(value, text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::in_list;

    #[test]
    fn a_text_is_found_however_its_table_is_written() {
        let inline = "when = { any = [\"一\", '二'], all = [['三', \"\\u56DB\"], [\"一\"]] }";
        let lines = "when.any = [\n\"一\",\n'二']\nwhen.all = [\n[\"三\", \"\\u56DB\"],\n[\"一\"]]";
        let table = format!("\n[rule.when]\n{}", lines.replace("when.", ""));
        for body in [inline, lines, &table] {
            let before = "[[rule]]\nexamples = [\"二\"]\n\n";
            let file = format!("{before}[[rule]]\n# any = [\"二\"]\n{body}\n[[rule]]\nwhen.any = [\"五\"]\n");
            let owner = before.len()..before.len() + "[[rule]]".len();
            let place = |key, text| in_list(&file, &owner, key, text).and_then(|at| file.get(at));
            assert_eq!(place("any", "二"), Some("'二'"), "{body}");
            assert_eq!(place("all", "四"), Some("\"\\u56DB\""), "{body}");
            assert_eq!(place("examples", "二"), None, "{body}");
            assert_eq!(place("any", "五"), None, "{body}");
        }
        let file = "rule = [{ when = { any = [\"一\", \"二\"] } }]";
        let at = in_list(file, &(8..file.len() - 1), "any", "二");
        assert_eq!(at.and_then(|at| file.get(at)), Some("\"二\""));
    }
}
