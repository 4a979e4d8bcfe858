//! What is wrong with a list or a configuration file, all of it at once.

use crate::stage::{Folder, Run};

fn check(folder: &Folder, args: &[&str]) -> (i32, String, Vec<String>) {
    let run = Run::new("check").nowhere().within(folder.path()).args(args);
    let (code, stdout, stderr) = run.text();
    (code, stdout, stderr.lines().map(str::to_owned).collect())
}

#[track_caller]
fn says(lines: &[String], expected: &[(&str, &str)]) {
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, (place, what)) in lines.iter().zip(expected) {
        assert!(line.starts_with(&format!("xfed: {place}: ")), "{line}");
        assert!(line.contains(what), "{line}: {what}");
    }
}

const LIST: &str = "\
zahnfee.de
zahn_fee
# molar.example
foo.example bar.example
a.example;b.example
c.example mode=closed
d.example fqnd=xphone.d.example
";

#[test]
fn every_bad_line_of_a_list_is_named() {
    let folder = Folder::new().with("list.txt", LIST);
    let (code, stdout, lines) = check(&folder, &["--targets=list.txt"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    says(
        &lines,
        &[
            ("list.txt:2", "zahn_fee"),
            ("list.txt:4", "another domain goes on a line of its own"),
            ("list.txt:5", "contains ';': expected one domain per line"),
            ("list.txt:6", "open, direct, partner"),
            ("list.txt:7", "did you mean fqdn?"),
        ],
    );
    let (_, _, german) = check(&folder, &["--targets=list.txt", "--lang=de"]);
    says(
        &german,
        &[
            ("list.txt:2", "zahn_fee"),
            (
                "list.txt:4",
                "eine weitere Domäne bekommt eine eigene Zeile",
            ),
            ("list.txt:5", "erwartet wird eine Domäne pro Zeile"),
            ("list.txt:6", "eines von open"),
            ("list.txt:7", "gemeint ist vielleicht fqdn?"),
        ],
    );
}

/// A list of something else, such as a table of two columns.
#[test]
fn of_thousands_the_first_are_told_and_the_rest_is_counted() {
    for (lines, more) in [
        (10, None),
        (11, Some(1)),
        (2000, Some(1990)),
        (5000, Some(4990)),
    ] {
        let list = "zahnfee.de,Zahnfee GmbH\n".repeat(lines);
        let folder = Folder::new().with("list.csv", list);
        for (lang, says) in [("en", "xfed: and $ more"), ("de", "xfed: und $ weitere")] {
            let (code, _, told) = check(&folder, &["--targets=list.csv", "--lang", lang]);
            assert_eq!(code, 2);
            assert!(told[9].starts_with("xfed: list.csv:10: "), "{told:#?}");
            let expected = more.map(|more: usize| says.replace('$', &more.to_string()));
            assert_eq!(told.get(10), expected.as_ref());
            assert!(told.len() <= 11);
        }
    }
}

const CONFIGURATION: &str = "\
fail_on = 'warn'
jobs = 0
resolver = ['9.9.9.9', 'quad9', 'quad1']

[[domain]]
name = 'zahnfee'
mode = 'closed'

[[domain]]
name = 'zahnfee.de'
fqdn = 'srvxp01'
mode = 'direct'
partner = true

[severity]
cert-wildcrad = 'info'
cert-expired = 'ok'

[[accept]]
code = 'cert-wildcard'
until = 2027-02-30
";

#[test]
fn everything_that_is_wrong_in_the_configuration_is_named() {
    // That day is no day, which the parser of TOML says before all else.
    let folder = Folder::new().with("xfed.toml", CONFIGURATION);
    let (code, _, lines) = check(&folder, &[]);
    assert_eq!(code, 2);
    assert!(
        lines[0].contains("xfed.toml:21: not valid TOML"),
        "{lines:#?}"
    );
    let folder = Folder::new().with("xfed.toml", CONFIGURATION.replace("2027-02-30", "'soon'"));
    let (code, stdout, lines) = check(&folder, &[]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    let all = [
        ("xfed.toml:1", "did you mean fail-on?"),
        ("xfed.toml:2", "from 1 to 1024"),
        ("xfed.toml:3", "resolver: expected system"),
        ("xfed.toml:3", "resolver: expected system"),
        ("xfed.toml:6", "name: expected a domain"),
        ("xfed.toml:7", "open, direct, partner"),
        ("xfed.toml:11", "the full public name"),
        ("xfed.toml:13", "did you mean mode?"),
        ("xfed.toml:16", "did you mean cert-wildcard?"),
        ("xfed.toml:17", "one of fail, warn, info"),
    ];
    says(&lines[..10], &all);
    assert_eq!(lines[10..], ["xfed: and 2 more"], "the reason and the day");
}

/// What follows from another fault is none of its own.
#[test]
fn nothing_is_said_of_what_only_follows() {
    let content = "[[domain]]\nname = 'zahnfee.de'\nmode = 'direct'\nfqdn = 'srvxp01'\n";
    let folder = Folder::new().with("xfed.toml", content);
    let (_, _, lines) = check(&folder, &[]);
    says(&lines, &[("xfed.toml:4", "the full public name")]);
    let folder = Folder::new().with(
        "xfed.toml",
        "[[accept]]\nreason = 'x'\nuntil = 2027-01-31\n",
    );
    let (_, _, lines) = check(&folder, &[]);
    says(&lines, &[("xfed.toml:1", "[[accept]] needs code")]);
}

#[test]
fn a_plugin_says_it_in_one_line() {
    let folder = Folder::new().with("list.txt", LIST);
    let (code, stdout, stderr) = check(&folder, &["--targets=list.txt", "--format=nagios"]);
    assert_eq!((code, stderr.len()), (3, 0));
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    assert!(
        stdout.contains("list.txt:2: ") && stdout.contains("list.txt:7: "),
        "{stdout}"
    );
}
