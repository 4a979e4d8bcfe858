//! Which source of an option wins.

use clap::Args;

use super::command_line::CommandLine;
use super::domain::Target;
use super::file::Configuration;
use super::layer::Layer;

/// The options of a command, for one target where they depend on it.
///
/// **command line > environment > line of a list > `[[domain]]` > file > default**
///
/// An option that no source gives stays empty. Its default is filled in where it is used:
/// `Plan::new` for what a check asks, [`Settings`](super::Settings) for how a run goes.
pub fn resolve<O: Args + 'static>(
    command: &CommandLine<O>,
    target: Option<&Target>,
    file: Option<&Configuration>,
) -> O {
    layer(command, target, file).parse()
}

/// The same, as they were written.
pub(super) fn layer<O: Args>(
    command: &CommandLine<O>,
    target: Option<&Target>,
    file: Option<&Configuration>,
) -> Layer {
    let empty = &Layer::default();
    let line = target.map_or(empty, |target| &target.line);
    let table = file
        .zip(target)
        .and_then(|(file, target)| file.table(&target.domain));
    let table = table.map_or(empty, |table| &table.options);
    let file = file.map_or(empty, |file| &file.options);
    command
        .arguments
        .clone()
        // As clap sees these two: it refuses some options together, whichever of the two gives them.
        .or_each(&command.environment)
        .or(line)
        .or(table)
        .or(file)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::domain::DomainTable;
    use crate::config::layer::Key;
    use crate::config::options::Options;
    use crate::model::labels::Labels;

    /// How many sources there are, the strongest first.
    const SOURCES: usize = 5;

    /// What each source gives, as on a command line: "jobs=1 resolver=192.0.2.1,192.0.2.2".
    type Sources = [String; SOURCES];

    fn layer(words: &str) -> Layer {
        let keys = Key::all::<Options>();
        let mut layer = Layer::default();
        for word in words.split_whitespace() {
            let (name, values) = word.split_once('=').expect("key=value");
            let key = keys.iter().find(|key| key.name() == name);
            let values = values.split(',').map(Into::into).collect();
            layer.set(key.expect("an option"), values);
        }
        layer
    }

    fn resolved(sources: &Sources) -> Options {
        let [arguments, environment, line, table, file] =
            sources.each_ref().map(|words| layer(words));
        let target = Target {
            line,
            ..Target::parse("zahnfee.de").expect("a domain")
        };
        let file = Configuration {
            file: Path::new("xfed.toml").to_owned(),
            options: file,
            domain: vec![DomainTable {
                name: target.domain.clone(),
                options: table,
                labels: Labels::default(),
            }],
            ..Configuration::default()
        };
        let mut command = CommandLine::default();
        command.arguments = arguments;
        command.environment = environment;
        resolve(&command, Some(&target), Some(&file))
    }

    /// Asserts for each source that what it gives wins over what all weaker ones give.
    fn assert_wins(strong: &str, weak: &str, expected: &str) {
        for winner in 0..SOURCES {
            let mut sources = Sources::default();
            sources[winner + 1..].fill(weak.to_owned());
            assert_winner(sources, winner, strong, expected);
        }
    }

    /// The same for options that exclude each other, which the command line and the environment
    /// give together.
    fn assert_excludes(strong: &str, weak: &str) {
        for winner in 0..SOURCES {
            let mut sources = Sources::default();
            sources[2.max(winner + 1)..].fill(weak.to_owned());
            assert_winner(sources, winner, strong, strong);
        }
    }

    fn assert_winner(mut sources: Sources, winner: usize, strong: &str, expected: &str) {
        sources[winner] = strong.to_owned();
        let is_last = winner + 1 == SOURCES;
        let expected = if is_last { strong } else { expected };
        let case = format!("source {winner} of {sources:?}");
        assert_eq!(resolved(&sources), layer(expected).parse(), "{case}");
    }

    #[test]
    fn each_source_wins_over_the_weaker_ones() {
        for (strong, weak, expected) in [
            // A scalar.
            ("jobs=1", "jobs=2", "jobs=1"),
            ("jobs=1", "timeout=1s", "jobs=1 timeout=1s"),
            // A list replaces the other.
            (
                "resolver=192.0.2.1",
                "resolver=192.0.2.2,192.0.2.3",
                "resolver=192.0.2.1",
            ),
            // A switch can be switched off.
            (
                "allow-private=true",
                "allow-private=false",
                "allow-private=true",
            ),
            (
                "allow-private=false",
                "allow-private=true",
                "allow-private=false",
            ),
            // Whose domain it is and how it federates are two things.
            ("partner=true", "direct=true", "partner=true direct=true"),
        ] {
            assert_wins(strong, weak, expected);
        }
    }

    #[test]
    fn options_that_exclude_each_other_come_from_one_source() {
        for (strong, weak) in [
            ("ipv4=true", "ipv6=true"),
            ("ipv6=true", "ipv4=true"),
            ("verbose=true", "quiet=true"),
            ("quiet=true", "verbose=true"),
            ("compare-port=8443", "no-compare=true"),
            ("no-compare=true", "compare-port=8443"),
            ("authority=192.0.2.53", "no-authority=true"),
            ("no-authority=true", "authority=192.0.2.53"),
        ] {
            assert_excludes(strong, weak);
        }
        let mut sources = Sources::default();
        sources[0] = "compare-port=8443".to_owned();
        sources[1] = "no-compare=true".to_owned();
        let both = layer("compare-port=8443 no-compare=true").parse();
        assert_eq!(resolved(&sources), both, "each by itself");
    }

    /// Otherwise `XFED_NO_AUTHORITY=0` would keep named servers from being asked.
    #[test]
    fn a_switch_that_is_off_takes_back_only_itself() {
        for (off, weak, expected) in [
            ("ipv4=false", "ipv6=true", "ipv4=false ipv6=true"),
            ("ipv4=false", "ipv4=true", "ipv4=false"),
            (
                "no-compare=false",
                "compare-port=8443",
                "no-compare=false compare-port=8443",
            ),
            ("no-compare=false", "no-compare=true", "no-compare=false"),
            (
                "no-authority=false",
                "authority=192.0.2.53",
                "no-authority=false authority=192.0.2.53",
            ),
            (
                "partner=false",
                "partner=true direct=true",
                "partner=false direct=true",
            ),
        ] {
            assert_wins(off, weak, expected);
        }
    }

    #[test]
    fn without_any_source_the_defaults_hold() {
        assert_eq!(resolved(&Sources::default()), Options::default());
    }
}
