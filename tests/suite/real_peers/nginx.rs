//! nginx, a web server where SIP is expected: without TLS and with it.

use serde_json::json;

use super::peer::{Peer, Place};
use super::{left_out, server_identity};
use crate::serve::door::tokens;
use crate::stage::{ALL_PASS, Folder, Outcome, Run, Stage};
use crate::world::{Authority, Identity};

/// nginx with these lines in its only `server` block, by this certificate.
struct Nginx {
    place: Place,
    _folder: Folder,
    _peer: Peer,
}

fn nginx(authority: &Authority, identity: &Identity, listen: &str, lines: &str) -> Nginx {
    let directory = Folder::new();
    let chain = directory.write("chain.pem", &identity.chain_pem());
    let key = directory.write("key.pem", &identity.key_pem());
    let roots = directory.write("roots.pem", &authority.root_pem());
    let place = Place::free();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {};\n", directory.utf8(kind)))
        .concat();
    let config = format!(
        "daemon off;\n\
         master_process off;\n\
         pid {pid};\n\
         error_log stderr notice;\n\
         events {{}}\n\
         http {{\n\
             access_log off;\n\
             {temporary}\
             server {{\n\
                 listen {address}{listen};\n\
                 ssl_certificate {chain};\n\
                 ssl_certificate_key {key};\n\
                 ssl_client_certificate {roots};\n\
                 {lines}\n\
             }}\n\
         }}\n",
        pid = directory.utf8("pid"),
        address = place.address,
    );
    let config = directory.write("nginx.conf", &config);
    let mut peer = Peer::start("nginx", &["-e", "stderr", "-c", &config]);
    peer.logs(|line| line.contains("OS: "));
    Nginx {
        place,
        _folder: directory,
        _peer: peer,
    }
}

/// What xfed finds at a server with these lines.
fn met(stage: &Stage, listen: &str, lines: &str) -> Outcome {
    let identity = server_identity(&stage.authority);
    let nginx = nginx(&stage.authority, &identity, listen, lines);
    stage.check().connect_to_address(nginx.place.address).run()
}

#[test]
fn http_without_tls() {
    if left_out() {
        return;
    }
    let outcome = met(&Stage::new(), "", "");
    outcome.shows("federation", "tls-not-spoken", "fail");
    let finding = outcome.finding("federation", "tls-not-spoken");
    assert_eq!(finding["args"]["service"], "HTTP");
    outcome.stands("pass pass pass pass skip fail", "not-ready", 1);
}

/// The certificate is right, and what answers is the wrong program: with and without a question for
/// a certificate of the client's.
#[test]
fn http_behind_tls() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    for lines in ["", "ssl_verify_client optional;"] {
        let outcome = met(&stage, " ssl", lines);
        outcome.shows("federation", "sip-not-sip", "fail").stands(
            "pass pass pass pass pass fail",
            "not-ready",
            1,
        );
    }
}

/// A place that looks, behind nginx with its certificate, as the manual has it.
#[test]
fn an_xfed_serve_behind_it_looks_for_others() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    let server = stage.server().start();
    let place = crate::probe::Place::new(&stage, &server);
    let socket = place.folder.file("xfed.sock").display().to_string();
    let web = Folder::new().with("web.toml", tokens());
    let mut service = Run::new("serve")
        .args(&["--listen", &format!("unix:{socket}"), "--config"])
        .arg(place.folder.file("xfed.toml"))
        .arg("--web-config")
        .arg(web.file("web.toml"))
        .start();
    service.message();
    let manual = concat!(env!("CARGO_MANIFEST_DIR"), "/.github/manual/en/serve.md");
    let manual = std::fs::read_to_string(manual).expect("the manual");
    let lines = manual.split("```nginx\n").nth(1).expect("a block");
    let lines = lines.split("```").next().expect("its end");
    let lines = lines.replace("/run/xfed/xfed.sock", &socket);
    let identity = stage.authority.certificate("localhost").no_crl().issue();
    let nginx = nginx(&stage.authority, &identity, " ssl", &lines);
    let at = format!("https://localhost:{}", nginx.place.address.port());
    let check = |token: &str| {
        Run::new("check")
            .args(&["zahnfee.de", "--format=json", "--via", &at, "--via-ca-file"])
            .arg(stage.roots())
            .env("XFED_TOKEN", token)
            .nowhere()
            .run()
    };
    let outcome = check("tooth");
    outcome.stands(ALL_PASS, "ready", 0);
    assert_eq!(outcome.report()["place"]["at"], at);
    let outcome = check("molar");
    assert_eq!(outcome.report()["place"]["failure"]["why"], "wrong-token");
    // Whatever else nginx has to say is no verdict.
    service.signal(rustix::process::Signal::TERM);
    assert_eq!(service.end().0, 0);
    let outcome = check("tooth");
    assert_eq!(outcome.code, 3);
    let failure = &outcome.report()["place"]["failure"];
    assert_eq!(failure, &json!({"why": "http-status", "detail": "502"}));
}
