//! Servers that send extensions to clients that did not ask for them. OpenSSL and GnuTLS hang up on those that
//! they know, as they must (RFC 5246 §7.4.1.4), and pass over the others.

use time::OffsetDateTime;

use crate::path_world::World;
use crate::stage::{ALL_PASS, Outcome, Stage, demanding};
use crate::world::made::identity;
use crate::world::staple::Staple;
use crate::world::{Edit, Server, edited};

const FAILED: &str = "pass pass pass pass pass fail";

/// A server that staples a good answer, to those who ask or to all.
pub(crate) fn stapling(world: &World, to_all: bool, tls12: bool) -> Server {
    let issuer = (world.issuing.subject.as_slice(), &world.issuing_key);
    let staple = Staple::new(OffsetDateTime::now_utc(), issuer, 7).response();
    let chain = [world.leaf_der(), world.issuing_der()];
    let server = demanding(identity(&[&chain[0], &chain[1]], &world.leaf_key)).stapling(staple);
    let server = if tls12 { server.tls12() } else { server };
    let server = if to_all {
        server.stapling_unasked()
    } else {
        server
    };
    server.start()
}

fn met(world: &World, server: &Server) -> Outcome {
    crate::path_world::met_at(server, &[&world.root_der()], |run| run)
}

#[test]
fn a_staple_that_nobody_asked_for() {
    let world = World::new();
    for tls12 in [false, true] {
        for to_all in [false, true] {
            let server = stapling(&world, to_all, tls12);
            let outcome = met(&world, &server);
            assert_eq!(server.connections(), 3, "{outcome}");
            if !to_all {
                outcome.stands(ALL_PASS, "ready", 0);
                continue;
            }
            outcome
                .shows("federation", "tls-refused-by-some", "fail")
                .shows("federation", "mtls-enforced", "info")
                .lacks("tls-unsteady")
                .stands(FAILED, "not-ready", 1);
            let args = &outcome.finding("federation", "tls-refused-by-some")["args"];
            assert_eq!(args["extension"], "status_request (5)", "{outcome}");
        }
    }
}

/// Puts this extension at the end of a ServerHello of TLS 1.2.
fn with<const KIND: u16>(number: usize, mut record: Vec<u8>) -> Vec<u8> {
    if number > 1 {
        return record;
    }
    let [high, low] = KIND.to_be_bytes();
    let sizes = |record: &[u8], at: usize| u16::from_be_bytes([record[at], record[at + 1]]);
    let message = usize::from(sizes(&record, 7));
    let end = 9 + message;
    let body: &[u8] = match KIND {
        // A list of one protocol.
        16 => &[0, 3, 2, b'h', b'2'],
        _ => &[1],
    };
    let length = u8::try_from(body.len()).expect("short");
    let extension = [&[high, low, 0, length], body].concat();
    let more = u16::from(length) + 4;
    record.splice(end..end, extension);
    let extensions = 44 + usize::from(record[43]) + 3;
    for at in [3, 7, extensions] {
        let [high, low] = (sizes(&record, at) + more).to_be_bytes();
        record[at..at + 2].copy_from_slice(&[high, low]);
    }
    record
}

#[test]
fn what_everybody_refuses_is_named() {
    let stage = Stage::new();
    let server = stage.server().tls12().start();
    for (edit, name) in [
        (with::<1> as Edit, "max_fragment_length (1)"),
        (with::<16>, "application_layer_protocol_negotiation (16)"),
        (with::<13172>, "next_protocol_negotiation (13172)"),
    ] {
        let outcome = stage.meets(&edited(&server, edit));
        outcome.shows("federation", "tls-handshake-failed", "fail");
        let finding = outcome.finding("federation", "tls-handshake-failed");
        assert_eq!(finding["args"]["detail"], "extension-out-of-place");
        assert_eq!(finding["args"]["extension"], name, "{outcome}");
        assert!(finding["message"].to_string().contains(name), "{outcome}");
    }
}

/// OpenSSL and GnuTLS go on, or have asked for it.
#[test]
fn what_others_pass_over_is_a_warning() {
    let stage = Stage::new();
    let server = stage.server().tls12().start();
    for (edit, name) in [
        (with::<0x1234> as Edit, "4660"),
        (with::<22>, "encrypt_then_mac (22)"),
        (with::<28>, "record_size_limit (28)"),
    ] {
        let outcome = stage.meets(&edited(&server, edit));
        outcome.shows("federation", "tls-handshake-failed", "warn");
        let args = &outcome.finding("federation", "tls-handshake-failed")["args"];
        assert_eq!(args["detail"], "unknown-extension", "{outcome}");
        assert_eq!(args["extension"], name, "{outcome}");
    }
}
