//! The other direction: `xfed listen`, called by servers of the embedded world.

use std::io::{Read, Write};
use std::net::SocketAddr;

use rustix::process::Signal;

use crate::stage::{ALL_PASS, Folder, Outcome, Run, Running, ZONE, file};
use crate::world::caller::{Call, Caller, plain};
use crate::world::{Authority, Dns, Identity};

/// The test partner.
const PARTNER: &str = "fed.echo.example";
const OWN_ZONE: &str = "\
@ MX 10 mail
mail A 81.2.3.8
_sipfederationtls._tcp SRV 0 0 5061 fed
fed A 81.2.3.9
";
/// What nobody may find anywhere.
const SECRET: &str = "Wurzelbehandlung";

struct Post {
    authority: Authority,
    dns: Dns,
    folder: Folder,
}

/// `xfed listen`, ready to be called.
struct Listening {
    running: Running,
    to: SocketAddr,
    /// The address to write to.
    address: String,
}

impl Post {
    fn new() -> Self {
        Self::with_zone(ZONE)
    }

    /// Where the domain that calls publishes this.
    fn with_zone(zone: &str) -> Self {
        Self {
            authority: Authority::new("Tooth Fairy Root CA"),
            dns: Dns::zone("zahnfee.de", zone).and_zone("echo.example", OWN_ZONE),
            folder: Folder::new(),
        }
    }

    fn xphone(&self) -> Identity {
        self.authority
            .certificate("xphone.zahnfee.de")
            .rsa()
            .issue()
    }

    fn listen(&self, args: &[&str]) -> Listening {
        let identity = self.authority.certificate(PARTNER).issue();
        std::fs::write(self.folder.file("cert.pem"), identity.chain_pem()).expect("writable");
        std::fs::write(self.folder.file("key.pem"), identity.key_pem()).expect("writable");
        std::fs::write(self.folder.file("root.pem"), self.authority.root_pem()).expect("writable");
        let mut running = Run::new("listen")
            .within(self.folder.path())
            .args(&["--fqdn", PARTNER, "--cert", "cert.pem", "--key", "key.pem"])
            .args(&["--ca-file", "root.pem", "--bind", "127.0.0.1:0"])
            .args(&["--no-authority", "--format=json", "--resolver"])
            .arg(self.dns.address().to_string())
            .args(args)
            .start();
        let begins = running.message();
        let to = begins
            .split(' ')
            .find_map(|word| word.parse().ok())
            .unwrap_or_else(|| panic!("{begins}"));
        let mut line = running.message();
        if line.contains("check of this test partner") {
            line = running.message();
        }
        let address = line.trim().rsplit(' ').next().expect("an address");
        Listening {
            to,
            address: address.to_owned(),
            running,
        }
    }
}

impl Listening {
    fn call(&self) -> Call<'static> {
        Call::new(self.to, PARTNER)
    }

    /// A call of the server that the certificate of this domain is for.
    fn called_by(&self, post: &Post) -> Caller {
        let call = self.call().presenting(post.xphone());
        call.connect().expect("TLS")
    }

    /// Its report, once it has ended by itself.
    fn report(self) -> Outcome {
        let (code, stdout, stderr) = self.running.end();
        assert!(!stdout.contains(SECRET), "{stdout}");
        let json = serde_json::from_str(&stdout);
        let outcome = Outcome {
            code,
            json: json.unwrap_or_else(|error| panic!("{error}: {stdout} {stderr}")),
            stderr,
        };
        for args in [&[][..], &["--redact"]] {
            let again = Run::new("replay").args(&["-", "--format=json"]);
            let again = again.args(args).fed(stdout.as_bytes()).run();
            assert_eq!(again.code, code, "{again}");
            let (before, after) = (outcome.report(), again.report());
            assert_eq!(before["verdict"], after["verdict"]);
            if args.is_empty() {
                assert_eq!(before["steps"], after["steps"], "judged again");
            }
        }
        outcome
    }

    /// Its report, by the wish of whoever runs it.
    fn end(self) -> Outcome {
        self.running.signal(Signal::INT);
        self.report()
    }

    fn user(&self) -> &str {
        &self.address
    }
}

/// A request, with what every request has; `number` tells it from others.
fn request(method: &str, to: &str, number: u32, more: &str, body: &str) -> String {
    let length = body.replace('\n', "\r\n").len();
    format!(
        "{method} sip:{to} SIP/2.0\n\
         Via: SIP/2.0/TLS xphone.zahnfee.de:5061;branch=z9hG4bK{number}\n\
         Max-Forwards: 70\n\
         From: \"Ann\" <sip:ann@zahnfee.de>;tag=a1;epid=4711\n\
         To: <sip:{to}>\n\
         Call-ID: call-{method}\n\
         CSeq: {number} {method}\n\
         Contact: <sip:xphone.zahnfee.de:5061;transport=tls>\n\
         User-Agent: XPhone-like/1.0\n\
         {more}Content-Length: {length}\n\n{body}"
    )
}

fn text(to: &str, number: u32) -> String {
    request(
        "MESSAGE",
        to,
        number,
        "Content-Type: text/plain; charset=UTF-8\n",
        SECRET,
    )
}

#[test]
fn presence_and_a_message_by_itself() {
    let post = Post::new();
    let listening = post.listen(&[
        "--once",
        "--expect",
        "zahnfee.de",
        "--transcript",
        "said.txt",
    ]);
    let mut caller = listening.called_by(&post);
    let user = listening.user().to_owned();
    let subscribe = request("SUBSCRIBE", &user, 1, "Event: presence\nExpires: 600\n", "");
    let accepted = caller.ask(&subscribe);
    assert!(accepted.starts_with("SIP/2.0 200 OK\r\n"), "{accepted}");
    assert!(accepted.contains("\r\nExpires: 600\r\n"), "{accepted}");
    let notify = caller.hear().expect("what was asked for");
    assert!(notify.starts_with("NOTIFY sip:xphone.zahnfee.de:5061;transport=tls SIP/2.0\r\n"));
    assert!(notify.contains("<basic>open</basic>"), "{notify}");
    assert!(notify.contains("\r\nSubscription-State: active;expires=3600\r\n"));
    let answer = caller.ask(&text(&user, 2));
    assert!(answer.starts_with("SIP/2.0 200 OK\r\n"), "{answer}");
    assert!(!answer.contains("Contact:"), "RFC 3428 §7");
    let outcome = listening.report();
    outcome.stands(ALL_PASS, "ready", 0);
    assert_eq!(outcome.report()["scope"], "outbound");
    outcome.shows("outbound-connection", "call-other-source", "info");
    outcome.shows("outbound-acceptance", "call-accepted-by", "info");
    let transcript = std::fs::read_to_string(post.folder.file("said.txt")).expect("it was written");
    assert!(transcript.contains("MESSAGE sip:#"), "{transcript}");
    for hidden in [SECRET, "ann@", "Ann", user.as_str()] {
        assert!(!transcript.contains(hidden), "{hidden}: {transcript}");
        let facts = outcome.report()["facts"].to_string();
        assert!(!facts.contains(hidden), "{hidden}: {facts}");
    }
}

/// As a Skype for Business server does it: compression first, Vias without branches and not side by
/// side, the text on another connection than the chat, blank lines in between.
#[test]
fn a_chat_opened_first() {
    let post = Post::new();
    let listening = post.listen(&["--once"]);
    let user = listening.user().to_owned();
    let connect = || {
        listening
            .call()
            .presenting(post.xphone())
            .connect()
            .expect("TLS")
    };
    let mut first = connect();
    let refused = first.ask(
        "NEGOTIATE sip:127.0.0.1:5061 SIP/2.0\n\
         Via: SIP/2.0/TLS 192.0.2.7:2616\n\
         CSeq: 1 NEGOTIATE\n\
         Call-ID: 8d8b20f8\n\
         From: <sip:xphone.zahnfee.de>;tag=f1\n\
         To: <sip:127.0.0.1:5061>\n\
         Compression: LZ77-8K\n\
         Max-Forwards: 0\n\
         Content-Length:     0\n\n",
    );
    assert!(refused.starts_with("SIP/2.0 405 "), "{refused}");
    assert!(!refused.contains("Compression"), "{refused}");
    assert!(refused.contains(";received=127.0.0.1\r\n"), "{refused}");
    let sdp = "v=0\no=- 0 0 IN IP4 10.0.0.5\ns=session\nc=IN IP4 10.0.0.5\nt=0 0\n\
               m=x-ms-message 5060 sip null\na=accept-types:text/plain\n";
    let more = "Record-Route: <sip:sip.zahnfee.de:5061;transport=tls;lr;ms-route-sig=abc>;tag=9C\n\
                Via: SIP/2.0/TLS 10.0.0.5:49152;ms-received-port=49152;ms-received-cid=1A\n\
                Supported: timer\nSession-Expires: 1800\n\
                ms-text-format: text/plain; charset=UTF-8; ms-body=V3VyemVsYmVoYW5kbHVuZw==\n\
                Content-Type: application/sdp\n";
    let invite = request("INVITE", &user, 7, more, sdp);
    let accepted = first.ask(&format!("\n\n\n\n{invite}"));
    assert!(accepted.starts_with("SIP/2.0 200 OK\r\n"), "{accepted}");
    let routes: Vec<&str> = accepted
        .lines()
        .filter_map(|line| line.strip_prefix("Record-Route: "))
        .collect();
    assert_eq!(routes[0], "<sip:fed.echo.example:5061;transport=tls;lr>");
    assert!(
        routes[1].ends_with(";lr;ms-route-sig=abc>;tag=9C"),
        "{accepted}"
    );
    assert!(accepted.contains(";ms-received-port=49152;ms-received-cid=1A\r\n"));
    let line = format!("m=x-ms-message 5061 sip sip:{user}\r\n");
    assert!(accepted.contains(&line), "{accepted}");
    assert!(accepted.contains("\r\nSession-Expires: 1800;refresher=uac\r\n"));
    assert!(
        !accepted.contains("ms-text-format"),
        "so that the text comes"
    );
    let tag = accepted
        .lines()
        .find_map(|line| line.strip_prefix("To: ")?.split(";tag=").nth(1))
        .expect("a tag");
    let within = |message: String| {
        let message = message.replace(
            &format!("To: <sip:{user}>"),
            &format!("To: <sip:{user}>;tag={tag}"),
        );
        message.replace("Call-ID: call-MESSAGE", "Call-ID: call-INVITE")
    };
    first.say(&within(
        request("ACK", &user, 7, "", "").replace("call-ACK", "call-INVITE"),
    ));
    let typing = "<KeyboardActivity><status status=\"type\"/></KeyboardActivity>";
    let info = request("INFO", &user, 8, "Content-Type: application/xml\n", typing);
    let answer = first.ask(&within(info.replace("call-INFO", "call-INVITE")));
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    let lost = first.ask(&within(text(&user, 9)).replace(tag, "unknown"));
    assert!(lost.starts_with("SIP/2.0 481 "), "{lost}");
    assert!(
        lost.contains("\r\nms-diagnostics-public: 61481;reason=\"xfed: "),
        "{lost}"
    );
    let mut second = connect();
    let answer = second.ask(&within(text(&user, 9)));
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    let outcome = listening.report();
    outcome.stands(ALL_PASS, "ready", 0);
    let chat = &outcome.step("outbound-chat")["summary"];
    assert!(
        chat.as_str().is_some_and(|chat| chat.contains("opened")),
        "{chat}"
    );
}

#[test]
fn what_is_no_chat_is_refused() {
    let post = Post::new();
    let listening = post.listen(&[]);
    let user = listening.user().to_owned();
    let mut caller = listening.called_by(&post);
    let audio = "v=0\nm=audio 5060 RTP/AVP 0\n";
    let sdp = "Content-Type: application/sdp\n";
    for (request, status) in [
        (request("OPTIONS", "echo.example", 1, "", ""), 200),
        (request("INVITE", &user, 2, sdp, audio), 488),
        (
            request(
                "INVITE",
                &user,
                3,
                "Content-Type: application/ms-conf-invite+xml\n",
                "<x/>",
            ),
            488,
        ),
        (
            request(
                "INVITE",
                &user,
                4,
                "Require: com.microsoft.rtc-multiparty\n",
                "",
            ),
            420,
        ),
        (request("SUBSCRIBE", &user, 5, "Event: dialog\n", ""), 489),
        (
            request(
                "SUBSCRIBE",
                &user,
                6,
                "Event: presence\nAccept: text/xml+msrtc.pidf\n",
                "",
            ),
            406,
        ),
        (
            request("MESSAGE", &user, 7, "Content-Type: image/png\n", "x"),
            415,
        ),
        (
            request(
                "MESSAGE",
                &user,
                8,
                "Content-Type: application/im-iscomposing+xml\n",
                "<x/>",
            ),
            200,
        ),
        (request("BYE", &user, 9, "", ""), 481),
        (request("CANCEL", &user, 10, "", ""), 200),
        (request("PUBLISH", &user, 11, "", ""), 405),
        (request("DANCE", &user, 12, "", ""), 501),
        (text("somebody@echo.example", 13), 404),
        (text("test@zahnfee.de", 14), 404),
        (
            request(
                "INVITE",
                &user,
                15,
                "Session-Expires: 30\nContent-Type: application/sdp\n",
                "v=0\nm=message 5060 sip null\n",
            ),
            422,
        ),
    ] {
        let answer = caller.ask(&request);
        let expected = format!("SIP/2.0 {status} ");
        assert!(answer.starts_with(&expected), "{request}\n{answer}");
    }
    let outcome = listening.end();
    outcome.finding("outbound-chat", "call-wrong-address");
    outcome.stands("pass pass pass pass pass unknown", "inconclusive", 3);
}

#[test]
fn the_certificate_is_judged_as_a_partner_would() {
    let post = Post::new();
    let of = |name: &str| post.authority.certificate(name).rsa();
    let skips = "pass pass fail skip pass pass";
    for (identity, step, code, statuses, verdict, exit) in [
        (
            None,
            "outbound-certificate",
            "call-no-certificate",
            skips,
            "not-ready",
            1,
        ),
        (
            Some(
                of("xphone.zahnfee.de")
                    .without_intermediate()
                    .aia("http://ca.toothfairy.example/issuing.crt")
                    .issue(),
            ),
            "outbound-certificate",
            "cert-chain-incomplete",
            skips,
            "not-ready",
            1,
        ),
        (
            Some(of("xphone.zahnfee.de").valid(-90, -1).issue()),
            "outbound-certificate",
            "cert-expired",
            skips,
            "not-ready",
            1,
        ),
        (
            Some(of("mail.zahnfee.de").issue()),
            "outbound-certificate",
            "cert-name-mismatch",
            skips,
            "not-ready",
            1,
        ),
        (
            Some(of("xphone.zahnfee.de").server_auth_only().issue()),
            "outbound-acceptance",
            "cert-no-client-auth",
            "pass pass pass warn pass pass",
            "ready-with-warnings",
            0,
        ),
    ] {
        let listening = post.listen(&["--once"]);
        let call = listening.call();
        let call = match identity {
            Some(identity) => call.presenting(identity),
            None => call,
        };
        let mut caller = call.connect().expect("TLS");
        caller.ask(&text(listening.user(), 1));
        let outcome = listening.report();
        outcome.finding(step, code);
        outcome.stands(statuses, verdict, exit);
    }
}

#[test]
fn no_certificate_where_one_is_required() {
    let post = Post::new();
    let listening = post.listen(&["--once", "--client-cert=require", "--ca-hints=roots"]);
    // With TLS 1.3 the refusal comes after its own last word.
    if let Ok(mut caller) = listening.call().connect() {
        caller.say(&text(listening.user(), 1));
        assert_eq!(caller.hear(), None);
    }
    let outcome = listening.report();
    let finding = outcome.finding("outbound-certificate", "call-no-certificate");
    assert_eq!(finding["args"]["named"], "yes");
    outcome.stands("pass pass fail skip skip skip", "not-ready", 1);
}

#[test]
fn where_no_certificate_is_asked_for_none_is_missed() {
    let post = Post::new();
    let listening = post.listen(&["--once", "--client-cert=none"]);
    let mut caller = listening.called_by(&post);
    caller.ask(&text(listening.user(), 1));
    let outcome = listening.report();
    assert_eq!(outcome.step("outbound-certificate")["status"], "skip");
    assert_eq!(outcome.step("outbound-chat")["status"], "pass");
}

#[test]
fn a_domain_without_srv_record_is_not_taken_by_an_edge() {
    let post = Post::with_zone("xphone A 81.2.3.4");
    let listening = post.listen(&["--once"]);
    let mut caller = listening.called_by(&post);
    caller.ask(&text(listening.user(), 1));
    let outcome = listening.report();
    outcome.finding("outbound-acceptance", "call-srv-missing");
    outcome.stands("pass pass pass warn pass pass", "ready-with-warnings", 0);
}

/// A hello without a list of versions, such as Windows Server 2008 says it, with the name of the server.
fn hello(version: u8) -> Vec<u8> {
    let name = PARTNER.as_bytes();
    let length = u8::try_from(name.len()).expect("short");
    let mut extension = vec![0, 0, 0, length + 5, 0, length + 3, 0, 0, length];
    extension.extend(name);
    let mut body = vec![3, version];
    body.extend([7; 32]);
    body.extend([0, 0, 2, 0, 0x2f, 1, 0, 0]);
    body.push(u8::try_from(extension.len()).expect("short"));
    body.extend(extension);
    let length = u8::try_from(body.len()).expect("short");
    let mut record = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
    record.extend(body);
    record
}

#[test]
fn an_old_server_is_known_by_its_first_message() {
    let post = Post::new();
    let listening = post.listen(&["--once"]);
    let mut stream = plain(listening.to).expect("it is open");
    stream.write_all(&hello(1)).expect("it listens");
    let mut alert = Vec::new();
    let _ = stream.read_to_end(&mut alert);
    assert_eq!(alert.first(), Some(&21), "an alert says why");
    let outcome = listening.report();
    let finding = outcome.finding("outbound-tls", "call-tls-too-old");
    assert_eq!(finding["args"]["version"], "TLS 1.0");
    outcome.stands("pass fail skip skip skip skip", "not-ready", 1);
}

#[test]
fn a_certificate_that_the_caller_does_not_trust() {
    let post = Post::new();
    let other = Authority::new("Somebody Else CA");
    let listening = post.listen(&["--once"]);
    let call = listening.call().presenting(post.xphone()).trusting(&other);
    assert!(call.connect().is_err());
    let outcome = listening.report();
    let finding = outcome.finding("outbound-tls", "call-certificate-refused");
    assert_eq!(finding["severity"], "fail");
    outcome.stands("pass fail skip skip skip skip", "not-ready", 1);
}

/// TLS 1.2, but with a cipher suite that has no forward secrecy, and nothing else.
#[test]
fn nothing_in_common() {
    let post = Post::new();
    let listening = post.listen(&["--once"]);
    let mut stream = plain(listening.to).expect("it is open");
    stream.write_all(&hello(3)).expect("it listens");
    let _ = stream.read_to_end(&mut Vec::new());
    let outcome = listening.report();
    outcome.shows("outbound-tls", "call-tls-no-common", "fail");
    outcome.stands("pass fail skip skip skip skip", "not-ready", 1);
}

/// Whoever breaks off says nothing about why; whoever breaks the rules does.
#[test]
fn a_handshake_that_comes_to_no_end() {
    let post = Post::new();
    let listening = post.listen(&["--once"]);
    listening.call().greet(&[]);
    let outcome = listening.report();
    outcome.shows("outbound-tls", "call-tls-broken-off", "unknown");
    outcome.stands("pass unknown skip skip skip skip", "inconclusive", 3);
    let listening = post.listen(&["--once"]);
    listening.call().greet(&[22, 3, 3, 0, 4, 99, 0, 0, 0]);
    let outcome = listening.report();
    outcome.shows("outbound-tls", "call-tls-failed", "fail");
    outcome.stands("pass fail skip skip skip skip", "not-ready", 1);
}

#[test]
fn a_certificate_with_the_key_of_another() {
    let post = Post::new();
    let of = |name: &str| post.authority.certificate(name).issue();
    let identity = Identity {
        key: of("xphone.zahnfee.de").key,
        ..of("xphone.zahnfee.de")
    };
    let listening = post.listen(&["--once"]);
    if let Ok(mut caller) = listening.call().presenting(identity).connect() {
        assert_eq!(caller.hear(), None, "TLS 1.3 refuses it afterwards");
    }
    let outcome = listening.report();
    outcome.shows("outbound-certificate", "call-key-unproven", "fail");
    assert_eq!(outcome.report()["verdict"], "not-ready");
}

/// Known by its address alone, where nothing else is said.
#[test]
fn plain_text_from_the_published_address() {
    let zone = "_sipfederationtls._tcp SRV 0 0 5061 xphone\nxphone A 127.0.0.1\n";
    let post = Post::with_zone(zone);
    let listening = post.listen(&["--expect", "zahnfee.de"]);
    let mut stream = plain(listening.to).expect("it is open");
    let options = request("OPTIONS", "echo.example", 1, "", "");
    stream.write_all(options.as_bytes()).expect("it listens");
    let _ = stream.read_to_end(&mut Vec::new());
    let outcome = listening.end();
    outcome.shows("outbound-tls", "call-not-tls", "fail");
    outcome.stands("pass fail skip skip skip skip", "not-ready", 1);
}

#[test]
fn what_is_said_may_be_too_little() {
    let post = Post::new();
    let connect = |listening: &Listening| {
        let call = Call::new(listening.to, "127.0.0.1").presenting(post.xphone());
        call.connect().expect("TLS")
    };
    let listening = post.listen(&[]);
    drop(connect(&listening));
    let outcome = listening.end();
    outcome.shows("outbound-sip", "call-no-sip", "unknown");
    outcome.shows("outbound-tls", "call-no-sni", "info");
    outcome.stands("pass pass pass pass unknown skip", "inconclusive", 3);

    let listening = post.listen(&[]);
    let mut caller = connect(&listening);
    caller.ask(&request("OPTIONS", "echo.example", 1, "", ""));
    let outcome = listening.end();
    outcome.shows("outbound-chat", "call-no-chat", "unknown");
    outcome.stands("pass pass pass pass pass unknown", "inconclusive", 3);

    let listening = post.listen(&[]);
    let mut caller = connect(&listening);
    let sdp = "v=0\nc=IN IP4 10.0.0.5\nm=message 5060 sip null\n";
    let more = "Content-Type: application/sdp\n";
    caller.ask(&request("INVITE", listening.user(), 1, more, sdp));
    let outcome = listening.end();
    let finding = outcome.finding("outbound-chat", "call-chat-not-sent");
    assert_eq!(finding["args"]["confirmed"], "no");
    outcome.stands("pass pass pass pass pass unknown", "inconclusive", 3);
}

/// What is wrong with the test partner is nobody else's fault.
#[test]
fn a_broken_partner_blames_nobody() {
    let post = Post::new();
    let roots = file(&Authority::new("Somebody Else CA").root_pem());
    let roots = roots.path().display().to_string();
    let other = Authority::new("A Third CA");
    let listening = post.listen(&["--once", "--ca-file", &roots]);
    let call = listening.call().presenting(post.xphone()).trusting(&other);
    assert!(call.connect().is_err());
    let outcome = listening.report();
    let finding = outcome.finding("outbound-tls", "call-certificate-refused");
    assert_eq!(finding["severity"], "unknown");
    outcome.finding("outbound-connection", "call-partner-faulty");
    outcome.stands("pass unknown skip skip skip skip", "inconclusive", 3);
}

#[test]
fn scanners_are_counted_and_not_judged() {
    let post = Post::new();
    let listening = post.listen(&["--for", "3s"]);
    // One says nothing, one half of something, one speaks HTTP, one looks for certificates.
    let silent = plain(listening.to).expect("it is open");
    let mut half = plain(listening.to).expect("it is open");
    half.write_all(&[22, 3, 1, 2, 0, 1, 0]).expect("it listens");
    let mut web = plain(listening.to).expect("it is open");
    web.write_all(b"GET / HTTP/1.1\r\n\r\n")
        .expect("it listens");
    let mut rest = Vec::new();
    let _ = web.read_to_end(&mut rest);
    let _ = Call::new(listening.to, "other.example").connect();
    let outcome = listening.report();
    drop((silent, half));
    let finding = outcome.finding("outbound-connection", "call-nothing-came");
    assert_eq!(finding["severity"], "unknown");
    let strangers = outcome.finding("outbound-connection", "call-strangers");
    assert_eq!(strangers["args"]["count"], 4);
    outcome.stands("unknown skip skip skip skip skip", "inconclusive", 3);
}

#[test]
fn who_writes_from_another_domain_is_refused() {
    let post = Post::new();
    let listening = post.listen(&["--expect", "zahnfee.de"]);
    let mut caller = listening.called_by(&post);
    let other = text(listening.user(), 1).replace("ann@zahnfee.de", "ann@zahnfee.local");
    let answer = caller.ask(&other);
    assert!(answer.starts_with("SIP/2.0 403 "), "{answer}");
    let outcome = listening.end();
    let finding = outcome.finding("outbound-sip", "call-wrong-domain");
    assert_eq!(finding["args"]["from"], "zahnfee.local");
    outcome.stands("pass pass pass pass unknown unknown", "inconclusive", 3);
}

#[test]
fn what_is_no_sip_is_said_to_be_none() {
    let post = Post::new();
    let listening = post.listen(&[]);
    let mut caller = listening.called_by(&post);
    caller.say("GET / HTTP/1.1\nHost: fed.echo.example\n\n");
    assert_eq!(caller.hear(), None, "nothing after it can be read");
    let outcome = listening.end();
    outcome.finding("outbound-sip", "call-not-sip");
    assert_eq!(outcome.report()["verdict"], "not-ready");
}

/// Nothing is dropped without a word, and nothing grows.
#[test]
fn what_is_too_large_is_refused() {
    let post = Post::new();
    let listening = post.listen(&[]);
    let user = listening.user().to_owned();
    for large in [
        request("MESSAGE", &user, 1, "Content-Type: text/plain\n", "")
            .replace("Content-Length: 0", "Content-Length: 5000000"),
        request(
            "MESSAGE",
            &user,
            1,
            &format!("X: {}\n", "x".repeat(70_000)),
            "",
        ),
    ] {
        let mut caller = listening
            .call()
            .presenting(post.xphone())
            .connect()
            .expect("TLS");
        let answer = caller.ask(&large);
        assert!(answer.starts_with("SIP/2.0 513 "), "{answer}");
        assert!(answer.contains("\r\nCall-ID: call-MESSAGE\r\n"), "{answer}");
        assert_eq!(caller.hear(), None);
    }
    let outcome = listening.end();
    outcome.finding("outbound-sip", "call-unreadable");
}

#[test]
fn an_address_has_so_many_connections_and_no_more() {
    let post = Post::new();
    let listening = post.listen(&["--once"]);
    let callers: Vec<Caller> = (0..8)
        .map(|_| {
            listening
                .call()
                .presenting(post.xphone())
                .connect()
                .expect("TLS")
        })
        .collect();
    let ninth = listening.call().presenting(post.xphone()).connect();
    assert!(ninth.is_err(), "eight are enough for any partner");
    let mut callers = callers.into_iter();
    let mut first = callers.next().expect("eight");
    drop(callers);
    first.ask(&text(listening.user(), 1));
    let outcome = listening.report();
    outcome.finding("outbound-connection", "call-strangers");
    outcome.stands(ALL_PASS, "ready", 0);
}

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
            if ["table", "markdown", "html"].contains(&format) {
                assert!(stdout.contains("cert-no-client-auth"), "{format}: {stdout}");
                assert!(stdout.contains("call-accepted-by"), "{format}: {stdout}");
            }
        }
    }
}

#[test]
fn a_port_that_somebody_has() {
    let post = Post::new();
    let listening = post.listen(&[]);
    let taken = listening.to.to_string();
    let run = Run::new("listen").within(post.folder.path());
    let run = run.args(&["--fqdn", PARTNER, "--cert", "cert.pem", "--key", "key.pem"]);
    let (code, stdout, stderr) = run.args(&["--bind", &taken]).text();
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(
        stderr.contains(&format!("cannot listen on {taken}: ")),
        "{stderr}"
    );
}

#[test]
fn a_key_of_another_certificate_is_a_usage_error() {
    let post = Post::new();
    let one = post.authority.certificate(PARTNER).issue();
    let other = post.authority.certificate(PARTNER).issue();
    let (cert, key) = (file(&one.chain_pem()), file(&other.key_pem()));
    let run = Run::new("listen").args(&["--fqdn", PARTNER, "--bind", "127.0.0.1:0", "--cert"]);
    let (code, stdout, stderr) = run.arg(cert.path()).arg("--key").arg(key.path()).text();
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(
        stderr.contains("--cert and --key do not fit together"),
        "{stderr}"
    );
}
