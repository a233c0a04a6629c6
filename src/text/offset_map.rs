//! Maps byte offsets of a folded text back to the original.

use crate::reply::Span;

/// Receives the origin of each piece of output from the normaliser. Positions are in bytes; `at` is the
/// length of the output before the piece.
pub(super) trait Trail {
    /// Bytes of the original, starting at `from`, were copied unchanged.
    fn copied(&mut self, at: usize, from: usize);
    /// One character was written for bytes `from..to` of the original.
    fn written(&mut self, at: usize, from: usize, to: usize);
    /// The output was truncated to `at` bytes. Returns the position in the original where the removed part
    /// began, if it is known.
    fn cut(&mut self, at: usize) -> Option<usize>;
}

/// Records nothing, for callers that need only the text.
impl Trail for () {
    #[inline]
    fn copied(&mut self, _: usize, _: usize) {}
    #[inline]
    fn written(&mut self, _: usize, _: usize, _: usize) {}
    #[inline]
    fn cut(&mut self, _: usize) -> Option<usize> {
        None
    }
}

/// The pieces of a folded text, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct OffsetMap {
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Its start in the folded text. It ends where the next piece starts.
    at: usize,
    /// Its start in the original.
    from: usize,
    /// Its end in the original; `None` for a piece that was copied byte by byte.
    to: Option<usize>,
}

impl Trail for OffsetMap {
    fn copied(&mut self, at: usize, from: usize) {
        self.pieces.push(Piece { at, from, to: None });
    }

    fn written(&mut self, at: usize, from: usize, to: usize) {
        self.pieces.push(Piece {
            at,
            from,
            to: Some(to),
        });
    }

    fn cut(&mut self, at: usize) -> Option<usize> {
        let from = self.piece(at).map(|piece| piece.begin(at));
        let kept = self.pieces.partition_point(|piece| piece.at < at);
        self.pieces.truncate(kept);
        from
    }
}

impl Piece {
    fn begin(&self, at: usize) -> usize {
        match self.to {
            Some(_) => self.from,
            None => self.from + (at - self.at),
        }
    }

    fn end(&self, at: usize) -> usize {
        self.to.unwrap_or(self.from + (at - self.at))
    }
}

impl OffsetMap {
    /// The piece that contains byte `at` of the folded text.
    fn piece(&self, at: usize) -> Option<&Piece> {
        let place = self.pieces.partition_point(|piece| piece.at <= at);
        self.pieces.get(place.checked_sub(1)?)
    }

    /// Returns the bytes of the original for bytes `start..end` of the folded text. The range must be
    /// non-empty and on character boundaries.
    pub(super) fn span(&self, start: usize, end: usize) -> Option<Span> {
        Some(Span {
            start: self.piece(start)?.begin(start),
            end: self.piece(end.checked_sub(1)?)?.end(end),
        })
    }

    /// Adapts the map of `before` to `after`, a text with the same number of characters.
    pub(super) fn onto(self, before: &str, after: &str) -> Self {
        if before
            .chars()
            .map(char::len_utf8)
            .eq(after.chars().map(char::len_utf8))
        {
            return self;
        }
        let mut map = Self::default();
        for ((old, c), (new, _)) in before.char_indices().zip(after.char_indices()) {
            if let Some(span) = self.span(old, old + c.len_utf8()) {
                map.written(new, span.start, span.end);
            }
        }
        map
    }
}
