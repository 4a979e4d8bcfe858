//! Markdown, read by pulldown-cmark as GitHub reads it.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::{shown, shown_hostile};

fn events(markdown: &str) -> Vec<Event<'_>> {
    Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_GFM).collect()
}

/// What a reader sees, without the invisible characters that keep names from becoming links.
fn text(events: &[Event<'_>]) -> String {
    events
        .iter()
        .map(|event| match event {
            Event::Text(text) | Event::Code(text) => text.as_ref(),
            Event::End(_) => "\n",
            _ => "",
        })
        .collect::<String>()
        .replace('\u{200b}', "")
}

fn count(events: &[Event<'_>], is: impl Fn(&Event<'_>) -> bool) -> usize {
    events.iter().filter(|event| is(event)).count()
}

#[test]
fn a_section_a_table_and_commands_per_domain() {
    let markdown = shown("markdown", &["--lang=en"]);
    let events = events(&markdown);
    assert_eq!(count(&events, |one| *one == Event::End(TagEnd::Table)), 3);
    // Three heads, six steps each.
    assert_eq!(
        count(&events, |one| *one == Event::End(TagEnd::TableRow)),
        18
    );
    let fenced = |event: &Event<'_>| matches!(event, Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind))) if kind.as_ref() == "text");
    assert_eq!(
        count(&events, fenced),
        10,
        "one per finding that is no remark, and what is to be entered, with the plan of it"
    );
    let text = text(&events);
    assert!(text.starts_with("3 domains: 1 ready, 1 ready with warnings, 1 not ready\n"));
    assert!(text.contains(
        "\n✘ zahnfee.de is not ready: the SRV record says port 5060 instead of 5061 (DNS admin)\n"
    ));
    assert!(
        text.contains("_sipfederationtls._tcp.zahnfee.de. SRV 0 0 5061 xphone.zahnfee.de."),
        "{text}"
    );
    assert!(text.contains("<partner's FQDN>"), "{text}");
    has_no_html_but_its_own(&events);
}

fn has_no_html_but_its_own(events: &[Event<'_>]) {
    for event in events {
        if let Event::Html(html) | Event::InlineHtml(html) = event {
            let opening = ["<details><summary>", "<details open><summary>"];
            let own = opening.iter().any(|tag| html.starts_with(tag));
            assert!(own || html.trim_end() == "</details>", "{html}");
        }
    }
}

#[test]
fn strangers_write_no_markdown() {
    let markdown = shown_hostile("markdown");
    // Mentions and references are looked for in plain text, too.
    for live in ["@octocat", "#1", "!2", "http:", "https:", "www."] {
        assert!(!markdown.contains(live), "{live}: {markdown}");
    }
    let hostile = events(&markdown);
    has_no_html_but_its_own(&hostile);
    let is_link = |event: &Event<'_>| {
        matches!(
            event,
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) | Event::InlineHtml(_)
        )
    };
    assert_eq!(count(&hostile, is_link), 0);
    let ends = |end| count(&hostile, |one| *one == Event::End(end));
    assert_eq!((ends(TagEnd::Table), ends(TagEnd::TableRow)), (3, 18));
    assert_eq!(ends(TagEnd::TableCell), 3 * 7 * 4);
    let text = text(&hostile);
    assert!(
        text.contains(
            "a|b`c*d*<img src=x>[l](http://evil.example/)@octocat #1 !2 %0A::error::x\\u{a}"
        ),
        "{text}"
    );
}
