//! Lists of targets.

use crate::stage::{File, Folder, Outcome, Run, Stage};

/// The domains that were checked, in order.
fn domains(outcome: &Outcome) -> Vec<&str> {
    let reports = outcome.json["reports"].as_array().expect("reports");
    let domains = reports.iter().map(|report| &report["domain"]);
    domains
        .map(|domain| domain.as_str().expect("a domain"))
        .collect()
}

fn check(stage: &Stage) -> Run {
    let run = Run::new("check").nowhere().arg("--format=json");
    run.arg("--resolver").arg(stage.dns.address().to_string())
}

const LIST: &str = "# ours\r\nzahnfee.de\r\n\r\n  www.zahnfee.de   mode=direct fqdn=xphone.zahnfee.de # not yet\r\nmail.zahnfee.de mode=partner\r\n";

#[test]
fn a_list_as_people_have_it() {
    let stage = Stage::with_srv("");
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain(LIST.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for content in [
        LIST.as_bytes().to_vec(),
        format!("\u{feff}{LIST}").into_bytes(),
        utf16,
        LIST.replace('\r', "").into_bytes(),
    ] {
        let folder = Folder::new().with("list.txt", content);
        let run = check(&stage).arg("--targets").arg(folder.file("list.txt"));
        let outcome = run.run();
        assert_eq!(
            domains(&outcome),
            ["zahnfee.de", "www.zahnfee.de", "mail.zahnfee.de"]
        );
        let of = |index: usize, field: &str| outcome.json["reports"][index][field].clone();
        assert_eq!(
            [of(0, "mode"), of(1, "mode"), of(2, "mode")],
            ["open", "direct", "partner"]
        );
        assert_eq!(of(1, "terms")["fqdn"], "xphone.zahnfee.de");
        assert_eq!(outcome.stderr, "");
    }
}

#[test]
fn standard_input_and_the_command_line_go_together_and_nothing_is_checked_twice() {
    let stage = Stage::with_srv("");
    for args in [
        &["zahnfee.de", "-"][..],
        &["-", "zahnfee.de", "-"],
        &["zahnfee.de", "--targets", "-"],
        &["zahnfee.de", "-", "--targets", "-"],
    ] {
        let run = check(&stage).args(args);
        let outcome = run
            .fed(b"www.zahnfee.de\nZAHNFEE.de.\nwww.zahnfee.de\n")
            .run();
        assert_eq!(
            domains(&outcome),
            ["zahnfee.de", "www.zahnfee.de"],
            "{args:?}"
        );
    }
    // The same domain in another way is another check.
    let list = b"zahnfee.de\nzahnfee.de mode=direct fqdn=xphone.zahnfee.de\n";
    let outcome = check(&stage).arg("-").fed(list).run();
    assert_eq!(domains(&outcome), ["zahnfee.de", "zahnfee.de"]);
}

#[test]
fn a_line_wins_over_the_file_and_loses_to_the_command_line() {
    let stage = Stage::with_srv("");
    let folder = Folder::new().with(
        "xfed.toml",
        "[[domain]]\nname = \"zahnfee.de\"\nmode = \"partner\"\nfqdn = \"a.zahnfee.de\"\n",
    );
    let run = |line: &str| {
        let run = check(&stage).within(folder.path()).arg("-");
        run.fed(line.as_bytes())
    };
    let terms = |run: Run| {
        let terms = run.run().report()["terms"].clone();
        (terms["partner"].clone(), terms["fqdn"].clone())
    };
    let (yes, no) = (true.into(), false.into());
    assert_eq!(terms(run("zahnfee.de")), (yes, "a.zahnfee.de".into()));
    let own = "zahnfee.de mode=open fqdn=b.zahnfee.de";
    assert_eq!(terms(run(own)), (no, "b.zahnfee.de".into()));
    let given = run(own).args(&["--partner", "--fqdn=c.zahnfee.de"]);
    assert_eq!(terms(given), (true.into(), "c.zahnfee.de".into()));
}

#[test]
fn a_bad_line_is_named_before_anything_is_probed() {
    for (list, line, english, german) in [
        ("zahnfee.de\nzahn_fee\n", 2, "zahn_fee", "zahn_fee"),
        (
            "zahnfee.de fqdn=srvxp01",
            1,
            "fqdn: expected the full public name",
            "erwartet wird der vollständige",
        ),
        (
            "\n\nzahnfee.de mode=closed",
            3,
            "one of open, direct, partner",
            "eines von open",
        ),
        (
            "zahnfee.de mode=direct",
            1,
            "mode=direct needs fqdn",
            "braucht fqdn",
        ),
        (
            "zahnfee.de fqnd=xphone.zahnfee.de",
            1,
            "did you mean fqdn?",
            "vielleicht fqdn?",
        ),
        (
            "zahnfee.de xphone.zahnfee.de",
            1,
            "expected fqdn=…",
            "erwartet wird fqdn=…",
        ),
        (
            "zahnfee.de connect-to=10.0.0.5,xphone",
            1,
            "[IP=]ADDRESS[:PORT]",
            "[IP=]ADRESSE[:PORT]",
        ),
        (
            "zahnfee.de connect-to=10.0.0.5 connect-to=10.0.0.6",
            1,
            "connect-to appears twice",
            "connect-to kommt zweimal vor",
        ),
        // As spreadsheets write it: no domain is dropped.
        (
            "zahnfee.de;www.zahnfee.de",
            1,
            "contains ';'",
            "enthält ';'",
        ),
        (
            "a@zahnfee.de;b@toothfairy.uk\n",
            1,
            "contains ';'",
            "enthält ';'",
        ),
        (
            "a@zahnfee.de,b@toothfairy.uk\n",
            1,
            "contains ','",
            "enthält ','",
        ),
        ("zahnfee.de authority=ns1", 1, "IP[:PORT]", "IP[:PORT]"),
        (
            "",
            1,
            "no domain in this list",
            "keine Domäne in dieser Liste",
        ),
        (
            "# none\n\n",
            2,
            "no domain in this list",
            "keine Domäne in dieser Liste",
        ),
        ("zahn\u{1b}[31mfee.de", 1, "\\u{1b}", "\\u{1b}"),
    ] {
        let file = File::new(list);
        for (lang, says) in [("en", english), ("de", german)] {
            let run = Run::new("check").nowhere().args(&["--lang", lang]);
            let (code, stdout, stderr) = run.arg("--targets").arg(file.path()).text();
            assert_eq!((code, stdout.as_str()), (2, ""), "{list}");
            let place = format!("xfed: {}:{line}: ", file.path().display());
            assert!(
                stderr.starts_with(&place) && stderr.contains(says),
                "{list}\n{stderr}"
            );
            assert!(!stderr.contains('\u{1b}'), "{stderr:?}");
        }
    }
    let (code, _, stderr) = Run::new("check").nowhere().arg("-").fed(b"a b").text();
    assert!(code == 2 && stderr.starts_with("xfed: -:1: "), "{stderr}");
    let (code, _, stderr) = Run::new("check")
        .nowhere()
        .args(&["--targets", "no.txt"])
        .text();
    assert!(code == 2 && stderr.contains("no.txt"), "{stderr}");
}

/// What goes with one domain only stays so on the command line.
#[test]
fn options_for_one_domain_are_not_for_a_list() {
    let run = Run::new("check")
        .nowhere()
        .args(&["-", "--fqdn=xphone.zahnfee.de"]);
    let (code, _, stderr) = run.fed(b"zahnfee.de\nwww.zahnfee.de\n").text();
    assert!(code == 2 && stderr.contains("--fqdn"), "{stderr}");
}
