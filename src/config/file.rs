//! `xfed.toml`: where it is, what may stand in it, and what is wrong with it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use etcetera::BaseStrategy;
use schemars::JsonSchema;
use toml::de::DeTable;

use super::fault::{Expected, Wrong, nearest};
use super::options::{AskOptions, Options};
use super::output::{ColorChoice, LangChoice, OutputOptions};
use super::readings::{
    choice, connect_to, control_host, count, date, domain, duration, fqdn, from, pause, port,
    reason, report, resolver, server, switch, words,
};
use super::targets::Own;
use super::toml::{Source, Table};
use crate::Error;
use crate::judge::all_rules;
use crate::model::finding::Severity;
use crate::model::names::Domain;
use crate::model::policy::{Acceptance, Policy, Weight};
use crate::wire::encoding::decoded;

/// Its name, in the working directory and in the user's configuration.
const NAME: &str = "xfed.toml";

/// Keys that go with a domain, and two that are called otherwise there.
const OF_DOMAIN: [&str; 6] = [
    "fqdn",
    "mode",
    "connect-to",
    "authority",
    "direct",
    "partner",
];

/// What `xfed.toml` says. The keys are called as the long options.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(title = "xfed.toml", rename_all = "kebab-case")]
pub struct Configuration {
    /// The file.
    #[schemars(skip)]
    pub file: PathBuf,
    /// The user did not name it: it lay there.
    #[schemars(skip)]
    pub found: bool,
    /// Language of the texts
    pub lang: Option<LangChoice>,
    /// When to use colours
    pub color: Option<ColorChoice>,
    /// What holds for every domain.
    #[schemars(flatten)]
    pub options: Options,
    /// The domains that `xfed check` without arguments checks, and what goes with each of them
    pub domain: Vec<DomainTable>,
    /// What the user decided about findings.
    #[schemars(flatten)]
    pub policy: Policy,
}

/// A domain with what goes with it alone.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub struct DomainTable {
    /// XPhone domain
    #[schemars(with = "String")]
    pub name: Domain,
    /// What goes with it.
    #[schemars(flatten)]
    pub own: Own,
}

impl Configuration {
    /// Reads the named file, or one that lies where it is looked for.
    ///
    /// # Errors
    ///
    /// [`Error`] when a file is there that cannot be read or used, or the named one is not there.
    pub fn find(named: Option<&Path>) -> Result<Option<Self>, Error> {
        if let Some(file) = named {
            return Self::read(file, false).map(Some);
        }
        let own = etcetera::choose_base_strategy().ok();
        let own = own.map(|own| own.config_dir().join("xfed").join(NAME));
        for file in [Some(PathBuf::from(NAME)), own].into_iter().flatten() {
            match Self::read(&file, true) {
                Err(Error::ReadFile(file, error)) if is_absent(&file, &error) => {}
                read => return read.map(Some),
            }
        }
        Ok(None)
    }

    fn read(file: &Path, found: bool) -> Result<Self, Error> {
        let bytes = std::fs::read(file).map_err(|error| Error::ReadFile(file.to_owned(), error))?;
        Self::parse_as(file, &text(file, &bytes)?, found)
    }

    /// Reads this text as the content of this file.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for the first thing that is wrong.
    pub fn parse(file: &Path, text: &str) -> Result<Self, Error> {
        Self::parse_as(file, text, false)
    }

    fn parse_as(file: &Path, text: &str, found: bool) -> Result<Self, Error> {
        let source = Source { file, text };
        let syntax = |error: toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start);
            source.fault(at, Wrong::Syntax(error.message().to_owned()))
        };
        let table = DeTable::parse(text).map_err(syntax)?;
        let mut table = Table::new(source, table.get_ref(), 0);
        let folder = file.parent().unwrap_or(Path::new(""));
        let configuration = Self {
            file: file.to_owned(),
            found,
            lang: table.read("lang", choice)?,
            color: table.read("color", choice)?,
            options: options(&mut table, folder)?,
            domain: domains(&mut table)?,
            policy: Policy {
                severity: severities(&mut table)?,
                accept: acceptances(&mut table)?,
            },
        };
        let Options { ipv4, ipv6, .. } = configuration.options;
        let OutputOptions { quiet, verbose, .. } = configuration.options.output;
        table.exclude(("ipv4", ipv4), ("ipv6", ipv6))?;
        table.exclude(("quiet", quiet), ("verbose", verbose))?;
        if configuration.is_here() {
            configuration.writes_only_here(&mut table)?;
        }
        table.finish(&OF_DOMAIN)?;
        Ok(configuration)
    }

    /// It lay in the working directory, so it may be anybody's.
    pub fn is_here(&self) -> bool {
        self.found && self.file == Path::new(NAME)
    }

    /// Or a project of somebody else's could overwrite any file of whoever runs xfed in it.
    fn writes_only_here(&self, table: &mut Table<'_>) -> Result<(), Error> {
        let reports = self.options.output.report.iter();
        let mut files = reports.filter_map(|report| report.split_once('='));
        if files.any(|(_, file)| leads_away(Path::new(file))) {
            let at = table.find("report").map_or(table.at, |(_, at)| at);
            return Err(table.wrong("report", at, Expected::Kind("report-here")));
        }
        Ok(())
    }

    /// What goes with this domain.
    pub fn about(&self, domain: &Domain) -> Options {
        let table = self.domain.iter().find(|table| table.name == *domain);
        table.map(|table| table.own.options()).unwrap_or_default()
    }
}

/// Out of the working directory, or by a link, which may lead anywhere.
fn leads_away(file: &Path) -> bool {
    let stays = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    !file.components().all(stays) || file.ancestors().any(Path::is_symlink)
}

/// A folder that is closed to us holds nothing for us: a service may run with somebody else's home.
fn is_absent(file: &Path, error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => true,
        io::ErrorKind::PermissionDenied => file.metadata().is_err(),
        _ => false,
    }
}

/// The text of a file that people wrote.
pub(super) fn text(file: &Path, bytes: &[u8]) -> Result<String, Error> {
    let fault = |valid: &[u8]| {
        let text = String::from_utf8_lossy(valid);
        let text = &text;
        Source { file, text }.fault(text.len(), Wrong::Encoding)
    };
    let bytes = decoded(bytes).into_owned();
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        fault(&error.as_bytes()[..valid])
    })
}

/// Everything of [`Options`] that holds for every domain; one line per field, or it does not
/// compile.
fn options(table: &mut Table<'_>, folder: &Path) -> Result<Options, Error> {
    let beside = |file: Option<String>| file.map(|file| folder.join(file));
    let reports = table.list("report", report)?;
    let beside_report =
        |format: &str, file: &str| format!("{format}={}", folder.join(file).display());
    let Own {
        fqdn,
        mode: _,
        connect_to,
        authority,
    } = Own::default();
    Ok(Options {
        fqdn,
        direct: None,
        partner: None,
        connect_to,
        ask: AskOptions {
            resolver: table.list("resolver", resolver)?,
            no_authority: table.read("no-authority", switch)?,
            authority,
        },
        control: table.read("control", control_host)?,
        allow_private: table.read("allow-private", switch)?,
        ipv4: table.read("ipv4", switch)?,
        ipv6: table.read("ipv6", switch)?,
        ca_file: beside(table.read("ca-file", words)?),
        fetch_issuer: table.read("fetch-issuer", switch)?,
        client_cert: beside(table.read("client-cert", words)?),
        client_key: beside(table.read("client-key", words)?),
        no_revocation: table.read("no-revocation", switch)?,
        compare_port: table.read("compare-port", port)?,
        no_compare: table.read("no-compare", switch)?,
        from: table.read("from", from)?,
        timeout: table.read("timeout", duration)?,
        deadline: table.read("deadline", duration)?,
        jobs: table.read("jobs", count)?,
        wait: table.read("wait", duration)?,
        interval: table.read("interval", pause)?,
        output: OutputOptions {
            fail_on: table.read("fail-on", choice)?,
            format: table.read("format", choice)?,
            report: reports
                .into_iter()
                .map(|(format, file)| beside_report(&format, &file))
                .collect(),
            verbose: table.read("verbose", switch)?,
            quiet: table.read("quiet", switch)?,
            redact: table.read("redact", switch)?,
        },
    })
}

fn domains(table: &mut Table<'_>) -> Result<Vec<DomainTable>, Error> {
    let mut domains: Vec<DomainTable> = Vec::new();
    for mut table in table.tables("domain")? {
        let domain = DomainTable {
            name: table.demand("[[domain]]", "name", domain)?,
            own: Own {
                fqdn: table.read("fqdn", fqdn)?,
                mode: table.read("mode", choice)?,
                connect_to: table.list("connect-to", connect_to)?,
                authority: table.list("authority", server)?,
            },
        };
        let name = domain.name.to_string();
        if domains.iter().any(|other| other.name == domain.name) {
            return Err(table.fault(table.at, Wrong::Twice(name)));
        }
        if domain.own.lacks_fqdn() {
            return Err(table.fault(table.at, Wrong::DirectNeedsFqdn(name)));
        }
        table.finish(&[])?;
        domains.push(domain);
    }
    Ok(domains)
}

fn severities(table: &mut Table<'_>) -> Result<BTreeMap<String, Weight>, Error> {
    let mut severities = BTreeMap::new();
    for (code, value, at) in table.entries("severity")? {
        check_code(table, code, at)?;
        let weight = choice(value).map_err(|expected| table.wrong(code, at, expected))?;
        severities.insert(code.to_owned(), weight);
    }
    Ok(severities)
}

fn acceptances(table: &mut Table<'_>) -> Result<Vec<Acceptance>, Error> {
    let read = |mut table: Table<'_>| {
        let code = table.demand("[[accept]]", "code", words)?;
        let at = table.find("code").map_or(table.at, |(_, at)| at);
        check_code(&table, &code, at)?;
        let acceptance = Acceptance {
            code,
            domain: table.read("domain", domain)?,
            reason: table.demand("[[accept]]", "reason", reason)?,
            until: table.demand("[[accept]]", "until", date)?,
        };
        table.finish(&[])?;
        Ok(acceptance)
    };
    table.tables("accept")?.into_iter().map(read).collect()
}

/// The codes that can be weighed and accepted: all but those of what could not be found out.
pub(super) fn codes() -> impl Iterator<Item = &'static str> {
    let rules = all_rules().map(|(_, rule)| rule);
    rules
        .filter(|rule| rule.severity != Severity::Unknown)
        .map(|rule| rule.code)
}

fn check_code(table: &Table<'_>, code: &str, at: usize) -> Result<(), Error> {
    if codes().any(|known| known == code) {
        return Ok(());
    }
    let code = code.to_owned();
    let wrong = if all_rules().any(|(_, rule)| rule.code == code) {
        Wrong::Immune(code)
    } else {
        let nearest = nearest(&code, codes());
        Wrong::Code { code, nearest }
    };
    Err(table.fault(at, wrong))
}
