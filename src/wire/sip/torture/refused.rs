//! One message at a time that is wrong, or asks for what a partner does not do: it is refused.

use super::{Case, FIRST, options, reactions, status};

const WRONG: &[Case] = &[
    (
        "§3.1.2.1: separators of nothing",
        FIRST,
        &[("Via", "SIP/2.0/UDP 192.0.2.15;;,;,,")],
        400,
    ),
    (
        "§3.1.2.13: a registration, its contact without brackets",
        "REGISTER sip:echo.example SIP/2.0",
        &[
            ("CSeq", "2 REGISTER"),
            (
                "Contact",
                "sip:user@example.com?Route=%3Csip:sip.example.com%3E",
            ),
        ],
        405,
    ),
    (
        "§3.3.7: a registration, its authorization unknown",
        "REGISTER sip:echo.example SIP/2.0",
        &[
            ("CSeq", "9338 REGISTER"),
            ("Authorization", "NoOneKnowsThisScheme opaque-data=here"),
        ],
        405,
    ),
    (
        "§3.3.12: a registration, a parameter behind its contact",
        "REGISTER sip:echo.example SIP/2.0",
        &[
            ("CSeq", "9338 REGISTER"),
            ("Contact", "sip:+19725552222@gw1.example.net;unknownparam"),
        ],
        405,
    ),
    (
        "§3.3.13: a registration, a parameter in its contact",
        "REGISTER sip:echo.example SIP/2.0",
        &[
            ("CSeq", "9339 REGISTER"),
            ("Contact", "<sip:+19725552222@gw1.example.net;unknownparam>"),
        ],
        405,
    ),
    (
        "§3.3.14: a registration, an escaped header in its contact",
        "REGISTER sip:echo.example SIP/2.0",
        &[
            ("CSeq", "9340 REGISTER"),
            (
                "Contact",
                "<sip:user@example.com?Route=%3Csip:a.example%3E>",
            ),
        ],
        405,
    ),
    (
        "§3.3.15: an answer that nobody can give",
        "INVITE sip:test@echo.example SIP/2.0",
        &[
            ("CSeq", "14 INVITE"),
            ("Contact", "<sip:a.example>"),
            ("Accept", "text/nobodyKnowsThis"),
        ],
        406,
    ),
    (
        "a line that ends within",
        FIRST,
        &[("Subject", "a\rX-Injected: b")],
        400,
    ),
    (
        "§3.1.2.3: a negative length",
        FIRST,
        &[("Content-Length", "-999")],
        400,
    ),
    (
        "§3.3.9: two lengths",
        FIRST,
        &[("Content-Length", "0"), ("Content-Length", "5")],
        400,
    ),
    (
        "§3.1.2.4: numbers beyond all bounds",
        FIRST,
        &[("CSeq", "36893488147419103232 OPTIONS")],
        400,
    ),
    (
        "§3.1.2.4: too many hops",
        FIRST,
        &[("Max-Forwards", "300")],
        400,
    ),
    (
        "§3.1.2.6: quotes that do not close",
        FIRST,
        &[("To", "\"Mr. J. User <sip:test@echo.example>")],
        400,
    ),
    (
        "§3.1.2.7: URI in brackets",
        "OPTIONS <sip:test@echo.example> SIP/2.0",
        &[],
        400,
    ),
    (
        "§3.1.2.8: blanks in the URI",
        "OPTIONS sip:test@echo.example; lr SIP/2.0",
        &[],
        400,
    ),
    (
        "§3.1.2.9: blanks too many",
        "OPTIONS  sip:test@echo.example  SIP/2.0",
        &[],
        400,
    ),
    (
        "§3.1.2.10: blanks behind it",
        "OPTIONS sip:test@echo.example SIP/2.0  ",
        &[],
        400,
    ),
    (
        "§3.1.2.16: another version",
        "OPTIONS sip:test@echo.example SIP/7.0",
        &[],
        505,
    ),
    (
        "§3.1.2.17: another method",
        FIRST,
        &[("CSeq", "1 INVITE")],
        400,
    ),
    (
        "§3.1.2.18: another, unknown",
        "NEWMETHOD sip:test@echo.example SIP/2.0",
        &[],
        400,
    ),
    ("§3.3.1: headers are missing", FIRST, &[("From", "")], 400),
    (
        "§3.3.1: headers are missing",
        FIRST,
        &[("Call-ID", "")],
        400,
    ),
    ("§3.3.1: headers are missing", FIRST, &[("Via", "")], 400),
    (
        "§3.3.2: an unknown scheme",
        "OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0",
        &[],
        416,
    ),
    (
        "§3.3.3: one that is known elsewhere",
        "OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0",
        &[],
        416,
    ),
    (
        "§3.3.8: headers that may come once",
        FIRST,
        &[("CSeq", "5 OPTIONS"), ("CSeq", "1 OPTIONS")],
        400,
    ),
    (
        "§3.3.8: headers that may come once",
        FIRST,
        &[("To", "<sip:a@b>"), ("To", "<sip:c@d>")],
        400,
    ),
    ("a URI without a host", "OPTIONS sip: SIP/2.0", &[], 400),
    (
        "a header that is none",
        FIRST,
        &[("Not a header", "x")],
        400,
    ),
];

#[test]
fn what_is_wrong_is_refused() {
    for (what, first, changes, expected) in WRONG {
        assert_eq!(status(&options(first, changes)), *expected, "{what}");
    }
    let extension = options(
        "OPTIONS sip:test@echo.example SIP/2.0",
        &[("Require", "nothingSupportsThis, nothingSupportsThisEither")],
    );
    let answer = &reactions(&extension)[0].send[0];
    assert!(answer.starts_with("SIP/2.0 420 "), "§3.3.5: {answer}");
    assert!(answer.contains("\r\nUnsupported: nothingSupportsThis, nothingSupportsThisEither\r\n"));
}
