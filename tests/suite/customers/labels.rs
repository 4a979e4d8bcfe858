//! What a domain is known by, in every format, and what is no label.

use serde_json::json;

use crate::faults::Fault;
use crate::stage::{Folder, Run, Stage, file};

fn check(stage: &Stage) -> Run {
    let run = Run::new("check")
        .nowhere()
        .args(&["--lang=en", "--format=json"]);
    run.arg("--resolver").arg(stage.dns.address().to_string())
}

/// In a list and in the file; the list wins, and what it does not give stays.
#[test]
fn labels_come_from_the_list_and_from_the_file() {
    let stage = Stage::with_srv("");
    let folder = Folder::new().with(
        "xfed.toml",
        "[[domain]]\nname = \"zahnfee.de\"\nlabels = { kunde = 4711, ort = \"Bad Tölz\" }\n",
    );
    let labels = |run: Run| run.within(folder.path()).run().report()["labels"].clone();
    assert_eq!(
        labels(check(&stage)),
        json!({"kunde": "4711", "ort": "Bad Tölz"})
    );
    let of_line = |line: &str| labels(check(&stage).arg("-").fed(line.as_bytes()));
    assert_eq!(
        of_line("zahnfee.de kunde=12 name=\"Praxis Dr. Müller\" # x\n"),
        json!({"kunde": "12", "name": "Praxis Dr. Müller", "ort": "Bad Tölz"})
    );
    assert_eq!(of_line("www.zahnfee.de\n"), json!({}));
}

/// Of two lines on one domain, what adds to each other is one check; two customers are two.
#[test]
fn a_domain_of_two_customers_is_reported_to_both() {
    let stage = Stage::with_srv("");
    let of = |list: &str| {
        let outcome = check(&stage).arg("-").fed(list.as_bytes()).run();
        let reports = outcome.json["reports"].as_array().expect("reports");
        let labels = reports.iter().map(|report| report["labels"].clone());
        labels.collect::<Vec<_>>()
    };
    let both = of("zahnfee.de kunde=1\nzahnfee.de kunde=2\nzahnfee.de kunde=1\n");
    assert_eq!(both, [json!({"kunde": "1"}), json!({"kunde": "2"})]);
    let one = of("zahnfee.de kunde=1\nzahnfee.de ort=Ulm\nzahnfee.de\n");
    assert_eq!(one, [json!({"kunde": "1", "ort": "Ulm"})]);
}

/// They travel with a report, and stay at home when it is redacted.
#[test]
fn a_replay_has_them_and_a_redacted_report_has_not() {
    let stage = Stage::with_srv("");
    let list = b"zahnfee.de kunde=4711 name=\"Dr. Zahn\"\n";
    let (_, report, _) = check(&stage).arg("-").fed(list).text();
    let replay = |args: &[&str]| {
        let run = Run::new("replay").args(&["-", "--lang=en"]).args(args);
        run.fed(report.as_bytes()).text().1
    };
    assert_eq!(replay(&["--format=json"]), report);
    let redacted = replay(&["--format=json", "--redact"]);
    assert!(
        !redacted.contains("4711") && !redacted.contains("Zahn\""),
        "{redacted}"
    );
    assert!(redacted.contains("\"labels\": {}"), "{redacted}");
    let damaged = report.replace("\"kunde\"", "\"Kunde \\n\"");
    let (code, _, stderr) = Run::new("replay").arg("-").fed(damaged.as_bytes()).text();
    assert!(
        code == 2 && stderr.contains("incomplete or changed"),
        "{stderr}"
    );
}

#[test]
fn every_format_shows_them() {
    let stage = Stage::with_srv("");
    let list = "zahnfee.de kunde=4711 name=\"Dr. | \\\"Zahn<b>\"\nwww.zahnfee.de ort=Ulm\n";
    let list = list.replace("\\\"", "'");
    let shown = |format: &str| {
        let run = check(&stage).args(&["-", "--format", format]);
        run.fed(list.as_bytes()).text().1
    };
    for (format, says) in [
        ("table", "\nkunde: 4711, name: Dr. | 'Zahn<b>\n"),
        ("todo", "\nkunde: 4711, name: Dr. | 'Zahn<b>\n"),
        ("markdown", "\nkunde: 4711, name: Dr. \\| 'Zahn\\<b\\>\n"),
        ("github", "%0Akunde: 4711, name: Dr. | 'Zahn<b>"),
        ("nagios", "[kunde: 4711, name: Dr. / 'Zahn<b>]"),
        ("junit", "<property name=\"label_kunde\" value=\"4711\"/>"),
        (
            "junit",
            "<property name=\"label_name\" value=\"Dr. | &apos;Zahn&lt;b",
        ),
        ("html", "kunde: 4711, name: Dr. | 'Zahn&lt;b&gt;"),
        (
            "jsonl",
            "\"labels\":{\"kunde\":\"4711\",\"name\":\"Dr. | 'Zahn<b>\"}",
        ),
        (
            "prometheus",
            "\nxfed_domain_labels{domain=\"zahnfee.de\",label_kunde=\"4711\",\
             label_name=\"Dr. | 'Zahn<b>\",label_ort=\"\"} 1\n",
        ),
    ] {
        let text = shown(format);
        assert!(text.contains(says), "{format}: {says}\n{text}");
    }
    // One line a domain is all there is.
    let run = check(&stage).args(&["-", "--format=table", "-q"]);
    let (_, quiet, _) = run.fed(list.as_bytes()).text();
    let lines: Vec<&str> = quiet.lines().collect();
    assert!(
        lines.iter().any(|line| line.ends_with("[ort: Ulm]")),
        "{quiet}"
    );
}

#[test]
fn what_is_no_label_is_named_before_anything_is_probed() {
    for fault in Fault::table(include_str!("../faults/labels.txt")) {
        let list = file(&fault.content);
        let name = list.path().display().to_string();
        fault.is_named(&name, || {
            let run = Run::new("check").nowhere();
            run.arg("--targets").arg(list.path())
        });
    }
    for fault in Fault::table(include_str!("../faults/labels-toml.txt")) {
        let configuration = file(&fault.content);
        let name = configuration.path().display().to_string();
        fault.is_named(&name, || {
            let run = Run::new("check").nowhere();
            run.arg("--config").arg(configuration.path())
        });
    }
}
