//! A refusal for want of a client certificate is an alert, a close or a reset of the server's own,
//! after a handshake that was in order and before anything else was said. Whatever else ends a
//! connection is no good sign.

use crate::stage::{Outcome, Stage};
use crate::world::server::Tls;
use crate::world::{Act, Harm, Server, Sip, between};

const FAILED: &str = "pass pass pass pass pass fail";
const HANDSHAKE: u8 = 22;

fn met(stage: &Stage, server: &Server) -> Outcome {
    let run = stage.check().connect_to(server);
    run.args(&["--timeout", "600ms"]).run()
}

fn both(stage: &Stage, acts: &[Act]) -> [(&'static str, Tls); 2] {
    let server = || Server::tls(stage.identity()).sip(Sip::Acts(acts.to_vec()));
    [("TLS 1.2", server().tls12()), ("TLS 1.3", server().tls13())]
}

#[test]
fn nonsense_after_the_handshake_is_no_refusal() {
    let stage = Stage::new();
    let noise: Vec<u8> = [&[23, 3, 3, 0, 32][..], &[0x5a; 32]].concat();
    let hello = [&[2, 0, 0, 38, 3, 3][..], &[7; 32], &[0, 0x13, 1, 0]].concat();
    let plain_hello = [&[22, 3, 3, 0, 42][..], &hello].concat();
    let finished = [&[20, 0, 0, 32][..], &[1; 32]].concat();
    for (what, act) in [
        ("undecryptable", Act::Plain(noise.clone())),
        (
            "not-tls",
            Act::Plain(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        ),
        ("plain hello", Act::Plain(plain_hello)),
        ("hello", Act::Record(HANDSHAKE, hello)),
        ("finished", Act::Record(HANDSHAKE, finished)),
    ] {
        for end in [None, Some(Act::Close), Some(Act::Reset)] {
            let acts: Vec<Act> = [act.clone()].into_iter().chain(end).collect();
            for (version, server) in both(&stage, &acts) {
                let outcome = met(&stage, &server.start());
                outcome
                    .shows("federation", "tls-handshake-failed", "fail")
                    .lacks("mtls-enforced")
                    .stands(FAILED, "not-ready", 1);
                let args = &outcome.finding("federation", "tls-handshake-failed")["args"];
                assert_eq!(args["progress"], "finished", "{what}, {version}: {outcome}");
                if ["undecryptable", "not-tls"].contains(&what) {
                    assert_eq!(args["detail"], what, "{version}: {outcome}");
                }
            }
        }
    }
}

/// An answer that came before the nonsense is an answer.
#[test]
fn nonsense_after_the_answer_is_nothing_to_us() {
    let stage = Stage::new();
    let ok = Act::say("SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n");
    let acts = [ok, Act::Plain(vec![0x5a; 40])];
    for (_, server) in both(&stage, &acts) {
        met(&stage, &server.start()).shows("federation", "sip-answered", "info");
    }
}

#[test]
fn the_same_without_end_is_no_refusal() {
    let stage = Stage::new();
    let ticket = [
        &[4, 0, 0, 19][..],
        &[0; 8],
        &[0, 0, 8],
        &[3; 8],
        &[0, 0][..],
    ]
    .concat();
    let ticket = [&ticket[..12], &[0], &[0, 4], &[9; 4], &[0, 0]].concat();
    let ticket = [&[4, 0, 0, 17], &ticket[4..]].concat();
    let [_, (_, tickets)] = both(&stage, &[Act::Record(HANDSHAKE, ticket), Act::Repeat]);
    let outcome = met(&stage, &tickets.start());
    outcome
        .shows("federation", "tls-over-limit", "unknown")
        .lacks("mtls-enforced");
    let [(_, requests), _] = both(&stage, &[Act::Record(HANDSHAKE, vec![0; 4]), Act::Repeat]);
    let outcome = met(&stage, &requests.start());
    outcome
        .shows("federation", "tls-handshake-failed", "fail")
        .lacks("mtls-enforced");
    let args = &outcome.finding("federation", "tls-handshake-failed")["args"];
    assert_eq!(args["detail"], "endless", "{outcome}");
}

/// Half a record, and silence or the end: something was said.
#[test]
fn half_a_record_is_no_silence() {
    let stage = Stage::new();
    for end in [None, Some(Act::Close), Some(Act::Reset)] {
        let half = Act::Plain(vec![23, 3, 3, 0, 99, 1, 2, 3]);
        let acts: Vec<Act> = [half].into_iter().chain(end).collect();
        for (_, server) in both(&stage, &acts) {
            met(&stage, &server.start())
                .shows("federation", "sip-not-answered", "warn")
                .lacks("mtls-enforced");
        }
    }
}

/// Records of a few bytes are as good as others, and what they say is read as a whole.
#[test]
fn a_handshake_in_small_records_is_one() {
    let stage = Stage::new();
    for size in [32, 40, 60] {
        let server = stage.server().tls12().fragment(size).start();
        met(&stage, &server).lacks("tls-no-secure-renegotiation");
    }
}

/// Turns over one bit of the server's side, somewhere.
#[test]
fn a_spoilt_handshake_is_never_ready() {
    const SEEDS: usize = 25;
    let stage = Stage::new();
    for server in [stage.server().tls12(), stage.server()] {
        let server = server.start();
        let mut survived = Vec::new();
        for seed in 0..SEEDS {
            // Spread over the handshake of either version, which is longer than this, and over all
            // eight bits.
            let bit = (seed * 7919 + 13) % (1100 * 8);
            let outcome = met(&stage, &between(&server, |_| true, Harm::Flip(bit)));
            if outcome.code == 0 {
                survived.push(bit);
            }
        }
        assert!(survived.is_empty(), "{survived:?}");
    }
}

/// Until the server has said everything that comes before our turn, an end is no refusal.
#[test]
fn an_end_within_the_handshake_is_no_refusal() {
    let stage = Stage::new();
    for (server, most) in [(stage.server().tls12(), 1200), (stage.server(), 1700)] {
        let server = server.fragment(100).start();
        for at in (150..most).step_by(311) {
            for harm in [Harm::Close(at), Harm::Reset(at), Harm::Stall(at)] {
                let outcome = met(&stage, &between(&server, |_| true, harm));
                outcome.lacks("mtls-enforced");
                let failed = outcome.step("federation")["status"] == "fail";
                assert!(failed, "{harm:?}: {outcome}");
            }
        }
    }
}
