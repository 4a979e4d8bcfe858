//! What a release is made of: archives, the manifests that lead to them, the workflow. The Debian
//! package is built, installed and removed by `.ci/run`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::{left_out, yaml};
use crate::stage::Folder;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const HERE: &str = "https://forge.example/owner/xfed";
const WINDOWS: &str = "x86_64-pc-windows-msvc";

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn script(name: &str, args: &[&str]) -> Output {
    Command::new(repository(".github/packaging").join(name))
        .args(args)
        .output()
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[track_caller]
fn printed(output: &Output) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}{stderr}");
    stdout
}

/// Where cargo-binstall looks for a target's archive, and for the program in it.
fn binstall(target: &str) -> (String, String) {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(repository(""))
        .output()
        .expect("cargo is there");
    let about: Value = serde_json::from_str(&printed(&output)).expect("JSON");
    let own = &about["packages"][0]["metadata"]["binstall"];
    let format = own["overrides"][target]["pkg-fmt"]
        .as_str()
        .or(own["pkg-fmt"].as_str());
    let (archive, binary) = match format {
        Some("tgz") => (".tar.gz", ""),
        Some("zip") => (".zip", ".exe"),
        other => panic!("{other:?} is none of our formats"),
    };
    let fill_in = |template: &Value| {
        let template = template.as_str().expect("a template").to_owned();
        [
            ("repo", HERE),
            ("name", "xfed"),
            ("bin", "xfed"),
            ("version", VERSION),
            ("target", target),
            ("archive-suffix", archive),
            ("binary-ext", binary),
        ]
        .iter()
        .fold(template, |text, (name, value)| {
            text.replace(&format!("{{ {name} }}"), value)
        })
    };
    (fill_in(&own["pkg-url"]), fill_in(&own["bin-dir"]))
}

/// What the release workflow builds.
fn targets() -> Vec<String> {
    let workflow = yaml(&repository(".github/workflows/release.yml"));
    let matrix = workflow["jobs"]["build"]["strategy"]["matrix"]["include"].clone();
    let targets = matrix.as_array().expect("a matrix").iter();
    targets
        .map(|one| one["target"].as_str().expect("a target").to_owned())
        .collect()
}

/// The program, small enough to be packed often.
fn stand_in(directory: &Folder, name: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let program = env!("CARGO_BIN_EXE_xfed");
    let path = directory.write(name, &format!("#!/bin/sh\nexec '{program}' \"$@\"\n"));
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&path, executable).expect("it is ours");
    path
}

#[test]
fn archives_are_where_binstall_looks_and_hold_everything() {
    if left_out() {
        return;
    }
    let directory = Folder::new();
    for target in targets() {
        let windows = target == WINDOWS;
        let (url, binary) = binstall(&target);
        let folder = format!("xfed-{VERSION}-{target}");
        let suffix = if windows { "zip" } else { "tar.gz" };
        let release = format!("{HERE}/releases/download/v{VERSION}");
        assert_eq!(url, format!("{release}/{folder}.{suffix}"));
        // One of each kind says it for all, and every one takes its seconds.
        if !windows && target != "x86_64-unknown-linux-musl" {
            continue;
        }
        let program = stand_in(&directory, if windows { "xfed.exe" } else { "xfed" });
        let output = script("archive", &[&program, &target, &directory.utf8("")]);
        let archive = printed(&output).trim_end().to_owned();
        let own = directory.utf8(&format!("{folder}.{suffix}"));
        assert_eq!(Path::new(&archive), Path::new(&own));

        let list = if windows {
            Command::new("7z")
                .args(["l", "-ba", "-slt", &archive])
                .output()
        } else {
            Command::new("tar").args(["-tf", &archive]).output()
        };
        let list = printed(&list.expect("a program that lists archives"));
        let completions = ["xfed.bash", "_xfed", "xfed.fish", "_xfed.ps1", "xfed.elv"];
        let completions = completions.map(|name| format!("{folder}/completions/{name}"));
        let documents =
            ["README.md", "LICENSE", "THIRD-PARTY.txt"].map(|name| format!("{folder}/{name}"));
        let manual = (!windows).then(|| format!("{folder}/man/xfed-check.1"));
        let wanted = completions.into_iter().chain(documents).chain(manual);
        for wanted in wanted.chain([binary]) {
            assert!(
                list.lines().any(|line| line.ends_with(&wanted)),
                "{wanted} is not in {archive}:\n{list}"
            );
        }
    }
}

/// Of what is linked, and of nothing else: what builds or tests only, and what other systems need,
/// is not in there.
#[test]
fn licences_are_those_of_what_is_linked() {
    if left_out() {
        return;
    }
    for (target, windows) in [("x86_64-unknown-linux-musl", false), (WINDOWS, true)] {
        let text = printed(&script("licences", &[target]));
        let (list, texts) = text.split_once("----").expect("a list and texts");
        let holds = |name: &str| {
            list.lines()
                .any(|line| line.starts_with(&format!("{name} ")))
        };
        assert!(holds("rustls") && holds("ring") && holds("clap"), "{list}");
        assert_eq!(holds("ipconfig"), windows, "{target}: {list}");
        for foreign in ["insta", "proptest", "thiserror-impl"] {
            assert!(!holds(foreign), "{target}: {foreign}");
        }
        assert!(texts.contains("Permission is hereby granted"), "{target}");
        assert!(texts.contains("Apache License"), "{target}");
    }
}

/// The manifests for a release with these checksums.
fn manifests(directory: &Folder, sums: &str) -> Output {
    let sums = directory.write("SHA256SUMS", sums);
    script("manifests", &[VERSION, HERE, &sums, &directory.utf8("")])
}

#[test]
fn winget_and_scoop_find_the_archive_for_windows() {
    if left_out() {
        return;
    }
    let directory = Folder::new();
    let hash = "0123456789abcdef".repeat(4);
    let (url, binary) = binstall(WINDOWS);
    let sums = format!(
        "{}  xfed-{VERSION}-x86_64-apple-darwin.tar.gz\n{hash}  xfed-{VERSION}-{WINDOWS}.zip\n",
        "f".repeat(64)
    );
    printed(&manifests(&directory, &sums));

    let scoop = std::fs::read(directory.utf8("scoop/xfed.json")).expect("the manifest");
    let scoop: Value = serde_json::from_slice(&scoop).expect("JSON");
    assert_eq!(scoop["version"], VERSION);
    let own = &scoop["architecture"]["64bit"];
    assert_eq!((&own["url"], &own["hash"]), (&json!(url), &json!(hash)));
    let inside = format!(
        "{}/{}",
        own["extract_dir"].as_str().expect("a folder"),
        "xfed.exe"
    );
    assert_eq!(
        (inside, &scoop["bin"]),
        (binary.clone(), &json!("xfed.exe"))
    );
    // The next version is found by the same names.
    let next = &scoop["autoupdate"]["architecture"]["64bit"];
    for key in ["url", "extract_dir"] {
        let next = next[key]
            .as_str()
            .expect("a template")
            .replace("$version", VERSION);
        assert_eq!(json!(next), own[key]);
    }

    let winget = |kind: &str| {
        yaml(Path::new(
            &directory.utf8(&format!("winget/xfed.xfed{kind}.yaml")),
        ))
    };
    for (kind, says, required) in [
        ("", "version", &["DefaultLocale"][..]),
        (".installer", "installer", &["Installers"]),
        (
            ".locale.en-US",
            "defaultLocale",
            &[
                "PackageLocale",
                "Publisher",
                "PackageName",
                "License",
                "ShortDescription",
            ],
        ),
        (".locale.de-DE", "locale", &["PackageLocale"]),
    ] {
        let manifest = winget(kind);
        assert_eq!(manifest["ManifestType"], says);
        assert_eq!(manifest["ManifestVersion"], "1.10.0");
        assert_eq!(manifest["PackageIdentifier"], "xfed.xfed");
        assert_eq!(manifest["PackageVersion"], VERSION, "text, no number");
        for key in required {
            assert!(!manifest[key].is_null(), "{kind}: {key}");
        }
    }
    let installer = winget(".installer");
    let own = &installer["Installers"][0];
    assert_eq!(own["InstallerUrl"], json!(url));
    assert_eq!(own["InstallerSha256"], json!(hash));
    let inside = &installer["NestedInstallerFiles"][0]["RelativeFilePath"];
    assert_eq!(*inside, json!(binary.replace('/', "\\")));
}

#[test]
fn no_manifest_without_a_checksum() {
    if left_out() {
        return;
    }
    let directory = Folder::new();
    let foreign = format!("{}  xfed-9.9.9-{WINDOWS}.zip\n", "a".repeat(64));
    for sums in [
        "",
        &foreign,
        &format!("abc  xfed-{VERSION}-{WINDOWS}.zip\n"),
    ] {
        let output = manifests(&directory, sums);
        assert!(!output.status.success(), "{sums}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("names no SHA-256 of xfed-"), "{stderr}");
    }
}

/// Whatever runs in a workflow is what was read when it was chosen; and nothing may do more than it
/// has to.
#[test]
fn workflows_pin_what_they_use_and_ask_for_little() {
    if left_out() {
        return;
    }
    let workflows = std::fs::read_dir(repository(".github/workflows")).expect("the folder");
    for file in workflows {
        let file = file.expect("a workflow").path();
        let workflow = yaml(&file);
        let rights = workflow["permissions"].as_object().expect("permissions");
        let name = file.display();
        assert!(rights.values().all(|right| right == "read"), "{name}");

        let text = std::fs::read_to_string(&file).expect("a workflow");
        for line in text.lines().filter(|line| line.contains("uses: ")) {
            let (_, used) = line.split_once("uses: ").expect("it was looked for");
            // What is in this repository has no version of its own.
            if used.starts_with("./") {
                continue;
            }
            let pinned = used
                .split_once('@')
                .and_then(|(_, version)| version.split_once(" # v"));
            let commit = pinned.map(|(commit, _)| commit).unwrap_or_default();
            let is_hash = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(is_hash, "{name}: {line}");
        }
    }
}

/// No container engine here; `.ci/run` runs the static binary in an empty root instead.
#[test]
fn the_container_holds_one_file_and_no_root() {
    if left_out() {
        return;
    }
    let file = repository(".github/packaging/Containerfile");
    let text = std::fs::read_to_string(file).expect("the Containerfile");
    let instructions: Vec<(&str, &str)> = text
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()))
        .filter_map(|line| line.split_once(' '))
        .collect();
    let of = |name| -> Vec<&str> {
        let own = instructions.iter().filter(|(known, _)| *known == name);
        own.map(|(_, value)| *value).collect()
    };
    assert_eq!(instructions.first(), Some(&("FROM", "scratch")));
    assert_eq!(of("FROM").len(), 1);
    assert_eq!(of("COPY"), ["--chmod=755 xfed-${TARGETARCH} /xfed"]);
    assert_eq!(of("ENTRYPOINT"), ["[\"/xfed\"]"]);
    let user: Vec<u32> = of("USER")[0]
        .split(':')
        .map(|id| id.parse().expect("a number: nothing there knows names"))
        .collect();
    assert!(user.len() == 2 && !user.contains(&0), "{user:?}");
    // The names under which the workflow puts the binaries beside it.
    let workflow = yaml(&repository(".github/workflows/release.yml"));
    let matrix = &workflow["jobs"]["build"]["strategy"]["matrix"]["include"];
    let images: Vec<&str> = matrix
        .as_array()
        .expect("a matrix")
        .iter()
        .filter_map(|one| one["image"].as_str())
        .collect();
    assert_eq!(images, ["amd64", "arm64"]);
}
