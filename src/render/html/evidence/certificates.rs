//! The certificates that servers sent, each chain once.

use maud::{Markup, html};

use super::super::lists::{more, some};
use super::super::{clip, headed};
use crate::facts::{ChainVerdict, Der};
use crate::pki::kinds::Key;
use crate::pki::prints::Prints;
use crate::pki::x509::{Certificate, Unreadable};
use crate::render::words::Words;

/// More certificates than this are counted, not shown.
const CERTIFICATES: usize = 8;

/// A chain, and the endpoints that sent it.
pub(super) struct Chain<'a> {
    certificates: &'a [Der],
    trust: Option<&'a ChainVerdict>,
    endpoints: Vec<String>,
}

/// Every chain once, however many endpoints sent it.
pub(super) fn chains<'a>(words: &Words<'a>) -> Vec<Chain<'a>> {
    let mut chains: Vec<Chain<'a>> = Vec::new();
    for endpoint in words.report.facts().endpoints.iter().flatten() {
        let Some(seen) = endpoint.shown() else {
            continue;
        };
        let place = endpoint.address.to_string();
        match chains
            .iter_mut()
            .find(|chain| chain.certificates == seen.chain)
        {
            Some(chain) => chain.endpoints.push(place),
            None => chains.push(Chain {
                certificates: seen.chain,
                trust: seen.trust.map(|trust| &trust.verdict),
                endpoints: vec![place],
            }),
        }
    }
    chains
}

pub(super) fn certificates(words: &Words<'_>, chains: &[Chain<'_>], level: u8) -> Markup {
    let all = chains.iter().flat_map(|chain| {
        let certificates = chain.certificates.iter().enumerate();
        certificates.map(move |(index, der)| (chain, index, der))
    });
    let left = all.clone().count().saturating_sub(CERTIFICATES);
    html! {
        @for (chain, index, der) in all.take(CERTIFICATES) {
            @if index == 0 {
                (headed(level, None, &html! {
                    (words.texts.say("html-chain-at", &[("endpoints", &some(words, &chain.endpoints))]))
                }))
                @if let Some(trust) = chain.trust { p { (trusted(words, trust)) } }
            }
            (certificate(words, der, index))
        }
        (more(words, left))
    }
}

fn trusted(words: &Words<'_>, trust: &ChainVerdict) -> String {
    let verdict = match trust {
        ChainVerdict::Trusted => "trusted",
        ChainVerdict::UnknownIssuer => "unknown-issuer",
        ChainVerdict::IssuerOutOfDate => "issuer-out-of-date",
        ChainVerdict::NoRoots => "no-roots",
        ChainVerdict::Rejected(_) => "rejected",
        ChainVerdict::Refused => "refused",
        ChainVerdict::NotVerifiable => "not-verifiable",
    };
    words.texts.say("html-trust", &[("verdict", verdict)])
}

fn unreadable(words: &Words<'_>, reason: &Unreadable) -> String {
    let (what, detail) = reason.keys();
    let args = [("what", what), ("detail", &clip(&detail))];
    words.texts.say("unreadable", &args)
}

fn certificate(words: &Words<'_>, der: &Der, index: usize) -> Markup {
    let texts = words.texts;
    let place = texts.plain(if index == 0 {
        "html-leaf"
    } else {
        "html-issuing"
    });
    let parsed = Certificate::parse(&der.0);
    let prints = Prints::of(&der.0);
    html! {
        table.facts {
            caption { (place) }
            tbody {
                @match parsed {
                    Err(reason) => {
                        (fact(&texts.plain("html-unreadable"), &unreadable(words, &reason)))
                    }
                    Ok(read) => {
                        (fact(&texts.plain("html-subject"), &clip(&read.subject)))
                        (fact(&texts.plain("html-names"), &names(words, &read)))
                        (fact(&texts.plain("html-issuer"), &clip(&read.issuer)))
                        (fact(&texts.plain("html-valid"), &format!(
                            "{} – {}", texts.date(read.not_before), texts.date(read.not_after)
                        )))
                        (fact(&texts.plain("html-key"), &key(&read.key)))
                        (fact(&texts.plain("html-purposes"), &purposes(words, &read)))
                    }
                }
                @if !prints.serial.is_empty() {
                    (printed(&texts.plain("exhibit-serial"), &prints.serial))
                }
                (printed("SHA-1", &prints.sha1))
                (printed("SHA-256", &prints.sha256))
            }
        }
    }
}

fn printed(name: &str, digits: &str) -> Markup {
    html! { tr { th scope="row" { (name) } td { code.fingerprint { (digits) } } } }
}

fn fact(name: &str, value: &str) -> Markup {
    html! { tr { th scope="row" { (name) } td { (value) } } }
}

fn key(key: &Key) -> String {
    match key {
        Key::Rsa(_) | Key::RsaPss(_) | Key::Ec(_) | Key::Dsa(_) => key.name(),
        Key::Other(name) if name.starts_with(|first: char| first.is_ascii_digit()) => {
            format!("OID {}", clip(name))
        }
        Key::Other(name) => clip(name),
    }
}

fn names(words: &Words<'_>, certificate: &Certificate) -> String {
    match certificate.dns_names() {
        [] => words.texts.plain("html-none"),
        names => some(words, names),
    }
}

fn purposes(words: &Words<'_>, certificate: &Certificate) -> String {
    let Some(purposes) = certificate.purposes else {
        return words.texts.plain("html-any");
    };
    let held = [
        (purposes.server_auth, "serverAuth"),
        (purposes.client_auth, "clientAuth"),
    ];
    let held: Vec<&str> = held
        .into_iter()
        .filter_map(|(held, name)| held.then_some(name))
        .collect();
    if held.is_empty() {
        words.texts.plain("html-none")
    } else {
        held.join(", ")
    }
}
