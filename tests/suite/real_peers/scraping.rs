//! The examples for `xfed serve`, each taken by the program that it is for: Prometheus scrapes by its
//! configuration, systemd hands over a socket, and curl asks as the manual says.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::peer::{Peer, Place as Port};
use super::{left_out, path};
use crate::probe::Place;
use crate::serve::client::{Answer, Service};
use crate::stage::{Folder, Stage};

fn example(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("examples/monitoring/serve").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(example(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What a program says that has to be content.
#[track_caller]
fn content(program: &str, args: &[&str]) -> String {
    let mut command = Command::new(program);
    let output = command.args(args).env("PATH", path()).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{program} {args:?}: {said}");
    said
}

#[test]
fn prometheus_scrapes_by_the_configuration_that_is_shipped() {
    if left_out() {
        return;
    }
    let stage = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5060 xphone");
    let server = stage.server().start();
    let service = Service::of(&Place::new(&stage, &server));
    let config = text("prometheus.yml")
        .replace("127.0.0.1:9533", &service.address.to_string())
        .replace("scrape_interval: 2m", "scrape_interval: 5s")
        .replace("scrape_interval: 1m", "scrape_interval: 5s")
        .replace("scrape_timeout: 25s", "scrape_timeout: 5s");
    let folder = Folder::new().with("alerts.yml", text("alerts.yml"));
    let config = folder.write("prometheus.yml", &config);
    let port = Port::free();
    let mut prometheus = Peer::start(
        "prometheus",
        &[
            &format!("--config.file={config}"),
            &format!("--storage.tsdb.path={}", folder.utf8("data")),
            &format!("--web.listen-address={}", port.address),
        ],
    );
    prometheus.logs(|line| line.contains("Server is ready to receive web requests"));
    let query = |query: &str| -> Value {
        let request = format!(
            "GET /api/v1/query?query={query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        );
        let stream = TcpStream::connect(port.address).expect("it listens");
        let answer = Answer::to(&request, stream);
        // It answers in one piece, or in chunks.
        let (from, to) = (answer.body.find('{'), answer.body.rfind('}'));
        let body = &answer.body[from.expect("JSON")..=to.expect("JSON")];
        let body: Value = serde_json::from_str(body).expect("JSON");
        body["data"]["result"].clone()
    };
    let reason = loop {
        let found = query("xfed_probe_reason");
        if let Some(first) = found.as_array().and_then(|found| found.first()) {
            break first.clone();
        }
    };
    assert_eq!(reason["metric"]["code"], "srv-wrong-port");
    assert_eq!(reason["metric"]["instance"], "zahnfee.de");
    assert_eq!(query("probe_success")[0]["value"][1], "0");
    assert_eq!(query("up%7Bjob=%22xfed%22%7D")[0]["value"][1], "1");
}

/// What alerts and dashboard look at is there, under these names.
#[test]
fn alerts_and_dashboard_look_at_what_there_is() {
    if left_out() {
        return;
    }
    let rules = example("alerts.yml").display().to_string();
    assert!(content("promtool", &["check", "rules", &rules]).contains("7 rules found"));
    let config = example("prometheus.yml").display().to_string();
    content("promtool", &["check", "config", &config]);
    let raised = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/alerts-serve.yml");
    content(
        "promtool",
        &["test", "rules", &raised.display().to_string()],
    );

    let stage = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5060 xphone");
    let server = stage.server().start();
    let watched = format!(
        "connect-to = [\"{}\"]\n[serve]\ninterval = \"1h\"",
        server.address()
    );
    let service = Service::of(&Place::with(&stage, &watched));
    let scraped = service.get("/probe?target=zahnfee.de").body;
    let said = scraped + &service.get("/metrics").body;
    let dashboard: Value = serde_json::from_str(&text("dashboard.json")).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().expect("targets"));
    let queries: Vec<&str> = targets
        .map(|target| target["expr"].as_str().expect("a query"))
        .collect();
    assert!(queries.len() >= 10);
    let all = text("alerts.yml") + &queries.join("\n");
    for name in all.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
        if name.starts_with("xfed_") || name.starts_with("probe_") {
            assert!(said.contains(&format!("# TYPE {name} ")), "{name}");
        }
    }
    // Grafana puts the domain in their place; Prometheus reads the rest.
    let rules = queries.iter().enumerate().map(|(number, query)| {
        let query = query.replace("$domain", "zahnfee.de");
        format!("      - record: panel:number{number}\n        expr: '{query}'\n")
    });
    let rules: String = rules.collect();
    let folder = Folder::new();
    let rules = folder.write(
        "rules.yml",
        &format!("groups:\n  - name: panels\n    rules:\n{rules}"),
    );
    content("promtool", &["check", "rules", &rules]);
}

#[test]
fn systemd_takes_the_units_and_hands_over_a_socket() {
    if left_out() {
        return;
    }
    let folder = Folder::new();
    let service = text("xfed-serve.service").replace("/usr/bin/xfed", env!("CARGO_BIN_EXE_xfed"));
    let service = folder.write("xfed-serve.service", &service);
    let socket = folder.write("xfed-serve.socket", &text("xfed-serve.socket"));
    // The manual page is in the package.
    let said = content(
        "systemd-analyze",
        &["--man=no", "verify", &service, &socket],
    );
    assert_eq!(said, "");

    let place = Place::configured("");
    let config = place.folder.file("xfed.toml").display().to_string();
    let port = Port::free();
    let listen = port.address.to_string();
    let mut activator = Peer::start(
        "systemd-socket-activate",
        &[
            "-l",
            &listen,
            "--",
            env!("CARGO_BIN_EXE_xfed"),
            "serve",
            "--listen",
            "systemd",
            "--config",
            &config,
        ],
    );
    activator.logs(|line| line.starts_with("Listening on"));
    let request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let stream = TcpStream::connect(port.address).expect("systemd listens");
    assert_eq!(Answer::to(request, stream).status, 200);
}

/// The commands of the manual, with the port that the service has here.
#[test]
fn curl_asks_as_the_manual_says() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    let server = stage.server().start();
    let service = Service::of(&Place::new(&stage, &server));
    let at = service.address;
    let report = content(
        "curl",
        &["-sS", &format!("{at}/probe?target=zahnfee.de&debug=true")],
    );
    assert!(report.contains("\nprobe_success 1\n"), "{report}");
    let begun = content(
        "curl",
        &[
            "-sS",
            "-H",
            "Content-Type: application/json",
            "-d",
            "{\"domain\":\"zahnfee.de\"}",
            &format!("{at}/api/v1/checks"),
        ],
    );
    let begun: Value = serde_json::from_str(&begun).expect("JSON");
    let path = |name: &str| format!("{at}{}", begun[name].as_str().expect("a path"));
    let events = content("curl", &["-sSN", &path("events")]);
    assert!(events.contains("event: done"), "{events}");
    let report = content("curl", &["-sS", &path("check")]);
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["reports"][0]["verdict"], "ready");
    let page = content("curl", &["-sS", &path("result")]);
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
}
