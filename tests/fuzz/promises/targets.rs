//! A list of targets: read, or refused at a line that is there; what is read can be used.

use std::path::Path;

use clap::Parser;
use xfed::internals::{Cli, Command, ConfigError, Domain, parse_targets, resolve};

pub fn holds(bytes: &[u8]) {
    let targets = match parse_targets(Path::new("list"), bytes) {
        Ok(targets) => targets,
        Err(ConfigError::Faults(faults)) => {
            for fault in faults.iter() {
                assert!(fault.line >= 1 && fault.line <= bytes.len() + 1);
            }
            return;
        }
        Err(other) => panic!("{other}"),
    };
    assert!(!targets.is_empty());
    let cli = Cli::try_parse_from(["xfed", "check", "zahnfee.de"]).expect("a command line");
    let Command::Check { options, .. } = cli.command else {
        unreachable!("it is a check");
    };
    for target in targets.iter().take(8) {
        assert_eq!(
            Domain::parse(target.domain.as_str()).as_ref(),
            Ok(&target.domain)
        );
        let _ = resolve(&options, Some(target), None);
    }
}
