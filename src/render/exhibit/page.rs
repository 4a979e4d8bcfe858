//! What a server shows, for people: each connection, each certificate once, each chain once.

use std::io::{self, Write};

use anstyle::Style;

use super::Visit;
use super::contract::Shown;
use super::facts::shown;
use crate::facts::ServerFacts;
use crate::model::finding::{Finding, Note};
use crate::model::names::Fqdn;
use crate::model::peer::Host;
use crate::render::{Look, layout, outcomes};
use crate::text::{Context, Texts};

/// How far rows below a heading are indented.
const INDENT: usize = 2;

/// A line of the page, or what is wrapped into several.
pub(super) enum Part {
    /// The title of a section, after a blank line.
    Heading(String),
    /// A label, and what belongs to it.
    Row(String, String),
    /// A numbered item.
    Item(usize, String),
    /// What was found, behind the sign of its weight.
    Sign(&'static str, String),
    /// A sentence by itself.
    Text(String),
}

/// The page.
pub(super) struct Page<'a> {
    pub(super) visit: &'a Visit<'a>,
    pub(super) texts: &'a Texts,
    context: Context,
    pub(super) look: Look,
    /// About files, and no server.
    pub(super) is_of_files: bool,
}

impl<'a> Page<'a> {
    pub(super) fn new(visit: &'a Visit<'a>, texts: &'a Texts, look: Look) -> Self {
        let name = visit.peer.server_name().map(Fqdn::to_string);
        let name = name.unwrap_or_else(|| visit.peer.to_string());
        Self {
            visit,
            texts,
            context: Context::new(name.clone(), name),
            look,
            is_of_files: false,
        }
    }

    /// The page about certificates of files, for the server of this context.
    pub(super) fn of_files(
        visit: &'a Visit<'a>,
        context: Context,
        texts: &'a Texts,
        look: Look,
    ) -> Self {
        Self {
            visit,
            texts,
            context,
            look,
            is_of_files: true,
        }
    }

    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    pub(super) fn message(&self, finding: &Finding) -> String {
        self.texts.message(finding, &self.context)
    }

    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.lines()
            .iter()
            .try_for_each(|line| writeln!(out, "{}", layout::fit(line, self.look)))
    }

    fn lines(&self) -> Vec<String> {
        self.laid_out(self.bold(&self.title()), &self.parts())
    }

    /// These parts below a title.
    pub(super) fn laid_out(&self, title: String, parts: &[Part]) -> Vec<String> {
        let labels: Vec<String> = parts
            .iter()
            .filter_map(|part| match part {
                Part::Row(label, _) => Some(layout::fit(label, self.look)),
                Part::Heading(_) | Part::Item(..) | Part::Sign(..) | Part::Text(_) => None,
            })
            .collect();
        let width = layout::widest(&labels) + 1;
        let mut lines = vec![title];
        for part in parts {
            match part {
                Part::Heading(title) => lines.extend([String::new(), self.bold(title)]),
                Part::Item(number, text) => {
                    let label = format!("{number:<2}");
                    lines.extend(layout::hanging(&label, text, self.look, INDENT));
                }
                Part::Sign(sign, text) => {
                    lines.extend(layout::hanging(sign, text, self.look, INDENT));
                }
                Part::Text(text) => lines.extend(layout::wrapped(text, self.look, INDENT)),
                Part::Row(label, text) => {
                    let label = layout::padded(&layout::fit(label, self.look), width);
                    lines.extend(layout::hanging(&label, text, self.look, INDENT));
                }
            }
        }
        lines
    }

    /// The server, as it was typed and as DNS has it.
    fn title(&self) -> String {
        let server = self.visit.peer.to_string();
        match &self.visit.peer.host {
            Host::Name(name) if name.as_str().contains("xn--") => {
                let (spelt, _) = idna::domain_to_unicode(name.as_str());
                let named = [("name", spelt.as_str()), ("server", server.as_str())];
                self.texts.say("exhibit-title-idn", &named)
            }
            _ => server,
        }
    }

    fn parts(&self) -> Vec<Part> {
        let servers = &self.visit.exhibit.servers;
        let seen: Vec<Shown> = servers
            .iter()
            .map(|server| shown(self.visit, server))
            .collect();
        let mut parts = Vec::new();
        if let (Host::Address(_), Some(name)) =
            (&self.visit.peer.host, self.visit.peer.server_name())
        {
            parts.push(self.row("exhibit-asked-for", name.to_string()));
        }
        if servers.is_empty() {
            parts.extend(self.no_address());
        }
        for (server, seen) in servers.iter().zip(&seen) {
            parts.extend(self.connection(server, seen));
        }
        for (place, one) in seen.iter().enumerate() {
            if one.chain.is_empty() || seen[..place].iter().any(|earlier| is_alike(earlier, one)) {
                continue;
            }
            let alike = seen.iter().filter(|other| is_alike(other, one));
            let at: Vec<&str> = alike.map(|other| other.address.as_str()).collect();
            let several = at.len() < seen.len();
            let at = at.join(", ");
            let at = several.then_some(at.as_str());
            parts.extend(self.certificate(one, at));
            parts.extend(self.chain(one));
        }
        parts
    }

    /// Why there was nothing to connect to.
    fn no_address(&self) -> Vec<Part> {
        let lookups = self.visit.exhibit.lookups.iter();
        lookups
            .map(|lookup| {
                let label = format!("DNS ({})", lookup.record.name());
                let why = outcomes::no_answer(self.texts, lookup.answer());
                Part::Row(label, why)
            })
            .collect()
    }

    fn connection(&self, server: &ServerFacts, seen: &Shown) -> Vec<Part> {
        let tcp = outcomes::tcp(self.texts, server.tcp);
        let mut parts = vec![self.row("exhibit-address", format!("{}, {tcp}", seen.address))];
        let Some(tls) = &seen.tls else {
            return parts;
        };
        let agreed: Vec<&str> = tls
            .version
            .into_iter()
            .chain(tls.cipher.as_deref())
            .collect();
        let agreed = agreed.join(", ");
        let ended = server
            .tls
            .as_ref()
            .map(|facts| outcomes::Ending::of_tls(&facts.outcome).said(self.texts));
        let said = if tls.ended == "finished" {
            agreed
        } else {
            let parts = [agreed, ended.unwrap_or_default()];
            let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            parts.join("; ")
        };
        parts.push(Part::Row("TLS".to_owned(), said));
        if let Some(text) = &tls.plain_text {
            parts.push(self.row(
                "exhibit-plain-text",
                self.named("name-quoted", &[("name", text)]),
            ));
        }
        if let Some(asks) = tls.asks_for_certificate {
            parts.push(self.row(
                "exhibit-client",
                self.client(asks, &tls.accepted_authorities),
            ));
        }
        parts
    }

    fn client(&self, asks: bool, authorities: &[String]) -> String {
        let how = match (asks, authorities) {
            (false, _) => "no",
            (true, []) => "any",
            (true, _) => "these",
        };
        let note = Note::new("exhibit-asks")
            .with("how", how)
            .with("authorities", authorities.to_vec());
        self.texts.note(&note, &self.context)
    }

    pub(super) fn row(&self, label: &'static str, text: String) -> Part {
        Part::Row(self.texts.plain(label), text)
    }

    pub(super) fn named(&self, id: &str, named: &[(&'static str, &str)]) -> String {
        self.texts.say(id, named)
    }

    pub(super) fn note(&self, note: &Note) -> String {
        self.texts.note(note, &self.context)
    }

    /// How many columns the text of a row has, about.
    pub(super) fn room(&self) -> usize {
        const LABEL: usize = 16;
        layout::width(self.look).saturating_sub(INDENT + LABEL)
    }

    fn bold(&self, text: &str) -> String {
        layout::styled(Style::new().bold(), text, self.look)
    }
}

/// Whether two addresses show the same, so that it is told once.
fn is_alike(one: &Shown, other: &Shown) -> bool {
    let prints = |shown: &Shown| -> Vec<String> {
        shown.chain.iter().map(|sent| sent.sha256.clone()).collect()
    };
    let said = |shown: &Shown| shown.staple.as_ref().map(|staple| staple.status);
    prints(one) == prints(other)
        && said(one) == said(other)
        && one.without_name == other.without_name
}
