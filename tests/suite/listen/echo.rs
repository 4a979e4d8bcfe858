//! Replies: where they go, by which way they are taken, and where none is sent.

use super::{Listening, Post, SECRET, request, text};
use crate::stage::Outcome;
use crate::world::caller::Caller;
use crate::world::{Authority, Behaviour, ClientAuth, RecordType, Server, Sip};

const DIALOG: &str = "call-INVITE";

impl Post {
    /// The server of the domain as partners reach it: it takes clients of the authority, and answers
    /// like this.
    fn server(&self, sip: Sip) -> Server {
        Server::tls(self.xphone())
            .client_auth(ClientAuth::Required)
            .trusting(&self.authority)
            .sip(sip)
            .start()
    }

    fn listen_with(&self, server: &Server, args: &[&str]) -> Listening {
        let address = server.address().to_string();
        let args = [&["--echo", "--expect", "zahnfee.de"], args].concat();
        self.listen_beside(&address, &args)
    }
}

/// Opens a chat with this route, and gives the tag of the other side.
fn open(caller: &mut Caller, user: &str, route: &str) -> String {
    let sdp = "v=0\nc=IN IP4 10.0.0.5\nm=message 5060 sip null\n";
    let more = format!("{route}Content-Type: application/sdp\n");
    let invite = request("INVITE", user, 7, &more, sdp);
    let invite = invite.replace(
        "Contact: <sip:xphone.zahnfee.de:5061;transport=tls>",
        "Contact: <sip:ann@zahnfee.de;opaque=user:epid:4BYP;gruu>",
    );
    let accepted = caller.ask(&invite);
    assert!(accepted.starts_with("SIP/2.0 200 OK\r\n"), "{accepted}");
    let to = accepted
        .lines()
        .find_map(|line| line.strip_prefix("To: "))
        .expect("copied");
    let tag = to.split(";tag=").nth(1).expect("a tag").to_owned();
    caller.say(&within(&request("ACK", user, 7, "", ""), user, &tag));
    tag
}

/// The same request within that chat.
fn within(message: &str, user: &str, tag: &str) -> String {
    let message = message.replace(
        &format!("To: <sip:{user}>"),
        &format!("To: <sip:{user}>;tag={tag}"),
    );
    let method = message.split(' ').next().expect("a method").to_owned();
    message.replace(&format!("call-{method}"), DIALOG)
}

const ROUTE: &str =
    "Record-Route: <sip:xphone.zahnfee.de:5061;transport=tls;lr;ms-route-sig=abc>;tag=9C\n";

/// Opens a chat by this route and writes in it.
fn chat(listening: &Listening, caller: &mut Caller, route: &str) -> String {
    let user = listening.user().to_owned();
    let tag = open(caller, &user, route);
    let answer = caller.ask(&within(&text(&user, 8), &user, &tag));
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    tag
}

/// Takes the request of ours that comes next, with this status.
fn answer(caller: &mut Caller, status: &str) -> String {
    let heard = caller.hear().expect("the second try");
    let copied = heard.lines().filter(|line| {
        ["Via:", "From:", "To:", "Call-ID:", "CSeq:"]
            .iter()
            .any(|name| line.starts_with(name))
    });
    let headers: String = copied.flat_map(|line| [line, "\n"]).collect();
    caller.say(&format!("SIP/2.0 {status}\n{headers}Content-Length: 0\n\n"));
    heard
}

fn header<'a>(message: &'a str, name: &str) -> &'a str {
    let mut lines = message.lines();
    let found = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    found.unwrap_or_else(|| panic!("{name}: {message}"))
}

fn replies(outcome: &Outcome) -> usize {
    let calls = outcome.report()["facts"]["calls"]["calls"].as_array();
    let calls = calls.expect("somebody called").iter();
    let replies = calls.filter_map(|call| call["sip"]["replies"].as_array());
    replies.map(Vec::len).sum()
}

const PROVEN: &str = "pass pass pass pass pass pass pass";

#[test]
fn within_the_chat_to_its_route() {
    let post = Post::new();
    let server = post.server(Sip::Ok);
    let listening = post.listen_with(&server, &["--once", "--transcript", "said.txt"]);
    let user = listening.user().to_owned();
    let mut caller = listening.called_by(&post);
    let tag = chat(&listening, &mut caller, ROUTE);
    let outcome = listening.report();
    outcome.stands(PROVEN, "ready", 0);
    let summary = outcome.step("outbound-reply")["summary"].to_string();
    assert!(summary.contains("xphone.zahnfee.de"), "{summary}");
    let requests = server.requests();
    let reply = requests.last().expect("it came");
    assert!(
        reply.starts_with("MESSAGE sip:ann@zahnfee.de;opaque=user:epid:4BYP;gruu SIP/2.0\r\n"),
        "{reply}"
    );
    assert_eq!(header(reply, "From"), format!("<sip:{user}>;tag={tag}"));
    assert_eq!(
        header(reply, "To"),
        "\"Ann\" <sip:ann@zahnfee.de>;tag=a1;epid=4711"
    );
    assert_eq!(header(reply, "Call-ID"), DIALOG);
    assert_eq!(header(reply, "CSeq"), "1 MESSAGE");
    let route = ROUTE.trim().trim_start_matches("Record-Route: ");
    assert_eq!(header(reply, "Route"), route);
    assert!(!reply.contains("Contact:"), "RFC 3428: {reply}");
    assert!(!reply.contains(SECRET), "{reply}");
    let said = std::fs::read_to_string(post.folder.file("said.txt")).expect("it was written");
    assert!(said.contains("\nMESSAGE sip:#"), "{said}");
    for hidden in [SECRET, "ann@", user.as_str(), "has arrived"] {
        assert!(!said.contains(hidden), "{hidden}: {said}");
    }
}

/// A server of before RFC 3261 says that it is one by a route without `lr`: it stands in the request line,
/// and whom it is for at the end of the routes (§12.2.1.1).
#[test]
fn a_strict_route_stands_in_the_request_line() {
    let post = Post::new();
    let server = post.server(Sip::Ok);
    let listening = post.listen_with(&server, &["--once"]);
    let mut caller = listening.called_by(&post);
    let routes = "Record-Route: <sip:xphone.zahnfee.de:5061;transport=tls>\n\
                  Record-Route: <sip:pool.zahnfee.local;lr>\n";
    chat(&listening, &mut caller, routes);
    listening.report().stands(PROVEN, "ready", 0);
    let requests = server.requests();
    let reply = requests.last().expect("it came");
    assert!(
        reply.starts_with("MESSAGE sip:xphone.zahnfee.de:5061;transport=tls SIP/2.0\r\n"),
        "{reply}"
    );
    let routes = reply.lines().filter(|line| line.starts_with("Route: "));
    assert_eq!(
        routes.collect::<Vec<_>>(),
        [
            "Route: <sip:pool.zahnfee.local;lr>",
            "Route: <sip:ann@zahnfee.de;opaque=user:epid:4BYP;gruu>",
        ]
    );
}

/// `maddr` says where to go, whatever the host is called (§19.1.1).
#[test]
fn a_route_may_lead_elsewhere_than_it_is_called() {
    let post = Post::new();
    let server = post.server(Sip::Ok);
    let listening = post.listen_with(&server, &["--once"]);
    let mut caller = listening.called_by(&post);
    let route = "Record-Route: <sip:pool.zahnfee.local:5061;maddr=xphone.zahnfee.de;lr>\n";
    chat(&listening, &mut caller, route);
    listening.report().stands(PROVEN, "ready", 0);
    assert!(
        server
            .requests()
            .last()
            .is_some_and(|it| it.starts_with("MESSAGE "))
    );
}

#[test]
fn a_message_by_itself_goes_to_the_published_server() {
    let post = Post::new();
    let server = post.server(Sip::Ok);
    let listening = post.listen_with(&server, &["--once"]);
    let user = listening.user().to_owned();
    let mut caller = listening.called_by(&post);
    caller.ask(&text(&user, 1));
    let outcome = listening.report();
    outcome.stands(PROVEN, "ready", 0);
    let requests = server.requests();
    let reply = requests.last().expect("it came");
    assert!(
        reply.starts_with("MESSAGE sip:ann@zahnfee.de SIP/2.0\r\n"),
        "{reply}"
    );
    assert_eq!(header(reply, "To"), "<sip:ann@zahnfee.de>");
    let from = header(reply, "From");
    assert!(from.starts_with(&format!("<sip:{user}>;tag=")), "{from}");
    assert_ne!(header(reply, "Call-ID"), "call-MESSAGE");
}

/// No new connection comes about: the caller's own one is the second way, and a warning.
#[test]
fn on_the_callers_own_connection() {
    let post = Post::new();
    let listening = post.listen(&["--echo", "--once"]);
    let mut caller = listening.called_by(&post);
    chat(&listening, &mut caller, ROUTE);
    let reply = answer(&mut caller, "200 OK");
    assert!(reply.starts_with("MESSAGE sip:ann@zahnfee.de;"), "{reply}");
    assert!(!reply.contains(SECRET), "{reply}");
    assert!(reply.contains("This is the reply of the test partner."));
    let outcome = listening.report();
    let finding = outcome.finding("outbound-reply", "call-reply-only-back");
    assert_eq!(finding["args"]["reason"], "refused");
    assert_eq!(finding["args"]["server"], "xphone.zahnfee.de");
    outcome.stands(
        "pass pass pass pass pass pass warn",
        "ready-with-warnings",
        0,
    );
}

#[test]
fn nobody_takes_it() {
    let post = Post::new();
    let listening = post.listen(&["--echo", "--once"]);
    let mut caller = listening.called_by(&post);
    chat(&listening, &mut caller, ROUTE);
    drop(caller);
    let outcome = listening.report();
    outcome.shows("outbound-reply", "call-reply-not-connected", "unknown");
    outcome.stands("pass pass pass pass pass pass unknown", "inconclusive", 3);
}

#[test]
fn it_is_refused_or_not_answered() {
    let post = Post::new();
    let server = post.server(Sip::Status(403, "Forbidden"));
    let listening = post.listen_with(&server, &["--once"]);
    let mut caller = listening.called_by(&post);
    chat(&listening, &mut caller, ROUTE);
    answer(&mut caller, "481 Gone");
    let outcome = listening.report();
    let finding = outcome.finding("outbound-reply", "call-reply-refused");
    assert_eq!(finding["args"]["status"], 403);
    outcome.stands("pass pass pass pass pass pass unknown", "inconclusive", 3);

    let server = post.server(Sip::Close);
    let listening = post.listen_with(&server, &["--once"]);
    let mut caller = listening.called_by(&post);
    chat(&listening, &mut caller, ROUTE);
    drop(caller);
    let outcome = listening.report();
    outcome.shows("outbound-reply", "call-reply-unanswered", "unknown");
}

/// A stranger may not send it anywhere: the server has to be one that the certificate is for.
#[test]
fn no_connection_to_a_server_of_somebody_else() {
    let post = Post::new();
    let server = post.server(Sip::Ok);
    for route in [
        "Record-Route: <sip:sip.victim.example:5061;transport=tls;lr>\n",
        "Record-Route: <sip:xphone.zahnfee.local;lr>\n",
        "Record-Route: <sip:203.0.113.7;lr>\n",
        "Record-Route: <tel:+49>\n",
    ] {
        let listening = post.listen_with(&server, &["--once"]);
        let mut caller = listening.called_by(&post);
        chat(&listening, &mut caller, route);
        drop(caller);
        let outcome = listening.report();
        let finding = outcome.finding("outbound-reply", "call-reply-withheld");
        assert_eq!(finding["args"]["reason"], "foreign", "{route}");
    }
    assert_eq!(server.connections(), 0);
}

/// Who has proven nothing gets nothing, and the step of the certificate says why.
#[test]
fn no_reply_to_who_has_proven_nothing() {
    let post = Post::new();
    let server = post.server(Sip::Ok);
    let strange = Authority::new("Somebody Else CA");
    for identity in [None, Some(strange.certificate("xphone.zahnfee.de").issue())] {
        let listening = post.listen_with(&server, &["--once"]);
        let call = listening.call();
        let call = match identity {
            Some(identity) => call.presenting(identity),
            None => call,
        };
        let mut caller = call.connect().expect("TLS");
        chat(&listening, &mut caller, ROUTE);
        let outcome = listening.report();
        outcome.stands("pass pass fail skip pass pass skip", "not-ready", 1);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn five_replies_a_minute_and_no_more() {
    let post = Post::new();
    let server = post.server(Sip::Ok);
    let listening = post.listen_with(&server, &[]);
    let user = listening.user().to_owned();
    let mut caller = listening.called_by(&post);
    for number in 0..8 {
        caller.ask(&text(&user, number));
    }
    // What says that somebody is typing is no text.
    let typing = "Content-Type: application/im-iscomposing+xml\n";
    caller.ask(&request("MESSAGE", &user, 9, typing, "<x/>"));
    let is_told = |outcome: &Outcome| replies(outcome) == 8;
    let outcome = listening.end();
    assert!(is_told(&outcome), "{outcome}");
    assert!(server.requests().len() <= 5, "{:?}", server.requests());
}

/// Presence that is asked for goes the same way.
#[test]
fn presence_to_the_route() {
    let post = Post::new();
    let server = post.server(Sip::Ok);
    let listening = post.listen_with(&server, &["--once"]);
    let user = listening.user().to_owned();
    let mut caller = listening.called_by(&post);
    let more = format!("{ROUTE}Event: presence\nExpires: 600\n");
    let accepted = caller.ask(&request("SUBSCRIBE", &user, 1, &more, ""));
    assert!(accepted.starts_with("SIP/2.0 200 OK\r\n"), "{accepted}");
    caller.ask(&text(&user, 2));
    let outcome = listening.report();
    outcome.stands(PROVEN, "ready", 0);
    let requests = server.requests();
    let notify = requests.iter().find(|one| one.starts_with("NOTIFY "));
    let notify = notify.unwrap_or_else(|| panic!("{requests:?}"));
    assert!(notify.contains("\r\nContent-Type: application/pidf+xml\r\n"));
    assert!(notify.contains("\r\nContact: <sip:fed.echo.example:5061;transport=tls>\r\n"));
}

/// What is left open is ended by whoever opened it last.
#[test]
fn a_farewell() {
    let post = Post::new();
    let listening = post.listen(&[]);
    let mut caller = listening.called_by(&post);
    let user = listening.user().to_owned();
    let tag = open(&mut caller, &user, ROUTE);
    let more = "Session-Expires: 1800;refresher=uas\nSupported: timer\n";
    let update = request("UPDATE", &user, 9, more, "");
    let lost = caller.ask(&update);
    assert!(lost.starts_with("SIP/2.0 481 "), "{lost}");
    let update =
        within(&update, &user, &tag).replace("sip:xphone.zahnfee.de", "sip:new.zahnfee.de");
    let kept = caller.ask(&update);
    assert!(kept.starts_with("SIP/2.0 200 OK\r\n"), "{kept}");
    assert_eq!(header(&kept, "Session-Expires"), "1800;refresher=uas");
    let outcome = listening.end();
    let bye = caller.hear().expect("it is ended");
    assert!(
        bye.starts_with("BYE sip:new.zahnfee.de:5061;"),
        "where it is now: {bye}"
    );
    assert_eq!(header(&bye, "Call-ID"), DIALOG);
    outcome.finding("outbound-chat", "call-chat-not-sent");
}

/// The connection that the chat was opened on has gone: the farewell goes as a reply would.
#[test]
fn a_farewell_on_a_new_connection() {
    let post = Post::new();
    let server = post.server(Sip::Ok);
    let listening = post.listen_with(&server, &[]);
    let mut caller = listening.called_by(&post);
    let user = listening.user().to_owned();
    let tag = open(&mut caller, &user, ROUTE);
    caller.finish();
    listening.end();
    let requests = server.requests();
    let bye = requests.last().expect("it came");
    assert!(bye.starts_with("BYE sip:ann@zahnfee.de;"), "{bye}");
    assert_eq!(header(bye, "Call-ID"), DIALOG);
    assert_eq!(header(bye, "From"), format!("<sip:{user}>;tag={tag}"));
}

/// What DNS does not say is not said to be missing.
#[test]
fn where_to_is_not_known() {
    for (zone, reason) in [
        ("xphone A 81.2.3.4", "no-server"),
        ("_sipfederationtls._tcp SRV 0 0 5061 xphone", "no-address"),
    ] {
        let post = Post::with_zone(zone);
        // Only what is published for another address leads elsewhere.
        let listening = post.listen_beside("81.2.3.200=127.0.0.1:1", &["--echo", "--once"]);
        let mut caller = listening.called_by(&post);
        caller.ask(&text(listening.user(), 1));
        drop(caller);
        let outcome = listening.report();
        let finding = outcome.finding("outbound-reply", "call-reply-withheld");
        assert_eq!(finding["args"]["reason"], reason);
        assert_eq!(outcome.report()["verdict"], "inconclusive");
    }
    let post = Post::new();
    let name = "_sipfederationtls._tcp.zahnfee.de";
    post.dns.now(name, RecordType::SRV, Behaviour::Refused);
    let listening = post.listen_beside("81.2.3.200=127.0.0.1:1", &["--echo", "--once"]);
    let mut caller = listening.called_by(&post);
    caller.ask(&text(listening.user(), 1));
    drop(caller);
    let outcome = listening.report();
    let finding = outcome.finding("outbound-reply", "call-reply-withheld");
    assert_eq!(finding["args"]["reason"], "no-dns");
}
