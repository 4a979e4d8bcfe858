//! `xfed plan --zone`: zone files judged before a name server loads them.

use serde_json::Value;

use crate::stage::{Folder, Run};

/// As BIND writes them: the zone is known to the server, and not to the file.
const BIND: &str = "\
$TTL 1h
@       IN SOA  ns1.hoster.example. hostmaster.zahnfee.de. (
                2026112801 ; serial
                8h 2h 4w 5m )
        IN NS   ns1.hoster.example.
        IN NS   ns2.hoster.example.
        IN MX   10 mail
mail    IN A    81.2.3.5
";
/// As Knot writes them: all names absolute, sorted, with signatures beside.
const KNOT: &str = "\
;; Zone dump (Knot DNS 3.2.6)
zahnfee.de.         \t3600\tSOA\tns1.hoster.example. hostmaster.zahnfee.de. 2026112801 28800 7200 2419200 300
zahnfee.de.         \t3600\tNS\tns1.hoster.example.
zahnfee.de.         \t3600\tMX\t10 mail.zahnfee.de.
mail.zahnfee.de.    \t3600\tA\t81.2.3.5
;; DNSSEC signatures
zahnfee.de.         \t3600\tRRSIG\tSOA 13 2 3600 20261228000000 20261128000000 1234 zahnfee.de. c2lnbmF0dXJl==
";
/// As Windows writes them (dnscmd /ZoneExport): no TTL, no origin but in a comment, ages.
const WINDOWS: &str = "\
;
;  Database file zahnfee.de.dns for zahnfee.de zone.
;      Zone version:  2026112801
;

@                       IN  SOA ns1.hoster.example. hostmaster.zahnfee.de. (
                        \t2026112801   ; serial number
                        \t900          ; refresh
                        \t600          ; retry
                        \t86400        ; expire
                        \t3600       ) ; default TTL

;
;  Zone NS records
;

@                       NS\tns1.hoster.example.
@                       WINS\tL2 C900 ( 10.0.0.1 )

;
;  Zone records
;

@                       MX\t10\tmail.zahnfee.de.
mail                    [AGE:3712345]\t1200\tA\t81.2.3.5
";

const HOST: &str = "xphone A 81.2.3.4\n";
const RECORD: &str = "_sipfederationtls._tcp SRV 0 0 5061 xphone\n";

/// Each kind of file with these lines, in the bytes and the ends of lines that its program writes.
fn files(lines: &str) -> Vec<(&'static str, Vec<u8>)> {
    let of = |start: &str, lines: &str| format!("{start}{lines}");
    let windows = of(WINDOWS, lines).replace('\n', "\r\n");
    let utf16: Vec<u8> = [0xfeff]
        .into_iter()
        .chain(windows.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    // Knot has one origin, the root, so that what people write there is relative by $ORIGIN.
    let knot = of(KNOT, &format!("$ORIGIN zahnfee.de.\n{lines}"));
    vec![
        ("BIND", of(BIND, lines).into_bytes()),
        ("Knot", knot.into_bytes()),
        ("Windows", windows.into_bytes()),
        ("UTF-16", utf16),
    ]
}

/// What the program says about a file.
struct Said {
    code: i32,
    json: Value,
    stderr: String,
}

#[track_caller]
fn judge(file: &[u8], args: &[&str]) -> Said {
    let folder = Folder::new().with("zone", file);
    let run = Run::new("plan")
        .within(folder.path())
        .args(&["--zone=zone", "--format=json"])
        .args(args);
    let (code, stdout, stderr) = run.text();
    let json: Value = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stdout}{stderr}"));
    Said {
        code,
        json: json["reports"][0].clone(),
        stderr,
    }
}

impl Said {
    fn statuses(&self) -> Vec<&str> {
        let steps = self.json["steps"].as_array().expect("steps").iter();
        steps
            .map(|step| step["status"].as_str().expect("a status"))
            .collect()
    }

    /// Codes with their severities, but for remarks.
    fn codes(&self) -> Vec<(&str, &str)> {
        let steps = self.json["steps"].as_array().expect("steps").iter();
        let findings = steps.flat_map(|step| step["findings"].as_array().expect("findings"));
        findings
            .map(|finding| {
                let text = |key: &str| finding[key].as_str().expect("text");
                (text("code"), text("severity"))
            })
            .filter(|(_, severity)| *severity != "info")
            .collect()
    }
}

/// Judges these lines in every kind of file.
#[track_caller]
fn all(lines: &str, code: i32, statuses: [&str; 3], codes: &[(&str, &str)]) {
    for (kind, file) in files(lines) {
        let said = judge(&file, &["zahnfee.de"]);
        let context = format!("{kind}: {lines}{:#}", said.json["steps"]);
        assert_eq!(said.codes(), codes, "{context}");
        let [first, second, third] = statuses;
        let expected = [first, second, third, "skip", "skip", "skip"];
        assert_eq!(said.statuses(), expected, "{context}");
        assert_eq!(said.code, code, "{context}");
    }
}

#[test]
fn a_file_that_is_right() {
    all(&format!("{HOST}{RECORD}"), 0, ["pass", "pass", "pass"], &[]);
    // In full, with the dots where they belong.
    let full = "xphone.zahnfee.de. 300 IN A 81.2.3.4\n\
                _SIPFederationTLS._tcp.Zahnfee.DE. IN SRV ( 10 0\n  5061 ; port\n XPhone.zahnfee.de. )\n";
    all(full, 0, ["pass", "pass", "pass"], &[]);
    for (kind, file) in files(&format!("{HOST}{RECORD}")) {
        let said = judge(&file, &["zahnfee.de", "--lang", "en"]);
        assert_eq!(said.json["verdict"], "ready", "{kind}");
        let headline = "zahnfee.de: this zone file is right for federation";
        assert_eq!(said.json["headline"], headline, "never ready by itself");
        assert_eq!(said.json["scope"], "zone-file");
        let reservation = said.json["reservations"][0]
            .as_str()
            .expect("a reservation");
        assert!(
            reservation.contains("xfed check zahnfee.de"),
            "{reservation}"
        );
    }
}

#[test]
fn the_faults_of_step_3() {
    let fail = |code| [(code, "fail")];
    for (line, code) in [
        // No dot at the end.
        (
            "_sipfederationtls._tcp SRV 0 0 5061 xphone.zahnfee.de\n",
            "srv-target-doubled",
        ),
        (
            "_sipfederationtls._tcp SRV 0 0 5060 xphone\n",
            "srv-wrong-port",
        ),
        (
            "_sipfederationtls._tcp SRV 0 0 443 xphone\n",
            "srv-wrong-port",
        ),
        (
            "_sipfederationtls._tcp SRV 5061 0 0 xphone\n",
            "srv-fields-swapped",
        ),
        (
            "_sipfederationtls._tcp SRV 0 0 5061 81.2.3.4\n",
            "srv-target-is-address",
        ),
        (
            "_sipfederationtls._tcp SRV 0 0 5061 81.2.3.4.\n",
            "srv-target-is-address",
        ),
        (
            "_sipfederationtls._tcp SRV 0 0 5061 .\n",
            "srv-service-disabled",
        ),
        (
            "_sipfederationtls._tcp SRV 0 0 5061 xphone.\n",
            "srv-target-malformed",
        ),
        // At a wrong name.
        (
            "_sipfederationtls._tcp.zahnfee.de SRV 0 0 5061 xphone\n",
            "srv-owner-doubled",
        ),
        (
            "_sipfederationtls._tls SRV 0 0 5061 xphone\n",
            "srv-name-typo",
        ),
        (
            "_sipfederationtls.tcp SRV 0 0 5061 xphone\n",
            "srv-name-typo",
        ),
        (
            "sipfederationtls._tcp SRV 0 0 5061 xphone\n",
            "srv-name-typo",
        ),
        (
            "_sipfederationtl._tcp SRV 0 0 5061 xphone\n",
            "srv-name-typo",
        ),
        (
            "_sipfedarationtls._tcp SRV 0 0 5061 xphone\n",
            "srv-name-typo",
        ),
        (
            "_sipfederationtls._tcp TXT \"0 0 5061 xphone.zahnfee.de.\"\n",
            "srv-wrong-type",
        ),
        (
            "_sipfederationtls._tcp SRV 0 0 5061 sipfed.online.lync.com.\n",
            "srv-points-to-microsoft",
        ),
    ] {
        let lines = format!("{HOST}{line}");
        for (kind, file) in files(&lines) {
            let said = judge(&file, &["zahnfee.de"]);
            assert!(
                said.codes().contains(&fail(code)[0]),
                "{kind}: {line}{:?}",
                said.codes()
            );
            assert_eq!(said.statuses()[2], "fail", "{kind}: {line}");
            assert_eq!(said.code, 1, "{kind}: {line}");
        }
    }
    all(HOST, 1, ["pass", "skip", "fail"], &fail("srv-missing"));
    // What belongs to another zone is loaded by nobody.
    let foreign = format!("{HOST}_sipfederationtls._tcp.zahnfee.com. SRV 0 0 5061 xphone\n");
    all(&foreign, 1, ["pass", "skip", "fail"], &fail("srv-missing"));
}

#[test]
fn the_faults_of_the_server_it_leads_to() {
    all(
        RECORD,
        1,
        ["pass", "fail", "pass"],
        &[("fqdn-not-found", "fail")],
    );
    all(
        &format!("{RECORD}xphone AAAA 2a02:1:2::3\n"),
        1,
        ["pass", "fail", "pass"],
        &[("fqdn-no-a-record", "fail")],
    );
    all(
        &format!("{RECORD}xphone A 10.0.0.5\n"),
        1,
        ["pass", "fail", "pass"],
        &[("address-not-public", "fail")],
    );
    all(
        &format!("{RECORD}xphone A 81.2.3.4\nxphone A 81.2.3.6\n"),
        0,
        ["pass", "warn", "pass"],
        &[("address-several", "warn")],
    );
    // An alias within the zone is followed, and one out of it cannot be.
    all(
        &format!("{RECORD}xphone CNAME mail\n"),
        0,
        ["pass", "warn", "pass"],
        &[("address-alias", "warn")],
    );
    let away = format!("{RECORD}xphone CNAME lb.hoster.example.\n");
    let codes = [
        ("zone-file-incomplete", "unknown"),
        ("address-alias", "warn"),
    ];
    all(&away, 3, ["pass", "unknown", "pass"], &codes);
    all(
        &format!("{RECORD}xphone NS ns1.hoster.example.\n"),
        3,
        ["pass", "unknown", "pass"],
        &[("zone-file-incomplete", "unknown")],
    );
    all(
        &format!("{RECORD}xphone ALIAS lb.hoster.example.\n"),
        3,
        ["pass", "unknown", "pass"],
        &[("zone-file-incomplete", "unknown")],
    );
    // Its name is wrong whatever its zone says.
    all(
        "_sipfederationtls._tcp SRV 0 0 5061 xphone.elhada.es.\n",
        1,
        ["pass", "fail", "pass"],
        &[("fqdn-foreign-domain", "fail")],
    );
}

#[test]
fn several_records_are_all_judged_in_their_order() {
    let lines = "\
_sipfederationtls._tcp SRV 20 0 5061 second
_sipfederationtls._tcp SRV 10 0 5061 first
first A 81.2.3.4
second A 10.0.0.5
";
    for (kind, file) in files(lines) {
        let said = judge(&file, &["zahnfee.de"]);
        let names = said.json["fqdns"].as_array().expect("names");
        assert_eq!(names, &["first.zahnfee.de", "second.zahnfee.de"], "{kind}");
        assert_eq!(said.codes(), [("address-not-public", "fail")], "{kind}");
        assert_eq!(said.code, 1, "{kind}");
    }
}

/// Microsoft 365 shows in the file, too; and a wildcard is no server.
#[test]
fn what_else_step_1_and_2_see() {
    all(
        &format!("{HOST}{RECORD}@ TXT MS=ms12345678\n"),
        0,
        ["warn", "pass", "pass"],
        &[("domain-microsoft-tenant", "warn")],
    );
    all(
        &format!("* A 81.2.3.9\n{RECORD}"),
        0,
        ["pass", "warn", "pass"],
        &[("address-from-wildcard", "warn")],
    );
    // A wildcard is no record either.
    let wild = format!("{HOST}* TXT \"v=spf1 -all\"\n");
    all(
        &wild,
        1,
        ["pass", "skip", "fail"],
        &[("srv-missing", "fail")],
    );
}

/// Variant 3: the domain is a name in the zone, and need not have a record of its own.
#[test]
fn a_domain_within_the_zone() {
    let lines = "chat A 81.2.3.4\n_sipfederationtls._tcp.chat SRV 0 0 5061 chat\n";
    for (kind, file) in files(lines) {
        let args: &[&str] = match kind {
            "BIND" => &["chat.zahnfee.de", "--origin", "zahnfee.de"],
            _ => &["chat.zahnfee.de"],
        };
        let said = judge(&file, args);
        assert_eq!(said.codes(), [], "{kind}");
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{kind}");
        assert_eq!(said.json["domain"], "chat.zahnfee.de");
        // Without it, nobody is told that the domain is not there: its zone is.
        let said = judge(&file, &[&["neu.zahnfee.de"][..], &args[1..]].concat());
        assert_eq!(said.codes(), [("srv-missing", "fail")], "{kind}");
    }
}

#[test]
fn which_zone_it_is() {
    let lines = format!("{HOST}{RECORD}");
    for (kind, file) in files(&lines) {
        let folder = Folder::new().with("zone", &file);
        let run = |args: &[&str]| {
            let run = Run::new("plan").within(folder.path()).arg("--zone=zone");
            run.args(args).args(&["--lang=en"]).text()
        };
        let (code, out, err) = run(&[]);
        if kind == "BIND" {
            assert_eq!((code, out.as_str()), (2, ""), "{kind}");
            assert!(
                err.contains("zone does not say which zone it is of"),
                "{err}"
            );
            let (code, _, err) = run(&["zahnfee.de"]);
            assert_eq!(code, 0);
            assert!(err.contains("taken for that of zahnfee.de"), "{err}");
            let (code, _, err) = run(&["--origin", "zahnfee.de"]);
            assert_eq!((code, err.as_str()), (0, ""));
        } else {
            assert_eq!((code, err.as_str()), (0, ""), "{kind}: {out}");
            assert!(
                out.starts_with("zahnfee.de: this zone file is right"),
                "{out}"
            );
            let (code, _, err) = run(&["elhada.es"]);
            assert_eq!(code, 2);
            assert!(
                err.contains("elhada.es does not lie in the zone of this file, zahnfee.de"),
                "{err}"
            );
        }
    }
}

#[test]
fn what_cannot_be_loaded_is_named_with_its_line() {
    let lines = "$ORIGIN zahnfee.de.\n$INCLUDE hosts.zone\nxphone A 81.2.3.444\n\
                 _sipfederationtls._tcp SRV 0 0 5061\nwww CNAME @\nwww A 81.2.3.4\n";
    for (lang, wanted) in [
        (
            "en",
            [
                "zone:2: $INCLUDE: xfed reads nothing from other files",
                "zone:3: A 81.2.3.444 cannot be read, expected an IPv4 address",
                "zone:4: SRV 0 0 5061 cannot be read, expected priority, weight, port and target",
                "zone:5: www.zahnfee.de has a CNAME and other records as well",
            ],
        ),
        (
            "de",
            [
                "zone:2: $INCLUDE: xfed liest keine weiteren Dateien",
                "zone:3: A 81.2.3.444 ist nicht lesbar, erwartet wird eine IPv4-Adresse",
                "zone:4: SRV 0 0 5061 ist nicht lesbar, erwartet werden Priorität",
                "zone:5: www.zahnfee.de hat einen CNAME und daneben andere Einträge",
            ],
        ),
    ] {
        let folder = Folder::new().with("zone", lines);
        let run = Run::new("plan").within(folder.path());
        let (code, out, err) = run.args(&["--zone=zone", "--lang", lang]).text();
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        for wanted in wanted {
            assert!(err.contains(wanted), "no {wanted:?} in {err}");
        }
    }
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let folder = Folder::new()
        .with("zone", KNOT)
        .with("list", "zahnfee.de\n");
    for (args, named) in [
        (&["--zone=zone", "--variant", "3"][..], "--variant"),
        (&["--zone=zone", "--ip", "81.2.3.4"], "--ip"),
        (&["--zone=zone", "--own", "a.zahnfee.de"], "--own"),
        (&["--zone=zone", "--targets", "list"], "--targets"),
        (&["--zone=zone", "zahnfee.de", "elhada.es"], "--zone"),
        (&["--zone=zone", "--format", "prometheus"], "prometheus"),
        (
            &["--zone=zone", "--report", "prometheus=x.prom"],
            "prometheus",
        ),
        (&["--zone=nothing"], "nothing"),
        (&["zahnfee.de", "--origin", "zahnfee.de"], "--zone"),
        (&["zahnfee.de", "--fail-on", "warn"], "--fail-on"),
        (&["zahnfee.de", "-v"], "--verbose"),
    ] {
        let run = Run::new("plan").within(folder.path()).args(args);
        let (code, out, err) = run.text();
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}: {err}");
        assert!(err.contains(named), "{args:?}: {err}");
    }
}

/// The formats of `check`, for the pipeline that runs before the merge; in both languages.
#[test]
fn a_pipeline_gets_the_formats_of_a_check() {
    let file =
        format!("{KNOT}$ORIGIN zahnfee.de.\n{HOST}_sipfederationtls._tcp SRV 0 0 5060 xphone\n");
    let folder = Folder::new().with("zone", &file);
    let run = |args: &[&str]| {
        let run = Run::new("plan").within(folder.path()).arg("--zone=zone");
        run.args(args).text()
    };
    let (code, out, _) = run(&[
        "--format=junit",
        "--report=markdown=summary.md",
        "--lang=en",
    ]);
    assert_eq!(code, 1);
    assert!(out.contains("srv-wrong-port"), "{out}");
    let summary = std::fs::read_to_string(folder.file("summary.md")).expect("it was written");
    assert!(summary.contains("this zone file is wrong"), "{summary}");
    let (code, out, _) = run(&["--format=github", "--lang=de"]);
    assert_eq!(code, 1);
    assert!(out.contains("Diese Zonendatei ist falsch"), "{out}");
    let (code, out, _) = run(&["--format=nagios"]);
    assert_eq!(code, 2, "{out}");
    for (lang, first, rest, nobody) in [
        (
            "en",
            "this zone file is wrong",
            "the zone file says nothing of it",
            "no server was asked",
        ),
        (
            "de",
            "Diese Zonendatei ist falsch",
            "darüber sagt die Zonendatei nichts",
            "gefragt wurde kein Server",
        ),
    ] {
        let (_, out, _) = run(&["--lang", lang]);
        let flat = out.split_whitespace().collect::<Vec<_>>().join(" ");
        for wanted in [first, rest, nobody] {
            assert!(flat.contains(wanted), "no {wanted:?} in {out}");
        }
        assert!(!out.contains("Test-NetConnection"), "{out}");
        // A command would ask DNS, which does not have it yet.
        assert!(!out.contains("nslookup"), "{out}");
    }
    // A warning fails where it is wanted.
    let warned = format!("{KNOT}$ORIGIN zahnfee.de.\n{RECORD}xphone CNAME mail\n");
    let folder = Folder::new().with("zone", &warned);
    for (args, expected) in [(&[][..], 0), (&["--fail-on", "warn"], 1)] {
        let run = Run::new("plan").within(folder.path()).arg("--zone=zone");
        let (code, out, _) = run.args(args).text();
        assert_eq!(code, expected, "{out}");
    }
}

/// A report of a file is judged the same again, and the file comes from a pipe, too.
#[test]
fn a_report_is_judged_the_same_again() {
    for lines in [
        format!("{HOST}{RECORD}"),
        RECORD.to_owned(),
        HOST.to_owned(),
    ] {
        let file = format!("{KNOT}$ORIGIN zahnfee.de.\n{lines}");
        let run = Run::new("plan").args(&["--zone=-", "--format=json", "--lang=en"]);
        let (code, report, _) = run.fed(file.as_bytes()).text();
        let run = Run::new("replay").args(&["-", "--format=json", "--lang=en"]);
        let (again, replayed, stderr) = run.fed(report.as_bytes()).text();
        assert_eq!(again, code, "{stderr}");
        let steps = |text: &str| {
            let json: Value = serde_json::from_str(text).expect("a report");
            let report = &json["reports"][0];
            (report["steps"].clone(), report["headline"].clone())
        };
        assert_eq!(steps(&replayed), steps(&report));
    }
}

/// What the file does not know is neither right nor wrong, and the finding says where it leads.
#[test]
fn what_the_file_does_not_know_is_open() {
    let outcome = |lines: &str| {
        let file = format!("{KNOT}$ORIGIN zahnfee.de.\n{RECORD}{lines}");
        let run = Run::new("plan").args(&["--zone=-", "--format=json"]);
        run.fed(file.as_bytes()).run()
    };
    for (lines, why, target) in [
        (
            "xphone CNAME lb.hoster.example.\n",
            "alias",
            "lb.hoster.example",
        ),
        (
            "xphone NS ns1.hoster.example.\n",
            "delegated",
            "xphone.zahnfee.de",
        ),
        (
            "xphone ALIAS lb.hoster.example.\n",
            "outside",
            "xphone.zahnfee.de",
        ),
    ] {
        let outcome = outcome(lines);
        outcome.shows("address", "zone-file-incomplete", "unknown");
        let args = &outcome.finding("address", "zone-file-incomplete")["args"];
        assert_eq!(
            (args["why"].as_str(), args["beyond"].as_str()),
            (Some(why), Some(target))
        );
        outcome.stands("pass unknown pass skip skip skip", "inconclusive", 3);
    }
    // The record itself may lie elsewhere.
    let file = format!(
        "{KNOT}$ORIGIN zahnfee.de.\n{HOST}_sipfederationtls._tcp CNAME s.hoster.example.\n"
    );
    let run = Run::new("plan").args(&["--zone=-", "--format=json"]);
    let outcome = run.fed(file.as_bytes()).run();
    outcome.shows("srv", "zone-file-incomplete", "unknown");
    // So may all of the domain.
    let file = format!("{KNOT}$ORIGIN zahnfee.de.\nchat NS ns1.hoster.example.\n");
    let run = Run::new("plan").args(&["chat.zahnfee.de", "--zone=-", "--format=json"]);
    let outcome = run.fed(file.as_bytes()).run();
    outcome.shows("domain", "zone-file-incomplete", "unknown");
}
