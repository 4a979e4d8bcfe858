//! `xfed.toml`: where it is, what may stand in it, and what is wrong with it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

use etcetera::BaseStrategy;

use super::domain::{DomainOptions, DomainTable, OF_DOMAIN, as_options};
use super::error::Error;
use super::fault::{Expected, Faults, Wrong};
use super::input::Content;
use super::label::wrong_label;
use super::layer::{Key, Layer};
use super::module::Module;
use super::nearest::nearest;
use super::options::Options;
use super::output::{GlobalOptions, OutputOptions};
use super::report_file::ReportFile;
use super::standing::Standing;
use super::toml::{Source, Table, choice, date, domain, label_value, text, words};
use crate::judge::all_rules;
use crate::model::finding::Severity;
use crate::model::labels::Labels;
use crate::model::names::Domain;
use crate::model::policy::{Acceptance, Policy, Weight};

/// Its name, in the working directory and in the user's configuration.
const NAME: &str = "xfed.toml";

/// What decides whom xfed talks to, whose word it takes and what it shows of the user: a folder that
/// somebody else filled has no say in it.
const USERS_OWN: [&str; 11] = [
    "client-cert",
    "client-key",
    "ca-file",
    "resolver",
    "authority",
    "connect-to",
    "control",
    "allow-private",
    "via",
    "token-file",
    "via-ca-file",
];

/// What `xfed.toml` says. The keys have the names of the long options.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Configuration {
    /// The file.
    pub file: PathBuf,
    /// The user did not name it: it was found where xfed looks for it.
    pub found: bool,
    /// Keys that were left out, since the file may be somebody else's.
    pub left_out: Vec<&'static str>,
    /// The options that hold for every domain.
    pub(super) options: Layer,
    /// The domains that `xfed check` without arguments checks, and what goes with each of them.
    pub domain: Vec<DomainTable>,
    /// How `xfed serve` checks the targets of requests, by the names that they choose by.
    pub(super) modules: BTreeMap<String, Module>,
    /// What it does by itself.
    pub standing: Standing,
    /// What the user decided about findings.
    pub policy: Policy,
}

impl Configuration {
    /// Reads the named file, or the first one that is where xfed looks for it.
    ///
    /// # Errors
    ///
    /// [`Error`] when a file cannot be read or used, or the named one is absent.
    pub fn find(named: Option<&Path>) -> Result<Option<Self>, Error> {
        if let Some(file) = named {
            return Self::read(file, false).map(Some);
        }
        let folder = etcetera::choose_base_strategy().ok();
        let users = folder.map(|folder| folder.config_dir().join("xfed").join(NAME));
        let here = Some(PathBuf::from(NAME)).filter(|here| !is_same(here, users.as_deref()));
        for file in [here, users].into_iter().flatten() {
            match Self::read(&file, true) {
                Err(Error::ReadFile(file, error)) if is_absent(&file, &error) => {}
                read => return read.map(Some),
            }
        }
        Ok(None)
    }

    fn read(file: &Path, found: bool) -> Result<Self, Error> {
        let bytes = Content::Configuration.read(file)?;
        Ok(Self::parse_as(file, &text(file, &bytes)?, found)?)
    }

    /// Reads this text as the content of this file.
    ///
    /// # Errors
    ///
    /// [`Error::Faults`], all there are.
    pub fn parse(file: &Path, text: &str) -> Result<Self, Error> {
        Ok(Self::parse_as(file, text, false)?)
    }

    fn parse_as(file: &Path, text: &str, found: bool) -> Result<Self, Faults> {
        let source = Source { file, text };
        let entries = source.entries()?;
        let mut table = Table::new(source, entries.get_ref(), 0);
        let mut faults = Faults::default();
        let mut configuration = Self {
            file: file.to_owned(),
            found,
            left_out: Vec::new(),
            options: faults.sift(options(&mut table, file)),
            domain: faults.sift(domains(&mut table)),
            modules: faults.sift(modules(&mut table, file)),
            standing: faults.sift(standing(&mut table)),
            policy: Policy {
                severity: faults.sift(severities(&mut table)),
                accept: faults.sift(acceptances(&mut table)),
            },
        };
        if configuration.is_here() {
            faults.sift(configuration.writes_only_here(&mut table));
            configuration.leave_out_users_own();
        }
        faults.sift(table.finish(&OF_DOMAIN));
        faults.end(configuration)
    }

    /// Whether it was found in the working directory, so that it may be somebody else's.
    pub fn is_here(&self) -> bool {
        self.found && self.file == Path::new(NAME)
    }

    /// Without this, someone else's project could overwrite any file of the user who runs xfed
    /// inside it.
    fn writes_only_here(&self, table: &mut Table<'_>) -> Result<(), Faults> {
        let output: OutputOptions = self.options.parse();
        if output.report.iter().any(|report| leads_away(&report.path)) {
            let at = table.place("report");
            return Err(table.wrong("report", at, Expected::Form("report-here")));
        }
        Ok(())
    }

    /// Without this, someone else's project could have the user's certificate shown to a server of
    /// its choice.
    fn leave_out_users_own(&mut self) {
        let tables = self.domain.iter_mut().map(|table| &mut table.options);
        let modules = self.modules.values_mut();
        let modules = modules.map(|module| &mut module.options);
        for options in tables.chain(modules).chain([&mut self.options]) {
            for key in USERS_OWN {
                let id = key.replace('-', "_");
                let says_something = options.chooses(&id);
                if options.remove(&id) && says_something && !self.left_out.contains(&key) {
                    self.left_out.push(key);
                }
            }
        }
    }

    /// The same file, had it said what the module says.
    pub(super) fn with(&self, module: &Module) -> Self {
        let mut policy = self.policy.clone();
        policy.severity.extend(module.severity.clone());
        Self {
            options: module.options.clone().or(&self.options),
            policy,
            ..self.clone()
        }
    }

    /// The table of this domain.
    pub(super) fn table(&self, domain: &Domain) -> Option<&DomainTable> {
        self.domain.iter().find(|table| table.name == *domain)
    }
}

/// Whether both lead to one file.
fn is_same(one: &Path, other: Option<&Path>) -> bool {
    let place = |file: &Path| file.canonicalize().ok();
    let other = other.and_then(place);
    other.is_some() && place(one) == other
}

/// Whether a path leads out of the working directory; a link may lead anywhere.
fn leads_away(file: &Path) -> bool {
    let stays = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    !file.components().all(stays) || file.ancestors().any(Path::is_symlink)
}

/// A folder that we may not enter counts as empty: a service may run with somebody else's home
/// directory.
fn is_absent(file: &Path, error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => true,
        io::ErrorKind::PermissionDenied => file.metadata().is_err(),
        _ => false,
    }
}

/// The options that may stand in the file: all but those that go with one domain, and the one that
/// names the file.
pub(super) fn keys() -> Vec<Key> {
    let mut keys = Key::all::<GlobalOptions>();
    keys.extend(Key::all::<Options>());
    keys.retain(|key| {
        let name = key.name();
        name != "config" && !OF_DOMAIN.contains(&name.as_str())
    });
    keys
}

fn options(table: &mut Table<'_>, file: &Path) -> Result<Layer, Faults> {
    let keys = keys();
    let mut options = table.options(&keys)?;
    for [key, rival] in Key::conflicts::<Options>() {
        if options.chooses(key.id()) && options.chooses(rival.id()) {
            let at = table.place(&key.name()).max(table.place(&rival.name()));
            return Err(table.fault(at, Wrong::Together(key.name(), rival.name())));
        }
    }
    find_beside(&keys, &mut options, file);
    Ok(options)
}

/// Files are looked for beside the one that names them.
fn find_beside(keys: &[Key], options: &mut Layer, file: &Path) {
    let folder = file.parent().unwrap_or(Path::new(""));
    for key in keys {
        if key.holds::<PathBuf>() {
            options.change(key, |file| folder.join(file).into());
        } else if key.holds::<ReportFile>() {
            options.change(key, |report| beside(folder, report));
        }
    }
}

fn standing(table: &mut Table<'_>) -> Result<Standing, Faults> {
    let table = table.table("serve")?;
    table.map_or_else(|| Ok(Standing::default()), Standing::read)
}

fn modules(table: &mut Table<'_>, file: &Path) -> Result<BTreeMap<String, Module>, Faults> {
    let mut faults = Faults::default();
    let mut modules = BTreeMap::new();
    for (name, mut table) in faults.sift(table.named("module")) {
        let keys = Module::keys();
        let mut options = faults.sift(table.options(&keys));
        find_beside(&keys, &mut options, file);
        let severity = faults.sift(severities(&mut table));
        faults.sift(table.finish(&[]));
        // What could not be read is not there, and not to be understood either.
        if faults.is_empty() {
            modules.insert(name.to_owned(), Module::new(options, severity));
        }
    }
    faults.end(modules)
}

/// `FORMAT=FILE` with the file in this folder.
fn beside(folder: &Path, report: OsString) -> OsString {
    match report.to_str().and_then(|report| report.split_once('=')) {
        Some((format, file)) => format!("{format}={}", folder.join(file).display()).into(),
        None => report,
    }
}

fn domains(table: &mut Table<'_>) -> Result<Vec<DomainTable>, Faults> {
    let mut faults = Faults::default();
    let mut domains: Vec<DomainTable> = Vec::new();
    for table in faults.sift(table.tables("domain")) {
        let read = domain_table(table, &domains).map(Some);
        domains.extend(faults.sift(read));
    }
    faults.end(domains)
}

fn domain_table(mut table: Table<'_>, earlier: &[DomainTable]) -> Result<DomainTable, Faults> {
    let mut faults = Faults::default();
    let name = faults.sift(table.demand("[[domain]]", "name", domain).map(Some));
    let keys = faults.sift(table.options(&Key::all::<DomainOptions>()));
    let labels = faults.sift(labels(&mut table));
    let mut options = Layer::default();
    if let Some(name) = &name {
        if earlier.iter().any(|earlier| earlier.name == *name) {
            let twice = table.fault(table.at, Wrong::Twice(name.to_string()));
            faults.sift(Err::<(), _>(twice));
        }
        // A key that could not be read is not missing.
        if faults.is_empty() {
            let read = as_options(name.as_str(), keys);
            options = faults.sift(read.map_err(|wrong| table.fault(table.at, wrong)));
        }
    }
    faults.sift(table.finish(&[]));
    match name {
        Some(name) => faults.end(DomainTable {
            name,
            options,
            labels,
        }),
        None => Err(faults),
    }
}

fn labels(table: &mut Table<'_>) -> Result<Labels, Faults> {
    let mut faults = Faults::default();
    let mut labels = Labels::default();
    for (name, value, at) in faults.sift(table.entries("labels")) {
        let added = label_value(value)
            .map_err(|expected| table.wrong(name, at, expected))
            .and_then(|value| {
                let added = labels.add(name, &value);
                added.map_err(|no_label| table.fault(at, wrong_label(name, no_label)))
            });
        faults.sift(added);
    }
    faults.end(labels)
}

fn severities(table: &mut Table<'_>) -> Result<BTreeMap<String, Weight>, Faults> {
    let mut faults = Faults::default();
    let mut severities = BTreeMap::new();
    for (code, value, at) in faults.sift(table.entries("severity")) {
        faults.sift(check_code(table, code, at));
        let weight = choice(value).map_err(|expected| table.wrong(code, at, expected));
        if let Some(weight) = faults.sift(weight.map(Some)) {
            severities.insert(code.to_owned(), weight);
        }
    }
    faults.end(severities)
}

fn acceptances(table: &mut Table<'_>) -> Result<Vec<Acceptance>, Faults> {
    let mut faults = Faults::default();
    let mut acceptances = Vec::new();
    for table in faults.sift(table.tables("accept")) {
        acceptances.extend(faults.sift(acceptance(table).map(Some)));
    }
    faults.end(acceptances)
}

fn acceptance(mut table: Table<'_>) -> Result<Acceptance, Faults> {
    let mut faults = Faults::default();
    let code = faults.sift(table.demand("[[accept]]", "code", words));
    let at = table.place("code");
    // A code that is missing is not unknown, too.
    if faults.is_empty() {
        faults.sift(check_code(&table, &code, at));
    }
    let domain = faults.sift(table.read("domain", domain));
    let reason = faults.sift(table.demand("[[accept]]", "reason", words));
    let until = faults.sift(table.demand("[[accept]]", "until", date).map(Some));
    faults.sift(table.finish(&[]));
    match until {
        Some(until) => faults.end(Acceptance {
            code,
            domain,
            reason,
            until,
        }),
        None => Err(faults),
    }
}

/// The codes that can be weighed and accepted: all but those of what could not be found out.
pub(super) fn codes() -> impl Iterator<Item = &'static str> {
    let rules = all_rules().map(|(_, rule)| rule);
    rules
        .filter(|rule| rule.severity != Severity::Unknown)
        .map(|rule| rule.code)
}

fn check_code(table: &Table<'_>, code: &str, at: usize) -> Result<(), Faults> {
    if codes().any(|weighable| weighable == code) {
        return Ok(());
    }
    let code = code.to_owned();
    let wrong = if all_rules().any(|(_, rule)| rule.code == code) {
        Wrong::NotWeighable(code)
    } else {
        let nearest = nearest(&code, codes()).unwrap_or_default().to_owned();
        Wrong::Code { code, nearest }
    };
    Err(table.fault(at, wrong))
}
