//! `xfed plan`, before the set-up.

use crate::stage::Run;
use crate::world::{Behaviour, Dns, Port, RecordType};

const MAIL: &str = "@ MX 10 mail\nmail A 81.2.3.5\n";

const TEAMS: &str = "\
@ MX 10 zahnfee-de.mail.protection.outlook.com.
@ TXT MS=ms12345678
autodiscover CNAME autodiscover.outlook.com.
";

const TO_MICROSOFT: &str = "_sipfederationtls._tcp SRV 100 1 5061 sipfed.online.lync.com.\n";

/// What a plan says on standard output; nothing else happens.
#[track_caller]
fn plan(dns: &Dns, args: &[&str]) -> String {
    let run = Run::new("plan")
        .arg("zahnfee.de")
        .args(&["--lang", "en", "--resolver"])
        .arg(dns.address().to_string())
        .args(args);
    let (code, stdout, stderr) = run.text();
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    stdout
}

fn zone(lines: &str) -> Dns {
    Dns::zone("zahnfee.de", lines)
}

/// The text with its wraps undone, to look for sentences in.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn says(text: &str, wanted: &[&str]) {
    let flat = flat(text);
    for wanted in wanted {
        assert!(flat.contains(wanted), "no {wanted:?} in:\n{text}");
    }
}

#[track_caller]
fn has_lines(text: &str, wanted: &[&str]) {
    for wanted in wanted {
        let found = text.lines().any(|line| line.trim() == *wanted);
        assert!(found, "no line {wanted:?} in:\n{text}");
    }
}

#[test]
fn the_email_domain_where_nothing_shows_teams() {
    let text = plan(&zone(MAIL), &["--ip", "81.2.3.4"]);
    has_lines(
        &text,
        &[
            "xphone.zahnfee.de. 3600 IN A 81.2.3.4",
            "_sipfederationtls._tcp.zahnfee.de. 3600 IN SRV 0 0 5061 xphone.zahnfee.de.",
            "Add-DnsServerResourceRecordA -ZoneName \"zahnfee.de\" -Name \"xphone\" -IPv4Address \"81.2.3.4\" -TimeToLive 01:00:00",
            "Add-DnsServerResourceRecord -Srv -ZoneName \"zahnfee.de\" -Name \"_sipfederationtls._tcp\" -DomainName \"xphone.zahnfee.de\" -Priority 0 -Weight 0 -Port 5061 -TimeToLive 01:00:00",
            "New-NetFirewallRule -DisplayName \"XPhone Federation in\" -Direction Inbound -Protocol TCP -LocalPort 5061 -Action Allow",
            "New-NetFirewallRule -DisplayName \"XPhone Federation out\" -Direction Outbound -Protocol TCP -RemotePort 5061 -Action Allow",
            "wacs.exe --source manual --host xphone.zahnfee.de --validation selfhosting --csr rsa --store certificatestore --certificatestore My --keepexisting --accepttos --emailaddress \"<e-mail address>\"",
            "xfed check zahnfee.de",
        ],
    );
    says(
        &text,
        &[
            "Mail (MX) mail.zahnfee.de",
            "Microsoft 365 none",
            "XPhone domain zahnfee.de. Recommended because one address then serves for mail and chat",
            "to 81.2.3.4, port 5061; forwarded to <LAN address of the XPhone server>",
            "After every renewal, choose the new certificate by hand",
            "Service _sipfederationtls Protocol _tcp Name @ Priority 0 Weight 0 Port 5061 Target xphone.zahnfee.de",
            "changes every login name",
        ],
    );
    assert!(!text.contains("DNS did not answer"), "{text}");
    assert!(!text.contains("--target manual"), "{text}");
}

#[test]
fn a_domain_of_its_own_beside_teams() {
    for (lines, reason) in [
        (
            format!("{TEAMS}{TO_MICROSOFT}"),
            "so Teams answers for this domain today",
        ),
        (TEAMS.to_owned(), "cannot be seen from outside"),
        (
            "@ MX 0 zahnfee-de.p-v1.mx.microsoft.\n".to_owned(),
            "cannot be seen from outside",
        ),
        (
            format!("{MAIL}@ TXT v=spf1\n@ TXT ms=MS1\n"),
            "cannot be seen from outside",
        ),
        (
            format!("{MAIL}sip CNAME sipdir.online.lync.com.\n"),
            "cannot be seen from outside",
        ),
    ] {
        let text = plan(&zone(&lines), &[]);
        has_lines(
            &text,
            &[
                "xphone.zahnfee.de. 3600 IN A <public IPv4>",
                "_sipfederationtls._tcp.xphone.zahnfee.de. 3600 IN SRV 0 0 5061 xphone.zahnfee.de.",
                "xfed check xphone.zahnfee.de",
            ],
        );
        says(
            &text,
            &[
                reason,
                "Variant 3: a domain of its own. XPhone domain xphone.zahnfee.de, beside zahnfee.de.",
                "Variant 1 XPhone without federation",
                "Other Teams tenants go by a list of their own and ignore the SRV record",
                "-Name \"_sipfederationtls._tcp.xphone\"",
                "The IM addresses end with @xphone.zahnfee.de",
            ],
        );
        assert!(
            !text.contains("Remove-Dns"),
            "Teams keeps its record: {text}"
        );
    }
}

#[test]
fn xphone_takes_over() {
    let text = plan(
        &zone(&format!("{TEAMS}{TO_MICROSOFT}")),
        &["--variant", "2"],
    );
    has_lines(
        &text,
        &[
            "_sipfederationtls._tcp.zahnfee.de. 3600 IN SRV 0 0 5061 xphone.zahnfee.de.",
            "Remove-DnsServerResourceRecord -ZoneName \"zahnfee.de\" -RRType Srv -Name \"_sipfederationtls._tcp\"",
        ],
    );
    says(
        &text,
        &[
            "leads to Microsoft (sipfed.online.lync.com)",
            "delete the old one, and not before XPhone answers",
            "what they write to @zahnfee.de goes to Teams",
        ],
    );
    // It already has: nothing to enter, and the same warning.
    let running = "_sipfederationtls._tcp SRV 0 0 5061 xphone\nxphone A 81.2.3.4\n";
    let text = plan(&zone(&format!("{TEAMS}{running}")), &[]);
    says(
        &text,
        &[
            "Variant 2: XPhone takes over",
            "The A record is published as it should be",
            "The SRV record is published as it should be",
            "what they write to @zahnfee.de goes to Teams",
        ],
    );
    for absent in ["Remove-Dns", "Add-Dns", "IN SRV"] {
        assert!(!text.contains(absent), "nothing to enter: {text}");
    }
}

#[test]
fn xphone_without_federation() {
    let text = plan(&zone(MAIL), &["--variant", "1"]);
    says(
        &text,
        &["leave federation switched off", "changes every login name"],
    );
    for absent in ["IN SRV", "wacs.exe", "New-NetFirewallRule"] {
        assert!(!text.contains(absent), "{text}");
    }
}

#[test]
fn what_would_break_is_said() {
    for (lines, args, warning) in [
        (
            "",
            &["--fqdn", "xphone.elhada.es"][..],
            "--fqdn xphone.elhada.es does not end with the XPhone domain zahnfee.de",
        ),
        (
            "",
            &["--fqdn", "a.b.zahnfee.de"],
            "more than one label before zahnfee.de",
        ),
        (
            "",
            &["--ip", "10.0.0.5"],
            "taken for the server's own address in the LAN",
        ),
        ("", &["--ip", "100.64.0.1"], "carrier-grade NAT"),
        (
            "xphone A 81.2.3.9\n",
            &["--ip", "81.2.3.4"],
            "leads to 81.2.3.9 already, the plan says 81.2.3.4",
        ),
        (
            "xphone A 192.168.1.2\n",
            &[],
            "The resolver here leads xphone.zahnfee.de to 192.168.1.2, a private address",
        ),
        (
            "xphone CNAME mail\n",
            &[],
            "is an alias (CNAME) of mail.zahnfee.de",
        ),
        (
            "_sipfederationtls._tcp SRV 0 0 5060 xphone\n",
            &[],
            "says something else: 0 0 5060 xphone.zahnfee.de.",
        ),
    ] {
        let text = plan(&zone(&format!("{MAIL}{lines}")), args);
        says(&text, &[warning]);
    }
    for (record, kind) in [("A 81.2.3.9", "A"), ("CNAME mail", "CName")] {
        let dns = zone(&format!("{MAIL}xphone {record}\n"));
        let remove = format!(
            "Remove-DnsServerResourceRecord -ZoneName \"zahnfee.de\" -RRType {kind} -Name \"xphone\""
        );
        has_lines(&plan(&dns, &["--ip", "81.2.3.5"]), &[&remove]);
    }
    let text = plan(&zone(""), &[]);
    says(&text, &["zahnfee.de names no mail server"]);
    let text = plan(&Dns::empty(), &[]);
    says(&text, &["Public DNS does not know zahnfee.de (NXDOMAIN)"]);
}

#[test]
fn a_private_address_is_forwarded_to() {
    let text = plan(&zone(MAIL), &["--ip", "10.0.0.5"]);
    has_lines(
        &text,
        &[
            "xphone.zahnfee.de. 3600 IN A <public IPv4>",
            "xfed check zahnfee.de --fqdn xphone.zahnfee.de --connect-to 10.0.0.5",
        ],
    );
    says(&text, &["forwarded to 10.0.0.5, port 5061"]);
}

#[test]
fn names_are_relative_to_the_zone() {
    let dns = zone("chat MX 10 mail\nmail A 81.2.3.5\n");
    let run = Run::new("plan").args(&["chat.zahnfee.de", "--lang=en", "--resolver"]);
    let (code, text, _) = run.arg(dns.address().to_string()).text();
    assert_eq!(code, 0);
    says(
        &text,
        &[
            "-ZoneName \"zahnfee.de\" -Name \"xphone.chat\"",
            "-Name \"_sipfederationtls._tcp.chat\" -DomainName \"xphone.chat.zahnfee.de\"",
        ],
    );
}

/// Whoever has followed the advice of variant 3 asks about a name that is not there yet.
#[test]
fn a_domain_of_its_own_that_is_not_there_yet() {
    let dns = zone(TEAMS);
    let run = Run::new("plan").args(&["xphone.zahnfee.de", "--lang=en", "--resolver"]);
    let (code, text, _) = run.arg(dns.address().to_string()).text();
    assert_eq!(code, 0);
    has_lines(
        &text,
        &[
            "_sipfederationtls._tcp.xphone.zahnfee.de. 3600 IN SRV 0 0 5061 xphone.zahnfee.de.",
            "xfed check xphone.zahnfee.de",
        ],
    );
    says(
        &text,
        &[
            "XPhone domain xphone.zahnfee.de, beside zahnfee.de",
            "-ZoneName \"zahnfee.de\" -Name \"xphone\"",
        ],
    );
    assert!(!text.contains("NXDOMAIN"), "{text}");
}

/// The zone's own servers know more than a resolver with an old answer.
#[test]
fn the_authority_counts() {
    let authority = zone(&format!("{MAIL}xphone A 81.2.3.4\n")).authoritative();
    let server = authority.address().to_string();
    let text = plan(&zone(MAIL), &["--authority", &server]);
    says(&text, &["A record xphone.zahnfee.de: 81.2.3.4"]);
    let text = plan(&zone(MAIL), &["--no-authority"]);
    says(&text, &["A record xphone.zahnfee.de: none"]);
}

#[test]
fn without_dns_the_plan_is_printed_all_the_same() {
    let closed = Port::closed();
    let run = Run::new("plan").args(&["zahnfee.de", "--lang=en", "--resolver"]);
    let (code, text, stderr) = run.arg(closed.address().to_string()).text();
    assert_eq!((code, stderr.as_str()), (0, ""));
    has_lines(
        &text,
        &["_sipfederationtls._tcp.zahnfee.de. 3600 IN SRV 0 0 5061 xphone.zahnfee.de."],
    );
    says(
        &text,
        &[
            "Microsoft 365 not known, DNS did not answer",
            "DNS did not answer: zahnfee.de (SOA), zahnfee.de (MX), zahnfee.de (TXT)",
            "DNS could not confirm that",
        ],
    );
    assert!(
        !text.contains("serves for mail and chat"),
        "not known: {text}"
    );
    // What is missing only may be what would have shown Teams.
    let dns = zone(MAIL).on("zahnfee.de", RecordType::TXT, Behaviour::Servfail);
    says(
        &plan(&dns, &[]),
        &[
            "DNS did not answer: zahnfee.de (TXT).",
            "DNS could not confirm that",
        ],
    );
}

#[test]
fn lines_fit_and_ascii_is_enough() {
    let dns = zone(&format!("{TEAMS}{TO_MICROSOFT}"));
    for lang in ["en", "de"] {
        for variant in ["email", "1", "2", "3"] {
            let run = |terminal| {
                let run = Run::new("plan")
                    .args(&["zahnfee.de", "--variant", variant, "--lang", lang])
                    .arg("--resolver")
                    .arg(dns.address().to_string())
                    .env("TERM", terminal);
                let (code, text, stderr) = run.text();
                assert_eq!((code, stderr.as_str()), (0, ""));
                text
            };
            let text = run("xterm");
            let copied = [
                "Add-",
                "Remove-",
                "New-",
                "Set-Cs",
                "wacs.exe",
                "xfed check",
                " IN ",
                "https://learn",
            ];
            let prose = text
                .lines()
                .filter(|line| !copied.iter().any(|start| line.contains(start)));
            for line in prose {
                assert!(line.chars().count() <= 80, "{lang}: {line:?}");
            }
            assert!(!text.contains("plan-"), "a text is missing: {text}");
            assert!(!text.contains('\u{1b}'), "no colours into a pipe");
            assert!(run("dumb").is_ascii());
        }
    }
    let coloured = plan(&dns, &["--color", "always"]);
    assert!(coloured.contains("\u{1b}[1m"), "headings stand out");
}

#[test]
fn what_cannot_be_used_is_named() {
    for (args, says) in [
        (&["zahn fee.de"][..], "' '"),
        (&["zahnfee"], "zahnfee"),
        (&["zahnfee.de", "--fqdn", "srvxp01"], "srvxp01"),
        (&["zahnfee.de", "--ip", "2001:db8::1"], "--ip"),
        (&["zahnfee.de", "--ip", "fairy"], "--ip"),
        (&["zahnfee.de", "--variant", "4"], "--variant"),
        (&["zahnfee.de", "--resolver", "dns.example"], "dns.example"),
        (&["zahnfee.de", "--authority", "ns.example"], "ns.example"),
        (&["zahnfee.de", "elha da.es"], "elha da.es"),
        (&[], "DOMAIN"),
        (&["zahnfee.de", "--own", "chat"], "--own"),
        (&["zahnfee.de", "--format", "junit"], "junit"),
        (&["zahnfee.de", "--report", "html=x"], "html"),
        (&["zahnfee.de", "elhada.es", "--ip", "81.2.3.4"], "--ip"),
        (
            &["zahnfee.de", "elhada.es", "--fqdn", "a.zahnfee.de"],
            "--fqdn",
        ),
        (
            &["zahnfee.de", "elhada.es", "--own", "a.zahnfee.de"],
            "--own",
        ),
    ] {
        let (code, stdout, stderr) = Run::new("plan").args(args).text();
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
        assert!(stderr.contains(says), "{args:?}: {stderr}");
    }
    let dns = zone(MAIL);
    let run = Run::new("plan").args(&["info@zahnfee.de", "--lang=en", "--resolver"]);
    let (code, _, stderr) = run.arg(dns.address().to_string()).text();
    assert_eq!(code, 0);
    assert!(stderr.contains("zahnfee.de"), "{stderr}");
}

/// Whoever has been through all of it is sent to the check first.
#[test]
fn what_is_published_already_is_said_first() {
    let set_up = "xphone A 81.2.3.4\n_sipfederationtls._tcp SRV 0 0 5061 xphone\n";
    let text = plan(&zone(&format!("{MAIL}{set_up}")), &["--ip", "81.2.3.4"]);
    says(&text, &["DNS already says what is planned here."]);
    let text = plan(&zone(MAIL), &["--ip", "81.2.3.4"]);
    assert!(!text.contains("DNS already says"), "{text}");
}

/// A domain with umlauts is called otherwise in DNS, and the plan says which form goes where.
#[test]
fn the_two_forms_of_a_domain_with_umlauts() {
    let dns = Dns::zone("xn--zahnrzte-nord-efb.de", MAIL);
    let run = Run::new("plan").args(&["zahnärzte-nord.de", "--lang", "en", "--resolver"]);
    let (_, text, _) = run.arg(dns.address().to_string()).text();
    let said = "zahnärzte-nord.de is xn--zahnrzte-nord-efb.de: enter that form there";
    says(&text, &[said]);
    let record = "_sipfederationtls._tcp.xn--zahnrzte-nord-efb.de. 3600 IN SRV 0 0 5061 xphone.xn--zahnrzte-nord-efb.de.";
    has_lines(&text, &[record]);
}
