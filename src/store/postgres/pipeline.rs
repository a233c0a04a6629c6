//! What is said to the server in one turn: statements that are sent together and answered together.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use super::error::ServerError;

/// A statement and the values that it is bound to.
///
/// It is parsed anew each time, as an unnamed statement: a pooler may give the next transaction to another connection,
/// which would not know its name.
pub(super) struct Statement {
    sql: String,
    values: Vec<(Box<dyn ToSql + Send + Sync>, Type)>,
}

impl Statement {
    pub(super) fn new(sql: String) -> Self {
        Self {
            sql,
            values: Vec::new(),
        }
    }

    /// The next value: a name, compared as bytes.
    pub(super) fn name(self, name: &str) -> Self {
        self.bytes(name.as_bytes().to_vec())
    }

    /// The next value: bytes as they were stored.
    pub(super) fn bytes(self, bytes: Vec<u8>) -> Self {
        self.with(bytes, Type::BYTEA)
    }

    /// The next value: a name that may be missing.
    pub(super) fn name_or_null(self, name: Option<&str>) -> Self {
        self.with(name.map(|name| name.as_bytes().to_vec()), Type::BYTEA)
    }

    /// The next value: several names.
    pub(super) fn names(self, names: Vec<Option<Vec<u8>>>) -> Self {
        self.with(names, Type::BYTEA_ARRAY)
    }

    pub(super) fn number(self, number: i64) -> Self {
        self.with(number, Type::INT8)
    }

    pub(super) fn number_or_null(self, number: Option<i64>) -> Self {
        self.with(number, Type::INT8)
    }

    pub(super) fn numbers(self, numbers: Vec<i64>) -> Self {
        self.with(numbers, Type::INT8_ARRAY)
    }

    pub(super) fn numbers_or_null(self, numbers: Vec<Option<i64>>) -> Self {
        self.with(numbers, Type::INT8_ARRAY)
    }

    pub(super) fn bytes_or_null(self, bytes: Option<Vec<u8>>) -> Self {
        self.with(bytes, Type::BYTEA)
    }

    pub(super) fn small(self, number: i16) -> Self {
        self.with(number, Type::INT2)
    }

    pub(super) fn smalls(self, numbers: Vec<i16>) -> Self {
        self.with(numbers, Type::INT2_ARRAY)
    }

    pub(super) fn body(self, body: String) -> Self {
        self.with(body, Type::TEXT)
    }

    pub(super) fn bodies(self, bodies: Vec<String>) -> Self {
        self.with(bodies, Type::TEXT_ARRAY)
    }

    pub(super) fn bodies_or_null(self, bodies: Vec<Option<String>>) -> Self {
        self.with(bodies, Type::TEXT_ARRAY)
    }

    fn with(mut self, value: impl ToSql + Send + Sync + 'static, of: Type) -> Self {
        self.values.push((Box::new(value), of));
        self
    }

    async fn send(&self, client: &Client) -> Result<Vec<Row>, tokio_postgres::Error> {
        let values = self.values.iter();
        let values: Vec<_> = values
            .map(|(value, of)| (&**value as &(dyn ToSql + Sync), of.clone()))
            .collect();
        client.query_typed(&self.sql, &values).await
    }
}

/// What goes to the server at once. The server works through it in order; when one statement fails, so do all that
/// come after it, up to the transaction's end.
#[derive(Default)]
pub(super) struct Pipeline {
    begin: Option<String>,
    statements: Vec<Statement>,
    end: Option<&'static str>,
}

impl Pipeline {
    /// A turn in the transaction that the turn before has left open.
    pub(super) fn going_on() -> Self {
        Self::default()
    }

    /// A turn that begins a transaction.
    pub(super) fn beginning(begin: String) -> Self {
        Self {
            begin: Some(begin),
            ..Self::default()
        }
    }

    /// The turn with one statement more.
    pub(super) fn then(mut self, statement: Statement) -> Self {
        self.statements.push(statement);
        self
    }

    /// The turn, committing at its end.
    pub(super) fn committing(mut self) -> Self {
        self.end = Some("COMMIT");
        self
    }

    /// The turn that takes back everything and ends the transaction.
    pub(super) fn undoing() -> Self {
        Self {
            end: Some("ROLLBACK"),
            ..Self::default()
        }
    }

    /// Whether no transaction is left open.
    pub(super) fn ends(&self) -> bool {
        self.end.is_some()
    }

    /// Sends everything, then waits for all answers: the rows of each statement.
    pub(super) async fn send(&self, client: &Client) -> Result<Vec<Vec<Row>>, ServerError> {
        let mut parts: Vec<Part<'_>> = Vec::new();
        if let Some(begin) = &self.begin {
            parts.push(Box::pin(plain(client, begin)));
        }
        for (n, statement) in self.statements.iter().enumerate() {
            parts.push(Box::pin(async move {
                let rows = statement.send(client).await;
                rows.map(Some).map_err(|error| ServerError::of(&error, Some(n)))
            }));
        }
        if let Some(end) = self.end {
            parts.push(Box::pin(plain(client, end)));
        }
        let answers: Result<Vec<_>, ServerError> = in_order(parts).await.into_iter().collect();
        Ok(answers?.into_iter().flatten().collect())
    }
}

/// One part of a turn: the rows of a statement, or nothing for what begins or ends a transaction.
type Part<'a> = Pin<Box<dyn Future<Output = Result<Option<Vec<Row>>, ServerError>> + Send + 'a>>;

async fn plain(client: &Client, sql: &str) -> Result<Option<Vec<Row>>, ServerError> {
    let done = client.batch_execute(sql).await;
    done.map(|()| None).map_err(|error| ServerError::of(&error, None))
}

/// Drives all parts at once, always in their order: a part is sent when it is first polled, so that is the order in
/// which the server sees them.
async fn in_order<F: Future + ?Sized>(mut parts: Vec<Pin<Box<F>>>) -> Vec<F::Output> {
    let mut done: Vec<Option<F::Output>> = parts.iter().map(|_| None).collect();
    poll_fn(move |context| {
        for (part, slot) in parts.iter_mut().zip(&mut done) {
            if slot.is_none()
                && let Poll::Ready(answer) = part.as_mut().poll(context)
            {
                *slot = Some(answer);
            }
        }
        if done.iter().all(Option::is_some) {
            Poll::Ready(done.iter_mut().filter_map(Option::take).collect())
        } else {
            Poll::Pending
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    #[test]
    fn parts_begin_in_their_order_and_keep_it() {
        let begun = RefCell::new(Vec::new());
        let part = |n: usize, waits: usize| {
            let (begun, mut left) = (&begun, waits);
            Box::pin(poll_fn(move |_| {
                if left == waits {
                    begun.borrow_mut().push(n);
                }
                if left == 0 {
                    return Poll::Ready(n);
                }
                left -= 1;
                Poll::Pending
            }))
        };
        let parts: Vec<Pin<Box<dyn Future<Output = usize> + '_>>> =
            vec![part(0, 3), part(1, 0), part(2, 7), part(3, 1)];
        let mut all = pin!(in_order(parts));
        let mut context = Context::from_waker(Waker::noop());
        assert!(all.as_mut().poll(&mut context).is_pending());
        assert_eq!(*begun.borrow(), [0, 1, 2, 3]);
        let answers = (0..7).find_map(|_| match all.as_mut().poll(&mut context) {
            Poll::Ready(answers) => Some(answers),
            Poll::Pending => None,
        });
        assert_eq!(answers, Some(vec![0, 1, 2, 3]));
    }
}
