//! What the pages say, as markup. Nothing here knows of requests.

use std::time::Duration;

use maud::{Markup, PreEscaped, html};
use time::OffsetDateTime;

use super::policy::SCRIPT;
use crate::model::finding::{Note, StepId, Value};
use crate::render::html::{self, Frame};
use crate::report::Report;
use crate::serve::runs::Progress;
use crate::serve::store::{Entry, Id};
use crate::text::{Context, Lang, Texts};

/// What only a served page needs: the form, the ways out of a result, the steps as they come.
const STYLE: &str = include_str!("page.css");

/// What a step is called that is not done.
const PENDING: &str = "page-step-pending";

/// A check that is under way.
pub(super) struct UnderWay<'a> {
    pub(super) id: Id,
    pub(super) domain: &'a str,
    /// What was typed, where that was not simply the domain.
    pub(super) asked: Option<&'a str>,
    pub(super) progress: &'a Progress,
    /// What answers when there is a result.
    pub(super) wait: String,
    /// How many wait that came before, as long as it waits itself.
    pub(super) before: Option<u64>,
}

/// A result, and what is known around it.
pub(super) struct Shown<'a> {
    pub(super) id: Id,
    pub(super) report: &'a Report,
    /// The verdict of the time when it was made.
    pub(super) verdict_then: &'a str,
    /// It was judged as of now.
    pub(super) as_of_now: bool,
    /// What was typed, where that was not simply the domain.
    pub(super) asked: Option<&'a str>,
    /// The same domain at other times, the newest first.
    pub(super) others: &'a [Entry],
    /// What changed since the one before.
    pub(super) difference: Option<Markup>,
}

/// The pages in one language.
pub(super) struct Sheet<'a> {
    pub(super) texts: &'a Texts,
    /// What a check can be made by, besides the default.
    pub(super) modules: &'a [String],
}

impl Sheet<'_> {
    /// The page that everybody begins at; with what was typed, and what is wrong with it.
    pub(super) fn start(&self, typed: &str, wrong: Option<&str>) -> String {
        let title = self.texts.plain("page-title");
        let content = html! {
            section.start {
                h1 { (title) }
                p { (self.texts.plain("page-what")) }
                (self.form(typed, None, wrong))
            }
        };
        self.page(&title, &html! {}, &content)
    }

    /// The page of a check that is not done. It goes on to the result by itself: with a script, or
    /// without one by an address that answers when there is one. A page that loads itself anew every
    /// few seconds could not be read by everybody (WCAG 2.2.1).
    pub(super) fn running(&self, under_way: &UnderWay<'_>) -> String {
        let domain = under_way.domain;
        let title = self.texts.say("page-running", &[("domain", domain)]);
        let head = html! {
            noscript { meta http-equiv="refresh" content={ "0; url=" (under_way.wait) }; }
        };
        let events = format!("/api/v1/checks/{}/events", under_way.id);
        let content = html! {
            section.running data-events=(events) aria-labelledby="running" {
                h1 #running { (title) }
                @if let Some(asked) = under_way.asked { p.remark role="note" { (self.taken(asked, domain)) } }
                p.queue role="status" data-working=(self.texts.plain("page-working")) { (self.position(under_way)) }
                ol.live aria-live="polite" aria-busy="true" data-pending=(self.texts.plain(PENDING)) {
                    @for step in StepId::ALL { (self.step(step, under_way.progress)) }
                }
                p.hint { (self.texts.plain("page-running-hint")) }
            }
        };
        self.page(&title, &head, &content)
    }

    fn taken(&self, asked: &str, domain: &str) -> String {
        let named = [("input", asked), ("domain", domain)];
        self.texts.say("page-taken", &named)
    }

    fn position(&self, under_way: &UnderWay<'_>) -> String {
        let Some(before) = under_way.before else {
            return self.texts.plain("page-working");
        };
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        self.note(&Note::new("page-waiting").with("before", before))
    }

    fn step(&self, step: StepId, progress: &Progress) -> Markup {
        let is_done = matches!(progress, Progress::Working(done) if done.contains(&step));
        let looked = self.texts.plain("page-step-looked");
        let state = match progress {
            // Nothing of it is under way as long as its turn has not come.
            Progress::Waiting(_) => String::new(),
            Progress::Working(_) if is_done => looked.clone(),
            Progress::Working(_) => self.texts.plain(PENDING),
        };
        html! {
            li #{ "step-" (step.number()) } .looked[is_done]
                data-looked=(looked) {
                span.name { (self.texts.plain(&format!("step-{}", step.id()))) }
                span.state { (state) }
            }
        }
    }

    /// The page of a result.
    pub(super) fn result(&self, shown: &Shown<'_>) -> String {
        let reports = std::slice::from_ref(shown.report);
        let title = html::title(reports, self.texts);
        let domain = shown.report.terms().domain.as_str();
        let head = html! {
            meta property="og:title" content=(title);
            meta property="og:site_name" content="xfed";
            meta property="og:type" content="article";
            meta property="og:description" content=(self.made(shown));
        };
        let content = html! {
            (self.ways_out(shown))
            @for remark in self.remarks(shown) { p.remark role="note" { (remark) } }
            @if html::tells_to_run(shown.report, self.texts) {
                p.hint { (self.texts.plain("page-commands")) }
            }
            (html::of_report(shown.report, self.texts))
            (self.history(shown))
            section.again {
                h2 { (self.texts.plain("page-again")) }
                (self.form(domain, None, None))
            }
        };
        self.page(&title, &head, &content)
    }

    fn made(&self, shown: &Shown<'_>) -> String {
        let moment = shown.report.terms().made_at;
        self.note(&moment_of("html-made", moment))
    }

    /// The same result for programs, for a ticket and in the other language.
    fn ways_out(&self, shown: &Shown<'_>) -> Markup {
        let here = format!("/r/{}", shown.id);
        let others = Lang::ALL.into_iter();
        let others = others.filter(|lang| *lang != self.texts.lang());
        html! {
            nav.ways aria-label=(self.texts.plain("page-ways")) {
                a href="/" { (self.texts.plain("page-new")) }
                a href={ (here) ".md" } data-copy=(self.texts.plain("page-copied")) {
                    (self.texts.plain("page-markdown"))
                }
                a href={ (here) ".json" } { "JSON" }
                @for lang in others {
                    a href={ (here) "?lang=" (lang.tag()) } lang=(lang.tag()) hreflang=(lang.tag()) {
                        (lang.own_name())
                    }
                }
                @if !shown.as_of_now {
                    a href={ (here) "?rules=current" } { (self.texts.plain("page-rules-current")) }
                }
            }
        }
    }

    /// What the reader of a result should know that is not in it.
    fn remarks(&self, shown: &Shown<'_>) -> Vec<String> {
        let mut remarks = Vec::new();
        let domain = shown.report.terms().domain.as_str();
        remarks.extend(shown.asked.map(|asked| self.taken(asked, domain)));
        if shown.as_of_now {
            remarks.push(self.texts.plain("page-as-of-now"));
        }
        if shown.report.verdict().id() != shown.verdict_then {
            let then = self.verdict(shown.verdict_then);
            remarks.push(self.texts.say("page-verdict-then", &[("verdict", &then)]));
        }
        remarks
    }

    fn history(&self, shown: &Shown<'_>) -> Markup {
        html! {
            @if let Some(difference) = &shown.difference {
                section.changes {
                    h2 { (self.texts.plain("page-changes")) }
                    (difference)
                }
            }
            @if !shown.others.is_empty() {
                section.history {
                    h2 { (self.texts.plain("page-history")) }
                    ul {
                        @for entry in shown.others {
                            li {
                                a href={ "/r/" (entry.id) } {
                                    (self.note(&moment_of("page-moment", entry.made_at)))
                                }
                                " " (self.verdict(&entry.verdict))
                            }
                        }
                    }
                }
            }
        }
    }

    /// The page that says why nothing was done.
    pub(super) fn refused(
        &self,
        sentence: &str,
        typed: &str,
        last: Option<(&Entry, Duration)>,
    ) -> String {
        let title = self.texts.plain("page-refused");
        let content = html! {
            section.start {
                h1 { (title) }
                p.wrong role="alert" { (sentence) }
                @if let Some((last, age)) = last {
                    p { a href={ "/r/" (last.id) } { (self.last(age)) } " " (self.verdict(&last.verdict)) }
                }
                (self.form(typed, None, None))
            }
        };
        self.page(&title, &html! {}, &content)
    }

    fn last(&self, age: Duration) -> String {
        let age = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
        self.note(&Note::new("page-last").with("age", age))
    }

    /// One field that takes a domain, the address of a person or the name of a server.
    fn form(&self, typed: &str, module: Option<&str>, wrong: Option<&str>) -> Markup {
        html! {
            form method="post" action="/check" {
                label for="domain" { (self.texts.plain("page-field")) }
                input #domain name="domain" type="text" value=(typed) required
                    maxlength="320" autocapitalize="none" autocomplete="off" spellcheck="false"
                    aria-describedby="domain-hint" aria-invalid=[wrong.map(|_| "true")]
                    placeholder="zahnfee.de";
                p.hint #domain-hint {
                    @if let Some(wrong) = wrong { span.wrong role="alert" { (wrong) } " " }
                    (self.texts.plain("page-field-hint"))
                }
                @if !self.modules.is_empty() {
                    label for="module" { (self.texts.plain("page-module")) }
                    select #module name="module" {
                        option value="" { (self.texts.plain("page-module-default")) }
                        @for name in self.modules {
                            option value=(name) selected[module == Some(name)] { (name) }
                        }
                    }
                }
                button type="submit" { (self.texts.plain("page-check")) }
            }
        }
    }

    fn page(&self, title: &str, head: &Markup, content: &Markup) -> String {
        let head = html! {
            (head)
            meta name="robots" content="noindex, nofollow";
            style { (PreEscaped(STYLE)) }
            script { (PreEscaped(SCRIPT)) }
        };
        let frame = Frame {
            title,
            head,
            jump: None,
            footer: html! { p { (self.texts.plain("page-footer")) } },
        };
        frame.around(content, self.texts)
    }

    /// A verdict in a word.
    fn verdict(&self, id: &str) -> String {
        self.texts.say("diff-verdict", &[("verdict", id)])
    }

    fn note(&self, note: &Note) -> String {
        self.texts
            .note(note, &Context::new(String::new(), String::new()))
    }
}

fn moment_of(id: &'static str, moment: OffsetDateTime) -> Note {
    Note::new(id)
        .with("date", moment)
        .with("time", Value::Time(moment))
}
