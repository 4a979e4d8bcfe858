//! `--report FORMAT=PATTERN`: a file for each value.

use std::fs;

use serde_json::Value;

use super::world::{COUNT, Customers, customer, in_dns};
use crate::stage::{Folder, Run, Stage};

fn names(folder: &Folder) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).expect("it is there");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    names.sort();
    names
}

fn domains(file: &std::path::Path) -> Vec<String> {
    let text = fs::read_to_string(file).expect("it was written");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let reports = document["reports"].as_array().expect("reports").iter();
    reports
        .map(|report| report["domain"].as_str().expect("a name").to_owned())
        .collect()
}

#[test]
fn each_of_two_hundred_has_a_file() {
    let customers = Customers::new();
    let run = customers.check().args(&["-q", "--lang=de"]);
    let run = run.args(&["--report=html={domain}.html", "--report=json={kunde}.json"]);
    let (code, _, stderr) = run.text();
    assert_eq!((code, stderr.as_str()), (1, ""));
    let folder = customers.folder();
    assert_eq!(names(folder).len(), 2 * COUNT + 1, "and the list");
    for index in 0..COUNT {
        let domain = in_dns(index);
        // The only one that a file system would not take.
        let name = if index == 0 {
            "_con.de".to_owned()
        } else {
            domain.clone()
        };
        let page = fs::read_to_string(folder.file(&format!("{name}.html"))).expect("a page");
        assert!(page.contains(&domain) && page.contains(&format!("kunde: {}", customer(index))));
        let other = customer((index + 1) % COUNT);
        assert!(
            !page.contains(&format!("kunde: {other}")),
            "{name} is about {other}"
        );
        let json = folder.file(&format!("{}.json", customer(index)));
        assert_eq!(domains(&json), [domain]);
    }
}

fn check(stage: &Stage, list: &[u8], report: &str, folder: &Folder) -> (i32, String, String) {
    let run = Run::new("check").nowhere().args(&["-", "--lang=en", "-q"]);
    let run = run.arg("--resolver").arg(stage.dns.address().to_string());
    let run = run.within(folder.path()).args(&["--report", report]);
    run.fed(list).text()
}

#[test]
fn reports_with_the_same_value_are_in_one_file() {
    let stage = Stage::with_srv("");
    let folder = Folder::new();
    let list = b"a.de kunde=1\nb.de kunde=2\nc.de kunde=1\na.de kunde=1 mode=direct fqdn=x.a.de\n";
    check(&stage, list, "json=kunde-{kunde}.json", &folder);
    assert_eq!(names(&folder), ["kunde-1.json", "kunde-2.json"]);
    assert_eq!(
        domains(&folder.file("kunde-1.json")),
        ["a.de", "c.de", "a.de"]
    );
    assert_eq!(domains(&folder.file("kunde-2.json")), ["b.de"]);
}

#[test]
fn what_would_share_a_name_on_some_system_is_kept_apart() {
    let stage = Stage::with_srv("");
    let folder = Folder::new();
    let list = "a.de kunde=Zahn/Fee\nb.de kunde=zahn:fee\nc.de kunde=aux\n".as_bytes();
    check(&stage, list, "json={kunde}.json", &folder);
    let names = names(&folder);
    assert_eq!(names.len(), 3, "{names:?}");
    let lower: std::collections::HashSet<String> =
        names.iter().map(|one| one.to_lowercase()).collect();
    assert_eq!(lower.len(), 3, "{names:?}");
    assert!(names.contains(&"_aux.json".to_owned()), "{names:?}");
}

#[test]
fn what_cannot_be_named_is_said_before_anybody_is_asked() {
    let stage = Stage::with_srv("");
    let folder = Folder::new();
    let list = b"a.de kunde=1\nb.de ort=Ulm\n";
    let (code, _, stderr) = check(&stage, list, "html={kunde}.html", &folder);
    assert!(
        code == 2 && stderr.contains("b.de has no label kunde"),
        "{stderr}"
    );
    let (code, _, stderr) = check(&stage, list, "html=no/such/{domain}.html", &folder);
    assert!(
        code == 2 && stderr.contains("no/such/a.de.html"),
        "{stderr}"
    );
    assert_eq!(stage.dns.questions(), [], "before anybody is asked");
    assert!(names(&folder).is_empty(), "nothing is left behind");
}

/// A saved report is told apart by the same names, also where what it names is left out of it.
#[test]
fn a_replay_writes_the_same_files() {
    let stage = Stage::with_srv("");
    let folder = Folder::new();
    check(
        &stage,
        b"a.de kunde=1\nb.de kunde=2\n",
        "json=all.json",
        &folder,
    );
    let run = Run::new("replay").arg("all.json").arg("--redact");
    let run = run.within(folder.path()).arg("--report=json={kunde}.json");
    run.text();
    assert_eq!(names(&folder), ["1.json", "2.json", "all.json"]);
    let text = fs::read_to_string(folder.file("2.json")).expect("it was written");
    assert!(!text.contains("kunde"), "{text}");
}

/// A name that nobody typed does not follow the link of whoever filled the folder.
#[cfg(unix)]
#[test]
fn no_link_is_followed() {
    let stage = Stage::with_srv("");
    let folder = Folder::new().with("victim", "mine").with("own/x", "");
    let link = |from: &str, to: &str| {
        std::os::unix::fs::symlink(folder.file(from), folder.file(to)).expect("a link");
    };
    link("victim", "a.de.html");
    link("own", "a.de");
    for report in ["html={domain}.html", "html={domain}/page.html"] {
        let (code, _, stderr) = check(&stage, b"a.de\n", report, &folder);
        assert!(
            code == 2 && stderr.contains("a link lies there"),
            "{stderr}"
        );
    }
    assert_eq!(
        fs::read_to_string(folder.file("victim")).expect("it is there"),
        "mine"
    );
    // A link that the user named is followed, as ever.
    let (code, _, stderr) = check(&stage, b"a.de\n", "html=a.de/{domain}.html", &folder);
    assert_ne!(code, 2, "{stderr}");
    assert!(folder.file("own/a.de.html").exists());
}
