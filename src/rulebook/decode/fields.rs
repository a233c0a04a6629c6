//! Reading a table key by key: a missing, unknown or wrong key is reported, and reading goes on.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ctx::Ctx;
use super::suggest::nearest;
use crate::rulebook::diagnostic::Code;

/// A value with the bytes that it stands on.
pub(in crate::rulebook) type Value<'i> = Spanned<DeValue<'i>>;

/// A table whose keys are being read.
///
/// Each key is asked for once; [`finish`](Self::finish) reports those that nobody asked for.
pub(in crate::rulebook) struct Fields<'t, 'i> {
    name: &'static str,
    table: &'t DeTable<'i>,
    span: Range<usize>,
    requested: Vec<&'static str>,
}

impl<'t, 'i> Fields<'t, 'i> {
    /// The keys of `value`, which is reported where it is no table. `name` is how messages call it.
    pub(super) fn of(name: &'static str, value: &'t Value<'i>, ctx: &mut Ctx<'_>) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(table) => Some(Self {
                name,
                table,
                span: value.span(),
                requested: Vec::new(),
            }),
            other => {
                wrong_type(value.span(), "a table", other, ctx);
                None
            }
        }
    }

    /// Where the table stands: its header, or the whole of an inline table.
    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The value of `key` as it is.
    pub(super) fn raw(&mut self, key: &'static str) -> Option<&'t Value<'i>> {
        if !self.requested.contains(&key) {
            self.requested.push(key);
        }
        self.table.get(key)
    }

    /// Reads `key` where it is given. A value that can't be read has been reported and counts as absent.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        ctx: &mut Ctx<'_>,
        read: impl FnOnce(&Value<'_>, &mut Ctx<'_>) -> Option<T>,
    ) -> Option<T> {
        self.raw(key).and_then(|value| read(value, ctx))
    }

    /// Reads `key`, whose absence is reported.
    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        ctx: &mut Ctx<'_>,
        read: impl FnOnce(&Value<'_>, &mut Ctx<'_>) -> Option<T>,
    ) -> Option<T> {
        match self.raw(key) {
            Some(value) => read(value, ctx),
            None => {
                ctx.error(
                    self.span(),
                    Code::MissingKey,
                    format!("{} has no `{key}`", self.name),
                    &format!("`{key}` is missing"),
                    format!("add `{key} = …`"),
                );
                None
            }
        }
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn finish(self, ctx: &mut Ctx<'_>) {
        for (key, _) in self.table {
            let name = key.get_ref().as_ref();
            if self.requested.contains(&name) {
                continue;
            }
            let help = if ctx.problems.is_full() {
                String::new()
            } else if let Some(near) = nearest(name, self.requested.iter().copied()) {
                format!("did you mean `{near}`?")
            } else {
                format!("it may have: {}", backticked(&self.requested))
            };
            ctx.error(
                key.span(),
                Code::UnknownKey,
                format!("{} has no key `{name}`", self.name),
                "unknown key",
                help,
            );
        }
    }
}

/// `a`, `b`, `c` in backticks.
pub(super) fn backticked(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// How a value of a type is written, where its name does not show it.
fn example(wanted: &str) -> &'static str {
    match wanted {
        "a text" => " in quotes: `\"…\"`",
        "a list" => " in brackets: `[…, …]`",
        "a table" => " in braces: `{ key = … }`",
        "tables" => ", each under a header of its own in double brackets",
        "a whole number" => " without quotes, such as `3`",
        "a number" => " without quotes, such as `0.5`",
        "`true` or `false`" | "a date such as 2026-01-31" => " without quotes",
        _ => "",
    }
}

/// Reports a value of another type than `wanted`.
pub(super) fn wrong_type(span: Range<usize>, wanted: &str, found: &DeValue<'_>, ctx: &mut Ctx<'_>) {
    let found = match found {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    ctx.error(
        span,
        Code::WrongType,
        format!("expected {wanted}, found {found}"),
        &format!("expected {wanted}"),
        format!("write {wanted}{}", example(wanted)),
    );
}
