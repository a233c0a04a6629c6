//! The defined ids and the references to them, compared when all files are read.

use std::collections::{BTreeMap, BTreeSet};

use super::suggest::nearest;
use crate::catalogue::{text, wording};
use crate::rulebook::diagnostic::{Code, Diagnostic, Problems};
use crate::rulebook::shapes::Location;

/// The kinds of ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::rulebook) enum Kind {
    Account,
    Department,
    Theme,
    Policy,
    Emergency,
    Form,
    Rule,
    Entry,
    CannedReply,
    /// A folded word of a group of synonyms. Two groups may have it, with a warning.
    Synonym,
}

impl Kind {
    /// The table that defines it.
    pub(in crate::rulebook) fn table(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Department => "department",
            Self::Theme => "theme",
            Self::Policy => "policy",
            Self::Emergency => "emergency",
            Self::Form => "form",
            Self::Rule => "rule",
            Self::Entry => "faq",
            Self::CannedReply => "canned_reply",
            Self::Synonym => "synonyms",
        }
    }

    pub(super) fn plural(self) -> String {
        match self {
            Self::Account => text!("kind-accounts"),
            Self::Department => text!("kind-departments"),
            Self::Theme => text!("kind-themes"),
            Self::Policy => text!("kind-policies"),
            Self::Emergency => text!("kind-emergencies"),
            Self::Form => text!("kind-forms"),
            Self::Rule => text!("kind-rules"),
            Self::Entry => text!("kind-entries"),
            Self::CannedReply => text!("kind-canned-replies"),
            Self::Synonym => text!("kind-synonyms"),
        }
    }

    /// The code for a reference to an undefined id of this kind. Rules, canned replies and
    /// synonyms are never referenced.
    fn unknown(self) -> Code {
        match self {
            Self::Account => Code::UnknownAccount,
            Self::Department => Code::UnknownDepartment,
            Self::Policy => Code::UnknownPolicy,
            Self::Form => Code::UnknownForm,
            Self::Entry => Code::UnknownEntry,
            Self::Emergency => Code::UnknownEmergency,
            Self::Theme | Self::Rule | Self::CannedReply | Self::Synonym => Code::UnknownTheme,
        }
    }
}

/// The ids of a rulebook.
#[derive(Debug, Default)]
pub(in crate::rulebook) struct Names {
    defined: BTreeMap<Kind, BTreeMap<String, Location>>,
    named: Vec<(Kind, String, Location)>,
}

impl Names {
    /// Records a definition, or returns the location of the first one.
    pub(super) fn define(&mut self, kind: Kind, id: &str, location: Location) -> Option<Location> {
        let ids = self.defined.entry(kind).or_default();
        if let Some(first) = ids.get(id) {
            return Some(first.clone());
        }
        ids.insert(id.to_owned(), location);
        None
    }

    pub(super) fn refer(&mut self, kind: Kind, id: &str, location: Location) {
        self.named.push((kind, id.to_owned(), location));
    }

    /// Reports every reference to an undefined id, except of kinds that a broken file may define.
    pub(in crate::rulebook) fn check(&self, lost: &BTreeSet<Kind>, problems: &mut Problems) {
        let none = BTreeMap::new();
        for (kind, id, location) in &self.named {
            let known = self.defined.get(kind).unwrap_or(&none);
            if known.contains_key(id) || lost.contains(kind) {
                continue;
            }
            let table = kind.table();
            let help = if problems.is_full() {
                String::new()
            } else if let Some(near) = nearest(id, known.keys().map(String::as_str)) {
                text!("did-you-mean", name = near)
            } else {
                text!("unknown-reference-help", table = table)
            };
            problems.push(
                Diagnostic::error(
                    kind.unknown(),
                    wording!("unknown-reference", table = table, id = id).help(help),
                )
                .at(location.clone()),
            );
        }
    }
}
