//! `xfed.toml`: read, or refused at a line that is there; what is read can be used.

use std::path::Path;

use clap::Parser;
use xfed::internals::{Cli, Command, ConfigError, Configuration, parse_targets, resolve};

pub fn holds(text: &str) {
    let file = match Configuration::parse(Path::new("xfed.toml"), text) {
        Ok(file) => file,
        Err(ConfigError::Faults(faults)) => {
            for fault in faults.iter() {
                assert!((1..=text.lines().count() + 1).contains(&fault.line));
            }
            return;
        }
        Err(other) => panic!("{other}"),
    };
    let cli = Cli::try_parse_from(["xfed", "check", "zahnfee.de"]).expect("a command line");
    let Command::Check { options, .. } = cli.command else {
        unreachable!("it is a check");
    };
    let targets = parse_targets(Path::new("list"), b"zahnfee.de").expect("a domain");
    let _ = resolve(&options, None, Some(&file));
    let _ = resolve(&options, targets.first(), Some(&file));
}
