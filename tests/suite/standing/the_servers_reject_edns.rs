//! EDNS is part of every question that resolvers ask today. What partners get of servers that want
//! none of it was measured with Unbound and BIND (`real_peers::witnesses`).

use super::*;

fn world(behaviour: &Behaviour) -> Internet {
    let world = Internet::new();
    world.servers(|ns| ns.now("zahnfee.de", RecordType::ANY, behaviour.clone()));
    world
}

#[track_caller]
fn minds_cookies(outcome: &Outcome, words: &[&str]) {
    warns(outcome, "cookie", words);
}

#[track_caller]
fn sends_cookies(outcome: &Outcome, words: &[&str]) {
    warns(outcome, "cookie-data", words);
}

#[track_caller]
fn warns(outcome: &Outcome, why: &str, words: &[&str]) {
    outcome.shows("domain", "authority-rejects-edns", "warn");
    let finding = outcome.finding("domain", "authority-rejects-edns");
    assert_eq!(finding["args"]["why"], why, "{outcome}");
    says(outcome, "domain", "authority-rejects-edns", words);
    outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
}

/// BIND sends a cookie with every question, and does not ask again without it; Unbound sends none.
#[test]
fn with_a_cookie() {
    internet(|| {
        for code in [
            None,
            Some(ResponseCode::FormErr),
            Some(ResponseCode::Refused),
            Some(ResponseCode::ServFail),
            Some(ResponseCode::NotImp),
        ] {
            let rejects = Behaviour::RejectsCookies(code);
            let world = Internet::new();
            world
                .ns1
                .now("zahnfee.de", RecordType::ANY, rejects.clone());
            // There is another one.
            is_ready(&world.check().run());
            world.ns2.now("zahnfee.de", RecordType::ANY, rejects);
            let name = code.map_or("ns1.provider.net".to_owned(), |code| {
                let name = if code == ResponseCode::FormErr {
                    "FORMERR"
                } else {
                    "ns2.provider.net"
                };
                name.to_owned()
            });
            minds_cookies(&world.check().run(), &["BIND", &name, "COOKIE"]);
        }
        // It wants its own cookie back, and says which that is.
        is_ready(&world(&Behaviour::wants_its_cookie()).check().run());
    });
}

/// Whoever wants its own cookie back, and does not say which, or does not take it either.
#[test]
fn with_any_cookie() {
    internet(|| {
        for rejects in [
            Behaviour::RejectsCookies(Some(ResponseCode::BADCOOKIE)),
            Behaviour::Cookies(|it| {
                let own = [&it[..8], b"12345678"].concat();
                (own, ResponseCode::BADCOOKIE)
            }),
        ] {
            minds_cookies(&world(&rejects).check().run(), &["BIND", "BADCOOKIE"]);
        }
    });
}

/// BIND takes an answer with a malformed cookie for broken, and does not go on to the next server.
#[test]
fn and_send_a_broken_cookie() {
    internet(|| {
        for cookie in [
            |it: &[u8]| (it[..5].to_vec(), ResponseCode::NoError),
            |_: &[u8]| (Vec::new(), ResponseCode::NoError),
            |it: &[u8]| ([it, b"1234567"].concat(), ResponseCode::NoError),
            |it: &[u8]| ([it, &[1; 33]].concat(), ResponseCode::NoError),
        ] {
            let behaviour = Behaviour::Cookies(cookie);
            sends_cookies(&world(&behaviour).check().run(), &["ns1", "ns2", "COOKIE"]);
            let world = Internet::new();
            world.ns2.now("zahnfee.de", RecordType::ANY, behaviour);
            sends_cookies(&world.check().run(), &["ns2.provider.net", "BIND"]);
        }
    });
}

/// And one that is not that of the question for a forgery, and asks the next one.
#[test]
fn and_send_another_cookie() {
    internet(|| {
        let foreign = Behaviour::Cookies(|_| (vec![7; 16], ResponseCode::NoError));
        let world = Internet::new();
        world
            .ns1
            .now("zahnfee.de", RecordType::ANY, foreign.clone());
        is_ready(&world.check().run());
        world.ns2.now("zahnfee.de", RecordType::ANY, foreign);
        sends_cookies(&world.check().run(), &["ns1", "ns2", "COOKIE"]);
    });
}

#[test]
fn and_send_a_right_cookie() {
    internet(|| {
        for cookie in [
            |it: &[u8]| (it.to_vec(), ResponseCode::NoError),
            |it: &[u8]| ([it, &[1; 8]].concat(), ResponseCode::NoError),
            |it: &[u8]| ([it, &[1; 32]].concat(), ResponseCode::NoError),
        ] {
            is_ready(&world(&Behaviour::Cookies(cookie)).check().run());
        }
    });
}

/// The zone in which the question ends is another one: behind an alias, or below a cut.
#[test]
fn with_a_cookie_in_another_zone() {
    internet(|| {
        for (what, lines, zone) in [
            ("xphone A", "xphone CNAME x.hoster.net.", "hoster.net"),
            ("SRV", "_tcp NS ns3.provider.net.", "_tcp.zahnfee.de"),
        ] {
            let world = Internet::with_zone(&zone_with(what, lines));
            let ns3 = Dns::at("81.2.3.55").authoritative();
            for dns in [&ns3, &world.resolver] {
                dns.replace("hoster.net", "@ NS ns3.provider.net.\nx A 81.2.3.4\n");
                let record =
                    "@ NS ns3.provider.net.\n_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.";
                dns.replace("_tcp.zahnfee.de", record);
            }
            let outcome = world.check().run();
            outcome.lacks("authority-rejects-edns");
            assert_eq!(outcome.code, 0, "{outcome}");
            ns3.now(".", RecordType::ANY, Behaviour::RejectsCookies(None));
            let outcome = world.check().run();
            outcome.shows("domain", "authority-rejects-edns", "warn");
            let args = &outcome.finding("domain", "authority-rejects-edns")["args"];
            assert_eq!(args["why"], "cookie", "{outcome}");
            assert_eq!(args["zone"], zone, "{outcome}");
            assert_eq!(outcome.code, 0, "{outcome}");
        }
    });
}

/// What servers from before EDNS say, and every resolver understands.
#[test]
fn as_old_servers_do() {
    internet(|| {
        let outcome = world(&Behaviour::NoEdns).check().run();
        outcome.lacks("authority-rejects-edns");
        is_ready(&outcome);
    });
}

#[test]
fn with_an_error_that_some_resolvers_give_up_at() {
    internet(|| {
        for (behaviour, rcode) in [
            (
                Behaviour::rejects_edns(ResponseCode::FormErr, true),
                "FORMERR",
            ),
            (
                Behaviour::rejects_edns(ResponseCode::NotImp, true),
                "NOTIMP",
            ),
            (
                Behaviour::rejects_edns(ResponseCode::NotImp, false),
                "NOTIMP",
            ),
        ] {
            let outcome = world(&behaviour).check().run();
            outcome.shows("domain", "authority-rejects-edns", "warn");
            let words = ["ns1.provider.net", "81.2.3.54", rcode];
            says(&outcome, "domain", "authority-rejects-edns", &words);
            outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
        }
    });
}

/// Some resolvers take such an answer for broken, others for the first of both.
#[test]
fn answers_with_edns_data_twice() {
    internet(|| {
        let outcome = world(&Behaviour::opts(1)).check().run();
        is_ready(&outcome);
        let outcome = world(&Behaviour::opts(2)).check().run();
        outcome.shows("domain", "authority-rejects-edns", "warn");
        let finding = outcome.finding("domain", "authority-rejects-edns");
        assert_eq!(finding["args"]["why"], "twice", "{outcome}");
        let words = ["81.2.3.53", "81.2.3.54", "OPT"];
        says(&outcome, "domain", "authority-rejects-edns", &words);
        outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
        let world = Internet::new();
        world
            .ns1
            .now("zahnfee.de", RecordType::ANY, Behaviour::opts(2));
        is_ready(&world.check().run());
    });
}

/// One of them only: it is named.
#[test]
fn one_of_them() {
    internet(|| {
        let world = Internet::new();
        let rejects = Behaviour::rejects_edns(ResponseCode::NotImp, false);
        world.ns2.now("zahnfee.de", RecordType::ANY, rejects);
        let outcome = world.check().run();
        let finding = outcome.finding("domain", "authority-rejects-edns");
        let servers = finding["args"]["servers"].to_string();
        assert!(
            servers.contains("ns2") && !servers.contains("ns1"),
            "{servers}"
        );
    });
}

#[test]
fn with_what_no_resolver_gets_past() {
    internet(|| {
        for behaviour in [
            Behaviour::rejects_edns(ResponseCode::BADVERS, true),
            Behaviour::rejects_edns(ResponseCode::ServFail, true),
            Behaviour::rejects_edns(ResponseCode::Refused, false),
            Behaviour::DropsEdns,
        ] {
            let outcome = world(&behaviour).check().run();
            outcome.shows("domain", "domain-dns-broken", "fail");
            assert_eq!(outcome.code, 1, "{outcome}");
        }
    });
}

/// A record that is missing is missing, however it is asked for.
#[test]
fn and_deny_the_record() {
    internet(|| {
        let world = Internet::with_zone(&zone_with("SRV", ""));
        let rejects = Behaviour::rejects_edns(ResponseCode::NotImp, false);
        world.servers(|ns| ns.now("zahnfee.de", RecordType::ANY, rejects.clone()));
        let outcome = world.check().run();
        outcome.shows("srv", "srv-missing", "fail");
    });
}

/// Who is silent to EDNS and answers without it has not refused, and the zone is there.
#[test]
fn silence_is_no_refusal() {
    internet(|| {
        for (behaviour, why) in [
            (Behaviour::DropsEdns, "edns"),
            (Behaviour::Refused, "errors"),
        ] {
            let outcome = world(&behaviour).check().run();
            let finding = outcome.finding("domain", "domain-dns-broken");
            assert_eq!(finding["args"]["why"], why, "{outcome}");
            let told = format!("{}{}", finding["message"], finding["fix"]);
            let is_about_edns = told.contains("drops the questions") && told.contains("firewall");
            assert_eq!(is_about_edns, why == "edns", "{told}");
            assert!(!told.contains("refuse"), "{told}");
        }
    });
}

/// They answer whoever asks as nslookup does, and fail as soon as signatures are wanted, too: which all
/// resolvers want of every zone, signed or not.
#[test]
fn where_signatures_are_wanted() {
    internet(|| {
        for code in [ResponseCode::ServFail, ResponseCode::Refused] {
            let outcome = world(&Behaviour::rejects_do(code)).check().run();
            let report = outcome.report();
            assert_eq!(report["verdict"], "not-ready", "{report}");
            let finding = outcome.finding("domain", "domain-dns-broken");
            let message = finding["message"].to_string();
            assert!(message.contains("(DO)"), "{message}");
        }
    });
}

#[test]
fn where_signatures_are_wanted_of_one_server() {
    internet(|| {
        let world = Internet::new();
        let rejects = Behaviour::rejects_do(ResponseCode::ServFail);
        world.ns2.now("zahnfee.de", RecordType::ANY, rejects);
        let outcome = world.check().run();
        outcome.shows("domain", "authority-partly-fails", "warn");
    });
}

#[test]
fn where_signatures_are_wanted_of_one_record() {
    internet(|| {
        let world = Internet::new();
        let rejects = || Behaviour::rejects_do(ResponseCode::ServFail);
        world.servers(|ns| ns.now("zahnfee.de", RecordType::SRV, rejects()));
        let outcome = world.check().run();
        assert_eq!(outcome.report()["verdict"], "not-ready");
    });
}

/// BIND takes such an answer for broken, and does not ask another server.
#[test]
fn answers_with_a_malformed_option() {
    internet(|| {
        for (option, data, words) in [
            (
                15,
                &b"\0\x16gr\xfcn"[..],
                &["Extended DNS Error", "UTF-8"][..],
            ),
            (15, b"", &["Extended DNS Error", "2 bytes"]),
            (9, b"ab", &["EDNS EXPIRE"]),
            (
                8,
                b"\0\x01\x18\0\x51\x02\x03\x04",
                &["edns-client-subnet", "prefix"],
            ),
        ] {
            let world = Internet::new();
            let sending = Behaviour::option(option, data);
            world.ns2.now("zahnfee.de", RecordType::ANY, sending);
            let outcome = world.check().run();
            outcome.shows("domain", "authority-rejects-edns", "warn");
            let finding = outcome.finding("domain", "authority-rejects-edns");
            assert_eq!(finding["args"]["why"], "option", "{outcome}");
            assert_eq!(finding["args"]["option"], option, "{outcome}");
            says(&outcome, "domain", "authority-rejects-edns", words);
            says(
                &outcome,
                "domain",
                "authority-rejects-edns",
                &["ns2.provider.net (81.2.3.54:53)"],
            );
            outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
        }
        for (option, data) in [
            (15, "\0\x16grün".as_bytes()),
            (8, b"\0\x01\x18\0\x51\x02\x03"),
            (9, b""),
            (65001, b"a"),
        ] {
            is_ready(&world(&Behaviour::option(option, data)).check().run());
        }
    });
}

/// A firewall that drops what it does not know of one question lets others through.
#[test]
fn silence_to_a_cookie_with_one_question() {
    internet(|| {
        let drops = Behaviour::RejectsCookies(None);
        let world = Internet::new();
        world.servers(|ns| ns.only(SRV, RecordType::SRV, drops.clone()));
        let outcome = world.check().run();
        outcome.shows("domain", "authority-rejects-edns", "warn");
        let finding = outcome.finding("domain", "authority-rejects-edns");
        assert_eq!(finding["args"]["why"], "cookie", "{outcome}");
        assert_eq!(finding["args"]["name"], SRV, "{outcome}");
        outcome.stands("warn pass pass pass pass pass", "ready-with-warnings", 0);
        world.ns2.only(SRV, RecordType::SRV, Behaviour::Normal);
        is_ready(&world.check().run());
    });
}
