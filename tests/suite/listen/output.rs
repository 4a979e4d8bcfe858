//! The report in every format.

use super::{Post, SECRET, text};
use crate::stage::Run;

/// Every format for people and for machines takes the other checklist, in both languages.
#[test]
fn every_format_writes_it() {
    let post = Post::new();
    let listening = post.listen(&["--once"]);
    let mut caller = listening
        .call()
        .presenting(
            post.authority
                .certificate("xphone.zahnfee.de")
                .server_auth_only()
                .issue(),
        )
        .connect()
        .expect("TLS");
    caller.ask(&text(listening.user(), 1));
    let user = listening.user().to_owned();
    let outcome = listening.report();
    let saved = outcome.json.to_string();
    for lang in ["en", "de"] {
        for format in [
            "table",
            "markdown",
            "junit",
            "github",
            "nagios",
            "prometheus",
            "prtg",
            "csv",
            "html",
            "jsonl",
            "ics",
        ] {
            let run = Run::new("replay").args(&["-", "--lang", lang, "--format", format, "-v"]);
            let run = match format {
                "table" | "markdown" | "html" => run,
                _ => Run::new("replay").args(&["-", "--lang", lang, "--format", format]),
            };
            let (_, stdout, stderr) = run.fed(saved.as_bytes()).text();
            assert_eq!(stderr, "", "{format}");
            for hidden in [SECRET, "ann@", "Ann", user.as_str()] {
                assert!(!stdout.contains(hidden), "{format}: {hidden}");
            }
            if ["table", "markdown", "html"].contains(&format) {
                assert!(stdout.contains("cert-no-client-auth"), "{format}: {stdout}");
                assert!(stdout.contains("call-accepted-by"), "{format}: {stdout}");
            }
        }
    }
}
