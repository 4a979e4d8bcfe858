//! What `xfed plan --zone` is to judge.

use std::path::Path;

use time::OffsetDateTime;

use super::Output;
use super::command_line::CommandLine;
use super::domain::Target;
use super::error::Error;
use super::fault::{Faults, Wrong};
use super::file::Configuration;
use super::input::Content;
use super::output::OutputOptions;
use super::resolve::resolve;
use super::setup::SetupOptions;
use crate::model::names::Domain;
use crate::model::plan::{Authority, Plan, Scope, Terms, View};
use crate::model::policy::Policy;
use crate::probe::shared::Shared;
use crate::render::Format;
use crate::wire::zone_file::{NotAZone, ZoneFile};

/// A zone file, and what is asked of it.
#[derive(Debug)]
pub struct ZoneCheck {
    /// Asks nobody but the file.
    pub plan: Plan,
    /// Holds the file.
    pub shared: Shared,
    /// What becomes of the result.
    pub output: Output,
    /// The file does not say which zone it is of, so that it was taken for that of the domain.
    pub is_origin_assumed: bool,
}

/// Reads a zone file, and resolves the options that go with it.
///
/// Where the report is written is for the command line to say: what the configuration file names is
/// meant for the reports of `xfed check`.
///
/// # Errors
///
/// [`Error`] for options that do not go with it, and for what no name server would load.
pub fn read(
    path: &Path,
    targets: &[Target],
    command: &CommandLine<SetupOptions>,
    file: Option<&Configuration>,
    now: OffsetDateTime,
) -> Result<ZoneCheck, Error> {
    for option in ["ip", "variant", "own", "renewal"] {
        if command.arguments.chooses(option) {
            return Err(Error::NotWithZone(option));
        }
    }
    let target = match targets {
        [] => None,
        [only] => Some(only),
        _ => return Err(Error::OneDomainOnly("--zone")),
    };
    let options = resolve(command, target, file);
    let bytes = Content::Zone.read_or_stdin(path)?;
    let origin = options.origin.as_ref().map(Domain::as_str);
    let (zone, is_origin_assumed) = match ZoneFile::read(&bytes, origin) {
        Err(NotAZone::Nameless) => {
            let target = target.ok_or_else(|| Error::NamelessZone(path.to_owned()))?;
            (ZoneFile::read(&bytes, Some(target.domain.as_str())), true)
        }
        read => (read, false),
    };
    let zone = zone.map_err(|wrong| match wrong {
        NotAZone::Nameless => Error::NamelessZone(path.to_owned()),
        NotAZone::Faults(faults) => {
            let mut all = Faults::default();
            for fault in faults {
                all.add(path, fault.line, Wrong::Zone(fault.what));
            }
            Error::Faults(all)
        }
    })?;
    if zone.is_empty() {
        return Err(Error::EmptyZone(path.to_owned()));
    }
    let apex =
        Domain::parse(zone.apex()).map_err(|error| Error::Input(zone.apex().to_owned(), error))?;
    let (input, domain) = match target {
        Some(target) => (target.input.clone(), target.domain.clone()),
        None => (apex.to_string(), apex.clone()),
    };
    if domain.below(&apex).is_none() {
        let (domain, zone) = (domain.to_string(), apex.to_string());
        return Err(Error::NotInZone { domain, zone });
    }
    let no_policy = Policy::default();
    let policy = file.map_or(&no_policy, |file| &file.policy);
    let default = Plan::new(domain.clone(), now);
    let plan = Plan {
        input,
        views: vec![View::ZoneFile],
        authority: Authority::Off,
        terms: Terms {
            fqdn: options.fqdn,
            policy: policy.about(&domain),
            scope: Scope::ZoneFile,
            ..default.terms
        },
        ..default
    };
    let given: SetupOptions = command.arguments.parse();
    let formats = given.report.iter().map(|file| file.format);
    let is_of_servers =
        |format: &Format| matches!(format, Format::Prometheus | Format::Prtg | Format::Ics);
    if let Some(format) = formats.chain(options.format).find(is_of_servers) {
        return Err(Error::ZoneFormat(format));
    }
    let output = Output::new(OutputOptions {
        fail_on: options.fail_on,
        format: options.format,
        report: given.report,
        verbose: options.verbose,
        quiet: options.quiet,
        redact: None,
    });
    Ok(ZoneCheck {
        plan,
        shared: Shared::of_zone_file(zone),
        output,
        is_origin_assumed,
    })
}
