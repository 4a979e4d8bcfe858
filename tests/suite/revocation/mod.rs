//! Step 5: is the certificate on the revocation list that it names?

mod cross_signed;
mod fetching;
mod intermediates;
mod listed;
mod on_another_port;
mod shown_to_others;
mod without_a_list;

use std::net::SocketAddr;
use std::ops::Range;
use std::time::{Duration, Instant};

use crate::stage::{ALL_PASS, FQDN, Outcome, Run, Stage, ZONE, demanding};
use crate::world::certificates::{Crl, CrlScope, RevocationReason};
use crate::world::{Authority, Dns, Identity, Page, Port, RecordType, Server, Sip};

const URL: &str = "http://crl.zahnfee.de/issuing.crl";
/// Where the root of a test says what it has revoked.
const ROOTS: &str = "http://crl.zahnfee.de/root.crl";

/// The healthy zone with a host for the list.
fn stage() -> Stage {
    Stage::with_zone(&format!("{ZONE}\ncrl A 81.2.3.9"))
}

fn identity(stage: &Stage) -> Identity {
    let request = stage.authority.certificate(FQDN).rsa();
    request.crl(URL).issue()
}

/// A check of a server with this certificate, both it and the list being on this machine.
fn check(stage: &Stage, server: &Server, list: SocketAddr) -> Run {
    let run = stage.check().connect("81.2.3.4", server.address());
    run.connect("81.2.3.9", list)
}

/// What the name server was asked about a host, in order.
fn asked(stage: &Stage, host: &str) -> Vec<RecordType> {
    let questions = stage.dns.questions().into_iter();
    let own = questions.filter(|(name, _)| name == host);
    own.map(|(_, kind)| kind).collect()
}

/// The reason why the list says nothing.
#[track_caller]
fn unknown(outcome: &Outcome) -> String {
    outcome
        .shows("certificate", "cert-revocation-unknown", "info")
        .lacks("cert-revoked")
        .stands(ALL_PASS, "ready", 0);
    let reason = &outcome.finding("certificate", "cert-revocation-unknown")["args"]["reason"];
    reason.as_str().expect("a key").to_owned()
}

fn met(page: impl FnOnce(&Stage, &Identity) -> Page) -> Outcome {
    let stage = stage();
    let identity = identity(&stage);
    let web = Server::web(page(&stage, &identity));
    let server = demanding(identity).start();
    check(&stage, &server, web.address()).run()
}
