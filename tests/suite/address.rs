//! Step 2, the FQDN and its A record.

use crate::stage::{ALL_PASS, FQDN, Stage, demanding};
use crate::world::Dns;

fn with_xphone(lines: &str) -> Stage {
    Stage::with_zone(&format!(
        "@ MX 10 mail\n_sipfederationtls._tcp SRV 0 0 5061 xphone\n{lines}\n"
    ))
}

#[test]
fn fqdn_foreign_domain() {
    for target in ["xphone.toothfairy.example.", "xphone.evilzahnfee.de."] {
        let stage = Stage::with_srv(&format!("_sipfederationtls._tcp SRV 0 0 5061 {target}"));
        let outcome = stage.check().nowhere().run();
        outcome
            .shows("address", "fqdn-foreign-domain", "fail")
            .stands("pass fail pass skip skip skip", "not-ready", 1);
    }
}

#[test]
fn fqdn_too_deep() {
    let stage = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5061 a.b\na.b A 81.2.3.4");
    let identity = stage.authority.certificate("a.b.zahnfee.de").rsa().issue();
    let server = demanding(identity).start();
    let outcome = stage.meets(&server);
    outcome.shows("address", "fqdn-too-deep", "warn").stands(
        "pass warn pass pass pass pass",
        "ready-with-warnings",
        0,
    );
}

#[test]
fn the_domain_itself_may_be_the_fqdn() {
    let stage = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5061 @\n@ A 81.2.3.4");
    let server = demanding(stage.authority.certificate("zahnfee.de").rsa().issue()).start();
    stage.meets(&server).stands(ALL_PASS, "ready", 0);
}

#[test]
fn fqdn_not_found() {
    let stage = with_xphone("");
    let outcome = stage.check().nowhere().run();
    outcome.shows("address", "fqdn-not-found", "fail");
    assert_eq!(outcome.step("tcp")["needs"], "address");
    outcome.stands("pass fail pass skip skip skip", "not-ready", 1);
}

/// Mistyped on the command line: the name that does exist is told, and nothing is created before.
#[test]
fn a_name_that_was_mistyped() {
    const MAIL: &str = "@ MX 10 mail\nmail A 81.2.3.5\n";
    for (right, typed) in [
        ("xphone", "xphnoe"),
        ("xphone", "xphon"),
        ("sip", "spi"),
        ("praxis-tel", "praxsi-tel"),
        ("praxis-tel", "praxis-tell"),
    ] {
        let stage = Stage::with_zone(&format!("{MAIL}{right} A 81.2.3.4"));
        let typed = format!("{typed}.zahnfee.de");
        let run = || {
            stage
                .check()
                .nowhere()
                .args(&["--direct", "--fqdn", &typed])
        };
        let outcome = run().run();
        outcome.shows("address", "fqdn-not-found", "fail").stands(
            "pass fail skip skip skip skip",
            "not-ready",
            1,
        );
        let finding = outcome.finding("address", "fqdn-not-found");
        let near = format!("{right}.zahnfee.de");
        assert_eq!(
            finding["args"]["near"],
            serde_json::json!([near]),
            "{outcome}"
        );
        let meant = format!("If {near} was meant");
        assert!(finding["fix"].to_string().contains(&meant), "{finding}");
        assert!(finding["message"].to_string().contains(&near), "{finding}");
        let outcome = run().arg("--partner").run();
        let fix = outcome.finding("address", "fqdn-not-found")["fix"].to_string();
        assert!(fix.contains(&format!("Perhaps {near} is meant")), "{fix}");
    }
    // Nothing is near, or what is near has no address.
    for (others, typed) in [("www A 81.2.3.6", "xphone"), ("xphone TXT x", "xphnoe")] {
        let stage = Stage::with_zone(&format!("{MAIL}{others}"));
        let typed = format!("{typed}.zahnfee.de");
        let run = stage.check().nowhere();
        let outcome = run.args(&["--direct", "--fqdn", &typed]).run();
        let finding = outcome.finding("address", "fqdn-not-found");
        assert_eq!(finding["args"]["near"], serde_json::json!([]), "{outcome}");
    }
}

#[test]
fn fqdn_no_a_record() {
    let stage = with_xphone("xphone TXT \"no address\"");
    let outcome = stage.check().nowhere().run();
    outcome.shows("address", "fqdn-no-a-record", "fail").stands(
        "pass fail pass skip skip skip",
        "not-ready",
        1,
    );
}

#[test]
fn an_aaaa_record_alone_is_named() {
    let stage = with_xphone("xphone AAAA fd00::1");
    let outcome = stage.check().nowhere().run();
    outcome.shows("address", "fqdn-no-a-record", "fail");
    assert_eq!(
        outcome.finding("address", "fqdn-no-a-record")["args"]["addresses"][0],
        "fd00::1"
    );
}

#[test]
fn address_not_public() {
    for (address, range) in [
        ("10.0.0.5", "private"),
        ("100.64.0.1", "cgnat"),
        ("127.0.0.1", "loopback"),
        ("169.254.4.205", "link-local"),
        ("203.0.113.5", "documentation"),
        ("224.0.0.1", "multicast"),
        ("240.0.0.1", "reserved"),
    ] {
        let stage = with_xphone(&format!("xphone A {address}"));
        let outcome = stage.check().nowhere().run();
        outcome.shows("address", "address-not-public", "fail");
        assert_eq!(
            outcome.finding("address", "address-not-public")["args"]["range"],
            range
        );
        assert_eq!(
            outcome.report()["facts"]["endpoints"],
            serde_json::json!([]),
            "nobody is contacted"
        );
        outcome.stands("pass fail pass skip skip skip", "not-ready", 1);
    }
}

#[test]
fn a_private_aaaa_beside_a_public_a_is_a_warning() {
    let stage = with_xphone("xphone A 81.2.3.4\nxphone AAAA fd00::1");
    let server = stage.server().start();
    let outcome = stage.meets(&server);
    outcome
        .shows("address", "address-not-public", "warn")
        .stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
    let fix = outcome.finding("address", "address-not-public")["fix"].to_string();
    assert!(fix.contains("delete the AAAA record"), "{fix}");
    assert!(!fix.contains(" A <"), "the A record is right: {fix}");
}

/// All of 127.0.0.0/8 is this machine on Linux only, and port 5061 is always the one connected to.
#[cfg(target_os = "linux")]
#[test]
fn allow_private_connects_all_the_same() {
    let stage = with_xphone("xphone A 127.83.7.1");
    let server = stage.server().listen("127.83.7.1:5061").start();
    let outcome = stage.check().nowhere().arg("--allow-private").run();
    outcome
        .shows("address", "address-not-public", "fail")
        .lacks("tcp-connected-elsewhere")
        .stands("pass fail pass pass pass pass", "not-ready", 1);
    assert_eq!(server.connections(), 3);
}

#[test]
fn address_several() {
    let stage = with_xphone("xphone A 81.2.3.4\nxphone A 81.2.3.6");
    let identity = stage.identity();
    let (one, other) = (
        demanding(identity.clone()).start(),
        demanding(identity).start(),
    );
    let run = stage
        .check()
        .connect("81.2.3.4", one.address())
        .connect("81.2.3.6", other.address());
    let outcome = run.run();
    outcome.shows("address", "address-several", "warn").stands(
        "pass warn pass pass pass pass",
        "ready-with-warnings",
        0,
    );
    assert_eq!(
        (one.connections(), other.connections()),
        (3, 3),
        "all are probed"
    );
}

#[test]
fn address_alias() {
    let stage = with_xphone("xphone CNAME www\nwww A 81.2.3.4");
    let server = stage.server().start();
    let outcome = stage.meets(&server);
    outcome.shows("address", "address-alias", "warn");
    assert_eq!(
        outcome.finding("address", "address-alias")["args"]["chain"],
        serde_json::json!([FQDN, "www.zahnfee.de"])
    );
    outcome.stands("pass warn pass pass pass pass", "ready-with-warnings", 0);
}

/// The CNAME is nowhere to be deleted where a wildcard makes it.
#[test]
fn a_wildcard_makes_the_alias() {
    let stage = with_xphone("* CNAME www\nwww A 81.2.3.4");
    let server = stage.server().start();
    let outcome = stage.meets(&server);
    let finding = outcome.finding("address", "address-alias");
    assert_eq!(finding["args"]["by"], "wildcard");
    let fix = finding["fix"].to_string();
    assert!(fix.contains("Leave the wildcard as it is"), "{fix}");
    assert!(!fix.contains("delete the CNAME"), "{fix}");
    // One of its own is, though a wildcard stands at its end.
    let stage = with_xphone("xphone CNAME www\n* A 81.2.3.4");
    let server = stage.server().start();
    let outcome = stage.meets(&server);
    let finding = outcome.finding("address", "address-alias");
    assert_eq!(finding["args"]["by"], "cname");
    assert!(
        finding["fix"].to_string().contains("delete the CNAME"),
        "{finding}"
    );
}

#[test]
fn an_alias_that_leads_nowhere() {
    let stage = with_xphone("xphone CNAME gone");
    let outcome = stage.check().nowhere().run();
    outcome
        .shows("address", "fqdn-not-found", "fail")
        .shows("address", "address-alias", "warn")
        .stands("pass fail pass skip skip skip", "not-ready", 1);
}

/// More aliases than are followed: what stands at their end is not known, and nobody's fault.
#[test]
fn too_many_aliases_are_no_missing_address() {
    let chain: Vec<String> = (1..=12)
        .map(|at| format!("a{at} CNAME a{}", at + 1))
        .collect();
    let stage = with_xphone(&format!(
        "xphone CNAME a1\n{}\na13 A 81.2.3.4",
        chain.join("\n")
    ));
    let outcome = stage.check().nowhere().run();
    outcome
        .lacks("fqdn-no-a-record")
        .stands("pass unknown pass skip skip skip", "inconclusive", 3);
}

/// In direct federation no SRV record names the server: neither the fix nor the check is about one.
#[test]
fn a_foreign_name_in_direct_federation() {
    let foreign = "@ MX 10 mail\nmail A 81.2.3.5\n";
    let dns = Dns::zone("zahnfee.de", foreign).and_zone("hoster.net", "xphone A 81.2.3.4");
    let stage = Stage::with_dns(dns);
    let identity = stage
        .authority
        .certificate("xphone.hoster.net")
        .rsa()
        .issue();
    let server = demanding(identity).start();
    for lang in ["en", "de"] {
        let run = stage.check().connect_to(&server).args(&["--lang", lang]);
        let outcome = run.args(&["--direct", "--fqdn", "xphone.hoster.net"]).run();
        outcome.shows("address", "fqdn-foreign-domain", "fail");
        let finding = outcome.finding("address", "fqdn-foreign-domain");
        for part in ["fix", "verify"] {
            assert!(!finding[part].to_string().contains("SRV"), "{finding}");
        }
    }
    let srv = "_sipfederationtls._tcp SRV 0 0 5061 xphone.hoster.net.";
    let dns = Dns::zone("zahnfee.de", srv).and_zone("hoster.net", "xphone A 81.2.3.4");
    let stage = Stage::with_dns(dns);
    let outcome = stage.check().connect_to(&server).run();
    let finding = outcome.finding("address", "fqdn-foreign-domain");
    for part in ["fix", "verify"] {
        assert!(finding[part].to_string().contains("SRV"), "{finding}");
    }
}
