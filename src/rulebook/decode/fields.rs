//! Reads a table key by key. A missing, unknown or wrong key is reported, and reading continues.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ctx::Ctx;
use super::suggest::nearest;
use crate::catalogue::{Wording, text, wording};
use crate::rulebook::diagnostic::Code;

/// A value with its span.
pub(in crate::rulebook) type Value<'i> = Spanned<DeValue<'i>>;

/// A table that is being read.
///
/// [`finish`](Self::finish) reports the keys that were not requested.
pub(in crate::rulebook) struct Fields<'t, 'i> {
    name: &'static str,
    table: &'t DeTable<'i>,
    span: Range<usize>,
    requested: Vec<&'static str>,
}

impl<'t, 'i> Fields<'t, 'i> {
    /// The keys of `value`, named `name` in diagnostics. A value that is no table is reported.
    pub(super) fn of(name: &'static str, value: &'t Value<'i>, ctx: &mut Ctx<'_>) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(table) => Some(Self {
                name,
                table,
                span: value.span(),
                requested: Vec::new(),
            }),
            other => {
                wrong_type(value.span(), Type::Table, other, ctx);
                None
            }
        }
    }

    /// The span of the table: its header, or the whole of an inline table.
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

    /// Reads `key` if it is there. An unreadable value has been reported and counts as absent.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        ctx: &mut Ctx<'_>,
        read: impl FnOnce(&Value<'_>, &mut Ctx<'_>) -> Option<T>,
    ) -> Option<T> {
        self.raw(key).and_then(|value| read(value, ctx))
    }

    /// Reads `key` and reports its absence.
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
                    wording!("missing-key", table = self.name, key = key),
                );
                None
            }
        }
    }

    /// Reports the keys that were not requested.
    pub(super) fn finish(self, ctx: &mut Ctx<'_>) {
        for (key, _) in self.table {
            let name = key.get_ref().as_ref();
            if self.requested.contains(&name) {
                continue;
            }
            let help = if ctx.problems.is_full() {
                String::new()
            } else if let Some(near) = nearest(name, self.requested.iter().copied()) {
                text!("did-you-mean", name = near)
            } else {
                text!("known-keys", keys = backticked(&self.requested))
            };
            ctx.error(
                key.span(),
                Code::UnknownKey,
                wording!("unknown-key", table = self.name, key = name).help(help),
            );
        }
    }
}

/// `a`, `b`, `c` in backticks.
pub(super) fn backticked(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// A type of value that a key can require.
#[derive(Clone, Copy, Debug)]
pub(super) enum Type {
    Text,
    WholeNumber,
    Number,
    Boolean,
    Date,
    DateTime,
    List,
    Table,
    Tables,
    Hours,
}

impl Type {
    fn of(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(_) => Self::Text,
            DeValue::Integer(_) => Self::WholeNumber,
            DeValue::Float(_) => Self::Number,
            DeValue::Boolean(_) => Self::Boolean,
            DeValue::Datetime(_) => Self::DateTime,
            DeValue::Array(_) => Self::List,
            DeValue::Table(_) => Self::Table,
        }
    }

    /// Its name, and how to write such a value.
    fn wording(self) -> Wording {
        match self {
            Self::Text => wording!("type-text"),
            Self::WholeNumber => wording!("type-whole-number"),
            Self::Number => wording!("type-number"),
            Self::Boolean => wording!("type-boolean"),
            Self::Date => wording!("type-date"),
            Self::DateTime => wording!("type-date-time"),
            Self::List => wording!("type-list"),
            Self::Table => wording!("type-table"),
            Self::Tables => wording!("type-tables"),
            Self::Hours => wording!("type-hours"),
        }
    }
}

/// Reports a value of another type than `wanted`.
pub(super) fn wrong_type(span: Range<usize>, wanted: Type, found: &DeValue<'_>, ctx: &mut Ctx<'_>) {
    let found = Type::of(found).wording().message;
    let wanted = wanted.wording();
    let wording = wording!("wrong-type", wanted = wanted.message, found = found);
    let wording = wording.help(wanted.help.unwrap_or_default());
    ctx.error(span, Code::WrongType, wording);
}
