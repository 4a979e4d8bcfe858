//! The way of one question to one server, whichever it is.

use std::borrow::Cow;
use std::pin::Pin;

use hickory_resolver::proto::op::Message;

use super::encrypted::{ask_https, ask_tls};
use super::limited;
use super::plain::{self, Heard, Ways};
use super::transport::{ResolverTransport, Server};
use crate::facts::Unanswered;
use crate::probe::Context;
use crate::wire::dns::{Reading, read};

/// The whole answer to a question of any kind, where another one would say less.
pub(in crate::probe::dns) async fn put(
    cx: &Context,
    server: Server<'_>,
    query: &Message,
) -> Result<Message, Unanswered> {
    cx.count_question();
    let ways = Ways {
        query,
        plainer: &|| None,
    };
    send(cx, server, ways).await.map(|heard| heard.message)
}

/// The way through TLS is long, and of a type of its own that few need.
type Encrypted<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, Unanswered>> + Send + 'a>>;

/// Sends one question by the way that leads to this server.
pub(in crate::probe::dns) async fn send(
    cx: &Context,
    Server { address, transport }: Server<'_>,
    ways: Ways<'_>,
) -> Result<Heard, Unanswered> {
    let mut query = Cow::Borrowed(ways.query);
    let answer = match transport {
        // Of a resolver more is wanted than of a server that speaks for its zones.
        ResolverTransport::Plain if query.metadata.recursion_desired => {
            return plain::ask(cx, address, ways).await;
        }
        ResolverTransport::Plain => return Box::pin(limited::ask(cx, address, ways)).await,
        ResolverTransport::Tls(name) => {
            let query = bytes(&query)?;
            let asking: Encrypted<'_> = Box::pin(ask_tls(cx, address, name, &query));
            asking.await?
        }
        ResolverTransport::Https(name, post) => {
            // HTTP itself says which answer belongs to which question (RFC 8484 §4.1).
            query.to_mut().metadata.id = 0;
            let query = bytes(&query)?;
            let asking: Encrypted<'_> = Box::pin(ask_https(cx, address, name, post, &query));
            asking.await?
        }
    };
    match read(&answer, &query) {
        Reading::Answer(message) => Ok(Heard {
            message,
            plainer: false,
        }),
        Reading::Truncated => Err(Unanswered::Truncated),
        Reading::Foreign | Reading::Malformed => Err(Unanswered::Malformed),
    }
}

fn bytes(query: &Message) -> Result<Vec<u8>, Unanswered> {
    query.to_vec().map_err(|_| Unanswered::Malformed)
}
