//! Kamailio, which does TLS by OpenSSL, as the SIP server.

use std::fmt::Write;

use super::peer::{Peer, Place};
use super::{ClientFiles, left_out, server_identity};
use crate::stage::{ALL_PASS, Folder, Stage};
use crate::world::{Authority, Identity};

/// Kamailio's name of a version, and what is then agreed on. 5.6 cannot be held to 1.3 alone.
const VERSIONS: [(&str, &str); 2] = [("TLSv1.2", "TLS 1.2"), ("TLSv1.2+", "TLS 1.3")];

const ONE_WARNING: &str = "pass pass pass pass pass warn";

/// `verify_certificate` and `require_certificate` of one TLS domain.
#[derive(Clone, Copy)]
pub enum Demand {
    Off,
    Optional,
    Required,
}

/// One address, the TLS versions spoken there, and whether a client certificate is wanted.
pub type Door = (Place, &'static str, Demand);

/// A running Kamailio that answers every request with 200.
pub struct Kamailio {
    doors: Vec<Door>,
    _peer: Peer,
    _directory: Folder,
}

impl Kamailio {
    /// With this certificate; it trusts clients of this authority.
    pub fn start(identity: &Identity, clients: &Authority, doors: Vec<Door>) -> Self {
        let directory = Folder::new();
        let chain = directory.write("chain.pem", &identity.chain_pem());
        let key = directory.write("key.pem", &identity.key_pem());
        let roots = directory.write("roots.pem", &clients.root_pem());
        let mut listen = String::new();
        // Kamailio does not start without a certificate for whatever else it might listen at.
        let mut tls = format!("[server:default]\ncertificate = {chain}\nprivate_key = {key}\n");
        for (Place { address, .. }, method, demand) in &doors {
            let (verify, require) = match demand {
                Demand::Off => ("no", "no"),
                Demand::Optional => ("yes", "no"),
                Demand::Required => ("yes", "yes"),
            };
            writeln!(listen, "listen=tls:{address}").expect("a String takes everything");
            write!(
                tls,
                "[server:{address}]\n\
                 method = {method}\n\
                 certificate = {chain}\n\
                 private_key = {key}\n\
                 ca_list = {roots}\n\
                 verify_certificate = {verify}\n\
                 require_certificate = {require}\n"
            )
            .expect("a String takes everything");
        }
        let tls = directory.write("tls.cfg", &tls);
        let config = format!(
            "children=1\n\
             tcp_children=1\n\
             enable_tls=yes\n\
             dns=no\n\
             rev_dns=no\n\
             auto_aliases=no\n\
             {listen}\
             loadmodule \"sl.so\"\n\
             loadmodule \"tls.so\"\n\
             loadmodule \"xlog.so\"\n\
             modparam(\"tls\", \"config\", \"{tls}\")\n\
             event_route[core:worker-one-init] {{ xlog(\"L_ALERT\", \"ready\\n\"); }}\n\
             request_route {{ sl_send_reply(\"200\", \"OK\"); }}\n"
        );
        let config = directory.write("kamailio.cfg", &config);
        let run = directory.utf8("");
        let mut peer = Peer::start(
            "kamailio",
            &[
                "-DD", "-E", "-m", "64", "-M", "8", "-Y", &run, "-f", &config,
            ],
        );
        peer.logs(|line| line.ends_with("ready"));
        Self {
            doors,
            _peer: peer,
            _directory: directory,
        }
    }
}

#[test]
fn every_demand_in_every_version() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    let cases = [
        (Demand::Required, "mtls-enforced", "info", ALL_PASS, "ready"),
        (Demand::Optional, "sip-answered", "info", ALL_PASS, "ready"),
        (
            Demand::Off,
            "mtls-not-requested",
            "warn",
            ONE_WARNING,
            "ready-with-warnings",
        ),
    ];
    for (method, version) in VERSIONS {
        let doors = cases.map(|(demand, ..)| (Place::free(), method, demand));
        let kamailio = Kamailio::start(&stage.identity(), &stage.authority, doors.into());
        for ((place, ..), (demand, code, severity, statuses, verdict)) in
            kamailio.doors.iter().zip(cases)
        {
            let run = stage.check().connect_to_address(place.address);
            let outcome = run.run();
            outcome.shows("federation", code, severity);
            let tls = &outcome.report()["facts"]["endpoints"][0]["tls"];
            assert_eq!(tls["version"], version, "{outcome}");
            let authorities = &tls["request"]["authorities"];
            match demand {
                Demand::Off => assert!(tls["request"].is_null(), "{outcome}"),
                Demand::Optional | Demand::Required => {
                    assert_eq!(authorities[0], "CN=Tooth Fairy Root CA", "{outcome}");
                }
            }
            outcome.stands(statuses, verdict, 0);
        }
    }
}

#[test]
fn client_certificates_of_every_kind() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    let stranger = Authority::new("Tooth Goblin Root CA");
    let name = "client.toothfairy.example";
    let own = || stage.authority.certificate(name);
    let cases = [
        (own(), None),
        (own().client_auth_only(), None),
        (own().no_eku(), None),
        (
            own().server_auth_only(),
            Some("unsupported_certificate (43)"),
        ),
        (own().valid(-90, -1), Some("certificate_expired (45)")),
        (stranger.certificate(name), Some("unknown_ca (48)")),
    ]
    .map(|(request, refusal)| (ClientFiles::new(&request.issue()), refusal));
    let doors = VERSIONS.map(|(method, _)| (Place::free(), method, Demand::Required));
    let identity = server_identity(&stage.authority);
    let kamailio = Kamailio::start(&identity, &stage.authority, doors.into());
    for (place, ..) in &kamailio.doors {
        for (client, refusal) in &cases {
            let run = client.presented_by(stage.check().connect_to_address(place.address));
            let outcome = run.run();
            outcome.lacks("mtls-enforced");
            let Some(alert) = refusal else {
                outcome
                    .shows("federation", "sip-answered", "info")
                    .stands(ALL_PASS, "ready", 0);
                continue;
            };
            outcome.shows("federation", "mtls-certificate-refused", "warn");
            let how = &outcome.finding("federation", "mtls-certificate-refused")["args"]["how"];
            assert_eq!(how, alert, "{outcome}");
            outcome.stands(ONE_WARNING, "ready-with-warnings", 0);
        }
    }
}
