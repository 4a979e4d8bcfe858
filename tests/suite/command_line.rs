//! The command line forgives: a domain alone, a mistyped word, a variable with a typo in it.

use crate::stage::{Run, Stage};

/// The program, asked for nothing but these arguments.
fn xfed(stage: &Stage, args: &[&str]) -> (i32, serde_json::Value, String) {
    let mut args = args.iter();
    let run = Run::new(args.next().expect("one at least")).nowhere();
    let run = args.fold(run, |run, arg| run.arg(arg));
    let run = run.env("XFED_RESOLVER", &stage.dns.address().to_string());
    let (code, stdout, stderr) = run.text();
    let json = serde_json::from_str(&stdout).unwrap_or_default();
    (code, json, stderr)
}

#[test]
fn a_domain_alone_is_checked() {
    let stage = Stage::with_srv("");
    for args in [
        &["zahnfee.de", "--format=json"][..],
        &["--format=json", "zahnfee.de"],
        &["--format", "json", "info@zahnfee.de"],
        &["--lang", "de", "https://zahnfee.de/", "--format=json"],
        &["-v", "--format=json", "ZAHNFEE.de."],
        &["_sipfederationtls._tcp.zahnfee.de", "--format=json"],
    ] {
        let (code, json, stderr) = xfed(&stage, args);
        assert_eq!(code, 1, "{args:?}: {stderr}");
        let reports = json["reports"].as_array().expect("a report");
        assert_eq!(reports.len(), 1, "{args:?}");
        assert_eq!(reports[0]["domain"], "zahnfee.de", "{args:?}");
    }
    let (_, json, _) = xfed(&stage, &["zähnfee.de", "--format=json"]);
    assert_eq!(json["reports"][0]["domain"], "xn--zhnfee-bua.de");
    let (_, json, _) = xfed(&stage, &["--format=json", "a.example", "b.example"]);
    assert_eq!(json["reports"].as_array().map(Vec::len), Some(2));
}

/// What is wrong with it is said as `check` would say it.
#[test]
fn what_is_no_domain_is_refused_as_check_refuses_it() {
    let stage = Stage::new();
    for (args, says) in [
        (&["192.0.2.7"][..], "is an IP address"),
        (&["zahnfee..de"], "zahnfee..de"),
        (&["zahnfee.de", "--formt=json"], "did you mean --format?"),
        (&["--formt=json", "zahnfee.de"], "did you mean --format?"),
        (&["zahnfee.de", "--direct"], "--fqdn"),
        (&["zahnfee"], "there is no command zahnfee; xfed --help"),
        (&["--config", "xfed.toml", "chek"], "did you mean check?"),
        (&["--partner", "explain", "srv.example"], "--partner is not"),
    ] {
        let (code, _, stderr) = xfed(&stage, args);
        assert_eq!(code, 2, "{args:?}");
        assert!(stderr.contains(says), "{args:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

#[test]
fn a_mistyped_subcommand_is_met_with_the_right_one() {
    for (typed, meant) in [
        ("chek", "check"),
        ("chck", "check"),
        ("shema", "schema"),
        ("expain", "explain"),
        ("pln", "plan"),
        ("repaly", "replay"),
        ("completion", "completions"),
    ] {
        let (code, _, stderr) = Run::new(typed).arg("zahnfee.de").text();
        assert_eq!(code, 2);
        let expected = format!(
            "xfed: there is no command {typed}, did you mean {meant}? xfed --help lists them all\n"
        );
        assert_eq!(stderr, expected);
    }
}

/// Like every other error, whichever way the language is chosen.
#[test]
fn a_command_line_that_cannot_be_parsed_is_refused_in_the_users_language() {
    for (args, english, german) in [
        (
            &["zahnfee"][..],
            "there is no command zahnfee; xfed --help lists those there are",
            "den Befehl zahnfee gibt es nicht; xfed --help nennt alle",
        ),
        (
            &["chek", "zahnfee.de"],
            "there is no command chek, did you mean check? xfed --help lists them all",
            "den Befehl chek gibt es nicht; gemeint ist vielleicht check? xfed --help nennt alle",
        ),
        (
            &["check", "zahnfee.de", "--formt=json"],
            "--formt is not known here, did you mean --format? xfed check --help lists the options",
            "--formt ist hier nicht bekannt; gemeint ist vielleicht --format? xfed check --help nennt \
             die Optionen",
        ),
        (
            &["explain", "srv", "--qqq"],
            "--qqq is not known here; xfed explain --help lists the options",
            "--qqq ist hier nicht bekannt; xfed explain --help nennt die Optionen",
        ),
        (
            &["check", "zahnfee.de", "--timeout"],
            "--timeout <DURATION> needs a value; xfed check --help says which",
            "--timeout <DURATION> braucht einen Wert; xfed check --help sagt, welchen",
        ),
        (
            &["diff", "old.json"],
            "<NEW.json|-> is missing; xfed diff --help shows examples",
            "<NEW.json|-> fehlt; xfed diff --help zeigt Beispiele",
        ),
        (
            &["check", "zahnfee.de", "-4", "-6"],
            "-4 and -6 exclude each other, expected one of them",
            "-4 und -6 schließen einander aus, erwartet wird nur eines",
        ),
        (
            &["completions", "fsh"],
            "fsh: expected one of bash, elvish, fish, powershell, zsh; did you mean fish?",
            "fsh: erwartet wird eines von bash, elvish, fish, powershell, zsh; gemeint ist \
             vielleicht fish?",
        ),
    ] {
        let run = || {
            let run = Run::new(args[0]).nowhere();
            args[1..].iter().fold(run, |run, arg| run.arg(arg))
        };
        for (run, expected) in [
            (run(), english),
            (run().arg("--lang").arg("de"), german),
            (run().env("XFED_LANG", "de"), german),
            (run().env("LANG", "de_AT.UTF-8"), german),
        ] {
            let (code, stdout, stderr) = run.text();
            assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
            assert_eq!(stderr, format!("xfed: {expected}\n"), "{args:?}");
        }
    }
}

/// It names the variable, since nobody typed the option.
#[test]
fn a_bad_value_of_a_variable_names_the_variable() {
    for (variable, value, english, german) in [
        (
            "XFED_FAIL_ON",
            "warning",
            "expected one of fail, warn, any; did you mean warn?",
            "erwartet wird eines von fail, warn, any; gemeint ist vielleicht warn?",
        ),
        (
            "XFED_JOBS",
            "zzz",
            "a whole number from 1 to 1024",
            "eine ganze Zahl von 1 bis 1024",
        ),
        (
            "XFED_PARTNER",
            "perhaps",
            "true or false",
            "true oder false",
        ),
        (
            "XFED_TIMEOUT",
            "5",
            "a number with its unit",
            "eine Zahl mit Einheit",
        ),
        (
            "XFED_FORMAT",
            "pdf",
            "one of table, todo, json, ",
            "eines von table, todo, json, ",
        ),
    ] {
        for (lang, says) in [("en", english), ("de", german)] {
            let run = Run::new("check")
                .nowhere()
                .args(&["zahnfee.de", "--lang", lang]);
            let (code, stdout, stderr) = run.env(variable, value).text();
            assert_eq!((code, stdout.as_str()), (2, ""), "{variable}");
            let begin = format!("xfed: {variable}={value}: ");
            assert!(
                stderr.starts_with(&begin) && stderr.contains(says),
                "{stderr}"
            );
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
        }
    }
    // What is typed wins: then it is the option that is wrong.
    let run = Run::new("check")
        .nowhere()
        .args(&["zahnfee.de", "--jobs", "0"]);
    let (_, _, stderr) = run.env("XFED_JOBS", "4").text();
    assert!(stderr.starts_with("xfed: --jobs 0: "), "{stderr}");
    let run = Run::new("check")
        .nowhere()
        .args(&["zahnfee.de", "--jobs=4"]);
    let (_, _, stderr) = run.env("XFED_JOBS", "zzz").arg("--direct").text();
    assert!(stderr.contains("--direct needs --fqdn"), "{stderr}");
}

#[test]
fn a_variable_that_nothing_reads_is_named() {
    let stage = Stage::with_srv("");
    for (variable, english, german) in [
        (
            "XFED_FIAL_ON",
            "did you mean XFED_FAIL_ON?",
            "vielleicht XFED_FAIL_ON?",
        ),
        (
            "XFED_FAILON",
            "did you mean XFED_FAIL_ON?",
            "vielleicht XFED_FAIL_ON?",
        ),
        ("XFED_QUUX", "xfed man lists", "xfed man nennt"),
    ] {
        for (lang, says) in [("en", english), ("de", german)] {
            let run = stage.check().nowhere().args(&["-q", "--lang", lang]);
            let (code, _, stderr) = run.env(variable, "warn").text();
            assert_eq!(code, 1);
            assert!(
                stderr.contains(variable) && stderr.contains(says),
                "{stderr}"
            );
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
        }
    }
    // Those of other commands are none of this one's business.
    let run = stage.check().nowhere().env("XFED_NOW", "2026-12-24");
    assert_eq!(run.text().2, "");
}

/// One order wherever formats are listed.
#[test]
fn formats_stand_in_one_order() {
    let (_, help, _) = Run::new("check").nowhere().arg("-h").text();
    let listed = help.split("--format <FORMAT>").nth(1).expect("the option");
    let listed = listed
        .split("[possible values: ")
        .nth(1)
        .expect("its values");
    let listed = listed.split(']').next().expect("they end");
    let listed = listed.split_whitespace().collect::<Vec<_>>().join(" ");
    for (args, says) in [
        (["--format", "pdf"], listed.as_str()),
        (["--report", "pdf=x"], listed.as_str()),
        (["--report", "htm=x"], "did you mean html?"),
    ] {
        let run = Run::new("check").nowhere().arg("zahnfee.de").args(&args);
        let (code, _, stderr) = run.text();
        assert!(code == 2 && stderr.contains(says), "{args:?}: {stderr}");
    }
}

#[test]
fn short_help_fits_on_a_page_and_begins_with_what_is_needed_first() {
    for command in ["check", "plan", "replay", "explain"] {
        let run = Run::new(command).nowhere().arg("-h").env("COLUMNS", "80");
        let (code, help, _) = run.text();
        assert_eq!(code, 0);
        let lines: Vec<&str> = help.lines().collect();
        assert!(
            lines.len() <= 60,
            "{command}: {} lines\n{help}",
            lines.len()
        );
        let widest = lines.iter().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{help}");
        assert!(
            !help.contains("env:") && !help.contains("true, false"),
            "{help}"
        );
    }
    let (_, help, _) = Run::new("check").nowhere().arg("-h").text();
    let place = |text: &str| help.find(text).unwrap_or_else(|| panic!("{text}: {help}"));
    let order = [
        "--partner",
        "--format",
        "--report",
        "--wait",
        "--resolver",
        "--lang",
        "--help",
    ];
    assert!(order.is_sorted_by_key(|option| place(option)), "{help}");
}

/// What the short one leaves out.
#[test]
fn long_help_says_it_all() {
    let (_, help, _) = Run::new("check").nowhere().arg("--help").text();
    for text in [
        "[env: XFED_FAIL_ON=]",
        "--no-authority",
        "Lists of targets",
        "130",
    ] {
        assert!(help.contains(text), "{text}: {help}");
    }
}

#[test]
fn explain_knows_the_words_of_the_report() {
    for (topic, title) in [
        ("firewall", "4 Firewall, DMZ"),
        ("zertifikat", "5 Certificate"),
        ("SRV-Record", "3 SRV record"),
        ("FQDN", "2 FQDN, A record"),
        ("XPhone-Domäne", "1 XPhone domain"),
    ] {
        let (code, stdout, _) = Run::new("explain").arg(topic).text();
        assert_eq!((code, stdout.lines().next()), (0, Some(title)), "{topic}");
    }
    // A shell makes two arguments of two words.
    let run = Run::new("explain").args(&["SRV", "record"]);
    assert!(run.text().1.starts_with("3 SRV record"));
    for (topic, code, lacks) in [
        ("DNS-Admin", "srv-missing", "cert-expired"),
        ("internal IT", "tcp-refused", "srv-missing"),
        ("port", "srv-wrong-port", "cert-expired"),
        ("teams", "srv-points-to-microsoft", "cert-expired"),
    ] {
        for form in ["text", "markdown"] {
            let run = Run::new("explain").args(&[topic, "--format", form]);
            let (exit, stdout, _) = run.text();
            assert_eq!(exit, 0, "{topic}");
            assert!(
                stdout.contains(code) && !stdout.contains(lacks),
                "{topic}: {stdout}"
            );
        }
    }
}

#[test]
fn explain_alone_lists_everything_in_a_line_each() {
    let (_, all, _) = Run::new("explain").arg("--all").text();
    let codes = all.lines().filter_map(|line| line.split_once(" · "));
    let codes: Vec<&str> = codes
        .map(|(code, _)| code.trim_start_matches("ms-diagnostics "))
        .collect();
    assert!(codes.len() > 100);
    for lang in ["en", "de"] {
        let (exit, list, stderr) = Run::new("explain").args(&["--lang", lang]).text();
        assert_eq!((exit, stderr.as_str()), (0, ""));
        let lines: Vec<&str> = list.lines().filter(|line| line.starts_with("  ")).collect();
        assert_eq!(lines.len(), codes.len() + 16, "and the steps of all lists");
        for code in &codes {
            let named = |line: &&str| line.split_whitespace().next() == Some(code);
            assert!(lines.iter().any(named), "{code}");
        }
        for line in lines {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}

#[test]
fn explain_asks_back_with_a_question_mark() {
    for (lang, says) in [
        ("en", "did you mean srv-missing?"),
        ("de", "vielleicht srv-missing?"),
    ] {
        let run = Run::new("explain").args(&["srv-mising", "--lang", lang]);
        let (code, _, stderr) = run.text();
        assert!(code == 2 && stderr.trim_end().ends_with(says), "{stderr}");
    }
}
