//! Step 5: one certificate, one remedy. Several faults of it have one order; a right one that this run has seen is to be
//! chosen; of several servers each is called by its own name.

use crate::path_world::FAILS;
use crate::stage::{FQDN, Outcome, Run, Stage, ZONE, demanding};
use crate::world::certificates::Request;
use crate::world::{ClientAuth, Identity, Server};

#[track_caller]
fn fix<'a>(outcome: &'a Outcome, code: &str) -> &'a str {
    let finding = outcome.finding("certificate", code);
    finding["fix"].as_str().expect("a fix")
}

/// The codes of step 5 that are more than remarks, in order.
fn weighty(outcome: &Outcome) -> Vec<&str> {
    let findings = outcome.step("certificate")["findings"].as_array();
    let weighty = findings.expect("findings").iter();
    weighty
        .filter(|finding| finding["severity"] != "info")
        .map(|finding| finding["code"].as_str().expect("a code"))
        .collect()
}

/// The first finding orders, the others are settled by it.
#[track_caller]
fn is_ordered_once(outcome: &Outcome, codes: &[&str]) {
    assert_eq!(weighty(outcome), codes, "{outcome}");
    let order = fix(outcome, codes[0]);
    assert!(order.starts_with("Order one new certificate"), "{order}");
    for code in &codes[1..] {
        let settled = fix(outcome, code);
        let by = format!("ordered for {} settles this", codes[0]);
        assert!(settled.contains(&by), "{code}: {settled}");
        assert!(!settled.contains("renewed"), "{code}: {settled}");
    }
}

fn issued(stage: &Stage, change: impl FnOnce(Request<'_>) -> Request<'_>) -> Identity {
    change(stage.authority.certificate(FQDN).rsa().valid(-10, 80)).issue()
}

fn met(change: impl FnOnce(Request<'_>) -> Request<'_>) -> Outcome {
    let stage = Stage::new();
    stage.meets(&demanding(issued(&stage, change)).start())
}

fn wildcard(request: Request<'_>) -> Request<'_> {
    request.common_name("*.zahnfee.de").names(&["*.zahnfee.de"])
}

// One certificate, several faults, one order.

#[test]
fn what_is_ordered_anew_is_not_renewed() {
    let outcome = met(|request| wildcard(request).valid(-93, -3));
    is_ordered_once(&outcome, &["cert-wildcard", "cert-expired"]);
    outcome.stands(FAILS, "not-ready", 1);
    let outcome = met(|request| {
        let request = request.common_name("zahnfee.de");
        request.names(&["zahnfee.de", FQDN]).valid(-84, 6)
    });
    is_ordered_once(&outcome, &["cert-subject-differs", "cert-expires-soon"]);
    let outcome = met(|request| request.names(&["srv.zahnfee.de"]).valid(-93, -3));
    is_ordered_once(&outcome, &["cert-name-mismatch", "cert-expired"]);
}

/// A company CA renews by itself, and its renewed certificate helps nobody.
#[test]
fn a_private_ca_is_left_whatever_the_date_is() {
    let stage = Stage::new();
    let company = Stage::new();
    let identity = company.authority.certificate(FQDN).rsa().valid(-93, -3);
    let outcome = stage.meets(&demanding(identity.with_root().issue()).start());
    is_ordered_once(&outcome, &["cert-untrusted-issuer", "cert-expired"]);
}

#[test]
fn a_missing_intermediate_comes_with_the_order() {
    let outcome = met(|request| {
        let request = request.names(&["mail.zahnfee.de"]).without_intermediate();
        request.aia("http://ca.molar.example/issuing.cer")
    });
    is_ordered_once(&outcome, &["cert-name-mismatch", "cert-chain-incomplete"]);
    let settled = fix(&outcome, "cert-chain-incomplete");
    assert!(
        settled.contains("intermediate certificates that come with it"),
        "{settled}"
    );
}

/// Three faults, and still one order.
#[test]
fn many_faults_have_one_order() {
    let outcome = met(|request| wildcard(request).client_auth_only().valid(-93, -3));
    is_ordered_once(
        &outcome,
        &["cert-wildcard", "cert-expired", "cert-no-server-auth"],
    );
}

#[test]
fn a_single_fault_keeps_its_own_fix() {
    let outcome = met(|request| request.valid(-93, -3));
    assert!(
        fix(&outcome, "cert-expired")
            .starts_with("In the XPhone administration, choose the renewed")
    );
    let outcome = met(|request| {
        let request = request.without_intermediate();
        request.aia("http://ca.molar.example/issuing.cer")
    });
    assert!(fix(&outcome, "cert-chain-incomplete").starts_with("Install the intermediate"));
    let outcome = met(|request| request.self_signed().names(&["mail.zahnfee.de"]));
    outcome
        .shows("certificate", "cert-self-signed", "fail")
        .shows("certificate", "cert-name-mismatch", "fail");
}

/// That the subject is another name is a remark in the partner view, and no reason to order.
#[test]
fn what_is_only_a_remark_to_partners_orders_nothing() {
    let stage = Stage::new();
    let identity = issued(&stage, |request| {
        let request = request.common_name("zahnfee.de");
        request.names(&["zahnfee.de", FQDN]).valid(-93, -3)
    });
    let server = demanding(identity).start();
    let run = stage.check().connect_to(&server).arg("--partner");
    let outcome = run.run();
    outcome.shows("certificate", "cert-subject-differs", "info");
    assert!(
        fix(&outcome, "cert-expired")
            .starts_with("Partner: In the administration of the server, choose the renewed")
    );
}

// The right certificate was seen in the same run.

fn compared(shown: Identity, other: Identity, stage: &Stage) -> Outcome {
    let server = demanding(shown).start();
    let web = Server::tls(other).client_auth(ClientAuth::Off).start();
    let port = web.address().port().to_string();
    let run = stage.check().connect("81.2.3.4", server.address());
    run.args(&["--compare-port", &port]).run()
}

#[test]
fn what_another_port_shows_is_chosen() {
    let stage = Stage::new();
    let right = || issued(&stage, |request| request.valid(-2, 88));
    let expired = issued(&stage, |request| request.valid(-93, -3));
    let outcome = compared(expired, right(), &stage);
    outcome.shows("certificate", "cert-expired", "fail").shows(
        "certificate",
        "cert-not-reselected",
        "warn",
    );
    let chosen = fix(&outcome, "cert-expired");
    assert!(chosen.starts_with("Order nothing: port "), "{chosen}");
    // Whatever is wrong with the one that is shown: of another name, and expired.
    let other = issued(&stage, |request| wildcard(request).valid(-93, -3));
    let outcome = compared(other, right(), &stage);
    assert_eq!(weighty(&outcome)[..2], ["cert-wildcard", "cert-expired"]);
    assert!(fix(&outcome, "cert-wildcard").starts_with("Order nothing: port "));
    assert!(fix(&outcome, "cert-expired").contains("chosen for cert-wildcard"));
    // No order mends that a CA leaves this purpose out.
    let expired = issued(&stage, |request| request.valid(-93, -3));
    let servers = issued(&stage, |request| request.server_auth_only().valid(-2, 88));
    let outcome = compared(expired, servers, &stage);
    let chosen = fix(&outcome, "cert-expired");
    assert!(chosen.starts_with("Order nothing: port "), "{chosen}");
}

#[test]
fn what_is_not_right_either_is_not_recommended() {
    for change in [
        (|request| wildcard(request).valid(-2, 88)) as fn(Request<'_>) -> Request<'_>,
        |request| request.names(&[FQDN, "*.zahnfee.de"]).valid(-2, 88),
        |request| request.valid(-100, -1),
        |request| request.client_auth_only().valid(-2, 88),
        |request| request.self_signed().valid(-2, 88),
        // These are warnings only, and an order would mend them.
        |request| request.no_common_name().valid(-2, 88),
        |request| request.encrypting_only().valid(-2, 88),
        |request| request.must_staple().valid(-2, 88),
    ] {
        let stage = Stage::new();
        let expired = issued(&stage, |request| request.valid(-93, -3));
        let outcome = compared(expired, issued(&stage, change), &stage);
        let own = fix(&outcome, "cert-expired");
        assert!(
            own.starts_with("In the XPhone administration, choose the renewed"),
            "{own}"
        );
    }
}

/// One FQDN, two addresses.
fn met_at_two(
    zone: &str,
    first: Identity,
    second: Identity,
    stage: &Stage,
) -> (Outcome, Vec<String>) {
    let servers = [first, second].map(|identity| demanding(identity).start());
    assert!(zone.contains("81.2.3.6"));
    let run = |run: Run| {
        let run = run.connect("81.2.3.4", servers[0].address());
        run.connect("81.2.3.6", servers[1].address())
    };
    let addresses = servers
        .each_ref()
        .map(|server| server.address().to_string());
    (run(stage.check()).run(), addresses.to_vec())
}

#[test]
fn what_another_address_shows_is_chosen() {
    let zone = format!("{ZONE}xphone A 81.2.3.6\n");
    let stage = Stage::with_zone(&zone);
    let right = issued(&stage, |request| request.valid(-2, 88));
    let expired = issued(&stage, |request| request.valid(-93, -3));
    let (outcome, addresses) = met_at_two(&zone, right, expired, &stage);
    let finding = outcome.finding("certificate", "cert-expired");
    assert_eq!(finding["endpoint"], addresses[1].as_str());
    let chosen = fix(&outcome, "cert-expired");
    assert!(
        chosen.starts_with("Order nothing: 81.2.3.4 shows"),
        "{chosen}"
    );
    assert!(chosen.contains("delete the A record 81.2.3.6"), "{chosen}");
    // Both expired: there is none to choose.
    let both = || issued(&stage, |request| request.valid(-93, -3));
    let (outcome, _) = met_at_two(&zone, both(), both(), &stage);
    assert!(
        fix(&outcome, "cert-expired")
            .starts_with("In the XPhone administration, choose the renewed")
    );
}

/// It is taken over with its key, which the other server would have to have.
#[test]
fn what_another_address_shows_without_its_key_is_not_chosen() {
    let zone = format!("{ZONE}xphone A 81.2.3.6\n");
    let stage = Stage::with_zone(&zone);
    let right = issued(&stage, |request| request.valid(-2, 88));
    let keyless = Identity {
        key: stage.authority.certificate(FQDN).issue().key,
        ..right
    };
    let expired = issued(&stage, |request| request.valid(-93, -3));
    let (outcome, _) = met_at_two(&zone, keyless, expired, &stage);
    assert!(
        fix(&outcome, "cert-expired")
            .starts_with("In the XPhone administration, choose the renewed")
    );
}

/// One that ends tomorrow has a finding of its own.
#[test]
fn what_another_address_shows_is_not_chosen_for_a_day() {
    let zone = format!("{ZONE}xphone A 81.2.3.6\n");
    let stage = Stage::with_zone(&zone);
    let soon = issued(&stage, |request| request.valid(-89, 1));
    let expired = issued(&stage, |request| request.valid(-93, -3));
    let (outcome, _) = met_at_two(&zone, soon, expired, &stage);
    outcome.shows("certificate", "cert-expires-soon", "warn");
    assert!(
        !fix(&outcome, "cert-expired").starts_with("Order nothing"),
        "{outcome}"
    );
}

/// What is missing at one address is seen at the other.
#[test]
fn the_intermediate_that_another_address_sends_is_what_is_missing() {
    let zone = format!("{ZONE}xphone A 81.2.3.6\n");
    let stage = Stage::with_zone(&zone);
    let whole = issued(&stage, |request| request);
    let mut alone = whole.clone();
    alone.chain.truncate(1);
    let (outcome, addresses) = met_at_two(&zone, whole, alone, &stage);
    outcome
        .shows("certificate", "cert-chain-incomplete", "fail")
        .lacks("cert-untrusted-issuer")
        .lacks("cert-differs-by-endpoint");
    let finding = outcome.finding("certificate", "cert-chain-incomplete");
    assert_eq!(finding["endpoint"], addresses[1].as_str());
    let message = finding["message"].to_string();
    assert!(message.contains("81.2.3.4 sends it"), "{message}");
    assert!(
        !fix(&outcome, "cert-chain-incomplete").contains("order"),
        "{finding}"
    );
}

// Several servers, each by its own name.

const BACKUP: &str = "backup.zahnfee.de";

fn two_servers() -> (String, Stage) {
    let zone = format!("{ZONE}_sipfederationtls._tcp SRV 10 0 5061 backup\nbackup A 81.2.3.6\n");
    let stage = Stage::with_zone(&zone);
    (zone, stage)
}

fn for_backup(stage: &Stage, from: i64, until: i64) -> Identity {
    let request = stage.authority.certificate(BACKUP).rsa();
    request.valid(from, until).issue()
}

#[test]
fn the_second_server_is_called_by_its_own_name() {
    let (zone, stage) = two_servers();
    let right = issued(&stage, |request| request);
    let (outcome, addresses) = met_at_two(&zone, right, for_backup(&stage, -93, -3), &stage);
    let finding = outcome.finding("certificate", "cert-expired");
    assert_eq!(finding["endpoint"], addresses[1].as_str());
    let verify = finding["verify"][0].as_str().expect("a command");
    assert!(verify.contains("--name backup.zahnfee.de"), "{verify}");
    for text in [&finding["message"], &finding["fix"]] {
        let text = text.as_str().expect("a text");
        assert!(text.contains(BACKUP) && !text.contains(FQDN), "{text}");
    }
    // The other way round.
    let expired = issued(&stage, |request| request.valid(-93, -3));
    let (outcome, _) = met_at_two(&zone, expired, for_backup(&stage, -10, 80), &stage);
    let finding = outcome.finding("certificate", "cert-expired").to_string();
    assert!(
        finding.contains(FQDN) && !finding.contains(BACKUP),
        "{finding}"
    );
}

#[test]
fn a_fault_of_both_servers_is_two() {
    let (zone, stage) = two_servers();
    let expired = issued(&stage, |request| request.valid(-93, -3));
    let (outcome, _) = met_at_two(&zone, expired, for_backup(&stage, -93, -3), &stage);
    assert_eq!(weighty(&outcome), ["cert-expired", "cert-expired"]);
    let all = outcome.step("certificate").to_string();
    assert!(
        all.contains("for exactly xphone.") && all.contains("for exactly backup."),
        "{all}"
    );
}

#[test]
fn two_servers_that_are_right_are_ready() {
    let (zone, stage) = two_servers();
    let right = issued(&stage, |request| request);
    let (outcome, _) = met_at_two(&zone, right, for_backup(&stage, -10, 80), &stage);
    outcome.stands("pass pass pass pass pass pass", "ready", 0);
}

/// The one with both names has expired; the other server's is right, but for its own name only.
#[test]
fn the_certificate_of_another_server_is_not_recommended() {
    let (zone, stage) = two_servers();
    let expired = issued(&stage, |request| {
        request.names(&[FQDN, BACKUP]).valid(-93, -3)
    });
    let other = for_backup(&stage, -10, 80);
    let (outcome, _) = met_at_two(&zone, expired, other, &stage);
    // The backup's certificate is not for xphone: it is not recommended.
    assert!(
        fix(&outcome, "cert-expired")
            .starts_with("In the XPhone administration, choose the renewed")
    );
}
