//! What shows whether a port is open, and how TLS is spoken there.

use super::check;
use crate::internet::{Internet, ZONE, internet, zone_with};
use crate::stage::FQDN;
use crate::world::{ClientAuth, Raw, Server};

#[test]
fn what_shows_ports() {
    internet(|| {
        let world = Internet::without_server(ZONE);
        let outcome = world.check().run();
        let line = "Test-NetConnection 81.2.3.4 -Port 5061";
        check(
            &world,
            &outcome,
            ("tcp", "tcp-refused"),
            &[(line, &["closed"])],
        );

        // The tested address, not the published one: there, nothing is wrong.
        drop(world);
        let world = Internet::new();
        let outcome = world.check().args(&["--connect-to", "81.2.3.5:5061"]).run();
        let line = "Test-NetConnection 81.2.3.5 -Port 5061";
        check(
            &world,
            &outcome,
            ("tcp", "tcp-refused"),
            &[(line, &["closed"])],
        );

        drop(world);
        let world = Internet::with_zone(&zone_with("MX", "xphone A 81.2.3.5\n"));
        let outcome = world.check().run();
        check(
            &world,
            &outcome,
            ("tcp", "tcp-partly-open"),
            &[(line, &["closed"])],
        );
    });
}

#[test]
fn what_shows_handshakes() {
    internet(|| {
        let line = "xfed cert xphone.zahnfee.de";
        let world = Internet::without_server(ZONE);
        let old = Server::old(
            world.authority.certificate(FQDN).rsa().issue(),
            0x0301,
            &[0x002f],
        );
        let server = old.start_at("81.2.3.4:5061");
        let outcome = world.check().run();
        let shows: &[&str] = &["TLS 1.0, TLS_RSA_WITH_AES_128_CBC_SHA"];
        check(
            &world,
            &outcome,
            ("federation", "tls-too-old"),
            &[(line, shows)],
        );
        drop(server);

        let banner = Raw::Banner(b"220 mail.zahnfee.de ESMTP\r\n".to_vec());
        let server = Server::raw_on("81.2.3.4:5061", banner);
        let outcome = world.check().run();
        let shows: &[&str] = &["220 mail.zahnfee.de ESMTP"];
        check(
            &world,
            &outcome,
            ("federation", "tls-not-spoken"),
            &[(line, shows)],
        );
        drop(server);

        let open = Server::tls(world.authority.certificate(FQDN).rsa().issue());
        let open = open.client_auth(ClientAuth::Off);
        let _server = open.listen("81.2.3.4:5061").start();
        let outcome = world.check().run();
        let shows: &[&str] = &["is not asked for a certificate"];
        check(
            &world,
            &outcome,
            ("federation", "mtls-not-requested"),
            &[(line, shows)],
        );
    });
}
