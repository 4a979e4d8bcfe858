//! Nothing that a stranger's DNS or certificate names leads into the network of the service: in one where
//! such addresses are somebody's.

#![cfg(target_os = "linux")]

use std::net::{TcpListener, UdpSocket};

use serde_json::json;

use super::api::{begin, begun, events, post};
use super::client::Service;
use crate::internet::{Internet, RESOLVER, ZONE, internet, zone_with};
use crate::probe::Place;

/// An address of this network, and everything that a check could want there.
struct Inside {
    tcp: Vec<TcpListener>,
    dns: UdpSocket,
}

const ADDRESS: &str = "10.7.7.7";

impl Inside {
    fn new() -> Self {
        let args = ["address", "add", &format!("{ADDRESS}/32"), "dev", "lo"];
        let status = std::process::Command::new("ip").args(args).status();
        assert!(status.expect("iproute2 is there").success());
        let listen = |port: u16| {
            let listener = TcpListener::bind((ADDRESS, port)).expect("it is free");
            listener.set_nonblocking(true).expect("every socket can be");
            listener
        };
        let dns = UdpSocket::bind((ADDRESS, 53)).expect("it is free");
        dns.set_nonblocking(true).expect("every socket can be");
        Self {
            tcp: [53, 80, 443, 5061, 8443].map(listen).into(),
            dns,
        }
    }

    /// The ports at which somebody has knocked.
    fn knocked(&self) -> Vec<u16> {
        let ports = self.tcp.iter().filter(|listener| listener.accept().is_ok());
        let ports = ports.map(|listener| listener.local_addr().expect("bound").port());
        let asked = self.dns.recv(&mut [0; 512]).is_ok().then_some(53);
        ports.chain(asked).collect()
    }
}

/// The configuration of the service, with these lines.
fn place(world: &Internet, lines: &str) -> Place {
    Place::configured(&format!(
        "resolver = [\"{RESOLVER}\"]\nca-file = \"{}\"\n{lines}\n",
        world.roots().display()
    ))
}

/// Asks in every way in which the service can be asked.
fn ask(service: &Service) -> String {
    let id = begun(&begin(service, "zahnfee.de"));
    events(service, &id);
    let kind = ("Content-Type", "application/json");
    let asked = json!({"domain": "zahnfee.de", "federation": "open", "partner": false});
    let seen = post(service, "/api/v1/probe", &asked.to_string(), &[kind]);
    assert_eq!(seen.status, 200, "{}", seen.body);
    let report = service.get(&format!("/api/v1/checks/{id}"));
    service.get("/probe?target=zahnfee.de&debug=true").body + &seen.body + &report.body
}

#[test]
fn servers_name_servers_and_compared_ports() {
    internet(|| {
        let inside = Inside::new();
        let zone = zone_with("xphone A", &format!("xphone A {ADDRESS}\n"));
        let zone = zone.replace(
            "@ NS ns1.provider.net.",
            &format!("@ NS ns1\nns1 A {ADDRESS}"),
        );
        let world = Internet::with_zone(&zone);
        let lines =
            "compare-port = 8443\n[serve]\ninterval = \"1h\"\n[[domain]]\nname = \"zahnfee.de\"";
        let service = Service::of(&place(&world, lines));
        assert!(ask(&service).contains("address-not-public"));
        let watched = "xfed_verdict{domain=\"zahnfee.de\",verdict=\"not-ready\"}";
        while service.get("/metrics").find(watched).is_none() {}
        assert_eq!(inside.knocked(), [] as [u16; 0]);
        // Where its own file allows it, the same goes there: somebody would have been seen.
        let open = Service::of(&place(&world, "allow-private = true"));
        ask(&open);
        let knocked = inside.knocked();
        assert!(knocked.contains(&5061), "{knocked:?}");
    });
}

#[test]
fn lists_and_issuers_that_certificates_name() {
    internet(|| {
        let inside = Inside::new();
        let world = Internet::without_server(ZONE);
        let provider = format!("{}ca A {ADDRESS}\n", crate::internet::PROVIDER);
        world.servers(|dns| dns.replace("provider.net", &provider));
        world.resolver.replace("provider.net", &provider);
        for url in ["http://10.7.7.7/ca", "http://ca.provider.net/ca"] {
            for is_list in [true, false] {
                let certificate = world.authority.certificate("xphone.zahnfee.de").rsa();
                let identity = if is_list {
                    certificate.crl(url).issue()
                } else {
                    certificate.aia(url).without_intermediate().issue()
                };
                let server = crate::stage::demanding(identity)
                    .listen("81.2.3.4:5061")
                    .start();
                // Private servers may be connected to, as the file says; what a certificate names not.
                let lines = "allow-private = true\nfetch-issuer = true\nno-compare = true";
                let service = Service::of(&place(&world, lines));
                let said = ask(&service);
                let code = if is_list {
                    "cert-revocation-unknown"
                } else {
                    "cert-chain-incomplete"
                };
                assert!(said.contains(code), "{url}: {said}");
                assert!(server.connections() > 0);
                drop(server);
            }
        }
        assert_eq!(inside.knocked(), [] as [u16; 0]);
    });
}
