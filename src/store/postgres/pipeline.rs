//! Statements that are sent to the server together, in one round trip.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use super::error::ServerError;

/// A statement and the values of its parameters.
///
/// The server parses it each time, as an unnamed statement: a pooler may run the next transaction on another
/// connection, which does not know its name.
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

    /// The next value: bytes as they are stored.
    pub(super) fn bytes(self, bytes: Vec<u8>) -> Self {
        self.with(bytes, Type::BYTEA)
    }

    /// The next value: a name or null.
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

/// Statements that are sent at once. The server executes them in order. After a statement that fails, all
/// others fail up to the end of the transaction.
#[derive(Default)]
pub(super) struct Pipeline {
    begin: Option<String>,
    statements: Vec<Statement>,
    end: Option<&'static str>,
}

impl Pipeline {
    /// A pipeline in the transaction that the session has open.
    pub(super) fn continuing() -> Self {
        Self::default()
    }

    /// A pipeline that begins a transaction.
    pub(super) fn beginning(begin: String) -> Self {
        Self {
            begin: Some(begin),
            ..Self::default()
        }
    }

    /// Adds a statement.
    pub(super) fn then(mut self, statement: Statement) -> Self {
        self.statements.push(statement);
        self
    }

    /// Commits at the end of the pipeline.
    pub(super) fn committing(mut self) -> Self {
        self.end = Some("COMMIT");
        self
    }

    /// A pipeline that rolls the transaction back.
    pub(super) fn rolling_back() -> Self {
        Self {
            end: Some("ROLLBACK"),
            ..Self::default()
        }
    }

    /// Whether the pipeline ends the transaction.
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

/// One part of a pipeline: the rows of a statement, or `None` for the beginning or the end of the
/// transaction.
type Part<'a> = Pin<Box<dyn Future<Output = Result<Option<Vec<Row>>, ServerError>> + Send + 'a>>;

async fn plain(client: &Client, sql: &str) -> Result<Option<Vec<Row>>, ServerError> {
    let done = client.batch_execute(sql).await;
    done.map(|()| None).map_err(|error| ServerError::of(&error, None))
}

/// Polls all parts, always in their order. The first poll of a part sends it, so the server gets them in this
/// order.
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
