//! How far each connection got, and how it ended.

use maud::{Markup, html};

use super::super::clip;
use super::super::lists::more;
use crate::facts::{EndpointFacts, SipOutcome};
use crate::render::outcomes::{self, Ending};
use crate::render::words::Words;

/// More endpoints than this are counted, not shown.
const ENDPOINTS: usize = 32;

pub(super) fn connections(words: &Words<'_>, endpoints: &[&EndpointFacts]) -> Markup {
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
                td { (outcomes::tcp(words.texts, endpoint.tcp)) }
                td { (tls(words, endpoint)) }
                td { (sip(words, endpoint)) }
            } } }
        }
        (more(words, endpoints.len().saturating_sub(ENDPOINTS)))
    }
}

fn tls(words: &Words<'_>, endpoint: &EndpointFacts) -> String {
    let Some(tls) = &endpoint.tls else {
        return words.texts.plain("html-not-reached");
    };
    let agreed = [
        tls.version.map(|version| version.name().to_owned()),
        tls.cipher.as_deref().map(clip),
    ];
    let mut parts: Vec<String> = agreed.into_iter().flatten().collect();
    if tls.request.is_some() {
        parts.push("MTLS".to_owned());
    }
    parts.push(Ending::of_tls(&tls.outcome).said(words.texts));
    parts.join(", ")
}

fn sip(words: &Words<'_>, endpoint: &EndpointFacts) -> String {
    let Some(sip) = &endpoint.sip else {
        return words.texts.plain("html-not-reached");
    };
    let SipOutcome::Answered(answer) = &sip.outcome else {
        return Ending::of_sip(&sip.outcome).said(words.texts);
    };
    let status = format!("{} {}", answer.status, clip(&answer.reason));
    let server = answer
        .server
        .as_deref()
        .map(|server| format!("Server: {}", clip(server)));
    let diagnostics = answer.diagnostics.as_deref();
    let diagnostics = diagnostics.map(|text| format!("ms-diagnostics: {}", clip(text)));
    let parts: Vec<String> = [Some(status), server, diagnostics]
        .into_iter()
        .flatten()
        .collect();
    parts.join(", ")
}
