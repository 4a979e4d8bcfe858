//! Lines of zone files that BIND loads in its default settings, or refuses: xfed says the same of each, by an
//! error or a warning that names BIND, save where a reason is given.

use std::process::Command;

use serde_json::Value;

use super::zone_files::HEAD;
use super::{left_out, path};
use crate::stage::{Folder, Run};

/// These, each behind a right file.
const LINES: [&str; 122] = [
    // Names of hosts.
    "my_host A 81.2.3.7",
    "my_host AAAA 2a02:1:2::3",
    "-host A 81.2.3.7",
    "host- A 81.2.3.7",
    "a._b A 81.2.3.7",
    "zähne A 81.2.3.7",
    r"z\195\164hne A 81.2.3.7",
    r"a\032b A 81.2.3.7",
    "a/b A 81.2.3.7",
    "* A 81.2.3.7",
    "*.a A 81.2.3.7",
    "*a A 81.2.3.7",
    "a.*.b A 81.2.3.7",
    "xn--zhne-loa A 81.2.3.7",
    "1.2 A 81.2.3.7",
    "gc._msdcs A 81.2.3.7",
    "GC._MSDCS.a AAAA 2a02:1:2::3",
    "gc._msdcs.a_b A 81.2.3.7",
    "a.gc._msdcs A 81.2.3.7",
    "*.gc._msdcs A 81.2.3.7",
    "_msdcs A 81.2.3.7",
    "gc._msdcs MX 10 mail",
    "my_host CNAME mail",
    "my_host TXT x",
    "my_host SRV 0 0 5061 mail",
    "my_host DNAME mail",
    "my_host MX 10 mail",
    "* MX 10 mail",
    "a MX 10 my_mail",
    "a MX 10 my_mail.hoster.example.",
    "a MX 0 .",
    "a MX 10 81.2.3.5",
    "my_host NS ns1.hoster.example.",
    "a NS my_ns.hoster.example.",
    "@ NS my_ns.hoster.example.",
    "a NS *.hoster.example.",
    "a SRV 0 0 5061 my_host",
    "a SRV 0 0 0 .",
    "a SRV 0 0 5061 81.2.3.4",
    "a SRV 0 0 5061 https://zahnfee.de.",
    r"a SRV 0 0 5061 a\.b",
    "a PTR my_host",
    "a CNAME my_host",
    "a AFSDB 1 my_host",
    "a RT 1 my_host",
    "a KX 1 my_host",
    "a RP my_x my_y",
    "a HTTPS 1 my_host.hoster.example. alpn=h2",
    "my_host HTTPS 1 . alpn=h2",
    "my_host.hoster.example. A 81.2.3.7",
    // What federation does not need.
    "@ DS 1 13 9 2cf24dba",
    "a NS ns1.hoster.example.\na DS 1 13 1 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c",
    "a NS ns1.hoster.example.\na DS 1 13 1 2cf24dba",
    "a NS ns1.hoster.example.\na DS 1 13 2 xyz",
    "a NS ns1.hoster.example.\na DS 1 13 2 abc",
    "@ CDS 0 0 0 00",
    "a TLSA 3 1 1 zz",
    "a TLSA 3 1 1 2cf24dba",
    "a SSHFP 1 1 2cf24dba",
    "a SSHFP 1 1 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c",
    "@ DNSKEY 257 3 13 AQ==",
    "@ DNSKEY 257 3 13 abc",
    "@ DNSKEY 257 3 13 !!!!",
    "a OPENPGPKEY !!!!",
    "a HINFO PC",
    "a HINFO PC \"Windows 2022\"",
    "a HINFO PC Windows 2022",
    "@ CAA 0 \"\" \"x\"",
    "@ CAA 0 \"issue\" \"x\"",
    "@ CAA 0 unheard \"x\"",
    "@ CAA 0 issue letsencrypt.org",
    "@ CAA 0 issue ;",
    "a LOC x",
    "a LOC 52 22 23.000 N 4 53 32.000 E -2.00m",
    "a NAPTR 1 1 s x y",
    "a NAPTR 1 1 s SIP+D2T \"\" _sip._tcp",
    "a PTR",
    "a PTR b c",
    "@ NSEC3PARAM 1 0 0 zz",
    "a RRSIG A 13 2 300 x y z",
    "a URI 1 1 http://zahnfee.de",
    "a URI 1 1 \"http://zahnfee.de\"",
    "a HTTPS 1 . unheard=h2",
    "a HTTPS 1 . alpn=h2 alpn=h3",
    "a HTTPS 1 . ipv4hint=81.2.3",
    "@ ZONEMD 1 1 1 2cf24dba5fb0a30e26e83b2a2cf24dba5fb0a30e26e83b2a2cf24dba5fb0a30e26e83b2a2cf24dba5fb0a30e26e83b2a",
    "a ALIAS lb.hoster.example.",
    "a ANAME lb.hoster.example.",
    "a MD b",
    "a NXNAME",
    // Numbers and times.
    "a SRV +0 0 5061 mail",
    "a SRV -0 0 5061 mail",
    "a SRV 00 0 05061 mail",
    "a MX +10 mail",
    "@ CAA +0 issue \"x\"",
    "a 4294967295 A 81.2.3.7",
    "a 4294967296 A 81.2.3.7",
    "a +60 A 81.2.3.7",
    "$TTL 9999w",
    "$TTL 1h 2h",
    "$TTL 1m1h",
    "$ORIGIN a b",
    // Texts, quotation marks, parentheses.
    r#"a TXT "\999""#,
    r#"a TXT "\25""#,
    r#"a TXT "Zähne""#,
    r#"a TXT "b""c""#,
    "a TXT ( ( b ) )",
    "a TXT ( b ) ( c )",
    "a TXT ( b",
    "a TXT \"b",
    "a \"TXT\" b",
    "a CNAME \"mail\"",
    // What does not go together.
    "a CNAME mail\na CNAME MAIL",
    "a CNAME mail\na CNAME ns1",
    "a CNAME mail\na TXT b",
    "a DNAME b\nc.a A 81.2.3.7",
    "@ SOA ns1 hostmaster 2 8h 2h 4w 5m",
    "@ SOA ns1 hostmaster ( 1 8h 2h 4w 5m )",
    "hoster.example. SOA a b 1 2 3 4 5",
    "hoster.example. A 81.2.3.7",
    "a CLASS1 TXT x",
    "a CLASS3 TXT x",
];

/// Where both may differ, and why.
const EXPLAINED: [(&str, &str); 9] = [
    (
        "$INCLUDE other",
        "xfed reads no other files: an error says so",
    ),
    (
        "$GENERATE 1-2 a$ A 81.2.3.$",
        "xfed makes no records: an error says so",
    ),
    (
        "@ NS 81.2.3.6.",
        "an address instead of a name leads nobody to a server, loaded or not",
    ),
    (
        "@ WINS L2 C900 ( 10.0.0.1 )",
        "a Windows server wrote it, and loads it",
    ),
    (
        "a [AGE:3712345] A 81.2.3.7",
        "a Windows server wrote it, and loads it",
    ),
    (
        r"a TYPE255 \# 0",
        "nobody writes a type of questions by its number",
    ),
    (
        r"a HINFO \# 3 000001",
        "bytes of types that are not needed are counted, and not read",
    ),
    (
        "a NSEC3 1 0 0 - ABC A",
        "a signed zone is written by a program",
    ),
    ("a APL x", "the content of a type that hardly anybody has"),
];

fn is_loaded(folder: &Folder) -> bool {
    let mut command = Command::new("named-checkzone");
    let command = command.env("PATH", path()).current_dir(folder.path());
    let command = command.args(["-q", "-i", "local", "-k", "fail", "zahnfee.de", "zone"]);
    command.status().expect("named-checkzone").success()
}

/// Whether xfed finds neither a fault in it nor anything that BIND refuses.
fn is_right(folder: &Folder) -> bool {
    let run = Run::new("plan").within(folder.path());
    let run = run.args(&["zahnfee.de", "--format=json", "--zone=zone"]);
    let (code, out, stderr) = run.text();
    if code == 2 {
        assert!(stderr.contains("zone:"), "{stderr}");
        return false;
    }
    let json: Value = serde_json::from_str(&out).expect("a report");
    let steps = json["reports"][0]["steps"].as_array().expect("steps");
    let findings = steps
        .iter()
        .flat_map(|step| step["findings"].as_array().expect("findings"));
    let mut refused = findings.filter(|finding| finding["code"] == "zone-file-partly-refused");
    !refused.any(|finding| {
        let servers = finding["args"]["servers"].as_array().expect("servers");
        servers.iter().any(|server| server == "BIND")
    })
}

#[test]
fn a_line_is_right_where_bind_loads_it() {
    if left_out() {
        return;
    }
    let folder = |file: &[u8]| {
        Folder::new()
            .with("zone", file)
            .with("other", "o A 81.2.3.7\n")
    };
    for lines in LINES {
        let folder = folder(format!("{HEAD}{lines}\n").as_bytes());
        assert_eq!(is_right(&folder), is_loaded(&folder), "{lines}");
    }
    for (lines, why) in EXPLAINED {
        let folder = folder(format!("{HEAD}{lines}\n").as_bytes());
        assert_ne!(
            is_right(&folder),
            is_loaded(&folder),
            "no need to say {why}: {lines}"
        );
    }
    // The SOA record itself, and how the file is written.
    let soa = |old: &str, new: &str| HEAD.replacen(old, new, 1).into_bytes();
    let units = HEAD.encode_utf16().flat_map(u16::to_le_bytes);
    for (file, what) in [
        (soa("SOA ns1 ", "SOA my_ns "), "server"),
        (soa("hostmaster", "host_master"), "contact"),
        (soa("hostmaster", "a.my_host"), "contact below"),
        (soa("hostmaster", "hostmaster@zahnfee.de."), "mail address"),
        (soa("( 1 8h", "( +1 8h"), "serial with a sign"),
        (soa("( 1 8h", "( 010 8h"), "serial with a zero"),
        (soa("( 1 8h", "( 4294967296 8h"), "serial too large"),
        (soa("8h", "-1"), "less than none"),
        (format!("\u{feff}{HEAD}").into_bytes(), "mark"),
        (
            format!("\u{feff}; a comment\n{HEAD}").into_bytes(),
            "mark before a comment",
        ),
        ([0xff, 0xfe].into_iter().chain(units).collect(), "UTF-16"),
        (
            HEAD.replace('\n', "\r\n").into_bytes(),
            "ends of lines of Windows",
        ),
        (
            format!("{HEAD}a A 81.2.3.7\rb A 81.2.3.8\n").into_bytes(),
            "carriage return",
        ),
        (
            format!("{HEAD}{}.a A 81.2.3.7\n", "b".repeat(64)).into_bytes(),
            "long label",
        ),
        (
            format!("{HEAD}a TXT {}\n", "\"0123456789\" ".repeat(6000)).into_bytes(),
            "long record",
        ),
    ] {
        let folder = folder(&file);
        assert_eq!(is_right(&folder), is_loaded(&folder), "{what}");
    }
}
