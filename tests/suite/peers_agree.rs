//! Certificates and answers on which OpenSSL and GnuTLS were asked: what they take is not refused, and
//! what they refuse is not ready.

use crate::path_world::{FAILS, World, is_ready, met};
use crate::stage::{FQDN, Outcome, Stage, demanding};
use crate::world::made::{ALTERNATIVES, Draft, KEY_ENCIPHERMENT, UTF8, der, oid};
use crate::world::made::{identity, sequence};
use crate::world::staple::{Staple, revoked};
use crate::world::{Act, Server, Sip};

const COMMON_NAME: &str = "2.5.4.3";
const MAIL: &str = "1.2.840.113549.1.9.1";
const TIMESTAMPS: &str = "1.3.6.1.4.1.11129.2.4.2";
const ACCESS: &str = "1.3.6.1.5.5.7.1.1";

/// A name of these attributes, each in its string type.
fn subject(parts: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let parts = parts.iter().map(|(number, string, value)| {
        let attribute = sequence(&[&oid(number), &der(*string, value)]);
        der(0x31, &attribute)
    });
    der(0x30, &parts.collect::<Vec<_>>().concat())
}

fn leaf(change: impl FnOnce(Draft) -> Draft) -> Outcome {
    World::with_leaf(|draft, _| change(draft)).met()
}

#[test]
fn what_nobody_reads_does_no_harm() {
    for (extension, value) in [
        // A list of none, one of an unknown version, and one that breaks off.
        (TIMESTAMPS, der(4, &[0, 0])),
        (TIMESTAMPS, der(4, &[0, 3, 0, 1, 9])),
        (TIMESTAMPS, der(4, &[0, 9, 1])),
        (ACCESS, vec![0x30, 5, 1]),
    ] {
        is_ready(&leaf(|draft| draft.with(extension, false, value.clone())));
        is_ready(&World::with_issuing(|draft, _| draft.with(extension, false, value)).met());
    }
    for other in [
        der(0x81, b"m\xfcller@zahnfee.de"),
        der(0x86, b"http://m\xfcller.de"),
    ] {
        let names = [der(0x82, FQDN.as_bytes()), other].concat();
        is_ready(&leaf(|draft| {
            draft.with(ALTERNATIVES, false, der(0x30, &names))
        }));
    }
}

#[test]
fn a_subject_in_any_string_type_is_read() {
    let wide: Vec<u8> = FQDN.bytes().flat_map(|byte| [0, 0, 0, byte]).collect();
    is_ready(&leaf(|draft| Draft {
        subject: subject(&[(COMMON_NAME, 28, &wide)]),
        ..draft
    }));
}

#[test]
fn a_mail_address_in_the_subject_is_constrained_too() {
    for (host, permitted) in [("zahnfee.de", true), ("other.example", false)] {
        let mut world = World::with_issuing(|draft, _| {
            let names = [der(0x82, b"zahnfee.de"), der(0x81, b"zahnfee.de")];
            draft.constraints(&names, &[])
        });
        let mail = format!("admin@{host}");
        let parts = [
            (COMMON_NAME, UTF8, FQDN.as_bytes()),
            (MAIL, 22, mail.as_bytes()),
        ];
        world.leaf.subject = subject(&parts);
        let outcome = world.met();
        if permitted {
            is_ready(&outcome);
        } else {
            outcome
                .shows("certificate", "cert-name-not-permitted", "fail")
                .stands(FAILS, "not-ready", 1);
        }
    }
}

/// The file of roots holds the server's own certificate, which a CA has issued: by mistake.
#[test]
fn a_certificate_of_a_ca_is_no_root() {
    let world = World::new();
    let (leaf, issuing) = (world.leaf_der(), world.issuing_der());
    let outcome = met(identity(&[&leaf, &issuing], &world.leaf_key), &[&leaf]);
    assert_eq!(outcome.step("certificate")["status"], "fail", "{outcome}");
}

#[test]
fn what_is_wrong_with_a_leaf_that_is_its_own_root_is_told() {
    let world = World::new();
    let own = |draft: Draft| {
        let leaf = draft.self_signed(&world.leaf_key);
        met(identity(&[&leaf], &world.leaf_key), &[&leaf])
    };
    let unknown = |draft: Draft| draft.with("1.3.6.1.4.1.55555.2", true, vec![5, 0]);
    own(unknown(world.leaf.clone())).shows("certificate", "cert-critical-extension", "fail");
    let draft = world.leaf.clone().usage(KEY_ENCIPHERMENT);
    own(draft).shows("certificate", "cert-no-digital-signature", "warn");
}

#[test]
fn an_old_answer_that_says_revoked_says_it_still() {
    let world = World::new();
    let issuer = (world.issuing.subject.as_slice(), &world.issuing_key);
    let staple = Staple {
        status: revoked(world.now - time::Duration::days(20), 1),
        hours: (-200, Some(-30)),
        ..Staple::new(world.now, issuer, 7)
    };
    let chain = [world.leaf_der(), world.issuing_der()];
    let server = demanding(identity(&[&chain[0], &chain[1]], &world.leaf_key));
    let server = server.stapling(staple.response()).start();
    crate::path_world::met_at(&server, &[&world.root_der()], |run| run)
        .shows("certificate", "cert-revoked", "fail")
        .stands(FAILS, "not-ready", 1);
}

fn asked(sip: Sip) -> Outcome {
    let stage = Stage::new();
    let server = Server::tls(stage.identity()).sip(sip).start();
    let run = stage.check().connect_to(&server);
    run.args(&["--timeout", "700ms"]).run()
}

#[test]
fn lines_may_end_in_one_way_here_and_another_there() {
    let acts = [
        Act::say("SIP/2.0 100 Trying\n\n"),
        Act::say("SIP/2.0 503 No\r\n\r\n"),
    ];
    asked(Sip::Acts(acts.to_vec())).shows("federation", "sip-unavailable", "warn");
    let acts = [
        Act::say("OPTIONS sip:a@b sip/2.0\nContent-Length: 0\n\r\n"),
        Act::say("SIP/2.0 200 OK\r\n\r\n"),
    ];
    asked(Sip::Acts(acts.to_vec())).shows("federation", "sip-answered", "info");
}

#[test]
fn a_demand_for_a_certificate_is_not_denied() {
    let outcome = asked(Sip::Acts(vec![Act::say("SIP/2.0 20"), Act::Close]));
    let finding = outcome.finding("federation", "sip-not-answered");
    assert_eq!(finding["args"]["excused"], "demanded", "{finding}");
}
