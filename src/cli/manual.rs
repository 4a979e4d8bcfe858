//! The manual: a page for the program and one for each command, made from the command line itself.

use std::collections::BTreeMap;
use std::io;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use super::Cli;
use super::help::{Block, HelpPage, Section};

/// The variables that stand in for no option.
const ENVIRONMENT: [(&str, &str); 7] = [
    (
        "NO_COLOR",
        "Not empty: no colours, unless --color asks for them.",
    ),
    (
        "TERM",
        "\"dumb\": neither colours nor signs beyond ASCII. \"linux\", the console of the kernel: \
         no check marks, which it lacks.",
    ),
    (
        "LANGUAGE, LC_ALL, LC_MESSAGES, LANG",
        "The language of the texts. Windows and macOS are asked for theirs.",
    ),
    (
        "LC_ALL, LC_CTYPE, LANG",
        "Not UTF-8: signs in ASCII only. Not on Windows.",
    ),
    (
        "WT_SESSION, TERM_PROGRAM, ConEmuTask",
        "By these, terminals for Windows say that they show all signs; the classic console gets \
         no check marks.",
    ),
    ("CI", "Set: no sign of progress on a terminal."),
    (
        "SSL_CERT_FILE, SSL_CERT_DIR",
        "The machine's own certificate store, where it is not in its usual place.",
    ),
];

const FILES: [(&str, &str); 3] = [
    (
        "./xfed.toml, ~/.config/xfed/xfed.toml",
        "The configuration file, where --config names no other; the first of them that is there. \
         On Windows, %APPDATA%\\xfed\\xfed.toml is the second.",
    ),
    (
        "/etc/resolv.conf",
        "The resolvers of this machine; on Windows and macOS, those that the system is configured \
         with.",
    ),
    (
        "The machine's certificate store",
        "Read only when the public roots, which travel with the program, do not know an issuer; \
         to tell a private CA from an unknown one.",
    ),
];

/// A page of the manual, about the program or one subcommand.
#[derive(Clone, Debug)]
pub struct Page {
    command: Command,
}

impl Page {
    /// The page of a command, by the name of the command or of the page.
    pub(super) fn parse(name: &str) -> Result<Box<Self>, String> {
        let name = name.strip_suffix(".1").unwrap_or(name);
        let expected = || format!("expected one of {}", names().join(", "));
        Self::all()
            .find(|page| name == page.name() || name == page.command.get_name())
            .map(Box::new)
            .ok_or_else(expected)
    }

    /// All pages, the program's first.
    pub fn all() -> impl Iterator<Item = Self> {
        let mut program = Cli::command().disable_help_subcommand(true);
        program.build();
        let commands: Vec<Command> = program.get_subcommands().cloned().collect();
        std::iter::once(program)
            .chain(commands)
            .map(|command| Self { command })
    }

    /// The name that `man` finds it by.
    pub fn name(&self) -> &str {
        let display_name = self.command.get_display_name();
        display_name.unwrap_or_else(|| self.command.get_name())
    }

    /// The name of its file.
    pub fn file_name(&self) -> String {
        format!("{}.1", self.name())
    }

    /// The page, for troff. Fails only as a writer does, which memory never does.
    pub fn source(&self) -> io::Result<Vec<u8>> {
        let man = Man::new(self.command.clone())
            .title(self.name().to_uppercase())
            // No date, so that the page is the same whenever it is made. Not empty, or the next
            // field would take its place.
            .date(" ")
            .source(concat!("xfed ", env!("CARGO_PKG_VERSION")))
            .manual("User Commands");
        let mut page = Vec::new();
        man.render_title(&mut page)?;
        man.render_name_section(&mut page)?;
        page.extend(self.synopsis().to_roff().into_bytes());
        man.render_description_section(&mut page)?;
        if self.is_program() {
            man.render_subcommands_section(&mut page)?;
        }
        man.render_options_section(&mut page)?;
        page.extend(self.rest().to_roff().into_bytes());
        Ok(page)
    }

    fn is_program(&self) -> bool {
        self.command.has_subcommands()
    }

    /// As in `--help`: every option with its value would fill a page.
    fn synopsis(&self) -> Roff {
        let usage = self.command.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ").to_owned();
        let mut roff = Roff::new();
        roff.control("SH", ["SYNOPSIS"]);
        for (index, line) in usage.lines().map(str::trim).enumerate() {
            if index > 0 {
                roff.control("br", []);
            }
            roff.text([bold(line)]);
        }
        roff
    }

    fn rest(&self) -> Roff {
        let mut roff = Roff::new();
        // Help ends with the exit codes, a manual with the examples (man-pages(7)).
        let page = HelpPage::of(self.command.get_name());
        let mut sections = page.sections().iter().rev();
        if let Some(status) = sections.next() {
            section_in(&mut roff, status);
        }
        if self.is_program() {
            roff.control("SH", ["ENVIRONMENT"]);
            for (variable, options) in variables(&self.command) {
                term(
                    &mut roff,
                    bold(variable),
                    &format!("Stands in for {options}."),
                );
            }
            for (variable, meaning) in ENVIRONMENT {
                term(&mut roff, bold(variable), meaning);
            }
            roff.control("SH", ["FILES"]);
            for (file, meaning) in FILES {
                term(&mut roff, italic(file), meaning);
            }
        }
        for section in sections {
            section_in(&mut roff, section);
        }
        self.see_also(&mut roff);
        roff
    }

    fn see_also(&self, roff: &mut Roff) {
        let mut line = Vec::new();
        for page in Self::all().filter(|page| page.name() != self.name()) {
            if !line.is_empty() {
                line.push(roman(", "));
            }
            line.extend([bold(page.name()), roman("(1)")]);
        }
        roff.control("SH", ["SEE ALSO"]);
        roff.text(line);
    }
}

/// The shortest name of each page.
pub(super) fn names() -> Vec<String> {
    Page::all()
        .map(|page| page.command.get_name().to_owned())
        .collect()
}

fn section_in(roff: &mut Roff, section: &Section) {
    roff.control("SH", [section.heading]);
    for block in section.blocks {
        match block {
            Block::Text(text) => {
                roff.control("PP", []);
                roff.text([roman(*text)]);
            }
            Block::Terms(terms) => {
                for (name, meaning) in *terms {
                    term(roff, bold(*name), meaning);
                }
            }
            Block::Commands(commands) => {
                roff.control("PP", []).control("EX", []);
                for command in *commands {
                    roff.text([roman(*command)]);
                }
                roff.control("EE", []);
            }
        }
    }
}

fn term(roff: &mut Roff, name: Inline, meaning: &str) {
    roff.control("TP", []).text([name]).text([roman(meaning)]);
}

/// Every variable that stands in for options, and for which.
fn variables(program: &Command) -> BTreeMap<String, String> {
    let mut variables: BTreeMap<String, BTreeMap<String, Vec<&str>>> = BTreeMap::new();
    for command in program.get_subcommands() {
        for option in command.get_arguments() {
            let (Some(variable), Some(long)) = (option.get_env(), option.get_long()) else {
                continue;
            };
            let commands = variables
                .entry(variable.to_string_lossy().into_owned())
                .or_default()
                .entry(format!("--{long}"))
                .or_default();
            if !option.is_global_set() {
                commands.push(command.get_name());
            }
        }
    }
    let describe = |(option, commands): (String, Vec<&str>)| match commands.as_slice() {
        [] => option,
        commands => format!("{option} of {}", commands.join(", ")),
    };
    variables
        .into_iter()
        .map(|(variable, options)| {
            let options: Vec<String> = options.into_iter().map(describe).collect();
            (variable, options.join("; "))
        })
        .collect()
}
