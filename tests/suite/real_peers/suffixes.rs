//! The remark on search suffixes (guide, chapter 13), beside what BIND's nslookup shows on the same
//! machine. Microsoft's cannot be had here: what is known of it is tested beside the facts, and where its
//! suffixes come from in `windows::suffixes`.

use hickory_resolver::proto::op::ResponseCode;
use serde_json::Value;

use super::commands::machine::Machine;
use crate::internet::{Internet, internet};
use crate::world::{Behaviour, RecordType};

const CODE: &str = "nslookup-suffix";
const FQDN: &str = "xphone.zahnfee.de";
const SRV: &str = "_sipfederationtls._tcp.zahnfee.de";
/// More questions than these no healthy domain costs its resolver where no suffix is appended: 14, two
/// for the second name server, and two for the host of the revocation list.
const MOST_QUESTIONS: usize = 18;

/// What an admin reads in the output of nslookup.
#[derive(Debug, PartialEq)]
enum Said {
    /// The name that was found, and its addresses or records.
    Records(String, Vec<String>),
    NoAnswer,
    Error(String),
}

impl Said {
    fn by(output: &str) -> Self {
        // The server that was asked stands above the first empty line.
        let (_, answer) = output.split_once("\n\n").expect("an answer");
        let mut name = String::new();
        let mut records = Vec::new();
        for line in answer.lines() {
            if let Some((found, _)) = line.split_once("\tcanonical name = ") {
                found.clone_into(&mut name);
            } else if let Some(found) = line.strip_prefix("Name:") {
                // Behind an alias stands the name that it leads to.
                if name.is_empty() {
                    found.trim().clone_into(&mut name);
                }
            } else if let Some(address) = line.strip_prefix("Address:") {
                records.push(address.trim().to_owned());
            } else if let Some((found, record)) = line.split_once("\tservice = ") {
                found.clone_into(&mut name);
                records.push(record.to_owned());
            } else if line.ends_with(": No answer") {
                return Self::NoAnswer;
            } else if let Some(error) = line.strip_prefix("** server can't find ") {
                let (_, rcode) = error.rsplit_once(": ").expect("a reason");
                return Self::Error(rcode.to_owned());
            }
        }
        assert!(!records.is_empty(), "{output}");
        records.sort_unstable();
        Self::Records(name, records)
    }

    /// The same as the finding tells it.
    fn told(finding: &Value) -> Self {
        let args = &finding["args"];
        let text = |name: &str| args[name].as_str().expect("text").to_owned();
        match text("what").as_str() {
            "records" => {
                let shown = args["shown"].as_array().expect("a list").iter();
                let shown = shown.map(|record| record.as_str().expect("text").to_owned());
                Self::Records(text("longer"), shown.collect())
            }
            "error" => Self::Error(text("rcode")),
            _ => Self::NoAnswer,
        }
    }

    /// The words of it that the message has to hold.
    fn words(&self) -> Vec<String> {
        match self {
            Self::Records(name, records) => [std::slice::from_ref(name), &records[..]].concat(),
            Self::NoAnswer => vec!["No answer".to_owned()],
            Self::Error(rcode) => vec![rcode.clone()],
        }
    }
}

/// A machine with this `/etc/resolv.conf` behind the line that names the resolver.
fn machine(world: &Internet, lines: &str) -> Machine {
    Machine::configured(world, &format!("nameserver 127.0.0.53\n{lines}\n"))
}

/// The report of a check on such a machine.
struct Report(Value);

impl Report {
    fn of(machine: &Machine, options: &str) -> Self {
        let line = format!("xfed check zahnfee.de --no-compare --format json {options}");
        let said = machine.says(&line);
        let reports: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}"));
        Self(reports["reports"][0].clone())
    }

    /// The findings with this code in a step.
    fn findings(&self, step: &str, code: &str) -> Vec<&Value> {
        let mut steps = self.0["steps"].as_array().expect("a list").iter();
        let step = steps.find(|found| found["id"] == step).expect("a step");
        let findings = step["findings"].as_array().expect("a list").iter();
        findings.filter(|finding| finding["code"] == code).collect()
    }

    /// The only one.
    #[track_caller]
    fn finding(&self, step: &str, code: &str) -> &Value {
        let [finding] = self.findings(step, code)[..] else {
            panic!("{code} in {step}: {:#}", self.0);
        };
        finding
    }
}

/// What nslookup says of the name as it is, without any suffix.
fn plain(machine: &Machine, kind: &str, name: &str) -> Said {
    Said::by(&machine.says(&format!("nslookup -nosearch -type={kind} {name}.")))
}

/// A world in which the zone of a suffix has other answers to the same names.
fn world() -> Internet {
    let mut world = Internet::new();
    world.resolver = world
        .resolver
        .and_zone(
            "corp.example",
            &format!("{FQDN} A 10.0.0.9\n{SRV} SRV 0 0 5060 srvxp01\n"),
        )
        .and_zone("six.example", &format!("{FQDN} AAAA 2001:db8::9\n"))
        .and_zone(
            "both.example",
            &format!("{FQDN} A 10.0.0.9\n{FQDN} AAAA 2001:db8::9\n"),
        )
        .and_zone(
            "alias.example",
            &format!("{FQDN} CNAME srv\nsrv A 10.0.0.7\n"),
        )
        .and_zone("same.example", &format!("{FQDN} A 81.2.3.4\n"))
        .and_zone("empty.example", "@ A 10.0.0.1\n")
        .and_zone("texts.example", &format!("{FQDN} TXT x\n{SRV} TXT x\n"))
        .and_zone("refused.example", "@ A 10.0.0.1\n")
        .and_zone("broken.example", "@ A 10.0.0.1\n");
    let any = RecordType::ANY;
    world
        .resolver
        .now("refused.example", any, Behaviour::Refused);
    world.resolver.now(
        "broken.example",
        any,
        Behaviour::rcode(ResponseCode::ServFail),
    );
    world
}

#[test]
fn the_remark_says_what_nslookup_shows() {
    internet(|| {
        let world = world();
        for (lines, steps) in [
            ("search corp.example", ""),
            ("search corp.example\noptions ndots:2", ""),
            ("search corp.example\noptions ndots:3", "address"),
            ("search corp.example\noptions ndots:5", "address srv"),
            ("domain corp.example\noptions ndots:5", "address srv"),
            ("search corp.example.\noptions ndots:5", "address srv"),
            (
                "search empty.example corp.example\noptions ndots:5",
                "address srv",
            ),
            (
                "search corp.example empty.example\noptions ndots:5",
                "address srv",
            ),
            (
                "search corp.example\ndomain empty.example\noptions ndots:5",
                "",
            ),
            ("search empty.example\noptions ndots:5", ""),
            ("search . corp.example\noptions ndots:5", ""),
            ("search same.example\noptions ndots:3", ""),
            (
                "search texts.example corp.example\noptions ndots:5",
                "address srv",
            ),
            ("search six.example\noptions ndots:3", "address"),
            ("search both.example\noptions ndots:3", "address"),
            ("search alias.example\noptions ndots:3", "address"),
            ("search refused.example\noptions ndots:5", "address srv"),
            ("search broken.example\noptions ndots:5", "address srv"),
        ] {
            let machine = machine(&world, lines);
            let report = Report::of(&machine, "");
            assert_eq!(report.0["verdict"], "ready", "{lines}");
            let found = ["address", "srv"];
            let found = found.map(|step| (step, report.findings(step, CODE)));
            let remarked = found.iter().filter(|(_, remarks)| !remarks.is_empty());
            let remarked: Vec<&str> = remarked.map(|(step, _)| *step).collect();
            assert_eq!(remarked.join(" "), steps, "{lines}");
            for remark in found.iter().flat_map(|(_, remarks)| remarks) {
                assert_eq!(remark["severity"], "info", "{lines}");
                let args = &remark["args"];
                let command = args["command"].as_str().expect("text");
                let said = Said::by(&machine.says(command));
                assert_eq!(Said::told(remark), said, "{lines}: {command}");
                let message = remark["message"].as_str().expect("text");
                for word in said.words().iter().chain([&command.to_owned()]) {
                    assert!(message.contains(word), "{lines}: {word} in {message}");
                }
                let kind = args["record"].as_str().expect("text");
                let name = args["name"].as_str().expect("text");
                assert_ne!(said, plain(&machine, kind, name), "{lines}: {command}");
            }
            // Where nothing is remarked, nslookup tells no more and no less than DNS does.
            for (step, kind, name) in [("address", "A", FQDN), ("srv", "SRV", SRV)] {
                if !remarked.contains(&step) {
                    let said = Said::by(&machine.says(&format!("nslookup -type={kind} {name}")));
                    let same = match (said, plain(&machine, kind, name)) {
                        (Said::Records(_, said), Said::Records(_, plain)) => said == plain,
                        _ => false,
                    };
                    assert!(same, "{lines}: {name}");
                }
            }
        }
    });
}

/// A missing record that seems to be there is the worse half of the trap.
#[test]
fn a_record_that_is_missing_seems_to_be_there() {
    internet(|| {
        let mut world = Internet::with_zone(&crate::internet::zone_with("SRV", ""));
        let own = format!("{SRV} SRV 0 0 5061 {FQDN}.\n");
        world.resolver = world.resolver.and_zone("corp.example", &own);
        let machine = machine(&world, "search corp.example\noptions ndots:5");
        let report = Report::of(&machine, "");
        assert_eq!(report.0["verdict"], "not-ready");
        let remark = report.finding("srv", "nslookup-suffix");
        let said = Said::by(&machine.says(&format!("nslookup -type=SRV {SRV}")));
        assert_eq!(Said::told(remark), said);
        assert_eq!(
            said,
            Said::Records(
                format!("{SRV}.corp.example"),
                vec![format!("0 0 5061 {FQDN}.")]
            )
        );
        assert_eq!(
            plain(&machine, "SRV", SRV),
            Said::Error("NXDOMAIN".to_owned())
        );
    });
}

#[test]
fn suffixes_cost_few_questions_and_only_this_machines_resolver() {
    internet(|| {
        let world = world();
        let asked = |lines: &str, options: &str| {
            let Report(report) = Report::of(&machine(&world, lines), options);
            report["facts"]["questions"].as_u64().expect("counted")
        };
        let none = asked("", "");
        let of_resolver = world.resolver.questions();
        assert!(of_resolver.len() <= MOST_QUESTIONS, "{of_resolver:?}");
        assert_eq!(asked("search corp.example", ""), none);
        let deep = "search corp.example\noptions ndots:5";
        assert_eq!(asked(deep, ""), none + 3, "SRV, A and AAAA");
        let long = "search a.empty.example b.empty.example c.empty.example d.empty.example \
                    e.empty.example f.empty.example\noptions ndots:5";
        assert_eq!(asked(long, ""), none + 8, "four suffixes at most");

        let longer = format!("{FQDN}.corp.example");
        let times = || world.resolver.times_asked(&longer, RecordType::A);
        let before = times();
        assert!(before > 0);
        asked(deep, "--resolver 127.0.0.53");
        assert_eq!(
            times(),
            before,
            "who names a resolver wants to know what that one says"
        );
    });
}

/// What this machine's network is like is nobody else's business.
#[test]
fn what_suffixes_lead_to_is_left_out_of_redacted_reports() {
    internet(|| {
        let world = world();
        let machine = machine(&world, "search corp.example\noptions ndots:5");
        let Report(report) = Report::of(&machine, "--redact");
        assert_eq!(report["verdict"], "ready");
        let whole = report.to_string();
        for local in ["corp.example", "10.0.0.9", "srvxp01", CODE] {
            assert!(!whole.contains(local), "{local}");
        }
    });
}
