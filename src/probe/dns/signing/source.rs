//! Whom a zone's signatures come from, and how it is asked.

use std::net::SocketAddr;

use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr;

use crate::facts::{NameServer, RecordType};
use crate::model::plan::View;
use crate::probe::Context;
use crate::probe::dns::control;
use crate::probe::dns::exchange::delivery;
use crate::probe::dns::exchange::transport::{Server, reach};
use crate::probe::manners::Host;
use crate::wire::dns::signatures::Wanted;
use crate::wire::dns::{Question, Role};

/// One of the zone's servers, or a resolver that passes on what it has heard of them.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// By its name; that of a resolver is as the user gave it.
    pub(super) server: NameServer,
    passed_on_by: Option<View>,
}

impl Source {
    /// A server of the zone itself.
    pub(super) fn of_zone(server: NameServer) -> Self {
        Self {
            server,
            passed_on_by: None,
        }
    }

    /// A resolver.
    pub(super) fn resolver(view: &View, address: SocketAddr) -> Self {
        Self {
            server: NameServer {
                name: view.to_string(),
                address,
                beside: false,
            },
            passed_on_by: Some(view.clone()),
        }
    }

    /// What it answers to a question, signatures included; `None` where it does not.
    pub(super) async fn put(&self, cx: &Context, name: &str, wanted: Wanted) -> Option<Message> {
        let question = |role| Question {
            name,
            record: RecordType::Ns,
            role,
        };
        let address = self.server.address;
        let Some(view) = &self.passed_on_by else {
            let query = question(Role::Authority).wanting(wanted)?;
            cx.turn([Host::NameServer(address.ip())]).await;
            let asking = delivery::put(cx, Server::plain(address), &query);
            let mut answer = cx.within(cx.plan.limits.dns, asking).await.ok()?.ok()?;
            // Whoever checks signatures goes by them alone.
            if !answer.metadata.authoritative
                && answers(&answer)
                && control::hears_servers(cx).await
            {
                answer.metadata.authoritative = true;
            }
            return Some(answer);
        };
        let query = question(Role::Unchecking).wanting(wanted)?;
        let asking = async {
            let (_, transport) = reach(cx, view).await.ok()?;
            let server = Server {
                address,
                transport: &transport,
            };
            delivery::put(cx, server, &query).await.ok()
        };
        let mut answer = cx.within(cx.plan.limits.dns, asking).await.ok()??;
        // It is taken for what the zone says.
        answer.metadata.authoritative = true;
        Some(answer)
    }
}

/// Whether it is no referral.
fn answers(message: &Message) -> bool {
    let mut owned = message.authorities.iter();
    !message.answers.is_empty() || owned.any(|it| it.record_type() == rr::RecordType::SOA)
}
