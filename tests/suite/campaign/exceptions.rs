//! Exceptions that nothing has needed.

use super::{check, lines, out, results};
use crate::stage::{Folder, Run, Stage};

/// A list of a domain that is ready and one that is not, both with labels.
#[test]
fn a_domain_that_is_ready() {
    let stage = Stage::new();
    let server = stage.server().start();
    let folder = Folder::new();
    let results = results(&folder);
    let list = format!("zahnfee.de connect-to={} kunde=7\n", server.address());
    let run = || {
        let run = Run::new("check")
            .nowhere()
            .arg("--ca-file")
            .arg(stage.roots());
        let run = run.arg("--resolver").arg(stage.dns.address().to_string());
        out(run, &results).arg("-").fed(list.as_bytes())
    };
    let (code, _, stderr) = run().text();
    assert_eq!(code, 0, "{stderr}");
    let lines = lines(&results);
    assert_eq!(lines[0]["report"]["verdict"], "ready");
    assert_eq!(lines[0]["report"]["labels"]["kunde"], "7");
    let (code, _, stderr) = run().arg("--resume").text();
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("1 there already"), "{stderr}");
}

/// Of a list that is read as it is worked off nobody knows what is still to come.
#[test]
fn an_exception_is_unused_only_when_all_are_checked() {
    let stage = Stage::new();
    let folder = Folder::new().with(
        "xfed.toml",
        "[[accept]]\ncode = \"srv-wrong-port\"\nreason = \"ticket 4711\"\nuntil = 2999-12-31\n",
    );
    let results = results(&folder);
    let run = |list: &str| {
        let run = check(&stage.dns).args(&["-", "--resume", "--config"]);
        let run = out(run.arg(folder.file("xfed.toml")), &results);
        let (code, _, stderr) = run.fed(list.as_bytes()).text();
        assert_eq!(code, 1, "{stderr}");
    };
    let found = |state: &str| {
        let lines = lines(&results).into_iter();
        let states = lines.map(|line| line["report"]["acceptances"][0]["state"].clone());
        states.filter(|found| found == state).count()
    };
    let several = (0..70).map(|n| format!("zahnfee.de kunde={n}\n"));
    let several = several.collect::<Vec<_>>().concat();
    run(&several);
    let (untested, unused) = (found("untested"), found("unused"));
    assert!(untested > 0 && unused > 0, "{untested}, {unused}");
    assert_eq!(untested + unused, 70);
    // What stands there already was not looked at again.
    run(&format!("{several}zahnfee.de kunde=70\n"));
    assert_eq!((found("untested"), found("unused")), (untested + 1, unused));
}
