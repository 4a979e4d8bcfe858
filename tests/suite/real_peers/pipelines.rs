//! The GitHub Action and the snippets for CI, as far as a shell can run them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::shell::{Said, Shell};
use super::{left_out, yaml};
use crate::stage::{FQDN, Stage, demanding};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What a runner does with a composite action, less what is installed: `env` is filled in, scripts
/// run by bash.
struct Action {
    definition: Value,
    inputs: Vec<(&'static str, &'static str)>,
}

impl Action {
    fn with(inputs: &[(&'static str, &'static str)]) -> Self {
        Self {
            definition: yaml(&repository(".github/actions/check/action.yml")),
            inputs: inputs.to_vec(),
        }
    }

    fn input(&self, name: &str) -> String {
        let declared = &self.definition["inputs"][name]["default"];
        let default = declared
            .as_str()
            .unwrap_or_else(|| panic!("no input {name}"));
        let given = self.inputs.iter().find(|(own, _)| *own == name);
        given.map_or(default, |(_, value)| value).to_owned()
    }

    /// Runs the step of this name.
    fn run(&self, step: &str, mut shell: Shell) -> (Said, Shell) {
        for (given, _) in &self.inputs {
            assert!(self.definition["inputs"][given].is_object(), "{given}");
        }
        let steps = self.definition["runs"]["steps"].as_array().expect("steps");
        let step = steps
            .iter()
            .find(|one| one["name"] == step)
            .unwrap_or_else(|| panic!("no step {step}"));
        assert_eq!(step["shell"], "bash");
        let variables = step["env"].as_object().expect("variables");
        for (name, value) in variables {
            let value = value.as_str().expect("text");
            let expression = value
                .strip_prefix("${{ ")
                .and_then(|rest| rest.strip_suffix(" }}"))
                .unwrap_or_else(|| panic!("{value} is no expression"));
            if let Some(input) = expression.strip_prefix("inputs.") {
                shell = shell.with(name, self.input(input));
            }
        }
        let script = step["run"].as_str().expect("a script");
        assert!(!script.contains("${{"), "a stranger's input in a script");
        let runner = [
            ("GITHUB_ACTION_PATH", repository(".github/actions/check")),
            ("GITHUB_OUTPUT", shell.path("output").into()),
            ("GITHUB_PATH", shell.path("path").into()),
            ("GITHUB_STEP_SUMMARY", shell.path("summary").into()),
            ("RUNNER_TEMP", shell.path("").into()),
        ];
        for (name, value) in runner {
            shell = shell.with(name, value);
        }
        let said = shell.run(script);
        (said, shell)
    }

    /// The outputs that a workflow sees, by the names that the definition gives them.
    fn output(&self, name: &str, shell: &Shell) -> String {
        let value = self.definition["outputs"][name]["value"]
            .as_str()
            .unwrap_or_else(|| panic!("no output {name}"));
        assert_eq!(value, format!("${{{{ steps.check.outputs.{name} }}}}"));
        let outputs = shell.read("output");
        let line = outputs
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("{name} is missing: {outputs}"))
            .to_owned()
    }
}

#[test]
fn the_action_annotates_sums_up_and_says_the_verdict() {
    if left_out() {
        return;
    }
    let healthy = Stage::new();
    let ready = healthy.server().start();
    let failing = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5060 xphone");
    let server = failing.server().start();
    let warned = Stage::new();
    let servers_only = warned
        .authority
        .certificate(FQDN)
        .rsa()
        .server_auth_only()
        .issue();
    let warning = demanding(servers_only).start();
    for (stage, server, fail_on, code, own_code, verdict, annotation) in [
        (&healthy, &ready, "fail", 0, "0", "ready", "::notice "),
        (&failing, &server, "fail", 1, "1", "not-ready", "::error "),
        (&failing, &server, "never", 0, "1", "not-ready", "::error "),
        (
            &warned,
            &warning,
            "fail",
            0,
            "0",
            "ready-with-warnings",
            "::warning ",
        ),
        (
            &warned,
            &warning,
            "warn",
            1,
            "1",
            "ready-with-warnings",
            "::warning ",
        ),
    ] {
        let action = Action::with(&[("domain", "zahnfee.de"), ("fail-on", fail_on)]);
        let (said, shell) = action.run("Check", Shell::in_world(stage, server));
        assert_eq!(said.code, code, "{said}");
        assert_eq!(action.output("verdict", &shell), verdict);
        assert_eq!(action.output("exit-code", &shell), own_code);
        let lines = || said.stdout.lines();
        assert!(lines().any(|line| line.starts_with(annotation)), "{said}");
        assert!(lines().all(|line| line.starts_with("::")), "{said}");
        assert!(shell.read("summary").contains("zahnfee.de"));
        let report = std::fs::read(action.output("report", &shell)).expect("the report");
        let report: Value = serde_json::from_slice(&report).expect("JSON");
        assert_eq!(report["reports"][0]["verdict"], verdict);
    }
}

#[test]
fn the_action_never_passes_where_nothing_was_checked() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    let server = stage.server().start();
    for inputs in [
        &[("domain", "zahnfee.de\nnot a domain"), ("fail-on", "never")][..],
        // A stranger's title of a pull request, say: words, never a script.
        &[("domain", "$(touch pwned)")],
        &[("domain", "zahnfee.de"), ("fail-on", "sometimes")],
        &[("domain", ""), ("fail-on", "never")],
        &[("domain", "zahnfee.de"), ("config", "missing.toml")],
    ] {
        let action = Action::with(inputs);
        let (said, shell) = action.run("Check", Shell::in_world(&stage, &server));
        assert_eq!(said.code, 2, "{inputs:?}: {said}");
        assert!(said.stdout.contains("::error "), "{said}");
        assert!(!Path::new(&shell.path("pwned")).exists());
    }
    // Without xfed, that nothing fails is no reason to pass.
    let action = Action::with(&[("domain", "zahnfee.de"), ("fail-on", "never")]);
    let shell = Shell::in_world(&stage, &server);
    std::fs::remove_file(shell.path("bin/xfed")).expect("it was there");
    let (said, shell) = action.run("Check", shell);
    assert_eq!(said.code, 127, "{said}");
    assert_eq!(action.output("verdict", &shell), "");
}

#[test]
fn the_action_checks_the_domains_of_a_file() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    let server = stage.server().start();
    let shell = Shell::in_world(&stage, &server);
    shell.write("federation.toml", "[[domain]]\nname = \"zahnfee.de\"\n");
    let action = Action::with(&[("config", "federation.toml"), ("lang", "de")]);
    let (said, shell) = action.run("Check", shell);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(action.output("verdict", &shell), "ready");
    assert!(shell.read("summary").contains("bereit"));
}

/// A release of what is built here, in the place of GitHub's own program.
#[test]
fn the_action_installs_nothing_whose_checksum_is_wrong() {
    if left_out() {
        return;
    }
    let stage = Stage::new();
    let server = stage.server().start();
    let name = "xfed-0.1.0-x86_64-unknown-linux-musl";
    for (damage, code) in [("", 0), ("echo more >>", 1)] {
        let shell = Shell::in_world(&stage, &server)
            .with("RUNNER_OS", "Linux")
            .with("RUNNER_ARCH", "X64")
            .with("GITHUB_REPOSITORY", "xfed/xfed");
        let release = shell.path("release");
        let damage = if damage.is_empty() {
            ":".to_owned()
        } else {
            format!("{damage}{release}/{name}.tar.gz")
        };
        let made = shell.run(&format!(
            "mkdir -p release {name} && cp bin/xfed {name} && tar -czf release/{name}.tar.gz {name} && rm -r {name}
             (cd release && sha256sum {name}.tar.gz > SHA256SUMS) && {damage}"
        ));
        assert_eq!(made.code, 0, "{made}");
        let gh = format!(
            "#!/bin/sh\necho \"$@\" >>{}\ncase $1 in release) cp {release}/* . ;; esac\n",
            shell.path("asked")
        );
        shell.write("bin/gh", &gh);
        assert_eq!(shell.run("chmod +x bin/gh").code, 0);
        let action = Action::with(&[("version", "0.1.0")]);
        let (said, shell) = action.run("Install xfed", shell);
        assert_eq!(said.code, code, "{said}");
        let asked = shell.read("asked");
        assert!(
            asked.starts_with("release download v0.1.0 --repo xfed/xfed"),
            "{asked}"
        );
        assert_eq!(asked.contains("attestation verify"), code == 0, "{asked}");
        assert_eq!(shell.read("path").contains(name), code == 0);
    }
}

#[test]
fn the_example_workflow_uses_the_action_as_it_is() {
    if left_out() {
        return;
    }
    let workflow = yaml(&repository("examples/ci/github-after-dns-change.yml"));
    let definition = yaml(&repository(".github/actions/check/action.yml"));
    let steps = workflow["jobs"]["federation"]["steps"]
        .as_array()
        .expect("steps");
    let used = |step: &&Value| {
        let used = step["uses"].as_str().unwrap_or_default();
        used.contains("/.github/actions/check@v")
    };
    let step = steps.iter().find(used).expect("the action");
    let version = format!("@v{}", env!("CARGO_PKG_VERSION"));
    assert!(step["uses"].as_str().expect("text").ends_with(&version));
    for input in step["with"].as_object().expect("inputs").keys() {
        assert!(definition["inputs"][input].is_object(), "{input}");
    }
    let text = workflow.to_string();
    for (_, output) in text
        .match_indices("steps.federation.outputs.")
        .map(|(start, found)| text[start..].split_at(found.len()))
    {
        let name: String = output
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
            .collect();
        assert!(definition["outputs"][&name].is_object(), "{name}");
    }
}

#[test]
fn the_gitlab_snippet_leaves_its_reports_behind() {
    if left_out() {
        return;
    }
    let job = &yaml(&repository("examples/ci/gitlab.yml"))["federation"];
    let lines = |part: &str| -> Vec<String> {
        let lines = job[part].as_array().expect("lines").iter();
        lines
            .map(|line| line.as_str().expect("a line").to_owned())
            .collect()
    };
    let failing = Stage::with_srv("_sipfederationtls._tcp SRV 0 0 5060 xphone");
    let server = failing.server().start();
    let mut shell = Shell::in_world(&failing, &server);
    for (name, value) in job["variables"].as_object().expect("variables") {
        shell = shell.with(name, value.as_str().expect("text"));
    }
    // Nobody mends the record here, so there is nothing to wait for.
    let script = lines("script")
        .join("\n")
        .replace("--wait 15m", "--wait 1s");
    let said = shell.run(&script);
    assert_eq!(said.code, 1, "{said}");
    let artifacts = &job["artifacts"];
    let kept = artifacts["paths"].as_array().expect("paths").iter();
    let files: Vec<&str> = kept
        .chain([&artifacts["reports"]["junit"]])
        .map(|path| path.as_str().expect("a path"))
        .collect();
    for file in files {
        assert!(shell.read(file).contains("srv-wrong-port"), "{file}");
    }
    let installed = lines("before_script").join("\n");
    assert!(installed.contains("$XFED_RELEASES/v$XFED_VERSION/xfed_${XFED_VERSION}-1_amd64.deb"));
    let version = &job["variables"]["XFED_VERSION"];
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
}
