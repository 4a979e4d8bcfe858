//! The shells read their completions and complete by them; man and mandoc show the manual.

use std::fmt::Write as _;
use std::process::Command;

use super::left_out;
use crate::stage::{Folder, Run};

/// The file into which the program wrote the completions for a shell.
fn completions(shell: &str, directory: &Folder) -> String {
    let (code, script, _) = Run::new("completions").arg(shell).text();
    assert_eq!(code, 0);
    directory.write("xfed", &script)
}

/// What a program prints that has nothing to complain about.
#[track_caller]
fn quiet(program: &str, args: &[&str]) -> String {
    let output = Command::new(program)
        .args(args)
        .env("LC_ALL", "C.UTF-8")
        .env("MANWIDTH", "80")
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && stderr.is_empty(),
        "{program} {args:?}: {}\n{stdout}{stderr}",
        output.status
    );
    stdout
}

#[test]
fn bash_completes() {
    if left_out() {
        return;
    }
    let directory = Folder::new();
    let script = completions("bash", &directory);
    quiet("bash", &["-n", &script]);
    // What bash does when Tab is pressed after the last of these words.
    let complete = |words: &[&str]| {
        let tab = r#"
            source "$1"; shift
            read -ra asked < <(complete -p xfed)
            for ((i = 0; i < ${#asked[@]}; i++)); do
                [[ ${asked[i]} == -F ]] && function=${asked[i + 1]}
            done
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
            "$function" xfed "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\n' "${COMPREPLY[@]}"
        "#;
        let mut args = vec!["-c", tab, "bash", &script];
        args.extend(words);
        quiet("bash", &args)
    };
    assert_eq!(complete(&["xfed", "pla"]), "plan\n");
    assert_eq!(complete(&["xfed", "check", "--fq"]), "--fqdn\n");
    assert_eq!(complete(&["xfed", "check", "--lang", ""]), "en\nde\n");
    assert_eq!(complete(&["xfed", "explain", "srv-mis"]), "srv-missing\n");
    assert_eq!(complete(&["xfed", "man", "repl"]), "replay\n");
}

#[test]
fn fish_completes() {
    if left_out() {
        return;
    }
    let directory = Folder::new();
    let script = completions("fish", &directory);
    quiet("fish", &["--no-execute", &script]);
    for (line, offered) in [
        ("xfed pla", "plan\t"),
        ("xfed check --fq", "--fqdn\t"),
        ("xfed explain srv-mis", "srv-missing\n"),
    ] {
        let tab = format!("source {script}; complete -C '{line}'");
        let found = quiet("fish", &["--no-config", "-c", &tab]);
        assert!(found.starts_with(offered), "{line}: {found}");
    }
}

#[test]
fn zsh_completes() {
    if left_out() {
        return;
    }
    let directory = Folder::new();
    let script = completions("zsh", &directory);
    quiet("zsh", &["-n", &script]);
    // A terminal of its own, where the line is typed and the Tab pressed.
    let tab = r#"
        zmodload zsh/zpty
        zpty terminal zsh -f -i
        zpty -w terminal "PS1=; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -d $1/dump"
        zpty -w terminal "$2"$'\t'
        zpty -w terminal "print -r -- 'th''e end'"
        zpty -r terminal output '*the end*'
        print -r -- "$output"
    "#;
    std::fs::rename(&script, directory.utf8("_xfed")).expect("it was just written");
    let folder = directory.utf8("");
    for (line, completed) in [
        ("xfed check --fqd", "xfed check --fqdn"),
        ("xfed explain srv-missin", "xfed explain srv-missing"),
    ] {
        let output = quiet("zsh", &["-f", "-c", tab, "zsh", &folder, line]);
        assert!(output.contains(completed), "{line}: {output:?}");
    }
}

/// The whole manual, once for man-db's groff and once for mandoc: the BSDs, Alpine, macOS.
#[test]
fn man_and_mandoc_show_every_page() {
    if left_out() {
        return;
    }
    let directory = Folder::new();
    let folder = directory.utf8("man1");
    let (code, _, _) = Run::new("man").arg("--dir").arg(&folder).text();
    assert_eq!(code, 0);
    let pages = std::fs::read_dir(&folder).expect("it was just written");
    let mut seen = String::new();
    for page in pages {
        let page = page.expect("a page").path();
        let page = page.to_str().expect("names are ASCII");
        let text = quiet(
            "man",
            &["--warnings", "-E", "UTF-8", "-P", "cat", "-l", page],
        );
        for part in [
            "NAME",
            "SYNOPSIS",
            "EXIT STATUS",
            "SEE ALSO",
            "User Commands",
        ] {
            assert!(text.contains(part), "{page}: {part}\n{text}");
        }
        quiet("mandoc", &["-T", "lint", "-W", "error", page]);
        write!(seen, "{text}").expect("memory takes it");
    }
    assert!(seen.contains("--resolver"), "{seen}");
}
