//! What was seen, as it was seen: certificates, DNS answers, connections. Strangers wrote it, at
//! whatever length they liked, so all of it is clipped and counted.

mod certificates;
mod connections;
mod dns;

use maud::{Markup, html};

use crate::facts::EndpointFacts;
use crate::render::words::Words;

/// The evidence of a report.
pub(super) fn evidence(words: &Words<'_>, level: u8) -> Markup {
    let texts = words.texts;
    let chains = certificates::chains(words);
    let lookups = dns::lookups(words);
    let endpoints: Vec<&EndpointFacts> = words.report.facts().endpoints.iter().flatten().collect();
    html! {
        @if !chains.is_empty() {
            details {
                summary { (texts.plain("html-certificates")) }
                (certificates::certificates(words, &chains, level))
            }
        }
        @if !lookups.is_empty() {
            details { summary { (texts.plain("html-dns")) } (dns::answers(words, &lookups)) }
        }
        @if !endpoints.is_empty() {
            details { summary { (texts.plain("html-connections")) } (connections::connections(words, &endpoints)) }
        }
    }
}
