//! Step 5, the certificate by itself: names, dates, purposes.

use std::time::Duration;

use crate::stage::{ALL_PASS, FQDN, Outcome, Stage, demanding};
use crate::world::certificates::Request;
use crate::world::{Identity, Server};

pub(crate) const FAILS: &str = "pass pass pass pass fail pass";
pub(crate) const WARNS: &str = "pass pass pass pass warn pass";

/// A check of a server with this certificate, under TLS 1.2 or 1.3 in turn.
pub(crate) fn met_with(change: impl Fn(Request<'_>) -> Request<'_>) -> Outcome {
    let stage = Stage::new();
    let identity = change(stage.authority.certificate(FQDN).rsa()).issue();
    met(&stage, identity)
}

pub(crate) fn met(stage: &Stage, identity: Identity) -> Outcome {
    let (tls12, tls13) = (
        demanding(identity.clone()).tls12().start(),
        demanding(identity).start(),
    );
    let (one, other) = (stage.meets(&tls12), stage.meets(&tls13));
    assert_eq!(
        one.codes(),
        other.codes(),
        "the version makes no difference"
    );
    other
}

#[test]
fn cert_name_mismatch() {
    let outcome = met_with(|request| {
        request
            .common_name("srvxp01.ad.local")
            .names(&["srvxp01.ad.local", "10.0.0.5"])
    });
    assert_eq!(
        outcome.finding("certificate", "cert-name-mismatch")["args"]["names"],
        serde_json::json!(["srvxp01.ad.local"])
    );
    outcome
        .shows("certificate", "cert-name-mismatch", "fail")
        .lacks("cert-subject-differs")
        .stands(FAILS, "not-ready", 1);
}

#[test]
fn cert_wildcard() {
    let only = met_with(|request| {
        request
            .common_name("*.zahnfee.de")
            .names(&["*.zahnfee.de", "zahnfee.de"])
    });
    only.shows("certificate", "cert-wildcard", "fail")
        .lacks("cert-name-mismatch")
        .stands(FAILS, "not-ready", 1);
    // The guide's list goes by subject: a wildcard there is one, whatever else the certificate names.
    let subject = met_with(|request| {
        request
            .common_name("*.zahnfee.de")
            .names(&["*.zahnfee.de", FQDN])
    });
    subject
        .shows("certificate", "cert-wildcard", "fail")
        .lacks("cert-extra-wildcard")
        .stands(FAILS, "not-ready", 1);
}

#[test]
fn a_wildcard_covers_one_label_only() {
    let outcome = met_with(|request| {
        request
            .common_name("other.example")
            .names(&["*.de", "*.b.zahnfee.de"])
    });
    outcome
        .shows("certificate", "cert-name-mismatch", "fail")
        .lacks("cert-wildcard");
}

#[test]
fn a_partners_wildcard_is_a_warning() {
    let stage = Stage::new();
    let identity = stage.authority.certificate("*.zahnfee.de").rsa().issue();
    let server = demanding(identity).start();
    let outcome = stage.check().connect_to(&server).arg("--partner").run();
    assert_eq!(
        outcome.finding("certificate", "cert-wildcard")["owners"],
        serde_json::json!(["partner"])
    );
    outcome
        .shows("certificate", "cert-wildcard", "warn")
        .stands(WARNS, "ready-with-warnings", 0);
}

#[test]
fn cert_extra_wildcard() {
    let outcome = met_with(|request| request.names(&[FQDN, "*.zahnfee.de"]));
    outcome
        .shows("certificate", "cert-extra-wildcard", "warn")
        .stands(WARNS, "ready-with-warnings", 0);
}

#[test]
fn cert_no_san() {
    let outcome = met_with(|request| request.no_names());
    outcome
        .shows("certificate", "cert-no-san", "fail")
        .lacks("cert-name-mismatch")
        .stands(FAILS, "not-ready", 1);
}

#[test]
fn cert_subject_differs() {
    let outcome = met_with(|request| {
        request
            .common_name("zahnfee.de")
            .names(&["zahnfee.de", FQDN])
    });
    outcome
        .shows("certificate", "cert-subject-differs", "fail")
        .stands(FAILS, "not-ready", 1);
}

#[test]
fn cert_no_subject() {
    let outcome = met_with(|request| request.no_common_name());
    outcome
        .shows("certificate", "cert-no-subject", "warn")
        .stands(WARNS, "ready-with-warnings", 0);
}

/// A common name that is empty is none.
#[test]
fn an_empty_common_name() {
    for text in ["", " "] {
        let outcome = met_with(|request| request.common_name(text).names(&[FQDN]));
        outcome
            .shows("certificate", "cert-no-subject", "warn")
            .lacks("cert-subject-differs")
            .stands(WARNS, "ready-with-warnings", 0);
    }
}

#[test]
fn names_differ_by_case_only() {
    let outcome = met_with(|request| {
        request
            .common_name("XPhone.Zahnfee.de")
            .names(&["XPHONE.zahnfee.de"])
    });
    outcome.stands(ALL_PASS, "ready", 0);
}

#[test]
fn cert_expired() {
    let outcome = met_with(|request| request.valid(-91, -1));
    assert_eq!(
        outcome.finding("certificate", "cert-expired")["args"]["days"],
        1
    );
    outcome
        .shows("certificate", "cert-expired", "fail")
        .lacks("cert-untrusted-issuer")
        .stands(FAILS, "not-ready", 1);
}

#[test]
fn cert_not_yet_valid() {
    let outcome = met_with(|request| request.valid(2, 90));
    outcome
        .shows("certificate", "cert-not-yet-valid", "fail")
        .stands(FAILS, "not-ready", 1);
}

#[test]
fn cert_expires_soon() {
    for (from, until, soon) in [
        (-61, 29, true),   // 29 of 90 days: less than a third, less than 30
        (-59, 31, false),  // 31 of 90 days
        (-30, 20, false),  // 20 of 50 days: more than a third
        (-35, 14, true),   // 14 of 49 days
        (-5, 1, true),     // 1 of 6 days
        (-3, 3, false),    // 3 of 6 days
        (-160, 40, false), // 40 of 200 days
    ] {
        let outcome = met_with(|request| request.valid(from, until));
        if soon {
            outcome
                .shows("certificate", "cert-expires-soon", "warn")
                .stands(WARNS, "ready-with-warnings", 0);
        } else {
            outcome
                .lacks("cert-expires-soon")
                .stands(ALL_PASS, "ready", 0);
        }
    }
}

#[test]
fn cert_no_server_auth() {
    let outcome = met_with(|request| request.client_auth_only());
    outcome
        .shows("certificate", "cert-no-server-auth", "fail")
        .lacks("cert-untrusted-issuer")
        .stands(FAILS, "not-ready", 1);
}

#[test]
fn cert_no_client_auth() {
    let outcome = met_with(|request| request.server_auth_only());
    outcome
        .shows("certificate", "cert-no-client-auth", "warn")
        .stands(WARNS, "ready-with-warnings", 0);
}

#[test]
fn without_extended_key_usage_everything_is_allowed() {
    met_with(|request| request.no_eku()).stands(ALL_PASS, "ready", 0);
}

#[test]
fn cert_no_crl() {
    let outcome = met_with(|request| request.no_crl());
    outcome
        .shows("certificate", "cert-no-crl", "info")
        .stands(ALL_PASS, "ready", 0);
    met_with(|request| request).lacks("cert-no-crl");
}

/// The longest life depends on the day of issue; these are short and long on any day.
#[test]
fn cert_too_long() {
    for (from, until, long) in [(-1, 40, false), (-1, 900, true), (-400, 0, true)] {
        let outcome = met_with(|request| request.valid(from, until));
        if long {
            outcome.shows("certificate", "cert-too-long", "info");
        } else {
            outcome.lacks("cert-too-long");
        }
    }
}

#[test]
fn cert_no_sip_domain() {
    let outcome = met_with(|request| request);
    outcome
        .shows("certificate", "cert-no-sip-domain", "info")
        .stands(ALL_PASS, "ready", 0);
    let outcome = met_with(|request| request.names(&[FQDN, "Zahnfee.de"]));
    outcome
        .lacks("cert-no-sip-domain")
        .stands(ALL_PASS, "ready", 0);
}

#[test]
fn cert_differs_by_endpoint() {
    let stage = Stage::with_zone(&format!("{}\nxphone A 81.2.3.6", crate::stage::ZONE));
    let told_apart = |identity: &Identity| {
        let serial = identity.serial();
        let digits: Vec<String> = serial.iter().map(|byte| format!("{byte:02x}")).collect();
        digits.concat()
    };
    let identities = [stage.identity(), stage.identity()];
    let serials = identities.each_ref().map(told_apart);
    let [one, other] = identities;
    // One of them answers late, whichever has the lower address.
    let one = demanding(one).delay(Duration::from_millis(50)).start();
    let other = demanding(other).start();
    let run = stage
        .check()
        .connect("81.2.3.4", one.address())
        .connect("81.2.3.6", other.address());
    let outcome = run.run();
    outcome
        .shows("certificate", "cert-differs-by-endpoint", "warn")
        .stands("pass warn pass pass warn pass", "ready-with-warnings", 0);
    let mut expected = [(one.address(), &serials[0]), (other.address(), &serials[1])];
    expected.sort_unstable();
    let finding = outcome.finding("certificate", "cert-differs-by-endpoint");
    for (at, (address, serial)) in expected.iter().enumerate() {
        assert_eq!(finding["args"]["addresses"][at], address.to_string());
        let certificate = finding["args"]["certificates"][at].as_str();
        assert!(
            certificate
                .expect("a text")
                .starts_with(serial.trim_start_matches("00")),
            "{finding}"
        );
        let check = finding["verify"][at].as_str().expect("a command");
        assert!(check.contains(&address.to_string()), "{finding}");
    }
    let message = finding["message"].as_str().expect("a message");
    assert!(message.contains("serial number"), "{message}");
}

#[test]
fn a_second_look_without_a_name() {
    let stage = Stage::new();
    let wrong = stage.authority.certificate("www.zahnfee.de").rsa().issue();
    for (nameless, told, connections) in [
        // The second one names no server; where that makes a difference, it is looked at twice more.
        (stage.identity(), "right", 4),
        (wrong.clone(), "none", 3),
    ] {
        let server = demanding(wrong.clone()).without_sni(nameless).start();
        let outcome = stage.meets(&server);
        assert_eq!(
            outcome.finding("certificate", "cert-name-mismatch")["args"]["without_sni"],
            told
        );
        assert_eq!(server.connections(), connections, "{outcome}");
        outcome.stands(FAILS, "not-ready", 1);
    }
}

#[test]
fn endpoints_are_judged_each_on_its_own() {
    let stage = Stage::with_zone(&format!("{}\nxphone A 81.2.3.6", crate::stage::ZONE));
    let good = stage.server().start();
    let bad = demanding(
        stage
            .authority
            .certificate(FQDN)
            .rsa()
            .valid(-91, -1)
            .issue(),
    )
    .start();
    let run = stage
        .check()
        .connect("81.2.3.4", good.address())
        .connect("81.2.3.6", bad.address());
    let outcome = run.run();
    assert_eq!(
        outcome.finding("certificate", "cert-expired")["endpoint"],
        bad.address().to_string()
    );
    outcome.stands("pass warn pass pass fail pass", "not-ready", 1);
}

/// A server that refuses us still shows its certificate; one that never speaks TLS has none.
#[test]
fn no_certificate_was_shown() {
    let stage = Stage::new();
    let server = Server::raw(crate::world::Raw::Close);
    let outcome = stage.meets(&server);
    assert_eq!(outcome.step("certificate")["needs"], "federation");
    outcome.stands("pass pass pass pass skip fail", "not-ready", 1);
}
