//! The certificates of files, judged for one server: each with what is wrong with it, and which of
//! them to choose.

use std::io::{self, Write};

use anstyle::Style;
use serde::Serialize;

use super::contract::{Sent, Shown, Tool, Trust};
use super::facts::{sent, trusted, written};
use super::page::{Page, Part};
use super::{ExhibitFormat, SCHEMA, Visit, as_json};
use crate::facts::{Exhibit, HeldKey};
use crate::model::finding::{Finding, Note, Severity};
use crate::model::names::Fqdn;
use crate::model::peer::{Host, Peer};
use crate::model::plan::Terms;
use crate::render::words::{as_status, sign};
use crate::render::{Look, layout};
use crate::report::Status;
use crate::report::offers::{Offer, Offers};
use crate::text::{Context, Texts, printable};

/// From where XPhone offers certificates (guide, chapter 7).
const OWN_STORE: &str = r"LocalMachine\My";

/// What was judged, and under which terms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Selection<'a> {
    pub(crate) fqdn: &'a Fqdn,
    pub(crate) terms: &'a Terms,
    pub(crate) offers: &'a Offers,
}

impl ExhibitFormat {
    /// Writes what was judged. As PEM that is the certificate to choose, with the way up from it.
    pub(crate) fn write_offers(
        self,
        selection: &Selection<'_>,
        texts: &Texts,
        look: Look,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match self {
            Self::Table => write_page(selection, texts, look, out),
            Self::Json => as_json(&selection.document(texts), out),
            Self::Pem => {
                let chosen = selection
                    .offers
                    .choice
                    .map(|at| &selection.offers.offers[at]);
                let chain = chosen.iter().flat_map(|offer| &offer.facts.chain);
                chain
                    .cloned()
                    .try_for_each(|der| write!(out, "{}", String::from(der)))
            }
        }
    }
}

/// What `xfed cert FILE --format json` prints; fields are only added.
#[derive(Debug, Serialize)]
struct Document {
    schema: u32,
    tool: Tool,
    /// The name that the certificates are judged for.
    fqdn: String,
    made_at: String,
    certificates: Vec<Offered>,
    /// The number of the one to choose; `null` where none can be.
    choose: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Offered {
    /// Counted from 1.
    number: usize,
    /// The files that hold it, or the store.
    sources: Vec<String>,
    /// `pem`, `der`, `pfx` or `store`.
    kind: &'static str,
    /// `pass`, `warn`, `fail` or `unknown`.
    status: &'static str,
    /// Whether its private key is there: `fits`, `differs`, `closed` or `missing`.
    key: &'static str,
    findings: Vec<Found>,
    /// The way up, the certificate itself first.
    chain: Vec<Sent>,
    trust: Option<Trust>,
}

#[derive(Debug, Serialize)]
struct Found {
    code: &'static str,
    severity: &'static str,
    message: String,
    fix: Option<String>,
}

impl Selection<'_> {
    fn context(&self) -> Context {
        Context::new(self.terms.domain.to_string(), self.fqdn.to_string())
    }

    fn shown(&self, offer: &Offer) -> Shown {
        let chain = &offer.facts.chain;
        let trust = offer.facts.trust.as_ref();
        Shown {
            address: String::new(),
            tcp: "",
            tls: None,
            chain: chain
                .iter()
                .map(|der| sent(der, Some(self.fqdn), self.terms.now))
                .collect(),
            trust: trust.map(|facts| trusted(facts, chain.len(), self.terms.own_roots)),
            revocation: None,
            staple: None,
            without_name: None,
        }
    }

    fn document(&self, texts: &Texts) -> Document {
        let context = self.context();
        let offers = self.offers.offers.iter().enumerate();
        Document {
            schema: SCHEMA,
            tool: Tool::this(),
            fqdn: self.fqdn.to_string(),
            made_at: written(self.terms.now),
            certificates: offers
                .map(|(at, offer)| {
                    let Shown { chain, trust, .. } = self.shown(offer);
                    let findings = offer.findings.iter();
                    Offered {
                        number: at + 1,
                        sources: offer.facts.sources.clone(),
                        kind: offer.facts.kind.key(),
                        status: offer.status.id(),
                        key: offer.facts.key.key(),
                        findings: findings
                            .map(|finding| Found {
                                code: finding.rule.code,
                                severity: finding.severity.id(),
                                message: texts.message(finding, &context),
                                fix: fix(finding, texts, &context),
                            })
                            .collect(),
                        chain,
                        trust,
                    }
                })
                .collect(),
            choose: self.offers.choice.map(|at| at + 1),
        }
    }
}

fn fix(finding: &Finding, texts: &Texts, context: &Context) -> Option<String> {
    let fix = texts.fix(finding, context)?;
    let lines: Vec<String> = fix.lines().iter().map(|line| texts.line(line)).collect();
    Some(lines.join("\n"))
}

fn write_page(
    selection: &Selection<'_>,
    texts: &Texts,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let peer = Peer {
        host: Host::Name(selection.fqdn.clone()),
        port: crate::model::limits::FEDERATION_PORT,
        name: None,
    };
    let exhibit = Exhibit {
        lookups: Vec::new(),
        servers: Vec::new(),
    };
    let visit = Visit {
        peer: &peer,
        exhibit: &exhibit,
        now: selection.terms.now,
        own_roots: selection.terms.own_roots,
    };
    let page = Page::of_files(&visit, selection.context(), texts, look);
    let mut parts = Vec::new();
    for (at, offer) in selection.offers.offers.iter().enumerate() {
        parts.extend(page.offer(selection, at, offer));
    }
    parts.extend(page.choice(selection));
    let title = texts.say("offers-title", &[("server", selection.fqdn.as_str())]);
    page.write_parts(&title, &parts, out)
}

impl Page<'_> {
    fn offer(&self, selection: &Selection<'_>, at: usize, offer: &Offer) -> Vec<Part> {
        let shown = selection.shown(offer);
        let number = (at + 1).to_string();
        let sources = printable(&offer.facts.sources.join(", "));
        let status = self.texts.plain(&format!("status-{}", offer.status.id()));
        let status = format!("{} {status}", sign(offer.status));
        let named = [
            ("number", number.as_str()),
            ("sources", &sources),
            ("status", &status),
        ];
        let mut parts = vec![Part::Heading(self.named("offers-heading", &named))];
        let mut rows = self.certificate(&shown, None);
        // The heading is that of the files.
        rows.remove(0);
        parts.extend(rows);
        let key = Note::new("offers-key").with("how", offer.facts.key.key());
        parts.push(self.row("offers-label-key", self.note(&key)));
        parts.extend(self.way_up(&shown));
        // Of one that is not to be chosen, it is enough to know why not.
        let with_fix = selection.offers.choice.is_none_or(|choice| choice == at);
        for finding in &offer.findings {
            parts.push(self.found(finding, with_fix));
        }
        parts
    }

    /// A message, and what to do.
    fn found(&self, finding: &Finding, with_fix: bool) -> Part {
        let mut text = format!("{} [{}]", self.message(finding), finding.rule.code);
        if with_fix
            && finding.severity > Severity::Info
            && let Some(fix) = fix(finding, self.texts, self.context())
        {
            let label = self.texts.plain("label-fix");
            text = format!("{text}\n{label}: {fix}");
        }
        let sign = match finding.severity {
            Severity::Info => "i",
            severity => sign(as_status(severity)),
        };
        Part::Sign(sign, text)
    }

    /// Which to choose, and how; where none can be, that is said.
    fn choice(&self, selection: &Selection<'_>) -> Vec<Part> {
        let offers = &selection.offers.offers;
        let chosen = selection.offers.choice.map(|at| (at, &offers[at]));
        let is_in_place = |offer: &Offer| offer.facts.sources.iter().any(|one| one == OWN_STORE);
        let held = chosen.map(|(_, offer)| (offer.status, offer.facts.key, is_in_place(offer)));
        let how = match held {
            None => "none",
            Some((Status::Unknown, ..)) => "unsure",
            Some((_, HeldKey::Fits, true)) => "in-store",
            Some((_, HeldKey::Fits, _)) => "this",
            Some(_) => "this-and-its-key",
        };
        let leaf = chosen.map(|(_, offer)| selection.shown(offer).chain.swap_remove(0));
        let number = chosen.map_or(0, |(at, _)| at + 1);
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let count = i64::try_from(offers.len()).unwrap_or(i64::MAX);
        let until = leaf.as_ref().and_then(|leaf| leaf.not_after.as_deref());
        let note = Note::new("offers-choice")
            .with("how", how)
            .with("number", number)
            .with("count", count)
            .with("until", self.date(until))
            .with(
                "thumbprint",
                leaf.as_ref().map_or("", |leaf| leaf.sha1.as_str()),
            )
            .with(
                "issuer",
                leaf.as_ref().map_or("", |leaf| leaf.issuer.as_str()),
            );
        vec![
            Part::Heading(self.texts.plain("offers-to-choose")),
            Part::Text(self.note(&note)),
            Part::Text(self.texts.plain("offers-not-looked-at")),
        ]
    }
}

impl Page<'_> {
    /// Writes these parts below a title.
    fn write_parts(&self, title: &str, parts: &[Part], out: &mut dyn Write) -> io::Result<()> {
        let title = layout::styled(Style::new().bold(), title, self.look);
        self.laid_out(title, parts)
            .iter()
            .try_for_each(|line| writeln!(out, "{}", layout::fit(line, self.look)))
    }
}
