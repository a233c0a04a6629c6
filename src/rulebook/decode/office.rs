//! `[office]`, `[[account]]`, `[[department]]`, `[[theme]]`, `[[form]]`.

use super::ctx::Ctx;
use super::fields::{Fields, Value};
use super::letters::sending;
use super::names::Kind;
use super::template;
use super::values::{address, id_of, list, own_id, text, whole_number};
use crate::rulebook::shapes::{Account, Department, Form, Office, Theme};

pub(super) fn office(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Office> {
    let mut fields = Fields::of("`[office]`", value, ctx)?;
    let name = fields.required("name", ctx, text);
    let department = fields.required("department", ctx, id_of(Kind::Department));
    let policy = fields.required("policy", ctx, id_of(Kind::Policy));
    let urgent_policy = fields.required("urgent_policy", ctx, id_of(Kind::Policy));
    fields.finish(ctx);
    Some(Office {
        name: name?,
        department: department?,
        policy: policy?,
        urgent_policy: urgent_policy?,
    })
}

pub(super) fn account(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Account> {
    let mut fields = Fields::of("`[[account]]`", value, ctx)?;
    let id = fields.required("id", ctx, own_id(Kind::Account));
    let name = fields.required("name", ctx, text);
    let department = fields.optional("department", ctx, id_of(Kind::Department));
    let sending = fields.optional("sending", ctx, sending);
    fields.finish(ctx);
    Some(Account {
        id: id?,
        name: name?,
        department,
        sending,
    })
}

/// No department answers more in a day; larger numbers are typing errors.
const MAX_ANSWERS: i64 = 100_000;

pub(super) fn department(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Department> {
    let mut fields = Fields::of("`[[department]]`", value, ctx)?;
    let id = fields.required("id", ctx, own_id(Kind::Department));
    let name = fields.required("name", ctx, text);
    let answers_a_day = fields.optional("answers_a_day", ctx, whole_number(1..=MAX_ANSWERS));
    fields.finish(ctx);
    Some(Department {
        id: id?,
        name: name?,
        answers_a_day,
    })
}

pub(super) fn theme(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Theme> {
    let mut fields = Fields::of("`[[theme]]`", value, ctx)?;
    let id = fields.required("id", ctx, own_id(Kind::Theme));
    let name = fields.required("name", ctx, text);
    let department = fields.required("department", ctx, id_of(Kind::Department));
    let co_handlers = fields.optional("co_handlers", ctx, list(id_of(Kind::Department)));
    let policy = fields.optional("policy", ctx, id_of(Kind::Policy));
    fields.finish(ctx);
    Some(Theme {
        id: id?,
        name: name?,
        department: department?,
        co_handlers: co_handlers.unwrap_or_default(),
        policy,
    })
}

pub(super) fn form(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Form> {
    let mut fields = Fields::of("`[[form]]`", value, ctx)?;
    let id = fields.required("id", ctx, own_id(Kind::Form));
    let name = fields.required("name", ctx, text);
    let text = fields.required("text", ctx, template::plain);
    let url = fields.required("url", ctx, address);
    fields.finish(ctx);
    Some(Form {
        id: id?,
        name: name?,
        text: text?,
        url: url?,
    })
}
