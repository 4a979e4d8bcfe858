//! The search suffixes of Windows, which its nslookup tries before the name itself (guide, chapter
//! 13): from the policy, from what the administrator has entered, from the computer's domain.

use serde_json::Value;

use super::HOME;
use crate::internet::{Internet, ZONE};
use crate::real_peers::network::inside;
use crate::stage::{FQDN, Run, say_left_out};
use crate::wine::{VARIABLE, Wine};

const CODE: &str = "nslookup-suffix";
const POLICY: &str = r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\DNSClient";
const TCPIP: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters";

/// Enters a value, or takes it away.
fn enter(windows: &Wine, key: &str, name: &str, value: Option<&str>) {
    let mut reg = windows.command("reg");
    let status = match value {
        Some(value) => reg
            .args(["add", key, "/v", name, "/d", value, "/f"])
            .status(),
        None => reg.args(["delete", key, "/v", name, "/f"]).status(),
    };
    assert!(status.expect("Wine has reg").success(), "{key}, {name}");
}

/// The steps that have the remark, with the longer name.
fn remarked(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let steps = report["steps"].as_array().expect("steps");
    let found = steps.iter().flat_map(|step| {
        let findings = step["findings"].as_array().expect("findings").iter();
        let own = findings.filter(|finding| finding["code"] == CODE);
        own.map(|finding| (text(&step["id"]), text(&finding["args"]["longer"])))
    });
    found.collect()
}

#[test]
fn the_suffixes_of_windows_are_those_it_has_been_given() {
    // The variable, since a Windows outside is of no use in there.
    if std::env::var_os(VARIABLE).is_none() {
        return say_left_out("XFED_WINDOWS is not set");
    }
    inside(HOME, || {
        let windows = Wine::wanted().expect("the variable is set");
        let mut world = Internet::with_zone(ZONE);
        world.resolver = world
            .resolver
            .and_zone("corp.example", &format!("{FQDN} A 10.0.0.9\n"))
            .and_zone("empty.example", "@ A 10.0.0.1\n")
            .and_zone("same.example", &format!("{FQDN} A 81.2.3.4\n"));
        let check = || {
            let run = Run::new("check").args(&["zahnfee.de", "--no-compare", "--format=json"]);
            let run = run.arg("--ca-file").arg(world.roots()).nowhere();
            // Not held to its replays: what suffixes lead to is left out of redacted reports.
            let (_, text, stderr) = run.text();
            let reports: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{stderr}"));
            assert_eq!(reports["reports"][0]["verdict"], "ready", "{text}");
            remarked(&reports["reports"][0])
        };
        let corp = [("address".to_owned(), format!("{FQDN}.corp.example"))];
        assert_eq!(check(), [], "nobody has entered any");
        enter(windows, TCPIP, "Domain", Some("corp.example"));
        assert_eq!(check(), corp, "the computer's domain");
        enter(windows, TCPIP, "SearchList", Some("same.example"));
        assert_eq!(check(), [], "a list is in place of the domain");
        enter(
            windows,
            TCPIP,
            "SearchList",
            Some("empty.example,corp.example"),
        );
        assert_eq!(check(), corp, "one after the other");
        enter(windows, POLICY, "SearchList", Some("same.example"));
        assert_eq!(check(), [], "the policy counts before that");
        enter(windows, POLICY, "SearchList", None);
        assert_eq!(check(), corp);
    });
}
