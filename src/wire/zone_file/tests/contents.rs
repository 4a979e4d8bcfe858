//! By table: what name servers refuse that nobody needs for federation, all of them or some.

use super::*;

#[test]
fn content_that_federation_does_not_need_is_read_as_name_servers_do() {
    for right in [
        "s NS ns.hoster.example.\ns DS 1 13 2 ( 2cf24dba5fb0a30e26e83b2ac5b9e29e\n 1b161e5c1fa7425e73043362938b9824 )",
        "s NS ns.hoster.example.\ns DS 1 ECDSAP256SHA256 SHA-256 2cf24dba",
        "@ CDS 0 0 0 00\n@ CDNSKEY 0 3 0 AA==",
        "@ DNSKEY 257 3 13 AQ ==",
        "a HINFO PC \"Windows 2022\"",
        "a LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m\na LOC 52 n 4 e 0m",
        "a HTTPS 1 . alpn=\"h2,h3\" ipv4hint=81.2.3.4,81.2.3.5 port=443 key65400=x",
        "a NAPTR 10 1 s SIP+D2T \"\" _sip._tcp",
        "@ NSEC3PARAM 1 0 0 -\n@ ZONEMD 1 1 1 ab12",
        "a X25 311061700956\na TYPE65280 \\# 2 ab 12\na APL whatever",
        "a CLASS1 TXT x\na CNAME b",
    ] {
        let right = right.replace("\na CNAME b", "\nc CNAME b\nc CNAME B");
        zone(&right);
    }
    for wrong in [
        "s DS 1 13 2 xyz",
        "s DS 1 13 2 abc",
        "s DS 1 13 2",
        "s DS -1 13 2 ab",
        "@ DNSKEY 257 3 13 abc",
        "@ DNSKEY 257 3 13 !!!!",
        "a HINFO PC",
        "a HINFO PC Windows 2022",
        "a TLSA 3 1 1 zz",
        "a SSHFP 1 256 ab",
        "a OPENPGPKEY x",
        "a LOC 52 22 23.000 N",
        "a PTR",
        "a PTR b c",
        "a PTR \"b\"",
        "a NAPTR 1 1 s x y",
        "a HTTPS 1 . alpnn=h2",
        "a HTTPS 1 . alpn=h2 alpn=h3",
        "a HTTPS 1 . ipv4hint=81.2.3",
        "@ NSEC3PARAM 1 0 0 zz",
        "a RRSIG A 13 2 300 x y z",
        "a HINFO \\# 3 0000",
        "a MX +10 b",
        "a SRV 0 +0 5061 b",
        "a CAA +0 issue \"x\"",
        "a CAA 0 \"\" \"x\"",
        "a TXT \"\\999\"",
        "a TXT \"\\25\"",
        "@ SOA ns1 h +1 2 3 4 5",
    ] {
        let [(1, WrongInZone::Content(..))] = faults(wrong)[..] else {
            panic!("{wrong}: {:?}", faults(wrong));
        };
    }
    let long = "\"0123456789\" ".repeat(6000);
    assert!(matches!(
        faults(&format!("a TXT {long}"))[..],
        [(1, WrongInZone::Content("TXT", _))]
    ));
    for (wrong, what) in [
        ("$TTL 1h 2h", WrongInZone::Ttl("1h 2h".to_owned())),
        ("$ORIGIN a b", WrongInZone::Name("a b".to_owned())),
        ("a \"TXT\" b", WrongInZone::NoType("\"TXT\"".to_owned())),
        ("a MD b", WrongInZone::UnknownType("MD".to_owned())),
    ] {
        assert_eq!(faults(wrong), [(1, what)]);
    }
}

#[test]
fn what_some_name_servers_refuse_is_told_with_its_lines() {
    use Refused::{
        ApexDs, BelowSubtree, Characters, Digest, LostLine, Mark, Nested, OldMacLines, Outside,
        Owner, Quotes, SoaTwice, Target, Type, WindowsLines,
    };
    let soa = "@ SOA ns1.hoster.example. h 1 2 3 4 5\n@ NS ns1.hoster.example.\n";
    for (lines, expected) in [
        ("my_host A 81.2.3.4".to_owned(), vec![(Owner, vec![1])]),
        ("a A 81.2.3.4\n-b AAAA ::1\nc- MX 1 a".to_owned(), vec![(Owner, vec![2, 3])]),
        ("a.*.b A 81.2.3.4\n*.b A 81.2.3.4\n* MX 1 a".to_owned(), vec![(Owner, vec![1])]),
        (
            "gc._msdcs A 81.2.3.4\nGC._msdcs.b AAAA ::1\nx._msdcs A 81.2.3.4\ngc._msdcs MX 1 a"
                .to_owned(),
            vec![(Owner, vec![3, 4])],
        ),
        ("a_b CNAME c_d\na_c TXT x\na_d NS a\na_e SRV 0 0 1 a".to_owned(), vec![]),
        (
            "a MX 1 b_c\na SRV 0 0 1 b_c.\nd NS b_c.\nd HTTPS 1 b_c. alpn=h2\n_x SRV 0 0 1 ."
                .to_owned(),
            vec![(Target, vec![1, 2, 3, 4])],
        ),
        (soa.replace(" h ", " x_y "), vec![]),
        (soa.replace(" h ", " x.y_z "), vec![(Target, vec![1])]),
        (soa.replace(" h ", " h@zahnfee.de. "), vec![(Characters, vec![1])]),
        (
            "z\u{e4}hne A 81.2.3.4".to_owned(),
            vec![(Owner, vec![1]), (Characters, vec![1])],
        ),
        (r"z\195\164hne A 81.2.3.4".to_owned(), vec![(Owner, vec![1])]),
        ("a TXT \"\u{e4}\"\na TXT \"!:,\"".to_owned(), vec![(Characters, vec![1])]),
        ("@ DS 1 13 1 ab\na DS 1 13 9 ab".to_owned(), vec![(Digest, vec![1]), (ApexDs, vec![1])]),
        ("a SSHFP 1 1 ab\na SSHFP 1 7 ab".to_owned(), vec![(Digest, vec![1])]),
        ("\u{feff}a A 81.2.3.4".to_owned(), vec![(Mark, vec![1])]),
        ("a A 81.2.3.4\r\n\r\nb A 81.2.3.4 ; x\r\n".to_owned(), vec![(WindowsLines, vec![1, 2, 3])]),
        ("a A 81.2.3.4\rb A 81.2.3.5".to_owned(), vec![(OldMacLines, vec![1])]),
        ("a A 81.2.3.4 ; x\rb A 81.2.3.5\nc TXT ( ( x ) )".to_owned(), vec![(LostLine, vec![1]), (Nested, vec![3])]),
        ("a ALIAS b.\nb ANAME c.".to_owned(), vec![(Type, vec![1, 2])]),
        ("a URI 1 1 x\nb URI 1 1 \"x\"\nc CAA 0 \"issue\" \"x\"".to_owned(), vec![(Quotes, vec![1, 3])]),
        (format!("{soa}a.example. A 81.2.3.4\na.example. SOA b c 1 2 3 4 5"), vec![(Outside, vec![3, 4])]),
        ("a DNAME b\nc.a A 81.2.3.4\na A 81.2.3.4".to_owned(), vec![(BelowSubtree, vec![2])]),
        (format!("{soa}@ SOA ns1.hoster.example. h 1 2 3 4 5"), vec![(SoaTwice, vec![3])]),
        // Whoever writes these runs Windows.
        ("my_host [AGE:1] A 81.2.3.4".to_owned(), vec![]),
        ("my_host A 81.2.3.4\n@ WINS L2 C900 ( 10.0.0.1 )".to_owned(), vec![]),
        (
            ";  Database file a for zahnfee.de zone.\r\nmy_host A 81.2.3.4\r\na.example. A 81.2.3.4"
                .to_owned(),
            vec![(Outside, vec![3])],
        ),
    ] {
        let zone = zone(&lines);
        let found = zone.refusals().iter();
        let found: Vec<_> = found.map(|it| (it.what, it.lines.clone())).collect();
        assert_eq!(found, expected, "{lines}");
    }
    let many = zone(&"a_b A 81.2.3.4\n".repeat(20));
    assert_eq!(
        (many.refusals()[0].lines.len(), many.refusals()[0].more),
        (8, 12)
    );
    for (name, instead) in [
        ("my_host", Some("my-host")),
        ("_x_.b.", Some("x.b.")),
        ("z\u{e4}hne", Some("xn--zhne-loa")),
        ("_", None),
    ] {
        let zone = zone(&format!("{name} A 81.2.3.4"));
        let [refusal, ..] = zone.refusals() else {
            panic!("{name}");
        };
        assert_eq!(
            (refusal.name.as_str(), refusal.instead.as_deref()),
            (name, instead)
        );
    }
}

/// A line that ends with a carriage return alone ends for BIND and NSD, too, save in a comment.
#[test]
fn carriage_returns_end_lines_as_for_bind() {
    let zone = zone("a A 81.2.3.4\rb A 81.2.3.5 ; x\rc A 81.2.3.6\nd TXT \"x\ry\"\n");
    let addresses = |name| said(&zone, name, RecordType::A);
    assert_eq!(addresses("a.zahnfee.de"), ["81.2.3.4"]);
    assert_eq!(addresses("b.zahnfee.de"), ["81.2.3.5"]);
    assert!(addresses("c.zahnfee.de").is_empty());
    assert_eq!(
        faults("a A 81.2.3.4\rb A x"),
        [(2, WrongInZone::Content("A", "x".to_owned()))]
    );
}
