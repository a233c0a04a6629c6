//! `[office]`, `[[account]]`, `[[department]]`, `[[theme]]`, `[[form]]`.

use super::cx::Cx;
use super::fields::{Fields, Value};
use super::letters::sending;
use super::names::Kind;
use super::template;
use super::values::{address, id_of, list, own_id, text, whole_number};
use crate::rulebook::shapes::{Account, Department, Form, Office, Theme};

pub(super) fn office(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Office> {
    let mut fields = Fields::of("`[office]`", value, cx)?;
    let name = fields.required("name", cx, text);
    let department = fields.required("department", cx, id_of(Kind::Department));
    let policy = fields.required("policy", cx, id_of(Kind::Policy));
    let urgent_policy = fields.required("urgent_policy", cx, id_of(Kind::Policy));
    fields.finish(cx);
    Some(Office {
        name: name?,
        department: department?,
        policy: policy?,
        urgent_policy: urgent_policy?,
    })
}

pub(super) fn account(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Account> {
    let mut fields = Fields::of("`[[account]]`", value, cx)?;
    let id = fields.required("id", cx, own_id(Kind::Account));
    let name = fields.required("name", cx, text);
    let department = fields.optional("department", cx, id_of(Kind::Department));
    let sending = fields.optional("sending", cx, sending);
    fields.finish(cx);
    Some(Account {
        id: id?,
        name: name?,
        department,
        sending,
    })
}

/// Nobody answers more in a day: more are typing errors.
const MAX_ANSWERS: i64 = 100_000;

pub(super) fn department(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Department> {
    let mut fields = Fields::of("`[[department]]`", value, cx)?;
    let id = fields.required("id", cx, own_id(Kind::Department));
    let name = fields.required("name", cx, text);
    let answers_a_day = fields.optional("answers_a_day", cx, whole_number(1..=MAX_ANSWERS));
    fields.finish(cx);
    Some(Department {
        id: id?,
        name: name?,
        answers_a_day,
    })
}

pub(super) fn theme(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Theme> {
    let mut fields = Fields::of("`[[theme]]`", value, cx)?;
    let id = fields.required("id", cx, own_id(Kind::Theme));
    let name = fields.required("name", cx, text);
    let department = fields.required("department", cx, id_of(Kind::Department));
    let co_handlers = fields.optional("co_handlers", cx, list(id_of(Kind::Department)));
    let policy = fields.optional("policy", cx, id_of(Kind::Policy));
    fields.finish(cx);
    Some(Theme {
        id: id?,
        name: name?,
        department: department?,
        co_handlers: co_handlers.unwrap_or_default(),
        policy,
    })
}

pub(super) fn form(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Form> {
    let mut fields = Fields::of("`[[form]]`", value, cx)?;
    let id = fields.required("id", cx, own_id(Kind::Form));
    let name = fields.required("name", cx, text);
    let text = fields.required("text", cx, template::plain);
    let url = fields.required("url", cx, address);
    fields.finish(cx);
    Some(Form {
        id: id?,
        name: name?,
        text: text?,
        url: url?,
    })
}
