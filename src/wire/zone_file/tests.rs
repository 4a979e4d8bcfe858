//! By table: what files say, and what no name server would load.

mod contents;

use super::*;
use crate::facts::{DnsOutcome, RecordType, Srv};

#[track_caller]
fn zone(text: &str) -> ZoneFile {
    match ZoneFile::read(text.as_bytes(), Some("zahnfee.de")) {
        Ok(zone) => zone,
        Err(wrong) => panic!("{wrong:?} in {text}"),
    }
}

#[track_caller]
fn faults(text: &str) -> Vec<(usize, WrongInZone)> {
    match ZoneFile::read(text.as_bytes(), Some("zahnfee.de")) {
        Err(NotAZone::Faults(faults)) => faults
            .into_iter()
            .map(|fault| (fault.line, fault.what))
            .collect(),
        other => panic!("{other:?} of {text}"),
    }
}

/// The data of an answer as text.
fn said(zone: &ZoneFile, name: &str, record: RecordType) -> Vec<String> {
    let outcome = zone.look_up(name, record);
    let records = outcome.records().iter();
    records.map(|record| record.data.to_string()).collect()
}

#[test]
fn names_are_relative_and_records_are_written_in_many_ways() {
    let record = ["0 0 5061 xphone.zahnfee.de."];
    for text in [
        "_sipfederationtls._tcp SRV 0 0 5061 xphone",
        "_sipfederationtls._tcp 3600 IN SRV 0 0 5061 xphone.zahnfee.de.",
        "_sipfederationtls._tcp IN 1h30m SRV 0 0 5061 xphone",
        "_SipFederationTLS._TCP.Zahnfee.de. in srv 0 0 5061 xphone ; a comment",
        "_sipfederationtls._tcp ( ; over\n  SRV 0 0 ; several\n 5061\n xphone ) ; lines\n",
        "$ORIGIN _tcp\n_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.",
        "$ORIGIN _tcp.zahnfee.de.\n_sipfederationtls SRV 0 0 5061 xphone.zahnfee.de.",
        "_sipfederationtls._tcp TXT \"a ; b ( c\" \"\\\"\"\n\tSRV 0 0 5061 xphone",
        "_sipfederationtls._tcp\t[AGE:3712345]\t1200\tSRV\t0 0 5061\txphone",
        r"\095sipfederationtls._tcp SRV 0 0 5061 xph\111ne",
        "$TTL 1d\r\n_sipfederationtls._tcp SRV 0 0 5061 xphone\r\n",
        "_sipfederationtls._tcp TYPE33 0 0 5061 xphone",
    ] {
        let zone = zone(text);
        let name = "_sipfederationtls._tcp.zahnfee.de";
        let found = said(&zone, name, RecordType::Srv);
        let found: Vec<String> = found.iter().map(|it| it.to_lowercase()).collect();
        assert_eq!(found, record, "{text}");
    }
}

#[test]
fn the_zone_is_the_one_that_the_file_names() {
    let soa = "SOA ns1 hostmaster ( 1 1h 15m 4w 5m )\n  NS ns1.hoster.example.";
    for (text, origin, apex) in [
        (format!("@ {soa}"), Some("zahnfee.de"), Some("zahnfee.de")),
        (format!("zahnfee.de. {soa}"), None, Some("zahnfee.de")),
        (
            format!("$ORIGIN Zahnfee.de.\n@ {soa}"),
            None,
            Some("zahnfee.de"),
        ),
        (
            format!("zahnfee.de. {soa}"),
            Some("chat.zahnfee.de"),
            Some("zahnfee.de"),
        ),
        (
            format!(";\n;  Database file zahnfee.de.dns for zahnfee.de zone.\n;\n\n@ IN {soa}"),
            None,
            Some("zahnfee.de"),
        ),
        (
            "$ORIGIN zahnfee.de.\n$ORIGIN _tcp\na A 81.2.3.4".to_owned(),
            None,
            Some("zahnfee.de"),
        ),
        (
            "www A 81.2.3.4".to_owned(),
            Some("zahnfee.de"),
            Some("zahnfee.de"),
        ),
        (format!("@ {soa}"), None, None),
        ("$ORIGIN zahnfee.de\nwww A 81.2.3.4".to_owned(), None, None),
        ("www.zahnfee.de. A 81.2.3.4".to_owned(), None, None),
    ] {
        let read = ZoneFile::read(text.as_bytes(), origin);
        let found = read.as_ref().map(ZoneFile::apex);
        assert_eq!(found.ok(), apex, "{text}");
        assert!(apex.is_some() || read.is_err_and(|wrong| wrong == NotAZone::Nameless));
    }
}

#[test]
fn times_to_live_come_from_the_record_the_directive_or_the_soa() {
    let soa = "@ SOA ns1 h 1 2 3 4 300\n@ NS ns1.hoster.example.\n";
    for (text, ttl) in [
        (format!("{soa}a 60 A 81.2.3.4"), 60),
        (format!("{soa}a A 81.2.3.4"), 300),
        (format!("$TTL 2h\n{soa}a A 81.2.3.4"), 7200),
        (format!("$TTL 2h\n{soa}b 60 A 81.2.3.5\na A 81.2.3.4"), 7200),
        (format!("{soa}b 60 A 81.2.3.5\na A 81.2.3.4"), 60),
        ("a A 81.2.3.4".to_owned(), 3600),
    ] {
        let found = zone(&text).look_up("a.zahnfee.de", RecordType::A);
        assert_eq!(found.records()[0].ttl, ttl, "{text}");
    }
    let denied = zone(soa).look_up("b.zahnfee.de", RecordType::A);
    assert_eq!(denied.negative_ttl(), Some(300));
}

#[test]
fn answers_are_those_of_a_name_server() {
    use RecordType::{A, Aaaa, Soa, Srv as SrvType};
    let zone = zone(
        "@ SOA ns1 h 1 2 3 4 300\n\
         @ NS ns1.hoster.example.\n\
         www A 81.2.3.4\n\
         www AAAA 2a02:1:2::3\n\
         alias CNAME www\n\
         away CNAME www.elhada.es.\n\
         loop CNAME pool\n\
         pool CNAME loop\n\
         *.wild A 81.2.3.5\n\
         there.wild TXT x\n\
         sub NS ns.sub\n\
         ns.sub A 81.2.3.6\n\
         old DNAME www\n\
         made ALIAS lb.example.net.\n\
         a.b.c A 81.2.3.7\n",
    );
    let kind = |name: &str, record| match zone.look_up(name, record) {
        DnsOutcome::Records { .. } => "records",
        DnsOutcome::NoData { .. } => "no data",
        DnsOutcome::NoName { .. } => "no name",
        DnsOutcome::Elsewhere { .. } => "elsewhere",
        DnsOutcome::Failed { .. } | DnsOutcome::Unanswered(_) => "failed",
    };
    for (name, record, expected) in [
        ("www.zahnfee.de", A, "records"),
        ("WWW.Zahnfee.de", Aaaa, "records"),
        ("www.zahnfee.de", SrvType, "no data"),
        ("alias.zahnfee.de", A, "records"),
        ("alias.zahnfee.de", SrvType, "no data"),
        ("away.zahnfee.de", A, "elsewhere"),
        ("loop.zahnfee.de", A, "elsewhere"),
        ("x.wild.zahnfee.de", A, "records"),
        ("y.x.wild.zahnfee.de", A, "records"),
        ("there.wild.zahnfee.de", A, "no data"),
        ("below.there.wild.zahnfee.de", A, "no name"),
        ("sub.zahnfee.de", A, "elsewhere"),
        ("x.sub.zahnfee.de", Soa, "elsewhere"),
        ("x.old.zahnfee.de", A, "no name"),
        ("made.zahnfee.de", A, "elsewhere"),
        ("made.zahnfee.de", SrvType, "no data"),
        ("b.c.zahnfee.de", A, "no data"),
        ("x.c.zahnfee.de", A, "no name"),
        ("nothing.zahnfee.de", A, "no name"),
        ("nothing.zahnfee.de", Soa, "no data"),
        ("zahnfee.de", Soa, "records"),
        ("evilzahnfee.de", A, "elsewhere"),
        ("de", A, "elsewhere"),
    ] {
        assert_eq!(kind(name, record), expected, "{name} {record:?}");
    }
    let alias = zone.look_up("alias.zahnfee.de", A);
    assert_eq!(alias.aliases()[0].target, "www.zahnfee.de");
}

/// What somebody mistyped stays as it will be published.
#[test]
fn the_faults_of_people_stay_in_it() {
    for (target, published) in [
        ("xphone.zahnfee.de", "xphone.zahnfee.de.zahnfee.de"),
        ("81.2.3.4", "81.2.3.4.zahnfee.de"),
        ("81.2.3.4.", "81.2.3.4"),
        ("https://xphone.zahnfee.de.", "https://xphone.zahnfee.de"),
        (".", "."),
        ("@", "zahnfee.de"),
    ] {
        let zone = zone(&format!("s SRV 0 0 5060 {target}"));
        let outcome = zone.look_up("s.zahnfee.de", RecordType::Srv);
        let expected = Data::Srv(Srv {
            priority: 0,
            weight: 0,
            port: 5060,
            target: published.to_owned(),
        });
        assert_eq!(outcome.records()[0].data, expected, "{target}");
    }
}

#[test]
fn content_that_is_written_in_bytes() {
    let zone = zone(
        "a TYPE33 \\# 25 0000000013c5 067870686f6e65 077a61686e666565 02646500\n\
         a A \\# 4 ( 51020304 )\n\
         a TYPE16 \\# 6 026869 025C79\n\
         c DNAME \\# 3 016b00\n\
         a CAA \\# 8 0005697373 756578\n",
    );
    for (record, expected) in [
        (RecordType::Srv, "0 0 5061 xphone.zahnfee.de."),
        (RecordType::A, "81.2.3.4"),
        (RecordType::Txt, r#""hi\\y""#),
    ] {
        assert_eq!(said(&zone, "a.zahnfee.de", record), [expected]);
    }
    let led = zone.look_up("x.c.zahnfee.de", RecordType::A);
    assert_eq!(led.aliases()[0].target, "x.k");
    for line in [
        r"a A \# 3 51020304",
        r"a A \# 4 5102030",
        r"a A \# 5 5102030405",
        r"a A \# 4 5102030g",
        r"a SRV \# 6 0000000013c5",
        r"a TXT \# 2 0568",
        r"a A \#",
    ] {
        let [(1, WrongInZone::Content(..))] = faults(line)[..] else {
            panic!("{line}");
        };
    }
}

#[test]
fn what_stands_there_twice_counts_once() {
    let zone = zone(
        "@ SOA ns1 h 1 2 3 4 5\n@ NS ns1.hoster.example.\na 300 A 81.2.3.4\n\
         a 600 A 81.2.3.4\n@ SOA ns1 h 1 2 3 4 5\n",
    );
    assert_eq!(said(&zone, "a.zahnfee.de", RecordType::A), ["81.2.3.4"]);
    assert_eq!(said(&zone, "zahnfee.de", RecordType::Soa).len(), 1);
}

#[test]
fn what_is_below_a_dname_is_never_seen() {
    let zone = zone("_tcp DNAME k\na._tcp A 81.2.3.4\na.k A 81.2.3.5\n_tcp A 81.2.3.6\n");
    let addresses = |name| said(&zone, name, RecordType::A);
    assert_eq!(addresses("a._tcp.zahnfee.de"), ["81.2.3.5"]);
    assert_eq!(addresses("_tcp.zahnfee.de"), ["81.2.3.6"]);
}

#[test]
fn what_cloudflare_proxies_is_published_otherwise() {
    let zone = zone(
        "a 1 IN A 81.2.3.4 ; cf_tags=cf-proxied:true\n\
         b 1 IN A 81.2.3.5 ; cf_tags=cf-proxied:false\n\
         c 1 IN CNAME b.zahnfee.de. ; cf_tags=cf-proxied:true\n",
    );
    for name in ["a.zahnfee.de", "c.zahnfee.de"] {
        let answer = zone.look_up(name, RecordType::A);
        assert!(matches!(answer, DnsOutcome::Elsewhere { .. }), "{answer:?}");
    }
    assert_eq!(said(&zone, "b.zahnfee.de", RecordType::A), ["81.2.3.5"]);
}

#[test]
fn what_no_name_server_loads_is_named_with_its_line() {
    use WrongInZone::{
        BesideAlias, Blank, Content, Directive, DoubledSoa, Elsewhere, Name, NoOwner, NoType,
        Parenthesis, Quote, SecondSoa, Ttl,
    };
    let text = |text: &str| text.to_owned();
    for (lines, expected) in [
        (
            "\n$INCLUDE other.zone\n",
            vec![(2, Elsewhere(text("$INCLUDE")))],
        ),
        (
            "$generate 1-9 a$ A 81.2.3.$",
            vec![(1, Elsewhere(text("$generate")))],
        ),
        ("$DATE 1", vec![(1, Directive(text("$DATE")))]),
        ("$TTL soon", vec![(1, Ttl(text("soon")))]),
        ("a ( A 81.2.3.4\n\n", vec![(1, Parenthesis)]),
        (
            "a A ) 81.2.3.4\nb A x",
            vec![(1, Parenthesis), (2, Content("A", text("x")))],
        ),
        ("a TXT \"x\nb A 81.2.3.4", vec![(1, Quote)]),
        (
            "a\u{a0}IN A 81.2.3.4\nb A\u{3000}x\nc A 81.2.3.4 ; \u{a0}",
            vec![(1, Blank('\u{a0}')), (2, Blank('\u{3000}'))],
        ),
        (
            "a A \"81.2.3.4\"",
            vec![(1, Content("A", text("\"81.2.3.4\"")))],
        ),
        (
            "a SRV 0 0 5061 \"b\"",
            vec![(1, Content("SRV", text("0 0 5061 \"b\"")))],
        ),
        (
            "zahnfee.de SOA ns1 h 1 2 3 4 5\nzahnfee.de NS ns1.hoster.example.",
            vec![(1, DoubledSoa(text("zahnfee.de.zahnfee.de")))],
        ),
        ("a..b A 81.2.3.4", vec![(1, Name(text("a..b")))]),
        (r"a\25 A 81.2.3.4", vec![(1, Name(text(r"a\25")))]),
        (r"a\999 A 81.2.3.4", vec![(1, Name(text(r"a\999")))]),
        ("  A 81.2.3.4", vec![(1, NoOwner)]),
        ("a 36OO A 81.2.3.4", vec![(1, NoType(text("36OO")))]),
        ("a IN", vec![(1, NoType(String::new()))]),
        (
            "a A 81.2.3.444",
            vec![(1, Content("A", text("81.2.3.444")))],
        ),
        (
            "a SRV 0 0 5061",
            vec![(1, Content("SRV", text("0 0 5061")))],
        ),
        (
            "a SRV 0 0 sip xphone",
            vec![(1, Content("SRV", text("0 0 sip xphone")))],
        ),
        (
            "a SRV 0 0 65536 xphone",
            vec![(1, Content("SRV", text("0 0 65536 xphone")))],
        ),
        (
            r"a TYPE33 \# 1 00",
            vec![(1, Content("SRV", text(r"\# 1 00")))],
        ),
        (
            "a CNAME b\na A 81.2.3.4",
            vec![(1, BesideAlias(text("a.zahnfee.de")))],
        ),
        (
            "@ SOA ns1 h 1 2 3 4 5\n@ NS ns1.hoster.example.\n@ SOA ns1 h 2 2 3 4 5",
            vec![(3, SecondSoa)],
        ),
    ] {
        assert_eq!(faults(lines), expected, "{lines}");
    }
    let long = "a".repeat(64);
    assert_eq!(faults(&format!("{long} A 81.2.3.4")), [(1, Name(long))]);
    // What federation does not need is somebody else's to judge.
    zone("@ NS ns1.a\na NS ns1.a\n@ NS ns2\n* A 81.2.3.53\n");
    zone(
        "@ WINS L1 L2 ( 10.0.0.1 )\na RRSIG A 13 2 300 20261228000000 1 1 @ AQ==\na CAA 0 issue \"x\"\na TYPE65534 \\# 0\n",
    );
}

#[test]
fn records_that_no_name_server_loads_are_named_with_their_line() {
    use WrongInZone::{
        BesideAlias, Class, Content, LongString, NoServers, NoType, SecondSubtree, ServerIsAlias,
        ServerWithoutAddress, UnknownType, WildcardHandsOn,
    };
    let text = |text: &str| text.to_owned();
    for (lines, expected) in [
        (
            "a CNAME b\na CAA 0 issue \"x\"",
            vec![(1, BesideAlias(text("a.zahnfee.de")))],
        ),
        (
            "a DNAME b\nb A 81.2.3.4\na DNAME c",
            vec![(3, SecondSubtree(text("a.zahnfee.de")))],
        ),
        ("a BAR baz", vec![(1, UnknownType(text("BAR")))]),
        (
            "a TYPE65536 \\# 0",
            vec![(1, UnknownType(text("TYPE65536")))],
        ),
        ("a 300 60 A 81.2.3.4", vec![(1, NoType(text("60")))]),
        ("a IN IN A 81.2.3.4", vec![(1, UnknownType(text("IN")))]),
        ("a CH TXT x", vec![(1, Class(text("CH")))]),
        (
            "@ CAA issue \"x\"",
            vec![(1, Content("CAA", text("issue \"x\"")))],
        ),
        (
            &format!("a TXT \"{}\"", "x".repeat(256)),
            vec![(1, LongString)],
        ),
        (
            "*.a NS ns1.hoster.example.",
            vec![(1, WildcardHandsOn(text("*.a.zahnfee.de")))],
        ),
        (
            "a A 81.2.3.4\n@ SOA ns1 h 1 2 3 4 5",
            vec![(2, NoServers(text("zahnfee.de")))],
        ),
        (
            "@ NS 81.2.3.53",
            vec![(1, Content("NS", text("81.2.3.53")))],
        ),
        (
            "@ NS ns1.hoster.example",
            vec![(
                1,
                ServerWithoutAddress(text("ns1.hoster.example.zahnfee.de")),
            )],
        ),
        (
            "@ NS ns1\nns1 CNAME a\na A 81.2.3.53",
            vec![(1, ServerIsAlias(text("ns1.zahnfee.de")))],
        ),
    ] {
        assert_eq!(faults(lines), expected, "{lines}");
    }
}

proptest::proptest! {
    /// Whatever stands in it, a file is read or refused, and answers come to an end.
    #[test]
    fn nothing_ends_the_program(text in r#"([a-z@.*$;()"\\0-9 \t\n]|SOA|SRV|CNAME|DNAME|NS|A |TXT|\$ORIGIN|\$TTL|ü){0,80}"#) {
        if let Ok(zone) = ZoneFile::read(text.as_bytes(), Some("zahnfee.de")) {
            for name in ["zahnfee.de", "_sipfederationtls._tcp.zahnfee.de", "a.b.zahnfee.de"] {
                for record in [RecordType::A, RecordType::Soa, RecordType::Srv] {
                    zone.look_up(name, record);
                }
            }
            zone.srv_named_like("_sipfederationtls._tcp", "zahnfee.de");
        }
    }
}
