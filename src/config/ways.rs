//! How the targets of requests are checked. A request chooses a module by its name, and has no other
//! say in how anything is reached.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use time::OffsetDateTime;
use tokio_rustls::rustls::sign::CertifiedKey;

use super::Settings;
use super::command_line::CommandLine;
use super::domain::Target;
use super::error::Error;
use super::file::Configuration;
use super::layer::Layer;
use super::module::Module;
use super::options::Options;
use super::planner::Planner;
use crate::model::names::InputError;
use crate::model::plan::Plan;
use crate::pki::roots::Roots;
use crate::probe::shared::Shared;

/// How the targets of requests are checked: by each module, and by the file alone.
#[derive(Debug)]
pub struct Ways {
    plain: Way,
    modules: BTreeMap<String, Way>,
}

impl Ways {
    /// Those of this file.
    ///
    /// # Errors
    ///
    /// [`Error`] for the first thing that cannot be used.
    pub fn new(file: Option<&Configuration>, now: OffsetDateTime) -> Result<Self, Error> {
        let modules = file.into_iter().flat_map(|file| &file.modules);
        let modules = modules.map(|(name, module)| {
            let way = Way::new(file, module, now)?;
            Ok((name.clone(), way))
        });
        Ok(Self {
            plain: Way::new(file, &Module::default(), now)?,
            modules: modules.collect::<Result<_, Error>>()?,
        })
    }

    /// That of a module; without a name, that of the file alone.
    pub fn of(&self, module: Option<&str>) -> Option<&Way> {
        match module {
            None => Some(&self.plain),
            Some(name) => self.modules.get(name),
        }
    }

    /// That of the file alone.
    pub fn plain(&self) -> &Way {
        &self.plain
    }

    /// Whether targets may have addresses that are not public.
    pub fn allow_private(&self) -> bool {
        let ways = self.modules.values().chain([&self.plain]);
        let mut allow = ways.map(|way| way.options.reach.allow_private.unwrap_or_default());
        allow.any(|is_allowed| is_allowed)
    }

    /// The names of the modules.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.modules.keys().map(String::as_str)
    }
}

/// How targets are checked.
#[derive(Debug)]
pub struct Way {
    command: CommandLine<Options>,
    /// With what the module says in place of its own words.
    file: Option<Configuration>,
    /// What the module says, which counts before the table of a domain.
    said: Layer,
    options: Options,
    roots: Roots,
    client: Option<Arc<CertifiedKey>>,
    own_roots: bool,
}

impl Way {
    fn new(
        file: Option<&Configuration>,
        module: &Module,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        let file = file.map(|file| file.with(module));
        let command = CommandLine::default();
        let settings = Settings::new(&command, file.as_ref(), now)?;
        let Settings {
            planner, shared, ..
        } = settings;
        let (options, own_roots) = (planner.options, planner.own_roots);
        Ok(Self {
            said: module.options.clone(),
            options,
            own_roots,
            roots: shared.roots,
            client: shared.client,
            command,
            file,
        })
    }

    /// A target that a request names, to be checked in this way.
    ///
    /// # Errors
    ///
    /// [`InputError`] for what is no domain.
    pub fn target(&self, input: &str) -> Result<Target, InputError> {
        Ok(Target {
            line: self.said.clone(),
            ..Target::parse(input)?
        })
    }

    /// The plan for a target.
    ///
    /// # Errors
    ///
    /// [`Error::DirectNeedsFqdn`].
    pub fn plan(&self, target: &Target, now: OffsetDateTime) -> Result<Plan, Error> {
        let planner = Planner {
            command: &self.command,
            file: self.file.as_ref(),
            options: self.options.clone(),
            own_roots: self.own_roots,
            client_certificate: self.client.is_some(),
            last: Mutex::default(),
            now,
        };
        Ok(Plan {
            // A service that runs for months must not take what it saw once for what is.
            anew: true,
            ..planner.plan(target)?
        })
    }

    /// What checks share that are made about now.
    pub fn shared(&self) -> Shared {
        Shared::new(Some(self.roots.clone()), self.client.clone())
    }
}
