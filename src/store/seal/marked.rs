//! A value as JSON together with where its parts stand, so that two texts are compared part by part without being read again.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io;
use std::ops::Range;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

/// A value's JSON, and its parts.
pub(super) struct Marked {
    text: String,
    /// Each part stands before its own parts; the first is the whole.
    parts: Vec<Part>,
}

struct Part {
    kind: Kind,
    /// Its name with the quotes, where it is a member of an object; empty otherwise.
    name: Range<usize>,
    text: Range<usize>,
    /// How many parts there are up to its last own one.
    end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
    /// A text, a number, a truth value or nothing.
    Scalar,
}

/// One part of a value.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    of: &'a Marked,
    part: &'a Part,
    /// Where its own parts begin.
    first: usize,
}

impl Marked {
    pub(super) fn of(value: &impl Serialize) -> serde_json::Result<Self> {
        let marker = RefCell::new(Marker::default());
        value.serialize(&mut Serializer::with_formatter(Text(&marker), Marks(&marker)))?;
        let Marker { text, mut parts, .. } = marker.into_inner();
        let end = parts.len();
        if let Some(whole) = parts.first_mut() {
            (whole.text, whole.end) = (0..text.len(), end);
        }
        let text = String::from_utf8(text).map_err(serde::ser::Error::custom)?;
        Ok(Self { text, parts })
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    pub(super) fn whole(&self) -> Option<View<'_>> {
        self.view(0)
    }

    fn view(&self, at: usize) -> Option<View<'_>> {
        let part = self.parts.get(at)?;
        Some(View {
            of: self,
            part,
            first: at + 1,
        })
    }
}

impl<'a> View<'a> {
    pub(super) fn kind(self) -> Kind {
        self.part.kind
    }

    pub(super) fn text(self) -> &'a str {
        self.of.text.get(self.part.text.clone()).unwrap_or_default()
    }

    /// Its name as it is written, with the quotes.
    pub(super) fn written_name(self) -> &'a str {
        self.of.text.get(self.part.name.clone()).unwrap_or_default()
    }

    pub(super) fn name(self) -> serde_json::Result<Cow<'a, str>> {
        let written = self.written_name();
        let plain = written.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
        match plain.filter(|name| !name.contains('\\')) {
            Some(name) => Ok(Cow::Borrowed(name)),
            None => serde_json::from_str(written).map(Cow::Owned),
        }
    }

    /// Its own parts, in their order.
    pub(super) fn parts(self) -> impl Iterator<Item = Self> {
        let next = move |at: usize| self.of.view(at).filter(|_| at < self.part.end);
        std::iter::successors(next(self.first), move |part| next(part.part.end))
    }
}

/// What has been written, and the parts that it has.
struct Marker {
    text: Vec<u8>,
    parts: Vec<Part>,
    /// The parts that are being written, the innermost last.
    open: Vec<usize>,
    /// The name of the member that comes next.
    name: Range<usize>,
}

impl Default for Marker {
    fn default() -> Self {
        let mut marker = Self {
            text: Vec::with_capacity(2_048),
            parts: Vec::with_capacity(128),
            open: Vec::with_capacity(16),
            name: 0..0,
        };
        marker.begin();
        marker
    }
}

impl Marker {
    fn begin(&mut self) {
        self.open.push(self.parts.len());
        self.parts.push(Part {
            kind: Kind::Scalar,
            name: std::mem::replace(&mut self.name, 0..0),
            text: self.text.len()..self.text.len(),
            end: self.parts.len() + 1,
        });
    }

    fn is(&mut self, kind: Kind) {
        let innermost = self.open.last().and_then(|at| self.parts.get_mut(*at));
        if let Some(part) = innermost {
            part.kind = kind;
        }
    }

    fn end(&mut self) {
        let (written, parts) = (self.text.len(), self.parts.len());
        let innermost = self.open.pop().and_then(|at| self.parts.get_mut(at));
        if let Some(part) = innermost {
            (part.text.end, part.end) = (written, parts);
        }
    }
}

/// Where the text goes.
struct Text<'a>(&'a RefCell<Marker>);

impl io::Write for Text<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes what `serde_json` writes without a formatter, and marks the parts.
struct Marks<'a>(&'a RefCell<Marker>);

impl Formatter for Marks<'_> {
    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.borrow_mut().is(Kind::Object);
        CompactFormatter.begin_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        CompactFormatter.begin_object_key(writer, first)?;
        let mut marker = self.0.borrow_mut();
        marker.name.start = marker.text.len();
        Ok(())
    }

    fn end_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let mut marker = self.0.borrow_mut();
        marker.name.end = marker.text.len();
        drop(marker);
        CompactFormatter.end_object_key(writer)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        CompactFormatter.begin_object_value(writer)?;
        self.0.borrow_mut().begin();
        Ok(())
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.borrow_mut().end();
        CompactFormatter.end_object_value(writer)
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.borrow_mut().is(Kind::Array);
        CompactFormatter.begin_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        CompactFormatter.begin_array_value(writer, first)?;
        self.0.borrow_mut().begin();
        Ok(())
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.borrow_mut().end();
        CompactFormatter.end_array_value(writer)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::{Value, json};

    use super::*;

    /// Every shape in which serde writes a value.
    #[derive(Serialize)]
    enum Shape {
        Unit,
        New(u8),
        Tuple(u8, Option<&'static str>),
        Struct { a: Vec<u8>, b: () },
    }

    fn assert_marked(view: View<'_>, value: &Value) {
        assert_eq!(&serde_json::from_str::<Value>(view.text()).unwrap(), value);
        let parts: Vec<_> = view.parts().collect();
        match value {
            Value::Object(members) => {
                assert_eq!((view.kind(), parts.len()), (Kind::Object, members.len()));
                for part in parts {
                    assert_marked(part, members.get(&*part.name().unwrap()).unwrap());
                }
            }
            Value::Array(items) => {
                assert_eq!((view.kind(), parts.len()), (Kind::Array, items.len()));
                for (part, item) in parts.into_iter().zip(items) {
                    assert_eq!(part.written_name(), "");
                    assert_marked(part, item);
                }
            }
            _ => assert_eq!((view.kind(), parts.len()), (Kind::Scalar, 0)),
        }
    }

    fn check(value: &impl Serialize) {
        let marked = Marked::of(value).unwrap();
        assert_eq!(marked.text, serde_json::to_string(value).unwrap());
        assert_marked(marked.whole().unwrap(), &serde_json::to_value(value).unwrap());
    }

    #[test]
    fn each_part_is_where_it_is_marked() {
        check(&json!({"a": {"": [1, [], {}, {"b\"\n": "户口 \u{1}\\"}], "z": null}, "c": [true, -1.5e-7]}));
        check(&json!([]));
        check(&json!({}));
        check(&"alone");
        check(&None::<u8>);
        check(&[
            Shape::Unit,
            Shape::New(1),
            Shape::Tuple(1, Some("x")),
            Shape::Struct { a: vec![1, 2], b: () },
        ]);
        let by_number = std::collections::BTreeMap::from([(1, ('a', "b")), (-2, ('c', "d"))]);
        check(&by_number);
    }
}
