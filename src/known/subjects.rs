//! What `xfed explain` knows besides findings, steps and numbers: the traps of the usual tools, what
//! an admin sees on the XPhone side, SIP statuses, and where xfed differs from the guide.

/// A subject that is no finding.
#[derive(Debug, PartialEq, Eq)]
pub struct Subject {
    /// The name that it is asked for by.
    pub name: &'static str,
    /// The text in the catalogue of messages.
    pub text: &'static str,
    /// What it belongs with.
    pub kind: Kind,
    /// Other words that lead to it, in either language: lower case, umlauts spelt out.
    pub words: &'static [&'static str],
    /// What to type, to see it.
    pub commands: &'static [&'static str],
    /// The findings that have to do with it.
    pub codes: &'static [&'static str],
    /// The ms-diagnostics numbers that have to do with it.
    pub numbers: &'static [u16],
}

/// What a subject belongs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something that is seen in XPhone.
    Symptom,
    /// A SIP status, or an entry of an event log.
    Signal,
    /// A tool that misleads.
    Trap,
    /// The guide, and what surrounds it.
    Guide,
}

impl Kind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Self; 4] = [Self::Symptom, Self::Signal, Self::Trap, Self::Guide];

    /// The heading in the catalogue of messages.
    pub fn title(self) -> &'static str {
        match self {
            Self::Symptom => "explain-symptoms",
            Self::Signal => "explain-signals",
            Self::Trap => "explain-traps",
            Self::Guide => "explain-guide",
        }
    }
}

/// The subject of this name.
pub fn find(name: &str) -> Option<&'static Subject> {
    SUBJECTS.iter().find(|subject| subject.name == name)
}

/// The name of the subject that tells all differences from the guide.
pub const GUIDE: &str = "guide";

/// A point in which xfed differs from the guide.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    /// The heading in the catalogue of messages; its attribute `what` is the text.
    pub text: &'static str,
    /// The findings that judge by it.
    pub codes: &'static [&'static str],
}

/// Every such point, in the order of the guide's chapters.
pub static DIFFERENCES: [Difference; 12] = [
    Difference {
        text: "differs-depth",
        codes: &["fqdn-too-deep", "fqdn-foreign-domain"],
    },
    Difference {
        text: "differs-several",
        codes: &["address-several"],
    },
    Difference {
        text: "differs-alias",
        codes: &["address-alias"],
    },
    Difference {
        text: "differs-target",
        codes: &["srv-target-is-address"],
    },
    Difference {
        text: "differs-underscore",
        codes: &["srv-name-typo"],
    },
    Difference {
        text: "differs-telnet",
        codes: &["tls-silent", "tls-closed", "tls-not-spoken"],
    },
    Difference {
        text: "differs-interface",
        codes: &["tcp-refused"],
    },
    Difference {
        text: "differs-subject",
        codes: &["cert-subject-differs", "cert-no-subject"],
    },
    Difference {
        text: "differs-client",
        codes: &["cert-no-client-auth"],
    },
    Difference {
        text: "differs-acme",
        codes: &["cert-not-reselected", "cert-expires-soon"],
    },
    Difference {
        text: "differs-skype",
        codes: &[],
    },
    Difference {
        text: "differs-help",
        codes: &[],
    },
];

/// Every subject, in the order in which they are listed.
pub static SUBJECTS: [Subject; 19] = [
    Subject {
        name: "no-certificate",
        text: "topic-no-certificate",
        kind: Kind::Symptom,
        words: &[
            "kein zertifikat",
            "zertifikat fehlt",
            "zertifikatsauswahl",
            "no certificate offered",
            "private key",
            "privater schluessel",
        ],
        commands: &[],
        codes: &[
            "cert-subject-differs",
            "cert-no-subject",
            "cert-wildcard",
            "cert-self-signed",
            "cert-locally-trusted-only",
            "cert-key-missing",
            "cert-expired",
            "cert-not-reselected",
        ],
        numbers: &[],
    },
    Subject {
        name: "not-active",
        text: "topic-not-active",
        kind: Kind::Symptom,
        words: &["active", "inactive", "aktiv", "nicht aktiv", "169 254"],
        commands: &[
            "netstat -ano | findstr :5061",
            "xfed check zahnfee.de --connect-to 192.168.1.10",
        ],
        codes: &["tcp-refused"],
        numbers: &[],
    },
    Subject {
        name: "request-waits",
        text: "topic-request-waits",
        kind: Kind::Symptom,
        words: &[
            "anfrage",
            "anfragen",
            "request",
            "requests",
            "kontaktanfrage",
        ],
        commands: &[],
        codes: &[],
        numbers: &[],
    },
    Subject {
        name: "no-presence",
        text: "topic-no-presence",
        kind: Kind::Symptom,
        words: &[
            "presence",
            "praesenz",
            "keine praesenz",
            "status",
            "presence unknown",
            "unbekannte person",
            "unknown person",
            "berechtigung",
        ],
        commands: &[],
        codes: &["domain-microsoft-tenant", "tcp-filtered"],
        numbers: &[1047],
    },
    Subject {
        name: "no-pictures",
        text: "topic-no-pictures",
        kind: Kind::Symptom,
        words: &[
            "picture",
            "pictures",
            "bild",
            "bilder",
            "foto",
            "kontaktbild",
            "kontaktbilder",
            "attachment",
            "attachments",
            "anhang",
            "anhaenge",
            "datei",
        ],
        commands: &[],
        codes: &[],
        numbers: &[],
    },
    Subject {
        name: "wrong-address",
        text: "topic-wrong-address",
        kind: Kind::Symptom,
        words: &[
            "im address",
            "im adresse",
            "falsche adresse",
            "xmpp",
            "kontaktfeld",
            "contact field",
        ],
        commands: &[],
        codes: &["domain-no-mail"],
        numbers: &[1003],
    },
    Subject {
        name: "private-account",
        text: "topic-private-account",
        kind: Kind::Symptom,
        words: &[
            "skype",
            "private teams",
            "teams free",
            "privates konto",
            "consumer",
        ],
        commands: &[],
        codes: &[],
        numbers: &[1003],
    },
    Subject {
        name: "sip-403",
        text: "topic-sip-403",
        kind: Kind::Signal,
        words: &["403", "forbidden"],
        commands: &[],
        codes: &["domain-microsoft-tenant"],
        numbers: &[1002, 1012, 1027],
    },
    Subject {
        name: "sip-404",
        text: "topic-sip-404",
        kind: Kind::Signal,
        words: &["404"],
        commands: &[],
        codes: &["domain-microsoft-tenant"],
        numbers: &[1003, 1005],
    },
    Subject {
        name: "sip-480",
        text: "topic-sip-480",
        kind: Kind::Signal,
        words: &["480", "temporarily unavailable"],
        commands: &[],
        codes: &[],
        numbers: &[],
    },
    Subject {
        name: "sip-488",
        text: "topic-sip-488",
        kind: Kind::Signal,
        words: &["488", "not acceptable here", "not acceptable"],
        commands: &[],
        codes: &[],
        numbers: &[],
    },
    Subject {
        name: "sip-504",
        text: "topic-sip-504",
        kind: Kind::Signal,
        words: &["504", "server time out", "server timeout"],
        commands: &[],
        codes: &["srv-missing", "tcp-refused", "tcp-filtered"],
        numbers: &[1008, 1009, 1010, 1014, 1034, 1046, 1047],
    },
    Subject {
        name: "event-14428",
        text: "topic-event-14428",
        kind: Kind::Signal,
        words: &["14428", "ereignis 14428", "ls protocol stack"],
        commands: &[],
        codes: &[
            "cert-name-mismatch",
            "cert-untrusted-issuer",
            "cert-chain-incomplete",
            "cert-self-signed",
        ],
        numbers: &[1010, 1047],
    },
    Subject {
        name: "nslookup",
        text: "topic-nslookup",
        kind: Kind::Trap,
        words: &[
            "suffix",
            "suffixe",
            "dns suffix",
            "search suffix",
            "fritz box",
            "fritzbox",
            "split dns",
            "ndots",
            "nosearch",
            "nicht autorisierende antwort",
            "nicht autorisierend",
            "non authoritative answer",
            "non authoritative",
        ],
        commands: &[
            "nslookup www.heise.de",
            "nslookup www.heise.de.",
            "nslookup -nosearch -type=SRV _sipfederationtls._tcp.zahnfee.de. 9.9.9.9",
        ],
        codes: &[
            "nslookup-suffix",
            "address-split-view",
            "domain-internal-view",
        ],
        numbers: &[],
    },
    Subject {
        name: "no-chat",
        text: "topic-no-chat",
        kind: Kind::Symptom,
        words: &[
            "kein chat",
            "alles gruen",
            "all green",
            "beide richtungen",
            "both directions",
            "test partner",
        ],
        commands: &[
            "xfed check zahnfee.de",
            "xfed listen --fqdn fed.test.example --cert chain.pem --key key.pem",
            "xfed pair zahnfee.de toothfairy.uk --evidence listen.json",
            "xfed plan test.example --test-partner --peer zahnfee.de",
        ],
        codes: &[
            "call-nothing-came",
            "call-no-certificate",
            "cert-no-client-auth",
            "pair-caller-refused",
            "pair-caller-doubtful",
            "pair-tenant-in-the-way",
            "pair-modes-differ",
        ],
        numbers: &[],
    },
    Subject {
        name: "telnet",
        text: "topic-telnet",
        kind: Kind::Trap,
        words: &["test netconnection", "offener port", "open port"],
        commands: &[
            "Test-NetConnection xphone.zahnfee.de -Port 5061",
            "xfed check zahnfee.de",
        ],
        codes: &[
            "tcp-refused",
            "tcp-filtered",
            "tcp-from-inside",
            "tls-silent",
            "tls-closed",
            "tls-not-spoken",
        ],
        numbers: &[],
    },
    Subject {
        name: GUIDE,
        text: "topic-guide",
        kind: Kind::Guide,
        words: &[
            "leitfaden",
            "abweichung",
            "abweichungen",
            "differences",
            "checklist",
            "checkliste",
        ],
        commands: &[],
        codes: &[],
        numbers: &[],
    },
    Subject {
        name: "direct",
        text: "topic-direct",
        kind: Kind::Guide,
        words: &[
            "direct federation",
            "open federation",
            "route",
            "routes",
            "routen",
        ],
        commands: &[
            "xfed check zahnfee.de --direct --fqdn xphone.zahnfee.de",
            "xfed plan zahnfee.de --direct --peer toothfairy.uk --peer elhada.es",
            "xfed pair a.example=fed.a.example b.example=fed.b.example --direct",
        ],
        codes: &[
            "srv-published-in-direct",
            "pair-modes-differ",
            "pair-teams-no-route",
            "pair-route-unseen",
        ],
        numbers: &[],
    },
    Subject {
        name: "about",
        text: "topic-about",
        kind: Kind::Guide,
        words: &[
            "c4b",
            "support",
            "hersteller",
            "vendor",
            "trademark",
            "marke",
            "marken",
            "impressum",
            "feederation",
            "fe e deration",
            "xfed",
            "hilfe",
            "help",
        ],
        commands: &[],
        codes: &[],
        numbers: &[],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::judge::all_rules;
    use crate::known::ms_diagnostics;

    #[test]
    fn what_is_named_exists() {
        let is_code = |code: &str| all_rules().any(|(_, rule)| rule.code == code);
        for subject in &SUBJECTS {
            assert_eq!(subject.text, format!("topic-{}", subject.name));
            for code in subject.codes {
                assert!(is_code(code), "{} names {code}", subject.name);
            }
            for number in subject.numbers {
                let known = ms_diagnostics::find(*number);
                assert!(known.is_some(), "{} names {number}", subject.name);
            }
        }
        for difference in &DIFFERENCES {
            for code in difference.codes {
                assert!(is_code(code), "{} names {code}", difference.text);
            }
        }
    }

    #[test]
    fn a_word_leads_to_one_subject() {
        let mut words = HashSet::new();
        for subject in &SUBJECTS {
            for word in subject.words {
                assert!(words.insert(word), "{word} leads to two");
                let is_plain = |letter: char| {
                    letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == ' '
                };
                assert!(word.chars().all(is_plain), "{word}");
            }
        }
    }
}
