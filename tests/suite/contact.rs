//! Whom xfed contacts: nobody inside a network, whatever an address is wrapped in.

use crate::stage::Stage;

/// What leads to 10.7.7.7, 127.7.7.7, 192.168.0.1, 169.254.169.254 and 100.64.0.1.
const WRAPPED: [(&str, &str); 12] = [
    ("64:ff9b::a07:707", "private"),
    ("64:ff9b::7f07:707", "loopback"),
    ("64:ff9b::c0a8:1", "private"),
    ("64:ff9b::a9fe:a9fe", "link-local"),
    ("64:ff9b::6440:1", "cgnat"),
    ("64:ff9b:1::a07:707", "private"),
    ("2002:a07:707::1", "private"),
    ("2001:0:5102:304::f5f8:f8f8", "private"),
    ("2a00:1450::5efe:a07:707", "private"),
    ("::ffff:10.7.7.7", "private"),
    ("::ffff:0:10.7.7.7", "private"),
    ("::10.7.7.7", "private"),
];

#[test]
fn a_wrapped_private_address_is_not_public() {
    for (address, range) in WRAPPED {
        let srv = "_sipfederationtls._tcp SRV 0 0 5061 xphone";
        let stage = Stage::with_zone(&format!("{srv}\nxphone A 10.0.0.5\nxphone AAAA {address}"));
        let outcome = stage.check().nowhere().run();
        let findings = outcome.step("address")["findings"].as_array();
        let of = findings.expect("findings").iter().find(|finding| {
            finding["code"] == "address-not-public" && finding["args"]["address"] != "10.0.0.5"
        });
        assert_eq!(of.expect(address)["args"]["range"], range, "{address}");
        let endpoints = &outcome.report()["facts"]["endpoints"];
        assert_eq!(*endpoints, serde_json::json!([]), "nobody is contacted");
    }
}

/// Beside a good IPv4 address it is a nuisance, like any other private AAAA.
#[test]
fn beside_a_public_a_it_is_a_warning() {
    let zone = format!("{}\nxphone AAAA 64:ff9b::a07:707\n", crate::stage::ZONE);
    let stage = Stage::with_zone(&zone);
    let server = stage.server().start();
    stage
        .meets(&server)
        .shows("address", "address-not-public", "warn")
        .stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
}

/// In a network where such addresses lead somewhere: name server, server, list and issuer.
#[cfg(target_os = "linux")]
mod with_a_network {
    use std::net::TcpListener;

    use crate::internet::{Internet, internet, zone_with};
    use crate::world::Dns;

    /// Adds an address to this machine, in the test's own network.
    fn add(address: &str) {
        let mut command = std::process::Command::new("ip");
        let args = [
            "address",
            "add",
            &format!("{address}/128"),
            "dev",
            "lo",
            "nodad",
        ];
        let status = command.args(args).status().expect("iproute2 is there");
        assert!(status.success(), "{address}");
    }

    /// Nobody has knocked at this port.
    fn nobody_came(listener: &TcpListener) {
        listener.set_nonblocking(true).expect("every socket can be");
        let came = listener.accept().is_ok();
        assert!(!came, "{:?} was contacted", listener.local_addr());
    }

    const NAT64: &str = "64:ff9b::a07:707";

    #[test]
    fn a_server_is_not_contacted() {
        internet(|| {
            add(NAT64);
            let federation = TcpListener::bind(format!("[{NAT64}]:5061")).expect("free");
            let compared = TcpListener::bind(format!("[{NAT64}]:443")).expect("free");
            let lines = format!("xphone A 81.2.3.4\nxphone AAAA {NAT64}\n");
            let world = Internet::with_zone(&zone_with("xphone A", &lines));
            let outcome = world.check().arg("--compare-port=443").run();
            outcome.shows("address", "address-not-public", "warn");
            nobody_came(&federation);
            nobody_came(&compared);
        });
    }

    #[test]
    fn a_name_server_is_not_asked() {
        internet(|| {
            add(NAT64);
            let inside = Dns::at(NAT64);
            let zone = zone_with(
                "@ NS",
                "@ NS ns1\n@ NS ns2.provider.net.\nns1 AAAA 64:ff9b::a07:707\n",
            );
            let world = Internet::with_zone(&zone);
            let outcome = world.check().run();
            assert_eq!(outcome.code, 0, "{outcome}");
            assert_eq!(inside.questions(), []);
        });
    }

    #[test]
    fn neither_a_list_nor_an_issuer_is_fetched() {
        internet(|| {
            add(NAT64);
            let web = TcpListener::bind(format!("[{NAT64}]:80")).expect("free");
            let world = Internet::without_server(crate::internet::ZONE);
            for url in [
                format!("http://[{NAT64}]/ca"),
                "http://ca.provider.net/ca".to_owned(),
            ] {
                let at = |dns: &Dns| {
                    let provider = crate::internet::PROVIDER;
                    dns.replace("provider.net", &format!("{provider}ca AAAA {NAT64}\n"));
                };
                world.servers(at);
                at(&world.resolver);
                let certificate = world.authority.certificate("xphone.zahnfee.de").rsa();
                let identity = certificate.crl(&url).issue();
                let server = crate::stage::demanding(identity)
                    .listen("81.2.3.4:5061")
                    .start();
                let outcome = world.check().run();
                let unknown = outcome.finding("certificate", "cert-revocation-unknown");
                assert_eq!(unknown["args"]["reason"], "not-public", "{url}");
                drop(server);
                let certificate = world.authority.certificate("xphone.zahnfee.de").rsa();
                let identity = certificate.aia(&url).without_intermediate().issue();
                let server = crate::stage::demanding(identity)
                    .listen("81.2.3.4:5061")
                    .start();
                let outcome = world.check().arg("--fetch-issuer").run();
                assert_eq!(outcome.code, 1, "{outcome}");
                drop(server);
            }
            nobody_came(&web);
        });
    }
}
