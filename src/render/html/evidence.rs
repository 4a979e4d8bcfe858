//! What was seen, as it was seen: certificates, DNS answers, connections. All of it is a stranger's
//! and as long as a stranger likes, so all of it is clipped and counted.

use maud::{Markup, html};

use super::{headed, resolver, shown};
use crate::catalogue::Note;
use crate::facts::{
    ChainVerdict, Der, DnsOutcome, EndpointFacts, Lookup, SipOutcome, TcpOutcome, TlsOutcome,
};
use crate::render::words::Words;
use crate::x509::{Certificate, Key, fingerprint};

/// More of a kind than this are counted, not shown.
const CERTIFICATES: usize = 8;
const NAMES: usize = 12;
const ANSWERS: usize = 48;
const RECORDS: usize = 8;
const ENDPOINTS: usize = 32;

/// The evidence of a report.
pub(super) fn evidence(words: &Words<'_>, level: u8) -> Markup {
    let texts = words.texts;
    let chains = chains(words);
    let lookups = lookups(words);
    let endpoints: Vec<&EndpointFacts> = words.report.facts.endpoints.iter().flatten().collect();
    html! {
        @if !chains.is_empty() {
            details {
                summary { (texts.plain("html-certificates")) }
                (certificates(words, &chains, level))
            }
        }
        @if !lookups.is_empty() {
            details { summary { (texts.plain("html-dns")) } (answers(words, &lookups)) }
        }
        @if !endpoints.is_empty() {
            details { summary { (texts.plain("html-connections")) } (connections(words, &endpoints)) }
        }
    }
}

/// A chain, and the endpoints that show it.
struct Chain<'a> {
    certificates: &'a [Der],
    trust: Option<&'a ChainVerdict>,
    endpoints: Vec<String>,
}

/// Every chain once, however many endpoints show it.
fn chains<'a>(words: &Words<'a>) -> Vec<Chain<'a>> {
    let mut chains: Vec<Chain<'a>> = Vec::new();
    for endpoint in words.report.facts.endpoints.iter().flatten() {
        let Some(shown) = endpoint.shown() else {
            continue;
        };
        let place = endpoint.address.to_string();
        match chains
            .iter_mut()
            .find(|known| known.certificates == shown.chain)
        {
            Some(known) => known.endpoints.push(place),
            None => chains.push(Chain {
                certificates: shown.chain,
                trust: shown.trust.map(|trust| &trust.judged),
                endpoints: vec![place],
            }),
        }
    }
    chains
}

fn certificates(words: &Words<'_>, chains: &[Chain<'_>], level: u8) -> Markup {
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
    let (id, detail) = match trust {
        ChainVerdict::Trusted => ("trusted", ""),
        ChainVerdict::UnknownIssuer => ("unknown-issuer", ""),
        ChainVerdict::IssuerOutOfDate => ("issuer-out-of-date", ""),
        ChainVerdict::NoRoots => ("no-roots", ""),
        ChainVerdict::Rejected(reason) => ("rejected", reason.as_str()),
    };
    words
        .texts
        .say("html-trust", &[("verdict", id), ("detail", &shown(detail))])
}

fn certificate(words: &Words<'_>, der: &Der, index: usize) -> Markup {
    let texts = words.texts;
    let place = texts.plain(if index == 0 {
        "html-leaf"
    } else {
        "html-issuing"
    });
    let parsed = Certificate::parse(&der.0);
    html! {
        table.facts {
            caption { (place) }
            tbody {
                @match parsed {
                    Err(reason) => { (fact(texts.plain("html-unreadable"), &shown(&reason))) }
                    Ok(read) => {
                        (fact(texts.plain("html-subject"), &shown(&read.subject)))
                        (fact(texts.plain("html-names"), &names(words, &read)))
                        (fact(texts.plain("html-issuer"), &shown(&read.issuer)))
                        (fact(texts.plain("html-valid"), &format!(
                            "{} – {}", texts.date(read.not_before), texts.date(read.not_after)
                        )))
                        (fact(texts.plain("html-key"), &key(&read.key)))
                        (fact(texts.plain("html-purposes"), &purposes(words, &read)))
                    }
                }
                tr { th scope="row" { "SHA-256" } td { code.fingerprint { (fingerprint(&der.0)) } } }
            }
        }
    }
}

fn fact(name: String, value: &str) -> Markup {
    html! { tr { th scope="row" { (name) } td { (value) } } }
}

fn key(key: &Key) -> String {
    match key {
        Key::Rsa(_) | Key::Ec(_) => key.name(),
        Key::Other(oid) => format!("OID {}", shown(oid)),
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

/// The first of them, and how many there are besides.
fn some(words: &Words<'_>, names: &[String]) -> String {
    let mut parts: Vec<String> = names.iter().take(NAMES).map(|name| shown(name)).collect();
    let left = names.len().saturating_sub(NAMES);
    if left > 0 {
        parts.push(count(words, left));
    }
    parts.join(", ")
}

fn more(words: &Words<'_>, left: usize) -> Markup {
    html! { @if left > 0 { p { (count(words, left)) } } }
}

fn count(words: &Words<'_>, left: usize) -> String {
    let left = i64::try_from(left).unwrap_or(i64::MAX);
    let note = Note::new("html-more").with("count", left);
    words.texts.note(&note, &words.context)
}

/// The questions that say something: near misses only where there was an answer.
fn lookups<'a>(words: &Words<'a>) -> Vec<&'a Lookup> {
    let facts = &words.report.facts;
    let nearby = facts.srv.iter().filter_map(|srv| srv.nearby.as_ref());
    let misses: Vec<*const Lookup> = nearby
        .flat_map(|nearby| {
            nearby
                .variants
                .iter()
                .chain(&nearby.guards)
                .chain(&nearby.parent)
        })
        .filter(|lookup| lookup.records().is_empty())
        .map(std::ptr::from_ref)
        .collect();
    let mut lookups = facts.lookups();
    lookups.retain(|lookup| !misses.contains(&std::ptr::from_ref(*lookup)));
    lookups
}

fn answers(words: &Words<'_>, lookups: &[&Lookup]) -> Markup {
    let texts = words.texts;
    let rows: Vec<(&Lookup, Vec<String>, &DnsOutcome)> = lookups
        .iter()
        .flat_map(|lookup| {
            let answers = agreeing(words, lookup).into_iter();
            answers.map(|(servers, outcome)| (*lookup, servers, outcome))
        })
        .collect();
    html! {
        table.answers {
            thead { tr {
                th scope="col" { (texts.plain("html-question")) }
                th scope="col" { (texts.plain("html-answer")) }
                th scope="col" { (texts.plain("html-from")) }
            } }
            tbody { @for (lookup, servers, outcome) in rows.iter().take(ANSWERS) { tr {
                th scope="row" { (lookup.record.name()) " " code { (shown(&lookup.name)) } }
                td { (answer(words, outcome)) }
                td { (some(words, servers)) }
            } } }
        }
        (more(words, rows.len().saturating_sub(ANSWERS)))
    }
}

/// Who gave which answer, those that agree together. The zone's own servers come first: theirs is
/// the answer that counts.
fn agreeing<'a>(words: &Words<'_>, lookup: &'a Lookup) -> Vec<(Vec<String>, &'a DnsOutcome)> {
    let own = lookup.authority.iter().map(|answer| {
        let name = format!("{} ({})", answer.server.name, answer.server.address.ip());
        (name, &answer.outcome)
    });
    let views = lookup
        .answers
        .iter()
        .map(|answer| (resolver(answer, words.texts), &answer.outcome));
    let mut answers: Vec<(Vec<String>, &DnsOutcome)> = Vec::new();
    for (name, outcome) in own.chain(views) {
        // Caches count the time to live down: what they say is the same.
        let same = |known: &DnsOutcome| match (known, outcome) {
            (DnsOutcome::Records { .. }, DnsOutcome::Records { .. }) => known.agrees_with(outcome),
            (DnsOutcome::NoData { .. }, DnsOutcome::NoData { .. })
            | (DnsOutcome::NoName { .. }, DnsOutcome::NoName { .. }) => true,
            _ => known == outcome,
        };
        match answers.iter_mut().find(|(_, known)| same(known)) {
            Some((names, _)) => names.push(name),
            None => answers.push((vec![name], outcome)),
        }
    }
    answers
}

fn answer(words: &Words<'_>, outcome: &DnsOutcome) -> Markup {
    let DnsOutcome::Records { aliases, records } = outcome else {
        return html! { (no_answer(words, outcome)) };
    };
    html! {
        @for alias in aliases {
            code { (shown(&alias.name)) " CNAME " (shown(&alias.target)) } br;
        }
        @for (index, record) in records.iter().take(RECORDS).enumerate() {
            @if index > 0 { br; }
            code { (shown(&record.data.to_string())) } " "
            small.ttl { (words.texts.say("html-ttl", &[("seconds", &record.ttl.to_string())])) }
        }
        @if records.len() > RECORDS { br; (count(words, records.len() - RECORDS)) }
    }
}

fn no_answer(words: &Words<'_>, outcome: &DnsOutcome) -> String {
    let (kind, detail) = match outcome {
        DnsOutcome::Records { .. } => ("records", String::new()),
        DnsOutcome::NoData { .. } => ("no-data", String::new()),
        DnsOutcome::NoName { .. } => ("no-name", String::new()),
        DnsOutcome::Failed {
            rcode, extended, ..
        } => {
            let reasons = extended
                .iter()
                .map(|(code, text)| format!("EDE {code} {text}"));
            let all: Vec<String> = [rcode.clone()].into_iter().chain(reasons).collect();
            ("failed", all.join(", "))
        }
        DnsOutcome::Elsewhere { servers } => {
            let names: Vec<String> = servers.iter().map(|(name, _)| name.clone()).collect();
            ("elsewhere", some(words, &names))
        }
        DnsOutcome::Unanswered(reason) => (reason.key(), String::new()),
    };
    words.texts.say(
        "html-no-answer",
        &[("kind", kind), ("detail", &shown(&detail))],
    )
}

fn connections(words: &Words<'_>, endpoints: &[&EndpointFacts]) -> Markup {
    let texts = words.texts;
    html! {
        table.connections {
            thead { tr {
                th scope="col" { (texts.plain("html-endpoint")) }
                th scope="col" { "TCP" }
                th scope="col" { "TLS" }
                th scope="col" { "SIP" }
            } }
            tbody { @for endpoint in endpoints.iter().take(ENDPOINTS) { tr {
                th scope="row" { code { (endpoint.address) } br; small { (endpoint.fqdn) } }
                td { (tcp(words, endpoint.tcp)) }
                td { (tls(words, endpoint)) }
                td { (sip(words, endpoint)) }
            } } }
        }
        (more(words, endpoints.len().saturating_sub(ENDPOINTS)))
    }
}

fn tcp(words: &Words<'_>, outcome: TcpOutcome) -> String {
    let (kind, time) = match outcome {
        TcpOutcome::Connected(us) if us < 1000 => ("connected", "< 1".to_owned()),
        TcpOutcome::Connected(us) => ("connected", (us / 1000).to_string()),
        TcpOutcome::Refused => ("refused", String::new()),
        TcpOutcome::TimedOut(ms) => ("timed-out", ms.to_string()),
        TcpOutcome::Unreachable => ("unreachable", String::new()),
        TcpOutcome::NoRoute => ("no-route", String::new()),
        TcpOutcome::NotAttempted => ("not-attempted", String::new()),
        TcpOutcome::Deadline => ("deadline", String::new()),
        TcpOutcome::OverLimit => ("over-limit", String::new()),
    };
    words
        .texts
        .say("html-tcp", &[("outcome", kind), ("ms", &time)])
}

fn tls(words: &Words<'_>, endpoint: &EndpointFacts) -> String {
    let Some(tls) = &endpoint.tls else {
        return words.texts.plain("html-not-reached");
    };
    let agreed = [
        tls.version.map(|version| version.name().to_owned()),
        tls.cipher.as_deref().map(shown),
    ];
    let mut parts: Vec<String> = agreed.into_iter().flatten().collect();
    if tls.request.is_some() {
        parts.push("MTLS".to_owned());
    }
    parts.push(ending(words, Ending::of_tls(&tls.outcome)));
    parts.join(", ")
}

fn sip(words: &Words<'_>, endpoint: &EndpointFacts) -> String {
    let Some(sip) = &endpoint.sip else {
        return words.texts.plain("html-not-reached");
    };
    let SipOutcome::Answered(answer) = &sip.outcome else {
        return ending(words, Ending::of_sip(&sip.outcome));
    };
    let status = format!("{} {}", answer.status, shown(&answer.reason));
    let server = answer
        .server
        .as_deref()
        .map(|server| format!("Server: {}", shown(server)));
    let diagnostics = answer.diagnostics.as_deref();
    let diagnostics = diagnostics.map(|text| format!("ms-diagnostics: {}", shown(text)));
    let parts: Vec<String> = [Some(status), server, diagnostics]
        .into_iter()
        .flatten()
        .collect();
    parts.join(", ")
}

/// How a conversation ended: the key of its words, and what they name.
struct Ending(&'static str, String);

impl Ending {
    fn of_tls(outcome: &TlsOutcome) -> Self {
        match outcome {
            TlsOutcome::Finished => Self("finished", String::new()),
            TlsOutcome::Alert(alert) => Self("alert", alert.name()),
            TlsOutcome::Closed => Self("closed", String::new()),
            TlsOutcome::Reset => Self("reset", String::new()),
            TlsOutcome::Silent => Self("silent", String::new()),
            TlsOutcome::NotTls(start) => Self("other", text(start)),
            TlsOutcome::Misbehaved(reason) => Self("misbehaved", shown(reason)),
            TlsOutcome::TooMuch => Self("too-much", String::new()),
            TlsOutcome::Deadline => Self("deadline", String::new()),
        }
    }

    fn of_sip(outcome: &SipOutcome) -> Self {
        match outcome {
            SipOutcome::Answered(_) => Self("finished", String::new()),
            SipOutcome::Alert(alert) => Self("alert", alert.name()),
            SipOutcome::Closed => Self("closed", String::new()),
            SipOutcome::Reset => Self("reset", String::new()),
            SipOutcome::Silent => Self("silent", String::new()),
            SipOutcome::NotSip(start) => Self("other", text(start)),
            SipOutcome::Deadline => Self("deadline", String::new()),
        }
    }
}

fn ending(words: &Words<'_>, Ending(how, detail): Ending) -> String {
    words
        .texts
        .say("html-ending", &[("how", how), ("detail", &detail)])
}

/// The start of what came where something else was expected.
fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    shown(text.trim_end())
}
