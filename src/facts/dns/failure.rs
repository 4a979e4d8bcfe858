//! What a DNS server says instead of an answer: the response code, and the reason (EDE).

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The response code of a server that could not or would not answer, or what its answer amounts to.
/// Reports hold it by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Rcode {
    /// The server could not find out, or rejects the signatures (RFC 1035 §4.1.1).
    ServFail,
    /// The server does not want to answer.
    Refused,
    /// The server does not understand the question.
    FormErr,
    /// The server does not answer questions of this kind.
    NotImp,
    /// The server does not speak for the name (RFC 8945 §5.2).
    NotAuth,
    /// A DNAME record makes a name of it that is too long (RFC 6672 §2.2).
    YxDomain,
    /// The server wants another version of EDNS than the only one there is (RFC 6891 §6.1.3).
    BadVers,
    /// A server of the zone answers only when it is asked without EDNS. Most resolvers do not ask
    /// so any more (DNS flag day 2019).
    NoEdns,
    /// A server of the zone answers with an error as soon as signatures are wanted, too (DO, RFC 4035
    /// §3.2.1). Resolvers want them of every zone, signed or not.
    NoSignatures,
    /// A resolver named the servers to ask instead of asking them.
    Referral,
    /// A server of the zone answers without authority: it does not know its own zone.
    Lame,
    /// A server of the zone has what was asked for, but answers without authority: a cache stands
    /// before it, or somebody else answers in its place.
    NotAuthoritative,
    /// The answer denies the name (NXDOMAIN) and holds the record that was asked for. Resolvers hand
    /// both on, and programs take the denial.
    DeniedRecord,
    /// The answer has two DNAME records at one name (RFC 6672 §2.4). No resolver takes it.
    TwoSubtrees,
    /// The answer has more aliases in a row than are followed.
    TooManyAliases,
    /// A code without a name of its own here.
    Other(u16),
    /// A name that this version does not know, from a report that another version wrote.
    Unknown(String),
}

impl Rcode {
    const NAMED: [Self; 15] = [
        Self::ServFail,
        Self::Refused,
        Self::FormErr,
        Self::NotImp,
        Self::NotAuth,
        Self::YxDomain,
        Self::BadVers,
        Self::NoEdns,
        Self::NoSignatures,
        Self::Referral,
        Self::Lame,
        Self::NotAuthoritative,
        Self::DeniedRecord,
        Self::TwoSubtrees,
        Self::TooManyAliases,
    ];

    /// The name by which reports hold it: the registered mnemonic, as DNS tools write it, where the code has a name
    /// of its own here.
    pub fn name(&self) -> Cow<'_, str> {
        match self {
            Self::ServFail => "SERVFAIL".into(),
            Self::Refused => "REFUSED".into(),
            Self::FormErr => "FORMERR".into(),
            Self::NotImp => "NOTIMP".into(),
            Self::NotAuth => "NOTAUTH".into(),
            Self::YxDomain => "YXDOMAIN".into(),
            Self::BadVers => "BADVERS".into(),
            Self::NoEdns => "NO EDNS".into(),
            Self::NoSignatures => "NO DO".into(),
            Self::Referral => "REFERRAL".into(),
            Self::Lame => "LAME".into(),
            Self::NotAuthoritative => "NOT AUTHORITATIVE".into(),
            Self::DeniedRecord => "NXDOMAIN WITH RECORD".into(),
            Self::TwoSubtrees => "DNAME TWICE".into(),
            Self::TooManyAliases => "ALIASES".into(),
            Self::Other(code) => format!("RCODE {code}").into(),
            Self::Unknown(name) => name.into(),
        }
    }

    /// The key of its words in the texts, where DNS has no name for it.
    pub fn key(&self) -> Option<&'static str> {
        match self {
            Self::NoEdns => Some("said-no-edns"),
            Self::NoSignatures => Some("said-no-signatures"),
            Self::Referral => Some("said-referral"),
            Self::Lame => Some("said-lame"),
            Self::NotAuthoritative => Some("said-not-authoritative"),
            Self::DeniedRecord => Some("said-denied-record"),
            Self::TwoSubtrees => Some("said-two-subtrees"),
            Self::TooManyAliases => Some("said-aliases"),
            Self::ServFail
            | Self::Refused
            | Self::FormErr
            | Self::NotImp
            | Self::NotAuth
            | Self::YxDomain
            | Self::BadVers
            | Self::Other(_)
            | Self::Unknown(_) => None,
        }
    }
}

/// The mnemonics of further codes (IANA, DNS RCODEs).
fn mnemonic(code: u16) -> Option<&'static str> {
    Some(match code {
        7 => "YXRRSET",
        8 => "NXRRSET",
        10 => "NOTZONE",
        11 => "DSOTYPENI",
        17 => "BADKEY",
        18 => "BADTIME",
        19 => "BADMODE",
        20 => "BADNAME",
        21 => "BADALG",
        22 => "BADTRUNC",
        23 => "BADCOOKIE",
        _ => return None,
    })
}

/// The registered mnemonic where there is one, for people.
impl fmt::Display for Rcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Other(code) = self
            && let Some(name) = mnemonic(*code)
        {
            return f.write_str(name);
        }
        f.write_str(&self.name())
    }
}

impl From<Rcode> for String {
    fn from(rcode: Rcode) -> Self {
        rcode.name().into_owned()
    }
}

impl From<String> for Rcode {
    fn from(name: String) -> Self {
        let code = name.strip_prefix("RCODE ").map(str::parse);
        let other = code.and_then(Result::ok).map(Self::Other);
        Self::NAMED
            .into_iter()
            .chain(other)
            .find(|rcode| rcode.name() == name)
            .unwrap_or(Self::Unknown(name))
    }
}

/// An extended DNS error (EDE, RFC 8914): why a server failed, in its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u16, String)", into = "(u16, String)")]
pub struct ExtendedError {
    /// The registered code.
    pub code: u16,
    /// What the server adds; often nothing.
    pub text: String,
}

impl ExtendedError {
    /// Whether it blames the signatures of the zone (DNSSEC).
    pub fn is_about_signatures(&self) -> bool {
        // Bogus, signature expired, not yet valid, DNSKEY missing, RRSIGs missing, NSEC missing.
        matches!(self.code, 6..=10 | 12)
    }
}

/// The text with the code behind it, or the code alone.
impl fmt::Display for ExtendedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, text } = self;
        if text.is_empty() {
            write!(f, "EDE {code}")
        } else {
            write!(f, "{text} (EDE {code})")
        }
    }
}

impl From<ExtendedError> for (u16, String) {
    fn from(ExtendedError { code, text }: ExtendedError) -> Self {
        (code, text)
    }
}

impl From<(u16, String)> for ExtendedError {
    fn from((code, text): (u16, String)) -> Self {
        Self { code, text }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Saved reports hold these names: they are forever.
    #[test]
    fn rcodes_are_written_by_name_and_read_back() {
        for (rcode, name) in [
            (Rcode::ServFail, "SERVFAIL"),
            (Rcode::Refused, "REFUSED"),
            (Rcode::FormErr, "FORMERR"),
            (Rcode::NotImp, "NOTIMP"),
            (Rcode::NotAuth, "NOTAUTH"),
            (Rcode::YxDomain, "YXDOMAIN"),
            (Rcode::BadVers, "BADVERS"),
            (Rcode::NoEdns, "NO EDNS"),
            (Rcode::NoSignatures, "NO DO"),
            (Rcode::Referral, "REFERRAL"),
            (Rcode::Lame, "LAME"),
            (Rcode::NotAuthoritative, "NOT AUTHORITATIVE"),
            (Rcode::DeniedRecord, "NXDOMAIN WITH RECORD"),
            (Rcode::TwoSubtrees, "DNAME TWICE"),
            (Rcode::TooManyAliases, "ALIASES"),
            (Rcode::Other(12), "RCODE 12"),
            (Rcode::Unknown("RCODE 011".to_owned()), "RCODE 011"),
            (Rcode::Unknown("RCODE 65536".to_owned()), "RCODE 65536"),
            (Rcode::Unknown("servfail".to_owned()), "servfail"),
            (Rcode::Unknown(String::new()), ""),
        ] {
            assert_eq!(rcode.to_string(), name);
            assert_eq!(serde_json::to_value(&rcode).expect("text"), json!(name));
            let read: Rcode = serde_json::from_value(json!(name)).expect("any text will do");
            assert_eq!(read, rcode);
        }
    }

    /// Reports went on to hold them by their numbers.
    #[test]
    fn further_codes_are_shown_by_their_registered_names() {
        for (code, shown) in [(10, "NOTZONE"), (23, "BADCOOKIE"), (12, "RCODE 12")] {
            let rcode = Rcode::Other(code);
            assert_eq!(rcode.to_string(), shown);
            assert_eq!(rcode.name(), format!("RCODE {code}"));
            let read: Rcode = serde_json::from_value(json!(rcode.name())).expect("a name");
            assert_eq!(read, rcode);
        }
    }

    #[test]
    fn a_reason_without_text_is_its_code() {
        for (text, shown) in [
            ("", "EDE 22"),
            ("no reachable authority", "no reachable authority (EDE 22)"),
        ] {
            let error = ExtendedError {
                code: 22,
                text: text.to_owned(),
            };
            assert_eq!(error.to_string(), shown);
            let written = serde_json::to_value(&error).expect("a pair");
            assert_eq!(written, json!([22, text]));
            let read: ExtendedError = serde_json::from_value(written).expect("what was written");
            assert_eq!(read, error);
        }
    }

    #[test]
    fn some_reasons_are_about_signatures() {
        let blamed = |code| {
            let text = String::new();
            ExtendedError { code, text }.is_about_signatures()
        };
        let codes: Vec<u16> = (0..50).filter(|code| blamed(*code)).collect();
        assert_eq!(codes, [6, 7, 8, 9, 10, 12]);
    }

    proptest! {
        #[test]
        fn every_name_survives_a_report(name in "(RCODE )?[0-9]{0,6}|\\PC*") {
            let rcode = Rcode::from(name.clone());
            prop_assert_eq!(String::from(rcode), name);
        }

        #[test]
        fn every_code_survives_a_report(code: u16) {
            let rcode = Rcode::Other(code);
            prop_assert_eq!(Rcode::from(String::from(rcode.clone())), rcode);
        }
    }
}
