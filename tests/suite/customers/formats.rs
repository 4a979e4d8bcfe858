//! Two hundred customers in one run: every format in a file, each read back by its own kind of reader.

use std::collections::BTreeSet;
use std::fs;

use pulldown_cmark::{Event, Parser, Tag};
use scraper::{Html, Selector};
use serde_json::Value;

use super::world::{COUNT, Customers, Kind, LEFT, LIFE, SOON, customer, in_dns, kind, name};
use crate::formats::calendar::events;
use crate::formats::csv::{cell, table};
use crate::formats::prtg;

const FORMATS: [&str; 13] = [
    "table",
    "todo",
    "json",
    "jsonl",
    "junit",
    "markdown",
    "github",
    "nagios",
    "prometheus",
    "prtg",
    "csv",
    "ics",
    "html",
];

fn verdict(index: usize) -> &'static str {
    match kind(index) {
        Kind::NoRecord => "not-ready",
        Kind::EndsSoon => "ready-with-warnings",
        Kind::Ready => "ready",
    }
}

fn count(wanted: Kind) -> usize {
    (0..COUNT).filter(|index| kind(*index) == wanted).count()
}

/// Each report is the one of its customer, in the order of the list.
#[track_caller]
fn is_of(report: &Value, index: usize) {
    assert_eq!(report["domain"], in_dns(index).as_str());
    assert_eq!(report["verdict"], verdict(index), "{:#}", report["steps"]);
    assert_eq!(report["labels"]["kunde"], customer(index).as_str());
    assert_eq!(report["labels"]["name"], name(index));
}

#[test]
fn every_format_is_read_back() {
    let customers = Customers::new();
    let mut run = customers.check().args(&["-q", "--lang=en"]);
    for format in FORMATS {
        run = run.arg("--report").arg(format!("{format}=all.{format}"));
    }
    let (code, _, stderr) = run.text();
    assert_eq!((code, stderr.as_str()), (1, ""));
    let read = |format: &str| {
        let file = customers.folder().file(&format!("all.{format}"));
        fs::read_to_string(file).expect("it was written")
    };
    reports(&read("json"), &read("jsonl"));
    spreadsheet(&read("csv"));
    calendar(&read("ics"));
    page(&read("html"), &read("ics"));
    ci(&read("junit"), &read("github"));
    monitoring(&read("nagios"), &read("prometheus"), &read("prtg"));
    people(&read("table"), &read("todo"), &read("markdown"));
}

fn reports(json: &str, jsonl: &str) {
    let document: Value = serde_json::from_str(json).expect("JSON");
    let all = document["reports"].as_array().expect("reports");
    assert_eq!(all.len(), COUNT);
    for (index, report) in all.iter().enumerate() {
        is_of(report, index);
    }
    for (index, line) in jsonl.lines().enumerate() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        is_of(&line["report"], index);
    }
    assert_eq!(jsonl.lines().count(), COUNT);
}

fn spreadsheet(csv: &str) {
    let (head, rows) = table(csv, b',');
    assert_eq!(rows.len(), COUNT);
    for (index, row) in rows.iter().enumerate() {
        let own = |column| cell(&head, row, column);
        assert_eq!(own("domain"), in_dns(index));
        assert_eq!(own("verdict"), verdict(index));
        assert_eq!(own("label_kunde"), customer(index));
        let written = own("label_name");
        let calculates = name(index).starts_with(['=', '+', '@']);
        let expected = if calculates {
            format!("'{}", name(index))
        } else {
            name(index).to_owned()
        };
        assert_eq!(written, expected);
        let (codes, owner, action) = (own("codes"), own("owner"), own("next_action"));
        match kind(index) {
            Kind::Ready => assert_eq!([codes, owner, action], ["", "", ""]),
            Kind::NoRecord => {
                assert_eq!([codes, owner], ["srv-missing", "DNS admin"]);
                assert!(action.contains("_sipfederationtls"), "{action}");
            }
            Kind::EndsSoon => {
                assert_eq!([codes, owner], ["cert-expires-soon", "XPhone admin"]);
                assert_eq!(own("certificate_ends").len(), 10);
            }
        }
    }
}

/// Three days for each server that showed a certificate, as long before its end as they should be.
fn calendar(ics: &str) {
    let events = events(ics);
    let with_certificate = COUNT - count(Kind::NoRecord);
    assert_eq!(events.len(), 3 * with_certificate);
    let day = |purpose: &str, index: usize| {
        let domain = in_dns(index);
        let [day, _, about, _] = &events[&format!("xfed-{purpose}-xphone.{domain}@{domain}")];
        assert!(
            about.contains(&format!("kunde: {}", customer(index))),
            "{about}"
        );
        let format = time::macros::format_description!("[year][month][day]");
        time::Date::parse(day, format).expect("a day")
    };
    for index in (0..COUNT).filter(|index| kind(*index) != Kind::NoRecord) {
        let ends = day("ends", index);
        assert_eq!((ends - day("renew", index)).whole_days(), LIFE / 3);
        assert_eq!((ends - day("choose", index)).whole_days(), LIFE / 3 - 1);
    }
    let first = |wanted| {
        (0..COUNT)
            .find(|index| kind(*index) == wanted)
            .expect("one")
    };
    let apart = day("ends", first(Kind::Ready)) - day("ends", first(Kind::EndsSoon));
    assert_eq!(apart.whole_days(), LEFT - SOON);
}

fn page(html: &str, ics: &str) {
    assert!(html.len() < 4 * 1024 * 1024 + 256 * 1024, "{}", html.len());
    let page = Html::parse_document(html);
    assert_eq!(page.errors, [] as [&str; 0]);
    let all = |selector: &str| {
        let selector = Selector::parse(selector).expect("a selector");
        page.select(&selector)
            .map(|one| one.text().collect())
            .collect::<Vec<String>>()
    };
    let domains = all(".overview tbody th");
    assert_eq!(domains.len(), COUNT);
    for (index, text) in domains.iter().enumerate() {
        assert!(text.contains(&in_dns(index)), "{text}");
        let labels = format!("kunde: {}, name: {}", customer(index), name(index));
        assert!(text.ends_with(&labels), "{text}");
    }
    assert_eq!(
        all("article.domain").len(),
        count(Kind::NoRecord),
        "those to be mended"
    );
    let selector = Selector::parse("a[download]").expect("a selector");
    let links: Vec<_> = page.select(&selector).collect();
    let [link] = links[..] else {
        panic!("{} links", links.len());
    };
    let held = link
        .attr("href")
        .expect("an address")
        .matches("BEGIN%3AVEVENT");
    assert_eq!(held.count(), ics.matches("BEGIN:VEVENT").count());
}

fn ci(junit: &str, github: &str) {
    let document = quick_junit::Report::deserialize_from_str(junit).expect("JUnit XML");
    assert_eq!(document.test_suites.len(), COUNT);
    for (index, suite) in document.test_suites.iter().enumerate() {
        assert_eq!(suite.name.as_str(), in_dns(index));
        let properties = suite.properties.iter();
        let kunde = properties
            .map(|one| (one.name.as_str(), one.value.as_str()))
            .find(|(name, _)| *name == "label_kunde");
        assert_eq!(kunde, Some(("label_kunde", customer(index).as_str())));
    }
    let lines: Vec<&str> = github.lines().collect();
    assert!(lines.iter().all(|line| line.starts_with("::")));
    let errors = lines.iter().filter(|line| line.starts_with("::error "));
    assert_eq!(errors.count(), count(Kind::NoRecord));
    for index in 0..COUNT {
        let labels = format!("%0Akunde: {}, name: ", customer(index));
        assert!(lines.iter().any(|line| line.contains(&labels)), "{labels}");
    }
}

fn monitoring(nagios: &str, prometheus: &str, prtg: &str) {
    let first = nagios.lines().next().expect("a line");
    let (summary, numbers) = first.split_once(" | ").expect("numbers");
    assert!(summary.starts_with("XFED CRITICAL - "), "{summary}");
    for index in 0..COUNT {
        assert!(summary.contains(&format!("kunde: {}", customer(index))));
        assert!(numbers.contains(&format!("'{}_check_time'=", in_dns(index))));
        let own = format!(
            "xfed_domain_labels{{domain=\"{}\",label_kunde=\"{}\",label_name=\"",
            in_dns(index),
            customer(index)
        );
        assert!(prometheus.contains(&own), "{own}");
    }
    let mut seen = BTreeSet::new();
    for line in prometheus.lines().filter(|line| !line.starts_with('#')) {
        let (sample, value) = line.rsplit_once(' ').expect("a value");
        assert!(
            value.parse::<f64>().is_ok() && seen.insert(sample),
            "{line}"
        );
    }
    let (channels, message) = prtg::answer(prtg);
    assert_eq!(prtg::state(&channels), "error");
    let value = |channel: &str| {
        let found = channels.iter().find(|(name, _)| name == channel);
        found.expect("the channel").1["value"]
            .as_u64()
            .expect("a count")
    };
    assert_eq!(value("Not ready"), count(Kind::NoRecord) as u64);
    assert_eq!(value("Ready"), count(Kind::Ready) as u64);
    assert!(message.starts_with("200 domains: "), "{message}");
}

fn people(table: &str, todo: &str, markdown: &str) {
    for text in [table, markdown] {
        for index in 0..COUNT {
            assert!(text.contains(&format!("kunde: {}, name: ", customer(index))));
        }
    }
    for index in (0..COUNT).filter(|index| kind(*index) == Kind::NoRecord) {
        let (_, own) = todo
            .split_once(&format!("To do for {} (DNS admin):\n", in_dns(index)))
            .expect("a list of its own");
        assert!(own.starts_with(&format!("kunde: {}", customer(index))));
    }
    let headings = Parser::new(markdown).filter(|event| {
        matches!(event, Event::Start(Tag::Heading { level, .. }) if *level == pulldown_cmark::HeadingLevel::H2)
    });
    assert_eq!(headings.count(), COUNT);
}
