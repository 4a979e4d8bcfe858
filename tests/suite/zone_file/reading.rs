//! Which zone a file holds, and what cannot be read in it.

use super::*;

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

/// What is left of a transfer that was refused says nothing of any record.
#[test]
fn a_file_without_a_record_is_no_zone() {
    for file in [
        "",
        "; <<>> DiG 9.18 <<>> AXFR zahnfee.de\n; Transfer failed.\n",
        "$ORIGIN zahnfee.de.\n$TTL 300\n",
    ] {
        let folder = Folder::new().with("zone", file);
        for (lang, wanted) in [
            ("en", "zone holds no record"),
            ("de", "enthält keinen Record"),
        ] {
            let run = Run::new("plan").within(folder.path());
            let run = run.args(&["zahnfee.de", "--zone=zone", "--lang", lang]);
            let (code, out, err) = run.text();
            assert_eq!((code, out.as_str()), (2, ""), "{err}");
            assert!(err.contains(wanted), "{err}");
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
