//! The sections about the certificate of a server, and about the chain behind it.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::contract::{Revocation, Sent, Shown, Trust};
use super::page::{Page, Part};
use crate::model::finding::Note;
use crate::render::layout;
use crate::text::printable;

impl Page<'_> {
    /// The certificate of the server itself; `at` where others show another one.
    pub(super) fn certificate(&self, shown: &Shown, at: Option<&str>) -> Vec<Part> {
        // Where it stands in the wrong place, it is still what people want to see.
        let Some(leaf) = shown.chain.get(shown.own_place().unwrap_or_default()) else {
            return Vec::new();
        };
        let title = match at {
            Some(at) => self.named("exhibit-leaf-at", &[("addresses", at)]),
            None => self.texts.plain("html-leaf"),
        };
        let mut parts = vec![Part::Heading(title)];
        if leaf.readable {
            parts.extend([
                self.row("html-subject", self.text_or_none(&leaf.subject)),
                self.row("exhibit-label-names", self.names(leaf)),
                self.row("html-issuer", printable(&leaf.issuer)),
                self.row("html-valid", self.validity(leaf)),
                self.row("html-purposes", self.purposes(leaf)),
                self.row("html-key", self.key(leaf)),
                self.row("exhibit-serial", self.fingerprint(&leaf.serial)),
            ]);
        } else {
            parts.push(self.row(
                "html-unreadable",
                self.texts.plain("exhibit-no-certificate"),
            ));
        }
        // Windows calls it the thumbprint, and people search for it.
        parts.push(Part::Row("SHA-1".to_owned(), leaf.sha1.clone()));
        parts.push(Part::Row(
            "SHA-256".to_owned(),
            self.fingerprint(&leaf.sha256),
        ));
        parts.push(self.row(
            "exhibit-revocation",
            self.revocation(shown, leaf).join("\n"),
        ));
        if let Some(other) = &shown.without_name {
            let other = self.fingerprint(other);
            let said = self.named("exhibit-without-name-other", &[("sha256", "")]);
            parts.push(self.row(
                "exhibit-without-name",
                format!("{}\n{other}", said.trim_end()),
            ));
        }
        parts
    }

    fn text_or_none(&self, text: &str) -> String {
        if text.is_empty() {
            self.texts.plain("html-none")
        } else {
            printable(text)
        }
    }

    /// All names, and whether the one that was asked for is among them.
    fn names(&self, leaf: &Sent) -> String {
        let listed = if leaf.names.is_empty() {
            self.texts.plain("html-none")
        } else {
            self.note(&Note::new("exhibit-names").with("names", leaf.names.clone()))
        };
        match leaf.names_server {
            Some(how) => {
                let fits = self.note(&Note::new("exhibit-names-server").with("how", how));
                format!("{listed}\n{fits}")
            }
            None => listed,
        }
    }

    fn validity(&self, leaf: &Sent) -> String {
        let from = self.date(leaf.not_before.as_deref());
        let until = self.date(leaf.not_after.as_deref());
        let days = leaf.days_left.unwrap_or_default();
        let starts = moment(leaf.not_before.as_deref());
        let ends = moment(leaf.not_after.as_deref());
        let now = self.visit.now;
        let (state, days) = if starts.is_some_and(|starts| now < starts) {
            (
                "not-yet",
                starts.map_or(0, |starts| (starts - now).whole_days()),
            )
        } else if ends.is_some_and(|ends| now > ends) {
            ("expired", -days)
        } else {
            ("valid", days)
        };
        let note = Note::new("exhibit-valid")
            .with("from", from)
            .with("until", until)
            .with("state", state)
            .with("days", days);
        self.note(&note)
    }

    pub(super) fn date(&self, written: Option<&str>) -> String {
        let date = moment(written).map(|moment| self.texts.date(moment));
        date.unwrap_or_default()
    }

    fn purposes(&self, leaf: &Sent) -> String {
        let Some(purposes) = &leaf.purposes else {
            return self.texts.plain("html-any");
        };
        if let [only] = purposes.as_slice()
            && only == "serverAuth"
        {
            return self.texts.plain("exhibit-server-only");
        }
        let words: Vec<String> = purposes
            .iter()
            .map(|purpose| self.named("exhibit-purpose", &[("purpose", purpose)]))
            .collect();
        if words.is_empty() {
            self.texts.plain("html-none")
        } else {
            words.join(", ")
        }
    }

    fn key(&self, leaf: &Sent) -> String {
        let named = [
            ("key", leaf.key.as_str()),
            // The same in every language.
            ("algorithm", &leaf.signed_with.replace(" with ", " + ")),
        ];
        self.named("exhibit-key", &named)
    }

    /// In lines that break between pairs of digits.
    fn fingerprint(&self, digits: &str) -> String {
        layout::in_pairs(digits, self.room())
    }

    /// Where it can be asked for, and what was said.
    fn revocation(&self, shown: &Shown, leaf: &Sent) -> Vec<String> {
        let mut lines = Vec::new();
        for url in &leaf.crl_urls {
            let asked = shown.revocation.as_ref();
            let asked = asked.filter(|said| said.url.as_ref() == Some(url));
            let said = self.said("exhibit-crl", asked, Some(url));
            lines.push(said);
        }
        if leaf.crl_urls.is_empty() {
            lines.push(self.texts.plain("exhibit-no-crl"));
        }
        for url in &leaf.ocsp_urls {
            let asked = shown.revocation.as_ref();
            let asked = asked.filter(|said| said.url.as_ref() == Some(url));
            lines.push(self.said("exhibit-ocsp", asked, Some(url)));
        }
        match &shown.staple {
            Some(staple) => lines.push(self.said("exhibit-staple", Some(staple), None)),
            None if leaf.must_staple => lines.push(self.texts.plain("exhibit-must-staple")),
            None => {}
        }
        lines
    }

    fn said(&self, id: &'static str, said: Option<&Revocation>, url: Option<&str>) -> String {
        let at = said.and_then(|said| said.at.as_deref());
        let reason = said.and_then(|said| said.reason.clone());
        let note = Note::new(id)
            .with("how", said.map_or("not-asked", |said| said.status))
            .with(
                "by",
                if id == "exhibit-ocsp" {
                    "responder"
                } else {
                    "list"
                },
            )
            .with(
                "status",
                said.and_then(|said| said.http_status).unwrap_or_default(),
            )
            .with("url", url.unwrap_or_default())
            .with("at", self.date(at))
            .with("reason", reason.unwrap_or_else(|| "unspecified".to_owned()));
        self.note(&note)
    }

    /// The certificates as sent, and where they lead.
    pub(super) fn chain(&self, shown: &Shown) -> Vec<Part> {
        let mut parts = vec![Part::Heading(self.texts.plain("exhibit-chain"))];
        let order = shown
            .trust
            .as_ref()
            .and_then(|trust| self.order(shown, trust));
        parts.extend(self.links(shown));
        parts.extend(order.map(|order| self.row("exhibit-order", order)));
        parts.extend(self.end(shown));
        parts
    }

    /// The certificates of files up to a root, in their order.
    pub(super) fn way_up(&self, shown: &Shown) -> Vec<Part> {
        let mut parts = self.links(shown);
        parts.extend(self.end(shown));
        parts
    }

    fn links(&self, shown: &Shown) -> Vec<Part> {
        let mut parts = Vec::new();
        for (place, sent) in shown.chain.iter().enumerate() {
            parts.push(Part::Item(place + 1, self.link(sent, place)));
        }
        parts
    }

    fn end(&self, shown: &Shown) -> Option<Part> {
        let trust = shown.trust.as_ref()?;
        let leads_to = self.leads_to(shown, trust).join("\n");
        Some(self.row("exhibit-leads-to", leads_to))
    }

    fn link(&self, sent: &Sent, place: usize) -> String {
        if !sent.readable {
            return self.texts.plain("exhibit-no-certificate");
        }
        let subject = self.text_or_none(&sent.subject);
        let how = match (sent.self_signed, place) {
            (true, _) => "self-signed",
            (false, 0) => "leaf",
            (false, _) => "issuing",
        };
        let note = Note::new("exhibit-issued-by")
            .with("how", how)
            .with("issuer", sent.issuer.as_str())
            .with("until", self.date(sent.not_after.as_deref()));
        format!("{subject}\n{}", self.note(&note))
    }

    /// Nothing where there is only one.
    fn order(&self, shown: &Shown, trust: &Trust) -> Option<String> {
        let numbers = |places: &[usize]| -> String {
            let numbers: Vec<String> = places.iter().map(ToString::to_string).collect();
            numbers.join(", ")
        };
        if shown.chain.len() < 2 {
            return None;
        }
        let own = shown.own_place().filter(|own| *own > 0);
        let in_order = trust.order.iter().copied().eq(1..=trust.order.len());
        let how = match own {
            Some(_) => "own",
            None if in_order => "right",
            None => "wrong",
        };
        let note = Note::new("exhibit-ordered")
            .with("how", how)
            .with(
                "place",
                i64::try_from(own.unwrap_or_default() + 1).unwrap_or(i64::MAX),
            )
            .with("order", numbers(&trust.order));
        let mut lines = vec![self.note(&note)];
        if own.is_none() && !trust.not_needed.is_empty() {
            let places = numbers(&trust.not_needed);
            lines.push(self.named("exhibit-not-needed", &[("places", &places)]));
        }
        Some(lines.join("\n"))
    }

    fn leads_to(&self, shown: &Shown, trust: &Trust) -> Vec<String> {
        let top = trust.order.last().and_then(|top| shown.chain.get(top - 1));
        let verdict = match trust.verdict {
            "unknown-issuer" if top.is_some_and(|top| top.self_signed) => "self-signed",
            "unknown-issuer" if self.is_of_files => "not-in-files",
            verdict => verdict,
        };
        let note = Note::new("exhibit-leads")
            .with("verdict", verdict)
            .with("roots", trust.roots)
            .with("root", trust.root.clone().unwrap_or_default())
            .with("missing", trust.missing.clone().unwrap_or_default());
        let mut lines = vec![self.note(&note)];
        for fault in &trust.faults {
            let named = [("what", fault.what), ("subject", fault.subject.as_str())];
            lines.push(self.named("exhibit-fault", &named));
        }
        let url = top.and_then(|top| top.issuer_url.as_deref());
        let is_missing = matches!(verdict, "unknown-issuer" | "not-in-files");
        if let (true, Some(url)) = (is_missing, url) {
            lines.push(self.named("exhibit-issuer-url", &[("url", url)]));
        }
        if trust.trusted_here == Some(true) {
            lines.push(self.texts.plain("exhibit-trusted-here"));
        }
        lines
    }
}

fn moment(written: Option<&str>) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(written?, &Rfc3339).ok()
}
