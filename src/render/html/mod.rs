//! One self-contained file for a ticket: the verdict, a picture of the way, what was found and how
//! to mend it, and the evidence. The page runs no script, loads nothing and sends nothing.
//!
//! The template escapes what HTML reserves; `harmless` then escapes everything that can change how
//! the text around it is shown. The file stays small enough to be attached anywhere: what strangers
//! wrote is clipped, and with many domains, their evidence is left out first.

mod about;
mod evidence;
mod lists;
mod signs;
mod stations;
mod steps;
mod todo;
mod way;
mod wrap;

use std::borrow::Cow;
use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::signs::{mark, signs};
use super::origin::program;
use super::words::Words;
use crate::model::finding::{Note, Value};
use crate::model::plan::Federation;
use crate::report::{Report, Status, Verdict};
use crate::text::{Texts, is_harmful, printable};

const STYLE: &str = include_str!("style.css");

/// Evidence is added as long as the file stays below this size, in bytes. Everything else is always
/// there.
const ENOUGH: usize = 96 * 1024;

/// What a stranger wrote is clipped here, in characters.
const CLIP: usize = 300;

/// Forbids the browser to load, run or send anything, whatever found its way into the page.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Writes one page with all reports.
pub(super) fn write(reports: &[Report], texts: &Texts, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(harmless(&page(reports, texts).into_string()).as_bytes())
}

fn page(reports: &[Report], texts: &Texts) -> Markup {
    let several = reports.len() > 1;
    let articles: Vec<Article<'_>> = reports
        .iter()
        .enumerate()
        .map(|(index, report)| Article::new(Words::of(report, texts), index + 1, several))
        .collect();
    let mut size = STYLE.len() + articles.iter().map(Article::size).sum::<usize>();
    // These hold for every domain, so they are said once.
    let limits = articles
        .first()
        .filter(|_| several)
        .map(|article| not_judged(&article.words, 2));
    let title = match articles.as_slice() {
        [article] => article.words.verdict(),
        _ => several_title(reports, texts),
    };
    html! {
        (DOCTYPE)
        html lang=(texts.lang().tag()) {
            (head(&title))
            body {
                @if several { a.jump href="#d1" { (texts.plain("html-skip")) } }
                (signs())
                header.page {
                    span.brand { "xfed" }
                    span { (texts.plain("html-what")) }
                }
                main {
                    @if several { (overview(&articles, &title, texts)) }
                    @for article in articles { (article.markup(&mut size)) }
                    @if let Some(limits) = limits { (limits) }
                }
                footer.page { p { (texts.say("html-made-by", &[("program", &program())])) } }
            }
        }
    }
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(POLICY);
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="generator" content=(program());
            title { (title) }
            style { (PreEscaped(STYLE)) }
        }
    }
}

fn several_title(reports: &[Report], texts: &Texts) -> String {
    let count = reports.len().to_string();
    texts.say("html-several", &[("count", &count)])
}

/// A table of all domains with links to them.
fn overview(articles: &[Article<'_>], title: &str, texts: &Texts) -> Markup {
    html! {
        section.overview {
            h1 { (title) }
            table {
                thead { tr {
                    th scope="col" { (texts.plain("html-domain")) }
                    th scope="col" { (texts.plain("html-verdict")) }
                } }
                tbody { @for article in articles { tr {
                    th scope="row" { a href={ "#" (article.id) } { (article.words.domain()) } }
                    td { (mark(article.status())) " " (article.words.verdict()) }
                } } }
            }
        }
    }
}

/// The part of the page about one domain.
struct Article<'a> {
    words: Words<'a>,
    id: String,
    /// Whether the page has other articles, too.
    several: bool,
    /// The level of its heading.
    level: u8,
    body: Markup,
    evidence: Markup,
}

impl<'a> Article<'a> {
    fn new(words: Words<'a>, number: usize, several: bool) -> Self {
        let id = format!("d{number}");
        let level = if several { 2 } else { 1 };
        let body = html! {
            (todo::todo(&words, level + 1))
            (way::way(&words, &id))
            (steps::steps(&words, &id, level + 1))
        };
        let evidence = evidence::evidence(&words, level + 2);
        Self {
            words,
            id,
            several,
            level,
            body,
            evidence,
        }
    }

    /// About how many bytes it takes without its evidence.
    fn size(&self) -> usize {
        self.body.0.len() + 3 * 1024
    }

    fn status(&self) -> Status {
        match self.words.report.verdict() {
            Verdict::Ready => Status::Pass,
            Verdict::ReadyWithWarnings => Status::Warn,
            Verdict::Inconclusive => Status::Unknown,
            Verdict::NotReady => Status::Fail,
        }
    }

    /// The article, with its evidence if the page stays small enough. `size` counts what is used.
    fn markup(self, size: &mut usize) -> Markup {
        let fits = *size + self.evidence.0.len() <= ENOUGH;
        if fits {
            *size += self.evidence.0.len();
        }
        let Words { texts, .. } = self.words;
        let heading = format!("{}-verdict", self.id);
        html! {
            article.domain id=(self.id) aria-labelledby=(heading) {
                div.verdict.(self.status().id()) {
                    p.mode { (mode(&self.words)) }
                    (headed(self.level, Some(&heading), &html! {
                        (mark(self.status())) span { (self.words.verdict()) }
                    }))
                    @for reservation in self.words.reservations() { p.reservation { (reservation) } }
                    p.when { (made(&self.words)) }
                }
                (self.body)
                @if !self.several { (not_judged(&self.words, self.level + 1)) }
                section.evidence {
                    (headed(self.level + 1, None, &html! { (texts.plain("html-evidence")) }))
                    @if fits { (self.evidence) } @else { p { (left_out(&self.words)) } }
                    (about::about(&self.words))
                }
            }
        }
    }
}

fn left_out(words: &Words<'_>) -> String {
    words
        .texts
        .say("html-left-out", &[("domain", &words.context.domain)])
}

fn mode(words: &Words<'_>) -> String {
    let terms = words.report.terms();
    words.texts.plain(match terms.federation {
        _ if terms.partner => "html-mode-partner",
        Federation::Open => "html-mode-open",
        Federation::Direct => "html-mode-direct",
    })
}

fn made(words: &Words<'_>) -> String {
    let moment = words.report.terms().made_at;
    let note = Note::new("html-made")
        .with("date", moment)
        .with("time", Value::Time(moment));
    words.texts.note(&note, &words.context)
}

fn not_judged(words: &Words<'_>, level: u8) -> Markup {
    html! {
        section.limits {
            (headed(level, None, &html! { (words.texts.plain("not-judged-title")) }))
            ul { @for line in words.not_judged() { li { (line) } } }
        }
    }
}

/// A heading at this level.
fn headed(level: u8, id: Option<&str>, content: &Markup) -> Markup {
    match level {
        1 => html! { h1 id=[id] { (content) } },
        2 => html! { h2 id=[id] { (content) } },
        3 => html! { h3 id=[id] { (content) } },
        4 => html! { h4 id=[id] { (content) } },
        _ => html! { h5 id=[id] { (content) } },
    }
}

/// Text from a stranger: made harmless, and cut to a length that people read.
fn clip(text: &str) -> String {
    clip_to(&printable(text), CLIP)
}

fn clip_to(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// The last filter for every character of the page: control characters and direction marks become
/// escapes, wherever they came from.
fn harmless(page: &str) -> Cow<'_, str> {
    let must_go = |letter: char| letter != '\n' && is_harmful(letter);
    if !page.contains(must_go) {
        return Cow::Borrowed(page);
    }
    let parts = page.split_inclusive('\n').map(|line| {
        let (text, end) = line
            .strip_suffix('\n')
            .map_or((line, ""), |text| (text, "\n"));
        printable(text) + end
    });
    Cow::Owned(parts.collect())
}
