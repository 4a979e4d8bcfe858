//! What the program brings along for each platform: completions, and a manual.

use std::io::pipe;
use std::process::Command;

use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;
use xfed::internals::Cli;

use crate::stage::{Folder, Run};

fn printed(args: &[&str]) -> String {
    let (code, stdout, stderr) = Run::new(args[0]).args(&args[1..]).text();
    assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
    stdout
}

fn completions(shell: Shell) -> String {
    printed(&["completions", &shell.to_string()])
}

/// The commands with all their options, as the command line declares them.
fn commands() -> Vec<clap::Command> {
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    program.get_subcommands().cloned().collect()
}

fn long_options(command: &clap::Command) -> impl Iterator<Item = &str> {
    command.get_arguments().filter_map(clap::Arg::get_long)
}

/// In every shell; and in ASCII, which survives whatever a shell does to what it redirects.
#[test]
fn completions_know_every_command_and_option() {
    for shell in Shell::value_variants() {
        let script = completions(*shell);
        assert!(script.is_ascii(), "{shell}");
        for command in commands() {
            assert!(script.contains(command.get_name()), "{shell}: {command}");
            for option in long_options(&command) {
                let spelled = match shell {
                    Shell::Fish => format!("-l {option}"),
                    _ => format!("--{option}"),
                };
                assert!(script.contains(&spelled), "{shell}: {command} {spelled}");
            }
        }
    }
}

#[test]
fn completions_know_what_can_be_explained_and_which_pages_there_are() {
    for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
        let script = completions(shell);
        for (_, rule) in xfed::internals::all_rules() {
            assert!(script.contains(rule.code), "{shell}: {}", rule.code);
        }
        for word in ["certificate", "1009", "replay"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn powershell_is_told_for_which_program() {
    let script = completions(Shell::PowerShell);
    let registered = "Register-ArgumentCompleter -Native -CommandName 'xfed' -ScriptBlock {";
    assert!(script.contains(registered), "{script}");
    assert_eq!(script.matches('{').count(), script.matches('}').count());
    assert!(script.contains("'xfed;check' {"), "{script}");
}

#[test]
fn an_unknown_shell_and_none_are_told_the_known_ones() {
    for args in [&["bsh"][..], &[]] {
        let (code, stdout, stderr) = Run::new("completions").args(args).text();
        assert_eq!((code, stdout.as_str()), (2, ""));
        for shell in Shell::value_variants() {
            assert!(stderr.contains(&shell.to_string()), "{stderr}");
        }
    }
}

fn sections(page: &str) -> Vec<&str> {
    let headings = page.lines().filter_map(|line| line.strip_prefix(".SH "));
    headings.map(|heading| heading.trim_matches('"')).collect()
}

#[test]
fn the_manual_has_the_sections_that_manuals_have() {
    let program = printed(&["man"]);
    assert!(
        program.contains(".TH XFED 1 \" \" \"xfed "),
        "what stands in the header has to stay in its place: {program}"
    );
    assert_eq!(
        sections(&program),
        [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "SUBCOMMANDS",
            "OPTIONS",
            "GENERAL",
            "EXIT STATUS",
            "ENVIRONMENT",
            "FILES",
            "EXAMPLES",
            "SEE ALSO"
        ]
    );
    let check = printed(&["man", "check"]);
    let own = sections(&check);
    let at = |heading| own.iter().position(|known| *known == heading);
    for heading in ["WHAT IS CHECKED", "CERTIFICATES", "OUTPUT", "EXIT STATUS"] {
        assert!(at(heading).is_some(), "{heading}: {own:?}");
    }
    assert!(at("EXIT STATUS") < at("EXAMPLES"), "{own:?}");
}

#[test]
fn every_command_has_a_page_with_all_its_options() {
    for command in commands() {
        let page = printed(&["man", command.get_name()]);
        for option in long_options(&command) {
            let spelled = format!("--{option}").replace('-', "\\-");
            assert!(page.contains(&spelled), "{command}: {spelled}");
        }
        assert!(page.contains("EXIT STATUS"), "{command}");
    }
}

#[test]
fn the_program_s_page_lists_every_variable() {
    let page = printed(&["man"]).replace("\\_", "_");
    for command in commands() {
        for variable in command.get_arguments().filter_map(clap::Arg::get_env) {
            let variable = variable.to_str().expect("a name in ASCII");
            assert!(page.contains(variable), "{variable}: {page}");
        }
    }
}

#[test]
fn the_whole_manual_goes_into_a_directory() {
    let folder = Folder::new();
    let inside = folder.file("share/man1");
    let (code, stdout, stderr) = Run::new("man").arg("--dir").arg(&inside).text();
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (0, "", ""));
    for command in commands() {
        let name = command.get_name();
        let page = std::fs::read_to_string(inside.join(format!("xfed-{name}.1")));
        assert_eq!(page.expect("a page"), printed(&["man", name]));
    }
    let page = std::fs::read_to_string(inside.join("xfed.1"));
    assert_eq!(page.expect("a page"), printed(&["man"]));

    // A file is in the way.
    for (lang, says) in [("en", "cannot write"), ("de", "lässt sich nicht schreiben")] {
        let blocked = inside.join("xfed.1");
        let run = Run::new("man").arg("--dir").arg(&blocked);
        let (code, _, stderr) = run.args(&["--lang", lang]).text();
        assert_eq!(code, 2);
        assert!(
            stderr.contains(says) && stderr.contains("xfed.1"),
            "{stderr}"
        );
    }
}

#[test]
fn a_page_goes_by_several_names_and_an_unknown_one_is_told_them() {
    let page = printed(&["man", "check"]);
    assert_eq!(page, printed(&["man", "xfed-check"]));
    assert_eq!(page, printed(&["man", "xfed-check.1"]));
    let (code, stdout, stderr) = Run::new("man").arg("chek").text();
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("xfed, check, plan"), "{stderr}");
}

/// A reader that has gone, as `head` does, is no failure.
#[test]
fn a_closed_pipe_is_success() {
    for args in [
        &["completions", "bash"][..],
        &["man"],
        &["man", "check"],
        &["schema"],
        &["explain", "srv-missing"],
    ] {
        let (reader, writer) = pipe().expect("a pipe");
        drop(reader);
        let output = Command::new(env!("CARGO_BIN_EXE_xfed"))
            .args(args)
            .env_remove("XFED_REAL_PEERS")
            .env_remove("XFED_WINDOWS")
            .stdout(writer)
            .output()
            .expect("the program starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*stderr), (Some(0), ""), "{args:?}");
    }
}
