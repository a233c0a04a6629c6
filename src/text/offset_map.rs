//! The way back: which bytes of the original each byte of a folded text came from.

use crate::reply::Span;

/// What a walk tells of where its output came from. Positions are bytes; `at` is where the output stood.
pub(super) trait Trail {
    /// Bytes of the original, from `from` on, were copied to `at` as they are.
    fn copied(&mut self, at: usize, from: usize);
    /// One character, written at `at`, stands for `from..to` of the original.
    fn written(&mut self, at: usize, from: usize, to: usize);
    /// The output was cut back to `at`. Gives where the original of what was cut begins, if anything was.
    fn cut(&mut self, at: usize) -> Option<usize>;
}

/// No trail, for the walk that only wants the text.
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

/// A folded text's pieces in order.
#[derive(Clone, Debug, Default)]
pub(super) struct OffsetMap {
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where it begins in the folded text; it ends where the next one begins.
    at: usize,
    /// Where it begins in the original.
    from: usize,
    /// Where it ends in the original; `None` for a piece that was copied byte by byte.
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
    /// The piece that holds byte `at` of the folded text.
    fn piece(&self, at: usize) -> Option<&Piece> {
        let place = self.pieces.partition_point(|piece| piece.at <= at);
        self.pieces.get(place.checked_sub(1)?)
    }

    /// The bytes of the original that became the bytes `start..end`, which are not empty and on character borders.
    pub(super) fn span(&self, start: usize, end: usize) -> Option<Span> {
        Some(Span {
            start: self.piece(start)?.begin(start),
            end: self.piece(end.checked_sub(1)?)?.end(end),
        })
    }

    /// The same way for `after`, a text of as many characters as `before`, whose way this is.
    pub(super) fn onto(self, before: &str, after: &str) -> Self {
        if before
            .chars()
            .map(char::len_utf8)
            .eq(after.chars().map(char::len_utf8))
        {
            return self;
        }
        let mut way = Self::default();
        for ((old, c), (new, _)) in before.char_indices().zip(after.char_indices()) {
            if let Some(span) = self.span(old, old + c.len_utf8()) {
                way.written(new, span.start, span.end);
            }
        }
        way
    }
}
