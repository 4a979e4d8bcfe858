//! One message at a time that is right, though odd: it is read and answered.

use super::{Case, FIRST, message, options, status};

/// §3.1.1.1: short names, folded lines, odd case, blanks, unknown headers, quotes in names.
#[test]
fn a_short_tortuous_invite() {
    let text = "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\n\
        TO :\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\n\
        from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\n  ;\n  tag = 98asjd8\n\
        MaX-fOrWaRdS: 0068\n\
        Call-ID: wsinv.ndaksdj@192.0.2.1\n\
        Content-Length   : 3\n\
        cseq: 0009\n  INVITE\n\
        Via  : SIP  /   2.0\n /UDP\n    192.0.2.2;branch=390skdjuw\n\
        s :\n\
        NewFangledHeader:   newfangled value\n continued newfangled value\n\
        UnknownHeaderWithUnusualValue: ;;,,;;,;\n\
        Content-Type: application/sdp\n\
        Route:\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\n\
        v:  SIP  / 2.0  / TCP     spindle.example.com   ;\n  branch  =   z9hG4bK9ikj8\n\
        m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\n      newvalue\n\n\
        v=0";
    let read = message(text);
    assert_eq!(read.method(), Some("INVITE"));
    assert_eq!(read.all("Via").count(), 2);
    assert_eq!(read.sequence(), Some((9, "INVITE")));
    assert_eq!(read.header("Subject"), Some(""));
    assert_eq!(read.body, b"v=0");
    // It is within a dialog that nobody here knows.
    assert_eq!(status(text.replace('\n', "\r\n").as_bytes()), 481);
}

const RIGHT: &[Case] = &[
    ("as ever", FIRST, &[], 200),
    (
        "§3.1.1.2: every sign of a token",
        "!interesting-Method0123456789_*+`.%indeed'~ sip:test@echo.example SIP/2.0",
        &[("CSeq", "1 !interesting-Method0123456789_*+`.%indeed'~")],
        501,
    ),
    (
        "§3.1.1.3: escaped signs",
        "OPTIONS sip:sips%3Auser%40example.com@echo.example SIP/2.0",
        &[],
        200,
    ),
    (
        "§3.1.1.9: semicolon in the user",
        "OPTIONS sip:user;par=u%40example.net@echo.example SIP/2.0",
        &[],
        200,
    ),
    (
        "§3.1.1.4: escaped zeros",
        "OPTIONS sip:null-%00-null@echo.example SIP/2.0",
        &[
            ("To", "<sip:%00@echo.example>"),
            ("From", "sip:null-%00-null@a.example;tag=1"),
        ],
        200,
    ),
    (
        "§3.1.1.5: an escape in a method is none",
        "RE%47IST%45R sip:registrar.echo.example SIP/2.0",
        &[("CSeq", "29344 RE%47IST%45R")],
        501,
    ),
    (
        "§3.1.1.6: no blank before the bracket",
        FIRST,
        &[("From", "caller<sip:caller@a.example>;tag=323")],
        200,
    ),
    (
        "§3.1.1.10: ways that nobody knows",
        FIRST,
        &[
            ("Via", "SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw"),
            ("Via", "SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf"),
            ("Via", "SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj"),
            (
                "Via",
                "SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en",
            ),
            ("Via", "SIP/2.0/TCP t5.example.com;branch=z9hG4bK0a9idfnee"),
        ],
        200,
    ),
    (
        "§3.1.2.11: headers in the URI are not looked at",
        "OPTIONS sip:test@echo.example?Route=%3Csip:example.com%3E SIP/2.0",
        &[],
        200,
    ),
    (
        "§3.1.2.14: blanks around a URI are borne",
        FIRST,
        &[("To", "\"Watson, Thomas\" < sip:test@echo.example >")],
        200,
    ),
    (
        "§3.1.2.15: a comma in a name is borne",
        FIRST,
        &[("From", "Bell, Alexander <sip:a.g.bell@a.example>;tag=43")],
        200,
    ),
    (
        "§3.2.1: a branch that says nothing",
        FIRST,
        &[("Via", "SIP/2.0/TLS a.example;branch=z9hG4bK")],
        200,
    ),
    (
        "§3.3.4: unknown schemes in headers",
        FIRST,
        &[
            ("To", "isbn:2983792873"),
            ("From", "<http://www.example.com>;tag=3234233"),
            ("Contact", "<name:John_Smith>"),
        ],
        200,
    ),
    (
        "commas in quotes",
        FIRST,
        &[(
            "Via",
            "SIP/2.0/TLS a.example;ms-internal-info=\"a,,b;;\";branch=z9hG4bK1",
        )],
        200,
    ),
    (
        "blanks at the end of Via",
        FIRST,
        &[("Via", "SIP/2.0/TLS a.example;branch=z9hG4bK1  ")],
        200,
    ),
    (
        "§3.3.11: Max-Forwards 0",
        FIRST,
        &[("Max-Forwards", "0")],
        200,
    ),
    (
        "§3.4.1: of before RFC 3261, no branch",
        FIRST,
        &[
            ("Via", "SIP/2.0/UDP a.example"),
            ("From", "<sip:ann@a.example>"),
        ],
        200,
    ),
    (
        "§3.1.2.12: a date that is none",
        FIRST,
        &[("Date", "Fri, 01 Jan 2010 16:00:00 EST")],
        200,
    ),
    ("no Max-Forwards", FIRST, &[("Max-Forwards", "")], 200),
    ("no Content-Length", FIRST, &[("Content-Length", "")], 200),
    (
        "the same length twice",
        FIRST,
        &[("Content-Length", "0"), ("Content-Length", "0")],
        200,
    ),
];

#[test]
fn what_is_right_is_answered() {
    for (what, first, changes, expected) in RIGHT {
        assert_eq!(status(&options(first, changes)), *expected, "{what}");
    }
}

#[test]
fn what_is_right_though_odd_is_answered() {
    for (what, bytes) in [
        (
            "§3.1.1.7: long values",
            options(
                FIRST,
                &[
                    (
                        "To",
                        &format!(
                            "\"I have {} name\" <sip:{}@echo.example:6000;unknownparam={}>",
                            "a user ".repeat(200),
                            "amazinglylong".repeat(90),
                            "very".repeat(300)
                        ),
                    ),
                    (
                        "From",
                        &format!("sip:a@a.example;tag={}", "12982424".repeat(100)),
                    ),
                    (
                        "Call-ID",
                        &format!("{}@a.example", "longreq.one".repeat(90)),
                    ),
                    ("Unknown-Header", &"long ".repeat(2000)),
                    ("Via", &["SIP/2.0/TCP sip33.example.com"; 34].join(", ")),
                ],
            ),
        ),
        (
            "keep-alives before it",
            [b"\r\n\r\n\r\n".as_slice(), &options(FIRST, &[])].concat(),
        ),
        (
            "bare line feeds",
            String::from_utf8(options(FIRST, &[]))
                .expect("text")
                .replace('\r', "")
                .into_bytes(),
        ),
        (
            "not UTF-8",
            [&options(FIRST, &[])[..], b""]
                .concat()
                .into_iter()
                .map(|byte| if byte == b'n' { 0xf6 } else { byte })
                .collect(),
        ),
    ] {
        // An n is no token then, where it stands in a name.
        let expected = if what == "not UTF-8" { 400 } else { 200 };
        assert_eq!(status(&bytes), expected, "{what}");
    }
}
