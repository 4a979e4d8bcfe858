//! The certificate that the caller presents, and who takes it.

use super::{Post, text};
use crate::world::Identity;

#[test]
fn the_certificate_is_judged_as_a_partner_would() {
    let post = Post::new();
    let of = |name: &str| post.authority.certificate(name).rsa();
    let skips = "pass pass fail skip pass pass skip";
    for (identity, step, code, statuses, verdict, exit) in [
        (
            None,
            "outbound-certificate",
            "call-no-certificate",
            skips,
            "not-ready",
            1,
        ),
        (
            Some(
                of("xphone.zahnfee.de")
                    .without_intermediate()
                    .aia("http://ca.toothfairy.example/issuing.crt")
                    .issue(),
            ),
            "outbound-certificate",
            "cert-chain-incomplete",
            skips,
            "not-ready",
            1,
        ),
        (
            Some(of("xphone.zahnfee.de").valid(-90, -1).issue()),
            "outbound-certificate",
            "cert-expired",
            skips,
            "not-ready",
            1,
        ),
        (
            Some(of("mail.zahnfee.de").issue()),
            "outbound-certificate",
            "cert-name-mismatch",
            skips,
            "not-ready",
            1,
        ),
        (
            Some(of("xphone.zahnfee.de").server_auth_only().issue()),
            "outbound-acceptance",
            "cert-no-client-auth",
            "pass pass pass warn pass pass skip",
            "ready-with-warnings",
            0,
        ),
        // As a client it is all right; what a server needs says xfed check.
        (
            Some(of("xphone.zahnfee.de").client_auth_only().issue()),
            "outbound-acceptance",
            "cert-no-server-auth",
            "pass pass pass warn pass pass skip",
            "ready-with-warnings",
            0,
        ),
    ] {
        let listening = post.listen(&["--once"]);
        let call = listening.call();
        let call = match identity {
            Some(identity) => call.presenting(identity),
            None => call,
        };
        let mut caller = call.connect().expect("TLS");
        caller.ask(&text(listening.user(), 1));
        let outcome = listening.report();
        outcome.finding(step, code);
        outcome.stands(statuses, verdict, exit);
    }
}

#[test]
fn no_certificate_where_one_is_required() {
    let post = Post::with_zone("_sipfederationtls._tcp SRV 0 0 5061 xphone\nxphone A 127.0.0.1\n");
    let listening = post.listen(&[
        "--once",
        "--client-cert=require",
        "--ca-hints=roots",
        "--expect=zahnfee.de",
    ]);
    // With TLS 1.3 the refusal comes after its own last word.
    if let Ok(mut caller) = listening.call().connect() {
        caller.say(&text(listening.user(), 1));
        assert_eq!(caller.hear(), None);
    }
    let outcome = listening.report();
    let finding = outcome.finding("outbound-certificate", "call-no-certificate");
    assert_eq!(finding["args"]["named"], "yes");
    outcome.stands("pass pass fail skip skip skip skip", "not-ready", 1);
}

#[test]
fn where_no_certificate_is_asked_for_none_is_missed() {
    let post = Post::new();
    let listening = post.listen(&["--once", "--client-cert=none"]);
    let mut caller = listening.called_by(&post);
    caller.ask(&text(listening.user(), 1));
    let outcome = listening.report();
    assert_eq!(outcome.step("outbound-certificate")["status"], "skip");
    assert_eq!(outcome.step("outbound-chat")["status"], "pass");
}

#[test]
fn a_domain_without_srv_record_is_not_taken_by_an_edge() {
    let post = Post::with_zone("xphone A 81.2.3.4");
    let listening = post.listen(&["--once"]);
    let mut caller = listening.called_by(&post);
    caller.ask(&text(listening.user(), 1));
    let outcome = listening.report();
    outcome.finding("outbound-acceptance", "call-srv-missing");
    outcome.stands(
        "pass pass pass warn pass pass skip",
        "ready-with-warnings",
        0,
    );
}

#[test]
fn a_certificate_with_the_key_of_another() {
    let post = Post::new();
    let of = |name: &str| post.authority.certificate(name).issue();
    let identity = Identity {
        key: of("xphone.zahnfee.de").key,
        ..of("xphone.zahnfee.de")
    };
    let listening = post.listen(&["--once"]);
    if let Ok(mut caller) = listening.call().presenting(identity).connect() {
        assert_eq!(caller.hear(), None, "TLS 1.3 refuses it afterwards");
    }
    let outcome = listening.report();
    outcome.shows("outbound-certificate", "call-key-unproven", "fail");
    assert_eq!(outcome.report()["verdict"], "not-ready");
}

/// Whatever DNS says of the sender's domain, or does not: its server has a name within it.
#[test]
fn a_certificate_of_another_domain_than_the_sender() {
    let zones = [
        "xphone A 81.2.3.4",
        "_sipfederationtls._tcp SRV 0 0 5061 sip",
    ];
    for zone in [None, Some(zones[0]), Some(zones[1])] {
        let post = Post::new();
        if let Some(zone) = zone {
            post.dns.replace("elhada.es", zone);
        }
        let listening = post.listen(&[]);
        let mut caller = listening.called_by(&post);
        caller.ask(&text(listening.user(), 1).replace("ann@zahnfee.de", "ann@elhada.es"));
        let outcome = listening.end();
        assert_eq!(outcome.report()["domain"], "elhada.es");
        outcome.shows("outbound-certificate", "cert-name-mismatch", "fail");
        outcome.stands("pass pass fail skip pass pass skip", "not-ready", 1);
    }
}

/// Partners meet any of the connections, in whatever order they are opened.
#[test]
fn the_worst_of_several_certificates_counts() {
    let post = Post::new();
    let good = || Some(post.xphone());
    let expired = || {
        let certificate = post.authority.certificate("xphone.zahnfee.de").rsa();
        Some(certificate.valid(-90, -1).issue())
    };
    for (identities, code) in [
        ([good(), expired()], "cert-expired"),
        ([expired(), good()], "cert-expired"),
        ([good(), None], "call-no-certificate"),
        ([None, good()], "call-no-certificate"),
    ] {
        let listening = post.listen(&["--expect", "zahnfee.de"]);
        for (number, identity) in (1..).zip(identities) {
            let call = listening.call();
            let call = match identity {
                Some(identity) => call.presenting(identity),
                None => call,
            };
            let mut caller = call.connect().expect("TLS");
            caller.ask(&text(listening.user(), number));
        }
        let outcome = listening.end();
        outcome.shows("outbound-certificate", code, "fail");
        outcome.stands("pass pass fail skip pass pass skip", "not-ready", 1);
    }
    // Another one that is as good, as during a renewal.
    let listening = post.listen(&["--expect", "zahnfee.de"]);
    for number in 1..3 {
        let mut caller = listening.called_by(&post);
        caller.ask(&text(listening.user(), number));
    }
    listening.end().stands(super::ALL_PASS, "ready", 0);
}
