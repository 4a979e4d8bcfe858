//! What the terminal can show: colours, signs, width.

use std::io::{self, IsTerminal};

use crate::config::{ColorChoice, GlobalOptions};
use crate::render::{Look, Signs};

/// Terminals for Windows, by what they set for the programs in them. The classic console, which sets
/// nothing, draws boxes instead of check marks. As in the npm package is-unicode-supported.
const MODERN: [(&str, Option<&str>); 10] = [
    ("WT_SESSION", None),
    ("TERMINUS_SUBLIME", None),
    ("ConEmuTask", Some("{cmd::Cmder}")),
    ("TERM_PROGRAM", Some("Terminus-Sublime")),
    ("TERM_PROGRAM", Some("vscode")),
    ("TERM", Some("xterm-256color")),
    ("TERM", Some("alacritty")),
    ("TERM", Some("rxvt-unicode")),
    ("TERM", Some("rxvt-unicode-256color")),
    ("TERMINAL_EMULATOR", Some("JetBrains-JediTerm")),
];

/// How standard output may look.
pub(super) fn look(options: &GlobalOptions) -> Look {
    let terminal = io::stdout().is_terminal();
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let styled = match options.color.unwrap_or_default() {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => terminal && !is_dumb(&variable) && !unwanted,
    };
    let width = terminal_size::terminal_size()
        .filter(|_| terminal)
        .map_or(80, |(width, _)| usize::from(width.0));
    Look {
        width,
        colour: styled,
        signs: signs(options, terminal),
        ascii_in_files: options.ascii == Some(true),
        ..Look::default()
    }
}

/// The signs that a stream shows, which may be a terminal.
pub(super) fn signs(options: &GlobalOptions, terminal: bool) -> Signs {
    match options.ascii {
        Some(true) => Signs::Ascii,
        Some(false) => Signs::All,
        None => shown(cfg!(windows), terminal, &variable),
    }
}

type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn shown(windows: bool, terminal: bool, variable: Variable<'_>) -> Signs {
    if is_dumb(variable) || !(windows || is_utf8(variable)) {
        return Signs::Ascii;
    }
    // Whoever reads a file or a pipe has other fonts.
    if terminal && is_classic(windows, variable) {
        Signs::Classic
    } else {
        Signs::All
    }
}

fn is_dumb(variable: Variable<'_>) -> bool {
    variable("TERM").is_some_and(|term| term == "dumb")
}

/// Unix tells by the locale. Consoles of Windows take Unicode whatever their code page.
fn is_utf8(variable: Variable<'_>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(variable);
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// A console with the fonts of old: that of Windows, or that of the Linux kernel.
fn is_classic(windows: bool, variable: Variable<'_>) -> bool {
    if !windows {
        return variable("TERM").is_some_and(|term| term == "linux");
    }
    !MODERN.iter().any(|(name, expected)| {
        let value = variable(name);
        value.is_some_and(|value| expected.is_none_or(|expected| value == expected))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown_with(windows: bool, terminal: bool, environment: &[(&str, &str)]) -> Signs {
        let variable = |name: &str| {
            let mut given = environment.iter();
            let found = given.find(|(given, _)| *given == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        shown(windows, terminal, &variable)
    }

    #[test]
    fn unix_tells_by_its_locale() {
        for (environment, signs) in [
            (&[("LANG", "de_DE.UTF-8")][..], Signs::All),
            (&[("LANG", "C.utf8")], Signs::All),
            (&[("LANG", "C.UTF-8"), ("TERM", "xterm")], Signs::All),
            (&[("LANG", "C.UTF-8"), ("TERM", "dumb")], Signs::Ascii),
            (&[("LANG", "C.UTF-8"), ("LC_ALL", "C")], Signs::Ascii),
            (
                &[("LANG", "de_DE.UTF-8"), ("LC_CTYPE", "de_DE.ISO-8859-1")],
                Signs::Ascii,
            ),
            (&[("LANG", "de_DE@euro")], Signs::Ascii),
            (&[], Signs::Ascii),
        ] {
            for terminal in [false, true] {
                assert_eq!(
                    shown_with(false, terminal, environment),
                    signs,
                    "{environment:?}"
                );
            }
        }
    }

    #[test]
    fn the_console_of_the_kernel_has_no_check_marks() {
        let environment = &[("LANG", "C.UTF-8"), ("TERM", "linux")];
        assert_eq!(shown_with(false, true, environment), Signs::Classic);
        assert_eq!(shown_with(false, false, environment), Signs::All);
    }

    #[test]
    fn a_console_of_windows_is_classic_unless_it_says_otherwise() {
        for (environment, signs) in [
            (&[][..], Signs::Classic),
            (&[("LANG", "C")], Signs::Classic),
            (&[("TERM", "cygwin")], Signs::Classic),
            (&[("TERM_PROGRAM", "mintty")], Signs::Classic),
            (&[("WT_SESSION", "4c2…")], Signs::All),
            (&[("TERM_PROGRAM", "vscode")], Signs::All),
            (&[("ConEmuTask", "{cmd::Cmder}")], Signs::All),
            (&[("ConEmuTask", "{cmd}")], Signs::Classic),
            (&[("TERM", "xterm-256color")], Signs::All),
            (&[("TERM", "dumb"), ("WT_SESSION", "4c2…")], Signs::Ascii),
        ] {
            assert_eq!(
                shown_with(true, true, environment),
                signs,
                "{environment:?}"
            );
        }
        // A file, or a pipe.
        assert_eq!(shown_with(true, false, &[]), Signs::All);
    }
}
