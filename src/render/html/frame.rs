//! What is around every page: the head with the style sheet, and what stands above and below.

use std::borrow::Cow;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::signs::signs;
use crate::render::origin::program;
use crate::text::{Texts, is_harmful, printable};

pub(super) const STYLE: &str = include_str!("style.css");

/// Forbids the browser to load, run or send anything, whatever found its way into the page.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// A page without its content.
pub(crate) struct Frame<'a> {
    pub(crate) title: &'a str,
    /// What else the head says.
    pub(crate) head: Markup,
    /// Where the overview is jumped over to.
    pub(crate) jump: Option<&'a str>,
    pub(crate) footer: Markup,
}

impl<'a> Frame<'a> {
    /// That of a page which is a file, complete in itself.
    pub(super) fn of_file(title: &'a str, jump: Option<&'a str>, texts: &Texts) -> Self {
        Self {
            title,
            head: html! { meta http-equiv="Content-Security-Policy" content=(POLICY); },
            jump,
            footer: html! { p { (texts.say("html-made-by", &[("program", &program())])) } },
        }
    }

    /// The page with this content.
    pub(crate) fn around(&self, content: &Markup, texts: &Texts) -> String {
        let page = html! {
            (DOCTYPE)
            html lang=(texts.lang().tag()) {
                head {
                    meta charset="utf-8";
                    (self.head)
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="generator" content=(program());
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    @if let Some(id) = self.jump {
                        a.jump href={ "#" (id) } { (texts.plain("html-skip")) }
                    }
                    (signs())
                    header.page {
                        span.brand { "xfed" }
                        span { (texts.plain("html-what")) }
                    }
                    main { (content) }
                    footer.page { (self.footer) }
                }
            }
        };
        harmless(&page.into_string()).into_owned()
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
