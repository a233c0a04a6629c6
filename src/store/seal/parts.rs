//! A record in two parts: what may stay for good, and what may have to be erased.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::marked::{Kind, Marked, View};
use super::{Digest, hash};
use crate::case::Record;
use crate::store::StoreError;

/// A record as it is stored.
pub(in crate::store) struct Parts {
    /// The record with nothing personal in it, as JSON.
    pub(in crate::store) body: String,
    pub(in crate::store) personal: Option<Personal>,
}

/// What a record says of a citizen.
pub(in crate::store) struct Personal {
    /// The erased places and what stands there, as a JSON object: its keys are JSON pointers into the body.
    pub(in crate::store) text: String,
    /// Random, and erased with the text: without it nobody can try out what the digest may be of.
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
        if erased == *record {
            let body = serde_json::to_string(record).map_err(failed)?;
            return Ok(Self { body, personal: None });
        }
        let whole = Marked::of(record).map_err(failed)?;
        let erased = Marked::of(&erased).map_err(failed)?;
        let personal = Personal {
            text: differing(&whole, &erased).map_err(failed)?,
            salt: Uuid::new_v4().into_bytes(),
        };
        Ok(Self {
            body: erased.into_text(),
            personal: Some(personal),
        })
    }
}

/// What stands at the erased places.
type Places<'a> = BTreeMap<String, &'a RawValue>;

/// What stands in `whole` and not in `erased`, as an object by the places.
fn differing(whole: &Marked, erased: &Marked) -> serde_json::Result<String> {
    let mut differing = BTreeMap::new();
    if let (Some(whole), Some(erased)) = (whole.whole(), erased.whole()) {
        differ(whole, erased, &mut String::new(), &mut differing)?;
    }
    serde_json::to_string(&differing)
}

fn differ<'a>(
    whole: View<'a>,
    erased: View<'_>,
    place: &mut String,
    into: &mut Places<'a>,
) -> serde_json::Result<()> {
    if whole.text() == erased.text() {
        return Ok(());
    }
    let length = place.len();
    let names = || {
        whole
            .parts()
            .map(View::written_name)
            .eq(erased.parts().map(View::written_name))
    };
    match (whole.kind(), erased.kind()) {
        (Kind::Object, Kind::Object) | (Kind::Array, Kind::Array) if names() => {
            for (n, (part, blank)) in whole.parts().zip(erased.parts()).enumerate() {
                place.push('/');
                if whole.kind() == Kind::Array {
                    place.push_str(&n.to_string());
                } else {
                    place.push_str(&part.name()?.replace('~', "~0").replace('/', "~1"));
                }
                differ(part, blank, place, into)?;
                place.truncate(length);
            }
        }
        _ => {
            into.insert(place.clone(), serde_json::from_str(whole.text())?);
        }
    }
    Ok(())
}

/// The record of a body and its personal part; without that, the erased record.
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
        let [whole, erased]: [Value; 2] = [whole, erased].map(|text| serde_json::from_str(text).unwrap());
        let [before, after] = [&whole, &erased].map(|value| Marked::of(value).unwrap());
        let differing: Map<String, Value> =
            serde_json::from_str(&differing(&before, &after).unwrap()).unwrap();
        let mut joined = erased;
        for (place, value) in &differing {
            *joined.pointer_mut(place).unwrap() = value.clone();
        }
        assert_eq!(joined, whole);
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
