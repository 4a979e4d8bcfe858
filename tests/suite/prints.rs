//! By what a certificate is told from others: the same digits wherever one is shown.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};

use crate::stage::{FQDN, Run, Stage, demanding};

fn digits(bytes: &[u8]) -> Vec<String> {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

#[test]
fn wherever_a_certificate_is_shown() {
    let stage = Stage::new();
    let identity = stage.identity();
    let leaf = identity.chain[0].to_vec();
    let sha1 = digits(digest(&SHA1_FOR_LEGACY_USE_ONLY, &leaf).as_ref()).concat();
    let sha256 = digits(digest(&SHA256, &leaf).as_ref()).join(":");
    let serial = identity.serial();
    let serial = digits(serial.strip_prefix(&[0]).unwrap_or(&serial)).join(":");
    let server = demanding(identity).start();
    let check = |format: &str| {
        let run = stage.check().connect_to(&server);
        run.args(&["--format", format, "-v"]).text().1
    };
    let cert = |format: &str| {
        let run = Run::new("cert").arg(server.address().to_string());
        let run = run.args(&["--name", FQDN, "--no-revocation", "--format", format]);
        run.text().1
    };
    for (shown, text) in [
        ("check, table", check("table")),
        ("check, json", check("json")),
        ("check, html", check("html")),
        ("cert, table", cert("table")),
        ("cert, json", cert("json")),
    ] {
        // Long ones are broken between pairs.
        let unbroken = text.split_whitespace().collect::<String>().replace(':', "");
        for wanted in [&serial, &sha1, &sha256] {
            let wanted = wanted.replace(':', "");
            assert!(unbroken.contains(&wanted), "{shown}: no {wanted} in {text}");
        }
    }
    // A line that begins with a colon is no good for comparing.
    let table = check("table");
    let broken = table
        .lines()
        .find(|line| line.trim_start().starts_with(':'));
    assert_eq!(broken, None, "{table}");
    // Without -v, the table of a check is short.
    let run = stage.check().connect_to(&server).args(&["--format=table"]);
    assert!(!run.text().1.contains(&sha1));
}
