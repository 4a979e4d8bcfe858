//! nginx, a web server where SIP is expected: without TLS and with it.

use super::peer::{Peer, Place};
use super::{left_out, server_identity};
use crate::stage::{Folder, Outcome, Stage};

/// What xfed finds at a server with these lines in its only `server` block.
fn met(stage: &Stage, listen: &str, lines: &str) -> Outcome {
    let directory = Folder::new();
    let identity = server_identity(&stage.authority);
    let chain = directory.write("chain.pem", &identity.chain_pem());
    let key = directory.write("key.pem", &identity.key_pem());
    let roots = directory.write("roots.pem", &stage.authority.root_pem());
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
    stage.check().connect_to_address(place.address).run()
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
