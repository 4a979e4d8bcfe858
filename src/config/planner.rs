//! From a target to the plan of its check: the options that hold for it, with everything filled in.

use std::sync::{Mutex, PoisonError};

use time::OffsetDateTime;

use super::command_line::CommandLine;
use super::domain::Target;
use super::error::Error;
use super::file::Configuration;
use super::layer::Layer;
use super::options::{Options, Run};
use super::resolve::resolve;
use super::targets::labels;
use crate::model::plan::Plan;
use crate::model::policy::Policy;

/// Makes the plans of one run.
#[derive(Debug)]
pub struct Planner<'a> {
    pub(super) command: &'a CommandLine<Options>,
    pub(super) file: Option<&'a Configuration>,
    /// Those that hold for a target of which nothing is said.
    pub(super) options: Options,
    /// `--ca-file` was read.
    pub(super) own_roots: bool,
    /// `--client-cert` was read.
    pub(super) client_certificate: bool,
    pub(super) now: OffsetDateTime,
    /// What stood behind the last target of a list, and the options that it made.
    pub(super) last: Mutex<(Layer, Options)>,
}

impl Planner<'_> {
    /// The plans for these targets, in their order.
    ///
    /// # Errors
    ///
    /// [`Error`] for the first that has none, for no target at all, and for options that go with one
    /// domain only.
    pub fn plans(&self, targets: &[Target]) -> Result<Vec<Plan>, Error> {
        let plans: Vec<Plan> = targets
            .iter()
            .map(|target| self.plan(target))
            .collect::<Result<_, _>>()?;
        match plans.len() {
            0 => return Err(Error::NoDomain),
            1 => {}
            _ => self.fit_several_domains()?,
        }
        Ok(plans)
    }

    /// Checks that no option was given that goes with one domain only.
    ///
    /// # Errors
    ///
    /// [`Error::OneDomainOnly`] for the first of them.
    pub fn fit_several_domains(&self) -> Result<(), Error> {
        self.options.fit_several_domains()
    }

    /// The plan for one target.
    ///
    /// # Errors
    ///
    /// [`Error::DirectNeedsFqdn`].
    pub fn plan(&self, target: &Target) -> Result<Plan, Error> {
        let no_policy = Policy::default();
        let run = Run {
            policy: self.file.map_or(&no_policy, |file| &file.policy),
            own_roots: self.own_roots,
            client_certificate: self.client_certificate,
            now: self.now,
        };
        let plan = self
            .options(target)
            .plan(&target.input, &target.domain, &run)?;
        let labels = labels(target, self.file);
        Ok(Plan { labels, ..plan })
    }

    /// Resolved anew only where something is said of this target: that costs more than the rest.
    fn options(&self, target: &Target) -> Options {
        let table = self.file.and_then(|file| file.table(&target.domain));
        if table.is_some() {
            return resolve(self.command, Some(target), self.file);
        }
        if target.line.is_empty() {
            return self.options.clone();
        }
        // Many lines of a list say the same.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.0 != target.line {
            let options = resolve(self.command, Some(target), self.file);
            *last = (target.line.clone(), options);
        }
        last.1.clone()
    }
}
