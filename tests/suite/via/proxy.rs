//! `xfed check --via https://…` from a network that lets nobody out but by its proxy.

use super::https::{Site, check, saw_nothing};
use crate::probe::Place;
use crate::stage::{ALL_PASS, Folder, Run, Stage};
use crate::world::{Authority, Port, Server, tunnels};

/// No DNS here knows it; its proxy does.
const NAME: &str = "xfed.vps.example";

fn by(proxy: &Server, run: Run) -> Run {
    let proxy = format!("http://anna:p%40ss@{}", proxy.address());
    run.env("XFED_TOKEN", "tooth").env("HTTPS_PROXY", &proxy)
}

#[test]
fn a_service_behind_the_proxy_of_this_network() {
    let stage = Stage::new();
    let server = stage.server().start();
    let site = Site::called(&Place::new(&stage, &server), NAME, |request| {
        request.issue()
    });
    let proxy = tunnels::leading_to(site.address());
    let at = format!("https://{NAME}:9533");
    let run = || check(&[&at], &site.folder);
    let outcome = by(&proxy, run()).run();
    outcome.stands(ALL_PASS, "ready", 0);
    assert_eq!(outcome.report()["place"]["at"], at);
    // Who asks is for the proxy to know; what opens the door behind it is not.
    let [head] = proxy.requests().try_into().expect("one connection");
    let asked = format!("CONNECT {NAME}:9533 HTTP/1.1\r\nHost: {NAME}:9533\r\n");
    assert!(head.starts_with(&asked), "{head}");
    assert!(
        head.contains("\r\nProxy-Authorization: Basic YW5uYTpwQHNz\r\n"),
        "{head}"
    );
    assert!(!head.contains("tooth"), "{head}");
    assert!(!outcome.json.to_string().contains("p@ss"), "the password");
    // In small letters, for all protocols, without a login, and by the port of HTTPS.
    let plain = format!("http://{}", proxy.address());
    for variable in ["https_proxy", "ALL_PROXY", "all_proxy"] {
        let run = check(&[&format!("https://{NAME}")], &site.folder);
        let run = run.env("XFED_TOKEN", "tooth").env(variable, &plain);
        run.run().stands(ALL_PASS, "ready", 0);
        let head = proxy.requests().pop().expect("one more");
        assert!(
            head.starts_with(&format!("CONNECT {NAME}:443 HTTP/1.1\r\n")),
            "{head}"
        );
        assert!(!head.contains("Proxy-Authorization"), "{head}");
    }
}

/// What is reached without it is named in `NO_PROXY`.
#[test]
fn around_the_proxy() {
    let stage = Stage::new();
    let server = stage.server().start();
    let site = Site::of(&Place::new(&stage, &server));
    let nobody = tunnels::saying("HTTP/1.1 403 Forbidden\r\n\r\n");
    for (variable, hosts) in [
        ("NO_PROXY", "localhost"),
        ("no_proxy", "vps.example, localhost"),
    ] {
        let run = by(&nobody, check(&[&site.at], &site.folder));
        run.env(variable, hosts).run().stands(ALL_PASS, "ready", 0);
    }
    let run = by(&nobody, check(&[&format!("https://{NAME}")], &site.folder));
    saw_nothing(
        run.env("NO_PROXY", ".vps.example"),
        "unresolved",
        "no address",
    );
    assert_eq!(nobody.connections(), 0);
}

#[test]
fn a_proxy_that_leads_nowhere_is_named() {
    let folder = Folder::new().with("ca.pem", Authority::new("Tooth Fairy Root CA").root_pem());
    let run = || check(&["https://xfed.vps.example:9533"], &folder);
    for (answer, why, says) in [
        (
            "HTTP/1.1 407 Who\r\nProxy-Authenticate: Negotiate\r\n\r\n",
            "proxy-login",
            "asks for a login (127.0.0.1:",
        ),
        (
            "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno",
            "proxy-refused",
            ": 403)",
        ),
        (
            "HTTP/1.0 502 Bad Gateway\r\n\r\n",
            "proxy-refused",
            ": 502)",
        ),
        (
            "HTTP/1.1 302 Found\r\nLocation: http://a/\r\n\r\n",
            "proxy-refused",
            ": 302)",
        ),
        (
            "SSH-2.0-OpenSSH_9.2\r\n",
            "no-proxy",
            "no way through the proxy",
        ),
        ("HTTP/1.1 2", "no-proxy", "no way through the proxy"),
        ("", "no-proxy", "no way through the proxy"),
        // It says yes, and leads to nobody.
        ("HTTP/1.1 200 OK\r\n\r\n", "no-tls", "speaks no TLS"),
    ] {
        let proxy = tunnels::saying(answer);
        saw_nothing(by(&proxy, run()), why, says);
        assert_eq!(proxy.requests().len(), 1, "{answer}");
    }
    let silent = tunnels::silent();
    let hasty = by(&silent, run()).args(&["--deadline", "100ms"]);
    saw_nothing(hasty, "no-proxy", &silent.address().to_string());
    let closed = Port::closed();
    let proxy = format!("http://anna:p%40ss@{}", closed.address());
    let run = |proxy: &str| run().env("XFED_TOKEN", "tooth").env("HTTPS_PROXY", proxy);
    saw_nothing(run(&proxy), "no-proxy", &closed.address().to_string());
    for proxy in ["socks5://127.0.0.1:1080", "https://127.0.0.1:3128"] {
        saw_nothing(run(proxy), "proxy-kind", &format!("than HTTP ({proxy}"));
    }
    let redacted = run(&proxy).arg("--redact").run();
    assert!(
        !redacted.json.to_string().contains("127.0.0.1"),
        "{}",
        redacted.json
    );
}
