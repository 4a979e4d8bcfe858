//! What some name servers refuse: a warning with the line, with who refuses it and what to enter instead; what
//! all refuse is an error, as before.

use super::*;
use crate::stage::Outcome;

const CODE: &str = "zone-file-partly-refused";

/// Judges a right file with these lines more.
fn with(lines: &str) -> Outcome {
    judged(format!("{BIND}{HOST}{RECORD}{lines}").as_bytes())
}

fn judged(file: &[u8]) -> Outcome {
    let run = Run::new("plan").args(&["zahnfee.de", "--zone=-", "--format=json"]);
    run.fed(file).run()
}

/// What stands before them has ten lines.
#[test]
fn what_some_refuse_is_a_warning_with_its_line() {
    for (lines, why, servers, line) in [
        ("my_host A 81.2.3.7\n", "owner", &["BIND"][..], "11"),
        ("a TXT x\n-a AAAA 2a02:1:2::3\n", "owner", &["BIND"], "12"),
        ("a MX 10 my_mail\n", "target", &["BIND"], "11"),
        ("a NS my_ns.hoster.example.\n", "target", &["BIND"], "11"),
        ("a SRV 0 0 5061 my_host\n", "target", &["BIND"], "11"),
        ("a TXT \"Z\u{e4}hne\"\n", "characters", &["Knot"], "11"),
        ("@ DS 1 13 9 2cf24dba\n", "apex-ds", &["BIND"], "11"),
        (
            "@ ALIAS lb.hoster.example.\n",
            "type",
            &["BIND", "NSD", "Knot"],
            "11",
        ),
        ("a SSHFP 1 1 2cf24dba\n", "digest", &["BIND"], "11"),
        ("a URI 1 1 https://zahnfee.de\n", "quotes", &["BIND"], "11"),
        ("a.elhada.es. A 81.2.3.7\n", "outside", &["NSD"], "11"),
        (
            "a DNAME b\nc.a A 81.2.3.7\n",
            "below-subtree",
            &["NSD", "Knot"],
            "12",
        ),
        ("a TXT ( ( b ) )\n", "nested", &["NSD", "Knot"], "11"),
        (
            "a A 81.2.3.7\rb A 81.2.3.7\n",
            "old-mac-lines",
            &["Knot"],
            "11",
        ),
        (
            "a A 81.2.3.7 ; x\rb A 81.2.3.7\n",
            "lost-line",
            &["Knot"],
            "11",
        ),
    ] {
        let outcome = with(lines);
        outcome.shows("domain", "zone-file-partly-refused", "warn");
        let args = &outcome.finding("domain", CODE)["args"];
        assert_eq!(args["why"], why, "{lines}");
        assert_eq!(args["servers"], serde_json::json!(servers), "{lines}");
        assert_eq!(args["line"], line, "{lines}");
        outcome.stands("warn pass pass skip skip skip", "ready-with-warnings", 0);
    }
}

#[test]
fn what_all_load_is_no_warning() {
    for lines in [
        "a_b CNAME xphone\nc_d TXT x\n_x._tcp SRV 0 0 5061 xphone\n",
        "gc._msdcs A 81.2.3.7\n* A 81.2.3.7\n*.a MX 10 mail\n",
        "xn--zhne-loa A 81.2.3.7\n",
        "a NS ns1.hoster.example.\na DS 1 13 1 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c\n",
        "a TXT \"Z\\195\\164hne\"\na URI 1 1 \"https://zahnfee.de\"\n",
        "a CNAME b\na CNAME B\n@ ZONEMD 1 1 1 2cf24dba\nb CLASS1 TXT x\n",
    ] {
        with(lines)
            .lacks(CODE)
            .stands("pass pass pass skip skip skip", "ready", 0);
    }
}

/// A mark is in front of the file, whatever its first line is; a Windows server exports UTF-16 by PowerShell.
#[test]
fn a_mark_in_front_is_a_warning_but_for_what_windows_wrote() {
    let right = format!("{BIND}{HOST}{RECORD}");
    let units: Vec<u8> = right.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for file in [
        format!("\u{feff}{right}").into_bytes(),
        format!("\u{feff}; a comment\n{right}").into_bytes(),
        [&[0xff, 0xfe][..], &units].concat(),
    ] {
        let outcome = judged(&file);
        let args = &outcome.finding("domain", CODE)["args"];
        assert_eq!((&args["why"], &args["line"]), (&"mark".into(), &"1".into()));
        outcome.stands("warn pass pass skip skip skip", "ready-with-warnings", 0);
    }
    for (kind, file) in files(&format!("my_host A 81.2.3.7\n{HOST}{RECORD}")) {
        let outcome = judged(&file);
        if ["BIND", "Knot"].contains(&kind) {
            outcome.shows("domain", CODE, "warn");
        } else {
            outcome.lacks(CODE);
        }
    }
    // As every editor on Windows writes them.
    judged(right.replace('\n', "\r\n").as_bytes())
        .shows("domain", CODE, "info")
        .stands("pass pass pass skip skip skip", "ready", 0);
}

/// Nobody gets to a record that name servers take for a part of a comment.
#[test]
fn what_a_comment_swallows_is_missing() {
    let file = format!("{BIND}{HOST}; the record\r{RECORD}");
    let outcome = judged(file.as_bytes());
    outcome.shows("srv", "srv-missing", "fail");
    outcome.shows("domain", CODE, "warn");
    assert_eq!(outcome.finding("domain", CODE)["args"]["why"], "lost-line");
    // Where no comment is in the way, BIND and NSD load a file of such lines alone.
    let file = format!("$TTL 1h\n@ SOA ns1 h 1 2 3 4 5\n@ NS ns1\nns1 A 81.2.3.6\n{HOST}{RECORD}");
    judged(file.replace('\n', "\r").as_bytes())
        .shows("domain", CODE, "warn")
        .stands("warn pass pass skip skip skip", "ready-with-warnings", 0);
}

/// What no name server loads, in types that federation does not need.
#[test]
fn what_all_refuse_is_an_error_with_its_line() {
    for lines in [
        "a NS ns1.hoster.example.\na DS 1 13 2 xyz\n",
        "a TLSA 3 1 1 zz\n",
        "@ DNSKEY 257 3 13 abc\n",
        "a HINFO PC\n",
        "a CAA 0 \"\" \"x\"\n",
        "a MX +10 mail\n",
        "a TXT \"\\999\"\n",
        "$TTL 1h 2h\n",
        "a \"TXT\" x\n",
    ] {
        let folder = Folder::new().with(
            "zone",
            format!("{BIND}{HOST}{RECORD}my_host A 81.2.3.7\n{lines}"),
        );
        let run = Run::new("plan")
            .within(folder.path())
            .args(&["zahnfee.de", "--zone=zone"]);
        let (code, out, stderr) = run.text();
        let line = 11 + lines.matches('\n').count();
        assert_eq!((code, out.as_str()), (2, ""), "{lines}");
        assert!(
            stderr.contains(&format!("zone:{line}: ")),
            "{lines}{stderr}"
        );
    }
}

/// Each kind has its words in both languages, and says what to enter instead.
#[test]
fn a_warning_says_what_to_enter() {
    let file = format!("{BIND}{HOST}{RECORD}my_host A 81.2.3.7\nyour_host A 81.2.3.7\n");
    let folder = Folder::new().with("zone", &file);
    for (lang, wanted) in [
        (
            "en",
            [
                "Line 11 (likewise 12): my_host has a record of type A",
                "BIND does not load the file, others do",
                "such as my-host",
                "some name servers do not load the zone file",
            ],
        ),
        (
            "de",
            [
                "Zeile 11 (ebenso 12): my_host hat einen Record vom Typ A",
                "BIND lädt die Datei nicht, andere schon",
                "etwa my-host",
                "manche Nameserver laden die Zonendatei nicht",
            ],
        ),
    ] {
        let run = Run::new("plan").within(folder.path());
        let (code, out, _) = run
            .args(&["zahnfee.de", "--zone=zone", "--lang", lang])
            .text();
        let flat = out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(code, 0, "{out}");
        for wanted in wanted {
            assert!(flat.contains(wanted), "no {wanted:?} in {out}");
        }
    }
    // A pipeline may stop at it.
    let run = Run::new("plan").within(folder.path());
    let (code, ..) = run
        .args(&["zahnfee.de", "--zone=zone", "--fail-on=warn"])
        .text();
    assert_eq!(code, 1);
}
