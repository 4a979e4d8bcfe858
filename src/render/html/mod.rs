//! One self-contained file for a ticket: the verdict, a picture of the way, what was found and how
//! to mend it, and the evidence. The page runs no script, loads nothing and sends nothing.
//!
//! The template escapes what HTML reserves; `harmless` then escapes everything that can change how
//! the text around it is shown. The file stays small enough to be attached anywhere: what strangers
//! wrote is clipped, and with many domains, their evidence is left out first.

mod about;
mod evidence;
mod frame;
mod lists;
mod places;
mod signs;
mod stations;
mod steps;
mod todo;
mod way;
mod wrap;

use std::io::{self, Write};

use maud::{Markup, html};

pub(crate) use self::frame::Frame;
use self::frame::STYLE;
use self::signs::mark;
use super::calendar;
use super::overview;
use super::words::Words;
use crate::model::finding::{Note, Value};
use crate::model::plan::{Federation, Scope};
use crate::report::{Report, Status, Verdict};
use crate::text::{Texts, printable};

/// Evidence is added as long as the file stays below this size, in bytes. Everything else is always
/// there.
const ENOUGH: usize = 96 * 1024;

/// With more domains than this, the page is an index, and only those that are not ready follow it.
const SEVERAL: usize = 50;

/// Domains follow the index as long as the file stays below this size, in bytes.
const MOST: usize = 4 * 1024 * 1024;

/// What a stranger wrote is clipped here, in characters.
const CLIP: usize = 300;

/// A calendar is part of the page up to this size, in bytes: with a thousand domains and more, it is
/// better asked for by itself.
const CALENDAR: usize = 1024 * 1024;

/// The labels of a domain are clipped here, in characters: more than most have.
const LABELS: usize = 1000;

/// Writes one page with all reports.
pub(super) fn write(reports: &[Report], texts: &Texts, out: &mut dyn Write) -> io::Result<()> {
    let title = title(reports, texts);
    let articles = articles(reports, texts);
    let jump = articles.first().filter(|article| article.several);
    let jump = jump.map(|article| article.id.clone());
    let content = content(reports, articles, &title, texts);
    let frame = Frame::of_file(&title, jump.as_deref(), texts);
    out.write_all(frame.around(&content, texts).as_bytes())
}

/// What a page says of one report, for a page that says more.
pub(crate) fn of_report(report: &Report, texts: &Texts) -> Markup {
    let reports = std::slice::from_ref(report);
    let title = title(reports, texts);
    content(reports, articles(reports, texts), &title, texts)
}

/// Whether a fix has the reader run xfed, which whoever is shown a page may not have.
pub(crate) fn tells_to_run(report: &Report, texts: &Texts) -> bool {
    let lists = Words::of(report, texts).todo();
    let tasks = lists.iter().flat_map(|list| &list.tasks);
    let mut lines = tasks.flat_map(|task| &task.lines);
    lines.any(|line| line.text.contains("xfed ") || !line.is_entry && line.text.contains(" --"))
}

/// The title of a page with these reports.
pub(crate) fn title(reports: &[Report], texts: &Texts) -> String {
    match reports {
        [report] => Words::of(report, texts).verdict(),
        _ => several_title(reports, texts),
    }
}

/// As many of the articles as the page has room for.
fn articles<'a>(reports: &'a [Report], texts: &'a Texts) -> Vec<Article<'a>> {
    let several = reports.len() > 1;
    let mut size = STYLE.len();
    let mut articles: Vec<Article<'_>> = Vec::new();
    for (index, report) in reports.iter().enumerate() {
        let is_bad = matches!(report.verdict(), Verdict::NotReady | Verdict::Inconclusive);
        if size < MOST && (reports.len() <= SEVERAL || is_bad) {
            let article = Article::new(Words::of(report, texts), index + 1, several);
            size += article.size();
            articles.push(article);
        }
    }
    articles
}

fn content(reports: &[Report], articles: Vec<Article<'_>>, title: &str, texts: &Texts) -> Markup {
    let several = reports.len() > 1;
    let calendar = calendar_link(reports, texts);
    let mut size = STYLE.len() + calendar.0.len();
    size += articles.iter().map(Article::size).sum::<usize>();
    // These hold for every domain, so they are said once.
    let limits = articles
        .first()
        .filter(|_| several)
        .map(|article| not_judged(&article.words, 2));
    html! {
        @if several { (index(reports, &articles, title, &calendar, texts)) }
        @for article in articles {
            (article.markup(&mut size, if several { None } else { Some(&calendar) }))
        }
        @if let Some(limits) = limits { (limits) }
    }
}

fn several_title(reports: &[Report], texts: &Texts) -> String {
    let count = reports.len().to_string();
    texts.say("html-several", &[("count", &count)])
}

/// A table of all domains, with links to those that follow.
fn index(
    reports: &[Report],
    articles: &[Article<'_>],
    title: &str,
    calendar: &Markup,
    texts: &Texts,
) -> Markup {
    let mut following = articles.iter().map(|article| article.number).peekable();
    let rows = reports.iter().enumerate().map(|(index, report)| {
        let words = Words::of(report, texts);
        let number = index + 1;
        let follows = following.next_if_eq(&number).is_some();
        html! {
            tr {
                th scope="row" {
                    @if follows { a href={ "#d" (number) } { (words.domain()) } }
                    @else { (words.domain()) }
                    @if let Some(labels) = words.labels() { br; small { (clip_to(&labels, CLIP)) } }
                }
                td { (mark(as_status(report.verdict()))) " " (words.verdict()) }
            }
        }
    });
    let rows: Vec<Markup> = rows.collect();
    html! {
        section.overview {
            h1 { (title) }
            p.summary { (overview::summary(reports, 0, texts)) }
            (calendar)
            table {
                thead { tr {
                    th scope="col" { (texts.plain("html-domain")) }
                    th scope="col" { (texts.plain("html-verdict")) }
                } }
                tbody { @for row in rows { (row) } }
            }
            @if articles.len() < reports.len() {
                p.left-out {
                    (texts.say("html-index", &[("count", &articles.len().to_string())]))
                }
            }
        }
    }
}

fn as_status(verdict: Verdict) -> Status {
    match verdict {
        Verdict::Ready => Status::Pass,
        Verdict::ReadyWithWarnings => Status::Warn,
        Verdict::Inconclusive => Status::Unknown,
        Verdict::NotReady => Status::Fail,
    }
}

/// The part of the page about one domain.
struct Article<'a> {
    words: Words<'a>,
    /// Where the domain stands among all, from 1.
    number: usize,
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
            @if words.report.terms().scope != Scope::Outbound { (way::way(&words, &id)) }
            (steps::steps(&words, &id, level + 1))
            (places::places(&words, level + 1))
            (steps::renewal(&words, level + 1))
        };
        let evidence = evidence::evidence(&words, level + 2);
        Self {
            words,
            number,
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
        as_status(self.words.report.verdict())
    }

    /// The article, with its evidence if the page stays small enough. `size` counts what is used.
    fn markup(self, size: &mut usize, calendar: Option<&Markup>) -> Markup {
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
                    @if let Some(labels) = self.words.labels() { p.labels { (clip_to(&labels, LABELS)) } }
                    @for reservation in self.words.reservations() { p.reservation { (reservation) } }
                    p.when { (made(&self.words)) }
                    @if let Some(calendar) = calendar { (calendar) }
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

/// The calendar of the certificates as a link that holds it: the page loads nothing.
fn calendar_link(reports: &[Report], texts: &Texts) -> Markup {
    let link = calendar::as_link(&calendar::calendar(reports, texts));
    let is_wanted = calendar::has_dates(reports) && link.len() <= CALENDAR;
    let name = match reports {
        [report] => format!("{}.ics", report.terms().domain),
        _ => "xfed.ics".to_owned(),
    };
    html! {
        @if is_wanted {
            p.calendar { a href=(link) download=(name) { (texts.plain("html-calendar")) } }
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
        _ if terms.scope == Scope::Outbound => "html-mode-outbound",
        _ if terms.scope == Scope::Pair => "html-mode-pair",
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
    // Where something else stands in the way, it is for later, and not worth paper.
    let class = words.is_not_judged_next().then_some("now");
    let lines = words.not_judged();
    html! {
        @if !lines.is_empty() {
            section.limits.(class.unwrap_or("later")) {
                (headed(level, None, &html! { (words.texts.plain("not-judged-title")) }))
                ul { @for line in lines { li { (line) } } }
            }
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
