//! `[thresholds]`.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::ctx::Ctx;
use super::fields::{Fields, Type, Value, wrong_type};
use super::names::Kind;
use super::values::{MAX_MINUTES, number, share, text, whole_number, word};
use crate::catalogue::wording;
use crate::message::MAX_CHARS;
use crate::rulebook::diagnostic::Code;
use crate::rulebook::shapes::{AcceptedCertificate, Automatic, Correction, ThresholdOverride, Thresholds};

const AUTOMATIC: &[(&str, Automatic)] = &[
    ("sure", Automatic::Sure),
    ("certified", Automatic::Certified),
    ("never", Automatic::Never),
];

pub(super) fn thresholds(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Thresholds> {
    let mut fields = Fields::of("`[thresholds]`", value, ctx)?;
    let answer = fields.required("answer", ctx, share);
    let menu = fields.required("menu", ctx, share);
    not_above(&mut fields, answer, menu, ctx);
    let chars = 1..=MAX_CHARS as i64;
    let rule_chars = fields.required("rule_chars", ctx, whole_number(chars.clone()));
    let faq_chars = fields.required("faq_chars", ctx, whole_number(chars));
    let menu_minutes = fields.required("menu_minutes", ctx, whole_number(1..=MAX_MINUTES));
    let route = fields.optional("route", ctx, share);
    let same_matter_hours = fields.optional("same_matter_hours", ctx, whole_number(0..=720));
    let misses = fields.optional("misses", ctx, whole_number(1..=10));
    let automatic = fields.optional("automatic", ctx, word(AUTOMATIC));
    let recalibration = fields.optional("recalibration", ctx, recalibration);
    let certificate = fields.optional("certificate", ctx, certificate);
    let themes = fields.optional("theme", ctx, |value, ctx| instead(Kind::Theme, value, ctx));
    let policies = fields.optional("policy", ctx, |value, ctx| instead(Kind::Policy, value, ctx));
    fields.finish(ctx);
    Some(Thresholds {
        answer: answer?,
        menu: menu?,
        rule_chars: rule_chars?,
        faq_chars: faq_chars?,
        menu_minutes: menu_minutes?,
        route: route.unwrap_or(Thresholds::ROUTE),
        same_matter_hours: same_matter_hours.unwrap_or(Thresholds::SAME_MATTER_HOURS),
        misses: misses.unwrap_or(Thresholds::MISSES),
        automatic: automatic.unwrap_or_default(),
        recalibration,
        certificate,
        themes: themes.unwrap_or_default(),
        policies: policies.unwrap_or_default(),
    })
}

/// Reports a `menu` threshold above the `answer` threshold.
fn not_above(fields: &mut Fields<'_, '_>, answer: Option<f64>, menu: Option<f64>, ctx: &mut Ctx<'_>) {
    if let (Some(answer), Some(menu)) = (answer, menu)
        && menu > answer
    {
        let at = fields.raw("menu").map_or(fields.span(), |value| value.span());
        ctx.error(
            at,
            Code::BadValue,
            wording!("menu-above-answer", menu = menu, answer = answer),
        );
    }
}

fn recalibration(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Correction> {
    let mut fields = Fields::of("`[thresholds.recalibration]`", value, ctx)?;
    let slope = fields.required("slope", ctx, number(0.05..=20.0));
    let shift = fields.required("shift", ctx, number(-20.0..=20.0));
    fields.finish(ctx);
    Some(Correction {
        slope: slope?,
        shift: shift?,
    })
}

fn certificate(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<AcceptedCertificate> {
    let mut fields = Fields::of("`[thresholds.certificate]`", value, ctx)?;
    let threshold = fields.required("threshold", ctx, share);
    let precision = fields.required("precision", ctx, share);
    let confidence = fields.required("confidence", ctx, share);
    let labels = fields.required("labels", ctx, whole_number(1..=i64::from(u32::MAX)));
    let bank = fields.required("bank", ctx, text);
    fields.finish(ctx);
    Some(AcceptedCertificate {
        threshold: threshold?,
        precision: precision?,
        confidence: confidence?,
        labels: labels.and_then(|labels: u32| usize::try_from(labels).ok())?,
        bank: bank?,
    })
}

/// Tables of overrides by the ids of themes or policies.
fn instead<Id: for<'a> From<&'a str> + Ord>(
    kind: Kind,
    value: &Value<'_>,
    ctx: &mut Ctx<'_>,
) -> Option<BTreeMap<Id, ThresholdOverride>> {
    let DeValue::Table(table) = value.get_ref() else {
        wrong_type(value.span(), Type::Table, value.get_ref(), ctx);
        return None;
    };
    let mut all = BTreeMap::new();
    for (id, value) in table {
        let name = id.get_ref().as_ref();
        ctx.refer(kind, name, id.span());
        let Some(mut fields) = Fields::of("the table of thresholds", value, ctx) else {
            continue;
        };
        let answer = fields.optional("answer", ctx, share);
        let menu = fields.optional("menu", ctx, share);
        not_above(&mut fields, answer, menu, ctx);
        fields.finish(ctx);
        all.insert(Id::from(name), ThresholdOverride { answer, menu });
    }
    Some(all)
}
