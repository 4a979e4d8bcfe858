//! The examples for Zabbix, PRTG and the Task Scheduler of Windows: read by parsers of what they are
//! written in, and what they run is run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::left_out;
use super::monitoring::each_state;
use super::readers::read_by;
use super::shell::Shell;
use crate::formats::calendar::events;
use crate::formats::csv::{cell, table};
use crate::formats::prtg;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name)
}

pub fn text(name: &str) -> String {
    let text = std::fs::read_to_string(example(name));
    let text = text.unwrap_or_else(|error| panic!("{name}: {error}"));
    text.replace("\r\n", "\n")
}

fn template() -> Value {
    const TO_JSON: &str =
        "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)";
    let yaml = text("monitoring/zabbix/template.yaml");
    let json = read_by("/usr/bin/python3", &["-c", TO_JSON], &yaml);
    let export: Value = serde_json::from_str(&json).expect("JSON");
    export["zabbix_export"]["templates"][0].clone()
}

/// Everything in it that has this name.
fn all<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                if let Some(text) = value.as_str().filter(|_| key == name) {
                    found.push(text);
                }
                all(value, name, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| all(value, name, found)),
        _ => {}
    }
}

/// What Zabbix makes of metrics by the pattern of an item: the label, or the least value.
fn preprocessed(item: &Value, metrics: &str) -> Vec<String> {
    let step = &item["preprocessing"][0];
    assert_eq!(step["type"], "PROMETHEUS_PATTERN");
    let [pattern, output, name] =
        [0, 1, 2].map(|at| step["parameters"][at].as_str().expect("text"));
    let (metric, wanted) = match pattern.split_once(" == ") {
        Some((metric, value)) => (metric, Some(value)),
        None => (pattern, None),
    };
    let samples = metrics.lines().filter_map(|line| {
        let labels = line.strip_prefix(metric)?.strip_prefix('{')?;
        labels.rsplit_once("} ")
    });
    let samples = samples.filter(|(_, value)| wanted.is_none_or(|wanted| *value == wanted));
    let values = samples.map(|(labels, value)| match output {
        "label" => {
            let begin = format!("{name}=\"");
            let (_, rest) = labels.split_once(begin.as_str()).expect("the label");
            rest.split('"').next().expect("an end").to_owned()
        }
        _ => value.to_owned(),
    });
    values.collect()
}

#[test]
fn zabbix_gets_verdict_and_end_by_its_template() {
    if left_out() {
        return;
    }
    let template = template();
    let items = template["items"].as_array().expect("items");
    let (script, dependent) = items.split_first().expect("items");
    assert_eq!(script["type"], "EXTERNAL");
    each_state(|stage, server, state| {
        let shell = Shell::in_world(stage, server).with("XFED", "xfed");
        let file = example("monitoring/zabbix/xfed");
        let said = shell.run(&format!("'{}' zahnfee.de", file.display()));
        assert_eq!(said.stderr, "", "{said}");
        let found = dependent
            .iter()
            .map(|item| preprocessed(item, &said.stdout));
        let found: Vec<Vec<String>> = found.collect();
        let verdict = ["ready", "ready-with-warnings", "not-ready"]
            [usize::try_from(state).expect("no signal")];
        assert_eq!(found[0], [verdict], "{said}");
        let end: i64 = found[1][0].parse().expect("a moment");
        assert!(end > 1_700_000_000, "{end}");
    });
}

/// What an import would refuse: identifiers that are none or come twice, keys that nothing has.
#[test]
fn the_template_for_zabbix_is_sound() {
    if left_out() {
        return;
    }
    let template = template();
    let mut uuids = Vec::new();
    all(&template, "uuid", &mut uuids);
    assert!(uuids.len() > 5);
    assert_eq!(uuids.iter().collect::<BTreeSet<_>>().len(), uuids.len());
    for uuid in uuids {
        let is_hex = uuid.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_random = uuid[12..].starts_with('4') && uuid[16..].starts_with(['8', '9', 'a', 'b']);
        assert!(uuid.len() == 32 && is_hex && is_random, "{uuid}");
    }
    let items = template["items"].as_array().expect("items").iter();
    let keys: Vec<&str> = items
        .map(|item| item["key"].as_str().expect("a key"))
        .collect();
    let mut named = Vec::new();
    all(&template, "key", &mut named);
    assert!(named.iter().all(|key| keys.contains(key)), "{named:?}");
    let mut expressions = Vec::new();
    all(&template, "expression", &mut expressions);
    let name = template["template"].as_str().expect("a name");
    let verdicts = ["ready-with-warnings", "not-ready", "inconclusive"];
    for expression in expressions {
        let (_, rest) = expression
            .split_once(&format!("/{name}/"))
            .expect("this template");
        let key = rest.split([',', ')']).next().expect("a key");
        assert!(keys.contains(&key), "{expression}");
        let words = expression.split('"').skip(1).step_by(2);
        for word in words.filter(|word| *word != "eq") {
            assert!(verdicts.contains(&word), "{word}");
        }
    }
}

/// What the file runs is run, and what it says itself is read; by cmd it is run in `windows::recipes`.
#[test]
fn the_sensor_for_prtg_says_what_prtg_reads() {
    if left_out() {
        return;
    }
    let batch = text("monitoring/prtg.bat");
    let line = |begin: &str| {
        let mut lines = batch.lines().filter_map(|line| line.strip_prefix(begin));
        lines
            .next()
            .unwrap_or_else(|| panic!("no {begin}"))
            .to_owned()
    };
    let arguments = line("\"%XFED%\" ").replace("%*", "zahnfee.de");
    each_state(|stage, server, state| {
        let said = Shell::in_world(stage, server).run(&format!("xfed {arguments}"));
        let (channels, message) = prtg::answer(&said.stdout);
        let expected = ["up", "warning", "error"][usize::try_from(state).expect("no signal")];
        assert_eq!(prtg::state(&channels), expected, "{said}");
        assert!(message.starts_with("zahnfee.de "), "{message}");
        // The states that the file takes for "the sensor has worked".
        assert!(batch.contains(&format!("if \"%code%\"==\"{}\" exit /b 0", said.code)));
    });
    let failure: Value = serde_json::from_str(&line("echo ")).expect("JSON");
    assert_eq!(failure["prtg"]["error"], 1);
    assert!(
        failure["prtg"]["text"]
            .as_str()
            .is_some_and(|text| !text.contains('#'))
    );
}

/// What the task for Windows says in this element.
pub fn task(name: &str) -> String {
    let path = format!("string(//*[local-name()='{name}'])");
    let file = text("windows/xfed-task.xml");
    let value = read_by("xmllint", &["--xpath", &path, "-"], &file);
    value.trim().to_owned()
}

#[test]
fn the_task_for_windows_writes_what_it_promises() {
    if left_out() {
        return;
    }
    assert_eq!(task("Command"), r#""C:\Program Files\xfed\xfed.exe""#);
    assert!(task("ExecutionTimeLimit").starts_with("PT"));
    let arguments = task("Arguments")
        .replace('\\', "/")
        .replace("{domain}", "'{domain}'");
    each_state(|stage, server, state| {
        let shell = Shell::in_world(stage, server);
        shell.write("list.txt", "zahnfee.de customer=4711\n");
        shell.run("mkdir reports");
        let said = shell.run(&format!("xfed {arguments}"));
        assert_eq!(said.code, i32::from(state == 2), "{said}");
        let page = shell.read("reports/zahnfee.de.html");
        assert!(page.contains("lang=\"de\"") && page.contains("customer: 4711"));
        let (head, rows) = table(&shell.read("reports/all.csv"), b';');
        assert_eq!(cell(&head, &rows[0], "label_customer"), "4711");
        assert_eq!(events(&shell.read("reports/certificates.ics")).len(), 3);
    });
}
