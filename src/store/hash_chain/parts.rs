//! Splits a record into a body that can be kept forever, and a personal part that can be erased.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Digest, hash};
use crate::case::Record;
use crate::store::StoreError;

/// A record as it is stored.
pub(in crate::store) struct Parts {
    /// The record with nothing personal in it, as JSON.
    pub(in crate::store) body: String,
    pub(in crate::store) personal: Option<Personal>,
}

/// The personal data of a record.
pub(in crate::store) struct Personal {
    /// A JSON object: its keys are JSON pointers into the body, its values replace those of the body.
    pub(in crate::store) text: String,
    /// Random, and erased with the text: without it nobody can test a guess against the digest.
    pub(in crate::store) salt: [u8; 16],
}

impl Personal {
    pub(in crate::store) fn digest(&self) -> Digest {
        digest(&self.salt, self.text.as_bytes())
    }
}

/// The digest of a personal part.
pub(in crate::store) fn digest(salt: &[u8], text: &[u8]) -> Digest {
    hash(salt, "personal", &[text])
}

impl Parts {
    pub(in crate::store) fn of(record: &Record) -> Result<Self, StoreError> {
        let failed = |error: serde_json::Error| StoreError::Backend {
            action: "write a value as JSON",
            source: Box::new(error),
        };
        let erased = record.clone().erased();
        let body = serde_json::to_string(&erased).map_err(failed)?;
        if erased == *record {
            return Ok(Self { body, personal: None });
        }
        let whole = serde_json::to_string(record).map_err(failed)?;
        let personal = Personal {
            text: differing(&whole, &body).map_err(failed)?,
            salt: Uuid::new_v4().into_bytes(),
        };
        Ok(Self {
            body,
            personal: Some(personal),
        })
    }
}

/// The members of a JSON object in their order; their values are not parsed.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder).map(Self)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        text.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(16);
        while let Some((Name(name), value)) = object.next_entry()? {
            members.push((name, value));
        }
        Ok(members)
    }
}

/// A member's name, not copied unless it has escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The values that erasure replaces, by their pointers.
type Places<'a> = BTreeMap<String, &'a RawValue>;

/// The values of `whole` that differ from `erased`, as an object by pointers. Only members that differ are
/// parsed: a small part of a record that opens a case.
fn differing(whole: &str, erased: &str) -> serde_json::Result<String> {
    let (whole, erased) = (serde_json::from_str(whole)?, serde_json::from_str(erased)?);
    let mut differing = BTreeMap::new();
    differ(whole, erased, &mut String::new(), &mut differing)?;
    serde_json::to_string(&differing)
}

fn differ<'a>(
    whole: &'a RawValue,
    erased: &'a RawValue,
    place: &mut String,
    into: &mut Places<'a>,
) -> serde_json::Result<()> {
    let (text, blank) = (whole.get(), erased.get());
    if text == blank {
        return Ok(());
    }
    let length = place.len();
    if text.starts_with('{') && blank.starts_with('{') {
        let (Members(whole), Members(erased)) = (serde_json::from_str(text)?, serde_json::from_str(blank)?);
        let (names, blanks) = (
            whole.iter().map(|(name, _)| name),
            erased.iter().map(|(name, _)| name),
        );
        if names.eq(blanks) {
            for ((name, whole), (_, erased)) in whole.iter().zip(&erased) {
                place.push('/');
                place.push_str(&name.replace('~', "~0").replace('/', "~1"));
                differ(whole, erased, place, into)?;
                place.truncate(length);
            }
            return Ok(());
        }
    }
    if text.starts_with('[') && blank.starts_with('[') {
        let (whole, erased): (Vec<&RawValue>, Vec<&RawValue>) =
            (serde_json::from_str(text)?, serde_json::from_str(blank)?);
        if whole.len() == erased.len() {
            for (n, (whole, erased)) in whole.into_iter().zip(erased).enumerate() {
                place.push_str(&format!("/{n}"));
                differ(whole, erased, place, into)?;
                place.truncate(length);
            }
            return Ok(());
        }
    }
    into.insert(place.clone(), whole);
    Ok(())
}

/// Joins a body with its personal part; without that, gives the erased record.
pub(in crate::store) fn join(body: &[u8], personal: Option<&[u8]>) -> Result<Record, String> {
    let Some(personal) = personal else {
        return serde_json::from_slice(body).map_err(|error| error.to_string());
    };
    let parsed = || -> Result<(Value, Map<String, Value>), serde_json::Error> {
        Ok((serde_json::from_slice(body)?, serde_json::from_slice(personal)?))
    };
    let (mut whole, personal) = parsed().map_err(|error| error.to_string())?;
    for (place, value) in personal {
        let slot = whole.pointer_mut(&place);
        *slot.ok_or("its personal part belongs to another record")? = value;
    }
    serde_json::from_value(whole).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::case::{Event, Note, Priority};
    use crate::store::contract::sample;

    #[test]
    fn the_parts_make_the_record_and_the_body_names_nobody() {
        let mut case = sample::case("C-1", "ann", Priority::Normal, 10);
        case.answer = Some("to ann, in person".into());
        let note = Event::Noted {
            note: Note {
                by: "eve".into(),
                at: sample::START,
                text: "ann/~1 called".into(),
            },
        };
        let answer = sample::answering(&sample::key("ann", "ann-1")).records;
        let judgement = sample::judging(&case.key, "ann asks", 1).records;
        let records = [sample::opened(&case), sample::record(&case, note)];
        for record in answer.into_iter().chain(judgement).chain(records) {
            let parts = Parts::of(&record).unwrap();
            let personal = parts.personal.unwrap();
            assert!(
                !parts.body.contains("ann") && !parts.body.contains("王"),
                "{}",
                parts.body
            );
            assert!(personal.text.contains("ann"));
            let joined = join(parts.body.as_bytes(), Some(personal.text.as_bytes())).unwrap();
            assert_eq!(joined, record);
            assert_eq!(join(parts.body.as_bytes(), None).unwrap(), record.erased());
        }
        let impersonal = sample::record(&case, Event::Closed);
        assert!(Parts::of(&impersonal).unwrap().personal.is_none());
    }

    #[test]
    fn a_place_is_a_pointer_whatever_the_names() {
        let whole =
            r#"{"a/b":{"~1":"x","":1},"\"q\"":[1,{"k":"王"}],"same":{"n":[1]},"more":[1,2],"other":{"a":1}}"#;
        let erased =
            r#"{"a/b":{"~1":"-","":1},"\"q\"":[1,{"k":"-"}],"same":{"n":[1]},"more":[1],"other":{"b":1}}"#;
        let differing: Map<String, Value> = serde_json::from_str(&differing(whole, erased).unwrap()).unwrap();
        let mut joined: Value = serde_json::from_str(erased).unwrap();
        for (place, value) in &differing {
            *joined.pointer_mut(place).unwrap() = value.clone();
        }
        assert_eq!(joined, serde_json::from_str::<Value>(whole).unwrap());
        let places: Vec<_> = differing.keys().map(String::as_str).collect();
        assert_eq!(places, ["/\"q\"/1/k", "/a~1b/~01", "/more", "/other"]);
    }

    #[test]
    fn a_personal_part_of_another_record_is_an_error() {
        let case = sample::case("C-1", "ann", Priority::Normal, 10);
        let body = Parts::of(&sample::record(&case, Event::Closed)).unwrap().body;
        assert!(join(body.as_bytes(), Some(br#"{"/event/text":"x"}"#)).is_err());
        assert!(join(body.as_bytes(), Some(b"[]")).is_err());
    }
}
