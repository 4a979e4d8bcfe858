//! `xfed plan --zone`: zone files judged before a name server loads them.

mod findings;
mod reading;
mod refused;
mod reports;

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
zahnfee.de.         \t3600\tRRSIG\tSOA 13 2 3600 20261228000000 20261128000000 1234 zahnfee.de. c2lnbmF0dXJl
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
