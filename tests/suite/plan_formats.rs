//! `xfed plan` for machines and for tickets, and for many domains.

use std::fs;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};
use serde_json::Value;

use crate::derived::assert_snapshot;
use crate::stage::{Folder, Run};
use crate::world::Dns;

const MAIL: &str = "@ MX 10 mail\nmail A 81.2.3.5\n";

fn world() -> Dns {
    Dns::zone("zahnfee.de", MAIL)
}

#[track_caller]
fn plan(dns: &Dns, args: &[&str]) -> String {
    let run = Run::new("plan").args(args).arg("--resolver");
    let (code, stdout, stderr) = run.arg(dns.address().to_string()).text();
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    stdout
}

#[track_caller]
fn json(dns: &Dns, args: &[&str]) -> Value {
    let text = plan(dns, &[args, &["--format", "json"]].concat());
    serde_json::from_str(&text).expect("a document")
}

/// A document with all that can be in it, for the schema.
#[cfg(target_os = "linux")]
pub fn document() -> String {
    let dns = Dns::zone(
        "zahnfee.de",
        "@ MX 10 a.mx.microsoft.\n_sipfederationtls._tcp SRV 0 0 5061 sipfed.online.lync.com.\n",
    );
    plan(
        &dns,
        &[
            "zahnfee.de",
            "elhada.es",
            "--format",
            "json",
            "--lang",
            "de",
        ],
    )
}

#[test]
fn a_machine_reads_what_to_enter() {
    let document = json(
        &world(),
        &["zahnfee.de", "--ip", "81.2.3.4", "--lang", "en"],
    );
    assert_eq!(document["schema"], 1);
    assert_eq!(document["tool"]["name"], "xfed");
    let plan = &document["plans"][0];
    for (field, value) in [
        ("input", "zahnfee.de"),
        ("domain", "zahnfee.de"),
        ("variant", "email"),
        ("basis", "no-teams"),
        ("xphone_domain", "zahnfee.de"),
        ("fqdn", "xphone.zahnfee.de"),
        ("zone", "zahnfee.de"),
        ("address", "81.2.3.4"),
    ] {
        assert_eq!(plan[field], value, "{field}");
    }
    assert_eq!(plan["beside"], Value::Null);
    assert_eq!(plan["seen"]["mail"][0], "mail.zahnfee.de");
    assert_eq!(plan["seen"]["microsoft"], serde_json::json!([]));
    assert_eq!(plan["seen"]["xphone_srv"], serde_json::json!([]));
    let record = |at: usize| &plan["records"][at];
    assert_eq!(record(0)["type"], "A");
    assert_eq!(record(0)["relative"], "xphone");
    assert_eq!(record(0)["value"], "81.2.3.4");
    assert_eq!(record(1)["type"], "SRV");
    assert_eq!(record(1)["name"], "_sipfederationtls._tcp.zahnfee.de");
    assert_eq!(record(1)["value"], "0 0 5061 xphone.zahnfee.de.");
    assert_eq!(record(1)["state"], "new");
    let ids: Vec<&str> = plan["sections"]
        .as_array()
        .expect("sections")
        .iter()
        .map(|section| section["id"].as_str().expect("an id"))
        .collect();
    assert_eq!(
        ids,
        [
            "seen",
            "choice",
            "warnings",
            "domain",
            "records",
            "tcp",
            "certificate",
            "renewal",
            "federation",
            "teams",
            "proof"
        ]
    );
    // What is to be copied is found by its id, whatever the language.
    let german = json(
        &world(),
        &["zahnfee.de", "--ip", "81.2.3.4", "--lang", "de"],
    );
    for document in [&document, &german] {
        let blocks = document["plans"][0]["sections"][4]["blocks"].as_array();
        let mut blocks = blocks.expect("blocks").iter();
        let zone_file = blocks.find(|block| block["id"] == "zone-file");
        let lines = &zone_file.expect("the lines of the zone file")["lines"];
        assert_eq!(lines[0], "xphone.zahnfee.de. 3600 IN A 81.2.3.4");
    }
}

/// Not known is null, and not an empty list; without federation there is no record.
#[test]
fn what_is_not_known_is_null() {
    let closed = crate::world::Port::closed();
    let run = Run::new("plan").args(&["zahnfee.de", "--format=json", "--resolver"]);
    let (code, text, _) = run.arg(closed.address().to_string()).text();
    assert_eq!(code, 0);
    let document: Value = serde_json::from_str(&text).expect("a document");
    let plan = &document["plans"][0];
    for field in ["mail", "microsoft", "srv", "addresses"] {
        assert_eq!(plan["seen"][field], Value::Null, "{field}");
    }
    assert_eq!(plan["records"][0]["value"], Value::Null);
    let without = json(&world(), &["zahnfee.de", "--variant", "1"]);
    assert_eq!(without["plans"][0]["records"], serde_json::json!([]));
    let missing = json(&Dns::empty(), &["zahnfee.de", "--variant", "3"]);
    assert_eq!(missing["plans"][0]["missing"][0], "zahnfee.de");
    assert_eq!(missing["plans"][0]["beside"], "zahnfee.de");
}

#[test]
fn a_ticket_is_markdown() {
    for lang in ["en", "de"] {
        let text = plan(
            &world(),
            &["zahnfee.de", "--format", "markdown", "--lang", lang],
        );
        let (mut headings, mut copied) = (Vec::new(), Vec::new());
        let (mut heading, mut block) = (None, false);
        for event in Parser::new(&text) {
            match event {
                Event::Start(Tag::Heading { level, .. }) => heading = Some(level),
                Event::End(TagEnd::Heading(_)) => heading = None,
                Event::Start(Tag::CodeBlock(kind)) => {
                    assert!(matches!(kind, CodeBlockKind::Fenced(_)), "{kind:?}");
                    block = true;
                }
                Event::End(TagEnd::CodeBlock) => block = false,
                Event::Text(text) if block => copied.push(text.to_string()),
                Event::Text(text) if heading.is_some() => {
                    headings.push((heading.expect("it was asked"), text.to_string()));
                }
                // The placeholders in angle brackets are text.
                Event::Html(html) | Event::InlineHtml(html) => panic!("HTML: {html}"),
                _ => {}
            }
        }
        let of = |level| headings.iter().filter(move |(of, _)| *of == level).count();
        assert_eq!(of(HeadingLevel::H1), 1, "{headings:?}");
        assert_eq!(of(HeadingLevel::H2), 11, "{headings:?}");
        let copied = copied.concat();
        for line in [
            "_sipfederationtls._tcp.zahnfee.de. 3600 IN SRV 0 0 5061 xphone.zahnfee.de.\n",
            "$list.Add(\"zahnfee.de\")\n",
            "xfed check zahnfee.de\n",
        ] {
            assert!(copied.contains(line), "no {line} in {copied}");
        }
        assert!(!text.contains("plan-"), "a text is missing: {text}");
    }
}

/// One list serves both commands; what a plan alone understands may stand in it for plans.
#[test]
fn a_list_of_domains() {
    let dns = world();
    let folder = Folder::new();
    let list = folder.path().join("customers.txt");
    let lines = "\
# customers
zahnfee.de ip=81.2.3.4 customer=4711
elhada.es variant=1
zahnfee.de fqdn=chat.zahnfee.de mode=open
zahnfee.de ip=81.2.3.4 customer=4711
";
    fs::write(&list, lines).expect("a file");
    let list = list.to_str().expect("UTF-8");
    let document = json(&dns, &["--targets", list]);
    let plans = document["plans"].as_array().expect("plans");
    let short: Vec<(&str, &str, &str)> = plans
        .iter()
        .map(|plan| {
            let field = |name: &str| plan[name].as_str().expect("text");
            (field("domain"), field("variant"), field("fqdn"))
        })
        .collect();
    assert_eq!(
        short,
        [
            ("zahnfee.de", "email", "xphone.zahnfee.de"),
            ("elhada.es", "1", "xphone.elhada.es"),
            ("zahnfee.de", "email", "chat.zahnfee.de"),
        ]
    );
    assert_eq!(plans[0]["address"], "81.2.3.4");
    assert_eq!(plans[0]["labels"]["customer"], "4711");
    // For people, one below the other.
    let text = plan(&dns, &["elhada.es", "--targets", list, "--lang", "en"]);
    assert_eq!(text.matches("Federation for elhada.es").count(), 2);
    let labelled = "Federation for zahnfee.de: the plan [customer: 4711]";
    assert_eq!(text.matches(labelled).count(), 1, "{text}");
    let ticket = plan(&dns, &["--targets", list, "--format=markdown", "--lang=de"]);
    let heading = "# Federation für zahnfee.de: der Plan \\[customer: 4711\\]\n";
    assert_eq!(ticket.matches(heading).count(), 1, "{ticket}");
    assert_eq!(text.matches("Federation for zahnfee.de").count(), 2);
    // A bad line is named before anything is asked.
    fs::write(list, "zahnfee.de ip=fairy\nelhada.es variant=red\n").expect("a file");
    let (code, out, err) = Run::new("plan").args(&["--targets", list]).text();
    assert_eq!((code, out.as_str()), (2, ""));
    for named in ["customers.txt:1", "ip", "customers.txt:2", "variant"] {
        assert!(err.contains(named), "no {named} in {err}");
    }
}

/// Files beside standard output; what `xfed.toml` names for reports is left alone.
#[test]
fn plans_go_into_files_that_were_named_for_them() {
    let dns = world();
    let folder = Folder::new();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("status.html"), "a report").expect("a file");
    fs::write(
        file("xfed.toml"),
        "format = \"jsonl\"\nreport = [\"html=status.html\"]\n",
    )
    .expect("a file");
    let run = Run::new("plan")
        .within(folder.path())
        .args(&["zahnfee.de", "--lang=en", "--report=markdown=plan.md"])
        .args(&["--report", "json=plan.json", "--resolver"]);
    let (code, text, stderr) = run.arg(dns.address().to_string()).text();
    assert_eq!(code, 0, "{stderr}");
    assert!(text.starts_with("Federation for zahnfee.de"), "{text}");
    let read = |name: &str| fs::read_to_string(file(name)).expect("it was written");
    assert!(read("plan.md").starts_with("# Federation for zahnfee.de"));
    let document: Value = serde_json::from_str(&read("plan.json")).expect("a document");
    assert_eq!(document["plans"][0]["domain"], "zahnfee.de");
    assert_eq!(read("status.html"), "a report");
    // By pattern, one for each.
    let run = Run::new("plan").within(folder.path());
    let run = run.args(&["zahnfee.de", "elhada.es", "--report=markdown={domain}.md"]);
    let run = run.arg("--resolver").arg(dns.address().to_string());
    assert_eq!(run.text().0, 0);
    for domain in ["zahnfee.de", "elhada.es"] {
        let plan = read(&format!("{domain}.md"));
        assert!(
            plan.lines()
                .next()
                .is_some_and(|title| title.contains(domain)),
            "{plan}"
        );
    }
}

/// The schema is a promise: what changes in it breaks somebody's program.
#[test]
fn the_schema_is_as_it_was() {
    let (code, schema, _) = Run::new("schema").arg("plan").text();
    assert_eq!(code, 0);
    let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
    assert_snapshot!("schema_plan", format!("{schema:#}"));
}
