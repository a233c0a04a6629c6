//! A small valid rulebook, to be broken by tests.

use civic_reply::Rulebook;
use civic_reply::rulebook::{Code, Diagnostics};

/// Everything that a rulebook needs.
pub(crate) const OFFICE: &str = r#"
[office]
name = "市政府"
department = "service-centre"
policy = "next-working-day"
urgent_policy = "next-working-day"

[[department]]
id = "service-centre"
name = "政务服务中心"

[[department]]
id = "police"
name = "公安局"

[[theme]]
id = "household"
name = "户籍"
department = "police"

[[account]]
id = "gov-wechat"
name = "市政府服务号"

[[account]]
id = "police-wechat"
name = "公安服务号"

[[policy]]
id = "next-working-day"
name = "下一个工作日"
source = "本市规定"
source_date = 2026-01-01
[policy.first_reply]
amount = 1
unit = "working_days"
counts_from = "next_day"
ends = "close"

[calendar]
zone = "Asia/Shanghai"
[calendar.week]
monday = ["09:00-12:00", "13:30-17:30"]
tuesday = ["09:00-12:00", "13:30-17:30"]
wednesday = ["09:00-12:00", "13:30-17:30"]
thursday = ["09:00-12:00", "13:30-17:30"]
friday = ["09:00-12:00", "13:30-17:30"]
saturday = []
sunday = []

[[year]]
year = 2026
source = "国办发明电"
closed = [{ date = 2026-01-01, name = "元旦" }]
open = [{ date = 2026-01-04, name = "元旦调休", as = "monday" }]

[words]
hand_off_exact = ["人工"]
personal = ["投诉"]

[[emergency]]
id = "fire"
any = ["着火了"]
advice = "请拨打119。"

[templates]
answer = "{answer}(核对于{checked})"
unchecked = "未登记"
date_format = "%Y-%m-%d"
menu = "{options}\n{none}"
queued = "受理编号{case},{due}前答复。"
queued_provisional = "受理编号{case}。"
emergency = "{advice}受理编号{case}。"
due_format = "%m-%d %H:%M"
none_of_these = "以上都不是"

[thresholds]
answer = 0.8
menu = 0.45
rule_chars = 40
faq_chars = 60
menu_minutes = 30
"#;

pub(crate) const RULE: &str = r#"
[[rule]]
id = "kw-newborn"
theme = "household"
when = { all = [["新生儿", "宝宝"], ["上户口", "落户"]], none = ["医保"] }
reply = { text = "到派出所办理。" }
examples = ["宝宝上户口"]
"#;

pub(crate) const ENTRY: &str = r#"
[[faq]]
id = "newborn"
theme = "household"
question = "新生儿怎么上户口?"
phrasings = ["宝宝如何落户", "刚出生的孩子上户口", "婴儿入户"]
answer = "到派出所办理。"
"#;

/// The small rulebook with one more file.
pub(crate) fn with(name: &str, text: &str) -> Result<Rulebook, Diagnostics> {
    load([("office.toml", OFFICE), (name, text)])
}

pub(crate) fn load<const N: usize>(files: [(&str, &str); N]) -> Result<Rulebook, Diagnostics> {
    Rulebook::from_files(files).map_err(|errors| errors.diagnostics)
}

/// The small rulebook with `old` replaced.
pub(crate) fn spoilt(old: &str, new: &str) -> String {
    assert!(OFFICE.contains(old), "the small rulebook contains `{old}`");
    OFFICE.replacen(old, new, 1)
}

pub(crate) fn codes(diagnostics: &Diagnostics) -> Vec<Code> {
    diagnostics.iter().map(|finding| finding.code).collect()
}
