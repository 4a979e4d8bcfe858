//! Programs that call a test partner: OpenSSL, `SIPp` through socat, which does TLS for it, and Kamailio.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use super::peer::{Peer, Place};
use super::{left_out, path};
use crate::listen::{ALL_PASS, Listening, Post};
use crate::stage::{Folder, Outcome};
use crate::world::Identity;

/// A certificate as programs want it.
struct Shown {
    folder: Folder,
    chain: String,
    key: String,
}

impl Shown {
    fn new(identity: &Identity) -> Self {
        let folder = Folder::new();
        Self {
            chain: folder.write("chain.pem", &identity.chain_pem()),
            key: folder.write("key.pem", &identity.key_pem()),
            folder,
        }
    }
}

/// A text as `openssl s_client` sends it with these options; the status line of the answer, if any.
fn said_by_openssl(listening: &Listening, options: &[&str]) -> Option<String> {
    let to = listening.to.to_string();
    let mut client = Command::new("openssl")
        .args(["s_client", "-quiet", "-connect", &to])
        .args(["-servername", "fed.echo.example"])
        .args(options)
        .env("PATH", path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl is there");
    let user = listening.user();
    let text = format!(
        "MESSAGE sip:{user} SIP/2.0\r\n\
         Via: SIP/2.0/TLS xphone.zahnfee.de;branch=z9hG4bK1\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:ann@zahnfee.de>;tag=1\r\n\
         To: <sip:{user}>\r\n\
         Call-ID: openssl\r\n\
         CSeq: 1 MESSAGE\r\n\
         Content-Type: text/plain\r\n\
         Content-Length: 5\r\n\
         \r\n\
         hello"
    );
    let mut input = client.stdin.take().expect("it was asked for");
    // Whoever was refused reads nothing any more.
    let _ = input.write_all(text.as_bytes());
    let output = BufReader::new(client.stdout.take().expect("it was asked for"));
    let line = output.lines().next();
    drop(input);
    let _ = client.kill();
    let _ = client.wait();
    line.map(|line| line.expect("text").trim().to_owned())
}

#[test]
fn openssl_in_both_versions() {
    if left_out() {
        return;
    }
    let post = Post::new();
    let shown = Shown::new(&post.xphone());
    let own = [
        "-cert",
        &shown.chain,
        "-cert_chain",
        &shown.chain,
        "-key",
        &shown.key,
    ];
    for (version, name) in [("-tls1_2", "TLS 1.2"), ("-tls1_3", "TLS 1.3")] {
        let listening = post.listen(&["--once", "--ca-hints=roots"]);
        let line = said_by_openssl(&listening, &[&[version], &own[..]].concat());
        assert_eq!(line.as_deref(), Some("SIP/2.0 200 OK"), "{version}");
        let outcome = listening.report();
        outcome.stands(ALL_PASS, "ready", 0);
        let summary = outcome.step("outbound-tls")["summary"].to_string();
        assert!(summary.contains(name), "{summary}");
    }
}

/// Whoever has a key that not everybody can verify presents it nevertheless.
#[test]
fn openssl_with_a_key_on_p521() {
    if left_out() {
        return;
    }
    let post = Post::new();
    let pair = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/client-p521.pem"
    );
    for version in ["-tls1_2", "-tls1_3"] {
        let listening = post.listen(&["--once", "--expect", "zahnfee.de"]);
        let line = said_by_openssl(&listening, &[version, "-cert", pair, "-key", pair]);
        assert_eq!(line.as_deref(), Some("SIP/2.0 200 OK"), "{version}");
        let outcome = listening.report();
        outcome.lacks("call-no-certificate");
        assert_ne!(outcome.step("outbound-certificate")["status"], "skip");
    }
}

#[test]
fn openssl_without_a_certificate_and_with_an_old_version() {
    if left_out() {
        return;
    }
    let post = Post::new();
    let listening = post.listen(&["--once", "--client-cert=require"]);
    assert_eq!(said_by_openssl(&listening, &[]), None);
    let outcome = listening.report();
    // It has not shown whose it is.
    outcome.shows("outbound-certificate", "call-no-certificate", "unknown");

    let listening = post.listen(&["--once"]);
    let old = ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"];
    assert_eq!(said_by_openssl(&listening, &old), None);
    let outcome = listening.report();
    let finding = outcome.finding("outbound-tls", "call-tls-too-old");
    assert_eq!(finding["args"]["version"], "TLS 1.1");
}

/// socat takes what SIPp says on this port, and says it by TLS with the certificate.
struct Socat {
    place: Place,
    _peer: Peer,
}

impl Socat {
    fn start(listening: &Listening, shown: &Shown) -> Self {
        let place = Place::free();
        let port = place.address.port();
        let from = format!("TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork");
        let to = format!(
            "OPENSSL:{},cert={},key={},verify=0,snihost=fed.echo.example",
            listening.to, shown.chain, shown.key
        );
        let mut peer = Peer::start("socat", &["-d", "-d", &from, &to]);
        peer.logs(|line| line.contains("listening on"));
        Self { place, _peer: peer }
    }
}

/// The headers that every request of a scenario has.
fn headers(method: &str, number: u32, to: &str, more: &str) -> String {
    format!(
        "Via: SIP/2.0/TLS xphone.zahnfee.de:5061;branch=[branch]\n\
         Max-Forwards: 70\n\
         From: \"Ann\" <sip:ann@zahnfee.de>;tag=[pid]SIPpTag[call_number]\n\
         To: <sip:[service]@echo.example>{to}\n\
         Call-ID: [call_id]\n\
         CSeq: {number} {method}\n\
         Contact: <sip:xphone.zahnfee.de:5061;transport=tls>\n\
         {more}Content-Length: [len]\n\n"
    )
}

fn send(method: &str, number: u32, to: &str, more: &str, body: &str) -> String {
    let head = headers(method, number, to, more);
    format!(
        "<send><![CDATA[\n\n{method} sip:[service]@echo.example SIP/2.0\n{head}{body}\n]]></send>\n"
    )
}

fn receive(status: u16) -> String {
    format!("<recv response=\"{status}\" rrs=\"true\"/>\n")
}

/// Plays these steps once, and gives what came of it.
fn played(post: &Post, steps: &[String], args: &[&str]) -> Outcome {
    let listening = post.listen(args);
    let shown = Shown::new(&post.xphone());
    let socat = Socat::start(&listening, &shown);
    let scenario = format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<scenario name=\"partner\">\n{}</scenario>\n",
        steps.concat()
    );
    let scenario = shown.folder.write("scenario.xml", &scenario);
    let user = listening
        .user()
        .split('@')
        .next()
        .expect("a user")
        .to_owned();
    let output = Command::new("sipp")
        .args(["-t", "t1", "-m", "1", "-nostdin", "-timeout", "30s"])
        .args(["-i", "127.0.0.1", "-s", &user, "-sf", &scenario])
        .arg(socat.place.address.to_string())
        .current_dir(shown.folder.path())
        .env("PATH", path())
        .env("TERM", "dumb")
        .output()
        .expect("sipp is there");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}: {said}", output.status);
    listening.end()
}

const TEXT: &str = "Content-Type: text/plain; charset=UTF-8\n";
const PROVEN: &str = ALL_PASS;

#[test]
fn a_message_by_itself_of_sipp() {
    if left_out() {
        return;
    }
    let steps = [send("MESSAGE", 1, "", TEXT, "hello"), receive(200)];
    let outcome = played(&Post::new(), &steps, &[]);
    outcome.stands(PROVEN, "ready", 0);
}

#[test]
fn compression_first_and_then_a_chat_of_sipp() {
    if left_out() {
        return;
    }
    let tag = "[peer_tag_param]";
    let routed = "[routes]\n";
    let sdp = "v=0\no=- 0 0 IN IP4 10.0.0.5\ns=session\nc=IN IP4 10.0.0.5\nt=0 0\n\
               m=message 5060 sip null\na=accept-types:text/plain";
    let offer = "Supported: timer\nContent-Type: application/sdp\n";
    let text = format!("{routed}{TEXT}");
    let steps = [
        send("NEGOTIATE", 1, "", "Compression: LZ77-8K\n", ""),
        receive(405),
        send("INVITE", 2, "", offer, sdp),
        receive(200),
        send("ACK", 2, tag, routed, ""),
        send("MESSAGE", 3, tag, &text, "hello"),
        receive(200),
        send("BYE", 4, tag, routed, ""),
        receive(200),
    ];
    let outcome = played(&Post::new(), &steps, &[]);
    outcome.stands(PROVEN, "ready", 0);
    let summary = outcome.step("outbound-chat")["summary"].to_string();
    assert!(summary.contains("opened"), "{summary}");
}

#[test]
fn presence_of_sipp() {
    if left_out() {
        return;
    }
    let answer = "<recv request=\"NOTIFY\"/>\n<send><![CDATA[\n\nSIP/2.0 200 OK\n\
                  [last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\n\
                  Content-Length: 0\n\n]]></send>\n";
    let steps = [
        send("SUBSCRIBE", 1, "", "Event: presence\nExpires: 600\n", ""),
        receive(200),
        answer.to_owned(),
    ];
    let outcome = played(&Post::new(), &steps, &[]);
    let finding = outcome.finding("outbound-chat", "call-no-chat");
    assert_eq!(finding["args"]["what"], "presence");
    let replies = &outcome.report()["facts"]["calls"]["calls"][0]["sip"]["replies"];
    assert_eq!(replies[0]["kind"], "presence", "{replies}");
}

/// Kamailio asks with OPTIONS whether its partner is there, by TLS, as a client with a certificate.
#[test]
fn options_of_kamailio() {
    if left_out() {
        return;
    }
    let post = Post::new();
    let listening = post.listen(&["--expect", "zahnfee.de"]);
    let shown = Shown::new(&post.xphone());
    let folder = &shown.folder;
    let tls = format!(
        "[server:default]\ncertificate = {0}\nprivate_key = {1}\n\
         [client:default]\nmethod = TLSv1.2+\ncertificate = {0}\nprivate_key = {1}\n\
         verify_certificate = no\nserver_name = fed.echo.example\n",
        shown.chain, shown.key
    );
    let tls = folder.write("tls.cfg", &tls);
    let partners = format!("1 sip:{};transport=tls\n", listening.to);
    let partners = folder.write("dispatcher.list", &partners);
    let place = Place::free();
    let config = format!(
        "children=1\ntcp_children=1\nenable_tls=yes\ndns=no\nrev_dns=no\nauto_aliases=no\n\
         listen=tls:{}\n\
         loadmodule \"tm.so\"\nloadmodule \"sl.so\"\nloadmodule \"pv.so\"\nloadmodule \"tls.so\"\nloadmodule \"xlog.so\"\n\
         loadmodule \"dispatcher.so\"\n\
         modparam(\"tls\", \"config\", \"{tls}\")\n\
         modparam(\"dispatcher\", \"list_file\", \"{partners}\")\n\
         modparam(\"dispatcher\", \"ds_ping_interval\", 1)\n\
         modparam(\"dispatcher\", \"ds_probing_mode\", 1)\n\
         modparam(\"dispatcher\", \"ds_ping_from\", \"sip:probe@zahnfee.de\")\n\
         request_route {{ sl_send_reply(\"404\", \"Not here\"); }}\n\
         reply_route {{ xlog(\"L_ALERT\", \"answered with $rs\\n\"); }}\n",
        place.address
    );
    let config = folder.write("kamailio.cfg", &config);
    let run = folder.utf8("");
    let args = [
        "-DD", "-E", "-m", "64", "-M", "8", "-Y", &run, "-f", &config,
    ];
    let mut peer = Peer::start("kamailio", &args);
    peer.logs(|line| line.ends_with("answered with 200"));
    let outcome = listening.end();
    outcome.finding("outbound-chat", "call-no-chat");
    outcome.stands("pass pass pass pass pass unknown skip", "inconclusive", 3);
}
