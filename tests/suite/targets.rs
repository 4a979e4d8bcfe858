//! Lists of targets.

use crate::faults::Fault;
use crate::stage::{Folder, Outcome, Run, Stage, file};

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

/// This list as a file, and the check of it.
#[track_caller]
fn is_named(fault: &Fault) {
    let list = file(&fault.content);
    let name = list.path().display().to_string();
    fault.is_named(&name, || {
        let run = Run::new("check").nowhere();
        run.arg("--targets").arg(list.path())
    });
}

#[test]
fn a_bad_line_is_named_before_anything_is_probed() {
    for fault in Fault::table(include_str!("faults/targets.txt")) {
        is_named(&fault);
    }
    is_named(&Fault::new("zahn\u{1b}[31mfee.de", 1, "\\u{1b}", "\\u{1b}"));
}

#[test]
fn a_list_without_a_domain_is_refused() {
    for (list, line) in [("", 1), ("# none\n\n", 2)] {
        let english = "no domain in this list";
        is_named(&Fault::new(
            list,
            line,
            english,
            "keine Domäne in dieser Liste",
        ));
    }
}

#[test]
fn standard_input_is_named_as_it_was_typed() {
    let (code, _, stderr) = Run::new("check").nowhere().arg("-").fed(b"a b").text();
    assert!(code == 2 && stderr.starts_with("xfed: -:1: "), "{stderr}");
}

#[test]
fn a_list_that_cannot_be_read_is_named() {
    let run = Run::new("check").nowhere().arg("--targets=no.txt");
    let (code, _, stderr) = run.text();
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
