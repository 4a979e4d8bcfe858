//! Zone files as BIND reads them: what `named-compilezone` makes of a file is judged like the file
//! itself, and what it does not load is no file for xfed either.

use std::process::Command;

use serde_json::Value;

use super::{left_out, path};
use crate::stage::{Folder, Run};

pub(super) const HEAD: &str = "\
$TTL 1h
@ IN SOA ns1 hostmaster ( 1 8h 2h 4w 5m ) ; several
  IN NS ns1
ns1 A 81.2.3.6
@ MX 10 mail
mail A 81.2.3.5
";

/// What BIND writes out of this file, with all names absolute; `None` where it does not load it.
fn compiled(folder: &Folder) -> Option<String> {
    let output = Command::new("named-compilezone")
        .env("PATH", path())
        .current_dir(folder.path())
        .args([
            "-q",
            "-i",
            "local",
            "-k",
            "ignore",
            "-o",
            "compiled",
            "zahnfee.de",
            "zone",
        ])
        .output()
        .expect("named-compilezone");
    let is_loaded = output.status.success();
    is_loaded.then(|| std::fs::read_to_string(folder.file("compiled")).expect("it was written"))
}

/// Exit code and steps.
fn judged(folder: &Folder, file: &str) -> (i32, Value) {
    let run = Run::new("plan").within(folder.path());
    let run = run.args(&["zahnfee.de", "--format=json", "--lang=en", "--zone", file]);
    let (code, out, _) = run.text();
    // The names that nobody made are others each time.
    let mut parts = out.split("xfed-");
    let first = parts.next().unwrap_or_default().to_owned();
    let out = parts.fold(first, |out, part| {
        format!("{out}xfed-{}", part.get(16..).unwrap_or(part))
    });
    let json: Value = serde_json::from_str(&out).unwrap_or_default();
    let mut steps = json["reports"][0]["steps"].clone();
    // BIND writes a file that every server loads, so that nothing is left to warn of.
    if let Some(step) = steps.get_mut(0)
        && step["status"] == "warn"
    {
        step["status"] = "pass".into();
        step["owners"] = Value::Array(Vec::new());
        step["findings"] = step["findings"].as_array().map_or(Value::Null, |findings| {
            let others = findings
                .iter()
                .filter(|it| it["code"] != "zone-file-partly-refused");
            others.cloned().collect()
        });
    }
    (code, steps)
}

#[test]
fn a_file_means_what_bind_makes_of_it() {
    if left_out() {
        return;
    }
    for lines in [
        "xphone A 81.2.3.4\n_sipfederationtls._tcp SRV 0 0 5061 xphone\n",
        "xphone A 81.2.3.4\n_sipfederationtls._tcp SRV 0 0 5061 xphone.zahnfee.de\n",
        "$ORIGIN _tcp\n_sipfederationtls 1h30m IN SRV ( 0 0\n 5061\n xphone.zahnfee.de. )\n$ORIGIN zahnfee.de.\nxphone A 81.2.3.4\n",
        "xphone IN 60 A 81.2.3.4\n       AAAA 2a02:1:2::3\n_sipfederationtls._tcp\tSRV 0 0 5061 xphone\n",
        r"xph\111ne A 81.2.3.4
\095sipfederationtls._tcp SRV 0 0 5061 xphone
t TXT ( one\; two ; three
 four )
",
        "* A 81.2.3.9\n_sipfederationtls._tcp SRV 0 0 5061 xphone\n",
        "xphone CNAME mail\n_sipfederationtls._tcp SRV 0 0 5061 xphone\n",
        "xphone NS ns1\n_sipfederationtls._tcp SRV 0 0 5061 xphone\n",
        "_sipfederationtls._tcp.zahnfee.de SRV 0 0 5061 xphone\nxphone A 81.2.3.4\n",
        "_sipfederationtls._tcp SRV 5061 0 0 xphone\nxphone A 10.0.0.5\n",
        "_sipfederationtls._tcp SRV 0 0 5061 81.2.3.4\n",
        "_sipfederationtls._tcp SRV 0 0 5061 .\n@ TXT \"MS=ms1\" \"x ; y\"\n",
        "_sipfederationtls._tls SRV 0 0 5061 xphone\nxphone A 81.2.3.4\n@ CAA 0 issue \"ca.example\"\n",
        "_sipfederationtls._tcp TYPE33 \\# 25 0000000013c506 7870686f6e65077a 61686e6665650264 6500\nxphone TYPE1 \\# 4 51020304\n",
        "_sipfederationtls._tcp SRV 0 0 5061 xphone\nxphone 300 A 81.2.3.4\nxphone 600 A 81.2.3.4\n@ SOA ns1 hostmaster ( 1 8h 2h 4w 5m )\n",
        "_tcp DNAME k\n_sipfederationtls._tcp SRV 0 0 5061 xphone\nxphone A 81.2.3.4\n",
        "_tcp DNAME k\n_sipfederationtls.k SRV 0 0 5061 xphone\nxphone A 81.2.3.4\n",
        "@ NS ns2.sub\nsub NS ns2.sub\n_sipfederationtls._tcp SRV 0 0 5061 xphone\nxphone A 81.2.3.4\n",
        "xphone A 81.2.3.4\n_sipfederationtls._tcp SRV 0 0 5061 xphone\nold SPF \"x\"\nold TYPE65280 \\# 1 00\n",
    ] {
        let folder = Folder::new().with("zone", format!("{HEAD}{lines}"));
        compiled(&folder).unwrap_or_else(|| panic!("BIND does not load {lines}"));
        let (plain, by_bind) = (judged(&folder, "zone"), judged(&folder, "compiled"));
        assert!(plain.1.is_array(), "{lines}");
        assert_eq!(plain, by_bind, "{lines}");
    }
    for lines in [
        "xphone A 81.2.3.444\n",
        "xphone 36OO A 81.2.3.4\n",
        "xphone A 81.2.3.4\nxphone CNAME mail\n",
        "_sipfederationtls._tcp SRV 0 0 5061\n",
        "_sipfederationtls._tcp SRV 0 0 65536 xphone\n",
        "a..b A 81.2.3.4\n",
        "xphone ( A 81.2.3.4\n",
        "$TTL soon\n",
        "$DATE 1\n",
        "xphone 300 60 A 81.2.3.4\n",
        "xphone IN IN A 81.2.3.4\n",
        "xphone CH A 81.2.3.4\n",
        "xphone A \"81.2.3.4\"\n",
        "_sipfederationtls._tcp SRV 0 0 5061 \"xphone\"\n",
        "xphone A 81.2.3.4\u{a0}\n",
        "xphone BAR 81.2.3.4\n",
        "xphone A \\# 3 51020304\n",
        "xphone CNAME mail\nxphone HTTPS 1 . alpn=h2\n",
        "k DNAME a\nk DNAME b\n",
        "*.k NS ns1\n",
        "@ CAA issue \"ca.example\"\n",
        "@ NS 81.2.3.53\n",
        "@ NS ns1.hoster.example\n",
        "@ NS www\nwww CNAME mail\n",
    ] {
        let folder = Folder::new().with("zone", format!("{HEAD}{lines}"));
        assert_eq!(compiled(&folder), None, "BIND loads {lines}");
        assert_eq!(judged(&folder, "zone").0, 2, "{lines}");
    }
    for zone in [
        HEAD.replace("  IN NS ns1\n", ""),
        format!("{HEAD}k TXT \"{}\"\n", "x".repeat(256)),
    ] {
        let folder = Folder::new().with("zone", &zone);
        assert_eq!(compiled(&folder), None, "BIND loads {zone}");
        assert_eq!(judged(&folder, "zone").0, 2, "{zone}");
    }
}
