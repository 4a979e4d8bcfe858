//! What came of a run.

use std::process::Output;
use std::time::Duration;

use serde_json::Value;

/// What came of it.
pub struct Outcome {
    pub code: i32,
    pub json: Value,
    pub stderr: String,
}

impl Outcome {
    pub(super) fn of(output: &Output) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = output;
        let stderr = String::from_utf8(stderr.clone()).expect("messages are UTF-8");
        let json = serde_json::from_slice(stdout).unwrap_or_else(|error| {
            panic!(
                "{status}: {error}\n{}\n{stderr}",
                String::from_utf8_lossy(stdout)
            )
        });
        Self {
            code: status.code().expect("it ended by itself"),
            json,
            stderr,
        }
    }

    #[track_caller]
    pub(super) fn says_the_same_again(&self, again: &Self) {
        let exit = (again.code, again.stderr.as_str());
        assert_eq!(exit, (self.code, ""), "judged again");
        for (one, other) in self.reports().zip(again.reports()) {
            assert_eq!(one["steps"], other["steps"], "judged again");
        }
        assert_eq!(self.json, again.json, "the whole document");
    }

    /// What is said names no library of this program and no type of theirs.
    #[track_caller]
    pub(super) fn speaks_to_people(&self) {
        const FOREIGN: [&str; 8] = [
            "rustls", "webpki", "hickory", "Some(", "None)", "Err(", "Error {", "os error",
        ];
        let steps = self
            .reports()
            .filter_map(|report| report["steps"].as_array());
        let findings = steps
            .flatten()
            .filter_map(|step| step["findings"].as_array());
        for finding in findings.flatten() {
            for said in [finding["message"].to_string(), finding["fix"].to_string()] {
                let foreign = FOREIGN.iter().find(|word| said.contains(**word));
                let is_type = said
                    .split(|letter: char| !letter.is_alphanumeric())
                    .find(|word| humps(word) > 2);
                assert!(
                    foreign.is_none() && is_type.is_none(),
                    "{foreign:?} {is_type:?}: {said}"
                );
            }
        }
    }

    /// Names, addresses and words may be others; nothing may weigh otherwise.
    #[track_caller]
    pub(super) fn says_the_same_redacted(&self, redacted: &Self) {
        assert_eq!(redacted.code, self.code, "redacted: {redacted}");
        for (one, other) in self.reports().zip(redacted.reports()) {
            assert_eq!(other["redacted"], true);
            assert_eq!(one["verdict"], other["verdict"], "redacted");
            assert_eq!(gist(one), gist(other), "redacted");
            let holds = other["holds"].as_array().expect("kinds");
            assert!(!holds.iter().any(|kind| kind == "local"), "{holds:?}");
            // What DNS publishes stays, even where it is this machine's address.
            let published = one["facts"]["addresses"].to_string();
            assert!(
                published.contains(r#"{"address":"127."#)
                    || !other.to_string().contains("127.0.0.1"),
                "{redacted}"
            );
        }
    }

    pub fn reports(&self) -> impl Iterator<Item = &Value> {
        self.json["reports"].as_array().expect("reports").iter()
    }

    /// How long the first check took, as its report says.
    pub fn elapsed(&self) -> Duration {
        let elapsed = self.report()["elapsed_ms"].as_u64();
        Duration::from_millis(elapsed.expect("a number"))
    }

    pub fn report(&self) -> &Value {
        &self.json["reports"][0]
    }

    pub fn step(&self, id: &str) -> &Value {
        let steps = self.report()["steps"].as_array().expect("steps");
        steps
            .iter()
            .find(|step| step["id"] == id)
            .unwrap_or_else(|| panic!("step {id}"))
    }

    /// The finding of this code in this step.
    #[track_caller]
    pub fn finding(&self, step: &str, code: &str) -> &Value {
        let findings = self.step(step)["findings"].as_array().expect("findings");
        findings
            .iter()
            .find(|finding| finding["code"] == code)
            .unwrap_or_else(|| panic!("no {code}:\n{self}"))
    }

    /// All codes of all steps, in order.
    pub fn codes(&self) -> Vec<&str> {
        let steps = self.report()["steps"].as_array().expect("steps");
        let findings = steps
            .iter()
            .flat_map(|step| step["findings"].as_array().expect("findings"));
        findings
            .map(|finding| finding["code"].as_str().expect("a code"))
            .collect()
    }

    /// Asserts that this was found in this step with this severity.
    #[track_caller]
    pub fn shows(&self, step: &str, code: &str, severity: &str) -> &Self {
        assert_eq!(
            self.finding(step, code)["severity"],
            severity,
            "{code}:\n{self}"
        );
        self
    }

    /// Asserts that this was found nowhere.
    #[track_caller]
    pub fn lacks(&self, code: &str) -> &Self {
        assert!(!self.codes().contains(&code), "{code} found:\n{self}");
        self
    }

    /// Asserts the status of all six steps, in the guide's order, the verdict, and the exit code.
    #[track_caller]
    pub fn stands(&self, statuses: &str, verdict: &str, code: i32) -> &Self {
        let steps = self.report()["steps"].as_array().expect("steps");
        let seen: Vec<&str> = steps
            .iter()
            .map(|step| step["status"].as_str().expect("a status"))
            .collect();
        assert_eq!(seen.join(" "), statuses, "{self}");
        assert_eq!(self.report()["verdict"], verdict, "{self}");
        assert_eq!(self.code, code, "{self}");
        self
    }
}

/// Each step's status and codes with their severities.
fn gist(report: &Value) -> Vec<(&Value, Vec<(&Value, &Value)>)> {
    let steps = report["steps"].as_array().expect("steps");
    steps
        .iter()
        .map(|step| {
            let findings = step["findings"].as_array().expect("findings");
            let codes = findings.iter().map(|one| (&one["code"], &one["severity"]));
            (&step["status"], codes.collect())
        })
        .collect()
}

/// The report as a failed assertion shows it: without the facts, which are long.
impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let steps = serde_json::to_string_pretty(&self.report()["steps"]).expect("JSON stays JSON");
        write!(
            f,
            "exit code {}, {}\n{steps}\n{}",
            self.code,
            self.report()["verdict"],
            self.stderr
        )
    }
}

/// How often a capital letter follows a small one. What Microsoft calls its settings has many, and one
/// purpose of certificates.
fn humps(word: &str) -> usize {
    const KNOWN: [&str; 7] = [
        "anyExtendedKeyUsage",
        "AllowFederatedUsers",
        "CsAccessEdgeConfiguration",
        "CsEdgeDomainPattern",
        "CsTenantFederationConfiguration",
        "SendTrustedIssuerList",
        "SchUseStrongCrypto",
    ];
    let letters: Vec<char> = word.chars().collect();
    let is_hump = |pair: &&[char]| pair[0].is_lowercase() && pair[1].is_uppercase();
    if KNOWN.contains(&word) {
        return 0;
    }
    letters.windows(2).filter(is_hump).count()
}
