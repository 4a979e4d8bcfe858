//! Who holds the domain, the chat and the address: a host, a tenant at Microsoft, a web proxy.

use super::*;

const TRACES: [(&str, &str); 5] = [
    (
        "@ MX 0 zahnfee-de.mail.protection.outlook.com.",
        "MX zahnfee-de.mail.protection.outlook.com",
    ),
    (
        "@ MX 0 zahnfee-de.a-v1.mx.microsoft.",
        "MX zahnfee-de.a-v1.mx.microsoft",
    ),
    ("@ TXT \"MS=ms12345678\"", "TXT MS=ms12345678"),
    (
        "autodiscover CNAME autodiscover.outlook.com.",
        "autodiscover CNAME autodiscover.outlook.com",
    ),
    (
        "lyncdiscover CNAME webdir.online.lync.com.",
        "lyncdiscover CNAME webdir.online.lync.com",
    ),
];

#[test]
fn domain_is_a_host() {
    let stage = Stage::new();
    let outcome = stage.check_domain(FQDN).nowhere().run();
    let args = &outcome.finding("domain", "domain-is-a-host")["args"];
    assert_eq!(args["parent"], "zahnfee.de");
    assert_eq!(args["found"], "0 0 5061 xphone.zahnfee.de.");
    let outcome = outcome
        .shows("domain", "domain-is-a-host", "fail")
        .lacks("srv-missing");
    assert_eq!(outcome.step("srv")["needs"], "domain");
    outcome.stands("fail skip skip skip skip skip", "not-ready", 1);
    // Partners who enter the server by hand are told the same wrong domain.
    let server = stage.server().start();
    let direct = |domain: &str| {
        let run = stage.check_domain(domain).connect_to(&server);
        run.args(&["--direct", "--fqdn", FQDN]).run()
    };
    let outcome = direct(FQDN);
    outcome.shows("domain", "domain-is-a-host", "fail");
    assert_eq!(outcome.report()["verdict"], "not-ready", "{outcome}");
    direct("zahnfee.de").lacks("domain-is-a-host");
    // Another name below the domain, and one whose record is there.
    for (domain, zone) in [
        ("other.zahnfee.de", format!("{ZONE}\nother A 81.2.3.6")),
        (
            FQDN,
            format!("{ZONE}\n_sipfederationtls._tcp.xphone SRV 0 0 5061 xphone"),
        ),
    ] {
        let stage = Stage::with_zone(&zone);
        let server = stage.server().start();
        let run = stage.check_domain(domain).connect_to(&server);
        run.run().lacks("domain-is-a-host");
    }
}

#[test]
fn domain_microsoft_tenant() {
    for (lines, trace) in TRACES {
        let stage = Stage::with_zone(&format!("{ZONE}\n{lines}"));
        let server = stage.server().start();
        let outcome = stage.meets(&server);
        let args = &outcome.finding("domain", "domain-microsoft-tenant")["args"];
        assert_eq!(args["traces"], serde_json::json!([trace]));
        outcome
            .shows("domain", "domain-microsoft-tenant", "warn")
            .stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
        // Theirs to mend, not ours.
        let run = stage.check().connect_to(&server).arg("--partner");
        let outcome = run.run();
        outcome
            .shows("domain", "domain-microsoft-tenant", "info")
            .stands(ALL_PASS, "ready", 0);
        // Direct federation does without the record that could be ignored.
        let run = stage.check().connect_to(&server).arg("--direct");
        let outcome = run.args(&["--fqdn", FQDN]).run();
        assert_eq!(outcome.code, 0);
        outcome.lacks("domain-microsoft-tenant");
    }
}

/// A filter of another provider takes the mail, and the SPF record says where the mailboxes are.
#[test]
fn a_tenant_behind_a_mail_filter() {
    let filter = "@ MX 10 mx01.hornetsecurity.com.\n";
    let spf = |include: &str| {
        format!("@ TXT \"v=spf1 include:spf.hornetsecurity.com include:{include} -all\"")
    };
    let found = |mx: &str, include: &str| {
        let zone = ZONE.lines().filter(|line| !line.contains(" MX "));
        let zone: String = zone.flat_map(|line| [line, "\n"]).collect();
        let stage = Stage::with_zone(&format!("{zone}\n{mx}{}", spf(include)));
        checked(&stage)
    };
    let outcome = found(filter, "spf.protection.outlook.com");
    let args = &outcome.finding("domain", "domain-microsoft-tenant")["args"];
    let trace = "TXT v=spf1 … include:spf.protection.outlook.com";
    assert_eq!(args["traces"], serde_json::json!([trace]));
    outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
    for (mx, include) in [
        ("@ MX 10 mail\n", "spf.protection.outlook.com"),
        (filter, "_spf.google.com"),
    ] {
        found(mx, include).lacks("domain-microsoft-tenant");
    }
}

#[test]
fn a_domain_without_traces_belongs_to_no_tenant() {
    for lines in [
        "@ TXT \"v=spf1 include:spf.protection.outlook.com -all\"",
        "@ MX 0 mail.notmx.microsoft.evil.example.",
        "autodiscover CNAME mail",
        "autodiscover A 81.2.3.5",
    ] {
        let stage = Stage::with_zone(&format!("{ZONE}\n{lines}"));
        checked(&stage)
            .lacks("domain-microsoft-tenant")
            .stands(ALL_PASS, "ready", 0);
    }
}

#[test]
fn a_tenant_that_answers_or_a_missing_record_shadows_nothing() {
    for srv in [
        "",
        "_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com.",
    ] {
        let stage = Stage::with_srv(&format!("{srv}\n@ TXT \"MS=ms12345678\""));
        let outcome = stage.check().nowhere().run();
        outcome
            .lacks("domain-microsoft-tenant")
            .stands(NO_RECORD, "not-ready", 1);
    }
}

/// Where --connect-to leads says nothing of the proxy. (The finding itself needs a network of its
/// own: `real_peers`.)
#[test]
fn a_web_proxy_is_not_judged_by_a_connection_elsewhere() {
    let closed = Port::closed();
    let stage = Stage::with_zone(&ZONE.replace("81.2.3.4", "104.16.1.2"));
    let run = stage.check().connect("104.16.1.2", closed.address());
    let outcome = run.run();
    outcome
        .shows("tcp", "tcp-refused", "fail")
        .lacks("address-behind-cdn")
        .stands("pass pass pass fail skip skip", "not-ready", 1);
}
