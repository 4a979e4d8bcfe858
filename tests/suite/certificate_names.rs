//! Step 5 by the names in certificates, and by the place of the right one: strangers' names are quoted and few, the
//! nearest first; what is in the wrong place is moved, not bought again.

use crate::path_world::{FAILS, ISSUING, Told, World};
use crate::stage::{FQDN, Outcome, Stage, demanding, file};
use crate::world::Dns;
use crate::world::made::{self, Draft};

/// The finding's fix.
fn fix<'a>(outcome: &'a Outcome, code: &str) -> &'a str {
    let finding = outcome.finding("certificate", code);
    finding["fix"].as_str().expect("a fix")
}

#[test]
fn the_right_certificate_comes_second() {
    let world = World::new();
    let (leaf, issuing) = (world.leaf_der(), world.issuing_der());
    let outcome = world.met_showing(&[&issuing, &leaf]);
    outcome.fails(
        "certificate",
        "cert-wrong-order",
        &[FQDN, "number 2", ISSUING],
    );
    outcome.lacks("tls-handshake-failed");
    assert!(
        !fix(&outcome, "cert-wrong-order").contains("Order"),
        "{outcome}"
    );

    // Behind the root, and expired as well: both are said, and nothing of the root.
    let world = World::with_leaf(|leaf, now| leaf.valid(now, -93, -3));
    let (leaf, issuing, root) = (world.leaf_der(), world.issuing_der(), world.root_der());
    let outcome = world.met_showing(&[&root, &issuing, &leaf]);
    outcome.says("certificate", "cert-wrong-order", "fail", &["number 3"]);
    // The old one is not to be imported once more.
    let mending = fix(&outcome, "cert-wrong-order");
    assert!(
        mending.starts_with("XPhone admin: With the new") || mending.starts_with("With the new"),
        "{mending}"
    );
    outcome.shows("certificate", "cert-expired", "fail");
    outcome
        .lacks("cert-name-mismatch")
        .lacks("cert-self-signed");
    outcome.stands(FAILS, "not-ready", 1);
}

/// By its key the second one is the server's own, and a wildcard, or for another name.
#[test]
fn the_wrong_certificate_comes_second() {
    for (names, code) in [
        (&["*.zahnfee.de"][..], "cert-wildcard"),
        (&["www.zahnfee.de"], "cert-name-mismatch"),
    ] {
        let world = World::with_leaf(|leaf, _| leaf.alternatives(names));
        let (leaf, issuing) = (world.leaf_der(), world.issuing_der());
        let outcome = world.met_showing(&[&issuing, &leaf]);
        outcome.says("certificate", "cert-wrong-order", "fail", &["number 2"]);
        outcome
            .shows("certificate", code, "fail")
            .lacks("cert-no-san")
            .lacks("tls-handshake-failed")
            .stands(FAILS, "not-ready", 1);
        let message = outcome.finding("certificate", code)["message"].to_string();
        assert!(message.contains(names[0]), "{message}");
    }
}

/// Both are for this server, with the same key: nothing is to be ordered.
#[test]
fn the_renewed_certificate_comes_second() {
    let world = World::new();
    let (leaf, issuing) = (world.leaf_der(), world.issuing_der());
    let old = Draft::server(FQDN, world.now).valid(world.now, -93, -3);
    let old = old.signed(&world.leaf_key, &world.issuing, &world.issuing_key);
    let outcome = world.met_showing(&[&old, &leaf, &issuing]);
    outcome.says(
        "certificate",
        "cert-wrong-order",
        "fail",
        &[FQDN, "number 2"],
    );
    outcome.lacks("cert-expired").stands(FAILS, "not-ready", 1);
    let mending = fix(&outcome, "cert-wrong-order");
    assert!(mending.contains("Nothing has to be ordered"), "{mending}");
    // Behind one that is valid it is of no use, and no fault.
    let outcome = world.met_showing(&[&leaf, &old, &issuing]);
    outcome.lacks("cert-wrong-order");
}

#[test]
fn intermediates_in_any_order_behind_the_leaf_are_no_fault() {
    let world = World::new();
    let (leaf, issuing, root) = (world.leaf_der(), world.issuing_der(), world.root_der());
    let outcome = world.met_showing(&[&leaf, &root, &issuing]);
    outcome.lacks("cert-wrong-order");
    crate::path_world::is_ready(&outcome);
}

/// Two certificates for servers, neither of them ours: there is nothing to move.
#[test]
fn an_order_without_the_right_certificate_is_not_judged() {
    let world = World::new();
    let other = Draft::server("mail.zahnfee.de", world.now);
    let other = other.signed(&world.leaf_key, &world.issuing, &world.issuing_key);
    let outcome = world.met_showing(&[&other, &world.issuing_der()]);
    outcome.lacks("cert-wrong-order");
    outcome.says(
        "certificate",
        "cert-name-mismatch",
        "fail",
        &["\"mail.zahnfee.de\""],
    );
}

#[test]
fn blanks_at_the_ends_of_names_can_be_seen() {
    let world = World::with_leaf(|leaf, _| leaf.alternatives(&[" xphone.zahnfee.de"]));
    let words = ["\" xphone.zahnfee.de\"", "expected xphone.zahnfee.de"];
    world
        .met()
        .fails("certificate", "cert-name-mismatch", &words);
    let world = World::with_leaf(|leaf, _| {
        let subject = made::name("CN=xphone.zahnfee.de ", made::UTF8);
        Draft { subject, ..leaf }
    });
    let words = ["\"xphone.zahnfee.de \""];
    world
        .met()
        .fails("certificate", "cert-subject-differs", &words);
}

#[test]
fn of_many_names_the_nearest_are_told() {
    let mut names: Vec<String> = (0..250)
        .map(|number| format!("host{number:03}.a-rather-long-name-for-a-host.zahnfee.de"))
        .collect();
    names.push("xphon.zahnfee.de".to_owned());
    names.push("xphone.zahnfee.com".to_owned());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let world = World::with_leaf(|leaf, _| leaf.alternatives(&names));
    let outcome = world.met();
    let words = ["\"xphon.zahnfee.de\"", "\"xphone.zahnfee.com\"", "249 more"];
    outcome.fails("certificate", "cert-name-mismatch", &words);
    let finding = outcome.finding("certificate", "cert-name-mismatch");
    assert!(finding["message"].as_str().expect("a message").len() < 400);
    // The whole list is there for programs.
    assert_eq!(finding["args"]["names"].as_array().map(Vec::len), Some(252));
}

#[test]
fn names_longer_than_any_message_are_cut() {
    let long = format!("{}.zahnfee.de", "x".repeat(3000));
    let world = World::with_leaf(|leaf, _| {
        let subject = made::name(&format!("CN={long}"), made::UTF8);
        let leaf = Draft { subject, ..leaf };
        leaf.alternatives(&[&long, &long])
    });
    let outcome = world.met();
    let finding = outcome.finding("certificate", "cert-name-mismatch");
    let message = finding["message"].as_str().expect("a message");
    assert!(message.contains('…'), "{message}");
    for finding in outcome.step("certificate")["findings"]
        .as_array()
        .expect("findings")
    {
        let message = finding["message"].as_str().expect("a message");
        assert!(message.len() < 1000, "{message}");
    }
}

/// A common name holds 64 characters: no CA can follow an order for more.
#[test]
fn a_name_too_long_for_a_subject() {
    let label = "a-server-name-that-somebody-has-made-much-too-long";
    for (extra, fits) in [("", true), ("-x", false)] {
        // 64 characters, and 66.
        let fqdn = format!("{label}{extra}.zahnfee.de");
        let fqdn = format!("{}{fqdn}", "x".repeat(64 + extra.len() - fqdn.len()));
        let zone = format!(
            "@ MX 10 mail\nmail A 81.2.3.5\n_sipfederationtls._tcp SRV 0 0 5061 {fqdn}.\n{} A 81.2.3.4\n",
            fqdn.trim_end_matches(".zahnfee.de")
        );
        let stage = Stage::with_dns(Dns::zone("zahnfee.de", &zone));
        let world = World::new();
        let leaf = Draft {
            subject: made::name("CN=zahnfee.de", made::UTF8),
            ..Draft::server(&fqdn, world.now)
        };
        let leaf = leaf.alternatives(&["zahnfee.de", &fqdn]);
        let leaf = leaf.signed(&world.leaf_key, &world.issuing, &world.issuing_key);
        let identity = made::identity(&[&leaf, &world.issuing_der()], &world.leaf_key);
        let server = demanding(identity).start();
        let roots = file(&made::pem(&[&world.root_der()]));
        let run = stage.check_without_roots("zahnfee.de").arg("--ca-file");
        let run = run.arg(roots.path()).arg("--no-revocation");
        let outcome = run.connect_to(&server).run();
        outcome.shows("certificate", "cert-subject-differs", "fail");
        let fix = fix(&outcome, "cert-subject-differs");
        assert_eq!(fix.contains("at most 64 characters"), !fits, "{fix}");
        assert_eq!(fix.starts_with("Order"), fits, "{fix}");
    }
}
