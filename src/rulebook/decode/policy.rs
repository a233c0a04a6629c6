//! `[[policy]]`: the deadlines of a kind of matter.

use super::ctx::Ctx;
use super::fields::{Fields, Value};
use super::names::Kind;
use super::values::{date, flag, list, own_id, text, whole_number, word};
use crate::case::{Amount, ClockKind, CountsFrom, Ends, MAX_DAYS, Starts, TimeLimit, Unit, Warn};
use crate::catalogue::wording;
use crate::message::{AgentId, PolicyId};
use crate::rulebook::diagnostic::Code;
use crate::rulebook::shapes::Location;
use crate::time::{ExtensionRule, Policy, ReturnRule};

const CLOCKS: [ClockKind; 5] = [
    ClockKind::FirstReply,
    ClockKind::Resolution,
    ClockKind::Promise,
    ClockKind::Delivery,
    ClockKind::SatisfactionCheck,
];

const UNITS: &[(&str, Unit)] = &[
    ("minutes", Unit::Minutes),
    ("hours", Unit::Hours),
    ("working_minutes", Unit::WorkingMinutes),
    ("working_hours", Unit::WorkingHours),
    ("working_days", Unit::WorkingDays),
    ("calendar_days", Unit::CalendarDays),
];

const STARTS: &[(&str, Starts)] = &[
    ("received", Starts::Received),
    ("accepted", Starts::Accepted),
    ("answered", Starts::Answered),
    ("last_message", Starts::LastMessage),
    ("told", Starts::Told),
];

const COUNTS_FROM: &[(&str, CountsFrom)] = &[
    ("same_day", CountsFrom::SameDay),
    ("next_day", CountsFrom::NextDay),
];

const ENDS: &[(&str, Ends)] = &[("close", Ends::Close), ("midnight", Ends::Midnight)];

/// A policy as it was written, before it is known which one the office uses for emergencies.
#[derive(Debug)]
pub(in crate::rulebook) struct PolicyTable {
    policy: Policy,
    /// `urgent`, if it is written.
    urgent: Option<bool>,
    /// The clocks without `counts_from`.
    unsaid: Vec<ClockKind>,
    pub(in crate::rulebook) location: Location,
}

impl PolicyTable {
    /// The policy in an office that uses the policy `for_emergencies` for emergencies.
    ///
    /// That policy is urgent unless it says otherwise. Time that runs day and night counts at once under an
    /// urgent policy unless the policy says otherwise.
    pub(in crate::rulebook) fn resolve(self, for_emergencies: &PolicyId) -> Policy {
        let Self {
            mut policy,
            urgent,
            unsaid,
            ..
        } = self;
        policy.urgent = urgent.unwrap_or(policy.id == *for_emergencies);
        if policy.urgent {
            let at_once = |time_limit: &&mut TimeLimit| {
                let unit = time_limit.amount.unit();
                unsaid.contains(&time_limit.clock) && !unit.is_working() && !unit.is_days()
            };
            for time_limit in policy.clocks.iter_mut().filter(at_once) {
                time_limit.counts_from = CountsFrom::SameDay;
            }
        }
        policy
    }

    pub(in crate::rulebook) fn id(&self) -> &PolicyId {
        &self.policy.id
    }
}

pub(super) fn policy(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<PolicyTable> {
    let mut fields = Fields::of("`[[policy]]`", value, ctx)?;
    let id = fields.required("id", ctx, own_id(Kind::Policy));
    let name = fields.required("name", ctx, text);
    let has_source = fields.raw("source").is_some();
    let source = fields.optional("source", ctx, text).unwrap_or_default();
    let source_date = fields.optional("source_date", ctx, date);
    let urgent = fields.optional("urgent", ctx, flag);
    let extension = fields.optional("extension", ctx, extension);
    let returns = fields.optional("returns", ctx, returns);
    let mut clocks = Vec::new();
    let mut given = false;
    let mut unsaid = Vec::new();
    for clock in CLOCKS {
        given |= fields.raw(clock.name()).is_some();
        clocks.extend(fields.optional(clock.name(), ctx, |value, ctx| {
            let (time_limit, says_from) = time_limit(clock, value, ctx)?;
            unsaid.extend((!says_from).then_some(clock));
            Some(time_limit)
        }));
    }
    let span = fields.span();
    fields.finish(ctx);
    if !has_source {
        ctx.warning(span.clone(), Code::NoSource, wording!("no-source"));
    }
    let owes = |time_limit: &TimeLimit| {
        time_limit.starts == Starts::Received
            && matches!(time_limit.clock, ClockKind::FirstReply | ClockKind::Resolution)
    };
    // A clock that can't be read has already been reported.
    if !clocks.iter().any(owes) && (!given || !clocks.is_empty()) {
        ctx.error(span.clone(), Code::MissingKey, wording!("policy-without-clock"));
    }
    Some(PolicyTable {
        policy: Policy {
            id: id?,
            name: name?,
            source,
            source_date,
            urgent: false,
            clocks,
            extension,
            returns,
        },
        urgent,
        unsaid,
        location: ctx.location(span),
    })
}

/// The time limit, and whether it says from when it counts.
fn time_limit(clock: ClockKind, value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<(TimeLimit, bool)> {
    let mut fields = Fields::of("the policy's clock", value, ctx)?;
    let amount = amount_in(&mut fields, ctx);
    let starts = fields.optional("starts", ctx, word(STARTS)).unwrap_or_default();
    let says_from = fields.raw("counts_from").is_some();
    let counts_from = fields
        .optional("counts_from", ctx, word(COUNTS_FROM))
        .unwrap_or_default();
    let ends = fields.optional("ends", ctx, word(ENDS)).unwrap_or_default();
    let warn = fields.optional("warn", ctx, list(warn)).unwrap_or_default();
    fields.finish(ctx);
    let time_limit = TimeLimit {
        clock,
        amount: amount?,
        starts,
        counts_from,
        ends,
        warn,
    };
    Some((time_limit, says_from))
}

/// `{ share = 50 }` or `{ before = { amount = 2, unit = "working_hours" } }`.
fn warn(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Warn> {
    let mut fields = Fields::of("a warning", value, ctx)?;
    let given = [fields.raw("share").is_some(), fields.raw("before").is_some()];
    let share = fields.optional("share", ctx, whole_number(1..=99));
    let before = fields.optional("before", ctx, amount);
    fields.finish(ctx);
    if given == [true, true] || given == [false, false] {
        ctx.error(value.span(), Code::BadValue, wording!("unclear-warning"));
        return None;
    }
    share.map(Warn::Share).or(before.map(Warn::Before))
}

/// `{ times = 1, amount = 10, unit = "working_days" }`.
fn extension(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<ExtensionRule> {
    let mut fields = Fields::of("`extension`", value, ctx)?;
    let times = fields.required("times", ctx, whole_number(1..=100));
    let amount = amount_in(&mut fields, ctx);
    fields.finish(ctx);
    Some(ExtensionRule {
        times: times?,
        amount: amount?,
    })
}

/// `{ within = …, complex = …, owner_after = 3, owner = "chief" }`.
fn returns(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<ReturnRule> {
    let mut fields = Fields::of("`returns`", value, ctx)?;
    let within = fields.required("within", ctx, amount);
    let complex = fields.optional("complex", ctx, amount);
    let owner_after = fields.optional("owner_after", ctx, whole_number(1..=100));
    let owner = fields.optional("owner", ctx, text);
    fields.finish(ctx);
    Some(ReturnRule {
        within: within?,
        complex,
        owner_after,
        owner: owner.map(AgentId::new),
    })
}

/// `{ amount = 2, unit = "working_hours" }`.
pub(super) fn amount(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Amount> {
    let mut fields = Fields::of("an amount of time", value, ctx)?;
    let amount = amount_in(&mut fields, ctx);
    fields.finish(ctx);
    amount
}

fn amount_in(fields: &mut Fields<'_, '_>, ctx: &mut Ctx<'_>) -> Option<Amount> {
    let most = i64::from(MAX_DAYS) * 24 * 60;
    let count = fields.required("amount", ctx, whole_number(1..=most));
    let unit = fields.required("unit", ctx, word(UNITS));
    match Amount::new(count?, unit?) {
        Ok(amount) => Some(amount),
        Err(error) => {
            let at = fields.raw("amount").map_or(fields.span(), |value| value.span());
            ctx.error(at, Code::BadValue, wording!("bad-amount", error = error));
            None
        }
    }
}
