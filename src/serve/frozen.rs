//! A result as it was kept: read, judged and written again, as whoever has its link wants it.

use axum::http::{HeaderMap, header};
use serde::Deserialize;
use time::OffsetDateTime;

use super::store::Kept;
use super::words;
use crate::engine;
use crate::render::{Format, Look};
use crate::report::{Report, SavedCheck, saved};
use crate::text::Lang;

/// All that may be said about a result besides its name. What mail programs and other web sites hang on to
/// a link is nobody's business.
#[derive(Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    lang: Option<String>,
    #[serde(default)]
    rules: Option<Rules>,
    /// Not before there is something to say: by a browser without scripts.
    #[serde(default)]
    wait: Option<u8>,
    /// What was typed, where that was not simply the domain.
    #[serde(default)]
    asked: Option<String>,
}

/// By what it is judged, if not by what held when it was made.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Rules {
    Current,
}

impl Wanted {
    /// The language that is asked for, else the first that the browser names, else that of the service.
    pub(super) fn language(&self, headers: &HeaderMap, own: Lang) -> Lang {
        let accepted = headers.get(header::ACCEPT_LANGUAGE);
        let accepted = accepted.and_then(|accepted| accepted.to_str().ok());
        let first = accepted.and_then(|accepted| accepted.split([',', ';']).next());
        let wanted = self.lang.as_deref().or(first).map(str::trim);
        let wanted = wanted.filter(|wanted| !wanted.is_empty() && *wanted != "*");
        wanted.map_or(own, Lang::of_locale)
    }

    /// By what was typed, and nothing else.
    pub(super) fn typed(asked: Option<String>) -> Self {
        Self {
            asked,
            ..Self::default()
        }
    }

    /// What was typed.
    pub(super) fn asked(&self) -> Option<&str> {
        self.asked.as_deref()
    }

    /// The query of the same page, for whom it was asked for and in which language; `waits` until there
    /// is a result.
    pub(super) fn query(&self, waits: bool) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if waits {
            query.append_pair("wait", "1");
        }
        if let Some(lang) = self.lang.as_deref().map(Lang::of_locale) {
            query.append_pair("lang", lang.tag());
        }
        if let Some(asked) = &self.asked {
            query.append_pair("asked", asked);
        }
        let query = query.finish();
        if query.is_empty() {
            query
        } else {
            format!("?{query}")
        }
    }

    /// Whether the answer is wanted only when there is a result.
    pub(super) fn waits(&self) -> bool {
        self.wait.is_some()
    }

    /// The time to judge at, where that is not the one of the check.
    pub(super) fn as_of(&self) -> Option<OffsetDateTime> {
        self.rules.map(|Rules::Current| OffsetDateTime::now_utc())
    }
}

/// The facts that were kept.
pub(super) fn check(kept: &Kept) -> Option<SavedCheck> {
    saved::read(&kept.report).ok()?.into_iter().next()
}

/// The report of what was kept, judged as of the time when it was made, or of this one.
pub(super) fn judged(kept: &Kept, as_of: Option<OffsetDateTime>) -> Option<Report> {
    let mut check = check(kept)?;
    if let Some(as_of) = as_of {
        check.terms.now = as_of;
    }
    Some(engine::replay(check))
}

pub(super) fn written(report: &Report, format: Format, lang: Lang) -> Vec<u8> {
    let mut text = Vec::new();
    // A text in memory takes all there is.
    let _ = words::with(lang, |texts| {
        let reports = std::slice::from_ref(report);
        format.write(reports, texts, Look::default(), &mut text)
    });
    text
}
