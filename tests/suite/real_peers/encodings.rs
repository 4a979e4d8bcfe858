//! The certificates that are not written as everybody writes them, as OpenSSL and GnuTLS read them: as
//! files, and in the handshake, where they stand behind a chain that needs nothing of them.

use std::process::Command;

use time::OffsetDateTime;

use super::{left_out, path};
use crate::path_world::World;
use crate::stage::{FQDN, Folder};
use crate::world::encodings::{self, Readers};
use crate::world::made::{self, Draft, Key};
use crate::world::server::{Server, Tls};

fn succeeds(folder: &Folder, program: &str, arguments: &[&str]) -> bool {
    let output = Command::new(program)
        .env("PATH", path())
        .args(arguments)
        .current_dir(folder.path())
        .output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    output.status.success()
}

fn readers(openssl: bool, gnutls: bool) -> Readers {
    match (openssl, gnutls) {
        (true, true) => Readers::All,
        (true, false) => Readers::OpenSsl,
        (false, true) => Readers::GnuTls,
        (false, false) => Readers::Nobody,
    }
}

#[test]
fn openssl_and_gnutls_read_the_certificates_that_it_is_said_of() {
    if left_out() {
        return;
    }
    for written in encodings::all(OffsetDateTime::now_utc()) {
        let folder = Folder::new().with("one.der", written.der);
        let openssl = "x509 -inform DER -in one.der -noout";
        let openssl: Vec<&str> = openssl.split(' ').collect();
        let gnutls = ["--certificate-info", "--inder", "--infile", "one.der"];
        let found = readers(
            succeeds(&folder, "openssl", &openssl),
            succeeds(&folder, "certtool", &gnutls),
        );
        assert_eq!(found, written.readers, "{:?}", written.words);
    }
}

/// Who completes a handshake with this server and trusts what it shows.
fn callers(server: Tls, world: &World) -> Readers {
    let folder = Folder::new().with("root.pem", made::pem(&[&world.root_der()]));
    let server = server.start();
    let port = server.address().port().to_string();
    let at = format!("127.0.0.1:{port}");
    let openssl = "s_client -verify_return_error -no-CApath -no-CAstore -CAfile root.pem -connect";
    let mut openssl: Vec<&str> = openssl.split(' ').collect();
    openssl.extend([&at, "-servername", FQDN]);
    let gnutls = "127.0.0.1 --x509cafile root.pem --port";
    let mut gnutls: Vec<&str> = gnutls.split(' ').collect();
    gnutls.extend([&port, "--sni-hostname", FQDN, "--verify-hostname", FQDN]);
    readers(
        succeeds(&folder, "openssl", &openssl),
        succeeds(&folder, "gnutls-cli", &gnutls),
    )
}

#[test]
fn openssl_and_gnutls_hang_up_for_a_certificate_that_no_path_needs() {
    if left_out() {
        return;
    }
    let world = World::new();
    let (leaf, issuing) = (world.leaf_der(), world.issuing_der());
    let server = |stranger: &[u8]| {
        let chain = [leaf.as_slice(), &issuing, stranger];
        Server::tls(made::identity(&chain, &world.leaf_key))
    };
    for written in encodings::all(world.now) {
        let found = callers(server(&written.der), &world);
        assert_eq!(found, written.readers, "{:?}", written.words);
    }
    // Keys are read in TLS 1.2 only, and only by one.
    let unread = Draft::authority("CN=Nobody Needs It", world.now);
    let unread = unread.self_signed(&Key::compressed(9));
    assert_eq!(callers(server(&unread), &world), Readers::All);
    assert_eq!(callers(server(&unread).tls12(), &world), Readers::OpenSsl);
}
