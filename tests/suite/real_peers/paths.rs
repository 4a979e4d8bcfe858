//! The table of paths, and the worlds with certificates beside the path, as OpenSSL and GnuTLS judge
//! them: where one of them disagrees, the reason stands here.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use time::OffsetDateTime;

use super::{left_out, path};
use crate::path_beside;
use crate::path_disputed::{COUNTED_BY_SOME, renewed};
use crate::path_shelf::{Case, Issuer, Leaf, Shelf};
use crate::path_table::{longer_pairs, pairs};
use crate::path_world::World;
use crate::stage::{FQDN, Folder};
use crate::world::Server;
use crate::world::made::{self, Key};

/// A certificate or two as files, and the roots.
fn files(roots: &[&[u8]], chain: &[&[u8]]) -> Folder {
    Folder::new()
        .with("root.pem", made::pem(roots))
        .with("leaf.pem", made::pem(&chain[..1]))
        .with("others.pem", made::pem(&chain[1..]))
        .with("chain.pem", made::pem(chain))
}

fn run(folder: &Folder, program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program)
        .env("PATH", path())
        .args(arguments)
        .current_dir(folder.path())
        .output();
    output.unwrap_or_else(|error| panic!("{program}: {error}"))
}

/// Whether OpenSSL takes a path for one of this purpose, with the keys and hashes that Debian allows.
fn openssl_trusts(folder: &Folder, purpose: &str) -> bool {
    let arguments = "verify -no-CApath -no-CAstore -auth_level 2 -CAfile root.pem";
    let mut arguments: Vec<&str> = arguments.split(' ').collect();
    arguments.extend(["-purpose", purpose, "-untrusted", "others.pem", "leaf.pem"]);
    run(folder, "openssl", &arguments).status.success()
}

/// Whether GnuTLS takes a path for one of a server.
fn gnutls_trusts(folder: &Folder) -> bool {
    let arguments = "--verify --load-ca-certificate root.pem --infile chain.pem";
    let mut arguments: Vec<&str> = arguments.split(' ').collect();
    let purpose = [
        "--verify-purpose",
        made::SERVER_AUTH,
        "--verify-hostname",
        FQDN,
    ];
    arguments.extend(purpose);
    run(folder, "certtool", &arguments).status.success()
}

/// All issuers of a case.
fn issuers(case: Case) -> Vec<Issuer> {
    let intermediates = case.upper.into_iter().chain([case.issuing]);
    std::iter::once(case.root).chain(intermediates).collect()
}

/// Why OpenSSL judges otherwise, if it does.
fn openssl_differs(case: Case) -> Option<&'static str> {
    let issuers = issuers(case);
    if case.leaf == Leaf::OtherIssuerSerial {
        return Some("another serial number of the issuer: said as a warning");
    }
    if case.root == Issuer::OtherIssuerKey {
        return Some("a root that points to another one: said as a warning");
    }
    if issuers.contains(&Issuer::CriticalAccess) || case.leaf == Leaf::CriticalKeyIdentifier {
        return Some("a critical extension that OpenSSL does not know: said as a warning");
    }
    if issuers.contains(&Issuer::DistantConstraints) {
        return Some("a minimum in name constraints: said as a warning");
    }
    if matches!(case.leaf, Leaf::NetscapeClient | Leaf::NetscapeMail) {
        return Some("a Netscape type without servers: said as a warning");
    }
    None
}

/// Why GnuTLS judges otherwise, if it does.
fn gnutls_differs(case: Case) -> Option<&'static str> {
    let issuers = issuers(case);
    if issuers[1] == Issuer::NamesAsPrintable || case.leaf == Leaf::IssuerInCapitals {
        return Some("an issuer's name that is written otherwise: said as a warning");
    }
    if issuers.contains(&Issuer::CriticalMappings) {
        return Some("a critical extension that GnuTLS does not know: said as a warning");
    }
    if issuers.contains(&Issuer::ShortRange) || issuers.contains(&Issuer::GappedMask) {
        return Some("a range of addresses that is none to GnuTLS: said as a warning");
    }
    if case.leaf == Leaf::EmptyName {
        return Some("an empty name, which GnuTLS cannot read: said as a warning");
    }
    if matches!(case.root, Issuer::ClientOnly | Issuer::AnyPurpose) {
        return Some(
            "a root for other purposes: GnuTLS does not ask roots for theirs, OpenSSL does",
        );
    }
    if case.root == Issuer::NoMarks {
        return Some("a root that nowhere says it is a CA: GnuTLS does not ask it, OpenSSL does");
    }
    if case.leaf == Leaf::ShortDate {
        return Some(
            "a date without seconds: RFC 5280 §4.1.2.5 forbids it, and OpenSSL refuses it",
        );
    }
    None
}

/// OpenSSL wants a root that has issued itself, GnuTLS is content with the intermediate.
#[test]
fn an_intermediate_alone_in_the_file_of_roots_is_trusted_by_gnutls_only() {
    if left_out() {
        return;
    }
    let world = World::new();
    let (leaf, issuing, root) = (world.leaf_der(), world.issuing_der(), world.root_der());
    for (roots, by_openssl) in [(&[&issuing[..]][..], false), (&[&issuing, &root], true)] {
        let folder = files(roots, &[&leaf, &issuing]);
        assert_eq!(openssl_trusts(&folder, "sslserver"), by_openssl);
        assert!(gnutls_trusts(&folder));
    }
}

#[test]
fn openssl_and_gnutls_agree_with_the_table_of_paths() {
    if left_out() {
        return;
    }
    let shelf = Shelf::at(OffsetDateTime::now_utc());
    let mut cases = pairs();
    // Of two intermediates the upper one is looked at like any: by itself, and with one like it below.
    cases.extend(longer_pairs().into_iter().filter(|case| {
        let is_alike = [Some(Issuer::Sound), case.upper].contains(&Some(case.issuing));
        case.root == Issuer::Sound && case.leaf == Leaf::Sound && is_alike
    }));
    let halves = cases.split_at(cases.len() / 2);
    let (unexplained, used) = std::thread::scope(|scope| {
        let other = scope.spawn(|| compared(&shelf, halves.1));
        let (mut unexplained, mut used) = compared(&shelf, halves.0);
        let (more, others) = other.join().expect("the other half is compared");
        unexplained.extend(more);
        used.extend(others);
        (unexplained, used)
    });
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    let reasons =
        |differs: fn(Case) -> Option<&'static str>| cases.iter().copied().filter_map(differs);
    let reasons: BTreeSet<_> = reasons(openssl_differs)
        .chain(reasons(gnutls_differs))
        .collect();
    assert_eq!(reasons, used, "a reason that explains nothing");
}

/// What no reason explains, and the reasons that explain something.
fn compared(shelf: &Shelf, cases: &[Case]) -> (Vec<String>, BTreeSet<&'static str>) {
    let (mut unexplained, mut used) = (Vec::new(), BTreeSet::new());
    for &case in cases {
        let ours = shelf.is_trusted(case);
        let mut chain = vec![shelf.leaf(case)];
        chain.extend(shelf.intermediates(case));
        let folder = files(&[shelf.root(case)], &chain);
        let peers = [
            (
                "OpenSSL",
                openssl_trusts(&folder, "sslserver"),
                openssl_differs(case),
            ),
            ("GnuTLS", gnutls_trusts(&folder), gnutls_differs(case)),
        ];
        for (peer, theirs, reason) in peers {
            match reason {
                _ if ours == theirs => {}
                Some(reason) => {
                    used.insert(reason);
                }
                None => {
                    unexplained.push(format!("{case:?}: trusted here {ours}, by {peer} {theirs}"));
                }
            }
        }
    }
    (unexplained, used)
}

#[test]
fn only_gnutls_counts_self_issued_certificates() {
    if left_out() {
        return;
    }
    let world = World::new();
    for ((length, keys), counts) in COUNTED_BY_SOME
        .map(|case| (case, true))
        .into_iter()
        .chain([((1, 1), false)])
    {
        let chain = renewed(&world, length, keys);
        let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
        let folder = files(&[&world.root_der()], &chain);
        assert!(openssl_trusts(&folder, "sslserver"), "{length} {keys}");
        assert_eq!(gnutls_trusts(&folder), !counts, "{length} {keys}");
    }
}

/// Asks both about what a server sends, as a client that connects to it.
#[test]
fn openssl_and_gnutls_are_led_astray_where_it_is_said() {
    if left_out() {
        return;
    }
    let now = OffsetDateTime::now_utc();
    for world in path_beside::worlds(now) {
        let roots: Vec<&[u8]> = world.roots.iter().map(Vec::as_slice).collect();
        let chain: Vec<&[u8]> = world.chain.iter().map(Vec::as_slice).collect();
        let folder = files(&roots, &chain);
        let server = Server::tls(made::identity(&chain, &Key::rsa())).start();
        let port = server.address().port().to_string();
        let at = format!("127.0.0.1:{port}");
        let openssl =
            "s_client -verify_return_error -no-CApath -no-CAstore -CAfile root.pem -connect";
        let mut openssl: Vec<&str> = openssl.split(' ').collect();
        openssl.extend([&at, "-servername", FQDN]);
        let openssl = run(&folder, "openssl", &openssl);
        let gnutls = "127.0.0.1 --x509cafile root.pem --port";
        let mut gnutls: Vec<&str> = gnutls.split(' ').collect();
        gnutls.extend([&port, "--sni-hostname", FQDN, "--verify-hostname", FQDN]);
        let gnutls = run(&folder, "gnutls-cli", &gnutls);
        let takes = |partner: &str| {
            let mut astray = world.astray.iter();
            // What counts for clients only is not seen by one who connects.
            !astray.any(|(_, to, by)| by.contains(&partner) && *to != "no-client-auth")
        };
        let said = |output: &Output, good: &str, bad: &str| {
            let text = String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr);
            let verdicts = (text.contains(good), text.contains(bad));
            assert!(verdicts.0 != verdicts.1, "{}: {text}", world.name);
            verdicts.0
        };
        let openssl = said(&openssl, "Verify return code: 0 (ok)", "verify error:num=");
        assert_eq!(openssl, takes("open-ssl"), "OpenSSL, {}", world.name);
        let gnutls = said(&gnutls, "The certificate is trusted.", "NOT trusted.");
        assert_eq!(gnutls, takes("gnu-tls"), "GnuTLS, {}", world.name);
        if world
            .astray
            .iter()
            .any(|(_, to, _)| *to == "no-client-auth")
        {
            assert!(!openssl_trusts(&folder, "sslclient"), "{}", world.name);
        }
    }
}
