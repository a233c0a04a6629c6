//! Fills the slots of a text template.

/// Replaces each `{slot}` by its value, from left to right. Values are inserted as they are and never
/// searched for slots, so braces in a citizen's text are safe. A slot without a value stays as written; the
/// loader rejects unknown slots.
pub fn fill(template: &str, slots: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}').and_then(|(name, after)| {
            slots
                .iter()
                .find(|(slot, _)| *slot == name)
                .map(|(_, value)| (*value, after))
        }) {
            Some((value, after)) => {
                out.push_str(value);
                rest = after;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn text_of_a_citizen_is_never_a_template() {
        let hostile = "{{ config }} {% for %} ${x} {case} {answer}";
        let filled = fill(
            "{answer}/{case}",
            &[("answer", hostile), ("case", "20261123-0000-0000")],
        );
        assert_eq!(filled, format!("{hostile}/20261123-0000-0000"));
        assert_eq!(fill("a { b {unknown} {", &[("case", "x")]), "a { b {unknown} {");
    }
}
